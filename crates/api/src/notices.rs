//! Notices: what the caller was told, and how people want to be told.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use app::notices;
use axum::extract::Path;
use contract::notices::{
    MarkNotification, Notification, NotificationSettings, PutNotificationSettings, UnreadNotifications,
};
use contract::{Done, Page};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_notifications))
        .routes(routes!(unread_notifications))
        .routes(routes!(read_all_notifications))
        .routes(routes!(mark_notification))
        .routes(routes!(get_notification_settings, put_notification_settings, reset_notification_settings))
        .routes(routes!(get_organization_notifications, put_organization_notifications))
}

/// What the caller was told, the latest first.
#[utoipa::path(get, path = "/notifications", tag = "people", params(
    Paging,
    ("unread" = Option<bool>, Query, description = "true: only unread ones; false: only read ones"),
    ("topic" = Option<String>, Query, description = "events, cover, money, transfers, requests, loans, counts, recalls, customers; those that the caller wants to see when absent"),
), responses((status = 200, body = Page<Notification>)))]
async fn list_notifications(edge: Edge) -> Out {
    edge.read_list(notices::list).await
}

/// How many are unread.
#[utoipa::path(get, path = "/notifications/unread", tag = "people", responses(
    (status = 200, body = UnreadNotifications)
))]
async fn unread_notifications(edge: Edge) -> Out {
    edge.read(notices::unread).await
}

/// Marks all of the caller's as read.
#[utoipa::path(post, path = "/notifications/read-all", tag = "people", responses((status = 200, body = Done)))]
async fn read_all_notifications(edge: Edge) -> Out {
    edge.write(200, notices::mark_all).await
}

/// Marks one as read, or as unread again.
#[utoipa::path(post, path = "/notifications/{id}/read", tag = "people", params(("id" = String, Path, description = "ntc_…")), request_body = MarkNotification, responses(
    (status = 200, body = Notification)
))]
async fn mark_notification(edge: Edge, Path(id): Path<String>, body: Key<MarkNotification>) -> Out {
    edge.change(200, &id, body, notices::mark).await
}

/// How the caller is told: what, whom, by which way, and when.
#[utoipa::path(get, path = "/me/notification-settings", tag = "people", responses(
    (status = 200, body = NotificationSettings)
))]
async fn get_notification_settings(edge: Edge) -> Out {
    edge.read(notices::own).await
}

/// Sets how the caller is told. Topics that are left out are as usual.
#[utoipa::path(put, path = "/me/notification-settings", tag = "people", request_body = PutNotificationSettings, responses(
    (status = 200, body = NotificationSettings)
))]
async fn put_notification_settings(edge: Edge, body: Key<PutNotificationSettings>) -> Out {
    edge.make(200, body, notices::put_own).await
}

/// What the organisation has holds for the caller again.
#[utoipa::path(delete, path = "/me/notification-settings", tag = "people", responses(
    (status = 200, body = NotificationSettings)
))]
async fn reset_notification_settings(edge: Edge) -> Out {
    edge.write(200, notices::reset_own).await
}

/// How people are told who have said nothing themselves.
#[utoipa::path(get, path = "/organization/notification-settings", tag = "people", responses(
    (status = 200, body = NotificationSettings)
))]
async fn get_organization_notifications(edge: Edge) -> Out {
    edge.read(notices::of_organization).await
}

/// Sets how people are told who have said nothing themselves.
#[utoipa::path(put, path = "/organization/notification-settings", tag = "people", request_body = PutNotificationSettings, responses(
    (status = 200, body = NotificationSettings)
))]
async fn put_organization_notifications(edge: Edge, body: Key<PutNotificationSettings>) -> Out {
    edge.make(200, body, notices::put_of_organization).await
}
