//! Counts: somebody is asked to count or begins by themselves; what the books say at that moment is what is compared. The
//! physical count is the truth, what moved meanwhile is not judged, and nothing changes before somebody approves it.

pub mod lines;
pub mod plans;
pub mod settle;

use crate::history::Names;
use crate::labels;
use crate::unit_lists::custodians;
use crate::units::{level, must_reach, notify};
use crate::{Ctx, Error, Result, list};
use contract::counts::{Count, CountAccuracy, CountLine, CountRow as Row, CountedUnit, CreateCount};
use contract::{CustodianRef, ListParams, Page};
use domain::clock::{Day, Instant};
use domain::count::{CountStatus, MissingAction, UnexpectedAction, UnitOutcome, accuracy_bp};
use domain::id::{CountId, Id, UserId};
use domain::limits;
use domain::people::{Level, Permission, Role};
use domain::stock::{Custodian, CustodianType, UnitKind, UnitState};
use store::counts::{CountRow, Filter, LineRow, UnitRow};
use store::page::Sort;
use store::{Tx, Value};
use uuid::Uuid;

/// Accuracy is told of counts completed within so many days.
const ACCURACY_DAYS: i64 = 365;
/// Custodians whose accuracy is told at once.
const ACCURACY_ROWS: u32 = 1_000;

pub(crate) fn custodian_of(kind: &str, id: Uuid) -> Custodian {
    Custodian { kind: CustodianType::parse(kind).unwrap_or(CustodianType::User), id }
}

fn custodian(row: &CountRow) -> Custodian {
    custodian_of(&row.custodian_type, row.custodian_id)
}

fn status(row: &CountRow) -> CountStatus {
    CountStatus::parse(&row.status).unwrap_or(CountStatus::Cancelled)
}

/// Whether the viewer was asked to count it.
fn is_counter(ctx: &Ctx, row: &CountRow) -> bool {
    row.counter_id.is_some_and(|id| id == ctx.actor.id.uuid() || id == ctx.principal().uuid())
}

/// While it is counted blind nobody is told what the books say.
fn is_hidden(row: &CountRow) -> bool {
    row.blind && status(row).takes_lines()
}

fn head(ctx: &Ctx, tx: &mut Tx, names: &mut Names, row: &CountRow) -> Result<Row> {
    let at = status(row);
    let judged = matches!(at, CountStatus::Counted | CountStatus::Reconciled);
    let of = |n: i64| judged.then_some(n);
    let (_, counted) = store::counts::counted(tx, ctx.org(), row.id)?;
    Ok(Row {
        id: Id::from_uuid(row.id),
        custodian: custodian(row).into(),
        custodian_name: names.of(ctx, tx, row.custodian_id)?,
        place_id: row.place_id.map(Id::from_uuid),
        container_id: row.container_id.map(Id::from_uuid),
        counter_id: row.counter_id.map(Id::from_uuid),
        counter_name: row.counter_id.map(|id| names.of(ctx, tx, id)).transpose()?,
        blind: row.blind,
        status: at,
        note: row.note.clone(),
        due_on: row.due_on.map(|day| Day(day as i32)),
        plan_id: row.plan_id.map(Id::from_uuid),
        created_by: Id::from_uuid(row.created_by),
        created_at: Instant(row.created_at),
        started_at: row.started_at.map(Instant),
        completed_by: row.completed_by.map(Id::from_uuid),
        completed_at: row.completed_at.map(Instant),
        reconciled_by: row.reconciled_by.map(Id::from_uuid),
        reconciled_at: row.reconciled_at.map(Instant),
        undone: row.undone,
        expected_count: (row.started_at.is_some() && !is_hidden(row)).then_some(row.expected),
        counted_count: counted,
        found_count: of(row.found),
        missing_count: of(row.missing),
        moved_count: of(row.moved),
        unexpected_count: of(row.unexpected),
        version: row.version,
    })
}

fn text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn unit_view(row: UnitRow) -> CountedUnit {
    CountedUnit {
        unit_id: Id::from_uuid(row.unit_id),
        catalog_item_id: Id::from_uuid(row.catalog_item_id),
        lot: text(row.lot),
        serial: text(row.serial),
        expires_on: row.expires_on.map(|day| Day(day as i32)),
        due: row.due,
        outcome: UnitOutcome::parse(&row.outcome).unwrap_or(UnitOutcome::Expected),
        action: MissingAction::parse(&row.action),
        reason: row.reason,
    }
}

fn line_view(row: LineRow) -> CountLine {
    CountLine {
        id: row.id,
        unit_id: row.unit_id.map(Id::from_uuid),
        catalog_item_id: row.catalog_item_id.map(Id::from_uuid),
        lot: text(row.lot),
        serial: text(row.serial),
        expires_on: row.expires_on.map(|day| Day(day as i32)),
        quantity: row.quantity,
        counted_by: Id::from_uuid(row.counted_by),
        counted_at: Instant(row.counted_at),
        unexpected: row.surplus,
        settled: row.settled,
        action: UnexpectedAction::parse(&row.action),
        reason: row.reason,
    }
}

fn view(ctx: &Ctx, tx: &mut Tx, row: &CountRow) -> Result<Count> {
    let units = if is_hidden(row) { Vec::new() } else { store::counts::units(tx, ctx.org(), row.id)? };
    let lines = store::counts::lines(tx, ctx.org(), row.id)?;
    Ok(Count {
        head: head(ctx, tx, &mut Names::default(), row)?,
        units: units.into_iter().map(unit_view).collect(),
        lines: lines.into_iter().filter(|line| !line.removed).map(line_view).collect(),
    })
}

fn sees(ctx: &Ctx, tx: &mut Tx, row: &CountRow) -> Result<bool> {
    Ok(is_counter(ctx, row) || level(ctx, tx, custodian(row))? >= Level::See)
}

fn lock(ctx: &Ctx, tx: &mut Tx, id: CountId) -> Result<CountRow> {
    let row = store::counts::lock_count(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if sees(ctx, tx, &row)? { Ok(row) } else { Err(Error::not_found()) }
}

fn look(ctx: &Ctx, tx: &mut Tx, id: CountId) -> Result<CountRow> {
    let row = store::counts::count(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if sees(ctx, tx, &row)? { Ok(row) } else { Err(Error::not_found()) }
}

/// Whoever counts: the one who was asked to, or those who may act for the custodian.
fn must_count(ctx: &Ctx, tx: &mut Tx, row: &CountRow) -> Result<()> {
    ctx.require(Permission::CountStock)?;
    if is_counter(ctx, row) || level(ctx, tx, custodian(row))? >= Level::Act {
        return Ok(());
    }
    Err(Error::forbidden(
        "not_yours_to_count",
        "You may look at this count, but it is for somebody else: the one who was asked to count, whoever answers for \
         the stock, or the office.",
    ))
}

/// 404 for a count that the viewer does not see.
pub(crate) fn seen(ctx: &Ctx, tx: &mut Tx, id: CountId) -> Result<()> {
    look(ctx, tx, id).map(|_| ())
}

/// Whether nothing is settled of a count in sight yet.
pub(crate) fn is_open(ctx: &Ctx, tx: &mut Tx, id: CountId) -> Result<bool> {
    Ok(!matches!(status(&look(ctx, tx, id)?), CountStatus::Reconciled | CountStatus::Cancelled))
}

/// Pictures are taken by whoever counts, and while what differs waits to be settled also by whoever settles it. Afterwards they
/// stay as they are.
pub(crate) fn takes_pictures(ctx: &Ctx, tx: &mut Tx, id: CountId) -> Result<()> {
    let row = lock(ctx, tx, id)?;
    must_count(ctx, tx, &row)?;
    match status(&row) {
        over @ (CountStatus::Reconciled | CountStatus::Cancelled) => Err(over.over().into()),
        _ => Ok(()),
    }
}

/// 412 with the count as it is now.
fn check_version(ctx: &Ctx, tx: &mut Tx, row: &CountRow) -> Result<()> {
    if ctx.expected_version.is_none_or(|expected| expected == row.version) {
        return Ok(());
    }
    let current = view(ctx, tx, row)?;
    ctx.check_version(row.version, || Ok(current))
}

fn entry(ctx: &Ctx, kind: &'static str, row: &CountRow, reason: &str) -> crate::journal::Draft {
    let entry = ctx.entry(kind).reason(reason).subject(row.id);
    if row.custodian_type == CustodianType::User.as_str() { entry.subject(row.custodian_id) } else { entry }
}

/// One count.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: CountId) -> Result<Count> {
    let row = look(ctx, tx, id)?;
    view(ctx, tx, &row)
}

/// What happened about a count, the newest first.
pub fn history(ctx: &Ctx, tx: &mut Tx, id: CountId, params: &ListParams) -> Result<Page<contract::HistoryEntry>> {
    look(ctx, tx, id)?;
    crate::history::page_of_subject(ctx, tx, id, crate::history::Past::asked(params)?)
}

/// What the list of counts can be filtered by.
pub const FILTERS: &[&str] = &["status", "custodian_id", "counter_id", "mine"];

/// Counts in reach and those that the viewer was asked for, the latest first.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Row>> {
    list::only(params, FILTERS)?;
    let newest = [Sort { column: "id", descending: true }];
    let paging = list::paging("counts", params, &[("created_at", "id")], &newest)?;
    let statuses = list::words(params, "status", CountStatus::parse)?.unwrap_or_default();
    let filter = Filter {
        statuses: statuses.into_iter().map(CountStatus::as_str).collect(),
        custodians: custodians(params, "custodian_id")?.unwrap_or_default(),
        counters: custodians(params, "counter_id")?.unwrap_or_default(),
        mine: list::yes_no(params, "mine")?.unwrap_or(false),
    };
    let (rows, more) =
        store::counts::page(tx, ctx.viewer(), &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let width = paging.sorts.len() + 1;
    let next_cursor =
        rows.last().filter(|_| more).map(|row| list::cursor(paging.bound, &vec![Value::Uuid(row.id); width]));
    let (mut names, mut items) = (Names::default(), Vec::with_capacity(rows.len()));
    for row in rows {
        items.push(head(ctx, tx, &mut names, &row)?);
    }
    let total = if params.count { Some(store::counts::total(tx, ctx.viewer(), &filter)?) } else { None };
    Ok(Page { items, next_cursor, total })
}

/// Whose stock is meant, and that the viewer may act for it.
pub(crate) fn whose(ctx: &Ctx, tx: &mut Tx, wanted: CustodianRef) -> Result<Custodian> {
    let Some(custodian) = wanted.custodian() else {
        let message = "The type and the id of this custodian do not fit together.";
        return Err(Error::field("custodian", "invalid_custodian", message));
    };
    must_reach(ctx, tx, "custodian", custodian)?;
    match custodian.kind {
        CustodianType::Organization if custodian.id == ctx.org() => Ok(custodian),
        CustodianType::Organization | CustodianType::LinkedOrganization => Err(Error::unknown("custodian")),
        CustodianType::User => {
            let row = store::people::user(tx, ctx.org(), custodian.id)?.ok_or_else(|| Error::unknown("custodian"))?;
            if Role::parse(&row.role).is_some_and(Role::holds_stock) && row.delegate_of.is_none() {
                return Ok(custodian);
            }
            let message = format!("{} has a role that holds no stock, so there is nothing to count.", row.name);
            Err(Error::field("custodian", "role_cannot_hold_stock", message))
        }
    }
}

/// Who is asked to count: somebody who works here and may do so.
pub(crate) fn counter(ctx: &Ctx, tx: &mut Tx, wanted: Option<UserId>) -> Result<Option<Uuid>> {
    let Some(id) = wanted else { return Ok(None) };
    let row = store::people::user(tx, ctx.org(), id.uuid())?.ok_or_else(|| Error::unknown("counter_id"))?;
    if !row.active || row.custodian_only {
        let message = format!("{} cannot sign in to count. Choose somebody who works.", row.name);
        return Err(Error::conflict("counter_cannot_work", message));
    }
    Ok(Some(row.id))
}

/// Begins a count, or asks somebody to count.
pub fn create(ctx: &Ctx, tx: &mut Tx, body: &CreateCount) -> Result<Count> {
    ctx.require(Permission::CountStock)?;
    let wanted = match (body.custodian, body.container_id) {
        (Some(given), _) => given,
        (None, Some(container)) => container_of(ctx, tx, container)?.into(),
        (None, None) if ctx.actor.role.is_office() => Custodian::organization(ctx.organization.id).into(),
        (None, None) => Custodian::user(ctx.principal()).into(),
    };
    let custodian = whose(ctx, tx, wanted)?;
    if let Some(container) = body.container_id
        && container_of(ctx, tx, container)? != custodian
    {
        return Err(Error::unknown("container_id"));
    }
    if let Some(place) = body.place_id
        && !store::stock::place_exists(tx, ctx.org(), place.uuid())?
    {
        return Err(Error::unknown("place_id"));
    }
    let counter_id = counter(ctx, tx, body.counter_id)?;
    let mut row = CountRow {
        id: ctx.id::<domain::id::Count>().uuid(),
        custodian_type: custodian.kind.as_str().to_owned(),
        custodian_id: custodian.id,
        place_id: body.place_id.map(Id::uuid),
        container_id: body.container_id.map(Id::uuid),
        counter_id,
        blind: body.blind,
        status: CountStatus::Assigned.as_str().to_owned(),
        note: labels::note("note", &body.note)?,
        due_on: body.due_on.map(|day| i64::from(day.0)),
        plan_id: None,
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        started_at: None,
        completed_by: None,
        completed_at: None,
        reconciled_by: None,
        reconciled_at: None,
        undone: false,
        expected: 0,
        found: 0,
        missing: 0,
        moved: 0,
        unexpected: 0,
        version: 1,
    };
    let by_oneself = is_counter(ctx, &row) || counter_id.is_none();
    store::counts::insert(tx, ctx.org(), &row)?;
    entry(ctx, "count_created", &row, "").append_changed(ctx, tx, &row)?;
    if by_oneself && body.due_on.is_none() {
        begin(ctx, tx, &mut row)?;
    } else {
        ask(ctx, tx, &row)?;
    }
    let row = look(ctx, tx, Id::from_uuid(row.id))?;
    view(ctx, tx, &row)
}

impl crate::journal::Draft {
    /// What a new count is about.
    fn append_changed(mut self, ctx: &Ctx, tx: &mut Tx, row: &CountRow) -> Result<()> {
        let id = row.id;
        self.change(id, "custodian", None, Some(printed(custodian(row))));
        self.change(id, "place_id", None, row.place_id.map(|id| domain::id::PlaceId::from_uuid(id).to_string()));
        self.change(id, "container_id", None, row.container_id.map(|id| domain::id::UnitId::from_uuid(id).to_string()));
        self.change(id, "counter_id", None, row.counter_id.map(|id| UserId::from_uuid(id).to_string()));
        self.append(ctx, tx)
    }
}

fn printed(custodian: Custodian) -> String {
    match custodian.kind {
        CustodianType::User => UserId::from_uuid(custodian.id).to_string(),
        _ => domain::id::OrganizationId::from_uuid(custodian.id).to_string(),
    }
}

fn container_of(ctx: &Ctx, tx: &mut Tx, id: domain::id::UnitId) -> Result<Custodian> {
    let unknown = || Error::unknown("container_id");
    let row = store::stock::unit(tx, ctx.org(), id.uuid())?.ok_or_else(unknown)?;
    let facts = row.facts();
    if level(ctx, tx, facts.custodian)? < Level::See {
        return Err(unknown());
    }
    if facts.kind != UnitKind::Container {
        return Err(Error::conflict("not_a_container", "This unit is no container."));
    }
    Ok(facts.custodian)
}

/// Tells whoever is to count.
pub(crate) fn ask(ctx: &Ctx, tx: &mut Tx, row: &CountRow) -> Result<()> {
    let who = row.counter_id.or((row.custodian_type == CustodianType::User.as_str()).then_some(row.custodian_id));
    let Some(who) = who else { return Ok(()) };
    let whose = if who == row.custodian_id {
        "your stock".to_owned()
    } else {
        format!("the stock of {}", Names::default().of(ctx, tx, row.custodian_id)?)
    };
    let until = row.due_on.map(|day| format!(" by {}", Day(day as i32))).unwrap_or_default();
    notify(ctx, tx, who, "count_assigned", row.id, &format!("{} asks you to count {whose}{until}.", ctx.actor.name))
}

/// Writes down what the books say now: from here on it is counted against that.
fn begin(ctx: &Ctx, tx: &mut Tx, row: &mut CountRow) -> Result<()> {
    let most = limits::ROWS_PER_REQUEST as i64;
    let scope = store::counts::scope(tx, ctx.org(), row, most + 1)?;
    if scope.len() as i64 > most {
        let message =
            format!("There are more than {most} units. Count them place by place, or container by container.");
        return Err(Error::field("custodian", "too_many", message));
    }
    let units: Vec<(Uuid, i64, bool)> = scope
        .into_iter()
        .map(|(unit, moves, state)| {
            let due = matches!(UnitState::from_stored(state), UnitState::Available | UnitState::OnHold);
            (unit, moves, due)
        })
        .collect();
    store::counts::insert_units(tx, ctx.org(), row.id, &units)?;
    row.status = CountStatus::Counting.as_str().to_owned();
    row.started_at = Some(ctx.now.0);
    row.expected = units.iter().filter(|(_, _, due)| *due).count() as i64;
    store::counts::save(tx, ctx.org(), row)?;
    let mut entry = entry(ctx, "count_started", row, "");
    entry.change(row.id, "status", Some("assigned".into()), Some("counting".into()));
    entry.append(ctx, tx)
}

/// Begins a count that somebody was asked for.
pub fn start(ctx: &Ctx, tx: &mut Tx, id: CountId) -> Result<Count> {
    let mut row = lock(ctx, tx, id)?;
    must_count(ctx, tx, &row)?;
    check_version(ctx, tx, &row)?;
    match status(&row) {
        CountStatus::Assigned => begin(ctx, tx, &mut row)?,
        CountStatus::Counting => {}
        other => return Err(other.over().into()),
    }
    get(ctx, tx, id)
}

/// Calls a count off. What was counted stays to be looked at.
pub fn cancel(ctx: &Ctx, tx: &mut Tx, id: CountId) -> Result<Count> {
    let mut row = lock(ctx, tx, id)?;
    must_count(ctx, tx, &row)?;
    check_version(ctx, tx, &row)?;
    let before = status(&row);
    if matches!(before, CountStatus::Reconciled | CountStatus::Cancelled) {
        return Err(before.over().into());
    }
    row.status = CountStatus::Cancelled.as_str().to_owned();
    store::counts::save(tx, ctx.org(), &row)?;
    let mut entry = entry(ctx, "count_cancelled", &row, "");
    entry.change(row.id, "status", Some(before.as_str().into()), Some(row.status.clone()));
    entry.append(ctx, tx)?;
    get(ctx, tx, id)
}

/// What the viewer may do about a count now: for buttons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Count, complete, call off.
    pub count: bool,
    /// Settle what differs, and take that back.
    pub reconcile: bool,
}

/// What the viewer may do about a count now.
pub fn choices(ctx: &Ctx, tx: &mut Tx, id: CountId) -> Result<Choices> {
    let row = look(ctx, tx, id)?;
    let reconcile = ctx.may(Permission::ReconcileCounts) && level(ctx, tx, custodian(&row))? >= Level::Act;
    Ok(Choices { count: must_count(ctx, tx, &row).is_ok(), reconcile })
}

/// How exact the books of custodians in reach were found, the least exact first.
pub fn accuracy(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<CountAccuracy>> {
    list::only(params, &[])?;
    let since = ctx.now.plus_seconds(-ACCURACY_DAYS * 86_400).0;
    let (mut names, mut items) = (Names::default(), Vec::new());
    for row in store::counts::accuracy(tx, ctx.viewer(), since, ACCURACY_ROWS)? {
        items.push(CountAccuracy {
            custodian: custodian_of(&row.custodian_type, row.custodian_id).into(),
            custodian_name: names.of(ctx, tx, row.custodian_id)?,
            counts: row.counts,
            found_count: row.found,
            missing_count: row.missing,
            unexpected_count: row.unexpected,
            accuracy_bp: accuracy_bp(row.found, row.missing, row.unexpected),
            last_counted_at: Instant(row.last_at),
        });
    }
    items.sort_by_key(|it| (it.accuracy_bp.unwrap_or(i64::MAX), it.custodian_name.clone()));
    list::whole(params, items, |it| printed(it.custodian.id))
}
