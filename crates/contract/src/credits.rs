//! Credit memos, the credit balance of customers, what they owe, statements of account.

use crate::billing::{DocumentCharge, DocumentLine, DocumentParty, InvoiceSummary};
use domain::billing::CreditSignal;
use domain::clock::{Day, Instant};
use domain::id::{CreditMemoId, CustomerId, EventId, InvoiceId, LineId, LocationId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Credits an invoice. Without an amount and without lines everything that is left of it.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditInvoice {
    /// How much, above zero and at most what was not credited yet. What was paid already becomes credit balance.
    #[serde(default)]
    pub amount_minor: Option<i64>,
    /// Instead of an amount: the lines of the invoice that are credited, each once.
    #[serde(default)]
    pub line_ids: Vec<LineId>,
    /// Why.
    pub reason: String,
    /// Credits the whole invoice and bills the same anew, with the order as it stands; what was paid is carried over.
    #[serde(default)]
    pub rebill: bool,
}

/// Lines of an invoice whose units came back, and that were not credited yet.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnedSale {
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// Its number.
    pub invoice_number: String,
    /// Its lines.
    pub line_ids: Vec<LineId>,
    /// They are all that is left of it.
    pub whole: bool,
    /// What they come to, minor units.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// Writes off what is open of an invoice, or a part of it: it is not hoped for any more. Sales and commission stand.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteOff {
    /// How much, above zero and at most what is open; all of it when absent.
    #[serde(default)]
    pub amount_minor: Option<i64>,
    /// Why.
    pub reason: String,
}

/// A credit memo as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CreditMemoSummary {
    /// Its id.
    pub id: CreditMemoId,
    /// Its running number, without gaps.
    pub number: String,
    /// credit; write_off for what is not hoped for any more.
    pub kind: String,
    /// The invoice that it credits.
    pub invoice_id: InvoiceId,
    /// That invoice's event.
    pub event_id: EventId,
    /// Who is credited.
    pub customer_id: Option<CustomerId>,
    /// Where it was sold.
    pub location_id: Option<LocationId>,
    /// How much; null for those who may not see agreed prices.
    pub amount_minor: Option<i64>,
    /// What it takes off the customer's net sales: its share without tax and freight, nothing when the same is billed anew.
    pub net_minor: Option<i64>,
    /// What of it was paid already and became credit balance.
    pub to_balance_minor: Option<i64>,
    /// ISO 4217 code.
    pub currency: String,
    /// Why.
    pub reason: String,
    /// When.
    pub issued_on: Day,
    /// The invoice that bills the same anew.
    pub rebilled_as_id: Option<InvoiceId>,
    /// By whom.
    pub created_by_id: UserId,
    /// The moment.
    pub created_at: Instant,
}

/// A credit memo with what it says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CreditMemo {
    /// What lists show.
    #[serde(flatten)]
    pub head: CreditMemoSummary,
    /// The invoice as it stands now.
    pub invoice: InvoiceSummary,
    /// The lines that are credited; empty for an amount.
    pub lines: Vec<DocumentLine>,
    /// Charges that are credited: with the whole invoice.
    pub charges: Vec<DocumentCharge>,
    /// The whole invoice is credited at once.
    pub whole: bool,
    /// Who credits.
    pub seller: DocumentParty,
    /// Who is credited.
    pub customer: Option<DocumentParty>,
}

/// What a customer has: credited or paid beyond what was open.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CreditBalance {
    /// What is there now, minor units.
    pub balance_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// The latest steps, the last first.
    pub steps: Vec<BalanceStep>,
}

/// A step of a credit balance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BalanceStep {
    /// credited, freed (money on an invoice that was replaced by a smaller one), paid (more than was open), refunded, used.
    pub kind: String,
    /// Above zero when it grew.
    pub amount_minor: i64,
    /// When.
    pub on: Day,
    /// The invoice from which it came, or that it paid.
    pub invoice_id: Option<InvoiceId>,
    /// The memo from which it came.
    pub credit_memo_id: Option<CreditMemoId>,
    /// The bank's or the customer's reference.
    pub reference: String,
    /// By whom.
    pub created_by_id: UserId,
}

/// Says that a credit balance was paid out.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundBalance {
    /// How much, above zero and at most the balance.
    pub amount_minor: i64,
    /// When; today when absent.
    #[serde(default)]
    pub refunded_on: Option<Day>,
    /// The bank's reference.
    #[serde(default)]
    pub reference: String,
}

/// Corrects when an invoice is due. A day that is typed is never computed anew; without it the terms of the order count.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchInvoice {
    /// The due date itself; null gives it back to the terms.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub due_on: crate::Patch<Day>,
    /// When the customer received it: what terms from the receipt wait for.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub received_on: crate::Patch<Day>,
    /// The day typed on the document: what terms from a specified date wait for.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub specified_on: crate::Patch<Day>,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// What a customer owes and may owe, and how late it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Receivables {
    /// Unpaid invoices, minor units.
    pub open_minor: i64,
    /// Of these not due yet.
    pub not_due_minor: i64,
    /// 1 to 30 days late.
    pub past_due_1_30_minor: i64,
    /// 31 to 60 days late.
    pub past_due_31_60_minor: i64,
    /// 61 to 90 days late.
    pub past_due_61_90_minor: i64,
    /// More than 90 days late.
    pub past_due_over_90_minor: i64,
    /// Due dates that are not known yet: never counted as late.
    pub pending_minor: i64,
    /// Shipped and not invoiced yet.
    pub shipped_minor: i64,
    /// Ordered and not shipped yet.
    pub approved_minor: i64,
    /// Used in cases and not invoiced yet.
    pub unbilled_usage_minor: i64,
    /// All of it together.
    pub exposure_minor: i64,
    /// The limit; null for none.
    pub credit_limit_minor: Option<i64>,
    /// What is left of it.
    pub available_credit_minor: Option<i64>,
    /// What credit says.
    pub credit_signal: CreditSignal,
    /// Credited or paid beyond what was open.
    pub credit_balance_minor: i64,
    /// Days to pay, last twelve months, weighted by amount.
    pub avg_days_to_pay: Option<f64>,
    /// Days from usage to purchase order, last twelve months.
    pub avg_days_usage_to_po: Option<f64>,
    /// ISO 4217 code.
    pub currency: String,
}

/// A statement of account: what was billed, credited, paid and refunded between two days.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Statement {
    /// Whose.
    pub customer_id: CustomerId,
    /// Who writes it.
    pub seller: DocumentParty,
    /// To whom.
    pub customer: DocumentParty,
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub to: Day,
    /// What was owed before; below zero for credit.
    pub opening_minor: i64,
    /// What happened, the first first.
    pub lines: Vec<StatementLine>,
    /// What is owed at its end.
    pub closing_minor: i64,
    /// Billed in that time.
    pub billed_minor: i64,
    /// Credited.
    pub credited_minor: i64,
    /// Paid, less what was refunded.
    pub paid_minor: i64,
    /// How late it is, on its last day.
    pub ageing: Ageing,
    /// ISO 4217 code.
    pub currency: String,
    /// More happened than is shown.
    pub truncated: bool,
}

/// Unpaid invoices by how late they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ageing {
    /// Not due yet.
    pub not_due_minor: i64,
    /// 1 to 30 days late.
    pub past_due_1_30_minor: i64,
    /// 31 to 60.
    pub past_due_31_60_minor: i64,
    /// 61 to 90.
    pub past_due_61_90_minor: i64,
    /// More.
    pub past_due_over_90_minor: i64,
    /// Due dates that are not known yet.
    pub pending_minor: i64,
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatementLine {
    /// When.
    pub on: Day,
    /// invoice, credit_memo, payment, refund.
    pub kind: String,
    /// The document's number, or the reference of a payment.
    pub number: String,
    /// The invoice, for all but a refund.
    pub invoice_id: Option<InvoiceId>,
    /// The memo.
    pub credit_memo_id: Option<CreditMemoId>,
    /// Of an invoice.
    pub due_on: Option<Day>,
    /// Above zero when more is owed.
    pub amount_minor: i64,
    /// What is owed after it.
    pub balance_minor: i64,
}

/// A stocking order that waits because of its customer's billing status.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeldOrder {
    /// The event.
    pub event_id: EventId,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Its day.
    pub event_on: Day,
    /// Who sells.
    pub representative_id: UserId,
    /// Their name.
    pub representative_name: String,
    /// Whose order.
    pub customer_id: CustomerId,
    /// Their name.
    pub customer_name: String,
    /// The status that counts.
    pub billing_status: domain::billing::BillingStatus,
    /// Where it comes from, in a sentence.
    pub explanation: String,
    /// What it adds up to now; null for those who may not see agreed prices.
    pub total_minor: Option<i64>,
    /// ISO 4217 code.
    pub currency: String,
    /// It was released: it may be submitted in spite of the hold.
    pub hold_released: bool,
    /// Whether the caller may release it.
    pub can_release: bool,
}

/// Money of a customer as it came in: spread over open invoices, what is due first first; what is left over is kept as credit balance.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivePayment {
    /// How much, above zero.
    pub amount_minor: i64,
    /// When; today when absent.
    #[serde(default)]
    pub received_on: Option<Day>,
    /// The bank's or the customer's reference.
    #[serde(default)]
    pub reference: String,
    /// Only these open invoices, in this order; all of the customer's when empty.
    #[serde(default)]
    pub invoice_ids: Vec<InvoiceId>,
}

/// What of it paid which invoice.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Allocation {
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// Its number.
    pub number: String,
    /// How much.
    pub amount_minor: i64,
}

/// Money that was booked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceivedPayment {
    /// Whose.
    pub customer_id: CustomerId,
    /// How much.
    pub amount_minor: i64,
    /// What it paid.
    pub allocations: Vec<Allocation>,
    /// What is kept as credit balance.
    pub to_balance_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}
