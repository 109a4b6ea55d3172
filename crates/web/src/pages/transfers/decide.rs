//! Deciding about a transfer: accepted, in whole or in part; declined with a reason; taken back; units taken off.

use super::{LINES, Seen, called, see, sides};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::pages::acts::{self, Ask};
use crate::pages::words;
use crate::ui::{Button, FieldError, Flash, Form, Header, Room};
use app::{Ctx, Error, Tx};
use axum::extract::Path;
use axum::response::Response;
use contract::transfers::{AcceptTransfer, MissingUnit};
use domain::id::{TransferId, UnitId};
use domain::stock::TransferLineStatus;
use maud::{Render, html};

pub(super) async fn accept(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::transfers::accept(ctx, tx, id, &AcceptTransfer::default())).await;
    let to = format!("/transfers/{id}");
    match done {
        Ok(it) => {
            let count = it["units_count"].as_i64().unwrap_or_default();
            let flash = Flash::done(format!("{} accepted", words::count(count, "unit", "units")));
            Ok(if sent.on("stay") { visit.go("/", flash) } else { visit.go(&to, flash) })
        }
        Err(error) => Ok(visit.go(&to, Flash::failed(acts::sentence(&visit, error)?))),
    }
}

pub(super) async fn cancel(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::transfers::cancel(ctx, tx, id)).await;
    acts::told(
        &visit,
        done,
        &format!("/transfers/{id}"),
        Flash::done("Taken back: the units are with the sender again"),
    )
}

fn ask_to_decline(visit: &Visit, id: TransferId, seen: &Seen, sent: &Sent, errors: &[FieldError]) -> Response {
    Ask {
        title: "Decline this transfer?".into(),
        text: html! { p { "All of it goes back to " (seen.transfer.from_name) ". If only some did not arrive, " a class="link" href={ "/transfers/" (id) "/receive" } { "accept it in part" } "." } },
        room: Room::Transfers,
        action: format!("/transfers/{id}/decline"),
        fields: acts::reason(sent, errors, true).render(),
        verb: "Decline the transfer".into(),
        danger: true,
        back: format!("/transfers/{id}"),
        errors,
    }
    .show(visit)
}

pub(super) async fn decline_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    Ok(ask_to_decline(&visit, id, &seen, &sent, &[]))
}

pub(super) async fn decline(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let reason = sent.text("reason").to_owned();
    let done = visit.save(&sent, move |ctx, tx| app::transfers::decline(ctx, tx, id, &reason)).await;
    match done {
        Ok(_) => Ok(visit.go(&format!("/transfers/{id}"), Flash::done("Declined: the sender is told why"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
            Ok(ask_to_decline(&visit, id, &seen, &sent, &errors))
        }
    }
}

/// For each unit that waits: it arrived, it did not, or it is decided later. `arrived` are ticked from the start.
pub fn receive_response(
    visit: &Visit,
    seen_of: &TransferId,
    seen: &Received,
    sent: &Sent,
    errors: &[FieldError],
) -> Response {
    let id = seen_of;
    let waiting = seen.0.transfer.lines.iter().filter(|line| line.status == TransferLineStatus::Pending);
    let fields = html! {
        @for line in waiting.take(LINES) {
            @let name = format!("state-{}", line.unit_id);
            @let (title, mark) = called(&seen.0, line);
            @let chosen = match sent.maybe(&name) {
                Some(word) => word.to_owned(),
                None => seen.1.as_ref().map_or("arrived", |arrived| if arrived.contains(&line.unit_id) { "arrived" } else { "later" }).to_owned(),
            };
            fieldset class="field" {
                legend class="label" { (title) " " span class="sub" { (mark) } }
                div class="seg" {
                    @for (word, label) in [("arrived", "Arrived"), ("damaged", "Damaged"), ("missing", "Did not arrive"), ("later", "Later")] {
                        label { input type="radio" id={ "f-" (name) "-" (word) } name=(name) value=(word) checked[chosen == word]; (label) }
                    }
                }
                label class="sr" for={ "why-" (line.unit_id) } { "What is known, if it is damaged or did not arrive" }
                input class="input" id={ "why-" (line.unit_id) } name={ "why-" (line.unit_id) } value=(sent.text(&format!("why-{}", line.unit_id))) placeholder="What is known, if it is damaged or did not arrive" maxlength="500" autocomplete="off";
            }
        }
    };
    let form = Form::post(format!("/transfers/{id}/receive"), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Accept what arrived").primary())
        .button(Button::link("Cancel", format!("/transfers/{id}")).quiet());
    let header = Header::new("Accept in part")
        .crumb("Transfers", "/transfers")
        .crumb(sides(&seen.0.transfer), format!("/transfers/{id}"))
        .under("What did not arrive goes back to be looked for, what is damaged waits on hold with you, both with what you know. The rest waits for you.");
    acts::form_page(visit, Room::Transfers, header, "Accept in part".into(), &form, !errors.is_empty())
}

/// A transfer, and the units of it that were scanned, where some were.
pub struct Received(Seen, Option<Vec<UnitId>>);

/// Reads what [`receive_response`] shows.
pub fn received(ctx: &Ctx, tx: &mut Tx, id: TransferId, arrived: Option<Vec<UnitId>>) -> app::Result<Received> {
    Ok(Received(see(ctx, tx, id)?, arrived))
}

pub(super) async fn receive_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let seen = visit.read(move |ctx, tx| received(ctx, tx, id, None)).await?;
    Ok(receive_response(&visit, &id, &seen, &sent, &[]))
}

fn read_receipt(sent: &Sent) -> app::Result<AcceptTransfer> {
    let (mut arrived, mut missing, mut damaged) = (Vec::new(), Vec::new(), Vec::new());
    for (name, word) in sent.pairs() {
        let Some(unit_id) = name.strip_prefix("state-").and_then(|id| id.parse::<UnitId>().ok()) else { continue };
        match word {
            "arrived" => arrived.push(unit_id),
            "missing" | "damaged" => {
                let reason = sent.text(&format!("why-{unit_id}")).to_owned();
                if reason.is_empty() {
                    let message = "Say what is known about each unit that is damaged or did not arrive.";
                    return Err(Error::field("", "required", message));
                }
                if word == "damaged" {
                    arrived.push(unit_id);
                    damaged.push(MissingUnit { unit_id, reason });
                } else {
                    missing.push(MissingUnit { unit_id, reason });
                }
            }
            _ => {}
        }
    }
    if arrived.is_empty() && missing.is_empty() {
        return Err(Error::field("", "required", "Say at least of one unit whether it arrived."));
    }
    Ok(AcceptTransfer { unit_ids: Some(arrived), missing, damaged })
}

pub(super) async fn receive(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let done = match read_receipt(&sent) {
        Ok(body) => visit.save(&sent, move |ctx, tx| app::transfers::accept(ctx, tx, id, &body)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/transfers/{id}"), Flash::done("Accepted what arrived"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &[]);
            let seen = visit.read(move |ctx, tx| received(ctx, tx, id, None)).await?;
            Ok(receive_response(&visit, &id, &seen, &sent, &errors))
        }
    }
}

fn remove_response(visit: &Visit, id: TransferId, seen: &Seen, errors: &[FieldError]) -> Response {
    let waiting = seen.transfer.lines.iter().filter(|line| line.status == TransferLineStatus::Pending);
    let fields = html! {
        fieldset class="field" {
            legend class="label" { "Which units stay with " (seen.transfer.from_name) }
            div class="choices" {
                @for line in waiting.take(LINES) {
                    label class="tick" {
                        input class="box" type="checkbox" name="id" value=(line.unit_id);
                        @let unit = seen.names.unit(line.unit_id);
                        span { (unit.map_or("A unit", |unit| seen.names.item_title(unit.item))) span class="help" { (unit.map(|unit| unit.lot.clone()).unwrap_or_default()) } }
                    }
                }
            }
        }
    };
    let form = Form::post(format!("/transfers/{id}/remove-lines"), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Take them off").primary())
        .button(Button::link("Cancel", format!("/transfers/{id}")).quiet());
    let header = Header::new("Take units off")
        .crumb("Transfers", "/transfers")
        .crumb(sides(&seen.transfer), format!("/transfers/{id}"))
        .under("They go back to the sender. If all are taken off, the transfer is cancelled.");
    acts::form_page(visit, Room::Transfers, header, "Take units off".into(), &form, !errors.is_empty())
}

pub(super) async fn remove_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    if !seen.choices.remove_lines {
        return Err(Fail::from(Error::forbidden(
            "not_allowed",
            "Units are taken off a pending transfer by the office.",
        )));
    }
    Ok(remove_response(&visit, id, &seen, &[]))
}

pub(super) async fn remove(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Transfer>(&id)?;
    let ids: Vec<UnitId> = sent.ids("id")?;
    let done = if ids.is_empty() {
        Err(Error::field("", "required", "Tick at least one unit."))
    } else {
        visit.save(&sent, move |ctx, tx| app::transfers::remove_lines(ctx, tx, id, &ids)).await
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/transfers/{id}"), Flash::done("Taken off: they are with the sender again"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &[]);
            let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
            Ok(remove_response(&visit, id, &seen, &errors))
        }
    }
}
