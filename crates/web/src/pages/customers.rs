//! Customers: how good they are, who cares for them, on which terms, what is due.

mod billing;
mod columns;
mod family;
mod fields;
mod files;
mod form;
mod history;
mod list;
mod merge;
mod money;
mod page;
mod parts;
mod people;

use super::list::{Filter, List};
use super::words as say;
use crate::edge::{Visit, get, post};
use crate::ui::{Button, Cell, Field, Link, Status, Text, Tone};
use app::directory::{named, terms};
use app::{App, Ctx, Tx};
use axum::Router;
use contract::ListParams;
use contract::directory::{PaymentTerms, PriceList};
use domain::billing::BillingStatus;
use domain::clock::Day;
use domain::engagement::{EngagementStage, Window};
use domain::people::Permission;
use maud::{Markup, html};

pub use billing::routes as billing_routes;

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/customers", get(list::list).merge(post(form::create)))
        .route("/customers.{ending}", get(list::file))
        .route("/customers/new", get(form::new_page))
        .route("/customers/{id}", get(page::page))
        .route("/customers/{id}/edit", get(form::edit_page).merge(post(form::edit)))
        .route("/customers/{id}/archive", post(page::archive))
        .route("/customers/{id}/merge", get(merge::page).merge(post(merge::merge)))
        .route("/customers/{id}/merge/with", post(merge::with))
        .route("/customers/{id}/fact/{key}", get(fields::page).merge(post(fields::save)))
        .route("/customers/{id}/locations", get(parts::locations))
        .route("/customers/{id}/contacts", get(people::page).merge(post(people::save)))
        .route("/customers/{id}/orders", get(parts::orders))
        .route("/customers/{id}/cases", get(parts::cases))
        .route("/customers/{id}/stock", get(parts::stock))
        .route("/customers/{id}/prices", get(parts::prices))
        .route("/customers/{id}/invoices", get(parts::invoices))
        .route("/customers/{id}/timeline", get(page::timeline))
        .route("/customers/{id}/statement", get(money::page))
        .route("/customers/{id}/statement/pdf", get(money::pdf))
        .route("/customers/{id}/files", get(files::page).merge(post(files::add)))
        .route("/customers/{id}/files/{file}", get(files::content))
        .route("/customers/{id}/files/{file}/remove", post(files::remove))
        .route("/customers/{id}/files/{file}/restore", post(files::restore))
        .route("/customers/{id}/history/{entry}/undo", post(history::undo))
        .route("/customers/{id}/history", get(history::page))
}

pub(super) use columns::plain;

/// The list of customers at an address.
pub(super) async fn list_at(visit: &Visit) -> Result<List, crate::edge::Fail> {
    list::at(visit).await
}

/// The lists of the directory. People of the hospital have no use for what the sellers plan.
pub(super) fn subnav(visit: &Visit, current: &str) -> Markup {
    let sells = super::remarks::reads(visit);
    let all = [
        ("Customers", "/customers"),
        ("Locations", "/locations"),
        ("Call list", "/call-list"),
        ("Tasks", "/customer-tasks"),
        ("Physicians", "/physicians"),
        ("Procedures", "/procedures"),
        ("Places", "/places"),
        ("Price lists", "/price-lists"),
    ];
    let shown: Vec<(&str, &str)> =
        all.into_iter().filter(|(_, href)| sells || !matches!(*href, "/call-list" | "/customer-tasks")).collect();
    super::common::subnav(current, &shown)
}

/// What a customer may still be sold, in colour and word.
pub(super) fn billing(status: BillingStatus) -> Status {
    match status {
        BillingStatus::Good => Status::new(Tone::Green, status.label()),
        BillingStatus::Watch | BillingStatus::Prepay => Status::new(Tone::Amber, status.label()),
        BillingStatus::Hold | BillingStatus::Blocked => Status::new(Tone::Red, status.label()),
        BillingStatus::Closed => Status::new(Tone::Grey, status.label()),
    }
}

/// How alive the business is, in colour and word.
pub(super) fn engagement(stage: EngagementStage) -> Status {
    let tone = match stage {
        EngagementStage::Active => Tone::Green,
        EngagementStage::New => Tone::Blue,
        EngagementStage::Slipping => Tone::Amber,
        EngagementStage::Lapsed => Tone::Red,
        EngagementStage::NeverOrdered => Tone::Grey,
    };
    Status::new(tone, stage.label())
}

/// The values of a closed list, as choices.
pub(super) fn choice(key: &'static str, label: &'static str, all: &[(&'static str, &'static str)]) -> Filter {
    Filter::choice(
        key,
        label,
        all.iter().map(|(value, label)| (Text::Borrowed(*value), Text::Borrowed(*label))).collect(),
    )
}

/// Over which time the figures of a list are summed: filters that have a switch of their own.
pub(super) fn windows() -> Vec<Filter> {
    let mut all: Vec<(&str, &str)> = Window::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    all.push(("custom", "Other days"));
    vec![
        choice("window", "Figures of", &all).aside(),
        Filter::date("window_from", "From").aside(),
        Filter::date("window_to", "To").aside(),
    ]
}

/// What the switch of the time says.
fn window_label(state: &Link) -> String {
    let day = |key: &str| state.get(key).and_then(Day::parse).map(say::day);
    match (state.get("window"), day("window_from"), day("window_to")) {
        (Some("custom"), Some(from), Some(to)) => format!("{from} to {to}"),
        (Some("custom"), Some(from), None) => format!("Since {from}"),
        (Some("custom"), None, Some(to)) => format!("Until {to}"),
        (Some(word), ..) => Window::parse(word).unwrap_or(Window::All).label().to_owned(),
        (None, ..) => Window::All.label().to_owned(),
    }
}

/// The switch of that time.
pub(super) fn window_menu(list: &List) -> Markup {
    let state = list.state();
    let now = state.get("window").unwrap_or("all");
    let base = list.link().without("window_from").without("window_to");
    let kept = list.link().pairs().filter(|(key, _)| !key.starts_with("window") && *key != "cursor");
    html! {
        details class="pop rightwards" {
            summary class="btn quiet" { (window_label(&state)) (crate::ui::Icon::Down) }
            div class="panel" {
                div class="cap" { "Figures of" }
                @for one in Window::ALL {
                    @let current = one.as_str() == now;
                    a class="it" href=(base.with("window", one.as_str())) aria-current=[current.then_some("true")] {
                        (one.label()) @if current { (crate::ui::Icon::Check) }
                    }
                }
                hr;
                form class="other-days" method="get" action=(list.link().path()) {
                    @for (key, value) in kept { input type="hidden" name=(key) value=(value); }
                    input type="hidden" name="window" value="custom";
                    (Field::date("window_from", "From").value(state.get("window_from").unwrap_or_default().to_owned()))
                    (Field::date("window_to", "To").value(state.get("window_to").unwrap_or_default().to_owned()))
                    (Button::submit("Show these days").small())
                }
            }
        }
    }
}

/// Any of a closed list, for filters.
pub(super) fn any_of(key: &'static str, label: &'static str, all: &[(&'static str, &'static str)]) -> Filter {
    Filter::many(
        key,
        label,
        all.iter().map(|(value, label)| (Text::Borrowed(*value), Text::Borrowed(*label))).collect(),
    )
}

/// How alive the business is.
pub(super) fn stages(key: &'static str) -> Filter {
    let all: Vec<(&str, &str)> = EngagementStage::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    any_of(key, "Engagement", &all)
}

/// Who cares for something, with those named in the address, whoever looks, nobody, and those who left.
pub(super) async fn carers(visit: &Visit, key: &'static str, left: bool) -> Result<Filter, crate::edge::Fail> {
    let me = visit.ctx.principal();
    let mut ids: Vec<domain::id::UserId> = visit
        .link
        .get_all(key)
        .flat_map(|value| value.split(','))
        .filter_map(|id| id.parse().ok())
        .filter(|id| *id != me)
        .take(50)
        .collect();
    ids.dedup();
    let names = match ids.is_empty() {
        true => Default::default(),
        false => visit.read(move |ctx, tx| app::glance::names(ctx, tx, &ids)).await?,
    };
    let mut known: Vec<(Text, Text)> = vec![(me.to_string().into(), "You".into()), ("none".into(), "Nobody".into())];
    if left {
        known.push(("inactive".into(), "Somebody who left".into()));
    }
    known.extend(names.into_iter().map(|(id, name)| (id.to_string().into(), name.into())));
    Ok(Filter::people(key, "Default sales rep", "/suggest/people?role=sales,distributor,regional_manager", known))
}

/// A day long past is read better as a distance; the exact one is on hover.
pub(super) fn last_order(visit: &Visit, day: Option<Day>) -> Cell {
    match day {
        None => Cell::of(html! { span class="muted" { "never" } }),
        Some(day) => Cell::text(say::distance(visit.ctx.today(), day)).hover(say::day(day)),
    }
}

/// All payment terms, for filters, forms and names.
pub(super) fn all_terms(ctx: &Ctx, tx: &mut Tx) -> app::Result<Vec<PaymentTerms>> {
    Ok(terms::list(ctx, tx, &ListParams { limit: Some(500), ..ListParams::default() })?.items)
}

/// The price lists that the actor sees.
pub(super) fn all_price_lists(ctx: &Ctx, tx: &mut Tx) -> app::Result<Vec<PriceList>> {
    if !ctx.may(Permission::ViewContractPrices) {
        return Ok(Vec::new());
    }
    Ok(named::price_lists(ctx, tx, &ListParams { limit: Some(500), ..ListParams::default() })?.items)
}
