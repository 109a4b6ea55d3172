//! Quotes of events: what is expected, for which price and why, and who said yes to it.

use domain::clock::{Day, Instant};
use domain::id::{CatalogItemId, EventId, ManufacturerId, PreferenceCardId, QuoteId, UnitId, UserId};
use domain::pricing::PriceSource;
use domain::quote::QuoteState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The quote of an event. An event without one has an empty quote: `id` and `number` are null and it has no lines.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Quote {
    /// Its id; null while nothing was quoted.
    pub id: Option<QuoteId>,
    /// Its running number as it is shown.
    pub number: Option<String>,
    /// The event.
    pub event_id: EventId,
    /// Counts editions, from 1; an approval is of one edition.
    pub revision: i64,
    /// Where this edition stands.
    pub state: QuoteState,
    /// How likely the event is, in percent, while it is a forecast; null once it is planned for sure.
    pub probability_percent: Option<i64>,
    /// The total times the probability; null where prices are not shown.
    pub weighted_minor: Option<i64>,
    /// The last day on which the prices hold.
    pub valid_until: Option<Day>,
    /// A note that stands on the quote.
    pub note: String,
    /// The preference card from which it was made.
    pub preference_card_id: Option<PreferenceCardId>,
    /// What is quoted, item by item.
    pub lines: Vec<QuoteLine>,
    /// What it adds up to; null where prices are not shown.
    pub total_minor: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// When this edition was answered.
    pub decided_at: Option<Instant>,
    /// Who answered at the customer.
    pub decided_name: String,
    /// What they said.
    pub decided_note: String,
    /// Who entered the answer; null when it came over the link.
    pub decided_by: Option<UserId>,
    /// Until when the link that was given to the customer works; null without one.
    pub link_expires_at: Option<Instant>,
    /// When it was changed last.
    pub updated_at: Option<Instant>,
    /// For If-Match: the event's.
    pub version: i64,
}

/// An item of a quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuoteLine {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// Its number.
    pub catalog_number: String,
    /// Its description.
    pub description: String,
    /// Who makes it.
    pub manufacturer_id: ManufacturerId,
    /// How many.
    pub quantity: i64,
    /// The price of one; null where agreed prices are not shown.
    pub unit_price_minor: Option<i64>,
    /// Where the price comes from.
    pub price_source: PriceSource,
    /// Why this price, in a sentence.
    pub why: String,
    /// What the line adds up to; null where agreed prices are not shown.
    pub amount_minor: Option<i64>,
    /// How many are marked on the event.
    pub filled: i64,
    /// How many are not.
    pub open: i64,
}

/// An item to be quoted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteItem {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// How many, 1 to 10,000.
    pub quantity: i64,
    /// A price of one instead of the agreed or list price, where the account may change prices.
    #[serde(default)]
    pub unit_price_minor: Option<i64>,
}

/// Makes the quote of an open event, or its next edition: all of it at once.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeQuote {
    /// The lines of this card are quoted; a line of one's own stands instead of the card's.
    #[serde(default)]
    pub preference_card_id: Option<PreferenceCardId>,
    /// What is quoted. Without lines and without a card, the card that the event was planned with.
    #[serde(default)]
    pub lines: Vec<QuoteItem>,
    /// The last day on which the prices hold.
    #[serde(default)]
    pub valid_until: Option<Day>,
    /// A note that stands on the quote.
    #[serde(default)]
    pub note: String,
    /// How likely the event is, in percent, while it is a forecast.
    #[serde(default)]
    pub probability_percent: Option<i64>,
}

/// What the customer said, entered by somebody who heard it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideQuote {
    /// true for a yes.
    pub approved: bool,
    /// Who said so.
    pub name: String,
    /// What they said.
    #[serde(default)]
    pub note: String,
}

/// A link with which a customer sees this quote, and nothing else, and answers it once.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareQuote {
    /// How many days it works, 1 to 60; 14 unless something else is said.
    #[serde(default)]
    pub days: Option<i64>,
}

/// The link, shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuoteLink {
    /// Give it to the customer. Only its digest is kept, so it cannot be shown again; a new one ends this one.
    pub link: String,
    /// Until when it works.
    pub expires_at: Instant,
}

/// Marks units for the open lines of the quote.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FillQuote {
    /// Which; without any, the server takes those of the representative and of whoever shares with them that expire first.
    #[serde(default)]
    pub unit_ids: Option<Vec<UnitId>>,
}
