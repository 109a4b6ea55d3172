//! What has little more than a name: procedures, places, price lists, preference cards.

use super::{archive, archived, clean_name, note_changes, printed, uuids, words_of};
use crate::{Ctx, Error, Result, list};
use contract::directory::{
    CreateNamed, CreatePlace, CreatePreferenceCard, PatchNamed, PatchPlace, PatchPreferenceCard, PatchPriceList, Place,
    PreferenceCard, PreferenceLine, PriceList, Procedure,
};
use contract::{ListParams, Page, Patch};
use domain::clock::Instant;
use domain::id::{self, Id, LocationId, PhysicianId, PlaceId, PreferenceCardId, PriceListId, ProcedureId};
use domain::limits;
use domain::people::Permission;
use domain::text::fold;
use serde_json::json;
use store::directory::named::{self as rows, CardRow, Filter, PlaceRow, PriceListRow, ProcedureRow};
use store::page::Sort;
use store::{Tx, Value};
use uuid::Uuid;

/// By what these lists can be sorted.
pub const SORTS: list::Sorts = &[("name", "it.name_key")];
pub(super) const DEFAULT: &[Sort] = &[Sort { column: "it.name_key", descending: false }];
/// By what procedures can be filtered.
pub const PROCEDURE_FILTERS: &[&str] = &["id", "archived"];
/// By what places can be filtered.
pub const PLACE_FILTERS: &[&str] = &["id", "location_id", "archived"];
/// By what price lists can be filtered.
pub const PRICE_LIST_FILTERS: &[&str] = &["id"];
/// By what preference cards can be filtered.
pub const CARD_FILTERS: &[&str] = &["id", "physician_id", "procedure_id"];

/// The sort values and id of a row that is sorted by its name.
pub(super) fn keys(paging: &list::Paging, name_key: &str, id: Uuid) -> Vec<Value> {
    let mut values = vec![Value::Text(name_key.to_owned()); paging.sorts.len()];
    values.push(Value::Uuid(id));
    values
}

fn only_this(id: Uuid) -> Filter {
    Filter { ids: Some(vec![id]), ..Filter::default() }
}

fn procedure_view(row: ProcedureRow) -> Procedure {
    Procedure {
        id: Id::from_uuid(row.id),
        name: row.name,
        archived_at: row.archived_at.map(Instant),
        version: row.version,
    }
}

/// Procedures: everybody sees all.
pub fn procedures(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Procedure>> {
    list::only(params, PROCEDURE_FILTERS)?;
    let filter = Filter {
        ids: list::ids::<id::Procedure>(params, "id")?.map(uuids),
        words: words_of(params)?,
        archived: archived(params)?,
        ..Filter::default()
    };
    let paging = list::paging("procedures", params, SORTS, DEFAULT)?;
    let (found, more) =
        rows::procedures(tx, ctx.viewer(), &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count_procedures(tx, ctx.viewer(), &filter)).transpose()?;
    let page = list::page(paging.bound, found, more, |row| keys(&paging, &row.name_key, row.id), procedure_view);
    Ok(Page { total, ..page })
}

/// One procedure.
pub fn procedure(ctx: &Ctx, tx: &mut Tx, id: ProcedureId) -> Result<Procedure> {
    let (found, _) = rows::procedures(tx, ctx.viewer(), &only_this(id.uuid()), &[], None, 1)?;
    found.into_iter().next().map(procedure_view).ok_or_else(Error::not_found)
}

fn procedure_name(ctx: &Ctx, tx: &mut Tx, name: &str, own: Option<Uuid>) -> Result<(String, String)> {
    let name = clean_name("name", name, limits::NAME_MAX)?;
    let key = fold(&name);
    if rows::procedure_by_name(tx, ctx.org(), &key)?.is_some_and(|other| Some(other) != own) {
        return Err(Error::conflict(
            "name_taken",
            format!("There is a procedure called \u{201c}{name}\u{201d} already."),
        ));
    }
    Ok((name, key))
}

/// Makes a procedure.
pub fn create_procedure(ctx: &Ctx, tx: &mut Tx, new: CreateNamed) -> Result<Procedure> {
    ctx.require(Permission::AddDirectoryRecords)?;
    let (name, name_key) = procedure_name(ctx, tx, &new.name, None)?;
    let row = ProcedureRow { id: ctx.id::<id::Procedure>().uuid(), name, name_key, archived_at: None, version: 1 };
    rows::insert_procedure(tx, ctx.org(), &row)?;
    let mut draft = ctx.entry("procedure_created").subject(row.id);
    draft.change(row.id, "name", None, Some(row.name.clone()));
    draft.append(ctx, tx)?;
    Ok(procedure_view(row))
}

/// Changes a procedure.
pub fn patch_procedure(ctx: &Ctx, tx: &mut Tx, id: ProcedureId, patch: PatchNamed) -> Result<Procedure> {
    let before = rows::lock_procedure(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    ctx.require(Permission::ManageDirectory)?;
    ctx.check_version(before.version, || procedure(ctx, tx, id))?;
    let mut row = before.clone();
    if let Some(name) = &patch.name {
        (row.name, row.name_key) = procedure_name(ctx, tx, name, Some(row.id))?;
    }
    row.archived_at = archive(ctx, patch.archived, row.archived_at);
    let facts =
        |row: &ProcedureRow| json!({"name": row.name, "archived_at": row.archived_at.map(|at| Instant(at).rfc3339())});
    let mut draft = ctx.entry("procedure_changed").subject(row.id);
    if note_changes(&mut draft, row.id, &facts(&before), &facts(&row)) {
        rows::save_procedure(tx, ctx.org(), &row)?;
        draft.append(ctx, tx)?;
    }
    procedure(ctx, tx, id)
}

fn place_view(row: PlaceRow) -> Place {
    Place {
        id: Id::from_uuid(row.id),
        name: row.name,
        location_id: row.location_id.map(Id::from_uuid),
        archived_at: row.archived_at.map(Instant),
        version: row.version,
    }
}

/// Places: those of no location, and those of locations in reach.
pub fn places(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Place>> {
    list::only(params, PLACE_FILTERS)?;
    let filter = Filter {
        ids: list::ids::<id::Place>(params, "id")?.map(uuids),
        words: words_of(params)?,
        archived: archived(params)?,
        owners: list::ids::<id::Location>(params, "location_id")?.map(uuids),
        ..Filter::default()
    };
    let paging = list::paging("places", params, SORTS, DEFAULT)?;
    let (found, more) = rows::places(tx, ctx.viewer(), &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count_places(tx, ctx.viewer(), &filter)).transpose()?;
    let page = list::page(paging.bound, found, more, |row| keys(&paging, &row.name_key, row.id), place_view);
    Ok(Page { total, ..page })
}

/// One place in reach.
pub fn place(ctx: &Ctx, tx: &mut Tx, id: PlaceId) -> Result<Place> {
    let (found, _) = rows::places(tx, ctx.viewer(), &only_this(id.uuid()), &[], None, 1)?;
    found.into_iter().next().map(place_view).ok_or_else(Error::not_found)
}

fn location_in_reach(ctx: &Ctx, tx: &mut Tx, id: LocationId) -> Result<Uuid> {
    if store::directory::sees_location(tx, ctx.viewer(), id.uuid())? {
        return Ok(id.uuid());
    }
    Err(Error::unknown("location_id"))
}

/// Makes a place.
pub fn create_place(ctx: &Ctx, tx: &mut Tx, new: CreatePlace) -> Result<Place> {
    ctx.require(Permission::AddDirectoryRecords)?;
    let name = clean_name("name", &new.name, limits::NAME_MAX)?;
    let row = PlaceRow {
        id: ctx.id::<id::Place>().uuid(),
        name_key: fold(&name),
        name,
        location_id: new.location_id.map(|id| location_in_reach(ctx, tx, id)).transpose()?,
        archived_at: None,
        version: 1,
    };
    rows::insert_place(tx, ctx.org(), &row)?;
    let mut draft = ctx.entry("place_created").subject(row.id);
    draft.change(row.id, "name", None, Some(row.name.clone()));
    draft.append(ctx, tx)?;
    Ok(place_view(row))
}

/// Changes a place.
pub fn patch_place(ctx: &Ctx, tx: &mut Tx, id: PlaceId, patch: PatchPlace) -> Result<Place> {
    let before = rows::lock_place(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let seen = place(ctx, tx, id)?;
    ctx.require(Permission::ManageDirectory)?;
    ctx.check_version(before.version, || Ok(seen))?;
    let mut row = before.clone();
    if let Some(name) = &patch.name {
        row.name = clean_name("name", name, limits::NAME_MAX)?;
        row.name_key = fold(&row.name);
    }
    row.location_id = match patch.location_id {
        Patch::Leave => row.location_id,
        Patch::Clear => None,
        Patch::Set(location) => Some(location_in_reach(ctx, tx, location)?),
    };
    row.archived_at = archive(ctx, patch.archived, row.archived_at);
    let facts = |row: &PlaceRow| {
        json!({"name": row.name, "location_id": printed::<id::Location>(row.location_id),
            "archived_at": row.archived_at.map(|at| Instant(at).rfc3339())})
    };
    let mut draft = ctx.entry("place_changed").subject(row.id);
    if note_changes(&mut draft, row.id, &facts(&before), &facts(&row)) {
        rows::save_place(tx, ctx.org(), &row)?;
        draft.append(ctx, tx)?;
    }
    place(ctx, tx, id)
}

fn price_list_view(row: PriceListRow) -> PriceList {
    PriceList { id: Id::from_uuid(row.id), name: row.name, version: row.version }
}

/// Price lists: for the field those that hold at a location in reach.
pub fn price_lists(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<PriceList>> {
    list::only(params, PRICE_LIST_FILTERS)?;
    ctx.require(Permission::ViewContractPrices)?;
    let filter = Filter {
        ids: list::ids::<id::PriceList>(params, "id")?.map(uuids),
        words: words_of(params)?,
        ..Filter::default()
    };
    let paging = list::paging("price_lists", params, SORTS, DEFAULT)?;
    let (found, more) =
        rows::price_lists(tx, ctx.viewer(), &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count_price_lists(tx, ctx.viewer(), &filter)).transpose()?;
    let page = list::page(paging.bound, found, more, |row| keys(&paging, &row.name_key, row.id), price_list_view);
    Ok(Page { total, ..page })
}

/// One price list in reach.
pub fn price_list(ctx: &Ctx, tx: &mut Tx, id: PriceListId) -> Result<PriceList> {
    let (found, _) = rows::price_lists(tx, ctx.viewer(), &only_this(id.uuid()), &[], None, 1)?;
    let row = found.into_iter().next().ok_or_else(Error::not_found)?;
    ctx.require(Permission::ViewContractPrices)?;
    Ok(price_list_view(row))
}

fn price_list_name(ctx: &Ctx, tx: &mut Tx, name: &str, own: Option<Uuid>) -> Result<(String, String)> {
    let name = clean_name("name", name, limits::NAME_MAX)?;
    let key = fold(&name);
    if rows::price_list_by_name(tx, ctx.org(), &key)?.is_some_and(|other| Some(other) != own) {
        return Err(Error::conflict(
            "name_taken",
            format!("There is a price list called \u{201c}{name}\u{201d} already."),
        ));
    }
    Ok((name, key))
}

/// Makes a price list.
pub fn create_price_list(ctx: &Ctx, tx: &mut Tx, new: CreateNamed) -> Result<PriceList> {
    ctx.require(Permission::ManagePrices)?;
    let (name, name_key) = price_list_name(ctx, tx, &new.name, None)?;
    let row = PriceListRow { id: ctx.id::<id::PriceList>().uuid(), name, name_key, version: 1 };
    rows::insert_price_list(tx, ctx.org(), &row)?;
    let mut draft = ctx.entry("price_list_created").subject(row.id);
    draft.change(row.id, "name", None, Some(row.name.clone()));
    draft.append(ctx, tx)?;
    Ok(price_list_view(row))
}

/// Changes a price list.
pub fn patch_price_list(ctx: &Ctx, tx: &mut Tx, id: PriceListId, patch: PatchPriceList) -> Result<PriceList> {
    let before = rows::lock_price_list(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let seen = price_list(ctx, tx, id)?;
    ctx.require(Permission::ManagePrices)?;
    ctx.check_version(before.version, || Ok(seen))?;
    let mut row = before.clone();
    if let Some(name) = &patch.name {
        (row.name, row.name_key) = price_list_name(ctx, tx, name, Some(row.id))?;
    }
    let mut draft = ctx.entry("price_list_changed").subject(row.id);
    if note_changes(&mut draft, row.id, &json!({"name": before.name}), &json!({"name": row.name})) {
        rows::save_price_list(tx, ctx.org(), &row)?;
        draft.append(ctx, tx)?;
    }
    price_list(ctx, tx, id)
}

fn card_view(row: CardRow) -> PreferenceCard {
    PreferenceCard {
        id: Id::from_uuid(row.id),
        name: row.name,
        physician_id: Id::from_uuid(row.physician_id),
        procedure_id: row.procedure_id.map(Id::from_uuid),
        lines: serde_json::from_str(&row.lines).unwrap_or_default(),
        version: row.version,
    }
}

/// Preference cards of physicians in reach.
pub fn cards(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<PreferenceCard>> {
    list::only(params, CARD_FILTERS)?;
    let filter = Filter {
        ids: list::ids::<id::PreferenceCard>(params, "id")?.map(uuids),
        words: words_of(params)?,
        owners: list::ids::<id::Physician>(params, "physician_id")?.map(uuids),
        procedures: list::ids::<id::Procedure>(params, "procedure_id")?.map(uuids),
        ..Filter::default()
    };
    let paging = list::paging("preference_cards", params, SORTS, DEFAULT)?;
    let (found, more) = rows::cards(tx, ctx.viewer(), &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count_cards(tx, ctx.viewer(), &filter)).transpose()?;
    let page = list::page(paging.bound, found, more, |row| keys(&paging, &row.name_key, row.id), card_view);
    Ok(Page { total, ..page })
}

/// One preference card in reach.
pub fn card(ctx: &Ctx, tx: &mut Tx, id: PreferenceCardId) -> Result<PreferenceCard> {
    let (found, _) = rows::cards(tx, ctx.viewer(), &only_this(id.uuid()), &[], None, 1)?;
    found.into_iter().next().map(card_view).ok_or_else(Error::not_found)
}

fn card_lines(ctx: &Ctx, tx: &mut Tx, lines: &[PreferenceLine]) -> Result<String> {
    if lines.len() > 500 {
        return Err(Error::field("lines", "too_many", "Keep at most 500 lines on a card."));
    }
    let named = |line: &PreferenceLine| [line.catalog_item_id].into_iter().chain(line.substitute_ids.clone());
    let ids: Vec<Uuid> = lines.iter().flat_map(named).map(|id| id.uuid()).collect();
    let known = store::catalog::items_by_ids(tx, ctx.org(), &ids)?;
    for (n, line) in lines.iter().enumerate() {
        if let Some(at) = line.substitute_ids.iter().position(|id| !known.contains_key(&id.uuid())) {
            return Err(Error::unknown(format!("lines[{n}].substitute_ids[{at}]")));
        }
        if line.substitute_ids.len() > 20 {
            return Err(Error::field(format!("lines[{n}].substitute_ids"), "too_many", "Name at most 20 substitutes."));
        }
        if !known.contains_key(&line.catalog_item_id.uuid()) {
            return Err(Error::unknown(format!("lines[{n}].catalog_item_id")));
        }
        if !(1..=10_000).contains(&line.quantity) {
            let message = "Give a quantity from 1 to 10,000.";
            return Err(Error::field(format!("lines[{n}].quantity"), "invalid_quantity", message));
        }
    }
    super::check::json(&lines)
}

fn known_procedure(ctx: &Ctx, tx: &mut Tx, id: ProcedureId) -> Result<Uuid> {
    let known = rows::lock_procedure(tx, ctx.org(), id.uuid())?;
    known.map(|row| row.id).ok_or_else(|| Error::unknown("procedure_id"))
}

fn physician_in_reach(ctx: &Ctx, tx: &mut Tx, id: PhysicianId) -> Result<Uuid> {
    if store::directory::sees_physician(tx, ctx.viewer(), id.uuid())? {
        return Ok(id.uuid());
    }
    Err(Error::unknown("physician_id"))
}

/// Makes a preference card.
pub fn create_card(ctx: &Ctx, tx: &mut Tx, new: CreatePreferenceCard) -> Result<PreferenceCard> {
    ctx.require(Permission::AddDirectoryRecords)?;
    let name = clean_name("name", &new.name, limits::NAME_MAX)?;
    let row = CardRow {
        id: ctx.id::<id::PreferenceCard>().uuid(),
        name_key: fold(&name),
        name,
        physician_id: physician_in_reach(ctx, tx, new.physician_id)?,
        procedure_id: new.procedure_id.map(|id| known_procedure(ctx, tx, id)).transpose()?,
        lines: card_lines(ctx, tx, &new.lines)?,
        version: 1,
    };
    rows::insert_card(tx, ctx.org(), &row)?;
    let mut draft = ctx.entry("preference_card_created").subject(row.id).subject(row.physician_id);
    draft.change(row.id, "name", None, Some(row.name.clone()));
    draft.append(ctx, tx)?;
    Ok(card_view(row))
}

/// Changes a preference card.
pub fn patch_card(ctx: &Ctx, tx: &mut Tx, id: PreferenceCardId, patch: PatchPreferenceCard) -> Result<PreferenceCard> {
    let before = rows::lock_card(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let seen = card(ctx, tx, id)?;
    ctx.require(Permission::ManageDirectory)?;
    ctx.check_version(before.version, || Ok(seen))?;
    let mut row = before.clone();
    if let Some(name) = &patch.name {
        row.name = clean_name("name", name, limits::NAME_MAX)?;
        row.name_key = fold(&row.name);
    }
    row.procedure_id = match patch.procedure_id {
        Patch::Leave => row.procedure_id,
        Patch::Clear => None,
        Patch::Set(procedure) => Some(known_procedure(ctx, tx, procedure)?),
    };
    if let Some(lines) = &patch.lines {
        row.lines = card_lines(ctx, tx, lines)?;
    }
    let facts = |row: &CardRow| json!({"name": row.name, "procedure_id": printed::<id::Procedure>(row.procedure_id), "lines": row.lines});
    let mut draft = ctx.entry("preference_card_changed").subject(row.id).subject(row.physician_id);
    if note_changes(&mut draft, row.id, &facts(&before), &facts(&row)) {
        rows::save_card(tx, ctx.org(), &row)?;
        draft.append(ctx, tx)?;
    }
    card(ctx, tx, id)
}
