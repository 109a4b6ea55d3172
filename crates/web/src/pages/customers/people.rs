//! The contacts of a customer, with what each receives.

use super::super::common::{Values, contact_fields, contacts, read_contacts};
use super::page::{Detail, Part, framed, load};
use crate::edge::{Out, Sent, Visit};
use crate::ui::{Button, FieldError, Flash, Form};
use app::directory::customers;
use axum::extract::Path;
use axum::response::Response;
use contract::directory::PatchCustomer;
use domain::id::CustomerId;
use domain::people::Permission;
use maud::{Render, html};

fn shown(visit: &Visit, detail: &Detail, values: &Values, errors: &[FieldError]) -> Response {
    let it = &detail.it;
    let body = if visit.may(Permission::ManageDirectory) {
        let fields = html! {
            input type="hidden" name="version" value=(values.get("version"));
            (contact_fields(values, errors, true))
        };
        let form = Form::post(format!("/customers/{}/contacts", it.id), visit.csrf())
            .wide()
            .errors(errors)
            .body(fields)
            .button(Button::submit("Save contacts").primary());
        html! { div class="content" { (form) } }
    } else {
        html! {
            div class="content narrow" {
                @if it.contacts.is_empty() { p class="sub" { "Nobody yet." } } @else { (contacts(&it.contacts)) }
            }
        }
    };
    let mut response = framed(visit, detail, Part::Contacts, body.render());
    if !errors.is_empty() {
        *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let detail = load(&visit, visit.id(&id)?).await?;
    let values = Values::new().contacts(&detail.it.contacts).with("version", detail.it.version.to_string());
    Ok(shown(&visit, &detail, &values, &[]))
}

pub(super) async fn save(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let customer: CustomerId = visit.id(&id)?;
    let contacts = read_contacts(&sent);
    let patch = PatchCustomer { contacts: Some(contacts), ..PatchCustomer::default() };
    match visit.save(&sent, move |ctx, tx| customers::patch(ctx, tx, customer, patch.clone())).await {
        Ok(_) => Ok(visit.go(&format!("/customers/{id}/contacts"), Flash::done("Contacts saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let detail = load(&visit, customer).await?;
            Ok(shown(&visit, &detail, &Values::of(&sent), &errors))
        }
    }
}
