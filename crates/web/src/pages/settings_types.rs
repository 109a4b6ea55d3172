//! Which types of events are used here, and what must be said before one is submitted.

use super::settings::{only_office, room_tabs};
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{Banner, Button, FieldError, Flash, Form, Header, Page, Room, banner};
use app::App;
use app::events::types;
use axum::Router;
use contract::event_types::{EventTypeSetting, SetEventType};
use domain::event::EventType;
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/settings/event-types", get(page).merge(post(save)))
}

fn tick(name: &str, kind: &str, label: &str, on: bool, fixed: bool) -> Markup {
    html! {
        label class="tick" {
            input class="box" type="checkbox" name={ (name) "_" (kind) } value="true" checked[on] disabled[fixed];
            span { (label) }
        }
    }
}

fn does(it: &EventTypeSetting) -> String {
    let parts = [
        (it.billable, "is billed"),
        (it.consumes, "takes units out of stock"),
        (it.creates_facility_stock, "may leave them on the facility's shelf"),
    ];
    let said: Vec<&str> = parts.iter().filter(|(on, _)| *on).map(|(_, words)| *words).collect();
    match said.as_slice() {
        [] => "Moves nothing and bills nothing".to_owned(),
        all => {
            let text = all.join(", ");
            format!("{}{}", text[..1].to_uppercase(), &text[1..])
        }
    }
}

fn body(visit: &Visit, all: &[EventTypeSetting], errors: &[FieldError]) -> Markup {
    let may = visit.may(Permission::ManageOrganization);
    let rows = html! {
        div class="matrix-box" {
            table class="matrix" {
                caption class="sr" { "Types of events" }
                thead { tr { th scope="col" { "Type" } th scope="col" { "Used" } th scope="col" { "Wanted before it is submitted" } } }
                tbody {
                    @for it in all {
                        @let key = it.r#type.as_str();
                        tr {
                            th scope="row" { (it.label) span class="sub" { (does(it)) } }
                            td { (tick("enabled", key, "used", it.enabled, !may)) }
                            td {
                                (tick("physician", key, "a physician", it.requires_physician, !may))
                                (tick("procedure", key, "a procedure", it.requires_procedure, !may))
                                (tick("reason", key, "a reason", it.needs_reason, !may || it.r#type.rules().needs_reason))
                                (tick("signed", key, "the representative's signature", it.requires_representative_signature, !may))
                                (tick("countersigned", key, "the hospital's signature", it.requires_provider_signature, !may))
                            }
                        }
                    }
                }
            }
        }
    };
    let form = Form::post("/settings/event-types", visit.csrf()).errors(errors).wide().body(rows);
    html! {
        (Header::new("Settings").under("Which events people make here, and what they must say"))
        (room_tabs("types"))
        div class="content" {
            @if !may { (banner(Banner::Info, "You can look at these settings; admins change them.", None)) }
            @if may { (form.button(Button::submit("Save").primary())) } @else { (form) }
        }
    }
}

fn show(visit: &Visit, body: Markup) -> axum::response::Response {
    visit.render(Page { styles: &["papers.css"], ..Page::new("Settings", Room::Settings, &visit.viewer, body) })
}

async fn page(visit: Visit) -> Out {
    only_office(&visit)?;
    let all = visit.read(types::list).await?.items;
    Ok(show(&visit, body(&visit, &all, &[])))
}

async fn save(visit: Visit, sent: Sent) -> Out {
    only_office(&visit)?;
    let on = |name: &str, kind: EventType| sent.on(&format!("{name}_{}", kind.as_str()));
    let wish = |kind: &EventType| SetEventType {
        r#type: *kind,
        enabled: on("enabled", *kind),
        requires_physician: on("physician", *kind),
        requires_procedure: on("procedure", *kind),
        needs_reason: on("reason", *kind),
        requires_representative_signature: on("signed", *kind),
        requires_provider_signature: on("countersigned", *kind),
    };
    let wishes: Vec<SetEventType> = EventType::ALL.iter().map(wish).collect();
    match visit.save(&sent, move |ctx, tx| types::put(ctx, tx, &wishes)).await {
        Ok(_) => Ok(visit.go("/settings/event-types", Flash::done("Saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let all = visit.read(types::list).await?.items;
            let mut response = show(&visit, body(&visit, &all, &errors));
            *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}
