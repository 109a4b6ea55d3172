//! Recalls: what is affected, where is it, who was told, what did they answer?

mod make;

use super::common::story;
use super::list::{Filter, List, Shown, View};
use super::{acts, words};
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Column, Empty, Fact, Field, Figure, Flash, Header, Icon, Line, Link, Menu, Meter, Room, Row,
    Status, Table, Tone, banner, csrf_field, facts, figures, lines, meter, section_block, split,
};
use app::names::{Names, Wanted};
use app::{App, Ctx, Tx};
use axum::Router;
use axum::extract::Path;
use contract::recalls::{AnswerRecall, Recall, RecallContact, RecallGroup, RecallLine, RecallRow};
use domain::id::RecallId;
use domain::people::Permission;
use domain::recall::{Answer, RecallStatus};
use domain::stock::{CustodianType, UnitState};
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/recalls", get(index).merge(post(make::save)))
        .route("/recalls/new", get(make::page))
        .route("/recalls/read", post(make::read))
        .route("/recalls/{id}", get(show))
        .route("/recalls/{id}/report.csv", get(report))
        .route("/recalls/{id}/edit", get(make::edit_page).merge(post(make::edit)))
        .route("/recalls/{id}/answer", get(answer_page).merge(post(answer)))
        .route("/recalls/{id}/open", post(open))
        .route("/recalls/{id}/remind", post(remind))
        .route("/recalls/{id}/{what}", get(end_page).merge(post(end)))
}

/// Where a recall stands, as everywhere.
pub fn status(status: RecallStatus) -> Status {
    let tone = match status {
        RecallStatus::Draft => Tone::Blue,
        RecallStatus::Open => Tone::Red,
        RecallStatus::Closed => Tone::Green,
        RecallStatus::Lifted => Tone::Grey,
    };
    Status::new(tone, status.label())
}

fn units(n: i64) -> String {
    words::count(n, "unit", "units")
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("recall", "Recall"),
        Column::new("reference", "Reference").width(150).phone_hidden(),
        Column::new("answered", "Answered").width(120).phone_sub(),
        Column::new("status", "Status").width(120),
        Column::new("opened_at", "Opened").sort().width(140).phone_side_sub(),
        Column::new("opened_by", "By").width(150).optional(),
    ]
}

async fn index(visit: Visit) -> Out {
    let statuses = acts::pairs(RecallStatus::ALL, RecallStatus::as_str, RecallStatus::label);
    let views = [View::new("open", "Open", &[("status", "draft,open")]), View::new("all", "All", &[])];
    let list = List::new(&visit, Room::Stock, "recalls", "Recalls", columns())
        .views(&views)
        .filters(vec![Filter::many("status", "Status", statuses)])
        .sort("-opened_at");
    let mut params = list.params();
    params.q = None;
    let page = visit.read(move |ctx, tx| app::recalls::list(ctx, tx, &params)).await?;
    let rows = page.items.iter().map(|it| row(&list, &visit.ctx, it)).collect();
    let mut header = Header::new("Recalls").crumb("Stock", "/units");
    if let Some(total) = page.total {
        header = header.lead(words::count(total, "recall", "recalls"));
    }
    let may = visit.may(Permission::ManageRecalls);
    if may {
        header = header.action(Button::link("New recall", "/recalls/new").primary().hotkey("n"));
    }
    let mut empty = Empty::new(Icon::Warning, "No recall is open").text(
        "Paste a notice: every affected unit is found and frozen at once, whoever holds it, and everybody concerned is told.",
    );
    if may {
        empty = empty.action(Button::link("New recall", "/recalls/new").primary());
    }
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn row(list: &List, ctx: &Ctx, it: &RecallRow) -> Row {
    list.row(it.id.to_string(), |key| match key {
        "recall" => Cell::two(it.title.as_str(), it.number.as_str()),
        "reference" if it.reference.is_empty() => Cell::none(),
        "reference" => Cell::text(it.reference.clone()),
        "answered" => Cell::text(format!("{} of {}", it.answered, it.told)),
        "status" => Cell::status(status(it.status)),
        "opened_by" => Cell::text(it.opened_by_name.clone()),
        _ => Cell::of(words::when(ctx, it.opened_at)),
    })
    .href(format!("/recalls/{}", it.id))
    .name(it.title.clone())
    .off(it.status == RecallStatus::Lifted)
}

// ---- one recall -----------------------------------------------------------------------------------------------------

struct Seen {
    recall: Recall,
    names: Names,
}

fn see(ctx: &Ctx, tx: &mut Tx, id: RecallId) -> app::Result<Seen> {
    let recall = app::recalls::get(ctx, tx, id)?;
    let mut wanted = Wanted::new();
    for line in &recall.lines {
        wanted.item(line.catalog_item_id);
    }
    for it in &recall.groups {
        wanted.item(it.catalog_item_id).location(it.facility_stock_location_id);
        if let Some(container) = it.container_id {
            wanted.unit(container);
        }
    }
    for it in &recall.events {
        wanted.location(it.location_id).person(it.representative_id);
    }
    let names = app::names::look_up(ctx, tx, &wanted)?;
    Ok(Seen { recall, names })
}

fn units_link(id: RecallId) -> Link {
    Link::new("/units").with("view", "all").with("recall_id", id)
}

/// What a line covers, in a sentence.
fn covers(line: &RecallLine) -> String {
    let mut parts = Vec::new();
    let mut list = |word: &str, single: &[String], ranges: &[contract::recalls::NumberRange]| {
        let mut all: Vec<String> = single.to_vec();
        all.extend(ranges.iter().map(|it| format!("{} to {}", it.from, it.to)));
        if !all.is_empty() {
            parts.push(format!("{word} {}", all.join(", ")));
        }
    };
    list(if line.lots.len() == 1 { "lot" } else { "lots" }, &line.lots, &line.lot_ranges);
    list("serial", &line.serials, &line.serial_ranges);
    let mut text = if parts.is_empty() { "all of it".to_owned() } else { parts.join("; ") };
    for (word, from, to) in [("expiring", line.expires_from, line.expires_to), ("made", line.made_from, line.made_to)] {
        match (from, to) {
            (Some(from), Some(to)) => text.push_str(&format!(", {word} {} to {}", words::day(from), words::day(to))),
            (Some(from), None) => text.push_str(&format!(", {word} from {}", words::day(from))),
            (None, Some(to)) => text.push_str(&format!(", {word} until {}", words::day(to))),
            (None, None) => {}
        }
    }
    text
}

fn numbers(recall: &Recall) -> Markup {
    let it = &recall.counts;
    let all = units_link(recall.head.id);
    let cards = [
        Figure::new(words::number(it.units), "units affected").href(all.with("active", "all").to_string()),
        Figure::new(words::number(it.in_stock), "still in stock, frozen").href(all.to_string()),
        Figure::new(words::number(it.to_check), "of all to check: a number is not known"),
        Figure::new(words::number(it.on_shelves), "on shelves of facilities"),
        Figure::new(words::number(it.gone), "used, sold or written off")
            .href(all.with("state", "inactive").to_string()),
        Figure::new(words::number(it.events), "events that used some"),
    ];
    figures(&cards)
}

fn contact_status(it: &RecallContact) -> Status {
    match (it.answer, it.told_at) {
        (Some(Answer::NoneFound), _) => Status::new(Tone::Amber, Answer::NoneFound.label()),
        (Some(answer), _) => Status::new(Tone::Green, answer.label()),
        (None, Some(_)) => Status::new(Tone::Red, "No answer yet"),
        (None, None) => Status::new(Tone::Red, "Not told yet"),
    }
}

fn people(ctx: &Ctx, recall: &Recall) -> Vec<Line> {
    let of = |it: &RecallContact| {
        let mut parts = Vec::new();
        if it.units_now > 0 || it.units > 0 {
            parts.push(if it.units_now == it.units || it.told_at.is_none() {
                format!("{} here", units(it.units_now))
            } else {
                format!("{} when told, {} now", units(it.units), it.units_now)
            });
        }
        if it.cases > 0 {
            parts.push(words::count(it.cases, "case used some", "cases used some"));
        }
        if let Some(found) = it.found {
            parts.push(format!("{found} found"));
        }
        if !it.note.is_empty() {
            parts.push(it.note.clone());
        }
        parts.join(" · ")
    };
    let shown = recall.contacts.iter().map(|it| {
        let mut line = Line::new(it.name.clone())
            .below(html! {
                (of(it))
                @if let (Some(at), Some(name)) = (it.answered_at, &it.answered_by_name) { " · answered " (words::when(ctx, at)) " by " (name) }
                @else if let Some(at) = it.told_at { " · told " (words::when(ctx, at)) @if it.told > 1 { " (" (it.told) " times)" } }
            })
            .side(contact_status(it));
        if it.custodian.r#type != CustodianType::LinkedOrganization && it.units_now > 0 {
            let link = units_link(recall.head.id).with("custodian_id", acts::custodian_id(it.custodian.id));
            line = line.href(link.to_string());
        }
        if it.may_answer {
            let to = Link::new(format!("/recalls/{}/answer", recall.head.id))
                .with("custodian", acts::custodian_id(it.custodian.id));
            let label = if it.answer.is_some() { "Change" } else { "Answer" };
            line = line.action(Button::link(label, to.to_string()).small().in_dialog());
        }
        line
    });
    shown.collect()
}

/// Groups by who holds them, then by where.
fn holders(seen: &Seen) -> Table {
    let columns = vec![
        Column::new("where", "Where"),
        Column::new("item", "Item").width(220).phone_sub(),
        Column::new("units", "Units").number().width(80).phone_side_sub(),
        Column::new("check", "To check").number().width(90).phone_hidden(),
        Column::new("status", "Status").width(150),
    ];
    let place = |it: &RecallGroup| match (it.facility_stock_location_id, it.container_id) {
        (Some(shelf), _) => format!("shelf of {}", seen.names.location(shelf)),
        (None, Some(container)) => match seen.names.unit(container) {
            Some(unit) => format!("in {}", seen.names.item_title(unit.item)),
            None => "in a container".to_owned(),
        },
        (None, None) => String::new(),
    };
    let rows = seen.recall.groups.iter().enumerate().map(|(at, it)| {
        let gone = it.state == UnitState::Inactive;
        let status = match it.state {
            UnitState::Inactive => Status::of("inactive"),
            UnitState::InTransfer => Status::of("in_transfer"),
            _ if seen.recall.head.status == RecallStatus::Open || seen.recall.head.status == RecallStatus::Closed => {
                Status::of("recalled")
            }
            state => Status::of(state.as_str()),
        };
        let title = seen.names.item_title(it.catalog_item_id).to_owned();
        let mut link = units_link(seen.recall.head.id).with("catalog_item_id", it.catalog_item_id);
        if it.custodian.r#type != CustodianType::LinkedOrganization {
            link = link.with("custodian_id", acts::custodian_id(it.custodian.id));
        }
        if gone {
            link = link.with("state", "inactive");
        }
        let cell = Cell::text(it.custodian_name.clone());
        let below = place(it);
        let cells = vec![
            if below.is_empty() { cell } else { cell.below(below) },
            Cell::text(title),
            Cell::text(words::number(it.units)),
            if it.to_check == 0 { Cell::none() } else { Cell::text(words::number(it.to_check)).tone(Tone::Amber) },
            Cell::status(status),
        ];
        Row::new(format!("group-{at}"), cells).href(link.to_string()).off(gone)
    });
    Table::new("groups", "Where they are", columns).rows(rows.collect()).inside()
}

fn events(ctx: &Ctx, seen: &Seen) -> Vec<Line> {
    let shown = seen.recall.events.iter().map(|it| {
        let day = it.starts_at.day_in(&ctx.organization.time_zone);
        Line::new(it.name.clone())
            .below(html! {
                (words::day(day)) " · " (seen.names.person(it.representative_id))
                @if let Some(place) = it.location_id { " · " (seen.names.location(place)) }
                " · " (units(it.units))
            })
            .href(format!("/events/{}", it.event_id))
            .side(Status::of(&it.status))
    });
    shown.collect()
}

fn the_facts(ctx: &Ctx, seen: &Seen) -> Markup {
    let (it, head) = (&seen.recall, &seen.recall.head);
    let mut list = Vec::new();
    if !head.reference.is_empty() {
        list.push(Fact::new("Reference", head.reference.as_str()));
    }
    if !head.classification.is_empty() {
        list.push(Fact::new("Class", head.classification.as_str()));
    }
    if !it.instructions.is_empty() {
        list.push(Fact::new("What to do", it.instructions.as_str()));
    }
    if let Some(name) = &it.return_to_name {
        list.push(Fact::new("Send to", name.as_str()));
    }
    if !it.return_address.is_empty() {
        list.push(Fact::new("Ship to", it.return_address.as_str()));
    }
    list.push(Fact::new("Opened", html! { (words::exact(ctx, head.opened_at)) " by " (head.opened_by_name) }));
    if let Some(at) = head.ended_at {
        list.push(Fact::new("Ended", html! { (words::exact(ctx, at)) @if !it.reason.is_empty() { ": " (it.reason) } }));
    }
    facts(&list)
}

fn head(visit: &Visit, seen: &Seen) -> Header {
    let (it, head) = (&seen.recall, &seen.recall.head);
    let id = head.id;
    let mut header = Header::new(head.title.clone())
        .crumb("Stock", "/units")
        .crumb("Recalls", "/recalls")
        .status(status(head.status))
        .under(html! { (head.number) @if !head.reference.is_empty() { " · " (head.reference) } " · " (words::count(it.counts.in_stock, "unit", "units")) " in stock with " (words::count(it.counts.holders, "holder", "holders")) });
    let csv = Button::link("Report as CSV", format!("/recalls/{id}/report.csv")).icon(Icon::Download).download();
    let mut more = Menu::more("More actions").item(csv);
    if it.may_manage && head.status != RecallStatus::Lifted {
        more = more.item(Button::link("Change", format!("/recalls/{id}/edit")).icon(Icon::Edit));
        let lift = if head.status == RecallStatus::Draft { "Throw away" } else { "Lift" };
        more = more.rule().item(Button::link(lift, format!("/recalls/{id}/lift")).danger().in_dialog());
    }
    header = header.action(more);
    if !it.may_manage {
        return header;
    }
    let press = |to: &str, label: &'static str, primary: bool| {
        let button = Button::submit(label);
        html! {
            form method="post" action={ "/recalls/" (id) "/" (to) } {
                (csrf_field(&visit.csrf()))
                (if primary { button.primary() } else { button })
            }
        }
    };
    match head.status {
        RecallStatus::Draft => header.action(press("open", "Open: freeze and tell", true)),
        RecallStatus::Open => header
            .action(press("remind", "Remind", false))
            .action(Button::link("Close", format!("/recalls/{id}/close")).primary().in_dialog()),
        _ => header,
    }
}

async fn show(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Recall>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let (ctx, it) = (&visit.ctx, &seen.recall);
    let people = people(ctx, it);
    let events = events(ctx, &seen);
    let effect = &it.effect;
    let covered: Vec<Line> = it
        .lines
        .iter()
        .map(|line| {
            Line::new(seen.names.item_title(line.catalog_item_id).to_owned())
                .below(covers(line))
                .href(format!("/catalog/{}", line.catalog_item_id))
        })
        .collect();
    let work = html! {
        @if it.head.status == RecallStatus::Draft {
            (banner(Banner::Info, html! { b { "A draft" } "Nothing is frozen and nobody was told. Look at what it covers, then open it." }, None))
        }
        @for odd in it.unplaced.iter().chain(&it.without_units) {
            (banner(Banner::Warning, html! { b { (odd.text) } (odd.why) @if !odd.numbers.is_empty() { " " (odd.numbers.join(", ")) } }, None))
        }
        (numbers(it))
        @if it.head.status != RecallStatus::Draft {
            section class="sec" {
                (meter(&Meter { label: "Answered".into(), value: effect.answered as f64, of: effect.concerned.max(1) as f64, shown: format!("{} of {} concerned", effect.answered, effect.concerned).into(), tone: None }))
                (meter(&Meter { label: "Accounted for".into(), value: effect.accounted as f64, of: it.counts.units.max(1) as f64, shown: format!("{} of {} units", effect.accounted, it.counts.units).into(), tone: None }))
            }
            (section_block("Who was told", &[], html! { @if people.is_empty() { p class="sub" { "Nobody holds or used any of it." } } @else { (lines(&people)) } }))
        }
        (section_block("Where they are", &[], html! { @if it.groups.is_empty() { p class="sub" { "No unit here is affected. One that arrives later is frozen." } } @else { (holders(&seen)) } }))
        @if !events.is_empty() { (section_block("Events that used some", &[], lines(&events))) }
        (section_block("What is recalled", &[], lines(&covered)))
        @if !it.notice.is_empty() {
            (section_block("The notice", &[], html! { details { summary { "Show it as it came" } pre class="wrap" { (it.notice) } } }))
        }
        @if !it.history.is_empty() { (section_block("What happened", &[], story(ctx, &it.history))) }
    };
    let aside = html! { section class="sec" { (the_facts(ctx, &seen)) } };
    let body = html! { (head(&visit, &seen)) (split(work, aside)) };
    Ok(visit.page(it.head.title.clone(), Room::Stock, body))
}

const HEADINGS: [&str; 12] = [
    "recall",
    "reference",
    "custodian",
    "units_when_told",
    "units_now",
    "cases",
    "told_at",
    "times_told",
    "answer",
    "found",
    "answered_by",
    "note",
];

async fn report(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Recall>(&id)?;
    let bytes = visit
        .read(move |ctx, tx| {
            let recall = app::recalls::get(ctx, tx, id)?;
            let mut csv = super::export::Csv::new("recall", &HEADINGS)?;
            for it in &recall.contacts {
                csv.row(&[
                    recall.head.number.clone(),
                    recall.head.reference.clone(),
                    it.name.clone(),
                    it.units.to_string(),
                    it.units_now.to_string(),
                    it.cases.to_string(),
                    it.told_at.map(|at| words::exact(ctx, at)).unwrap_or_default(),
                    it.told.to_string(),
                    it.answer.map(|it| it.label().to_owned()).unwrap_or_default(),
                    it.found.map(|n| n.to_string()).unwrap_or_default(),
                    it.answered_by_name.clone().unwrap_or_default(),
                    it.note.clone(),
                ])?;
            }
            csv.finish()
        })
        .await?;
    Ok(acts::file("recall.csv", "text/csv; charset=utf-8", bytes))
}

// ---- acts -----------------------------------------------------------------------------------------------------------

async fn open(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Recall>(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::recalls::keep::open(ctx, tx, id)).await;
    acts::told(&visit, done, &format!("/recalls/{id}"), Flash::done("It is open: everything it covers is frozen"))
}

async fn remind(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Recall>(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::recalls::tell::remind(ctx, tx, id)).await;
    acts::told(&visit, done, &format!("/recalls/{id}"), Flash::done("They were reminded"))
}

fn end_form(visit: &Visit, id: RecallId, what: &str, sent: &Sent, errors: &[crate::ui::FieldError]) -> Out {
    let (title, text, verb, danger) = match what {
        "close" => (
            "Close this recall?",
            "The work is done. What it covers stays frozen, and so does what arrives under it later.",
            "Close",
            false,
        ),
        "lift" => (
            "Lift this recall?",
            "It was withdrawn, or was never one. Nothing is frozen by it any more; units on hold for other reasons stay there.",
            "Lift",
            true,
        ),
        _ => return Err(crate::edge::Fail::not_found()),
    };
    let ask = acts::Ask {
        title: title.into(),
        text: html! { p { (text) } },
        room: Room::Stock,
        action: format!("/recalls/{id}/{what}"),
        fields: acts::reason(sent, errors, true).render(),
        verb: verb.into(),
        danger,
        back: format!("/recalls/{id}"),
        errors,
    };
    Ok(ask.show(visit))
}

async fn end_page(visit: Visit, Path((id, what)): Path<(String, String)>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Recall>(&id)?;
    end_form(&visit, id, &what, &sent, &[])
}

async fn end(visit: Visit, Path((id, what)): Path<(String, String)>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Recall>(&id)?;
    if !matches!(what.as_str(), "close" | "lift") {
        return Err(crate::edge::Fail::not_found());
    }
    let (reason, verb) = (sent.text("reason").to_owned(), what.clone());
    let done = visit
        .save(&sent, move |ctx, tx| match verb.as_str() {
            "close" => app::recalls::keep::close(ctx, tx, id, &reason),
            _ => app::recalls::keep::lift(ctx, tx, id, &reason),
        })
        .await;
    match done {
        Ok(_) => {
            let said = if what == "close" { "The recall is closed" } else { "The recall is lifted" };
            Ok(visit.go(&format!("/recalls/{id}"), Flash::done(said)))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            end_form(&visit, id, &what, &sent, &errors)
        }
    }
}

async fn answer_form(visit: &Visit, id: RecallId, sent: &Sent, errors: &[crate::ui::FieldError]) -> Out {
    let seen = visit.read(move |ctx, tx| app::recalls::get(ctx, tx, id)).await?;
    let own = acts::custodian_id(domain::stock::Custodian::user(visit.ctx.principal()));
    let whom = sent.maybe("custodian").or_else(|| visit.link.get("custodian")).unwrap_or(&own).to_owned();
    let known = seen.contacts.iter().find(|it| acts::custodian_id(it.custodian.id) == whom);
    let value = |name: &str, old: Option<String>| {
        if sent.has("custodian") { sent.text(name).to_owned() } else { old.unwrap_or_default() }
    };
    let choices = acts::words(Answer::ALL, Answer::as_str, Answer::label);
    let answer = value("answer", known.and_then(|it| it.answer).map(|it| it.as_str().to_owned()));
    let here = known.map_or(0, |it| it.units_now);
    let fields = html! {
        input type="hidden" name="custodian" value=(whom);
        (Field::radio("answer", "What is there", choices).value(answer).errors(errors).required())
        (Field::number("found", "How many").value(value("found", known.and_then(|it| it.found).map(|n| n.to_string()))).errors(errors).optional()
            .help(format!("The books say {}.", units(here))))
        (Field::text("note", "Note").value(value("note", known.map(|it| it.note.clone()))).errors(errors).optional().limit(500).placeholder("In the red bin, sent back by courier"))
    };
    let ask = acts::Ask {
        title: known.map_or_else(|| "Answer the recall".into(), |it| format!("Answer for {}", it.name).into()),
        text: html! { p { (seen.head.title) @if !seen.instructions.is_empty() { ". " (seen.instructions) } } },
        room: Room::Stock,
        action: format!("/recalls/{id}/answer"),
        fields,
        verb: "Answer".into(),
        danger: false,
        back: format!("/recalls/{id}"),
        errors,
    };
    Ok(ask.show(visit))
}

async fn answer_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Recall>(&id)?;
    answer_form(&visit, id, &sent, &[]).await
}

fn read_answer(visit: &Visit, sent: &Sent) -> app::Result<AnswerRecall> {
    let answer = Answer::parse(sent.text("answer"))
        .ok_or_else(|| app::Error::field("answer", "required", "Say whether they are there."))?;
    let found = match sent.maybe("found") {
        Some(text) => Some(text.parse().map_err(|_| app::Error::field("found", "invalid_quantity", "Give a number."))?),
        None => None,
    };
    Ok(AnswerRecall {
        custodian: acts::custodian(visit, sent, "custodian")?,
        answer,
        found,
        note: sent.text("note").into(),
    })
}

async fn answer(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Recall>(&id)?;
    let done = match read_answer(&visit, &sent) {
        Ok(body) => visit.save(&sent, move |ctx, tx| app::recalls::tell::answer(ctx, tx, id, &body)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/recalls/{id}"), Flash::done("The answer is kept"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["answer", "found", "note"]);
            answer_form(&visit, id, &sent, &errors).await
        }
    }
}

// ---- on other pages -------------------------------------------------------------------------------------------------

/// Open recalls that wait for the viewer's answer, for the first page.
pub fn waiting(ctx: &Ctx, tx: &mut Tx) -> app::Result<Vec<RecallRow>> {
    app::recalls::waiting(ctx, tx)
}

/// A recall that waits for an answer.
pub fn waiting_line(ctx: &Ctx, it: &RecallRow) -> Line {
    Line::new(it.title.clone())
        .below(html! { (it.number) " · opened " (words::when(ctx, it.opened_at)) })
        .href(format!("/recalls/{}", it.id))
        .side(Status::of("recalled"))
        .action(Button::link("Look", format!("/recalls/{}", it.id)).small())
}
