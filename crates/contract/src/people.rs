//! People: accounts, groups, regions, the organisation itself, signing in.

use crate::{Address, Contact, CustodianRef, Patch};
use domain::billing::{BillingStatus, CreditSignal};
use domain::clock::{Day, Instant};
use domain::event::Usage;
use domain::id::{
    LocationId, ManufacturerId, OrganizationId, PaymentTermsId, PhysicianId, PreviewId, ProductLineId, RegionId,
    TokenId, UserId,
};
use domain::language::Language;
use domain::leaving::Holding;
use domain::people::Role;
use domain::terms::BasisDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Signs in and makes a token for programs.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// The account's e-mail.
    pub email: String,
    /// Its password.
    pub password: String,
    /// What the token is for.
    #[serde(default)]
    pub name: String,
}

/// A new token. It is shown this once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CreatedToken {
    /// To be sent as `Authorization: Bearer …`.
    pub token: String,
    /// When it stops working.
    pub expires_at: Instant,
}

/// A new address of a calendar feed. It is shown this once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalendarFeed {
    /// For the calendar program, read only and without signing in: whoever knows it reads the feed. With `?scope=all` it holds
    /// every event in reach, otherwise those on which the account itself is.
    pub url: String,
    /// When it was made.
    pub created_at: Instant,
}

/// A token or session of an account, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TokenView {
    /// Names it when it is to be revoked.
    pub id: TokenId,
    /// session or token.
    pub kind: String,
    /// What it is for.
    pub name: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last used, to the minute.
    pub last_used_at: Instant,
    /// When it stops working.
    pub expires_at: Instant,
}

/// The organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Organization {
    /// Its id; also a custodian.
    pub id: OrganizationId,
    /// Name.
    pub name: String,
    /// manufacturer or distributor.
    pub kind: String,
    /// ISO 4217 code of all money.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// Postal address, printed on documents.
    pub address: Address,
    /// For If-Match.
    pub version: i64,
}

/// Changes the organisation.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchOrganization {
    /// Name.
    pub name: Option<String>,
    /// IANA name.
    pub time_zone: Option<String>,
    /// Postal address.
    pub address: Option<Address>,
}

/// Settings of the organisation, defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrganizationSettings {
    /// Sales and distributors may send transfers.
    pub field_transfers: bool,
    /// Sales and distributors may make stock adjustments.
    pub field_adjustments: bool,
    /// Sales and distributors may reopen submitted events.
    pub field_reopen: bool,
    /// A request for stock names the event it is for.
    pub request_requires_event: bool,
    /// Usages for which a note must be given.
    pub note_required_for: Vec<Usage>,
    /// The sales order is mailed to the facility when a case or stocking order is submitted.
    pub auto_send_sales_order: bool,
    /// The invoice is mailed when a purchase order is entered.
    pub auto_send_invoice_on_po: bool,
    /// An event offers only the procedures of its physician.
    pub limit_procedures_to_physician: bool,
    /// A weekly mail lists events that wait for a purchase order.
    pub weekly_po_reminder: bool,
    /// From this reminder of a purchase order on the office is told, and whoever a facility names is written to as well; null never.
    pub po_escalate_after: Option<i64>,
    /// After so many reminders of a purchase order no further one is sent; null never.
    pub po_stop_after: Option<i64>,
    /// Who takes over what a count does not find.
    pub discrepancy_custodian_id: Option<UserId>,
    /// Roles that must sign in with a second factor.
    pub require_second_factor_for: Vec<Role>,
    /// Regional managers may set terms and basis dates of customers.
    pub managers_set_terms: bool,
    /// Credit holds customers by itself, unless a customer says otherwise.
    pub auto_hold: bool,
    /// Which credit signal asks for which billing status.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub auto_hold_rules: BTreeMap<CreditSignal, BillingStatus>,
    /// Exposure from this share of the limit, in basis points, is near the limit.
    pub near_limit_bp: i64,
    /// Terms of customers that have none of their own; null for net 30 days.
    pub default_payment_terms_id: Option<PaymentTermsId>,
    /// Basis date of customers that have none of their own.
    pub default_basis_date: BasisDate,
    /// Days without business besides weekends.
    pub holidays: Vec<Day>,
    /// Days after which an invoice counts as received.
    pub receipt_grace_days: i64,
    /// Days after which the invoice date stands in for a basis date that did not come.
    pub basis_fallback_days: i64,
    /// Who cares for locations that nobody else cares for.
    pub house_account_id: Option<UserId>,
    /// A second person approves a bulk change of status, credit or terms of more rows than this; null for never.
    pub bulk_approval_rows: Option<i64>,
    /// How often reps get the list of customers to call: off, daily or weekly.
    pub call_list_digest: String,
    /// The language of papers to customers who have none of their own.
    pub document_language: Language,
    /// What stands at the foot of every paper, a line each: the company's registration, its bank.
    pub document_footer: String,
    /// Days after which the pictures of a finished event that show a patient are destroyed; null: they are kept.
    pub patient_files_days: Option<i64>,
    /// For If-Match: the organisation's version.
    pub version: i64,
}

/// Changes settings of the organisation; what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchOrganizationSettings {
    /// Sales and distributors may send transfers.
    pub field_transfers: Option<bool>,
    /// Sales and distributors may make stock adjustments.
    pub field_adjustments: Option<bool>,
    /// Sales and distributors may reopen submitted events.
    pub field_reopen: Option<bool>,
    /// A request for stock names the event it is for.
    pub request_requires_event: Option<bool>,
    /// Usages for which a note must be given.
    pub note_required_for: Option<Vec<Usage>>,
    /// The sales order is mailed to the facility when a case or stocking order is submitted.
    pub auto_send_sales_order: Option<bool>,
    /// The invoice is mailed when a purchase order is entered.
    pub auto_send_invoice_on_po: Option<bool>,
    /// An event offers only the procedures of its physician.
    pub limit_procedures_to_physician: Option<bool>,
    /// A weekly mail lists events that wait for a purchase order.
    pub weekly_po_reminder: Option<bool>,
    /// From this reminder of a purchase order on the office is told; null never.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub po_escalate_after: Patch<i64>,
    /// After so many reminders of a purchase order no further one is sent; null never.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub po_stop_after: Patch<i64>,
    /// Who takes over what a count does not find; null for nobody.
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    pub discrepancy_custodian_id: Patch<UserId>,
    /// Roles that must sign in with a second factor.
    pub require_second_factor_for: Option<Vec<Role>>,
    /// Regional managers may set terms and basis dates of customers.
    pub managers_set_terms: Option<bool>,
    /// Credit holds customers by itself, unless a customer says otherwise.
    pub auto_hold: Option<bool>,
    /// Which credit signal asks for which billing status.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    pub auto_hold_rules: Option<BTreeMap<CreditSignal, BillingStatus>>,
    /// Exposure from this share of the limit, in basis points, is near the limit.
    pub near_limit_bp: Option<i64>,
    /// Terms of customers that have none of their own; null for net 30 days.
    #[serde(default)]
    #[schema(value_type = Option<PaymentTermsId>)]
    pub default_payment_terms_id: Patch<PaymentTermsId>,
    /// Basis date of customers that have none of their own.
    pub default_basis_date: Option<BasisDate>,
    /// Days without business besides weekends.
    pub holidays: Option<Vec<Day>>,
    /// Days after which an invoice counts as received.
    pub receipt_grace_days: Option<i64>,
    /// Days after which the invoice date stands in for a basis date that did not come.
    pub basis_fallback_days: Option<i64>,
    /// Who cares for locations that nobody else cares for; null for nobody.
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    pub house_account_id: Patch<UserId>,
    /// A second person approves a bulk change of status, credit or terms of more rows than this; null for never.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub bulk_approval_rows: Patch<i64>,
    /// How often reps get the list of customers to call: off, daily or weekly.
    pub call_list_digest: Option<String>,
    /// The language of papers to customers who have none of their own.
    pub document_language: Option<Language>,
    /// What stands at the foot of every paper, a line each.
    pub document_footer: Option<String>,
    /// Days after which the pictures of a finished event that show a patient are destroyed; null: they are kept.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub patient_files_days: Patch<i64>,
}

/// An account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Signs in with it; never changes.
    pub email: String,
    /// Never changes.
    pub role: Role,
    /// The distributor for whom it acts.
    pub delegate_of: Option<UserId>,
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// Another e-mail, for contact only.
    pub alternate_email: String,
    /// A distributor that only pools stock.
    pub custodian_only: bool,
    /// Not deactivated.
    pub active: bool,
    /// When training was ticked; null locks the account of the roles that need it.
    pub training_completed_at: Option<Instant>,
    /// When its person chose a password.
    pub claimed_at: Option<Instant>,
    /// When an invitation was last sent.
    pub invited_at: Option<Instant>,
    /// Its region.
    pub region_id: Option<RegionId>,
    /// Distributor: its custody is pooled with its group.
    pub shares_inventory: bool,
    /// Basis points; null while nobody set it. Not shown to those it does not concern.
    pub commission_rate_bp: Option<i64>,
    /// Printed on transfers.
    pub shipping_address: Address,
    /// Assistants, second offices.
    pub contacts: Vec<Contact>,
    /// Toggles of its role.
    pub settings: BTreeMap<String, bool>,
    /// When it was made.
    pub created_at: Instant,
    /// For If-Match.
    pub version: i64,
}

/// The account that asks, with what it may do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    #[serde(flatten)]
    pub user: User,
    /// Names of what it may do.
    pub permissions: Vec<String>,
    /// Its organisation.
    pub organization: Organization,
}

/// Makes an account. Nothing is sent.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// Cannot be changed afterwards.
    pub email: String,
    /// Cannot be changed afterwards.
    pub role: Role,
    /// Name.
    pub name: String,
    /// The distributor for whom it acts; role distributor only.
    #[serde(default)]
    pub delegate_of: Option<UserId>,
    /// A distributor that only pools stock.
    #[serde(default)]
    pub custodian_only: bool,
    /// Telephone.
    #[serde(default)]
    pub phone: String,
    /// Another e-mail.
    #[serde(default)]
    pub alternate_email: String,
    /// Region.
    #[serde(default)]
    pub region_id: Option<RegionId>,
    /// Distributor: pools its custody with its group.
    #[serde(default)]
    pub shares_inventory: bool,
    /// Basis points.
    #[serde(default)]
    pub commission_rate_bp: Option<i64>,
    /// Printed on transfers.
    #[serde(default)]
    pub shipping_address: Address,
    /// Further contacts.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// Toggles that differ from their defaults.
    #[serde(default)]
    pub settings: BTreeMap<String, bool>,
}

/// Changes an account. `email` and `role` are refused by name.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchUser {
    /// Never changes: giving it is a conflict that says so.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub email: Patch<serde_json::Value>,
    /// Never changes: giving it is a conflict that says so.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub role: Patch<serde_json::Value>,
    /// Name.
    pub name: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Another e-mail.
    pub alternate_email: Option<String>,
    /// Region; null takes it away.
    #[serde(default)]
    #[schema(value_type = Option<RegionId>)]
    pub region_id: Patch<RegionId>,
    /// Pools custody with the group.
    pub shares_inventory: Option<bool>,
    /// A distributor that only pools stock.
    pub custodian_only: Option<bool>,
    /// Basis points.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub commission_rate_bp: Patch<i64>,
    /// Printed on transfers.
    pub shipping_address: Option<Address>,
    /// Further contacts.
    pub contacts: Option<Vec<Contact>>,
    /// Toggles to change.
    pub settings: Option<BTreeMap<String, bool>>,
}

/// A one-time link was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Invitation {
    /// Shown when mail is not configured, so that it can be handed over.
    pub link: Option<String>,
    /// Whether mail was queued.
    pub mailed: bool,
    /// When the link stops working.
    pub expires_at: Instant,
}

/// Members of a group.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserIds {
    /// The accounts.
    pub user_ids: Vec<UserId>,
}

/// What an account may work with.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Assignments {
    /// Manufacturers.
    pub manufacturer_ids: Vec<ManufacturerId>,
    /// Locations.
    pub location_ids: Vec<LocationId>,
    /// Physicians.
    pub physician_ids: Vec<PhysicianId>,
    /// Product lines.
    pub product_line_ids: Vec<ProductLineId>,
}

/// Replaces lists of assignments; an absent list stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutAssignments {
    /// Manufacturers.
    pub manufacturer_ids: Option<Vec<ManufacturerId>>,
    /// Locations.
    pub location_ids: Option<Vec<LocationId>>,
    /// Physicians.
    pub physician_ids: Option<Vec<PhysicianId>>,
    /// Product lines.
    pub product_line_ids: Option<Vec<ProductLineId>>,
}

/// Sales targets of a year.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SalesTargets {
    /// The year.
    pub year: i64,
    /// Four amounts in minor units.
    pub quarters_minor: Vec<i64>,
}

/// A region.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Region {
    /// Its id.
    pub id: RegionId,
    /// Name.
    pub name: String,
    /// Who oversees it.
    pub manager_id: Option<UserId>,
    /// State codes.
    pub states: Vec<String>,
    /// For If-Match.
    pub version: i64,
}

/// Makes a region.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRegion {
    /// Name.
    pub name: String,
    /// Who oversees it: a regional manager.
    #[serde(default)]
    pub manager_id: Option<UserId>,
    /// State codes.
    #[serde(default)]
    pub states: Vec<String>,
}

/// Changes a region.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchRegion {
    /// Name.
    pub name: Option<String>,
    /// Who oversees it; null for nobody.
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    pub manager_id: Patch<UserId>,
    /// State codes.
    pub states: Option<Vec<String>>,
}

/// From whom an account may pull stock to itself.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuickTransferSources {
    /// The custodians.
    pub sources: Vec<CustodianRef>,
}

/// Why an account is deactivated.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionalReason {
    /// Why; kept in the journal.
    #[serde(default)]
    pub reason: String,
}

/// Which account takes over.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewSuccessor {
    /// The successor.
    pub to_user_id: UserId,
}

/// What a successor would take over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SuccessorPreview {
    /// To be given to apply, by the same person, within half an hour.
    pub preview_token: PreviewId,
    /// Until when it may be applied.
    pub expires_at: Instant,
    /// Who hands over and is deactivated.
    pub from_user_id: UserId,
    /// Who takes over.
    pub to_user_id: UserId,
    /// How many of what: units, open_events, pending_transfers, customers, locations, assignments and so on.
    pub counts: BTreeMap<String, i64>,
    /// What ends instead of being taken over, in sentences.
    pub notes: Vec<String>,
}

/// Carries a preview out.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyPreview {
    /// From the preview.
    pub preview_token: PreviewId,
}

/// A succession that was carried out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Succession {
    /// The deactivated account.
    pub from: User,
    /// Its successor.
    pub to: User,
    /// How many of what were taken over.
    pub counts: BTreeMap<String, i64>,
}

/// How far the set-up of an account is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Checklist {
    /// Everything that is needed is done.
    pub complete: bool,
    /// Step by step, always the same keys.
    pub items: Vec<ChecklistItem>,
}

/// One step of the set-up of an account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChecklistItem {
    /// shipping_address, commission_rate, directory, group, sharing, stock, training or invitation.
    pub key: String,
    /// For a screen.
    pub label: String,
    /// There.
    pub done: bool,
    /// An account like this one needs it.
    pub needed: bool,
}

/// Ends an account: who takes over what it holds.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeactivateUser {
    /// Why; it stands in the journal.
    #[serde(default)]
    pub reason: String,
    /// For each kind of what is held: who takes it over, null for nobody. What is held and not named here is answered with
    /// 409 `successor_required`. Cases, transfers and units go to one successor together, or stay where they are: null.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub successors: std::collections::BTreeMap<Holding, Option<UserId>>,
}

/// What somebody holds of a kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Held {
    /// Of which kind.
    pub kind: Holding,
    /// How many.
    pub count: i64,
    /// The first few by name.
    pub names: Vec<String>,
    /// Whether it can be given to somebody by itself.
    pub goes_alone: bool,
}

/// Everything that somebody holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Holdings {
    /// Who.
    pub user_id: UserId,
    /// By kind; kinds of which there is nothing too.
    pub items: Vec<Held>,
}
