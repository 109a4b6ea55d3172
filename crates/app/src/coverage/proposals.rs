//! People who hand over to each other again and again are proposed a shared pool: the office makes it with one click.

use super::case::Groups;
use crate::people;
use crate::{Ctx, Error, Result};
use contract::Page;
use contract::coverage::{AcceptProposal, PoolProposal};
use contract::people::{CreateUser, User, UserIds};
use domain::clock::Instant;
use domain::coverage::habit::{self, DAYS, Habit, HandOver};
use domain::id::{Id, ProposalId, UserId};
use domain::people::{Permission, Role};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use store::Tx;
use uuid::Uuid;

const DAY: i64 = 86_400_000_000;
/// Proposals that are shown.
const SHOWN_MAX: usize = 50;

/// The least id of a moment: ids begin with their milliseconds.
fn least_id(at: i64) -> Uuid {
    Uuid::from_u128((((at / 1_000).max(0) as u128) & 0xffff_ffff_ffff) << 80)
}

fn key(people: &[Uuid]) -> String {
    people.iter().map(|id| id.simple().to_string()).collect::<Vec<_>>().join("+")
}

/// A proposal is known by its people: the same people, the same id.
fn id_of(key: &str) -> ProposalId {
    let digest = Sha256::digest(key.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Id::from_uuid(Uuid::from_bytes(bytes))
}

/// The office alone decides about pools.
fn must_be_office(ctx: &Ctx) -> Result<()> {
    if ctx.actor.role.is_office() {
        return ctx.require(Permission::ManageUsers);
    }
    Err(Error::forbidden("not_allowed", "Pools are set up by the office. Ask an admin."))
}

/// Pools that would save hand-overs, the most useful first.
pub fn list(ctx: &Ctx, tx: &mut Tx) -> Result<Page<PoolProposal>> {
    must_be_office(ctx)?;
    let mut items = found(ctx, tx)?;
    items.truncate(SHOWN_MAX);
    Ok(Page { items, next_cursor: None, total: None })
}

fn found(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<PoolProposal>> {
    let org = ctx.org();
    let since = least_id(ctx.now.0 - DAYS * DAY);
    let all: Vec<HandOver> = store::coverage::keep::hand_overs(tx, org, since)?
        .into_iter()
        .map(|(from, to, at, units)| HandOver { from, to, at: Instant(at), units: u32::try_from(units).unwrap_or(0) })
        .collect();
    let groups = Groups::read(tx, org)?;
    let pooled = |a: Uuid, b: Uuid| {
        let (of_a, of_b) = (groups.sharers(a), groups.sharers(b));
        of_a.contains(&b) || of_b.contains(&a) || of_a.iter().any(|it| of_b.contains(it))
    };
    let decided: HashSet<String> = store::coverage::keep::decided_proposals(tx, org)?.into_iter().collect();
    let habits = habit::habits(&all, ctx.now, pooled);
    let ids: Vec<Uuid> = habits.iter().flat_map(|habit| habit.people.clone()).collect();
    let people: HashMap<Uuid, store::people::UserRow> =
        store::people::users(tx, org, &ids)?.into_iter().map(|row| (row.id, row)).collect();
    let mut items = Vec::new();
    for habit in habits {
        // A pool is shared with reps: whoever is none has other ways.
        let reps = |id: &Uuid| people.get(id).is_some_and(|row| row.active && row.role == Role::Sales.as_str());
        if habit.people.iter().all(reps) && !decided.contains(&key(&habit.people)) {
            items.push(view(&habit, &people));
        }
    }
    Ok(items)
}

fn view(habit: &Habit, people: &HashMap<Uuid, store::people::UserRow>) -> PoolProposal {
    let rows: Vec<&store::people::UserRow> = habit.people.iter().filter_map(|id| people.get(id)).collect();
    let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    let together = match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.join(", "),
    };
    let key = key(&habit.people);
    let domain = rows.first().and_then(|row| row.email.split_once('@')).map_or("pool.invalid", |(_, domain)| domain);
    let id = id_of(&key);
    let mark: String = id.uuid().simple().to_string().chars().take(8).collect();
    PoolProposal {
        id,
        user_ids: habit.people.iter().map(|id| UserId::from_uuid(*id)).collect(),
        hand_overs: i64::from(habit.times),
        units: i64::from(habit.units),
        last_at: habit.last_at,
        pool_name: format!("Pool of {together}").chars().take(domain::limits::NAME_MAX).collect(),
        pool_email: format!("pool-{mark}@{domain}"),
        text: format!(
            "{together} handed units to each other {} times in {DAYS} days. What lies in a pool of theirs, each of them may use \
             without a hand-over.",
            habit.times
        ),
        names,
    }
}

fn one(ctx: &Ctx, tx: &mut Tx, id: ProposalId) -> Result<PoolProposal> {
    must_be_office(ctx)?;
    found(ctx, tx)?.into_iter().find(|it| it.id == id).ok_or_else(Error::not_found)
}

/// Makes the pool: an account that nobody signs in with, shared with these reps.
pub fn accept(ctx: &Ctx, tx: &mut Tx, id: ProposalId, body: &AcceptProposal) -> Result<User> {
    let proposal = one(ctx, tx, id)?;
    ctx.require(Permission::InviteUsers)?;
    ctx.require(Permission::ManageUserSettings)?;
    let new = CreateUser {
        email: body.email.clone().unwrap_or_else(|| proposal.pool_email.clone()),
        role: Role::Distributor,
        name: body.name.clone().unwrap_or_else(|| proposal.pool_name.clone()),
        delegate_of: None,
        custodian_only: true,
        phone: String::new(),
        alternate_email: String::new(),
        region_id: None,
        shares_inventory: true,
        commission_rate_bp: None,
        shipping_address: contract::Address::default(),
        contacts: Vec::new(),
        settings: BTreeMap::new(),
    };
    let pool = people::create_user(ctx, tx, &new)?;
    people::add_representatives(ctx, tx, pool.id, &UserIds { user_ids: proposal.user_ids.clone() })?;
    decide(ctx, tx, &proposal, "accepted", Some(pool.id))?;
    people::user(ctx, tx, pool.id)
}

/// Says that these people need no pool: it is not proposed again.
pub fn dismiss(ctx: &Ctx, tx: &mut Tx, id: ProposalId) -> Result<Page<PoolProposal>> {
    let proposal = one(ctx, tx, id)?;
    decide(ctx, tx, &proposal, "dismissed", None)?;
    list(ctx, tx)
}

fn decide(ctx: &Ctx, tx: &mut Tx, proposal: &PoolProposal, state: &'static str, pool: Option<UserId>) -> Result<()> {
    let people: Vec<Uuid> = proposal.user_ids.iter().map(|id| id.uuid()).collect();
    let (row, by) = (proposal.id.uuid(), ctx.actor.id.uuid());
    let pool_id = pool.map(|id| id.uuid());
    let key = key(&people);
    if !store::coverage::keep::decide_proposal(tx, ctx.org(), row, &key, state, by, ctx.now.0, pool_id)? {
        return Err(Error::conflict("proposal_decided", "Somebody decided about this already."));
    }
    let mut entry = ctx.entry("pool_proposal_decided").subject(row);
    for person in people {
        entry = entry.subject(person);
    }
    entry.change(row, "state", None, Some(state.into()));
    entry.append(ctx, tx)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_is_known_by_its_people_and_ids_rise_with_time() {
        let people = [Uuid::from_u128(1), Uuid::from_u128(2)];
        assert_eq!(id_of(&key(&people)), id_of(&key(&people)));
        assert_ne!(id_of(&key(&people)), id_of(&key(&people[..1])));
        assert!(least_id(1_700_000_000_000_000) < least_id(1_700_000_000_002_000));
    }
}
