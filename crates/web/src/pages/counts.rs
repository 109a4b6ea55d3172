//! Counts: what must be counted, what was found, and what is done about the difference?

mod counting;
mod pictures;
mod plans;
mod settle;

use super::acts;
use super::common::{press, press_with, story};
use super::list::{Filter, List, Shown, View};
use super::words;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Choice, Column, Empty, Fact, Field, FieldError, Figure, Form, Header, Icon, Menu, Page, Room,
    Row, Status, Table, Tone, banner, csrf_field, facts, figures, section_block, split,
};
use app::counts::Choices;
use app::names::{Names, Wanted};
use app::{App, Ctx, Error, Tx};
use axum::Router;
use axum::extract::Path;
use contract::HistoryEntry;
use contract::counts::{Count, CountLine, CountRow, CountedUnit, CreateCount};
use domain::clock::Day;
use domain::count::{CountStatus, UnitOutcome};
use domain::id::{CatalogItemId, CountId};
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/counts", get(index).merge(post(create)))
        .route("/counts/new", get(new_page))
        .route("/counts/accuracy", get(plans::accuracy))
        .route("/counts/plans", get(plans::index).merge(post(plans::create)))
        .route("/counts/plans/new", get(plans::new_page))
        .route("/counts/plans/{id}/away", post(plans::away))
        .route("/counts/{id}", get(show))
        .route("/counts/{id}/start", post(counting::start))
        .route("/counts/{id}/scan", get(counting::page).merge(post(counting::scan)))
        .route("/counts/{id}/take", post(counting::take))
        .route("/counts/{id}/tick", get(counting::tick_page).merge(post(counting::tick)))
        .route("/counts/{id}/words", get(counting::words_page).merge(post(counting::by_words)))
        .route("/counts/{id}/complete", get(counting::done_page).merge(post(counting::complete)))
        .route("/counts/{id}/cancel", post(counting::cancel))
        .route("/counts/{id}/pictures", get(pictures::add_page).merge(post(pictures::add)))
        .route("/counts/{id}/pictures/{file}", get(pictures::small))
        .route("/counts/{id}/pictures/{file}/whole", get(pictures::whole))
        .route("/counts/{id}/pictures/{file}/remove", post(pictures::remove))
        .route("/counts/{id}/pictures/{file}/restore", post(pictures::restore))
        .route("/counts/{id}/reconcile", get(settle::page).merge(post(settle::reconcile)))
        .route("/counts/{id}/undo", post(settle::undo))
}

/// Rows of one kind that a page shows.
const SHOWN: usize = 300;

fn columns() -> Vec<Column> {
    vec![
        Column::new("whose", "Stock of"),
        Column::new("counter", "Counted by").width(190).phone_sub(),
        Column::new("due_on", "Due").width(120),
        Column::new("result", "Result").width(250),
        Column::new("created_at", "Asked for").sort().width(140).phone_side_sub(),
        Column::new("status", "Status").width(160),
    ]
}

fn views(ctx: &Ctx) -> Vec<View> {
    let mut views = vec![
        View::new("mine", "To count", &[("mine", "true"), ("status", "assigned,counting")]),
        View::new("approve", "To approve", &[("status", "counted")]),
        View::new("open", "Under way", &[("status", "assigned,counting")]),
        View::new("all", "All", &[]),
    ];
    if ctx.may(Permission::ReconcileCounts) {
        views.rotate_left(1);
    }
    views
}

async fn index(visit: Visit) -> Out {
    let list = List::new(&visit, Room::Stock, "counts", "Counts", columns())
        .views(&views(&visit.ctx))
        .filters(vec![
            Filter::choice("status", "Status", acts::pairs(CountStatus::ALL, CountStatus::as_str, CountStatus::label)),
            Filter::given("custodian_id", "Stock of", Some("one custodian")),
        ])
        .sort("-created_at");
    let mut params = list.params();
    params.q = None;
    let (page, names) = visit
        .read(move |ctx, tx| {
            let page = app::counts::list(ctx, tx, &params)?;
            let mut wanted = Wanted::new();
            for it in &page.items {
                wanted.place(it.place_id);
            }
            let names = app::names::look_up(ctx, tx, &wanted)?;
            Ok((page, names))
        })
        .await?;
    let rows = page.items.iter().map(|it| row(&list, &visit.ctx, &names, it)).collect();
    let mut header = Header::new("Counts").crumb("Stock", "/units");
    if let Some(total) = page.total {
        header = header.lead(match list.view_key().unwrap_or("all") {
            "mine" => words::count(total, "count is yours to do", "counts are yours to do"),
            "approve" => words::count(total, "count waits for approval", "counts wait for approval"),
            "open" => words::count(total, "count is under way", "counts are under way"),
            _ => words::count(total, "count", "counts"),
        });
    }
    let mut more = Menu::more("More actions").item(Button::link("Accuracy", "/counts/accuracy").icon(Icon::Figures));
    more = more.item(Button::link("Plans", "/counts/plans").icon(Icon::Calendar));
    header = header.action(more);
    let mut empty = Empty::new(Icon::Check, "Nothing to see here")
        .text("Count what somebody holds: what differs from the books is settled in one step, and can be taken back.");
    if visit.may(Permission::CountStock) {
        header = header.action(Button::link("New count", "/counts/new").primary().hotkey("n"));
        empty = empty.action(Button::link("New count", "/counts/new").primary());
    }
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

/// What of somebody's stock is counted, in words.
fn scope(names: &Names, it: &CountRow) -> String {
    match (it.place_id, it.container_id) {
        (Some(place), _) => names.place(place).to_owned(),
        (None, Some(_)) => "one container".to_owned(),
        (None, None) => "everything".to_owned(),
    }
}

/// What a count came to, in words.
pub fn result(it: &CountRow) -> String {
    match (it.found_count, it.missing_count, it.unexpected_count) {
        (Some(found), Some(0), Some(0)) => format!("{} found, nothing differs", words::number(found)),
        (Some(found), Some(missing), Some(over)) => {
            let mut parts = vec![format!("{} found", words::number(found))];
            if missing > 0 {
                parts.push(format!("{} missing", words::number(missing)));
            }
            if over > 0 {
                parts.push(format!("{} unexpected", words::number(over)));
            }
            parts.join(", ")
        }
        _ if it.counted_count > 0 => format!("{} counted so far", words::number(it.counted_count)),
        _ => "–".to_owned(),
    }
}

fn row(list: &List, ctx: &Ctx, names: &Names, it: &CountRow) -> Row {
    list.row(it.id.to_string(), |key| match key {
        "whose" => Cell::two(it.custodian_name.as_str(), scope(names, it)),
        "counter" => Cell::text(it.counter_name.clone().unwrap_or_else(|| "Whoever answers for it".to_owned())),
        "due_on" => match it.due_on {
            Some(day) if it.status.takes_lines() && day < ctx.today() => {
                Cell::text(words::day_short(day)).tone(Tone::Red)
            }
            Some(day) => Cell::text(words::day_short(day)),
            None => Cell::none(),
        },
        "result" => Cell::text(result(it)),
        "created_at" => Cell::of(words::when(ctx, it.created_at)),
        _ => Cell::status(Status::of(it.status.as_str())),
    })
    .href(format!("/counts/{}", it.id))
    .name(it.custodian_name.clone())
    .off(it.status == CountStatus::Cancelled)
}

// ---- a new count ----------------------------------------------------------------------------------------------------

fn new_form(visit: &Visit, sent: &Sent, errors: &[FieldError]) -> axum::response::Response {
    let office = visit.ctx.actor.role.is_office();
    let (own, name) = if office {
        (visit.ctx.organization.id.to_string(), visit.ctx.organization.name.clone())
    } else {
        (visit.ctx.principal().to_string(), visit.ctx.actor.name.clone())
    };
    let container = sent.maybe("container_id").or_else(|| visit.link.get("container")).map(str::to_owned);
    let or = |value: &str, otherwise: &str| if value.is_empty() { otherwise.to_owned() } else { value.to_owned() };
    let blind = if sent.text("blind") == "true" { "true" } else { "false" };
    let fields = html! {
        @if let Some(container) = &container {
            input type="hidden" name="container_id" value=(container);
            p class="help" { "What lies in the container you came from is counted." }
        } @else {
            (Field::combo("custodian", "Whose stock", "/suggest/holders?office=1", or(sent.text("custodian_text"), &name))
                .value(or(sent.text("custodian"), &own)).errors(errors).required())
            (Field::combo("place_id", "Only what lies at", "/suggest/places", sent.text("place_id_text").to_owned())
                .value(sent.text("place_id").to_owned()).optional().errors(errors))
        }
        (Field::radio("blind", "How", vec![
            Choice::new("false", "Guided").help("Whoever counts sees what the books expect."),
            Choice::new("true", "Blind").help("Nothing is shown before it is completed: nobody counts to please the books."),
        ]).value(blind))
        (Field::combo("counter_id", "Who counts", "/suggest/people", sent.text("counter_id_text").to_owned())
            .value(sent.text("counter_id").to_owned()).optional().errors(errors)
            .help("Leave it empty to begin now yourself."))
        div class="pair" {
            (Field::date("due_on", "Until").value(sent.text("due_on").to_owned()).optional().errors(errors))
        }
        (Field::text("note", "Note").value(sent.text("note").to_owned()).optional().errors(errors).limit(500))
    };
    let form = Form::post("/counts", visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Start the count").primary())
        .button(Button::link("Cancel", "/counts").quiet());
    let header = Header::new("New count")
        .crumb("Stock", "/units")
        .crumb("Counts", "/counts")
        .under("What the books say when the counting begins is what is compared. What moves meanwhile is not judged.");
    acts::form_page(visit, Room::Stock, header, "New count".into(), &form, !errors.is_empty())
}

async fn new_page(visit: Visit, sent: Sent) -> Out {
    visit.ctx.require(Permission::CountStock)?;
    Ok(new_form(&visit, &sent, &[]))
}

fn read_new(visit: &Visit, sent: &Sent) -> app::Result<CreateCount> {
    let container_id = sent.id("container_id")?;
    let custodian = acts::custodian(visit, sent, "custodian")?;
    if container_id.is_none() && custodian.is_none() {
        return Err(Error::field("custodian", "required", "Choose whose stock is counted."));
    }
    Ok(CreateCount {
        custodian,
        place_id: acts::picked(sent, "place_id")?,
        container_id,
        counter_id: acts::picked(sent, "counter_id")?,
        blind: sent.on("blind"),
        due_on: acts::day(sent, "due_on")?,
        note: sent.text("note").to_owned(),
    })
}

async fn create(visit: Visit, sent: Sent) -> Out {
    let done = match read_new(&visit, &sent) {
        Ok(body) => visit.save(&sent, move |ctx, tx| app::counts::create(ctx, tx, &body)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(made) => {
            let id = super::common::id_of(&made);
            let counting = made["status"].as_str() == Some("counting");
            Ok(visit.leave(&if counting { format!("/counts/{id}/scan") } else { format!("/counts/{id}") }))
        }
        Err(error) => {
            let known = ["custodian", "place_id", "counter_id", "due_on", "note"];
            let errors = acts::known(visit.complaints(error)?, &known);
            Ok(new_form(&visit, &sent, &errors))
        }
    }
}

// ---- one count ------------------------------------------------------------------------------------------------------

struct Seen {
    count: Count,
    choices: Choices,
    names: Names,
    story: Vec<HistoryEntry>,
    pictures: Vec<contract::files::File>,
}

fn see(ctx: &Ctx, tx: &mut Tx, id: CountId) -> app::Result<Seen> {
    let count = app::counts::get(ctx, tx, id)?;
    let choices = app::counts::choices(ctx, tx, id)?;
    let story = app::history::of_subject(ctx, tx, id, 30)?;
    let mut wanted = Wanted::new();
    for unit in &count.units {
        wanted.item(unit.catalog_item_id);
    }
    for line in &count.lines {
        if let Some(item) = line.catalog_item_id {
            wanted.item(item);
        }
        wanted.person(line.counted_by);
    }
    wanted.place(count.head.place_id).person(count.head.created_by);
    for id in [count.head.completed_by, count.head.reconciled_by].into_iter().flatten() {
        wanted.person(id);
    }
    if let Some(container) = count.head.container_id {
        wanted.unit(container);
    }
    let names = app::names::look_up(ctx, tx, &wanted)?;
    let pictures = app::files::list(ctx, tx, app::files::Owner::Count(id))?.items;
    Ok(Seen { count, choices, names, story, pictures })
}

/// Lot, serial number and expiry of something, in words.
fn mark(lot: Option<&str>, serial: Option<&str>, expires_on: Option<Day>) -> String {
    let mut parts = Vec::new();
    if let Some(lot) = lot {
        parts.push(format!("Lot {lot}"));
    }
    if let Some(serial) = serial {
        parts.push(format!("serial {serial}"));
    }
    if let Some(day) = expires_on {
        parts.push(format!("expires {}", words::day(day)));
    }
    parts.join(" · ")
}

fn title(names: &Names, item: Option<CatalogItemId>) -> String {
    item.map_or_else(|| "Not in the catalog".to_owned(), |item| names.item_title(item).to_owned())
}

/// Units that are alike to a person: item, lot and expiry.
fn alike<'a>(units: impl IntoIterator<Item = &'a CountedUnit>) -> Vec<Vec<&'a CountedUnit>> {
    let mut groups: Vec<Vec<&CountedUnit>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for unit in units {
        let key = unit.serial.is_none().then(|| (unit.catalog_item_id, unit.lot.clone(), unit.expires_on));
        match key.as_ref().and_then(|key| places.get(key)) {
            Some(at) => {
                let at: usize = *at;
                groups[at].push(unit);
            }
            None => {
                if let Some(key) = key {
                    places.insert(key, groups.len());
                }
                groups.push(vec![unit]);
            }
        }
    }
    groups
}

/// The units of a count that are such, as a table; None when there are none.
fn units_table(
    seen: &Seen,
    such: impl Fn(&CountedUnit) -> bool,
    id: &'static str,
    label: &'static str,
) -> Option<(usize, Table)> {
    let units: Vec<&CountedUnit> = seen.count.units.iter().filter(|unit| such(unit)).collect();
    let first = units.first()?;
    let settled = first.outcome == UnitOutcome::Missing && seen.count.head.status == CountStatus::Reconciled;
    let mut columns = vec![Column::new("item", "Item"), Column::new("lot", "Lot, serial").width(260).phone_sub()];
    if settled {
        columns.push(Column::new("action", "What was done").width(260).phone_side());
    }
    let rows = units.iter().take(SHOWN).map(|unit| {
        let item = seen.names.item(unit.catalog_item_id);
        let number = item.map(|item| format!("{} · {}", item.number, item.manufacturer)).unwrap_or_default();
        let mut cells = vec![
            Cell::two(title(&seen.names, Some(unit.catalog_item_id)), number),
            Cell::text(mark(unit.lot.as_deref(), unit.serial.as_deref(), unit.expires_on)),
        ];
        if settled {
            let done = unit.action.map_or("Nothing", |action| action.label());
            cells.push(Cell::two(done, unit.reason.as_str()));
        }
        let alike = unit
            .serial
            .is_none()
            .then(|| format!("{} {:?} {:?} {:?}", unit.catalog_item_id, unit.lot, unit.expires_on, unit.action));
        Row::new(unit.unit_id.to_string(), cells).href(format!("/units/{}", unit.unit_id)).alike(alike)
    });
    Some((units.len(), Table::new(id, label, columns).rows(rows.collect()).inside()))
}

fn unexpected_table(seen: &Seen) -> Option<(i64, Table)> {
    let lines: Vec<&CountLine> = seen.count.lines.iter().filter(|line| line.unexpected > 0).collect();
    if lines.is_empty() {
        return None;
    }
    let settled = seen.count.head.status == CountStatus::Reconciled;
    let mut columns = vec![
        Column::new("item", "Item"),
        Column::new("lot", "Lot, serial").width(260).phone_sub(),
        Column::new("number", "Pieces").number().width(90).phone_side(),
    ];
    if settled {
        columns.push(Column::new("action", "What was done").width(260).phone_side_sub());
    }
    let rows = lines.iter().take(SHOWN).map(|line| {
        let mut cells = vec![
            Cell::text(title(&seen.names, line.catalog_item_id)),
            Cell::text(mark(line.lot.as_deref(), line.serial.as_deref(), line.expires_on)),
            Cell::text(words::number(line.unexpected)),
        ];
        if settled {
            let done = line.action.map_or("Nothing", |action| action.label());
            let done = if line.settled > 0 && line.settled < line.unexpected {
                format!("{done}: {} of {}", line.settled, line.unexpected)
            } else {
                done.to_owned()
            };
            cells.push(Cell::two(done, line.reason.as_str()));
        }
        Row::new(line.id.clone(), cells)
    });
    let pieces = lines.iter().map(|line| line.unexpected).sum();
    Some((pieces, Table::new("unexpected", "Unexpected", columns).rows(rows.collect()).inside()))
}

fn the_facts(ctx: &Ctx, seen: &Seen) -> Markup {
    let (it, names) = (&seen.count.head, &seen.names);
    let mut list = vec![
        Fact::new("Stock of", it.custodian_name.as_str()),
        Fact::new("Counted", scope(names, it)),
        Fact::new("By", it.counter_name.clone().unwrap_or_else(|| "whoever answers for it".to_owned())),
        Fact::new("How", if it.blind { "Blind" } else { "Guided" }),
        Fact::new("Asked for", html! { (words::exact(ctx, it.created_at)) " by " (names.person(it.created_by)) }),
    ];
    if let Some(id) = it.container_id {
        list.push(Fact::new("Container", html! { a class="link" href={ "/units/" (id) } { "Open it" } }));
    }
    if let Some(day) = it.due_on {
        list.push(Fact::new("Until", html! { (words::day(day)) " (" (words::distance(ctx.today(), day)) ")" }));
    }
    for (label, at, who) in [
        ("Begun", it.started_at, None),
        ("Completed", it.completed_at, it.completed_by),
        ("Settled", it.reconciled_at, it.reconciled_by),
    ] {
        if let Some(at) = at {
            let by = who.map(|id| format!(" by {}", names.person(id))).unwrap_or_default();
            list.push(Fact::new(label, html! { (words::exact(ctx, at)) (by) }));
        }
    }
    if !it.note.is_empty() {
        list.push(Fact::new("Note", it.note.as_str()));
    }
    facts(&list)
}

fn header(visit: &Visit, seen: &Seen) -> Header {
    let it = &seen.count.head;
    let to = |what: &str| format!("/counts/{}/{what}", it.id);
    let under = match it.status {
        CountStatus::Assigned => "Nobody has begun yet.".to_owned(),
        CountStatus::Counting => match it.expected_count {
            Some(expected) => {
                format!("{} counted, {} expected.", words::number(it.counted_count), words::number(expected))
            }
            None => {
                format!("{} counted. What is expected is shown when it is completed.", words::number(it.counted_count))
            }
        },
        _ => format!("{}.", result(it)),
    };
    let mut header = Header::new(format!("Count of {}", it.custodian_name))
        .crumb("Stock", "/units")
        .crumb("Counts", "/counts")
        .status(Status::of(it.status.as_str()))
        .under(under);
    if seen.choices.count && !matches!(it.status, CountStatus::Reconciled | CountStatus::Cancelled) {
        header = header.action(Menu::more("More actions").raw(html! {
            form method="post" action=(to("cancel")) {
                (csrf_field(&visit.csrf()))
                button class="it danger" type="submit" { "Call it off" }
            }
        }));
    }
    match it.status {
        CountStatus::Assigned if seen.choices.count => {
            header.action(press(visit, to("start"), Button::submit("Start counting").primary()))
        }
        CountStatus::Counting if seen.choices.count => header
            .action(Button::link("Complete", to("complete")).in_dialog())
            .action(Button::link("Go on counting", to("scan")).primary()),
        CountStatus::Counted if seen.choices.reconcile => {
            header.action(Button::link("Settle what differs", to("reconcile")).primary())
        }
        CountStatus::Reconciled
            if seen.choices.reconcile && it.missing_count.zip(it.unexpected_count) != Some((0, 0)) =>
        {
            header.action(press_with(visit, to("undo"), &[], Button::submit("Take it back").icon(Icon::Undo)))
        }
        _ => header,
    }
}

fn summary(it: &CountRow) -> Markup {
    let of = |n: Option<i64>| words::number(n.unwrap_or_default());
    let tone = |n: Option<i64>, tone| if n.unwrap_or_default() > 0 { tone } else { Tone::Grey };
    figures(&[
        Figure::new(of(it.found_count), format!("found of {} expected", of(it.expected_count))),
        Figure::new(of(it.missing_count), "missing").note(
            tone(it.missing_count, Tone::Red),
            if it.missing_count > Some(0) { "not where the books have them" } else { "nothing is missing" },
        ),
        Figure::new(of(it.unexpected_count), "unexpected").note(
            tone(it.unexpected_count, Tone::Amber),
            if it.unexpected_count > Some(0) { "in no book here" } else { "nothing on top" },
        ),
        Figure::new(of(it.moved_count), "moved meanwhile").note(Tone::Grey, "not judged"),
    ])
}

/// What is said of units that need not be found.
const PERHAPS: &str =
    "On their way, or on an open event: they count when they are found, and are not missing when they are not.";

async fn show(visit: Visit, Path(id): Path<String>) -> Out {
    use UnitOutcome::{Expected, Found, Missing, Moved};
    let id = visit.id::<domain::id::Count>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let it = &seen.count.head;
    let judged = matches!(it.status, CountStatus::Counted | CountStatus::Reconciled);
    let section = |such: &dyn Fn(&CountedUnit) -> bool, id, label, help: &str| {
        let found = units_table(&seen, such, id, label)?;
        Some(section_block(
            format!("{label} ({})", words::number(found.0 as i64)),
            &[],
            html! {
                @if !help.is_empty() { p class="help" { (help) } }
                (found.1)
                @if found.0 > SHOWN { p class="help" { "The first " (SHOWN) " are shown." } }
            },
        ))
    };
    let work = html! {
        @if it.undone {
            (banner(Banner::Info, html! { b { "Taken back" } "What had been settled is as it was before. It can be settled again." }, None))
        }
        @if judged { (summary(it)) }
        @if let Some(block) = section(&|it| it.outcome == Missing, "missing", "Missing", "") { (block) }
        @if let Some((pieces, table)) = unexpected_table(&seen) {
            (section_block(format!("Unexpected ({})", words::number(pieces)), &[], html! { (table) }))
        }
        (pictures::section(&visit, &seen))
        @if let Some(block) = section(&|it| it.outcome == Moved, "moved", "Moved meanwhile", "") { (block) }
        @if let Some(block) = section(&|it| it.outcome == Found, "found", "Found", "") { (block) }
        @if let Some(block) = section(&|it| it.outcome == Expected && it.due, "expected", "Expected", "") { (block) }
        @if let Some(block) = section(&|it| it.outcome == Expected && !it.due, "perhaps", "Perhaps here", PERHAPS) { (block) }
        (section_block("What happened", &[], story(&visit.ctx, &seen.story)))
    };
    let body = html! { (header(&visit, &seen)) (split(work, html! { section class="sec" { (the_facts(&visit.ctx, &seen)) } })) };
    let title = format!("Count of {}", it.custodian_name);
    Ok(visit.render(Page { styles: &["papers.css"], ..Page::new(title, Room::Stock, &visit.viewer, body) }))
}
