//! Whose signature a facility wants before an event there is submitted.

use super::acts::{self, Ask};
use super::words;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{Button, Choice, Field, FieldError, Flash, Room};
use app::App;
use app::events::signing;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::documents::{FacilitySigning, SetFacilitySigning};
use domain::document::SigningMode;
use domain::id::LocationId;
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/locations/{id}/signing", get(page).merge(post(set)))
}

fn ask(visit: &Visit, it: &FacilitySigning, name: &str, sent: &Sent, errors: &[FieldError]) -> Response {
    let mode = sent.maybe("mode").unwrap_or(it.mode.as_str()).to_owned();
    let modes: Vec<Choice> = SigningMode::ALL.iter().map(|mode| Choice::new(mode.as_str(), mode.label())).collect();
    Ask {
        title: "Signatures".into(),
        text: html! { p { strong { (name) } ": " (words::lower(&it.words)) ". What is sold there is not submitted before these signatures stand under it." } },
        room: Room::Customers,
        action: format!("/locations/{}/signing", it.location_id),
        fields: html! {
            input type="hidden" name="version" value=(it.version);
            (Field::radio("mode", "Who signs before an event is submitted", modes).value(mode).errors(errors))
        },
        verb: "Save".into(),
        danger: false,
        back: format!("/locations/{}", it.location_id),
        errors,
    }
    .show(visit)
}

async fn load(visit: &Visit, id: LocationId) -> Result<(FacilitySigning, String), Fail> {
    visit.ctx.require(Permission::ManageDirectory)?;
    visit
        .read(move |ctx, tx| {
            let it = signing::get(ctx, tx, id)?;
            let name = app::directory::locations::get(ctx, tx, id, domain::engagement::Window::All)?.name;
            Ok((it, name))
        })
        .await
}

async fn page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: LocationId = visit.id(&id)?;
    let (it, name) = load(&visit, id).await?;
    Ok(ask(&visit, &it, &name, &sent, &[]))
}

async fn set(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: LocationId = visit.id(&id)?;
    let done = match SigningMode::parse(sent.text("mode")) {
        Some(mode) => {
            let body = SetFacilitySigning { mode };
            visit.save(&sent, move |ctx, tx| signing::set(ctx, tx, id, &body)).await
        }
        None => Err(app::Error::field("mode", "required", "Choose who signs.")),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/locations/{id}"), Flash::done("Saved"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["mode"]);
            let (it, name) = load(&visit, id).await?;
            Ok(ask(&visit, &it, &name, &sent, &errors))
        }
    }
}

/// Who signs, as a fact on the page of a location, with the way to change it.
pub(super) fn fact(visit: &Visit, it: &FacilitySigning) -> Markup {
    html! {
        (it.words)
        @if visit.may(Permission::ManageDirectory) { " " (Button::link("Change", format!("/locations/{}/signing", it.location_id)).small().quiet().in_dialog()) }
    }
}
