//! Units: one row, one physical thing; scans, containers, facility stock, bills of materials, traces.

use crate::edge::{Edge, Key, Out, Paging, json};
use crate::problem::Failure;
use crate::rooms::{Routes, routes};
use app::Error;
use app::unit_labels::Format;
use app::unit_lists::Export;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::units::{
    Bom, ChangeContents, CreateBom, CreateUnits, DeactivateUnits, HeldUnit, HoldReason, HoldUnits, PatchBom, PatchUnit,
    PlaceUnits, ReassignFacilityStock, Scan, Scanned, ScannedPhoto, Trace, Unit, UnitAsOf,
};
use contract::{HistoryEntry, Items, ListParams, Page, Reason};
use domain::clock::Instant;
use domain::id::CatalogItemId;
use domain::limits;
use futures_util::StreamExt;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_units, create_units))
        .routes(routes!(get_unit, patch_unit))
        .routes(routes!(unit_history))
        .routes(routes!(unit_as_of))
        .routes(routes!(scan_units))
        .merge(photos())
        .routes(routes!(hold_unit))
        .routes(routes!(hold_units))
        .routes(routes!(release_units))
        .routes(routes!(labels_pdf))
        .routes(routes!(labels_zpl))
        .routes(routes!(deactivate_units))
        .routes(routes!(place_units))
        .routes(routes!(list_held))
        .routes(routes!(release_unit))
        .routes(routes!(deactivate_unit))
        .routes(routes!(reactivate_unit))
        .routes(routes!(unit_contents, change_unit_contents))
        .routes(routes!(reassign_facility_stock))
        .routes(routes!(list_boms, create_bom))
        .routes(routes!(get_bom, patch_bom))
        .routes(routes!(trace))
}

/// What takes pictures, which are larger than other bodies.
fn photos() -> Routes {
    Routes::new().routes(routes!(scan_photo)).layer(DefaultBodyLimit::max(limits::FILE_BYTES + limits::BODY_BYTES))
}

/// Units in reach. `Accept: text/csv` streams all of them as a table.
#[utoipa::path(get, path = "/units", tag = "inventory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "created_at, expires_on, lot; a minus falls. Default: -created_at"),
    ("q" = Option<String>, Query, description = "The beginning of a lot, serial number, catalog number or device identifier; words of the item; or one of each"),
    ("id" = Option<String>, Query, description = "Unit ids"),
    ("kind" = Option<String>, Query, description = "device, container, pack"),
    ("catalog_item_id" = Option<String>, Query, description = "Items"),
    ("manufacturer_id" = Option<String>, Query, description = "Manufacturers"),
    ("product_line_id" = Option<String>, Query, description = "Product lines"),
    ("lot" = Option<String>, Query, description = "Lots, whatever their spelling; L100..L199 means all from one to the other"),
    ("serial" = Option<String>, Query, description = "Serial numbers, whatever their spelling; SN98..SN102 means all from one to the other"),
    ("udi" = Option<String>, Query, description = "The whole UDI as it was scanned"),
    ("expires_on" = Option<String>, Query, description = "Last day of use"),
    ("expires_before" = Option<String>, Query, description = "Last day of use before this one"),
    ("state" = Option<String>, Query, description = "available, in_transfer, on_hold, in_event, inactive"),
    ("active" = Option<String>, Query, description = "true (unless a state is asked for), false or all"),
    ("event_id" = Option<String>, Query, description = "Marked on these open events"),
    ("transfer_id" = Option<String>, Query, description = "In these pending transfers"),
    ("hold_status" = Option<String>, Query, description = "On hold as: review, quarantine, inspection, damaged, lost, return_to_supplier"),
    ("recall_id" = Option<String>, Query, description = "Covered by these recalls; with active=all also what was used up"),
    ("custodian_id" = Option<String>, Query, description = "usr_ or org_ ids"),
    ("scope" = Option<String>, Query, description = "mine, shared, group, all (default)"),
    ("facility_stock_location_id" = Option<String>, Query, description = "Facility stock of these locations"),
    ("facility_stock" = Option<bool>, Query, description = "Facility stock, or not"),
    ("place_id" = Option<String>, Query, description = "Places"),
    ("container_id" = Option<String>, Query, description = "Containers"),
    ("reusable" = Option<bool>, Query, description = "Reusable, or single use"),
    ("due_back_on" = Option<String>, Query, description = "Loaned until this day"),
    ("due_back_before" = Option<String>, Query, description = "Loaned until a day before this one"),
    ("tags" = Option<String>, Query, description = "Tags"),
    ("country" = Option<String>, Query, description = "Items that may be used in this country, by its ISO 3166 code; any: in every country"),
    ("usable_for" = Option<String>, Query, description = "An event: units that its representative may use there")
), responses((status = 200, content((Page<Unit> = "application/json"), (String = "text/csv")))))]
async fn list_units(edge: Edge) -> Out {
    let params = edge.list()?;
    if edge.wants_csv() {
        return export(edge, params).await;
    }
    edge.read(move |ctx, tx| app::unit_lists::list(ctx, tx, &params)).await
}

/// What an export still has to do.
struct Writing {
    edge: Edge,
    export: Export,
    /// A piece that was read ahead.
    ready: Option<Vec<u8>>,
}

impl Writing {
    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, Error> {
        if let Some(piece) = self.ready.take() {
            return Ok(Some((piece, self)));
        }
        let Self { edge, mut export, .. } = self;
        let read = edge.app.read(&edge.ctx, move |ctx, tx| {
            let piece = export.next(ctx, tx)?;
            Ok((piece, export))
        });
        let (piece, export) = read.await?;
        Ok(piece.map(|piece| (piece, Self { edge, export, ready: None })))
    }
}

/// The list as CSV, streamed. The first piece is read before the answer begins, so that a wrong filter is still a problem.
async fn export(edge: Edge, params: ListParams) -> Out {
    let begun = edge.app.read(&edge.ctx, move |ctx, tx| {
        let mut export = Export::new(ctx, tx, params)?;
        let piece = export.next(ctx, tx)?;
        Ok((piece, export))
    });
    let (ready, export) = begun.await.map_err(|error| edge.fail(error))?;
    let writing = Writing { edge, export, ready };
    let pieces = futures_util::stream::try_unfold(writing, |writing| async {
        writing.next().await.map_err(|error| std::io::Error::other(error.to_string()))
    })
    .fuse();
    let mut response: Response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"units.csv\""));
    Ok(response)
}

/// Makes units that are alike.
#[utoipa::path(post, path = "/units", tag = "inventory", request_body = CreateUnits, responses(
    (status = 201, body = Items<Unit>)
))]
async fn create_units(edge: Edge, body: Key<CreateUnits>) -> Out {
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::units::create(ctx, tx, value.clone())).await
}

/// One unit.
#[utoipa::path(get, path = "/units/{id}", tag = "inventory", params(("id" = String, Path, description = "unt_…")), responses(
    (status = 200, body = Unit)
))]
async fn get_unit(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::units::get(ctx, tx, id)).await
}

/// Corrects a unit.
#[utoipa::path(patch, path = "/units/{id}", tag = "inventory", params(("id" = String, Path, description = "unt_…")), request_body = PatchUnit, responses(
    (status = 200, body = Unit)
))]
async fn patch_unit(edge: Edge, Path(id): Path<String>, body: Key<PatchUnit>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::units::patch(ctx, tx, id, value.clone())).await
}

/// The history of a unit, newest first.
#[utoipa::path(get, path = "/units/{id}/history", tag = "inventory", params(
    ("id" = String, Path, description = "unt_…"),
    Paging
), responses((status = 200, body = Page<HistoryEntry>)))]
async fn unit_history(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let past = edge.past()?;
    edge.read(move |ctx, tx| app::units::history(ctx, tx, id, past)).await
}

/// A unit as it was at one moment.
#[utoipa::path(get, path = "/units/{id}/as-of", tag = "inventory", params(
    ("id" = String, Path, description = "unt_…"),
    ("at" = String, Query, description = "A moment, RFC 3339")
), responses((status = 200, body = UnitAsOf)))]
async fn unit_as_of(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let params = edge.list()?;
    let at = params.filters.get("at").and_then(|text| Instant::parse(text));
    let Some(at) = at else {
        return Err(edge.fail(Error::field("at", "invalid_value", "Give a moment like 2026-11-22T08:00:00Z.")));
    };
    edge.read(move |ctx, tx| app::units::as_of(ctx, tx, id, at)).await
}

/// Reads a label and looks for what it may belong to. Nothing of it is kept.
#[utoipa::path(post, path = "/units/scan", tag = "inventory", request_body = Scan, responses(
    (status = 200, body = Scanned)
))]
async fn scan_units(edge: Edge, body: Key<Scan>) -> Out {
    edge.read(move |ctx, tx| app::unit_lists::scan(ctx, tx, &body.value)).await
}

/// Reads a photo of labels (JPEG, PNG, WebP or GIF, at most 25 MB) and looks for what they may belong to, as `POST /units/scan`
/// does: DataMatrix, QR, Code 128, Code 39, ITF, EAN-13 and UPC-A. The photo is the body, or the first file of a form. It is not kept;
/// 422 `no_code_found` when nothing in it can be read, 429 when too many photos wait already.
#[utoipa::path(post, path = "/units/scan/photo", tag = "inventory",
    request_body(content((Vec<u8> = "image/jpeg"), (Vec<u8> = "application/octet-stream"), (Object = "multipart/form-data"))),
    responses(
        (status = 200, body = ScannedPhoto),
    )
)]
async fn scan_photo(edge: Edge, request: Request) -> Out {
    let photo = crate::files::upload(request, String::new()).await.map_err(|error| edge.fail(error))?;
    let read = edge.app.scan_photo(&edge.ctx, photo.bytes).await.map_err(|error| edge.fail(error))?;
    json(StatusCode::OK, &read)
}

/// Puts a unit on hold.
#[utoipa::path(post, path = "/units/{id}/hold", tag = "inventory", params(("id" = String, Path, description = "unt_…")), request_body = HoldReason, responses(
    (status = 200, body = Unit)
))]
async fn hold_unit(edge: Edge, Path(id): Path<String>, body: Key<HoldReason>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::holds::hold(ctx, tx, id, &value)).await
}

/// Puts many units on hold: all of them, or none.
#[utoipa::path(post, path = "/units/hold", tag = "inventory", request_body = HoldUnits, responses(
    (status = 200, body = Items<Unit>)
))]
async fn hold_units(edge: Edge, body: Key<HoldUnits>) -> Out {
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::holds::hold_many(ctx, tx, &value)).await
}

/// Releases many units: all of them, or none.
#[utoipa::path(post, path = "/units/release", tag = "inventory", request_body = HoldUnits, responses(
    (status = 200, body = Items<Unit>)
))]
async fn release_units(edge: Edge, body: Key<HoldUnits>) -> Out {
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::holds::release_many(ctx, tx, &value)).await
}

/// What waits on hold within reach, the oldest first, with how long.
#[utoipa::path(get, path = "/held-units", tag = "inventory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "hold_since; a minus falls. Default: hold_since"),
    ("hold_status" = Option<String>, Query, description = "review, quarantine, inspection, damaged, lost, return_to_supplier"),
    ("custodian_id" = Option<String>, Query, description = "usr_ or org_ ids")
), responses((status = 200, body = Page<HeldUnit>)))]
async fn list_held(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::holds::queue(ctx, tx, &params)).await
}

/// Releases a unit from hold.
#[utoipa::path(post, path = "/units/{id}/release", tag = "inventory", params(("id" = String, Path, description = "unt_…")), request_body = HoldReason, responses(
    (status = 200, body = Unit)
))]
async fn release_unit(edge: Edge, Path(id): Path<String>, body: Key<HoldReason>) -> Out {
    let (id, reason) = (edge.id(&id)?, body.value.reason);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::holds::release(ctx, tx, id, reason.clone())).await
}

/// Takes a unit off the books.
#[utoipa::path(post, path = "/units/{id}/deactivate", tag = "inventory", params(("id" = String, Path, description = "unt_…")), request_body = Reason, responses(
    (status = 200, body = Unit)
))]
async fn deactivate_unit(edge: Edge, Path(id): Path<String>, body: Key<Reason>) -> Out {
    let (id, reason) = (edge.id(&id)?, body.value.reason);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::units::deactivate(ctx, tx, id, &reason)).await
}

/// Brings a unit back that was deactivated by hand.
#[utoipa::path(post, path = "/units/{id}/reactivate", tag = "inventory", params(("id" = String, Path, description = "unt_…")), request_body = Reason, responses(
    (status = 200, body = Unit)
))]
async fn reactivate_unit(edge: Edge, Path(id): Path<String>, body: Key<Reason>) -> Out {
    let (id, reason) = (edge.id(&id)?, body.value.reason);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::units::reactivate(ctx, tx, id, &reason)).await
}

/// What lies in a container.
#[utoipa::path(get, path = "/units/{id}/contents", tag = "inventory", params(("id" = String, Path, description = "unt_…")), responses(
    (status = 200, body = Items<Unit>)
))]
async fn unit_contents(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::units::contents(ctx, tx, id)).await
}

/// Puts units into a container and takes others out.
#[utoipa::path(post, path = "/units/{id}/contents", tag = "inventory", params(("id" = String, Path, description = "unt_…")), request_body = ChangeContents, responses(
    (status = 200, body = Items<Unit>)
))]
async fn change_unit_contents(edge: Edge, Path(id): Path<String>, body: Key<ChangeContents>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::units::change_contents(ctx, tx, id, &value)).await
}

/// Gives facility stock another custodian. It stays on its shelf, and nothing is sold.
#[utoipa::path(post, path = "/facility-stock/reassign", tag = "inventory", request_body = ReassignFacilityStock, responses(
    (status = 200, body = Items<Unit>)
))]
async fn reassign_facility_stock(edge: Edge, body: Key<ReassignFacilityStock>) -> Out {
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::units::reassign(ctx, tx, &value)).await
}

/// Bills of materials.
#[utoipa::path(get, path = "/boms", tag = "inventory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "name; a minus falls"),
    ("q" = Option<String>, Query, description = "The beginning of a word of the name"),
    ("archived" = Option<bool>, Query, description = "Those that were put away")
), responses((status = 200, body = Page<Bom>)))]
async fn list_boms(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::boms::list(ctx, tx, &params)).await
}

/// Makes a bill of materials.
#[utoipa::path(post, path = "/boms", tag = "inventory", request_body = CreateBom, responses(
    (status = 201, body = Bom)
))]
async fn create_bom(edge: Edge, body: Key<CreateBom>) -> Out {
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::boms::create(ctx, tx, &value)).await
}

/// One bill of materials.
#[utoipa::path(get, path = "/boms/{id}", tag = "inventory", params(("id" = String, Path, description = "bom_…")), responses(
    (status = 200, body = Bom)
))]
async fn get_bom(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::boms::get(ctx, tx, id)).await
}

/// Changes a bill of materials.
#[utoipa::path(patch, path = "/boms/{id}", tag = "inventory", params(("id" = String, Path, description = "bom_…")), request_body = PatchBom, responses(
    (status = 200, body = Bom)
))]
async fn patch_bom(edge: Edge, Path(id): Path<String>, body: Key<PatchBom>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::boms::patch(ctx, tx, id, &value)).await
}

/// Where a lot is, where it went, and which events took it.
#[utoipa::path(get, path = "/trace", tag = "inventory", params(
    ("lot" = String, Query, description = "The lot, whatever its spelling"),
    ("catalog_item_id" = Option<String>, Query, description = "The item; all items with this lot when absent")
), responses((status = 200, body = Trace)))]
async fn trace(edge: Edge) -> Out {
    let params = edge.list()?;
    let item = item_of(&edge, &params)?;
    let lot = params.filters.get("lot").cloned().unwrap_or_default();
    edge.read(move |ctx, tx| app::unit_lists::trace(ctx, tx, item, &lot)).await
}

fn item_of(edge: &Edge, params: &ListParams) -> Result<Option<CatalogItemId>, Failure> {
    let Some(text) = params.filters.get("catalog_item_id").filter(|text| !text.is_empty()) else { return Ok(None) };
    let unknown = |_| edge.fail(Error::unknown("catalog_item_id"));
    text.parse().map(Some).map_err(unknown)
}

/// Takes many units off the books: all of them, or none.
#[utoipa::path(post, path = "/units/deactivate", tag = "inventory", request_body = DeactivateUnits, responses(
    (status = 200, body = Items<Unit>)
))]
async fn deactivate_units(edge: Edge, body: Key<DeactivateUnits>) -> Out {
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::unit_bulk::deactivate(ctx, tx, &value)).await
}

/// Says where many units are: all of them, or none. Who answers for them does not change.
#[utoipa::path(post, path = "/units/place", tag = "inventory", request_body = PlaceUnits, responses(
    (status = 200, body = Items<Unit>)
))]
async fn place_units(edge: Edge, body: Key<PlaceUnits>) -> Out {
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::unit_bulk::place(ctx, tx, &value)).await
}

/// Labels as PDF of the units that the same filters list, at most 500.
#[utoipa::path(get, path = "/units/labels.pdf", tag = "inventory", params(
    ("id" = Option<String>, Query, description = "Unit ids"),
    ("transfer_id" = Option<String>, Query, description = "What pending transfers bring"),
    ("container_id" = Option<String>, Query, description = "What lies in containers"),
    ("lot" = Option<String>, Query, description = "Lots"),
    ("catalog_item_id" = Option<String>, Query, description = "Items"),
    ("paper" = Option<String>, Query, description = "sheet (A4, 3 by 8; the default) or roll (60 by 30 mm)")
), responses((status = 200, body = Vec<u8>, content_type = "application/pdf")))]
async fn labels_pdf(edge: Edge) -> Out {
    let mut params = edge.list()?;
    let format = match params.filters.remove("paper").as_deref() {
        None | Some("" | "sheet") => Format::Sheet,
        Some("roll") => Format::Roll,
        Some(_) => return Err(edge.fail(Error::field("paper", "invalid_value", "The paper is sheet or roll."))),
    };
    labels(edge, params, format, "application/pdf", "labels.pdf").await
}

/// Labels in ZPL II for a label printer, of the units that the same filters list, at most 500: 60 by 30 mm at 203 dpi.
#[utoipa::path(get, path = "/units/labels.zpl", tag = "inventory", params(
    ("id" = Option<String>, Query, description = "Unit ids"),
    ("transfer_id" = Option<String>, Query, description = "What pending transfers bring"),
    ("container_id" = Option<String>, Query, description = "What lies in containers"),
    ("lot" = Option<String>, Query, description = "Lots"),
    ("catalog_item_id" = Option<String>, Query, description = "Items")
), responses((status = 200, body = String, content_type = "application/zpl")))]
async fn labels_zpl(edge: Edge) -> Out {
    let params = edge.list()?;
    labels(edge, params, Format::Zpl, "application/zpl", "labels.zpl").await
}

async fn labels(edge: Edge, params: ListParams, format: Format, kind: &'static str, name: &'static str) -> Out {
    let read = edge.app.read(&edge.ctx, move |ctx, tx| app::unit_labels::file(ctx, tx, &params, format));
    let bytes = read.await.map_err(|error| edge.fail(error))?;
    let mut response: Response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
