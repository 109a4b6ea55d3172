//! Scanning: each code becomes a line that says what it is and whether it fits; then all of them are taken at once.

mod choose;
mod codes;
mod receive;

pub use choose::choose_event;
pub use codes::{bad, title_of};

use super::acts;
use super::stock;
use super::words;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Column, Flash, Header, Icon, Link, Page, Room, Row, ScanLine, ScanPage, Table, Tone, scan_line,
};
use app::{App, Error};
use axum::Router;
use axum::response::{IntoResponse, Response};
use choose::choose_transfer;
use codes::{arriving, incoming, look_up, unit_for, usable};
use contract::events::AddLines;
use domain::id::UnitId;
use domain::people::Permission;
use maud::{Render, html};
use receive::{receive, receive_form};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/scan", get(page))
        .route("/scan/resolve", post(resolve))
        .route("/scan/take", post(take))
        .route("/scan/photo", post(photo))
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
    Ok(scanner(&visit, mode, title, back, Typed::default()))
}

/// What was read so far where no script runs: the lines, the codes behind them, what came of a photo.
#[derive(Default)]
struct Typed {
    lines: Vec<ScanLine>,
    codes: Vec<String>,
    says: Option<String>,
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

fn scanner(visit: &Visit, mode: Mode, title: String, back: String, typed: Typed) -> Response {
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
        lines: typed.lines,
        before: 0,
        keep: case.map(|id| format!("scan-{}-{id}", visit.ctx.actor.id).into()),
        outbox,
        says: typed.says.map(Into::into),
        typed: typed.codes,
    };
    visit.render(Page {
        bare: true,
        scripts: &["scan.js"],
        styles: &["scan.css"],
        room: None,
        ..Page::new("Scan", Room::Stock, &visit.viewer, page.render())
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

/// The codes of the first photo of a form, or a sentence that says why there are none.
pub async fn photographed(visit: &Visit, sent: &Sent) -> Result<Result<Vec<String>, String>, Fail> {
    let bytes = sent.files("photo").next().map(|file| file.bytes.to_vec()).unwrap_or_default();
    match visit.app.photo_codes(&visit.ctx, bytes).await {
        Ok(codes) => Ok(Ok(codes)),
        Err(error) => acts::sentence(visit, error).map(Err),
    }
}

/// Answers a photo that the browser could not read by itself: its codes, which the scanner looks up one by one.
async fn photo(visit: Visit, sent: Sent) -> Out {
    let answer = match photographed(&visit, &sent).await? {
        Ok(codes) => serde_json::json!({ "codes": codes }),
        Err(says) => serde_json::json!({ "codes": [], "says": says }),
    };
    Ok(axum::Json(answer).into_response())
}

/// Codes that are typed or photographed without scripts: each is added to the list, and the page comes again.
async fn typed(visit: &Visit, mode: Mode, sent: &Sent) -> Out {
    let mut all: Vec<String> = sent.all("raw").filter(|text| !text.is_empty()).map(str::to_owned).collect();
    let mut says = None;
    if sent.text("then") == "photo" {
        match photographed(visit, sent).await? {
            Ok(codes) => all.extend(codes),
            Err(sentence) => says = Some(sentence),
        }
    }
    all.extend(sent.maybe("typed").map(str::to_owned));
    all.truncate(TYPED_AT_ONCE);
    let (mut lines, mut codes) = (Vec::new(), Vec::new());
    for code in all {
        let again = codes.iter().filter(|known| **known == code).count();
        let line = resolved(visit, mode, &code, again).await?;
        if line.good {
            codes.push(code);
        }
        lines.insert(0, line);
    }
    let (title, back) = heading(visit, mode).await?;
    Ok(scanner(visit, mode, title, back, Typed { lines, codes, says }))
}

// ---- all of them ----------------------------------------------------------------------------------------------------

async fn take(visit: Visit, sent: Sent) -> Out {
    let mode = Mode::of(&visit);
    if matches!(sent.text("then"), "add" | "photo") {
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

/// Takes one code that was scanned for a case while there was no connection: at once, and once under its name. What it cannot
/// take it says; the device keeps that for whoever scanned it.
async fn used(visit: Visit, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Event>(visit.link.get("id").unwrap_or_default())?;
    let line =
        sent.maybe("line").ok_or_else(|| Error::field("line", "required", "Give each scan a name of its own."))?;
    let (code, name) = (sent.raw("code").to_owned(), format!("scan-{line}"));
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
