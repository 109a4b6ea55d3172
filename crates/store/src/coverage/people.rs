//! Who is away, and where people and facilities are.

use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// Days on which somebody is away.
    #[derive(Clone, Debug)]
    pub struct AbsenceRow {
        pub id: Uuid, pub user_id: Uuid, pub starts_at: i64, pub ends_at: i64, pub note: String, pub hand_back: bool,
        pub created_by: Uuid, pub created_at: i64, pub removed_at: Option<i64>,
    }
}

macro_rules! absence {
    () => {
        "SELECT id, user_id, starts_at, ends_at, note, hand_back, created_by, created_at, removed_at FROM people_absence \
        WHERE organization_id = $1 "
    };
}

const OF_USER: &str =
    concat!(absence!(), "AND user_id = $2 AND removed_at IS NULL AND ends_at >= $3 ORDER BY ends_at, id LIMIT 200");
const ONE: &str = concat!(absence!(), "AND id = $2");
const LOCK: db::Sql = db::Sql { lite: ONE, pg: concat!(absence!(), "AND id = $2 FOR UPDATE") };
const OVERLAPPING: &str = concat!(
    absence!(),
    "AND user_id = $2 AND removed_at IS NULL AND ends_at > $3 AND starts_at < $4 ORDER BY starts_at LIMIT 1"
);
const INSERT: &str = "INSERT INTO people_absence (organization_id, id, user_id, starts_at, ends_at, note, hand_back, created_by, \
    created_at, removed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)";
const REMOVE: &str = "UPDATE people_absence SET removed_at = $3 WHERE organization_id = $1 AND id = $2";
const HAND_BACK: &str = "UPDATE people_absence SET hand_back = $3 WHERE organization_id = $1 AND id = $2";
const ENDED: &str =
    concat!(absence!(), "AND removed_at IS NULL AND hand_back = 1 AND ends_at <= $2 ORDER BY ends_at, id LIMIT $3");

/// Absences of somebody that end at or after a moment.
pub fn absences(tx: &mut Tx, organization: Uuid, user: Uuid, from: i64) -> Result<Vec<AbsenceRow>> {
    tx.all(OF_USER, args![organization, user, from])
}

/// One absence.
pub fn absence(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<AbsenceRow>> {
    tx.one(ONE, args![organization, id])
}

/// The same, locked.
pub fn lock_absence(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<AbsenceRow>> {
    tx.one(LOCK, args![organization, id])
}

/// An absence of somebody that overlaps a time.
pub fn overlapping(tx: &mut Tx, organization: Uuid, user: Uuid, from: i64, to: i64) -> Result<Option<AbsenceRow>> {
    tx.one(OVERLAPPING, args![organization, user, from, to])
}

/// Enters an absence.
pub fn insert_absence(tx: &mut Tx, organization: Uuid, row: &AbsenceRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            organization,
            row.id,
            row.user_id,
            row.starts_at,
            row.ends_at,
            row.note,
            row.hand_back,
            row.created_by,
            row.created_at
        ],
    )?;
    Ok(())
}

/// Takes an absence back.
pub fn remove_absence(tx: &mut Tx, organization: Uuid, id: Uuid, now: i64) -> Result<()> {
    tx.exec(REMOVE, args![organization, id, now])?;
    Ok(())
}

/// Whether what was lent for an absence comes back after it.
pub fn set_hand_back(tx: &mut Tx, organization: Uuid, id: Uuid, hand_back: bool) -> Result<()> {
    tx.exec(HAND_BACK, args![organization, id, hand_back])?;
    Ok(())
}

/// Absences that are over and after which something comes back.
pub fn ended(tx: &mut Tx, organization: Uuid, now: i64, limit: i64) -> Result<Vec<AbsenceRow>> {
    tx.all(ENDED, args![organization, now, limit])
}

const OPEN_CASES: &str = "SELECT id FROM event WHERE organization_id = $1 AND representative_id = $2 AND starts_at >= $3 \
    AND starts_at < $4 AND status = 'open' ORDER BY starts_at, id LIMIT $5";
const COVERED: &str =
    "SELECT COUNT(*) FROM coverage_case WHERE organization_id = $1 AND absence_id = $2 AND state = 'applied'";

/// Open events of somebody that begin between two moments.
pub fn open_cases(tx: &mut Tx, organization: Uuid, user: Uuid, from: i64, to: i64, limit: i64) -> Result<Vec<Uuid>> {
    let rows = tx.all::<(Uuid,)>(OPEN_CASES, args![organization, user, from, to, limit])?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many cases were handed over for an absence.
pub fn covered(tx: &mut Tx, organization: Uuid, absence: Uuid) -> Result<i64> {
    Ok(tx.one::<(i64,)>(COVERED, args![organization, absence])?.map_or(0, |(n,)| n))
}

db::record! {
    /// Where somebody or something is.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PlaceRow {
        pub latitude_e6: Option<i64>, pub longitude_e6: Option<i64>, pub postal_code: String, pub state: String,
        pub country: String,
    }
}

const PLACE: &str = "SELECT latitude_e6, longitude_e6, postal_code, state, country FROM coverage_place \
    WHERE organization_id = $1 AND subject_id = $2";
const SAVE_PLACE: &str = "INSERT INTO coverage_place (organization_id, subject_id, latitude_e6, longitude_e6, postal_code, state, \
    country) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (organization_id, subject_id) DO UPDATE SET \
    latitude_e6 = excluded.latitude_e6, longitude_e6 = excluded.longitude_e6, postal_code = excluded.postal_code, \
    state = excluded.state, country = excluded.country";

/// Where a person or a location is, as somebody said.
pub fn place(tx: &mut Tx, organization: Uuid, subject: Uuid) -> Result<Option<PlaceRow>> {
    tx.one(PLACE, args![organization, subject])
}

/// Says where a person or a location is.
pub fn save_place(tx: &mut Tx, organization: Uuid, subject: Uuid, row: &PlaceRow) -> Result<()> {
    tx.exec(
        SAVE_PLACE,
        args![organization, subject, row.latitude_e6, row.longitude_e6, row.postal_code, row.state, row.country],
    )?;
    Ok(())
}

const SUPERIORS: &str = "SELECT reach.actor_id FROM people_reach reach JOIN people_user actor \
    ON actor.organization_id = reach.organization_id AND actor.id = reach.actor_id \
    WHERE reach.organization_id = $1 AND reach.subject_id = $2 AND reach.person >= 3 AND reach.actor_id <> $2 \
    AND actor.active = 1 ORDER BY reach.actor_id LIMIT 50";

/// Who may act for somebody: the distributor and the regional manager.
pub fn superiors(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(SUPERIORS, args![organization, user])?.into_iter().map(|(id,)| id).collect())
}
