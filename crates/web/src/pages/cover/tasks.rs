//! What people have to do for cases: hand-overs, transfers to accept, what to send, to order, to make known; each with its
//! deadline.

use super::{moment, said, shown};
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::pages::acts::{self, Ask};
use crate::pages::common::{press, subnav};
use crate::pages::words;
use crate::ui::{Button, Empty, Field, FieldError, Flash, Header, Icon, Line, Room, Status, Tab, Tone, lines, tabs};
use app::App;
use app::names::{Names, Wanted};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::ListParams;
use contract::coverage::{Arrived, CompleteTask, Task};
use domain::id::{EventId, TaskId};
use domain::people::Permission;
use domain::request::RequestKind;
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/tasks", get(index))
        .route("/tasks/{id}/complete", post(complete))
        .route("/tasks/{id}/cancel", get(cancel_page).merge(post(cancel)))
        .route("/events/{event}/tasks/{id}/receive", get(receive_page).merge(post(receive)))
}

/// The lists that stand beside each other.
pub fn rooms(current: &str) -> Markup {
    subnav(current, &[("Events", "/events"), ("Readiness", "/readiness"), ("Tasks", "/tasks")])
}

/// What somebody says when a task is done.
fn verb(kind: &str) -> &'static str {
    match kind {
        "hand_over" => "I have it",
        "accept" => "Accept",
        "send" => "Send it",
        "request" => "Ordered",
        _ => "Done",
    }
}

/// What is to be done, in a few words.
fn title(task: &Task) -> String {
    let units = words::count(task.needs.iter().map(|line| line.quantity).sum(), "unit", "units");
    match task.kind.as_str() {
        "hand_over" => format!("Get {units}"),
        "accept" => format!("Accept {units}"),
        "send" => format!("Send {units}"),
        "request" => format!("Order {units}"),
        "receive" => format!("Make known what arrives: {units}"),
        _ => "Find somebody".to_owned(),
    }
}

/// A task with what can be done about it. On the page of its event, the event is not named again.
pub fn line(visit: &Visit, task: &Task, named: bool) -> Line {
    let ctx = &visit.ctx;
    let open = task.state == "open";
    let late = open && task.due_at <= ctx.now;
    let due = format!("by {}", moment(ctx.now, &ctx.organization.time_zone, task.due_at));
    let whose = if task.kind == "cover_wanted" { "Whoever can find somebody" } else { task.assignee_name.as_str() };
    let line = Line::new(title(task)).below(html! {
        (said(ctx.today(), &task.text)) " · " (whose)
        @if named { " · " (task.event_number) }
    });
    let line = if named { line.href(format!("/events/{}", task.event_id)) } else { line };
    let line = line.side(match (open, late) {
        (false, _) => Status::of(&task.state),
        (true, true) => Status::new(Tone::Red, due),
        (true, false) => Status::new(Tone::Amber, due),
    });
    if !task.yours {
        return line;
    }
    let cannot = Button::link("Cannot", format!("/tasks/{}/cancel", task.id)).small().in_dialog();
    match task.kind.as_str() {
        "cover_wanted" => {
            line.action(Button::link("Find cover", format!("/events/{}/cover", task.event_id)).small().primary())
        }
        "receive" => line.action(cannot).action(
            Button::link("It arrived", format!("/events/{}/tasks/{}/receive", task.event_id, task.id))
                .small()
                .primary()
                .in_dialog(),
        ),
        "request" if visit.may(Permission::FulfillRequests) => {
            let goods: Vec<_> = task.needs.iter().map(|need| (need.catalog_item_id, need.quantity)).collect();
            let order = crate::pages::requests::address(task.event_id, RequestKind::Supplier, &goods);
            let ordered = press(visit, format!("/tasks/{}/complete", task.id), Button::submit(verb("request")).small());
            line.action(cannot).action(Button::link("Order it", order).small().primary()).control(ordered)
        }
        kind => line.action(cannot).control(press(
            visit,
            format!("/tasks/{}/complete", task.id),
            Button::submit(verb(kind)).small().primary(),
        )),
    }
}

const STATES: &[(&str, &str)] = &[("open", "Open"), ("done", "Done"), ("cancelled", "Cancelled")];

async fn index(visit: Visit) -> Out {
    let asked = visit.link.get("state").unwrap_or("open").to_owned();
    let state = STATES.iter().find(|(key, _)| *key == asked).map_or("open", |(key, _)| *key);
    let mut params =
        ListParams { limit: Some(60), cursor: visit.link.get("cursor").map(str::to_owned), ..ListParams::default() };
    params.filters.insert("state".to_owned(), state.to_owned());
    let page = visit.read(move |ctx, tx| app::coverage::tasks::list(ctx, tx, &params)).await?;
    let rows: Vec<Line> = page.items.iter().map(|task| line(&visit, task, true)).collect();
    let views: Vec<Tab> =
        STATES.iter().map(|(key, label)| Tab::new(*label, format!("/tasks?state={key}"), *key == state)).collect();
    let yours = page.items.iter().filter(|task| task.yours).count() as i64;
    let header = Header::new("Tasks").lead(if state == "open" {
        match (rows.len() as i64, page.next_cursor.is_some()) {
            (0, _) => "nothing is left to do".to_owned(),
            (_, true) => "more than 60 to do".to_owned(),
            (n, false) => format!("{} to do, {yours} for you", words::number(n)),
        }
    } else {
        String::new()
    });
    let body = html! {
        (header)
        div class="pad-x" { (rooms("Tasks")) }
        (tabs(&views, None))
        div class="content" {
            @if rows.is_empty() {
                (Empty::new(Icon::Check, if state == "open" { "Nothing is left to do" } else { "None of these" })
                    .text("When a case changes hands, whoever has to give, get or send something finds it here, with a deadline."))
            } @else { (lines(&rows)) }
            @if let Some(next) = &page.next_cursor { p { (Button::link("Later ones", visit.link.page(next).to_string())) } }
        }
    };
    Ok(shown(&visit, "Tasks", Room::Events, body))
}

async fn complete(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: TaskId = visit.id(&id)?;
    let done =
        visit.save(&sent, move |ctx, tx| app::coverage::tasks::complete(ctx, tx, id, &CompleteTask::default())).await;
    match done {
        Ok(task) => {
            let said = if task["kind"] == "send" { "Sent: it waits to be accepted" } else { "Done" };
            Ok(visit.back("/tasks", Flash::done(said)))
        }
        Err(error) => Ok(visit.back("/tasks", Flash::failed(acts::sentence(&visit, error)?))),
    }
}

fn ask_to_cancel(visit: &Visit, id: TaskId, sent: &Sent, errors: &[FieldError]) -> Response {
    Ask {
        title: "You cannot do it?".into(),
        text: html! { p { "Whoever planned it and whoever waits for it are told, so that they find another way." } },
        room: Room::Events,
        action: format!("/tasks/{id}/cancel"),
        fields: Field::area("note", "Why")
            .value(sent.text("note").to_owned())
            .optional()
            .limit(500)
            .errors(errors)
            .autofocus()
            .render(),
        verb: "Tell them".into(),
        danger: true,
        back: "/tasks".to_owned(),
        errors,
    }
    .show(visit)
}

async fn cancel_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: TaskId = visit.id(&id)?;
    Ok(ask_to_cancel(&visit, id, &sent, &[]))
}

async fn cancel(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: TaskId = visit.id(&id)?;
    let note = sent.text("note").to_owned();
    match visit.save(&sent, move |ctx, tx| app::coverage::tasks::cancel(ctx, tx, id, &note)).await {
        Ok(task) => {
            let event = task["event_id"].as_str().unwrap_or_default();
            Ok(visit.go(&format!("/events/{event}"), Flash::done("They were told")))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["note"]);
            Ok(ask_to_cancel(&visit, id, &sent, &errors))
        }
    }
}

// ---- what arrived ---------------------------------------------------------------------------------------------------

async fn delivery(visit: &Visit, event: EventId, id: TaskId) -> Result<(Task, Names), Fail> {
    visit
        .read(move |ctx, tx| {
            let mut params = ListParams { limit: Some(100), ..ListParams::default() };
            params.filters.insert("event_id".to_owned(), event.to_string());
            let all = app::coverage::tasks::list(ctx, tx, &params)?.items;
            let task = all.into_iter().find(|task| task.id == id && task.kind == "receive");
            let task = task.ok_or_else(app::Error::not_found)?;
            let mut wanted = Wanted::new();
            for need in &task.needs {
                wanted.item(need.catalog_item_id);
            }
            let names = app::names::look_up(ctx, tx, &wanted)?;
            Ok((task, names))
        })
        .await
}

fn arrival(visit: &Visit, task: &Task, names: &Names, sent: &Sent, errors: &[FieldError]) -> Response {
    let first = !sent.has("quantity-0");
    let fields = html! {
        @for (at, need) in task.needs.iter().enumerate() {
            @let part = |name: &str| format!("{name}-{at}");
            @let value = |name: &str, now: String| if first { now } else { sent.text(&part(name)).to_owned() };
            fieldset class="form-sec" {
                legend class="label" { (names.item_title(need.catalog_item_id)) }
                div class="pair" {
                    (Field::number(part("quantity"), "How many").value(value("quantity", need.quantity.to_string())).errors(errors))
                    (Field::date(part("expires_on"), "Expires on").value(value("expires_on", String::new())).errors(errors).optional())
                }
                div class="pair" {
                    (Field::text(part("lot"), "Lot").value(value("lot", String::new())).errors(errors).optional())
                    (Field::text(part("serial"), "Serial").value(value("serial", String::new())).errors(errors).optional())
                }
            }
        }
    };
    Ask {
        title: "What arrived".into(),
        text: html! { p { "It is made known in the custody of whoever takes the case. Leave out what did not come with a quantity of 0." } },
        room: Room::Events,
        action: format!("/events/{}/tasks/{}/receive", task.event_id, task.id),
        fields,
        verb: "It arrived".into(),
        danger: false,
        back: format!("/events/{}", task.event_id),
        errors,
    }
    .show(visit)
}

async fn receive_page(visit: Visit, Path((event, id)): Path<(String, String)>, sent: Sent) -> Out {
    let (task, names) = delivery(&visit, visit.id(&event)?, visit.id(&id)?).await?;
    Ok(arrival(&visit, &task, &names, &sent, &[]))
}

/// Reads what arrived: (place in the form, unit).
fn arrived(task: &Task, sent: &Sent) -> app::Result<Vec<(usize, Arrived)>> {
    let mut all = Vec::new();
    for (at, need) in task.needs.iter().enumerate() {
        let part = |name: &str| format!("{name}-{at}");
        let field = part("quantity");
        let wrong = || app::Error::field(field.clone(), "invalid_quantity", "Give a number, or 0 when none came.");
        let quantity: u32 = sent.text(&field).parse().map_err(|_| wrong())?;
        if quantity > 0 {
            let text = |name: &str| sent.maybe(&part(name)).map(str::to_owned);
            let one = Arrived {
                catalog_item_id: need.catalog_item_id,
                quantity: Some(quantity),
                lot: text("lot"),
                serial: text("serial"),
                expires_on: acts::day(sent, &part("expires_on"))?,
            };
            all.push((at, one));
        }
    }
    Ok(all)
}

/// `arrived[1].lot` is the field `lot-3` of the form, where the second thing that came is the fourth of the list.
fn placed(errors: Vec<FieldError>, places: &[usize]) -> Vec<FieldError> {
    let place = |field: &str| -> Option<String> {
        let (at, name) = field.strip_prefix("arrived[")?.split_once("].")?;
        Some(format!("{name}-{}", places.get(at.parse::<usize>().ok()?)?))
    };
    errors
        .into_iter()
        .map(|error| match place(&error.field) {
            Some(field) => FieldError::new(field, error.message),
            None => FieldError::new("", error.message),
        })
        .collect()
}

async fn receive(visit: Visit, Path((event, id)): Path<(String, String)>, sent: Sent) -> Out {
    let (event, id): (EventId, TaskId) = (visit.id(&event)?, visit.id(&id)?);
    let (task, names) = delivery(&visit, event, id).await?;
    let all = match arrived(&task, &sent) {
        Ok(all) => all,
        Err(error) => return Ok(arrival(&visit, &task, &names, &sent, &visit.complaints(error)?)),
    };
    let places: Vec<usize> = all.iter().map(|(at, _)| *at).collect();
    let body = CompleteTask { arrived: all.into_iter().map(|(_, one)| one).collect(), note: String::new() };
    let done = visit.save(&sent, move |ctx, tx| app::coverage::tasks::complete(ctx, tx, id, &body)).await;
    match done {
        Ok(_) => Ok(visit.go(&format!("/events/{event}"), Flash::done("Made known: it is in custody now"))),
        Err(error) => {
            let errors = placed(visit.complaints(error)?, &places);
            Ok(arrival(&visit, &task, &names, &sent, &errors))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_about_what_arrived_stand_at_their_field() {
        let errors = vec![
            FieldError::new("arrived[1].lot", "x"),
            FieldError::new("arrived[9].lot", "y"),
            FieldError::new("", "z"),
        ];
        let fields: Vec<_> = placed(errors, &[0, 3]).into_iter().map(|error| error.field.into_owned()).collect();
        assert_eq!(fields, ["lot-3", "", ""]);
    }

    #[test]
    fn every_kind_of_task_has_its_word() {
        assert_eq!(["hand_over", "send", "other"].map(verb), ["I have it", "Send it", "Done"]);
    }
}
