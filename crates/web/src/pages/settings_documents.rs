//! Settings of papers and files: the language, what stands at the foot, for how long pictures of patients are kept.

use super::common::Values;
use super::settings::{only_office, room_tabs};
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{Banner, Button, Choice, Field, FieldError, Flash, Form, Header, Room, banner, section};
use app::App;
use axum::Router;
use contract::Patch;
use contract::people::{OrganizationSettings, PatchOrganizationSettings};
use domain::language::Language;
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/settings/documents", get(page).merge(post(save)))
}

fn values(it: &OrganizationSettings) -> Values {
    Values::new()
        .with("document_language", it.document_language.as_str())
        .with("document_footer", &it.document_footer)
        .maybe("patient_files_days", it.patient_files_days)
        .with("version", it.version.to_string())
}

fn body(visit: &Visit, values: &Values, errors: &[FieldError]) -> Markup {
    let may = visit.may(Permission::ManageOrganization);
    let languages: Vec<Choice> = Language::ALL.iter().map(|it| Choice::new(it.as_str(), it.label())).collect();
    let sealed = visit.app.config().file_key.is_some();
    let fields = html! {
        input type="hidden" name="version" value=(values.get("version"));
        (section("Papers", Some("Orders, invoices, statements and the rest, as PDF."), html! {
            (Field::select("document_language", "Language", languages).value(values.get("document_language")).errors(errors).disabled(!may)
                .help("Of papers to customers who have none of their own."))
            (Field::area("document_footer", "At the foot of every paper").value(values.get("document_footer")).errors(errors).disabled(!may).optional().limit(600)
                .help("Up to four lines: registration, tax number, bank."))
        }))
        (section("Pictures of patients", Some("Stickers and other pictures that show who was operated on."), html! {
            (Field::with_unit("patient_files_days", "Destroyed after", "days").value(values.get("patient_files_days")).errors(errors).disabled(!may).optional()
                .help("Counted from the day they came in, once the case is over and submitted. Empty: they are kept. That there was a picture stays in the history."))
        }))
    };
    let form = Form::post("/settings/documents", visit.csrf()).errors(errors).body(fields);
    html! {
        (Header::new("Settings").under("What papers say, and how files are kept"))
        (room_tabs("documents"))
        div class="content" {
            @if !may { (banner(Banner::Info, "You can look at these settings; admins change them.", None)) }
            @if sealed { (banner(Banner::Info, "Files are encrypted where they are kept.", None)) }
            @else { (banner(Banner::Warning, "This server keeps files as they came. Whoever runs it can have them encrypted with a key file.", None)) }
            @if may { (form.button(Button::submit("Save").primary())) } @else { (form) }
        }
    }
}

async fn page(visit: Visit) -> Out {
    only_office(&visit)?;
    let it = visit.read(app::people::settings).await?;
    Ok(visit.page("Settings", Room::Settings, body(&visit, &values(&it), &[])))
}

async fn save(visit: Visit, sent: Sent) -> Out {
    only_office(&visit)?;
    let read = || -> app::Result<PatchOrganizationSettings> {
        let days = match sent.maybe("patient_files_days") {
            None => Patch::Clear,
            Some(text) => Patch::Set(text.parse().map_err(|_| {
                app::Error::field("patient_files_days", "invalid_value", "Give a number of days, or leave it empty.")
            })?),
        };
        Ok(PatchOrganizationSettings {
            document_language: Language::parse(sent.text("document_language")),
            document_footer: Some(sent.text("document_footer").to_owned()),
            patient_files_days: days,
            ..PatchOrganizationSettings::default()
        })
    };
    let done = match read() {
        Ok(patch) => visit.save(&sent, move |ctx, tx| app::people::patch_settings(ctx, tx, &patch)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/settings/documents", Flash::done("Saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            Ok(visit.refused("Settings", Room::Settings, body(&visit, &Values::of(&sent), &errors)))
        }
    }
}
