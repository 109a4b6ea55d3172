//! What a bulk change does to locations: reading it, judging a row, writing rows.

use super::ask::{self, Set, Tags, Tri};
use super::of_customers::{Named, Reps, prices};
use super::{Change, Left, Task};
use crate::directory::{Cleaner, check_rep};
use crate::{Ctx, Error, Result};
use domain::bulk::RowOutcome;
use domain::clock::Instant;
use domain::directory::{SalesRepMode, SalesRepSource};
use domain::id::{self, PriceListId, UserId};
use domain::people::Permission;
use std::collections::HashMap;
use store::Tx;
use store::directory::territories::{Effective, Fallback};
use store::directory::{LocationRow, beside, locations as rows};
use uuid::Uuid;

const FIELDS: &[&str] =
    &["sales_rep", "sales_rep_id", "price_list", "price_list_id", "tags", "delivery_instructions", "archived"];

/// How locations are to come to their rep.
enum RepOp {
    Leave,
    Inherit,
    Nobody,
    Assign(Named),
}

/// What becomes of locations.
pub(super) struct LocationSet {
    rep: RepOp,
    prices: Tri<Named>,
    tags: Option<Tags>,
    instructions: Tri<String>,
    archived: Option<bool>,
}

/// What judging a location needs to know besides its row.
pub(super) struct Around {
    pub reps: Reps,
    /// Default rep and its folded name, by customer.
    pub customers: HashMap<Uuid, (Option<Uuid>, String)>,
    pub fallback: Fallback,
}

impl LocationSet {
    /// Reads a task and asks for the permissions that it needs whatever the row.
    pub fn read(ctx: &Ctx, tx: &mut Tx, task: &Task) -> Result<Self> {
        let set = Set(&task.set);
        set.only(FIELDS)?;
        ctx.require(Permission::BulkUpdate)?;
        if task.clear_location_overrides {
            let message = "Here a rep is cleared with sales_rep_id: {\"op\": \"clear\"}.";
            return Err(Error::field("clear_location_overrides", "not_expected", message));
        }
        let it = Self {
            rep: rep(ctx, tx, &set)?,
            prices: prices(ctx, tx, &set)?,
            tags: Tags::read(&set)?,
            instructions: instructions(&set)?,
            archived: ask::archived(&set)?,
        };
        if it.changes_rep() {
            ctx.require(Permission::AssignReps)?;
        }
        if it.prices.is_mentioned() {
            ctx.require(Permission::ManagePrices)?;
        }
        if it.tags.is_some() || it.instructions.is_mentioned() || it.archived.is_some() {
            ctx.require(Permission::ManageDirectory)?;
        }
        if task.set.is_empty() {
            return Err(Error::field("set", "required", "Say what is to be changed."));
        }
        Ok(it)
    }

    pub const fn changes_rep(&self) -> bool {
        !matches!(self.rep, RepOp::Leave)
    }

    fn effective(&self, row: &LocationRow, around: &Around) -> Effective {
        match &self.rep {
            RepOp::Leave => {
                let source = SalesRepSource::parse(&row.rep_source).unwrap_or(SalesRepSource::None);
                Effective { rep: row.effective_rep_id, key: row.rep_key.clone(), source }
            }
            RepOp::Nobody => Effective { rep: None, key: String::new(), source: SalesRepSource::None },
            RepOp::Assign(rep) => {
                Effective { rep: Some(rep.id), key: rep.key.clone(), source: SalesRepSource::Location }
            }
            RepOp::Inherit => inherited(row, around),
        }
    }

    fn after(&self, ctx: &Ctx, before: &LocationRow, around: &Around) -> Result<LocationRow> {
        let mut row = before.clone();
        let effective = self.effective(before, around);
        (row.sales_rep_mode, row.sales_rep_id) = match &self.rep {
            RepOp::Leave => (row.sales_rep_mode, row.sales_rep_id),
            RepOp::Inherit => (SalesRepMode::Inherit.as_str().into(), None),
            RepOp::Nobody => (SalesRepMode::None.as_str().into(), None),
            RepOp::Assign(rep) => (SalesRepMode::Assigned.as_str().into(), Some(rep.id)),
        };
        (row.effective_rep_id, row.rep_key, row.rep_source) =
            (effective.rep, effective.key, effective.source.as_str().into());
        match &self.prices {
            Tri::Leave => {}
            Tri::Clear => (row.price_list_id, row.price_key) = (None, String::new()),
            Tri::Set(list) => (row.price_list_id, row.price_key) = (Some(list.id), list.key.clone()),
        }
        if let Some(tags) = &self.tags {
            row.tags = tags.after(&row.tags)?;
            row.tags_key = beside::tag_keys(&row.tags).join(" ");
        }
        match &self.instructions {
            Tri::Leave => {}
            Tri::Clear => row.delivery_instructions = String::new(),
            Tri::Set(text) => row.delivery_instructions.clone_from(text),
        }
        row.archived_at = crate::directory::archive(ctx, self.archived, row.archived_at);
        Ok(row)
    }

    /// What would become of a row.
    pub fn judge(&self, ctx: &Ctx, around: &Around, row: &LocationRow) -> Result<(LocationRow, Vec<Change>), Left> {
        if self.changes_rep() && !around.reps.may_take_over_from(row.effective_rep_id) {
            let message = "Its rep is not within your reach, so this is not yours to change.";
            return Err(Left::new(RowOutcome::NotAllowed, "rep_out_of_reach", message));
        }
        let after = self.after(ctx, row, around).map_err(|error| Left::of(error).unwrap_or_else(|_| Left::stale()))?;
        let changes = differences(row, &after);
        if changes.is_empty() { Err(Left::already()) } else { Ok((after, changes)) }
    }
}

fn inherited(row: &LocationRow, around: &Around) -> Effective {
    let customer = around.customers.get(&row.customer_id);
    let default = customer.and_then(|(rep, key)| rep.map(|rep| (rep, key.as_str())));
    around.fallback.of(default, &row.state_key, &row.postal_key)
}

fn rep(ctx: &Ctx, tx: &mut Tx, set: &Set<'_>) -> Result<RepOp> {
    let Some((name, op)) = set.find(&["sales_rep_id", "sales_rep"]) else { return Ok(RepOp::Leave) };
    match op.op.as_str() {
        "clear" => Ok(RepOp::Inherit),
        "none" => Ok(RepOp::Nobody),
        "set" => {
            let Tri::Set((path, text)) = set.text(&["sales_rep_id", "sales_rep"])? else { return Ok(RepOp::Leave) };
            let id = text.parse::<UserId>().map_err(|error| Error::field(&path, "invalid_id", error.to_string()))?;
            let rep = check_rep(ctx, tx, &path, id)?;
            Ok(RepOp::Assign(Named { id: rep.id, key: rep.name_key }))
        }
        _ => Err(ask::unknown_op(name, "set, none or clear")),
    }
}

fn instructions(set: &Set<'_>) -> Result<Tri<String>> {
    Ok(match set.value::<String>(&["delivery_instructions"], "a text")? {
        Tri::Set(text) => Tri::Set(Cleaner::note("set.delivery_instructions.value", &text)?),
        other => other,
    })
}

/// How a location comes to its rep, in one word: a mode, or the id of who is assigned.
fn rep_fact(row: &LocationRow) -> Option<String> {
    match SalesRepMode::parse(&row.sales_rep_mode) {
        Some(SalesRepMode::Assigned) => row.sales_rep_id.map(|id| UserId::from_uuid(id).to_string()),
        Some(mode) => Some(mode.as_str().to_owned()),
        None => None,
    }
}

/// A field of a row as the journal has it.
pub(super) fn fact(row: &LocationRow, field: &str) -> Option<String> {
    let text = |text: &str| (!text.is_empty() && text != "[]").then(|| text.to_owned());
    match field {
        "sales_rep" => rep_fact(row),
        "price_list_id" => super::super::check::printed::<id::PriceList>(row.price_list_id),
        "tags" => text(&row.tags),
        "delivery_instructions" => text(&row.delivery_instructions),
        "archived_at" => row.archived_at.map(|at| Instant(at).rfc3339()),
        _ => None,
    }
}

fn differences(before: &LocationRow, after: &LocationRow) -> Vec<Change> {
    let mut all = Vec::new();
    for field in ["sales_rep", "price_list_id", "tags", "delivery_instructions", "archived_at"] {
        let (old, new) = (fact(before, field), fact(after, field));
        if old != new {
            all.push((field.to_owned(), old, new));
        }
    }
    all
}

/// Puts a field back as it was.
pub(super) fn restore(
    ctx: &Ctx,
    tx: &mut Tx,
    around: &Around,
    row: &mut LocationRow,
    field: &str,
    old: Option<&str>,
) -> Result<()> {
    let gone =
        |what: &str| Error::conflict("target_gone", format!("{what} that it had before is gone or no longer active."));
    match field {
        "sales_rep" => match old.unwrap_or("inherit") {
            "inherit" => {
                let effective = inherited(row, around);
                (row.sales_rep_mode, row.sales_rep_id) = (SalesRepMode::Inherit.as_str().into(), None);
                (row.effective_rep_id, row.rep_key, row.rep_source) =
                    (effective.rep, effective.key, effective.source.as_str().into());
            }
            "none" => {
                (row.sales_rep_mode, row.sales_rep_id) = (SalesRepMode::None.as_str().into(), None);
                (row.effective_rep_id, row.rep_key, row.rep_source) = (None, String::new(), "none".into());
            }
            id => {
                let id = id.parse::<UserId>().map_err(|_| gone("The rep"))?;
                let rep = store::directory::rep(tx, ctx.org(), id.uuid())?.filter(|rep| rep.active);
                let rep = rep.ok_or_else(|| gone("The rep"))?;
                (row.sales_rep_mode, row.sales_rep_id) = (SalesRepMode::Assigned.as_str().into(), Some(rep.id));
                (row.effective_rep_id, row.rep_key, row.rep_source) = (Some(rep.id), rep.name_key, "location".into());
            }
        },
        "price_list_id" => match old.and_then(|id| id.parse::<PriceListId>().ok()) {
            None => (row.price_list_id, row.price_key) = (None, String::new()),
            Some(id) => {
                let list = store::directory::named::price_list(tx, ctx.org(), id.uuid())?;
                let list = list.ok_or_else(|| gone("The price list"))?;
                (row.price_list_id, row.price_key) = (Some(list.id), list.name_key);
            }
        },
        "tags" => {
            row.tags = old.unwrap_or("[]").to_owned();
            row.tags_key = beside::tag_keys(&row.tags).join(" ");
        }
        "delivery_instructions" => row.delivery_instructions = old.unwrap_or_default().to_owned(),
        "archived_at" => row.archived_at = old.and_then(Instant::parse).map(|at| at.0),
        _ => {}
    }
    Ok(())
}

/// What judging these rows needs to know besides.
pub(super) fn around(ctx: &Ctx, tx: &mut Tx, found: &[LocationRow]) -> Result<Around> {
    let mut customers: Vec<Uuid> = found.iter().map(|row| row.customer_id).collect();
    customers.sort_unstable();
    customers.dedup();
    let defaults = store::directory::customers::default_reps(tx, ctx.org(), &customers)?;
    Ok(Around {
        reps: Reps::of(ctx, tx, found.iter().map(|row| row.effective_rep_id))?,
        customers: defaults.into_iter().map(|(id, rep, key)| (id, (rep, key))).collect(),
        fallback: Fallback::read(tx, ctx.org())?,
    })
}

/// Saves changed rows.
pub(super) fn save(ctx: &Ctx, tx: &mut Tx, changed: &[(LocationRow, LocationRow)]) -> Result<()> {
    let mut counts: HashMap<Uuid, i64> = HashMap::new();
    for (before, after) in changed {
        let mut row = after.clone();
        row.updated_at = ctx.now.0;
        rows::save_row(tx, ctx.org(), before, &row)?;
        let active = |row: &LocationRow| i64::from(row.archived_at.is_none());
        *counts.entry(row.customer_id).or_default() += active(&row) - active(before);
    }
    let mut counts: Vec<(Uuid, i64)> = counts.into_iter().filter(|(_, delta)| *delta != 0).collect();
    counts.sort_unstable();
    for (customer, delta) in counts {
        store::directory::customers::add_locations(tx, ctx.org(), customer, delta)?;
    }
    Ok(())
}
