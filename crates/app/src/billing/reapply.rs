//! Applying the terms of customers again to their open orders: what was submitted keeps its terms unless somebody says so, order
//! by order or many at once, after a look at what would happen. Orders that are invoiced stay as they are.

use super::{chosen_terms, documents, json, terms_words};
use crate::directory::bulk::{self, Change, Left, Looked, Task};
use crate::events::level;
use crate::{App, Ctx, Error, Result};
use contract::ListParams;
use contract::billing::TermsSnapshot;
use contract::bulk::{BulkChange, BulkCounts, BulkPreview, BulkRow, BulkStep, Consequence, PreviewBulk};
use domain::bulk::{BulkMode, RowOutcome};
use domain::id::{self, JobId, SalesOrderId};
use domain::limits;
use domain::people::{Level, Permission};
use domain::terms::BasisDate;
use std::collections::BTreeMap;
use store::Tx;
use store::billing::SalesOrderRow;
use store::jobs::{JobRow, OutcomeRow, Selected, freeze};
use uuid::Uuid;

/// What jobs call these rows.
pub(crate) const ENTITY: &str = "orders";
/// The field that changes.
const FIELD: &str = "terms";
/// Orders that are looked at, at most.
const MOST: usize = 10_000;
/// Orders that can be named one by one.
const NAMED_MOST: usize = 500;

/// Whoever sets terms, in bulk.
pub(crate) fn require(ctx: &Ctx) -> Result<()> {
    ctx.require(Permission::BulkUpdate)?;
    ctx.require(Permission::ManageTerms)
}

/// The terms of an order in words.
pub(crate) fn words(stored: &str) -> String {
    serde_json::from_str::<TermsSnapshot>(stored).map_or_else(|_| String::new(), |it| terms_words(&it))
}

/// Terms of customers as they are now, each read once.
#[derive(Default)]
struct Terms(BTreeMap<Uuid, String>);

impl Terms {
    fn of(&mut self, ctx: &Ctx, tx: &mut Tx, customer: Uuid) -> Result<String> {
        if let Some(known) = self.0.get(&customer) {
            return Ok(known.clone());
        }
        let row = store::directory::customer_row(tx, ctx.org(), customer)?.ok_or_else(Error::not_found)?;
        let terms = chosen_terms(ctx, tx, row.payment_terms_id, BasisDate::parse(&row.basis_date))?;
        let stored = json(&terms)?;
        self.0.insert(customer, stored.clone());
        Ok(stored)
    }
}

/// What would become of an order.
fn judge(ctx: &Ctx, tx: &mut Tx, terms: &mut Terms, order: &SalesOrderRow) -> Result<Result<Change, Left>> {
    let invalid = |code: &str, message: &str| Ok(Err(Left::new(RowOutcome::Invalid, code, message)));
    if order.status != "open" {
        return invalid("sales_order_not_open", "This edition is no longer in force.");
    }
    if order.uninvoiced_minor <= 0 {
        return invalid("order_invoiced", "It is invoiced: the due date is that of the invoice.");
    }
    let Some(customer) = order.customer_id else {
        return invalid("no_customer", "It belongs to no customer whose terms could be applied.");
    };
    let new = terms.of(ctx, tx, customer)?;
    let same = serde_json::from_str::<TermsSnapshot>(&new).ok() == serde_json::from_str(&order.terms).ok();
    Ok(if same { Err(Left::already()) } else { Ok((FIELD.to_owned(), Some(order.terms.clone()), Some(new))) })
}

/// The selected orders in reach.
fn selected(ctx: &Ctx, tx: &mut Tx, ask: &PreviewBulk) -> Result<Vec<SalesOrderRow>> {
    let inner = ask.select.clone().unwrap_or_default();
    let (ids, filter) = (ask.ids.clone().or(inner.ids), ask.filter.clone().or(inner.filter));
    let mut params = ListParams { q: ask.q.clone().or(inner.q), ..ListParams::default() };
    match (&ids, filter) {
        (Some(_), Some(_)) => {
            return Err(Error::field("ids", "named_twice", "Select orders by ids or by a filter, not by both."));
        }
        (None, None) => return Err(Error::field("ids", "required", "Select orders: by ids, or by a filter.")),
        (Some(ids), None) => {
            if ids.len() > NAMED_MOST {
                let message = format!("Name at most {} orders; select more by a filter.", NAMED_MOST);
                return Err(Error::field("ids", "too_many", message));
            }
            params.filters.insert("id".into(), ids.join(","));
            params.filters.insert("status".into(), "open,cancelled,reversed,replaced".into());
        }
        (None, Some(filter)) => {
            for (name, value) in filter {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                params.filters.insert(name, text);
            }
        }
    }
    let found = documents::order_rows(ctx, tx, &params, MOST + 1)?;
    if found.len() > MOST {
        let message = format!("More than {MOST} orders match. Narrow the filter.");
        return Err(Error::field("filter", "too_many", message));
    }
    let named: std::collections::BTreeSet<&String> = ids.iter().flatten().collect();
    // One answer for unknown, foreign and out of reach.
    if ids.is_some() && found.len() != named.len() {
        return Err(Error::unknown("ids"));
    }
    Ok(found)
}

/// Looks at what applying terms again would do. Nothing is written.
pub fn look(ctx: &Ctx, tx: &mut Tx, ask: &PreviewBulk) -> Result<Looked> {
    require(ctx)?;
    if !ask.set.is_empty() {
        let message = "Nothing is set here: orders get the terms that their customers have now.";
        return Err(Error::field("set", "not_expected", message));
    }
    let mut task = Task::of_orders(crate::directory::Cleaner::note("reason", &ask.reason)?);
    let mut terms = Terms::default();
    let (mut counts, mut steps) = (BulkCounts::default(), BTreeMap::<(String, String), i64>::new());
    let (mut left, mut shown, mut frozen) = (Vec::new(), Vec::new(), Vec::new());
    for order in selected(ctx, tx, ask)? {
        let id = SalesOrderId::from_uuid(order.id).to_string();
        let seen = ask.versions.get(&id).copied().unwrap_or(order.version);
        let fate = if seen == order.version { judge(ctx, tx, &mut terms, &order)? } else { Err(Left::stale()) };
        frozen.push((order.id, order.version));
        counts.selected += 1;
        let (old, mut row) = (words(&order.terms), blank(id, &order));
        match fate {
            Ok((field, stored, new)) => {
                counts.will_change += 1;
                let label = new.as_deref().map(words).unwrap_or_default();
                *steps.entry((old.clone(), label.clone())).or_default() += 1;
                row.changes.push(BulkChange { field, old: stored, old_label: old, new, new_label: label });
                shown.push(row);
            }
            Err(fate) => {
                match fate.outcome {
                    RowOutcome::Already => counts.already += 1,
                    RowOutcome::ChangedMeanwhile => counts.changed_meanwhile += 1,
                    _ => counts.invalid += 1,
                }
                row.outcome = fate.outcome;
                if fate.outcome == RowOutcome::Already {
                    shown.push(row);
                } else {
                    (row.code, row.message) = (Some(fate.code), Some(fate.reason));
                    left.push(row);
                }
            }
        }
    }
    task.will_change = counts.will_change;
    task.summary = "The terms of the customers as they are now.".to_owned();
    let many = counts.will_change > limits::BULK_CONFIRM as i64;
    let preview = BulkPreview {
        preview_token: ctx.id::<id::Preview>(),
        expires_at: ctx.now.plus_seconds(limits::PREVIEW_SECONDS),
        entity: ENTITY.to_owned(),
        histogram: steps
            .into_iter()
            .map(|((old_label, new_label), rows)| BulkStep {
                field: FIELD.to_owned(),
                old: None,
                old_label,
                new: None,
                new_label,
                rows,
            })
            .collect(),
        consequences: consequences(&counts),
        reps: Vec::new(),
        receivables: None,
        rows: left.into_iter().chain(shown).take(limits::PREVIEW_ROWS).collect(),
        mode: task.mode,
        effective_on: None,
        confirm_rows: many.then_some(counts.will_change),
        needs_approval: false,
        counts,
    };
    Looked::of_orders(preview, task, freeze(&frozen))
}

fn consequences(counts: &BulkCounts) -> Vec<Consequence> {
    if counts.will_change == 0 {
        return Vec::new();
    }
    let message = "Invoices that are issued from now on say the new terms. Orders on paper stay as they were issued.";
    vec![Consequence { code: "invoices_follow".to_owned(), count: counts.will_change, message: message.to_owned() }]
}

fn blank(id: String, order: &SalesOrderRow) -> BulkRow {
    BulkRow {
        id,
        name: order.number.clone(),
        number: domain::clock::Day(order.submitted_on as i32).to_string(),
        version: order.version,
        outcome: RowOutcome::Pending,
        code: None,
        message: None,
        changes: Vec::new(),
    }
}

/// Rows of a job: each is locked, judged again and written.
pub(crate) fn carry_out(
    ctx: &Ctx,
    tx: &mut Tx,
    job: &JobRow,
    task: &Task,
    rows: &[Selected],
) -> Result<Vec<OutcomeRow>> {
    require(ctx)?;
    let mut terms = Terms::default();
    let mut entry = ctx.entry("terms_reapplied").reason(&task.reason).subject(job.id);
    entry.change(job.id, "batch_id", None, Some(JobId::from_uuid(job.id).to_string()));
    let mut outcomes = Vec::with_capacity(rows.len());
    for (place, (id, version)) in rows.iter().enumerate() {
        let fate = match locked(ctx, tx, *id)? {
            None => Err(Left::new(RowOutcome::NotFound, "not_found", "This order is no longer within your reach.")),
            Some(order) if order.version != *version => Err(Left::stale()),
            Some(order) => match judge(ctx, tx, &mut terms, &order)? {
                Ok((field, old, new)) => {
                    write(ctx, tx, &order, new.as_deref().unwrap_or_default())?;
                    entry.about(order.id);
                    entry.change(order.id, &field, old.as_deref().map(words), new.as_deref().map(words));
                    Ok((field, old, new))
                }
                Err(left) => Err(left),
            },
        };
        outcomes.push(outcome(job.rows_done + 1 + place as i64, *id, *version, fate)?);
    }
    if outcomes.iter().any(|row| row.outcome == RowOutcome::Done.as_str()) {
        entry.append(ctx, tx)?;
    }
    Ok(outcomes)
}

fn outcome(n: i64, subject: Uuid, version: i64, fate: Result<Change, Left>) -> Result<OutcomeRow> {
    let row = |outcome: RowOutcome, code: String, reason: String, changes: String| OutcomeRow {
        n,
        entity: ENTITY.to_owned(),
        subject_id: subject,
        version,
        outcome: outcome.as_str().to_owned(),
        code,
        reason,
        changes,
    };
    Ok(match fate {
        Ok(change) => row(RowOutcome::Done, String::new(), String::new(), json(&vec![change])?),
        Err(left) => row(left.outcome, left.code, left.reason, "[]".to_owned()),
    })
}

/// An order in reach, locked after its event.
fn locked(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<Option<SalesOrderRow>> {
    let Some(known) = store::billing::sales_order(tx, ctx.org(), id)? else { return Ok(None) };
    let Some(event) = store::events::lock_event(tx, ctx.org(), known.event_id)? else { return Ok(None) };
    if level(ctx, tx, &event)? < Level::See {
        return Ok(None);
    }
    Ok(store::billing::lock_sales_order(tx, ctx.org(), id)?)
}

fn write(ctx: &Ctx, tx: &mut Tx, order: &SalesOrderRow, terms: &str) -> Result<()> {
    Ok(store::billing::save_terms(tx, ctx.org(), order.id, terms)?)
}

/// Puts terms back as they were, where they still are what was applied and nothing is invoiced yet.
pub(crate) fn restore(
    ctx: &Ctx,
    tx: &mut Tx,
    job: &JobRow,
    task: &Task,
    rows: &[OutcomeRow],
) -> Result<Vec<OutcomeRow>> {
    let mut entry = ctx.entry("bulk_undone").reason(&task.reason).subject(job.id);
    entry.change(job.id, "batch_id", None, Some(JobId::from_uuid(job.id).to_string()));
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        let changes: Vec<Change> = serde_json::from_str(&row.changes).unwrap_or_default();
        let order = locked(ctx, tx, row.subject_id)?;
        let back = order.zip(changes.first()).filter(|(order, (_, _, new))| {
            order.status == "open" && order.uninvoiced_minor > 0 && Some(&order.terms) == new.as_ref()
        });
        let Some((order, (field, old, new))) = back else {
            let message = "It was invoiced or given other terms since, so it stays as it is.";
            let left = Left::new(RowOutcome::ChangedSince, "changed_since", message);
            outcomes.push(OutcomeRow {
                outcome: left.outcome.as_str().to_owned(),
                code: left.code,
                reason: left.reason,
                changes: "[]".into(),
                ..row.clone()
            });
            continue;
        };
        write(ctx, tx, &order, old.as_deref().unwrap_or_default())?;
        entry.about(order.id);
        entry.change(order.id, field, new.as_deref().map(words), old.as_deref().map(words));
        let changes = json(&vec![(field.clone(), new.clone(), old.clone())])?;
        outcomes.push(OutcomeRow { outcome: RowOutcome::Restored.as_str().to_owned(), changes, ..row.clone() });
    }
    if outcomes.iter().any(|row| row.outcome == RowOutcome::Restored.as_str()) {
        entry.append(ctx, tx)?;
    }
    Ok(outcomes)
}

impl App {
    /// Looks at what applying terms again would do on a snapshot, and remembers it for half an hour.
    pub async fn preview_reapply(&self, ctx: &Ctx, ask: PreviewBulk) -> Result<BulkPreview> {
        let looked = self.read(ctx, move |ctx, tx| look(ctx, tx, &ask)).await?;
        self.write(ctx, move |ctx, tx| bulk::remember(ctx, tx, &looked)).await
    }
}

/// Which mode such a job has: what cannot be changed is left alone.
pub(crate) const MODE: BulkMode = BulkMode::SkipFailures;
