//! What somebody earned, and statements: what of it is paid together.

use crate::billing::documents::{Paper, finished};
use crate::billing::{currency, standing};
use crate::events::plan::typed;
use crate::events::settle::settled_status;
use crate::events::{Loaded, number, save, status};
use crate::list::{self, Sorts};
use crate::{Ctx, Error, Result};
use contract::commission::{
    CancelCommissionStatement, CommissionAccount, CommissionPart, CommissionStatement, CommissionStatementParts,
    IssueCommissionStatement,
};
use contract::{ListParams, Page};
use domain::clock::{Day, Instant};
use domain::id::{CommissionStatementId, Id, UserId};
use domain::limits;
use domain::money::{Minor, percent_words};
use domain::people::{Permission, Role};
use print::document::{Column, ColumnKind, Document, Kind, Line, Party, Total};
use print::table::{self, Cell, Csv, Header, Sheet};
use std::collections::BTreeSet;
use store::commission::{self as rows, PartRow, StatementRow};
use store::page::{Query, Sort};
use store::{Tx, Value};
use uuid::Uuid;

/// Parts of one account or statement.
const PARTS_MAX: i64 = 1_000;

/// Whose commission the actor sees: the office everybody's, a distributor that of the group, others their own.
fn within(ctx: &Ctx, column: &str) -> Option<(String, Vec<Value>)> {
    store::figures::commission_in_reach(ctx.viewer(), ctx.actor.role == Role::Distributor, column)
}

/// 404 unless the actor sees this person's commission.
fn seen(ctx: &Ctx, tx: &mut Tx, user: Uuid) -> Result<String> {
    let mut query = Query::new("SELECT person.name FROM people_user person");
    query.and("person.organization_id = ? AND person.id = ?", [Value::Uuid(ctx.org()), Value::Uuid(user)]);
    query.and_some(within(ctx, "person.id"));
    let found: Vec<(String,)> = query.all(tx)?;
    found.into_iter().next().map(|(name,)| name).ok_or_else(Error::not_found)
}

/// How a part stands: what the customer has not paid yet is accrued, what was paid and is not earned any more is taken off.
fn state(row: &PartRow) -> &'static str {
    match row.state.as_str() {
        "paid" => "paid",
        "reversed" => "reversed",
        _ if row.amount_minor < 0 => "clawed_back",
        _ if row.settled => "payable",
        _ => "accrued",
    }
}

fn part_view(row: &PartRow) -> CommissionPart {
    CommissionPart {
        id: Id::from_uuid(row.id),
        event_id: Id::from_uuid(row.event_id),
        event_number: number(row.event_number),
        event_name: row.event_name.clone(),
        customer_name: row.customer_name.clone(),
        on: Day(row.day as i32),
        base_minor: row.base_minor,
        rate_bp: row.rate_bp,
        amount_minor: row.amount_minor,
        state: state(row).to_owned(),
        explanation: row.explanation.clone(),
        paid_at: row.paid_at.map(Instant),
    }
}

/// What somebody earned between two days; this quarter when they are left out.
pub fn account(ctx: &Ctx, tx: &mut Tx, user: UserId, from: Option<Day>, to: Option<Day>) -> Result<CommissionAccount> {
    ctx.require(Permission::ViewReports)?;
    let name = seen(ctx, tx, user.uuid())?;
    let to = to.unwrap_or(ctx.today());
    let from = from.unwrap_or_else(|| quarter_begins(to));
    if to < from {
        return Err(Error::field("to", "period_reversed", "The period ends before it begins."));
    }
    let mut found = rows::parts_of(tx, ctx.org(), user.uuid(), i64::from(from.0), i64::from(to.0), PARTS_MAX + 1)?;
    let more = found.len() as i64 > PARTS_MAX;
    found.truncate(PARTS_MAX as usize);
    let mut it = CommissionAccount {
        user_id: user,
        name,
        from,
        to,
        accrued_minor: 0,
        payable_minor: 0,
        paid_minor: 0,
        clawed_back_minor: 0,
        currency: ctx.organization.currency.clone(),
        parts: found.iter().map(part_view).collect(),
        more,
    };
    for part in &it.parts {
        let sum = match part.state.as_str() {
            "paid" => &mut it.paid_minor,
            "payable" => &mut it.payable_minor,
            "clawed_back" => &mut it.clawed_back_minor,
            _ => &mut it.accrued_minor,
        };
        *sum += part.amount_minor;
    }
    Ok(it)
}

fn quarter_begins(day: Day) -> Day {
    let date = day.civil();
    let month = (date.month() - 1) / 3 * 3 + 1;
    Day::parse(&format!("{:04}-{month:02}-01", date.year())).unwrap_or(day)
}

fn view(ctx: &Ctx, row: StatementRow, name: String) -> CommissionStatement {
    CommissionStatement {
        id: Id::from_uuid(row.id),
        number: row.number,
        user_id: Id::from_uuid(row.user_id),
        name,
        from: Day(row.period_from as i32),
        to: Day(row.period_to as i32),
        status: row.status,
        total_minor: row.total_minor,
        currency: ctx.organization.currency.clone(),
        reason: row.reason,
        created_at: Instant(row.created_at),
        created_by_id: Id::from_uuid(row.created_by),
        paid_at: row.paid_at.map(Instant),
        version: row.version,
    }
}

const SORTS: Sorts = &[("created_at", "statement.created_at")];
const LATEST: &[Sort] = &[Sort { column: "statement.created_at", descending: true }];

/// Statements in reach, latest first.
pub fn statements(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<CommissionStatement>> {
    ctx.require(Permission::ViewReports)?;
    list::only(params, &["user_id", "status"])?;
    let paging = list::paging("commission_statements", params, SORTS, LATEST)?;
    let mut query = Query::new(format!("SELECT {} FROM commission_statement statement", rows::STATEMENT_COLUMNS));
    query.and("statement.organization_id = ?", [Value::Uuid(ctx.org())]);
    if let Some(ids) = list::ids::<domain::id::User>(params, "user_id")? {
        query.any_of("statement.user_id", ids.into_iter().map(|id| Value::Uuid(id.uuid())).collect());
    }
    let known = |text: &str| ["issued", "paid", "cancelled"].into_iter().find(|known| *known == text);
    if let Some(words) = list::words(params, "status", known)? {
        query.any_of("statement.status", words.into_iter().map(|it| Value::Text(it.into())).collect());
    }
    query.and_some(within(ctx, "statement.user_id"));
    let (found, more) =
        query.page::<StatementRow>(tx, &paging.sorts, "statement.id", paging.after.as_ref(), paging.limit)?;
    let people: Vec<Uuid> = found.iter().map(|row| row.user_id).collect();
    let names = store::directory::names_of_people(tx, ctx.org(), &people)?;
    let key = |row: &StatementRow| {
        let sorted = paging.sorts.iter().map(|_| Value::Int(row.created_at));
        sorted.chain([Value::Uuid(row.id)]).collect()
    };
    let mut page = list::page(paging.bound, found, more, key, |row| {
        let name = names.get(&row.user_id).cloned().unwrap_or_default();
        view(ctx, row, name)
    });
    if params.count {
        page.total = Some(query.count(tx)?);
    }
    Ok(page)
}

/// One statement with what it is made of.
pub fn statement(ctx: &Ctx, tx: &mut Tx, id: CommissionStatementId) -> Result<CommissionStatementParts> {
    let row = rows::statement(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let name = seen(ctx, tx, row.user_id)?;
    ctx.require(Permission::ViewReports)?;
    let parts = rows::parts_on(tx, ctx.org(), row.id)?;
    Ok(CommissionStatementParts { head: view(ctx, row, name), parts: parts.iter().map(part_view).collect() })
}

/// Issues a statement: what is payable until its last day, less what is taken back.
pub fn issue(ctx: &Ctx, tx: &mut Tx, ask: &IssueCommissionStatement) -> Result<CommissionStatementParts> {
    seen(ctx, tx, ask.user_id.uuid()).map_err(|_| Error::unknown("user_id"))?;
    ctx.require(Permission::ManageBilling)?;
    if ask.to < ask.from {
        return Err(Error::field("to", "period_reversed", "The period ends before it begins."));
    }
    let found = rows::to_state(tx, ctx.org(), ask.user_id.uuid(), i64::from(ask.to.0), PARTS_MAX)?;
    let wanted = |row: &&PartRow| ask.include_accrued || matches!(state(row), "payable" | "clawed_back");
    let chosen: Vec<&PartRow> = found.iter().filter(wanted).collect();
    if chosen.is_empty() {
        let message =
            "Nothing is payable until this day: the customers have not paid yet, or everything was stated already.";
        return Err(Error::conflict("nothing_payable", message));
    }
    let total = Minor::sum(chosen.iter().map(|row| Minor(row.amount_minor))).map_err(crate::events::too_large)?;
    let row = StatementRow {
        id: ctx.id::<domain::id::CommissionStatement>().uuid(),
        number: format!("COM-{:06}", store::engine::next_number(tx, ctx.org(), "commission_statement")?),
        user_id: ask.user_id.uuid(),
        period_from: i64::from(ask.from.0),
        period_to: i64::from(ask.to.0),
        status: "issued".to_owned(),
        total_minor: total.0,
        reason: String::new(),
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        paid_at: None,
        version: 1,
    };
    let parts: Vec<Uuid> = chosen.iter().map(|row| row.id).collect();
    rows::insert_statement(tx, ctx.org(), &row, &parts)?;
    let mut entry = ctx.entry("commission_statement_issued").subject(row.id).subject(row.user_id);
    entry.change(row.id, "number", None, Some(row.number.clone()));
    entry.change(row.id, "total_minor", None, Some(row.total_minor.to_string()));
    entry.append(ctx, tx)?;
    tell(ctx, tx, &row, "commission_stated", "is ready")?;
    statement(ctx, tx, Id::from_uuid(row.id))
}

/// Tells whoever earned it about a statement.
fn tell(ctx: &Ctx, tx: &mut Tx, row: &StatementRow, kind: &str, what: &str) -> Result<()> {
    if row.user_id == ctx.actor.id.uuid() {
        return Ok(());
    }
    let total = Minor(row.total_minor).display(currency(ctx));
    let sentence = format!("Your commission statement {} {what}: {total}.", row.number);
    let id = ctx.id::<domain::id::Entry>().uuid();
    Ok(store::engine::notify(tx, ctx.org(), row.user_id, id, kind, row.id, &sentence, ctx.now.0)?)
}

fn issued(ctx: &Ctx, tx: &mut Tx, id: CommissionStatementId) -> Result<StatementRow> {
    let row = rows::statement(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    seen(ctx, tx, row.user_id)?;
    ctx.require(Permission::ManageBilling)?;
    let row = rows::lock_statement(tx, ctx.org(), row.id)?.ok_or_else(Error::not_found)?;
    ctx.check_version(row.version, || statement(ctx, tx, id))?;
    match row.status.as_str() {
        "paid" => Err(Error::conflict("statement_paid", "This statement was paid already.")),
        "cancelled" => Err(Error::conflict("statement_cancelled", "This statement was cancelled.")),
        _ => Ok(row),
    }
}

/// Says that a statement was paid; events with nothing else open are paid by that.
pub fn pay(ctx: &Ctx, tx: &mut Tx, id: CommissionStatementId) -> Result<CommissionStatementParts> {
    // Events before the statement, so that everything is locked in one order.
    let events: BTreeSet<Uuid> = rows::parts_on(tx, ctx.org(), id.uuid())?.iter().map(|part| part.event_id).collect();
    let mut locked = Vec::with_capacity(events.len());
    for event in events {
        locked.extend(store::events::lock_event(tx, ctx.org(), event)?);
    }
    let mut row = issued(ctx, tx, id)?;
    let parts = rows::parts_on(tx, ctx.org(), row.id)?;
    let now: i64 = parts.iter().filter(|part| part.state == "accrued").map(|part| part.amount_minor).sum();
    if now != row.total_minor {
        let message = "Something of this statement changed since it was issued. Cancel it and issue it anew.";
        return Err(Error::conflict("statement_outdated", message));
    }
    rows::pay(tx, ctx.org(), row.id, ctx.now.0)?;
    row.status = "paid".to_owned();
    row.paid_at = Some(ctx.now.0);
    rows::save_statement(tx, ctx.org(), &row)?;
    let mut entry = ctx.entry("commission_statement_paid").subject(row.id).subject(row.user_id);
    entry.change(row.id, "status", Some("issued".into()), Some("paid".into()));
    for part in &parts {
        let whom = UserId::from_uuid(row.user_id);
        let told = Some(format!("paid {whom} {}", part.amount_minor));
        entry.change(part.id, "commission", Some("accrued".into()), told);
    }
    for mut event in locked {
        let before = status(&event)?;
        if before != domain::event::EventStatus::PendingPayment {
            continue;
        }
        let loaded = Loaded::of(ctx, tx, &event)?;
        let invoices = store::billing::lock_invoices(tx, ctx.org(), event.id)?;
        let how = standing(ctx, tx, event.id, &invoices, true)?;
        let next = settled_status(&loaded, &event, before, how)?;
        if next != before {
            entry.about(event.id);
            entry.change(event.id, "status", Some(event.status.clone()), Some(next.as_str().into()));
            event.status = next.as_str().into();
            save(ctx, tx, &mut event)?;
        }
    }
    entry.append(ctx, tx)?;
    tell(ctx, tx, &row, "commission_paid", "was paid")?;
    statement(ctx, tx, id)
}

/// Cancels a statement that was not paid: what stood on it may be stated again.
pub fn cancel(
    ctx: &Ctx,
    tx: &mut Tx,
    id: CommissionStatementId,
    ask: &CancelCommissionStatement,
) -> Result<CommissionStatementParts> {
    let mut row = issued(ctx, tx, id)?;
    let reason = typed("reason", domain::text::clean_note(&ask.reason, limits::REASON_MAX))?;
    if reason.is_empty() {
        return Err(Error::field("reason", "reason_required", "Say why the statement is cancelled."));
    }
    rows::take_off(tx, ctx.org(), row.id)?;
    row.status = "cancelled".to_owned();
    row.reason.clone_from(&reason);
    rows::save_statement(tx, ctx.org(), &row)?;
    let mut entry = ctx.entry("commission_statement_cancelled").reason(&reason).subject(row.id).subject(row.user_id);
    entry.change(row.id, "status", Some("issued".into()), Some("cancelled".into()));
    entry.append(ctx, tx)?;
    statement(ctx, tx, id)
}

/// A statement on paper.
pub fn statement_pdf(ctx: &Ctx, tx: &mut Tx, id: CommissionStatementId) -> Result<Paper> {
    let it = statement(ctx, tx, id)?;
    let (head, currency) = (it.head, currency(ctx));
    let words = |minor: i64| Minor(minor).display(currency);
    let mut paper = Document::new(Kind::Statement, &head.number);
    paper.words.title = "Commission statement".to_owned();
    paper.issued_at = head.created_at.0;
    paper.standing = match head.status.as_str() {
        "cancelled" => Some("Cancelled".to_owned()),
        _ => None,
    };
    paper.seller = Party { heading: "From".to_owned(), name: ctx.organization.name.clone(), lines: Vec::new() };
    paper.buyer = Party { heading: "For".to_owned(), name: head.name.clone(), lines: Vec::new() };
    let day = domain::text::day_words;
    paper.meta = vec![("Period".to_owned(), format!("{} to {}", day(head.from), day(head.to)))];
    paper.columns = vec![
        Column::new("Event", ColumnKind::Code),
        Column::new("What for", ColumnKind::Text),
        Column::new("Sales", ColumnKind::Number),
        Column::new("Rate", ColumnKind::Number),
        Column::new("Commission", ColumnKind::Number),
    ];
    for part in &it.parts {
        let rate = percent_words(i32::try_from(part.rate_bp).unwrap_or(0));
        let what = part.customer_name.clone().unwrap_or_else(|| part.event_name.clone());
        let cells = vec![part.event_number.clone(), what, words(part.base_minor), rate, words(part.amount_minor)];
        paper.lines.push(Line::Item { cells, details: vec![day(part.on), part.explanation.clone()] });
    }
    paper.totals.push(Total::grand("Total", words(head.total_minor)));
    finished(ctx, tx, None, paper)
}

/// A statement as a table.
pub fn statement_csv(ctx: &Ctx, tx: &mut Tx, id: CommissionStatementId) -> Result<Paper> {
    let it = statement(ctx, tx, id)?;
    let money = table::Kind::Money { exponent: currency(ctx).exponent() };
    let columns = [
        ("event", "Event", table::Kind::Text),
        ("customer", "Customer", table::Kind::Text),
        ("day_on", "Day", table::Kind::Date),
        ("sales", "Sales", money),
        ("rate_bp", "Rate (basis points)", table::Kind::Int),
        ("commission", "Commission", money),
        ("state", "State", table::Kind::Text),
        ("explanation", "Why", table::Kind::Text),
    ];
    let sheet = Sheet {
        title: it.head.number.clone(),
        columns: columns.into_iter().map(|(key, label, kind)| table::Column::new(key, label, kind)).collect(),
    };
    let failed = |error: print::table::TableError| Error::Internal(error.to_string());
    let mut csv = Csv::new(&sheet, Header::Keys, Vec::new()).map_err(failed)?;
    for part in &it.parts {
        let cells = [
            Cell::Text(&part.event_number),
            Cell::text(part.customer_name.as_deref()),
            Cell::Date(part.on.0),
            Cell::Money(part.base_minor),
            Cell::Int(part.rate_bp),
            Cell::Money(part.amount_minor),
            Cell::Text(&part.state),
            Cell::Text(&part.explanation),
        ];
        csv.row(&cells).map_err(failed)?;
    }
    let bytes = csv.finish().map_err(failed)?;
    Ok(Paper { file_name: format!("{}.csv", it.head.number), bytes })
}
