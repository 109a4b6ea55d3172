//! How cover is found in this organisation: times, ways, and what each reason counts.

use super::shown;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::pages::common::version_field;
use crate::pages::settings::room_tabs;
use crate::ui::{Banner, Button, Field, FieldError, Flash, Form, Header, Room, banner, section};
use app::{App, Error};
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use contract::coverage::{CoverSettings, PatchCoverSettings};
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/settings/cover", get(page).merge(post(save)))
}

/// A number: (field, label, unit, help).
type Number = (&'static str, &'static str, &'static str, &'static str);

const WAYS: &[Number] = &[
    ("travel_kmh", "Speed, door to door", "km/h", "Distances are as the crow flies, with a factor for roads."),
    ("travel_overhead_minutes", "Besides every way", "min", "Loading, parking, finding the room."),
    ("travel_unknown_minutes", "A way that is not known", "min", "Where a home or a facility has no place on the map."),
];
const TIMES: &[Number] = &[
    ("prepare_minutes", "Everything is there before the case", "min", ""),
    ("notice_minutes", "Until somebody who is asked sets out", "min", ""),
    ("courier_hours", "A courier takes", "h", ""),
    ("maker_hours", "A manufacturer takes", "h", ""),
    ("reserve_days", "Other cases come first for", "days", "What they need until then is left for them."),
];

fn weight(name: &str) -> (&'static str, &'static str) {
    match name {
        "weight_free" => ("Free at that time", "With the way there, and back in time for the next."),
        "weight_stock" => ("Has what is needed", "By how much of it."),
        "weight_travel" => ("Near", "The nearer the more."),
        "weight_physician" => ("Assigned to the surgeon", ""),
        "weight_recent" => ("Worked with the surgeon lately", "Five cases in the past year count in full."),
        "weight_location" => ("Assigned to the facility", ""),
        "weight_default_rep" => ("Default rep of the facility", ""),
        "weight_manufacturers" => ("Assigned to the manufacturers", "By how many of them."),
        "weight_trained" => ("Trained", ""),
        "weight_group" => ("Same group as the rep until now", ""),
        "weight_region" => ("Same region as the rep until now", ""),
        _ => ("An empty week", "The fewer cases the more."),
    }
}

/// The order in which weights are read: what counts most usually first.
const WEIGHTS: [&str; 12] = [
    "weight_free",
    "weight_stock",
    "weight_travel",
    "weight_physician",
    "weight_recent",
    "weight_location",
    "weight_manufacturers",
    "weight_trained",
    "weight_default_rep",
    "weight_group",
    "weight_region",
    "weight_load",
];

fn now(it: &CoverSettings, name: &str) -> i64 {
    match name {
        "travel_kmh" => it.travel_kmh,
        "travel_overhead_minutes" => it.travel_overhead_minutes,
        "travel_unknown_minutes" => it.travel_unknown_minutes,
        "prepare_minutes" => it.prepare_minutes,
        "notice_minutes" => it.notice_minutes,
        "courier_hours" => it.courier_hours,
        "maker_hours" => it.maker_hours,
        "reserve_days" => it.reserve_days,
        weight => it.weights.get(weight).copied().unwrap_or(0),
    }
}

fn only_office(visit: &Visit) -> Result<(), Fail> {
    if visit.ctx.actor.role.is_office() {
        return Ok(());
    }
    let message = "The organization's settings are for the office. An admin can change them for you.";
    Err(Error::forbidden("not_allowed", message).into())
}

fn response(visit: &Visit, it: &CoverSettings, sent: &Sent, errors: &[FieldError]) -> Response {
    let may = visit.may(Permission::ManageOrganization);
    let first = !sent.has("version");
    let value = |name: &str| if first { now(it, name).to_string() } else { sent.text(name).to_owned() };
    let number = |(name, label, unit, help): &Number| -> Markup {
        let field = Field::with_unit(*name, *label, *unit).value(value(name)).disabled(!may).errors(errors);
        html! { @if help.is_empty() { (field) } @else { (field.help(*help)) } }
    };
    let at_once = if first { it.accept_at_once } else { sent.on("accept_at_once") };
    let fields = html! {
        (version_field(it.version))
        (section("Ways", Some("Nothing is looked up on the network."), html! { div class="set-3" { @for one in WAYS { (number(one)) } } }))
        (section("Times", None, html! { div class="set-3" { @for one in TIMES { (number(one)) } } }))
        (section("Hand-overs", None, html! {
            (Field::switch("accept_at_once", "Accepted at once where one may act for both sides").on(at_once).disabled(!may)
                .help("Otherwise whoever gets something confirms it, by a task with a deadline."))
        }))
        (section("What each reason counts", Some("At most so many points; the score is what somebody has of all of them, out of a hundred."), html! {
            div class="set-3" { @for name in WEIGHTS {
                @let (label, help) = weight(name);
                @let field = Field::number(name, label).value(value(name)).disabled(!may).errors(errors);
                @if help.is_empty() { (field) } @else { (field.help(help)) }
            } }
        }))
    };
    let form = Form::post("/settings/cover", visit.csrf()).wide().errors(errors).body(fields);
    let form = if may { form.button(Button::submit("Save").primary()) } else { form };
    let body = html! {
        (Header::new("Settings").under("How somebody is found who can take a case, and what has to be there when."))
        (room_tabs("cover"))
        div class="content" {
            @if !may { (banner(Banner::Info, "You can look at these settings; admins change them.", None)) }
            (form)
        }
    };
    let mut response = shown(visit, "Cover settings", Room::Settings, body);
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}

async fn page(visit: Visit, sent: Sent) -> Out {
    only_office(&visit)?;
    let it = visit.read(app::coverage::settings::get).await?;
    Ok(response(&visit, &it, &sent, &[]))
}

fn read(sent: &Sent) -> app::Result<PatchCoverSettings> {
    let number = |name: &str| -> app::Result<Option<i64>> {
        let wrong = || Error::field(name.to_owned(), "invalid_value", "Give a whole number.");
        sent.maybe(name).map(|text| text.parse().map_err(|_| wrong())).transpose()
    };
    let mut weights = std::collections::BTreeMap::new();
    for name in WEIGHTS {
        weights.extend(number(name)?.map(|weight| (name.to_owned(), weight)));
    }
    Ok(PatchCoverSettings {
        travel_kmh: number("travel_kmh")?,
        travel_overhead_minutes: number("travel_overhead_minutes")?,
        travel_unknown_minutes: number("travel_unknown_minutes")?,
        prepare_minutes: number("prepare_minutes")?,
        notice_minutes: number("notice_minutes")?,
        courier_hours: number("courier_hours")?,
        maker_hours: number("maker_hours")?,
        reserve_days: number("reserve_days")?,
        accept_at_once: Some(sent.on("accept_at_once")),
        weights,
    })
}

async fn save(visit: Visit, sent: Sent) -> Out {
    let done = match read(&sent) {
        Ok(patch) => visit.save(&sent, move |ctx, tx| app::coverage::settings::patch(ctx, tx, &patch)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/settings/cover", Flash::done("Saved"))),
        Err(error) => {
            let mut errors = visit.complaints(error)?;
            for error in &mut errors {
                if let Some(name) = error.field.strip_prefix("weights.") {
                    error.field = name.to_owned().into();
                }
            }
            let it = visit.read(app::coverage::settings::get).await?;
            Ok(response(&visit, &it, &sent, &errors))
        }
    }
}
