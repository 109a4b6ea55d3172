//! What comes back of what was sold: the lines of invoices whose units a return has taken back, and that nobody credited yet.

use super::documents::read_document;
use crate::events::{Loaded, kind, readable, status};
use crate::{Ctx, Result};
use contract::Items;
use contract::credits::ReturnedSale;
use domain::event::EventType;
use domain::id::{EventId, Id, LineId};
use domain::people::Permission;
use std::collections::{BTreeSet, HashSet};
use store::Tx;
use uuid::Uuid;

/// Of a submitted return: what could be credited, invoice by invoice. Nothing of other events.
pub fn creditable(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Items<ReturnedSale>> {
    let row = readable(ctx, tx, id.uuid())?;
    ctx.require(Permission::ManageBilling)?;
    if kind(&row)? != EventType::Return || !status(&row)?.is_submitted() {
        return Ok(Items { items: Vec::new() });
    }
    let loaded = Loaded::of(ctx, tx, &row)?;
    let came: HashSet<Uuid> = loaded.lines.iter().filter(|line| line.facility_stock).map(|line| line.unit_id).collect();
    let sold: BTreeSet<Uuid> =
        loaded.lines.iter().filter(|line| line.facility_stock).filter_map(|line| line.sold_event_id).collect();
    let mut items = Vec::new();
    for event in sold {
        for invoice in store::billing::invoices_of(tx, ctx.org(), event)?.into_iter().filter(|it| it.is_live()) {
            let credited: HashSet<LineId> = store::credits::of_invoice(tx, ctx.org(), invoice.id)?
                .into_iter()
                .flat_map(|memo| serde_json::from_str::<Vec<LineId>>(&memo.line_ids).unwrap_or_default())
                .collect();
            let said = read_document(store::billing::invoice_document(tx, ctx.org(), invoice.id)?)?;
            let left = invoice.total_minor - invoice.credited_minor;
            let lines: Vec<_> = said
                .lines
                .iter()
                .filter(|line| came.contains(&line.unit_id.uuid()) && !credited.contains(&line.line_id))
                .filter(|line| line.amount_minor > 0)
                .collect();
            let amount: i64 = lines.iter().map(|line| line.amount_minor).sum();
            // What was credited as an amount may hold it already: then somebody has looked.
            if !lines.is_empty() && amount <= left {
                items.push(ReturnedSale {
                    invoice_id: Id::from_uuid(invoice.id),
                    invoice_number: invoice.number.clone(),
                    line_ids: lines.iter().map(|line| line.line_id).collect(),
                    whole: amount == left && lines.len() == said.lines.len(),
                    amount_minor: amount,
                    currency: ctx.organization.currency.clone(),
                });
            }
        }
    }
    Ok(Items { items })
}
