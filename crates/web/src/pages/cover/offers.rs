//! Asking instead of assigning: several people are asked, and the first to accept has the case. Whoever is asked answers on
//! their phone.

use super::{moment, said, undated, who};
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::pages::acts::{self, Ask};
use crate::pages::common::press;
use crate::pages::words;
use crate::ui::{Button, Field, FieldError, Flash, Form, Icon, Line, Room, Status, Tone};
use app::{App, Ctx, Error, Tx};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::coverage::{CoverCandidates, CoverConflict, Offer, OfferCase};
use contract::events::EventSummary;
use domain::id::{EventId, OfferId, UserId};
use domain::people::Role;
use maud::{Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/events/{id}/cover/ask", get(ask_page).merge(post(ask)))
        .route("/offers/{id}", get(offer_page))
        .route("/offers/{id}/accept", post(accept))
        .route("/offers/{id}/decline", get(decline_page).merge(post(decline)))
}

// ---- asking ---------------------------------------------------------------------------------------------------------

struct Known {
    event: EventSummary,
    all: CoverCandidates,
}

async fn known(visit: &Visit, id: EventId) -> Result<Known, Fail> {
    visit
        .read(move |ctx, tx| {
            let all = app::coverage::candidates(ctx, tx, id)?;
            Ok(Known { event: app::events::get(ctx, tx, id)?.head, all })
        })
        .await
}

fn question(visit: &Visit, known: &Known, sent: &Sent, errors: &[FieldError]) -> Response {
    let today = visit.ctx.today();
    let chosen: Vec<UserId> = sent.ids("user_id").unwrap_or_default();
    let waits = |state: &Option<String>| state.as_deref() == Some("open");
    let fields = html! {
        fieldset class="field" {
            legend class="label" { "Whom" }
            div class="choices" {
                @for it in known.all.items.iter().take(who::MANY) {
                    @let free = who::freedom(it, today);
                    label class="tick" {
                        input class="box" type="checkbox" name="user_id" value=(it.user_id) checked[chosen.contains(&it.user_id)] disabled[waits(&it.offer_state)];
                        span {
                            (it.name)
                            span class="help" {
                                (free.word) @if known.all.units_needed > 0 { " · " (it.units_within_reach) " of " (known.all.units_needed) " within reach" }
                                @match it.offer_state.as_deref() { Some("open") => { " · asked, no answer yet" } Some("declined") => { " · declined before" } _ => {} }
                            }
                        }
                    }
                }
            }
        }
        (Field::area("note", "What to tell them").value(sent.text("note").to_owned()).optional().limit(500).errors(errors))
    };
    Ask {
        title: "Ask several".into(),
        text: html! { p { "The first to accept has the case, with everything that has to move for it. The others are told that it is settled." } },
        room: Room::Events,
        action: format!("/events/{}/cover/ask", known.event.id),
        fields,
        verb: "Ask them".into(),
        danger: false,
        back: format!("/events/{}/cover", known.event.id),
        errors,
    }
    .show(visit)
}

async fn ask_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let known = known(&visit, visit.id(&id)?).await?;
    Ok(question(&visit, &known, &sent, &[]))
}

async fn ask(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let body = OfferCase { user_ids: sent.ids("user_id")?, note: sent.text("note").to_owned() };
    let n = body.user_ids.len() as i64;
    match visit.save(&sent, move |ctx, tx| app::coverage::offers::create(ctx, tx, id, &body)).await {
        Ok(_) => {
            let flash = Flash::done(format!(
                "{} asked: the first to accept has it",
                words::count(n, "person was", "people were")
            ));
            Ok(visit.go(&format!("/events/{id}"), flash))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["note"]);
            Ok(question(&visit, &known(&visit, id).await?, &sent, &errors))
        }
    }
}

// ---- answering ------------------------------------------------------------------------------------------------------

/// Offers that wait for an answer of the viewer; nothing for those who are never asked.
pub fn waiting(ctx: &Ctx, tx: &mut Tx) -> app::Result<Vec<Offer>> {
    if !matches!(ctx.actor.role, Role::Sales | Role::Distributor) {
        return Ok(Vec::new());
    }
    Ok(app::coverage::offers::mine(ctx, tx)?.items)
}

/// An offer that can be answered right here.
pub fn line(visit: &Visit, it: &Offer) -> Line {
    let ctx = &visit.ctx;
    let zone = &ctx.organization.time_zone;
    Line::new(format!("Can you take {}?", undated(&it.event_name)))
        .below(html! { (moment(ctx.now, zone, it.starts_at)) " · asked " (words::when(ctx, it.created_at)) @if !it.note.is_empty() { " · \u{201c}" (it.note) "\u{201d}" } })
        .href(format!("/offers/{}", it.id))
        .side(Status::new(Tone::Blue, "Offered to you"))
        .action(Button::link("Decline", format!("/offers/{}/decline", it.id)).small().in_dialog())
        .control(press(visit, format!("/offers/{}/accept", it.id), Button::submit("Accept").small().primary()))
}

async fn offer(visit: &Visit, id: OfferId) -> Result<(Offer, Vec<CoverConflict>, String), Fail> {
    visit
        .read(move |ctx, tx| {
            let all = app::coverage::offers::mine(ctx, tx)?.items;
            let it = all.into_iter().find(|it| it.id == id).ok_or_else(Error::not_found)?;
            let conflicts = app::coverage::offers::conflicts(ctx, tx, id)?.items;
            let mut wanted = app::names::Wanted::new();
            wanted.person(it.created_by_id);
            let asker = app::names::look_up(ctx, tx, &wanted)?.person(it.created_by_id).to_owned();
            Ok((it, conflicts, asker))
        })
        .await
}

async fn offer_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id: OfferId = visit.id(&id)?;
    let (it, conflicts, asker) = offer(&visit, id).await?;
    let (ctx, zone) = (&visit.ctx, &visit.ctx.organization.time_zone);
    let body = html! {
        p class="medium" { (undated(&it.event_name)) }
        p { (words::exact(ctx, it.starts_at)) ", " (words::distance(ctx.today(), it.starts_at.day_in(zone))) }
        @if conflicts.is_empty() { p class="row ink-green" { (Icon::Check) "You are free at that time, travel included." } }
        @for conflict in &conflicts { p class="ink-red" { (said(ctx.today(), &conflict.text)) } }
        @if !it.note.is_empty() { p { "\u{201c}" (it.note) "\u{201d}" } }
        p class="sub" { (asker) " asks. If you accept, the case is yours, and whatever you need for it is on its way: you see from whom and by when. The first to accept has it." }
        (Form::post(format!("/offers/{id}/accept"), visit.csrf())
            .button(Button::submit("Accept").primary())
            .button(Button::link("Decline", format!("/offers/{id}/decline")).in_dialog()))
    };
    Ok(visit.dialog("Can you take it?", Room::Today, body))
}

/// What somebody else was quicker with is no error: it is said kindly.
fn settled(visit: &Visit, error: Error) -> Out {
    match error {
        Error::Conflict { code: "offer_taken", message } => Ok(visit.go("/", Flash::done(message))),
        other => Ok(visit.go("/", Flash::failed(acts::sentence(visit, other)?))),
    }
}

async fn accept(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: OfferId = visit.id(&id)?;
    match visit.save(&sent, move |ctx, tx| app::coverage::offers::accept(ctx, tx, id)).await {
        Ok(done) => {
            let event = done["id"].as_str().unwrap_or_default();
            let text = match done["tasks"].as_array().map_or(0, Vec::len) as i64 {
                0 => "The case is yours, with everything it needs".to_owned(),
                n => format!(
                    "The case is yours. {} for it: see below.",
                    words::count(n, "thing is on its way", "things are on their way")
                ),
            };
            Ok(visit.go(&format!("/events/{event}"), Flash::done(text)))
        }
        Err(error) => settled(&visit, error),
    }
}

fn decline_question(visit: &Visit, id: OfferId, sent: &Sent, errors: &[FieldError]) -> Response {
    Ask {
        title: "You cannot take it?".into(),
        text: html! { p { "Whoever asked is told." } },
        room: Room::Today,
        action: format!("/offers/{id}/decline"),
        fields: Field::text("reason", "Why")
            .value(sent.text("reason").to_owned())
            .optional()
            .limit(500)
            .errors(errors)
            .autofocus()
            .render(),
        verb: "Decline".into(),
        danger: false,
        back: "/".to_owned(),
        errors,
    }
    .show(visit)
}

async fn decline_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: OfferId = visit.id(&id)?;
    Ok(decline_question(&visit, id, &sent, &[]))
}

async fn decline(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: OfferId = visit.id(&id)?;
    let reason = sent.text("reason").to_owned();
    match visit.save(&sent, move |ctx, tx| app::coverage::offers::decline(ctx, tx, id, &reason)).await {
        Ok(_) => Ok(visit.go("/", Flash::done("Declined: they look for somebody else"))),
        Err(error @ Error::Invalid { .. }) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            Ok(decline_question(&visit, id, &sent, &errors))
        }
        Err(error) => settled(&visit, error),
    }
}
