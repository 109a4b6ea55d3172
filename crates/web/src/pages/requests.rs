//! Requests for stock: who waits for what, how much of it was sent, what is still owed?

mod answer;
mod ask;

use super::common::{story, subnav};
use super::list::{Filter, List, Shown, View};
use super::{acts, words};
use crate::edge::{Out, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Column, Empty, Fact, Header, Icon, Line, Menu, Meter, Room, Row, Status, Table, Tone, banner,
    csrf_field, drawer_body, facts, lines, meter, section_block, split,
};
use app::names::{Names, Wanted};
use app::requests::Choices;
use app::{App, Ctx, Tx};
use axum::Router;
use axum::extract::Path;
use contract::requests::{StockRequest, StockRequestLine, StockRequestRow};
use contract::{HistoryEntry, ListParams};
use domain::id::{EventId, RequestId};
use domain::people::Permission;
use domain::request::{RequestKind, RequestStatus};
use maud::{Markup, Render, html};

pub(crate) use ask::{address, missing};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/requests", get(index).merge(post(ask::save)))
        .route("/requests/new", get(ask::page))
        .route("/requests/{id}", get(show))
        .route("/requests/{id}/fulfill", get(answer::fulfill_page).merge(post(answer::fulfill)))
        .route("/requests/{id}/receive", get(answer::receive_page).merge(post(answer::receive)))
        .route("/requests/{id}/decline", get(answer::decline_page).merge(post(answer::decline)))
        .route("/requests/{id}/cancel", post(answer::cancel))
}

/// The lists that stand beside each other.
pub fn rooms(current: &str) -> Markup {
    html! { div class="pad-x" { (subnav(current, &[("Transfers", "/transfers"), ("Requests", "/requests")])) } }
}

/// Where a request stands, as everywhere.
pub fn status(status: RequestStatus) -> Status {
    let tone = match status {
        RequestStatus::Submitted => Tone::Amber,
        RequestStatus::InPart | RequestStatus::Sent => Tone::Blue,
        RequestStatus::Fulfilled => Tone::Green,
        RequestStatus::Declined | RequestStatus::Cancelled => Tone::Grey,
    };
    Status::new(tone, status.label())
}

fn units(n: i64) -> String {
    words::count(n, "unit", "units")
}

/// By when, and how far away that is; late in red.
fn needed(ctx: &Ctx, it: &StockRequestRow) -> Cell {
    let Some(day) = it.needed_on else { return Cell::none() };
    let late = day < ctx.today() && !it.status.is_over();
    let cell = Cell::two(words::day(day), words::distance(ctx.today(), day));
    if late { cell.tone(Tone::Red) } else { cell }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("request", "Request"),
        Column::new("number", "Number").sort().width(130).phone_hidden(),
        Column::new("needed_on", "Needed").sort().width(140).phone_side_sub(),
        Column::new("progress", "Sent").width(150).phone_sub(),
        Column::new("back_ordered", "Back order").number().width(110).phone_hidden(),
        Column::new("status", "Status").width(150),
        Column::new("created_at", "Asked").sort().width(140).spare(),
        Column::new("created_by", "By").width(150).optional(),
    ]
}

fn views(ctx: &Ctx) -> Vec<View> {
    let mut views = vec![View::new("open", "To answer", &[("status", "submitted,in_part")])];
    if !ctx.may(Permission::FulfillRequests) {
        views = vec![View::new("open", "Open", &[("status", "submitted,in_part,sent")])];
    }
    views.push(View::new("owed", "Back orders", &[("back_ordered", "true")]));
    if ctx.may(Permission::FulfillRequests) {
        views.push(View::new("supplier", "To suppliers", &[("kind", "supplier")]));
    }
    views.push(View::new("all", "All", &[]));
    views
}

fn list(visit: &Visit) -> List {
    let statuses = acts::pairs(RequestStatus::ALL, RequestStatus::as_str, RequestStatus::label);
    let kinds = acts::pairs(RequestKind::ALL, RequestKind::as_str, RequestKind::label);
    List::new(visit, Room::Transfers, "requests", "Requests", columns())
        .views(&views(&visit.ctx))
        .filters(vec![
            Filter::many("status", "Status", statuses),
            Filter::many("kind", "Kind", kinds),
            Filter::choice(
                "back_ordered",
                "Back order",
                vec![("true".into(), "Yes".into()), ("false".into(), "No".into())],
            ),
            Filter::given("event_id", "For", Some("one event")),
            Filter::given("to", "For", Some("one person")),
        ])
        .sort("-created_at")
}

async fn index(visit: Visit) -> Out {
    let list = list(&visit).saved(&visit, "requests").await?;
    let mut params = list.params();
    params.q = None;
    let (page, names) = visit
        .read(move |ctx, tx| {
            let page = app::requests::list(ctx, tx, &params)?;
            let mut wanted = Wanted::new();
            page.items.iter().for_each(|it| {
                wanted.event(it.event_id).manufacturer(it.manufacturer_id);
            });
            let names = app::names::look_up(ctx, tx, &wanted)?;
            Ok((page, names))
        })
        .await?;
    let view = list.view_key().unwrap_or("all");
    let rows = page.items.iter().map(|it| row(&list, &visit.ctx, &names, it)).collect();
    let mut header = Header::new("Requests");
    if let Some(total) = page.total {
        header = header.lead(match view {
            "open" if total == 0 => "nothing waits".to_owned(),
            "open" => words::count(total, "waits", "wait"),
            "owed" => words::count(total, "with a back order", "with back orders"),
            _ => words::count(total, "request", "requests"),
        });
    }
    if visit.may(Permission::FulfillRequests) {
        let order = Button::link("Order what is below par", "/requests/new?below_par=true").icon(Icon::Box);
        header = header.action(Menu::more("More actions").item(order));
    }
    if visit.may(Permission::RequestInventory) {
        header = header.action(Button::link("Request stock", "/requests/new").primary().hotkey("n"));
    }
    let mut shown = Shown::new(header, rows, empty(&visit, view)).paged(page.next_cursor, page.total);
    shown.nav = Some(rooms("Requests"));
    Ok(list.answer(&visit, shown))
}

fn empty(visit: &Visit, view: &str) -> Empty {
    let (title, text) = match view {
        "open" if visit.may(Permission::FulfillRequests) => (
            "Nothing waits to be answered",
            "What the field asks for appears here, to be sent from the warehouse or from others.",
        ),
        "open" => ("Nothing is asked for", "Ask for what is missing: the office sends it, and you see how far it is."),
        "owed" => ("Nothing is on back order", "What was asked for and could not be sent yet stays here."),
        "supplier" => ("Nothing is ordered", "Order what is below par, and receive it here when it arrives."),
        _ => ("No requests yet", "Ask for what is missing: the office sends it, and you see how far it is."),
    };
    let empty = Empty::new(Icon::Truck, title).text(text);
    if visit.may(Permission::RequestInventory) {
        return empty.action(Button::link("Request stock", "/requests/new").primary());
    }
    empty
}

/// What is asked for and for whom, in a few words.
fn title(it: &StockRequestRow, names: &Names) -> String {
    match (it.kind, it.manufacturer_id) {
        (RequestKind::Supplier, Some(maker)) => format!("{} from {}", units(it.asked), names.manufacturer(maker)),
        _ => format!("{} for {}", units(it.asked), it.to_name),
    }
}

fn below(it: &StockRequestRow, names: &Names) -> String {
    let mut parts = Vec::new();
    if it.kind == RequestKind::Replenishment {
        parts.push(it.kind.label().to_owned());
    }
    if let Some(event) = it.event_id {
        parts.push(names.event(event).map_or_else(|| "for an event".to_owned(), |event| event.name.clone()));
    }
    if !it.note.is_empty() {
        parts.push(it.note.clone());
    }
    if parts.is_empty() { words::count(it.lines_count, "item", "items") } else { parts.join(" · ") }
}

fn row(list: &List, ctx: &Ctx, names: &Names, it: &StockRequestRow) -> Row {
    let title = title(it, names);
    list.row(it.id.to_string(), |key| match key {
        "request" => Cell::two(title.as_str(), below(it, names)),
        "number" => Cell::of(html! { span class="mono" { (it.number) } }),
        "needed_on" => needed(ctx, it),
        "progress" => {
            let cell = Cell::text(format!("{} of {}", words::number(it.sent), words::number(it.asked)));
            if it.received > 0 { cell.below(format!("{} arrived", words::number(it.received))) } else { cell }
        }
        "back_ordered" if it.back_ordered == 0 => Cell::none(),
        "back_ordered" => {
            let cell = Cell::text(words::number(it.back_ordered)).tone(Tone::Amber);
            match it.expected_on {
                Some(day) => cell.below(format!("by {}", words::day_short(day))),
                None => cell,
            }
        }
        "status" => Cell::status(status(it.status)),
        "created_by" => Cell::text(it.created_by_name.clone()),
        _ => Cell::of(words::when(ctx, it.created_at)),
    })
    .href(format!("/requests/{}", it.id))
    .name(title.clone())
    .off(matches!(it.status, RequestStatus::Cancelled | RequestStatus::Declined))
}

// ---- one request ----------------------------------------------------------------------------------------------------

struct Seen {
    request: StockRequest,
    choices: Choices,
    names: Names,
    story: Vec<HistoryEntry>,
}

fn see(ctx: &Ctx, tx: &mut Tx, id: RequestId) -> app::Result<Seen> {
    let request = app::requests::get(ctx, tx, id)?;
    let choices = app::requests::choices(ctx, tx, id)?;
    let story = app::requests::history(ctx, tx, id, 30)?;
    let mut wanted = Wanted::new();
    let head = &request.head;
    wanted.event(head.event_id).manufacturer(head.manufacturer_id);
    if let Some(id) = head.created_by {
        wanted.person(id);
    }
    if let Some(id) = head.decided_by {
        wanted.person(id);
    }
    let names = app::names::look_up(ctx, tx, &wanted)?;
    Ok(Seen { request, choices, names, story })
}

fn under(ctx: &Ctx, seen: &Seen) -> Markup {
    let it = &seen.request.head;
    html! {
        (title(it, &seen.names))
        @if let Some(day) = it.needed_on {
            " · needed " @if day < ctx.today() && !it.status.is_over() { strong class="ink-red" { (words::day_short(day)) } } @else { strong { (words::day_short(day)) } }
            " (" (words::distance(ctx.today(), day)) ")"
        }
        @if it.back_ordered > 0 {
            " · " strong { (it.back_ordered) " on back order" }
            @if let Some(day) = it.expected_on { ", expected " (words::day_short(day)) }
        }
    }
}

fn the_facts(ctx: &Ctx, seen: &Seen) -> Markup {
    let it = &seen.request.head;
    let mut list = vec![Fact::new("For", it.to_name.as_str())];
    if let Some(maker) = it.manufacturer_id {
        let maker = seen.names.manufacturer(maker);
        match &seen.request.asked_of {
            Some(company) if company.name != maker => {
                list.push(Fact::new("Asked of", format!("{maker}, at the linked company {}", company.name)));
            }
            Some(company) => list.push(Fact::new("Asked of", format!("{}, a linked company", company.name))),
            None => list.push(Fact::new("Asked of", maker)),
        }
    }
    if let Some(id) = it.event_id {
        let name = seen.names.event(id).map_or("An event", |event| event.name.as_str());
        list.push(Fact::new("Event", html! { a class="link" href={ "/events/" (id) } { (name) } }));
    }
    if let Some(day) = it.needed_on {
        list.push(Fact::new("Needed", html! { (words::day(day)) " (" (words::distance(ctx.today(), day)) ")" }));
    }
    if !it.note.is_empty() {
        list.push(Fact::new("Note", it.note.as_str()));
    }
    list.push(Fact::new("Asked", html! { (words::exact(ctx, it.created_at)) " by " (it.created_by_name) }));
    if let Some(day) = it.expected_on {
        list.push(Fact::new("Rest expected", html! { (words::day(day)) " (" (words::distance(ctx.today(), day)) ")" }));
    }
    if let Some(at) = it.decided_at {
        list.push(Fact::new(
            "Answered",
            html! { (words::exact(ctx, at)) @if let Some(id) = it.decided_by { " by " (seen.names.person(id)) } },
        ));
    }
    if !it.reason.is_empty() {
        list.push(Fact::new("Reason", it.reason.as_str()));
    }
    facts(&list)
}

fn item_title(line: &StockRequestLine) -> &str {
    if line.description.is_empty() { &line.catalog_number } else { &line.description }
}

/// How a line stands, in a word.
fn line_status(line: &StockRequestLine) -> Status {
    match (line.open, line.sent) {
        (0, 0) => Status::new(Tone::Grey, "Not sent"),
        (0, sent) if line.received >= sent && line.closed == 0 => Status::new(Tone::Green, "Arrived"),
        (0, sent) if line.received >= sent => Status::new(Tone::Grey, "Arrived in part"),
        (0, _) => Status::new(Tone::Blue, "On its way"),
        (n, _) if line.back_ordered > 0 => Status::new(Tone::Amber, format!("{n} on back order")),
        _ => Status::new(Tone::Amber, "Waits"),
    }
}

fn the_lines(seen: &Seen) -> Table {
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("asked", "Asked").number().width(80).phone_sub(),
        Column::new("sent", "Sent").number().width(80).phone_hidden(),
        Column::new("received", "Arrived").number().width(90).phone_hidden(),
        Column::new("open", "Owed").number().width(80).phone_hidden(),
        Column::new("status", "Status").width(160),
    ];
    let number = |n: i64| if n == 0 { Cell::none() } else { Cell::text(words::number(n)) };
    let rows = seen.request.lines.iter().map(|line| {
        // On the phone the other numbers are hidden, so that this one says them.
        let asked = html! {
            span class="desk-only" { (words::number(line.quantity)) }
            span class="phone-only" { (line.sent) " of " (line.quantity) " sent" @if line.received > 0 { ", " (line.received) " arrived" } }
        };
        let cells = vec![
            Cell::two(item_title(line), line.catalog_number.as_str()),
            Cell::of(asked),
            number(line.sent),
            number(line.received),
            number(line.open),
            Cell::status(line_status(line)),
        ];
        Row::new(line.catalog_item_id.to_string(), cells).href(format!("/catalog-items/{}", line.catalog_item_id))
    });
    Table::new("lines", "What is asked for", columns).rows(rows.collect()).inside()
}

fn sent_lines(ctx: &Ctx, seen: &Seen) -> Vec<Line> {
    let sent = seen.request.transfers.iter().map(|it| {
        Line::new(format!("{} from {}", units(it.units_count), it.from_name))
            .below(html! { "sent " (words::when(ctx, it.created_at)) })
            .href(format!("/transfers/{}", it.id))
            .side(Status::of(it.status.as_str()))
    });
    sent.collect()
}

fn buttons(seen: &Seen) -> Vec<Button> {
    let to = |what: &str| format!("/requests/{}/{what}", seen.request.head.id);
    let mut found = Vec::new();
    if seen.choices.decline {
        let label = if seen.request.head.sent > 0 { "Decline the rest" } else { "Decline" };
        found.push(Button::link(label, to("decline")).in_dialog());
    }
    if seen.choices.fulfill {
        found.push(Button::link("Fulfil", to("fulfill")).primary().hotkey("f"));
    }
    if seen.choices.receive {
        found.push(Button::link("Receive", to("receive")).primary().hotkey("f"));
    }
    found
}

async fn show(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Request>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let (it, ctx) = (&seen.request.head, &visit.ctx);
    let sent = sent_lines(ctx, &seen);
    if visit.hx.for_drawer() {
        let body = html! {
            (status(it.status)) p class="sub" { (under(ctx, &seen)) }
            (the_facts(ctx, &seen))
            div class="row" { @for button in buttons(&seen) { (button) } (Button::link("Open", format!("/requests/{id}"))) }
            h3 { "What is asked for" }
            (lines(&seen.request.lines.iter().map(short_line).collect::<Vec<_>>()))
        };
        return Ok(visit.part(drawer_body(it.number.clone(), &format!("/requests/{id}"), body)));
    }
    let mut header = Header::new(it.number.clone())
        .crumb("Transfers", "/transfers")
        .crumb("Requests", "/requests")
        .status(status(it.status))
        .under(under(ctx, &seen));
    header = header.action(more(&visit, &seen));
    for button in buttons(&seen) {
        header = header.action(button);
    }
    let work = html! {
        @if it.status == RequestStatus::Declined {
            (banner(Banner::Warning, html! { b { "Declined" } (it.reason) }, None))
        } @else if !it.reason.is_empty() {
            (banner(Banner::Info, html! { b { "The rest was declined" } (it.reason) }, None))
        }
        @if !it.status.is_over() {
            section class="sec" { (meter(&Meter {
                label: "Sent".into(),
                value: it.sent as f64,
                of: it.asked as f64,
                shown: format!("{} of {}, {} arrived", it.sent, it.asked, it.received).into(),
                tone: None,
            })) }
        }
        (section_block("What is asked for", &[], the_lines(&seen)))
        @if !sent.is_empty() { (section_block("Sent for it", &[], lines(&sent))) }
        (section_block("What happened", &[], story(ctx, &seen.story)))
    };
    let body = html! { (header) (split(work, html! { section class="sec" { (the_facts(ctx, &seen)) } })) };
    Ok(visit.page(it.number.clone(), Room::Transfers, body))
}

fn short_line(line: &StockRequestLine) -> Line {
    Line::new(format!("{} \u{d7} {}", line.quantity, item_title(line)))
        .below(format!("{} sent, {} arrived", line.sent, line.received))
        .side(line_status(line))
}

fn more(visit: &Visit, seen: &Seen) -> Markup {
    if !seen.choices.cancel {
        return html! {};
    }
    let label = if seen.request.head.sent > 0 { "Take the rest back" } else { "Take it back" };
    let menu = Menu::more("More actions").raw(html! {
        form method="post" action={ "/requests/" (seen.request.head.id) "/cancel" } {
            (csrf_field(&visit.csrf()))
            button class="it danger" type="submit" { (label) }
        }
    });
    menu.render()
}

// ---- on other pages -------------------------------------------------------------------------------------------------

/// Requests that wait for the viewer to answer, the most urgent first; and how many there are.
pub fn waiting(ctx: &Ctx, tx: &mut Tx, few: u32) -> app::Result<(Vec<StockRequestRow>, i64)> {
    if !ctx.may(Permission::FulfillRequests) {
        return Ok((Vec::new(), 0));
    }
    let mut params =
        ListParams { limit: Some(few), count: true, sort: Some("needed_on".into()), ..ListParams::default() };
    params.filters.insert("status".into(), "submitted".into());
    params.filters.insert("kind".into(), "inventory,replenishment".into());
    let page = app::requests::list(ctx, tx, &params)?;
    let total = page.total.unwrap_or(page.items.len() as i64);
    Ok((page.items, total))
}

/// A request that waits, with the way to answer it.
pub fn waiting_line(ctx: &Ctx, it: &StockRequestRow) -> Line {
    let side = match it.needed_on {
        Some(day) if day < ctx.today() => {
            Status::new(Tone::Red, format!("needed {}", words::distance(ctx.today(), day)))
        }
        Some(day) => Status::new(Tone::Amber, format!("needed {}", words::distance(ctx.today(), day))),
        None => status(it.status),
    };
    Line::new(format!("{} for {}", units(it.asked), it.to_name))
        .below(html! { (it.number) @if !it.note.is_empty() { " · " (it.note) } " · asked " (words::when(ctx, it.created_at)) })
        .href(format!("/requests/{}", it.id))
        .side(side)
        .action(Button::link("Fulfil", format!("/requests/{}/fulfill", it.id)).small().wide_only())
}

/// What was asked for an event, and whether what it used could be asked for again.
#[derive(Default)]
pub struct OfEvent {
    rows: Vec<StockRequestRow>,
    used: i64,
}

/// Reads what an event's page says about requests.
pub fn of_event(ctx: &Ctx, tx: &mut Tx, id: EventId) -> app::Result<OfEvent> {
    let mut params = ListParams { limit: Some(20), ..ListParams::default() };
    params.filters.insert("event_id".into(), id.to_string());
    let rows = app::requests::list(ctx, tx, &params)?.items;
    let mut used = 0;
    if ctx.may(Permission::RequestInventory) {
        params.limit = None;
        used = app::requests::propose::proposals(ctx, tx, &params)?.items.iter().map(|it| it.quantity).sum();
    }
    Ok(OfEvent { rows, used })
}

impl OfEvent {
    /// The section of the event's page; nothing when there is nothing to say.
    pub fn section(&self, ctx: &Ctx, id: EventId) -> Markup {
        if self.rows.is_empty() && self.used == 0 {
            return html! {};
        }
        let actions: Vec<Button> = (self.used > 0)
            .then(|| {
                Button::link("Replenish what it used", format!("/requests/new?kind=replenishment&event_id={id}"))
                    .small()
            })
            .into_iter()
            .collect();
        let rows: Vec<Line> = self.rows.iter().map(|it| {
            Line::new(format!("{} for {}", units(it.asked), it.to_name))
                .below(html! { (it.number) " · " (it.sent) " sent, " (it.received) " arrived · " (words::when(ctx, it.created_at)) })
                .href(format!("/requests/{}", it.id))
                .side(status(it.status))
        }).collect();
        section_block(
            "Requests",
            &actions,
            html! {
                @if rows.is_empty() { p class="sub" { (words::count(self.used, "unit was used and not", "units were used and not")) " asked for again yet." } }
                @else { (lines(&rows)) }
            },
        )
    }
}
