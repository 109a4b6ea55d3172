//! Find cover: candidates at the left, the plan for the chosen one at the right; on the phone one after the other.

use super::plan::{self, View};
use super::who;
use super::wish::Wish;
use super::{place, shown, status};
use crate::edge::{Fail, Out, Visit, get, post};
use crate::pages::{acts, events};
use crate::ui::{Button, Empty, Field, Header, Icon, Room};
use app::App;
use app::names::Names;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use contract::coverage::{CoverCandidates, CoverPreview, Readiness};
use contract::events::EventSummary;
use domain::id::EventId;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/events/{id}/cover", get(page).merge(post(super::give::give)))
}

/// A plan that was made, or why none could be.
pub type Made = Result<(CoverPreview, Names), String>;

/// Makes the plan that is asked for; nothing when nobody is chosen.
pub async fn make(visit: &Visit, id: EventId, wish: &Wish) -> Result<Option<Made>, Fail> {
    let Some(ask) = wish.ask() else { return Ok(None) };
    let wish = wish.clone();
    let made = visit
        .write(move |ctx, tx| {
            let made = app::coverage::preview(ctx, tx, id, &ask)?;
            let names = plan::names(ctx, tx, &wish, &made)?;
            Ok((made, names))
        })
        .await;
    match made {
        Ok(made) => Ok(Some(Ok(made))),
        Err(error) => Ok(Some(Err(acts::sentence(visit, error)?))),
    }
}

/// The inside of the right part.
pub fn right(visit: &Visit, event: &EventSummary, wish: &Wish, made: &Made, moved: Option<&str>) -> Markup {
    match made {
        Ok((made, names)) => plan::panel(&View { visit, event, wish, plan: made, names, moved }),
        Err(why) => plan::refused(visit, event, wish, why),
    }
}

struct Base {
    event: EventSummary,
    all: CoverCandidates,
    readiness: Option<Readiness>,
}

async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id(&id)?;
    let wish = Wish::read(visit.link.pairs());
    if visit.hx.partial && visit.hx.target.as_deref() == Some("plan") {
        let event = visit.read(move |ctx, tx| Ok(app::events::get(ctx, tx, id)?.head)).await?;
        let made = make(&visit, id, &wish).await?.ok_or_else(Fail::not_found)?;
        return Ok(visit.part(right(&visit, &event, &wish, &made, None)));
    }
    screen(&visit, id, &wish, None).await
}

/// The whole page; with `moved` it answers to a plan that does not hold any more.
pub async fn screen(visit: &Visit, id: EventId, wish: &Wish, moved: Option<&str>) -> Out {
    let base = visit
        .read(move |ctx, tx| {
            let all = app::coverage::candidates(ctx, tx, id)?;
            let event = app::events::get(ctx, tx, id)?.head;
            let readiness = app::coverage::readiness::one(ctx, tx, id).ok();
            Ok(Base { event, all, readiness })
        })
        .await?;
    let made = make(visit, id, wish).await?;
    let response = draw(visit, &base, wish, made.as_ref(), moved);
    Ok(match moved {
        None => response,
        Some(_) => {
            let mut response = response;
            *response.status_mut() = StatusCode::CONFLICT;
            response
        }
    })
}

fn draw(visit: &Visit, base: &Base, wish: &Wish, made: Option<&Made>, moved: Option<&str>) -> Response {
    let event = &base.event;
    let back = format!("/events/{}", event.id);
    let title = events::title(event).to_owned();
    let mut header = Header::new(title.clone()).crumb("Events", "/events").crumb(event.number.clone(), back.clone());
    if let Some(readiness) = &base.readiness {
        header = header.status(status(readiness.state));
    }
    let header = header
        .under(html! { (place(&visit.ctx, event)) " · " (who::needs(&base.all)) })
        .action(Button::link("What it needs", format!("{back}/needs")).in_dialog().wide_only())
        .action(Button::link("Open case", back));
    let best = base.all.items.iter().find(|it| it.conflicts.is_empty()).or_else(|| base.all.items.first());
    let current = wish.to.or_else(|| best.map(|it| it.user_id));
    let body = html! {
        (header)
        div class={ "cov" @if wish.to.is_some() { " chosen" } } {
            section class="cov-who" aria-labelledby="who-title" { (left(visit, base, current)) }
            // One plan at a time: a slow answer must not replace the plan of whoever was chosen since.
            section class="plan" id="plan" aria-labelledby="plan-title" hx-sync="this:replace" {
                @match (made, best) {
                    (Some(made), _) => { (right(visit, event, wish, made, moved)) }
                    (None, Some(best)) => {
                        @let href = Wish::of(best.user_id).href(event.id);
                        div class="plan-in" hx-get=(href) hx-trigger="intersect once" hx-target="#plan" hx-swap="innerHTML" hx-sync="#plan:drop" {
                            h2 id="plan-title" { "The plan" }
                            p class="sub" { "Choose somebody: what has to move, from whom, by when appears here." }
                            noscript { a class="btn" href=(href) { "Plan for " (best.name) } }
                        }
                    }
                    (None, None) => {}
                }
            }
        }
    };
    shown(visit, format!("Find cover: {title}"), Room::Events, body)
}

fn left(visit: &Visit, base: &Base, current: Option<domain::id::UserId>) -> Markup {
    let (event, all, today) = (&base.event, &base.all, visit.ctx.today());
    let most = if visit.link.get("all").is_some() { who::MANY } else { who::FEW };
    let hidden = all.items.len().saturating_sub(most);
    let more = current.map_or_else(Wish::default, Wish::of).link(format!("/events/{}/cover", event.id)).and("all", "1");
    html! {
        header class="cov-h" {
            h2 id="who-title" { "Who can take it" }
            p class="sub" { "Ranked by when they are free, what they have, where they are and whom they know" }
        }
        @if all.items.is_empty() {
            (Empty::new(Icon::People, "Nobody in your reach can take it").text("Ask the office: it reaches everybody. Or change the time of the case."))
        } @else {
            ol class="cands" data-walk {
                @for it in all.items.iter().take(most) {
                    @let href = Wish::of(it.user_id).href(event.id);
                    @let here = current == Some(it.user_id);
                    (who::person(it, all.units_needed, today, html! {
                        a class="cand-a" href=(href) hx-get=(href) hx-target="#plan" hx-swap="innerHTML" hx-sync="#plan:replace" hx-indicator="#plan" data-address data-step aria-current=[here.then_some("true")] { (it.name) }
                    }, None))
                }
            }
            @if hidden > 0 && most < who::MANY { p { a class="link" href=(more) { "Show " (hidden.min(who::MANY - most)) " more" } } }
            @else if hidden > 0 { p class="sub" { (hidden) " more could be asked: find them by name." } }
            @if all.items.len() > who::FEW {
                form class="cov-find js-only" method="get" action={ "/events/" (event.id) "/cover" } {
                    (Field::combo("to", "Somebody else", "/suggest/representatives", "").id("who-else"))
                    (Button::submit("Plan"))
                }
            }
            div class="cov-go" {
                (Button::link("Ask several, first to accept", format!("/events/{}/cover/ask", event.id)).icon(Icon::Bell).in_dialog())
            }
        }
    }
}
