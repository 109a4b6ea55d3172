//! Pictures of a count: what was found where, or where nothing was. They show why something is missing, and stay once it is settled.

use super::super::acts;
use super::super::common::press;
use super::{Seen, see};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{Button, Empty, Field, FieldError, Flash, Form, Header, Icon, Room, section_block};
use app::files::{self, Upload};
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use contract::counts::CountRow;
use domain::count::CountStatus;
use domain::id::{CountId, FileId};
use domain::limits;
use maud::{Markup, html};

/// Whether the viewer may add one now.
fn may_add(seen: &Seen) -> bool {
    seen.choices.count && !matches!(seen.count.head.status, CountStatus::Reconciled | CountStatus::Cancelled)
}

/// The section on the page of a count; nothing where there is none and none can be added.
pub(super) fn section(visit: &Visit, seen: &Seen) -> Markup {
    let (id, adds) = (seen.count.head.id, may_add(seen));
    if seen.pictures.is_empty() && !adds {
        return html! {};
    }
    let mut buttons = Vec::new();
    if adds {
        buttons.push(Button::link("Add pictures", format!("/counts/{id}/pictures")).small().icon(Icon::File));
    }
    let body = html! {
        @if seen.pictures.is_empty() {
            (Empty::new(Icon::File, "No picture yet").text("A picture of the shelf or the box shows why something is missing."))
        } @else {
            ul class="files" {
                @for file in &seen.pictures {
                    li class="file-card" {
                        a class="file-look" href={ "/counts/" (id) "/pictures/" (file.id) "/whole" } target="_blank" rel="noopener" {
                            @if file.has_thumbnail { img src={ "/counts/" (id) "/pictures/" (file.id) } alt=(file.name) width="96" height="96" loading="lazy"; }
                            @else { span class="file-icon" aria-hidden="true" { (Icon::File) } span class="sr" { "Open " (file.name) } }
                        }
                        div class="file-words" {
                            strong { (file.name) }
                            div class="sub" { (file.uploaded_by_name) ", " (super::super::words::when(&visit.ctx, file.uploaded_at)) }
                            @if file.may_remove { (press(visit, format!("/counts/{id}/pictures/{}/remove", file.id), Button::submit("Take off").small().quiet())) }
                        }
                    }
                }
            }
        }
    };
    section_block("Pictures", &buttons, body)
}

fn ask(visit: &Visit, it: &CountRow, sent: &Sent, errors: &[FieldError]) -> Response {
    let id = it.id;
    let form = Form::post(format!("/counts/{id}/pictures"), visit.csrf())
        .multipart()
        .errors(errors)
        .body(html! {
            (Field::text("caption", "What it shows").value(sent.text("caption").to_owned()).optional().errors(errors).limit(100).help("Such as: lot L-77, carton wet. Otherwise it is called as the camera calls it."))
            (Field::photo("photo", "Take pictures").optional().errors(errors).help("On a phone the camera opens."))
            (Field::file("file", "Or choose some", "image/*").optional().errors(errors).help(format!("JPEG, PNG, WebP or GIF, up to {} MB each.", limits::FILE_BYTES >> 20)))
        })
        .button(Button::submit("Add to the count").primary())
        .button(Button::link("Cancel", format!("/counts/{id}")).quiet());
    let header = Header::new("Add pictures")
        .crumb("Counts", "/counts")
        .crumb(format!("Count of {}", it.custodian_name), format!("/counts/{id}"));
    acts::form_page(visit, Room::Stock, header, "Add pictures".into(), &form, !errors.is_empty())
}

/// `GET /counts/{id}/pictures`
pub(super) async fn add_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: CountId = visit.id(&id)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    if !may_add(&seen) {
        return Ok(visit.leave(&format!("/counts/{id}")));
    }
    Ok(ask(&visit, &seen.count.head, &sent, &[]))
}

/// The caption with the ending that the file came with.
fn called(caption: Option<&str>, file: &str) -> String {
    match (caption, file.rsplit_once('.')) {
        (None, _) => file.to_owned(),
        (Some(caption), Some((_, ending))) if !ending.is_empty() && ending.len() <= 5 => format!("{caption}.{ending}"),
        (Some(caption), _) => caption.to_owned(),
    }
}

/// `POST /counts/{id}/pictures`: one after the other; the first that is refused says why, and those before it are kept.
pub(super) async fn add(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: CountId = visit.id(&id)?;
    let all: Vec<_> =
        sent.files("photo").chain(sent.files("file")).filter(|file| !file.bytes.is_empty()).cloned().collect();
    let mut wrong = None;
    for (at, file) in all.iter().enumerate() {
        let name = called(sent.maybe("caption"), &file.name);
        let upload = Upload { name, bytes: file.bytes.to_vec() };
        let key = sent.key().map(|mut key| {
            key.key = format!("{}-{at}", key.key);
            key
        });
        if let Err(error) = visit.app.add_count_file(&visit.ctx, id, upload, key).await {
            wrong = Some(FieldError::new("file", format!("{}: {}", file.name, acts::sentence(&visit, error)?)));
            break;
        }
    }
    let error = match wrong {
        None if all.is_empty() => FieldError::new("photo", "Take a picture or choose one first."),
        None => {
            let said = super::super::words::count(all.len() as i64, "picture is here", "pictures are here");
            return Ok(visit.go(&format!("/counts/{id}"), Flash::done(said)));
        }
        Some(error) => error,
    };
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    Ok(ask(&visit, &seen.count.head, &sent, &[error]))
}

fn shown(bytes: Vec<u8>, media_type: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// `GET /counts/{id}/pictures/{file}`: small.
pub(super) async fn small(visit: Visit, Path((_, file)): Path<(String, String)>) -> Result<Response, Fail> {
    let id: FileId = visit.id(&file)?;
    Ok(shown(visit.app.thumbnail(&visit.ctx, id).await?, "image/jpeg"))
}

/// `GET /counts/{id}/pictures/{file}/whole`: as it was taken. Pictures are written anew before they are kept, so they may be shown.
pub(super) async fn whole(visit: Visit, Path((_, file)): Path<(String, String)>) -> Result<Response, Fail> {
    let id: FileId = visit.id(&file)?;
    let (file, bytes) = visit.app.file(&visit.ctx, id).await?;
    if !domain::file::is_picture(&file.media_type) {
        return Err(Fail::not_found());
    }
    Ok(shown(bytes, &file.media_type))
}

/// `POST /counts/{id}/pictures/{file}/remove`
pub(super) async fn remove(visit: Visit, Path((id, file)): Path<(String, String)>, sent: Sent) -> Out {
    let file_id: FileId = visit.id(&file)?;
    let back = format!("/counts/{id}/pictures/{file}/restore");
    let done = visit.save(&sent, move |ctx, tx| files::remove(ctx, tx, file_id)).await;
    acts::told(&visit, done, &format!("/counts/{id}"), Flash::done("Taken off").undo(back))
}

/// `POST /counts/{id}/pictures/{file}/restore`
pub(super) async fn restore(visit: Visit, Path((id, file)): Path<(String, String)>, sent: Sent) -> Out {
    let file: FileId = visit.id(&file)?;
    let done = visit.save(&sent, move |ctx, tx| files::restore(ctx, tx, file)).await;
    acts::told(&visit, done, &format!("/counts/{id}"), Flash::done("It is back"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_takes_the_ending_of_the_file() {
        assert_eq!(called(Some("carton wet"), "IMG_0042.JPG"), "carton wet.JPG");
        assert_eq!(called(None, "IMG_0042.JPG"), "IMG_0042.JPG");
        assert_eq!(called(Some("shelf"), "image"), "shelf");
    }
}
