//! Looking at what a bulk change would do, before anything is written.

use super::of_customers::{CustomerSet, Reps};
use super::of_locations::{self, LocationSet};
use super::of_units::{self, UnitSet};
use super::{Change, Entity, Labels, Left, Task, ask, follow, what_if};
use crate::{Ctx, Error, Result};
use contract::bulk::{BulkChange, BulkCounts, BulkPreview, BulkRow, BulkStep, Consequence, PreviewBulk, RepShift};
use domain::bulk::{BulkMode, RowOutcome};
use domain::id::{self, Id};
use domain::limits;
use domain::people::Permission;
use std::collections::{BTreeMap, HashMap};
use store::Tx;
use store::directory::{customers as customer_rows, locations as location_rows};
use store::engine::PreviewRow;
use store::jobs::{Selected, freeze};
use uuid::Uuid;

/// Rows that are looked at together.
const TOGETHER: usize = 1_000;
/// Bars of a histogram.
const BARS_MAX: usize = 100;
/// Days ahead for which a change can be scheduled.
const AHEAD_MAX: i32 = 366;

/// The kind of preview that this is.
pub(super) const KIND: &str = "bulk";

/// What was seen, and what is to be remembered of it.
#[derive(Clone)]
pub struct Looked {
    preview: BulkPreview,
    payload: String,
}

impl Looked {
    /// Of orders that get terms again.
    pub(crate) fn of_orders(preview: BulkPreview, task: Task, frozen: String) -> Result<Self> {
        let payload = super::super::check::json(&Payload { task, frozen })?;
        Ok(Self { preview, payload })
    }
}

/// What a preview remembers.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Payload {
    pub task: Task,
    pub frozen: String,
}

/// A row with what would become of it.
struct Seen {
    id: Uuid,
    name: String,
    number: String,
    version: i64,
    fate: Result<Vec<Change>, Left>,
}

/// What was seen of all rows.
#[derive(Default)]
struct Tally {
    counts: BulkCounts,
    steps: BTreeMap<Change, i64>,
    changing: Vec<Uuid>,
    /// Rows to show: those that cannot be changed, and the others.
    left: Vec<Seen>,
    shown: Vec<Seen>,
    frozen: Vec<Selected>,
}

impl Tally {
    fn add(&mut self, seen: Seen, frozen: Selected) {
        self.frozen.push(frozen);
        let counts = &mut self.counts;
        counts.selected += 1;
        match &seen.fate {
            Ok(changes) => {
                counts.will_change += 1;
                self.changing.push(seen.id);
                for (field, old, new) in changes {
                    // Reasons and the like go with the status; a histogram of them says nothing.
                    if !matches!(field.as_str(), "billing_status_reason" | "location_overrides") {
                        let key = (field.clone(), old.clone(), new.clone());
                        *self.steps.entry(key).or_default() += 1;
                    }
                }
            }
            Err(left) => match left.outcome {
                RowOutcome::Already => counts.already += 1,
                RowOutcome::NotAllowed => counts.not_allowed += 1,
                RowOutcome::ChangedMeanwhile => counts.changed_meanwhile += 1,
                _ => counts.invalid += 1,
            },
        }
        let fails = seen.fate.as_ref().is_err_and(|left| left.outcome.is_failure());
        let list = if fails { &mut self.left } else { &mut self.shown };
        if list.len() < limits::PREVIEW_ROWS {
            list.push(seen);
        }
    }

    /// The bars, the longest first.
    fn bars(&self) -> Vec<(&Change, i64)> {
        let mut bars: Vec<_> = self.steps.iter().map(|(key, rows)| (key, *rows)).collect();
        bars.sort_by(|a, b| (&a.0.0, std::cmp::Reverse(a.1)).cmp(&(&b.0.0, std::cmp::Reverse(b.1))));
        bars.truncate(BARS_MAX);
        bars
    }
}

/// Looks at what a bulk change would do. Nothing is written; [`remember`] makes it applicable.
pub fn look(ctx: &Ctx, tx: &mut Tx, entity: Entity, asked: &PreviewBulk) -> Result<Looked> {
    let mut task = Task {
        entity: entity.as_str().to_owned(),
        set: asked.set.clone(),
        reason: super::super::Cleaner::note("reason", &asked.reason)?,
        clear_location_overrides: asked.clear_location_overrides,
        mode: BulkMode::SkipFailures,
        effective_on: asked.effective_on,
        summary: String::new(),
        will_change: 0,
        needs_approval: false,
        reps: Vec::new(),
        cursor: 0,
        problem: String::new(),
    };
    check_day(ctx, &task)?;
    let (tally, follows) = match entity {
        Entity::Customers => look_at_customers(ctx, tx, &task, asked)?,
        Entity::Locations => look_at_locations(ctx, tx, &task, asked)?,
        Entity::Units => (look_at_units(ctx, tx, &task, asked)?, Follows::default()),
    };
    task.mode = mode(asked, tally.frozen.len())?;
    task.will_change = tally.counts.will_change;
    task.needs_approval = follows.grave && needs_approval(ctx, tally.counts.will_change);
    let labels = labels(ctx, tx, &tally)?;
    task.summary = summary(ctx, &labels, &task, &tally);
    let frozen = freeze(&tally.frozen);
    let preview = shown(ctx, entity, &task, tally, follows, &labels);
    let payload = super::super::check::json(&Payload { task, frozen })?;
    Ok(Looked { preview, payload })
}

/// Keeps a preview for half an hour, so that it can be applied.
pub fn remember(ctx: &Ctx, tx: &mut Tx, looked: &Looked) -> Result<BulkPreview> {
    let row = PreviewRow {
        actor_id: ctx.actor.id.uuid(),
        kind: KIND.to_owned(),
        payload: looked.payload.clone(),
        expires_at: looked.preview.expires_at.0,
    };
    store::engine::insert_preview(tx, ctx.org(), looked.preview.preview_token.uuid(), &row)?;
    Ok(looked.preview.clone())
}

fn check_day(ctx: &Ctx, task: &Task) -> Result<()> {
    let Some(day) = task.effective_on else { return Ok(()) };
    let today = ctx.today();
    if day <= today || day > today.plus(AHEAD_MAX) {
        let message = "Choose a day after today and within a year; leave it out to change at once.";
        return Err(Error::field("effective_on", "invalid_date", message));
    }
    Ok(())
}

fn mode(asked: &PreviewBulk, rows: usize) -> Result<BulkMode> {
    let mode = asked.mode.unwrap_or_else(|| BulkMode::of_rows(rows));
    if mode == BulkMode::AllOrNothing && rows > limits::ROWS_PER_REQUEST {
        let message =
            format!("At most {} rows can be changed as one. Skip failures instead.", limits::ROWS_PER_REQUEST);
        return Err(Error::field("mode", "too_many", message));
    }
    Ok(mode)
}

/// Whether the organisation wants a second person to look at a change of so many rows.
fn needs_approval(ctx: &Ctx, rows: i64) -> bool {
    let above = ctx.organization.settings.get("bulk_approval_rows").and_then(serde_json::Value::as_i64);
    above.is_some_and(|above| rows > above)
}

/// What follows besides the rows themselves.
#[derive(Default)]
struct Follows {
    consequences: Vec<Consequence>,
    reps: Vec<RepShift>,
    receivables: Option<contract::bulk::ReceivablesShift>,
    grave: bool,
}

fn look_at_customers(ctx: &Ctx, tx: &mut Tx, task: &Task, asked: &PreviewBulk) -> Result<(Tally, Follows)> {
    let set = CustomerSet::read(ctx, tx, task)?;
    let selected = ask::selected(ctx, tx, Entity::Customers, asked)?;
    let mut tally = Tally::default();
    let mut moved: Vec<(Uuid, Option<Uuid>, Option<Uuid>)> = Vec::new();
    let mut terms: Vec<what_if::After> = Vec::new();
    for part in selected.chunks(TOGETHER) {
        let ids: Vec<Uuid> = part.iter().map(|(id, _)| *id).collect();
        let found = customer_rows::many(tx, ctx.org(), &ids)?;
        let mut reps = Reps::of(ctx, tx, found.iter().map(|row| row.default_sales_rep_id))?;
        reps.unseen = super::tasks::unseen(ctx, tx, set.task.as_ref(), &ids)?;
        let overrides = if set.clears_overrides() { count_overrides(ctx, tx, &ids)? } else { HashMap::new() };
        let mut rows: HashMap<Uuid, _> = found.into_iter().map(|row| (row.id, row)).collect();
        for (id, version) in part {
            let Some(row) = rows.remove(id) else { continue };
            let fate = if *version != 0 && *version != row.version {
                Err(Left::stale())
            } else {
                set.judge(ctx, &reps, &row, overrides.get(id).copied().unwrap_or(0)).map(|(after, changes)| {
                    if after.default_sales_rep_id != row.default_sales_rep_id {
                        moved.push((row.id, row.default_sales_rep_id, after.default_sales_rep_id));
                    }
                    terms.push((row.id, after.payment_terms_id, after.basis_date));
                    changes
                })
            };
            let frozen = (*id, if *version == 0 { row.version } else { *version });
            let seen = Seen { id: *id, name: row.name, number: row.number, version: row.version, fate };
            tally.add(seen, frozen);
        }
    }
    let mut follows = customers_follow(ctx, tx, &set, &tally, &moved)?;
    if set.changes_terms() && ctx.may(Permission::ViewReceivables) {
        follows.receivables = what_if::receivables(ctx, tx, &terms)?;
    }
    Ok((tally, follows))
}

fn count_overrides(ctx: &Ctx, tx: &mut Tx, customers: &[Uuid]) -> Result<HashMap<Uuid, usize>> {
    let counts = store::directory::locations::overriding_counts(tx, ctx.org(), customers)?;
    Ok(counts.into_iter().map(|(id, n)| (id, n as usize)).collect())
}

fn customers_follow(
    ctx: &Ctx,
    tx: &mut Tx,
    set: &CustomerSet,
    tally: &Tally,
    moved: &[(Uuid, Option<Uuid>, Option<Uuid>)],
) -> Result<Follows> {
    let mut follows = Follows { grave: set.is_grave(), ..Follows::default() };
    if set.changes_rep() {
        follows.consequences.extend(follow::locations(ctx, tx, &tally.changing, set.clears_overrides())?);
        follows.reps = customers_reps(ctx, tx, moved)?;
    }
    if set.changes_terms() {
        follows.consequences.extend(follow::open_orders(ctx, tx, &tally.changing)?);
    }
    if set.changes_status() {
        follows.consequences.extend(follow::held_orders(ctx, tx, &tally.changing)?);
    }
    Ok(follows)
}

/// Who gains and who loses: customers by their default rep, locations that inherit with them.
fn customers_reps(ctx: &Ctx, tx: &mut Tx, moved: &[(Uuid, Option<Uuid>, Option<Uuid>)]) -> Result<Vec<RepShift>> {
    let mut shifts = Shifts::default();
    let mut heirs: HashMap<Uuid, Option<Uuid>> = HashMap::new();
    for (customer, old, new) in moved {
        shifts.customer(*old, *new);
        heirs.insert(*customer, *new);
    }
    let ids: Vec<Uuid> = moved.iter().map(|(customer, _, _)| *customer).collect();
    let mut seen = std::collections::HashSet::new();
    for (customer, location, old) in location_rows::inheriting_reps(tx, ctx.org(), &ids)? {
        let new = heirs.get(&customer).copied().flatten();
        if seen.insert(location) && old != new {
            shifts.location(old, new);
        }
    }
    shifts.named(ctx, tx)
}

#[derive(Default)]
struct Shifts(BTreeMap<Uuid, [i64; 4]>);

impl Shifts {
    fn add(&mut self, rep: Option<Uuid>, place: usize) {
        if let Some(rep) = rep {
            self.0.entry(rep).or_default()[place] += 1;
        }
    }

    fn customer(&mut self, old: Option<Uuid>, new: Option<Uuid>) {
        self.add(new, 0);
        self.add(old, 1);
    }

    fn location(&mut self, old: Option<Uuid>, new: Option<Uuid>) {
        self.add(new, 2);
        self.add(old, 3);
    }

    fn named(self, ctx: &Ctx, tx: &mut Tx) -> Result<Vec<RepShift>> {
        let ids: Vec<Uuid> = self.0.keys().copied().collect();
        let names = store::directory::names_of_people(tx, ctx.org(), &ids)?;
        let shift =
            |(rep, [customers_gained, customers_lost, locations_gained, locations_lost]): (Uuid, [i64; 4])| RepShift {
                user_id: Id::from_uuid(rep),
                name: names.get(&rep).cloned().unwrap_or_default(),
                customers_gained,
                customers_lost,
                locations_gained,
                locations_lost,
            };
        let mut all: Vec<RepShift> = self.0.into_iter().map(shift).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }
}

fn look_at_locations(ctx: &Ctx, tx: &mut Tx, task: &Task, asked: &PreviewBulk) -> Result<(Tally, Follows)> {
    let set = LocationSet::read(ctx, tx, task)?;
    let selected = ask::selected(ctx, tx, Entity::Locations, asked)?;
    let mut tally = Tally::default();
    let mut shifts = Shifts::default();
    for part in selected.chunks(TOGETHER) {
        let ids: Vec<Uuid> = part.iter().map(|(id, _)| *id).collect();
        let found = location_rows::many(tx, ctx.org(), &ids)?;
        let around = of_locations::around(ctx, tx, &found)?;
        let customers: Vec<Uuid> = found.iter().map(|row| row.customer_id).collect();
        let names = store::directory::names_of_customers(tx, ctx.org(), &customers)?;
        let mut rows: HashMap<Uuid, _> = found.into_iter().map(|row| (row.id, row)).collect();
        for (id, version) in part {
            let Some(row) = rows.remove(id) else { continue };
            let fate = if *version != 0 && *version != row.version {
                Err(Left::stale())
            } else {
                set.judge(ctx, &around, &row).map(|(after, changes)| {
                    if after.effective_rep_id != row.effective_rep_id {
                        shifts.location(row.effective_rep_id, after.effective_rep_id);
                    }
                    changes
                })
            };
            let frozen = (*id, if *version == 0 { row.version } else { *version });
            let customer = names.get(&row.customer_id).cloned().unwrap_or_default();
            let name = format!("{customer}, {}", row.name);
            tally.add(Seen { id: *id, name, number: row.code, version: row.version, fate }, frozen);
        }
    }
    let follows = Follows { reps: shifts.named(ctx, tx)?, ..Follows::default() };
    Ok((tally, follows))
}

fn look_at_units(ctx: &Ctx, tx: &mut Tx, task: &Task, asked: &PreviewBulk) -> Result<Tally> {
    let set = UnitSet::read(ctx, tx, task)?;
    let selected = ask::selected(ctx, tx, Entity::Units, asked)?;
    let mut tally = Tally::default();
    for part in selected.chunks(TOGETHER) {
        let ids: Vec<Uuid> = part.iter().map(|(id, _)| *id).collect();
        let found = store::stock::units(tx, ctx.org(), &ids)?;
        let around = set.around(ctx, tx, &found)?;
        let mut names = of_units::names(ctx, tx, &found)?;
        let mut rows: HashMap<Uuid, _> = found.into_iter().map(|row| (row.id, row)).collect();
        for (id, version) in part {
            let Some(row) = rows.remove(id) else { continue };
            let fate = if *version != 0 && *version != row.version {
                Err(Left::stale())
            } else {
                set.judge(ctx, tx, &around, &row)?.map(|(_, changes)| changes)
            };
            let frozen = (*id, if *version == 0 { row.version } else { *version });
            let (name, number) = names.remove(id).unwrap_or_default();
            tally.add(Seen { id: *id, name, number, version: row.version, fate }, frozen);
        }
    }
    Ok(tally)
}

fn labels(ctx: &Ctx, tx: &mut Tx, tally: &Tally) -> Result<Labels> {
    let bars: Vec<Change> = tally.bars().into_iter().map(|(key, _)| key.clone()).collect();
    let rows = tally.left.iter().chain(&tally.shown).flat_map(|seen| seen.fate.iter().flatten());
    Labels::of(ctx, tx, bars.iter().chain(rows))
}

/// `Payment terms: Net 30; basis date: Delivery date.`
fn summary(ctx: &Ctx, labels: &Labels, task: &Task, tally: &Tally) -> String {
    let mut parts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for ((field, _, new), _) in tally.bars() {
        let label = labels.label(ctx, field, new.as_deref());
        let values = parts.entry(field).or_default();
        if !values.contains(&label) {
            values.push(label);
        }
    }
    if parts.is_empty() {
        let fields: Vec<String> = task.set.keys().map(|field| words(field)).collect();
        return format!("{}.", capital(&fields.join("; ")));
    }
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(field, values)| match values.as_slice() {
            [only] => format!("{}: {only}", words(field)),
            many => format!("{}: {} values", words(field), many.len()),
        })
        .collect();
    format!("{}.", capital(&parts.join("; ")))
}

pub(super) fn words(field: &str) -> String {
    field.trim_end_matches("_id").trim_end_matches("_minor").trim_end_matches("_at").replace('_', " ")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn shown(ctx: &Ctx, entity: Entity, task: &Task, tally: Tally, follows: Follows, labels: &Labels) -> BulkPreview {
    let step = |((field, old, new), rows): (&Change, i64)| BulkStep {
        field: field.clone(),
        old_label: labels.label(ctx, field, old.as_deref()),
        new_label: labels.label(ctx, field, new.as_deref()),
        old: old.clone(),
        new: new.clone(),
        rows,
    };
    let histogram = tally.bars().into_iter().map(step).collect();
    let row = |seen: Seen| {
        let (outcome, code, message, changes) = match seen.fate {
            Ok(changes) => (RowOutcome::Pending, None, None, changes),
            Err(left) if left.outcome == RowOutcome::Already => (left.outcome, None, None, Vec::new()),
            Err(left) => (left.outcome, Some(left.code), Some(left.reason), Vec::new()),
        };
        let change = |(field, old, new): Change| BulkChange {
            old_label: labels.label(ctx, &field, old.as_deref()),
            new_label: labels.label(ctx, &field, new.as_deref()),
            field,
            old,
            new,
        };
        BulkRow {
            id: entity.printed(seen.id),
            name: seen.name,
            number: seen.number,
            version: seen.version,
            outcome,
            code,
            message,
            changes: changes.into_iter().map(change).collect(),
        }
    };
    let many = tally.counts.will_change > limits::BULK_CONFIRM as i64;
    BulkPreview {
        preview_token: ctx.id::<id::Preview>(),
        expires_at: ctx.now.plus_seconds(limits::PREVIEW_SECONDS),
        entity: entity.as_str().to_owned(),
        counts: tally.counts,
        histogram,
        consequences: follows.consequences,
        reps: follows.reps,
        receivables: follows.receivables,
        rows: tally.left.into_iter().chain(tally.shown).take(limits::PREVIEW_ROWS).map(row).collect(),
        mode: task.mode,
        effective_on: task.effective_on,
        confirm_rows: many.then_some(tally.counts.will_change),
        needs_approval: task.needs_approval,
    }
}
