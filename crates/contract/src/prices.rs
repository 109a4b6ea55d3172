//! Prices in depth: by quantity, capped sets, why a price is what it is, what has none agreed.

use domain::clock::{Day, Instant};
use domain::id::{CatalogItemId, ConstructId, CustomerId, EventId, LineId, LocationId, PriceAskId, UserId};
use domain::pricing::{ContractState, PriceAskState, PriceSource};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A price for so many and more of an item on one event; it belongs to the agreed price that begins on the same day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceTier {
    /// Of what.
    pub catalog_item_id: CatalogItemId,
    /// The first day of the agreed price; null for one that holds since ever.
    #[serde(default)]
    pub valid_from: Option<Day>,
    /// From how many on, at least 2.
    pub from_quantity: i64,
    /// The price of one unit, minor units.
    pub price_minor: i64,
}

/// A set of items that costs at most so much together on one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Construct {
    /// Its id.
    pub id: ConstructId,
    /// Its name.
    pub name: String,
    /// What lines of the set cost together at most, minor units.
    pub cap_minor: i64,
    /// First day.
    pub valid_from: Option<Day>,
    /// Last day.
    pub valid_to: Option<Day>,
    /// The set.
    pub catalog_item_ids: Vec<CatalogItemId>,
}

/// A set of items that is to cost at most so much together.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetConstruct {
    /// Its name.
    pub name: String,
    /// What lines of the set cost together at most, minor units.
    pub cap_minor: i64,
    /// First day; since ever when absent.
    #[serde(default)]
    pub valid_from: Option<Day>,
    /// Last day; for ever when absent.
    #[serde(default)]
    pub valid_to: Option<Day>,
    /// The set.
    pub catalog_item_ids: Vec<CatalogItemId>,
}

/// Why the lines of an event cost what they cost.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventPrices {
    /// Line by line.
    pub items: Vec<EventPrice>,
    /// ISO 4217 code.
    pub currency: String,
}

/// Why a line costs what it costs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventPrice {
    /// Which line.
    pub line_id: LineId,
    /// Its price; null for those who may not see agreed prices.
    pub unit_price_minor: Option<i64>,
    /// Where it comes from.
    pub price_source: PriceSource,
    /// What it would cost by what is agreed now; null where nothing is agreed by a ladder.
    pub agreed_minor: Option<i64>,
    /// In a sentence.
    pub why: String,
}

/// An item that open events of a location use without an agreed price.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PriceGap {
    /// The item.
    pub catalog_item_id: CatalogItemId,
    /// Its number.
    pub catalog_number: String,
    /// What it is.
    pub description: String,
    /// Where.
    pub location_id: LocationId,
    /// Its name.
    pub location_name: String,
    /// Whose location.
    pub customer_id: CustomerId,
    /// Its name.
    pub customer_name: String,
    /// Lines.
    pub lines_count: i64,
    /// Events.
    pub events_count: i64,
    /// What they come to now, minor units.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// The day of the first event.
    pub first_on: Day,
}

/// Asks the office for an agreed price of a line's item.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskForPrice {
    /// What the office should know.
    #[serde(default)]
    pub note: String,
}

/// Says that no price will be agreed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclinePrice {
    /// Why; whoever asked is told.
    #[serde(default)]
    pub reason: String,
}

/// A price that somebody in the field asked the office for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PriceAsk {
    /// Its id.
    pub id: PriceAskId,
    /// The item.
    pub catalog_item_id: CatalogItemId,
    /// Its number.
    pub catalog_number: String,
    /// What it is.
    pub description: String,
    /// Where it is wanted.
    pub location_id: LocationId,
    /// Its name.
    pub location_name: String,
    /// Whose location.
    pub customer_id: CustomerId,
    /// Its name.
    pub customer_name: String,
    /// From which event.
    pub event_id: EventId,
    /// Its running number.
    pub event_number: String,
    /// What the office should know.
    pub note: String,
    /// Who asks.
    pub asked_by_id: UserId,
    /// Their name now.
    pub asked_by_name: String,
    /// When.
    pub asked_at: Instant,
    /// open, agreed or declined.
    pub state: PriceAskState,
    /// Why it was declined.
    pub answer: String,
    /// When it was answered.
    pub answered_at: Option<Instant>,
}

/// The contract of a facility.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FacilityContract {
    /// The facility.
    pub location_id: LocationId,
    /// All prices are agreed.
    pub complete: bool,
    /// When it is negotiated anew.
    pub renews_on: Option<Day>,
    /// unknown, complete, incomplete, or review from thirty days before it is negotiated anew on.
    pub state: ContractState,
    /// For If-Match; 0 while nobody has said anything.
    pub version: i64,
}

/// Says how the contract of a facility stands.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetFacilityContract {
    /// All prices are agreed.
    pub complete: bool,
    /// When it is negotiated anew.
    #[serde(default)]
    pub renews_on: Option<Day>,
}

/// A contract that somebody should look at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContractToReview {
    /// The facility.
    pub location_id: LocationId,
    /// Its name.
    pub location_name: String,
    /// Whose location.
    pub customer_id: CustomerId,
    /// Its name.
    pub customer_name: String,
    /// review or incomplete.
    pub state: ContractState,
    /// When it is negotiated anew.
    pub renews_on: Option<Day>,
}
