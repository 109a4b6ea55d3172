//! Rules, and what an event earns by them.

use crate::events::plan::typed;
use crate::events::{Loaded, day, money};
use crate::{Ctx, Error, Result, list};
use contract::commission::{CommissionRule, CreateCommissionRule, PatchCommissionRule};
use contract::{ListParams, Page};
use domain::clock::{Day, Instant};
use domain::commission::{Part, Rate};
use domain::commission_rules::{self as rule_of, Earned, EventFacts, LineFacts, Rule};
use domain::id::{CommissionRuleId, Id};
use domain::limits;
use domain::money::Minor;
use domain::people::Permission;
use std::collections::HashMap;
use store::commission::{self as rows, RuleRow};
use store::events::EventRow;
use store::{Tx, Value};
use uuid::Uuid;

fn read(row: RuleRow) -> Rule {
    let on = |day: Option<i64>| day.map(|day| Day(day as i32));
    Rule {
        id: row.id,
        name: row.name,
        rate_bp: row.rate_bp as i32,
        user: row.user_id,
        physician: row.physician_id,
        customer: row.customer_id,
        location: row.location_id,
        manufacturer: row.manufacturer_id,
        product_line: row.product_line_id,
        item: row.catalog_item_id,
        valid_from: on(row.valid_from),
        valid_to: on(row.valid_to),
    }
}

/// What an event earns: its lines by the rules, what else is commissionable by the general rate. `kept` is what is left of the
/// commissionable total after credits.
pub(crate) fn earned(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &EventRow,
    loaded: &Loaded,
    (commissionable, kept): (Minor, Minor),
    general: Rate,
    others: &[Part],
) -> Result<Earned> {
    let rules: Vec<Rule> = rows::standing_rules(tx, ctx.org())?.into_iter().map(read).collect();
    let lines = if rules.is_empty() { Vec::new() } else { facts(ctx, tx, loaded)? };
    let event = EventFacts {
        user: row.representative_id,
        physician: row.physician_id,
        customer: row.customer_id,
        location: row.location_id,
        day: day(row),
    };
    let ruled: Vec<(&Rule, Minor)> =
        lines.iter().filter_map(|line| Some((rule_of::decide(&rules, &event, line)?, line.amount))).collect();
    let currency = crate::billing::currency(ctx);
    Ok(rule_of::earn(commissionable, kept, general, &ruled, others, currency)?)
}

/// The lines of an event as rules see them.
fn facts(ctx: &Ctx, tx: &mut Tx, loaded: &Loaded) -> Result<Vec<LineFacts>> {
    let mut items: Vec<Uuid> = loaded.lines.iter().map(|line| line.catalog_item_id).collect();
    items.sort_unstable();
    items.dedup();
    let mut product_lines: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for (item, line) in rows::lines_of_items(tx, ctx.org(), &items)? {
        product_lines.entry(item).or_default().push(line);
    }
    let fact = |line: &store::events::LineRow| LineFacts {
        item: line.catalog_item_id,
        manufacturer: line.manufacturer_id,
        product_lines: product_lines.get(&line.catalog_item_id).cloned().unwrap_or_default(),
        amount: money(line).amount(loaded.kind),
    };
    Ok(loaded.lines.iter().map(fact).filter(|line| line.amount > Minor::ZERO).collect())
}

fn view(row: RuleRow) -> CommissionRule {
    let on = |day: Option<i64>| day.map(|day| Day(day as i32));
    CommissionRule {
        id: Id::from_uuid(row.id),
        name: row.name,
        rate_bp: row.rate_bp,
        user_id: row.user_id.map(Id::from_uuid),
        physician_id: row.physician_id.map(Id::from_uuid),
        customer_id: row.customer_id.map(Id::from_uuid),
        location_id: row.location_id.map(Id::from_uuid),
        manufacturer_id: row.manufacturer_id.map(Id::from_uuid),
        product_line_id: row.product_line_id.map(Id::from_uuid),
        catalog_item_id: row.catalog_item_id.map(Id::from_uuid),
        valid_from: on(row.valid_from),
        valid_to: on(row.valid_to),
        archived_at: row.archived_at.map(Instant),
        version: row.version,
    }
}

/// Rules, in the order in which they were made.
pub fn rules(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<CommissionRule>> {
    ctx.require(Permission::ManageBilling)?;
    list::only(params, &[])?;
    let paging = list::paging("commission_rules", params, &[], &[])?;
    let after = match paging.after.as_ref().map(|after| after.0.as_slice()) {
        Some([Value::Uuid(id)]) => *id,
        _ => Uuid::nil(),
    };
    let mut found = rows::rules(tx, ctx.org(), after, i64::from(paging.limit) + 1)?;
    let more = found.len() > paging.limit as usize;
    found.truncate(paging.limit as usize);
    Ok(list::page(paging.bound, found, more, |row| vec![Value::Uuid(row.id)], view))
}

/// One rule.
pub fn rule(ctx: &Ctx, tx: &mut Tx, id: CommissionRuleId) -> Result<CommissionRule> {
    ctx.require(Permission::ManageBilling)?;
    rows::rule(tx, ctx.org(), id.uuid())?.map(view).ok_or_else(Error::not_found)
}

fn checked(row: &RuleRow) -> Result<()> {
    read(row.clone()).check().map_err(|refusal| {
        let field = match refusal.code {
            "invalid_rate" => "rate_bp",
            "period_reversed" => "valid_to",
            _ => "catalog_item_id",
        };
        Error::field(field, refusal.code, refusal.message)
    })
}

/// Makes a rule.
pub fn create_rule(ctx: &Ctx, tx: &mut Tx, new: &CreateCommissionRule) -> Result<CommissionRule> {
    ctx.require(Permission::ManageBilling)?;
    let name = typed("name", domain::text::clean_name(&new.name, limits::NAME_MAX))?;
    let row = RuleRow {
        id: ctx.id::<domain::id::CommissionRule>().uuid(),
        name,
        rate_bp: i64::from(new.rate_bp),
        user_id: new.user_id.map(Id::uuid),
        physician_id: new.physician_id.map(Id::uuid),
        customer_id: new.customer_id.map(Id::uuid),
        location_id: new.location_id.map(Id::uuid),
        manufacturer_id: new.manufacturer_id.map(Id::uuid),
        product_line_id: new.product_line_id.map(Id::uuid),
        catalog_item_id: new.catalog_item_id.map(Id::uuid),
        valid_from: new.valid_from.map(|day| i64::from(day.0)),
        valid_to: new.valid_to.map(|day| i64::from(day.0)),
        archived_at: None,
        version: 1,
    };
    checked(&row)?;
    known(ctx, tx, &row)?;
    if rows::standing_rules(tx, ctx.org())?.len() as i64 >= rows::RULES_MAX {
        let message = format!("There are {} rules already. Take some out first.", rows::RULES_MAX);
        return Err(Error::conflict("too_many_rules", message));
    }
    rows::insert_rule(tx, ctx.org(), &row)?;
    let mut entry = ctx.entry("commission_rule_created").subject(row.id).subject(ctx.org());
    entry.change(row.id, "name", None, Some(row.name.clone()));
    entry.change(row.id, "rate_bp", None, Some(row.rate_bp.to_string()));
    entry.append(ctx, tx)?;
    Ok(view(row))
}

/// 404 for what a rule names and is not there.
fn known(ctx: &Ctx, tx: &mut Tx, row: &RuleRow) -> Result<()> {
    const KINDS: [(&str, &str); 7] = [
        ("user_id", "usr"),
        ("physician_id", "phy"),
        ("customer_id", "cus"),
        ("location_id", "loc"),
        ("manufacturer_id", "mfr"),
        ("product_line_id", "pln"),
        ("catalog_item_id", "cat"),
    ];
    let ids = [
        row.user_id,
        row.physician_id,
        row.customer_id,
        row.location_id,
        row.manufacturer_id,
        row.product_line_id,
        row.catalog_item_id,
    ];
    for ((field, prefix), id) in KINDS.into_iter().zip(ids) {
        if let Some(id) = id
            && store::names::prefix_of(tx, ctx.org(), id)? != Some(prefix)
        {
            return Err(Error::unknown(field));
        }
    }
    Ok(())
}

/// Changes a rule.
pub fn patch_rule(ctx: &Ctx, tx: &mut Tx, id: CommissionRuleId, patch: &PatchCommissionRule) -> Result<CommissionRule> {
    ctx.require(Permission::ManageBilling)?;
    let before = rows::lock_rule(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    ctx.check_version(before.version, || rule(ctx, tx, id))?;
    let mut row = before.clone();
    if let Some(name) = &patch.name {
        row.name = typed("name", domain::text::clean_name(name, limits::NAME_MAX))?;
    }
    if let Some(bp) = patch.rate_bp {
        row.rate_bp = i64::from(bp);
    }
    let set = |stored: &mut Option<i64>, patch: &contract::Patch<Day>| {
        *stored = patch.clone().or(stored.map(|day| Day(day as i32))).map(|day| i64::from(day.0));
    };
    set(&mut row.valid_from, &patch.valid_from);
    set(&mut row.valid_to, &patch.valid_to);
    match patch.archived {
        Some(true) if row.archived_at.is_none() => row.archived_at = Some(ctx.now.0),
        Some(false) => row.archived_at = None,
        _ => {}
    }
    checked(&row)?;
    if row == before {
        return Ok(view(row));
    }
    rows::save_rule(tx, ctx.org(), &row)?;
    let mut entry = ctx.entry("commission_rule_changed").subject(row.id).subject(ctx.org());
    let shown = |day: Option<i64>| day.map(|day| Day(day as i32).to_string());
    entry.change(row.id, "name", Some(before.name.clone()), Some(row.name.clone()));
    entry.change(row.id, "rate_bp", Some(before.rate_bp.to_string()), Some(row.rate_bp.to_string()));
    entry.change(row.id, "valid_from", shown(before.valid_from), shown(row.valid_from));
    entry.change(row.id, "valid_to", shown(before.valid_to), shown(row.valid_to));
    let out = |row: &RuleRow| Some(row.archived_at.is_some().to_string());
    entry.change(row.id, "archived", out(&before), out(&row));
    entry.append(ctx, tx)?;
    rule(ctx, tx, id)
}
