//! What one account leaves to another: read as a whole, then handed over kind by kind.

use db::{Result, Tx, args};
use uuid::Uuid;

/// Everything that names an account as somebody who does, holds or oversees something now. Ids are in rising order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estate {
    /// Reps of its group.
    pub reps: Vec<Uuid>,
    /// Groups that it belongs to: (distributor, hub).
    pub memberships: Vec<(Uuid, bool)>,
    /// Accounts that act for it.
    pub delegates: Vec<Uuid>,
    /// Regions that it manages.
    pub regions: Vec<Uuid>,
    /// What is assigned to it: (kind, record, commission override).
    pub assignments: Vec<(String, Uuid, Option<i64>)>,
    /// From whom it pulls: (type, custodian).
    pub sources: Vec<(String, Uuid)>,
    /// Who pulls from it.
    pub source_of: Vec<Uuid>,
    /// Customers whose default rep it is.
    pub customers: Vec<Uuid>,
    /// Locations that name it as their rep.
    pub locations: Vec<Uuid>,
    /// Open events that it represents.
    pub events: Vec<Uuid>,
    /// Open events in which it takes part as a second representative.
    pub seconded: Vec<Uuid>,
    /// Pending transfers that it sends: (transfer, to whom).
    pub outgoing: Vec<(Uuid, Uuid)>,
    /// Pending transfers that it gets: (transfer, from whom).
    pub incoming: Vec<(Uuid, Uuid)>,
    /// Requests whose stock it waits for.
    pub requests: Vec<Uuid>,
    /// Active units that it answers for.
    pub units: Vec<Uuid>,
    /// Territories.
    pub territories: Vec<Uuid>,
    /// Open tasks for customers.
    pub tasks: Vec<Uuid>,
}

const REPS: &str =
    "SELECT sales_id FROM people_representative WHERE organization_id = $1 AND distributor_id = $2 ORDER BY sales_id";
const DELEGATES: &str = "SELECT id FROM people_user WHERE organization_id = $1 AND delegate_of = $2 ORDER BY id";
const REGIONS: &str = "SELECT id FROM people_region WHERE organization_id = $1 AND manager_id = $2 ORDER BY id";
const SOURCE_OF: &str =
    "SELECT user_id FROM people_quick_source WHERE organization_id = $1 AND source_id = $2 ORDER BY user_id";
const EVENTS: &str =
    "SELECT id FROM event WHERE organization_id = $1 AND representative_id = $2 AND status = 'open' ORDER BY id";
const SECONDED: &str = "SELECT event.id FROM event_person person \
    JOIN event ON event.organization_id = person.organization_id AND event.id = person.event_id \
    WHERE person.organization_id = $1 AND person.user_id = $2 AND event.status = 'open' \
    AND event.representative_id <> $2 ORDER BY event.id";
const TERRITORIES: &str = "SELECT id FROM directory_territory WHERE organization_id = $1 AND rep_id = $2 ORDER BY id";
const TASKS: &str = "SELECT id FROM directory_remark WHERE organization_id = $1 AND assignee_id = $2 AND state = 'open' \
    AND kind = 'task' ORDER BY id";
const OUTGOING: &str = "SELECT id, to_id FROM stock_transfer \
    WHERE organization_id = $1 AND from_id = $2 AND status = 'pending' ORDER BY id";
const INCOMING: &str = "SELECT id, from_id FROM stock_transfer \
    WHERE organization_id = $1 AND to_id = $2 AND status = 'pending' ORDER BY id";
const REQUESTS: &str = "SELECT id FROM stock_request \
    WHERE organization_id = $1 AND to_id = $2 AND status IN ('submitted', 'in_part', 'sent') ORDER BY id";
const UNITS: &str =
    "SELECT id FROM stock_unit WHERE organization_id = $1 AND custodian_id = $2 AND active = 1 ORDER BY id LIMIT $3";

/// What an account would leave; at most `units_max` units are listed, one more tells that there are more.
pub fn estate(tx: &mut Tx, organization: Uuid, user: Uuid, units_max: i64) -> Result<Estate> {
    let mut ids = |sql: &'static str| -> Result<Vec<Uuid>> {
        Ok(tx.all::<(Uuid,)>(sql, args![organization, user])?.into_iter().map(|(id,)| id).collect())
    };
    let mut estate = Estate {
        reps: ids(REPS)?,
        delegates: ids(DELEGATES)?,
        regions: ids(REGIONS)?,
        source_of: ids(SOURCE_OF)?,
        events: ids(EVENTS)?,
        seconded: ids(SECONDED)?,
        requests: ids(REQUESTS)?,
        territories: ids(TERRITORIES)?,
        tasks: ids(TASKS)?,
        ..Estate::default()
    };
    (estate.customers, estate.locations) = crate::directory::cared_for_by(tx, organization, user)?;
    estate.memberships = super::distributors_of(tx, organization, user)?;
    estate.assignments = super::assignments(tx, organization, user)?;
    estate.sources = super::quick_sources(tx, organization, user)?;
    estate.outgoing = tx.all(OUTGOING, args![organization, user])?;
    estate.incoming = tx.all(INCOMING, args![organization, user])?;
    let units = tx.all::<(Uuid,)>(UNITS, args![organization, user, units_max + 1])?;
    estate.units = units.into_iter().map(|(id,)| id).collect();
    Ok(estate)
}

const SET_DELEGATES: &str = "UPDATE people_user SET delegate_of = $3, version = version + 1 \
    WHERE organization_id = $1 AND delegate_of = $2";
const SET_REGIONS: &str = "UPDATE people_region SET manager_id = $3, version = version + 1 \
    WHERE organization_id = $1 AND manager_id = $2";

/// Hands the accounts that act for somebody to another distributor.
pub fn hand_over_delegates(tx: &mut Tx, organization: Uuid, from: Uuid, to: Uuid) -> Result<()> {
    tx.exec(SET_DELEGATES, args![organization, from, to])?;
    Ok(())
}

/// Hands the regions that somebody manages to another manager.
pub fn hand_over_regions(tx: &mut Tx, organization: Uuid, from: Uuid, to: Uuid) -> Result<()> {
    tx.exec(SET_REGIONS, args![organization, from, to])?;
    Ok(())
}

// Whoever stands on an open event twice after the change keeps the stronger part: representative before second.
const DROP_SECOND_OF_HEIR: &str = "DELETE FROM event_person WHERE organization_id = $1 AND user_id = $3 AND event_id IN \
    (SELECT id FROM event WHERE organization_id = $1 AND representative_id = $2 AND status = 'open')";
const DROP_SECOND_OF_LEAVER: &str = "DELETE FROM event_person WHERE organization_id = $1 AND user_id = $2 AND event_id IN \
    (SELECT heir.event_id FROM event_person heir \
    JOIN event ON event.organization_id = heir.organization_id AND event.id = heir.event_id \
    WHERE heir.organization_id = $1 AND heir.user_id = $3 AND event.status = 'open')";
const SET_PEOPLE: &str = "UPDATE event_person SET user_id = $3 WHERE organization_id = $1 AND user_id = $2 AND event_id IN \
    (SELECT id FROM event WHERE organization_id = $1 AND status = 'open')";
const SET_LINES: &str = "UPDATE event_line SET custodian_id = $3 WHERE organization_id = $1 AND custodian_id = $2 \
    AND event_id IN (SELECT id FROM event WHERE organization_id = $1 AND status = 'open')";
const SET_EVENTS: &str = "UPDATE event SET representative_id = $3, version = version + 1, updated_at = $4 \
    WHERE organization_id = $1 AND representative_id = $2 AND status = 'open'";

/// Hands the open events of somebody to another representative, with the part of second representative in others.
pub fn hand_over_events(tx: &mut Tx, organization: Uuid, from: Uuid, to: Uuid, now: i64) -> Result<()> {
    tx.exec(DROP_SECOND_OF_HEIR, args![organization, from, to])?;
    tx.exec(DROP_SECOND_OF_LEAVER, args![organization, from, to])?;
    tx.exec(SET_PEOPLE, args![organization, from, to])?;
    tx.exec(SET_LINES, args![organization, from, to])?;
    tx.exec(SET_EVENTS, args![organization, from, to, now])?;
    Ok(())
}

const SET_OUTGOING: &str = "UPDATE stock_transfer SET from_id = $3, version = version + 1 \
    WHERE organization_id = $1 AND from_id = $2 AND status = 'pending'";
const SET_INCOMING: &str = "UPDATE stock_transfer SET to_id = $3, version = version + 1 \
    WHERE organization_id = $1 AND to_id = $2 AND status = 'pending'";

/// Hands pending transfers at both ends to another account.
pub fn hand_over_transfers(tx: &mut Tx, organization: Uuid, from: Uuid, to: Uuid) -> Result<()> {
    tx.exec(SET_OUTGOING, args![organization, from, to])?;
    tx.exec(SET_INCOMING, args![organization, from, to])?;
    Ok(())
}

const SET_REQUESTS: &str = "UPDATE stock_request SET to_id = $3, version = version + 1 \
    WHERE organization_id = $1 AND to_id = $2 AND status IN ('submitted', 'in_part', 'sent')";

/// Hands requests that are not over to another account: what was asked for goes to whoever takes the work over.
pub fn hand_over_requests(tx: &mut Tx, organization: Uuid, from: Uuid, to: Uuid) -> Result<()> {
    tx.exec(SET_REQUESTS, args![organization, from, to])?;
    Ok(())
}
