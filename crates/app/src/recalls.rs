//! Recalls: what a notice covers, frozen by rule; who was told and answered; how well it works.
//!
//! Freezing is in [`freeze`], reading a notice in [`notice`], telling people and their answers in [`tell`], opening, changing and
//! ending in [`keep`]. The office sees every recall; others see those that they, or people in their reach, were told of.

pub mod freeze;
pub mod keep;
pub mod notice;
pub mod tell;

use crate::history::Names;
use crate::units::level;
use crate::{Ctx, Error, Result, list};
use contract::recalls::{
    Recall, RecallContact, RecallCounts, RecallEffect, RecallEvent, RecallGroup, RecallLine, RecallRow as Row,
    UnplacedText,
};
use contract::{ListParams, Page};
use domain::clock::Instant;
use domain::id::{Id, RecallId};
use domain::people::{Level, Permission};
use domain::recall::{Answer, RecallStatus, Rule, Span, range};
use domain::stock::{Custodian, CustodianType, UnitState};
use domain::text::identifier_key;
use std::collections::{BTreeMap, BTreeSet};
use store::page::{Query, Sort};
use store::recalls::{ContactRow, EventRow, GroupRow, RECALL_COLUMNS, RecallRow};
use store::{Tx, Value};
use uuid::Uuid;

/// Entries of a recall's own page.
const STORY: u32 = 100;

/// The running number of a recall as it is shown.
pub fn number(number: i64) -> String {
    format!("RCL-{number:06}")
}

pub(crate) fn status(row: &RecallRow) -> RecallStatus {
    RecallStatus::parse(&row.status).unwrap_or(RecallStatus::Open)
}

fn custodian(kind: &str, id: Uuid) -> Custodian {
    Custodian { kind: CustodianType::parse(kind).unwrap_or(CustodianType::User), id }
}

pub(crate) fn return_to(row: &RecallRow) -> Option<Custodian> {
    Some(custodian(row.return_type.as_deref()?, row.return_id?))
}

pub(crate) fn lines(row: &RecallRow) -> Vec<RecallLine> {
    serde_json::from_str(&row.lines).unwrap_or_default()
}

/// A line as the rule that judges units. The field of what is wrong is named.
pub(crate) fn rule(field: &str, line: &RecallLine) -> Result<Rule> {
    let spans = |name: &str, single: &[String], ranges: &[contract::recalls::NumberRange]| -> Result<Vec<Span>> {
        let mut found = Vec::with_capacity(single.len() + ranges.len());
        for (at, text) in single.iter().enumerate() {
            let key = identifier_key(text);
            if key.is_empty() {
                let message = "A number has letters or digits. Leave it out, or correct it.";
                return Err(Error::field(format!("{field}.{name}[{at}]"), "required", message));
            }
            found.push(Span::exact(&key));
        }
        for (at, it) in ranges.iter().enumerate() {
            let wrong = |refusal: domain::refusal::Refusal| {
                let name = name.trim_end_matches('s');
                Error::field(format!("{field}.{name}_ranges[{at}]"), refusal.code, refusal.message)
            };
            found.extend(range(&it.from, &it.to).map_err(wrong)?);
        }
        Ok(found)
    };
    for (name, from, to) in
        [("expires_to", line.expires_from, line.expires_to), ("made_to", line.made_from, line.made_to)]
    {
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            let message = "The last day comes before the first. Swap the two.";
            return Err(Error::field(format!("{field}.{name}"), "invalid_date", message));
        }
    }
    Ok(Rule {
        lots: spans("lots", &line.lots, &line.lot_ranges)?,
        serials: spans("serials", &line.serials, &line.serial_ranges)?,
        expires: (line.expires_from, line.expires_to),
        made: (line.made_from, line.made_to),
    })
}

/// Whether the viewer sees a recall: the office all; others what somebody in their reach was told of.
fn sees(ctx: &Ctx, tx: &mut Tx, row: &RecallRow) -> Result<bool> {
    if ctx.actor.role.is_office() {
        return Ok(true);
    }
    for it in store::recalls::contacts(tx, ctx.org(), row.id)? {
        if level(ctx, tx, custodian(&it.person_type, it.person))? >= Level::See || it.person == ctx.principal().uuid() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn look(ctx: &Ctx, tx: &mut Tx, id: RecallId) -> Result<RecallRow> {
    let row = store::recalls::recall(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if sees(ctx, tx, &row)? { Ok(row) } else { Err(Error::not_found()) }
}

pub(crate) fn lock(ctx: &Ctx, tx: &mut Tx, id: RecallId) -> Result<RecallRow> {
    let row = store::recalls::lock(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if sees(ctx, tx, &row)? { Ok(row) } else { Err(Error::not_found()) }
}

fn head(ctx: &Ctx, tx: &mut Tx, names: &mut Names, row: &RecallRow, contacts: &[ContactRow]) -> Result<Row> {
    Ok(Row {
        id: Id::from_uuid(row.id),
        number: number(row.number),
        title: row.title.clone(),
        reference: row.reference.clone(),
        classification: row.classification.clone(),
        status: status(row),
        told: contacts.len() as i64,
        answered: contacts.iter().filter(|it| it.answer.is_some()).count() as i64,
        opened_at: Instant(row.opened_at),
        opened_by: Id::from_uuid(row.opened_by),
        opened_by_name: names.of(ctx, tx, row.opened_by)?,
        ended_at: row.ended_at.map(Instant),
        version: row.version,
    })
}

fn counts(groups: &[GroupRow], events: &[EventRow]) -> RecallCounts {
    let mut found = RecallCounts { events: events.len() as i64, ..RecallCounts::default() };
    let mut holders = BTreeSet::new();
    for it in groups {
        found.units += it.units;
        found.to_check += it.to_check;
        match UnitState::from_stored(it.state) {
            UnitState::Inactive => found.gone += it.units,
            state => {
                found.in_stock += it.units;
                found.on_shelves += if it.shelf.is_some() { it.units } else { 0 };
                found.in_transfer += if state == UnitState::InTransfer { it.units } else { 0 };
                holders.insert(it.custodian);
            }
        }
    }
    found.holders = holders.len() as i64;
    found
}

fn group(ctx: &Ctx, tx: &mut Tx, names: &mut Names, row: &GroupRow) -> Result<RecallGroup> {
    Ok(RecallGroup {
        catalog_item_id: Id::from_uuid(row.item),
        custodian: custodian(&row.custodian_type, row.custodian).into(),
        custodian_name: names.of(ctx, tx, row.custodian)?,
        facility_stock_location_id: row.shelf.map(Id::from_uuid),
        container_id: row.container.map(Id::from_uuid),
        state: UnitState::from_stored(row.state),
        units: row.units,
        to_check: row.to_check,
    })
}

fn event(row: &EventRow) -> RecallEvent {
    RecallEvent {
        event_id: Id::from_uuid(row.id),
        number: row.number,
        name: row.name.clone(),
        r#type: row.event_type.clone(),
        status: row.status.clone(),
        representative_id: Id::from_uuid(row.representative),
        location_id: row.location.map(Id::from_uuid),
        starts_at: Instant(row.starts_at),
        units: row.units,
    }
}

/// Who holds how many that are still in stock.
fn held(groups: &[GroupRow]) -> BTreeMap<Uuid, (String, i64)> {
    let mut found: BTreeMap<Uuid, (String, i64)> = BTreeMap::new();
    for it in groups.iter().filter(|it| UnitState::from_stored(it.state) != UnitState::Inactive) {
        found.entry(it.custodian).or_insert_with(|| (it.custodian_type.clone(), 0)).1 += it.units;
    }
    found
}

/// Who was told within the viewer's reach, and who holds some and was not told yet.
fn contacts(
    ctx: &Ctx,
    tx: &mut Tx,
    names: &mut Names,
    (row, told): (&RecallRow, &[ContactRow]),
    groups: &[GroupRow],
) -> Result<Vec<RecallContact>> {
    let held = held(groups);
    let open = status(row) == RecallStatus::Open;
    let mut found = Vec::with_capacity(told.len());
    for it in told {
        let who = custodian(&it.person_type, it.person);
        let own = it.person == ctx.principal().uuid();
        let level = level(ctx, tx, who)?;
        if level < Level::See && !own {
            continue;
        }
        let answered_by = it.answered_by.map(Id::from_uuid);
        found.push(RecallContact {
            custodian: who.into(),
            name: names.of(ctx, tx, it.person)?,
            units: it.units,
            units_now: held.get(&it.person).map_or(0, |(_, n)| *n),
            cases: it.cases,
            told_at: Some(Instant(it.told_at)),
            told: it.told,
            answer: it.answer.as_deref().and_then(Answer::parse),
            found: it.found,
            note: it.note.clone(),
            answered_by,
            answered_by_name: it.answered_by.map(|id| names.of(ctx, tx, id)).transpose()?,
            answered_at: it.answered_at.map(Instant),
            may_answer: open && tell::may_answer(ctx, level, own),
        });
    }
    for (id, (kind, units)) in held.iter().filter(|_| row.status != RecallStatus::Draft.as_str()) {
        if told.iter().any(|it| it.person == *id) || return_to(row).is_some_and(|it| it.id == *id) {
            continue;
        }
        let who = custodian(kind, *id);
        found.push(RecallContact {
            custodian: who.into(),
            name: names.of(ctx, tx, *id)?,
            units: 0,
            units_now: *units,
            cases: 0,
            told_at: None,
            told: 0,
            answer: None,
            found: None,
            note: String::new(),
            answered_by: None,
            answered_by_name: None,
            answered_at: None,
            may_answer: false,
        });
    }
    // Whoever has not answered comes first, then whoever holds most.
    found.sort_by(|one, other| {
        let key = |it: &RecallContact| (it.answer.is_some(), -it.units_now.max(it.units));
        key(one).cmp(&key(other)).then_with(|| one.name.cmp(&other.name))
    });
    Ok(found)
}

const fn basis_points(part: i64, whole: i64) -> i64 {
    if whole == 0 { 10_000 } else { part * 10_000 / whole }
}

fn effect(row: &RecallRow, contacts: &[RecallContact], groups: &[GroupRow]) -> RecallEffect {
    let home = return_to(row).map(|it| it.id);
    let settled: BTreeSet<Uuid> = contacts
        .iter()
        .filter(|it| matches!(it.answer, Some(Answer::HaveIt | Answer::Returned)))
        .map(|it| it.custodian.id.id)
        .collect();
    let is_accounted = |it: &&GroupRow| {
        UnitState::from_stored(it.state) == UnitState::Inactive
            || home == Some(it.custodian)
            || settled.contains(&it.custodian)
    };
    let accounted: i64 = groups.iter().filter(is_accounted).map(|it| it.units).sum();
    let all: i64 = groups.iter().map(|it| it.units).sum();
    let of = |fits: fn(&RecallContact) -> bool| contacts.iter().filter(|it| fits(it)).count() as i64;
    let (told, answered) = (of(|it| it.told_at.is_some()), of(|it| it.answer.is_some()));
    let concerned = contacts.len() as i64;
    RecallEffect {
        concerned,
        told,
        answered,
        answered_bp: basis_points(answered, concerned),
        accounted,
        accounted_bp: basis_points(accounted, all),
    }
}

/// Numbers of lines that no unit here has: they stay in the rule, and are said.
pub(crate) fn without_units(ctx: &Ctx, tx: &mut Tx, lines: &[RecallLine]) -> Result<Vec<UnplacedText>> {
    let mut found = Vec::new();
    for line in lines {
        let mut missing = Vec::new();
        for lot in &line.lots {
            let key = identifier_key(lot);
            if !store::recalls::has_lot(tx, ctx.org(), line.catalog_item_id.uuid(), &key, &key)? {
                missing.push(lot.clone());
            }
        }
        for it in &line.lot_ranges {
            let mut any = false;
            for span in range(&it.from, &it.to).unwrap_or_default() {
                any = any || store::recalls::has_lot(tx, ctx.org(), line.catalog_item_id.uuid(), &span.from, &span.to)?;
            }
            if !any {
                missing.push(format!("{} to {}", it.from, it.to));
            }
        }
        if missing.is_empty() {
            continue;
        }
        let item = store::stock::item(tx, ctx.org(), line.catalog_item_id.uuid())?;
        found.push(UnplacedText {
            text: item.map(|item| item.number).unwrap_or_default(),
            numbers: missing,
            why: "No unit here has these lots. They stay in the rule: one that arrives is frozen.".to_owned(),
        });
    }
    Ok(found)
}

fn view(ctx: &Ctx, tx: &mut Tx, row: &RecallRow) -> Result<Recall> {
    let groups = store::recalls::groups(tx, ctx.viewer(), row.id)?;
    let events = store::recalls::events(tx, ctx.viewer(), row.id)?;
    let told = store::recalls::contacts(tx, ctx.org(), row.id)?;
    let mut names = Names::default();
    let contacts = contacts(ctx, tx, &mut names, (row, &told), &groups)?;
    let lines = lines(row);
    let home = return_to(row);
    let office = ctx.actor.role.is_office();
    Ok(Recall {
        head: head(ctx, tx, &mut names, row, &told)?,
        notice: row.notice.clone(),
        instructions: row.instructions.clone(),
        unplaced: serde_json::from_str(&row.unplaced).unwrap_or_default(),
        without_units: without_units(ctx, tx, &lines)?,
        lines,
        return_to: home.map(Into::into),
        return_to_name: home.map(|it| names.of(ctx, tx, it.id)).transpose()?,
        return_address: row.return_address.clone(),
        ended_by: row.ended_by.map(Id::from_uuid),
        reason: row.reason.clone(),
        counts: counts(&groups, &events),
        effect: effect(row, &contacts, &groups),
        groups: groups.iter().map(|it| group(ctx, tx, &mut names, it)).collect::<Result<_>>()?,
        events: events.iter().map(event).collect(),
        contacts,
        history: if office {
            crate::history::of_subject(ctx, tx, RecallId::from_uuid(row.id), STORY)?
        } else {
            Vec::new()
        },
        may_manage: office && ctx.may(Permission::ManageRecalls),
    })
}

/// One recall, as far as the viewer reaches: where covered units are, which events used them, who was told.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: RecallId) -> Result<Recall> {
    let row = look(ctx, tx, id)?;
    view(ctx, tx, &row)
}

/// 412 with the recall as it is now.
pub(crate) fn check_version(ctx: &Ctx, tx: &mut Tx, row: &RecallRow) -> Result<()> {
    if ctx.expected_version.is_none_or(|expected| expected == row.version) {
        return Ok(());
    }
    let current = view(ctx, tx, row)?;
    ctx.check_version(row.version, || Ok(current))
}

const NEWEST: &[Sort] = &[Sort { column: "recall.opened_at", descending: true }];

/// Recalls in sight, the latest first.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Row>> {
    list::only(params, &["status"])?;
    let paging = list::paging("recalls", params, &[("opened_at", "recall.opened_at")], NEWEST)?;
    let mut query = Query::new(format!("SELECT {RECALL_COLUMNS} FROM stock_recall recall"));
    query.and("recall.organization_id = ?", [Value::Uuid(ctx.org())]);
    if let Some(words) = list::words(params, "status", RecallStatus::parse)? {
        query.any_of("recall.status", words.iter().map(|it| Value::Text(it.as_str().into())).collect());
    }
    if !ctx.actor.role.is_office() {
        query.and(
            "(EXISTS (SELECT 1 FROM stock_recall_contact contact WHERE contact.organization_id = recall.organization_id \
             AND contact.recall_id = recall.id AND contact.person_id = ?) \
             OR EXISTS (SELECT 1 FROM stock_recall_contact contact JOIN people_reach reach \
             ON reach.organization_id = contact.organization_id AND reach.subject_id = contact.person_id \
             WHERE contact.organization_id = recall.organization_id AND contact.recall_id = recall.id \
             AND reach.actor_id = ? AND reach.custody >= 1))",
            [Value::Uuid(ctx.principal().uuid()), Value::Uuid(ctx.principal().uuid())],
        );
    }
    let (rows, more) = query.page::<RecallRow>(tx, &paging.sorts, "recall.id", paging.after.as_ref(), paging.limit)?;
    let key = |row: &RecallRow| {
        let sorts = paging.sorts.iter().map(|_| Value::Int(row.opened_at));
        sorts.chain([Value::Uuid(row.id)]).collect::<Vec<_>>()
    };
    let next_cursor = rows.last().filter(|_| more).map(|row| list::cursor(paging.bound, &key(row)));
    let mut names = Names::default();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let told = store::recalls::contacts(tx, ctx.org(), row.id)?;
        items.push(head(ctx, tx, &mut names, &row, &told)?);
    }
    let total = if params.count { Some(query.count(tx)?) } else { None };
    Ok(Page { items, next_cursor, total })
}

/// Open recalls that wait for the viewer's own answer: for the first page.
pub fn waiting(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<Row>> {
    let mut people = vec![ctx.principal().uuid()];
    if ctx.may(Permission::ManageRecalls) {
        people.push(ctx.org());
    }
    let (mut names, mut found) = (Names::default(), Vec::new());
    for person in people {
        for id in store::recalls::unanswered(tx, ctx.org(), person)? {
            let Some(row) = store::recalls::recall(tx, ctx.org(), id)? else { continue };
            let told = store::recalls::contacts(tx, ctx.org(), id)?;
            found.push(head(ctx, tx, &mut names, &row, &told)?);
        }
    }
    Ok(found)
}
