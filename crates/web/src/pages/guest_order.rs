//! What a hospital's buyer sees through the link of a sales order: that order, the question for the purchase order, a place to
//! sign. No account, nothing else. The same page shows an invoice or a delivery note that was sent.

use super::event_money::paper;
use super::event_papers::pad;
use super::guest::{alone, failed, private};
use super::words;
use crate::edge::{Address, Sent, get, post};
use crate::ui::{Button, Field, FieldError, Form, Icon, Line, Text, lines};
use app::documents::guest::{GivenOrder, GivenSignature, GuestOrder};
use app::files::Upload;
use app::{App, Error};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::document::DocumentKind;
use maud::{Markup, html};
use std::net::IpAddr;

/// What stands outside: no session is needed.
pub fn open_routes() -> Router<App> {
    Router::new()
        .route("/order/{token}", get(show).merge(post(give)))
        .route("/order/{token}/sign", post(sign))
        .route("/order/{token}/pdf", get(pdf))
}

fn what_was_used(shown: &GuestOrder) -> Markup {
    let mut rows: Vec<Line> = shown
        .lines
        .iter()
        .map(|[number, description, mark, quantity, price, amount]| {
            let title = if description.is_empty() { number } else { description };
            let parts = [number.as_str(), mark.as_str()].into_iter().filter(|part| !part.is_empty());
            let mut below = parts.collect::<Vec<_>>().join(" · ");
            if !price.is_empty() {
                below.push_str(&format!(" · {price} each"));
            }
            Line::new(format!("{quantity} \u{d7} {title}")).below(below).side(html! { span class="num" { (amount) } })
        })
        .collect();
    rows.extend(
        shown
            .charges
            .iter()
            .map(|(label, amount)| Line::new(label.clone()).side(html! { span class="num" { (amount) } })),
    );
    html! {
        (lines(&rows))
        @if !shown.total.is_empty() { div class="guest-total" { span { "Total" } strong class="num" { (shown.total) } } }
    }
}

/// What went wrong with one of the two forms.
#[derive(Default)]
struct Wrong<'a> {
    order: &'a [FieldError],
    signature: &'a [FieldError],
}

fn order_form(token: &str, shown: &GuestOrder, sent: Option<&Sent>, errors: &[FieldError]) -> Markup {
    let value = |name: &str| sent.map(|sent| sent.text(name).to_owned()).unwrap_or_default();
    let (code, decimals) = (shown.currency.0.clone(), shown.currency.1);
    html! {
        h2 { "Your purchase order" }
        (Form::post(format!("/order/{token}"), "").multipart().errors(errors)
            .body(html! {
                (Field::text("number", "Purchase order number").value(value("number")).required().errors(errors).limit(60).autocomplete("off"))
                (Field::money("amount", "Amount", code, decimals).value(value("amount")).optional().errors(errors).help("As your order says it."))
                (Field::file("file", "The order itself", "image/*,.pdf").optional().errors(errors).help("A PDF or a picture, up to 25 MB."))
                (Field::text("name", "Your name").value(value("name")).required().errors(errors).limit(200).autocomplete("name"))
            })
            .button(Button::submit("Give the purchase order").primary()))
    }
}

fn signing(token: &str, shown: &GuestOrder, sent: Option<&Sent>, errors: &[FieldError]) -> Markup {
    let value = |name: &str| sent.map(|sent| sent.text(name).to_owned()).unwrap_or_default();
    let what =
        if shown.kind == DocumentKind::DeliveryNote { "Sign that you received it" } else { "Sign what was used" };
    html! {
        h2 { "Signatures" }
        @if shown.signatures.is_empty() { p class="sub" { "Nobody has signed yet." } }
        @for (name, role, at, void) in &shown.signatures {
            p {
                strong { (name) } ", " (words::lower(role)) ", " (words::exact_in(&shown.time_zone, *at))
                @if *void { " · void: what was signed was changed since" }
            }
        }
        @if shown.may_sign {
            details open[!errors.is_empty()] {
                summary class="btn" { (what) }
                (Form::post(format!("/order/{token}/sign"), "").errors(errors)
                    .body(html! {
                        input type="hidden" name="content" value=(shown.content);
                        (Field::text("signer", "Your name").value(value("signer")).required().errors(errors).limit(200).autocomplete("name"))
                        (Field::text("title", "What you do").value(value("title")).optional().errors(errors).limit(200).autocomplete("organization-title"))
                        (pad(errors))
                    })
                    .button(Button::submit("Sign").primary()))
            }
        }
    }
}

fn page(headers: &HeaderMap, token: &str, shown: &GuestOrder, sent: Option<&Sent>, wrong: &Wrong<'_>) -> Response {
    let about = shown.about.join(", ");
    let lead = format!("{about}, {}.", shown.event_on);
    let gives = shown.kind == DocumentKind::SalesOrder;
    let body = html! {
        @if shown.amended { div class="banner" role="status" { (Icon::Info) div { b { "Amended" } "This is revision " (shown.revision) ". It replaces the one that this link was made for." } } }
        @for (number, amount) in &shown.purchase_orders {
            div class="banner success" role="status" { (Icon::Check) div { b { "Purchase order " (number) } @if let Some(amount) = amount { "Over " (amount) ". " } (shown.organization) " has it. Thank you." } }
        }
        (what_was_used(shown))
        p { a class="link" href={ "/order/" (token) "/pdf" } download { "As PDF" } }
        @if gives {
            @match &shown.open {
                Ok(()) => (order_form(token, shown, sent, wrong.order)),
                Err(why) if shown.purchase_orders.is_empty() => { div class="banner" role="status" { (Icon::Info) div { (why) } } }
                Err(_) => {}
            }
        }
        (signing(token, shown, sent, wrong.signature))
        p class="sub" { "This link shows this " (words::lower(shown.kind.label())) " and nothing else. It works until " (words::exact_in(&shown.time_zone, shown.expires_at)) "." }
    };
    let bad = !wrong.order.is_empty() || !wrong.signature.is_empty();
    let status = if bad { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let title: Text = format!("{} {}", shown.kind.label(), shown.number).into();
    private(alone(headers, status, title, Some(lead.into()), (Some(&shown.organization), body)))
}

async fn show(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    match app.guest_order(&token, address).await {
        Ok(shown) => page(&headers, &token, &shown, None, &Wrong::default()),
        Err(error) => failed(&headers, error),
    }
}

async fn pdf(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    match app.guest_order_paper(&token, address).await {
        Ok(made) => private(paper(made.bytes, &made.file_name)),
        Err(error) => failed(&headers, error),
    }
}

/// What a form must say about an error; errors that are no fault of the form are handed on.
fn complaints(error: Error, known: &[(&str, &'static str)]) -> Result<Vec<FieldError>, Error> {
    match error {
        Error::Invalid { errors, .. } => Ok(errors
            .into_iter()
            .map(|error| {
                let field = known.iter().find(|(from, _)| *from == error.field).map_or("", |(_, to)| *to);
                FieldError::new(field, error.message)
            })
            .collect()),
        Error::Conflict { message, .. } | Error::Forbidden { message, .. } | Error::TooLarge(message) => {
            Ok(vec![FieldError::new("", message)])
        }
        other => Err(other),
    }
}

async fn again(
    app: &App,
    address: IpAddr,
    headers: &HeaderMap,
    token: &str,
    sent: Option<&Sent>,
    wrong: &Wrong<'_>,
) -> Response {
    match app.guest_order_again(token, address).await {
        Ok(shown) => page(headers, token, &shown, sent, wrong),
        Err(error) => failed(headers, error),
    }
}

async fn give(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Path(token): Path<String>,
    sent: Sent,
) -> Response {
    let file = sent.file("file").map(|file| Upload { name: file.name.clone(), bytes: file.bytes.to_vec() });
    let given = GivenOrder {
        number: sent.text("number").to_owned(),
        amount: sent.text("amount").to_owned(),
        name: sent.text("name").to_owned(),
        file,
    };
    let known = &[("number", "number"), ("amount", "amount"), ("name", "name"), ("file", "file")];
    match app.guest_purchase_order(&token, address, given).await {
        Ok(()) => again(&app, address, &headers, &token, None, &Wrong::default()).await,
        Err(error) => match complaints(error, known) {
            Ok(errors) => {
                let wrong = Wrong { order: &errors, ..Wrong::default() };
                again(&app, address, &headers, &token, Some(&sent), &wrong).await
            }
            Err(error) => failed(&headers, error),
        },
    }
}

async fn sign(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Path(token): Path<String>,
    sent: Sent,
) -> Response {
    let given = GivenSignature {
        name: sent.text("signer").to_owned(),
        title: sent.text("title").to_owned(),
        strokes: sent.text("strokes").to_owned(),
        content: sent.text("content").to_owned(),
    };
    let known = &[("name", "signer"), ("title", "title"), ("strokes", "strokes")];
    match app.guest_signature(&token, address, given).await {
        Ok(()) => again(&app, address, &headers, &token, None, &Wrong::default()).await,
        Err(error) => match complaints(error, known) {
            Ok(errors) => {
                let wrong = Wrong { signature: &errors, ..Wrong::default() };
                again(&app, address, &headers, &token, Some(&sent), &wrong).await
            }
            Err(error) => failed(&headers, error),
        },
    }
}
