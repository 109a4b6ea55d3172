//! Bills of materials: what a set or a pack should hold.

use crate::{Ctx, Error, Result, labels, list};
use contract::units::{Bom, BomLine, CreateBom, PatchBom};
use contract::{ListParams, Page};
use domain::clock::Instant;
use domain::id::{BomId, Id, UnitId};
use domain::limits;
use domain::people::Permission;
use domain::stock::UnitKind;
use domain::text::fold;
use std::collections::HashSet;
use store::page::{Query, Sort};
use store::stock::{BOM_COLUMNS, BomRow};
use store::{Tx, Value};
use uuid::Uuid;

/// Most lines of one bill of materials.
const LINES_MAX: usize = 1_000;

fn view(row: BomRow) -> Bom {
    Bom {
        id: Id::from_uuid(row.id),
        name: row.name,
        kind: UnitKind::parse(&row.kind).unwrap_or(UnitKind::Container),
        lines: serde_json::from_str(&row.lines).unwrap_or_default(),
        sold_as_item_id: row.sold_as_id.map(Id::from_uuid),
        created_by: Id::from_uuid(row.created_by),
        created_at: Instant(row.created_at),
        archived_at: row.archived_at.map(Instant),
        version: row.version,
    }
}

fn checked(ctx: &Ctx, tx: &mut Tx, lines: &[BomLine]) -> Result<String> {
    if lines.len() > LINES_MAX {
        return Err(Error::field("lines", "too_many", format!("Give at most {LINES_MAX} lines.")));
    }
    let mut seen = HashSet::new();
    for (place, line) in lines.iter().enumerate() {
        let field = format!("lines[{place}]");
        if store::stock::item(tx, ctx.org(), line.catalog_item_id.uuid())?.is_none() {
            return Err(Error::unknown(format!("{field}.catalog_item_id")));
        }
        if !seen.insert(line.catalog_item_id) {
            return Err(Error::field(format!("{field}.catalog_item_id"), "repeated", "This item has a line already."));
        }
        if line.required == 0 || line.min > line.required || line.required > line.max {
            let message = "The required number is at least one, not below the minimum and not above the maximum.";
            return Err(Error::field(field, "invalid_line", message));
        }
    }
    serde_json::to_string(lines).map_err(|error| Error::Internal(error.to_string()))
}

fn free_name(ctx: &Ctx, tx: &mut Tx, key: &str, but: Option<Uuid>) -> Result<()> {
    match store::stock::bom_by_name(tx, ctx.org(), key)? {
        Some(id) if Some(id) != but => {
            Err(Error::conflict("name_taken", "Another bill of materials has this name. Choose another one."))
        }
        _ => Ok(()),
    }
}

/// Bills of materials, by name.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Bom>> {
    list::only(params, &["archived"])?;
    let by_name = [Sort { column: "name_key", descending: false }];
    let paging = list::paging("boms", params, &[("name", "name_key")], &by_name)?;
    let mut query = Query::new(format!("SELECT {BOM_COLUMNS} FROM stock_bom"));
    query.and("organization_id = ?", [Value::Uuid(ctx.org())]);
    query.and(
        if list::yes_no(params, "archived")?.unwrap_or(false) {
            "archived_at IS NOT NULL"
        } else {
            "archived_at IS NULL"
        },
        [],
    );
    if let Some(key) = params.q.as_deref().map(fold).filter(|key| !key.is_empty()) {
        let (first, inner) = (Value::Text(format!("{key}%")), Value::Text(format!("% {key}%")));
        query.and("(name_key LIKE ? OR name_key LIKE ?)", [first, inner]);
    }
    let (rows, more) = query.page::<BomRow>(tx, &paging.sorts, "id", paging.after.as_ref(), paging.limit)?;
    let key = |row: &BomRow| {
        let mut values: Vec<Value> = paging.sorts.iter().map(|_| Value::Text(row.name_key.clone())).collect();
        values.push(Value::Uuid(row.id));
        values
    };
    let mut page = list::page(paging.bound, rows, more, key, view);
    if params.count {
        page.total = Some(query.count(tx)?);
    }
    Ok(page)
}

/// One bill of materials.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: BomId) -> Result<Bom> {
    store::stock::bom(tx, ctx.org(), id.uuid())?.map(view).ok_or_else(Error::not_found)
}

/// The lines of a new bill: as they are given, or those of another bill, or what lies in a container.
fn given(ctx: &Ctx, tx: &mut Tx, body: &CreateBom) -> Result<Vec<BomLine>> {
    let sources = [!body.lines.is_empty(), body.copy_of.is_some(), body.from_container_id.is_some()];
    if sources.iter().filter(|given| **given).count() > 1 {
        let message = "Give lines, or a bill to copy, or a container to take them from: one of the three.";
        return Err(Error::field("lines", "one_of_three", message));
    }
    if let Some(id) = body.copy_of {
        let row = store::stock::bom(tx, ctx.org(), id.uuid())?.ok_or_else(|| Error::unknown("copy_of"))?;
        return Ok(view(row).lines);
    }
    let Some(container) = body.from_container_id else { return Ok(body.lines.clone()) };
    from_container(ctx, tx, container).map_err(|error| match error {
        Error::NotFound(_) => Error::unknown("from_container_id"),
        other => other,
    })
}

/// What lies in a container now, as the lines of a bill: exactly so many of each.
pub fn from_container(ctx: &Ctx, tx: &mut Tx, container: UnitId) -> Result<Vec<BomLine>> {
    let mut counted = std::collections::BTreeMap::<_, u32>::new();
    for unit in crate::units::contents(ctx, tx, container)?.items {
        *counted.entry(unit.catalog_item_id).or_default() += 1;
    }
    Ok(counted.into_iter().map(|(item, n)| BomLine { catalog_item_id: item, min: n, required: n, max: n }).collect())
}

/// Makes a bill of materials.
pub fn create(ctx: &Ctx, tx: &mut Tx, body: &CreateBom) -> Result<Bom> {
    ctx.require(Permission::ManageBoms)?;
    let kind = body.kind.unwrap_or(UnitKind::Container);
    if kind == UnitKind::Device {
        return Err(Error::field("kind", "invalid_value", "A bill of materials is for a container or a pack."));
    }
    let name = labels::required("name", &body.name, limits::NAME_MAX)?;
    let name_key = fold(&name);
    free_name(ctx, tx, &name_key, None)?;
    let lines = given(ctx, tx, body)?;
    let sold_as_id = body.sold_as_item_id.map(Id::uuid);
    crate::packs::sold_as(ctx, tx, kind.as_str(), sold_as_id)?;
    let row = BomRow {
        id: ctx.id::<domain::id::Bom>().uuid(),
        name,
        name_key,
        kind: kind.as_str().to_owned(),
        lines: checked(ctx, tx, &lines)?,
        created_by: ctx.principal().uuid(),
        archived_at: None,
        created_at: ctx.now.0,
        version: 1,
        sold_as_id,
    };
    store::stock::insert_bom(tx, ctx.org(), &row)?;
    let mut entry = ctx.entry("bom_created").subject(row.id);
    entry.change(row.id, "name", None, Some(row.name.clone()));
    entry.change(row.id, "lines", None, Some(row.lines.clone()));
    entry.change(row.id, "sold_as_item_id", None, crate::packs::printed(row.sold_as_id));
    entry.append(ctx, tx)?;
    Ok(view(row))
}

/// Changes a bill of materials: in the field, one's own alone.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: BomId, body: &PatchBom) -> Result<Bom> {
    let mut row = store::stock::lock_bom(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    ctx.require(Permission::ManageBoms)?;
    if !ctx.actor.role.is_office() && row.created_by != ctx.principal().uuid() {
        let message =
            "This bill of materials was made by somebody else. Ask them or the office, or make one of your own.";
        return Err(Error::forbidden("not_yours_to_edit", message));
    }
    ctx.check_version(row.version, || Ok(view(row.clone())))?;
    let mut entry = ctx.entry("bom_edited").subject(row.id);
    if let Some(name) = &body.name {
        let name = labels::required("name", name, limits::NAME_MAX)?;
        let key = fold(&name);
        free_name(ctx, tx, &key, Some(row.id))?;
        entry.change(row.id, "name", Some(row.name.clone()), Some(name.clone()));
        (row.name, row.name_key) = (name, key);
    }
    if let Some(lines) = &body.lines {
        let lines = checked(ctx, tx, lines)?;
        entry.change(row.id, "lines", Some(row.lines.clone()), Some(lines.clone()));
        row.lines = lines;
    }
    if body.sold_as_item_id.is_mentioned() {
        let sold = body.sold_as_item_id.clone().or(row.sold_as_id.map(Id::from_uuid)).map(Id::uuid);
        crate::packs::sold_as(ctx, tx, &row.kind, sold)?;
        let printed = crate::packs::printed;
        entry.change(row.id, "sold_as_item_id", printed(row.sold_as_id), printed(sold));
        row.sold_as_id = sold;
    }
    if let Some(archived) = body.archived {
        entry.change(row.id, "archived", Some(row.archived_at.is_some().to_string()), Some(archived.to_string()));
        row.archived_at = archived.then(|| row.archived_at.unwrap_or(ctx.now.0));
    }
    if !entry.is_empty() {
        store::stock::save_bom(tx, ctx.org(), &row)?;
        entry.append(ctx, tx)?;
    }
    get(ctx, tx, id)
}
