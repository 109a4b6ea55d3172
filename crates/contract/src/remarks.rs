//! Notes, tasks and activities of customers, and the line of time that they make.

use crate::Patch;
use domain::clock::{Day, Instant};
use domain::id::{ActivityId, CustomerId, CustomerTaskId, LocationId, NoteId, UserId};
use domain::remark::{ActivityType, RemarkKind, TaskSource, TaskState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A note about a customer or one of its locations.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomerNote {
    /// Its id: nte_…
    pub id: NoteId,
    /// Whom it is about.
    pub customer_id: CustomerId,
    /// The location, when it is about one.
    pub location_id: Option<LocationId>,
    /// That location's name.
    pub location_name: Option<String>,
    /// What it says.
    pub body: String,
    /// Stays on top.
    pub pinned: bool,
    /// Who wrote it.
    pub author_id: UserId,
    /// Their name.
    pub author_name: String,
    /// When.
    pub created_at: Instant,
    /// When it was last changed; null when it never was.
    pub edited_at: Option<Instant>,
    /// Whether the caller may change it.
    pub yours: bool,
    /// For If-Match.
    pub version: i64,
}

/// Writes a note.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateNote {
    /// What it says; up to 4,000 characters.
    pub body: String,
    /// Stays on top.
    #[serde(default)]
    pub pinned: bool,
    /// The location it is about; the whole customer when absent.
    #[serde(default)]
    pub location_id: Option<LocationId>,
}

/// Changes a note; absent fields stay.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchNote {
    /// What it says.
    #[serde(default)]
    pub body: Option<String>,
    /// Stays on top.
    #[serde(default)]
    pub pinned: Option<bool>,
}

/// Something that somebody has to do for a customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomerTask {
    /// Its id: cts_…
    pub id: CustomerTaskId,
    /// For whom.
    pub customer_id: CustomerId,
    /// The customer's name.
    pub customer_name: String,
    /// For which location.
    pub location_id: Option<LocationId>,
    /// That location's name.
    pub location_name: Option<String>,
    /// What, in a line.
    pub title: String,
    /// More about it.
    pub note: String,
    /// By when.
    pub due_on: Option<Day>,
    /// Open, and its day has passed.
    pub overdue: bool,
    /// Who has to do it; null for nobody yet.
    pub assignee_id: Option<UserId>,
    /// Their name.
    pub assignee_name: Option<String>,
    /// How it stands.
    pub state: TaskState,
    /// Where it comes from.
    pub source: TaskSource,
    /// Who made it.
    pub author_id: UserId,
    /// Their name.
    pub author_name: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was done or dropped.
    pub closed_at: Option<Instant>,
    /// By whom.
    pub closed_by_name: Option<String>,
    /// For If-Match.
    pub version: i64,
}

/// Makes a task.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCustomerTask {
    /// What, in a line of up to 200 characters.
    pub title: String,
    /// More about it.
    #[serde(default)]
    pub note: String,
    /// By when; no day when absent.
    #[serde(default)]
    pub due_on: Option<Day>,
    /// Who has to do it; the caller when absent.
    #[serde(default)]
    pub assignee_id: Option<UserId>,
    /// For which location; the whole customer when absent.
    #[serde(default)]
    pub location_id: Option<LocationId>,
    /// rule when a rule suggested it, such as the call list; manual when absent.
    #[serde(default)]
    pub source: Option<TaskSource>,
}

/// Changes a task; absent fields stay, null clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchCustomerTask {
    /// What.
    #[serde(default)]
    pub title: Option<String>,
    /// More about it.
    #[serde(default)]
    pub note: Option<String>,
    /// By when.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub due_on: Patch<Day>,
    /// Who has to do it.
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    pub assignee_id: Patch<UserId>,
    /// open, done or dropped.
    #[serde(default)]
    pub state: Option<TaskState>,
}

/// Something that somebody did with or for a customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomerActivity {
    /// Its id: act_…
    pub id: ActivityId,
    /// With whom.
    pub customer_id: CustomerId,
    /// At which location.
    pub location_id: Option<LocationId>,
    /// That location's name.
    pub location_name: Option<String>,
    /// What kind of thing.
    pub r#type: ActivityType,
    /// When.
    pub at: Instant,
    /// What came of it.
    pub text: String,
    /// Who did it.
    pub by_id: UserId,
    /// Their name.
    pub by_name: String,
    /// When it was written down.
    pub created_at: Instant,
    /// When it was last changed; null when it never was.
    pub edited_at: Option<Instant>,
    /// Whether the caller may change it.
    pub yours: bool,
    /// For If-Match.
    pub version: i64,
}

/// Writes an activity down.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateActivity {
    /// What kind of thing.
    pub r#type: ActivityType,
    /// When; now when absent, never later than now.
    #[serde(default)]
    pub at: Option<Instant>,
    /// What came of it; up to 4,000 characters.
    #[serde(default)]
    pub text: String,
    /// At which location; the whole customer when absent.
    #[serde(default)]
    pub location_id: Option<LocationId>,
    /// When somebody should call next.
    #[serde(default)]
    pub next_contact_on: Option<Day>,
}

/// Changes an activity; absent fields stay.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchActivity {
    /// What kind of thing.
    #[serde(default)]
    pub r#type: Option<ActivityType>,
    /// When.
    #[serde(default)]
    pub at: Option<Instant>,
    /// What came of it.
    #[serde(default)]
    pub text: Option<String>,
}

/// One of them on the line of time; exactly one of `note`, `task` and `activity` is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// Which of the three.
    pub kind: RemarkKind,
    /// Where it stands: when it was written, made or done.
    pub at: Instant,
    /// The note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<CustomerNote>,
    /// The task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<CustomerTask>,
    /// The activity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<CustomerActivity>,
}

/// Somebody who gets a kind of mail about a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MailRecipient {
    /// Name of the contact, or of the customer.
    pub name: String,
    /// Where it goes.
    pub email: String,
    /// location or customer, whose contact it is; customer_email for the customer's own address.
    pub source: String,
}
