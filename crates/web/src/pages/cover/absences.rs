//! Days off: when somebody is away, how many cases that leaves open, and the way to one plan for all of them.

use super::shown;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::pages::acts;
use crate::pages::common::press;
use crate::pages::words;
use crate::ui::{
    Button, Empty, Field, FieldError, Flash, Form, Header, Icon, Line, Room, Status, Tone, lines, section_block, two,
};
use app::App;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use contract::coverage::{Absence, CreateAbsence};
use contract::people::User;
use domain::id::{AbsenceId, UserId};
use domain::people::Permission;
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/people/{id}/days-off", get(page).merge(post(enter)))
        .route("/people/{id}/days-off/{absence}/remove", post(remove))
}

/// Where somebody's days off are.
pub fn href(user: UserId) -> String {
    format!("/people/{user}/days-off")
}

/// From when until when, as days where the organisation is; the last day counts.
pub fn days(visit: &Visit, it: &Absence) -> String {
    let zone = &visit.ctx.organization.time_zone;
    let (first, last) = (it.starts_at.day_in(zone), it.ends_at.plus_seconds(-1).day_in(zone));
    if first == last { words::day(first) } else { format!("{} to {}", words::day_short(first), words::day(last)) }
}

/// Somebody, whether the viewer may enter days for them, and their days.
pub struct Known {
    /// Who.
    pub user: User,
    may_enter: bool,
    all: Vec<Absence>,
}

impl Known {
    /// One of their absences.
    pub fn absence(&self, id: AbsenceId) -> Option<&Absence> {
        self.all.iter().find(|it| it.id == id)
    }
}

/// Reads it.
pub async fn known(visit: &Visit, id: UserId) -> Result<Known, Fail> {
    visit
        .read(move |ctx, tx| {
            let user = app::people::user(ctx, tx, id)?;
            let may_enter = app::people::rights_over(ctx, tx, id)?.contact;
            let all = app::coverage::absences::list(ctx, tx, id)?.items;
            Ok(Known { user, may_enter, all })
        })
        .await
}

fn line(visit: &Visit, known: &Known, it: &Absence) -> Line {
    let over = it.ends_at <= visit.now();
    let at = format!("{}/{}", href(known.user.id), it.id);
    let covered = |n| words::count(n, "case covered", "cases covered");
    let mut line = Line::new(days(visit, it)).below(html! {
        @if it.cases_open > 0 { (words::count(it.cases_open, "case is still open", "cases are still open")) }
        @else { "no case is open" }
        @if it.cases_covered > 0 { " · " (covered(it.cases_covered)) @if it.hand_back { ", what was lent comes back afterwards" } }
        @if !it.note.is_empty() { " · " (it.note) }
    });
    line = line.side(match (over, it.cases_open) {
        (true, _) => Status::new(Tone::Grey, "Over"),
        (_, 0) => Status::new(Tone::Green, "Covered"),
        _ => Status::new(Tone::Amber, "To be covered"),
    });
    if over {
        return line;
    }
    if known.may_enter {
        line = line.control(press(visit, format!("{at}/remove"), Button::submit("Remove").small()));
    }
    let covers = visit.may(Permission::CoverEvents) && it.cases_open > 0;
    if covers { line.action(Button::link("Cover all cases", format!("{at}/cover")).small().primary()) } else { line }
}

fn form(visit: &Visit, known: &Known, sent: &Sent, errors: &[FieldError]) -> Markup {
    let value = |name: &str| sent.text(name).to_owned();
    Form::post(href(known.user.id), visit.csrf())
        .errors(errors)
        .body(html! {
            div class="pair" {
                (Field::date("from_on", "First day").value(value("from_on")).errors(errors).required())
                (Field::date("to_on", "Last day").value(value("to_on")).errors(errors).help("The same as the first for one day."))
            }
            (Field::text("note", "Note").value(value("note")).optional().limit(500).errors(errors).help("Only as much as you wish to say."))
        })
        .button(Button::submit("Enter these days").primary())
        .render()
}

fn response(visit: &Visit, known: &Known, sent: &Sent, errors: &[FieldError]) -> Response {
    let own = known.user.id == visit.ctx.actor.id;
    let header = Header::new("Days off");
    let header = match own {
        true => header.crumb("Your account", "/me"),
        false => header.crumb("People", "/people").crumb(known.user.name.clone(), format!("/people/{}", known.user.id)),
    };
    let header = header.under(if own {
        "Nobody plans cases for you on these days, and whoever finds cover knows which of yours are left."
    } else {
        "Nobody plans cases for them on these days; what is planned already can be covered in one go."
    });
    let rows: Vec<Line> = known.all.iter().map(|it| line(visit, known, it)).collect();
    let left = if rows.is_empty() {
        Empty::new(Icon::Calendar, "No days off")
            .text("Days that are entered appear here with the cases that they leave open.")
            .render()
    } else {
        lines(&rows)
    };
    let right =
        html! { @if known.may_enter { (section_block("Enter days off", &[], form(visit, known, sent, errors))) } };
    let body = html! { (header) div class="content" { (two(left, right, false)) } };
    let mut response = shown(visit, "Days off", Room::People, body);
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}

async fn page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let known = known(&visit, visit.id(&id)?).await?;
    Ok(response(&visit, &known, &sent, &[]))
}

fn read(sent: &Sent) -> app::Result<CreateAbsence> {
    let from_on = acts::day(sent, "from_on")?;
    let to_on = acts::day(sent, "to_on")?.or(from_on);
    Ok(CreateAbsence { from_on, to_on, note: sent.text("note").to_owned(), ..CreateAbsence::default() })
}

async fn enter(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: UserId = visit.id(&id)?;
    let done = match read(&sent) {
        Ok(body) => visit.save(&sent, move |ctx, tx| app::coverage::absences::create(ctx, tx, id, &body)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(made) => {
            let said = match made["cases_open"].as_i64().unwrap_or(0) {
                0 => "Entered. No case is planned in that time.".to_owned(),
                n => format!("Entered. {} to be covered.", words::count(n, "case has", "cases have")),
            };
            Ok(visit.go(&href(id), Flash::done(said)))
        }
        Err(error) => {
            let mut errors = visit.complaints(error)?;
            for error in &mut errors {
                if error.field == "ends_at" {
                    error.field = "to_on".into();
                } else if error.field == "starts_at" {
                    error.field = "from_on".into();
                }
            }
            let errors = acts::known(errors, &["from_on", "to_on", "note"]);
            Ok(response(&visit, &known(&visit, id).await?, &sent, &errors))
        }
    }
}

async fn remove(visit: Visit, Path((id, absence)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, absence): (UserId, AbsenceId) = (visit.id(&id)?, visit.id(&absence)?);
    let done = visit.save(&sent, move |ctx, tx| app::coverage::absences::remove(ctx, tx, id, absence)).await;
    acts::told(&visit, done, &href(id), Flash::done("Removed. Cases that were handed over stay where they are."))
}
