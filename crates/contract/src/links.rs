//! Linked organisations: invited, agreed to by both, ended by either.

use domain::clock::Instant;
use domain::id::{CatalogItemId, ManufacturerId, OrganizationId, OrganizationLinkId, UserId};
use domain::link::{LinkDirection, LinkStatus};
use domain::stock::UnitKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A link as one side sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrganizationLink {
    /// Its id, the same for both sides.
    pub id: OrganizationLinkId,
    /// Where it stands.
    pub status: LinkStatus,
    /// Which side invited.
    pub direction: LinkDirection,
    /// The other company. Whoever invites learns it when the invitation is accepted: until then it is null.
    pub organization: Option<LinkedOrganization>,
    /// What the own invitation was addressed to; null when the other side invited.
    pub address: Option<String>,
    /// What was said with the invitation.
    pub note: String,
    /// When the invitation was made.
    pub invited_at: Instant,
    /// Who invited, when it was somebody of the own organisation.
    pub invited_by: Option<UserId>,
    /// That name.
    pub invited_by_name: String,
    /// When both had agreed.
    pub accepted_at: Option<Instant>,
    /// Who agreed, when it was somebody of the own organisation.
    pub accepted_by: Option<UserId>,
    /// When it was withdrawn, declined or ended.
    pub ended_at: Option<Instant>,
    /// Who ended it, when it was somebody of the own organisation.
    pub ended_by: Option<UserId>,
    /// Why it ended, as said.
    pub ended_reason: String,
    /// Transfers between the two that are pending.
    pub pending_transfers: i64,
    /// Whether the other company sees the own catalog: numbers, descriptions and identifiers, never prices.
    pub shares_catalog: bool,
    /// Manufacturers of the own catalog that the other company supplies: supplier requests to them arrive there.
    pub manufacturer_ids: Vec<ManufacturerId>,
    /// For If-Match.
    pub version: i64,
}

/// The other company of a link: what is shown of it, and nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LinkedOrganization {
    /// Its id: a custodian of type linked_organization.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
}

/// Invites a company, by the e-mail of somebody who works there or by the id of the organisation. The answer is the same
/// whether or not anybody on this server has that address.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteOrganization {
    /// The e-mail of an account of that company.
    #[serde(default)]
    pub email: Option<String>,
    /// Or the organisation's id, as its settings show it.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    /// A word to whoever decides about it.
    #[serde(default)]
    pub note: String,
}

/// Changes the own side of a link.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchLink {
    /// Manufacturers of the own catalog that the other company supplies. An absent list stays as it is.
    #[serde(default)]
    pub manufacturer_ids: Option<Vec<ManufacturerId>>,
    /// Whether it sees the own catalog.
    #[serde(default)]
    pub shares_catalog: Option<bool>,
}

/// An item of a linked company's catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SharedItem {
    /// Who makes it.
    pub manufacturer: String,
    /// Catalog number.
    pub number: String,
    /// What it is.
    pub description: String,
    /// What kind of thing.
    pub kind: UnitKind,
    /// Device identifier.
    pub udi_di: Option<String>,
    /// Comes back after use.
    pub reusable: bool,
    /// The own item that it is; null when the own catalog does not hold it.
    pub catalog_item_id: Option<CatalogItemId>,
}

/// Takes items over from a linked company's catalog.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeItems {
    /// Which, as the other company names them.
    pub items: Vec<SharedItemName>,
}

/// What names an item of a linked company's catalog.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedItemName {
    /// Who makes it.
    pub manufacturer: String,
    /// Catalog number.
    pub number: String,
}

/// Withdraws, declines or ends a link.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndLink {
    /// Why; the other side reads it.
    #[serde(default)]
    pub reason: String,
}
