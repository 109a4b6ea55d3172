//! The columns of the list of customers: what each holds, how it is shown, who has it, and by what it is filtered.

use super::super::list::{Filter, Unit};
use super::super::words as say;
use super::{all_price_lists, all_terms, any_of, billing, carers, engagement, stages, windows};
use crate::edge::{Fail, Visit};
use crate::ui::{Cell, Column, Text, Tone};
use app::Ctx;
use app::directory::customers;
use app::reports::{Field, Kind};
use contract::directory::Customer;
use domain::billing::{BillingStatus, CreditSignal};
use domain::clock::Day;
use domain::directory::CustomerKind;
use domain::engagement::Window;
use domain::id::CustomerId;
use domain::people::Permission;
use domain::terms::BasisDate;
use maud::{Render, html};

/// A column: key, name, what it holds, its width, whether it is shown unless chosen otherwise.
struct Known(&'static str, &'static str, Kind, u16, bool);

use Kind::{Date, Instant as At, Int, Money, Text as Words};

/// From left to right.
const COLUMNS: &[Known] = &[
    Known("name", "Customer", Words, 0, true),
    Known("locations_count", "Locations", Int, 84, true),
    Known("orders_total", "Total orders", Money, 122, true),
    Known("orders_count", "Orders", Int, 72, true),
    Known("orders_avg", "Average order", Money, 128, true),
    Known("engagement", "Engagement", Words, 128, true),
    Known("billing_status", "Billing status", Words, 106, true),
    Known("default_sales_rep", "Default sales rep", Words, 128, true),
    Known("payment_terms", "Payment terms", Words, 110, true),
    Known("basis_date", "Basis date", Words, 124, true),
    Known("last_order_on", "Last order", Date, 124, false),
    Known("first_order_on", "First order", Date, 124, false),
    Known("expected_next", "Next expected", Date, 130, false),
    Known("overdue_by", "Overdue by", Int, 110, false),
    Known("credits_total", "Credits", Money, 124, false),
    Known("net_sales", "Net sales", Money, 130, false),
    Known("open_balance", "Open", Money, 130, false),
    Known("past_due", "Past due", Money, 130, false),
    Known("oldest_due", "Oldest due", Date, 130, false),
    Known("exposure", "Exposure", Money, 130, false),
    Known("credit_limit", "Credit limit", Money, 140, false),
    Known("available_credit", "Available credit", Money, 150, false),
    Known("credit_signal", "Credit", Words, 180, false),
    Known("avg_days_to_pay", "Days to pay", Words, 110, false),
    Known("avg_days_usage_to_po", "Usage to PO", Words, 110, false),
    Known("price_list", "Price list", Words, 150, false),
    Known("parent", "Belongs to", Words, 170, false),
    Known("kind", "Kind", Words, 130, false),
    Known("number", "Number", Words, 110, false),
    Known("tags", "Tags", Words, 160, false),
    Known("next_contact_on", "Next contact", Date, 130, false),
    Known("tasks_open", "Tasks", Int, 80, false),
    Known("stock_on_site_units", "Units on site", Int, 110, false),
    Known("stock_on_site_value", "Value on site", Money, 130, false),
    Known("units_expiring_90d", "Expiring", Int, 100, false),
    Known("external_ids", "In other systems", Words, 190, false),
    Known("phone", "Telephone", Words, 150, false),
    Known("email", "E-mail", Words, 200, false),
    Known("created_at", "Since", At, 120, false),
    Known("updated_at", "Changed", At, 140, false),
];

/// Columns of what customers owe: they do not exist for whoever may not see it.
const RECEIVABLES: &[&str] = &[
    "open_balance",
    "past_due",
    "oldest_due",
    "exposure",
    "credit_limit",
    "available_credit",
    "credit_signal",
    "avg_days_to_pay",
];

const fn help(key: &str) -> Option<&'static str> {
    Some(match key.as_bytes() {
        b"locations_count" => "Locations that are not archived",
        b"orders_count" => "Orders that count; each number leads to its rows",
        b"basis_date" => "The event that starts the clock of the terms",
        b"expected_next" => "The last order, and the days that usually lie between two",
        b"overdue_by" => "Days since the next order was expected",
        b"past_due" => "Of what is open. Invoices whose due date is not known yet are left out",
        b"exposure" => "Open invoices, and orders that are not invoiced yet",
        b"avg_days_to_pay" => "From invoice to payment, over twelve months, weighted by amount",
        b"avg_days_usage_to_po" => "From the use in a case to its purchase order, over twelve months",
        b"stock_on_site_units" => "Sold and still on its shelves",
        b"stock_on_site_value" => "The same at list price",
        b"units_expiring_90d" => "Of these expired, or expiring within 90 days",
        _ => return None,
    })
}

fn may_see(visit: &Visit, key: &str) -> bool {
    match key {
        "price_list" => visit.may(Permission::ViewContractPrices),
        key if RECEIVABLES.contains(&key) => visit.may(Permission::ViewReceivables),
        _ => true,
    }
}

/// The columns that the viewer has.
pub(super) fn columns(visit: &Visit) -> Vec<Column> {
    let currency = &visit.ctx.organization.currency;
    let sorts = customers::list::sorts(&visit.ctx);
    let column = |Known(key, label, kind, width, shown): &Known| {
        let label: Text =
            if *kind == Kind::Money { format!("{label}, {currency}").into() } else { Text::Borrowed(*label) };
        let mut column = Column::new(*key, label).width(*width);
        if sorts.iter().any(|(name, _)| name == key) {
            column = column.sort();
        }
        if matches!(kind, Kind::Money | Kind::Int) || key.starts_with("avg_days") {
            column = column.number();
        }
        if !shown {
            column = column.optional();
        }
        if let Some(help) = help(key) {
            column = column.help(help);
        }
        match *key {
            "locations_count" | "orders_avg" | "basis_date" => column.spare(),
            "orders_total" => column.phone_side_sub(),
            "billing_status" => column.phone_side(),
            "default_sales_rep" => column.phone_sub(),
            _ => column,
        }
    };
    COLUMNS.iter().filter(|known| may_see(visit, known.0)).map(column).collect()
}

/// What a column holds in a file.
pub(super) fn kind(key: &str) -> Kind {
    COLUMNS.iter().find(|known| known.0 == key).map_or(Kind::Text, |known| known.2)
}

/// The value of a column.
pub(super) fn field(_: &Ctx, it: &Customer, key: &str) -> Field {
    let text = |text: &str| if text.is_empty() { Field::Empty } else { Field::Text(text.to_owned()) };
    let day = |day: Option<Day>| day.map_or(Field::Empty, Field::Date);
    let money = |minor: Option<i64>| minor.map_or(Field::Empty, Field::Money);
    let tenths = |days: Option<f64>| days.map_or(Field::Empty, |days| Field::Text(format!("{days:.1}")));
    match key {
        "name" => text(&it.name),
        "locations_count" => Field::Int(it.locations_count),
        "orders_total" => Field::Money(it.orders_total_minor),
        "orders_count" => Field::Int(it.orders_count),
        "orders_avg" => money(it.orders_avg_minor),
        "engagement" => text(it.engagement_stage.label()),
        "billing_status" => text(it.effective_billing_status.label()),
        "default_sales_rep" => text(it.default_sales_rep_name.as_deref().unwrap_or_default()),
        "payment_terms" => text(&it.effective_payment_terms_name),
        "basis_date" => text(it.effective_basis_date.label()),
        "last_order_on" => day(it.last_order_on),
        "first_order_on" => day(it.first_order_on),
        "expected_next" => day(it.expected_next_on),
        "overdue_by" => Field::Int(it.overdue_by),
        "credits_total" => Field::Money(it.credits_total_minor),
        "net_sales" => Field::Money(it.net_sales_minor),
        "open_balance" => money(it.open_balance_minor),
        "past_due" => money(it.past_due_minor),
        "oldest_due" => day(it.oldest_due_on.flatten()),
        "exposure" => money(it.exposure_minor),
        "credit_limit" => money(it.credit_limit_minor.flatten()),
        "available_credit" => money(it.available_credit_minor.flatten()),
        "credit_signal" => text(it.credit_signal.map_or("", CreditSignal::label)),
        "avg_days_to_pay" => tenths(it.avg_days_to_pay.flatten()),
        "avg_days_usage_to_po" => tenths(it.avg_days_usage_to_po),
        "price_list" => text(it.price_list_name.as_deref().unwrap_or_default()),
        "parent" => text(it.parent_customer_name.as_deref().unwrap_or_default()),
        "kind" => text(it.kind.label()),
        "number" => text(&it.number),
        "tags" => text(&it.tags.join(", ")),
        "next_contact_on" => day(it.next_contact_on),
        "tasks_open" => Field::Int(it.tasks_open),
        "stock_on_site_units" => Field::Int(it.stock_on_site_units),
        "stock_on_site_value" => Field::Money(it.stock_on_site_value_minor),
        "units_expiring_90d" => Field::Int(it.units_expiring_90d),
        "external_ids" => {
            text(&it.external_ids.iter().map(|(system, id)| format!("{system} {id}")).collect::<Vec<_>>().join(", "))
        }
        "phone" => text(&it.phone),
        "email" => text(&it.email),
        "created_at" => Field::Instant(it.created_at),
        _ => Field::Instant(it.updated_at),
    }
}

fn muted(text: impl Render) -> Cell {
    Cell::of(html! { span class="muted" { (text) } })
}

/// A value as a person reads it; zero and nothing are said quietly.
pub(in super::super) fn plain(visit: &Visit, field: Field) -> Cell {
    match field {
        Field::Empty | Field::Int(0) | Field::Money(0) => Cell::none(),
        Field::Text(text) => Cell::text(text),
        Field::Int(number) => Cell::text(say::number(number)),
        Field::Money(minor) => Cell::text(say::amount(&visit.ctx, minor)),
        Field::Date(day) => Cell::text(say::day(day)),
        Field::Instant(at) => Cell::of(say::when(&visit.ctx, at)),
        Field::Bool(yes) => Cell::text(if yes { "Yes" } else { "No" }),
    }
}

/// What the list says of a customer; `orders` is the address of the rows behind its figures.
pub(super) fn cell(visit: &Visit, it: &Customer, key: &str, orders: &str) -> Cell {
    let link = |n: i64, href: String| match n {
        0 => Cell::none(),
        n => Cell::of(html! { a class="quiet" href=(href) { (say::number(n)) } }),
    };
    let inherited = |name: &str| muted(name.to_owned()).hover("As the organization has it");
    let today = visit.ctx.today();
    match key {
        "name" => Cell::two(&*it.name, html! { (it.number) " · " (it.kind.label()) }),
        "locations_count" => link(it.locations_count, format!("/customers/{}/locations", it.id)),
        "orders_count" => link(it.orders_count, orders.to_owned()),
        "engagement" => Cell::status(engagement(it.engagement_stage)).hover(it.engagement_reason.clone()),
        "billing_status" => {
            let status = billing(it.effective_billing_status);
            let cell = match it.billing_status_auto {
                true => Cell::of(html! { (status) " " span class="muted" { "auto" } }),
                false => Cell::status(status),
            };
            cell.hover(it.billing_status_explanation.clone())
        }
        "default_sales_rep" => {
            let more = (it.rep_overrides_count > 0).then(|| format!("+{}", it.rep_overrides_count));
            let why = say::count(it.rep_overrides_count, "location has its own rep", "locations have their own rep");
            let name = it.default_sales_rep_name.as_deref();
            let cell = Cell::of(html! {
                @match name { Some(name) => { (name) } None => { span class="muted" { "Nobody" } } }
                @if let Some(more) = &more { " " span class="muted" { (more) } }
            });
            if more.is_some() { cell.hover(why) } else { cell }
        }
        "payment_terms" if it.payment_terms_id.is_none() => inherited(&it.effective_payment_terms_name),
        "basis_date" if it.basis_date.is_none() => inherited(it.effective_basis_date.label()),
        "last_order_on" => super::last_order(visit, it.last_order_on),
        "expected_next" => match it.expected_next_on {
            Some(day) if day < today => Cell::text(say::day(day)).tone(Tone::Amber).hover(say::distance(today, day)),
            other => plain(visit, other.map_or(Field::Empty, Field::Date)),
        },
        "overdue_by" if it.overdue_by > 0 => Cell::text(say::count(it.overdue_by, "day", "days")).tone(Tone::Amber),
        "open_balance" if it.open_balance_minor.is_some_and(|minor| minor != 0) => Cell::of(
            html! { a class="quiet" href={ "/customers/" (it.id) "/invoices?status=open" } { (say::amount(&visit.ctx, it.open_balance_minor.unwrap_or(0))) } },
        ),
        "past_due" if it.past_due_minor.is_some_and(|minor| minor > 0) => {
            let rows = format!("/customers/{}/invoices?status=open&due_before={today}", it.id);
            Cell::of(
                html! { a class="quiet late" href=(rows) { (say::amount(&visit.ctx, it.past_due_minor.unwrap_or(0))) } },
            )
        }
        "oldest_due" => match it.oldest_due_on.flatten() {
            Some(day) if day < today => Cell::text(say::day(day)).tone(Tone::Red).hover(say::distance(today, day)),
            other => plain(visit, other.map_or(Field::Empty, Field::Date)),
        },
        "available_credit" => match it.available_credit_minor.flatten() {
            Some(minor) if minor < 0 => Cell::text(say::amount(&visit.ctx, minor)).tone(Tone::Red),
            Some(minor) => Cell::text(say::amount(&visit.ctx, minor)),
            None => muted("No limit"),
        },
        "credit_limit" if it.credit_limit_minor.flatten().is_none() => muted("None"),
        "price_list" if it.price_list_id.is_none() => muted("List prices"),
        "parent" => match (&it.parent_customer_id, &it.parent_customer_name) {
            (Some(id), Some(name)) => Cell::of(html! { a class="quiet" href={ "/customers/" (id) } { (name) } }),
            _ => Cell::none(),
        },
        "stock_on_site_units" => link(it.stock_on_site_units, format!("/customers/{}/stock", it.id)),
        "units_expiring_90d" if it.units_expiring_90d > 0 => Cell::of(
            html! { a class="quiet" href={ "/customers/" (it.id) "/stock" } { (say::number(it.units_expiring_90d)) } },
        )
        .tone(Tone::Amber),
        "created_at" => Cell::text(say::day(it.created_at.day_in(&visit.ctx.organization.time_zone))),
        key => plain(visit, field(&visit.ctx, it, key)),
    }
}

fn pairs(all: impl IntoIterator<Item = (String, String)>) -> Vec<(Text, Text)> {
    all.into_iter().map(|(value, label)| (value.into(), label.into())).collect()
}

/// By what the viewer can filter.
pub(super) async fn filters(visit: &Visit) -> Result<Vec<Filter>, Fail> {
    let parent: Option<CustomerId> = visit.link.get("parent").and_then(|id| id.parse().ok());
    let (terms, lists, parent) = visit
        .read(move |ctx, tx| {
            let parent = parent.and_then(|id| customers::get(ctx, tx, id, Window::All).ok());
            Ok((all_terms(ctx, tx)?, all_price_lists(ctx, tx)?, parent.map(|it| it.name)))
        })
        .await?;
    let words =
        |all: Vec<(&'static str, &'static str)>, none: Option<(&'static str, &'static str)>| -> Vec<(Text, Text)> {
            all.into_iter().chain(none).map(|(value, label)| (value.into(), label.into())).collect()
        };
    let of_the_house = Some(("inherited", "As the organization"));
    let mut terms = pairs(terms.into_iter().map(|it| (it.id.to_string(), it.name)));
    terms.push(("inherited".into(), "As the organization".into()));
    let bases = words(BasisDate::ALL.iter().map(|it| (it.as_str(), it.label())).collect(), of_the_house);
    let statuses: Vec<_> = BillingStatus::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    let kinds: Vec<_> = CustomerKind::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    let money = Unit::money(visit);
    let mut all = windows();
    all.extend([
        stages("engagement_stage"),
        Filter::yes_no("engaged", "Ordered within a year"),
        any_of("billing_status", "Billing", &statuses),
        Filter::yes_no("billing_status_auto", "Held by its credit"),
        carers(visit, "default_sales_rep", true).await?,
        Filter::many("payment_terms", "Payment terms", terms),
        Filter::many("basis_date", "Basis date", bases),
        Filter::yes_no("terms_differ", "Terms of its own"),
        Filter::range("orders_total", "Total of orders", money),
        Filter::range("orders_count", "Number of orders", Unit::Count),
        Filter::range("orders_avg", "Average order", money),
        Filter::days("last_order_on", "Last order"),
        Filter::days("first_order_on", "First order"),
        Filter::days("expected_next", "Next order expected"),
        Filter::range("overdue_by", "Overdue by", Unit::Days),
        Filter::range("credits_total", "Credits", money),
        Filter::range("net_sales", "Net sales", money),
        Filter::range("locations_count", "Locations", Unit::Count),
        any_of("kind", "Kind", &kinds),
        Filter::given("parent", "Belongs to", parent),
        Filter::text("tags", "Tags"),
        Filter::text("name", "Name"),
        Filter::text("number", "Number"),
        Filter::text("external_id", "Number elsewhere"),
        Filter::days("next_contact_on", "Next contact"),
        Filter::range("tasks_open", "Open tasks", Unit::Count),
        Filter::range("stock_on_site_units", "Units on site", Unit::Count),
        Filter::range("stock_on_site_value", "Value on site", money),
        Filter::range("units_expiring_90d", "Expiring within 90 days", Unit::Count),
        Filter::range("avg_days_usage_to_po", "Days from usage to PO", Unit::Days),
        Filter::days("created_at", "Since"),
        Filter::days("updated_at", "Changed"),
    ]);
    if !lists.is_empty() {
        let mut lists = pairs(lists.into_iter().map(|it| (it.id.to_string(), it.name)));
        lists.push(("none".into(), "None".into()));
        all.push(Filter::many("price_list", "Price list", lists));
    }
    if visit.may(Permission::ViewReceivables) {
        let signals: Vec<_> = CreditSignal::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
        all.extend([
            Filter::range("open_balance", "Open", money),
            Filter::range("past_due", "Past due", money),
            Filter::days("oldest_due", "Oldest due"),
            Filter::range("exposure", "Exposure", money),
            Filter::range("credit_limit", "Credit limit", money),
            Filter::range("available_credit", "Available credit", money),
            any_of("credit_signal", "Credit", &signals),
            Filter::range("avg_days_to_pay", "Days to pay", Unit::Days),
        ]);
    }
    all.push(Filter::yes_no("archived", "Archived"));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_customers_owe_is_kept_apart() {
        for key in RECEIVABLES {
            assert!(COLUMNS.iter().any(|known| known.0 == *key), "{key}");
        }
    }

    #[test]
    fn keys_are_unique() {
        let mut keys: Vec<&str> = COLUMNS.iter().map(|known| known.0).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), COLUMNS.len());
    }
}
