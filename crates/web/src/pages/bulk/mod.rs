//! Changes of many customers, locations or units at once: rows are selected in their list, a sheet says what becomes of which field,
//! a page shows what would happen, and a job carries it out (see [`super::jobs`]).
//!
//! Each step is a form that carries the one before, so that one can go back without losing anything. The selection is frozen
//! when the preview is made, and nothing is written until it is confirmed.

mod fields;
pub(super) mod orders;
mod preview;

pub(super) use preview::{changed_words, fate};

use super::list::List;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{Button, Link, Room};
use app::App;
use app::directory::bulk::Entity;
use app::directory::{customers, locations};
use axum::Router;
use contract::ListParams;
use contract::bulk::BulkSelect;
use domain::people::Permission;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/customers/bulk", get(away).merge(post(fields::sheet)))
        .route("/customers/bulk/preview", get(away).merge(post(preview::page)))
        .route("/customers/bulk/apply", get(away).merge(post(preview::apply)))
        .route("/orders/terms", get(async |visit: Visit| visit.leave("/orders")).post(orders::page))
        .route("/orders/terms/apply", get(async |visit: Visit| visit.leave("/orders")).post(orders::apply))
        .route("/locations/bulk", get(away).merge(post(fields::sheet)))
        .route("/locations/bulk/preview", get(away).merge(post(preview::page)))
        .route("/locations/bulk/apply", get(away).merge(post(preview::apply)))
        .route("/units/bulk", get(away).merge(post(fields::sheet)))
        .route("/units/bulk/preview", get(away).merge(post(preview::page)))
        .route("/units/bulk/apply", get(away).merge(post(preview::apply)))
}

/// These pages answer forms; whoever comes by a link begins at the list.
async fn away(visit: Visit) -> Out {
    Ok(visit.leave(&format!("/{}", entity(&visit).as_str())))
}

/// What the rows are.
fn entity(visit: &Visit) -> Entity {
    match visit.link.path() {
        path if path.starts_with("/locations") => Entity::Locations,
        path if path.starts_with("/units") => Entity::Units,
        _ => Entity::Customers,
    }
}

/// The room in which they are, and what their list is called.
const fn home(entity: Entity) -> (Room, &'static str) {
    match entity {
        Entity::Customers => (Room::Customers, "Customers"),
        Entity::Locations => (Room::Customers, "Locations"),
        Entity::Units => (Room::Stock, "Stock"),
    }
}

/// What whoever changes many of them must be allowed.
const fn permission(entity: Entity) -> Permission {
    match entity {
        Entity::Customers | Entity::Locations => Permission::BulkUpdate,
        Entity::Units => Permission::EditInventory,
    }
}

/// Where the list is.
fn list_path(entity: Entity) -> String {
    format!("/{}", entity.as_str())
}

/// `3 customers`.
fn counted(entity: Entity, rows: i64) -> String {
    match entity {
        Entity::Customers => super::words::count(rows, "customer", "customers"),
        Entity::Locations => super::words::count(rows, "location", "locations"),
        Entity::Units => super::words::count(rows, "unit", "units"),
    }
}

/// The buttons of the bar below a list, with the list's own address, so that everything that matches can be meant.
pub(super) fn buttons(visit: &Visit, list: &List, entity: Entity) -> Vec<Button> {
    buttons_at(visit, list.link(), entity, "Change")
}

/// The same for a list at another address, with words of its own.
pub(super) fn buttons_at(visit: &Visit, link: &Link, entity: Entity, label: &'static str) -> Vec<Button> {
    if !visit.may(permission(entity)) {
        return Vec::new();
    }
    let link = link.pairs().filter(|(key, _)| !matches!(*key, "cursor" | "col" | "pin" | "sort"));
    let to = link.fold(Link::new(format!("{}/bulk", list_path(entity))), |link, (key, value)| link.and(key, value));
    vec![Button::submit(label).action(to.to_string())]
}

/// The rows that a change is about, as the pages hand them on.
struct Selection {
    select: BulkSelect,
    /// How many.
    rows: i64,
    /// A few of them by name, those that are alike once.
    names: Vec<String>,
    /// How many rows these names mean.
    named: i64,
}

/// Names that are shown beside the sheet.
const FEW: u32 = 8;

impl Selection {
    /// From the list: ticked rows, or everything that matches the list at this address. From a later page: as it was
    /// handed on.
    async fn of(visit: &Visit, sent: &Sent, entity: Entity) -> Result<Self, Fail> {
        let handed = sent.maybe("select").and_then(|text| serde_json::from_str::<BulkSelect>(text).ok());
        let select = match handed {
            Some(select) => select,
            None if sent.on("all") => matching(visit, entity).await?,
            None => BulkSelect { ids: Some(sent.all("id").map(str::to_owned).collect()), ..BulkSelect::default() },
        };
        if let (Entity::Units, Some(ids)) = (entity, &select.ids) {
            let (names, named) = super::stock::few(visit, ids).await?;
            return Ok(Self { rows: ids.len() as i64, names, named, select });
        }
        let params = params_of(&select);
        let (rows, names) = visit
            .read(move |ctx, tx| {
                Ok(match entity {
                    Entity::Customers => {
                        let page = customers::list(ctx, tx, &params)?;
                        (page.total, page.items.into_iter().map(|it| it.name).collect())
                    }
                    Entity::Locations => {
                        let page = locations::list(ctx, tx, &params)?;
                        (
                            page.total,
                            page.items.into_iter().map(|it| format!("{}, {}", it.name, it.customer_name)).collect(),
                        )
                    }
                    Entity::Units => {
                        let page = app::unit_lists::list(ctx, tx, &params)?;
                        (page.total, super::stock::called(ctx, tx, &page.items)?)
                    }
                })
            })
            .await?;
        let named = names.len() as i64;
        Ok(Self { select, rows: rows.unwrap_or(0), names, named })
    }

    fn is_empty(&self) -> bool {
        self.select.ids.as_ref().is_some_and(Vec::is_empty)
    }

    /// The field that hands it on.
    fn hidden(&self) -> Markup {
        html! { input type="hidden" name="select" value=(serde_json::to_string(&self.select).unwrap_or_default()); }
    }
}

/// What the list at this address shows, as a filter.
async fn matching(visit: &Visit, entity: Entity) -> Result<BulkSelect, Fail> {
    let list = match entity {
        Entity::Customers => super::customers::list_at(visit).await?,
        Entity::Locations => super::locations::list_at(visit).await?,
        Entity::Units => super::stock::list_at(visit).await?,
    };
    let params = list.params();
    // Figures of a window select by what was shown, so it goes along.
    let filter = params.filters.into_iter().map(|(key, value)| (key, serde_json::Value::String(value))).collect();
    Ok(BulkSelect { filter: Some(filter), q: params.q, ..BulkSelect::default() })
}

/// The same selection as a list: to count it and to name a few.
fn params_of(select: &BulkSelect) -> ListParams {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let filters: BTreeMap<String, String> = match (&select.ids, &select.filter) {
        (Some(ids), _) => BTreeMap::from([("id".to_owned(), ids.join(",")), ("archived".to_owned(), "all".to_owned())]),
        (None, Some(filter)) => filter.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        (None, None) => BTreeMap::new(),
    };
    ListParams { limit: Some(FEW), count: true, q: select.q.clone(), filters, ..ListParams::default() }
}

/// Everything that was answered so far, for the form that goes on or back; but not what belongs to the form itself.
fn handed_on(sent: &Sent, but: &[&str]) -> Markup {
    html! {
        @for (name, value) in sent.pairs().filter(|(name, _)| !matches!(*name, "csrf" | "select" | "id" | "all") && !but.contains(name)) {
            input type="hidden" name=(name) value=(value);
        }
    }
}
