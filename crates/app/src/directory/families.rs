//! Customers with those below them: a health system with its hospitals, a buying group with its members, and what they add up
//! to. Each is seen as far as the viewer reaches; what is out of reach is neither named nor counted.

use super::customers;
use super::window;
use crate::{Ctx, Result};
use contract::ListParams;
use contract::directory::Sums;
use contract::families::{Family, FamilyMember};
use domain::hierarchy::DEPTH_MAX;
use domain::id::{self, CustomerId, Id};
use domain::limits;
use std::collections::{BTreeMap, HashMap};
use store::Tx;
use store::directory::customers as rows;
use uuid::Uuid;

/// Customers of one tree that are shown; the sums are of as many.
pub const MEMBERS_MAX: usize = 500;

/// A customer with everybody below it, top to bottom, each with its own figures and with those of its part of the tree.
pub fn family(ctx: &Ctx, tx: &mut Tx, id: CustomerId, params: &ListParams) -> Result<Family> {
    crate::list::only(params, &["window", "window_from", "window_to"])?;
    let period = window(params)?;
    let top = customers::get(ctx, tx, id, period)?;
    let levels = rows::below(tx, ctx.org(), id.uuid(), DEPTH_MAX)?;
    let below: Vec<Uuid> = levels.into_iter().flatten().collect();
    let more = below.len() >= MEMBERS_MAX;
    let mut members = vec![member(top)];
    for some in below[..below.len().min(MEMBERS_MAX - 1)].chunks(limits::FILTER_VALUES_MAX) {
        let ids: Vec<String> = some.iter().map(|id| CustomerId::from_uuid(*id).to_string()).collect();
        let mut asked = ListParams { limit: Some(limits::LIST_MAX as u32), ..params.clone() };
        asked.filters.insert("id".into(), ids.join(","));
        asked.filters.insert("archived".into(), "all".into());
        members.extend(customers::list(ctx, tx, &asked)?.items.into_iter().map(member));
    }
    let items = arranged(members, id);
    let mut above = Vec::new();
    for parent in rows::parents(tx, ctx.org(), id.uuid(), DEPTH_MAX)? {
        if store::directory::sees_customer(tx, ctx.viewer(), parent)? {
            above.push(Id::<id::Customer>::from_uuid(parent));
        }
    }
    let totals = items.first().map_or_else(empty, |top| top.with_subsidiaries);
    Ok(Family { above, items, totals, more })
}

const fn empty() -> Sums {
    Sums {
        rows: 0,
        locations_count: 0,
        orders_count: 0,
        orders_total_minor: 0,
        orders_avg_minor: None,
        credits_total_minor: 0,
        net_sales_minor: 0,
        open_balance_minor: None,
        past_due_minor: None,
        exposure_minor: None,
        tasks_open: 0,
        stock_on_site_units: 0,
        stock_on_site_value_minor: 0,
        units_expiring_90d: 0,
    }
}

fn member(it: contract::directory::Customer) -> FamilyMember {
    let own = Sums {
        rows: 1,
        locations_count: it.locations_count,
        orders_count: it.orders_count,
        orders_total_minor: it.orders_total_minor,
        orders_avg_minor: it.orders_avg_minor,
        credits_total_minor: it.credits_total_minor,
        net_sales_minor: it.net_sales_minor,
        open_balance_minor: it.open_balance_minor,
        past_due_minor: it.past_due_minor,
        exposure_minor: it.exposure_minor,
        tasks_open: it.tasks_open,
        stock_on_site_units: it.stock_on_site_units,
        stock_on_site_value_minor: it.stock_on_site_value_minor,
        units_expiring_90d: it.units_expiring_90d,
    };
    FamilyMember {
        id: it.id,
        parent_customer_id: it.parent_customer_id,
        level: 0,
        name: it.name,
        number: it.number,
        kind: it.kind,
        engagement_stage: it.engagement_stage,
        effective_billing_status: it.effective_billing_status,
        archived_at: it.archived_at,
        own,
        with_subsidiaries: own,
        share_bp: None,
    }
}

/// Sums of two parts of a tree; the average is of all their orders.
fn plus(a: &Sums, b: &Sums) -> Sums {
    let maybe = |a: Option<i64>, b: Option<i64>| a.zip(b).map(|(a, b)| a + b);
    let (orders_count, orders_total_minor) =
        (a.orders_count + b.orders_count, a.orders_total_minor + b.orders_total_minor);
    Sums {
        rows: a.rows + b.rows,
        locations_count: a.locations_count + b.locations_count,
        orders_count,
        orders_total_minor,
        orders_avg_minor: (orders_count > 0)
            .then(|| (2 * orders_total_minor + orders_count).div_euclid(2 * orders_count)),
        credits_total_minor: a.credits_total_minor + b.credits_total_minor,
        net_sales_minor: a.net_sales_minor + b.net_sales_minor,
        open_balance_minor: maybe(a.open_balance_minor, b.open_balance_minor),
        past_due_minor: maybe(a.past_due_minor, b.past_due_minor),
        exposure_minor: maybe(a.exposure_minor, b.exposure_minor),
        tasks_open: a.tasks_open + b.tasks_open,
        stock_on_site_units: a.stock_on_site_units + b.stock_on_site_units,
        stock_on_site_value_minor: a.stock_on_site_value_minor + b.stock_on_site_value_minor,
        units_expiring_90d: a.units_expiring_90d + b.units_expiring_90d,
    }
}

/// Members as a tree is read: each before those below it, brothers by name. Whoever's parent is out of reach stands at the top
/// of its part, below the first.
fn arranged(members: Vec<FamilyMember>, top: CustomerId) -> Vec<FamilyMember> {
    let known: HashMap<CustomerId, usize> = members.iter().enumerate().map(|(at, it)| (it.id, at)).collect();
    let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, it) in members.iter().enumerate().filter(|(_, it)| it.id != top) {
        let parent = it.parent_customer_id.and_then(|id| known.get(&id).copied()).unwrap_or(0);
        children.entry(parent).or_default().push(at);
    }
    for brothers in children.values_mut() {
        brothers.sort_by_key(|at| (domain::text::fold(&members[*at].name), members[*at].number.clone()));
    }
    let mut order: Vec<(usize, usize)> = Vec::with_capacity(members.len());
    let mut next = vec![(0, 0)];
    while let Some((at, level)) = next.pop() {
        order.push((at, level));
        next.extend(children.get(&at).into_iter().flatten().rev().map(|child| (*child, level + 1)));
    }
    let mut sums: HashMap<usize, Sums> = HashMap::new();
    for (at, _) in order.iter().rev() {
        let below = children.get(at).into_iter().flatten().filter_map(|child| sums.get(child));
        let sum = below.fold(members[*at].own, |sum, part| plus(&sum, part));
        sums.insert(*at, sum);
    }
    let whole = sums.get(&0).map_or(0, |sum| sum.orders_total_minor);
    order
        .into_iter()
        .map(|(at, level)| {
            let with_subsidiaries = sums[&at];
            let share = |part: i64| (whole > 0).then(|| (part * 10_000 + whole / 2) / whole);
            FamilyMember {
                level: level as i64,
                share_bp: share(with_subsidiaries.orders_total_minor),
                with_subsidiaries,
                ..members[at].clone()
            }
        })
        .collect()
}
