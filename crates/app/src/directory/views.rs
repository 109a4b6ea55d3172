//! Saved views of lists: personal, shared by link, of the organisation, and built in.

use super::{clean_name, note_changes};
use crate::{Ctx, Error, Result, list};
use contract::directory::{View, ViewColumn, ViewState, WriteView};
use contract::{Done, ListParams, Page};
use domain::engagement::Window;
use domain::id::{self, Id, ViewId};
use domain::limits;
use domain::people::Permission;
use serde_json::json;
use std::collections::BTreeMap;
use store::Tx;
use store::directory::views::{self as rows, ViewRow};
use uuid::Uuid;

/// Lists that have views.
pub const ENTITIES: &[&str] = &[
    "customers",
    "locations",
    "physicians",
    "catalog_items",
    "units",
    "transfers",
    "requests",
    "events",
    "sales_orders",
    "invoices",
    "users",
    "journal",
];
/// Who sees a view: its owner; whoever has its id; everybody of a role; everybody.
pub const SCOPES: &[&str] = &["personal", "shared", "role", "organization"];
/// By what views can be filtered.
pub const FILTERS: &[&str] = &["entity", "scope"];

/// A view that comes with the house: list, name, filters, sort.
struct BuiltIn(u128, &'static str, &'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

/// Ids are fixed, so that links to them stay.
const BUILT_IN: &[BuiltIn] = &[
    BuiltIn(1, "customers", "All", &[], &["name"]),
    BuiltIn(2, "customers", "My customers", &[("default_sales_rep", "me")], &["name"]),
    BuiltIn(3, "customers", "Slipping", &[("engagement_stage", "slipping")], &["last_order_on"]),
    BuiltIn(4, "customers", "Never ordered", &[("engagement_stage", "never_ordered")], &["name"]),
    BuiltIn(5, "customers", "On hold or worse", &[("billing_status", "hold,blocked,closed")], &["-billing_status"]),
    BuiltIn(6, "customers", "No rep", &[("default_sales_rep", "none")], &["name"]),
    BuiltIn(40, "customers", "Archived", &[("archived", "true")], &["name"]),
    BuiltIn(7, "locations", "All", &[], &["customer"]),
    BuiltIn(8, "locations", "Locations with own rep", &[("sales_rep_mode", "assigned,none")], &["customer"]),
    BuiltIn(9, "locations", "No rep", &[("sales_rep", "none")], &["customer"]),
    BuiltIn(10, "customers", "Terms differ from default", &[("terms_differ", "true")], &["payment_terms", "name"]),
    BuiltIn(11, "customers", "Past due", &[("past_due_from", "1")], &["oldest_due"]),
    BuiltIn(
        12,
        "locations",
        "Facilities with expiring stock",
        &[("units_expiring_90d_from", "1")],
        &["-units_expiring_90d"],
    ),
    BuiltIn(13, "customers", "To be contacted", &[("next_contact_on_from", "1970-01-01")], &["next_contact_on"]),
    BuiltIn(14, "customers", "With open tasks", &[("tasks_open_from", "1")], &["-tasks_open"]),
    BuiltIn(41, "locations", "Archived", &[("archived", "true")], &["customer"]),
];

/// Columns, sorts and filters of money that customers owe: they do not exist for whoever may not see it.
const FINANCE: &[&str] = &[
    "credit_limit",
    "available_credit",
    "exposure",
    "open_balance",
    "past_due",
    "oldest_due",
    "avg_days_to_pay",
    "credit_signal",
    "pending",
];

fn is_finance(key: &str) -> bool {
    let stem = key.trim_start_matches('-').trim_end_matches("_minor").trim_end_matches("_on");
    let stem = stem.trim_end_matches("_from").trim_end_matches("_to");
    FINANCE.contains(&stem)
}

/// Whether somebody has all that a view that comes with the house asks for.
fn offers(ctx: &Ctx, it: &BuiltIn) -> bool {
    let BuiltIn(_, _, _, filters, sort) = it;
    ctx.may(Permission::ViewReceivables)
        || !(filters.iter().any(|(key, _)| is_finance(key)) || sort.iter().any(|key| is_finance(key)))
}

fn built_in(ctx: &Ctx, it: &BuiltIn) -> View {
    let BuiltIn(n, entity, name, filters, sort) = it;
    let me = ctx.principal().to_string();
    let filters = filters.iter().map(|(key, value)| {
        let value = if *value == "me" { me.clone() } else { (*value).to_owned() };
        ((*key).to_owned(), json!(value))
    });
    View {
        id: built_in_id(*n),
        entity: (*entity).to_owned(),
        name: (*name).to_owned(),
        scope: "built_in".into(),
        owner_id: None,
        state: ViewState {
            filters: filters.collect::<BTreeMap<_, _>>(),
            sort: sort.iter().map(|key| (*key).to_owned()).collect(),
            ..ViewState::default()
        },
        version: 1,
    }
}

/// A version 7 uuid of the first moment of 1970: unlike any that the server gives.
const fn built_in_id(n: u128) -> ViewId {
    Id::from_uuid(Uuid::from_u128((7 << 76) | (0b10 << 62) | n))
}

fn view(row: ViewRow) -> View {
    View {
        id: Id::from_uuid(row.id),
        entity: row.entity,
        name: row.name,
        scope: row.scope,
        owner_id: Some(Id::from_uuid(row.owner_id)),
        state: serde_json::from_str(&row.state).unwrap_or_default(),
        version: row.version,
    }
}

/// Views the actor may choose from: built in, the organisation's, own. All on one page.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<View>> {
    list::only(params, FILTERS)?;
    let entities = list::words(params, "entity", |word| ENTITIES.iter().find(|it| **it == word).copied())?;
    let scopes =
        list::words(params, "scope", |word| SCOPES.iter().chain(&["built_in"]).find(|it| **it == word).copied())?;
    let fits = |it: &View| {
        entities.as_ref().is_none_or(|wanted| wanted.contains(&it.entity.as_str()))
            && scopes.as_ref().is_none_or(|wanted| wanted.contains(&it.scope.as_str()))
    };
    let stored = rows::seen(tx, ctx.org(), ctx.actor.id.uuid())?;
    let own = BUILT_IN.iter().filter(|it| offers(ctx, it)).map(|it| built_in(ctx, it));
    let items: Vec<View> = own.chain(stored.into_iter().filter(|row| sees(ctx, row)).map(view)).collect();
    let items: Vec<View> = items.into_iter().filter(fits).collect();
    let total = params.count.then_some(items.len() as i64);
    Ok(Page { items, next_cursor: None, total })
}

/// One view: built in, own, the organisation's, or shared by whoever gave away its id.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: ViewId) -> Result<View> {
    if let Some(it) = BUILT_IN.iter().find(|it| built_in_id(it.0) == id && offers(ctx, it)) {
        return Ok(built_in(ctx, it));
    }
    let row = rows::one(tx, ctx.org(), id.uuid())?.filter(|row| sees(ctx, row)).ok_or_else(Error::not_found)?;
    Ok(view(row))
}

fn sees(ctx: &Ctx, row: &ViewRow) -> bool {
    if row.owner_id == ctx.actor.id.uuid() {
        return true;
    }
    match row.scope.as_str() {
        "personal" => false,
        "role" => {
            let role = view(row.clone()).state.role;
            role == Some(ctx.actor.role) || ctx.may(Permission::ManageDirectory)
        }
        _ => true,
    }
}

/// Makes a view.
pub fn create(ctx: &Ctx, tx: &mut Tx, new: WriteView) -> Result<View> {
    let entity =
        new.entity.clone().ok_or_else(|| Error::field("entity", "required", "Say which list this is a view of."))?;
    if !ENTITIES.contains(&entity.as_str()) {
        let message = format!("There are views of {}.", ENTITIES.join(", "));
        return Err(Error::field("entity", "invalid_value", message));
    }
    let name = new.name.clone().unwrap_or_default();
    let mut row = ViewRow {
        id: ctx.id::<id::View>().uuid(),
        owner_id: ctx.actor.id.uuid(),
        entity,
        name: clean_name("name", &name, limits::NAME_MAX)?,
        scope: "personal".into(),
        state: "{}".into(),
        version: 1,
        created_at: ctx.now.0,
    };
    apply(ctx, &mut row, new)?;
    rows::insert(tx, ctx.org(), &row)?;
    one_default(ctx, tx, &row)?;
    tell(ctx, tx, "view_created", None, Some(&row))?;
    Ok(view(row))
}

/// Changes a view. The organisation's are changed by whoever manages the directory, others by their owner.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: ViewId, patch: WriteView) -> Result<View> {
    let before = owned(ctx, tx, id)?;
    ctx.check_version(before.version, || Ok(view(before.clone())))?;
    if patch.entity.as_ref().is_some_and(|entity| *entity != before.entity) {
        return Err(Error::conflict(
            "entity_immutable",
            "A view stays with its list. Make a new one for another list.",
        ));
    }
    let mut row = before.clone();
    if let Some(name) = &patch.name {
        row.name = clean_name("name", name, limits::NAME_MAX)?;
    }
    apply(ctx, &mut row, patch)?;
    rows::save(tx, ctx.org(), &row)?;
    one_default(ctx, tx, &row)?;
    tell(ctx, tx, "view_changed", Some(&before), Some(&row))?;
    get(ctx, tx, id)
}

/// Drops a view.
pub fn delete(ctx: &Ctx, tx: &mut Tx, id: ViewId) -> Result<Done> {
    let row = owned(ctx, tx, id)?;
    ctx.check_version(row.version, || Ok(view(row.clone())))?;
    rows::drop(tx, ctx.org(), row.id)?;
    tell(ctx, tx, "view_deleted", Some(&row), None)?;
    Ok(Done { done: true })
}

/// A view that the actor may write.
fn owned(ctx: &Ctx, tx: &mut Tx, id: ViewId) -> Result<ViewRow> {
    if BUILT_IN.iter().any(|it| built_in_id(it.0) == id) {
        return Err(Error::conflict("view_built_in", "This view comes with the product. Save a copy and change that."));
    }
    let row = rows::lock(tx, ctx.org(), id.uuid())?.filter(|row| sees(ctx, row)).ok_or_else(Error::not_found)?;
    let others = row.owner_id != ctx.actor.id.uuid();
    if matches!(row.scope.as_str(), "organization" | "role") {
        ctx.require(Permission::ManageDirectory)?;
    } else if others {
        return Err(Error::forbidden(
            "not_allowed",
            "This view belongs to somebody else. Save a copy and change that.",
        ));
    }
    Ok(row)
}

/// What others see or saw is told to the journal; a personal view is nobody's business.
fn tell(ctx: &Ctx, tx: &mut Tx, kind: &'static str, before: Option<&ViewRow>, after: Option<&ViewRow>) -> Result<()> {
    let Some(any) = after.or(before) else { return Ok(()) };
    if [before, after].into_iter().flatten().all(|row| row.scope == "personal") {
        return Ok(());
    }
    let facts = |row: Option<&ViewRow>| match row {
        Some(row) => json!({"name": row.name, "scope": row.scope, "state": row.state}),
        None => json!({"name": null, "scope": null, "state": null}),
    };
    let mut draft = ctx.entry(kind).subject(any.id);
    if note_changes(&mut draft, any.id, &facts(before), &facts(after)) {
        draft.append(ctx, tx)?;
    }
    Ok(())
}

/// One personal view of a list opens by itself: making another one the default ends the one before.
fn one_default(ctx: &Ctx, tx: &mut Tx, row: &ViewRow) -> Result<()> {
    if !view(row.clone()).state.is_default {
        return Ok(());
    }
    for other in rows::seen(tx, ctx.org(), row.owner_id)? {
        let own = other.owner_id == row.owner_id && other.entity == row.entity && other.id != row.id;
        let mut state = view(other.clone()).state;
        if own && state.is_default {
            state.is_default = false;
            rows::save(tx, ctx.org(), &ViewRow { state: super::check::json(&state)?, ..other })?;
        }
    }
    Ok(())
}

fn apply(ctx: &Ctx, row: &mut ViewRow, patch: WriteView) -> Result<()> {
    if let Some(scope) = patch.scope {
        if !SCOPES.contains(&scope.as_str()) {
            return Err(Error::field("scope", "invalid_value", format!("The scope is one of {}.", SCOPES.join(", "))));
        }
        if matches!(scope.as_str(), "organization" | "role") && row.scope != scope {
            ctx.require(Permission::ManageDirectory)?;
        }
        row.scope = scope;
    }
    let old: ViewState = serde_json::from_str(&row.state).unwrap_or_default();
    let state = ViewState {
        columns: patch.columns.unwrap_or(old.columns),
        filters: patch.filters.unwrap_or(old.filters),
        sort: patch.sort.unwrap_or(old.sort),
        window: patch.window.or(old.window),
        density: patch.density.or(old.density),
        group_by: patch.group_by.or(old.group_by),
        q: patch.q.or(old.q),
        role: patch.role.or(old.role),
        is_default: patch.is_default.unwrap_or(old.is_default),
    };
    if (row.scope == "role") != state.role.is_some() {
        let message = "A view of the scope role names the role, and no other view does.";
        return Err(Error::field("role", "invalid_value", message));
    }
    check(ctx, &row.entity, &state)?;
    row.state = super::check::json(&state)?;
    if row.state.len() > 20_000 {
        return Err(Error::field("filters", "too_long", "This view holds more than can be kept."));
    }
    Ok(())
}

/// Columns that are only for the office: no view of the field names them.
const OFFICE_COLUMNS: &[&str] = &["cost", "cost_minor"];

fn check(ctx: &Ctx, entity: &str, state: &ViewState) -> Result<()> {
    if state.columns.len() > 60 {
        return Err(Error::field("columns", "too_many", "Show at most 60 columns."));
    }
    for (n, ViewColumn { key, .. }) in state.columns.iter().enumerate() {
        clean_name(&format!("columns[{n}].key"), key, limits::CODE_MAX)?;
        let hidden = !ctx.viewer().office && OFFICE_COLUMNS.contains(&key.as_str())
            || entity == "customers" && is_finance(key) && !ctx.may(Permission::ViewReceivables);
        if hidden {
            let message = format!("This list has no column {key}.");
            return Err(Error::field(format!("columns[{n}].key"), "column_not_supported", message));
        }
    }
    if state.sort.len() > limits::SORT_KEYS_MAX {
        return Err(Error::field("sort", "sort_not_supported", "Sort by at most three fields."));
    }
    let known = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let (sorts, filters) = match entity {
        "customers" => (Some(super::customers::list::sorts(ctx)), Some(super::customers::list::filters(ctx))),
        "locations" => (Some(super::locations::list::SORTS.to_vec()), Some(super::locations::list::filters())),
        "catalog_items" => (Some(crate::catalog::ITEM_SORTS.to_vec()), known(crate::catalog::ITEM_FILTERS)),
        _ => (None, None),
    };
    if let Some(sorts) = sorts {
        let params = ListParams { sort: Some(state.sort.join(",")), ..ListParams::default() };
        list::paging("views", &params, &sorts, &[])?;
    }
    // The tab of the console that a view was made from goes along; it filters by nothing that is not known.
    if let Some(known) = filters
        && let Some(name) = state.filters.keys().find(|name| *name != "view" && !known.contains(name))
    {
        let message = format!("This list cannot be filtered by {name}.");
        return Err(Error::field(format!("filters.{name}"), "filter_not_supported", message));
    }
    if let Some(window) = &state.window
        && Window::parse(window).is_none()
        && !matches!(window.as_str(), "custom" | "90_days")
    {
        return Err(Error::field("window", "invalid_value", "This window is not known."));
    }
    if let Some(density) = &state.density
        && !["comfortable", "compact"].contains(&density.as_str())
    {
        return Err(Error::field("density", "invalid_value", "The density is comfortable or compact."));
    }
    Ok(())
}
