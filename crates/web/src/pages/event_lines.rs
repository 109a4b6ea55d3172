//! What an event uses: its lines, adding units by search or by scan, what happened to each, and amending it afterwards.

pub mod many;

use super::acts::{self, Ask};
use super::common::version_field;
use super::event::{Seen, editable, see};
use super::scan::title_of;
use super::{stock, words};
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Choice, Column, Empty, Field, FieldError, Flash, Form, Header, Icon, Room, Row, Status, Text, Tone,
};
use app::{App, Ctx, Error};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::events::{
    AddLines, AmendChanges, AmendEvent, AmendLine, ChangeLines, Event, Line, PatchEvent, PatchLine, UsableUnit,
};
use contract::{ListParams, Patch};
use domain::event::{EventType, Usage};
use domain::id::{EventId, LineId, UnitId};
use domain::people::Permission;
use domain::pricing::PriceSource;
use domain::stock::UnitKind;
use maud::html;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/events/{id}/add", get(add_page))
        .route("/events/{id}/lines", get(many::all).merge(post(add_sent)))
        .route("/events/{id}/lines/bulk/{what}", post(many::bulk))
        .route("/events/{id}/lines/{line}", get(line_page).merge(post(change_line)))
        .route("/events/{id}/lines/{line}/remove", post(remove_line))
        .route("/events/{id}/sets", get(sets_page).merge(post(book_sets)))
        .route("/events/{id}/amend", get(amend_page).merge(post(amend)))
}

/// What can have happened to units of an event of this type.
fn usages(kind: EventType) -> &'static [Usage] {
    match kind {
        EventType::Case | EventType::Trial => Usage::ALL,
        EventType::StockingOrder => &[Usage::Used],
        EventType::Damage => &[Usage::Damaged, Usage::Missing],
        EventType::StockAdjustment => &[Usage::Used, Usage::Damaged, Usage::Missing],
        EventType::Loan => &[Usage::Used, Usage::InOut, Usage::Damaged, Usage::Missing],
        EventType::Sample | EventType::Return | EventType::Other => {
            &[Usage::Used, Usage::InOut, Usage::Damaged, Usage::Missing]
        }
    }
}

/// What a usage is called in an event of this type: a unit that is ordered is not used.
fn usage_label(kind: EventType, usage: Usage) -> &'static str {
    match (kind, usage) {
        (EventType::StockingOrder, Usage::Used) => "Sold",
        (EventType::Return, Usage::Used) => "Returned",
        (EventType::Loan, Usage::Used) => "Lent",
        (EventType::Sample, Usage::Used) => "Given",
        (EventType::StockAdjustment, Usage::Used) => "Taken out",
        _ => usage.label(),
    }
}

fn usage_choices(kind: EventType) -> Vec<Choice> {
    usages(kind).iter().map(|usage| Choice::new(usage.as_str(), usage_label(kind, *usage))).collect()
}

fn price(ctx: &Ctx, event: &Event, line: &Line) -> Cell {
    let Some(minor) = line.unit_price_minor else { return Cell::none() };
    let billed = line.amount_minor.is_some_and(|amount| amount != 0);
    let why: Text = match line.price_source {
        PriceSource::FacilityStock => "sold before".into(),
        _ if line.pack_line_id.is_some() => "paid with its pack".into(),
        _ if line.no_charge => "no charge".into(),
        PriceSource::None if event.head.r#type.rules().billable => "no price known".into(),
        PriceSource::None => "".into(),
        _ if !billed && event.head.r#type.rules().billable && minor != 0 => "not billed".into(),
        PriceSource::Manual => "changed by hand".into(),
        PriceSource::Contract => "contract".into(),
        PriceSource::List => "list price".into(),
    };
    let shown = line.amount_minor.unwrap_or(minor);
    let cell = Cell::text(words::amount(ctx, shown));
    let cell = if why.is_empty() { cell } else { cell.below(why.as_ref()) };
    match line.price_source {
        PriceSource::Manual => cell.tone(Tone::Amber),
        _ => cell,
    }
}

fn standing(line: &Line) -> Cell {
    if let Some(warning) = &line.warning {
        return Cell::status(Status::new(Tone::Amber, "Look at it")).below(warning.message.as_str());
    }
    if line.facility_stock {
        return Cell::status(Status::of("facility_stock"));
    }
    if !line.note.is_empty() {
        return Cell::of(line.note.as_str());
    }
    if line.expiry_reason.is_empty() {
        Cell::none()
    } else {
        Cell::two("Past its date", line.expiry_reason.as_str()).tone(Tone::Amber)
    }
}

/// What a line is called.
fn title(line: &Line) -> &str {
    if line.description.is_empty() { &line.catalog_number } else { &line.description }
}

/// How a unit is told from others.
pub fn mark(lot: &str, serial: &str) -> String {
    match (lot, serial) {
        ("", serial) => serial.to_owned(),
        (lot, "") => lot.to_owned(),
        (lot, serial) => format!("{lot}, {serial}"),
    }
}

// ---- one line -------------------------------------------------------------------------------------------------------

fn find(seen: &Seen, line: LineId) -> Result<&Line, crate::edge::Fail> {
    seen.event.lines.iter().find(|it| it.id == line).ok_or_else(crate::edge::Fail::not_found)
}

/// A unit that lies in a pack of the event: its line follows the pack's.
fn part_of_pack(visit: &Visit, event: &Event, line: &Line, pack: LineId) -> Response {
    let id = event.head.id;
    let whole = event.lines.iter().find(|it| it.id == pack);
    let name = whole.map(title).unwrap_or("the pack").to_owned();
    let text = html! {
        b { "It lies in a pack" }
        "What happened to " (name) " happened to it, and it is paid with it."
    };
    let to = Button::link("Open the pack's line", format!("/events/{id}/lines/{pack}"));
    let header = Header::new(title(line).to_owned())
        .crumb("Events", "/events")
        .crumb(event.head.name.clone(), format!("/events/{id}"))
        .under(html! { (line.catalog_number) " · " a class="link" href={ "/units/" (line.unit_id) } { "the unit" } });
    let body = html! { (header) div class="content" { (crate::ui::banner(crate::ui::Banner::Info, text, Some(to))) } };
    visit.page(title(line).to_owned(), Room::Events, body)
}

fn line_response(visit: &Visit, seen: &Seen, line: &Line, sent: &Sent, errors: &[FieldError]) -> Response {
    let (ctx, event) = (&visit.ctx, &seen.event);
    let (id, kind) = (event.head.id, event.head.r#type);
    if let Some(pack) = line.pack_line_id {
        return part_of_pack(visit, event, line, pack);
    }
    let first = !sent.has("usage");
    let value = |name: &str, now: String| if first { now } else { sent.text(name).to_owned() };
    let currency = words::currency(ctx);
    let typed = matches!(line.price_source, PriceSource::Manual);
    let own = line.unit_price_minor.filter(|_| typed).map(|minor| words::money_plain(ctx, minor)).unwrap_or_default();
    let usual = line.unit_price_minor.filter(|_| !typed).map(|minor| words::money_plain(ctx, minor));
    let prices = kind.rules().billable && !line.facility_stock && line.unit_price_minor.is_some();
    let help = match (&line.price_source, &usual) {
        (PriceSource::Contract, Some(usual)) => format!("{usual} by contract, unless you give another."),
        (PriceSource::List, Some(usual)) => format!("{usual} by list, unless you give another."),
        (PriceSource::Manual, _) => "Changed by hand. Empty it to go back to the agreed or list price.".to_owned(),
        _ => "No price is known for it.".to_owned(),
    };
    let alike = many::alike_with(event, line).len();
    let fields = html! {
        (version_field(event.head.version))
        @if alike > 1 {
            (Field::check("alike", format!("All {alike} that are alike")).on(if first { true } else { sent.on("alike") }).help("They are of one lot and say the same. Without it this one alone is changed."))
        }
        (Field::select("usage", "What happened", usage_choices(kind)).value(value("usage", line.usage.as_str().to_owned())).errors(errors))
        @if prices {
            (Field::money("unit_price_minor", "Price", currency.code(), currency.exponent()).value(value("unit_price_minor", own)).optional().errors(errors).help(help))
            (Field::check("no_charge", "Free of charge").on(if first { line.no_charge } else { sent.on("no_charge") }).help("It stands on the order at nothing."))
            @if let Some(way) = super::price_asks::at_line(seen, line) { div class="row gap-below" { (way) } }
        } @else if line.facility_stock {
            p class="help" { "Facility stock: it was sold before and is not billed again." }
        }
        (Field::area("note", "Note").value(value("note", line.note.clone())).optional().errors(errors).limit(2000).help("Needed for what was damaged or is missing."))
    };
    let form = Form::post(format!("/events/{id}/lines/{}", line.id), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Save").primary())
        .button(Button::submit("Take it off").danger().action(format!("/events/{id}/lines/{}/remove", line.id)))
        .button(Button::link("Cancel", format!("/events/{id}")).quiet());
    let sub = mark(&line.lot, &line.serial);
    let header = Header::new(title(line).to_owned())
        .crumb("Events", "/events")
        .crumb(event.head.name.clone(), format!("/events/{id}"))
        .under(html! { (line.catalog_number) @if !sub.is_empty() { " · " (sub) } " · " a class="link" href={ "/units/" (line.unit_id) } { "the unit" } });
    let body = html! {
        (header)
        div class="content" {
            @if let Some(warning) = &line.warning { div class="banner warning" { (Icon::Warning) div { (warning.message) } } }
            (form)
        }
    };
    if errors.is_empty() {
        visit.page(title(line).to_owned(), Room::Events, body)
    } else {
        visit.refused(title(line).to_owned(), Room::Events, body)
    }
}

async fn line_page(visit: Visit, Path((id, line)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, line): (EventId, LineId) = (visit.id(&id)?, visit.id(&line)?);
    let seen = editable(&visit, id).await?;
    let line = find(&seen, line)?;
    Ok(line_response(&visit, &seen, line, &sent, &[]))
}

fn read_line(ctx: &Ctx, line: &Line, sent: &Sent) -> app::Result<PatchLine> {
    let usage = Usage::parse(sent.text("usage"))
        .ok_or_else(|| Error::field("usage", "required", "Say what happened to it."))?;
    let typed = match sent.maybe("unit_price_minor") {
        Some(text) => Some(words::read_money(ctx, "unit_price_minor", text)?),
        None => None,
    };
    let manual = line.price_source == PriceSource::Manual;
    let price = match typed {
        _ if !sent.has("unit_price_minor") => Patch::Leave,
        Some(minor) if manual && line.unit_price_minor == Some(minor) => Patch::Leave,
        Some(minor) => Patch::Set(minor),
        None if manual => Patch::Clear,
        None => Patch::Leave,
    };
    let no_charge = sent.on("no_charge");
    Ok(PatchLine {
        usage: Some(usage).filter(|usage| *usage != line.usage),
        unit_price_minor: price,
        no_charge: Some(no_charge).filter(|on| *on != line.no_charge && sent.has("unit_price_minor")),
        note: Some(sent.text("note").to_owned()).filter(|note| *note != line.note),
    })
}

async fn change_line(visit: Visit, Path((id, line)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, line_id): (EventId, LineId) = (visit.id(&id)?, visit.id(&line)?);
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let line = find(&seen, line_id)?;
    let line_ids = meant(&seen, line, &sent);
    let done = match read_line(&visit.ctx, line, &sent) {
        Ok(PatchLine { usage, unit_price_minor, no_charge, note }) => {
            let wish = ChangeLines { line_ids, remove: false, usage, unit_price_minor, no_charge, note };
            visit.save(&sent, move |ctx, tx| app::events::lines::many::change(ctx, tx, id, &wish)).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/events/{id}"), Flash::done("Saved"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["usage", "unit_price_minor", "no_charge", "note"]);
            Ok(line_response(&visit, &seen, line, &sent, &errors))
        }
    }
}

/// The line, or those that are alike with it where they are meant too.
fn meant(seen: &Seen, line: &Line, sent: &Sent) -> Vec<LineId> {
    if sent.on("alike") { many::alike_with(&seen.event, line) } else { vec![line.id] }
}

async fn remove_line(visit: Visit, Path((id, line)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, line): (EventId, LineId) = (visit.id(&id)?, visit.id(&line)?);
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let line_ids = meant(&seen, find(&seen, line)?, &sent);
    let wish = ChangeLines { line_ids, remove: true, ..ChangeLines::default() };
    let done = visit.save(&sent, move |ctx, tx| app::events::lines::many::change(ctx, tx, id, &wish)).await;
    acts::told(&visit, done, &format!("/events/{id}"), Flash::done("Taken off the event"))
}

// ---- adding units ---------------------------------------------------------------------------------------------------

fn usable_columns(ctx: &Ctx) -> Vec<Column> {
    vec![
        Column::new("item", "Item"),
        Column::new("lot", "Lot, serial").width(150).phone_sub(),
        Column::new("custodian", "Custodian").width(170),
        Column::new("expires_on", "Expires").sort().width(136).phone_side_sub(),
        Column::new("price", format!("Price, {}", ctx.organization.currency)).number().width(120),
        Column::new("status", "Status").width(150),
    ]
}

fn usable_row(ctx: &Ctx, list: &super::list::List, event: &Event, unit: &UsableUnit) -> Row {
    let on_shelf = unit.facility_stock_location_id.is_some();
    list.row(unit.id.to_string(), |key| match key {
        "item" => Cell::two(title_of(unit), unit.catalog_number.as_str()),
        "lot" => match mark(&unit.lot, &unit.serial) {
            text if text.is_empty() => Cell::none(),
            text => Cell::text(text),
        },
        "custodian" if unit.custodian.id.id != event.head.representative_id.uuid() => {
            Cell::owner(unit.custodian_name.clone())
        }
        "custodian" => Cell::of(unit.custodian_name.as_str()),
        "expires_on" => match unit.expires_on {
            Some(day) if day < event.head.event_on => Cell::two(words::day(day), "before the event").tone(Tone::Red),
            other => stock::expiry(ctx, other),
        },
        "price" => match unit.unit_price_minor {
            Some(minor) => Cell::text(words::amount(ctx, minor)),
            None => Cell::none(),
        },
        _ if on_shelf => Cell::status(Status::of("facility_stock")),
        _ => Cell::status(Status::of("available")),
    })
    .href(format!("/units/{}", unit.id))
    .name(title_of(unit).to_owned())
    .alike(unit.serial.is_empty().then(|| {
        let (shelf, price) = (unit.facility_stock_location_id, unit.unit_price_minor);
        format!(
            "{} {} {:?} {:?} {shelf:?} {price:?}",
            unit.catalog_number, unit.lot, unit.expires_on, unit.custodian.id
        )
    }))
}

async fn add_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id: EventId = visit.id(&id)?;
    let seen = editable(&visit, id).await?;
    let yes = || vec![("true".into(), "Yes".into()), ("false".into(), "No".into())];
    let mut filters = vec![
        super::list::Filter::choice("facility_stock", "Facility stock", yes()),
        super::list::Filter::choice("own", "Only the representative's own", vec![("true".into(), "Yes".into())]),
    ];
    filters.extend(super::event_products::filter(&seen));
    let list =
        super::list::List::new(&visit, Room::Events, "usable", "Units that can be used", usable_columns(&visit.ctx))
            .filters(filters)
            .sort("expires_on")
            .search("Item, lot, serial, or a scanned code");
    let params = list.params();
    let page = visit.read(move |ctx, tx| app::events::lines::usable_units(ctx, tx, id, &params)).await?;
    let (ctx, event) = (&visit.ctx, &seen.event);
    let rows = page.items.iter().map(|unit| usable_row(ctx, &list, event, unit)).collect();
    let header = Header::new("Add units")
        .crumb("Events", "/events")
        .crumb(event.head.name.clone(), format!("/events/{id}"))
        .lead(page.total.map(|total| words::count(total, "unit can be used", "units can be used")).unwrap_or_default())
        .action(Button::link("Scan", format!("/scan?mode=use&id={id}")).icon(Icon::Scan))
        .action(Button::link("Done", format!("/events/{id}")).primary());
    let empty = Empty::new(Icon::Box, "Nothing can be used in this event")
        .text(
            "The representative has no free units, nobody shares any, and there is no facility stock at this location.",
        )
        .action(Button::link("Back to the event", format!("/events/{id}")));
    let mut shown = super::list::Shown::new(header, rows, empty).paged(page.next_cursor, None);
    let kind = event.head.r#type;
    shown.bulk = usages(kind)
        .iter()
        .map(|usage| {
            let button = Button::submit(format!("Add as {}", usage_label(kind, *usage).to_lowercase()));
            button.action(format!("/events/{id}/lines")).named("usage", usage.as_str())
        })
        .collect();
    Ok(list.answer(&visit, shown))
}

async fn add_sent(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let ids: Vec<UnitId> = sent.ids("id")?;
    if ids.is_empty() {
        return Ok(visit.go(&format!("/events/{id}/add"), Flash::failed("Select at least one unit first.")));
    }
    add(&visit, &sent, id, ids).await
}

/// Marks units on an event. What stands against it is asked for where a word helps: expired units, damaged ones.
pub async fn add(visit: &Visit, sent: &Sent, id: EventId, ids: Vec<UnitId>) -> Out {
    let usage = Usage::parse(sent.text("usage"));
    let noted = usage.is_some_and(|usage| usage.rule().note_required);
    if noted && !sent.has("note") {
        return Ok(ask_about_units(visit, id, &ids, sent, &[], false));
    }
    let lines = AddLines {
        unit_ids: ids.clone(),
        usage,
        accept_expired_reason: sent.text("accept_expired_reason").to_owned(),
        note: sent.text("note").to_owned(),
    };
    let done = visit.save(sent, move |ctx, tx| app::events::lines::add(ctx, tx, id, lines.clone())).await;
    match done {
        Ok(_) => {
            let flash = Flash::done(format!("{} added", words::count(ids.len() as i64, "unit", "units")));
            Ok(visit.go(&format!("/events/{id}"), flash))
        }
        Err(error) => {
            let expired = matches!(&error, Error::Conflict { code, .. } if code.contains("expired"));
            if expired || noted {
                let errors = acts::known(visit.complaints(error)?, &["note", "accept_expired_reason"]);
                return Ok(ask_about_units(visit, id, &ids, sent, &errors, expired));
            }
            Ok(visit.go(&format!("/events/{id}/add"), Flash::failed(acts::sentence(visit, error)?)))
        }
    }
}

fn ask_about_units(
    visit: &Visit,
    id: EventId,
    ids: &[UnitId],
    sent: &Sent,
    errors: &[FieldError],
    expired: bool,
) -> Response {
    let usage = sent.text("usage");
    Ask {
        title: "A word about these units".into(),
        text: html! { p { (words::count(ids.len() as i64, "unit", "units")) @if let Some(usage) = Usage::parse(usage) { ", " (usage.label().to_lowercase()) } "." } },
        room: Room::Events,
        action: format!("/events/{id}/lines"),
        fields: html! {
            (stock::carried(ids))
            input type="hidden" name="usage" value=(usage);
            @if expired {
                (Field::area("accept_expired_reason", "Why units past their date are accepted").value(sent.text("accept_expired_reason").to_owned()).errors(errors).required().limit(500).autofocus())
            }
            (Field::area("note", "Note").value(sent.text("note").to_owned()).errors(errors).limit(2000))
        },
        verb: "Add them".into(),
        danger: false,
        back: format!("/events/{id}/add"),
        errors,
    }
    .show(visit)
}

// ---- sets -----------------------------------------------------------------------------------------------------------

async fn sets_response(visit: &Visit, id: EventId, errors: &[FieldError]) -> Out {
    let seen = editable(visit, id).await?;
    let mut params = ListParams { limit: Some(100), ..ListParams::default() };
    params.filters.insert("kind".into(), UnitKind::Container.as_str().into());
    params.filters.insert("active".into(), "true".into());
    let (sets, names) = visit
        .read(move |ctx, tx| {
            let sets = app::unit_lists::list(ctx, tx, &params)?.items;
            let names = stock::names_of(ctx, tx, &sets)?;
            Ok((sets, names))
        })
        .await?;
    let event = &seen.event;
    let fields = html! {
        (version_field(event.head.version))
        fieldset class="field" {
            legend class="label" { "Sets for this event" }
            div class="choices" {
                @for set in &sets {
                    label class="tick" {
                        input class="box" type="checkbox" name="id" value=(set.id) checked[event.container_ids.contains(&set.id)];
                        span {
                            (names.item_title(set.catalog_item_id)) @if let Some(serial) = &set.serial { " " (serial) }
                            span class="help" { (names.custodian(set.custodian.id)) }
                        }
                    }
                }
            }
            @if sets.is_empty() { div class="help" { "There are no sets in your reach." } }
        }
    };
    let form = Form::post(format!("/events/{id}/sets"), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Book these").primary())
        .button(Button::link("Cancel", format!("/events/{id}")).quiet());
    let header = Header::new("Book sets")
        .crumb("Events", "/events")
        .crumb(event.head.name.clone(), format!("/events/{id}"))
        .under("A set is booked for the time of the event, the way there and the turnaround. Where two events want it, the second is refused.");
    Ok(acts::form_page(visit, Room::Events, header, "Book sets".into(), &form, !errors.is_empty()))
}

async fn sets_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id: EventId = visit.id(&id)?;
    sets_response(&visit, id, &[]).await
}

async fn book_sets(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let change = PatchEvent { container_ids: Some(sent.ids("id")?), ..PatchEvent::default() };
    let done = visit.save(&sent, move |ctx, tx| app::events::plan::patch(ctx, tx, id, change.clone())).await;
    match done {
        Ok(_) => Ok(visit.go(&format!("/events/{id}"), Flash::done("Sets booked"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &[]);
            sets_response(&visit, id, &errors).await
        }
    }
}

// ---- amending -------------------------------------------------------------------------------------------------------

fn amend_response(visit: &Visit, seen: &Seen, sent: &Sent, errors: &[FieldError]) -> Response {
    let (ctx, event) = (&visit.ctx, &seen.event);
    let (head, kind) = (&event.head, event.head.r#type);
    let first = !sent.has("reason");
    let value = |name: &str, now: String| if first { now } else { sent.text(name).to_owned() };
    let currency = words::currency(ctx);
    let prices = kind.rules().billable && visit.may(Permission::ModifyPrices);
    let fields = html! {
        (version_field(head.version))
        (acts::reason(sent, errors, true).help("What was wrong. It is kept with the change; the document before stays as it is."))
        (Field::text("name", "Name").value(value("name", head.name.clone())).errors(errors))
        (Field::combo("location_id", "Location", "/suggest/locations", value("location_id_text", head.location_name.clone().unwrap_or_default())).value(value("location_id", head.location_id.map(|id| id.to_string()).unwrap_or_default())).errors(errors))
        (Field::combo("physician_id", "Physician", "/suggest/physicians", value("physician_id_text", head.physician_name.clone().unwrap_or_default())).value(value("physician_id", head.physician_id.map(|id| id.to_string()).unwrap_or_default())).optional().errors(errors))
        (Field::combo("procedure_id", "Procedure", "/suggest/procedures", value("procedure_id_text", head.procedure_name.clone().unwrap_or_default())).value(value("procedure_id", head.procedure_id.map(|id| id.to_string()).unwrap_or_default())).optional().errors(errors))
        (Field::text("patient_reference", "Patient reference").value(value("patient_reference", event.patient_reference.clone())).optional().errors(errors))
        (Field::area("note", "Note").value(value("note", event.note.clone())).optional().errors(errors).limit(2000))
        (Field::area("print_note", "Printed on the sales order").value(value("print_note", event.print_note.clone())).optional().errors(errors).limit(2000))
        @for line in &event.lines {
            @let part = |name: &str| format!("{name}-{}", line.id);
            fieldset class="form-sec" {
                legend class="label" { (title(line)) " " span class="sub" { (mark(&line.lot, &line.serial)) } }
                div class="pair" {
                    (Field::select(part("usage"), "What happened", usage_choices(kind)).value(value(&part("usage"), line.usage.as_str().to_owned())))
                    @if prices && !line.facility_stock {
                        (Field::money(part("price"), "Price", currency.code(), currency.exponent()).value(value(&part("price"), line.unit_price_minor.map(|minor| words::money_plain(ctx, minor)).unwrap_or_default())).optional())
                    }
                }
                div class="row" {
                    @if prices && !line.facility_stock {
                        (Field::check(part("no_charge"), "Free of charge").on(if first { line.no_charge } else { sent.on(&part("no_charge")) }))
                    }
                    (Field::check(part("remove"), "Take it off: it was not used").on(sent.on(&part("remove"))))
                }
            }
        }
    };
    let form = Form::post(format!("/events/{}/amend", head.id), visit.csrf())
        .wide()
        .errors(errors)
        .body(fields)
        .button(Button::submit("Issue the next revision").primary())
        .button(Button::link("Cancel", format!("/events/{}", head.id)).quiet());
    let header = Header::new("Amend")
        .crumb("Events", "/events")
        .crumb(head.name.clone(), format!("/events/{}", head.id))
        .under("The event stays submitted. A new revision of its documents replaces the last one, and both are kept.");
    acts::form_page(visit, Room::Events, header, "Amend".into(), &form, !errors.is_empty())
}

async fn amend_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    visit.ctx.require(Permission::AmendEvents)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    Ok(amend_response(&visit, &seen, &sent, &[]))
}

fn read_amendment(ctx: &Ctx, event: &Event, sent: &Sent) -> app::Result<AmendEvent> {
    let head = &event.head;
    fn patch<T: PartialEq>(now: Option<T>, new: Option<T>) -> Patch<T> {
        if now == new { Patch::Leave } else { new.map_or(Patch::Clear, Patch::Set) }
    }
    let mut lines = Vec::new();
    for line in &event.lines {
        let part = |name: &str| format!("{name}-{}", line.id);
        let remove = sent.on(&part("remove"));
        let usage = Usage::parse(sent.text(&part("usage"))).filter(|usage| *usage != line.usage);
        let (mut price, mut no_charge) = (Patch::Leave, None);
        if sent.has(&part("price")) {
            no_charge = Some(sent.on(&part("no_charge"))).filter(|on| *on != line.no_charge);
            price = match sent.maybe(&part("price")) {
                None => Patch::Clear,
                Some(text) => match words::read_money(ctx, "", text)? {
                    minor if Some(minor) == line.unit_price_minor => Patch::Leave,
                    minor => Patch::Set(minor),
                },
            };
        }
        if remove || usage.is_some() || price.is_mentioned() || no_charge.is_some() {
            lines.push(AmendLine { id: line.id, remove, usage, unit_price_minor: price, no_charge, note: None });
        }
    }
    let changes = AmendChanges {
        name: Some(sent.text("name").to_owned()).filter(|name| *name != head.name),
        location_id: acts::picked(sent, "location_id")?.filter(|id| Some(*id) != head.location_id),
        physician_id: patch(head.physician_id, acts::picked(sent, "physician_id")?),
        procedure_id: patch(head.procedure_id, acts::picked(sent, "procedure_id")?),
        patient_reference: Some(sent.text("patient_reference").to_owned())
            .filter(|text| *text != event.patient_reference),
        note: Some(sent.text("note").to_owned()).filter(|text| *text != event.note),
        print_note: Some(sent.text("print_note").to_owned())
            .filter(|text| sent.has("print_note") && *text != event.print_note),
        lines,
        ..AmendChanges::default()
    };
    Ok(AmendEvent { changes, reason: sent.text("reason").to_owned() })
}

async fn amend(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let done = match read_amendment(&visit.ctx, &seen.event, &sent) {
        Ok(wish) => visit.save(&sent, move |ctx, tx| app::events::settle::amend(ctx, tx, id, wish.clone())).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/events/{id}"), Flash::done("Amended: the next revision is issued"))),
        Err(error) => {
            let fields = ["reason", "name", "location_id", "physician_id", "procedure_id", "patient_reference", "note"];
            let errors = acts::known(visit.complaints(error)?, &fields);
            Ok(amend_response(&visit, &seen, &sent, &errors))
        }
    }
}
