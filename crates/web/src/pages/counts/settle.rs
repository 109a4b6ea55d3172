//! Settling what a count found: for each difference what is done and why, in one step that can be taken back.

use super::{Seen, alike, mark, see, title};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::pages::acts;
use crate::pages::words;
use crate::ui::{Button, Field, FieldError, Flash, Form, Header, Room, section};
use app::Error;
use axum::extract::Path;
use axum::response::Response;
use contract::counts::{DecideMissing, DecideUnexpected, ReconcileCount};
use domain::count::{MissingAction, UnexpectedAction, UnitOutcome};
use domain::id::UnitId;
use maud::{Markup, html};

/// What was chosen for one difference.
fn seg(name: &str, chosen: &str, choices: &[(&str, &str)]) -> Markup {
    html! {
        div class="seg" {
            @for (word, label) in choices {
                label { input type="radio" id={ "f-" (name) "-" (word) } name=(name) value=(word) checked[chosen == *word]; (label) }
            }
        }
    }
}

fn why(name: &str, value: &str) -> Markup {
    html! {
        label class="sr" for=(name) { "Reason, if another than above" }
        input class="input" id=(name) name=(name) value=(value) placeholder="Reason, if another than above" maxlength="500" autocomplete="off";
    }
}

async fn waiting(visit: &Visit, id: domain::id::CountId) -> Result<Seen, Fail> {
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    if !seen.choices.reconcile {
        return Err(Error::forbidden("not_allowed", "What a count found is settled by the office.").into());
    }
    Ok(seen)
}

fn form(visit: &Visit, seen: &Seen, sent: &Sent, errors: &[FieldError]) -> Response {
    let it = &seen.count.head;
    let missing = alike(seen.count.units.iter().filter(|unit| unit.outcome == UnitOutcome::Missing));
    let unexpected = seen.count.lines.iter().filter(|line| line.unexpected > 0);
    let fields = html! {
        input type="hidden" name="version" value=(it.version);
        (Field::text("reason", "Reason").value(sent.text("reason").to_owned()).errors(errors).required().limit(500)
            .help("Kept with every movement. A difference may have one of its own below.").placeholder("Yearly count of the trunk"))
        @if missing.len() > 1 {
            fieldset class="field" {
                legend class="label" { "All that is missing" }
                (seg("all-missing", sent.text("all-missing"), &[("", "One by one"), ("to_discrepancy", "To discrepancies"), ("keep", "Leave as it is")]))
            }
        }
        @if it.unexpected_count > Some(1) {
            fieldset class="field" {
                legend class="label" { "All that is unexpected" }
                (seg("all-line", sent.text("all-line"), &[("", "One by one"), ("auto", "From discrepancies"), ("bring", "From anybody"), ("create", "Make it"), ("leave", "Leave open")]))
                div class="help" { "One choice for all of them counts, whatever stands below." }
            }
        }
        @if !missing.is_empty() {
            (section("Missing", Some("It leaves the custodian and waits on hold with whoever answers for discrepancies, or stays as it is."), html! {
                @for group in &missing {
                    @let unit = group[0];
                    @let name = format!("missing-{}", unit.unit_id);
                    @let says = mark(unit.lot.as_deref(), unit.serial.as_deref(), unit.expires_on);
                    fieldset class="field" {
                        legend class="label" {
                            @if group.len() > 1 { (group.len()) " × " }
                            (title(&seen.names, Some(unit.catalog_item_id))) " " span class="sub" { (says) }
                        }
                        a class="link sub" href=(crate::pages::explain::address(unit.catalog_item_id, unit.lot.as_deref(), it.custodian.id)) { "Explain this count" }
                        input type="hidden" name={ "of-" (unit.unit_id) } value=(group.iter().map(|unit| unit.unit_id.to_string()).collect::<Vec<_>>().join(","));
                        (seg(&name, sent.maybe(&name).unwrap_or("to_discrepancy"), &[("to_discrepancy", "To discrepancies"), ("keep", "Leave as it is")]))
                        (why(&format!("why-{}", unit.unit_id), sent.text(&format!("why-{}", unit.unit_id))))
                    }
                }
            }))
        }
        @if it.unexpected_count > Some(0) {
            (section("Unexpected", Some("Bringing it here takes the nearest unit that matches: from another place of the same custodian, from the discrepancies, then from anybody."), html! {
                @for line in unexpected {
                    @let name = format!("line-{}", line.id);
                    fieldset class="field" {
                        legend class="label" {
                            @if line.unexpected > 1 { (line.unexpected) " × " }
                            (title(&seen.names, line.catalog_item_id)) " "
                            span class="sub" { (mark(line.lot.as_deref(), line.serial.as_deref(), line.expires_on)) }
                        }
                        @if line.catalog_item_id.is_some() {
                            (seg(&name, sent.maybe(&name).unwrap_or("auto"), &[("auto", "From discrepancies"), ("bring", "From anybody"), ("create", "Make it"), ("leave", "Leave open")]))
                        } @else {
                            input type="hidden" name={ "open-" (line.id) } value="1";
                            (seg(&name, "leave", &[("leave", "Leave open")]))
                        }
                        (why(&format!("why-{}", line.id), sent.text(&format!("why-{}", line.id))))
                    }
                }
            }))
        }
    };
    let form = Form::post(format!("/counts/{}/reconcile", it.id), visit.csrf())
        .wide()
        .errors(errors)
        .body(fields)
        .button(Button::submit("Settle it").primary())
        .button(Button::link("Cancel", format!("/counts/{}", it.id)).quiet());
    let header = Header::new("Settle what differs")
        .crumb("Counts", "/counts")
        .crumb(format!("Count of {}", it.custodian_name), format!("/counts/{}", it.id))
        .under(format!(
            "{} missing, {} unexpected. It can be taken back with one press.",
            words::number(it.missing_count.unwrap_or_default()),
            words::number(it.unexpected_count.unwrap_or_default())
        ));
    acts::form_page(visit, Room::Stock, header, "Settle what differs".into(), &form, !errors.is_empty())
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::Count>(&id)?;
    let seen = waiting(&visit, id).await?;
    if seen.count.head.status != domain::count::CountStatus::Counted {
        return Ok(visit.leave(&format!("/counts/{id}")));
    }
    Ok(form(&visit, &seen, &Sent::default(), &[]))
}

fn read(sent: &Sent) -> app::Result<ReconcileCount> {
    let reason = sent.text("reason").to_owned();
    if reason.is_empty() {
        return Err(Error::field("reason", "required", "Say why, in a few words."));
    }
    let mut body = ReconcileCount { reason, ..ReconcileCount::default() };
    // One choice for all comes before those of the single differences.
    let (all_missing, all_lines) = (MissingAction::parse(sent.text("all-missing")), sent.maybe("all-line"));
    for (name, word) in sent.pairs() {
        if let Some(first) = name.strip_prefix("missing-") {
            let Some(action) = all_missing.or_else(|| MissingAction::parse(word)) else { continue };
            let reason = sent.text(&format!("why-{first}")).to_owned();
            let group = sent.text(&format!("of-{first}"));
            let ids = group.split(',').filter_map(|id| id.parse::<UnitId>().ok());
            body.missing.extend(ids.map(|unit_id| DecideMissing { unit_id, action, reason: reason.clone() }));
        } else if let Some(line) = name.strip_prefix("line-") {
            // Without a word only what nobody else answers for comes here.
            // Nothing can be made or brought of what names no item.
            let only = sent.text(&format!("open-{line}")) == "1";
            let word = all_lines.filter(|_| !only).unwrap_or(word);
            let Some(action) = UnexpectedAction::parse(word) else { continue };
            let reason = sent.text(&format!("why-{line}")).to_owned();
            body.unexpected.push(DecideUnexpected { line_id: line.to_owned(), action, reason });
        }
    }
    Ok(body)
}

pub(super) async fn reconcile(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Count>(&id)?;
    let done = match read(&sent) {
        Ok(body) => {
            visit.save(&sent, move |ctx, tx| Ok(app::counts::settle::reconcile(ctx, tx, id, &body)?.head)).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => {
            let flash = Flash::done("Settled: the books say what was counted").undo(format!("/counts/{id}/undo"));
            Ok(visit.go(&format!("/counts/{id}"), flash))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            let seen = waiting(&visit, id).await?;
            Ok(form(&visit, &seen, &sent, &errors))
        }
    }
}

pub(super) async fn undo(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::Count>(&id)?;
    let done = visit.save(&sent, move |ctx, tx| Ok(app::counts::settle::undo(ctx, tx, id)?.head)).await;
    acts::told(&visit, done, &format!("/counts/{id}"), Flash::done("Taken back: everything is as it was before"))
}
