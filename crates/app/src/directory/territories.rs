//! Territories: who cares for locations without another rep, by state and postal code; with what would change before it is
//! saved. They concern everybody, so they are the office's.

use super::{check, check_rep, clean_name};
use crate::list;
use crate::{Ctx, Error, Result};
use contract::territories::{PreviewTerritory, Territory, TerritoryPreview, TerritoryShift, WriteTerritory};
use contract::{Done, ListParams, Page};
use domain::directory::area_key;
use domain::id::{self, Id, TerritoryId, UserId};
use domain::limits;
use domain::people::Permission;
use domain::text::fold;
use std::collections::BTreeMap;
use store::Tx;
use store::directory::territories::{self as rows, Fallback, TerritoryRow};
use uuid::Uuid;

/// Most territories of an organisation.
const MOST: usize = 500;
/// Most states or postal codes of one.
const AREAS: usize = 500;
/// Locations that a preview names.
const NAMED: usize = 20;

fn require(ctx: &Ctx) -> Result<()> {
    if !ctx.actor.role.is_office() {
        let message = "Territories concern everybody, so they are kept by the office.";
        return Err(Error::forbidden("not_allowed", message));
    }
    ctx.require(Permission::AssignReps)
}

/// Every territory, in the order in which they are tried.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Territory>> {
    require(ctx)?;
    list::only(params, &[])?;
    let all = rows::all(tx, ctx.org())?;
    let shown = shown_all(ctx, tx, all)?;
    list::whole(params, shown, |it| it.id.to_string())
}

fn shown_all(ctx: &Ctx, tx: &mut Tx, all: Vec<TerritoryRow>) -> Result<Vec<Territory>> {
    let reps: Vec<Uuid> = all.iter().map(|row| row.rep_id).collect();
    let names = store::directory::names_of_people(tx, ctx.org(), &reps)?;
    let words = |text: &str| serde_json::from_str::<Vec<String>>(text).unwrap_or_default();
    let one = |row: TerritoryRow| Territory {
        id: Id::from_uuid(row.id),
        rep_id: Id::from_uuid(row.rep_id),
        rep_name: names.get(&row.rep_id).cloned().unwrap_or_default(),
        states: words(&row.states),
        postal_codes: words(&row.postal_codes),
        rank: row.rank,
        version: row.version,
        name: row.name,
    };
    Ok(all.into_iter().map(one).collect())
}

fn shown(ctx: &Ctx, tx: &mut Tx, row: TerritoryRow) -> Result<Territory> {
    shown_all(ctx, tx, vec![row])?.pop().ok_or_else(Error::not_found)
}

/// One territory.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: TerritoryId) -> Result<Territory> {
    require(ctx)?;
    let row = rows::all(tx, ctx.org())?.into_iter().find(|row| row.id == id.uuid()).ok_or_else(Error::not_found)?;
    shown(ctx, tx, row)
}

fn areas(field: &str, given: &[String], ranges: bool) -> Result<Vec<String>> {
    let mut all: Vec<String> = Vec::new();
    for (n, text) in given.iter().enumerate() {
        let parts: Vec<String> = if ranges { text.split('-').map(area_key).collect() } else { vec![area_key(text)] };
        let even = parts.len() == 1 || (parts.len() == 2 && parts[0].len() == parts[1].len() && parts[0] <= parts[1]);
        if !even || parts.iter().any(String::is_empty) || text.chars().count() > limits::CODE_MAX {
            let message = if ranges {
                "Give the beginning of a postal code like 606, or a range of equal length like 60600-60699."
            } else {
                "Give the code of a state, like IL."
            };
            return Err(Error::field(format!("{field}[{n}]"), "invalid_value", message));
        }
        let key = parts.join("-");
        if !all.contains(&key) {
            all.push(key);
        }
    }
    if all.len() > AREAS {
        return Err(Error::field(field, "too_many", format!("Keep at most {AREAS} in one territory.")));
    }
    Ok(all)
}

fn apply(ctx: &Ctx, tx: &mut Tx, row: &mut TerritoryRow, new: &WriteTerritory) -> Result<()> {
    row.name = clean_name("name", &new.name, limits::NAME_MAX)?;
    row.name_key = fold(&row.name);
    if row.rep_id != new.rep_id.uuid() {
        row.rep_id = check_rep(ctx, tx, "rep_id", new.rep_id)?.id;
    }
    let states = areas("states", &new.states, false)?;
    let postal_codes = areas("postal_codes", &new.postal_codes, true)?;
    if states.is_empty() && postal_codes.is_empty() {
        let message = "Name at least one state or postal code. For everything else there is the house account.";
        return Err(Error::field("states", "required", message));
    }
    (row.states, row.postal_codes) = (check::json(&states)?, check::json(&postal_codes)?);
    if let Some(rank) = new.rank {
        if !(0..=1_000_000).contains(&rank) {
            return Err(Error::field("rank", "invalid_value", "Give a rank from 0 to 1,000,000."));
        }
        row.rank = rank;
    }
    Ok(())
}

fn blank(ctx: &Ctx, all: &[TerritoryRow]) -> TerritoryRow {
    TerritoryRow {
        id: ctx.id::<id::Territory>().uuid(),
        name: String::new(),
        name_key: String::new(),
        rep_id: Uuid::nil(),
        states: "[]".into(),
        postal_codes: "[]".into(),
        rank: all.iter().map(|row| row.rank).max().unwrap_or(0) + 10,
        version: 1,
    }
}

/// A field of a territory as the journal has it.
type Told = (&'static str, fn(&TerritoryRow) -> String);

fn note(entry: &mut crate::journal::Draft, id: Uuid, before: Option<&TerritoryRow>, after: Option<&TerritoryRow>) {
    let fact = |row: Option<&TerritoryRow>, of: fn(&TerritoryRow) -> String| row.map(of);
    let facts: [Told; 5] = [
        ("name", |row| row.name.clone()),
        ("rep_id", |row| UserId::from_uuid(row.rep_id).to_string()),
        ("states", |row| row.states.clone()),
        ("postal_codes", |row| row.postal_codes.clone()),
        ("rank", |row| row.rank.to_string()),
    ];
    for (field, of) in facts {
        entry.change(id, field, fact(before, of), fact(after, of));
    }
}

/// Makes a territory; locations without another rep follow.
pub fn create(ctx: &Ctx, tx: &mut Tx, new: &WriteTerritory) -> Result<Territory> {
    require(ctx)?;
    let all = rows::all(tx, ctx.org())?;
    if all.len() >= MOST {
        return Err(Error::conflict("too_many", format!("Keep at most {MOST} territories.")));
    }
    let mut row = blank(ctx, &all);
    apply(ctx, tx, &mut row, new)?;
    rows::insert(tx, ctx.org(), &row)?;
    let mut entry = ctx.entry("territory_created").subject(row.id);
    note(&mut entry, row.id, None, Some(&row));
    entry.append(ctx, tx)?;
    rows::settle_all(tx, ctx.org())?;
    shown(ctx, tx, row)
}

/// Says how a territory is from now on.
pub fn put(ctx: &Ctx, tx: &mut Tx, id: TerritoryId, new: &WriteTerritory) -> Result<Territory> {
    require(ctx)?;
    let before = rows::lock(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    ctx.check_version(before.version, || shown(ctx, tx, before.clone()))?;
    let mut row = before.clone();
    apply(ctx, tx, &mut row, new)?;
    let mut entry = ctx.entry("territory_changed").subject(row.id);
    note(&mut entry, row.id, Some(&before), Some(&row));
    if entry.is_empty() {
        return shown(ctx, tx, before);
    }
    rows::save(tx, ctx.org(), &row)?;
    entry.append(ctx, tx)?;
    rows::settle_all(tx, ctx.org())?;
    row.version += 1;
    shown(ctx, tx, row)
}

/// Takes a territory away; its locations fall to the next one that fits.
pub fn delete(ctx: &Ctx, tx: &mut Tx, id: TerritoryId) -> Result<Done> {
    require(ctx)?;
    let row = rows::lock(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    ctx.check_version(row.version, || shown(ctx, tx, row.clone()))?;
    rows::delete(tx, ctx.org(), row.id)?;
    let mut entry = ctx.entry("territory_removed").subject(row.id);
    note(&mut entry, row.id, Some(&row), None);
    entry.append(ctx, tx)?;
    rows::settle_all(tx, ctx.org())?;
    Ok(Done { done: true })
}

/// Which locations would have another rep. Nothing is written.
pub fn preview(ctx: &Ctx, tx: &mut Tx, ask: &PreviewTerritory) -> Result<TerritoryPreview> {
    require(ctx)?;
    let mut all = rows::all(tx, ctx.org())?;
    let place = match ask.id {
        Some(id) => Some(all.iter().position(|row| row.id == id.uuid()).ok_or_else(|| Error::unknown("id"))?),
        None => None,
    };
    match (place, &ask.territory) {
        (Some(at), Some(new)) => {
            let mut row = all[at].clone();
            apply(ctx, tx, &mut row, new)?;
            all[at] = row;
        }
        (Some(at), None) => {
            all.remove(at);
        }
        (None, Some(new)) => {
            let mut row = blank(ctx, &all);
            apply(ctx, tx, &mut row, new)?;
            all.push(row);
        }
        (None, None) => {
            return Err(Error::field("territory", "required", "Say how the territory would be, or which would go."));
        }
    }
    all.sort_by_key(|row| (row.rank, row.id));
    let fallback = Fallback::of_rows(tx, ctx.org(), &all)?;
    let mut shifts: BTreeMap<(Option<Uuid>, Option<Uuid>), i64> = BTreeMap::new();
    let mut moved = Vec::new();
    for (id, state, postal_code, now) in rows::lonely(tx, ctx.org())? {
        let then = fallback.of(None, &state, &postal_code).rep;
        if then != now {
            *shifts.entry((now, then)).or_default() += 1;
            if moved.len() < NAMED {
                moved.push(id);
            }
        }
    }
    let people: Vec<Uuid> = shifts.keys().flat_map(|(from, to)| [*from, *to]).flatten().collect();
    let names = store::directory::names_of_people(tx, ctx.org(), &people)?;
    let name = |id: Option<Uuid>| id.and_then(|id| names.get(&id).cloned()).unwrap_or_else(|| "Nobody".to_owned());
    let mut shifts: Vec<TerritoryShift> = shifts
        .into_iter()
        .map(|((from, to), locations)| TerritoryShift {
            from_id: from.map(Id::from_uuid),
            from_name: name(from),
            to_id: to.map(Id::from_uuid),
            to_name: name(to),
            locations,
        })
        .collect();
    shifts.sort_by_key(|it| std::cmp::Reverse(it.locations));
    let mut named: Vec<String> = store::directory::names_of_locations(tx, ctx.org(), &moved)?.into_values().collect();
    named.sort();
    Ok(TerritoryPreview { locations: shifts.iter().map(|it| it.locations).sum(), shifts, names: named })
}
