//! Orders of the past by the million: rows as a sale, its invoice and its payment leave them. Figures and standings are made from
//! the rows, customer by customer, and the journal tells of each order, so that `verify` proves the whole.

use super::{DAY, Maker, progress};
use crate::people::plain;
use anyhow::Result;
use app::{Ctx, Tx};
use contract::billing::{DocumentParty, OrderDocument, TermsSnapshot};
use domain::clock::Day;
use domain::id;
use domain::terms::{BasisDate, Roll};
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use std::sync::Arc;
use store::past::{PastOrder, Whose};
use uuid::Uuid;

/// How far back orders go, in days.
const SINCE: i64 = 1_095;
/// How many customers' orders wait for the writer.
const AT_ONCE: usize = 64;

/// One order, as chance has it.
struct Sale {
    /// Its place among the customer's locations.
    place: usize,
    day: i64,
    amount_minor: i64,
    paid_on: Option<i64>,
}

/// A customer with its locations and those who care for them.
struct Buyer {
    id: Uuid,
    places: Vec<(Uuid, Uuid)>,
    sales: Vec<Sale>,
}

fn uuid<K: id::Kind>(printed: &str) -> Result<Uuid> {
    printed.parse::<id::Id<K>>().map(|id| id.uuid()).map_err(|_| anyhow::anyhow!("{printed} is no id"))
}

impl Maker {
    /// So many orders over all customers: some order never, some have stopped, most go on at a rhythm of their own.
    pub(super) async fn orders(&mut self, n: usize) -> Result<()> {
        if n == 0 || self.made.sales.is_empty() || self.made.locations.is_empty() {
            return Ok(());
        }
        let today = Day(self.noon.0.div_euclid(DAY) as i32);
        let begun = move |ctx: &Ctx, tx: &mut Tx| Ok(store::directory::figures::begin_windows(tx, ctx.org(), today)?);
        self.app.write(&self.ctx, begun).await.map_err(plain)?;
        self.app.roll_figures(self.ctx.organization.id).await.map_err(plain)?;
        let terms = Arc::new(terms());
        let mut under_way = FuturesOrdered::new();
        let (mut left, mut done, mut told, mut next) = (n, 0, 0, 0);
        let customers = self.made.customers.len();
        for at in 0..customers {
            let first = next;
            while self.made.owners.get(next) == Some(&at) {
                next += 1;
            }
            let average = left / (customers - at);
            let wanted = if at + 1 == customers { left } else { self.random.below(2 * average + 1).min(left) };
            left -= wanted;
            let buyer = Arc::new(self.buyer(at, first..next, wanted)?);
            let (app, ctx, terms) = (self.app.clone(), self.ctx.clone(), terms.clone());
            under_way.push_back(async move {
                // Two units of work: each statement walks over what its unit has kept for taking it back.
                let bought = buyer.clone();
                let made = app.write(&ctx, move |ctx, tx| put_down(ctx, tx, &bought, &terms)).await.map_err(plain)?;
                if made > 0 {
                    let settled = move |ctx: &Ctx, tx: &mut Tx| Ok(store::past::settle(tx, ctx.org(), buyer.id)?);
                    app.write(&ctx, settled).await.map_err(plain)?;
                }
                anyhow::Ok(made)
            });
            while under_way.len() >= AT_ONCE || at + 1 == customers {
                let Some(made) = under_way.next().await else { break };
                done += made?;
                if done - told >= n.div_ceil(20) || (done == n && told < n) {
                    told = done;
                    progress("orders", done, n);
                }
            }
        }
        Ok(())
    }

    fn buyer(&mut self, at: usize, places: std::ops::Range<usize>, wanted: usize) -> Result<Buyer> {
        let mut known = Vec::with_capacity(places.len());
        for (location, rep) in &self.made.locations[places] {
            known.push((uuid::<id::Location>(location)?, uuid::<id::User>(&self.made.sales[*rep])?));
        }
        let today = self.noon.0.div_euclid(DAY);
        let first = self.random.between(-SINCE, -30);
        let last = if self.random.chance(15) { self.random.between(first, -1) } else { -1 };
        let mut sales = Vec::with_capacity(wanted);
        for _ in 0..wanted {
            let day = today + self.random.between(first, last);
            let amount_minor = 20_000 + self.random.between(0, 400) * 1_250;
            let paid = day + self.random.between(5, 60);
            let paid_on = (paid < today && !self.random.chance(1)).then_some(paid);
            sales.push(Sale { place: self.random.below(known.len()), day, amount_minor, paid_on });
        }
        Ok(Buyer { id: uuid::<id::Customer>(&self.made.customers[at])?, places: known, sales })
    }
}

fn terms() -> TermsSnapshot {
    let rule = contract::directory::TermsRule::NetDays { days: 30 };
    TermsSnapshot { rule, roll: Roll::None, discount: None, basis_date: BasisDate::InvoiceDate, name: String::new() }
}

/// What order and invoice say.
fn document(ctx: &Ctx, number: i64, sale: &Sale) -> OrderDocument {
    OrderDocument {
        seller: DocumentParty { name: ctx.organization.name.clone(), ..DocumentParty::default() },
        customer: None,
        location: None,
        event_number: format!("E-{number}"),
        event_name: format!("Case {number}"),
        event_on: Day(sale.day as i32).to_string(),
        physician: None,
        procedure: None,
        patient_reference: String::new(),
        representative: String::new(),
        sub_representatives: Vec::new(),
        currency: ctx.organization.currency.clone(),
        lines: Vec::new(),
        charges: Vec::new(),
        lines_total_minor: 0,
        total_minor: sale.amount_minor,
        terms: "Net 30, counted from invoice".to_owned(),
        purchase_orders: Vec::new(),
        note: String::new(),
        keep_as_facility_stock: false,
    }
}

/// The orders of one customer in one unit of work; gives how many.
fn put_down(ctx: &Ctx, tx: &mut Tx, buyer: &Buyer, terms: &TermsSnapshot) -> app::Result<usize> {
    let count = buyer.sales.len() as i64;
    if count == 0 {
        return Ok(0);
    }
    let internal = |error: serde_json::Error| app::Error::Internal(error.to_string());
    let whose = Whose {
        customer_id: buyer.id,
        by: ctx.actor.id.uuid(),
        time_zone: "America/Chicago".to_owned(),
        terms: serde_json::to_string(terms).map_err(internal)?,
        explanation: "Net 30 from invoice".to_owned(),
    };
    let event = store::engine::next_numbers(tx, ctx.org(), "event", count)?;
    let order = store::engine::next_numbers(tx, ctx.org(), "sales_order", count)?;
    let invoice = store::engine::next_numbers(tx, ctx.org(), "invoice", count)?;
    let mut entry = ctx.entry("event_submitted");
    let mut rows = Vec::with_capacity(buyer.sales.len());
    for (n, sale) in (0..).zip(&buyer.sales) {
        let ids = [
            ctx.id::<id::Event>().uuid(),
            ctx.id::<id::Event>().uuid(),
            ctx.id::<id::SalesOrder>().uuid(),
            ctx.id::<id::Invoice>().uuid(),
            ctx.id::<id::Payment>().uuid(),
        ];
        let (location_id, representative_id) = buyer.places[sale.place];
        entry.about(ids[0]);
        rows.push(PastOrder {
            ids,
            event_number: event + n,
            order_number: format!("SO-{:06}", order + n),
            invoice_number: format!("INV-{:06}", invoice + n),
            location_id,
            representative_id,
            starts_at: sale.day * DAY + 18 * 3_600_000_000,
            day: sale.day,
            amount_minor: sale.amount_minor,
            due_on: sale.day + 30,
            paid_on: sale.paid_on,
            document: serde_json::to_string(&document(ctx, event + n, sale)).map_err(internal)?,
        });
    }
    store::past::insert(tx, ctx.org(), &whose, &rows)?;
    entry.append(ctx, tx)?;
    Ok(rows.len())
}
