//! Amounts besides the units on the page of an event: added and taken off while it is open, amended with a reason afterwards.

use super::acts::{self, Ask};
use super::common::version_field;
use super::event::{Seen, see};
use super::words;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{Button, Choice, Field, FieldError, Flash, Line, Room, csrf_field, lines, section_block};
use app::{App, Error};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::Patch;
use contract::events::{AddCharge, AmendChanges, AmendCharge, AmendEvent, Charge, Event};
use domain::event::{ChargeKind, EventStatus};
use domain::id::{ChargeId, EventId, ManufacturerId};
use domain::people::Permission;
use maud::{Markup, html};
use std::collections::BTreeSet;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/events/{id}/charges/new", get(new_page).merge(post(add)))
        .route("/events/{id}/charges/{charge}", get(edit_page).merge(post(edit)))
        .route("/events/{id}/charges/{charge}/remove", post(remove))
}

/// Whether charges may still be changed, and whether that is an amendment.
fn changes(visit: &Visit, seen: &Seen) -> Option<bool> {
    let submitted = seen.event.head.status.is_submitted();
    match seen.event.head.status {
        EventStatus::Open => seen.may_edit.then_some(false),
        _ if submitted && visit.may(Permission::AmendEvents) => Some(true),
        _ => None,
    }
}

/// Whose units a charge is for, in words; nothing for the event as a whole.
fn whom(seen: &Seen, charge: &Charge) -> Option<String> {
    match (charge.shared, charge.manufacturer_id) {
        (true, _) => Some("Shared by all in proportion".to_owned()),
        (false, Some(maker)) => Some(format!("For {}", seen.names.manufacturer(maker))),
        (false, None) => None,
    }
}

/// The charges as a part of the page.
pub fn section(visit: &Visit, seen: &Seen) -> Markup {
    let (ctx, event) = (&visit.ctx, &seen.event);
    let id = event.head.id;
    let changes = changes(visit, seen);
    if event.charges.is_empty() && changes.is_none() {
        return html! {};
    }
    let line = |charge: &Charge| {
        let amount = if charge.kind == ChargeKind::Discount { -charge.amount_minor } else { charge.amount_minor };
        let kind = charge.kind.label();
        let kind = (kind != charge.label).then(|| kind.to_owned());
        let earns = charge.commissionable.then(|| "Counts for commission".to_owned());
        let told: Vec<String> = [kind, whom(seen, charge), earns].into_iter().flatten().collect();
        let line = Line::new(charge.label.as_str()).below(told.join(" · ")).side(words::money(ctx, amount));
        let at = format!("/events/{id}/charges/{}", charge.id);
        match changes {
            None => line,
            Some(false) => line.action(Button::submit("Take off").small().action(format!("{at}/remove"))),
            Some(true) => line.action(Button::link("Correct", at).small().in_dialog()),
        }
    };
    let list: Vec<Line> = event.charges.iter().map(line).collect();
    let actions = match changes {
        Some(_) => vec![Button::link("Add a charge", format!("/events/{id}/charges/new")).small().in_dialog()],
        None => vec![],
    };
    let total = event.head.total_minor.filter(|_| !event.charges.is_empty());
    let body = html! {
        @if list.is_empty() { p class="sub" { "Freight, handling, tax, a discount: none yet." } }
        @else { form method="post" { (csrf_field(&visit.csrf())) (lines(&list)) } }
        @if let Some(total) = total { p class="total" { "Together " strong { (words::money(ctx, total)) } } }
    };
    section_block("Charges", &actions, body)
}

const EVERYBODY: &str = "all";

/// The manufacturers of an event, where there are several.
fn makers(event: &Event) -> Vec<ManufacturerId> {
    let of_lines = event.lines.iter().map(|line| line.manufacturer_id);
    let makers: BTreeSet<ManufacturerId> = of_lines.chain(event.manufacturer_ids.iter().copied()).collect();
    if makers.len() > 1 { makers.into_iter().collect() } else { Vec::new() }
}

/// The form, for a new charge or for one that is corrected.
fn ask(visit: &Visit, seen: &Seen, charge: Option<&Charge>, sent: &Sent, errors: &[FieldError]) -> Response {
    let event = &seen.event;
    let id = event.head.id;
    let amends = event.head.status != EventStatus::Open;
    let first = !sent.has("kind");
    let value = |name: &str, now: Option<String>| match first {
        true => now.unwrap_or_default(),
        false => sent.text(name).to_owned(),
    };
    let kinds = acts::words(ChargeKind::ALL, ChargeKind::as_str, ChargeKind::label);
    let currency = words::currency(&visit.ctx);
    let now = charge.map(|it| it.kind.as_str().to_owned()).unwrap_or_else(|| "freight".to_owned());
    let mut whose = vec![
        Choice::new("", "The event as a whole"),
        Choice::new(EVERYBODY, "All manufacturers, in proportion to what is billed"),
    ];
    whose.extend(makers(event).iter().map(|id| Choice::new(id.to_string(), seen.names.manufacturer(*id).to_owned())));
    let borne = charge.map(|it| match it.shared {
        true => EVERYBODY.to_owned(),
        false => it.manufacturer_id.map(|id| id.to_string()).unwrap_or_default(),
    });
    let at = charge.map_or_else(|| "new".to_owned(), |it| it.id.to_string());
    Ask {
        title: if charge.is_some() { "Correct a charge" } else { "Add a charge" }.into(),
        text: match amends {
            true => html! { p { "The event is submitted: the next revision of its documents is issued." } },
            false => html! {},
        },
        room: Room::Events,
        action: format!("/events/{id}/charges/{at}"),
        fields: html! {
            (version_field(event.head.version))
            (Field::select("kind", "What for", kinds).value(value("kind", Some(now))).errors(errors))
            (Field::money("amount_minor", "Amount", currency.code(), currency.exponent()).value(value("amount_minor", charge.map(|it| words::money_plain(&visit.ctx, it.amount_minor)))).errors(errors).required().help("A discount is taken off."))
            (Field::text("label", "In words").value(value("label", charge.map(|it| it.label.clone()))).errors(errors).optional())
            @if !makers(event).is_empty() {
                (Field::select("whose", "Whose", whose).value(value("whose", borne)).errors(errors).help("Where a manufacturer bills in its own name, this says on which invoice it stands."))
            }
            (Field::check("commissionable", "Counts for commission").on(if first { charge.is_some_and(|it| it.commissionable) } else { sent.on("commissionable") }))
            @if amends { (Field::area("reason", "Reason").value(sent.text("reason").to_owned()).limit(500).errors(errors).required().help("Kept in the history.")) }
            @if charge.is_some() {
                div class="row" { (Button::submit("Take this charge off").danger().small().action(format!("/events/{id}/charges/{at}/remove"))) }
            }
        },
        verb: if charge.is_some() { "Correct it" } else { "Add it" }.into(),
        danger: false,
        back: format!("/events/{id}"),
        errors,
    }
    .show(visit)
}

const FIELDS: &[&str] = &["kind", "amount_minor", "label", "whose", "reason"];

/// The answer to a form that did not pass, each sentence at its field.
fn again(visit: &Visit, seen: &Seen, charge: Option<&Charge>, sent: &Sent, error: Error) -> Out {
    let mut complaints = visit.complaints(error)?;
    for it in &mut complaints {
        let name = it.field.rsplit('.').next().unwrap_or_default().to_owned();
        it.field = if matches!(name.as_str(), "shared" | "manufacturer_id") { "whose".into() } else { name.into() };
    }
    let errors = acts::known(complaints, FIELDS);
    Ok(ask(visit, seen, charge, sent, &errors))
}

fn may_change(visit: &Visit, seen: &Seen) -> app::Result<()> {
    let message = "The charges of this event cannot be changed by you now. Look at it as it is.";
    changes(visit, seen).map(drop).ok_or_else(|| Error::conflict("event_not_open", message))
}

async fn new_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    may_change(&visit, &seen)?;
    Ok(ask(&visit, &seen, None, &sent, &[]))
}

/// What the form says, as an amendment would have it.
fn read(visit: &Visit, sent: &Sent) -> app::Result<AmendCharge> {
    let whose = sent.maybe("whose");
    let maker: Option<ManufacturerId> = match whose {
        Some(EVERYBODY) | None => None,
        Some(_) => sent.id("whose")?,
    };
    Ok(AmendCharge {
        kind: Some(ChargeKind::parse(sent.text("kind")).unwrap_or(ChargeKind::Other)),
        label: Some(sent.text("label").to_owned()),
        amount_minor: Some(words::read_money(&visit.ctx, "amount_minor", sent.text("amount_minor"))?),
        commissionable: Some(sent.on("commissionable")),
        manufacturer_id: match (sent.has("whose"), maker) {
            (false, _) => Patch::Leave,
            (true, None) => Patch::Clear,
            (true, Some(maker)) => Patch::Set(maker),
        },
        shared: sent.has("whose").then_some(whose == Some(EVERYBODY)),
        ..AmendCharge::default()
    })
}

fn amendment(sent: &Sent, charge: AmendCharge) -> AmendEvent {
    let changes = AmendChanges { charges: vec![charge], ..AmendChanges::default() };
    AmendEvent { changes, reason: sent.text("reason").to_owned() }
}

async fn amend(visit: &Visit, sent: &Sent, id: EventId, charge: AmendCharge) -> app::Result<()> {
    let wish = amendment(sent, charge);
    visit.save(sent, move |ctx, tx| app::events::settle::amend(ctx, tx, id, wish.clone())).await.map(drop)
}

async fn add(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let amends = seen.event.head.status != EventStatus::Open;
    let done = match read(&visit, &sent) {
        Err(error) => Err(error),
        Ok(charge) if amends => amend(&visit, &sent, id, charge).await,
        Ok(it) => {
            let new = AddCharge {
                kind: it.kind.unwrap_or(ChargeKind::Other),
                label: it.label.unwrap_or_default(),
                amount_minor: it.amount_minor.unwrap_or_default(),
                commissionable: it.commissionable.unwrap_or_default(),
                manufacturer_id: it.manufacturer_id.or(None),
                shared: it.shared.unwrap_or_default(),
            };
            let added = visit.save(&sent, move |ctx, tx| app::events::charges::add(ctx, tx, id, new.clone()));
            added.await.map(drop)
        }
    };
    match done {
        Ok(()) => Ok(visit.go(&format!("/events/{id}"), Flash::done("Charge added"))),
        Err(error) => again(&visit, &seen, None, &sent, error),
    }
}

fn found(seen: &Seen, id: ChargeId) -> app::Result<Charge> {
    seen.event.charges.iter().find(|it| it.id == id).cloned().ok_or_else(Error::not_found)
}

async fn edit_page(visit: Visit, Path((id, charge)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, charge): (EventId, ChargeId) = (visit.id(&id)?, visit.id(&charge)?);
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let charge = found(&seen, charge)?;
    visit.ctx.require(Permission::AmendEvents)?;
    Ok(ask(&visit, &seen, Some(&charge), &sent, &[]))
}

async fn edit(visit: Visit, Path((id, charge)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, charge): (EventId, ChargeId) = (visit.id(&id)?, visit.id(&charge)?);
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let it = found(&seen, charge)?;
    let done = match read(&visit, &sent) {
        Ok(change) => amend(&visit, &sent, id, AmendCharge { id: Some(charge), ..change }).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(visit.go(&format!("/events/{id}"), Flash::done("Corrected: the next revision is issued"))),
        Err(error) => again(&visit, &seen, Some(&it), &sent, error),
    }
}

/// Takes a charge off: at once while the event is open, as an amendment with its reason afterwards.
async fn remove(visit: Visit, Path((id, charge)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, charge): (EventId, ChargeId) = (visit.id(&id)?, visit.id(&charge)?);
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let back = format!("/events/{id}");
    if seen.event.head.status == EventStatus::Open {
        let done = visit.save(&sent, move |ctx, tx| app::events::charges::remove(ctx, tx, id, charge)).await;
        return acts::told(&visit, done, &back, Flash::done("Charge taken off"));
    }
    let it = found(&seen, charge)?;
    let off = AmendCharge { id: Some(charge), remove: true, ..AmendCharge::default() };
    match amend(&visit, &sent, id, off).await {
        Ok(()) => Ok(visit.go(&back, Flash::done("Taken off: the next revision is issued"))),
        Err(error) => again(&visit, &seen, Some(&it), &sent, error),
    }
}
