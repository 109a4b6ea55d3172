//! What a customer sees who was given the link of a quote: that quote, and the question. No account, nothing else.

use super::event_money::paper;
use super::words;
use crate::edge::{Address, Sent, get, post};
use crate::ui::{Alone, Button, Field, FieldError, Form, Icon, Line, Prefs, Text, lines};
use app::events::quote::guest::Shown;
use app::{App, Error};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use domain::quote::QuoteState;
use maud::{Markup, Render, html};

/// What stands outside: no session is needed.
pub fn open_routes() -> Router<App> {
    Router::new().route("/quote/{token}", get(show).merge(post(answer))).route("/quote/{token}/pdf", get(pdf))
}

/// Pages behind a link are kept by nobody and tell nobody where they were.
pub(super) fn private(mut response: Response) -> Response {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// One column in the middle, under the name of whoever quotes.
pub(super) fn alone(
    headers: &HeaderMap,
    status: StatusCode,
    title: impl Into<Text>,
    lead: Option<Text>,
    (organization, body): (Option<&str>, Markup),
) -> Response {
    let page = Alone {
        title: title.into(),
        lead,
        organization: organization.map(|name| name.to_owned().into()),
        prefs: Prefs::of(headers),
        body: html! { div class="guest" { (body) } },
        own: [&["papers.js"], &["papers.css"]],
        flash: None,
    };
    (status, Html(page.render().into_string())).into_response()
}

pub(super) fn over(headers: &HeaderMap) -> Response {
    let body = html! { p class="sub" { "It may have been used, replaced by a newer one, or be too old. Ask whoever sent it for a new one." } };
    let lead = "There is nothing behind it any more.";
    private(alone(headers, StatusCode::NOT_FOUND, "This link no longer works", Some(lead.into()), (None, body)))
}

fn too_many(headers: &HeaderMap, seconds: u32) -> Response {
    let lead = "Too many links were tried from here.";
    let body = html! { p class="sub" { "Wait " (seconds.div_ceil(60)) " minutes, then open the link again." } };
    private(alone(headers, StatusCode::TOO_MANY_REQUESTS, "Not now", Some(lead.into()), (None, body)))
}

pub(super) fn failed(headers: &HeaderMap, error: Error) -> Response {
    match error {
        Error::TooMany(seconds) => too_many(headers, seconds),
        Error::Db(_) | Error::Internal(_) => crate::edge::Fail::from(error).into_response(),
        _ => over(headers),
    }
}

fn quoted(shown: &Shown) -> Markup {
    let rows: Vec<Line> = shown
        .lines
        .iter()
        .map(|[number, description, quantity, price, amount]| {
            let title = if description.is_empty() { number } else { description };
            Line::new(format!("{quantity} \u{d7} {title}"))
                .below(format!("{number} · {price} each"))
                .side(html! { span class="num" { (amount) } })
        })
        .collect();
    html! {
        (lines(&rows))
        div class="guest-total" { span { "Total" } strong class="num" { (shown.total) } }
        @if let Some(day) = shown.valid_until { p class="sub" { "These prices hold until " (words::day(day)) "." } }
        @if !shown.note.is_empty() { p { (shown.note) } }
        p class="sub" { "An estimate made before the case: what is really used is billed." }
    }
}

fn page(headers: &HeaderMap, token: &str, shown: &Shown, sent: Option<&Sent>, errors: &[FieldError]) -> Response {
    let value = |name: &str| sent.map(|sent| sent.text(name).to_owned()).unwrap_or_default();
    let about = shown.about.join(", ");
    let lead = format!("{about}, planned for {}.", words::day(shown.event_on));
    let body = html! {
        @match (&shown.open, shown.state) {
            (_, QuoteState::Approved) => div class="banner success" role="status" { (Icon::Check) div { b { "Approved" } "Thank you, " (shown.decided_name) ". " (shown.organization) " has been told." } }
            (_, QuoteState::Declined) => div class="banner" role="status" { (Icon::Info) div { b { "Declined" } "Thank you for the answer, " (shown.decided_name) ". " (shown.organization) " has been told." } }
            (Err(why), _) => div class="banner warning" role="alert" { (Icon::Info) div { b { "It cannot be answered" } (why) } }
            (Ok(()), _) => {}
        }
        (quoted(shown))
        p { a class="link" href={ "/quote/" (token) "/pdf" } download { "As PDF" } }
        @if shown.open.is_ok() {
            (Form::post(format!("/quote/{token}"), "").errors(errors)
                .body(html! {
                    (Field::text("name", "Your name").value(value("name")).required().errors(errors).limit(200).autocomplete("name"))
                    (Field::area("note", "A word about it").value(value("note")).optional().errors(errors).limit(1000))
                })
                .button(Button::submit("Approve").primary().named("answer", "yes"))
                .button(Button::submit("Decline").named("answer", "no")))
            p class="sub" { "This link answers once, and works until " (words::exact_in(&shown.time_zone, shown.expires_at)) "." }
        }
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    private(alone(
        headers,
        status,
        format!("Quote {}", shown.number),
        Some(lead.into()),
        (Some(&shown.organization), body),
    ))
}

async fn show(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    match app.guarded(address, app.guest_quote(&token)).await {
        Ok(shown) => page(&headers, &token, &shown, None, &[]),
        Err(error) => failed(&headers, error),
    }
}

async fn pdf(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    match app.guarded(address, app.guest_paper(&token)).await {
        Ok(made) => private(paper(made.bytes, &made.file_name)),
        Err(error) => failed(&headers, error),
    }
}

async fn answer(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Path(token): Path<String>,
    sent: Sent,
) -> Response {
    let approved = sent.text("answer") == "yes";
    let answered = app.guest_answer(&token, approved, sent.text("name"), sent.text("note"));
    let done = app.guarded(address, answered).await;
    let errors = match done {
        Ok(()) => Vec::new(),
        Err(Error::Invalid { errors, .. }) => {
            errors.into_iter().map(|error| FieldError::new(error.field, error.message)).collect()
        }
        Err(Error::Conflict { message, .. }) => vec![FieldError::new("", message)],
        Err(error) => return failed(&headers, error),
    };
    match app.guest_quote(&token).await {
        Ok(shown) => page(&headers, &token, &shown, Some(&sent), &errors),
        Err(error) => failed(&headers, error),
    }
}
