//! Why a count is what it is, for somebody who stands before a shelf that says something else: the ledger from the journal, what
//! is on its way, what nobody entered yet, and the movement that would mend it.

use crate::history::Names;
use crate::units::level;
use crate::{Ctx, Error, Result, list};
use contract::ListParams;
use contract::explain::{
    CountCause, CountElsewhere, CountExplained, CountOnTheWay, CountPastCase, CountStep, StateCount,
};
use domain::clock::{Day, Instant};
use domain::explain::{Cause, Found, causes};
use domain::id::{CatalogItemId, Id};
use domain::people::Level;
use domain::stock::UnitState;
use domain::text::identifier_key;
use store::Tx;
use store::explain::About;
use uuid::Uuid;

/// Steps that are shown at once.
const STEPS: usize = 200;

/// Explains the books' count of an item (`catalog_item_id`), or of one `lot` of it, at `custodian_id`; `counted` is what somebody
/// found there.
pub fn explain(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<CountExplained> {
    list::only(params, &["catalog_item_id", "lot", "custodian_id", "counted"])?;
    let items = list::ids::<domain::id::CatalogItem>(params, "catalog_item_id")?.unwrap_or_default();
    let [item] = items.as_slice() else {
        return Err(Error::field("catalog_item_id", "required", "Name one item."));
    };
    let holders = crate::unit_lists::custodians(params, "custodian_id")?.unwrap_or_default();
    let [holder] = holders.as_slice() else {
        return Err(Error::field("custodian_id", "required", "Name whose count is to be explained."));
    };
    let counted = match params.filters.get("counted").filter(|text| !text.is_empty()) {
        Some(text) => Some(text.parse::<i64>().ok().filter(|n| (0..1_000_000).contains(n)).ok_or_else(|| {
            Error::field("counted", "invalid_quantity", "Give the number of units that were counted.")
        })?),
        None => None,
    };
    let lot = params.filters.get("lot").map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    of(ctx, tx, *item, lot, *holder, counted)
}

fn of(
    ctx: &Ctx,
    tx: &mut Tx,
    item: CatalogItemId,
    lot: Option<String>,
    holder: Uuid,
    counted: Option<i64>,
) -> Result<CountExplained> {
    let org = ctx.org();
    let mut names = Names::default();
    let custodian = names.custodian(ctx, tx, holder)?;
    if level(ctx, tx, custodian.id)? < Level::See {
        return Err(Error::unknown("custodian_id"));
    }
    let known = store::stock::item(tx, org, item.uuid())?.ok_or_else(|| Error::unknown("catalog_item_id"))?;
    let key = lot.as_deref().map(identifier_key);
    let about = About { organization: org, item: item.uuid(), lot: key.as_deref(), holder };
    let states = store::explain::held(tx, &about)?;
    let books: i64 = states.iter().map(|(_, n)| n).sum();
    let (steps, more_steps) = steps(ctx, tx, &mut names, &about, books)?;
    let mut on_the_way = Vec::new();
    for row in store::explain::on_the_way(tx, &about)? {
        let incoming = row.to == holder;
        let other = if incoming { row.from } else { row.to };
        on_the_way.push(CountOnTheWay {
            transfer_id: Id::from_uuid(row.transfer),
            incoming,
            other: names.custodian(ctx, tx, other)?,
            other_name: names.of(ctx, tx, other)?,
            units: row.units,
            created_at: Instant(row.created_at),
        });
    }
    let today = ctx.today().starts_in(&ctx.organization.time_zone);
    let past_cases: Vec<CountPastCase> = store::explain::past_cases(tx, &about, today.0)?
        .into_iter()
        .map(|row| CountPastCase {
            event_id: Id::from_uuid(row.id),
            number: crate::events::number(row.number),
            name: row.name,
            day: Day(row.day as i32),
            marked: row.marked,
        })
        .collect();
    let mut elsewhere = Vec::new();
    for (id, units) in store::explain::elsewhere(tx, ctx.viewer(), &about)? {
        elsewhere.push(CountElsewhere {
            custodian: names.custodian(ctx, tx, id)?,
            name: names.of(ctx, tx, id)?,
            units,
        });
    }
    let mut it = CountExplained {
        catalog_item_id: item,
        catalog_number: known.number,
        description: known.description,
        custodian_name: names.of(ctx, tx, holder)?,
        lot,
        custodian,
        books,
        counted,
        states: states
            .into_iter()
            .map(|(state, units)| StateCount { state: UnitState::from_stored(state), units })
            .collect(),
        steps,
        more_steps,
        on_the_way,
        past_cases,
        elsewhere,
        causes: Vec::new(),
    };
    it.causes = likely(ctx, tx, &it, &about)?;
    Ok(it)
}

/// The ledger, the latest first: the count after each entry follows from the count now.
fn steps(ctx: &Ctx, tx: &mut Tx, names: &mut Names, about: &About<'_>, books: i64) -> Result<(Vec<CountStep>, bool)> {
    let mut rows = store::explain::steps(tx, about, STEPS as i64 + 1)?;
    let more = rows.len() > STEPS;
    rows.truncate(STEPS);
    let (mut found, mut balance) = (Vec::with_capacity(rows.len()), books);
    for row in rows {
        let change = row.came - row.went;
        let other = row.other.filter(|id| *id != about.holder);
        found.push(CountStep {
            entry_id: Id::from_uuid(row.entry),
            at: Instant(row.at),
            kind: row.kind,
            reason: row.reason,
            actor_id: Id::from_uuid(row.actor),
            actor_name: names.of(ctx, tx, row.actor)?,
            other: other.map(|id| names.custodian(ctx, tx, id)).transpose()?,
            other_name: other.map(|id| names.of(ctx, tx, id)).transpose()?,
            change,
            balance,
        });
        balance -= change;
    }
    Ok((found, more))
}

fn likely(ctx: &Ctx, tx: &mut Tx, it: &CountExplained, about: &About<'_>) -> Result<Vec<CountCause>> {
    let way = |incoming: bool| it.on_the_way.iter().filter(|way| way.incoming == incoming).map(|way| way.units).sum();
    let without_lot = match about.lot {
        Some("") | None => 0,
        Some(_) => {
            let none = About { lot: Some(""), ..*about };
            store::explain::held(tx, &none)?.iter().map(|(_, n)| n).sum()
        }
    };
    let account = crate::transfers::discrepancies(ctx, tx, it.custodian.id)?;
    let discrepancy = if account.id == about.holder {
        0
    } else {
        let there = About { holder: account.id, ..*about };
        store::explain::held(tx, &there)?.iter().map(|(_, n)| n).sum()
    };
    let found = Found {
        incoming: way(true),
        outgoing: way(false),
        marked: it.past_cases.iter().map(|case| case.marked).sum(),
        silent_cases: it.past_cases.iter().filter(|case| case.marked == 0).count() as i64,
        lost: it.states.iter().filter(|row| row.state == UnitState::OnHold).map(|row| row.units).sum(),
        without_lot,
        discrepancy,
        elsewhere: it.elsewhere.iter().filter(|row| row.custodian.id.id != account.id).map(|row| row.units).sum(),
    };
    let difference = it.counted.map(|counted| counted - it.books);
    Ok(causes(&found, difference).into_iter().map(|cause| said(ctx, it, cause)).collect())
}

fn units(n: i64) -> String {
    if n == 1 { "1 unit".to_owned() } else { format!("{n} units") }
}

/// A cause in a sentence, with what would mend it.
fn said(ctx: &Ctx, it: &CountExplained, cause: Cause) -> CountCause {
    let n = units(cause.units.unwrap_or_default());
    let here = &it.custodian_name;
    let list = |view: &str| {
        let id = if it.custodian.id.id == ctx.org() {
            ctx.organization.id.to_string()
        } else {
            domain::id::UserId::from_uuid(it.custodian.id.id).to_string()
        };
        format!("/units?view={view}&catalog_item_id={}&custodian_id={id}", it.catalog_item_id)
    };
    let way = |incoming: bool| it.on_the_way.iter().find(|way| way.incoming == incoming);
    let transfer = |incoming: bool| way(incoming).map(|way| format!("/transfers/{}", way.transfer_id));
    let case = |marked: bool| it.past_cases.iter().find(|case| (case.marked > 0) == marked);
    let open = |marked: bool| case(marked).map(|case| format!("/events/{}", case.event_id));
    let (sentence, mend, link) = match cause.code {
        "incoming_not_accepted" => {
            let from = way(true).map_or("somebody", |way| way.other_name.as_str());
            (
                format!("{n} from {from} may lie here already, but nobody accepted them."),
                "Accept the transfer".to_owned(),
                transfer(true),
            )
        }
        "outgoing_not_accepted" => {
            let to = way(false).map_or("somebody", |way| way.other_name.as_str());
            (
                format!("{n} went to {to} and count here until they accept."),
                "Have the transfer accepted".to_owned(),
                transfer(false),
            )
        }
        "marked_not_submitted" => {
            let name = case(true).map_or_else(String::new, |case| format!("{} ({})", case.name, case.day));
            (
                format!("{n} are marked on {name}, which is past its day and not submitted."),
                "Submit the case".to_owned(),
                open(true),
            )
        }
        "case_not_submitted" => {
            let name = case(false).map_or_else(String::new, |case| format!("{} ({})", case.name, case.day));
            (
                format!("{name} is past its day and not submitted: it may have used some."),
                "Enter what it used and submit it".to_owned(),
                open(false),
            )
        }
        "lost_on_hold" => (
            format!("{n} are on hold here: perhaps they were set aside, or reported missing."),
            "Look at what is on hold".to_owned(),
            Some(list("hold")),
        ),
        "without_lot" => (
            format!("{n} of the item have no lot in the books here: they may be these."),
            "Give them their lot".to_owned(),
            Some(list("all")),
        ),
        "discrepancy_account" => (
            format!("{n} like these were not found elsewhere and wait in the account for differences."),
            "Count here: settling brings them back".to_owned(),
            Some("/counts/new".to_owned()),
        ),
        "went_astray" => {
            let who = it.elsewhere.first().map_or("somebody", |row| row.name.as_str());
            (
                format!("{n} like these are with others, most with {who}: a hand-over may not have been entered."),
                format!("Transfer them between {who} and {here}"),
                Some("/transfers/new".to_owned()),
            )
        }
        _ => (
            "Nothing in the books points to it. Look at the movements below, then count the whole of it.".to_owned(),
            "Count it".to_owned(),
            Some("/counts/new".to_owned()),
        ),
    };
    CountCause { code: cause.code.to_owned(), sentence, units: cause.units, direction: cause.direction, mend, link }
}
