//! Payment terms: how long after what an amount is due, said in words and shown on an example while they are written.

mod example;

use super::common::{Values, choices};
use super::list::{List, Shown};
use super::words as say;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{Button, Cell, Column, Empty, Field, FieldError, Flash, Header, Icon, Room, section};
use app::App;
use app::directory::terms;
use axum::Router;
use axum::extract::Path;
use contract::Patch;
use contract::directory::{CreatePaymentTerms, PatchPaymentTerms, PaymentTerms, TermsDiscount, TermsRule};
use domain::id::PaymentTermsId;
use domain::people::Permission;
use domain::terms::Roll;
use example::{Days, Told, Tried};
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings/terms", get(list).merge(post(create)))
        .route("/settings/terms/new", get(new_page))
        .route("/settings/terms/explain", post(explain))
        .route("/settings/terms/{id}", get(edit_page).merge(post(edit)))
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
        _ => Cell::of(html! { a class="link" href={ "/customers?payment_terms=" (it.id) } { "Customers" } }),
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

/// The example beside the form: what is tried on which days.
struct Beside {
    days: Days,
    told: app::Result<Told>,
}

async fn beside(visit: &Visit, tried: app::Result<Tried>, days: Days) -> Beside {
    let told = match tried {
        Ok(tried) => visit
            .app
            .read(&visit.ctx, move |ctx, tx| {
                let told = example::work_out(ctx, tx, &tried, &days)?;
                Ok((told, days))
            })
            .await
            .map(|(told, days)| Beside { days, told: Ok(told) }),
        Err(error) => return Beside { days, told: Err(error) },
    };
    let today = visit.ctx.today();
    told.unwrap_or_else(|error| Beside { days: Days::usual(today), told: Err(error) })
}

fn form(
    visit: &Visit,
    action: &str,
    values: &Values,
    errors: &[FieldError],
    verb: &'static str,
    beside: &Beside,
) -> Markup {
    let or = |key: &str, otherwise: &str| {
        let value = values.get(key);
        if value.is_empty() { otherwise.to_owned() } else { value }
    };
    let rolls = choices(Roll::ALL.iter().map(|it| (it.as_str(), it.label())));
    let number = |key: &'static str, label: &'static str| {
        Field::number(key, label).value(values.get(key)).errors(errors).optional()
    };
    let fields = html! {
        input type="hidden" name="version" value=(values.get("version"));
        div class="pair" {
            (Field::text("code", "Code").value(values.get("code")).errors(errors).required().placeholder("NET30").short())
            (Field::text("name", "Name").value(values.get("name")).errors(errors).optional().placeholder("Net 30").help("Empty: the rule in words."))
        }
        div class="rule" {
            (Field::select("kind", "Due", choices(KINDS)).value(or("kind", "net_days")).errors(errors).required())
            div class="pair of-days of-month-end" { (number("days", "Days")) }
            div class="pair of-months of-day" { (number("months", "Months").help("Later, or ahead of the month of the basis.")) }
            div class="pair of-day" {
                (number("day", "Day of the month").help("1 to 31. Past the month's end, its last day."))
                (number("cutoff_day", "Cut-off day").help("A basis after it counts for the month after."))
            }
        }
        (Field::select("roll", "When it falls on a day off", rolls).value(or("roll", "none")).errors(errors))
        (section("For paying early", None, html! {
            div class="pair" {
                (Field::with_unit("discount_percent", "Discount", "%").value(values.get("discount_percent")).errors(errors).optional())
                (Field::with_unit("discount_days", "Within", "days").value(values.get("discount_days")).errors(errors).optional())
            }
        }))
    };
    let example = html! {
        section class="sec" hx-post="/settings/terms/explain" hx-trigger="input delay:200ms from:\"closest form\"" hx-include="closest form"
            hx-target="#explained" hx-swap="outerHTML" hx-sync="this:replace" {
            header { h2 { "On an example" } div class="acts no-js" { (Button::submit("Work it out").small().named("explain", "1")) } }
            (beside.days.fields())
            (example::shown(&beside.told))
        }
    };
    html! {
        form class="side-by-side" method="post" action=(action) data-check novalidate[!errors.is_empty()] {
            (crate::ui::csrf_field(&visit.csrf()))
            div class="form" {
                (crate::ui::error_summary(errors))
                (fields)
                div class="form-foot" { (Button::submit(verb).primary()) (Button::link("Cancel", "/settings/terms").quiet()) }
            }
            (example)
        }
    }
}

fn framed(title: &str, form: Markup) -> Markup {
    html! { (Header::new(title.to_owned()).crumb("Settings", "/settings").crumb("Payment terms", "/settings/terms")) div class="content" { (form) } }
}

async fn new_page(visit: Visit) -> Out {
    let today = visit.ctx.today();
    let tried = Tried::new(TermsRule::NetDays { days: 30 }, Roll::None, None);
    let beside = beside(&visit, Ok(tried), Days::usual(today)).await;
    let values = Values::new().with("days", "30");
    let body = framed("New payment terms", form(&visit, "/settings/terms", &values, &[], "Create terms", &beside));
    Ok(visit.page("New payment terms", Room::Settings, body))
}

async fn explain(visit: Visit, sent: Sent) -> Out {
    let beside = beside(&visit, Tried::read(&sent), Days::read(&sent, visit.ctx.today())).await;
    Ok(visit.part(example::shown(&beside.told)))
}

/// The form once more, with what was sent: because it was not taken, or because only the example was asked for.
async fn again(
    visit: &Visit,
    sent: &Sent,
    title: &'static str,
    action: &str,
    verb: &'static str,
    errors: &[FieldError],
) -> axum::response::Response {
    let beside = beside(visit, Tried::read(sent), Days::read(sent, visit.ctx.today())).await;
    let body = framed(title, form(visit, action, &Values::of(sent), errors, verb, &beside));
    if errors.is_empty() { visit.page(title, Room::Settings, body) } else { visit.refused(title, Room::Settings, body) }
}

async fn create(visit: Visit, sent: Sent) -> Out {
    const TITLE: &str = "New payment terms";
    if sent.on("explain") {
        return Ok(again(&visit, &sent, TITLE, "/settings/terms", "Create terms", &[]).await);
    }
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
            Ok(again(&visit, &sent, TITLE, "/settings/terms", "Create terms", &errors).await)
        }
    }
}

async fn edit_page(visit: Visit, Path(id): Path<String>) -> Out {
    let terms_id: PaymentTermsId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| terms::get(ctx, tx, terms_id)).await?;
    let tried = Tried::new(it.rule, it.roll, it.discount);
    let beside = beside(&visit, Ok(tried), Days::usual(visit.ctx.today())).await;
    let body = framed(&it.name, form(&visit, &format!("/settings/terms/{id}"), &values_of(&it), &[], "Save", &beside));
    Ok(visit.page(it.name.clone(), Room::Settings, body))
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    const TITLE: &str = "Payment terms";
    let terms_id: PaymentTermsId = visit.id(&id)?;
    let action = format!("/settings/terms/{id}");
    if sent.on("explain") {
        return Ok(again(&visit, &sent, TITLE, &action, "Save", &[]).await);
    }
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
            Ok(again(&visit, &sent, TITLE, &action, "Save", &errors).await)
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
