//! History: the journal read back in sentences.

use crate::edge::{Edge, Out};
use crate::rooms::{Routes, routes};
use contract::{HistoryEntry, Page};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new().routes(routes!(journal))
}

/// The journal, newest first. Whoever may not see all of it gives `unit_id` or `event_id` of something in reach.
#[utoipa::path(get, path = "/journal", tag = "history",
    params(
        ("unit_id" = Option<String>, Query, description = "About this unit."),
        ("event_id" = Option<String>, Query, description = "About this event."),
        ("actor_id" = Option<String>, Query, description = "Done by these people."),
        ("from" = Option<String>, Query, description = "From this day or moment on."),
        ("to" = Option<String>, Query, description = "Up to the end of this day, or before this moment."),
        ("limit" = Option<u32>, Query, description = "Rows a page, 1 to 500; 50 unless given."),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before."),
        ("count" = Option<bool>, Query, description = "Whether the total is wanted."),
    ),
    responses(
        (status = 200, content((Page<HistoryEntry> = "application/json"), (String = "text/csv"))),
    )
)]
async fn journal(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::history::journal(ctx, tx, &params)).await
}
