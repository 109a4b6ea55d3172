//! Who shares the commission of an event, with the part of each; after submission with a reason, and what was earned is shared anew.

use super::acts;
use super::common::version_field;
use super::event::{Seen, see};
use super::words;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{Button, Field, FieldError, Flash, Form, Header, Room};
use app::{App, Ctx};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::events::{AmendChanges, AmendEvent, Event, PatchEvent, SubRepresentative, SubRepresentativeRef};
use domain::event::EventStatus;
use domain::id::{EventId, UserId};
use maud::html;

/// So many people can be added at once.
const NEW: usize = 2;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/events/{id}/shares", get(page).merge(post(save)))
}

fn response(visit: &Visit, seen: &Seen, sent: &Sent, errors: &[FieldError]) -> Response {
    let event = &seen.event;
    let open = event.head.status == EventStatus::Open;
    let first = !sent.has("sent");
    let value = |name: &str, now: String| if first { now } else { sent.text(name).to_owned() };
    let percent = |bp: Option<i32>| bp.map(|bp| words::percent_plain(i64::from(bp))).unwrap_or_default();
    let amount = |minor: Option<i64>| minor.map(|minor| words::money_plain(&visit.ctx, minor)).unwrap_or_default();
    let currency = words::currency(&visit.ctx);
    let money = |name: String, value: String| {
        Field::money(name, "Or an amount", currency.code(), currency.exponent())
            .value(value)
            .optional()
            .errors(errors)
            .short()
    };
    let fields = html! {
        (version_field(event.head.version))
        input type="hidden" name="sent" value="1";
        @for (at, sub) in event.sub_representatives.iter().enumerate() {
            @let part = format!("part-{at}");
            fieldset class="form-sec" {
                legend class="label" { (seen.names.person(sub.user_id)) }
                input type="hidden" name={ "user-" (at) } value=(sub.user_id);
                @let fixed = format!("fixed-{at}");
                div class="pair" {
                    (Field::with_unit(part.clone(), "Part of the commission", "%").value(value(&part, percent(sub.split_bp))).optional().errors(errors).short())
                    (money(fixed.clone(), value(&fixed, amount(sub.split_minor))))
                }
                (Field::check(format!("remove-{at}"), "Takes no part any more").on(sent.on(&format!("remove-{at}"))))
            }
        }
        @for at in 0..NEW {
            @let (who, part) = (format!("new-{at}"), format!("new-part-{at}"));
            @let fixed = format!("new-fixed-{at}");
            (Field::combo(who.clone(), "Somebody else", "/suggest/recipients", sent.text(&format!("{who}_text")).to_owned()).value(sent.text(&who).to_owned()).optional().errors(errors))
            div class="pair" {
                (Field::with_unit(part.clone(), "Part", "%").value(sent.text(&part).to_owned()).optional().errors(errors).short())
                (money(fixed.clone(), sent.text(&fixed).to_owned()))
            }
        }
        @if !open { (acts::reason(sent, errors, true).help("Why it is shared otherwise. Kept with the change.")) }
    };
    let id = event.head.id;
    let form = Form::post(format!("/events/{id}/shares"), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit(if open { "Save" } else { "Share it so" }).primary())
        .button(Button::link("Cancel", format!("/events/{id}")).quiet());
    let header = Header::new("Share the commission")
        .crumb("Events", "/events")
        .crumb(event.head.name.clone(), format!("/events/{id}"))
        .under(format!(
            "Amounts are taken off first, percentages are of what they leave, and what the others do not take is {}'s.",
            event.head.representative_name
        ));
    acts::form_page(visit, Room::Events, header, "Share the commission".into(), &form, !errors.is_empty())
}

async fn page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    Ok(response(&visit, &seen, &sent, &[]))
}

/// A part as it was typed; none is none.
fn part(sent: &Sent, name: &str) -> app::Result<Option<i32>> {
    let Some(text) = sent.maybe(name) else { return Ok(None) };
    let bp = words::read_percent(name, text)?;
    Ok(i32::try_from(bp).ok())
}

/// An amount as it was typed; none is none.
fn fixed(ctx: &Ctx, sent: &Sent, name: &str) -> app::Result<Option<i64>> {
    sent.maybe(name).map(|text| words::read_money(ctx, name, text)).transpose()
}

/// A part in words: `25 %` or `150.00 USD`.
pub(super) fn part_words(ctx: &Ctx, sub: &SubRepresentative) -> Option<String> {
    match (sub.split_minor, sub.split_bp) {
        (Some(minor), _) => Some(words::money(ctx, minor)),
        (None, Some(bp)) => Some(format!("{} %", words::percent_plain(i64::from(bp)))),
        (None, None) => None,
    }
}

/// Everybody who is to share it.
fn read(ctx: &Ctx, event: &Event, sent: &Sent) -> app::Result<Vec<SubRepresentativeRef>> {
    let mut all = Vec::new();
    for (at, _) in event.sub_representatives.iter().enumerate() {
        let known: Option<UserId> = sent.id(&format!("user-{at}"))?;
        if let Some(user_id) = known.filter(|_| !sent.on(&format!("remove-{at}"))) {
            let (split_bp, split_minor) =
                (part(sent, &format!("part-{at}"))?, fixed(ctx, sent, &format!("fixed-{at}"))?);
            all.push(SubRepresentative { user_id, split_bp, split_minor });
        }
    }
    for at in 0..NEW {
        if let Some(user_id) = acts::picked(sent, &format!("new-{at}"))? {
            let (split_bp, split_minor) =
                (part(sent, &format!("new-part-{at}"))?, fixed(ctx, sent, &format!("new-fixed-{at}"))?);
            all.push(SubRepresentative { user_id, split_bp, split_minor });
        }
    }
    Ok(all.into_iter().map(SubRepresentativeRef::Share).collect())
}

async fn save(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let open = seen.event.head.status == EventStatus::Open;
    let reason = sent.text("reason").to_owned();
    let done = match read(&visit.ctx, &seen.event, &sent) {
        Err(error) => Err(error),
        Ok(all) => {
            visit
                .save(&sent, move |ctx, tx| {
                    if open {
                        let change = PatchEvent { sub_representatives: Some(all.clone()), ..PatchEvent::default() };
                        return app::events::plan::patch(ctx, tx, id, change);
                    }
                    let changes = AmendChanges { sub_representatives: Some(all.clone()), ..AmendChanges::default() };
                    app::events::settle::amend(ctx, tx, id, AmendEvent { changes, reason: reason.clone() })
                })
                .await
        }
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/events/{id}"), Flash::done("The commission is shared so"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, FIELDS);
            Ok(response(&visit, &seen, &sent, &errors))
        }
    }
}

/// What is wrong with all parts together, or with a person of the list, is told at the top.
const FIELDS: &[&str] = &[
    "new-0",
    "new-1",
    "new-part-0",
    "new-part-1",
    "new-fixed-0",
    "new-fixed-1",
    "part-0",
    "part-1",
    "part-2",
    "fixed-0",
    "fixed-1",
    "fixed-2",
    "reason",
];
