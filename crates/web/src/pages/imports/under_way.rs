//! A long import while it goes on: how far it is, and a button that stops it. The place asks when the form is sent, and goes on
//! asking by itself until the import is over; then the answer of the form stands below.

use super::super::words as say;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{Button, Meter, csrf_field, meter, polling};
use app::App;
use axum::Router;
use axum::extract::Path;
use contract::imports::ImportRun;
use domain::bulk::ImportState;
use domain::id::ImportId;
use maud::{Markup, html};

/// How often it asks for a run that has not begun: a short table never does.
const PATIENCE: u32 = 12;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/import-runs/{id}", get(how_far)).route("/import-runs/{id}/cancel", post(cancel))
}

/// The place of the progress, below the form that begins the run.
pub(super) fn place(run: ImportId) -> Markup {
    html! { div id="import-run" hx-get={ "/import-runs/" (run) } hx-trigger="submit from:#import-form" hx-swap="innerHTML" {} }
}

async fn how_far(visit: Visit, Path(id): Path<String>) -> Out {
    let run: ImportId = visit.id(&id)?;
    let asked: u32 = visit.link.get("asked").and_then(|text| text.parse().ok()).unwrap_or(0);
    let known = visit.read(move |ctx, tx| Ok(app::imports::run(ctx, tx, run).ok())).await?;
    Ok(visit.part(match known {
        Some(it) if !it.state.is_over() => shown(&visit, &it),
        // The run of the step before may be what is found: the next begins in a moment.
        _ if asked < PATIENCE => polling(&format!("/import-runs/{run}?asked={}", asked + 1), html! {}),
        _ => html! {},
    }))
}

async fn cancel(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let run: ImportId = visit.id(&id)?;
    // One that is over meanwhile needs no stopping: its answer stands below.
    if let Err(error) = visit.save(&sent, move |ctx, tx| app::imports::stop(ctx, tx, run)).await {
        visit.complaints(error)?;
    }
    let it = visit.read(move |ctx, tx| app::imports::run(ctx, tx, run)).await?;
    Ok(visit.part(if it.state.is_over() {
        html! {}
    } else {
        shown(&visit, &it)
    }))
}

fn shown(visit: &Visit, it: &ImportRun) -> Markup {
    let label = match (it.stopping, it.state) {
        (true, _) => "Stopping",
        (false, ImportState::Writing) => "Importing",
        (false, _) => "Checking",
    };
    let progress = Meter {
        label: label.into(),
        value: it.rows_done as f64,
        of: it.rows_total.max(1) as f64,
        shown: format!("{} of {} rows", say::number(it.rows_done), say::number(it.rows_total)).into(),
        tone: None,
    };
    let words = match it.state {
        ImportState::Writing => "What is in until then stays, and can be undone.",
        _ => "Nothing is written yet.",
    };
    polling(
        &format!("/import-runs/{}?asked={PATIENCE}", it.id),
        html! {
            div class="pad-top" { (meter(&progress)) }
            @if !it.stopping {
                form class="acts pad-top" method="post" action={ "/import-runs/" (it.id) "/cancel" }
                    hx-post={ "/import-runs/" (it.id) "/cancel" } hx-target="#import-run" hx-swap="innerHTML" {
                    (csrf_field(&visit.csrf()))
                    (Button::submit("Stop"))
                    span class="sub" { (words) }
                }
            }
        },
    )
}
