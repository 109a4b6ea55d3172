//! Purchase orders that have not come: the list of what waits, and how often a facility is reminded.

use super::acts::{self, Ask};
use super::words;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{Button, Cell, Choice, Column, Empty, Field, FieldError, Flash, Header, Icon, Room, Row, Table};
use app::App;
use app::documents::reminders;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::ListParams;
use contract::documents::{PoReminder, SetPoReminder, WaitingForPo};
use domain::document::ReminderMode;
use domain::id::LocationId;
use domain::people::Permission;
use maud::{Markup, html};

/// Where the list stands.
pub const WAITING: &str = "/purchase-orders/waiting";

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(WAITING, get(waiting))
        .route("/locations/{id}/po-reminder", get(reminder_page).merge(post(set_reminder)))
}

fn reminded(visit: &Visit, it: &WaitingForPo) -> Markup {
    html! {
        @match (it.reminders, it.reminded_at) {
            (0, _) | (_, None) => { span class="muted" { "Not yet" } }
            (n, Some(at)) => {
                @if it.reminded_whom.is_empty() { span class="ink-amber" { "Nobody to remind" } } @else { (words::when(&visit.ctx, at)) }
                @if n > 1 { span class="sub" { " · " (words::count(n, "time", "times")) } }
                @if it.reminders_ended { br; span class="sub ink-amber" { "The last one: nobody answered" } }
                @else if it.escalated { br; span class="sub ink-amber" { "Escalated" } }
            }
        }
    }
}

fn row(visit: &Visit, it: &WaitingForPo) -> Row {
    let ctx = &visit.ctx;
    let total = it.total_minor.map(|minor| words::money(ctx, minor)).unwrap_or_default();
    let place = it.location_name.clone().unwrap_or_default();
    let next = it.next_reminder_on.map_or_else(|| "–".to_owned(), words::day_short);
    let cells = vec![
        Cell::two(it.name.clone(), it.number.clone()),
        Cell::text(place),
        Cell::text(it.representative_name.clone()),
        Cell::text(words::count(it.days, "day", "days")),
        Cell::of(reminded(visit, it)),
        Cell::text(next),
        Cell::text(total),
    ];
    Row::new(it.event_id.to_string(), cells).href(format!("/events/{}", it.event_id)).name(it.name.clone())
}

async fn waiting(visit: Visit) -> Out {
    let mut params = ListParams { limit: Some(100), count: true, ..ListParams::default() };
    params.cursor = visit.link.get("cursor").map(str::to_owned);
    let page = visit.read(move |ctx, tx| reminders::waiting(ctx, tx, &params)).await?;
    let columns = vec![
        Column::new("event", "Event"),
        Column::new("place", "Facility").width(200).phone_sub(),
        Column::new("rep", "Representative").width(160).phone_hidden(),
        Column::new("days", "Waits").width(90).phone_side_sub(),
        Column::new("reminded", "Last reminder").width(180).phone_hidden(),
        Column::new("next", "Next").width(110).phone_hidden(),
        Column::new("total", "Total").number().width(120).phone_side(),
    ];
    let rows: Vec<Row> = page.items.iter().map(|it| row(&visit, it)).collect();
    let count = page.total.unwrap_or_default();
    let header = Header::new("Waiting for purchase orders")
        .crumb("Events", "/events")
        .under(html! { (words::count(count, "event waits", "events wait")) ", the oldest first" });
    let body = html! {
        (header)
        div class="content" {
            @if rows.is_empty() {
                (Empty::new(Icon::Check, "Nothing waits").text("Every submitted event has its purchase order."))
            } @else {
                (Table::new("waiting", "Waiting for purchase orders", columns).rows(rows).inside())
                @if let Some(cursor) = &page.next_cursor { p { (Button::link("Further ones", format!("{WAITING}?cursor={cursor}"))) } }
            }
        }
    };
    Ok(visit.page("Waiting for purchase orders", Room::Events, body))
}

// ---- how often a facility is reminded -------------------------------------------------------------------------------

const WEEKDAYS: [(&str, &str); 7] = [
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("7", "Sunday"),
];

fn ask(visit: &Visit, it: &PoReminder, name: &str, sent: &Sent, errors: &[FieldError]) -> Response {
    let mode = sent.maybe("mode").unwrap_or(it.mode.as_str()).to_owned();
    let of = |wanted: ReminderMode, otherwise: &str| {
        let stored = it.value.filter(|_| it.mode == wanted).map(|value| value.to_string());
        stored.unwrap_or_else(|| otherwise.to_owned())
    };
    let weekday = sent.maybe("weekday").map_or_else(|| of(ReminderMode::Weekly, "1"), str::to_owned);
    let days = sent.maybe("days").map_or_else(|| of(ReminderMode::Every, "7"), str::to_owned);
    let number = |name: &str, stored: Option<i64>| match sent.has("mode") {
        true => sent.text(name).to_owned(),
        false => stored.map(|nth| nth.to_string()).unwrap_or_default(),
    };
    let modes: Vec<Choice> = ReminderMode::ALL.iter().map(|mode| Choice::new(mode.as_str(), mode.label())).collect();
    let weekdays: Vec<Choice> = WEEKDAYS.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
    Ask {
        title: "Reminders of purchase orders".into(),
        text: html! { p { strong { (name) } ": " (words::lower(&it.words)) ". Whoever receives orders here gets a mail with the sales order until the purchase order has come." } },
        room: Room::Customers,
        action: format!("/locations/{}/po-reminder", it.location_id),
        fields: html! {
            input type="hidden" name="version" value=(it.version);
            (Field::radio("mode", "How often", modes).value(mode).errors(errors))
            (Field::select("weekday", "Once a week on", weekdays).value(weekday).errors(errors))
            (Field::with_unit("days", "Every", "days").value(days).errors(errors))
            fieldset class="form-sec" {
                legend class="label" { "When nobody answers" }
                p class="sub" { (it.ladder_words) "." }
                div class="pair" {
                    (Field::text("escalate_after", "Escalate from reminder").value(number("escalate_after", it.escalate_after)).optional().errors(errors).short().help("The office and the representative are told. 0 for never."))
                    (Field::text("stop_after", "End after reminder").value(number("stop_after", it.stop_after)).optional().errors(errors).short().help("Empty: as the organization has it."))
                }
                (Field::text("escalate_to", "Then also write to").value(sent.maybe("mode").map_or_else(|| it.escalate_to.join(", "), |_| sent.text("escalate_to").to_owned())).optional().errors(errors).help("E-mail addresses, such as of whoever runs purchasing, with commas between them."))
            }
        },
        verb: "Save".into(),
        danger: false,
        back: format!("/locations/{}", it.location_id),
        errors,
    }
    .show(visit)
}

async fn load(visit: &Visit, id: LocationId) -> Result<(PoReminder, String), Fail> {
    visit.ctx.require(Permission::ManageDirectory)?;
    visit
        .read(move |ctx, tx| {
            let it = reminders::get(ctx, tx, id)?;
            let name = app::directory::locations::get(ctx, tx, id, domain::engagement::Window::All)?.name;
            Ok((it, name))
        })
        .await
}

async fn reminder_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: LocationId = visit.id(&id)?;
    let (it, name) = load(&visit, id).await?;
    Ok(ask(&visit, &it, &name, &sent, &[]))
}

async fn set_reminder(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: LocationId = visit.id(&id)?;
    let mode = ReminderMode::parse(sent.text("mode")).unwrap_or(ReminderMode::Inherit);
    let field = match mode {
        ReminderMode::Weekly => "weekday",
        _ => "days",
    };
    let whole = |name: &str, as_field: &str| match sent.maybe(name) {
        None => Ok(None),
        Some(text) => match text.parse::<i64>() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(app::Error::field(as_field, "invalid_value", "Give a whole number.")),
        },
    };
    let read = || -> app::Result<SetPoReminder> {
        let value = match mode {
            ReminderMode::Weekly | ReminderMode::Every => Some(whole(field, "value")?.unwrap_or_default()),
            _ => None,
        };
        let addresses = sent.text("escalate_to").split([',', ';', ' ']).map(str::trim).filter(|it| !it.is_empty());
        Ok(SetPoReminder {
            mode,
            value,
            escalate_after: whole("escalate_after", "escalate_after")?,
            escalate_to: addresses.map(str::to_owned).collect(),
            stop_after: whole("stop_after", "stop_after")?,
        })
    };
    let done = match read() {
        Ok(body) => visit.save(&sent, move |ctx, tx| reminders::set(ctx, tx, id, &body)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/locations/{id}"), Flash::done("Saved"))),
        Err(error) => {
            let errors: Vec<FieldError> = visit
                .complaints(error)?
                .into_iter()
                .map(|error| match error.field.split('[').next() {
                    Some("value") => FieldError::new(field, error.message),
                    Some("escalate_to") => FieldError::new("escalate_to", error.message),
                    _ => error,
                })
                .collect();
            let errors =
                acts::known(errors, &["mode", "weekday", "days", "escalate_after", "escalate_to", "stop_after"]);
            let (it, name) = load(&visit, id).await?;
            Ok(ask(&visit, &it, &name, &sent, &errors))
        }
    }
}

/// The schedule as a fact on the page of a location, with the way to change it.
pub fn fact(visit: &Visit, it: &PoReminder) -> Markup {
    html! {
        "Reminded: " (words::lower(&it.words)) ". " (it.ladder_words) ". "
        @if visit.may(Permission::ManageDirectory) { " " (Button::link("Change", format!("/locations/{}/po-reminder", it.location_id)).small().quiet().in_dialog()) }
    }
}
