//! The back office's tick on events: one, or those of a list that are selected.

use super::{acts, events, words};
use crate::edge::{Fail, Out, Sent, Visit, post};
use crate::ui::{Button, Flash};
use app::{App, Ctx, Error};
use axum::Router;
use axum::extract::Path;
use contract::events::SetProcessed;
use domain::id::EventId;
use domain::people::Permission;

/// So many events are ticked at once.
const AT_ONCE: usize = 500;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/events/{id}/processed", post(one)).route("/events/bulk/{what}", post(many))
}

/// Buttons for selected events, for those who may.
pub fn buttons(visit: &Visit) -> Vec<Button> {
    if !visit.may(Permission::ManageBilling) {
        return Vec::new();
    }
    let to = |what: &str| acts::at(visit, &format!("/events/bulk/{what}"));
    vec![Button::submit("Processed").action(to("processed")), Button::submit("Not processed").action(to("unprocessed"))]
}

async fn one(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let body = SetProcessed { processed: sent.on("processed") };
    let said = if body.processed { "Processed" } else { "Not processed any more" };
    let done = visit.save(&sent, move |ctx, tx| app::events::processed::set(ctx, tx, id, &body)).await;
    acts::told(&visit, done, &format!("/events/{id}"), Flash::done(said))
}

/// The events that a selection means: those that were ticked, or everything that the filters in the address match.
async fn chosen(visit: &Visit, sent: &Sent) -> Result<Vec<EventId>, Fail> {
    if !sent.on("all") {
        return Ok(sent.ids("id")?);
    }
    let mut params = events::matching(visit).await?;
    params.limit = Some(AT_ONCE as u32);
    params.count = false;
    let read = move |ctx: &Ctx, tx: &mut app::Tx| {
        let page = app::events::list(ctx, tx, &params)?;
        if page.next_cursor.is_some() {
            let message = format!("At most {AT_ONCE} events are ticked at once. Narrow the list with a filter.");
            return Err(Error::field("all", "too_many", message));
        }
        Ok(page.items.into_iter().map(|it| it.id).collect())
    };
    visit.read(read).await
}

async fn many(visit: Visit, Path(what): Path<String>, sent: Sent) -> Out {
    let body = match what.as_str() {
        "processed" => SetProcessed { processed: true },
        "unprocessed" => SetProcessed { processed: false },
        _ => return Err(Fail::not_found()),
    };
    let back = acts::at(&visit, "/events");
    let mut ids = chosen(&visit, &sent).await?;
    if ids.is_empty() {
        return Ok(visit.go(&back, Flash::failed("Select at least one event first.")));
    }
    // Rows are locked in one order.
    ids.sort_unstable();
    ids.dedup();
    let count = words::count(ids.len() as i64, "event", "events");
    let said = if body.processed { "processed" } else { "not processed any more" };
    let done = visit
        .save(&sent, move |ctx, tx| {
            for id in &ids {
                app::events::processed::set(ctx, tx, *id, &body)?;
            }
            Ok(contract::Done { done: true })
        })
        .await;
    acts::told(&visit, done, &back, Flash::done(format!("{count} {said}")))
}
