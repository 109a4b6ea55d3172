//! Documents on their way: links for people without an account, what was sent to whom, signatures, reminders.

use domain::clock::{Day, Instant};
use domain::document::{DocumentKind, ReminderMode, SignatureRole, SignedDocument, SigningMode};
use domain::id::{
    CustomerId, DocumentLinkId, DocumentSendId, EventId, FileId, LocationId, PurchaseOrderId, SalesOrderId,
    SignatureId, UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Makes a link with which somebody without an account sees one sales order and gives its purchase order.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareDocument {
    /// How many days it works, 1 to 180; 60 unless something else is said.
    #[serde(default)]
    pub days: Option<i64>,
}

/// A new link, shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NewDocumentLink {
    /// Its id.
    pub id: DocumentLinkId,
    /// Give it to the buyer. Only its digest is kept, so it cannot be shown again.
    pub link: String,
    /// The same as a code to be scanned: an SVG picture.
    pub code_svg: String,
    /// Until when it works.
    pub expires_at: Instant,
}

/// A link that was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DocumentLink {
    /// Its id.
    pub id: DocumentLinkId,
    /// What it shows.
    pub kind: DocumentKind,
    /// Who made it.
    pub created_by_id: UserId,
    /// Their name.
    pub created_by_name: String,
    /// When.
    pub created_at: Instant,
    /// Until when it works.
    pub expires_at: Instant,
    /// When it was ended before that.
    pub revoked_at: Option<Instant>,
    /// When a purchase order was given through it.
    pub used_at: Option<Instant>,
    /// How often it was opened.
    pub opened_count: i64,
    /// When for the first time.
    pub first_opened_at: Option<Instant>,
    /// When for the last time.
    pub last_opened_at: Option<Instant>,
    /// It works now.
    pub works: bool,
}

/// Somebody to be sent a document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendTo {
    /// Their name.
    #[serde(default)]
    pub name: String,
    /// Where it goes.
    pub email: String,
}

/// Sends a document, or says that it was sent by other ways.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendDocument {
    /// Which kind.
    pub kind: DocumentKind,
    /// Which one: the sales order, the invoice, the event of a quote or delivery note, the customer of a statement.
    pub subject_id: String,
    /// To whom; whoever the customer's contacts say when absent.
    #[serde(default)]
    pub recipients: Option<Vec<SendTo>>,
    /// A word to go with it.
    #[serde(default)]
    pub message: String,
    /// Nothing goes out: it was handed over, printed or sent by other ways. `message` says how.
    #[serde(default)]
    pub mark_only: bool,
    /// First day of a statement.
    #[serde(default)]
    pub from: Option<Day>,
    /// Last day of a statement.
    #[serde(default)]
    pub to: Option<Day>,
}

/// Something that was sent to somebody.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DocumentSend {
    /// Its id.
    pub id: DocumentSendId,
    /// Which kind of document.
    pub kind: DocumentKind,
    /// Which one.
    pub subject_id: String,
    /// Its number.
    pub number: String,
    /// The event that it belongs to.
    pub event_id: Option<EventId>,
    /// To whom.
    pub recipient_name: String,
    /// Where it went; empty when it was sent by other ways.
    pub recipient_email: String,
    /// Whose contact it is: location, customer, customer_email; typed when somebody typed it; escalation when nobody else answered.
    pub source: String,
    /// mail, or marked: sent by other ways.
    pub channel: String,
    /// What went with it, or how it was sent.
    pub note: String,
    /// The server did it by itself, by a setting.
    pub automatic: bool,
    /// Who sent it.
    pub sent_by_id: UserId,
    /// Their name.
    pub sent_by_name: String,
    /// When.
    pub sent_at: Instant,
    /// waiting, left, failed, or marked.
    pub state: String,
    /// When the mail left this server.
    pub left_at: Option<Instant>,
    /// How often the link in it was opened.
    pub opened_count: i64,
    /// When for the last time.
    pub opened_at: Option<Instant>,
    /// The paper as it was sent is kept: `/document-sends/{id}/paper`.
    pub has_paper: bool,
}

/// Signs what an event used or handed over.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignEvent {
    /// What is signed.
    pub document: SignedDocument,
    /// For whom.
    pub role: SignatureRole,
    /// Who signs.
    pub name: String,
    /// What they do.
    #[serde(default)]
    pub title: String,
    /// What was drawn: strokes of points within 480 by 160; empty when the name alone was typed.
    #[serde(default)]
    pub strokes: Vec<Vec<[f32; 2]>>,
    /// The digest of what was seen; 409 `content_changed` when it is another one by now.
    #[serde(default)]
    pub content: Option<String>,
}

/// A signature.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventSignature {
    /// Its id.
    pub id: SignatureId,
    /// What was signed.
    pub document: SignedDocument,
    /// For whom.
    pub role: SignatureRole,
    /// Who.
    pub name: String,
    /// What they do.
    pub title: String,
    /// What was drawn.
    pub strokes: Vec<Vec<[f32; 2]>>,
    /// The digest of what was signed.
    pub content: String,
    /// What was signed is another one by now: the signature no longer counts, and stays on record.
    pub void: bool,
    /// When.
    pub signed_at: Instant,
    /// On whose account; with `through_link`, whoever made the link.
    pub recorded_by_id: UserId,
    /// Their name.
    pub recorded_by_name: String,
    /// It was given through a link.
    pub through_link: bool,
}

/// The signatures of an event, and what a signature would stand under now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventSignatures {
    /// The digest of what was used and what it costs, as it is now.
    pub order_content: String,
    /// The digest of what was handed over, as it is now.
    pub delivery_note_content: String,
    /// All of them, the first first.
    pub items: Vec<EventSignature>,
    /// Who is to sign before the event is submitted.
    pub wanted: Vec<WantedSignature>,
    /// Why nobody is, or somebody is: what the type of the event or the facility says.
    pub why: String,
}

/// A signature without which an event is not submitted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WantedSignature {
    /// Whose.
    pub role: SignatureRole,
    /// It stands under what the event says now.
    pub signed: bool,
}

/// Whose signature a facility wants.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FacilitySigning {
    /// The facility.
    pub location_id: LocationId,
    /// by_type, always, provider or never.
    pub mode: SigningMode,
    /// In words.
    pub words: String,
    /// For If-Match; 0 while the type of the event says it.
    pub version: i64,
}

/// Says whose signature a facility wants.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetFacilitySigning {
    /// by_type, always, provider or never.
    pub mode: SigningMode,
}

/// How often a facility is reminded of purchase orders that have not come.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PoReminder {
    /// The facility.
    pub location_id: LocationId,
    /// Inherit, off, weekly or every.
    pub mode: ReminderMode,
    /// The day of the week (1 Monday to 7 Sunday), or the number of days.
    pub value: Option<i64>,
    /// In words, with what is inherited.
    pub words: String,
    /// From which reminder on others are written to as well and the office is told; 0 never, null as the organisation has it.
    pub escalate_after: Option<i64>,
    /// Who is written to as well.
    pub escalate_to: Vec<String>,
    /// After how many reminders it ends; 0 never, null as the organisation has it.
    pub stop_after: Option<i64>,
    /// What happens when nobody answers, in words, with what is inherited.
    pub ladder_words: String,
    /// For If-Match; 0 while the organisation's setting holds.
    pub version: i64,
}

/// Says how often a facility is reminded.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPoReminder {
    /// Inherit, off, weekly or every.
    pub mode: ReminderMode,
    /// The day of the week (1 Monday to 7 Sunday), or the number of days.
    #[serde(default)]
    pub value: Option<i64>,
    /// From which reminder on others are written to as well and the office is told; 0 never, as the organisation has it when absent.
    #[serde(default)]
    pub escalate_after: Option<i64>,
    /// E-mail addresses that are written to as well from then on, 5 at most.
    #[serde(default)]
    pub escalate_to: Vec<String>,
    /// After how many reminders it ends; 0 never, as the organisation has it when absent.
    #[serde(default)]
    pub stop_after: Option<i64>,
}

/// An event that waits for its purchase order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WaitingForPo {
    /// The event.
    pub event_id: EventId,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Its representative.
    pub representative_id: UserId,
    /// Their name.
    pub representative_name: String,
    /// The facility.
    pub location_id: Option<LocationId>,
    /// Its name.
    pub location_name: Option<String>,
    /// The customer.
    pub customer_id: Option<CustomerId>,
    /// The standing edition of its sales order.
    pub sales_order_id: Option<SalesOrderId>,
    /// What it adds up to; null for those who may not see agreed prices.
    pub total_minor: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// Since when it waits.
    pub submitted_on: Option<Day>,
    /// For how many days.
    pub days: i64,
    /// How often the facility was reminded.
    pub reminders: i64,
    /// When for the last time.
    pub reminded_at: Option<Instant>,
    /// Whom, the last time.
    pub reminded_whom: String,
    /// When it will be reminded next; null when it is not, or not any more.
    pub next_reminder_on: Option<Day>,
    /// Others are written to as well by now.
    pub escalated: bool,
    /// Every reminder that there is was sent.
    pub reminders_ended: bool,
}

/// What a file says as a purchase order: a proposal, to be looked at by a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReadPurchaseOrder {
    /// The file.
    pub file_id: FileId,
    /// Its name.
    pub file_name: String,
    /// The number of the order, where one was found.
    pub number: Option<String>,
    /// What it is over, where that was found.
    pub amount_minor: Option<i64>,
    /// ISO 4217: amounts are taken to be in it.
    pub currency: String,
    /// Whether it is over what is billed; null where either is not known or not shown.
    pub fits: Option<bool>,
}

/// A purchase order over another amount than what it is for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PoMismatch {
    /// The purchase order.
    pub id: PurchaseOrderId,
    /// The buyer's number.
    pub number: String,
    /// Its event.
    pub event_id: EventId,
    /// That event's number.
    pub event_number: String,
    /// Its name.
    pub event_name: String,
    /// The manufacturer that it is for; null: for all of the event.
    pub manufacturer_name: Option<String>,
    /// The event's representative.
    pub representative_name: String,
    /// Where.
    pub location_name: Option<String>,
    /// What it says.
    pub amount_minor: i64,
    /// What it is for.
    pub expected_minor: i64,
    /// What it says less what it is for: below zero, too little was ordered.
    pub difference_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// When it came.
    pub received_at: Instant,
}
