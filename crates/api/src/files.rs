//! Files: a content in, a content out; always as an attachment.

use crate::edge::{Edge, Key, Out, rendered};
use crate::rooms::{Routes, routes};
use app::Error;
use app::files::{self, Owner, Said, Upload};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use contract::documents::ReadPurchaseOrder;
use contract::files::{File, RemoveFile};
use contract::{Done, Page};
use domain::file::FileKind;
use domain::limits;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_customer_files, add_customer_file))
        .routes(routes!(list_event_files, add_event_file))
        .routes(routes!(list_count_files, add_count_file))
        .routes(routes!(read_purchase_order))
        .routes(routes!(file_thumbnail))
        .routes(routes!(file_content))
        .routes(routes!(remove_file))
        .routes(routes!(restore_file))
        .layer(DefaultBodyLimit::max(limits::FILE_BYTES + limits::BODY_BYTES))
}

/// Files of a customer, the latest first; at most 200.
#[utoipa::path(get, path = "/customers/{id}/files", tag = "files", params(("id" = String, Path)), responses(
    (status = 200, body = Page<File>)
))]
async fn list_customer_files(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| files::list(ctx, tx, Owner::Customer(id))).await
}

/// Reads a file of an event as a purchase order: its number and what it is over, as a proposal. 409 `file_not_readable` for what is no
/// PDF, is locked, or is a scan without words.
#[utoipa::path(get, path = "/events/{id}/files/{file_id}/purchase-order", tag = "files", params(
    ("id" = String, Path, description = "evt_…"),
    ("file_id" = String, Path, description = "fil_…")
), responses((status = 200, body = ReadPurchaseOrder)))]
async fn read_purchase_order(edge: Edge, Path((id, file)): Path<(String, String)>) -> Out {
    let (id, file) = (edge.id(&id)?, edge.id(&file)?);
    let read = edge.app.read_purchase_order(&edge.ctx, id, file).await;
    Ok(axum::Json(read.map_err(|error| edge.fail(error))?).into_response())
}

/// Attaches a file: as the body with its name in `name=`, or as the first file of a form. At most 25 MB. The name is cleaned,
/// what it is is told by its first bytes.
#[utoipa::path(post, path = "/customers/{id}/files", tag = "files", params(
    ("id" = String, Path),
    ("name" = Option<String>, Query, description = "What it is called, when it is sent as the body")
), request_body(content((Vec<u8> = "application/octet-stream"), (Object = "multipart/form-data"))), responses((status = 201, body = File)))]
async fn add_customer_file(edge: Edge, Path(id): Path<String>, request: Request) -> Out {
    let id = edge.id(&id)?;
    let params = edge.list()?;
    app::list::only(&params, &["name"]).map_err(|error| edge.fail(error))?;
    let named = params.filters.get("name").cloned().unwrap_or_default();
    let upload = upload(request, named).await.map_err(|error| edge.fail(error))?;
    let key = edge.request_key(&upload.bytes);
    let answer = edge.app.add_file(&edge.ctx, Owner::Customer(id), upload, key).await;
    Ok(rendered(answer.map_err(|error| edge.fail(error))?))
}

/// Pictures of a count, the latest first; at most 200.
#[utoipa::path(get, path = "/counts/{id}/files", tag = "files", params(("id" = String, Path, description = "aud_…")), responses(
    (status = 200, body = Page<File>)
))]
async fn list_count_files(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| files::list(ctx, tx, Owner::Count(id))).await
}

/// Adds a picture to a count that is not settled yet: as the body with its name in `name=`, or as the first file of a form. The
/// name says what it shows. At most 25 MB; it is written anew.
#[utoipa::path(post, path = "/counts/{id}/files", tag = "files", params(
    ("id" = String, Path, description = "aud_…"),
    ("name" = Option<String>, Query, description = "What it is called, when it is sent as the body")
), request_body(content((Vec<u8> = "application/octet-stream"), (Object = "multipart/form-data"))), responses((status = 201, body = File)))]
async fn add_count_file(edge: Edge, Path(id): Path<String>, request: Request) -> Out {
    let id = edge.id(&id)?;
    let params = edge.list()?;
    app::list::only(&params, &["name"]).map_err(|error| edge.fail(error))?;
    let named = params.filters.get("name").cloned().unwrap_or_default();
    let upload = upload(request, named).await.map_err(|error| edge.fail(error))?;
    let key = edge.request_key(&upload.bytes);
    let answer = edge.app.add_count_file(&edge.ctx, id, upload, key).await;
    Ok(rendered(answer.map_err(|error| edge.fail(error))?))
}

/// Files of an event, the latest first; at most 200. As a table (`Accept: text/csv`) without those that show a patient.
#[utoipa::path(get, path = "/events/{id}/files", tag = "files", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Page<File>)
))]
async fn list_event_files(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let table = edge.wants_csv();
    edge.read(move |ctx, tx| {
        let mut page = files::list(ctx, tx, Owner::Event(id))?;
        if table {
            page.items.retain(|file| !file.patient_data);
            page.total = Some(page.items.len() as i64);
        }
        Ok(page)
    })
    .await
}

/// Attaches a file to an event: as the body with its name in `name=`, or as the first file of a form. At most 25 MB. Pictures are
/// written anew. A patient sticker always counts as patient data and does not keep its name.
#[utoipa::path(post, path = "/events/{id}/files", tag = "files", params(
    ("id" = String, Path, description = "evt_…"),
    ("name" = Option<String>, Query, description = "What it is called, when it is sent as the body"),
    ("kind" = Option<String>, Query, description = "patient_sticker, device_label, purchase_order, photo, other"),
    ("patient_data" = Option<bool>, Query, description = "A patient can be told from it")
), request_body(content((Vec<u8> = "application/octet-stream"), (Object = "multipart/form-data"))), responses((status = 201, body = File)))]
async fn add_event_file(edge: Edge, Path(id): Path<String>, request: Request) -> Out {
    let id = edge.id(&id)?;
    let params = edge.list()?;
    app::list::only(&params, &["name", "kind", "patient_data"]).map_err(|error| edge.fail(error))?;
    let known = |text: &String| {
        FileKind::parse(text).ok_or_else(|| {
            let words: Vec<&str> = FileKind::ALL.iter().map(|kind| kind.as_str()).collect();
            edge.fail(Error::field("kind", "invalid_value", format!("Give one of {}.", words.join(", "))))
        })
    };
    let kind = params.filters.get("kind").map(known).transpose()?;
    let patient_data = app::list::yes_no(&params, "patient_data").map_err(|error| edge.fail(error))?.unwrap_or(false);
    let named = params.filters.get("name").cloned().unwrap_or_default();
    let upload = upload(request, named).await.map_err(|error| edge.fail(error))?;
    let key = edge.request_key(&upload.bytes);
    let answer = edge.app.add_event_file(&edge.ctx, id, Said { kind, patient_data }, upload, key).await;
    Ok(rendered(answer.map_err(|error| edge.fail(error))?))
}

/// The small picture of a file that is one.
#[utoipa::path(get, path = "/files/{id}/thumbnail", tag = "files", params(("id" = String, Path)), responses(
    (status = 200, body = Vec<u8>, content_type = "image/jpeg")
))]
async fn file_thumbnail(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let bytes = edge.app.thumbnail(&edge.ctx, id).await.map_err(|error| edge.fail(error))?;
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, bytes).into_response())
}

pub(crate) async fn upload(request: Request, named: String) -> Result<Upload, Error> {
    let too_large = || Error::TooLarge(format!("A file is at most {} MB.", limits::FILE_BYTES >> 20));
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        let bytes = crate::edge::whole(request.into_body(), limits::FILE_BYTES).await.ok_or_else(too_large)?;
        return Ok(Upload { name: named, bytes: bytes.to_vec() });
    }
    let malformed = || Error::Malformed("The form is not well formed. Send it with one file.".into());
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| malformed())?;
    while let Some(field) = form.next_field().await.map_err(|_| malformed())? {
        if let Some(name) = field.file_name().map(str::to_owned) {
            let bytes = field.bytes().await.map_err(|_| too_large())?;
            return Ok(Upload { name: if named.is_empty() { name } else { named }, bytes: bytes.to_vec() });
        }
    }
    Err(malformed())
}

/// The content of a file, as an attachment.
#[utoipa::path(get, path = "/files/{id}/content", tag = "files", params(("id" = String, Path)), responses(
    (status = 200, body = Vec<u8>, content_type = "application/octet-stream")
))]
async fn file_content(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let (file, bytes) = edge.app.file(&edge.ctx, id).await.map_err(|error| edge.fail(error))?;
    Ok(attachment(&file, bytes))
}

fn attachment(file: &File, bytes: Vec<u8>) -> Response {
    let mut headers = HeaderMap::new();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, &file.media_type);
    set(header::CONTENT_DISPOSITION, &app::files::disposition(&file.name));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'");
    set(header::CACHE_CONTROL, "private, no-store");
    (headers, bytes).into_response()
}

/// Takes a file off; it can be put back. Of an event with a reason.
#[utoipa::path(delete, path = "/files/{id}", tag = "files", params(("id" = String, Path)), request_body = RemoveFile, responses(
    (status = 200, body = Done)
))]
async fn remove_file(edge: Edge, Path(id): Path<String>, body: Key<RemoveFile>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| files::remove_because(ctx, tx, id, &value.reason)).await
}

/// Puts a file back that was taken off.
#[utoipa::path(post, path = "/files/{id}/restore", tag = "files", params(("id" = String, Path)), responses(
    (status = 200, body = Done)
))]
async fn restore_file(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| files::restore(ctx, tx, id)).await
}
