//! Loans: what is due back, asking to keep it longer, how it was used meanwhile, when containers are booked.

use crate::units::Unit;
use domain::clock::{Day, Instant};
use domain::id::{EventId, ExtensionId, UnitId, UserId};
use domain::loan::ExtensionStatus;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A unit that has to come back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Loan {
    /// The unit.
    #[serde(flatten)]
    pub unit: Unit,
    /// Who has it.
    pub custodian_name: String,
    /// By how many days it is late; negative while there is time.
    pub days_late: i32,
    /// A request to keep it longer that waits for an answer.
    pub requested: Option<Extension>,
    /// How often it was extended since they have it.
    pub extensions: i64,
    /// The viewer may ask to keep it longer.
    pub may_ask: bool,
    /// The viewer may answer a request.
    pub may_decide: bool,
}

/// A request to keep something longer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Extension {
    /// Its id.
    pub id: ExtensionId,
    /// What.
    pub unit_id: UnitId,
    /// When it was due.
    pub old_due_on: Day,
    /// Until when it is wanted.
    pub new_due_on: Day,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub status: ExtensionStatus,
    /// Who asked.
    pub requested_by: UserId,
    /// That name now.
    pub requested_by_name: String,
    /// When.
    pub requested_at: Instant,
    /// Who answered.
    pub decided_by: Option<UserId>,
    /// That name now.
    pub decided_by_name: Option<String>,
    /// When.
    pub decided_at: Option<Instant>,
    /// What was answered.
    pub answer: String,
    /// For If-Match.
    pub version: i64,
}

/// Asks to keep something longer.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskExtension {
    /// Until when.
    pub new_due_on: Day,
    /// Why.
    pub reason: String,
}

/// Answers a request to keep something longer.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideExtension {
    /// Whether it may be kept.
    pub approve: bool,
    /// What is answered; required for a no.
    #[serde(default)]
    pub answer: String,
}

/// How a unit was used since its custodian has it: a container through what lies in it, too.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Utilization {
    /// Since when its custodian has it.
    pub since: Instant,
    /// How many days that is.
    pub days: i64,
    /// Submitted events that used it, or something of it.
    pub events: i64,
    /// Its day to be back.
    pub due_back_on: Option<Day>,
    /// How often it was extended in that time.
    pub extensions: i64,
    /// Requests to keep it longer, the latest first.
    pub history: Vec<Extension>,
    /// When it is and was booked, the next first.
    pub bookings: Vec<Booking>,
}

/// An event for which a container is booked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Booking {
    /// The event.
    pub event_id: EventId,
    /// Its name; null for an event out of reach.
    pub name: Option<String>,
    /// From when.
    pub starts_at: Instant,
    /// Until when.
    pub ends_at: Instant,
    /// The time zone of the event.
    pub time_zone: String,
    /// Where it stands.
    pub status: String,
}
