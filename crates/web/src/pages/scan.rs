//! Scanning: each code becomes a line that says what it is and whether it fits; then all of them are taken at once.

use super::acts;
use super::stock;
use super::words;
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{
    Button, Column, Empty, Field, FieldError, Flash, Form, Header, Icon, Line, Link, Page, Room, Row, ScanLine,
    ScanPage, Status, Table, Tone, lines, scan_line, section_block,
};
use app::names::{Names, Wanted};
use app::{App, Ctx, Error, Tx};
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use contract::events::{AddLines, EventSummary, UsableUnit};
use contract::transfers::TransferLine;
use contract::units::{CreateUnits, Scan, Scanned, Unit};
use contract::{CustodianRef, ListParams};
use domain::id::{EventId, TransferId, UnitId};
use domain::people::Permission;
use domain::stock::{TransferLineStatus, UnitState};
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/scan", get(page))
        .route("/scan/resolve", post(resolve))
        .route("/scan/take", post(take))
        .route("/scan/used", post(used))
        .route("/scan/receive", post(receive))
}

/// Most codes of a list that is typed without scripts.
const TYPED_AT_ONCE: usize = 100;

/// What is scanned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Look,
    Use,
    Accept,
    Send,
    Receive,
}

impl Mode {
    const ALL: [Self; 5] = [Self::Look, Self::Use, Self::Accept, Self::Send, Self::Receive];

    fn of(visit: &Visit) -> Self {
        let word = visit.link.get("mode").unwrap_or_default();
        Self::ALL.into_iter().find(|mode| mode.word() == word).unwrap_or(Self::Look)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Use => "use",
            Self::Accept => "accept",
            Self::Send => "send",
            Self::Receive => "receive",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Look => "Look up",
            Self::Use => "Use in a case",
            Self::Accept => "Accept",
            Self::Send => "Send",
            Self::Receive => "Receive new",
        }
    }

    const fn verb(self) -> &'static str {
        match self {
            Self::Look => "What can be done",
            Self::Use => "Add to the case",
            Self::Accept => "Accept what arrived",
            Self::Send => "Send them",
            Self::Receive => "Take into stock",
        }
    }

    fn allowed(self, visit: &Visit) -> bool {
        match self {
            Self::Look | Self::Accept => true,
            Self::Use => visit.may(Permission::ManageEvents),
            Self::Send => visit.may(Permission::SendTransfers),
            Self::Receive => visit.may(Permission::CreateInventory),
        }
    }
}

fn address(path: &str, visit: &Visit) -> Link {
    let mut link = Link::new(path);
    for key in ["mode", "id"] {
        if let Some(value) = visit.link.get(key) {
            link = link.with(key, value);
        }
    }
    link
}

async fn page(visit: Visit) -> Out {
    let mode = Mode::of(&visit);
    if !mode.allowed(&visit) {
        return Err(Error::forbidden(
            "not_allowed",
            "Your account may not do this. Ask an admin to do it, or to change your settings.",
        )
        .into());
    }
    match (mode, visit.link.get("id")) {
        (Mode::Use, None) => return choose_event(&visit, &[]).await,
        (Mode::Accept, None) => return choose_transfer(&visit).await,
        _ => {}
    }
    let (title, back) = heading(&visit, mode).await?;
    Ok(scanner(&visit, mode, title, back, Vec::new(), Vec::new()))
}

/// What is scanned for, and where one goes back to.
async fn heading(visit: &Visit, mode: Mode) -> Result<(String, String), Fail> {
    Ok(match (mode, visit.link.get("id")) {
        (Mode::Use, Some(id)) => {
            let id = visit.id::<domain::id::Event>(id)?;
            let event = visit.read(move |ctx, tx| app::events::get(ctx, tx, id)).await?;
            (format!("Use in {}", event.head.name), format!("/events/{id}"))
        }
        (Mode::Accept, Some(id)) => {
            let id = visit.id::<domain::id::Transfer>(id)?;
            let it = visit.read(move |ctx, tx| app::transfers::get(ctx, tx, id)).await?;
            (format!("Accept from {}", it.from_name), format!("/transfers/{id}"))
        }
        (Mode::Send, _) => ("Send".to_owned(), "/transfers".to_owned()),
        (Mode::Receive, _) => ("Receive new stock".to_owned(), "/units".to_owned()),
        (Mode::Look | Mode::Use | Mode::Accept, _) => ("Scan".to_owned(), "/".to_owned()),
    })
}

fn scanner(
    visit: &Visit,
    mode: Mode,
    title: String,
    back: String,
    lines: Vec<ScanLine>,
    typed: Vec<String>,
) -> Response {
    let modes = Mode::ALL.into_iter().filter(|other| other.allowed(visit)).map(|other| {
        let to = if other == Mode::Look { "/scan".to_owned() } else { format!("/scan?mode={}", other.word()) };
        crate::ui::Tab::new(other.label(), to, other == mode)
    });
    let case = visit.link.get("id").filter(|_| mode == Mode::Use);
    let outbox = case.map(|id| {
        let name = title.strip_prefix("Use in ").unwrap_or(&title).to_owned();
        (Link::new("/scan/used").with("id", id).to_string().into(), name.into())
    });
    let page = ScanPage {
        title: title.into(),
        back: back.into(),
        resolve: address("/scan/resolve", visit).to_string().into(),
        action: address("/scan/take", visit).to_string().into(),
        verb: mode.verb().into(),
        csrf: visit.csrf(),
        modes: modes.collect(),
        lines,
        before: 0,
        keep: case.map(|id| format!("scan-{}-{id}", visit.ctx.actor.id).into()),
        outbox,
        typed,
    };
    visit.render(Page {
        bare: true,
        scripts: &["scan.js"],
        styles: &["scan.css"],
        room: None,
        ..Page::new("Scan", Room::Stock, &visit.viewer, page.render())
    })
}

// ---- one code -------------------------------------------------------------------------------------------------------

fn read_label(ctx: &Ctx, tx: &mut Tx, code: &str) -> app::Result<Scanned> {
    app::unit_lists::scan(ctx, tx, &Scan { barcode: Some(code.to_owned()), barcodes: None })
}

/// The same, or nothing for text that is no label, such as a lot that was typed. A patient's code is still refused.
fn label_or_text(ctx: &Ctx, tx: &mut Tx, code: &str) -> app::Result<Option<Scanned>> {
    match read_label(ctx, tx, code) {
        Ok(scanned) => Ok(Some(scanned)),
        Err(Error::Invalid { code: "barcode_rejected", .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Units whose lot, serial or item the typed text names, the first to expire first.
fn named(ctx: &Ctx, tx: &mut Tx, text: &str) -> app::Result<Vec<Unit>> {
    let params = ListParams {
        limit: Some(TYPED_AT_ONCE as u32),
        q: Some(text.to_owned()),
        sort: Some("expires_on".into()),
        ..ListParams::default()
    };
    Ok(app::unit_lists::list(ctx, tx, &params)?.items)
}

/// Typed text that names nothing in reach.
fn nobody(code: &str) -> ScanLine {
    bad(code, "Nothing found", "No label, and no lot, serial number or item in your reach.", Tone::Amber, "Unknown")
}

pub(super) fn bad(
    code: &str,
    title: impl Into<String>,
    sub: impl Into<String>,
    tone: Tone,
    word: &'static str,
) -> ScanLine {
    ScanLine {
        code: code.to_owned().into(),
        title: title.into().into(),
        sub: sub.into().into(),
        status: Status::new(tone, word),
        good: false,
        pieces: 1,
    }
}

fn facts(ctx: &Ctx, names: &Names, unit: &Unit) -> String {
    let mut parts = Vec::new();
    if let Some(lot) = &unit.lot {
        parts.push(format!("Lot {lot}"));
    }
    if let Some(serial) = &unit.serial {
        parts.push(format!("serial {serial}"));
    }
    if let Some(day) = unit.expires_on {
        parts.push(format!("expires {}", words::day(day)));
    }
    if unit.custodian.id.id != ctx.principal().uuid() {
        parts.push(names.custodian(unit.custodian.id).to_owned());
    }
    parts.join(" · ")
}

fn what_label_says(scanned: &Scanned) -> String {
    let parsed = &scanned.parsed;
    let mut parts = Vec::new();
    if let Some(lot) = &parsed.lot {
        parts.push(format!("Lot {lot}"));
    }
    if let Some(serial) = &parsed.serial {
        parts.push(format!("serial {serial}"));
    }
    if let Some(day) = parsed.expires_on {
        parts.push(format!("expires {}", words::day(day)));
    }
    if let (true, Some(di)) = (parts.is_empty(), &parsed.di) {
        parts.push(format!("DI {di}"));
    }
    parts.join(" · ")
}

fn item_of(scanned: &Scanned) -> Option<String> {
    scanned
        .catalog_item
        .as_ref()
        .map(|item| if item.description.is_empty() { item.number.clone() } else { item.description.clone() })
}

/// A label of which no unit can be taken: why not.
fn nothing(code: &str, scanned: &Scanned, again: usize) -> ScanLine {
    let says = what_label_says(scanned);
    match item_of(scanned) {
        Some(item) if again > 0 => {
            bad(code, item, format!("{says} · no further one in your reach"), Tone::Amber, "No more")
        }
        Some(item) => bad(code, item, format!("{says} · none in your reach"), Tone::Amber, "Not in stock"),
        None => bad(code, "Unknown label", format!("{says} · no such item in the catalog"), Tone::Red, "Unknown"),
    }
}

fn good(id: UnitId, title: &str, sub: String, status: Status) -> ScanLine {
    ScanLine {
        code: id.to_string().into(),
        title: title.to_owned().into(),
        sub: sub.into(),
        status,
        good: true,
        pieces: 1,
    }
}

fn look_up(ctx: &Ctx, tx: &mut Tx, code: &str, again: usize, sends: bool) -> app::Result<ScanLine> {
    let scanned = label_or_text(ctx, tx, code)?;
    let matches = match &scanned {
        Some(scanned) => scanned.matches.clone(),
        None => named(ctx, tx, code)?,
    };
    let fits = |unit: &&Unit| {
        !sends
            || (matches!(unit.state, UnitState::Available | UnitState::InEvent)
                && unit.facility_stock_location_id.is_none())
    };
    let Some(unit) = matches.iter().filter(fits).nth(again) else {
        return Ok(match matches.get(again) {
            Some(unit) => {
                let names = stock::names_of(ctx, tx, &matches)?;
                let status = stock::status(ctx, &names, unit);
                ScanLine {
                    good: false,
                    ..good(unit.id, names.item_title(unit.catalog_item_id), facts(ctx, &names, unit), status)
                }
            }
            None => scanned.map_or_else(|| nobody(code), |scanned| nothing(code, &scanned, again)),
        });
    };
    let names = stock::names_of(ctx, tx, &matches)?;
    let status = stock::status(ctx, &names, unit);
    Ok(good(unit.id, names.item_title(unit.catalog_item_id), facts(ctx, &names, unit), status))
}

fn usable(ctx: &Ctx, tx: &mut Tx, event: EventId, code: &str, again: usize) -> app::Result<ScanLine> {
    let scanned = label_or_text(ctx, tx, code)?;
    let params = ListParams { limit: Some(50), q: Some(code.to_owned()), ..ListParams::default() };
    let found = app::events::lines::usable_units(ctx, tx, event, &params)?;
    if let Some(unit) = found.items.get(again) {
        return Ok(good(unit.id, title_of(unit), usable_facts(ctx, unit), usable_status(unit)));
    }
    let matches = match &scanned {
        Some(scanned) => scanned.matches.clone(),
        None => named(ctx, tx, code)?,
    };
    let Some(unit) = matches.iter().find(|unit| found.items.iter().all(|one| one.id != unit.id)) else {
        return Ok(scanned.map_or_else(|| nobody(code), |scanned| nothing(code, &scanned, again)));
    };
    let names = stock::names_of(ctx, tx, std::slice::from_ref(unit))?;
    let title = names.item_title(unit.catalog_item_id).to_owned();
    if unit.event_id == Some(event) {
        return Ok(bad(code, title, facts(ctx, &names, unit), Tone::Violet, "On this case already"));
    }
    let status = stock::status(ctx, &names, unit);
    let sub = format!("{} · cannot be used in this case", facts(ctx, &names, unit));
    Ok(ScanLine { status, ..bad(code, title, sub, Tone::Amber, "") })
}

/// What a unit that may be marked is called.
pub fn title_of(unit: &UsableUnit) -> &str {
    if unit.description.is_empty() { &unit.catalog_number } else { &unit.description }
}

fn usable_facts(ctx: &Ctx, unit: &UsableUnit) -> String {
    let mut parts = Vec::new();
    if !unit.lot.is_empty() {
        parts.push(format!("Lot {}", unit.lot));
    }
    if let Some(day) = unit.expires_on {
        parts.push(format!("expires {}", words::day(day)));
    }
    match unit.unit_price_minor {
        _ if unit.facility_stock_location_id.is_some() => parts.push("facility stock, no charge".to_owned()),
        Some(minor) => parts.push(words::money(ctx, minor)),
        None => {}
    }
    parts.join(" · ")
}

fn usable_status(unit: &UsableUnit) -> Status {
    if unit.facility_stock_location_id.is_some() { Status::of("facility_stock") } else { Status::of("available") }
}

fn arriving(ctx: &Ctx, tx: &mut Tx, transfer: TransferId, code: &str, again: usize) -> app::Result<ScanLine> {
    let scanned = read_label(ctx, tx, code)?;
    let transfer = app::transfers::get(ctx, tx, transfer)?;
    let mut wanted = Wanted::new();
    for line in &transfer.lines {
        wanted.unit(line.unit_id);
    }
    let names = app::names::look_up(ctx, tx, &wanted)?;
    // The recipient does not see the sender's units: the label is compared with the lines of the transfer.
    let key = domain::text::identifier_key;
    let parsed = &scanned.parsed;
    let same = |lot: &str, serial: &str| {
        parsed.lot.as_deref().is_none_or(|said| key(said) == key(lot))
            && parsed.serial.as_deref().is_none_or(|said| key(said) == key(serial))
    };
    let item = scanned.catalog_item.as_ref().map(|item| item.id);
    // (unit, what it is, its lot): of what a linked company sends by its label, which may be of an item that is new here.
    let fits = |line: &TransferLine| -> Option<(UnitId, String, String)> {
        if let Some(label) = &line.label {
            let (lot, serial) = (label.lot.clone().unwrap_or_default(), label.serial.clone().unwrap_or_default());
            let known = item.is_some() && item == label.catalog_item_id;
            let named = parsed.di.is_some() && parsed.di == label.udi_di;
            let title = if label.description.is_empty() { &label.catalog_number } else { &label.description };
            return ((known || named) && same(&lot, &serial)).then(|| (line.unit_id, title.clone(), lot));
        }
        let unit = names.unit(line.unit_id)?;
        let fits = item == Some(unit.item) && same(&unit.lot, &unit.serial);
        fits.then(|| (line.unit_id, names.item_title(unit.item).to_owned(), unit.lot.clone()))
    };
    let waiting = transfer.lines.iter().filter(|line| line.status == TransferLineStatus::Pending);
    Ok(match waiting.filter_map(fits).nth(again) {
        Some((id, title, lot)) => {
            let mut says = what_label_says(&scanned);
            if says.is_empty() {
                says = lot;
            }
            good(id, &title, says, Status::new(Tone::Green, "Arrived"))
        }
        None => {
            let title = item_of(&scanned).unwrap_or_else(|| "Unknown label".to_owned());
            let word = if again > 0 { "No more of these" } else { "Not in this transfer" };
            bad(code, title, what_label_says(&scanned), Tone::Amber, word)
        }
    })
}

fn incoming(ctx: &Ctx, tx: &mut Tx, code: &str) -> app::Result<ScanLine> {
    let scanned = read_label(ctx, tx, code)?;
    let says = what_label_says(&scanned);
    let Some(item) = item_of(&scanned) else {
        return Ok(bad(
            code,
            "Unknown label",
            format!("{says} · add the item to the catalog first"),
            Tone::Red,
            "Unknown",
        ));
    };
    let known = scanned.parsed.serial.is_some() && !scanned.matches.is_empty();
    if known {
        return Ok(bad(code, item, format!("{says} · this serial number is in stock already"), Tone::Amber, "Known"));
    }
    let late = scanned.parsed.expires_on.is_some_and(|day| day < ctx.today());
    let status = if late { Status::of("expired") } else { Status::new(Tone::Green, "New") };
    let pieces = scanned
        .package_quantity
        .filter(|pieces| *pieces > 1)
        .map(|pieces| format!(" · package of {pieces}"))
        .unwrap_or_default();
    Ok(ScanLine {
        code: code.to_owned().into(),
        title: item.into(),
        sub: format!("{says}{pieces}").into(),
        status,
        good: true,
        pieces: 1,
    })
}

async fn resolve(visit: Visit, sent: Sent) -> Out {
    let again: usize = sent.text("again").parse().unwrap_or_default();
    let line = resolved(&visit, Mode::of(&visit), sent.raw("code"), again).await?;
    Ok(visit.part(scan_line(&line)))
}

/// What a code is; `again` says how many lines of it there are already.
async fn resolved(visit: &Visit, mode: Mode, code: &str, again: usize) -> Result<ScanLine, Fail> {
    let id = visit.link.get("id").unwrap_or_default().to_owned();
    let asked = code.to_owned();
    let found = visit
        .app
        .read(&visit.ctx, move |ctx, tx| match mode {
            Mode::Look => look_up(ctx, tx, &asked, again, false),
            Mode::Send => look_up(ctx, tx, &asked, again, true),
            Mode::Use => usable(ctx, tx, id.parse().map_err(|_| Error::not_found())?, &asked, again),
            Mode::Accept => arriving(ctx, tx, id.parse().map_err(|_| Error::not_found())?, &asked, again),
            Mode::Receive => incoming(ctx, tx, &asked),
        })
        .await;
    match found {
        Ok(line) => Ok(line),
        // What a label is refused for is said in its line; nothing of a patient's code is repeated.
        Err(Error::Invalid { code: reason, message, .. }) => {
            let title = if reason == "barcode_holds_patient_data" { "A patient's code" } else { "Not a label" };
            Ok(bad("", title, message, Tone::Red, "Refused"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Codes that are typed without scripts: each is added to the list, and the page comes again.
async fn typed(visit: &Visit, mode: Mode, sent: &Sent) -> Out {
    let mut codes: Vec<String> = sent.all("raw").filter(|text| !text.is_empty()).map(str::to_owned).collect();
    codes.extend(sent.maybe("typed").map(str::to_owned));
    codes.truncate(TYPED_AT_ONCE);
    let (mut lines, mut kept) = (Vec::new(), Vec::new());
    for code in codes {
        let again = kept.iter().filter(|known| **known == code).count();
        let line = resolved(visit, mode, &code, again).await?;
        if line.good {
            kept.push(code);
        }
        lines.insert(0, line);
    }
    let (title, back) = heading(visit, mode).await?;
    Ok(scanner(visit, mode, title, back, lines, kept))
}

// ---- all of them ----------------------------------------------------------------------------------------------------

async fn take(visit: Visit, sent: Sent) -> Out {
    let mode = Mode::of(&visit);
    if sent.text("then") == "add" {
        return typed(&visit, mode, &sent).await;
    }
    let values: Vec<String> = sent.all("code").filter(|text| !text.is_empty()).map(str::to_owned).collect();
    if values.is_empty() {
        return Ok(visit.go(&address("/scan", &visit).to_string(), Flash::failed("Scan at least one label.")));
    }
    if mode == Mode::Receive {
        return receive_form(&visit, &sent, &values, &[]).await;
    }
    let mut ids: Vec<UnitId> = values.iter().filter_map(|text| text.parse().ok()).collect();
    ids.sort_unstable_by_key(|id| id.uuid());
    ids.dedup();
    match mode {
        Mode::Send => super::transfers::form(&visit, &sent, ids, &[]).await,
        Mode::Use => {
            let id = visit.id::<domain::id::Event>(visit.link.get("id").unwrap_or_default())?;
            super::event_lines::add(&visit, &sent, id, ids).await
        }
        Mode::Accept => {
            let id = visit.id::<domain::id::Transfer>(visit.link.get("id").unwrap_or_default())?;
            let seen = visit.read(move |ctx, tx| super::transfers::received(ctx, tx, id, Some(ids))).await?;
            Ok(super::transfers::receive_response(&visit, &id, &seen, &Sent::default(), &[]))
        }
        _ => what_now(&visit, ids).await,
    }
}

/// The unit that a code stands for in a case: its id, what a label says of one that may be marked, or a lot or serial number that
/// was typed whole. Nobody looks at it before it is taken, so what only resembles it is not enough.
fn unit_for(ctx: &Ctx, tx: &mut Tx, event: EventId, code: &str) -> app::Result<UnitId> {
    if let Ok(id) = code.parse::<UnitId>() {
        return Ok(id);
    }
    let refused = |why: String| Error::conflict("not_usable", why);
    let key = domain::text::identifier_key;
    let typed = label_or_text(ctx, tx, code)?.is_none().then(|| key(code));
    if typed.as_ref().is_some_and(String::is_empty) {
        return Err(refused("Nothing can be read from this code.".to_owned()));
    }
    let params = ListParams { limit: Some(50), q: Some(code.to_owned()), ..ListParams::default() };
    let found = app::events::lines::usable_units(ctx, tx, event, &params)?.items;
    let fits = |unit: &&UsableUnit| {
        typed.as_ref().is_none_or(|typed| [&unit.lot, &unit.serial].into_iter().any(|said| key(said) == *typed))
    };
    let mut fitting = found.iter().filter(fits);
    let Some(first) = fitting.next() else {
        let line = usable(ctx, tx, event, code, 0)?;
        let says = if line.good { nobody(code) } else { line };
        return Err(refused(format!("{}: {}.", says.title, says.sub.trim_end_matches('.'))));
    };
    if fitting.any(|other| other.catalog_item_id != first.catalog_item_id) {
        return Err(refused("More than one item has this number. Choose the unit in the case.".to_owned()));
    }
    Ok(first.id)
}

/// Takes one code that was scanned for a case while there was no connection: at once, and once under its name. What it cannot
/// take it says; the device keeps that for whoever scanned it.
async fn used(visit: Visit, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Event>(visit.link.get("id").unwrap_or_default())?;
    let (code, name) = (sent.raw("code").to_owned(), format!("scan-{}", sent.text("line")));
    let about = [id.to_string(), code.clone()];
    let about = [about[0].as_str(), about[1].as_str()];
    let done = visit.once(&name, &about, move |ctx, tx| {
        let unit = unit_for(ctx, tx, id, &code)?;
        let lines =
            AddLines { unit_ids: vec![unit], usage: None, accept_expired_reason: String::new(), note: String::new() };
        app::events::lines::add(ctx, tx, id, lines).map(|_| contract::Done { done: true })
    });
    let answer = match done.await {
        Ok(_) => serde_json::json!({ "taken": true }),
        Err(error) => serde_json::json!({ "taken": false, "says": acts::sentence(&visit, error)? }),
    };
    Ok(axum::Json(answer).into_response())
}

async fn what_now(visit: &Visit, ids: Vec<UnitId>) -> Out {
    let (units, names) = visit
        .read(move |ctx, tx| {
            let units = ids.iter().map(|id| app::units::get(ctx, tx, *id)).collect::<app::Result<Vec<_>>>()?;
            let names = stock::names_of(ctx, tx, &units)?;
            Ok((units, names))
        })
        .await?;
    if let [only] = units.as_slice() {
        return Ok(visit.leave(&format!("/units/{}", only.id)));
    }
    let ctx = &visit.ctx;
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("lot", "Lot").width(130).phone_sub(),
        Column::new("custodian", "Custodian").width(190),
        Column::new("expires_on", "Expires").width(136).phone_side_sub(),
        Column::new("status", "Status").width(170),
    ];
    let rows = units.iter().map(|unit| {
        let cells = vec![
            stock::title(&names, unit),
            unit.lot.as_deref().map_or_else(crate::ui::Cell::none, crate::ui::Cell::of),
            stock::holder(ctx, &names, unit),
            stock::expiry(ctx, unit.expires_on),
            crate::ui::Cell::status(stock::status(ctx, &names, unit)),
        ];
        Row::new(unit.id.to_string(), cells).href(format!("/units/{}", unit.id)).selected(true)
    });
    let table = Table::new("scanned", "Scanned units", columns).rows(rows.collect()).bulk(crate::ui::Bulk {
        total: None,
        actions: stock::bulk_buttons(visit, "all"),
        csrf: visit.csrf(),
    });
    let header = Header::new(words::count(units.len() as i64, "unit scanned", "units scanned"))
        .crumb("Scan", "/scan")
        .action(Button::link("Scan again", "/scan").icon(Icon::Scan));
    let body = html! { (header) (table) };
    Ok(visit.render(Page::list("Scanned units", Room::Stock, &visit.viewer, body)))
}

// ---- which case, which transfer -------------------------------------------------------------------------------------

/// A line for an event to choose.
fn event_line(ctx: &Ctx, event: &EventSummary) -> Line {
    let when = format!("{}, {}", words::day_short(event.event_on), words::clock_in(&event.time_zone, event.starts_at));
    let place = [event.location_name.as_deref(), event.physician_name.as_deref()];
    let mut below: Vec<&str> = place.into_iter().flatten().collect();
    below.push(&event.representative_name);
    let _ = ctx;
    Line::new(super::events::title(event).to_owned())
        .lead(when)
        .below(below.join(" · "))
        .side(Status::of(event.status.as_str()))
}

/// Open events near today, to use units in: of those given, or of those that are scanned then.
pub async fn choose_event(visit: &Visit, ids: &[UnitId]) -> Out {
    let mut params = ListParams { limit: Some(60), sort: Some("starts_at".into()), ..ListParams::default() };
    params.filters.insert("status".into(), "open".into());
    params.filters.insert("from".into(), visit.ctx.today().plus(-14).to_string());
    let events = visit.read(move |ctx, tx| app::events::list(ctx, tx, &params)).await?.items;
    let header = Header::new("In which case")
        .crumb(if ids.is_empty() { "Scan" } else { "Stock" }, if ids.is_empty() { "/scan" } else { "/units" })
        .action(Button::link("New case", "/events/new").primary().hotkey("n"));
    let list = html! {
        @if events.is_empty() {
            (Empty::new(Icon::Events, "No open case").text("Plan one, then use units in it.").action(Button::link("New case", "/events/new").primary()))
        } @else if ids.is_empty() {
            @let all: Vec<Line> = events.iter().map(|event| event_line(&visit.ctx, event).href(format!("/scan?mode=use&id={}", event.id))).collect();
            (lines(&all))
        } @else {
            form method="post" {
                (crate::ui::csrf_field(&visit.csrf()))
                (stock::carried(ids))
                @let all: Vec<Line> = events.iter().map(|event| {
                    event_line(&visit.ctx, event).action(Button::submit("Use here").small().action(format!("/events/{}/lines", event.id)))
                }).collect();
                (lines(&all))
            }
        }
    };
    let title = if ids.is_empty() {
        "Open cases".to_owned()
    } else {
        format!("Use {} in", words::count(ids.len() as i64, "unit", "units"))
    };
    let body = html! { (header) div class="content" { (section_block(title, &[], list)) } };
    Ok(visit.page("In which case", Room::Events, body))
}

async fn choose_transfer(visit: &Visit) -> Out {
    let mut params = ListParams { limit: Some(60), ..ListParams::default() };
    params.filters.insert("status".into(), "pending".into());
    let pending = visit
        .read(move |ctx, tx| {
            let mut found = Vec::new();
            for row in app::transfers::list(ctx, tx, &params)?.items {
                if app::transfers::choices(ctx, tx, row.id)?.decide {
                    found.push(row);
                }
            }
            Ok(found)
        })
        .await?;
    if let [only] = pending.as_slice() {
        return Ok(visit.leave(&format!("/scan?mode=accept&id={}", only.id)));
    }
    let all: Vec<Line> = pending
        .iter()
        .map(|it| {
            Line::new(format!("{} to {}", it.from_name, it.to_name))
                .below(html! { (words::count(it.units_count, "unit", "units")) @if !it.note.is_empty() { " · " (it.note) } })
                .side(words::when(&visit.ctx, it.created_at))
                .href(format!("/scan?mode=accept&id={}", it.id))
        })
        .collect();
    let list: Markup = if all.is_empty() {
        Empty::new(Icon::Transfers, "Nothing waits to be accepted")
            .text("Units that are sent to you appear here.")
            .action(Button::link("Scan something else", "/scan"))
            .render()
    } else {
        lines(&all)
    };
    let header = Header::new("Which transfer arrived").crumb("Scan", "/scan");
    let body = html! { (header) div class="content" { (section_block("Waiting", &[], list)) } };
    Ok(visit.page("Which transfer arrived", Room::Transfers, body))
}

// ---- new stock ------------------------------------------------------------------------------------------------------

async fn receive_form(visit: &Visit, sent: &Sent, values: &[String], errors: &[FieldError]) -> Out {
    visit.ctx.require(Permission::CreateInventory)?;
    let mut groups: Vec<(String, usize)> = Vec::new();
    for value in values {
        match groups.iter_mut().find(|(code, _)| code == value) {
            Some((_, count)) => *count += 1,
            None => groups.push((value.clone(), 1)),
        }
    }
    let codes = groups.clone();
    let labels = visit
        .read(move |ctx, tx| codes.iter().map(|(code, _)| read_label(ctx, tx, code)).collect::<app::Result<Vec<_>>>())
        .await?;
    let pieces = |scanned: &Scanned, count: usize| count as i64 * scanned.package_quantity.unwrap_or(1).max(1);
    let total: i64 = labels.iter().zip(&groups).map(|(scanned, (_, count))| pieces(scanned, *count)).sum();
    let (own, name) = if visit.ctx.actor.role.is_office() {
        (visit.ctx.organization.id.to_string(), visit.ctx.organization.name.clone())
    } else {
        (visit.ctx.principal().to_string(), visit.ctx.actor.name.clone())
    };
    let all: Vec<Line> = labels
        .iter()
        .zip(&groups)
        .map(|(scanned, (_, count))| {
            let title = item_of(scanned).unwrap_or_else(|| "Unknown item".to_owned());
            Line::new(title).below(what_label_says(scanned)).side(words::count(
                pieces(scanned, *count),
                "unit",
                "units",
            ))
        })
        .collect();
    let or = |value: &str, otherwise: String| if value.is_empty() { otherwise } else { value.to_owned() };
    let fields = html! {
        @for value in values { input type="hidden" name="code" value=(value); }
        (lines(&all))
        (Field::combo("custodian", "Who answers for them", "/suggest/holders?office=1", or(sent.text("custodian_text"), name)).value(or(sent.text("custodian"), own)).errors(errors).required())
        (Field::combo("place_id", "Where they are", "/suggest/places", sent.text("place_id_text").to_owned()).value(sent.text("place_id").to_owned()).optional().errors(errors))
    };
    let form = Form::post("/scan/receive", visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit(format!("Take {} into stock", words::count(total, "unit", "units"))).primary())
        .button(Button::link("Scan again", "/scan?mode=receive").quiet());
    let header = Header::new("Receive new stock").crumb("Stock", "/units");
    Ok(acts::form_page(visit, Room::Stock, header, "Receive new stock".into(), &form, !errors.is_empty()))
}

async fn receive(visit: Visit, sent: Sent) -> Out {
    let values: Vec<String> = sent.all("code").filter(|text| !text.is_empty()).map(str::to_owned).collect();
    match make(&visit, &sent, values.clone()).await {
        Ok(count) => {
            let flash = Flash::done(format!("{} taken into stock", words::count(count, "unit", "units")));
            Ok(visit.go("/units?sort=-created_at", flash))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["custodian", "place_id"]);
            receive_form(&visit, &sent, &values, &errors).await
        }
    }
}

async fn make(visit: &Visit, sent: &Sent, values: Vec<String>) -> app::Result<i64> {
    let custodian: Option<CustodianRef> = acts::custodian(visit, sent, "custodian")?;
    let custodian = custodian.ok_or_else(|| Error::field("custodian", "required", "Choose who answers for them."))?;
    let place_id = acts::picked(sent, "place_id")?;
    let made = visit
        .save(sent, move |ctx, tx| {
            let mut items = Vec::new();
            for udi in &values {
                let body = CreateUnits {
                    udi: Some(udi.clone()),
                    custodian: Some(custodian),
                    place_id,
                    ..CreateUnits::default()
                };
                items.extend(app::units::create(ctx, tx, body)?.items);
            }
            Ok(contract::Items { items })
        })
        .await?;
    Ok(made["items"].as_array().map_or(0, |items| items.len() as i64))
}
