//! What to look at on an event, each in a sentence that says why: before it is submitted, and while its purchase order is awaited.

use super::lines::resolved_of;
use super::{Loaded, kind, moving, named_summary, readable, sees_prices, status, unit_name};
use crate::{Ctx, Result};
use contract::Items;
use contract::events::EventWarning;
use domain::clock::{Day, Instant};
use domain::event::lifecycle;
use domain::event::{Billed, EventStatus, Usage};
use domain::id::{EventId, Id};
use domain::money::Minor;
use domain::pricing::{Price, PriceSource};
use std::collections::BTreeMap;
use store::Tx;
use store::events::{EventRow, LineRow};
use uuid::Uuid;

fn whole(code: &str, message: String) -> EventWarning {
    EventWarning { code: code.to_owned(), message, line_id: None }
}

/// Everything to look at.
pub fn list(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Items<EventWarning>> {
    let row = readable(ctx, tx, id.uuid())?;
    let items = match status(&row)? {
        EventStatus::Open => {
            let mut found = on_it(ctx, tx, &row)?;
            found.extend(sets(ctx, tx, &row)?);
            found.extend(clashes(ctx, tx, &row)?);
            found
        }
        EventStatus::PendingPo => late_order(ctx, &row).into_iter().collect(),
        _ => Vec::new(),
    };
    Ok(Items { items })
}

/// What stands against the lines and fields of an open event, without a look at other events; nothing of others.
pub fn content(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Items<EventWarning>> {
    let row = readable(ctx, tx, id.uuid())?;
    let open = status(&row)? == EventStatus::Open;
    Ok(Items { items: if open { on_it(ctx, tx, &row)? } else { Vec::new() } })
}

fn on_it(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Vec<EventWarning>> {
    let mut loaded = Loaded::of(ctx, tx, row)?;
    loaded.judge(ctx, tx, row)?;
    loaded.ask_for_pictures(ctx, tx, row)?;
    let found = loaded.ask(row, |facts, _| lifecycle::warnings(facts))?;
    let mut items: Vec<EventWarning> = found
        .into_iter()
        .map(|warning| EventWarning {
            code: warning.code.to_owned(),
            message: warning.message,
            line_id: warning.line.and_then(|at| loaded.lines.get(at)).map(|line| Id::from_uuid(line.id)),
        })
        .collect();
    let wanted = super::types::lacking(ctx, tx, row, &loaded)?;
    items.extend(wanted.into_iter().map(|(code, message)| whole(code, message)));
    items.extend(edited_prices(ctx, tx, row, &loaded.lines)?);
    items.extend(recalled(ctx, tx, &loaded.lines)?);
    Ok(items)
}

/// Lines whose units were recalled since they were marked. What was used stays on its event, which is how it is traced.
fn recalled(ctx: &Ctx, tx: &mut Tx, lines: &[LineRow]) -> Result<Vec<EventWarning>> {
    let ids: Vec<Uuid> = lines.iter().filter(|line| line.active).map(|line| line.unit_id).collect();
    let found = store::recalls::frozen(tx, ctx.org(), &ids)?;
    let warning = |line: &LineRow| {
        let recall = found.get(&line.unit_id)?;
        let (name, number) = (unit_name(&line.number, &line.lot, &line.serial), crate::recalls::number(recall.number));
        Some(EventWarning {
            code: "unit_recalled".to_owned(),
            message: format!(
                "{name} falls under recall {number} ({}). If it was used, submit the event: that is how it is traced. If not, \
                 take it off and set it aside.",
                recall.title
            ),
            line_id: Some(Id::from_uuid(line.id)),
        })
    };
    Ok(lines.iter().filter_map(warning).collect())
}

/// Prices that were set by hand where one was agreed or listed. Alike ones are told once.
fn edited_prices(ctx: &Ctx, tx: &mut Tx, row: &EventRow, lines: &[LineRow]) -> Result<Vec<EventWarning>> {
    let billed = |line: &&LineRow| {
        let usage = Usage::parse(&line.usage).unwrap_or(Usage::Used);
        line.price_source == PriceSource::Manual.as_str() && usage.rule().billed == Billed::Yes && !line.facility_stock
    };
    let typed: Vec<&LineRow> = lines.iter().filter(billed).collect();
    if typed.is_empty() || !kind(row)?.rules().billable {
        return Ok(Vec::new());
    }
    let items: Vec<Uuid> = typed.iter().map(|line| line.catalog_item_id).collect();
    let usual = resolved_of(ctx, tx, row, &items)?;
    let mut alike: BTreeMap<(Uuid, i64), Vec<&LineRow>> = BTreeMap::new();
    for line in typed {
        alike.entry((line.catalog_item_id, line.unit_price_minor)).or_default().push(line);
    }
    let currency = crate::billing::currency(ctx);
    let warning = |((item, minor), lines): ((Uuid, i64), Vec<&LineRow>)| {
        let usual = usual.get(&item).copied().unwrap_or(Price::NONE);
        if usual.minor.0 == minor && usual.source != PriceSource::None {
            return None;
        }
        let first = lines.first()?;
        let what = match lines.len() {
            1 => unit_name(&first.number, &first.lot, &first.serial),
            count => format!("{count} units of {}", first.number),
        };
        let set = Minor(minor).display(currency);
        let message = match usual.source {
            PriceSource::Contract if sees_prices(ctx) => {
                format!("The price of {what} was set to {set} by hand; {} is agreed.", usual.minor.display(currency))
            }
            PriceSource::Contract => format!("The price of {what} was set to {set} by hand; another one is agreed."),
            PriceSource::List => {
                let list = usual.minor.display(currency);
                format!("The price of {what} was set to {set} by hand; the list price is {list}.")
            }
            _ => format!("The price of {what} was set to {set} by hand; none is agreed or listed."),
        };
        let line_id = Some(Id::from_uuid(first.id));
        Some(EventWarning { code: "price_edited".to_owned(), message, line_id })
    };
    Ok(alike.into_iter().filter_map(warning).collect())
}

/// Containers of the event that lack what their bill of materials wants at least.
fn sets(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Vec<EventWarning>> {
    let containers = store::events::containers(tx, ctx.org(), row.id)?;
    let short = crate::sets::short(ctx, tx, &containers)?;
    let warning = |(name, lacks): (String, Vec<String>)| {
        whole("container_incomplete", format!("{name} is not complete: {}.", lacks.join(", ")))
    };
    Ok(short.into_iter().map(warning).collect())
}

/// Whoever or whatever is wanted twice at that time, is away, or cannot be there in time; nothing once the event is over.
fn clashes(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Vec<EventWarning>> {
    if Instant(row.ends_at) < ctx.now {
        return Ok(Vec::new());
    }
    let head = named_summary(ctx, tx, row.id)?;
    let found = moving::clashes(ctx, tx, row, head)?;
    Ok(found.into_iter().map(|sentence| whole("double_booked", sentence)).collect())
}

/// A purchase order that is awaited for longer than is usual.
fn late_order(ctx: &Ctx, row: &EventRow) -> Option<EventWarning> {
    let submitted: Day = Instant(row.submitted_at?).day_in(&ctx.organization.time_zone);
    let warning = lifecycle::late_order(i64::from(ctx.today().0 - submitted.0))?;
    Some(whole(warning.code, warning.message))
}
