//! The files of a customer: contracts, certificates, letters.

use super::super::acts;
use super::super::common::press_with;
use super::super::words as say;
use super::page::{Part, framed, load};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{Banner, Button, Cell, Column, Empty, Field, Flash, Form, Icon, Row, Table, banner};
use app::files::{self, Owner, Upload};
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use contract::files::File;
use domain::id::{CustomerId, FileId};
use domain::limits;
use domain::people::Permission;
use maud::{Markup, html};

/// `1.4 MB`.
fn size(bytes: i64) -> String {
    match bytes {
        0..=1_023 => format!("{bytes} B"),
        1_024..=1_048_575 => format!("{} KB", (bytes + 512) / 1_024),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

/// What it is, in a word.
fn kind(media_type: &str) -> &'static str {
    match media_type {
        "application/pdf" => "PDF",
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" => "Picture",
        "application/zip" => "Document or archive",
        "text/plain" => "Text",
        _ => "File",
    }
}

fn table(visit: &Visit, id: CustomerId, all: &[File]) -> Markup {
    let columns = vec![
        Column::new("name", "File"),
        Column::new("kind", "What").width(160).phone_hidden(),
        Column::new("size", "Size").number().width(90).phone_side(),
        Column::new("by", "Brought by").width(180).phone_sub(),
        Column::new("at", "When").width(140).phone_side_sub(),
        Column::new("acts", "").width(110),
    ];
    let rows = all.iter().map(|it| {
        let off = html! {
            @if it.may_remove { (press_with(visit, format!("/customers/{id}/files/{}/remove", it.id), &[], Button::submit("Take off").small().quiet())) }
        };
        let cells = vec![
            Cell::of(html! { a class="link" href={ "/customers/" (id) "/files/" (it.id) } download=(it.name) { (it.name) } }),
            Cell::text(kind(&it.media_type)),
            Cell::text(size(it.size_bytes)),
            Cell::text(it.uploaded_by_name.clone()),
            Cell::of(say::when(&visit.ctx, it.uploaded_at)),
            Cell::of(off),
        ];
        Row::new(it.id.to_string(), cells).name(it.name.clone())
    });
    html! { (Table::new("files", "Files", columns).rows(rows.collect()).inside()) }
}

async fn shown(visit: &Visit, id: CustomerId, error: Option<String>) -> Out {
    let detail = load(visit, id).await?;
    let all = visit.read(move |ctx, tx| files::list(ctx, tx, Owner::Customer(id))).await?.items;
    let may = visit.may(Permission::WorkCustomers) && detail.it.merged_into_id.is_none();
    let failed = error.is_some();
    let body = html! {
        div class="content" {
            @if let Some(error) = &error { (banner(Banner::Error, error.as_str(), None)) }
            @if may {
                (Form::post(format!("/customers/{id}/files"), visit.csrf()).multipart()
                    .body(Field::file("file", "Add a file", "").required().help(format!("Contracts, certificates, letters; up to {} MB.", limits::FILE_BYTES >> 20)))
                    .button(Button::submit("Add it").primary()))
            }
            div class="pad-top" {
                @if all.is_empty() { (Empty::new(Icon::File, "No files yet").text("A contract or a certificate that is kept here is at hand for everybody who sees this customer.")) }
                @else { (table(visit, id, &all)) }
            }
        }
    };
    let mut response = framed(visit, &detail, Part::Files, body);
    if failed {
        *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id(&id)?;
    shown(&visit, id, None).await
}

pub(super) async fn add(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let customer: CustomerId = visit.id(&id)?;
    let Some(file) = sent.file("file").filter(|file| !file.bytes.is_empty()) else {
        return shown(&visit, customer, Some("Choose a file first.".to_owned())).await;
    };
    let upload = Upload { name: file.name.clone(), bytes: file.bytes.to_vec() };
    match visit.app.add_file(&visit.ctx, Owner::Customer(customer), upload, sent.key()).await {
        Ok(_) => Ok(visit.go(&format!("/customers/{id}/files"), Flash::done("The file is here"))),
        Err(app::Error::TooLarge(message)) => shown(&visit, customer, Some(message)).await,
        Err(error) => {
            let text = acts::sentence(&visit, error)?;
            shown(&visit, customer, Some(text)).await
        }
    }
}

/// The content, never shown on a page of this server.
pub(super) async fn content(visit: Visit, Path((_, file)): Path<(String, String)>) -> Result<Response, Fail> {
    let id: FileId = visit.id(&file)?;
    let (file, bytes) = visit.app.file(&visit.ctx, id).await?;
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::CONTENT_TYPE, file.media_type.as_str()),
        (header::CONTENT_DISPOSITION, files::disposition(&file.name).as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    Ok((headers, bytes).into_response())
}

pub(super) async fn remove(visit: Visit, Path((id, file)): Path<(String, String)>, sent: Sent) -> Out {
    let file_id: FileId = visit.id(&file)?;
    let to = format!("/customers/{id}/files");
    match visit.save(&sent, move |ctx, tx| files::remove(ctx, tx, file_id)).await {
        Ok(_) => Ok(visit.go(&to, Flash::done("Taken off").undo(format!("/customers/{id}/files/{file}/restore")))),
        Err(error) => Ok(visit.go(&to, Flash::failed(acts::sentence(&visit, error)?))),
    }
}

pub(super) async fn restore(visit: Visit, Path((id, file)): Path<(String, String)>, sent: Sent) -> Out {
    let file: FileId = visit.id(&file)?;
    let to = format!("/customers/{id}/files");
    match visit.save(&sent, move |ctx, tx| files::restore(ctx, tx, file)).await {
        Ok(_) => Ok(visit.go(&to, Flash::done("It is back"))),
        Err(error) => Ok(visit.go(&to, Flash::failed(acts::sentence(&visit, error)?))),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_read_at_a_glance() {
        assert_eq!([512, 2_048, 1_572_864].map(super::size), ["512 B", "2 KB", "1.5 MB"]);
    }
}
