//! The call list: engaged customers whose next order is late by their own rhythm, the longest expected first; what they
//! usually take; and the mail that tells it to whoever cares for them.

use super::customers;
use crate::mail::{Mail, queue};
use crate::{App, Ctx, Error, Result, list};
use contract::calls::{CallListEntry, UsualItem};
use contract::directory::Customer;
use contract::{Items, ListParams, Page};
use domain::calls::{self as rules, ITEMS_NAMED, LATE_DAYS, ORDERS_LOOKED_AT};
use domain::id::{CustomerId, Id, OrganizationId};
use domain::people::Role;
use std::collections::{BTreeMap, HashMap};
use store::Tx;
use store::directory::calls as rows;
use uuid::Uuid;

/// The kind under which it is remembered who was told.
const DIGEST: &str = "call_list";
/// Customers that a mail names.
const NAMED_IN_MAIL: u32 = 20;
/// Rows of a page at most.
const ROWS_MAX: u32 = 100;
/// From this hour on, where the organisation is, the mail goes out.
const MAIL_HOUR: i32 = 7;
/// People told in one turn.
const TOLD_AT_ONCE: i64 = 200;

fn require_seller(ctx: &Ctx) -> Result<()> {
    if ctx.actor.role == Role::FacilityManager {
        return Err(Error::forbidden("not_allowed", "The call list is for the people who sell."));
    }
    Ok(())
}

/// Customers to be called, the longest expected first. `late_by` says how many days late an order must be, 7 unless asked
/// otherwise; `default_sales_rep_id` whose customers.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<CallListEntry>> {
    require_seller(ctx)?;
    list::only(params, &["default_sales_rep_id", "late_by"])?;
    let late_by = match params.filters.get("late_by") {
        None => LATE_DAYS,
        Some(text) => text
            .parse()
            .ok()
            .filter(|days| (1..=365).contains(days))
            .ok_or_else(|| Error::field("late_by", "invalid_value", "Give a number of days from 1 to 365."))?,
    };
    // Each row looks at its orders, so a page is shorter than those of other lists.
    let limit = params.limit.map(|limit| limit.min(ROWS_MAX));
    let mut asked = ListParams { sort: Some("expected_next,name".into()), limit, ..params.clone() };
    asked.filters.remove("late_by");
    asked.filters.insert("engaged".into(), "true".into());
    let until = rules::expected_until(ctx.today(), late_by);
    asked.filters.insert("expected_next_to".into(), until.to_string());
    let page = customers::list(ctx, tx, &asked)?;
    let ids: Vec<Uuid> = page.items.iter().map(|it| it.id.uuid()).collect();
    let mut open: HashMap<Uuid, Uuid> = HashMap::new();
    for (task, customer) in rows::open_calls(tx, ctx.org(), &ids)? {
        open.insert(customer, task);
    }
    let mut items = Vec::with_capacity(page.items.len());
    for it in page.items {
        let usual = usual(ctx, tx, it.id.uuid())?;
        items.push(entry(it, usual, &open));
    }
    Ok(Page { items, next_cursor: page.next_cursor, total: page.total })
}

fn entry(it: Customer, usual: Vec<UsualItem>, open: &HashMap<Uuid, Uuid>) -> CallListEntry {
    CallListEntry {
        task_id: open.get(&it.id.uuid()).copied().map(Id::from_uuid),
        customer_id: it.id,
        customer_name: it.name,
        customer_number: it.number,
        phone: it.phone,
        default_sales_rep_id: it.default_sales_rep_id,
        default_sales_rep_name: it.default_sales_rep_name,
        engagement_stage: it.engagement_stage,
        reason: it.engagement_reason,
        last_order_on: it.last_order_on,
        usual_gap_days: it.usual_gap_days,
        expected_next_on: it.expected_next_on,
        overdue_by: it.overdue_by,
        usual,
    }
}

/// What a customer usually takes at the locations in reach, by its last orders.
fn usual(ctx: &Ctx, tx: &mut Tx, customer: Uuid) -> Result<Vec<UsualItem>> {
    let events = rows::last_orders(tx, ctx.viewer(), customer, ORDERS_LOOKED_AT)?;
    let mut orders: BTreeMap<Uuid, BTreeMap<Uuid, i64>> = BTreeMap::new();
    for (event, item, units) in rows::taken(tx, ctx.org(), &events)? {
        orders.entry(event).or_default().insert(item, units);
    }
    let orders: Vec<BTreeMap<Uuid, i64>> = orders.into_values().collect();
    let usual = rules::usual_items(&orders);
    let ids: Vec<Uuid> = usual.iter().map(|it| it.item).collect();
    let known = rows::items(tx, ctx.org(), &ids)?;
    let words = |id: Uuid| {
        let found = known.iter().find(|(item, ..)| *item == id);
        found.map_or_else(Default::default, |(_, number, description)| (number.clone(), description.clone()))
    };
    let shown = usual.into_iter().take(ITEMS_NAMED).map(|it| {
        let (number, description) = words(it.item);
        let orders = it.orders as i64;
        UsualItem { catalog_item_id: Id::from_uuid(it.item), number, description, quantity: it.quantity, orders }
    });
    Ok(shown.collect())
}

/// The same for one customer.
pub fn usual_items(ctx: &Ctx, tx: &mut Tx, id: CustomerId) -> Result<Items<UsualItem>> {
    if !store::directory::sees_customer(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    require_seller(ctx)?;
    Ok(Items { items: usual(ctx, tx, id.uuid())? })
}

/// `Cup 52 (4), Screw 6.5 (12)`.
pub fn usual_words(usual: &[UsualItem]) -> String {
    let one = |it: &UsualItem| {
        let name = if it.description.is_empty() { &it.number } else { &it.description };
        format!("{name} ({})", it.quantity)
    };
    usual.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The mail to whoever cares for these customers.
fn mail(ctx: &Ctx, public_url: &str, page: &Page<CallListEntry>) -> Mail {
    let mut text = format!("{},\n\nthese customers of yours usually would have ordered by now:\n", ctx.actor.name);
    for it in &page.items {
        text.push_str(&format!("\n{} ({})\n  {}\n", it.customer_name, it.customer_number, it.reason));
        if !it.usual.is_empty() {
            text.push_str(&format!("  Usually takes: {}\n", usual_words(&it.usual)));
        }
        if !it.phone.is_empty() {
            text.push_str(&format!("  Telephone: {}\n", it.phone));
        }
    }
    if page.next_cursor.is_some() {
        text.push_str("\nThere are more of them on the call list.\n");
    }
    text.push_str(&format!("\n{public_url}/call-list\n\nHow often this comes is set by your organization.\n"));
    let n = page.items.len();
    let more = if page.next_cursor.is_some() { "more than " } else { "" };
    let subject = format!("{more}{n} customer{} to call", if n == 1 { "" } else { "s" });
    Mail { to: ctx.actor.email.clone(), subject, text }
}

/// Queues the call list of one person, once a day at most; gives whether a mail goes out.
fn tell(ctx: &Ctx, tx: &mut Tx, public_url: &str) -> Result<bool> {
    let today = ctx.today();
    if !rows::told(tx, ctx.org(), DIGEST, ctx.actor.id.uuid(), i64::from(today.0))? {
        return Ok(false);
    }
    let mut own = ListParams { limit: Some(NAMED_IN_MAIL), ..ListParams::default() };
    own.filters.insert("default_sales_rep_id".into(), ctx.principal().to_string());
    let page = list(ctx, tx, &own)?;
    if page.items.is_empty() {
        return Ok(false);
    }
    queue(ctx, tx, &mail(ctx, public_url, &page))?;
    Ok(true)
}

impl App {
    /// Sends the call list to everybody who cares for customers, on the days and at the hour that the organisation wants it;
    /// gives how many mails go out.
    pub async fn tell_call_lists(&self, organization: OrganizationId) -> Result<usize> {
        let (id, now) = (organization.uuid(), self.now());
        let row = self.db().read(move |tx| store::people::organization(tx, id)).await?;
        let Some(row) = row else { return Ok(0) };
        let settings: serde_json::Value = serde_json::from_str(&row.settings).unwrap_or_default();
        let often = settings.get("call_list_digest").and_then(serde_json::Value::as_str).unwrap_or("weekly");
        let today = now.day_in(&row.time_zone);
        let morning = today.starts_in(&row.time_zone).plus_seconds(i64::from(MAIL_HOUR) * 3600);
        if !rules::digest_goes_out(often, today) || now < morning {
            return Ok(0);
        }
        let since = i64::from(today.0);
        let people = self.db().read(move |tx| rows::not_told(tx, id, DIGEST, since, TOLD_AT_ONCE)).await?;
        let mut sent = 0;
        for person in people {
            let ctx = self.context_of_account(id, person, "call list").await?;
            let url = self.config().public_url.clone();
            if self.write(&ctx, move |ctx, tx| tell(ctx, tx, &url)).await? {
                sent += 1;
            }
        }
        Ok(sent)
    }
}
