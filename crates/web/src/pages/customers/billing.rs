//! How a customer is billed: the language of its papers, and whether it is exempt from tax.

use super::super::acts::{self, Ask};
use super::super::common::version_field;
use super::super::words as say;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{Button, Choice, Fact, Field, FieldError, Flash, Room, facts, section_block};
use app::App;
use app::billing::profile;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::profiles::{BillingProfile, PutBillingProfile};
use domain::id::CustomerId;
use domain::language::Language;
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/customers/{id}/billing", get(page).merge(post(save)))
}

/// What was said, on the customer's page.
pub fn section(visit: &Visit, it: &BillingProfile) -> Markup {
    let edit = Button::link("Edit", format!("/customers/{}/billing", it.customer_id)).small().in_dialog();
    let actions: &[Button] = if visit.may(Permission::ManageBilling) { &[edit] } else { &[] };
    let language = match it.language {
        Some(language) => language.label().to_owned(),
        None => format!("{}, as your organization has it", it.effective_language.label()),
    };
    let tax = match (it.tax_exempt, it.exempt_now) {
        (false, _) => html! { "Charged" },
        (true, true) => html! {
            "Exempt: " (it.tax_reason) @if !it.tax_certificate.is_empty() { ", " (it.tax_certificate) }
            @if let Some(day) = it.tax_valid_to { ", until " (say::day(day)) }
        },
        (true, false) => html! {
            span class="ink-amber" { "The exemption ended" @if let Some(day) = it.tax_valid_to { " on " (say::day(day)) } }
        },
    };
    section_block("Papers and tax", actions, facts(&[Fact::new("Language", language), Fact::new("Tax", tax)]))
}

fn ask(visit: &Visit, it: &BillingProfile, name: &str, sent: &Sent, errors: &[FieldError]) -> Response {
    let first = !sent.has("version");
    let text = |key: &str, stored: &str| if first { stored.to_owned() } else { sent.text(key).to_owned() };
    let language = text("language", it.language.map(Language::as_str).unwrap_or_default());
    let exempt = if first { it.tax_exempt } else { sent.on("tax_exempt") };
    let until = text("tax_valid_to", &it.tax_valid_to.map(|day| day.to_string()).unwrap_or_default());
    let mut languages = vec![Choice::new("", "As your organization has it")];
    languages.extend(Language::ALL.iter().map(|it| Choice::new(it.as_str(), it.label())));
    Ask {
        title: "Papers and tax".into(),
        text: html! { p { strong { (name) } } },
        room: Room::Customers,
        action: format!("/customers/{}/billing", it.customer_id),
        fields: html! {
            (version_field(it.version))
            (Field::select("language", "Language of orders, invoices and statements", languages).value(language).errors(errors))
            (Field::check("tax_exempt", "Exempt from tax").on(exempt).help("Tax cannot be put on its events, and papers say why."))
            (Field::text("tax_reason", "Why").value(text("tax_reason", &it.tax_reason)).errors(errors).optional().placeholder("Resale, government, charity").limit(200))
            (Field::text("tax_certificate", "Number of the certificate").value(text("tax_certificate", &it.tax_certificate)).errors(errors).optional())
            (Field::date("tax_valid_to", "Valid until").value(until).errors(errors).optional())
        },
        verb: "Save".into(),
        danger: false,
        back: format!("/customers/{}", it.customer_id),
        errors,
    }
    .show(visit)
}

async fn known(visit: &Visit, id: CustomerId) -> Result<(BillingProfile, String), crate::edge::Fail> {
    visit.ctx.require(Permission::ManageBilling)?;
    visit
        .read(move |ctx, tx| {
            let name = app::directory::customers::get(ctx, tx, id, domain::engagement::Window::All)?.name;
            Ok((profile::get(ctx, tx, id)?, name))
        })
        .await
}

async fn page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let (it, name) = known(&visit, visit.id(&id)?).await?;
    Ok(ask(&visit, &it, &name, &sent, &[]))
}

async fn save(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: CustomerId = visit.id(&id)?;
    let (it, name) = known(&visit, id).await?;
    let read = || -> app::Result<PutBillingProfile> {
        Ok(PutBillingProfile {
            language: Language::parse(sent.text("language")),
            tax_exempt: sent.on("tax_exempt"),
            tax_reason: sent.text("tax_reason").to_owned(),
            tax_certificate: sent.text("tax_certificate").to_owned(),
            tax_valid_to: acts::day(&sent, "tax_valid_to")?,
        })
    };
    let done = match read() {
        Ok(put) => visit.save(&sent, move |ctx, tx| profile::put(ctx, tx, id, &put)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/customers/{id}"), Flash::done("Saved"))),
        Err(error) => {
            let fields = ["language", "tax_reason", "tax_certificate", "tax_valid_to"];
            let errors = acts::known(visit.complaints(error)?, &fields);
            Ok(ask(&visit, &it, &name, &sent, &errors))
        }
    }
}
