//! Where a lot is, where it went, and which events used it: the question of an auditor and of a recall.

use super::{acts, words};
use crate::edge::{Out, Visit, get};
use crate::ui::{
    Button, Cell, Column, Empty, Field, FieldError, Figure, Form, Header, Icon, Link, Room, Row, Status, Table,
    TimelineItem, Tone, figures, section_block, timeline, two,
};
use app::names::{Names, Wanted};
use app::{App, Ctx, Error, Tx};
use axum::Router;
use contract::units::{Trace, TraceHolder};
use domain::event::{EventStatus, EventType};
use domain::id::CatalogItemId;
use domain::people::Permission;
use domain::stock::{CustodianType, UnitState};
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/trace", get(page))
}

struct Seen {
    trace: Trace,
    names: Names,
}

fn see(ctx: &Ctx, tx: &mut Tx, item: Option<CatalogItemId>, lot: &str) -> app::Result<Seen> {
    let trace = app::unit_lists::trace(ctx, tx, item, lot)?;
    let mut wanted = Wanted::new();
    for holder in &trace.holders {
        wanted.location(holder.facility_stock_location_id);
    }
    for event in &trace.events {
        wanted.location(event.location_id);
    }
    for unit in &trace.units {
        wanted.item(unit.catalog_item_id);
    }
    if let Some(item) = item {
        wanted.item(item);
    }
    let names = app::names::look_up(ctx, tx, &wanted)?;
    Ok(Seen { trace, names })
}

/// An item by its id; without scripts, by its number or description as typed.
async fn item_asked(visit: &Visit) -> Result<Option<CatalogItemId>, Error> {
    match visit.link.get("catalog_item_id").filter(|text| !text.is_empty()) {
        Some(text) => text.parse().map(Some).map_err(|_| Error::unknown("catalog_item_id")),
        None => match visit.link.get("catalog_item_id_text").map(str::trim).filter(|text| !text.is_empty()) {
            Some(typed) => super::suggest::chosen_by_name(visit, "catalog_item_id", "items", typed).await,
            None => Ok(None),
        },
    }
}

async fn page(visit: Visit) -> Out {
    let lot = visit.link.get("lot").unwrap_or_default().trim().to_owned();
    let mut errors: Vec<FieldError> = Vec::new();
    let item = match item_asked(&visit).await {
        Ok(item) => item,
        Err(error) => {
            errors = acts::known(visit.complaints(error)?, &["lot", "catalog_item_id"]);
            None
        }
    };
    let mut seen = None;
    if !lot.is_empty() && errors.is_empty() {
        let text = lot.clone();
        match visit.app.read(&visit.ctx, move |ctx, tx| see(ctx, tx, item, &text)).await {
            Ok(found) => seen = Some(found),
            Err(error) => errors = acts::known(visit.complaints(error)?, &["lot", "catalog_item_id"]),
        }
    }
    let mut header = Header::new("Trace a lot").crumb("Stock", "/units");
    header = match &seen {
        Some(seen) => header.under(under(seen)),
        None => header.under("Who has it, where it went, which events used it: as far as your account reaches."),
    };
    if seen.is_some() && visit.may(Permission::ManageRecalls) {
        header = header.action(Button::link("Recall", "/recalls/new").icon(Icon::Warning));
    }
    if seen.is_some() && visit.may(Permission::ViewReports) {
        let mut link = Link::new("/figures/lot_trace/file").with("format", "csv").with("lot", &lot);
        if let Some(item) = item {
            link = link.with("catalog_item_id", item);
        }
        header = header.action(Button::link("CSV", link.to_string()).icon(Icon::Download).download());
    }
    let shown = seen.as_ref().and_then(|seen| Some(seen.names.item_title(item?).to_owned())).unwrap_or_default();
    let form = Form::get("/trace")
        .errors(&errors)
        .body(html! {
            div class="pair" {
                (Field::text("lot", "Lot").value(lot.clone()).errors(&errors).required().placeholder("As on the label"))
                (Field::combo("catalog_item_id", "Item", "/suggest/items", shown).value(item.map(|id| id.to_string()).unwrap_or_default()).errors(&errors).optional())
            }
        })
        .button(Button::submit("Trace").primary());
    let body = html! {
        (header)
        div class="content" {
            (form)
            @if let Some(seen) = &seen { div class="pad-top" { (result(&visit.ctx, seen)) } }
        }
    };
    Ok(visit.page("Trace a lot", Room::Stock, body))
}

fn under(seen: &Seen) -> Markup {
    let it = &seen.trace;
    let mut items: Vec<&str> = it.units.iter().map(|unit| seen.names.item_title(unit.catalog_item_id)).collect();
    items.sort_unstable();
    items.dedup();
    html! {
        "Lot " strong { (it.lot) }
        @if !items.is_empty() { " · " (words::names(&items, 3)) }
    }
}

fn result(ctx: &Ctx, seen: &Seen) -> Markup {
    let it = &seen.trace;
    if it.units_total == 0 {
        return Empty::new(Icon::Search, "No unit of this lot in your reach")
            .text("Check the lot against the label. Letters and digits count, spaces and dashes do not.")
            .render();
    }
    let of = |fits: fn(&TraceHolder) -> bool| {
        it.holders.iter().filter(|holder| fits(holder)).map(|holder| holder.units).sum::<i64>()
    };
    let all = Link::new("/units").with("view", "all").with("lot", &it.lot).to_string();
    let gone = of(|holder| holder.state == UnitState::Inactive);
    let shelf = of(|holder| holder.state != UnitState::Inactive && holder.facility_stock_location_id.is_some());
    let cards = [
        Figure::new(words::number(it.units_total), "units of this lot"),
        Figure::new(words::number(it.units_total - gone), "still in stock").href(all),
        Figure::new(words::number(shelf), "of them on a facility's shelf"),
        Figure::new(words::number(gone), "used, sold or written off"),
    ];
    html! {
        (figures(&cards))
        div class="pad-top" {
            (two(
                html! {
                    (section_block("Who has it", &[], holders(seen)))
                    (section_block("Events that used it", &[], events(ctx, seen)))
                },
                section_block("Where it went", &[], movements(ctx, seen)),
                false,
            ))
        }
    }
}

fn holders(seen: &Seen) -> Markup {
    let columns = vec![
        Column::new("name", "Custodian"),
        Column::new("units", "Units").number().width(80).phone_side_sub(),
        Column::new("status", "Status").width(170),
    ];
    let rows = seen.trace.holders.iter().enumerate().map(|(at, holder)| {
        let name = Cell::text(holder.name.clone());
        let shelf = holder.facility_stock_location_id.map(|id| seen.names.location(id).to_owned());
        let away = holder.custodian.r#type == CustodianType::LinkedOrganization;
        let status = match (holder.state, &shelf) {
            (UnitState::Inactive, _) if away => Status::new(Tone::Grey, "Linked company"),
            (UnitState::Available, Some(_)) => Status::of("facility_stock"),
            (state, _) => Status::of(state.as_str()),
        };
        let cells = vec![
            match shelf {
                Some(shelf) => name.below(format!("{shelf}, shelf")),
                None => name,
            },
            Cell::text(words::number(holder.units)),
            Cell::status(status),
        ];
        let state = if holder.state == UnitState::Inactive { "inactive" } else { "all" };
        let link = Link::new("/units").with("view", state).with("lot", &seen.trace.lot);
        let link = link.with("custodian_id", acts::custodian_id(holder.custodian.id));
        Row::new(format!("holder-{at}"), cells).href(link.to_string()).off(holder.state == UnitState::Inactive)
    });
    Table::new("holders", "Who has it", columns).rows(rows.collect()).inside().render()
}

fn events(ctx: &Ctx, seen: &Seen) -> Markup {
    if seen.trace.events.is_empty() {
        return html! { p class="sub" { "No event has used it." } };
    }
    let columns = vec![
        Column::new("name", "Event"),
        Column::new("units", "Units").number().width(80).phone_side_sub(),
        Column::new("when", "When").width(130).phone_sub(),
        Column::new("status", "Status").width(150),
    ];
    let rows = seen.trace.events.iter().map(|event| {
        let kind = EventType::parse(&event.r#type).map_or("", EventType::label);
        let place = event.location_id.map(|id| seen.names.location(id).to_owned()).unwrap_or_default();
        let parts = [kind, place.as_str()];
        let below = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        let status = EventStatus::parse(&event.status).map_or_else(|| Status::of(""), |it| Status::of(it.as_str()));
        let cells = vec![
            Cell::two(event.name.as_str(), below),
            Cell::text(words::number(event.units)),
            Cell::text(words::day(event.starts_at.day_in(&ctx.organization.time_zone))),
            Cell::status(status),
        ];
        Row::new(event.event_id.to_string(), cells).href(format!("/events/{}", event.event_id))
    });
    Table::new("events", "Events that used it", columns).rows(rows.collect()).inside().render()
}

fn movements(ctx: &Ctx, seen: &Seen) -> Markup {
    if seen.trace.movements.is_empty() {
        return html! { p class="sub" { "It has not changed hands yet." } };
    }
    let items: Vec<TimelineItem> = seen
        .trace
        .movements
        .iter()
        .rev()
        .map(|it| {
            let units = words::count(it.units, "unit", "units");
            let sentence = match &it.from_name {
                Some(from) => format!("{units} from {from} to {}", it.to_name),
                None => format!("{units} arrived with {}", it.to_name),
            };
            TimelineItem::new(sentence).detail(html! { (words::when(ctx, it.at)) " · " (words::sentence(&it.kind)) })
        })
        .collect();
    timeline(&items)
}
