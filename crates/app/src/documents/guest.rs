//! What somebody without an account sees and does through a link: one sales order (or another paper of its event), its purchase
//! order, a signature. In the right of whoever made the link, as long as they may work.
//!
//! Nothing of the patient, the procedure, notes or other documents is shown. Unknown, ended and foreign links are the same: not
//! found. Wrong guesses are counted by address, and slowed down.

use super::delivery;
use super::links::works;
use crate::billing::documents::{self as papers, Paper};
use crate::billing::orders::{Giver, add_given};
use crate::events::signatures;
use crate::files::{self, Said, Upload};
use crate::session::{attempts, inside, locked_attempts, save_attempts};
use crate::{App, Ctx, Error, Result, Source, labels};
use auth::secret::Kind;
use auth::throttle::{self, Gate};
use contract::billing::OrderDocument;
use contract::documents::SignEvent;
use contract::events::AddPurchaseOrder;
use domain::clock::{Day, Instant};
use domain::document::{DocumentKind, SignatureRole, SignedDocument};
use domain::event::EventStatus;
use domain::file::FileKind;
use domain::id::Id;
use domain::limits;
use domain::money::{Currency, Minor};
use std::net::IpAddr;
use store::Tx;
use store::billing::SalesOrderRow;
use store::documents::LinkRow;
use store::events::EventRow;

/// What a guest sees of a sales order, worded.
#[derive(Debug, Clone)]
pub struct GuestOrder {
    /// Who sells.
    pub organization: String,
    /// What it is: "Sales order", "Invoice", "Delivery note".
    pub kind: DocumentKind,
    /// Its number.
    pub number: String,
    /// The edition in force, and whether the link was made for an earlier one.
    pub revision: i64,
    /// It was made for an earlier edition.
    pub amended: bool,
    /// The event's number and day.
    pub event_number: String,
    /// The day of the event.
    pub event_on: String,
    /// Who buys, and where.
    pub about: Vec<String>,
    /// (number, description, lots and serials, how many, price of one, amount).
    pub lines: Vec<[String; 6]>,
    /// (what, amount).
    pub charges: Vec<(String, String)>,
    /// What it adds up to.
    pub total: String,
    /// Code and decimals of the currency, for the field of an amount.
    pub currency: (String, u8),
    /// Purchase orders that have come: (number, amount).
    pub purchase_orders: Vec<(String, Option<String>)>,
    /// A purchase order can be given now; otherwise why not.
    pub open: Result<(), String>,
    /// The digest of what a signature stands under.
    pub content: String,
    /// It can be signed.
    pub may_sign: bool,
    /// (who, for whom, when, void).
    pub signatures: Vec<(String, &'static str, Instant, bool)>,
    /// Until when the link works.
    pub expires_at: Instant,
    /// Where the organisation is.
    pub time_zone: String,
}

/// A purchase order as a guest gives it.
#[derive(Debug, Clone, Default)]
pub struct GivenOrder {
    /// The buyer's number.
    pub number: String,
    /// Over how much, as typed.
    pub amount: String,
    /// Who gives it.
    pub name: String,
    /// The order itself.
    pub file: Option<Upload>,
}

/// A signature as a guest gives it.
#[derive(Debug, Clone, Default)]
pub struct GivenSignature {
    /// Who signs.
    pub name: String,
    /// What they do.
    pub title: String,
    /// What was drawn, JSON.
    pub strokes: String,
    /// The digest of what was seen.
    pub content: String,
}

/// A link that works, and in whose right.
struct Opened {
    ctx: Ctx,
    digest: Vec<u8>,
    row: LinkRow,
}

impl App {
    /// 429 while an address waits because of what it guessed.
    pub async fn guest_gate(&self, address: IpAddr) -> Result<()> {
        let (key, now) = (guest_key(address), self.now().0);
        let gate = self.db().read(move |tx| -> Result<Gate> { Ok(throttle::ADDRESS.gate(attempts(tx, &key)?, now)) });
        match gate.await? {
            Gate::Open => Ok(()),
            Gate::Wait { retry_after_seconds } => Err(Error::TooMany(retry_after_seconds)),
        }
    }

    /// A link that opened nothing was a wrong guess.
    pub async fn guest_missed(&self, address: IpAddr) -> Result<()> {
        let (key, now) = (guest_key(address), self.now().0);
        self.db()
            .write(move |tx| -> Result<()> {
                let counter = locked_attempts(tx, &key)?;
                save_attempts(tx, &key, throttle::ADDRESS.failed(counter, now))
            })
            .await
    }

    /// Opens a link for an address that does not wait: a link that opens nothing is counted against it.
    pub async fn guarded<T>(&self, address: IpAddr, open: impl Future<Output = Result<T>>) -> Result<T> {
        self.guest_gate(address).await?;
        let found = open.await;
        if matches!(found, Err(Error::NotFound(_))) {
            self.guest_missed(address).await?;
        }
        found
    }

    async fn opened(&self, link: &str, address: IpAddr) -> Result<Opened> {
        self.guarded(address, self.found_link(link)).await
    }

    async fn found_link(&self, link: &str) -> Result<Opened> {
        let (secret, organization) = inside(link).ok_or_else(Error::not_found)?;
        let digest = Kind::Order.digest(secret).ok_or_else(Error::not_found)?.as_bytes().to_vec();
        let (now, key) = (self.now().0, digest.clone());
        let found = self.db().read(move |tx| -> Result<Option<(LinkRow, String)>> {
            let row = store::documents::link(tx, organization, &key, now)?.filter(|row| works(row, now));
            let Some(row) = row else { return Ok(None) };
            let maker = store::people::user(tx, organization, row.created_by)?.filter(|user| user.active);
            Ok(maker.map(|user| (row, user.email)))
        });
        let (row, email) = found.await?.ok_or_else(Error::not_found)?;
        let ctx = self.context_of(&email, Source::Console).await?.ok_or_else(Error::not_found)?;
        if ctx.org() != organization || !ctx.actor.ready {
            return Err(Error::not_found());
        }
        Ok(Opened { ctx, digest, row })
    }

    /// The document behind a link, and one more opening of it.
    pub async fn guest_order(&self, link: &str, address: IpAddr) -> Result<GuestOrder> {
        let it = self.opened(link, address).await?;
        let row = it.row.clone();
        let shown = self.read(&it.ctx, move |ctx, tx| look(ctx, tx, &row)).await?;
        let (digest, row, number) = (it.digest, it.row, shown.number.clone());
        self.write(&it.ctx, move |ctx, tx| match store::documents::opened(tx, ctx.org(), &digest, ctx.now.0)? {
            true => tell_of_opening(ctx, tx, &row, &number),
            false => Ok(()),
        })
        .await?;
        Ok(shown)
    }

    /// The same after an answer, which is no opening.
    pub async fn guest_order_again(&self, link: &str, address: IpAddr) -> Result<GuestOrder> {
        let it = self.opened(link, address).await?;
        let row = it.row;
        self.read(&it.ctx, move |ctx, tx| look(ctx, tx, &row)).await
    }

    /// The document as PDF.
    pub async fn guest_order_paper(&self, link: &str, address: IpAddr) -> Result<Paper> {
        let it = self.opened(link, address).await?;
        let row = it.row;
        self.read(&it.ctx, move |ctx, tx| {
            let (event, order) = standing(ctx, tx, &row)?;
            match kind(&row) {
                DocumentKind::Invoice => papers::invoice_for_guest(ctx, tx, Id::from_uuid(row.subject_id)),
                DocumentKind::DeliveryNote => delivery::pdf(ctx, tx, &event, true),
                _ => {
                    let said = papers::read_document(store::billing::order_document(tx, ctx.org(), order.id)?)?;
                    papers::sales_order_for_guest(ctx, tx, &papers::order_summary(ctx, order), &said)
                }
            }
        })
        .await
    }

    /// A guest's purchase order: once through each link.
    pub async fn guest_purchase_order(&self, link: &str, address: IpAddr, given: GivenOrder) -> Result<()> {
        let it = self.opened(link, address).await?;
        if kind(&it.row) != DocumentKind::SalesOrder {
            return Err(Error::not_found());
        }
        let name = labels::required("name", &given.name, limits::NAME_MAX)?;
        let amount_minor = amount(&it.ctx, &given.amount)?;
        let number = given.number.clone();
        let said = Said { kind: Some(FileKind::PurchaseOrder), patient_data: false };
        let brought = match given.file.filter(|file| !file.bytes.is_empty()) {
            Some(file) => Some(self.bring(&it.ctx, said, file).await?),
            None => None,
        };
        let (digest, row) = (it.digest, it.row);
        let file_id = it.ctx.id::<domain::id::File>();
        self.write(&it.ctx, move |ctx, tx| {
            let event = store::events::lock_event(tx, ctx.org(), row.event_id)?.ok_or_else(Error::not_found)?;
            may_give(ctx, tx, &event, &row)?;
            if !store::documents::use_link(tx, ctx.org(), &digest, ctx.now.0)? {
                return Err(given_already());
            }
            let of = files::Owner::Event(Id::from_uuid(event.id));
            let file = match &brought {
                Some(brought) => Some(files::put(ctx, tx, of, file_id, brought)?.id),
                None => None,
            };
            let new = AddPurchaseOrder { number: number.clone(), manufacturer_id: None, amount_minor, file_id: None };
            let giver = Giver { name: name.clone(), link: row.id, file };
            add_given(ctx, tx, Id::from_uuid(event.id), new, giver)?;
            Ok(())
        })
        .await
    }

    /// A guest's signature, under what was shown.
    pub async fn guest_signature(&self, link: &str, address: IpAddr, given: GivenSignature) -> Result<()> {
        let it = self.opened(link, address).await?;
        let document = match kind(&it.row) {
            DocumentKind::SalesOrder => SignedDocument::Order,
            DocumentKind::DeliveryNote => SignedDocument::DeliveryNote,
            _ => return Err(Error::not_found()),
        };
        let strokes = match given.strokes.trim() {
            "" => Vec::new(),
            text => serde_json::from_str(text)
                .map_err(|_| Error::field("strokes", "invalid_strokes", "Clear the signature and draw it again."))?,
        };
        let role = match document {
            SignedDocument::Order => SignatureRole::Provider,
            SignedDocument::DeliveryNote => SignatureRole::Receiver,
        };
        let body =
            SignEvent { document, role, name: given.name, title: given.title, strokes, content: Some(given.content) };
        let row = it.row;
        self.write(&it.ctx, move |ctx, tx| {
            let event = store::events::lock_event(tx, ctx.org(), row.event_id)?.ok_or_else(Error::not_found)?;
            standing(ctx, tx, &row)?;
            signatures::put(ctx, tx, &event, &body, Some(row.id))
        })
        .await
    }
}

/// Tells whoever made a link, and the representative, that it was opened for the first time.
fn tell_of_opening(ctx: &Ctx, tx: &mut Tx, link: &LinkRow, document: &str) -> Result<()> {
    let event = store::events::event(tx, ctx.org(), link.event_id)?.ok_or_else(Error::not_found)?;
    let sentence = format!("{document} for {} was opened by the link.", event.name);
    let mut whom = vec![link.created_by, event.representative_id];
    whom.dedup();
    for one in whom {
        let id = ctx.id::<domain::id::Entry>().uuid();
        store::engine::notify(tx, ctx.org(), one, id, "document_opened", event.id, &sentence, ctx.now.0)?;
    }
    Ok(())
}

fn guest_key(address: IpAddr) -> String {
    format!("guest:{}", throttle::address_key(address))
}

fn kind(row: &LinkRow) -> DocumentKind {
    DocumentKind::parse(&row.kind).unwrap_or(DocumentKind::SalesOrder)
}

/// The event of a link and its order in force: a link to a withdrawn order opens nothing any more.
fn standing(ctx: &Ctx, tx: &mut Tx, link: &LinkRow) -> Result<(EventRow, SalesOrderRow)> {
    let event = store::events::event(tx, ctx.org(), link.event_id)?.ok_or_else(Error::not_found)?;
    let order = store::billing::latest_order(tx, ctx.org(), event.id)?.filter(|order| order.status == "open");
    let order = order.ok_or_else(Error::not_found)?;
    if kind(link) == DocumentKind::Invoice {
        let invoice = store::billing::invoice(tx, ctx.org(), link.subject_id)?;
        invoice.filter(|it| it.event_id == event.id && it.status != "void").ok_or_else(Error::not_found)?;
    }
    Ok((event, order))
}

fn given_already() -> Error {
    Error::conflict(
        "link_used",
        "A purchase order was given through this link already. Ask whoever sent it for a new one.",
    )
}

/// 409 unless a purchase order can be given through a link now.
fn may_give(ctx: &Ctx, tx: &mut Tx, event: &EventRow, link: &LinkRow) -> Result<()> {
    if link.used_at.is_some() {
        return Err(given_already());
    }
    if event.status != EventStatus::PendingPo.as_str() {
        let message = "No purchase order is awaited for this order any more. Thank you.";
        return Err(Error::conflict("purchase_order_not_awaited", message));
    }
    let orders = store::billing::purchase_orders(tx, ctx.org(), event.id)?;
    if orders.iter().any(|order| order.manufacturer_id.is_none()) {
        return Err(Error::conflict("purchase_order_exists", "A purchase order has come for this order already."));
    }
    Ok(())
}

fn words_of(ctx: &Ctx) -> impl Fn(i64) -> String + use<> {
    let currency = crate::billing::currency(ctx);
    move |minor| Minor(minor).display(currency)
}

/// An amount as a guest types it: digits, with a point or a comma before the decimals.
fn amount(ctx: &Ctx, text: &str) -> Result<Option<i64>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Error::field("amount", "invalid_amount", "Give an amount like 1250.00.");
    let currency = Currency::parse(&ctx.organization.currency).unwrap_or(Currency::USD);
    let read = Minor::parse(text, currency).ok().filter(|minor| *minor >= Minor::ZERO);
    read.map(|minor| Some(minor.0)).ok_or_else(wrong)
}

fn look(ctx: &Ctx, tx: &mut Tx, link: &LinkRow) -> Result<GuestOrder> {
    let (event, order) = standing(ctx, tx, link)?;
    let kind = kind(link);
    let whole = papers::read_document(store::billing::order_document(tx, ctx.org(), order.id)?)?;
    let (number, said) = match kind {
        DocumentKind::Invoice => {
            let invoice = store::billing::invoice(tx, ctx.org(), link.subject_id)?.ok_or_else(Error::not_found)?;
            let said = papers::read_document(store::billing::invoice_document(tx, ctx.org(), invoice.id)?)?;
            (invoice.number, papers::for_guest(&said))
        }
        DocumentKind::DeliveryNote => (delivery::number(event.number), papers::for_guest(&whole)),
        _ => (order.number.clone(), papers::for_guest(&whole)),
    };
    let priced = kind != DocumentKind::DeliveryNote;
    let words = words_of(ctx);
    let document = if priced { SignedDocument::Order } else { SignedDocument::DeliveryNote };
    let signed = signatures::of_event(ctx, tx, &event)?.items;
    let orders = store::billing::purchase_orders(tx, ctx.org(), event.id)?;
    let open = match kind {
        DocumentKind::SalesOrder => may_give(ctx, tx, &event, link).map_err(|error| error.to_string()),
        _ => Err(String::new()),
    };
    let parties = [said.customer.as_ref(), said.location.as_ref()].into_iter().flatten();
    let currency = crate::billing::currency(ctx);
    Ok(GuestOrder {
        organization: ctx.organization.name.clone(),
        kind,
        number,
        revision: order.revision,
        amended: kind == DocumentKind::SalesOrder && order.id != link.subject_id,
        event_number: said.event_number.clone(),
        event_on: Day::parse(&said.event_on).map_or_else(|| said.event_on.clone(), domain::text::day_words),
        about: parties.map(|it| it.name.clone()).collect(),
        lines: lines(&said, priced, &words),
        charges: match priced {
            true => said.charges.iter().map(|it| (it.label.clone(), words(it.amount_minor))).collect(),
            false => Vec::new(),
        },
        total: if priced { words(said.total_minor) } else { String::new() },
        currency: (currency.code().to_owned(), currency.exponent()),
        purchase_orders: match priced {
            true => orders.into_iter().map(|it| (it.number, it.amount_minor.map(&words))).collect(),
            false => Vec::new(),
        },
        open,
        content: signatures::digest(&whole, document),
        may_sign: kind != DocumentKind::Invoice,
        signatures: signed
            .into_iter()
            .filter(|it| it.document == document)
            .map(|it| (it.name, it.role.label(), it.signed_at, it.void))
            .collect(),
        expires_at: Instant(link.expires_at),
        time_zone: ctx.organization.time_zone.clone(),
    })
}

/// Units that read alike in one line.
fn lines(said: &OrderDocument, priced: bool, words: &impl Fn(i64) -> String) -> Vec<[String; 6]> {
    type Alike<'a> = (&'a str, &'a str, i64, i64);
    let mut all: Vec<(Alike<'_>, Vec<&contract::billing::DocumentLine>)> = Vec::new();
    for line in &said.lines {
        let key = (line.catalog_number.as_str(), line.lot.as_str(), line.unit_price_minor, line.amount_minor);
        match all.iter_mut().find(|(known, _)| *known == key) {
            Some((_, lines)) => lines.push(line),
            None => all.push((key, vec![line])),
        }
    }
    let row = |((number, lot, price, _), lines): (Alike<'_>, Vec<&contract::billing::DocumentLine>)| {
        let serials: Vec<&str> = lines.iter().map(|line| line.serial.as_str()).filter(|it| !it.is_empty()).collect();
        let mark: Vec<String> = [
            (!lot.is_empty()).then(|| format!("Lot {lot}")),
            (!serials.is_empty()).then(|| format!("Serial {}", serials.join(", "))),
        ]
        .into_iter()
        .flatten()
        .collect();
        let amount: i64 = lines.iter().map(|line| line.amount_minor).sum();
        let money = |minor: i64| if priced { words(minor) } else { String::new() };
        let description = lines.first().map(|line| line.description.clone()).unwrap_or_default();
        [number.to_owned(), description, mark.join(", "), lines.len().to_string(), money(price), money(amount)]
    };
    all.into_iter().map(row).collect()
}
