//! What terms mean, on one order: for each event that may start the clock, the day on which it would be due, and why.

use super::super::words as say;
use super::{discount, rule};
use crate::edge::Sent;
use crate::ui::{Cell, Column, Field, Row, Table};
use app::directory::terms;
use app::{Ctx, Tx};
use contract::directory::{DueDate, ExplainDueDate, OrderDates, TermsDiscount, TermsRule};
use domain::clock::Day;
use domain::terms::{BasisDate, Roll};
use maud::{Markup, html};

/// The events of an order, in the order in which they happen: field, name, days after the order.
const EVENTS: [(&str, &str, BasisDate, i32); 5] = [
    ("try_order", "Ordered", BasisDate::OrderDate, 0),
    ("try_usage", "Used in a case", BasisDate::UsageDate, 2),
    ("try_ship", "Shipped", BasisDate::ShipDate, 5),
    ("try_delivery", "Delivered", BasisDate::DeliveryDate, 7),
    ("try_invoice", "Invoiced", BasisDate::InvoiceDate, 10),
];

/// The days of the example, as they were typed or a usual week.
pub(super) struct Days([Option<Day>; 5]);

impl Days {
    /// A week that begins today.
    pub(super) fn usual(today: Day) -> Self {
        Self(EVENTS.map(|(.., after)| Some(today.plus(after))))
    }

    /// As they were sent; an emptied one has not happened yet.
    pub(super) fn read(sent: &Sent, today: Day) -> Self {
        if !EVENTS.iter().any(|(field, ..)| sent.has(field)) {
            return Self::usual(today);
        }
        Self(EVENTS.map(|(field, ..)| Day::parse(sent.text(field))))
    }

    fn dates(&self) -> OrderDates {
        let [order, usage, ship, delivery, invoice] = self.0;
        OrderDates {
            order_date: order,
            usage_date: usage,
            ship_date: ship,
            delivery_date: delivery,
            invoice_date: invoice,
            has_case: usage.is_some(),
            ..OrderDates::default()
        }
    }

    /// The fields in which they are changed.
    pub(super) fn fields(&self) -> Markup {
        html! {
            div class="days" {
                @for ((field, label, ..), day) in EVENTS.iter().zip(&self.0) {
                    (Field::date(*field, *label).value(day.map(|day| day.to_string()).unwrap_or_default()))
                }
            }
        }
    }
}

/// What is tried, as far as it can be read.
pub(super) struct Tried {
    rule: TermsRule,
    roll: Roll,
    discount: Option<TermsDiscount>,
}

impl Tried {
    pub(super) fn new(rule: TermsRule, roll: Roll, discount: Option<TermsDiscount>) -> Self {
        Self { rule, roll, discount }
    }

    /// From the form.
    ///
    /// # Errors
    /// A number is missing, or is none.
    pub(super) fn read(sent: &Sent) -> app::Result<Self> {
        let roll = Roll::parse(sent.text("roll")).unwrap_or(Roll::None);
        Ok(Self::new(rule(sent)?, roll, discount(sent)?))
    }
}

/// An answer for each event that is known to the example.
pub(super) struct Told(Vec<(BasisDate, Option<Day>, DueDate)>);

/// Works the example out.
///
/// # Errors
/// The terms are not valid.
pub(super) fn work_out(ctx: &Ctx, tx: &mut Tx, tried: &Tried, days: &Days) -> app::Result<Told> {
    let one = |((_, _, basis, _), day): (&(&str, &str, BasisDate, i32), &Option<Day>)| {
        let ask = ExplainDueDate {
            rule: tried.rule,
            roll: Some(tried.roll),
            discount: tried.discount,
            basis_date: Some(*basis),
            dates: days.dates(),
        };
        Ok((*basis, *day, terms::explain(ctx, tx, ask)?))
    };
    EVENTS.iter().zip(&days.0).map(one).collect::<app::Result<_>>().map(Told)
}

impl Told {
    fn table(&self) -> Markup {
        let columns = vec![
            Column::new("basis", "Basis date"),
            Column::new("due", "Due").width(150).phone_side(),
            Column::new("discount", "Discount until").width(130),
        ];
        let rows = self.0.iter().map(|(basis, day, due)| {
            let from = day.map_or_else(|| "not yet".to_owned(), say::day);
            let when = match (due.due_on, due.estimated_due_on) {
                (Some(on), _) => {
                    let distance = day.map(|day| say::count(i64::from(on.0 - day.0), "day later", "days later"));
                    Cell::two(html! { strong { (say::weekday(on)) " " (say::day(on)) } }, distance.unwrap_or_default())
                }
                (None, Some(about)) => Cell::text(format!("about {}", say::day(about))),
                (None, None) => Cell::of(html! { span class="muted" { "Waits for it" } }),
            };
            let until = due.discount_until.map_or_else(Cell::none, |day| Cell::text(say::day(day)));
            let is_usual = *basis == BasisDate::DEFAULT;
            let label = html! { (basis.label()) @if is_usual { span class="muted" { " · usual" } } };
            Row::new(basis.as_str(), vec![Cell::two(label, from), when.hover(due.explanation.clone()), until])
        });
        let usual = self.0.iter().find(|(basis, ..)| *basis == BasisDate::DEFAULT).map(|(.., due)| &due.explanation);
        html! {
            (self.line())
            (Table::new("example", "The example", columns).rows(rows.collect()).inside())
            @if let Some(why) = usual { p class="sub pad-top" { (why) } }
        }
    }

    /// The course of the order from left to right, with the day on which it is usually due.
    fn line(&self) -> Markup {
        let due = self.0.iter().find(|(basis, ..)| *basis == BasisDate::DEFAULT).and_then(|(.., due)| due.due_on);
        let mut marks: Vec<(Day, &str, bool)> = EVENTS
            .iter()
            .zip(&self.0)
            .filter_map(|((_, label, ..), (_, day, _))| Some(((*day)?, *label, false)))
            .collect();
        marks.extend(due.map(|day| (day, "Due", true)));
        let (Some(first), Some(last)) = (marks.iter().map(|it| it.0.0).min(), marks.iter().map(|it| it.0.0).max())
        else {
            return html! {};
        };
        let span = f64::from((last - first).max(1));
        let x = |day: Day| format!("{:.1}", 12.0 + 576.0 * f64::from(day.0 - first) / span);
        let said: Vec<String> = marks.iter().map(|(day, label, _)| format!("{label} {}", say::day(*day))).collect();
        html! {
            div class="course-t" {
                @if let Some((day, label, _)) = marks.first().filter(|(.., is_due)| !is_due) { span { (label) " " (say::day(*day)) } }
                @if let Some(day) = due { b { "Due " (say::weekday(day)) " " (say::day(day)) } }
            }
            svg class="course" viewBox="0 0 600 16" role="img" aria-label=(said.join(", ")) {
                line class="base" x1="12" x2="588" y1="8" y2="8" {}
                @for (day, label, is_due) in &marks {
                    circle class=[is_due.then_some("due")] cx=(x(*day)) cy="8" r=(if *is_due { "6" } else { "4" }) { title { (label) " " (say::day(*day)) } }
                }
            }
        }
    }
}

/// The answer of the example: what was worked out, or what is missing.
pub(super) fn shown(told: &app::Result<Told>) -> Markup {
    html! {
        div id="explained" aria-live="polite" {
            @match told {
                Ok(told) => { (told.table()) }
                Err(app::Error::Invalid { message, .. }) => { p class="sub" { (message) } }
                Err(_) => { p class="sub" { "Fill in the numbers that the rule needs." } }
            }
        }
    }
}
