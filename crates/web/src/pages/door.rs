//! The door: signing in and out, claiming an invitation, a new password, and the page for accounts that cannot work yet.

use crate::edge::{Address, Sent, Visit, get, post};
use crate::session;
use crate::ui::{Alone, Button, Field, FieldError, Flash, Form, Link, Prefs, Text};
use app::{App, Ctx, Error};
use auth::Secret;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, Render, html};

/// What stands outside: no session is needed.
pub fn open_routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(sign_in_page).merge(post(sign_in)))
        .route("/offline", get(on_this_device))
        .route("/claim/{token}", get(claim_page).merge(post(claim)))
        .route("/reset", get(reset_page).merge(post(reset)))
        .route("/reset/{token}", get(claim_page).merge(post(claim)))
}

/// What needs a session.
pub fn routes() -> Router<App> {
    Router::new().route("/logout", post(sign_out))
}

const PASSWORD_RULES: &str = "At least 12 characters. A few words in a row are good; your name, your e-mail address and \
    the passwords that everybody tries first are not taken. No other rules, and it never runs out.";

fn alone(headers: &HeaderMap, status: StatusCode, title: &'static str, lead: Option<Text>, body: Markup) -> Response {
    let flash = session::cookie(headers, Flash::COOKIE).and_then(Flash::from_cookie);
    let told = flash.is_some();
    let page = Alone {
        title: title.into(),
        lead,
        organization: None,
        prefs: Prefs::of(headers),
        body,
        own: [&[], &[]],
        flash,
    };
    let mut response = (status, Html(page.render().into_string())).into_response();
    if told {
        let (name, value) = session::told();
        response.headers_mut().append(name, value);
    }
    response
}

/// What a browser shows when there is no connection and no copy: it is the same for everybody, and the script writes into it what
/// waits on this device and which cases are kept here.
async fn on_this_device(headers: HeaderMap) -> Response {
    let body = html! {
        section class="sec" {
            h2 { "Waits to be sent" }
            ul class="lines" data-waiting aria-live="polite" {}
            p class="sub" data-nothing-waits { "Nothing waits on this device." }
        }
        section class="sec" {
            h2 { "Cases kept here" }
            ul class="lines" data-kept-pages {}
            p class="sub" data-nothing-kept { "No case is kept here. Those of the next days are kept when Today is opened with a connection." }
        }
        div class="acts pad-top" { (Button::link("Today", "/").primary()) (Button::link("Scan", "/scan")) }
    };
    let lead = "What was scanned without a connection is sent by itself as soon as there is one again.";
    alone(&headers, StatusCode::OK, "On this device", Some(lead.into()), body)
}

fn leave(to: &str, cookies: impl IntoIterator<Item = Option<(header::HeaderName, HeaderValue)>>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    for (name, value) in cookies.into_iter().flatten() {
        response.headers_mut().append(name, value);
    }
    response
}

struct Knock<'a> {
    email: &'a str,
    next: &'a str,
    errors: Vec<FieldError>,
}

fn sign_in_form(headers: &HeaderMap, status: StatusCode, knock: &Knock<'_>) -> Response {
    let again = !knock.email.is_empty();
    let email = Field::email("email", "E-mail").value(knock.email.to_owned()).autocomplete("username").required();
    let password = Field::password("password", "Password", true).required();
    let body = html! {
        (Form::post("/sign-in", "").errors(&knock.errors)
            .body(html! {
                input type="hidden" name="next" value=(knock.next);
                @if again { (email) (password.autofocus()) } @else { (email.autofocus()) (password) }
            })
            .button(Button::submit("Sign in").primary().full()))
        p class="sub pad-top" { a class="link" href="/reset" { "Forgot your password" } }
    };
    alone(headers, status, "Sign in", None, body)
}

async fn sign_in_page(State(app): State<App>, headers: HeaderMap, uri: axum::http::Uri) -> Response {
    let link = Link::parse(uri.path(), uri.query());
    let next = session::here(link.get("next").unwrap_or("/"));
    if let Some(token) = session::presented(&headers) {
        let incoming = app::session::Incoming {
            request_id: app.request_id().into(),
            source: app::Source::Console,
            expected_version: None,
        };
        if app.authenticate(token, incoming, true).await.is_ok() {
            return leave(next, []);
        }
    }
    let email = link.get("email").unwrap_or_default();
    sign_in_form(&headers, StatusCode::OK, &Knock { email, next, errors: Vec::new() })
}

async fn sign_in(State(app): State<App>, Address(address): Address, headers: HeaderMap, sent: Sent) -> Response {
    let (email, next) = (sent.text("email"), session::here(sent.text("next")));
    let knock = |message: String| Knock { email, next, errors: vec![FieldError::new("", message)] };
    if email.is_empty() || sent.raw("password").is_empty() {
        let message = "Enter your e-mail address and your password.".to_owned();
        return sign_in_form(&headers, StatusCode::UNPROCESSABLE_ENTITY, &knock(message));
    }
    match app.sign_in(email, Secret::new(sent.raw("password")), address).await {
        Ok(signed) => leave(next, [session::keep(&headers, &signed.token)]),
        Err(Error::Unauthorized) => {
            let message =
                "This e-mail address and this password do not belong together. Check both, or set a new password.";
            sign_in_form(&headers, StatusCode::UNPROCESSABLE_ENTITY, &knock(message.to_owned()))
        }
        Err(Error::TooMany(seconds)) => {
            let wait = wait_words(seconds);
            let message = format!("Too many tries with this address or from this place. Wait {wait}, then try again.");
            let mut response = sign_in_form(&headers, StatusCode::TOO_MANY_REQUESTS, &knock(message));
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        Err(error) => crate::edge::Fail::from(error).into_response(),
    }
}

fn wait_words(seconds: u32) -> String {
    match seconds {
        0..=1 => "one second".into(),
        2..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

async fn sign_out(visit: Visit, headers: HeaderMap) -> Response {
    // Whatever happens to the stored session, this browser forgets it.
    if let Err(error) = visit.write(app::session::sign_out).await {
        tracing::warn!(%error, "a session could not be ended");
    }
    leave("/sign-in", [session::forget(&headers), session::tell(&Flash::done("You are signed out"))])
}

fn link_is_over(headers: &HeaderMap) -> Response {
    let body = html! {
        p class="sub" { "If this was an invitation, ask whoever invited you to send it again. If you have an account already, ask for a new password." }
        div class="acts pad-top" {
            (Button::link("Set a new password", "/reset").primary())
            (Button::link("Sign in", "/sign-in"))
        }
    };
    let lead = "It was used already, or it is too old.";
    alone(headers, StatusCode::GONE, "This link no longer works", Some(lead.into()), body)
}

fn claim_form(headers: &HeaderMap, status: StatusCode, (email, name): (&str, &str), errors: &[FieldError]) -> Response {
    let form = Form::post("", "")
        .errors(errors)
        .body(html! {
            (Field::email("email", "E-mail").value(email.to_owned()).autocomplete("username").readonly().help("You sign in with it. It cannot be changed."))
            (Field::password("password", "Password", false).help(PASSWORD_RULES).errors(errors).required().autofocus())
            (Field::password("repeat", "The same once more", false).errors(errors).required())
        })
        .button(Button::submit("Set password and sign in").primary().full());
    let lead = format!("Welcome, {name}. Choose a password for your account.");
    alone(headers, status, "Choose your password", Some(lead.into()), form.render())
}

async fn claim_page(State(app): State<App>, headers: HeaderMap, Path(token): Path<String>) -> Response {
    match app.link_holder(&token).await {
        Ok((email, name)) => claim_form(&headers, StatusCode::OK, (&email, &name), &[]),
        Err(Error::Db(error)) => crate::edge::Fail::from(Error::Db(error)).into_response(),
        Err(_) => link_is_over(&headers),
    }
}

async fn claim(State(app): State<App>, headers: HeaderMap, Path(token): Path<String>, sent: Sent) -> Response {
    let holder = match app.link_holder(&token).await {
        Ok(holder) => holder,
        Err(Error::Db(error)) => return crate::edge::Fail::from(Error::Db(error)).into_response(),
        Err(_) => return link_is_over(&headers),
    };
    let again =
        |errors: &[FieldError]| claim_form(&headers, StatusCode::UNPROCESSABLE_ENTITY, (&holder.0, &holder.1), errors);
    if sent.raw("password") != sent.raw("repeat") {
        return again(&[FieldError::new("repeat", "The two passwords differ. Type the same one twice.")]);
    }
    match app.claim(&token, Secret::new(sent.raw("password"))).await {
        Ok(signed) => leave("/", [session::keep(&headers, &signed.token)]),
        Err(Error::Invalid { errors, message, .. }) => {
            let errors: Vec<FieldError> =
                errors.into_iter().map(|error| FieldError::new(error.field, error.message)).collect();
            if errors.is_empty() { again(&[FieldError::new("password", message)]) } else { again(&errors) }
        }
        Err(Error::Conflict { .. }) => link_is_over(&headers),
        Err(error) => crate::edge::Fail::from(error).into_response(),
    }
}

async fn reset_page(headers: HeaderMap) -> Response {
    reset_form(&headers, StatusCode::OK, "", &[])
}

fn reset_form(headers: &HeaderMap, status: StatusCode, email: &str, errors: &[FieldError]) -> Response {
    let body = html! {
        (Form::post("/reset", "").errors(errors)
            .body(Field::email("email", "E-mail").value(email.to_owned()).autocomplete("username").errors(errors).required().autofocus())
            .button(Button::submit("Send a link").primary().full()))
        p class="sub pad-top" { a class="link" href="/sign-in" { "Back to signing in" } }
    };
    let lead = "We send you a link with which you choose a new one. It works for an hour.";
    alone(headers, status, "Set a new password", Some(lead.into()), body)
}

async fn reset(State(app): State<App>, headers: HeaderMap, sent: Sent) -> Response {
    let email = sent.text("email");
    if !email.contains('@') {
        let errors = [FieldError::new("email", "Enter your e-mail address, such as ann@example.com.")];
        return reset_form(&headers, StatusCode::UNPROCESSABLE_ENTITY, email, &errors);
    }
    // The answer is the same whether there is such an account or not.
    if let Err(error) = app.request_reset(email).await {
        match error {
            Error::TooMany(seconds) => {
                let message = format!("Too many tries from this place. Wait {}, then try again.", wait_words(seconds));
                let errors = [FieldError::new("", message)];
                return reset_form(&headers, StatusCode::TOO_MANY_REQUESTS, email, &errors);
            }
            error => tracing::warn!(%error, "a reset could not be asked for"),
        }
    }
    let body = html! {
        p { "If " strong { (email) } " has an account here, a mail with a link is on its way. It works for an hour." }
        p class="sub pad-top" { "No mail? Look into the junk folder, or ask an admin of your organisation to send you a link." }
        div class="acts pad-top" { (Button::link("Back to signing in", "/sign-in")) }
    };
    alone(&headers, StatusCode::OK, "Look into your mail", None, body)
}

/// What an account sees that cannot work yet.
pub fn waiting(ctx: &Ctx, prefs: Prefs, csrf: &str) -> Response {
    let first = ctx.actor.name.split_whitespace().next().unwrap_or_default();
    let body = html! {
        p { "Your account is set up, and your training is still open. As soon as an admin of " (ctx.organization.name)
            " marks it as complete, everything opens here: your stock, your transfers, your cases." }
        p class="sub pad-top" { "Stock that was sent to you waits meanwhile, and others can accept it for you. Was the training already? Tell your admin; it is one click." }
        div class="acts pad-top" {
            (Button::link("Look again", "/").primary())
            form method="post" action="/logout" { (crate::ui::csrf_field(csrf)) (Button::submit("Sign out")) }
        }
    };
    let page = Alone {
        title: format!("Almost there, {first}").into(),
        lead: Some(format!("{}, {}", ctx.actor.email, ctx.actor.role.label().to_lowercase()).into()),
        organization: Some(ctx.organization.name.clone().into()),
        prefs,
        body,
        own: [&[], &[]],
        flash: None,
    };
    (StatusCode::FORBIDDEN, Html(page.render().into_string())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_said_in_seconds_then_in_minutes() {
        assert_eq!(wait_words(30), "30 seconds");
        assert_eq!(wait_words(121), "3 minutes");
    }
}
