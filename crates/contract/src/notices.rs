//! Notices: what somebody was told, and how people want to be told.

use domain::clock::Instant;
use domain::id::NoticeId;
use domain::notice::{DigestEvery, MailWay, Topic};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that the caller was told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Notification {
    /// Its id.
    pub id: NoticeId,
    /// What happened, in one word.
    pub kind: String,
    /// What it is about.
    pub topic: Topic,
    /// What happened, in a sentence.
    pub sentence: String,
    /// What it is about: `evt_…`, `trf_…`, `req_…` and the like. Null where there is no one thing.
    pub subject_id: Option<String>,
    /// When.
    pub created_at: Instant,
    /// When it was marked as read.
    pub read_at: Option<Instant>,
}

/// Marks as read.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkNotification {
    /// true (the default): read; false: unread again.
    #[serde(default)]
    pub read: Option<bool>,
}

/// How many are unread.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct UnreadNotifications {
    /// Of the topics that the caller wants to see, at most 100.
    pub unread: i64,
}

/// A row of the matrix.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NotificationWay {
    /// What.
    pub topic: Topic,
    /// In words.
    pub label: String,
    /// Who is told.
    pub whom: String,
    /// In the list of notices.
    pub product: bool,
    /// By mail.
    pub mail: MailWay,
    /// It cannot be left out.
    pub required: bool,
}

/// Hours without mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// From this full hour, 0 to 23.
    #[schema(minimum = 0, maximum = 23)]
    pub from_hour: u8,
    /// Until this one; over midnight when it is the smaller one.
    #[schema(minimum = 0, maximum = 23)]
    pub to_hour: u8,
}

/// How somebody is told: what, whom, by which way, and when.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NotificationSettings {
    /// The matrix.
    pub ways: Vec<NotificationWay>,
    /// When the digest comes.
    pub digest: DigestEvery,
    /// From this hour on, where the organisation is.
    pub digest_hour: u8,
    /// No mail in these hours; a recall passes.
    pub quiet: Option<QuietHours>,
    /// None on Saturdays and Sundays either.
    pub quiet_weekends: bool,
    /// The person's own; false when it is what the organisation has.
    pub own: bool,
    /// For `If-Match`; 0 when nothing was set yet.
    pub version: i64,
}

/// One row of the matrix as it is set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetNotificationWay {
    /// What.
    pub topic: Topic,
    /// In the list of notices.
    pub product: bool,
    /// By mail.
    pub mail: MailWay,
}

/// Sets all of it. Topics that are left out are as usual.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutNotificationSettings {
    /// The matrix.
    pub ways: Vec<SetNotificationWay>,
    /// When the digest comes.
    pub digest: DigestEvery,
    /// From this hour on, 0 to 23.
    #[schema(minimum = 0, maximum = 23)]
    pub digest_hour: u8,
    /// No mail in these hours.
    pub quiet: Option<QuietHours>,
    /// None on Saturdays and Sundays either.
    #[serde(default)]
    pub quiet_weekends: bool,
}
