//! Links with which somebody without an account sees one document: made by whoever works on the event, ended by them, or by
//! time. Only the digest of the secret is kept; openings are counted.

use super::{order_at_work, order_in_sight};
use crate::session::outside;
use crate::{Config, Ctx, Error, Result};
use auth::SystemRandom;
use auth::secret::Kind;
use contract::documents::{DocumentLink, NewDocumentLink, ShareDocument};
use contract::{Done, Items};
use domain::clock::Instant;
use domain::document::DocumentKind;
use domain::id::{DocumentLinkId, Id, SalesOrderId};
use store::Tx;
use store::documents::LinkRow;
use uuid::Uuid;

/// Where the console opens a link; the secret follows.
pub const GUEST_PATH: &str = "/order/";
/// Days that a link works unless something else is said, and at most.
pub const DAYS: (i64, i64) = (60, 180);
const DAY: i64 = 86_400 * 1_000_000;
/// Links of one event that are listed.
const LISTED: i64 = 100;

/// A link that was made and is not kept yet: what opens it, and its row.
pub(crate) struct Made {
    /// The whole address.
    pub address: String,
    digest: [u8; 32],
    /// Its row.
    pub row: LinkRow,
}

impl Made {
    /// Makes one.
    pub fn new(ctx: &Ctx, config: &Config, kind: DocumentKind, subject: Uuid, event: Uuid, days: i64) -> Self {
        let (secret, digest) = Kind::Order.generate(&mut SystemRandom);
        let row = LinkRow {
            id: ctx.id::<domain::id::DocumentLink>().uuid(),
            kind: kind.as_str().into(),
            subject_id: subject,
            event_id: event,
            created_by: ctx.actor.id.uuid(),
            created_at: ctx.now.0,
            expires_at: ctx.now.0 + days * DAY,
            revoked_at: None,
            used_at: None,
            opened_count: 0,
            first_opened_at: None,
            last_opened_at: None,
        };
        let address = format!("{}{GUEST_PATH}{}", config.public_url, outside(&secret, ctx.org()));
        Self { address, digest: *digest.as_bytes(), row }
    }

    /// Keeps its row.
    pub fn save(&self, ctx: &Ctx, tx: &mut Tx) -> Result<()> {
        Ok(store::documents::insert_link(tx, ctx.org(), &self.digest, &self.row)?)
    }
}

fn days(body: &ShareDocument) -> Result<i64> {
    let days = body.days.unwrap_or(DAYS.0);
    if (1..=DAYS.1).contains(&days) {
        return Ok(days);
    }
    Err(Error::field("days", "invalid_days", format!("Give a number of days from 1 to {}.", DAYS.1)))
}

fn shared(ctx: &Ctx, tx: &mut Tx, config: &Config, id: SalesOrderId, body: &ShareDocument) -> Result<Made> {
    let days = days(body)?;
    let (event, order) = order_at_work(ctx, tx, id)?;
    let made = Made::new(ctx, config, DocumentKind::SalesOrder, order.id, event.id, days);
    made.save(ctx, tx)?;
    let mut entry = ctx.entry("document_link_made").subject(event.id);
    entry.change(event.id, "link_expires_at", None, Some(Instant(made.row.expires_at).rfc3339()));
    entry.append(ctx, tx)?;
    Ok(made)
}

/// Makes a link to a sales order. Its answer is never remembered.
pub fn share(
    ctx: &Ctx,
    tx: &mut Tx,
    config: &Config,
    id: SalesOrderId,
    body: &ShareDocument,
) -> Result<NewDocumentLink> {
    let made = shared(ctx, tx, config, id, body)?;
    let code = print::code::svg(&made.address, "Code that leads to this sales order");
    Ok(NewDocumentLink {
        id: Id::from_uuid(made.row.id),
        code_svg: code.unwrap_or_default(),
        link: made.address,
        expires_at: Instant(made.row.expires_at),
    })
}

/// The sales order on paper with the code of a new link on it.
pub fn paper_with_code(
    ctx: &Ctx,
    tx: &mut Tx,
    config: &Config,
    id: SalesOrderId,
    body: &ShareDocument,
) -> Result<crate::billing::documents::Paper> {
    let made = shared(ctx, tx, config, id, body)?;
    crate::billing::documents::sales_order_with_code(ctx, tx, id, Some(&made.address))
}

pub(crate) fn works(row: &LinkRow, now: i64) -> bool {
    row.revoked_at.is_none() && row.expires_at > now
}

/// The links to the documents of an order's event, the latest first.
pub fn list(ctx: &Ctx, tx: &mut Tx, id: SalesOrderId) -> Result<Items<DocumentLink>> {
    let (event, _) = order_in_sight(ctx, tx, id)?;
    of_event(ctx, tx, event.id)
}

/// The same by the event, whoever asks: reach was asked before.
pub(crate) fn of_event(ctx: &Ctx, tx: &mut Tx, event: Uuid) -> Result<Items<DocumentLink>> {
    let rows = store::documents::links_of(tx, ctx.org(), event, LISTED)?;
    let people: Vec<Uuid> = rows.iter().map(|row| row.created_by).collect();
    let names = store::directory::names_of_people(tx, ctx.org(), &people)?;
    let items = rows.into_iter().map(|row| DocumentLink {
        id: Id::from_uuid(row.id),
        kind: DocumentKind::parse(&row.kind).unwrap_or(DocumentKind::SalesOrder),
        created_by_id: Id::from_uuid(row.created_by),
        created_by_name: names.get(&row.created_by).cloned().unwrap_or_default(),
        created_at: Instant(row.created_at),
        expires_at: Instant(row.expires_at),
        revoked_at: row.revoked_at.map(Instant),
        used_at: row.used_at.map(Instant),
        opened_count: row.opened_count,
        first_opened_at: row.first_opened_at.map(Instant),
        last_opened_at: row.last_opened_at.map(Instant),
        works: works(&row, ctx.now.0),
    });
    Ok(Items { items: items.collect() })
}

/// Ends a link.
pub fn revoke(ctx: &Ctx, tx: &mut Tx, id: SalesOrderId, link: DocumentLinkId) -> Result<Done> {
    let order = store::billing::sales_order(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let event = crate::events::managed(ctx, tx, Id::from_uuid(order.event_id))?;
    let known = store::documents::links_of(tx, ctx.org(), event.id, LISTED)?;
    if !known.iter().any(|row| row.id == link.uuid()) {
        return Err(Error::not_found());
    }
    if store::documents::revoke(tx, ctx.org(), event.id, link.uuid(), ctx.now.0)? {
        let mut entry = ctx.entry("document_link_ended").subject(event.id);
        entry.change(event.id, "link_expires_at", Some("open".to_owned()), None);
        entry.append(ctx, tx)?;
    }
    Ok(Done { done: true })
}
