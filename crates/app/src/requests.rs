//! Requests for stock: who sees them, where they stand, what may be done about them.
//!
//! Asking is in [`ask`], answering in [`answer`], what could be asked for and from where it could come in [`propose`]. A request
//! is locked before the units that are sent for it.

pub mod answer;
pub mod ask;
pub mod propose;

use crate::history::Names;
use crate::unit_lists::custodians;
use crate::units::level;
use crate::{Ctx, Error, Result, list};
use contract::links::LinkedOrganization;
use contract::requests::{StockRequest, StockRequestLine, StockRequestRow, StockRequestTransfer};
use contract::{HistoryEntry, ListParams, Page};
use domain::clock::{Day, Instant};
use domain::id::{Id, RequestId};
use domain::link::LinkDirection;
use domain::people::{Level, Permission};
use domain::request::{self, Progress, RequestKind, RequestStatus};
use domain::stock::{Custodian, CustodianType, TransferStatus};
use std::collections::HashMap;
use store::page::{Query, Sort};
use store::reach::{FEW_SUBJECTS, Side};
use store::requests::{LineRow, REQUEST_COLUMNS, RequestRow};
use store::{Tx, Value};
use uuid::Uuid;

/// The running number of a request as it is shown.
pub fn number(number: i64) -> String {
    format!("REQ-{number:06}")
}

pub(crate) fn to(row: &RequestRow) -> Custodian {
    Custodian { kind: CustodianType::parse(&row.to_type).unwrap_or(CustodianType::User), id: row.to_id }
}

pub(crate) fn status(row: &RequestRow) -> RequestStatus {
    RequestStatus::parse(&row.status).unwrap_or(RequestStatus::Cancelled)
}

pub(crate) fn kind(row: &RequestRow) -> RequestKind {
    RequestKind::parse(&row.kind).unwrap_or(RequestKind::Inventory)
}

pub(crate) fn progress(line: &LineRow) -> Progress {
    Progress { asked: line.quantity, sent: line.sent, received: line.received, closed: line.closed }
}

fn day(stored: Option<i64>) -> Option<Day> {
    stored.map(|day| Day(day as i32))
}

pub(crate) fn head(ctx: &Ctx, tx: &mut Tx, names: &mut Names, row: RequestRow) -> Result<StockRequestRow> {
    // A linked company that asks or answers is no account.
    let created_by = names.person(ctx, tx, row.created_by)?.map(|_| Id::from_uuid(row.created_by));
    let decided_by = match row.decided_by {
        Some(id) => names.person(ctx, tx, id)?.map(|_| Id::from_uuid(id)),
        None => None,
    };
    Ok(StockRequestRow {
        id: Id::from_uuid(row.id),
        number: number(row.number),
        kind: kind(&row),
        status: status(&row),
        to: to(&row).into(),
        to_name: names.of(ctx, tx, row.to_id)?,
        event_id: row.event_id.map(Id::from_uuid),
        manufacturer_id: row.manufacturer_id.map(Id::from_uuid),
        needed_on: day(row.needed_on),
        note: row.note,
        lines_count: row.lines_count,
        asked: row.asked,
        sent: row.sent,
        received: row.received,
        back_ordered: row.back_ordered,
        expected_on: day(row.expected_on),
        created_by,
        created_by_name: names.of(ctx, tx, row.created_by)?,
        created_at: Instant(row.created_at),
        decided_by,
        decided_at: row.decided_at.map(Instant),
        reason: row.reason,
        version: row.version,
    })
}

/// Items by id, as far as lines show them.
pub(crate) fn items(tx: &mut Tx, org: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, store::events::ItemRow>> {
    Ok(store::events::items(tx, org, ids)?.into_iter().map(|item| (item.id, item)).collect())
}

fn view(ctx: &Ctx, tx: &mut Tx, row: RequestRow) -> Result<StockRequest> {
    let org = ctx.org();
    let (id, answered) = (row.id, row.answered_at.is_some());
    let rows = store::requests::lines(tx, org, id)?;
    let known = items(tx, org, &rows.iter().map(|line| line.item).collect::<Vec<_>>())?;
    let mut names = Names::default();
    let lines = rows.iter().map(|line| {
        let (item, so_far) = (known.get(&line.item), progress(line));
        StockRequestLine {
            catalog_item_id: Id::from_uuid(line.item),
            catalog_number: item.map(|item| item.number.clone()).unwrap_or_default(),
            description: item.map(|item| item.description.clone()).unwrap_or_default(),
            quantity: line.quantity,
            sent: line.sent,
            received: line.received,
            closed: line.closed,
            open: so_far.open(),
            back_ordered: request::back_ordered(&[so_far], answered),
            bom_id: line.bom_id.map(Id::from_uuid),
        }
    });
    let lines = lines.collect();
    let mut transfers = Vec::new();
    let asked_of = match store::asking::half(tx, org, id)? {
        Some((company, direction)) if direction == LinkDirection::Out.as_str() => {
            // What they sent stands here under the same ids.
            for it in store::requests::transfers(tx, company, id)? {
                transfers.push(StockRequestTransfer {
                    id: Id::from_uuid(it.id),
                    from: Custodian::linked(Id::from_uuid(company)).into(),
                    from_name: names.of(ctx, tx, company)?,
                    status: TransferStatus::parse(&it.status).unwrap_or(TransferStatus::Cancelled),
                    units_count: it.units,
                    created_at: Instant(it.created_at),
                });
            }
            Some(LinkedOrganization { id: Id::from_uuid(company), name: names.of(ctx, tx, company)? })
        }
        _ => None,
    };
    for it in store::requests::transfers(tx, org, id)? {
        let kind = CustodianType::parse(&it.from_type).unwrap_or(CustodianType::User);
        transfers.push(StockRequestTransfer {
            id: Id::from_uuid(it.id),
            from: Custodian { kind, id: it.from_id }.into(),
            from_name: names.of(ctx, tx, it.from_id)?,
            status: TransferStatus::parse(&it.status).unwrap_or(TransferStatus::Cancelled),
            units_count: it.units,
            created_at: Instant(it.created_at),
        });
    }
    Ok(StockRequest { head: head(ctx, tx, &mut names, row)?, lines, transfers, asked_of })
}

/// Whether the viewer sees a request: through whoever is to receive. A supplier request is the office's.
fn sees(ctx: &Ctx, tx: &mut Tx, row: &RequestRow) -> Result<bool> {
    Ok(level(ctx, tx, to(row))? >= Level::See)
}

fn look(ctx: &Ctx, tx: &mut Tx, id: RequestId) -> Result<RequestRow> {
    let row = store::requests::request(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if sees(ctx, tx, &row)? { Ok(row) } else { Err(Error::not_found()) }
}

pub(crate) fn lock(ctx: &Ctx, tx: &mut Tx, id: RequestId) -> Result<RequestRow> {
    let row = store::requests::lock_request(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if sees(ctx, tx, &row)? { Ok(row) } else { Err(Error::not_found()) }
}

/// 412 with the request as it is now.
pub(crate) fn check_version(ctx: &Ctx, tx: &mut Tx, row: &RequestRow) -> Result<()> {
    if ctx.expected_version.is_none_or(|expected| expected == row.version) {
        return Ok(());
    }
    let current = view(ctx, tx, row.clone())?;
    ctx.check_version(row.version, || Ok(current))
}

/// One request.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: RequestId) -> Result<StockRequest> {
    let row = look(ctx, tx, id)?;
    view(ctx, tx, row)
}

/// What happened to a request, newest first.
pub fn history(ctx: &Ctx, tx: &mut Tx, id: RequestId, limit: u32) -> Result<Vec<HistoryEntry>> {
    look(ctx, tx, id)?;
    crate::history::of_subject(ctx, tx, id, limit)
}

/// What the list of requests can be filtered by.
pub const FILTERS: &[&str] =
    &["status", "kind", "to", "event_id", "manufacturer_id", "created_by", "back_ordered", "needed_before"];

const SORTS: list::Sorts =
    &[("created_at", "request.created_at"), ("number", "request.number"), ("needed_on", "request.needed_key")];
const NEWEST: &[Sort] = &[Sort { column: "request.created_at", descending: true }];

/// Requests in reach, the latest first.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<StockRequestRow>> {
    list::only(params, FILTERS)?;
    let paging = list::paging("requests", params, SORTS, NEWEST)?;
    let query = filtered(ctx, params)?;
    let (after, limit) = (paging.after.as_ref(), paging.limit);
    let viewer = ctx.viewer();
    let few = match viewer.office {
        true => None,
        false => {
            let subjects = store::reach::subjects(tx, viewer, Side::Custody, Level::See, FEW_SUBJECTS + 1)?;
            Some(subjects).filter(|subjects| subjects.len() <= FEW_SUBJECTS)
        }
    };
    let (rows, more) = match few {
        Some(subjects) => query.page_merged::<RequestRow>(
            tx,
            "request.to_id",
            &subjects,
            &paging.sorts,
            "request.id",
            after,
            limit,
        )?,
        None => within(ctx, &query).page::<RequestRow>(tx, &paging.sorts, "request.id", after, limit)?,
    };
    let key = |row: &RequestRow| {
        let value = |sort: &Sort| match sort.column {
            "request.number" => row.number,
            "request.needed_key" => row.needed_key,
            _ => row.created_at,
        };
        paging.sorts.iter().map(|sort| Value::Int(value(sort))).chain([Value::Uuid(row.id)]).collect::<Vec<_>>()
    };
    let next_cursor = rows.last().filter(|_| more).map(|row| list::cursor(paging.bound, &key(row)));
    let mut names = Names::default();
    let items = rows.into_iter().map(|row| head(ctx, tx, &mut names, row)).collect::<Result<_>>()?;
    let total = if params.count { Some(within(ctx, &query).count(tx)?) } else { None };
    Ok(Page { items, next_cursor, total })
}

/// The same list kept inside the viewer's reach, row by row.
fn within(ctx: &Ctx, query: &Query) -> Query {
    let mut query = query.clone();
    query.and_some(store::reach::condition(ctx.viewer(), Side::Custody, Level::See, "request.to_id"));
    query
}

fn filtered(ctx: &Ctx, params: &ListParams) -> Result<Query> {
    let mut query = Query::new(format!("SELECT {REQUEST_COLUMNS} FROM stock_request request"));
    query.and("request.organization_id = ?", [Value::Uuid(ctx.org())]);
    if let Some(words) = list::words(params, "status", RequestStatus::parse)? {
        query.any_of("request.status", words.iter().map(|it| Value::Text(it.as_str().into())).collect());
    }
    if let Some(words) = list::words(params, "kind", RequestKind::parse)? {
        query.any_of("request.kind", words.iter().map(|it| Value::Text(it.as_str().into())).collect());
    }
    for (field, column) in [("to", "request.to_id"), ("created_by", "request.created_by")] {
        if let Some(ids) = custodians(params, field)? {
            query.any_of(column, ids.into_iter().map(Value::Uuid).collect());
        }
    }
    if let Some(ids) = list::ids::<domain::id::Event>(params, "event_id")? {
        query.any_of("request.event_id", ids.into_iter().map(|id| Value::Uuid(id.uuid())).collect());
    }
    if let Some(ids) = list::ids::<domain::id::Manufacturer>(params, "manufacturer_id")? {
        query.any_of("request.manufacturer_id", ids.into_iter().map(|id| Value::Uuid(id.uuid())).collect());
    }
    match list::yes_no(params, "back_ordered")? {
        Some(true) => query.and("request.back_ordered > 0", []),
        Some(false) => query.and("request.back_ordered = 0", []),
        None => &mut query,
    };
    if let Some(day) = list::day(params, "needed_before")? {
        query.and("request.needed_key < ?", [Value::Int(i64::from(day.0))]);
    }
    Ok(query)
}

/// What the viewer may do about a request now: for buttons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Send units for it.
    pub fulfill: bool,
    /// Enter what the supplier delivered.
    pub receive: bool,
    /// Refuse what is owed.
    pub decline: bool,
    /// Take back what is owed.
    pub cancel: bool,
}

/// What the viewer may do about a request now.
pub fn choices(ctx: &Ctx, tx: &mut Tx, id: RequestId) -> Result<Choices> {
    let row = look(ctx, tx, id)?;
    if !status(&row).is_open() {
        return Ok(Choices::default());
    }
    let (answers, supplier) = (ctx.may(Permission::FulfillRequests), kind(&row) == RequestKind::Supplier);
    Ok(Choices {
        fulfill: answers && !supplier,
        receive: answers && supplier,
        decline: answers && !supplier,
        cancel: answer::may_cancel(ctx, tx, &row)?,
    })
}
