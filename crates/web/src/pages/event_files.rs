//! The files of an event: stickers, labels, purchase orders, photographs. From the desk or from a phone's camera.

use super::acts::{self, Ask};
use super::event::Seen;
use super::words as say;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{Button, Choice, Field, FieldError, Flash, Form, Icon, Room, Tone, badge, section_block};
use app::App;
use app::files::{self, Owner, Said, Upload};
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use contract::files::File;
use domain::file::FileKind;
use domain::id::{EventId, FileId};
use domain::limits;
use domain::people::Permission;
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/events/{id}/files/new", get(new_page).merge(post(add)))
        .route("/events/{id}/files/{file}", get(content))
        .route("/events/{id}/files/{file}/small", get(small))
        .route("/events/{id}/files/{file}/remove", get(remove_page).merge(post(remove)))
        .route("/events/{id}/files/{file}/restore", post(restore))
}

/// The files as a part of the page of an event.
pub fn section(visit: &Visit, seen: &Seen) -> Markup {
    let id = seen.event.head.id;
    let adds = visit.may(Permission::ManageEvents);
    if seen.files.is_empty() && !adds {
        return html! {};
    }
    let actions = match adds {
        true => vec![Button::link("Add pictures or files", format!("/events/{id}/files/new")).small().icon(Icon::File)],
        false => vec![],
    };
    let body = html! {
        @if seen.files.is_empty() {
            p class="sub" { "None yet. Patient stickers, device labels, the purchase order, pictures: photograph them here." }
        } @else {
            ul class="files" { @for file in &seen.files { li class="file-card" { (card(visit, id, file)) } } }
        }
    };
    section_block("Files", &actions, body)
}

fn card(visit: &Visit, event: EventId, file: &File) -> Markup {
    let to = format!("/events/{event}/files/{}", file.id);
    let kind = file.kind.map_or("File", FileKind::label);
    html! {
        a class="file-look" href=(to) target="_blank" rel="noopener" {
            // What shows a patient is looked at on purpose, not in passing.
            @if file.has_thumbnail { img src={ (to) "/small" } alt={ (kind) ": " (file.name) } width="96" height="96" loading="lazy"; }
            @else { span class="file-icon" aria-hidden="true" { (if file.patient_data { Icon::Lock } else { Icon::File }) } span class="sr" { "Open " (file.name) } }
        }
        div class="file-words" {
            strong { (kind) } @if file.patient_data { " " (badge(Some(Tone::Amber), "Patient data")) }
            @if !file.patient_data { div class="sub" { (file.name) } }
            div class="sub" { (file.uploaded_by_name) ", " (say::when(&visit.ctx, file.uploaded_at)) }
            @if file.may_remove { (Button::link("Take off", format!("{to}/remove")).small().quiet().in_dialog()) }
        }
    }
}

fn form(visit: &Visit, event: EventId, sent: &Sent, errors: &[FieldError]) -> Form {
    let asked = sent.maybe("kind").or_else(|| visit.link.get("kind")).unwrap_or("photo").to_owned();
    let kinds: Vec<Choice> =
        FileKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.label()).help(help(*kind))).collect();
    Form::post(format!("/events/{event}/files/new"), visit.csrf())
        .multipart()
        .errors(errors)
        .body(html! {
            (Field::radio("kind", "What it is", kinds).value(asked).errors(errors))
            (Field::photo("photo", "Take pictures").optional().errors(errors).help("On a phone the camera opens."))
            (Field::file("file", "Or choose files", "image/*,.pdf").optional().errors(errors).help(format!("Pictures or PDF, up to {} MB each.", limits::FILE_BYTES >> 20)))
            (Field::check("patient_data", "A patient can be told from it").on(sent.on("patient_data")).help("It is kept out of tables and never leaves through a link. Patient stickers always count as such."))
        })
        .button(Button::submit("Add them").primary())
        .button(Button::link("Cancel", format!("/events/{event}")).quiet())
}

const fn help(kind: FileKind) -> &'static str {
    match kind {
        FileKind::PatientSticker => "From the chart. Counts as patient data.",
        FileKind::DeviceLabel => "The labels of what was used.",
        FileKind::PurchaseOrder => "As the hospital sent it.",
        FileKind::Photo => "Any other picture.",
        FileKind::Other => "Anything else.",
    }
}

fn ask(visit: &Visit, event: EventId, name: &str, sent: &Sent, errors: &[FieldError]) -> Response {
    let header = crate::ui::Header::new("Add pictures or files")
        .crumb("Events", "/events")
        .crumb(name.to_owned(), format!("/events/{event}"));
    let form = form(visit, event, sent, errors);
    acts::form_page(visit, Room::Events, header, "Add pictures or files".into(), &form, !errors.is_empty())
}

async fn name_of(visit: &Visit, id: EventId) -> Result<String, Fail> {
    Ok(visit.read(move |ctx, tx| app::events::get(ctx, tx, id)).await?.head.name)
}

async fn new_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    visit.ctx.require(Permission::ManageEvents)?;
    let name = name_of(&visit, id).await?;
    Ok(ask(&visit, id, &name, &sent, &[]))
}

/// Every file of the form, one after the other; the first that is refused says why, and those before it are kept.
async fn add(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let kind = FileKind::parse(sent.text("kind"));
    let said = Said { kind, patient_data: sent.on("patient_data") };
    let all: Vec<_> =
        sent.files("photo").chain(sent.files("file")).filter(|file| !file.bytes.is_empty()).cloned().collect();
    let mut kept = 0;
    let mut wrong = None;
    for (at, file) in all.iter().enumerate() {
        let upload = Upload { name: file.name.clone(), bytes: file.bytes.to_vec() };
        let key = sent.key().map(|mut key| {
            key.key = format!("{}-{at}", key.key);
            key
        });
        match visit.app.add_event_file(&visit.ctx, id, said, upload, key).await {
            Ok(_) => kept += 1,
            Err(error) => {
                wrong = Some((file.name.clone(), error));
                break;
            }
        }
    }
    let errors = match wrong {
        None if all.is_empty() => vec![FieldError::new("photo", "Take a picture or choose a file first.")],
        None => {
            let said = if kept == 1 { "It is here".to_owned() } else { format!("{kept} files are here") };
            return Ok(visit.go(&format!("/events/{id}"), Flash::done(said)));
        }
        Some((name, error)) => {
            let before = match kept {
                0 => String::new(),
                1 => " The one before it is here.".to_owned(),
                n => format!(" The {n} before it are here."),
            };
            vec![FieldError::new("file", format!("{name}: {}{before}", acts::sentence(&visit, error)?))]
        }
    };
    let name = name_of(&visit, id).await?;
    Ok(ask(&visit, id, &name, &sent, &errors))
}

/// The content: pictures that we wrote ourselves are shown, everything else is handed out to be kept.
async fn content(visit: Visit, Path((_, file)): Path<(String, String)>) -> Result<Response, Fail> {
    let id: FileId = visit.id(&file)?;
    let (file, bytes) = visit.app.file(&visit.ctx, id).await?;
    let way = match domain::file::is_picture(&file.media_type) {
        true => files::disposition(&file.name).replacen("attachment", "inline", 1),
        false => files::disposition(&file.name),
    };
    Ok(handed_out(&file.media_type, &way, bytes))
}

fn handed_out(media_type: &str, disposition: &str, bytes: Vec<u8>) -> Response {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::CACHE_CONTROL, "private, no-store"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    (headers, bytes).into_response()
}

async fn small(visit: Visit, Path((_, file)): Path<(String, String)>) -> Result<Response, Fail> {
    let id: FileId = visit.id(&file)?;
    let bytes = visit.app.thumbnail(&visit.ctx, id).await?;
    Ok(handed_out("image/jpeg", "inline", bytes))
}

fn ask_why(visit: &Visit, event: &str, file: &str, sent: &Sent, errors: &[FieldError]) -> Response {
    Ask {
        title: "Take this file off?".into(),
        text: html! { p { "It can be put back. Its name and your reason stay in the history." } },
        room: Room::Events,
        action: format!("/events/{event}/files/{file}/remove"),
        fields: acts::reason(sent, errors, true).render(),
        verb: "Take it off".into(),
        danger: true,
        back: format!("/events/{event}"),
        errors,
    }
    .show(visit)
}

async fn remove_page(visit: Visit, Path((id, file)): Path<(String, String)>, sent: Sent) -> Out {
    let event: EventId = visit.id(&id)?;
    let file_id: FileId = visit.id(&file)?;
    let all = visit.read(move |ctx, tx| files::list(ctx, tx, Owner::Event(event))).await?.items;
    if !all.iter().any(|it| it.id == file_id) {
        return Err(Fail::not_found());
    }
    Ok(ask_why(&visit, &id, &file, &sent, &[]))
}

async fn remove(visit: Visit, Path((id, file)): Path<(String, String)>, sent: Sent) -> Out {
    let file_id: FileId = visit.id(&file)?;
    let reason = sent.text("reason").to_owned();
    match visit.save(&sent, move |ctx, tx| files::remove_because(ctx, tx, file_id, &reason)).await {
        Ok(_) => {
            let back = format!("/events/{id}/files/{file}/restore");
            Ok(visit.go(&format!("/events/{id}"), Flash::done("Taken off").undo(back)))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            Ok(ask_why(&visit, &id, &file, &sent, &errors))
        }
    }
}

async fn restore(visit: Visit, Path((id, file)): Path<(String, String)>, sent: Sent) -> Out {
    let file: FileId = visit.id(&file)?;
    let done = visit.save(&sent, move |ctx, tx| files::restore(ctx, tx, file)).await;
    acts::told(&visit, done, &format!("/events/{id}"), Flash::done("It is back"))
}
