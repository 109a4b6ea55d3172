//! What belongs to an account: its group, what is assigned to it, from whom it pulls stock, its targets; and regions.

use super::accounts::{Subject, all_shown, locked, need, not_yours, role_of, subject, user_text};
use super::fields;
use crate::list::{self, Sorts};
use crate::{Ctx, Error, Result};
use contract::people::{
    Assignments, CreateRegion, PatchRegion, PutAssignments, QuickTransferSources, Region, SalesTargets, User, UserIds,
};
use contract::{CustodianRef, ListParams, Page};
use domain::id::{Id, Kind, RegionId, UserId};
use domain::limits;
use domain::people::{Permission, Role};
use domain::stock::{Custodian, CustodianType};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use store::page::Sort;
use store::people::{Assignable, RegionRow, UserRow};
use store::{Tx, Value};
use uuid::Uuid;

/// Most accounts in one change of a group.
const GROUP_MAX: usize = 1_000;
/// Most custodians from whom one account may pull.
const SOURCES_MAX: usize = 200;
/// Most states of one region.
const STATES_MAX: usize = 200;
/// Largest amount of one quarter, in minor units.
const TARGET_MAX: i64 = 1_000_000_000_000;

/// The reps of a distributor's group.
pub fn representatives(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<Page<User>> {
    let owner = subject(ctx, tx, id)?;
    must_lead(&owner)?;
    group_seen(ctx, tx, owner.row.id)
}

/// The group as far as the actor sees its reps: a regional manager sees those of own regions.
fn group_seen(ctx: &Ctx, tx: &mut Tx, owner: Uuid) -> Result<Page<User>> {
    let mut seen = Vec::new();
    for row in store::people::representatives(tx, ctx.org(), owner)? {
        if store::reach::of(tx, ctx.viewer(), row.id)?.person >= domain::people::Level::See {
            seen.push(row);
        }
    }
    all_shown(ctx, seen)
}

fn must_lead(owner: &Subject) -> Result<()> {
    if owner.role == Role::Distributor && owner.row.delegate_of.is_none() {
        return Ok(());
    }
    let message = "Only a distributor leads a group; its delegates and other roles do not.";
    Err(Error::field("id", "not_a_distributor", message))
}

/// Replaces a distributor's group.
pub fn put_representatives(ctx: &Ctx, tx: &mut Tx, id: UserId, body: &UserIds) -> Result<Page<User>> {
    change_group(ctx, tx, id, &body.user_ids, true)
}

/// Adds reps to a distributor's group.
pub fn add_representatives(ctx: &Ctx, tx: &mut Tx, id: UserId, body: &UserIds) -> Result<Page<User>> {
    change_group(ctx, tx, id, &body.user_ids, false)
}

fn change_group(ctx: &Ctx, tx: &mut Tx, id: UserId, wanted: &[UserId], replace: bool) -> Result<Page<User>> {
    // Who may not even see the owner learns nothing from how the list is judged.
    let owner = subject(ctx, tx, id)?;
    need(owner.rights.group, "its group")?;
    if wanted.len() > GROUP_MAX {
        let message = format!("Give at most {GROUP_MAX} people at a time.");
        return Err(Error::field("user_ids", "too_many", message));
    }
    let ids: BTreeSet<Uuid> = wanted.iter().map(|rep| rep.uuid()).chain([id.uuid()]).collect();
    let mut rows = BTreeMap::new();
    for id in ids {
        if let Some(row) = store::people::lock_user(tx, ctx.org(), id)? {
            rows.insert(id, row);
        }
    }
    let owner = super::accounts::judged(ctx, tx, rows.remove(&id.uuid()).ok_or_else(Error::not_found)?)?;
    must_lead(&owner)?;
    owner.check_version(ctx)?;
    let reps = judge_reps(ctx, tx, &owner, wanted, &rows)?;
    let before = store::people::group(tx, ctx.org(), owner.row.id)?;
    let mut entry = ctx.entry("group_changed").subject(owner.row.id);
    for rep in reps.iter().filter(|rep| !before.contains(rep)) {
        store::people::link_rep(tx, ctx.org(), owner.row.id, *rep, owner.row.custodian_only)?;
        entry = entry.subject(*rep);
        entry.change(owner.row.id, "representative_id", None, Some(user_text(*rep)));
    }
    let mut gone: Vec<Uuid> = before.iter().filter(|rep| replace && !reps.contains(*rep)).copied().collect();
    gone.sort_unstable();
    for rep in gone {
        store::people::unlink_rep(tx, ctx.org(), owner.row.id, rep)?;
        entry = entry.subject(rep);
        entry.change(owner.row.id, "representative_id", Some(user_text(rep)), None);
    }
    if !entry.is_empty() {
        store::people::touch_user(tx, ctx.org(), owner.row.id)?;
        store::people::refresh_reach(tx, ctx.org())?;
        entry.append(ctx, tx)?;
    }
    group_seen(ctx, tx, owner.row.id)
}

fn judge_reps(
    ctx: &Ctx,
    tx: &mut Tx,
    owner: &Subject,
    wanted: &[UserId],
    rows: &BTreeMap<Uuid, UserRow>,
) -> Result<BTreeSet<Uuid>> {
    let mut reps = BTreeSet::new();
    for (place, rep) in wanted.iter().enumerate() {
        let field = format!("user_ids[{place}]");
        let is_owner = rep.uuid() == owner.row.id;
        let Some(row) = rows.get(&rep.uuid()).or_else(|| is_owner.then_some(&owner.row)) else {
            return Err(Error::unknown(field));
        };
        if role_of(row)? != Role::Sales {
            let message = format!("{} is no sales user. A group links one distributor with sales users.", row.name);
            return Err(Error::field(field, "not_a_sales_user", message));
        }
        if !owner.row.custodian_only {
            no_other_group(ctx, tx, row.id, owner.row.id)?;
        }
        reps.insert(row.id);
    }
    Ok(reps)
}

/// 409 when a rep belongs to the group of another full distributor.
pub(crate) fn no_other_group(ctx: &Ctx, tx: &mut Tx, rep: Uuid, distributor: Uuid) -> Result<()> {
    let groups = store::people::distributors_of(tx, ctx.org(), rep)?;
    let Some((other, _)) = groups.into_iter().find(|(other, hub)| !hub && *other != distributor) else { return Ok(()) };
    let name = |tx: &mut Tx, id| -> Result<String> { Ok(store::people::name(tx, ctx.org(), id)?.unwrap_or_default()) };
    let (rep, other) = (name(tx, rep)?, name(tx, other)?);
    Err(Error::conflict(
        "rep_already_in_group",
        format!(
            "{rep} belongs to the group of {other}, and a rep has one full distributor. Take {rep} out there first."
        ),
    ))
}

/// Takes a rep out of a distributor's group; its access to shared stock ends at once.
pub fn remove_representative(ctx: &Ctx, tx: &mut Tx, id: UserId, rep: UserId) -> Result<Page<User>> {
    let owner = locked(ctx, tx, id)?;
    need(owner.rights.group, "its group")?;
    must_lead(&owner)?;
    owner.check_version(ctx)?;
    if !store::people::unlink_rep(tx, ctx.org(), owner.row.id, rep.uuid())? {
        return Err(Error::not_found());
    }
    store::people::touch_user(tx, ctx.org(), owner.row.id)?;
    store::people::refresh_reach(tx, ctx.org())?;
    let mut entry = ctx.entry("group_changed").subject(owner.row.id).subject(rep.uuid());
    entry.change(owner.row.id, "representative_id", Some(rep.to_string()), None);
    entry.append(ctx, tx)?;
    group_seen(ctx, tx, owner.row.id)
}

/// What is assigned to an account.
pub fn assignments(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<Assignments> {
    let subject = subject(ctx, tx, id)?;
    assigned(ctx, tx, subject.row.id)
}

fn assigned(ctx: &Ctx, tx: &mut Tx, user: Uuid) -> Result<Assignments> {
    let mut all = Assignments::default();
    for (kind, target, _) in store::people::assignments(tx, ctx.org(), user)? {
        match Assignable::parse(&kind) {
            Some(Assignable::Manufacturer) => all.manufacturer_ids.push(Id::from_uuid(target)),
            Some(Assignable::Location) => all.location_ids.push(Id::from_uuid(target)),
            Some(Assignable::Physician) => all.physician_ids.push(Id::from_uuid(target)),
            Some(Assignable::ProductLine) => all.product_line_ids.push(Id::from_uuid(target)),
            None => {}
        }
    }
    Ok(all)
}

/// Replaces lists of assignments; an absent list stays as it is. A distributor sets manufacturers of own reps only.
pub fn put_assignments(ctx: &Ctx, tx: &mut Tx, id: UserId, body: &PutAssignments) -> Result<Assignments> {
    let subject = locked(ctx, tx, id)?;
    let rights = subject.rights;
    let others = body.location_ids.is_some() || body.physician_ids.is_some() || body.product_line_ids.is_some();
    if !rights.assignments && (others || !rights.manufacturers) {
        return Err(not_yours(if rights.manufacturers {
            "assignments other than manufacturers"
        } else {
            "assignments"
        }));
    }
    subject.check_version(ctx)?;
    let mut lists = Vec::new();
    push_list(&mut lists, Assignable::Manufacturer, "manufacturer_ids", body.manufacturer_ids.as_deref());
    push_list(&mut lists, Assignable::Location, "location_ids", body.location_ids.as_deref());
    push_list(&mut lists, Assignable::Physician, "physician_ids", body.physician_ids.as_deref());
    push_list(&mut lists, Assignable::ProductLine, "product_line_ids", body.product_line_ids.as_deref());
    let user = subject.row.id;
    let now = store::people::assignments(tx, ctx.org(), user)?;
    let mut entry = ctx.entry("assignments_changed").subject(user);
    for list in &lists {
        let before: HashSet<Uuid> =
            now.iter().filter(|(kind, ..)| kind == list.kind.as_str()).map(|(_, target, _)| *target).collect();
        // What is assigned already may stay, even where the actor could not assign it anew.
        let new: Vec<(usize, Uuid)> =
            list.ids.iter().copied().enumerate().filter(|(_, target)| !before.contains(target)).collect();
        if list.ids.len() > limits::ROWS_PER_REQUEST {
            let message = format!("Give at most {} at a time.", limits::ROWS_PER_REQUEST);
            return Err(Error::field(list.field, "too_many", message));
        }
        let targets: Vec<Uuid> = new.iter().map(|(_, target)| *target).collect();
        let known = store::people::known(tx, ctx.viewer(), list.kind, &targets)?;
        if let Some((place, _)) = new.iter().find(|(_, target)| !known.contains(target)) {
            return Err(Error::unknown(format!("{}[{place}]", list.field)));
        }
        let name = list.field.trim_end_matches('s');
        for target in targets {
            if store::people::assign(tx, ctx.org(), user, list.kind, target, None)? {
                entry.change(user, name, None, Some((list.print)(target)));
            }
        }
        let mut gone: Vec<Uuid> = before.into_iter().filter(|target| !list.ids.contains(target)).collect();
        gone.sort_unstable();
        for target in gone {
            store::people::unassign(tx, ctx.org(), user, list.kind, target)?;
            entry.change(user, name, Some((list.print)(target)), None);
        }
    }
    if !entry.is_empty() {
        store::people::touch_user(tx, ctx.org(), user)?;
        entry.append(ctx, tx)?;
    }
    assigned(ctx, tx, user)
}

/// One list of assignments that is to be replaced.
struct Wanted {
    kind: Assignable,
    field: &'static str,
    ids: Vec<Uuid>,
    print: fn(Uuid) -> String,
}

fn push_list<K: Kind>(lists: &mut Vec<Wanted>, kind: Assignable, field: &'static str, ids: Option<&[Id<K>]>) {
    if let Some(ids) = ids {
        let ids = ids.iter().map(|id| id.uuid()).collect();
        lists.push(Wanted { kind, field, ids, print: |id| Id::<K>::from_uuid(id).to_string() });
    }
}

/// From whom an account may pull stock to itself.
pub fn quick_sources(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<QuickTransferSources> {
    let subject = subject(ctx, tx, id)?;
    sources_of(ctx, tx, subject.row.id)
}

fn sources_of(ctx: &Ctx, tx: &mut Tx, user: Uuid) -> Result<QuickTransferSources> {
    let rows = store::people::quick_sources(tx, ctx.org(), user)?;
    let custodian = |(kind, id): (String, Uuid)| {
        let kind = CustodianType::parse(&kind).unwrap_or(CustodianType::User);
        CustodianRef::from(Custodian { kind, id })
    };
    Ok(QuickTransferSources { sources: rows.into_iter().map(custodian).collect() })
}

/// Says from whom an account may pull stock to itself.
pub fn put_quick_sources(
    ctx: &Ctx,
    tx: &mut Tx,
    id: UserId,
    body: &QuickTransferSources,
) -> Result<QuickTransferSources> {
    let subject = locked(ctx, tx, id)?;
    need(subject.rights.settings, "its quick transfers")?;
    subject.check_version(ctx)?;
    if body.sources.len() > SOURCES_MAX {
        return Err(Error::field("sources", "too_many", format!("Give at most {SOURCES_MAX} sources.")));
    }
    if !body.sources.is_empty() {
        must_hold_stock("id", &subject.row)?;
    }
    let mut wanted = BTreeMap::new();
    for (place, source) in body.sources.iter().enumerate() {
        let custodian = check_source(ctx, tx, &format!("sources[{place}]"), *source, subject.row.id)?;
        wanted.insert(custodian.id, custodian.kind);
    }
    let user = subject.row.id;
    let before: BTreeMap<Uuid, String> =
        store::people::quick_sources(tx, ctx.org(), user)?.into_iter().map(|(kind, id)| (id, kind)).collect();
    let mut entry = ctx.entry("quick_sources_changed").subject(user);
    let print = |kind: CustodianType, id: Uuid| match kind {
        CustodianType::User => user_text(id),
        _ => domain::id::OrganizationId::from_uuid(id).to_string(),
    };
    for (id, kind) in wanted.iter().filter(|(id, _)| !before.contains_key(*id)) {
        store::people::add_quick_source(tx, ctx.org(), user, kind.as_str(), *id)?;
        entry.change(user, "quick_transfer_source", None, Some(print(*kind, *id)));
    }
    for (id, kind) in before.iter().filter(|(id, _)| !wanted.contains_key(*id)) {
        store::people::drop_quick_source(tx, ctx.org(), user, *id)?;
        let kind = CustodianType::parse(kind).unwrap_or(CustodianType::User);
        entry.change(user, "quick_transfer_source", Some(print(kind, *id)), None);
    }
    if !entry.is_empty() {
        store::people::touch_user(tx, ctx.org(), user)?;
        entry.append(ctx, tx)?;
    }
    sources_of(ctx, tx, user)
}

fn check_source(ctx: &Ctx, tx: &mut Tx, field: &str, source: CustodianRef, user: Uuid) -> Result<Custodian> {
    let custodian = source.custodian().ok_or_else(|| Error::unknown(format!("{field}.id")))?;
    match custodian.kind {
        CustodianType::Organization if custodian.id == ctx.org() => {}
        CustodianType::User if custodian.id == user => {
            let message = "What somebody holds is with them already.";
            return Err(Error::field(field, "same_account", message));
        }
        CustodianType::User => {
            let row = store::people::user(tx, ctx.org(), custodian.id)?;
            let row = row.ok_or_else(|| Error::unknown(format!("{field}.id")))?;
            must_hold_stock(field, &row)?;
        }
        _ => return Err(Error::unknown(format!("{field}.id"))),
    }
    Ok(custodian)
}

/// 422 unless an account may be a custodian.
pub(crate) fn must_hold_stock(field: &str, row: &UserRow) -> Result<()> {
    let role = role_of(row)?;
    if role.holds_stock() && row.delegate_of.is_none() {
        return Ok(());
    }
    let who = if row.delegate_of.is_some() { "A delegate".to_owned() } else { format!("The role {}", role.label()) };
    let message = format!("{who} holds no stock. Sales, distributors and facility managers do.");
    Err(Error::field(field, "role_cannot_hold_stock", message))
}

/// Sales targets of a year; without one, of this year.
pub fn sales_targets(ctx: &Ctx, tx: &mut Tx, id: UserId, params: &ListParams) -> Result<SalesTargets> {
    let subject = subject(ctx, tx, id)?;
    list::only(params, &["year"])?;
    let year = match params.filters.get("year") {
        None => i64::from(ctx.today().civil().year()),
        Some(text) => text.parse().map_err(|_| Error::field("year", "invalid_value", "Give a year such as 2026."))?,
    };
    let quarters = store::people::sales_targets(tx, ctx.org(), subject.row.id, year)?;
    Ok(SalesTargets { year, quarters_minor: quarters.to_vec() })
}

/// Sets the sales targets of a year.
pub fn put_sales_targets(ctx: &Ctx, tx: &mut Tx, id: UserId, body: &SalesTargets) -> Result<SalesTargets> {
    let subject = locked(ctx, tx, id)?;
    need(subject.rights.rate, "its sales targets")?;
    subject.check_version(ctx)?;
    if !matches!(subject.role, Role::Sales | Role::Distributor) || subject.row.delegate_of.is_some() {
        return Err(Error::field("id", "role_has_no_targets", "Sales targets are for sales and distributors."));
    }
    if !(2000..=2100).contains(&body.year) {
        return Err(Error::field("year", "invalid_value", "Give a year from 2000 to 2100."));
    }
    let quarters: [i64; 4] = body.quarters_minor.as_slice().try_into().map_err(|_| {
        Error::field("quarters_minor", "invalid_value", "Give four amounts, one for each quarter of the year.")
    })?;
    if let Some(place) = quarters.iter().position(|amount| !(0..=TARGET_MAX).contains(amount)) {
        let field = format!("quarters_minor[{place}]");
        return Err(Error::field(field, "invalid_value", "Give an amount in minor units, not below zero."));
    }
    let user = subject.row.id;
    let before = store::people::sales_targets(tx, ctx.org(), user, body.year)?;
    let mut entry = ctx.entry("sales_targets_changed").subject(user);
    for (place, amount) in quarters.iter().enumerate().filter(|(place, amount)| before[*place] != **amount) {
        let quarter = place + 1;
        store::people::set_sales_target(tx, ctx.org(), user, body.year, quarter as i64, *amount)?;
        let (old, new) = (before[place].to_string(), amount.to_string());
        entry.change(user, &format!("sales_target.{}.q{quarter}", body.year), Some(old), Some(new));
    }
    if !entry.is_empty() {
        store::people::touch_user(tx, ctx.org(), user)?;
        entry.append(ctx, tx)?;
    }
    Ok(SalesTargets { year: body.year, quarters_minor: quarters.to_vec() })
}

const REGION_SORTS: Sorts = &[("name", "name_key")];

/// The regions that the actor sees.
pub fn list_regions(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Region>> {
    list::only(params, &[])?;
    let paging = list::paging("regions", params, REGION_SORTS, &[Sort { column: "name_key", descending: false }])?;
    let (rows, more, total) = store::people::list_regions(
        tx,
        ctx.viewer(),
        &paging.sorts,
        paging.after.as_ref(),
        paging.limit,
        params.count,
    )?;
    let sorted = !paging.sorts.is_empty();
    let key = |row: &RegionRow| {
        let name = sorted.then(|| Value::Text(row.name_key.clone()));
        name.into_iter().chain([Value::Uuid(row.id)]).collect()
    };
    Ok(Page { total, ..list::page(paging.bound, rows, more, key, region_view) })
}

fn region_view(row: RegionRow) -> Region {
    Region {
        id: RegionId::from_uuid(row.id),
        name: row.name,
        manager_id: row.manager_id.map(UserId::from_uuid),
        states: serde_json::from_str(&row.states).unwrap_or_default(),
        version: row.version,
    }
}

/// Makes a region.
pub fn create_region(ctx: &Ctx, tx: &mut Tx, new: &CreateRegion) -> Result<Region> {
    ctx.require(Permission::ManageOrganization)?;
    let name = fields::line("name", &new.name, limits::NAME_MAX)?;
    let row = RegionRow {
        id: ctx.id::<domain::id::Region>().uuid(),
        name_key: domain::text::fold(&name),
        name,
        manager_id: new.manager_id.map(UserId::uuid),
        states: fields::json(&clean_states(&new.states)?)?,
        version: 1,
    };
    check_region(ctx, tx, &row, true)?;
    store::people::insert_region(tx, ctx.org(), &row)?;
    if row.manager_id.is_some() {
        store::people::refresh_reach(tx, ctx.org())?;
    }
    let mut entry = region_entry(ctx, "region_created", &row, None);
    region_changes(&mut entry, None, &row);
    entry.append(ctx, tx)?;
    Ok(region_view(row))
}

/// Changes a region.
pub fn patch_region(ctx: &Ctx, tx: &mut Tx, id: RegionId, patch: &PatchRegion) -> Result<Region> {
    let old = store::people::lock_region(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let manages = old.manager_id == Some(ctx.principal().uuid());
    if !ctx.actor.role.is_office() && !manages {
        return Err(Error::not_found());
    }
    ctx.require(Permission::ManageOrganization)?;
    ctx.check_version(old.version, || Ok(region_view(old.clone())))?;
    let mut row = old.clone();
    if let Some(name) = &patch.name {
        row.name = fields::line("name", name, limits::NAME_MAX)?;
        row.name_key = domain::text::fold(&row.name);
    }
    row.manager_id = patch.manager_id.clone().or(row.manager_id.map(UserId::from_uuid)).map(UserId::uuid);
    if let Some(states) = &patch.states {
        row.states = fields::json(&clean_states(states)?)?;
    }
    check_region(ctx, tx, &row, row.manager_id != old.manager_id)?;
    let mut entry = region_entry(ctx, "region_changed", &row, old.manager_id);
    region_changes(&mut entry, Some(&old), &row);
    if entry.is_empty() {
        return Ok(region_view(row));
    }
    store::people::save_region(tx, ctx.org(), &row)?;
    if row.manager_id != old.manager_id {
        store::people::refresh_reach(tx, ctx.org())?;
    }
    entry.append(ctx, tx)?;
    row.version += 1;
    Ok(region_view(row))
}

fn clean_states(states: &[String]) -> Result<Vec<String>> {
    if states.len() > STATES_MAX {
        return Err(Error::field("states", "too_many", format!("Give at most {STATES_MAX} states.")));
    }
    let mut kept = Vec::new();
    for (place, state) in states.iter().enumerate() {
        let state = fields::line(&format!("states[{place}]"), state, limits::CODE_MAX)?;
        if !kept.contains(&state) {
            kept.push(state);
        }
    }
    Ok(kept)
}

fn check_region(ctx: &Ctx, tx: &mut Tx, row: &RegionRow, new_manager: bool) -> Result<()> {
    let same = store::people::region_by_name(tx, ctx.org(), &row.name_key)?;
    if same.is_some_and(|id| id != row.id) {
        let message = format!("There is a region called {} already.", row.name);
        return Err(Error::conflict("region_name_taken", message));
    }
    let Some(manager) = row.manager_id.filter(|_| new_manager) else { return Ok(()) };
    let manager = store::people::user(tx, ctx.org(), manager)?.ok_or_else(|| Error::unknown("manager_id"))?;
    if role_of(&manager)? != Role::RegionalManager {
        let message = format!("{} has not the role regional manager.", manager.name);
        return Err(Error::field("manager_id", "not_a_regional_manager", message));
    }
    Ok(())
}

fn region_entry(ctx: &Ctx, kind: &'static str, row: &RegionRow, old_manager: Option<Uuid>) -> crate::journal::Draft {
    let managers: BTreeSet<Uuid> =
        [row.manager_id, old_manager].into_iter().flatten().filter(|_| row.manager_id != old_manager).collect();
    managers.into_iter().fold(ctx.entry(kind).subject(row.id), crate::journal::Draft::subject)
}

fn region_changes(entry: &mut crate::journal::Draft, old: Option<&RegionRow>, new: &RegionRow) {
    entry.change(new.id, "name", old.map(|row| row.name.clone()), Some(new.name.clone()));
    let manager = |row: &RegionRow| row.manager_id.map(user_text);
    entry.change(new.id, "manager_id", old.and_then(manager), manager(new));
    let states = |row: &RegionRow| Some(row.states.clone()).filter(|json| json != "[]");
    entry.change(new.id, "states", old.and_then(states), states(new));
}
