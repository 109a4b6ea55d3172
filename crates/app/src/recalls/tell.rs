//! Telling everybody concerned by a recall, and their answers: whoever holds affected units, the distributors in whose group
//! they sell, and the representatives of cases that used some.

use super::{check_version, custodian, held, lock, number, return_to, status, view};
use crate::units::{level, notify};
use crate::{Ctx, Error, Result, labels};
use contract::recalls::{AnswerRecall, Recall};
use domain::id::{RecallId, UserId};
use domain::limits;
use domain::people::{Level, Permission};
use domain::recall::RecallStatus;
use domain::stock::{Custodian, CustodianType};
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;
use store::reach::Viewer;
use store::recalls::{ContactRow, RecallRow};
use uuid::Uuid;

/// Whether the viewer may answer for somebody: for oneself, for those whom one acts for, and the office for everybody.
pub(super) fn may_answer(ctx: &Ctx, level: Level, own: bool) -> bool {
    if ctx.actor.custodian_only {
        return false;
    }
    if ctx.actor.role.is_office() {
        return ctx.may(Permission::ManageRecalls);
    }
    own || level >= Level::Act
}

/// Everybody concerned now: whom a recall must tell of, whatever the actor reaches.
fn concerned(ctx: &Ctx, tx: &mut Tx, row: &RecallRow) -> Result<BTreeMap<Uuid, ContactRow>> {
    let all = Viewer { organization: ctx.org(), principal: ctx.principal().uuid(), office: true };
    let groups = store::recalls::groups(tx, all, row.id)?;
    let blank = |kind: &str, person: Uuid| ContactRow {
        person_type: kind.to_owned(),
        person,
        units: 0,
        cases: 0,
        told_at: ctx.now.0,
        told: 1,
        answer: None,
        found: None,
        note: String::new(),
        answered_by: None,
        answered_at: None,
    };
    let mut found: BTreeMap<Uuid, ContactRow> = BTreeMap::new();
    let home = return_to(row).map(|it| it.id);
    for (person, (kind, units)) in held(&groups).into_iter().filter(|(person, _)| home != Some(*person)) {
        found.entry(person).or_insert_with(|| blank(&kind, person)).units = units;
    }
    for event in store::recalls::events(tx, all, row.id)? {
        let person = event.representative;
        found.entry(person).or_insert_with(|| blank(CustodianType::User.as_str(), person)).cases += 1;
    }
    Ok(found)
}

/// Tells everybody of a recall that was opened.
pub(super) fn everybody(ctx: &Ctx, tx: &mut Tx, row: &RecallRow) -> Result<()> {
    let concerned = concerned(ctx, tx, row)?;
    tell(ctx, tx, row, concerned.into_values().collect())
}

/// Tells those who were not told yet.
pub(super) fn newcomers(ctx: &Ctx, tx: &mut Tx, row: &RecallRow) -> Result<()> {
    let known: BTreeSet<Uuid> =
        store::recalls::contacts(tx, ctx.org(), row.id)?.into_iter().map(|it| it.person).collect();
    let new = concerned(ctx, tx, row)?.into_values().filter(|it| !known.contains(&it.person)).collect();
    tell(ctx, tx, row, new)
}

fn tell(ctx: &Ctx, tx: &mut Tx, row: &RecallRow, people: Vec<ContactRow>) -> Result<()> {
    let what = format!("Recall {} ({})", number(row.number), row.title);
    let plural = |n: i64, one: &str, many: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {many}") };
    let mut distributors: BTreeMap<Uuid, i64> = BTreeMap::new();
    let mut for_office = 0;
    for it in &people {
        store::recalls::tell(tx, ctx.org(), row.id, it)?;
        let mut parts = Vec::new();
        if it.units > 0 {
            parts.push(format!("you answer for {}", plural(it.units, "affected unit", "affected units")));
        }
        if it.cases > 0 {
            parts.push(format!("{} of yours used some", plural(it.cases, "case", "cases")));
        }
        let sentence = format!("{what}: {}. Set the units aside and answer.", parts.join(", and "));
        if custodian(&it.person_type, it.person).kind != CustodianType::User || signs_nobody_in(ctx, tx, it.person)? {
            for_office += it.units;
            continue;
        }
        notify(ctx, tx, it.person, "recall_opened", row.id, &sentence)?;
        for distributor in store::recalls::distributors(tx, ctx.org(), it.person)? {
            *distributors.entry(distributor).or_default() += it.units;
        }
    }
    for (person, units) in distributors {
        let sentence = format!("{what}: reps of your group hold {}.", plural(units, "affected unit", "affected units"));
        notify(ctx, tx, person, "recall_opened", row.id, &sentence)?;
    }
    if for_office > 0 {
        // Nobody signs in for the organisation and for hubs: the office looks on their shelves.
        let units = plural(for_office, "affected unit lies", "affected units lie");
        let sentence =
            format!("{what}: {units} with the organisation and its hubs. Set them aside and answer for them.");
        for person in store::stock::office(tx, ctx.org())? {
            notify(ctx, tx, person, "recall_opened", row.id, &sentence)?;
        }
    }
    Ok(())
}

fn signs_nobody_in(ctx: &Ctx, tx: &mut Tx, person: Uuid) -> Result<bool> {
    Ok(store::people::user(tx, ctx.org(), person)?.is_none_or(|row| row.custodian_only || !row.active))
}

/// Tells those who were told that it is over.
pub(super) fn ended(ctx: &Ctx, tx: &mut Tx, row: &RecallRow, how: &str) -> Result<()> {
    let sentence = format!("Recall {} ({}) {how}", number(row.number), row.title);
    for it in store::recalls::contacts(tx, ctx.org(), row.id)? {
        if it.person_type == CustodianType::User.as_str() {
            notify(ctx, tx, it.person, "recall_ended", row.id, &sentence)?;
        }
    }
    Ok(())
}

/// Tells those who have not answered once more, and whoever came to hold affected units since.
pub fn remind(ctx: &Ctx, tx: &mut Tx, id: RecallId) -> Result<Recall> {
    let row = lock(ctx, tx, id)?;
    ctx.require(Permission::ManageRecalls)?;
    check_version(ctx, tx, &row)?;
    if status(&row) != RecallStatus::Open {
        return Err(Error::conflict("recall_not_open", "Only an open recall waits for answers."));
    }
    let known = store::recalls::contacts(tx, ctx.org(), row.id)?;
    let mut now = concerned(ctx, tx, &row)?;
    for it in &known {
        if it.answer.is_some() {
            now.remove(&it.person);
        } else {
            now.entry(it.person).or_insert_with(|| ContactRow { told_at: ctx.now.0, ..it.clone() });
        }
    }
    if now.is_empty() {
        return Err(Error::conflict("nobody_to_remind", "Everybody who was told has answered."));
    }
    let mut entry = ctx.entry("recall_reminded").subject(row.id);
    entry.change(row.id, "reminded", None, Some(now.len().to_string()));
    entry.append(ctx, tx)?;
    tell(ctx, tx, &row, now.into_values().collect())?;
    view(ctx, tx, &row)
}

/// Keeps the answer of somebody who was told. It may be given again; the journal has every one.
pub fn answer(ctx: &Ctx, tx: &mut Tx, id: RecallId, body: &AnswerRecall) -> Result<Recall> {
    let row = lock(ctx, tx, id)?;
    let who = match body.custodian {
        Some(given) => given.custodian().ok_or_else(|| Error::unknown("custodian"))?,
        None if ctx.actor.role.is_office() => Custodian::organization(ctx.organization.id),
        None => Custodian::user(ctx.principal()),
    };
    let own = who.id == ctx.principal().uuid();
    let level = level(ctx, tx, who)?;
    if level < Level::See && !own {
        return Err(Error::unknown("custodian"));
    }
    if !may_answer(ctx, level, own) {
        let message = "Somebody else answers this recall: whoever holds the units, their distributor, or the office.";
        return Err(Error::forbidden("not_yours_to_answer", message));
    }
    check_version(ctx, tx, &row)?;
    if status(&row) != RecallStatus::Open {
        return Err(Error::conflict("recall_not_open", "This recall is not open, so it takes no answers."));
    }
    if body.found.is_some_and(|found| !(0..=1_000_000).contains(&found)) {
        return Err(Error::field("found", "invalid_quantity", "Give a number of units from 0 on."));
    }
    let known = store::recalls::contacts(tx, ctx.org(), row.id)?;
    let mut it = match known.into_iter().find(|it| it.person == who.id) {
        Some(it) => it,
        // Whoever came to hold some since may answer without being told first.
        None => {
            let it = concerned(ctx, tx, &row)?.remove(&who.id).ok_or_else(|| {
                Error::conflict("not_concerned", "This recall does not concern them: they hold and used none of it.")
            })?;
            store::recalls::tell(tx, ctx.org(), row.id, &it)?;
            it
        }
    };
    let before = it.clone();
    it.answer = Some(body.answer.as_str().to_owned());
    it.found = body.found;
    it.note = labels::line("note", Some(&body.note), limits::REASON_MAX)?;
    it.answered_by = Some(ctx.actor.id.uuid());
    it.answered_at = Some(ctx.now.0);
    store::recalls::answer(tx, ctx.org(), row.id, &it)?;
    let mut entry = ctx.entry("recall_answered").reason(&it.note).subject(row.id);
    let said = |it: &ContactRow| {
        let answer = it.answer.clone()?;
        let who = UserId::from_uuid(it.person);
        Some(it.found.map_or_else(|| format!("{who} {answer}"), |found| format!("{who} {answer} {found}")))
    };
    if who.kind == CustodianType::User {
        entry = entry.subject(who.id);
    }
    entry.change(row.id, "answer", said(&before), said(&it));
    entry.append(ctx, tx)?;
    let sentence = told(ctx, tx, &row, who, body)?;
    notify(ctx, tx, row.opened_by, "recall_answered", row.id, &sentence)?;
    view(ctx, tx, &row)
}

fn told(ctx: &Ctx, tx: &mut Tx, row: &RecallRow, who: Custodian, body: &AnswerRecall) -> Result<String> {
    let name = crate::history::Names::default().of(ctx, tx, who.id)?;
    let found = body.found.map(|n| format!(" ({n})")).unwrap_or_default();
    Ok(format!("{name} answered recall {}: {}{found}.", number(row.number), body.answer.label().to_lowercase()))
}
