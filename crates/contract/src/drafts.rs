//! Transfers that are being put together: kept, changed, sent later or thrown away.

use crate::{CustodianRef, Patch};
use domain::clock::{Day, Instant};
use domain::id::{CatalogItemId, EventId, PlaceId, TransferId, UnitId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A transfer that was not sent yet. It holds nothing: its units can be used and sent elsewhere meanwhile.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TransferDraft {
    /// Its id; that of the transfer once it is sent.
    pub id: TransferId,
    /// Who will send.
    pub from: CustodianRef,
    /// That name now.
    pub from_name: String,
    /// Who is to receive; null while that is not decided.
    pub to: Option<CustodianRef>,
    /// That name now.
    pub to_name: Option<String>,
    /// A note to whoever receives.
    pub note: String,
    /// The units are a loan until this day.
    pub due_back_on: Option<Day>,
    /// Where the units will lie once they are accepted.
    pub place_id: Option<PlaceId>,
    /// The event it serves.
    pub event_id: Option<EventId>,
    /// How many units were chosen; what lies in containers comes on top.
    pub units_count: i64,
    /// The units in the order in which they were chosen; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lines: Option<Vec<DraftLine>>,
    /// Who began it.
    pub created_by: UserId,
    /// When.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// For If-Match.
    pub version: i64,
}

/// A unit that was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DraftLine {
    /// The unit.
    pub unit_id: UnitId,
    /// What it is; null when it is out of reach by now.
    pub catalog_item_id: Option<CatalogItemId>,
    /// Its lot.
    pub lot: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// Why it cannot be sent as things are, in a sentence; null when it can.
    pub problem: Option<String>,
}

/// Begins a draft.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateDraft {
    /// Who will send; by default whoever answers for the first unit.
    #[serde(default)]
    pub from: Option<CustodianRef>,
    /// Who is to receive.
    #[serde(default)]
    pub to: Option<CustodianRef>,
    /// The units; a container brings what lies in it when it is sent.
    #[serde(default)]
    pub unit_ids: Vec<UnitId>,
    /// A note to whoever receives.
    #[serde(default)]
    pub note: String,
    /// Makes it a loan until this day.
    #[serde(default)]
    pub due_back_on: Option<Day>,
    /// Where the units will lie once they are accepted.
    #[serde(default)]
    pub place_id: Option<PlaceId>,
    /// The event it serves, for reference.
    #[serde(default)]
    pub event_id: Option<EventId>,
}

/// Changes a draft; what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchDraft {
    /// Who is to receive.
    #[serde(default)]
    #[schema(value_type = Option<CustodianRef>)]
    pub to: Patch<CustodianRef>,
    /// The units, in place of those before.
    #[serde(default)]
    pub unit_ids: Option<Vec<UnitId>>,
    /// Units that come on top.
    #[serde(default)]
    pub add_unit_ids: Vec<UnitId>,
    /// Units that are taken off.
    #[serde(default)]
    pub remove_unit_ids: Vec<UnitId>,
    /// A note to whoever receives.
    #[serde(default)]
    pub note: Option<String>,
    /// Makes it a loan until this day.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub due_back_on: Patch<Day>,
    /// Where the units will lie once they are accepted.
    #[serde(default)]
    #[schema(value_type = Option<PlaceId>)]
    pub place_id: Patch<PlaceId>,
    /// The event it serves, for reference.
    #[serde(default)]
    #[schema(value_type = Option<EventId>)]
    pub event_id: Patch<EventId>,
}

/// Sends a draft.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendDraft {
    /// Leaves out what cannot be sent as things are; otherwise that is named (409 `not_free_any_more`) and nothing is sent.
    #[serde(default)]
    pub only_free: bool,
    /// The units are meant for this rep alone: no distributor is suggested.
    #[serde(default)]
    pub only_for_this_person: bool,
}
