//! Types of events.

use crate::edge::{Edge, Key, Out};
use crate::rooms::{Routes, routes};
use app::events::types;
use contract::Items;
use contract::event_types::{EventTypeSetting, SetEventType};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new().routes(routes!(list_event_types, put_event_types))
}

/// Every type of event, with what the organisation wants of it.
#[utoipa::path(get, path = "/event-types", tag = "events", responses((status = 200, body = Items<EventTypeSetting>)))]
async fn list_event_types(edge: Edge) -> Out {
    edge.read(types::list).await
}

/// Says which types are used, and what must be said before an event of one is submitted. Types that are left out stay as they are.
#[utoipa::path(put, path = "/event-types", tag = "events", request_body = Vec<SetEventType>, responses(
    (status = 200, body = Items<EventTypeSetting>)
))]
async fn put_event_types(edge: Edge, body: Key<Vec<SetEventType>>) -> Out {
    edge.make_of(200, body, |ctx, tx, wishes| types::put(ctx, tx, wishes)).await
}
