//! What belongs to an item besides its facts: pictures, and the packages in which it is sold.

use super::acts::{self, Ask};
use super::common::press;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{Button, Empty, Fact, Field, FieldError, Flash, Form, Icon, Room, facts, section_block};
use app::App;
use app::files::{self, Owner, Said, Upload};
use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use contract::catalog::{Package, PutPackages};
use contract::files::File;
use domain::file::FileKind;
use domain::id::{CatalogItemId, FileId};
use domain::limits;
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/catalog/{id}/pictures", get(add_page).merge(post(add)))
        .route("/catalog/{id}/pictures/{file}", get(small))
        .route("/catalog/{id}/pictures/{file}/remove", post(remove))
        .route("/catalog/{id}/packages", get(packages_page).merge(post(save_packages)))
}

/// What the page of an item shows of this.
pub struct More {
    pictures: Vec<File>,
    packages: Vec<Package>,
}

/// Reads it.
pub fn read(ctx: &app::Ctx, tx: &mut app::Tx, id: CatalogItemId) -> app::Result<More> {
    Ok(More {
        pictures: files::list(ctx, tx, Owner::Item(id))?.items,
        packages: app::packages::list(ctx, tx, id)?.items,
    })
}

/// The sections on the page of an item.
pub fn sections(visit: &Visit, id: CatalogItemId, it: &More) -> Markup {
    let may = visit.may(Permission::ManageCatalog);
    let mut add = Vec::new();
    let mut change = Vec::new();
    if may {
        add.push(Button::link("Add a picture", format!("/catalog/{id}/pictures")).small().in_dialog());
        change.push(Button::link("Change", format!("/catalog/{id}/packages")).small().in_dialog());
    }
    let pictures = html! {
        div class="files" {
            @for file in &it.pictures {
                div class="file" {
                    @if file.has_thumbnail { img src={ "/catalog/" (id) "/pictures/" (file.id) } alt=(file.name) width="96" height="96" loading="lazy"; }
                    div class="file-words" {
                        div class="sub" { (file.name) }
                        @if file.may_remove { (press(visit, format!("/catalog/{id}/pictures/{}/remove", file.id), Button::submit("Take off").small().quiet())) }
                    }
                }
            }
        }
    };
    let packages: Vec<Fact> = it
        .packages
        .iter()
        .map(|it| Fact::new(format!("{} pieces", it.quantity), html! { span class="mono" { (it.identifier) } }))
        .collect();
    html! {
        @if !it.pictures.is_empty() || may {
            (section_block("Pictures", &add, html! {
                @if it.pictures.is_empty() { (Empty::new(Icon::File, "No picture yet").text("A picture helps whoever packs and counts.")) } @else { (pictures) }
            }))
        }
        @if !it.packages.is_empty() || may {
            (section_block("Packages", &change, html! {
                @if packages.is_empty() { p class="sub" { "Only single pieces are known. Say which code a box has, and scanning the box means its pieces." } } @else { (facts(&packages)) }
            }))
        }
    }
}

// ---- pictures -------------------------------------------------------------------------------------------------------

fn ask_picture(visit: &Visit, id: CatalogItemId, errors: &[FieldError]) -> Response {
    let form = Form::post(format!("/catalog/{id}/pictures"), visit.csrf())
        .multipart()
        .errors(errors)
        .body(html! {
            (Field::photo("photo", "Take a picture").optional().errors(errors).help("On a phone the camera opens."))
            (Field::file("file", "Or choose one", "image/*").optional().errors(errors).help(format!("JPEG, PNG, WebP or GIF, up to {} MB.", limits::FILE_BYTES >> 20)))
        })
        .button(Button::submit("Add it").primary())
        .button(Button::link("Cancel", format!("/catalog/{id}")).quiet());
    let header = crate::ui::Header::new("Add a picture").crumb("Catalog", "/catalog");
    acts::form_page(visit, Room::Catalog, header, "Add a picture".into(), &form, !errors.is_empty())
}

async fn add_page(visit: Visit, Path(id): Path<String>) -> Out {
    visit.ctx.require(Permission::ManageCatalog)?;
    let id: CatalogItemId = visit.id(&id)?;
    let form = ask_picture(&visit, id, &[]);
    Ok(form)
}

async fn add(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: CatalogItemId = visit.id(&id)?;
    let chosen = sent.files("photo").chain(sent.files("file")).find(|file| !file.bytes.is_empty()).cloned();
    let Some(file) = chosen else {
        return Ok(ask_picture(&visit, id, &[FieldError::new("file", "Take a picture or choose one first.")]));
    };
    let upload = Upload { name: file.name.clone(), bytes: file.bytes.to_vec() };
    let said = Said { kind: Some(FileKind::Photo), patient_data: false };
    match visit.app.add_item_file(&visit.ctx, id, said, upload, sent.key()).await {
        Ok(_) => Ok(visit.go(&format!("/catalog/{id}"), Flash::done("The picture is here"))),
        Err(app::Error::TooLarge(message)) => Ok(ask_picture(&visit, id, &[FieldError::new("file", message)])),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["file"]);
            Ok(ask_picture(&visit, id, &errors))
        }
    }
}

async fn small(visit: Visit, Path((_, file)): Path<(String, String)>) -> Result<Response, Fail> {
    let id: FileId = visit.id(&file)?;
    let bytes = visit.app.thumbnail(&visit.ctx, id).await?;
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, bytes).into_response())
}

async fn remove(visit: Visit, Path((id, file)): Path<(String, String)>, sent: Sent) -> Out {
    let file: FileId = visit.id(&file)?;
    let done = visit.save(&sent, move |ctx, tx| files::remove(ctx, tx, file)).await;
    acts::told(&visit, done, &format!("/catalog/{id}"), Flash::done("Taken off"))
}

// ---- packages -------------------------------------------------------------------------------------------------------

/// Lines of the form.
const MOST: usize = 12;

async fn ask_packages(visit: &Visit, id: CatalogItemId, sent: &Sent, errors: &[FieldError]) -> Out {
    let known = visit.read(move |ctx, tx| app::packages::list(ctx, tx, id)).await?.items;
    let count = (known.len() + 2).min(MOST);
    let value = |name: String, now: Option<String>| {
        if sent.has(&name) { sent.text(&name).to_owned() } else { now.unwrap_or_default() }
    };
    let ask = Ask {
        title: "Packages of this item".into(),
        text: html! { p { "The code on a box, and how many pieces are in it. Scanning the box then means its pieces." } },
        room: Room::Catalog,
        action: format!("/catalog/{id}/packages"),
        fields: html! {
            @for at in 0..count {
                div class="ask-row" {
                    (Field::text(format!("code-{at}"), "Code of the package").value(value(format!("code-{at}"), known.get(at).map(|it| it.identifier.clone()))).optional().errors(errors))
                    (Field::number(format!("pieces-{at}"), "Pieces").value(value(format!("pieces-{at}"), known.get(at).map(|it| it.quantity.to_string()))).optional().errors(errors))
                }
            }
        },
        verb: "Save".into(),
        danger: false,
        back: format!("/catalog/{id}"),
        errors,
    };
    Ok(ask.show(visit))
}

async fn packages_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    visit.ctx.require(Permission::ManageCatalog)?;
    let id: CatalogItemId = visit.id(&id)?;
    ask_packages(&visit, id, &sent, &[]).await
}

async fn save_packages(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: CatalogItemId = visit.id(&id)?;
    let mut places = Vec::new();
    let mut packages = Vec::new();
    for at in 0..MOST {
        let Some(code) = sent.maybe(&format!("code-{at}")) else { continue };
        let quantity = sent.maybe(&format!("pieces-{at}")).and_then(|text| text.parse().ok()).unwrap_or_default();
        packages.push(Package { identifier: code.to_owned(), quantity });
        places.push(at);
    }
    let body = PutPackages { packages };
    match visit.save(&sent, move |ctx, tx| app::packages::put(ctx, tx, id, &body)).await {
        Ok(_) => Ok(visit.go(&format!("/catalog/{id}"), Flash::done("Saved"))),
        Err(error) => {
            let place = |error: FieldError| {
                let (at, name) =
                    error.field.strip_prefix("packages[").and_then(|it| it.split_once("].")).unwrap_or(("", ""));
                match at.parse::<usize>().ok().and_then(|at| places.get(at)) {
                    Some(at) if name == "quantity" => FieldError::new(format!("pieces-{at}"), error.message),
                    Some(at) => FieldError::new(format!("code-{at}"), error.message),
                    None => FieldError::new("", error.message),
                }
            };
            let errors: Vec<FieldError> = visit.complaints(error)?.into_iter().map(place).collect();
            ask_packages(&visit, id, &sent, &errors).await
        }
    }
}
