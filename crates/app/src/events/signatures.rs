//! Signatures of an event: drawn or typed, under what was used or under what was handed over.
//!
//! A signature is bound to the digest of what was signed in one canonical form, made from the document that the order says (or
//! would say). When that is another one, by an amendment or by changes after reopening, the signature is void: it stays on record
//! and says so. What did not change stays signed, through submission and reopening.

use super::{Loaded, level, readable};
use crate::billing::documents::read_document;
use crate::{Ctx, Error, Result, labels};
use contract::billing::OrderDocument;
use contract::documents::{EventSignature, EventSignatures, SignEvent};
use domain::clock::Instant;
use domain::document::{SignatureRole, SignedDocument};
use domain::event::EventStatus;
use domain::id::{EventId, Id};
use domain::limits;
use domain::people::{Level, Permission, Role};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::Tx;
use store::documents::SignatureRow;
use store::events::EventRow;
use uuid::Uuid;

/// Signatures of one event, void ones included.
const SIGNATURES_MAX: usize = 100;
/// Strokes and points of one signature.
const STROKES_MAX: usize = 200;
const POINTS_MAX: usize = 4_000;
/// What is drawn lies within this.
const PAD: (f32, f32) = (480.0, 160.0);

#[derive(Serialize)]
struct Canonical<'a> {
    form: u32,
    document: &'a str,
    event: &'a str,
    on: &'a str,
    location: Option<&'a str>,
    physician: Option<&'a str>,
    procedure: Option<&'a str>,
    patient: &'a str,
    currency: &'a str,
    lines: Vec<CanonicalLine<'a>>,
    charges: Vec<(&'a str, &'a str, i64)>,
    total: Option<i64>,
}

#[derive(Serialize)]
struct CanonicalLine<'a> {
    line: String,
    unit: String,
    number: &'a str,
    lot: &'a str,
    serial: &'a str,
    usage: &'a str,
    price: Option<i64>,
    amount: Option<i64>,
    free: bool,
    stock: bool,
}

/// The digest of what a document says, as far as a signature stands under it.
pub(crate) fn digest(said: &OrderDocument, document: SignedDocument) -> String {
    let priced = document == SignedDocument::Order;
    let mut lines: Vec<CanonicalLine<'_>> = said
        .lines
        .iter()
        .map(|line| CanonicalLine {
            line: line.line_id.to_string(),
            unit: line.unit_id.to_string(),
            number: &line.catalog_number,
            lot: &line.lot,
            serial: &line.serial,
            usage: line.usage.as_str(),
            price: priced.then_some(line.unit_price_minor),
            amount: priced.then_some(line.amount_minor),
            free: priced && line.no_charge,
            stock: line.facility_stock,
        })
        .collect();
    lines.sort_by(|one, two| one.line.cmp(&two.line));
    let mut charges: Vec<(&str, &str, i64)> = match priced {
        true => said.charges.iter().map(|it| (it.kind.as_str(), it.label.as_str(), it.amount_minor)).collect(),
        false => Vec::new(),
    };
    charges.sort_unstable();
    let whole = Canonical {
        form: 1,
        document: document.as_str(),
        event: &said.event_number,
        on: &said.event_on,
        location: said.location.as_ref().map(|it| it.name.as_str()),
        physician: said.physician.as_deref(),
        procedure: said.procedure.as_deref(),
        patient: &said.patient_reference,
        currency: &said.currency,
        lines,
        charges,
        total: priced.then_some(said.total_minor),
    };
    let bytes = serde_json::to_vec(&whole).unwrap_or_default();
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What an event says now: its standing order, else what its order would say.
pub(crate) fn said_now(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<OrderDocument> {
    let order = store::billing::latest_order(tx, ctx.org(), row.id)?.filter(|order| order.status == "open");
    match order {
        Some(order) => read_document(store::billing::order_document(tx, ctx.org(), order.id)?),
        None => {
            let loaded = Loaded::of(ctx, tx, row)?;
            crate::billing::document_now(ctx, tx, row, &loaded)
        }
    }
}

fn drawn(text: &str) -> Vec<Vec<[f32; 2]>> {
    serde_json::from_str(text).unwrap_or_default()
}

/// The signatures of an event, whoever asks: reach was asked before.
pub(crate) fn of_event(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<EventSignatures> {
    let said = said_now(ctx, tx, row)?;
    let rows = store::documents::signatures(tx, ctx.org(), row.id)?;
    let people: Vec<Uuid> = rows.iter().map(|row| row.recorded_by).collect();
    let names = store::directory::names_of_people(tx, ctx.org(), &people)?;
    let (order, note) = (digest(&said, SignedDocument::Order), digest(&said, SignedDocument::DeliveryNote));
    let cancelled = row.status == EventStatus::Cancelled.as_str();
    let items = rows.into_iter().map(|it| {
        let document = SignedDocument::parse(&it.document).unwrap_or(SignedDocument::Order);
        let now = if document == SignedDocument::Order { &order } else { &note };
        EventSignature {
            id: Id::from_uuid(it.id),
            document,
            role: SignatureRole::parse(&it.role).unwrap_or(SignatureRole::Provider),
            void: cancelled || it.content != *now,
            strokes: drawn(&it.strokes),
            name: it.name,
            title: it.title,
            content: it.content,
            signed_at: Instant(it.signed_at),
            recorded_by_id: Id::from_uuid(it.recorded_by),
            recorded_by_name: names.get(&it.recorded_by).cloned().unwrap_or_default(),
            through_link: it.link_id.is_some(),
        }
    });
    let items: Vec<EventSignature> = items.collect();
    let (wanted, why) = super::signing::asked(ctx, tx, row)?.wanted(&signers(&items));
    Ok(EventSignatures { items, order_content: order, delivery_note_content: note, wanted, why })
}

/// Whose signatures stand under what was used and what it costs.
fn signers(signed: &[EventSignature]) -> Vec<SignatureRole> {
    signed.iter().filter(|it| !it.void && it.document == SignedDocument::Order).map(|it| it.role).collect()
}

/// Who has signed what an event says as it is now.
pub(super) fn standing(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Vec<SignatureRole>> {
    Ok(signers(&of_event(ctx, tx, row)?.items))
}

/// The signatures of an event in reach.
pub fn list(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<EventSignatures> {
    let row = readable(ctx, tx, id.uuid())?;
    of_event(ctx, tx, &row)
}

/// Signs: whoever may change the event for everybody, a manager of the facility for the facility.
pub fn sign(ctx: &Ctx, tx: &mut Tx, id: EventId, body: &SignEvent) -> Result<EventSignatures> {
    let row = store::events::lock_event(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    match level(ctx, tx, &row)? {
        Level::Name => return Err(Error::not_found()),
        Level::Act => {}
        _ if ctx.actor.role == Role::FacilityManager && body.role != SignatureRole::Representative => {}
        _ => {
            let message = "You see this event, but signatures are taken by whoever may change it.";
            return Err(Error::forbidden("not_your_event", message));
        }
    }
    ctx.require(Permission::ManageEvents)?;
    ctx.check_version(row.version, || super::view(ctx, tx, row.id))?;
    put(ctx, tx, &row, body, None)?;
    of_event(ctx, tx, &row)
}

/// Keeps a signature under what the event says now. The event is locked.
pub(crate) fn put(ctx: &Ctx, tx: &mut Tx, row: &EventRow, body: &SignEvent, link: Option<Uuid>) -> Result<()> {
    if row.status == EventStatus::Cancelled.as_str() {
        return Err(Error::conflict("event_cancelled", "The event was cancelled, so there is nothing to sign."));
    }
    let name = labels::required("name", &body.name, limits::NAME_MAX)?;
    let title = labels::line("title", Some(&body.title), limits::NAME_MAX)?;
    let strokes = strokes(&body.strokes)?;
    let said = said_now(ctx, tx, row)?;
    if said.lines.is_empty() && said.charges.is_empty() {
        return Err(Error::conflict("event_empty", "There is nothing on this event to sign for yet."));
    }
    let content = digest(&said, body.document);
    if body.content.as_ref().is_some_and(|seen| *seen != content) {
        let message = "What is to be signed was changed since you opened it. Look at it again, then sign.";
        return Err(Error::conflict("content_changed", message));
    }
    if store::documents::signatures(tx, ctx.org(), row.id)?.len() >= SIGNATURES_MAX {
        return Err(Error::conflict("too_many_signatures", "This event has as many signatures as one may have."));
    }
    let signature = SignatureRow {
        id: ctx.id::<domain::id::Signature>().uuid(),
        document: body.document.as_str().into(),
        role: body.role.as_str().into(),
        name,
        title,
        strokes,
        content,
        signed_at: ctx.now.0,
        recorded_by: ctx.actor.id.uuid(),
        link_id: link,
    };
    store::documents::insert_signature(tx, ctx.org(), row.id, &signature)?;
    let kind = if link.is_some() { "event_signed_by_link" } else { "event_signed" };
    let mut entry = ctx.entry(kind).subject(row.id);
    let words = format!("{} ({}), {}", signature.name, body.role.label(), body.document.label().to_lowercase());
    entry.change(row.id, "signature", None, Some(words));
    entry.append(ctx, tx)
}

/// What was drawn, as it is kept: nothing outside the pad, no more than a hand draws.
fn strokes(drawn: &[Vec<[f32; 2]>]) -> Result<String> {
    let points: usize = drawn.iter().map(Vec::len).sum();
    let inside = |it: &[f32; 2]| (0.0..=PAD.0).contains(&it[0]) && (0.0..=PAD.1).contains(&it[1]);
    if drawn.len() > STROKES_MAX || points > POINTS_MAX || !drawn.iter().flatten().all(inside) {
        let message = "What was drawn cannot be kept. Clear it and draw it again, or type the name alone.";
        return Err(Error::field("strokes", "invalid_strokes", message));
    }
    if points < 2 {
        return Ok(String::new());
    }
    let tenth = |value: f32| (value * 10.0).round() / 10.0;
    let kept: Vec<Vec<[f32; 2]>> =
        drawn.iter().map(|stroke| stroke.iter().map(|it| [tenth(it[0]), tenth(it[1])]).collect()).collect();
    serde_json::to_string(&kept).map_err(|error| Error::Internal(error.to_string()))
}

/// The signatures that stand under a document, as paper shows them.
pub(crate) fn on_paper(
    ctx: &Ctx,
    tx: &mut Tx,
    event: Uuid,
    said: &OrderDocument,
    document: SignedDocument,
) -> Result<Vec<print::document::Signature>> {
    let content = digest(said, document);
    let rows = store::documents::signatures(tx, ctx.org(), event)?;
    let mut standing: Vec<SignatureRow> =
        rows.into_iter().filter(|it| it.document == document.as_str() && it.content == content).collect();
    // There is room for four on paper; all of them are on record.
    if standing.len() > 4 {
        standing.drain(..standing.len() - 4);
    }
    let zone = &ctx.organization.time_zone;
    let shown = standing.into_iter().map(|it| print::document::Signature {
        role: SignatureRole::parse(&it.role).map_or("", SignatureRole::label).to_owned(),
        name: if it.title.is_empty() { it.name } else { format!("{}, {}", it.name, it.title) },
        signed_at: Instant(it.signed_at).local(zone),
        strokes: drawn(&it.strokes)
            .into_iter()
            .map(|stroke| stroke.into_iter().map(|[x, y]| (x, y)).collect())
            .collect(),
    });
    Ok(shown.collect())
}

/// Whether the viewer may sign here, for buttons.
pub fn may_sign(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<bool> {
    let row = readable(ctx, tx, id.uuid())?;
    let level = level(ctx, tx, &row)?;
    Ok(ctx.may(Permission::ManageEvents)
        && row.status != EventStatus::Cancelled.as_str()
        && (level >= Level::Act || ctx.actor.role == Role::FacilityManager))
}
