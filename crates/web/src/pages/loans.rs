//! Loans and holds: what has to come back, what waits, and for how long?

use super::list::{Filter, List, Shown, View};
use super::{acts, stock, words};
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Column, Empty, Fact, Field, FieldError, Flash, Header, Icon, Line, Room, Row, Status, Tone, facts,
    lines, section_block,
};
use app::names::Names;
use app::{App, Ctx, Error};
use axum::Router;
use axum::extract::Path;
use contract::loans::{AskExtension, DecideExtension, Extension, Loan, Utilization};
use contract::units::{HeldUnit, Unit};
use domain::hold::HoldStatus;
use domain::id::{ExtensionId, UnitId};
use domain::loan::ExtensionStatus;
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/loans", get(index))
        .route("/held-units", get(held))
        .route("/units/{id}/extend", get(ask_page).merge(post(ask)))
        .route("/extensions/{id}/decide", get(decide_page).merge(post(decide)))
        .route("/extensions/{id}/withdraw", crate::edge::post(withdraw))
}

// ---- what has to come back ------------------------------------------------------------------------------------------

fn columns() -> Vec<Column> {
    vec![
        Column::new("item", "Item"),
        Column::new("mark", "Lot or serial").width(140).phone_hidden(),
        Column::new("custodian", "With").width(180).phone_sub(),
        Column::new("due_back_on", "Due back").sort().width(150).phone_side_sub(),
        Column::new("extensions", "Extended").number().width(90).phone_hidden(),
        Column::new("status", "Status").width(170),
    ]
}

fn late(it: &Loan) -> Status {
    match (&it.requested, it.days_late) {
        (Some(asked), _) => Status::new(Tone::Blue, format!("asked until {}", words::day_short(asked.new_due_on))),
        (None, n) if n > 0 => Status::new(Tone::Red, format!("{} late", words::count(i64::from(n), "day", "days"))),
        (None, 0) => Status::new(Tone::Amber, "due today"),
        (None, n) if n >= -7 => Status::new(Tone::Amber, format!("in {}", words::count(i64::from(-n), "day", "days"))),
        (None, n) => Status::new(Tone::Green, format!("in {}", words::count(i64::from(-n), "day", "days"))),
    }
}

fn mark(unit: &Unit) -> Cell {
    unit.serial.as_deref().or(unit.lot.as_deref()).map_or_else(Cell::none, Cell::of)
}

async fn index(visit: Visit) -> Out {
    let views = [
        View::new("overdue", "Overdue", &[("overdue", "true")]),
        View::new("asked", "To answer", &[("asked", "true")]),
        View::new("all", "All", &[]),
    ];
    let list = List::new(&visit, Room::Stock, "loans", "Loans", columns())
        .views(&views)
        .filters(vec![Filter::given("custodian_id", "With", Some("one person"))])
        .sort("due_back_on");
    let mut params = list.params();
    params.q = None;
    let (page, names) = visit
        .read(move |ctx, tx| {
            let page = app::loans::list(ctx, tx, &params)?;
            let units: Vec<Unit> = page.items.iter().map(|it| it.unit.clone()).collect();
            let names = stock::names_of(ctx, tx, &units)?;
            Ok((page, names))
        })
        .await?;
    let view = list.view_key().unwrap_or("all");
    let rows = page.items.iter().map(|it| row(&list, &names, it)).collect();
    let mut header = Header::new("Loans").crumb("Stock", "/units");
    if let Some(total) = page.total {
        header = header.lead(match view {
            "overdue" => words::count(total, "is overdue", "are overdue"),
            "asked" => words::count(total, "is asked to be kept longer", "are asked to be kept longer"),
            _ => words::count(total, "has to come back", "have to come back"),
        });
    }
    let empty = match view {
        "overdue" => Empty::new(Icon::Clock, "Nothing is overdue").text("What is not back on its day appears here."),
        "asked" => Empty::new(Icon::Clock, "Nobody asks to keep anything longer")
            .text("Whoever has a loan can ask for more time; it is answered here."),
        _ => Empty::new(Icon::Clock, "Nothing is on loan")
            .text("Give a transfer a day to be back, and it stands here until it comes home."),
    };
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn row(list: &List, names: &Names, it: &Loan) -> Row {
    list.row(it.unit.id.to_string(), |key| match key {
        "item" => stock::title(names, &it.unit),
        "mark" => mark(&it.unit),
        "custodian" => Cell::text(it.custodian_name.clone()),
        "due_back_on" => it.unit.due_back_on.map_or_else(Cell::none, |day| Cell::text(words::day(day))),
        "extensions" if it.extensions == 0 => Cell::none(),
        "extensions" => Cell::text(words::number(it.extensions)),
        _ => match (&it.requested, it.may_decide) {
            (Some(asked), true) => Cell::of(html! {
                (Button::link("Answer", format!("/extensions/{}/decide", asked.id)).small().in_dialog())
            })
            .below(format!("asked until {}", words::day_short(asked.new_due_on))),
            _ => Cell::status(late(it)),
        },
    })
    .href(format!("/units/{}", it.unit.id))
    .name(names.item_title(it.unit.catalog_item_id).to_owned())
}

async fn ask_form(visit: &Visit, id: UnitId, sent: &Sent, errors: &[FieldError]) -> Out {
    let unit = visit.read(move |ctx, tx| app::units::get(ctx, tx, id)).await?;
    let due = unit.due_back_on.map(words::day).unwrap_or_default();
    let ask = acts::Ask {
        title: "Keep it longer?".into(),
        text: html! { p { "It is due back on " (due) ". The office answers." } },
        room: Room::Stock,
        action: format!("/units/{id}/extend"),
        fields: html! {
            (Field::date("new_due_on", "Until").value(sent.text("new_due_on").to_owned()).errors(errors).required())
            (Field::text("reason", "Why").value(sent.text("reason").to_owned()).errors(errors).required().limit(500).placeholder("The surgery moved to next week"))
        },
        verb: "Ask".into(),
        danger: false,
        back: format!("/units/{id}"),
        errors,
    };
    Ok(ask.show(visit))
}

async fn ask_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    ask_form(&visit, id, &sent, &[]).await
}

async fn ask(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Unit>(&id)?;
    let done = match acts::day(&sent, "new_due_on")
        .and_then(|day| day.ok_or_else(|| Error::field("new_due_on", "required", "Say until when.")))
    {
        Ok(new_due_on) => {
            let body = AskExtension { new_due_on, reason: sent.text("reason").to_owned() };
            visit.save(&sent, move |ctx, tx| app::loans::ask(ctx, tx, id, &body)).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/units/{id}"), Flash::done("The office was asked"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["new_due_on", "reason"]);
            ask_form(&visit, id, &sent, &errors).await
        }
    }
}

fn decide_form(visit: &Visit, id: ExtensionId, sent: &Sent, errors: &[FieldError]) -> Out {
    let choices =
        vec![crate::ui::Choice::new("yes", "They may keep it"), crate::ui::Choice::new("no", "It has to come back")];
    let ask = acts::Ask {
        title: "May it be kept longer?".into(),
        text: html! { p { "With a yes its day to be back moves, and so does that of what lies in it." } },
        room: Room::Stock,
        action: format!("/extensions/{id}/decide"),
        fields: html! {
            (Field::radio("approve", "Answer", choices).value(sent.maybe("approve").unwrap_or("yes").to_owned()).errors(errors).required())
            (Field::text("answer", "Note").value(sent.text("answer").to_owned()).errors(errors).limit(500).optional().help("Needed for a no. They read it."))
        },
        verb: "Answer".into(),
        danger: false,
        back: "/loans".to_owned(),
        errors,
    };
    Ok(ask.show(visit))
}

async fn decide_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    visit.ctx.require(Permission::FulfillRequests)?;
    let id = visit.id::<domain::id::Extension>(&id)?;
    decide_form(&visit, id, &sent, &[])
}

async fn decide(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Extension>(&id)?;
    let body = DecideExtension { approve: sent.text("approve") != "no", answer: sent.text("answer").to_owned() };
    match visit.save(&sent, move |ctx, tx| app::loans::decide(ctx, tx, id, &body)).await {
        Ok(_) => Ok(visit.back("/loans?view=asked", Flash::done("Answered"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["approve", "answer"]);
            decide_form(&visit, id, &sent, &errors)
        }
    }
}

async fn withdraw(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Extension>(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::loans::withdraw(ctx, tx, id)).await;
    acts::told(&visit, done, "/loans", Flash::done("The request was taken back"))
}

// ---- on the page of a unit ------------------------------------------------------------------------------------------

fn extension_line(ctx: &Ctx, it: &Extension) -> Line {
    let tone = match it.status {
        ExtensionStatus::Requested => Tone::Blue,
        ExtensionStatus::Approved => Tone::Green,
        ExtensionStatus::Denied => Tone::Red,
        ExtensionStatus::Withdrawn => Tone::Grey,
    };
    Line::new(format!("From {} to {}", words::day_short(it.old_due_on), words::day_short(it.new_due_on)))
        .below(html! {
            (it.requested_by_name) ", " (words::when(ctx, it.requested_at)) ": " (it.reason)
            @if let Some(name) = &it.decided_by_name { " · " (name) @if !it.answer.is_empty() { ": " (it.answer) } }
        })
        .side(Status::new(tone, it.status.label()))
}

/// What a unit's page says about the loan and the bookings; nothing where there is nothing to say.
pub fn section(visit: &Visit, unit: &Unit, it: &Utilization) -> Markup {
    let ctx = &visit.ctx;
    let bookings: Vec<Line> = it
        .bookings
        .iter()
        .map(|booking| {
            let day = booking.starts_at.day_in(&booking.time_zone);
            let from = words::clock_in(&booking.time_zone, booking.starts_at);
            let to = words::clock_in(&booking.time_zone, booking.ends_at);
            let line = Line::new(booking.name.clone().unwrap_or_else(|| "A colleague's event".to_owned()))
                .below(format!("{}, {from} to {to}", words::day(day)))
                .side(Status::of(&booking.status));
            if booking.name.is_some() { line.href(format!("/events/{}", booking.event_id)) } else { line }
        })
        .collect();
    let waits = it.history.iter().any(|it| it.status == ExtensionStatus::Requested);
    let mut actions = Vec::new();
    if unit.due_back_on.is_some() && !waits && visit.may(Permission::RequestInventory) && stock::may_act(ctx, unit) {
        actions.push(Button::link("Ask to keep it longer", format!("/units/{}/extend", unit.id)).small().in_dialog());
    }
    if let Some(asked) = it.history.iter().find(|it| it.status == ExtensionStatus::Requested)
        && visit.may(Permission::FulfillRequests)
    {
        actions.push(Button::link("Answer", format!("/extensions/{}/decide", asked.id)).small().in_dialog());
    }
    let history: Vec<Line> = it.history.iter().map(|it| extension_line(ctx, it)).collect();
    let known = facts(&[
        Fact::new("Here since", html! { (words::when(ctx, it.since)) " (" (words::count(it.days, "day", "days")) ")" }),
        Fact::new("Used since", words::count(it.events, "event", "events")),
        Fact::new("Extended", words::count(it.extensions, "time", "times")),
    ]);
    html! {
        @if unit.due_back_on.is_some() || !history.is_empty() {
            (section_block("On loan", &actions, html! { (known) @if !history.is_empty() { (lines(&history)) } }))
        }
        @if !bookings.is_empty() { (section_block("Booked", &[], lines(&bookings))) }
    }
}

// ---- what waits on hold ---------------------------------------------------------------------------------------------

/// The word of a hold, as everywhere.
pub fn hold_status(status: HoldStatus) -> Status {
    let tone = match status {
        HoldStatus::Damaged | HoldStatus::Lost => Tone::Red,
        _ => Tone::Amber,
    };
    Status::new(tone, status.label())
}

async fn held(visit: Visit) -> Out {
    let words_of = acts::pairs(HoldStatus::ALL, HoldStatus::as_str, HoldStatus::label);
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("custodian", "With").width(170).phone_sub(),
        Column::new("why", "Why").width(220).phone_hidden(),
        Column::new("hold_since", "Waits").sort().number().width(110).phone_side_sub(),
        Column::new("status", "Status").width(150),
        Column::new("act", "").width(110).phone_hidden(),
    ];
    let views = [
        View::new("all", "All", &[]),
        View::new("apart", "Quarantine and inspection", &[("hold_status", "quarantine,inspection")]),
        View::new("gone", "Damaged and lost", &[("hold_status", "damaged,lost")]),
    ];
    let list = List::new(&visit, Room::Stock, "held", "On hold", columns)
        .views(&views)
        .filters(vec![Filter::many("hold_status", "Status", words_of)])
        .sort("hold_since");
    let mut params = list.params();
    params.q = None;
    let (page, names) = visit
        .read(move |ctx, tx| {
            let page = app::holds::queue(ctx, tx, &params)?;
            let units: Vec<Unit> = page.items.iter().map(|it| it.unit.clone()).collect();
            let names = stock::names_of(ctx, tx, &units)?;
            Ok((page, names))
        })
        .await?;
    let rows = page.items.iter().map(|it| held_row(&list, &names, it)).collect();
    let mut header = Header::new("On hold")
        .crumb("Stock", "/units")
        .under("The oldest first. What a recall freezes is in the recall.");
    if let Some(total) = page.total {
        header = header.lead(words::count(total, "unit waits", "units wait"));
    }
    let empty = Empty::new(Icon::Lock, "Nothing is on hold")
        .text("Units in quarantine or inspection, and what was reported damaged or lost, wait here for a decision.");
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn held_row(list: &List, names: &Names, it: &HeldUnit) -> Row {
    let unit = &it.unit;
    list.row(unit.id.to_string(), |key| match key {
        "item" => stock::title(names, unit),
        "custodian" => Cell::text(it.custodian_name.clone()),
        "why" => unit.hold_reason.clone().filter(|why| !why.is_empty()).map_or_else(Cell::none, Cell::text),
        "hold_since" => {
            let cell = Cell::text(words::count(it.days, "day", "days"));
            if it.days > 14 { cell.tone(Tone::Red) } else { cell }
        }
        "status" => Cell::status(hold_status(unit.hold_status.unwrap_or(HoldStatus::Review))),
        _ if it.may_release => {
            Cell::of(Button::link("Release", format!("/units/{}/release", unit.id)).small().in_dialog())
        }
        _ => Cell::none(),
    })
    .href(format!("/units/{}", unit.id))
    .name(names.item_title(unit.catalog_item_id).to_owned())
}
