//! Physicians.

use super::{archive, archived, clean_name, clean_npi, note_changes, uuids, words_of};
use crate::journal::Draft;
use crate::{Ctx, Error, Result, list};
use contract::directory::{CreatePhysician, PatchPhysician, Physician};
use contract::{ListParams, Page};
use domain::clock::Instant;
use domain::id::{self, Id, LocationId, PhysicianId, ProcedureId};
use domain::limits;
use domain::people::Permission;
use domain::text::fold;
use serde_json::json;
use std::collections::HashMap;
use store::directory::physicians::{self as rows, Filter, PhysicianRow};
use store::page::Sort;
use store::{Tx, Value};
use uuid::Uuid;

const SORTS: list::Sorts = &[("name", "physician.name_key")];
const DEFAULT: &[Sort] = &[Sort { column: "physician.name_key", descending: false }];
/// By what physicians can be filtered.
pub const FILTERS: &[&str] = &["id", "location_id", "procedure_id", "archived"];

/// Physicians in reach.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Physician>> {
    list::only(params, FILTERS)?;
    let filter = Filter {
        ids: list::ids::<id::Physician>(params, "id")?.map(uuids),
        words: words_of(params)?,
        locations: list::ids::<id::Location>(params, "location_id")?.map(uuids),
        procedures: list::ids::<id::Procedure>(params, "procedure_id")?.map(uuids),
        archived: archived(params)?,
    };
    // A location out of reach is as unknown as any other: it has no physicians.
    if let Some(locations) = &filter.locations {
        for location in locations {
            if !store::directory::sees_location(tx, ctx.viewer(), *location)? {
                return Err(Error::unknown("location_id"));
            }
        }
    }
    let paging = list::paging("physicians", params, SORTS, DEFAULT)?;
    let (found, more) = rows::page(tx, ctx.viewer(), &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count(tx, ctx.viewer(), &filter)).transpose()?;
    let mut links = links_of(ctx, tx, &found)?;
    let key = |row: &PhysicianRow| {
        let mut values = vec![Value::Text(row.name_key.clone()); paging.sorts.len()];
        values.push(Value::Uuid(row.id));
        values
    };
    let page = list::page(paging.bound, found, more, key, |row| view(row, &mut links));
    Ok(Page { total, ..page })
}

type Links = HashMap<Uuid, (Vec<Uuid>, Vec<Uuid>)>;

fn links_of(ctx: &Ctx, tx: &mut Tx, found: &[PhysicianRow]) -> Result<Links> {
    let ids: Vec<Uuid> = found.iter().map(|row| row.id).collect();
    Ok(rows::links(tx, ctx.viewer(), &ids)?)
}

fn view(row: PhysicianRow, links: &mut Links) -> Physician {
    let (locations, procedures) = links.remove(&row.id).unwrap_or_default();
    Physician {
        id: Id::from_uuid(row.id),
        name: row.name,
        npi: row.npi,
        location_ids: locations.into_iter().map(Id::from_uuid).collect(),
        procedure_ids: procedures.into_iter().map(Id::from_uuid).collect(),
        archived_at: row.archived_at.map(Instant),
        version: row.version,
    }
}

/// One physician in reach.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: PhysicianId) -> Result<Physician> {
    if !store::directory::sees_physician(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    let filter = Filter { ids: Some(vec![id.uuid()]), ..Filter::default() };
    let (found, _) = rows::page(tx, ctx.viewer(), &filter, &[], None, 1)?;
    let mut links = links_of(ctx, tx, &found)?;
    found.into_iter().next().map(|row| view(row, &mut links)).ok_or_else(Error::not_found)
}

/// Makes a physician. Whoever makes one outside the office is assigned to them.
pub fn create(ctx: &Ctx, tx: &mut Tx, new: CreatePhysician) -> Result<Physician> {
    let mut draft = ctx.entry("physician_created");
    let id = create_in(ctx, tx, &mut draft, new)?;
    draft.subject(id).append(ctx, tx)?;
    get(ctx, tx, Id::from_uuid(id))
}

/// Makes a physician within an entry that may tell of more.
pub(crate) fn create_in(ctx: &Ctx, tx: &mut Tx, draft: &mut Draft, new: CreatePhysician) -> Result<Uuid> {
    ctx.require(Permission::AddDirectoryRecords)?;
    let name = clean_name("name", &new.name, limits::NAME_MAX)?;
    let row = PhysicianRow {
        id: ctx.id::<id::Physician>().uuid(),
        name_key: fold(&name),
        name,
        npi: npi(ctx, tx, &new.npi, None)?,
        archived_at: None,
        version: 1,
    };
    let locations = locations_in_reach(ctx, tx, &new.location_ids)?;
    let procedures = known_procedures(ctx, tx, &new.procedure_ids)?;
    rows::insert(tx, ctx.org(), &row)?;
    for (kind, targets) in [("location", locations), ("procedure", procedures)] {
        for target in targets {
            rows::link(tx, ctx.org(), row.id, kind, target)?;
        }
    }
    if !ctx.viewer().office {
        store::directory::assign(tx, ctx.org(), ctx.principal().uuid(), "physician", row.id)?;
    }
    draft.change(row.id, "name", None, Some(row.name.clone()));
    Ok(row.id)
}

fn npi(ctx: &Ctx, tx: &mut Tx, text: &str, own: Option<Uuid>) -> Result<String> {
    let npi = clean_npi(text)?;
    if !npi.is_empty() && rows::by_npi(tx, ctx.org(), &npi)?.is_some_and(|other| Some(other) != own) {
        let message = format!("Another physician has the National Provider Identifier {npi} already.");
        return Err(Error::conflict("npi_taken", message));
    }
    Ok(npi)
}

fn locations_in_reach(ctx: &Ctx, tx: &mut Tx, ids: &[LocationId]) -> Result<Vec<Uuid>> {
    for (n, id) in ids.iter().enumerate() {
        if !store::directory::sees_location(tx, ctx.viewer(), id.uuid())? {
            return Err(Error::unknown(format!("location_ids[{n}]")));
        }
    }
    Ok(sorted(ids.iter().map(|id| id.uuid()).collect()))
}

fn known_procedures(ctx: &Ctx, tx: &mut Tx, ids: &[ProcedureId]) -> Result<Vec<Uuid>> {
    let wanted = sorted(ids.iter().map(|id| id.uuid()).collect());
    let known = store::directory::names_of_procedures(tx, ctx.org(), &wanted)?;
    match ids.iter().position(|id| !known.contains_key(&id.uuid())) {
        None => Ok(wanted),
        Some(n) => Err(Error::unknown(format!("procedure_ids[{n}]"))),
    }
}

fn sorted(mut ids: Vec<Uuid>) -> Vec<Uuid> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Changes a physician.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: PhysicianId, patch: PatchPhysician) -> Result<Physician> {
    let row = rows::lock(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !store::directory::sees_physician(tx, ctx.viewer(), row.id)? {
        return Err(Error::not_found());
    }
    ctx.require(Permission::ManageDirectory)?;
    ctx.check_version(row.version, || get(ctx, tx, id))?;
    let mut draft = ctx.entry("physician_changed").subject(row.id);
    if patch_in(ctx, tx, &mut draft, row, patch)? {
        draft.append(ctx, tx)?;
    }
    get(ctx, tx, id)
}

/// Changes a locked physician within an entry that may tell of more; gives whether anything changed.
pub(crate) fn patch_in(
    ctx: &Ctx,
    tx: &mut Tx,
    draft: &mut Draft,
    before: PhysicianRow,
    patch: PatchPhysician,
) -> Result<bool> {
    ctx.require(Permission::ManageDirectory)?;
    let mut row = before.clone();
    if let Some(name) = &patch.name {
        row.name = clean_name("name", name, limits::NAME_MAX)?;
        row.name_key = fold(&row.name);
    }
    if let Some(text) = &patch.npi {
        row.npi = npi(ctx, tx, text, Some(row.id))?;
    }
    row.archived_at = archive(ctx, patch.archived, row.archived_at);
    // Only what is in reach is replaced; the rest of the list is none of the caller's business.
    let (had_locations, had_procedures) = rows::links(tx, ctx.viewer(), &[row.id])?.remove(&row.id).unwrap_or_default();
    let locations = match &patch.location_ids {
        Some(ids) => locations_in_reach(ctx, tx, ids)?,
        None => had_locations.clone(),
    };
    let procedures = match &patch.procedure_ids {
        Some(ids) => known_procedures(ctx, tx, ids)?,
        None => had_procedures.clone(),
    };
    let facts = |row: &PhysicianRow, locations: &[Uuid], procedures: &[Uuid]| {
        json!({
            "name": row.name, "npi": row.npi, "archived_at": row.archived_at.map(|at| Instant(at).rfc3339()),
            "location_ids": locations.iter().map(|id| LocationId::from_uuid(*id).to_string()).collect::<Vec<_>>(),
            "procedure_ids": procedures.iter().map(|id| ProcedureId::from_uuid(*id).to_string()).collect::<Vec<_>>(),
        })
    };
    let was = facts(&before, &had_locations, &had_procedures);
    if !note_changes(draft, row.id, &was, &facts(&row, &locations, &procedures)) {
        return Ok(false);
    }
    rows::save(tx, ctx.org(), &row)?;
    for (kind, had, has) in [("location", had_locations, locations), ("procedure", had_procedures, procedures)] {
        for gone in had.iter().filter(|it| !has.contains(it)) {
            rows::unlink(tx, ctx.org(), row.id, kind, *gone)?;
        }
        for new in has.iter().filter(|it| !had.contains(it)) {
            rows::link(tx, ctx.org(), row.id, kind, *new)?;
        }
    }
    Ok(true)
}
