//! The calendar in a person's own program: its secret address, and the feed behind it.

use super::common::press;
use crate::edge::{Out, Visit, get, post};
use crate::ui::{Banner, Button, Field, Flash, Icon, Room, banner};
use app::events::feed::{ENDING, Scope};
use app::{App, Error};
use auth::Digest;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::people::TokenView;
use domain::people::Role;
use maud::html;

/// What needs a session.
pub fn routes() -> Router<App> {
    Router::new().route("/calendar/subscribe", get(page).merge(post(renew))).route("/calendar/subscribe/end", post(end))
}

/// What a calendar program reads, without a session.
pub fn open_routes() -> Router<App> {
    Router::new().route("/feeds/{file}", get(feed))
}

/// Accounts that are on no events themselves subscribe to everything in their reach.
fn own(role: Role) -> bool {
    matches!(role, Role::Sales | Role::Distributor)
}

async fn page(visit: Visit) -> Out {
    let tokens = visit.read(app::session::tokens).await?;
    let made = tokens.iter().find(|token| token.kind == "feed");
    let role = visit.ctx.actor.role;
    let body = html! {
        div class="form" {
            p { "Your phone or mail program can show your events beside your own dates. It reads a secret address, without signing in, and looks for news on its own." }
            p class="help" { "The address tells when, where, which procedure with which physician, and who covers it. Never anything about a patient, units or money." }
            @if let Some(token) = made { (since(&visit, token)) }
            div class="acts" {
                @if made.is_some() { (press(&visit, "/calendar/subscribe/end", Button::submit("End it").danger())) }
                (press(&visit, "/calendar/subscribe", Button::submit(if made.is_some() { "Make a new address" } else { "Make the address" }).primary()))
            }
            @if made.is_some() { p class="help" { "A new address ends the old one: programs that read it must be given the new one." } }
            @if role == Role::Distributor { p class="help" { "You can choose between your own events and those of your whole group." } }
        }
    };
    Ok(visit.dialog("Events in your own calendar", Room::Calendar, body))
}

fn since(visit: &Visit, token: &TokenView) -> maud::Markup {
    let read = token.last_used_at > token.created_at;
    html! {
        p {
            "You have an address since " (super::words::when(&visit.ctx, token.created_at))
            @if read { ", last read " (super::words::when(&visit.ctx, token.last_used_at)) "." } @else { ", not read yet." }
        }
    }
}

async fn renew(visit: Visit) -> Out {
    let url = visit.app.config().public_url.clone();
    let made = visit.write(move |ctx, tx| app::events::feed::renew(ctx, tx, &url)).await?;
    let role = visit.ctx.actor.role;
    let all = format!("{}?scope=all", made.url);
    let body = html! {
        (crate::ui::Header::new("Events in your own calendar").crumb("Calendar", "/calendar"))
        div class="content narrow" {
            (banner(Banner::Info, html! {
                b { "It is shown this once" }
                "Whoever has the address reads your events. Paste it into your calendar program where it says \u{201c}subscribe\u{201d} or \u{201c}from the internet\u{201d}, not \u{201c}import\u{201d}."
            }, None))
            div class="form pad-top" {
                @if own(role) { (Field::text("own", "Your own events").value(made.url.clone()).readonly().id("feed-own")) }
                @if role != Role::Sales { (Field::text("all", "Every event in your reach").value(all).readonly().id("feed-all")) }
                div class="acts" {
                    @if own(role) { (Button::link("Open in a calendar program", webcal(&made.url)).icon(Icon::Calendar)) }
                    (Button::link("Done", "/calendar").primary())
                }
            }
        }
    };
    let mut response = visit.page("Events in your own calendar", Room::Calendar, body);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The scheme that calendar programs listen to.
fn webcal(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    format!("webcal://{rest}")
}

async fn end(visit: Visit) -> Out {
    match visit.write(app::events::feed::end).await {
        Ok(()) => Ok(visit.go("/calendar", Flash::done("Ended: the address opens nothing any more"))),
        Err(Error::NotFound(_)) => Ok(visit.go("/calendar", Flash::done("It had ended already"))),
        Err(error) => Err(error.into()),
    }
}

#[derive(serde::Deserialize)]
struct Asked {
    #[serde(default)]
    scope: String,
}

async fn feed(
    State(app): State<App>,
    headers: HeaderMap,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let scope = if asked.scope == "all" { Scope::All } else { Scope::Own };
    let Some(secret) = file.strip_suffix(ENDING) else { return StatusCode::NOT_FOUND.into_response() };
    match app.calendar_feed(secret, scope, app.request_id().into()).await {
        Ok(text) => answer(&headers, text),
        Err(Error::NotFound(_)) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => crate::edge::Fail::from(error).into_response(),
    }
}

fn answer(asked: &HeaderMap, text: String) -> Response {
    let digest = Digest::of(&text);
    let etag: String = digest.as_bytes().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{etag}\"");
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == etag.as_bytes());
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { text.into_response() };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=0, must-revalidate"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}
