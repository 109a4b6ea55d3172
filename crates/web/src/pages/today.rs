//! Today: what needs me now, and what will hurt tomorrow?

use super::common::press_with;
use super::cover::today::{self as cover, Near};
use super::cover::{said, status as cover_status};
use super::{events, stock, words};
use crate::edge::{Out, Visit, get};
use crate::ui::{
    Button, Empty, Figure, Header, Icon, Line, Room, Status, StepState, Todo, Tone, figures, lines, section_block,
    todos, two,
};
use app::names::Names;
use app::{App, Ctx, Tx};
use axum::Router;
use contract::ListParams;
use contract::calls::CallListEntry;
use contract::counts::CountRow;
use contract::coverage::Readiness as Standing;
use contract::events::EventSummary;
use contract::figures::{Card, Dashboard};
use contract::remarks::CustomerTask;
use contract::requests::StockRequestRow;
use contract::transfers::TransferRow;
use contract::units::Unit;
use domain::event::EventStatus;
use domain::people::{Permission, Role};
use domain::stock::Custodian;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/", get(page))
}

/// Lines of one kind.
const FEW: u32 = 4;
/// Transfers that are looked at for those that this account may answer.
const LOOKED_AT: u32 = 24;
/// Events of the next days that are looked at.
const NEAR: u32 = 24;
/// A task is told so many days before it is due.
const TASK_DAYS: i32 = 2;
/// A unit that expires within so many days is told.
const NEAR_DAYS: i32 = 30;

#[derive(Default)]
struct Seen {
    recalls: Vec<contract::recalls::RecallRow>,
    cards: Vec<Card>,
    /// Transfers that wait for the viewer, or for somebody for whom they may decide.
    waiting: Vec<TransferRow>,
    /// How many there are of them.
    waiting_count: i64,
    days: Vec<(EventSummary, Readiness)>,
    past: Vec<EventSummary>,
    orders: Vec<EventSummary>,
    held: Vec<Unit>,
    /// Counts that the viewer is to do, and those that wait for the viewer's approval.
    to_count: Vec<CountRow>,
    to_approve: Vec<CountRow>,
    expiring: Vec<Unit>,
    names: Names,
    cover: Near,
    /// Requests that wait to be answered by the viewer, and how many there are.
    asked: (Vec<StockRequestRow>, i64),
    tasks: Vec<CustomerTask>,
    tasks_count: i64,
    calls: Vec<CallListEntry>,
    calls_count: i64,
    first_steps: Option<Vec<(bool, &'static str, &'static str, &'static str)>>,
}

/// Whether an event that is near can happen as planned.
#[derive(Clone)]
enum Readiness {
    /// It is over, or no longer open.
    Settled,
    /// Units are on it, and nothing stands against them.
    Ready,
    /// Nothing is prepared.
    Empty,
    /// Something stands against it: how it stands, and the first thing in words.
    Wanting(Status, String),
}

/// Remarks about money: they keep nobody from operating.
const MONEY: [&str; 5] = ["no_contract_price", "price_missing", "price_edited", "billing_status", "billing_hold"];

fn readiness(ctx: &Ctx, tx: &mut Tx, event: &EventSummary, standing: Option<&Standing>) -> app::Result<Readiness> {
    if event.status != EventStatus::Open {
        return Ok(Readiness::Settled);
    }
    if let Some((it, first)) = standing.and_then(|it| Some((it, it.risks.first()?))) {
        return Ok(Readiness::Wanting(cover_status(it.state), said(ctx.today(), &first.text)));
    }
    if event.lines_count == 0 {
        let needs = standing.map_or(0, |it| it.units_needed);
        return Ok(if needs > 0 { Readiness::Ready } else { Readiness::Empty });
    }
    let warnings = app::events::warnings::content(ctx, tx, event.id)?.items;
    let hard: Vec<_> = warnings.into_iter().filter(|it| !MONEY.contains(&it.code.as_str())).collect();
    Ok(match hard.first() {
        None => Readiness::Ready,
        Some(first) => {
            let status = Status::new(Tone::Amber, format!("{} to look at", hard.len()));
            Readiness::Wanting(status, first.message.clone())
        }
    })
}

fn params(limit: u32, filters: &[(&str, String)]) -> ListParams {
    let filters = filters.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    ListParams { limit: Some(limit), filters, ..ListParams::default() }
}

fn sorted(mut params: ListParams, sort: &str) -> ListParams {
    params.sort = Some(sort.to_owned());
    params
}

fn see(ctx: &Ctx, tx: &mut Tx) -> app::Result<Seen> {
    let today = ctx.today();
    let office = ctx.actor.role.is_office();
    let dashboard: Dashboard = app::figures::dashboard(ctx, tx)?;
    let mut waiting = Vec::new();
    let mut waiting_count = 0;
    for row in app::transfers::list(ctx, tx, &params(LOOKED_AT, &[("status", "pending".into())]))?.items {
        if app::transfers::choices(ctx, tx, row.id)?.decide {
            waiting_count += 1;
            if waiting.len() < FEW as usize {
                waiting.push(row);
            }
        }
    }
    let is_mine = |row: &TransferRow| row.to.id == Custodian::user(ctx.principal());
    waiting.sort_by_key(|row| !is_mine(row));
    let standing = "open,pending_po,pending_payment,paid,adjusted".to_owned();
    let near = params(NEAR, &[("from", today.to_string()), ("to", today.plus(3).to_string()), ("status", standing)]);
    let mut days = Vec::new();
    let standing = app::coverage::board::board(ctx, tx, &params(NEAR, &[("days", "3".into())]))?.items;
    for event in app::events::list(ctx, tx, &sorted(near, "starts_at"))?.items {
        let ready = readiness(ctx, tx, &event, standing.iter().find(|it| it.event_id == event.id))?;
        days.push((event, ready));
    }
    let late = params(FEW, &[("status", "open".into()), ("to", today.to_string())]);
    let past = app::events::list(ctx, tx, &sorted(late, "starts_at"))?.items;
    let orders = sorted(params(FEW, &[("status", "pending_po".into())]), "starts_at");
    let orders = app::events::list(ctx, tx, &orders)?.items;
    let held = if office {
        app::unit_lists::list(ctx, tx, &params(FEW, &[("state", "on_hold".into())]))?.items
    } else {
        Vec::new()
    };
    let mine = params(FEW, &[("mine", "true".into()), ("status", "assigned,counting".into())]);
    let to_count = app::counts::list(ctx, tx, &mine)?.items;
    let to_approve = if ctx.may(Permission::ReconcileCounts) {
        app::counts::list(ctx, tx, &params(FEW, &[("status", "counted".into())]))?.items
    } else {
        Vec::new()
    };
    let soon = params(FEW, &[("active", "true".into()), ("expires_before", today.plus(NEAR_DAYS + 1).to_string())]);
    let expiring = app::unit_lists::list(ctx, tx, &sorted(soon, "expires_on"))?.items;
    let all: Vec<Unit> = held.iter().chain(&expiring).cloned().collect();
    let names = stock::names_of(ctx, tx, &all)?;
    let first_steps = first_steps(ctx, tx)?;
    let cover = cover::read(ctx, tx)?;
    let asked = super::requests::waiting(ctx, tx, FEW)?;
    let recalls = super::recalls::waiting(ctx, tx)?;
    let cards = dashboard.cards;
    let (tasks, tasks_count) = tasks_due(ctx, tx)?;
    let (calls, calls_count) = to_call(ctx, tx)?;
    Ok(Seen {
        recalls,
        calls,
        calls_count,
        tasks,
        tasks_count,
        cards,
        waiting,
        waiting_count,
        days,
        past,
        orders,
        held,
        to_count,
        to_approve,
        expiring,
        names,
        cover,
        asked,
        first_steps,
    })
}

/// The first of one's tasks for customers that are due within days, and how many there are.
fn tasks_due(ctx: &Ctx, tx: &mut Tx) -> app::Result<(Vec<CustomerTask>, i64)> {
    if ctx.actor.role == Role::FacilityManager {
        return Ok((Vec::new(), 0));
    }
    let due = [("due_to", ctx.today().plus(TASK_DAYS).to_string())];
    let page = app::directory::remarks::tasks::list(ctx, tx, &ListParams { count: true, ..params(FEW, &due) })?;
    Ok((page.items, page.total.unwrap_or_default()))
}

/// The first of one's own customers whose usual order is late, and how many there are.
fn to_call(ctx: &Ctx, tx: &mut Tx) -> app::Result<(Vec<CallListEntry>, i64)> {
    if !matches!(ctx.actor.role, Role::Sales | Role::Distributor | Role::RegionalManager) {
        return Ok((Vec::new(), 0));
    }
    let own = [("default_sales_rep_id", ctx.principal().to_string())];
    let page = app::directory::calls::list(ctx, tx, &ListParams { count: true, ..params(FEW, &own) })?;
    Ok((page.items, page.total.unwrap_or_default()))
}

/// A step towards the first submitted case: whether it is done, and three texts of it.
type FirstStep = (bool, &'static str, &'static str, &'static str);

/// What a new organisation does first, and how far it is; nothing once an event was submitted.
fn first_steps(ctx: &Ctx, tx: &mut Tx) -> app::Result<Option<Vec<FirstStep>>> {
    if !ctx.actor.role.is_office() {
        return Ok(None);
    }
    let one = || params(1, &[]);
    let submitted = params(1, &[("status", "pending_po,pending_payment,paid,adjusted".into())]);
    if !app::events::list(ctx, tx, &submitted)?.items.is_empty() {
        return Ok(None);
    }
    let people = app::people::list_users(ctx, tx, &params(2, &[]))?.items.len() > 1;
    let items = !app::catalog::items(ctx, tx, &one())?.items.is_empty();
    let places = !app::directory::locations::list(ctx, tx, &one())?.items.is_empty();
    let units = !app::unit_lists::list(ctx, tx, &one())?.items.is_empty();
    let transfers = !app::transfers::list(ctx, tx, &one())?.items.is_empty();
    let events = !app::events::list(ctx, tx, &one())?.items.is_empty();
    Ok(Some(vec![
        (
            people,
            "Invite your people",
            "Reps, distributors, operations. E-mail and role stay as they are made.",
            "/people/new",
        ),
        (items, "Fill the catalog", "Import what you sell, or type the first items.", "/catalog"),
        (
            places,
            "Add customers and their locations",
            "The facilities where cases happen, with their time zones.",
            "/customers",
        ),
        (units, "Take stock in", "Scan the labels, import a list, or make units by hand.", "/units/new"),
        (transfers, "Hand stock to a rep", "Send it; they accept it, and it is in their custody.", "/transfers/new"),
        (events, "Plan the first case", "When, where, with whom, and what it needs.", "/events/new"),
        (false, "Submit it", "What was used becomes a sales order, and waits for its purchase order.", "/events"),
    ]))
}

async fn page(visit: Visit) -> Out {
    let seen = visit.read(see).await?;
    let ctx = &visit.ctx;
    let name = ctx.actor.name.split_whitespace().next().unwrap_or_default().to_owned();
    let hour: u32 =
        ctx.now.local(&ctx.organization.time_zone).get(11..13).and_then(|text| text.parse().ok()).unwrap_or(12);
    let greeting = match hour {
        0..12 => "Good morning",
        12..18 => "Good afternoon",
        _ => "Good evening",
    };
    let now = ctx.today();
    let of = |day: i32| -> Vec<&(EventSummary, Readiness)> {
        seen.days.iter().filter(|(event, _)| event.event_on.0.max(now.0) == now.0 + day).collect()
    };
    let (today, tomorrow, after) = (of(0), of(1), of(2));
    let groups = needs(&visit, &seen);
    let mut header = Header::new(format!("{greeting}, {name}")).under(in_short(&today, &tomorrow, &groups));
    if visit.may(Permission::ManageEvents) {
        header = header.action(Button::link("New case", "/events/new").primary().hotkey("n"));
    }
    let left = html! {
        @if let Some(steps) = &seen.first_steps { (begin(steps)) }
        @for group in &groups { (group.render()) }
        @if groups.is_empty() && seen.first_steps.is_none() {
            (Empty::new(Icon::Check, "Nothing waits for you").text("Transfers to accept, cases to submit and stock that expires appear here."))
        }
        (seen.cover.cases(&visit))
    };
    let schedule = |events: &[&(EventSummary, Readiness)], nothing: &'static str| {
        let list: Vec<Line> = events.iter().map(|(event, ready)| event_line(ctx, event, ready)).collect();
        if list.is_empty() { calm(nothing) } else { lines(&list) }
    };
    let calendar = [Button::link("Calendar", "/calendar").quiet().small()];
    let third = words::day_short(now.plus(2));
    let right = html! {
        (section_block("Today", &calendar, schedule(&today, "Nothing is planned for today.")))
        (section_block("Tomorrow", &[], schedule(&tomorrow, "Nothing is planned for tomorrow.")))
        @if !after.is_empty() { (section_block(third, &[], schedule(&after, ""))) }
    };
    let cards = cards(&visit, &seen.cards);
    let body = html! {
        (header)
        div class="content today" data-keep-pages=[kept(ctx, &seen.days)] {
            @if seen.first_steps.is_none() && !cards.is_empty() { (figures(&cards)) }
            div class="pad-top" { (two(left, right, false)) }
        }
    };
    Ok(visit.page("Today", Room::Today, body))
}

/// Most cases that a device keeps for when there is no connection.
const KEPT: usize = 10;

/// The addresses of the viewer's own open cases of these days, with their scanners.
fn kept(ctx: &Ctx, days: &[(EventSummary, Readiness)]) -> Option<String> {
    let own = days
        .iter()
        .map(|(event, _)| event)
        .filter(|event| event.status == EventStatus::Open && event.representative_id.uuid() == ctx.principal().uuid());
    let pages: Vec<String> =
        own.take(KEPT).map(|event| format!("/events/{0} /scan?mode=use&id={0}", event.id)).collect();
    (!pages.is_empty()).then(|| format!("/ {}", pages.join(" ")))
}

/// The day in a sentence: what is planned, whether tomorrow is ready, what waits.
fn in_short(today: &[&(EventSummary, Readiness)], tomorrow: &[&(EventSummary, Readiness)], groups: &[Group]) -> String {
    let planned = match today.len() {
        0 => "Nothing planned today".to_owned(),
        n => format!("{} today", words::count(n as i64, "event", "events")),
    };
    let wanting = |it: &&&(EventSummary, Readiness)| matches!(it.1, Readiness::Empty | Readiness::Wanting(..));
    let tomorrow = match (tomorrow.len(), tomorrow.iter().filter(wanting).count()) {
        (0, _) => String::new(),
        (1, 0) => ", 1 tomorrow and ready".to_owned(),
        (n, 0) => format!(", {n} tomorrow and all ready"),
        (n, open) => format!(", {n} tomorrow of which {open} not ready"),
    };
    let waits: i64 = groups.iter().filter(|group| group.waits).map(|group| group.count).sum();
    match waits {
        0 => format!("{planned}{tomorrow}. Nothing waits for you."),
        n => format!("{planned}{tomorrow}. {} for you.", words::count(n, "thing waits", "things wait")),
    }
}

fn calm(text: &'static str) -> Markup {
    html! { p class="sub" { (text) } }
}

fn begin(steps: &[(bool, &'static str, &'static str, &'static str)]) -> Markup {
    let next = steps.iter().position(|(done, ..)| !done);
    let list: Vec<Todo> = steps
        .iter()
        .enumerate()
        .map(|(at, (done, title, text, href))| {
            let state = if *done { StepState::Done } else { StepState::Now };
            let button = Button::link(if *done { "Open" } else { "Do it" }, *href).small();
            let button = if Some(at) == next { button.primary() } else { button };
            Todo::new(state, *title).below(*text).side(button)
        })
        .collect();
    let done = steps.iter().filter(|(done, ..)| *done).count();
    section_block(format!("From nothing to the first submitted case: {done} of {}", steps.len()), &[], todos(&list))
}

fn event_line(ctx: &Ctx, event: &EventSummary, ready: &Readiness) -> Line {
    let what = [event.procedure_name.as_deref(), event.physician_name.as_deref()];
    let what = what.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let title = if what.is_empty() { events::title(event).to_owned() } else { what };
    let place = event.location_name.clone().unwrap_or_else(|| event.r#type.label().to_owned());
    let mut below = vec![place, event.representative_name.clone()];
    if event.lines_count > 0 {
        below.push(words::count(event.lines_count, "unit", "units"));
    }
    let status = match ready {
        Readiness::Settled => events::status(ctx, event),
        Readiness::Ready => Status::of("ready"),
        Readiness::Empty => Status::new(Tone::Amber, "No units yet"),
        Readiness::Wanting(status, _) => status.clone(),
    };
    let line = Line::new(title)
        .lead(words::clock_in(&event.time_zone, event.starts_at))
        .href(format!("/events/{}", event.id))
        .side(status);
    match ready {
        Readiness::Wanting(_, why) => line.below(html! { (below.join(" · ")) span class="why" { (why) } }),
        _ => line.below(below.join(" · ")),
    }
}

/// Things of one kind that need a look: the first few, and where the rest is.
struct Group {
    title: &'static str,
    count: i64,
    all: String,
    lines: Vec<Line>,
    /// It waits for somebody to act; otherwise it is only good to know.
    waits: bool,
}

impl Group {
    fn render(&self) -> Markup {
        let more = self.count > self.lines.len() as i64;
        html! {
            section class="sec" {
                header {
                    h2 { (self.title) " " span class="count" { (words::number(self.count)) } }
                    div class="acts" { (Button::link(if more { "See all" } else { "Open the list" }, self.all.clone()).quiet().small()) }
                }
                (lines(&self.lines))
            }
        }
    }
}

fn needs(visit: &Visit, seen: &Seen) -> Vec<Group> {
    let card = |key: &str, least: usize| {
        let found = seen.cards.iter().find(|card| card.key == key).map_or(0, |card| card.value);
        found.max(least as i64)
    };
    let to_accept = if visit.ctx.actor.role.holds_stock() { "/transfers" } else { "/transfers?view=pending" };
    let rows = |key: &str, otherwise: &str| rows_of(visit, key).unwrap_or_else(|| otherwise.to_owned());
    let all = [
        Group {
            title: "Recalls to answer",
            count: seen.recalls.len() as i64,
            all: "/recalls".to_owned(),
            lines: seen.recalls.iter().map(|it| super::recalls::waiting_line(&visit.ctx, it)).collect(),
            waits: true,
        },
        Group {
            title: "To accept",
            count: seen.waiting_count.max(seen.waiting.len() as i64),
            all: to_accept.to_owned(),
            lines: seen.waiting.iter().map(|it| transfer_line(visit, it)).collect(),
            waits: true,
        },
        Group {
            title: "Requests to answer",
            count: seen.asked.1,
            all: "/requests".to_owned(),
            lines: seen.asked.0.iter().map(|it| super::requests::waiting_line(&visit.ctx, it)).collect(),
            waits: true,
        },
        Group {
            title: "To do for customers",
            count: seen.tasks_count,
            all: "/customer-tasks".to_owned(),
            lines: seen.tasks.iter().map(|it| super::remarks::due_line(visit, it)).collect(),
            waits: true,
        },
        Group {
            title: "To call",
            count: seen.calls_count,
            all: "/call-list".to_owned(),
            lines: seen.calls.iter().map(|it| super::calls::line(visit, it)).collect(),
            waits: false,
        },
        Group {
            title: "To submit",
            count: card("cases_past_open", seen.past.len()),
            all: "/events?view=past".to_owned(),
            lines: seen.past.iter().map(|event| past_line(visit, event)).collect(),
            waits: true,
        },
        Group {
            title: "Purchase orders awaited",
            count: card("pending_po", seen.orders.len()),
            all: rows("pending_po", "/events?view=po"),
            lines: seen.orders.iter().map(|event| order_line(visit, event)).collect(),
            waits: false,
        },
        Group {
            title: "On hold",
            count: card("units_on_hold", seen.held.len()),
            all: "/units?view=hold".to_owned(),
            lines: seen.held.iter().map(|unit| held_line(seen, unit)).collect(),
            waits: true,
        },
        Group {
            title: "To count",
            count: seen.to_count.len() as i64,
            all: "/counts?view=mine".to_owned(),
            lines: seen.to_count.iter().map(|it| count_line(&visit.ctx, it)).collect(),
            waits: true,
        },
        Group {
            title: "Counts to approve",
            count: seen.to_approve.len() as i64,
            all: "/counts?view=approve".to_owned(),
            lines: seen.to_approve.iter().map(|it| count_line(&visit.ctx, it)).collect(),
            waits: true,
        },
        Group {
            title: "Expires soon",
            count: card("units_expiring_30_days", 0) + card("units_expired", 0),
            all: rows("units_expiring_30_days", "/units?view=expiring"),
            lines: seen.expiring.iter().filter_map(|unit| expiring_line(&visit.ctx, seen, unit)).collect(),
            waits: false,
        },
    ];
    let cover = seen.cover.groups(visit).into_iter().map(|(title, all, lines)| Group {
        title,
        count: lines.len() as i64,
        all: all.to_owned(),
        lines,
        waits: true,
    });
    cover.chain(all).filter(|group| !group.lines.is_empty()).collect()
}

fn past_line(visit: &Visit, event: &EventSummary) -> Line {
    let away = words::distance(visit.ctx.today(), event.event_on);
    let line = Line::new(events::title(event).to_owned())
        .below(html! { (event.representative_name) " · was " (away) " and is not submitted" })
        .href(format!("/events/{}", event.id))
        .side(Status::of("overdue"));
    if visit.may(Permission::ManageEvents) {
        return line.action(Button::link("Finish it", format!("/events/{}", event.id)).small().wide_only());
    }
    line
}

fn order_line(visit: &Visit, event: &EventSummary) -> Line {
    let ctx = &visit.ctx;
    let days = event.submitted_at.map_or(0, |at| ctx.today().0 - at.day_in(&ctx.organization.time_zone).0);
    let amount = event.total_minor.map(|minor| words::money(ctx, minor)).unwrap_or_default();
    let tone = if days > 14 { Tone::Red } else { Tone::Blue };
    let line = Line::new(events::title(event).to_owned())
        .below(html! { (words::day_short(event.event_on)) " · " (event.representative_name) @if !amount.is_empty() { " · " (amount) } })
        .href(format!("/events/{}", event.id))
        .side(Status::new(tone, words::count(i64::from(days), "day", "days")));
    if !visit.may(Permission::AddPurchaseOrders) {
        return line;
    }
    line.action(Button::link("Enter", format!("/events/{}/orders/new", event.id)).small().in_dialog().wide_only())
}

fn held_line(seen: &Seen, unit: &Unit) -> Line {
    let why = unit.hold_reason.clone().filter(|why| !why.is_empty()).unwrap_or_else(|| "no reason given".to_owned());
    Line::new(seen.names.item_title(unit.catalog_item_id).to_owned())
        .below(html! { (seen.names.custodian(unit.custodian.id)) " · " (why) })
        .href(format!("/units/{}", unit.id))
        .side(Status::of("on_hold"))
        .action(Button::link("Release", format!("/units/{}/release", unit.id)).small().in_dialog().wide_only())
}

fn count_line(ctx: &Ctx, it: &CountRow) -> Line {
    let below = match it.due_on.filter(|_| it.status.takes_lines()) {
        Some(day) => format!("until {}, {}", words::day_short(day), words::distance(ctx.today(), day)),
        None => super::counts::result(it),
    };
    Line::new(format!("Stock of {}", it.custodian_name))
        .below(below)
        .href(format!("/counts/{}", it.id))
        .side(Status::of(it.status.as_str()))
}

fn expiring_line(ctx: &Ctx, seen: &Seen, unit: &Unit) -> Option<Line> {
    let day = unit.expires_on?;
    let status = if day < ctx.today() {
        Status::of("expired")
    } else {
        Status::new(Tone::Amber, words::distance(ctx.today(), day))
    };
    let lot = unit.lot.clone().or_else(|| unit.serial.clone()).unwrap_or_default();
    let line = Line::new(seen.names.item_title(unit.catalog_item_id).to_owned())
        .below(html! { (seen.names.custodian(unit.custodian.id)) @if !lot.is_empty() { " · " (lot) } " · " (words::day(day)) })
        .href(format!("/units/{}", unit.id))
        .side(status);
    Some(line)
}

/// A transfer that can be answered right here.
fn transfer_line(visit: &Visit, it: &TransferRow) -> Line {
    let mine = it.to.id == Custodian::user(visit.ctx.principal());
    let units = words::count(it.units_count, "unit", "units");
    let title = if mine {
        format!("{units} from {}", it.from_name)
    } else {
        format!("{units} from {} to {}", it.from_name, it.to_name)
    };
    let line = Line::new(title)
        .below(html! { @if !it.note.is_empty() { (it.note) " · " } "sent " (words::when(&visit.ctx, it.created_at)) })
        .href(format!("/transfers/{}", it.id))
        .side(Status::of("pending"))
        .action(Button::link("Decline", format!("/transfers/{}/decline", it.id)).small().in_dialog());
    let accept = press_with(
        visit,
        format!("/transfers/{}/accept", it.id),
        &[("stay", "true")],
        if mine { Button::submit("Accept").small().primary() } else { Button::submit("Accept").small() },
    );
    line.control(accept)
}

/// The figures of the dashboard that say something to this person, each leading to its rows.
fn cards(visit: &Visit, all: &[Card]) -> Vec<Figure> {
    let role = visit.ctx.actor.role;
    let wanted: &[&str] = match role {
        Role::Sales | Role::FacilityManager => &[
            "cases_next_7_days",
            "transfers_to_accept",
            "units_available",
            "units_expiring_30_days",
            "pending_po",
            "sales_this_quarter",
        ],
        Role::Distributor | Role::RegionalManager => &[
            "cases_next_7_days",
            "cases_past_open",
            "units_available",
            "units_expiring_30_days",
            "pending_po",
            "sales_this_quarter",
        ],
        _ => &[
            "cases_next_7_days",
            "pending_po",
            "pending_payment",
            "units_on_hold",
            "units_expiring_30_days",
            "sales_this_quarter",
        ],
    };
    let target = all.iter().find(|card| card.key == "target_this_quarter").map_or(0, |card| card.value);
    let expired = all.iter().find(|card| card.key == "units_expired").map_or(0, |card| card.value);
    let figure = |card: &Card| {
        let shown = match card.currency {
            Some(_) => words::money_round(&visit.ctx, card.value),
            None => words::number(card.value),
        };
        let label = match card.key.as_str() {
            "cases_past_open" => "cases not submitted in time".to_owned(),
            "units_expiring_30_days" => "units expire within 30 days".to_owned(),
            _ => words::lower(&card.label),
        };
        let mut figure = Figure::new(shown, label);
        if let Some(href) = rows_of(visit, &card.key) {
            figure = figure.href(href);
        }
        match card.key.as_str() {
            "sales_this_quarter" if target > 0 => {
                let share = card.value * 100 / target;
                let tone = if share >= 100 { Tone::Green } else { Tone::Grey };
                figure.note(tone, format!("{share} % of {}", words::money_round(&visit.ctx, target)))
            }
            "units_expiring_30_days" if expired > 0 => {
                figure.note(Tone::Red, format!("{} expired already", words::number(expired)))
            }
            _ => figure,
        }
    };
    wanted.iter().filter_map(|key| all.iter().find(|card| card.key == *key)).map(figure).collect()
}

/// The console's list behind a figure: the same rows as those that were counted.
pub fn rows_of(visit: &Visit, key: &str) -> Option<String> {
    let today = visit.ctx.today();
    let standing = "status=open,pending_po,pending_payment,paid,adjusted";
    Some(match key {
        "cases_today" => format!("/events?view=all&type=case&{standing}&from={today}&to={}", today.plus(1)),
        "cases_next_7_days" => {
            format!("/events?view=all&type=case&{standing}&from={}&to={}", today.plus(1), today.plus(8))
        }
        "cases_past_open" => "/events?view=past&type=case".to_owned(),
        "pending_po" => "/events?view=po".to_owned(),
        "pending_payment" => "/events?view=payment".to_owned(),
        "transfers_to_accept" => "/transfers".to_owned(),
        "transfers_sent_pending" => "/transfers?view=out".to_owned(),
        "units_available" => "/units?state=available".to_owned(),
        "units_on_hold" => "/units?view=hold".to_owned(),
        "units_expiring_30_days" => format!("/units?view=expiring&expires_before={}", today.plus(NEAR_DAYS + 1)),
        "units_expired" => format!("/units?view=expiring&expires_before={today}"),
        "facility_stock_units" => "/units?view=facility".to_owned(),
        "sales_this_quarter" | "target_this_quarter" if visit.may(Permission::ViewReports) => "/figures".to_owned(),
        "commission_unpaid" if visit.may(Permission::ViewReports) => "/figures/commission?state=accrued".to_owned(),
        _ => return None,
    })
}
