//! Two customers that are one: everything of the one goes over to the other, and can go back for thirty days.
//!
//! The loser keeps its row, its number and its history: it is an archived alias that leads to the survivor. Issued documents
//! keep the name that was printed on them. What belongs to a customer by its rows is listed in
//! [`store::directory::merges::MOVED`]; figures and standing are made anew from these rows on both sides.

use super::bulk::{Change, Task, jobs};
use super::customers::{self, facts};
use super::locations::{code_key, free_code, inherit, mode_of};
use super::note_changes;
use crate::{Ctx, Error, Result};
use contract::bulk::{Consequence, Job};
use contract::directory::PatchCustomer;
use contract::merges::{Merge, MergeCount, MergeCustomer, MergeSide};
use contract::{Address, ChangeView, Contact};
use domain::bulk::{BulkMode, JobStatus, JobWait, RowOutcome};
use domain::directory::SalesRepMode;
use domain::engagement::Window;
use domain::hierarchy;
use domain::id::{self, CustomerId, Id, JobId};
use domain::limits;
use domain::people::Permission;
use std::collections::BTreeMap;
use store::Tx;
use store::directory::locations::{self as location_rows, sort_key};
use store::directory::merges::{self as rows, MergeRow};
use store::directory::{CustomerRow, LocationRow, customers as customer_rows};
use store::jobs::{JobRow, OutcomeRow};
use uuid::Uuid;

/// Rows that one merge may move: more would hold up everybody else's work.
const ROWS_MAX: i64 = 100_000;

/// Makes a customer a part of another one, or tells what that would be.
pub fn merge(ctx: &Ctx, tx: &mut Tx, id: CustomerId, ask: &MergeCustomer) -> Result<Merge> {
    let (loser, survivor) = both(ctx, tx, id, ask)?;
    ctx.require(Permission::MergeCustomers)?;
    ctx.check_version(loser.version, || customers::written(ctx, tx, loser.id))?;
    may(ctx, tx, &loser, &survivor, ask.dry_run)?;
    let mut told = look(ctx, tx, &loser, &survivor)?;
    if !ask.dry_run {
        let job = carry_out(ctx, tx, &loser, &survivor, &told)?;
        told.dry_run = false;
        told.job_id = Some(Id::from_uuid(job.id));
        told.undo_until = jobs::undo_until(&job);
    }
    Ok(told)
}

/// Both, locked in the order of their ids unless nothing is written; whoever does not reach one of them is told that it is
/// not there.
fn both(ctx: &Ctx, tx: &mut Tx, loser: CustomerId, ask: &MergeCustomer) -> Result<(CustomerRow, CustomerRow)> {
    let survivor = ask.into;
    for (id, field) in [(loser, None), (survivor, Some("into".to_owned()))] {
        if !store::directory::sees_customer(tx, ctx.viewer(), id.uuid())? {
            return Err(Error::NotFound(field));
        }
    }
    let ids = [loser.uuid(), survivor.uuid()];
    let mut found = match ask.dry_run {
        true => customer_rows::many(tx, ctx.org(), &ids)?,
        false => customer_rows::lock_many(tx, ctx.org(), &ids)?,
    };
    let take = |found: &mut Vec<CustomerRow>, id: CustomerId| {
        found.iter().position(|row| row.id == id.uuid()).map(|at| found[at].clone()).ok_or_else(Error::not_found)
    };
    Ok((take(&mut found, loser)?, take(&mut found, survivor)?))
}

fn may(ctx: &Ctx, tx: &mut Tx, loser: &CustomerRow, survivor: &CustomerRow, dry_run: bool) -> Result<()> {
    let refused = |refusal: domain::refusal::Refusal| Error::conflict(refusal.code, refusal.message);
    for row in [loser, survivor] {
        if row.merged_into_id.is_some() {
            let message = format!("{} became a part of another customer already.", row.name);
            return Err(Error::conflict("customer_merged", message));
        }
    }
    let line = match survivor.parent_customer_id {
        Some(parent) if !dry_run => customer_rows::lock_line(tx, ctx.org(), parent, hierarchy::DEPTH_MAX)?,
        _ => customer_rows::parents(tx, ctx.org(), survivor.id, hierarchy::DEPTH_MAX)?,
    };
    let below = customer_rows::below(tx, ctx.org(), loser.id, hierarchy::DEPTH_MAX)?.len();
    hierarchy::may_become_part(&loser.id, &survivor.id, &line, below).map_err(refused)?;
    if survivor.archived_at.is_some() {
        let message = format!("{} is archived. Bring it back first, or merge the other way round.", survivor.name);
        return Err(Error::conflict("survivor_archived", message));
    }
    Ok(())
}

// What it would be.

fn side(ctx: &Ctx, tx: &mut Tx, row: &CustomerRow) -> Result<MergeSide> {
    let it = customers::get(ctx, tx, Id::from_uuid(row.id), Window::All)?;
    Ok(MergeSide {
        id: it.id,
        name: it.name,
        number: it.number,
        orders_count: it.orders_count,
        orders_total_minor: it.orders_total_minor,
        locations_count: it.locations_count,
        stock_on_site_units: it.stock_on_site_units,
        open_balance_minor: it.open_balance_minor,
    })
}

fn look(ctx: &Ctx, tx: &mut Tx, loser: &CustomerRow, survivor: &CustomerRow) -> Result<Merge> {
    let places = location_rows::of_customer(tx, ctx.org(), loser.id)?;
    let places = location_rows::many(tx, ctx.org(), &places)?;
    let mut moves = vec![("location", places.len() as i64)];
    moves.extend(rows::counts(tx, ctx.org(), loser.id)?);
    let total: i64 = moves.iter().map(|(_, count)| count).sum();
    if total > ROWS_MAX {
        let message = format!(
            "{} has {total} records. At most {ROWS_MAX} go over at once: merge the other way round.",
            loser.name
        );
        return Err(Error::conflict("merge_too_large", message));
    }
    let filled = filled(ctx, tx, loser, survivor)?;
    let consequences = consequences(ctx, tx, loser, survivor, &places)?;
    let (survivor_side, merged) = (side(ctx, tx, survivor)?, side(ctx, tx, loser)?);
    let counted = |(kind, count): (&str, i64)| MergeCount { kind: kind.to_owned(), count };
    Ok(Merge {
        dry_run: true,
        moves: moves.into_iter().filter(|(_, count)| *count > 0).map(counted).collect(),
        orders_count_after: survivor_side.orders_count + merged.orders_count,
        orders_total_minor_after: survivor_side.orders_total_minor + merged.orders_total_minor,
        filled: filled.1.into_iter().map(|(field, old, new)| shown(survivor.id, field, old, new)).collect(),
        survivor: survivor_side,
        merged,
        consequences,
        job_id: None,
        undo_until: None,
    })
}

fn shown(subject: Uuid, field: String, old: Option<String>, new: Option<String>) -> ChangeView {
    ChangeView { subject_id: CustomerId::from_uuid(subject).to_string(), field, old, new }
}

fn list<T: serde::de::DeserializeOwned>(stored: &str) -> Vec<T> {
    serde_json::from_str(stored).unwrap_or_default()
}

/// Both lists, the survivor's first, each entry once.
fn united<T: serde::de::DeserializeOwned + PartialEq>(survivor: &str, loser: &str) -> Option<Vec<T>> {
    let mut all: Vec<T> = list(survivor);
    let before = all.len();
    for it in list::<T>(loser) {
        if !all.contains(&it) {
            all.push(it);
        }
    }
    (all.len() > before).then_some(all)
}

fn address(survivor: &str, loser: &str) -> Option<Address> {
    let read = |text: &str| serde_json::from_str::<Address>(text).unwrap_or_default();
    let (mine, theirs) = (read(survivor), read(loser));
    (mine.is_empty() && !theirs.is_empty()).then_some(theirs)
}

/// The survivor as it would be, and what is different: empty fields are filled, lists are united.
fn filled(ctx: &Ctx, tx: &mut Tx, loser: &CustomerRow, survivor: &CustomerRow) -> Result<(CustomerRow, Vec<Change>)> {
    let text = |mine: &str, theirs: &str| (mine.is_empty() && !theirs.is_empty()).then(|| theirs.to_owned());
    let patch = PatchCustomer {
        legal_name: text(&survivor.legal_name, &loser.legal_name),
        nickname: text(&survivor.nickname, &loser.nickname),
        website: text(&survivor.website, &loser.website),
        phone: text(&survivor.phone, &loser.phone),
        email: text(&survivor.email, &loser.email),
        note: text(&survivor.note, &loser.note),
        billing_address: address(&survivor.billing_address, &loser.billing_address),
        shipping_address: address(&survivor.shipping_address, &loser.shipping_address),
        contacts: united::<Contact>(&survivor.contacts, &loser.contacts),
        tags: united::<String>(&survivor.tags, &loser.tags),
        tax_ids: united::<String>(&survivor.tax_ids, &loser.tax_ids),
        ..PatchCustomer::default()
    };
    let mut after = survivor.clone();
    customers::apply(ctx, tx, &mut after, patch)?;
    let changes = differences(survivor, &after);
    Ok((after, changes))
}

fn differences(before: &CustomerRow, after: &CustomerRow) -> Vec<Change> {
    let (before, after) = (facts(before), facts(after));
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else { return Vec::new() };
    let words = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let changed = after.iter().filter(|(field, new)| before.get(*field) != Some(*new));
    changed.map(|(field, new)| (field.clone(), before.get(field).and_then(words), words(new))).collect()
}

fn consequences(
    ctx: &Ctx,
    tx: &mut Tx,
    loser: &CustomerRow,
    survivor: &CustomerRow,
    places: &[LocationRow],
) -> Result<Vec<Consequence>> {
    let told = |code: &str, count: i64, message: String| Consequence { code: code.to_owned(), count, message };
    let mut all = Vec::new();
    let inherit = places.iter().filter(|place| mode_of(place) == SalesRepMode::Inherit).count() as i64;
    if inherit > 0 && loser.default_sales_rep_id != survivor.default_sales_rep_id {
        let names: Vec<Uuid> = survivor.default_sales_rep_id.into_iter().collect();
        let names = store::directory::names_of_people(tx, ctx.org(), &names)?;
        let by = names.into_values().next().map_or_else(
            || "by whoever their territory names".to_owned(),
            |name| format!("by {name}, the rep of {}", survivor.name),
        );
        let places =
            if inherit == 1 { "1 location that inherits its rep is" } else { "locations that inherit their rep are" };
        let places = if inherit == 1 { places.to_owned() } else { format!("{inherit} {places}") };
        all.push(told("locations_inherit", inherit, format!("{places} cared for {by}.")));
    }
    let mut codes = 0;
    for place in places {
        codes += i64::from(location_rows::by_code(tx, ctx.org(), survivor.id, &place.code_key)?.is_some());
    }
    if codes > 0 {
        let message = format!(
            "{codes} {} another code, because {} has one with the same.",
            if codes == 1 { "location gets" } else { "locations get" },
            survivor.name
        );
        all.push(told("codes_change", codes, message));
    }
    let terms = |row: &CustomerRow| (row.payment_terms_id, row.basis_date.clone(), row.billing_status.clone());
    if terms(loser) != terms(survivor) || loser.credit_limit_minor != survivor.credit_limit_minor {
        let message = format!("Terms, billing status and credit limit are those of {}.", survivor.name);
        all.push(told("terms_of_survivor", 1, message));
    }
    if loser.price_list_id != survivor.price_list_id {
        let message = format!("Prices are those of {}, except where a location has its own.", survivor.name);
        all.push(told("prices_of_survivor", 1, message));
    }
    let message = format!("Issued orders and invoices keep the name that they were printed with: {}.", loser.name);
    all.push(told("documents_keep_names", 1, message));
    let message = format!(
        "{} ({}) is archived. Search and old links still find it, and lead to {}.",
        loser.name, loser.number, survivor.name
    );
    all.push(told("alias_stays", 1, message));
    Ok(all)
}

// Doing it.

fn carry_out(ctx: &Ctx, tx: &mut Tx, loser: &CustomerRow, survivor: &CustomerRow, told: &Merge) -> Result<JobRow> {
    let merge = MergeRow {
        id: ctx.id::<id::Job>().uuid(),
        loser_id: loser.id,
        survivor_id: survivor.id,
        loser_archived_at: loser.archived_at,
        merged_at: ctx.now.0,
        undone_at: None,
    };
    rows::insert(tx, ctx.org(), &merge)?;
    let (kept, changes) = filled(ctx, tx, loser, survivor)?;
    let kept = CustomerRow { updated_at: ctx.now.0, ..kept };
    customer_rows::save(tx, ctx.org(), survivor, &kept)?;
    let alias = CustomerRow {
        merged_into_id: Some(survivor.id),
        archived_at: loser.archived_at.or(Some(ctx.now.0)),
        updated_at: ctx.now.0,
        ..loser.clone()
    };
    customer_rows::save(tx, ctx.org(), loser, &alias)?;
    for place in location_rows::lock_of_customer(tx, ctx.org(), loser.id)? {
        let was = rehome(ctx, tx, &place, &kept)?;
        rows::remember(tx, ctx.org(), merge.id, "location", place.id, &was)?;
    }
    rows::over(tx, ctx.org(), &merge, &survivor.name_key)?;
    settle(ctx, tx, &merge)?;
    let mut entry = ctx.entry("customer_merged").subject(loser.id).subject(survivor.id);
    let batch = Some(JobId::from_uuid(merge.id).to_string());
    entry.change(merge.id, "batch_id", None, batch);
    let into = Some(CustomerId::from_uuid(survivor.id).to_string());
    entry.change(loser.id, "merged_into_id", None, into.clone());
    note_changes(&mut entry, survivor.id, &facts(survivor), &facts(&kept));
    for it in &told.moves {
        entry.change(survivor.id, &format!("{}s_taken_over", it.kind), None, Some(it.count.to_string()));
    }
    entry.append(ctx, tx)?;
    let summary = format!("{} became a part of {}", loser.name, survivor.name);
    let outcome = |n: i64, row: &CustomerRow, changes: &[Change]| -> Result<OutcomeRow> {
        Ok(OutcomeRow {
            n,
            entity: "customers".into(),
            subject_id: row.id,
            version: row.version,
            outcome: RowOutcome::Done.as_str().into(),
            code: String::new(),
            reason: String::new(),
            changes: super::check::json(&changes)?,
        })
    };
    let gone: Vec<Change> = vec![("merged_into_id".to_owned(), None, into)];
    let outcomes = [outcome(1, loser, &gone)?, outcome(2, survivor, &changes)?];
    write_job(ctx, tx, "customers", merge.id, "merge", None, &summary, &outcomes)
}

/// A job that is over as soon as it begins: it stands in the list of changes, and can be undone.
#[expect(clippy::too_many_arguments, reason = "a job has as many facts")]
pub(crate) fn write_job(
    ctx: &Ctx,
    tx: &mut Tx,
    entity: &str,
    job: Uuid,
    kind: &str,
    undo_of: Option<Uuid>,
    summary: &str,
    outcomes: &[OutcomeRow],
) -> Result<JobRow> {
    let task = Task::plain(entity, summary, BulkMode::AllOrNothing);
    let mut job = JobRow {
        id: job,
        actor_id: ctx.actor.id.uuid(),
        kind: kind.into(),
        entity: entity.into(),
        status: JobStatus::Done.as_str().into(),
        waits_for: JobWait::Nothing.as_str().into(),
        run_at: ctx.now.0,
        lease_until: 0,
        rows_total: outcomes.len() as i64,
        rows_done: outcomes.len() as i64,
        counts: "{}".into(),
        payload: super::check::json(&task)?,
        undo_of,
        undone_by: None,
        approved_by: None,
        created_at: ctx.now.0,
        finished_at: Some(ctx.now.0),
        version: 1,
    };
    jobs::count(&mut job, outcomes);
    store::jobs::insert(tx, ctx.org(), &job, "")?;
    store::jobs::insert_outcomes(tx, ctx.org(), job.id, outcomes)?;
    Ok(job)
}

/// A location goes to another customer with all that happened there; gives what it had to give up: its code and the new one.
fn rehome(ctx: &Ctx, tx: &mut Tx, place: &LocationRow, customer: &CustomerRow) -> Result<String> {
    let mut after = LocationRow { customer_id: customer.id, updated_at: ctx.now.0, ..place.clone() };
    let mut was = String::new();
    if location_rows::by_code(tx, ctx.org(), customer.id, &place.code_key)?.is_some() {
        after.code = free_code(ctx, tx, customer.id)?;
        after.code_key = code_key(&after.code);
        was = format!("{}\t{}", place.code, after.code);
    }
    settle_location(ctx, tx, place, after, customer)?;
    Ok(was)
}

fn settle_location(
    ctx: &Ctx,
    tx: &mut Tx,
    before: &LocationRow,
    mut after: LocationRow,
    customer: &CustomerRow,
) -> Result<()> {
    after.sort_key = sort_key(&customer.name_key, &after.name_key);
    if mode_of(&after) == SalesRepMode::Inherit {
        inherit(ctx, tx, &mut after, customer)?;
    }
    location_rows::rehome(tx, ctx.org(), before, &after, &customer.name)?;
    Ok(())
}

/// Figures and standing of both, from what each has now.
fn settle(ctx: &Ctx, tx: &mut Tx, merge: &MergeRow) -> Result<()> {
    let mut ids = [merge.loser_id, merge.survivor_id];
    ids.sort_unstable();
    for customer in ids {
        store::directory::figures::rebuild(tx, ctx.org(), customer)?;
        store::directory::standing::refresh_all(tx, ctx.org(), customer)?;
    }
    Ok(())
}

// Taking it back.

/// Takes a merge back: everything goes where it was, and with it what came to its locations since.
pub(super) fn undo(ctx: &Ctx, tx: &mut Tx, job: &mut JobRow) -> Result<Job> {
    ctx.require(Permission::MergeCustomers)?;
    let merge = rows::lock(tx, ctx.org(), job.id)?.ok_or_else(|| Error::Internal("a merge without a record".into()))?;
    let mut found: BTreeMap<Uuid, CustomerRow> =
        customer_rows::lock_many(tx, ctx.org(), &[merge.loser_id, merge.survivor_id])?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
    let (Some(loser), Some(survivor)) = (found.remove(&merge.loser_id), found.remove(&merge.survivor_id)) else {
        return Err(Error::not_found());
    };
    if survivor.merged_into_id.is_some() {
        let message = format!("{} became a part of another customer since. Undo that merge first.", survivor.name);
        return Err(Error::conflict("survivor_merged", message));
    }
    let before = super::bulk::changes_of(tx, ctx.org(), job.id, survivor.id)?;
    let (kept, given_back, left) = emptied(&survivor, &before)?;
    let kept = CustomerRow { updated_at: ctx.now.0, ..kept };
    customer_rows::save(tx, ctx.org(), &survivor, &kept)?;
    let free = CustomerRow {
        merged_into_id: None,
        archived_at: merge.loser_archived_at,
        updated_at: ctx.now.0,
        ..loser.clone()
    };
    customer_rows::save(tx, ctx.org(), &loser, &free)?;
    let places = rows::remembered(tx, ctx.org(), merge.id, "location")?;
    for place in location_rows::lock_of_customer(tx, ctx.org(), survivor.id)? {
        if let Some(was) = places.get(&place.id) {
            go_home(ctx, tx, &place, &free, was)?;
        }
    }
    rows::back(tx, ctx.org(), &merge, &free.name_key)?;
    still_a_tree(ctx, tx, &free)?;
    settle(ctx, tx, &merge)?;
    rows::undone(tx, ctx.org(), merge.id, ctx.now.0)?;
    let undoing = ctx.id::<id::Job>().uuid();
    let mut entry = ctx.entry("customer_unmerged").subject(loser.id).subject(survivor.id);
    entry.change(undoing, "batch_id", None, Some(JobId::from_uuid(undoing).to_string()));
    let from = Some(CustomerId::from_uuid(survivor.id).to_string());
    entry.change(loser.id, "merged_into_id", from.clone(), None);
    note_changes(&mut entry, survivor.id, &facts(&survivor), &facts(&kept));
    entry.append(ctx, tx)?;
    let back = vec![("merged_into_id".to_owned(), from, None)];
    let outcome = |n: i64, row: &CustomerRow, left: bool, changes: &[Change]| -> Result<OutcomeRow> {
        let (outcome, code, reason) = match left {
            false => (RowOutcome::Restored, "", String::new()),
            true => (
                RowOutcome::ChangedSince,
                "changed_since",
                "Fields that somebody changed since stay as they are.".into(),
            ),
        };
        Ok(OutcomeRow {
            n,
            entity: "customers".into(),
            subject_id: row.id,
            version: row.version,
            outcome: outcome.as_str().into(),
            code: code.into(),
            reason,
            changes: super::check::json(&changes)?,
        })
    };
    let outcomes = [outcome(1, &loser, false, &back)?, outcome(2, &survivor, left, &given_back)?];
    let summary = format!("{} stands by itself again, apart from {}", loser.name, survivor.name);
    let made = write_job(ctx, tx, "customers", undoing, "unmerge", Some(job.id), &summary, &outcomes)?;
    job.undone_by = Some(made.id);
    store::jobs::save(tx, ctx.org(), job)?;
    jobs::view(ctx, tx, made)
}

/// The location's old code comes back if it still has the one that the merge gave it and nobody else took the old one.
fn go_home(ctx: &Ctx, tx: &mut Tx, place: &LocationRow, customer: &CustomerRow, was: &str) -> Result<()> {
    let mut after = LocationRow { customer_id: customer.id, updated_at: ctx.now.0, ..place.clone() };
    if let Some((old, given)) = was.split_once('\t')
        && place.code == given
    {
        old.clone_into(&mut after.code);
        after.code_key = code_key(old);
    }
    if location_rows::by_code(tx, ctx.org(), customer.id, &after.code_key)?.is_some() {
        after.code = free_code(ctx, tx, customer.id)?;
        after.code_key = code_key(&after.code);
    }
    settle_location(ctx, tx, place, after, customer)
}

/// What was taken over is given back where it still is what the merge wrote; gives whether something is not.
fn emptied(survivor: &CustomerRow, changes: &[Change]) -> Result<(CustomerRow, Vec<Change>, bool)> {
    let mut row = survivor.clone();
    let now = facts(survivor);
    let (mut back, mut left) = (Vec::new(), false);
    for (field, old, new) in changes {
        let current = now.get(field).and_then(serde_json::Value::as_str).map(str::to_owned);
        if current != *new {
            left = true;
            continue;
        }
        let text = old.clone().unwrap_or_default();
        match field.as_str() {
            "legal_name" => row.legal_name = text,
            "nickname" => row.nickname = text,
            "website" => row.website = text,
            "phone" => row.phone = text,
            "email" => row.email = text,
            "note" => row.note = text,
            "billing_address" => row.billing_address = text,
            "shipping_address" => row.shipping_address = text,
            "contacts" => row.contacts = text,
            "tags" => {
                row.tags_key = store::directory::beside::tag_keys(&text).join(" ");
                row.tags = text;
            }
            "tax_ids" => row.tax_ids = text,
            other => return Err(Error::Internal(format!("a merge took over {other}"))),
        }
        back.push((field.clone(), new.clone(), old.clone()));
    }
    Ok((row, back, left))
}

/// Customers may have been put below each other otherwise since.
fn still_a_tree(ctx: &Ctx, tx: &mut Tx, loser: &CustomerRow) -> Result<()> {
    let Some(parent) = loser.parent_customer_id else { return Ok(()) };
    let line = customer_rows::lock_line(tx, ctx.org(), parent, hierarchy::DEPTH_MAX + 1)?;
    let below = customer_rows::below(tx, ctx.org(), loser.id, hierarchy::DEPTH_MAX)?.len();
    hierarchy::may_stand_below(&loser.id, &line, below + 1).map_err(|refusal| {
        let message =
            format!("Customers were put below each other otherwise since. {} Change that first.", refusal.message);
        Error::conflict(refusal.code, message)
    })
}

/// Customers that became a part of this one, latest first: the names that it also goes by.
pub fn parts(ctx: &Ctx, tx: &mut Tx, id: CustomerId) -> Result<Vec<Part>> {
    if !ctx.may(Permission::MergeCustomers) {
        return Ok(Vec::new());
    }
    let found = rows::of_survivor(tx, ctx.org(), id.uuid(), limits::PREVIEW_ROWS as i64)?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.loser_id).collect();
    let losers = customer_rows::many(tx, ctx.org(), &ids)?;
    let mut all = Vec::with_capacity(found.len());
    for row in found {
        let Some(loser) = losers.iter().find(|it| it.id == row.loser_id) else { continue };
        let until = store::jobs::job(tx, ctx.org(), row.id)?.and_then(|job| jobs::undo_until(&job));
        all.push(Part {
            job: Id::from_uuid(row.id),
            name: loser.name.clone(),
            number: loser.number.clone(),
            merged_at: domain::clock::Instant(row.merged_at),
            undo_until: until.filter(|until| *until > ctx.now),
        });
    }
    Ok(all)
}

/// A customer that became a part of another one.
#[derive(Debug, Clone)]
pub struct Part {
    /// The job of the merge.
    pub job: JobId,
    /// As it was called.
    pub name: String,
    /// Its number.
    pub number: String,
    /// When.
    pub merged_at: domain::clock::Instant,
    /// Until when it can be taken back.
    pub undo_until: Option<domain::clock::Instant>,
}

/// The customer that one has become, through as many merges as there were; itself when there was none.
pub(crate) fn now_part_of(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<Uuid> {
    let mut at = id;
    for _ in 0..limits::PREVIEW_ROWS {
        match store::directory::customer_row(tx, ctx.org(), at)?.and_then(|row| row.merged_into_id) {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok(at)
}
