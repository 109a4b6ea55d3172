//! Transfers: what is on its way, and who must act?

use super::acts::{self, Ask};
use super::common::{press, story};
use super::list::{Filter, List, Shown, View};
use super::stock;
use super::words;
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{
    Banner, Button, Cell, Column, Empty, Fact, Field, FieldError, Flash, Form, Header, Icon, Menu, Room, Row, Status,
    Table, banner, csrf_field, drawer_body, facts, section_block, split,
};
use app::names::{Names, Wanted};
use app::transfers::Choices;
use app::{App, Ctx, Error, Tx};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use contract::transfers::{AcceptTransfer, CreateTransfer, MissingUnit, Suggestion, Transfer, TransferRow};
use contract::units::Unit;
use contract::{CustodianRef, HistoryEntry, ListParams};
use domain::id::{TransferId, UnitId};
use domain::people::{Permission, Role};
use domain::stock::{Custodian, TransferLineStatus, TransferStatus};
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/transfers", get(index).post(send))
        .route("/transfers/new", get(new_page).post(take))
        .route("/transfers/{id}", get(show))
        .route("/transfers/{id}/accept", post(accept))
        .route("/transfers/{id}/decline", get(decline_page).post(decline))
        .route("/transfers/{id}/cancel", post(cancel))
        .route("/transfers/{id}/receive", get(receive_page).post(receive))
        .route("/transfers/{id}/remove-lines", get(remove_page).post(remove))
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
    // Those who hold nothing look at what waits for others.
    if matches!(ctx.actor.role, Role::RegionalManager) {
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
    let list = list(&visit);
    let mut params = list.params();
    // This list has no words to search for.
    params.q = None;
    let page = visit.read(move |ctx, tx| app::transfers::list(ctx, tx, &params)).await?;
    let view = list.view_key().unwrap_or("in");
    let rows = page.items.iter().map(|it| row(&list, &visit.ctx, it)).collect();
    let mut header = Header::new("Transfers");
    if let Some(total) = page.total {
        header = header.lead(match view {
            "in" => words::count(total, "waits for you", "wait for you"),
            "out" => words::count(total, "is on its way", "are on their way"),
            "pending" => words::count(total, "waits to be accepted", "wait to be accepted"),
            _ => words::count(total, "transfer", "transfers"),
        });
    }
    if visit.may(Permission::SendTransfers) {
        header = header.action(Button::link("Send transfer", "/transfers/new").primary().hotkey("n"));
    }
    let shown = Shown::new(header, rows, empty(&visit, view)).paged(page.next_cursor, page.total);
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

// ---- sending --------------------------------------------------------------------------------------------------------

async fn new_page(visit: Visit, sent: Sent) -> Out {
    visit.ctx.require(Permission::SendTransfers)?;
    let ids: Vec<UnitId> = visit.link.get_all("id").filter_map(|text| text.parse().ok()).collect();
    form(&visit, &sent, ids, &[]).await
}

/// What the form is made from.
struct Picked {
    units: Vec<Unit>,
    names: Names,
    /// What else could be sent.
    offered: Vec<Unit>,
    shown: Option<String>,
}

fn pick(ctx: &Ctx, tx: &mut Tx, ids: &[UnitId], q: &str, to: Option<CustodianRef>) -> app::Result<Picked> {
    let mut units = Vec::with_capacity(ids.len());
    for id in ids {
        if units.iter().all(|unit: &Unit| unit.id != *id) {
            units.push(app::units::get(ctx, tx, *id)?);
        }
    }
    let mut params =
        ListParams { limit: Some(200), q: Some(q.to_owned()).filter(|q| !q.is_empty()), ..ListParams::default() };
    params.filters.insert("state".into(), "available".into());
    params.filters.insert("facility_stock".into(), "false".into());
    if let Some(first) = units.first() {
        params.filters.insert("custodian_id".into(), acts::custodian_id(first.custodian.id));
    } else if ctx.actor.role == Role::Distributor {
        params.filters.insert("scope".into(), "mine".into());
    }
    params.sort = Some("expires_on".into());
    let offered = app::unit_lists::list(ctx, tx, &params)?.items;
    let offered: Vec<Unit> =
        offered.into_iter().filter(|unit| unit.container_id.is_none() && !ids.contains(&unit.id)).collect();
    let mut wanted = Wanted::new();
    units.iter().chain(&offered).for_each(|unit| stock::want(&mut wanted, unit));
    if let Some(to) = to {
        wanted.custodian(to.id);
    }
    let names = app::names::look_up(ctx, tx, &wanted)?;
    let shown = to.map(|to| names.custodian(to.id).to_owned());
    Ok(Picked { units, names, offered, shown })
}

/// The units by whoever sends them: one transfer for each.
fn senders(units: &[Unit]) -> Vec<(Custodian, Vec<&Unit>)> {
    let mut groups: Vec<(Custodian, Vec<&Unit>)> = Vec::new();
    for unit in units {
        match groups.iter_mut().find(|(custodian, _)| *custodian == unit.custodian.id) {
            Some((_, of)) => of.push(unit),
            None => groups.push((unit.custodian.id, vec![unit])),
        }
    }
    groups
}

/// The form that sends, with the units that were chosen; without any, the way to choose them.
pub async fn form(visit: &Visit, sent: &Sent, ids: Vec<UnitId>, errors: &[FieldError]) -> Out {
    form_with(visit, sent, ids, errors, None).await
}

async fn form_with(
    visit: &Visit,
    sent: &Sent,
    ids: Vec<UnitId>,
    errors: &[FieldError],
    instead: Option<Suggestion>,
) -> Out {
    let q = visit.link.get("q").unwrap_or_default().trim().to_owned();
    let to = sent.maybe("to").or_else(|| visit.link.get("to")).and_then(|text| acts::read_custodian(visit, text));
    let (chosen, words) = (ids.clone(), q.clone());
    let picked = visit.read(move |ctx, tx| pick(ctx, tx, &chosen, &words, to)).await?;
    let header = Header::new("Send transfer")
        .crumb("Transfers", "/transfers")
        .under(if ids.is_empty() {
            "Choose the units here, select them in Stock, or scan them. Then say who receives them."
        } else {
            "Say who receives them."
        })
        .action(Button::link("Scan the units", "/scan?mode=send").icon(Icon::Scan));
    let right = picker(visit, &picked, &ids, &q);
    let work = if picked.units.is_empty() {
        right
    } else {
        crate::ui::two(post_form(visit, sent, &picked, to, errors, instead), right, true)
    };
    let body = html! { (header) div class="content" { (work) } };
    Ok(if errors.is_empty() {
        visit.page("Send transfer", Room::Transfers, body)
    } else {
        visit.refused("Send transfer", Room::Transfers, body)
    })
}

fn unit_words(ctx: &Ctx, names: &Names, unit: &Unit) -> Markup {
    let _ = ctx;
    let mark = [
        unit.lot.as_deref().map(|lot| format!("lot {lot}")),
        unit.serial.as_deref().map(|serial| format!("serial {serial}")),
    ];
    let mut parts: Vec<String> = mark.into_iter().flatten().collect();
    if let Some(day) = unit.expires_on {
        parts.push(format!("expires {}", words::day(day)));
    }
    html! { (names.item_title(unit.catalog_item_id)) @if !parts.is_empty() { span class="help" { (parts.join(" · ")) } } }
}

/// Units that are alike to a person: the same item, lot and expiry, with the same custodian.
fn alike<'a>(units: &'a [Unit]) -> Vec<Vec<&'a Unit>> {
    let same = |one: &Unit, other: &Unit| {
        one.serial.is_none()
            && other.serial.is_none()
            && one.kind == other.kind
            && one.catalog_item_id == other.catalog_item_id
            && one.lot == other.lot
            && one.expires_on == other.expires_on
            && one.custodian == other.custodian
    };
    let mut groups: Vec<Vec<&'a Unit>> = Vec::new();
    for unit in units {
        match groups.iter_mut().find(|group| same(group[0], unit)) {
            Some(group) => group.push(unit),
            None => groups.push(vec![unit]),
        }
    }
    groups
}

fn picker(visit: &Visit, picked: &Picked, ids: &[UnitId], q: &str) -> Markup {
    if ids.len() > 100 {
        return html! {};
    }
    let to = visit.link.get("to");
    let carried = html! {
        @for id in ids { input type="hidden" name="id" value=(id); }
        @if let Some(to) = to { input type="hidden" name="to" value=(to); }
    };
    html! {
        section class="sec" {
            header { h2 { @if ids.is_empty() { "Choose units" } @else { "Add more" } } }
            form class="form" method="get" action="/transfers/new" role="search" {
                (carried)
                div class="field" {
                    label class="label" for="q" { "Item, lot, serial" }
                    input class="input" id="q" type="search" name="q" value=(q) autocomplete="off";
                }
            }
            @if picked.offered.is_empty() {
                p class="help" { @if q.is_empty() { "Nothing that can be sent from here." } @else { "Nothing that can be sent matches." } }
            } @else {
                form class="form pad-top" method="post" action="/transfers/new" {
                    (csrf_field(&visit.csrf()))
                    (carried)
                    div class="label" { "Free to be sent, first to expire first" }
                    div class="choices" { @for group in alike(&picked.offered) { (offer(visit, picked, &group)) } }
                    div class="form-foot" { (Button::submit(if ids.is_empty() { "Take these" } else { "Add these" }).primary()) }
                }
            }
        }
    }
}

/// One kind of thing that could be sent: a box, or how many of those that are alike.
fn offer(visit: &Visit, picked: &Picked, group: &[&Unit]) -> Markup {
    let unit = group[0];
    let shared = stock::is_shared(&visit.ctx, unit).then(|| picked.names.custodian(unit.custodian.id));
    html! {
        @if let [only] = group {
            label class="tick" {
                input class="box" type="checkbox" name="id" value=(only.id);
                span { (unit_words(&visit.ctx, &picked.names, only)) @if let Some(name) = shared { span class="owner" { (name) } } }
            }
        } @else {
            @let field = format!("take-{}", unit.id);
            label class="tick many" for=(field) {
                input class="input w-num" type="number" id=(field) name=(field) min="0" max=(group.len()) placeholder="0" inputmode="numeric";
                span { (unit_words(&visit.ctx, &picked.names, unit)) span class="help" { "of " (group.len()) " alike" } @if let Some(name) = shared { span class="owner" { (name) } } }
            }
            input type="hidden" name={ "of-" (unit.id) } value=(group.iter().map(|unit| unit.id.to_string()).collect::<Vec<_>>().join(","));
        }
    }
}

/// The units that were taken in the picker, those chosen before among them.
fn taken(sent: &Sent) -> app::Result<Vec<UnitId>> {
    let mut ids: Vec<UnitId> = sent.ids("id")?;
    for (name, number) in sent.pairs() {
        let Some(first) = name.strip_prefix("take-") else { continue };
        let number: usize = number.trim().parse().unwrap_or_default();
        let group = sent.text(&format!("of-{first}")).to_owned();
        ids.extend(group.split(',').take(number).filter_map(|id| id.parse::<UnitId>().ok()));
    }
    Ok(ids)
}

async fn take(visit: Visit, sent: Sent) -> Out {
    visit.ctx.require(Permission::SendTransfers)?;
    let ids = taken(&sent)?;
    form(&visit, &sent, ids, &[]).await
}

fn post_form(
    visit: &Visit,
    sent: &Sent,
    picked: &Picked,
    to: Option<CustodianRef>,
    errors: &[FieldError],
    instead: Option<Suggestion>,
) -> Form {
    let ctx = &visit.ctx;
    let groups = senders(&picked.units);
    let from = groups.first().map(|(custodian, _)| acts::custodian_id(*custodian)).unwrap_or_default();
    let shown = sent.maybe("to_text").map(str::to_owned).or_else(|| picked.shown.clone()).unwrap_or_default();
    let value = to.map(|to| acts::custodian_id(to.id)).unwrap_or_default();
    let count = words::count(picked.units.len() as i64, "unit", "units");
    let asked = instead.is_some();
    let body = html! {
        @if let Some(it) = &instead {
            div class="banner warning" role="alert" tabindex="-1" data-focus {
                (Icon::Swap)
                div {
                    b { "The whole group could use these" }
                    (it.sentence)
                    div class="row pad-top" {
                        (Button::submit("Send to the group").small().named("instead", acts::custodian_id(it.to.id)))
                        (Button::submit("Only for this person").small().named("only", "true"))
                    }
                }
            }
        }
        @for (custodian, units) in &groups {
            fieldset class="field" {
                legend class="label" { (words::count(units.len() as i64, "unit", "units")) " from " (picked.names.custodian(*custodian)) }
                div class="choices" {
                    @for unit in units {
                        label class="tick" {
                            input class="box" type="checkbox" name="id" value=(unit.id) checked;
                            span { (unit_words(ctx, &picked.names, unit)) }
                        }
                    }
                }
            }
        }
        @if groups.len() > 1 { p class="help" { "They are with " (groups.len()) " custodians: a transfer is sent from each." } }
        (Field::combo("to", "To", format!("/find/recipients?from={from}"), shown).value(value).errors(errors).required()
            .help("Any colleague who holds stock, or the organisation. They accept or decline."))
        (Field::text("note", "Note").value(sent.text("note").to_owned()).optional().errors(errors).placeholder("For Dr. Rivera on Monday").limit(500))
        div class="pair" {
            (Field::date("due_back_on", "Loan until").value(sent.text("due_back_on").to_owned()).optional().errors(errors))
            (Field::combo("place_id", "Where they will lie", "/find/places", sent.text("place_id_text").to_owned()).value(sent.text("place_id").to_owned()).optional().errors(errors))
        }
    };
    let form = Form::post("/transfers", visit.csrf()).errors(errors).body(body);
    if asked {
        return form.button(Button::link("Cancel", "/transfers").quiet());
    }
    form.button(Button::submit(format!("Send {count}")).primary()).button(Button::link("Cancel", "/transfers").quiet())
}

struct Sending {
    to: CustodianRef,
    base: CreateTransfer,
}

fn read_sending(visit: &Visit, sent: &Sent) -> app::Result<Sending> {
    let field = if sent.has("instead") { "instead" } else { "to" };
    let to = acts::custodian(visit, sent, field)?.ok_or_else(|| {
        let typed = !sent.text("to_text").is_empty();
        let message = if typed { "Choose one of the suggestions." } else { "Choose who receives them." };
        Error::field("to", "required", message)
    })?;
    let base = CreateTransfer {
        from: None,
        to,
        unit_ids: Vec::new(),
        note: sent.text("note").to_owned(),
        due_back_on: acts::day(sent, "due_back_on")?,
        place_id: acts::picked(sent, "place_id")?,
        event_id: sent.id("event_id")?,
        only_for_this_person: sent.on("only"),
    };
    Ok(Sending { to, base })
}

async fn send(visit: Visit, sent: Sent) -> Out {
    let ids: Vec<UnitId> = sent.ids("id")?;
    if ids.is_empty() {
        return Ok(visit.go("/transfers/new", Flash::failed("Choose at least one unit.")));
    }
    let sending = match read_sending(&visit, &sent) {
        Ok(sending) => sending,
        Err(error) => return again(&visit, &sent, ids, error).await,
    };
    let decided = sent.on("only") || sent.has("instead");
    let list = ids.clone();
    let to = sending.to;
    let (senders, suggestion) = match visit.app.read(&visit.ctx, move |ctx, tx| plan(ctx, tx, &list, to, decided)).await
    {
        Ok(plan) => plan,
        Err(error) => return again(&visit, &sent, ids, error).await,
    };
    if let Some(suggestion) = suggestion {
        return form_with(&visit, &sent, ids, &[], Some(suggestion)).await;
    }
    let bodies: Vec<CreateTransfer> = senders
        .into_iter()
        .map(|(from, unit_ids)| CreateTransfer { from: Some(from), unit_ids, ..sending.base.clone() })
        .collect();
    let count = ids.len();
    let done = visit
        .save(&sent, move |ctx, tx| {
            let made = bodies.iter().map(|body| app::transfers::create(ctx, tx, body).map(|made| made.transfer));
            Ok(contract::Items { items: made.collect::<app::Result<Vec<_>>>()? })
        })
        .await;
    match done {
        Ok(made) => {
            let items = made["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            let name = items.first().and_then(|it| it["to_name"].as_str()).unwrap_or_default();
            let flash = Flash::done(format!("{} sent to {name}", words::count(count as i64, "unit", "units")));
            Ok(match items {
                [one] => {
                    let id = one["id"].as_str().unwrap_or_default();
                    visit.go(&format!("/transfers/{id}"), flash.undo(format!("/transfers/{id}/cancel")))
                }
                _ => visit.go("/transfers?view=out", flash),
            })
        }
        Err(error) => again(&visit, &sent, ids, error).await,
    }
}

type Senders = Vec<(CustodianRef, Vec<UnitId>)>;

/// Who sends what, and whether somebody else should rather receive it.
fn plan(
    ctx: &Ctx,
    tx: &mut Tx,
    ids: &[UnitId],
    to: CustodianRef,
    decided: bool,
) -> app::Result<(Senders, Option<Suggestion>)> {
    let mut units = Vec::with_capacity(ids.len());
    for id in ids {
        units.push(app::units::get(ctx, tx, *id)?);
    }
    let groups: Senders = senders(&units)
        .into_iter()
        .map(|(from, units)| (from.into(), units.iter().map(|unit| unit.id).collect()))
        .collect();
    let from = groups.first().map(|(from, _)| *from);
    let suggestion = if decided { None } else { app::transfers::suggest(ctx, tx, from, to)? };
    Ok((groups, suggestion))
}

async fn again(visit: &Visit, sent: &Sent, ids: Vec<UnitId>, error: Error) -> Out {
    let errors = acts::known(visit.complaints(error)?, &["to", "note", "due_back_on", "place_id"]);
    form(visit, sent, ids, &errors).await
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
    wanted.person(transfer.created_by).event(transfer.event_id).place(transfer.place_id);
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
        Fact::new("Sent", html! { (words::exact(ctx, it.created_at)) " by " (seen.names.person(it.created_by)) }),
    ];
    if !it.note.is_empty() {
        list.push(Fact::new("Note", it.note.as_str()));
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
        Row::new(line.unit_id.to_string(), cells).href(format!("/units/{}", line.unit_id))
    });
    Table::new("lines", "Units of this transfer", columns).rows(rows.collect()).inside()
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
            ul class="lines" { @for line in it.lines.iter().take(12) { (short_line(&seen, line.unit_id, line.status)) } }
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

fn short_line(seen: &Seen, unit: UnitId, status: TransferLineStatus) -> Markup {
    let found = seen.names.unit(unit);
    let title = found.map_or("A unit", |unit| seen.names.item_title(unit.item)).to_owned();
    let line = crate::ui::Line::new(title).href(format!("/units/{unit}")).side(line_status(status));
    match found.filter(|unit| !unit.lot.is_empty()) {
        Some(unit) => line.below(format!("Lot {}", unit.lot)).render(),
        None => line.render(),
    }
}

fn more(visit: &Visit, seen: &Seen) -> Markup {
    let it = &seen.transfer;
    let mut menu = Menu::more("More actions");
    let mut some = false;
    if seen.choices.decide {
        menu = menu.item(Button::link("Scan what arrived", format!("/scan?mode=accept&id={}", it.id)).icon(Icon::Scan));
        some = true;
    }
    if seen.choices.remove_lines && it.units_count > 1 {
        menu =
            menu.item(Button::link("Take units off", format!("/transfers/{}/remove-lines", it.id)).icon(Icon::Close));
        some = true;
    }
    if seen.choices.cancel {
        menu = menu.raw(html! {
            form method="post" action={ "/transfers/" (it.id) "/cancel" } {
                (csrf_field(&visit.csrf()))
                button class="it danger" type="submit" { "Take it back" }
            }
        });
        some = true;
    }
    html! { @if some { (menu) } }
}

// ---- deciding -------------------------------------------------------------------------------------------------------

async fn accept(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::transfers::accept(ctx, tx, id, &AcceptTransfer::default())).await;
    let to = format!("/transfers/{id}");
    match done {
        Ok(it) => {
            let count = it["units_count"].as_i64().unwrap_or_default();
            let flash = Flash::done(format!("{} accepted", words::count(count, "unit", "units")));
            Ok(if sent.on("stay") { visit.go("/", flash) } else { visit.go(&to, flash) })
        }
        Err(error) => Ok(visit.go(&to, Flash::failed(acts::sentence(&visit, error)?))),
    }
}

async fn cancel(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::transfers::cancel(ctx, tx, id)).await;
    acts::told(
        &visit,
        done,
        &format!("/transfers/{id}"),
        Flash::done("Taken back: the units are with the sender again"),
    )
}

fn ask_to_decline(visit: &Visit, id: TransferId, seen: &Seen, sent: &Sent, errors: &[FieldError]) -> Response {
    Ask {
        title: "Decline this transfer?".into(),
        text: html! { p { "All of it goes back to " (seen.transfer.from_name) ". If only some did not arrive, " a class="link" href={ "/transfers/" (id) "/receive" } { "accept it in part" } "." } },
        room: Room::Transfers,
        action: format!("/transfers/{id}/decline"),
        fields: acts::reason(sent, errors, true).render(),
        verb: "Decline the transfer".into(),
        danger: true,
        back: format!("/transfers/{id}"),
        errors,
    }
    .show(visit)
}

async fn decline_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    Ok(ask_to_decline(&visit, id, &seen, &sent, &[]))
}

async fn decline(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let reason = sent.text("reason").to_owned();
    let done = visit.save(&sent, move |ctx, tx| app::transfers::decline(ctx, tx, id, &reason)).await;
    match done {
        Ok(_) => Ok(visit.go(&format!("/transfers/{id}"), Flash::done("Declined: the sender is told why"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
            Ok(ask_to_decline(&visit, id, &seen, &sent, &errors))
        }
    }
}

/// For each unit that waits: it arrived, it did not, or it is decided later. `arrived` are ticked from the start.
pub fn receive_response(
    visit: &Visit,
    seen_of: &TransferId,
    seen: &Received,
    sent: &Sent,
    errors: &[FieldError],
) -> Response {
    let (id, names) = (seen_of, &seen.0.names);
    let waiting = seen.0.transfer.lines.iter().filter(|line| line.status == TransferLineStatus::Pending);
    let fields = html! {
        @for line in waiting.take(LINES) {
            @let name = format!("state-{}", line.unit_id);
            @let title = names.unit(line.unit_id).map_or("A unit", |unit| names.item_title(unit.item)).to_owned();
            @let mark = names.unit(line.unit_id).map(|unit| if unit.serial.is_empty() { format!("Lot {}", unit.lot) } else { format!("Serial {}", unit.serial) }).unwrap_or_default();
            @let chosen = match sent.maybe(&name) {
                Some(word) => word.to_owned(),
                None => seen.1.as_ref().map_or("arrived", |arrived| if arrived.contains(&line.unit_id) { "arrived" } else { "later" }).to_owned(),
            };
            fieldset class="field" {
                legend class="label" { (title) " " span class="sub" { (mark) } }
                div class="seg" {
                    @for (word, label) in [("arrived", "Arrived"), ("missing", "Did not arrive"), ("later", "Later")] {
                        label { input type="radio" id={ "f-" (name) "-" (word) } name=(name) value=(word) checked[chosen == word]; (label) }
                    }
                }
                label class="sr" for={ "why-" (line.unit_id) } { "What is known, if it did not arrive" }
                input class="input" id={ "why-" (line.unit_id) } name={ "why-" (line.unit_id) } value=(sent.text(&format!("why-{}", line.unit_id))) placeholder="What is known, if it did not arrive" maxlength="500" autocomplete="off";
            }
        }
    };
    let form = Form::post(format!("/transfers/{id}/receive"), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Accept what arrived").primary())
        .button(Button::link("Cancel", format!("/transfers/{id}")).quiet());
    let header = Header::new("Accept in part")
        .crumb("Transfers", "/transfers")
        .crumb(sides(&seen.0.transfer), format!("/transfers/{id}"))
        .under("What did not arrive goes to whoever looks after discrepancies, with what you know about it. The rest waits for you.");
    acts::form_page(visit, Room::Transfers, header, "Accept in part".into(), &form, !errors.is_empty())
}

/// A transfer, and the units of it that were scanned, where some were.
pub struct Received(Seen, Option<Vec<UnitId>>);

/// Reads what [`receive_response`] shows.
pub fn received(ctx: &Ctx, tx: &mut Tx, id: TransferId, arrived: Option<Vec<UnitId>>) -> app::Result<Received> {
    Ok(Received(see(ctx, tx, id)?, arrived))
}

async fn receive_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let seen = visit.read(move |ctx, tx| received(ctx, tx, id, None)).await?;
    Ok(receive_response(&visit, &id, &seen, &sent, &[]))
}

fn read_receipt(sent: &Sent) -> app::Result<AcceptTransfer> {
    let (mut arrived, mut missing) = (Vec::new(), Vec::new());
    for (name, word) in sent.pairs() {
        let Some(unit_id) = name.strip_prefix("state-").and_then(|id| id.parse::<UnitId>().ok()) else { continue };
        match word {
            "arrived" => arrived.push(unit_id),
            "missing" => {
                let reason = sent.text(&format!("why-{unit_id}")).to_owned();
                if reason.is_empty() {
                    return Err(Error::field("", "required", "Say what is known about each unit that did not arrive."));
                }
                missing.push(MissingUnit { unit_id, reason });
            }
            _ => {}
        }
    }
    if arrived.is_empty() && missing.is_empty() {
        return Err(Error::field("", "required", "Say at least of one unit whether it arrived."));
    }
    Ok(AcceptTransfer { unit_ids: Some(arrived), missing })
}

async fn receive(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let done = match read_receipt(&sent) {
        Ok(body) => visit.save(&sent, move |ctx, tx| app::transfers::accept(ctx, tx, id, &body)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/transfers/{id}"), Flash::done("Accepted what arrived"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &[]);
            let seen = visit.read(move |ctx, tx| received(ctx, tx, id, None)).await?;
            Ok(receive_response(&visit, &id, &seen, &sent, &errors))
        }
    }
}

fn remove_response(visit: &Visit, id: TransferId, seen: &Seen, errors: &[FieldError]) -> Response {
    let waiting = seen.transfer.lines.iter().filter(|line| line.status == TransferLineStatus::Pending);
    let fields = html! {
        fieldset class="field" {
            legend class="label" { "Which units stay with " (seen.transfer.from_name) }
            div class="choices" {
                @for line in waiting.take(LINES) {
                    label class="tick" {
                        input class="box" type="checkbox" name="id" value=(line.unit_id);
                        @let unit = seen.names.unit(line.unit_id);
                        span { (unit.map_or("A unit", |unit| seen.names.item_title(unit.item))) span class="help" { (unit.map(|unit| unit.lot.clone()).unwrap_or_default()) } }
                    }
                }
            }
        }
    };
    let form = Form::post(format!("/transfers/{id}/remove-lines"), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Take them off").primary())
        .button(Button::link("Cancel", format!("/transfers/{id}")).quiet());
    let header = Header::new("Take units off")
        .crumb("Transfers", "/transfers")
        .crumb(sides(&seen.transfer), format!("/transfers/{id}"))
        .under("They go back to the sender. If all are taken off, the transfer is cancelled.");
    acts::form_page(visit, Room::Transfers, header, "Take units off".into(), &form, !errors.is_empty())
}

async fn remove_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    if !seen.choices.remove_lines {
        return Err(Fail::from(Error::forbidden(
            "not_allowed",
            "Units are taken off a pending transfer by the office.",
        )));
    }
    Ok(remove_response(&visit, id, &seen, &[]))
}

async fn remove(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let ids: Vec<UnitId> = sent.ids("id")?;
    let done = if ids.is_empty() {
        Err(Error::field("", "required", "Tick at least one unit."))
    } else {
        visit.save(&sent, move |ctx, tx| app::transfers::remove_lines(ctx, tx, id, &ids)).await
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/transfers/{id}"), Flash::done("Taken off: they are with the sender again"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &[]);
            let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
            Ok(remove_response(&visit, id, &seen, &errors))
        }
    }
}
