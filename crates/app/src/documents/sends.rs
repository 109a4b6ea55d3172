//! Sending documents: to whom the customer's contacts say or somebody types, with the paper, a link whose openings are counted,
//! and a record of what went to whom. What was sent by other ways is marked.
//!
//! The paper is set before the unit of work, so that no writer waits for it; the outbox sends the mail after it.

use super::links::{DAYS, Made};
use crate::billing::documents::{self as papers, Paper};
use crate::events::{level, readable};
use crate::files::Kept;
use crate::mail::{Along, Attachment, Letter, Mail, queue_letter};
use crate::{Answer, App, Ctx, Error, RequestKey, Result, labels, list};
use contract::documents::{DocumentSend, SendDocument};
use contract::remarks::MailRecipient;
use contract::{Items, ListParams, Page};
use domain::clock::{Day, Instant};
use domain::document::DocumentKind;
use domain::id::{
    self, CustomerId, DocumentSendId, EventId, Id, InvoiceId, LocationId, OrganizationId, SalesOrderId, UserId,
};
use domain::people::{Level, Permission};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::documents::{SendRow, SentRow};
use store::page::Sort;
use store::{Tx, Value};
use uuid::Uuid;

/// What was sent, the latest first.
const LATEST: &[Sort] = &[Sort { column: "send.sent_at", descending: true }];
/// Recipients of one document at a time.
const RECIPIENTS_MAX: usize = 20;
/// Most documents that the server sends by itself in one turn.
const AT_ONCE: i64 = 20;
/// How long whoever took one may work on it, in seconds.
const LEASE_SECONDS: i64 = 300;

/// A document that is to be sent: which one, and how it is called.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub kind: DocumentKind,
    pub id: Uuid,
    pub event: Option<Uuid>,
    pub customer: Option<Uuid>,
    pub location: Option<Uuid>,
    /// "SO-000001".
    pub number: String,
    /// Days of a statement.
    pub days: (Option<Day>, Option<Day>),
}

impl Subject {
    /// "Sales order SO-000001".
    pub fn words(&self) -> String {
        format!("{} {}", self.kind.label(), self.number).trim_end().to_owned()
    }

    /// Its id as outside knows it.
    fn printed(kind: DocumentKind, id: Uuid) -> String {
        match kind {
            DocumentKind::SalesOrder => SalesOrderId::from_uuid(id).to_string(),
            DocumentKind::Invoice => InvoiceId::from_uuid(id).to_string(),
            DocumentKind::Quote | DocumentKind::DeliveryNote => EventId::from_uuid(id).to_string(),
            DocumentKind::Statement => CustomerId::from_uuid(id).to_string(),
        }
    }
}

fn read_id<K: id::Kind>(text: &str) -> Result<Id<K>> {
    text.parse().map_err(|_| Error::unknown("subject_id"))
}

/// Finds a document in reach that the caller may send, or look at what was sent of it.
fn subject(ctx: &Ctx, tx: &mut Tx, kind: DocumentKind, text: &str, sends: bool) -> Result<Subject> {
    let none = (None, None);
    // What the body names is looked at after the right.
    if sends && kind != DocumentKind::Statement {
        ctx.require(Permission::ManageEvents)?;
    }
    let of_event = |ctx: &Ctx, tx: &mut Tx, event: Uuid| -> Result<store::events::EventRow> {
        let row = readable(ctx, tx, event).map_err(|_| Error::unknown("subject_id"))?;
        if sends && level(ctx, tx, &row)? < Level::Act {
            let message = "You see this event, but its documents are sent by whoever may change it.";
            return Err(Error::forbidden("not_your_event", message));
        }
        Ok(row)
    };
    let unknown = || Error::unknown("subject_id");
    match kind {
        DocumentKind::SalesOrder => {
            let id: SalesOrderId = read_id(text)?;
            let order = store::billing::sales_order(tx, ctx.org(), id.uuid())?.ok_or_else(unknown)?;
            let event = of_event(ctx, tx, order.event_id)?;
            let (customer, location) = (event.customer_id, event.location_id);
            Ok(Subject {
                kind,
                id: order.id,
                event: Some(event.id),
                customer,
                location,
                number: order.number,
                days: none,
            })
        }
        DocumentKind::Invoice => {
            let id: InvoiceId = read_id(text)?;
            let invoice = store::billing::invoice(tx, ctx.org(), id.uuid())?.ok_or_else(unknown)?;
            let event = of_event(ctx, tx, invoice.event_id)?;
            let (customer, location) = (event.customer_id, event.location_id);
            Ok(Subject {
                kind,
                id: invoice.id,
                event: Some(event.id),
                customer,
                location,
                number: invoice.number,
                days: none,
            })
        }
        DocumentKind::Quote | DocumentKind::DeliveryNote => {
            let id: EventId = read_id(text)?;
            let event = of_event(ctx, tx, id.uuid())?;
            let number = match kind {
                DocumentKind::Quote => {
                    let quote =
                        store::quotes::quote(tx, ctx.org(), event.id)?.ok_or_else(crate::events::quote::no_quote)?;
                    crate::events::quote::number(quote.number)
                }
                _ => super::delivery::number(event.number),
            };
            let (customer, location) = (event.customer_id, event.location_id);
            Ok(Subject { kind, id: event.id, event: Some(event.id), customer, location, number, days: none })
        }
        DocumentKind::Statement => {
            let id: CustomerId = read_id(text)?;
            let customer = crate::directory::customers::get(ctx, tx, id, domain::engagement::Window::All)
                .map_err(|_| Error::unknown("subject_id"))?;
            ctx.require(Permission::ViewReceivables)?;
            Ok(Subject {
                kind,
                id: id.uuid(),
                event: None,
                customer: Some(id.uuid()),
                location: None,
                number: customer.number,
                days: none,
            })
        }
    }
}

/// The paper of a document, with the code of a link where it takes one.
fn paper(ctx: &Ctx, tx: &mut Tx, it: &Subject, link: Option<&str>) -> Result<Paper> {
    match it.kind {
        DocumentKind::SalesOrder => papers::sales_order_with_code(ctx, tx, Id::from_uuid(it.id), link),
        DocumentKind::Invoice => papers::invoice_pdf(ctx, tx, Id::from_uuid(it.id)),
        DocumentKind::Quote => crate::events::quote::paper::of_event(ctx, tx, Id::from_uuid(it.id)),
        DocumentKind::DeliveryNote => super::delivery::of_event(ctx, tx, Id::from_uuid(it.id)),
        DocumentKind::Statement => {
            crate::billing::statement::statement_pdf(ctx, tx, Id::from_uuid(it.id), it.days.0, it.days.1)
        }
    }
}

/// Whom the customer's contacts say.
fn resolved(ctx: &Ctx, tx: &mut Tx, it: &Subject) -> Result<Vec<MailRecipient>> {
    let Some(customer) = it.customer else { return Ok(Vec::new()) };
    let location: Option<LocationId> = it.location.map(Id::from_uuid);
    let found =
        crate::directory::recipients::recipients(ctx, tx, Id::from_uuid(customer), location, it.kind.contact_kind())?;
    Ok(found.into_iter().take(RECIPIENTS_MAX).collect())
}

/// Whom a document would be sent to: `kind` and `subject_id` are asked for.
pub fn recipients(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Items<MailRecipient>> {
    list::only(params, &["kind", "subject_id"])?;
    let (kind, id) = asked(params)?;
    let it = subject(ctx, tx, kind, &id, true)?;
    Ok(Items { items: resolved(ctx, tx, &it)? })
}

fn asked(params: &ListParams) -> Result<(DocumentKind, String)> {
    let kind = params.filters.get("kind").and_then(|text| DocumentKind::parse(text)).ok_or_else(|| {
        let words: Vec<&str> = DocumentKind::ALL.iter().map(|kind| kind.as_str()).collect();
        Error::field("kind", "invalid_value", format!("Give one of {}.", words.join(", ")))
    })?;
    let id = params.filters.get("subject_id").cloned();
    Ok((kind, id.ok_or_else(|| Error::field("subject_id", "required", "Say which document."))?))
}

/// The recipients of a request, cleaned; None when the contacts decide.
fn typed(body: &SendDocument) -> Result<Option<Vec<MailRecipient>>> {
    let Some(given) = &body.recipients else { return Ok(None) };
    if given.is_empty() || given.len() > RECIPIENTS_MAX {
        let message = format!("Name 1 to {RECIPIENTS_MAX} recipients, or none to send it to the customer's contacts.");
        return Err(Error::field("recipients", "invalid_value", message));
    }
    let clean = |(at, it): (usize, &contract::documents::SendTo)| {
        let email = domain::text::email(&it.email).map_err(|_| {
            Error::field(format!("recipients[{at}].email"), "invalid_email", "This is not an e-mail address.")
        })?;
        let name = labels::line(&format!("recipients[{at}].name"), Some(&it.name), domain::limits::NAME_MAX)?;
        Ok(MailRecipient { name, email, source: "typed".into() })
    };
    let mut all: Vec<MailRecipient> = given.iter().enumerate().map(clean).collect::<Result<_>>()?;
    let mut seen = std::collections::HashSet::new();
    all.retain(|it| seen.insert(it.email.clone()));
    Ok(Some(all))
}

/// What goes to one recipient.
struct Parcel {
    to: MailRecipient,
    link: Option<Made>,
    paper: Option<(Kept, String)>,
}

/// A document ready to be sent.
pub(crate) struct Ready {
    subject: Subject,
    parcels: Vec<Parcel>,
    note: String,
    /// Why the server sends it by itself, when it does.
    why: Why,
}

/// Why something is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Why {
    /// Somebody does.
    Asked,
    /// A setting of the organisation.
    Setting,
    /// The facility is reminded of its purchase order, for so many times now.
    Reminder(i64),
}

/// Where the address of somebody comes from who is written to because nobody answered.
pub(crate) const ESCALATED: &str = "escalation";

/// 409 when nobody receives a kind of document.
fn nobody(it: &Subject) -> Error {
    let word = it.kind.contact_kind();
    Error::conflict(
        "no_recipient",
        format!(
            "No contact of this customer receives what this is ({word}). Type an address, or say at a contact what it gets."
        ),
    )
}

/// Mails that somebody sends by hand within an hour, at most.
pub const MAILS_AN_HOUR: i64 = 100;
const HOUR_SECONDS: i64 = 3_600;

/// 429 when somebody sends more within an hour than a person would.
fn has_room(ctx: &Ctx, tx: &mut Tx, mails: i64) -> Result<()> {
    let since = ctx.now.plus_seconds(-HOUR_SECONDS).0;
    let sent = store::documents::mails_since(tx, ctx.org(), ctx.actor.id.uuid(), since, MAILS_AN_HOUR)?;
    if mails > 0 && sent + mails > MAILS_AN_HOUR { Err(Error::TooMany(HOUR_SECONDS as u32)) } else { Ok(()) }
}

impl App {
    /// Sends a document, or marks that it was sent by other ways. With a key, a repetition sends nothing again.
    pub async fn send_document(&self, ctx: &Ctx, body: SendDocument, key: Option<RequestKey>) -> Result<Answer> {
        let note = labels::note("message", &body.message)?;
        let typed = typed(&body)?;
        let (kind, days) = (body.kind, (body.from, body.to));
        let id = body.subject_id.clone();
        let (mut it, found) = self
            .read(ctx, move |ctx, tx| {
                let it = subject(ctx, tx, kind, &id, true)?;
                let found = resolved(ctx, tx, &it)?;
                Ok((it, found))
            })
            .await?;
        it.days = days;
        let ready = if body.mark_only {
            let to = MailRecipient { name: String::new(), email: String::new(), source: "typed".into() };
            let all = typed.unwrap_or_else(|| vec![to]);
            let parcels = all.into_iter().map(|to| Parcel { to, link: None, paper: None }).collect();
            Ready { subject: it, parcels, note, why: Why::Asked }
        } else {
            let to = typed.unwrap_or(found);
            self.pack(ctx, it, to, note, Why::Asked).await?
        };
        let (ready, config) = (Arc::new(ready), self.config().clone());
        self.answer(ctx, key, 201, move |ctx, tx| {
            let mails = ready.parcels.iter().filter(|parcel| parcel.paper.is_some()).count();
            has_room(ctx, tx, mails as i64)?;
            let rows = post(ctx, tx, &config, &ready)?;
            Ok(Items { items: views(ctx, tx, rows)? })
        })
        .await
    }

    /// Sets the paper for each recipient, with a link of their own where the document takes one.
    pub(crate) async fn pack(
        &self,
        ctx: &Ctx,
        it: Subject,
        to: Vec<MailRecipient>,
        note: String,
        why: Why,
    ) -> Result<Ready> {
        if to.is_empty() {
            return Err(nobody(&it));
        }
        let mut made = Vec::with_capacity(to.len());
        for one in to {
            let link = it
                .event
                .filter(|_| takes_link(it.kind))
                .map(|event| Made::new(ctx, self.config(), it.kind, it.id, event, DAYS.0));
            made.push((one, link));
        }
        // Sales orders carry the code of each recipient's own link; the others are the same for all.
        let own = it.kind == DocumentKind::SalesOrder;
        let codes: Vec<Option<String>> =
            made.iter().map(|(_, link)| link.as_ref().map(|it| it.address.clone())).collect();
        let wanted = it.clone();
        let set = self
            .read(ctx, move |ctx, tx| {
                let count = if own { codes.len() } else { 1 };
                (0..count).map(|at| paper(ctx, tx, &wanted, codes[at].as_deref())).collect::<Result<Vec<Paper>>>()
            })
            .await?;
        let mut parcels = Vec::with_capacity(made.len());
        for (at, (to, link)) in made.into_iter().enumerate() {
            let sheet = &set[if own { at } else { 0 }];
            let kept = self.keep_content(ctx, sheet.bytes.clone())?;
            parcels.push(Parcel { to, link, paper: Some((kept, sheet.file_name.clone())) });
        }
        Ok(Ready { subject: it, parcels, note, why })
    }

    /// The paper that was sent.
    pub async fn sent_paper(&self, ctx: &Ctx, id: DocumentSendId) -> Result<Paper> {
        let (digest, file_name) = self
            .read(ctx, move |ctx, tx| {
                let row = store::documents::send(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
                let kind = DocumentKind::parse(&row.kind).ok_or_else(Error::not_found)?;
                subject(ctx, tx, kind, &Subject::printed(kind, row.subject_id), false)
                    .map_err(|error| if matches!(error, Error::NotFound(_)) { Error::not_found() } else { error })?;
                if kind != DocumentKind::DeliveryNote {
                    crate::events::lines::must_see_prices(ctx)?;
                }
                let digest = row.digest.ok_or_else(Error::not_found)?;
                Ok((digest, row.file_name))
            })
            .await?;
        Ok(Paper { bytes: self.content(ctx.org(), &digest).await?, file_name })
    }
}

const fn takes_link(kind: DocumentKind) -> bool {
    matches!(kind, DocumentKind::SalesOrder | DocumentKind::Invoice | DocumentKind::DeliveryNote)
}

/// Keeps what is sent, queues the mails, tells the journal.
pub(crate) fn post(ctx: &Ctx, tx: &mut Tx, config: &crate::Config, ready: &Ready) -> Result<Vec<Uuid>> {
    let it = &ready.subject;
    let about = it.event.or(it.customer).unwrap_or(it.id);
    // A quote has a link of its own that answers it; the one before ends with it.
    let quote_link = match (it.kind, it.event, ready.parcels.iter().any(|parcel| parcel.paper.is_some())) {
        (DocumentKind::Quote, Some(event), true) => {
            let wish = contract::quotes::ShareQuote::default();
            let made = crate::events::quote::guest::share(ctx, tx, config, Id::from_uuid(event), &wish);
            made.ok().map(|made| made.link)
        }
        _ => None,
    };
    let mut sent = Vec::new();
    let mut entry = ctx.entry(match (ready.why, ready.parcels.first().is_some_and(|it| it.paper.is_none())) {
        (_, true) => "document_marked_sent",
        (Why::Reminder(_), _) => "purchase_order_reminded",
        _ => "document_sent",
    });
    entry.about(about);
    for parcel in &ready.parcels {
        let id = ctx.id::<id::DocumentSend>().uuid();
        if let Some(link) = &parcel.link {
            link.save(ctx, tx)?;
        }
        if let Some((kept, _)) = &parcel.paper {
            kept.save(ctx, tx)?;
        }
        let row = SendRow {
            id,
            kind: it.kind.as_str().into(),
            subject_id: it.id,
            event_id: it.event,
            number: it.number.clone(),
            recipient_name: parcel.to.name.clone(),
            recipient_email: parcel.to.email.clone(),
            source: parcel.to.source.clone(),
            channel: if parcel.paper.is_some() { "mail" } else { "marked" }.into(),
            note: ready.note.clone(),
            digest: parcel.paper.as_ref().map(|(kept, _)| kept.digest.clone()),
            file_name: parcel.paper.as_ref().map(|(_, name)| name.clone()).unwrap_or_default(),
            link_id: parcel.link.as_ref().map(|link| link.row.id),
            automatic: ready.why != Why::Asked,
            sent_by: ctx.actor.id.uuid(),
            sent_at: ctx.now.0,
            left_at: None,
        };
        store::documents::insert_send(tx, ctx.org(), &row)?;
        if parcel.paper.is_some() {
            let link = parcel.link.as_ref().map(|link| link.address.as_str()).or(quote_link.as_deref());
            queue_letter(ctx, tx, id, &letter(ctx, ready, parcel, link))?;
        }
        let whom = if parcel.to.email.is_empty() { "by other ways" } else { &parcel.to.email };
        entry.change(about, "sent", None, Some(format!("{} to {whom}", it.words())));
        sent.push(id);
    }
    entry.append(ctx, tx)?;
    Ok(sent)
}

fn letter(ctx: &Ctx, ready: &Ready, parcel: &Parcel, link: Option<&str>) -> Letter {
    let it = &ready.subject;
    let house = &ctx.organization.name;
    let greeting = if parcel.to.name.is_empty() { "Hello,".to_owned() } else { format!("Hello {},", parcel.to.name) };
    let mut text = format!("{greeting}\n\n");
    let subject = match ready.why {
        Why::Reminder(nth) => {
            text.push_str(&format!(
                "for {} we have not received your purchase order yet. The sales order hangs on this mail.\n",
                it.words()
            ));
            if nth > 1 {
                text.push_str(&format!("This is our {} reminder.\n", domain::document::nth_words(nth)));
            }
            if parcel.to.source == ESCALATED {
                text.push_str("We write to you because the earlier ones were not answered.\n");
            }
            format!("Purchase order for {} of {house}", it.number)
        }
        _ => {
            text.push_str(&format!("{} of {house} hangs on this mail.\n", it.words()));
            format!("{} of {house}", it.words())
        }
    };
    if !ready.note.is_empty() {
        text.push_str(&format!("\n{}\n", ready.note));
    }
    if let Some(link) = link {
        let what = match it.kind {
            DocumentKind::SalesOrder => "Look at it and give us the purchase order here; no account is needed:",
            DocumentKind::Quote => "Look at it and answer it here; no account is needed:",
            _ => "Look at it here; no account is needed:",
        };
        text.push_str(&format!("\n{what}\n{link}\n"));
    }
    let by = if ready.why == Why::Asked { ctx.actor.name.as_str() } else { "" };
    text.push_str(&format!(
        "\n{}\n",
        [by, house].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join("\n")
    ));
    let attachments =
        parcel.paper.iter().map(|(kept, name)| Attachment { digest: kept.digest.clone(), file_name: name.clone() });
    Letter {
        mail: Mail { to: parcel.to.email.clone(), subject, text },
        along: Along {
            attachments: attachments.collect(),
            reply_to: if ready.why == Why::Asked { ctx.actor.email.clone() } else { String::new() },
        },
    }
}

fn views(ctx: &Ctx, tx: &mut Tx, ids: Vec<Uuid>) -> Result<Vec<DocumentSend>> {
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(store::documents::send(tx, ctx.org(), id)?);
    }
    shown(ctx, tx, rows)
}

fn shown(ctx: &Ctx, tx: &mut Tx, rows: Vec<SentRow>) -> Result<Vec<DocumentSend>> {
    let people: Vec<Uuid> = rows.iter().map(|row| row.sent_by).collect();
    let names = store::directory::names_of_people(tx, ctx.org(), &people)?;
    let view = |row: SentRow| {
        let kind = DocumentKind::parse(&row.kind).unwrap_or(DocumentKind::SalesOrder);
        let state = match (row.channel.as_str(), row.left_at, row.last_error.as_deref()) {
            ("marked", ..) => "marked",
            (_, Some(_), _) => "left",
            (_, None, Some(error)) if !error.is_empty() => "failed",
            _ => "waiting",
        };
        DocumentSend {
            id: Id::from_uuid(row.id),
            kind,
            subject_id: Subject::printed(kind, row.subject_id),
            number: row.number,
            event_id: row.event_id.map(Id::from_uuid),
            recipient_name: row.recipient_name,
            recipient_email: row.recipient_email,
            source: row.source,
            channel: row.channel,
            note: row.note,
            automatic: row.automatic,
            sent_by_id: Id::from_uuid(row.sent_by),
            sent_by_name: names.get(&row.sent_by).cloned().unwrap_or_default(),
            sent_at: Instant(row.sent_at),
            state: state.to_owned(),
            left_at: row.left_at.map(Instant),
            opened_count: row.opened_count.unwrap_or_default(),
            opened_at: row.last_opened_at.map(Instant),
            has_paper: row.digest.is_some(),
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// What was sent, the latest first: of one document (`kind` and `subject_id`), or of all documents of an event (`event_id`).
pub fn sent(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<DocumentSend>> {
    list::only(params, &["kind", "subject_id", "event_id"])?;
    let paging = list::paging("document_sends", params, &[], LATEST)?;
    let after = paging.after.as_ref().and_then(|key| match key.0.as_slice() {
        [Value::Int(at), Value::Uuid(id)] => Some((*at, *id)),
        _ => None,
    });
    let after = after.unwrap_or((i64::MAX, Uuid::max()));
    let most = i64::from(paging.limit) + 1;
    let mut rows = match list::ids::<id::Event>(params, "event_id")?.as_deref() {
        Some([event]) => {
            readable(ctx, tx, event.uuid())?;
            store::documents::sends_of_event(tx, ctx.org(), event.uuid(), after, most)?
        }
        Some(_) => return Err(Error::field("event_id", "invalid_value", "Give one id.")),
        None => {
            let (kind, id) = asked(params)?;
            let it = subject(ctx, tx, kind, &id, false)?;
            store::documents::sends_of_subject(tx, ctx.org(), it.id, kind.as_str(), after, most)?
        }
    };
    let more = rows.len() > paging.limit as usize;
    rows.truncate(paging.limit as usize);
    let next_cursor = rows
        .last()
        .filter(|_| more)
        .map(|row| list::cursor(paging.bound, &[Value::Int(row.sent_at), Value::Uuid(row.id)]));
    Ok(Page { items: shown(ctx, tx, rows)?, next_cursor, total: None })
}

/// A document that the server is to send by itself, as the outbox keeps it.
#[derive(Serialize, Deserialize)]
struct Due {
    kind: DocumentKind,
    subject_id: String,
    by: UserId,
}

/// Leaves a document for the server to send, in the unit of work that makes it.
pub(crate) fn leave(ctx: &Ctx, tx: &mut Tx, kind: DocumentKind, id: Uuid) -> Result<()> {
    let due = Due { kind, subject_id: Subject::printed(kind, id), by: ctx.actor.id };
    let payload = serde_json::to_string(&due).map_err(|error| Error::Internal(error.to_string()))?;
    let row = ctx.id::<id::Job>().uuid();
    store::engine::push(tx, ctx.org(), row, "send", &payload, ctx.now.0)?;
    Ok(())
}

impl App {
    /// Sends the documents that settings ask to be sent by themselves; gives how many.
    pub async fn send_due(&self, organization: OrganizationId) -> Result<usize> {
        let (id, now) = (organization.uuid(), self.now());
        if !self.db().read(move |tx| store::engine::is_due(tx, id, "send", now.0)).await? {
            return Ok(0);
        }
        let until = now.plus_seconds(LEASE_SECONDS).0;
        let due = self.db().write(move |tx| store::engine::claim(tx, id, "send", now.0, until, AT_ONCE)).await?;
        let mut sent = 0;
        for it in due {
            let row = it.id;
            match self.send_one(id, row, &it.payload).await {
                Ok(()) => sent += 1,
                // What stands against it will not go away by trying: whoever is concerned has been told.
                Err(Error::Db(error)) => return Err(Error::Db(error)),
                Err(error) => {
                    tracing::warn!(%organization, job = %row, %error, "a document was not sent by itself");
                    self.db().write(move |tx| store::engine::done(tx, id, row)).await?;
                }
            }
        }
        Ok(sent)
    }

    async fn send_one(&self, organization: Uuid, row: Uuid, payload: &str) -> Result<()> {
        let due: Due = serde_json::from_str(payload).map_err(|error| Error::Internal(error.to_string()))?;
        let ctx = self.context_of_account(organization, due.by.uuid(), "sent by itself").await?;
        let (kind, id) = (due.kind, due.subject_id.clone());
        let (it, to) = self
            .read(&ctx, move |ctx, tx| {
                let it = subject(ctx, tx, kind, &id, false)?;
                let to = resolved(ctx, tx, &it)?;
                Ok((it, to))
            })
            .await?;
        if to.is_empty() {
            let told = it.clone();
            return self
                .write(&ctx, move |ctx, tx| {
                    tell_nobody_receives(ctx, tx, &told)?;
                    Ok(store::engine::done(tx, ctx.org(), row)?)
                })
                .await;
        }
        let ready = Arc::new(self.pack(&ctx, it, to, String::new(), Why::Setting).await?);
        let config = self.config().clone();
        self.write(&ctx, move |ctx, tx| {
            post(ctx, tx, &config, &ready)?;
            Ok(store::engine::done(tx, ctx.org(), row)?)
        })
        .await
    }
}

/// Tells the representative and whoever submitted that nobody receives a document.
pub(crate) fn tell_nobody_receives(ctx: &Ctx, tx: &mut Tx, it: &Subject) -> Result<()> {
    let Some(event) = it.event else { return Ok(()) };
    let Some(row) = store::events::event(tx, ctx.org(), event)? else { return Ok(()) };
    let sentence = format!(
        "{} was not sent: no contact of the customer receives it. Send it by hand, or say at a contact what it gets.",
        it.words()
    );
    let mut whom = vec![row.representative_id, ctx.actor.id.uuid()];
    whom.dedup();
    for one in whom {
        let id = ctx.id::<id::Entry>().uuid();
        store::engine::notify(tx, ctx.org(), one, id, "document_not_sent", row.id, &sentence, ctx.now.0)?;
    }
    Ok(())
}

/// The standing order of an event as a document that is to be sent, whoever asks.
pub(crate) fn order_of(ctx: &Ctx, tx: &mut Tx, event: Uuid) -> Result<Option<(Subject, Vec<MailRecipient>)>> {
    let order = store::billing::latest_order(tx, ctx.org(), event)?.filter(|order| order.status == "open");
    let Some(order) = order else { return Ok(None) };
    let it = subject(ctx, tx, DocumentKind::SalesOrder, &SalesOrderId::from_uuid(order.id).to_string(), false)?;
    let to = resolved(ctx, tx, &it)?;
    Ok(Some((it, to)))
}
