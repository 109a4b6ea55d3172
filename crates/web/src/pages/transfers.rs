//! Transfers: what is on its way, and who must act?

mod decide;
mod drafts;
pub mod quick;
mod send;
mod shipment;

pub use decide::{receive_response, received};
pub use send::form;

use super::acts;
use super::common::{press, story};
use super::list::{Filter, List, Shown, View};
use super::stock;
use super::words;
use crate::edge::{Out, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Column, Empty, Fact, Header, Icon, Menu, Room, Row, Status, Table, banner, csrf_field,
    drawer_body, facts, section_block, split,
};
use app::names::{Names, Wanted};
use app::transfers::Choices;
use app::{App, Ctx, Tx};
use axum::Router;
use axum::extract::Path;
use contract::HistoryEntry;
use contract::transfers::{LineLabel, Transfer, TransferLine, TransferRow};
use domain::id::TransferId;
use domain::people::{Permission, Role};
use domain::stock::{Custodian, TransferLineStatus, TransferStatus};
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/transfers", get(index).merge(post(send::send)))
        .route("/transfers/new", get(send::new_page).merge(post(send::take)))
        .route("/transfers/{id}", get(show))
        .route("/transfers/{id}/accept", post(decide::accept))
        .route("/transfers/{id}/decline", get(decide::decline_page).merge(post(decide::decline)))
        .route("/transfers/{id}/cancel", post(decide::cancel))
        .route("/transfers/{id}/receive", get(decide::receive_page).merge(post(decide::receive)))
        .route("/transfers/{id}/shipment", get(shipment::page).merge(post(shipment::save)))
        .route("/transfers/{id}/remove-lines", get(decide::remove_page).merge(post(decide::remove)))
        .merge(drafts::routes())
        .merge(quick::routes())
}

/// Lines that a page shows; the rest is in the report.
const LINES: usize = 500;

fn columns() -> Vec<Column> {
    vec![
        Column::new("between", "Transfer"),
        Column::new("units", "Units").number().width(80),
        Column::new("created_at", "Sent").sort().width(140).phone_side_sub(),
        Column::new("status", "Status").width(160),
        Column::new("decided", "Decided").width(170).spare(),
    ]
}

fn views(ctx: &Ctx) -> Vec<View> {
    let mut views = vec![
        View::new("in", "To accept", &[("direction", "in"), ("status", "pending")]),
        View::new("out", "Sent", &[("direction", "out"), ("status", "pending")]),
    ];
    if !matches!(ctx.actor.role, Role::Sales | Role::FacilityManager) {
        views.push(View::new("pending", "Waiting", &[("status", "pending")]));
    }
    views.push(View::new("all", "All", &[]));
    // Those who hold nothing look first at what waits for others.
    if !ctx.actor.role.holds_stock() {
        views.rotate_left(2);
    }
    views
}

fn list(visit: &Visit) -> List {
    let statuses = acts::pairs(TransferStatus::ALL, TransferStatus::as_str, TransferStatus::label);
    List::new(visit, Room::Transfers, "transfers", "Transfers", columns())
        .views(&views(&visit.ctx))
        .filters(vec![
            Filter::choice("status", "Status", statuses),
            Filter::choice(
                "direction",
                "Direction",
                vec![("in".into(), "To you".into()), ("out".into(), "From you".into())],
            ),
            Filter::given("unit_id", "With", Some("one unit")),
            Filter::given("event_id", "For", Some("one event")),
        ])
        .sort("-created_at")
}

async fn index(visit: Visit) -> Out {
    let list = list(&visit).saved(&visit, "transfers").await?;
    let mut params = list.params();
    // This list has no words to search for.
    params.q = None;
    let page = visit.read(move |ctx, tx| app::transfers::list(ctx, tx, &params)).await?;
    let view = list.view_key().unwrap_or("all");
    let rows = page.items.iter().map(|it| row(&list, &visit.ctx, it)).collect();
    let mut header = Header::new("Transfers");
    if let Some(total) = page.total {
        header = header.lead(match view {
            "in" if total == 0 => "nothing waits for you".to_owned(),
            "in" => words::count(total, "waits for you", "wait for you"),
            "out" => words::count(total, "is on its way", "are on their way"),
            "pending" => words::count(total, "waits to be accepted", "wait to be accepted"),
            _ => words::count(total, "transfer", "transfers"),
        });
    }
    let holds = visit.ctx.actor.role.holds_stock() && !visit.ctx.actor.custodian_only;
    let mut more = Menu::more("More actions");
    if holds {
        more = more.item(Button::link("Take stock from a source", "/quick-transfer").icon(Icon::Download));
    }
    if visit.may(Permission::SendTransfers) {
        more = more.item(Button::link("Drafts", "/transfers/drafts").icon(Icon::File));
    }
    more = more.item(Button::link("Scan what arrived", "/scan?mode=accept").icon(Icon::Scan));
    if visit.may(Permission::ViewReports) {
        more = more.item(Button::link("Report of transfers", "/figures/transfers").icon(Icon::Figures));
    }
    header = header.action(more);
    if visit.may(Permission::SendTransfers) {
        header = header.action(Button::link("Drafts", "/transfers/drafts").wide_only());
        header = header.action(Button::link("Send transfer", "/transfers/new").primary().hotkey("n"));
    }
    let mut shown = Shown::new(header, rows, empty(&visit, view)).paged(page.next_cursor, page.total);
    shown.nav = Some(super::requests::rooms("Transfers"));
    Ok(list.answer(&visit, shown))
}

fn empty(visit: &Visit, view: &str) -> Empty {
    let (title, text) = match view {
        "in" => ("Nothing waits for you", "Units that are sent to you appear here, to be accepted or declined."),
        "out" => ("Nothing of yours is on its way", "What you send stays here until it is accepted."),
        "pending" => ("Nothing is on its way", "Transfers that nobody has accepted yet appear here."),
        _ => ("No transfers yet", "Hand units to a colleague, and both of you see where they are."),
    };
    let empty = Empty::new(Icon::Transfers, title).text(text);
    if visit.may(Permission::SendTransfers) {
        empty.action(Button::link("Send transfer", "/transfers/new").primary())
    } else {
        empty
    }
}

fn row(list: &List, ctx: &Ctx, it: &TransferRow) -> Row {
    let units = words::count(it.units_count, "unit", "units");
    let between = format!("{} to {}", it.from_name, it.to_name);
    list.row(it.id.to_string(), |key| match key {
        "between" if it.note.is_empty() => Cell::two(between.as_str(), units.as_str()),
        "between" => Cell::two(between.as_str(), format!("{units} · {}", it.note)),
        "units" => Cell::text(words::number(it.units_count)),
        "created_at" => Cell::of(words::when(ctx, it.created_at)),
        "status" => Cell::status(status(it.status)),
        _ => it.decided_at.map_or_else(Cell::none, |at| Cell::of(words::when(ctx, at))),
    })
    .href(format!("/transfers/{}", it.id))
    .name(between.clone())
    .off(matches!(it.status, TransferStatus::Cancelled))
}

fn status(status: TransferStatus) -> Status {
    Status::of(status.as_str())
}

// ---- one transfer ---------------------------------------------------------------------------------------------------

struct Seen {
    transfer: Transfer,
    choices: Choices,
    names: Names,
    story: Vec<HistoryEntry>,
    mine: bool,
}

fn see(ctx: &Ctx, tx: &mut Tx, id: TransferId) -> app::Result<Seen> {
    let transfer = app::transfers::get(ctx, tx, id)?;
    let choices = app::transfers::choices(ctx, tx, id)?;
    let story = app::history::of_subject(ctx, tx, id, 30)?;
    let mut wanted = Wanted::new();
    for line in transfer.lines.iter().take(LINES) {
        wanted.unit(line.unit_id);
    }
    wanted.event(transfer.event_id).place(transfer.place_id);
    if let Some(id) = transfer.created_by {
        wanted.person(id);
    }
    for item in transfer.lines.iter().filter_map(|line| line.label.as_ref()?.catalog_item_id) {
        wanted.item(item);
    }
    if let Some(id) = transfer.decided_by {
        wanted.person(id);
    }
    let names = app::names::look_up(ctx, tx, &wanted)?;
    let mine = transfer.to.id == Custodian::user(ctx.principal());
    Ok(Seen { transfer, choices, names, story, mine })
}

fn sides(it: &Transfer) -> String {
    format!("{} to {}", it.from_name, it.to_name)
}

fn under(ctx: &Ctx, seen: &Seen) -> Markup {
    let it = &seen.transfer;
    let units = words::count(it.units_count, "unit", "units");
    html! {
        (units) " · "
        @match it.status {
            TransferStatus::Pending if seen.mine => { strong { "waits for you" } ", sent " (words::when(ctx, it.created_at)) }
            TransferStatus::Pending if seen.choices.decide => { "waits for " strong { (it.to_name) } ", and you may decide for them · sent " (words::when(ctx, it.created_at)) }
            TransferStatus::Pending => { "waits for " strong { (it.to_name) } ", sent " (words::when(ctx, it.created_at)) }
            other => {
                (other.label().to_lowercase())
                @if let Some(id) = it.decided_by { " by " (seen.names.person(id)) }
                @if let Some(at) = it.decided_at { ", " (words::when(ctx, at)) }
            }
        }
        @if let Some(day) = it.due_back_on { " · loan until " (words::day(day)) }
    }
}

fn decide_buttons(visit: &Visit, seen: &Seen) -> Vec<Markup> {
    let it = &seen.transfer;
    let to = |what: &str| format!("/transfers/{}/{what}", it.id);
    let mut buttons = vec![];
    if seen.choices.decide {
        buttons.push(Button::link("Decline", to("decline")).in_dialog().render());
        buttons.push(press(
            visit,
            to("accept"),
            Button::submit(if it.units_count > 1 { "Accept all" } else { "Accept" }).primary(),
        ));
    }
    buttons
}

fn the_facts(ctx: &Ctx, seen: &Seen) -> Markup {
    let it = &seen.transfer;
    let mut list = vec![
        Fact::new("From", it.from_name.as_str()),
        Fact::new("To", it.to_name.as_str()),
        Fact::new(
            "Sent",
            html! { (words::exact(ctx, it.created_at)) @if let Some(id) = it.created_by { " by " (seen.names.person(id)) } },
        ),
    ];
    if !it.note.is_empty() {
        list.push(Fact::new("Note", it.note.as_str()));
    }
    if let Some(shipment) = &it.shipment {
        let by = if shipment.carrier.is_empty() { "A carrier" } else { shipment.carrier.as_str() };
        let day = shipment.shipped_on.map(|day| format!(", left on {}", words::day(day))).unwrap_or_default();
        let parcels =
            shipment.parcels.map(|n| format!(", {}", words::count(n, "parcel", "parcels"))).unwrap_or_default();
        list.push(Fact::new(
            "Travels with",
            html! { (by) @if !shipment.tracking.is_empty() { " " span class="mono wrap" { (shipment.tracking) } } (day) (parcels) },
        ));
    }
    if let Some(day) = it.due_back_on {
        list.push(Fact::new("Loan until", html! { (words::day(day)) " (" (words::distance(ctx.today(), day)) ")" }));
    }
    if let Some(id) = it.place_id {
        list.push(Fact::new("Will lie in", seen.names.place(id)));
    }
    if let Some(id) = it.event_id {
        let name = seen.names.event(id).map_or("An event", |event| event.name.as_str());
        list.push(Fact::new("For", html! { a class="link" href={ "/events/" (id) } { (name) } }));
    }
    if let (Some(id), Some(at)) = (it.decided_by, it.decided_at) {
        list.push(Fact::new(it.status.label(), html! { (words::exact(ctx, at)) " by " (seen.names.person(id)) }));
    }
    if let Some(why) = it.decline_reason.as_deref().filter(|why| !why.is_empty()) {
        list.push(Fact::new("Reason", why));
    }
    facts(&list)
}

fn line_status(status: TransferLineStatus) -> Status {
    match status {
        TransferLineStatus::Removed => Status::of("cancelled"),
        other => Status::of(other.as_str()),
    }
}

fn lines(ctx: &Ctx, seen: &Seen) -> Table {
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("lot", "Lot, serial").width(140).phone_sub(),
        Column::new("expires_on", "Expires").width(128).phone_side_sub(),
        Column::new("status", "Status").width(190),
    ];
    let rows = seen.transfer.lines.iter().take(LINES).map(|line| {
        if let Some(label) = &line.label {
            return labelled(ctx, seen, line, label);
        }
        let unit = seen.names.unit(line.unit_id);
        let item = unit.and_then(|unit| seen.names.item(unit.item));
        let cells = vec![
            item.map_or_else(
                || Cell::text("A unit"),
                |item| Cell::two(item.title.as_str(), format!("{} · {}", item.number, item.manufacturer)),
            ),
            match unit.map(|unit| super::event_lines::mark(&unit.lot, &unit.serial)).filter(|mark| !mark.is_empty()) {
                Some(mark) => Cell::text(mark),
                None => Cell::none(),
            },
            stock::expiry(ctx, unit.and_then(|unit| unit.expires_on)),
            match line.reason.as_str() {
                // A transfer that was declined says why once, above.
                "" => Cell::status(line_status(line.status)),
                why if seen.transfer.decline_reason.as_deref() == Some(why) => Cell::status(line_status(line.status)),
                why => Cell::status(line_status(line.status)).below(why),
            },
        ];
        let alike = unit
            .filter(|unit| unit.serial.is_empty())
            .map(|unit| format!("{} {} {:?} {:?} {}", unit.item, unit.lot, unit.expires_on, line.status, line.reason));
        Row::new(line.unit_id.to_string(), cells).href(format!("/units/{}", line.unit_id)).alike(alike)
    });
    Table::new("lines", "Units of this transfer", columns).rows(rows.collect()).inside()
}

/// A unit that a linked company sends, by its label: its page is there once it is accepted.
fn labelled(ctx: &Ctx, seen: &Seen, line: &TransferLine, label: &LineLabel) -> Row {
    let what = if label.description.is_empty() { &label.catalog_number } else { &label.description };
    let known = match label.catalog_item_id {
        Some(_) => format!("{} · {}", label.catalog_number, label.manufacturer),
        None => format!("{} · {} · new to your catalog", label.catalog_number, label.manufacturer),
    };
    let mark =
        super::event_lines::mark(label.lot.as_deref().unwrap_or_default(), label.serial.as_deref().unwrap_or_default());
    let status = Cell::status(line_status(line.status));
    let cells = vec![
        Cell::two(what.as_str(), known),
        if mark.is_empty() { Cell::none() } else { Cell::text(mark) },
        stock::expiry(ctx, label.expires_on),
        match line.reason.as_str() {
            "" if label.comes_back && line.status == TransferLineStatus::Pending => status.below("comes back to you"),
            "" => status,
            why if seen.transfer.decline_reason.as_deref() == Some(why) => status,
            why => status.below(why),
        },
    ];
    let row = Row::new(line.unit_id.to_string(), cells);
    let here = label.comes_back || line.status == TransferLineStatus::Accepted;
    if here { row.href(format!("/units/{}", line.unit_id)) } else { row }
}

/// What one unit of a transfer is called, and what tells it from others.
fn called(seen: &Seen, line: &TransferLine) -> (String, String) {
    if let Some(label) = &line.label {
        let what = if label.description.is_empty() { &label.catalog_number } else { &label.description };
        let mark = match (&label.serial, &label.lot) {
            (Some(serial), _) => format!("Serial {serial}"),
            (None, Some(lot)) => format!("Lot {lot}"),
            (None, None) => String::new(),
        };
        return (what.clone(), mark);
    }
    match seen.names.unit(line.unit_id) {
        Some(unit) if unit.serial.is_empty() => {
            (seen.names.item_title(unit.item).to_owned(), format!("Lot {}", unit.lot))
        }
        Some(unit) => (seen.names.item_title(unit.item).to_owned(), format!("Serial {}", unit.serial)),
        None => ("A unit".to_owned(), String::new()),
    }
}

async fn show(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let (it, ctx) = (&seen.transfer, &visit.ctx);
    let buttons = decide_buttons(&visit, &seen);
    if visit.hx.for_drawer() {
        let body = html! {
            (status(it.status)) p class="sub" { (under(ctx, &seen)) }
            (the_facts(ctx, &seen))
            div class="row" { @for button in &buttons { (button) } (Button::link("Open", format!("/transfers/{id}"))) }
            h3 { (words::count(it.units_count, "unit", "units")) }
            ul class="lines" { @for line in it.lines.iter().take(12) { (short_line(&seen, line)) } }
        };
        return Ok(visit.part(drawer_body(sides(it), &format!("/transfers/{id}"), body)));
    }
    let mut header =
        Header::new(sides(it)).crumb("Transfers", "/transfers").status(status(it.status)).under(under(ctx, &seen));
    header = header.action(more(&visit, &seen));
    for button in buttons {
        header = header.action(button);
    }
    let partly = seen.choices.decide && it.units_count > 1;
    let actions =
        if partly { vec![Button::link("Accept in part", format!("/transfers/{id}/receive")).small()] } else { vec![] };
    let missing = it.lines.iter().filter(|line| line.status == TransferLineStatus::Missing).count();
    let work = html! {
        @if missing > 0 {
            (banner(Banner::Warning, html! { b { (words::count(missing as i64, "unit did not arrive", "units did not arrive")) } "They are on hold with whoever looks after discrepancies." }, None))
        }
        @if let (TransferStatus::Declined, Some(why)) = (it.status, &it.decline_reason) {
            (banner(Banner::Warning, html! { b { "Declined" } (why) }, None))
        }
        (section_block("Units", &actions, html! {
            (lines(ctx, &seen))
            @if it.lines.len() > LINES { p class="help" { "The first " (LINES) " of " (words::number(it.lines.len() as i64)) " are shown." } }
        }))
        (section_block("What happened", &[], story(ctx, &seen.story)))
    };
    let body = html! { (header) (split(work, html! { section class="sec" { (the_facts(ctx, &seen)) } })) };
    Ok(visit.page(format!("Transfer, {}", sides(it)), Room::Transfers, body))
}

fn short_line(seen: &Seen, it: &TransferLine) -> Markup {
    let (title, mark) = called(seen, it);
    let mut line = crate::ui::Line::new(title).side(line_status(it.status));
    // What a linked company sends has a page once it is here.
    let here = it.label.as_ref().is_none_or(|label| label.comes_back || it.status == TransferLineStatus::Accepted);
    if here {
        line = line.href(format!("/units/{}", it.unit_id));
    }
    if mark.is_empty() || mark == "Lot " { line.render() } else { line.below(mark).render() }
}

fn more(visit: &Visit, seen: &Seen) -> Markup {
    let it = &seen.transfer;
    let slip = format!("/transfers/{}/packing-slip", it.id);
    let mut menu =
        Menu::more("More actions").item(Button::link("Packing slip as PDF", slip).icon(Icon::Print).download());
    if it.status == TransferStatus::Pending {
        let labels = format!("/units/labels?transfer_id={}", it.id);
        menu = menu.item(Button::link("Print labels", labels).icon(Icon::Print).in_dialog());
    }
    if seen.choices.decide {
        menu = menu.item(Button::link("Scan what arrived", format!("/scan?mode=accept&id={}", it.id)).icon(Icon::Scan));
    }
    if seen.choices.remove_lines && it.units_count > 1 {
        menu =
            menu.item(Button::link("Take units off", format!("/transfers/{}/remove-lines", it.id)).icon(Icon::Close));
    }
    if seen.choices.cancel {
        let ship = format!("/transfers/{}/shipment", it.id);
        menu = menu.item(Button::link("Carrier and tracking", ship).icon(Icon::Truck).in_dialog());
        menu = menu.raw(html! {
            form method="post" action={ "/transfers/" (it.id) "/cancel" } {
                (csrf_field(&visit.csrf()))
                button class="it danger" type="submit" { "Take it back" }
            }
        });
    }
    menu.render()
}
