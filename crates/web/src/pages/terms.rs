//! Payment terms: how long after what an amount is due, said in words and shown on an example before it is kept.

use super::common::{Values, choices};
use super::list::{List, Shown};
use super::words as say;
use crate::edge::{Out, Sent, Visit};
use crate::ui::{
    Banner, Button, Cell, Column, Empty, Field, FieldError, Flash, Form, Header, Icon, Room, banner, section,
};
use app::App;
use app::directory::terms;
use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use contract::Patch;
use contract::directory::{
    CreatePaymentTerms, ExplainDueDate, OrderDates, PatchPaymentTerms, PaymentTerms, TermsDiscount, TermsRule,
};
use domain::id::PaymentTermsId;
use domain::people::Permission;
use domain::terms::{BasisDate, Roll};
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings/terms", get(list).post(create))
        .route("/settings/terms/new", get(new_page))
        .route("/settings/terms/explain", post(explain))
        .route("/settings/terms/{id}", get(edit_page).post(edit))
}

fn days(n: u16) -> String {
    say::count(i64::from(n), "day", "days")
}

/// A rule in words.
fn in_words(rule: &TermsRule) -> String {
    match rule {
        TermsRule::NetDays { days: n } => format!("{} after the basis", days(*n)),
        TermsRule::EndOfMonth { plus_days: 0 } => "at the end of the month".into(),
        TermsRule::EndOfMonth { plus_days } => format!("{} after the end of the month", days(*plus_days)),
        TermsRule::Months { months } => format!("{} later", say::count(i64::from(*months), "month", "months")),
        TermsRule::DayOfMonth { day, cutoff_day, months_ahead } => {
            let month = match months_ahead {
                0 => "the month".to_owned(),
                1 => "the next month".to_owned(),
                n => format!("the month {n} months ahead"),
            };
            let cut =
                if *cutoff_day >= 31 { String::new() } else { format!(", a month later from day {cutoff_day} on") };
            format!("on day {day} of {month}{cut}")
        }
        TermsRule::DueOnReceipt {} => "at once".into(),
        TermsRule::Prepaid {} => "with the order".into(),
        TermsRule::Cod {} => "on delivery".into(),
    }
}

async fn list(visit: Visit) -> Out {
    let columns = vec![
        Column::new("name", "Payment terms").sort(),
        Column::new("due", "Due").width(360).phone_sub(),
        Column::new("discount", "For paying early").width(200),
        Column::new("roll", "On a day off").width(190),
        Column::new("customers", "").width(120),
    ];
    let list = List::new(&visit, Room::Settings, "terms", "Payment terms", columns).sort("name").search("Name or code");
    let params = list.params();
    let page = visit.read(move |ctx, tx| terms::list(ctx, tx, &params)).await?;
    let may = visit.may(Permission::ManageTerms);
    let rows = page.items.iter().map(|it| {
        let row = list.row(it.id.to_string(), |key| cell(it, key)).name(it.name.clone());
        if may { row.href(format!("/settings/terms/{}", it.id)) } else { row }
    });
    let rows = rows.collect();
    let mut header = Header::new("Settings").under("When an amount is due, counted from the basis that the customer has. Documents keep the terms under which they were submitted.");
    let mut empty = Empty::new(Icon::Clock, "No payment terms yet")
        .text("Net 30, end of month plus 10 days, 2 % within 10 days: terms are given to customers.");
    if may {
        header = header.action(Button::link("New terms", "/settings/terms/new").primary().hotkey("n"));
        empty = empty.action(Button::link("New terms", "/settings/terms/new").primary());
    }
    let mut shown = Shown::new(header, rows, empty).paged(page.next_cursor, page.total);
    shown.above = visit.ctx.actor.role.is_office().then(|| super::settings::room_tabs("terms"));
    Ok(list.answer(&visit, shown))
}

fn cell(it: &PaymentTerms, key: &str) -> Cell {
    match key {
        "name" => Cell::two(&*it.name, html! { span class="mono" { (it.code) } }),
        "due" => Cell::text(in_words(&it.rule)),
        "discount" => match it.discount {
            Some(discount) => Cell::text(format!(
                "{} % within {}",
                say::percent_plain(i64::from(discount.percent_bp)),
                days(discount.days)
            )),
            None => Cell::none(),
        },
        "roll" => Cell::text(match it.roll {
            Roll::None => "stays",
            Roll::NextBusinessDay => "next business day",
            Roll::PreviousBusinessDay => "business day before",
        }),
        _ => Cell::of(html! { a class="link" href={ "/customers?payment_terms_id=" (it.id) } { "Customers" } }),
    }
}

const KINDS: [(&str, &str); 7] = [
    ("net_days", "Days after the basis"),
    ("end_of_month", "End of month, plus days"),
    ("months", "Months after the basis"),
    ("day_of_month", "A fixed day of a month"),
    ("due_on_receipt", "At once"),
    ("prepaid", "Prepaid"),
    ("cod", "On delivery"),
];

fn values_of(it: &PaymentTerms) -> Values {
    let values = Values::new()
        .with("code", &it.code)
        .with("name", &it.name)
        .with("roll", it.roll.as_str())
        .maybe("discount_percent", it.discount.map(|discount| say::percent_plain(i64::from(discount.percent_bp))))
        .maybe("discount_days", it.discount.map(|discount| discount.days))
        .with("version", it.version.to_string());
    match it.rule {
        TermsRule::NetDays { days } => values.with("kind", "net_days").with("days", days.to_string()),
        TermsRule::EndOfMonth { plus_days } => values.with("kind", "end_of_month").with("days", plus_days.to_string()),
        TermsRule::Months { months } => values.with("kind", "months").with("months", months.to_string()),
        TermsRule::DayOfMonth { day, cutoff_day, months_ahead } => values
            .with("kind", "day_of_month")
            .with("day", day.to_string())
            .with("cutoff_day", cutoff_day.to_string())
            .with("months", months_ahead.to_string()),
        TermsRule::DueOnReceipt {} => values.with("kind", "due_on_receipt"),
        TermsRule::Prepaid {} => values.with("kind", "prepaid"),
        TermsRule::Cod {} => values.with("kind", "cod"),
    }
}

fn number<T: std::str::FromStr>(sent: &Sent, field: &'static str, otherwise: Option<T>) -> app::Result<T> {
    let message = "Give a whole number, such as 30.";
    match sent.maybe(field) {
        Some(text) => text.parse().map_err(|_| app::Error::field(field, "invalid_value", message)),
        None => otherwise.ok_or_else(|| app::Error::field(field, "required", message)),
    }
}

fn rule(sent: &Sent) -> app::Result<TermsRule> {
    Ok(match sent.text("kind") {
        "end_of_month" => TermsRule::EndOfMonth { plus_days: number(sent, "days", Some(0))? },
        "months" => TermsRule::Months { months: number(sent, "months", None)? },
        "day_of_month" => TermsRule::DayOfMonth {
            day: number(sent, "day", None)?,
            cutoff_day: number(sent, "cutoff_day", Some(31))?,
            months_ahead: number(sent, "months", Some(0))?,
        },
        "due_on_receipt" => TermsRule::DueOnReceipt {},
        "prepaid" => TermsRule::Prepaid {},
        "cod" => TermsRule::Cod {},
        _ => TermsRule::NetDays { days: number(sent, "days", None)? },
    })
}

fn discount(sent: &Sent) -> app::Result<Option<TermsDiscount>> {
    let Some(percent) = sent.maybe("discount_percent") else { return Ok(None) };
    let bp = say::read_percent("discount_percent", percent)?;
    let percent_bp = i32::try_from(bp).unwrap_or(i32::MAX);
    Ok(Some(TermsDiscount { percent_bp, days: number(sent, "discount_days", None)? }))
}

fn form(visit: &Visit, action: &str, values: &Values, errors: &[FieldError], verb: &'static str) -> Markup {
    let or = |key: &str, otherwise: &str| {
        let value = values.get(key);
        if value.is_empty() { otherwise.to_owned() } else { value }
    };
    let rolls = choices(Roll::ALL.iter().map(|it| (it.as_str(), it.label())));
    let bases = choices(BasisDate::ALL.iter().map(|it| (it.as_str(), it.label())));
    let fields = html! {
        input type="hidden" name="version" value=(values.get("version"));
        div class="pair" {
            (Field::text("code", "Code").value(values.get("code")).errors(errors).required().placeholder("NET30").short())
            (Field::text("name", "Name").value(values.get("name")).errors(errors).optional().placeholder("Net 30").help("Empty: the rule in words."))
        }
        (Field::select("kind", "Due", choices(KINDS)).value(or("kind", "net_days")).errors(errors).required())
        div class="pair" {
            (Field::number("days", "Days").value(values.get("days")).errors(errors).optional().help("For days after the basis, or after the end of the month."))
            (Field::number("months", "Months").value(values.get("months")).errors(errors).optional().help("For months later, or months ahead."))
        }
        div class="pair" {
            (Field::number("day", "Day of the month").value(values.get("day")).errors(errors).optional().help("For a fixed day: 1 to 31. Past the month's end, its last day."))
            (Field::number("cutoff_day", "Cut-off day").value(values.get("cutoff_day")).errors(errors).optional().help("A basis after it counts for the month after."))
        }
        (Field::select("roll", "When it falls on a day off", rolls).value(or("roll", "none")).errors(errors))
        (section("For paying early", None, html! {
            div class="pair" {
                (Field::with_unit("discount_percent", "Discount", "%").value(values.get("discount_percent")).errors(errors).optional())
                (Field::with_unit("discount_days", "Within", "days").value(values.get("discount_days")).errors(errors).optional())
            }
        }))
        (js_only(section("Try it", Some("Nothing of this is kept."), html! {
            div class="pair" {
                (Field::select("try_basis", "Counted from", bases).value(or("try_basis", "invoice_date")))
                (Field::date("try_date", "On").value(or("try_date", &visit.ctx.today().to_string())))
            }
            div class="acts" {
                button class="btn" type="button" hx-post="/settings/terms/explain" hx-include="closest form" hx-target="#explained" hx-swap="innerHTML" { "When is it due" }
            }
            div id="explained" aria-live="polite" {}
        })))
    };
    html! {
        (Form::post(action.to_owned(), visit.csrf()).errors(errors).body(fields)
            .button(Button::submit(verb).primary()).button(Button::link("Cancel", "/settings/terms").quiet()))
    }
}

/// Something that only the script can do.
fn js_only(body: Markup) -> Markup {
    html! { div class="js-only" { (body) } }
}

fn framed(title: &str, form: Markup) -> Markup {
    html! { (Header::new(title.to_owned()).crumb("Settings", "/settings").crumb("Payment terms", "/settings/terms")) div class="content" { (form) } }
}

async fn new_page(visit: Visit) -> Out {
    let body = framed("New payment terms", form(&visit, "/settings/terms", &Values::new(), &[], "Create terms"));
    Ok(visit.page("New payment terms", Room::Settings, body))
}

async fn explain(visit: Visit, sent: Sent) -> Out {
    let ask = || -> app::Result<ExplainDueDate> {
        let message = "Give a date like 2026-11-22.";
        let day = domain::clock::Day::parse(sent.text("try_date"))
            .ok_or_else(|| app::Error::field("try_date", "invalid_date", message))?;
        let basis = BasisDate::parse(sent.text("try_basis")).unwrap_or(BasisDate::InvoiceDate);
        let on = |wanted: BasisDate| (basis == wanted).then_some(day);
        Ok(ExplainDueDate {
            rule: rule(&sent)?,
            roll: Roll::parse(sent.text("roll")),
            discount: discount(&sent)?,
            basis_date: Some(basis),
            dates: OrderDates {
                order_date: on(BasisDate::OrderDate),
                usage_date: on(BasisDate::UsageDate),
                ship_date: on(BasisDate::ShipDate),
                delivery_date: on(BasisDate::DeliveryDate),
                invoice_date: on(BasisDate::InvoiceDate),
                invoice_receipt_date: on(BasisDate::InvoiceReceiptDate),
                specified_date: on(BasisDate::SpecifiedDate),
                has_case: basis == BasisDate::UsageDate,
                ..OrderDates::default()
            },
        })
    };
    let told = match ask() {
        Ok(ask) => visit.read(move |ctx, tx| terms::explain(ctx, tx, ask)).await,
        Err(error) => Err(error.into()),
    };
    let body = match told {
        Ok(due) => banner(
            Banner::Info,
            html! {
                b { @match due.due_on { Some(day) => { "Due on " (say::weekday(day)) " " (say::day(day)) } None => { "Not known yet" } } }
                (due.explanation)
                @if let Some(day) = due.discount_until { " The discount holds until " (say::day(day)) "." }
            },
            None,
        ),
        Err(_) => banner(Banner::Warning, "Fill in the numbers that the rule needs, then try again.", None),
    };
    Ok(visit.part(body))
}

async fn create(visit: Visit, sent: Sent) -> Out {
    let read = || -> app::Result<CreatePaymentTerms> {
        Ok(CreatePaymentTerms {
            code: sent.text("code").to_owned(),
            name: sent.text("name").to_owned(),
            rule: rule(&sent)?,
            roll: Roll::parse(sent.text("roll")),
            discount: discount(&sent)?,
        })
    };
    let done = match read() {
        Ok(new) => visit.save(&sent, move |ctx, tx| terms::create(ctx, tx, new.clone())).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/settings/terms", Flash::done("Terms created"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let body = framed(
                "New payment terms",
                form(&visit, "/settings/terms", &Values::of(&sent), &errors, "Create terms"),
            );
            Ok(visit.refused("New payment terms", Room::Settings, body))
        }
    }
}

async fn edit_page(visit: Visit, Path(id): Path<String>) -> Out {
    let terms_id: PaymentTermsId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| terms::get(ctx, tx, terms_id)).await?;
    let body = framed(&it.name, form(&visit, &format!("/settings/terms/{id}"), &values_of(&it), &[], "Save"));
    Ok(visit.page(it.name.clone(), Room::Settings, body))
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let terms_id: PaymentTermsId = visit.id(&id)?;
    let read = || -> app::Result<PatchPaymentTerms> {
        Ok(PatchPaymentTerms {
            code: Some(sent.text("code").to_owned()),
            name: sent.maybe("name").map(str::to_owned),
            rule: Some(rule(&sent)?),
            roll: Roll::parse(sent.text("roll")),
            discount: discount(&sent)?.map_or(Patch::Clear, Patch::Set),
        })
    };
    let done = match read() {
        Ok(patch) => visit.save(&sent, move |ctx, tx| terms::patch(ctx, tx, terms_id, patch.clone())).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/settings/terms", Flash::done("Saved. Documents that were submitted keep their terms."))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let body = framed(
                "Payment terms",
                form(&visit, &format!("/settings/terms/{id}"), &Values::of(&sent), &errors, "Save"),
            );
            Ok(visit.refused("Payment terms", Room::Settings, body))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_like_a_sentence() {
        assert_eq!(in_words(&TermsRule::NetDays { days: 30 }), "30 days after the basis");
        assert_eq!(in_words(&TermsRule::EndOfMonth { plus_days: 0 }), "at the end of the month");
        let rule = TermsRule::DayOfMonth { day: 15, cutoff_day: 25, months_ahead: 1 };
        assert_eq!(in_words(&rule), "on day 15 of the next month, a month later from day 25 on");
    }
}
