//! Named pools: several people may use each other's stock, until a day. A pool gives *use* and nothing more, through the reach
//! table; facility stock stays what it is, and a distributor's sharing with its group is not touched.

use crate::{App, Ctx, Error, Result, labels, list};
use contract::pools::{CreatePool, PatchPool, Pool, PoolPerson, PutPoolPerson};
use contract::{ListParams, Page};
use domain::clock::{Day, Instant};
use domain::id::{Id, OrganizationId, PoolId, UserId};
use domain::limits;
use domain::people::{Permission, Role};
use domain::text::fold;
use store::page::{Query, Sort};
use store::pools::{POOL_COLUMNS, PoolRow};
use store::{Tx, Value};
use uuid::Uuid;

/// Most people of one pool.
const PEOPLE_MAX: usize = 200;

fn view(ctx: &Ctx, tx: &mut Tx, row: PoolRow) -> Result<Pool> {
    let people = store::pools::people(tx, ctx.org(), row.id)?;
    Ok(Pool {
        id: Id::from_uuid(row.id),
        name: row.name,
        note: row.note,
        people: people
            .into_iter()
            .map(|(id, holds, uses, name)| PoolPerson { user_id: Id::from_uuid(id), name, holds, uses })
            .collect(),
        until_on: row.until_on.map(|day| Day(day as i32)),
        archived_at: row.archived_at.map(Instant),
        created_at: Instant(row.created_at),
        version: row.version,
    })
}

/// The office sees every pool, others those that they are in.
fn sees(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<bool> {
    if ctx.actor.role.is_office() {
        return Ok(true);
    }
    let own = ctx.principal().uuid();
    Ok(store::pools::people(tx, ctx.org(), id)?.iter().any(|(person, ..)| *person == own))
}

/// One pool.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: PoolId) -> Result<Pool> {
    let row = store::pools::pool(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !sees(ctx, tx, row.id)? {
        return Err(Error::not_found());
    }
    view(ctx, tx, row)
}

const BY_NAME: &[Sort] = &[Sort { column: "pool.name_key", descending: false }];

/// Pools in sight, by name; those that have ended with `archived=true`.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Pool>> {
    list::only(params, &["archived"])?;
    let paging = list::paging("pools", params, &[("name", "pool.name_key")], BY_NAME)?;
    let mut query = Query::new(format!("SELECT {POOL_COLUMNS} FROM stock_pool pool"));
    query.and("pool.organization_id = ?", [Value::Uuid(ctx.org())]);
    let ended = list::yes_no(params, "archived")?.unwrap_or(false);
    query.and(if ended { "pool.archived_at IS NOT NULL" } else { "pool.archived_at IS NULL" }, []);
    if !ctx.actor.role.is_office() {
        query.and(
            "EXISTS (SELECT 1 FROM stock_pool_person person WHERE person.organization_id = pool.organization_id \
             AND person.pool_id = pool.id AND person.user_id = ?)",
            [Value::Uuid(ctx.principal().uuid())],
        );
    }
    let (rows, more) = query.page::<PoolRow>(tx, &paging.sorts, "pool.id", paging.after.as_ref(), paging.limit)?;
    let key = |row: &PoolRow| {
        let sorts = paging.sorts.iter().map(|_| Value::Text(row.name_key.clone()));
        sorts.chain([Value::Uuid(row.id)]).collect::<Vec<_>>()
    };
    let next_cursor = rows.last().filter(|_| more).map(|row| list::cursor(paging.bound, &key(row)));
    let total = if params.count { Some(query.count(tx)?) } else { None };
    let items = rows.into_iter().map(|row| view(ctx, tx, row)).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor, total })
}

/// Everybody of a pool, checked: people who hold stock; at least one whose stock is in it, and another who may use it.
fn people(ctx: &Ctx, tx: &mut Tx, all: &[PutPoolPerson]) -> Result<Vec<(Uuid, bool, bool)>> {
    if all.len() > PEOPLE_MAX {
        return Err(Error::field("people", "too_many", format!("Name at most {PEOPLE_MAX} people.")));
    }
    let mut found: Vec<(Uuid, bool, bool)> = Vec::with_capacity(all.len());
    for (at, it) in all.iter().enumerate() {
        let field = |name: &str| format!("people[{at}].{name}");
        let row =
            store::people::user(tx, ctx.org(), it.user_id.uuid())?.ok_or_else(|| Error::unknown(field("user_id")))?;
        let role = Role::parse(&row.role).filter(|role| role.holds_stock() && row.delegate_of.is_none());
        let Some(role) = role else {
            let message = format!("{} has a role that holds no stock, so a pool is nothing for them.", row.name);
            return Err(Error::field(field("user_id"), "role_cannot_hold_stock", message));
        };
        if !row.active {
            let message = format!("The account of {} is deactivated.", row.name);
            return Err(Error::field(field("user_id"), "custodian_deactivated", message));
        }
        if it.uses && (row.custodian_only || !matches!(role, Role::Sales | Role::Distributor)) {
            let message = format!("{} makes no cases of others, so only their stock can be in a pool.", row.name);
            return Err(Error::field(field("uses"), "cannot_use_pool", message));
        }
        if !it.holds && !it.uses {
            let message = format!("Say whether the stock of {} is in it, whether they may use it, or both.", row.name);
            return Err(Error::field(field("holds"), "required", message));
        }
        if found.iter().any(|(id, ..)| *id == row.id) {
            return Err(Error::field(field("user_id"), "repeated", "This person is in the list twice."));
        }
        found.push((row.id, it.holds, it.uses));
    }
    let works = found
        .iter()
        .any(|(holder, holds, _)| *holds && found.iter().any(|(member, _, uses)| *uses && member != holder));
    if !works {
        let message = "A pool needs somebody whose stock is in it, and somebody else who may use it.";
        return Err(Error::field("people", "required", message));
    }
    Ok(found)
}

fn told(people: &[(Uuid, bool, bool)]) -> String {
    let one = |(id, holds, uses): &(Uuid, bool, bool)| {
        let what = match (holds, uses) {
            (true, true) => "holds and uses",
            (true, false) => "holds",
            _ => "uses",
        };
        format!("{} {what}", UserId::from_uuid(*id))
    };
    let mut all: Vec<String> = people.iter().map(one).collect();
    all.sort();
    all.join(", ")
}

fn day(ctx: &Ctx, until: Option<Day>) -> Result<Option<i64>> {
    match until {
        Some(day) if day < ctx.today() => {
            Err(Error::field("until_on", "invalid_date", "This day has gone by. Choose a later one."))
        }
        other => Ok(other.map(|day| i64::from(day.0))),
    }
}

fn free_name(ctx: &Ctx, tx: &mut Tx, key: &str, but: Option<Uuid>) -> Result<()> {
    match store::pools::by_name(tx, ctx.org(), key)? {
        Some(id) if Some(id) != but => {
            Err(Error::conflict("name_taken", "Another pool has this name. Choose another one."))
        }
        _ => Ok(()),
    }
}

/// Makes a pool.
pub fn create(ctx: &Ctx, tx: &mut Tx, body: &CreatePool) -> Result<Pool> {
    ctx.require(Permission::ManageUserSettings)?;
    let name = labels::required("name", &body.name, limits::NAME_MAX)?;
    let name_key = fold(&name);
    free_name(ctx, tx, &name_key, None)?;
    let people = people(ctx, tx, &body.people)?;
    let row = PoolRow {
        id: ctx.id::<domain::id::Pool>().uuid(),
        name,
        name_key,
        note: labels::note("note", &body.note)?,
        until_on: day(ctx, body.until_on)?,
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        archived_at: None,
        version: 1,
    };
    store::pools::insert(tx, ctx.org(), &row)?;
    store::pools::set_people(tx, ctx.org(), row.id, &people)?;
    let mut entry = ctx.entry("pool_created").subject(row.id);
    for (person, ..) in &people {
        entry.about(*person);
    }
    entry.change(row.id, "name", None, Some(row.name.clone()));
    entry.change(row.id, "people", None, Some(told(&people)));
    entry.append(ctx, tx)?;
    store::people::refresh_reach(tx, ctx.org())?;
    for (person, ..) in &people {
        let sentence = format!("{} put you into the pool {}.", ctx.actor.name, row.name);
        crate::units::notify(ctx, tx, *person, "pool_changed", row.id, &sentence)?;
    }
    view(ctx, tx, row)
}

/// Changes a pool, or ends it.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: PoolId, body: &PatchPool) -> Result<Pool> {
    let mut row = store::pools::lock(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !sees(ctx, tx, row.id)? {
        return Err(Error::not_found());
    }
    ctx.require(Permission::ManageUserSettings)?;
    let current = view(ctx, tx, row.clone())?;
    ctx.check_version(row.version, || Ok(current))?;
    let before = row.clone();
    let old: Vec<(Uuid, bool, bool)> = store::pools::people(tx, ctx.org(), row.id)?
        .into_iter()
        .map(|(person, holds, uses, _)| (person, holds, uses))
        .collect();
    if let Some(name) = &body.name {
        row.name = labels::required("name", name, limits::NAME_MAX)?;
        row.name_key = fold(&row.name);
        free_name(ctx, tx, &row.name_key, Some(row.id))?;
    }
    if let Some(note) = &body.note {
        row.note = labels::note("note", note)?;
    }
    if body.until_on.is_mentioned() {
        row.until_on = day(ctx, body.until_on.clone().or(row.until_on.map(|day| Day(day as i32))))?;
    }
    if let Some(archived) = body.archived {
        row.archived_at = archived.then(|| row.archived_at.unwrap_or(ctx.now.0));
        if !archived {
            // Taken up again it must not end at once.
            day(ctx, row.until_on.map(|day| Day(day as i32)))?;
        }
    }
    let new = match &body.people {
        Some(all) => people(ctx, tx, all)?,
        None => old.clone(),
    };
    let mut entry = ctx.entry("pool_changed").subject(row.id);
    let date = |day: Option<i64>| day.map(|day| Day(day as i32).to_string());
    entry.change(row.id, "name", Some(before.name.clone()), Some(row.name.clone()));
    entry.change(row.id, "note", Some(before.note.clone()), Some(row.note.clone()));
    entry.change(row.id, "until_on", date(before.until_on), date(row.until_on));
    entry.change(row.id, "people", Some(told(&old)), Some(told(&new)));
    let ended = |row: &PoolRow| Some(row.archived_at.is_some().to_string());
    entry.change(row.id, "archived", ended(&before), ended(&row));
    if entry.is_empty() {
        return view(ctx, tx, before);
    }
    for (person, ..) in old.iter().chain(&new) {
        entry.about(*person);
    }
    store::pools::save(tx, ctx.org(), &mut row)?;
    store::pools::set_people(tx, ctx.org(), row.id, &new)?;
    entry.append(ctx, tx)?;
    store::people::refresh_reach(tx, ctx.org())?;
    view(ctx, tx, row)
}

impl App {
    /// Ends pools whose last day has gone by; gives how many.
    pub async fn end_pools(&self, organization: OrganizationId) -> Result<usize> {
        let (id, now) = (organization.uuid(), self.now());
        let waits = self
            .db()
            .read(move |tx| -> store::Result<bool> {
                let Some(row) = store::people::organization(tx, id)? else { return Ok(false) };
                let today = i64::from(now.day_in(&row.time_zone).0);
                Ok(!store::pools::ended(tx, id, today)?.is_empty())
            })
            .await?;
        if !waits {
            return Ok(0);
        }
        let Some(ctx) = self.job_context(organization).await? else { return Ok(0) };
        self.write(&ctx, |ctx, tx| {
            let ended = store::pools::ended(tx, ctx.org(), i64::from(ctx.today().0))?;
            for id in &ended {
                let Some(mut row) = store::pools::lock(tx, ctx.org(), *id)?.filter(|row| row.archived_at.is_none())
                else {
                    continue;
                };
                row.archived_at = Some(ctx.now.0);
                store::pools::save(tx, ctx.org(), &mut row)?;
                let mut entry = ctx.entry("pool_changed").reason("Its last day has gone by").subject(row.id);
                entry.change(row.id, "archived", Some("false".into()), Some("true".into()));
                entry.append(ctx, tx)?;
            }
            store::people::refresh_reach(tx, ctx.org())?;
            Ok(ended.len())
        })
        .await
    }
}
