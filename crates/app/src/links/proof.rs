//! The proof of what crosses: both halves of every link and transfer say the same, and no unit is answered for by two
//! companies at once. Each statement reads one organisation; the halves are compared here.

use domain::id::{OrganizationLinkId, TransferId, UnitId};
use domain::link::{LinkDirection, LinkStatus};
use domain::stock::{CustodianType, TransferStatus};
use std::collections::BTreeMap;
use store::Tx;
use store::crossings::CrossingRow;
use uuid::Uuid;

/// Transfers or units of one step.
const STEP: i64 = 500;

/// What is not as it must be: the check, the printed id, and what is told.
pub(crate) type Found = (&'static str, String, String);

/// How far the walk is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// At the links themselves.
    Links,
    /// After a transfer.
    Transfers(Uuid),
    /// After a unit and a company.
    Units(Uuid, Uuid),
}

/// One step of the proof, and where the next one begins; None at the end.
pub(crate) fn step(tx: &mut Tx, org: Uuid, at: Place) -> store::Result<(Option<Place>, Vec<Found>)> {
    let mut found = Vec::new();
    let next = match at {
        Place::Links => {
            links(tx, org, &mut found)?;
            Some(Place::Transfers(Uuid::nil()))
        }
        Place::Transfers(after) => {
            let rows = store::crossings::after(tx, org, after, STEP)?;
            for row in &rows {
                transfer(tx, org, row, &mut found)?;
            }
            let last = rows.last().filter(|_| rows.len() as i64 == STEP).map(|row| Place::Transfers(row.transfer_id));
            Some(last.unwrap_or(Place::Units(Uuid::nil(), Uuid::nil())))
        }
        Place::Units(unit, company) => {
            let rows = store::crossings::pairs(tx, org, (unit, company), STEP)?;
            for (other, there, here) in &rows {
                pair(tx, org, *other, *there, *here, &mut found)?;
            }
            rows.last().filter(|_| rows.len() as i64 == STEP).map(|(other, _, here)| Place::Units(*here, *other))
        }
    };
    Ok((next, found))
}

fn links(tx: &mut Tx, org: Uuid, found: &mut Vec<Found>) -> store::Result<()> {
    for half in store::links::halves(tx, org)? {
        let Some(other) = half.other_id else { continue };
        let theirs = store::links::link(tx, other, half.id)?;
        let alone = half.direction == LinkDirection::Out.as_str() && half.status != LinkStatus::Active.as_str();
        let agree = match &theirs {
            Some(it) => it.status == half.status && it.direction != half.direction && it.other_id == Some(org),
            // An invitation to a company that is linked already stays with whoever made it.
            None => alone,
        };
        if !agree {
            let id = OrganizationLinkId::from_uuid(half.id).to_string();
            let told = format!("the two sides of {id} do not say the same");
            found.push(("organization_link", id, told));
        }
    }
    Ok(())
}

fn transfer(tx: &mut Tx, org: Uuid, half: &CrossingRow, found: &mut Vec<Found>) -> store::Result<()> {
    let id = TransferId::from_uuid(half.transfer_id).to_string();
    let mut tell = |told: String| found.push(("crossing", id.clone(), told));
    let mine = store::transfers::transfer(tx, org, half.transfer_id)?;
    let theirs = store::transfers::transfer(tx, half.other_id, half.transfer_id)?;
    let other = store::crossings::crossing(tx, half.other_id, half.transfer_id)?;
    let (Some(mine), Some(theirs), Some(other)) = (mine, theirs, other) else {
        tell(format!("one side of {id} is missing"));
        return Ok(());
    };
    if mine.status != theirs.status || other.direction == half.direction || other.other_id != org {
        tell(format!("the two sides of {id} do not say the same"));
    }
    if half.open != (mine.status == TransferStatus::Pending.as_str()) {
        tell(format!("{id} is kept as open and is {}", mine.status));
    }
    if half.direction == LinkDirection::In.as_str() {
        let sent = store::transfers::lines(tx, half.other_id, half.transfer_id)?;
        let sent: BTreeMap<Uuid, String> = sent.into_iter().map(|line| (line.unit_id, line.status)).collect();
        let lines = store::crossings::lines(tx, org, half.transfer_id)?;
        let same =
            lines.len() == sent.len() && lines.iter().all(|line| sent.get(&line.from_unit_id) == Some(&line.status));
        if !same {
            tell(format!("the lines of {id} are others at its sender"));
        }
    }
    Ok(())
}

fn pair(tx: &mut Tx, org: Uuid, other: Uuid, there: Uuid, here: Uuid, found: &mut Vec<Found>) -> store::Result<()> {
    let id = UnitId::from_uuid(here).to_string();
    if store::crossings::here(tx, other, org, here)? != Some(there) {
        let told = format!("{id} is a unit of a linked company that does not know of it");
        found.push(("unit_across", id.clone(), told));
    }
    let mut answers = 0;
    for (company, unit) in [(org, here), (other, there)] {
        let row = store::stock::unit(tx, company, unit)?;
        answers += i32::from(
            row.is_some_and(|it| it.active && it.custodian_type != CustodianType::LinkedOrganization.as_str()),
        );
    }
    if answers > 1 {
        let told = format!("{id} is answered for by two companies at once");
        found.push(("unit_across", id, told));
    }
    Ok(())
}
