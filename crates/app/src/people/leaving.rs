//! Somebody leaves: the account ends only when it is decided who takes what it holds, or that nobody does.

use super::accounts::{Subject, end, locked, must_not_be_the_last, need, shown, subject, user_text};
use super::fields;
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::people::{DeactivateUser, Held, Holdings, User};
use domain::id::{Id, UserId};
use domain::leaving::{Holding, undecided};
use domain::limits;
use domain::people::Role;
use std::collections::BTreeMap;
use store::Tx;
use store::directory::{RepRow, customers as customer_rows, locations as location_rows, remarks, territories};
use store::people::{Estate, UserRow};
use store::reach::Viewer;
use uuid::Uuid;

/// Names of each kind that are told.
const NAMED: usize = 5;

/// What somebody holds by kind, with the first of each by name.
pub fn holdings(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<Holdings> {
    let subject = subject(ctx, tx, id)?;
    need(subject.rights.activity, "what it holds")?;
    let estate = store::people::estate(tx, ctx.org(), subject.row.id, limits::ROWS_PER_REQUEST as i64)?;
    told(ctx, tx, &subject.row, &estate)
}

fn counts(estate: &Estate) -> [(Holding, i64); 7] {
    [
        (Holding::Customers, estate.customers.len()),
        (Holding::Locations, estate.locations.len()),
        (Holding::Territories, estate.territories.len()),
        (Holding::Tasks, estate.tasks.len()),
        (Holding::OpenEvents, estate.events.len() + estate.seconded.len()),
        (Holding::PendingTransfers, estate.outgoing.len() + estate.incoming.len()),
        (Holding::Units, estate.units.len()),
    ]
    .map(|(kind, count)| (kind, count as i64))
}

fn told(ctx: &Ctx, tx: &mut Tx, row: &UserRow, estate: &Estate) -> Result<Holdings> {
    let first = |ids: &[Uuid]| ids.iter().copied().take(NAMED).collect::<Vec<_>>();
    let mut items = Vec::new();
    for (kind, count) in counts(estate) {
        let names: Vec<String> = match kind {
            Holding::Customers => {
                store::directory::names_of_customers(tx, ctx.org(), &first(&estate.customers))?.into_values().collect()
            }
            Holding::Locations => {
                store::directory::names_of_locations(tx, ctx.org(), &first(&estate.locations))?.into_values().collect()
            }
            Holding::Territories => {
                let all = territories::all(tx, ctx.org())?;
                all.into_iter().filter(|it| it.rep_id == row.id).take(NAMED).map(|it| it.name).collect()
            }
            Holding::Tasks => {
                let mut titles = Vec::new();
                for id in first(&estate.tasks) {
                    titles.extend(remarks::one(tx, ctx.org(), id)?.map(|task| task.title));
                }
                titles
            }
            Holding::OpenEvents | Holding::PendingTransfers | Holding::Units => Vec::new(),
        };
        items.push(Held { kind, count, names, goes_alone: kind.goes_alone() });
    }
    Ok(Holdings { user_id: Id::from_uuid(row.id), items })
}

/// Ends an account. Everything that it holds is given to whoever is named for that kind, or to nobody; what is not decided
/// is answered with 409 and everything that is held.
pub fn deactivate(ctx: &Ctx, tx: &mut Tx, id: UserId, ask: &DeactivateUser) -> Result<User> {
    let subject = locked(ctx, tx, id)?;
    must_not_be_the_last(ctx, &subject)?;
    need(subject.rights.activity, "whether it is active")?;
    subject.check_version(ctx)?;
    let reason = fields::reason("reason", &ask.reason)?;
    let estate = store::people::estate(tx, ctx.org(), subject.row.id, limits::ROWS_PER_REQUEST as i64)?;
    let decided: Vec<Holding> = ask.successors.keys().copied().collect();
    let open = undecided(&counts(&estate), &decided);
    if subject.row.active && !open.is_empty() {
        return Err(required(&subject, &open, &told(ctx, tx, &subject.row, &estate)?)?);
    }
    if subject.row.active {
        hand_over(ctx, tx, &subject.row, &estate, &ask.successors)?;
    }
    let saved = end(ctx, tx, "user_deactivated", &reason, &subject.row)?;
    shown(ctx, saved)
}

fn required(subject: &Subject, open: &[Holding], held: &Holdings) -> Result<Error> {
    let list: Vec<String> = held
        .items
        .iter()
        .filter(|it| open.contains(&it.kind))
        .map(|it| format!("{} ({})", it.kind.label().to_lowercase(), it.count))
        .collect();
    let message = format!(
        "{} still holds {}. Say for each who takes it over, or that nobody does.",
        subject.row.name,
        list.join(", ")
    );
    let current = serde_json::to_value(held).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Error::Outdated { code: "successor_required", message, current: Box::new(current) })
}

fn hand_over(
    ctx: &Ctx,
    tx: &mut Tx,
    from: &UserRow,
    estate: &Estate,
    successors: &BTreeMap<Holding, Option<UserId>>,
) -> Result<()> {
    let mut entry = ctx.entry("holdings_handed_over").subject(from.id);
    let chosen = |kind: Holding| successors.get(&kind).copied();
    for (kind, heir) in successors {
        if heir.is_some() && !kind.goes_alone() {
            let message = "Cases, transfers and stock go to one successor together. Name a successor for the whole account, or leave them where they are.";
            return Err(Error::field(format!("successors.{kind}"), "goes_together", message));
        }
        if *heir == Some(Id::from_uuid(from.id)) {
            return Err(Error::field(
                format!("successors.{kind}"),
                "same_account",
                "An account cannot succeed itself.",
            ));
        }
    }
    let rep = |tx: &mut Tx, kind: Holding| -> Result<Option<Option<RepRow>>> {
        let Some(heir) = chosen(kind) else { return Ok(None) };
        let heir =
            heir.map(|id| crate::directory::check_rep(ctx, tx, &format!("successors.{kind}"), id)).transpose()?;
        Ok(Some(heir))
    };
    if let Some(heir) = rep(tx, Holding::Customers)?.filter(|_| !estate.customers.is_empty()) {
        give_customers(ctx, tx, &mut entry, from.id, &estate.customers, heir.as_ref())?;
    }
    if let Some(heir) = rep(tx, Holding::Locations)?.filter(|_| !estate.locations.is_empty()) {
        give_locations(ctx, tx, &mut entry, from.id, &estate.locations, heir.as_ref())?;
    }
    if let Some(heir) = rep(tx, Holding::Territories)?.filter(|_| !estate.territories.is_empty()) {
        give_territories(ctx, tx, &mut entry, from.id, heir.as_ref())?;
    }
    if let Some(heir) = chosen(Holding::Tasks).filter(|_| !estate.tasks.is_empty()) {
        give_tasks(ctx, tx, &mut entry, from.id, &estate.tasks, heir)?;
    }
    if !entry.is_empty() {
        entry.append(ctx, tx)?;
    }
    Ok(())
}

fn heir_text(heir: Option<&RepRow>) -> Option<String> {
    heir.map(|heir| user_text(heir.id))
}

fn give_customers(
    ctx: &Ctx,
    tx: &mut Tx,
    entry: &mut Draft,
    from: Uuid,
    ids: &[Uuid],
    heir: Option<&RepRow>,
) -> Result<()> {
    for before in customer_rows::lock_many(tx, ctx.org(), ids)? {
        let mut row = before.clone();
        row.default_sales_rep_id = heir.map(|heir| heir.id);
        row.rep_key = heir.map(|heir| heir.name_key.clone()).unwrap_or_default();
        row.updated_at = ctx.now.0;
        customer_rows::save_row(tx, ctx.org(), &before, &row)?;
        entry.about(row.id);
        entry.change(row.id, "default_sales_rep_id", Some(user_text(from)), heir_text(heir));
    }
    match heir {
        Some(heir) => {
            location_rows::follow_customers(tx, ctx.org(), ids, heir.id, &heir.name_key)?;
        }
        None => {
            territories::settle(tx, ctx.org(), ids)?;
        }
    }
    Ok(())
}

fn give_locations(
    ctx: &Ctx,
    tx: &mut Tx,
    entry: &mut Draft,
    from: Uuid,
    ids: &[Uuid],
    heir: Option<&RepRow>,
) -> Result<()> {
    location_rows::lock_many(tx, ctx.org(), ids)?;
    location_rows::inherit_again(tx, ctx.org(), ids, ctx.now.0)?;
    let (mode, rep) = match heir {
        Some(heir) => ("assigned", Some(heir.id)),
        // Deliberately nobody: clearing it would give them to whoever has their customer.
        None => ("none", None),
    };
    let key = heir.map(|heir| heir.name_key.clone()).unwrap_or_default();
    for id in ids {
        location_rows::override_again(tx, ctx.org(), *id, mode, rep, &key, ctx.now.0)?;
        entry.about(*id);
        entry.change(*id, "sales_rep_id", Some(user_text(from)), heir_text(heir));
    }
    Ok(())
}

fn give_territories(ctx: &Ctx, tx: &mut Tx, entry: &mut Draft, from: Uuid, heir: Option<&RepRow>) -> Result<()> {
    for mut row in territories::all(tx, ctx.org())?.into_iter().filter(|row| row.rep_id == from) {
        entry.about(row.id);
        entry.change(row.id, "rep_id", Some(user_text(from)), heir_text(heir));
        match heir {
            Some(heir) => {
                row.rep_id = heir.id;
                territories::save(tx, ctx.org(), &row)?;
            }
            None => territories::delete(tx, ctx.org(), row.id)?,
        }
    }
    territories::settle_all(tx, ctx.org())?;
    Ok(())
}

fn give_tasks(ctx: &Ctx, tx: &mut Tx, entry: &mut Draft, from: Uuid, ids: &[Uuid], heir: Option<UserId>) -> Result<()> {
    if let Some(heir) = heir {
        let person = store::people::user(tx, ctx.org(), heir.uuid())?;
        let person = person.ok_or_else(|| Error::unknown("successors.tasks"))?;
        let role = Role::parse(&person.role).unwrap_or(Role::FacilityManager);
        if !person.active || role == Role::FacilityManager {
            let message = format!("{} cannot have tasks for customers now. Choose somebody else.", person.name);
            return Err(Error::field("successors.tasks", "cannot_have_tasks", message));
        }
        let principal = person.delegate_of.unwrap_or(person.id);
        let viewer = Viewer { organization: ctx.org(), principal, office: role.is_office() };
        for task in remarks::open_of(tx, ctx.org(), from)? {
            if !remarks::sees(tx, viewer, &task)? {
                let message = format!(
                    "{} does not see the customer of \u{201c}{}\u{201d}. Give the customers to them too, or choose somebody else.",
                    person.name, task.title
                );
                return Err(Error::field("successors.tasks", "assignee_out_of_reach", message));
            }
        }
    }
    remarks::hand_over(tx, ctx.org(), from, heir.map(Id::uuid))?;
    for id in ids {
        entry.change(*id, "assignee_id", Some(user_text(from)), heir.map(|heir| user_text(heir.uuid())));
    }
    Ok(())
}
