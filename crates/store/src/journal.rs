//! The journal: entries with their movements and changes, written with the change itself, sealed into a chain afterwards.

use crate::bulk;
use db::{Result, Tx, Value, args};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

/// One movement of one unit. `seq` counts the unit's own steps from 1, without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The unit.
    pub unit: Uuid,
    /// Its step.
    pub seq: i64,
    /// Custodian before; None when it was made.
    pub from_custodian: Option<Uuid>,
    /// Custodian after.
    pub to_custodian: Uuid,
    /// State before, as stored.
    pub from_state: Option<i64>,
    /// State after, as stored.
    pub to_state: i64,
    /// Shelf before.
    pub from_location: Option<Uuid>,
    /// Shelf after.
    pub to_location: Option<Uuid>,
}

/// One changed field of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What changed.
    pub subject: Uuid,
    /// The field.
    pub field: String,
    /// Before.
    pub old: Option<String>,
    /// After.
    pub new: Option<String>,
}

/// One entry: who did what, for whom, when, from where and why.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub id: Uuid,
    /// When, in microseconds.
    pub at: i64,
    /// Who.
    pub actor: Uuid,
    /// For whom, when a delegate acts.
    pub on_behalf_of: Option<Uuid>,
    /// What kind, snake_case.
    pub kind: &'static str,
    /// Why, as given.
    pub reason: String,
    /// From where.
    pub source: &'static str,
    /// The request.
    pub request_id: String,
    /// Movements of units.
    pub movements: Vec<Movement>,
    /// Changed fields.
    pub changes: Vec<Change>,
    /// Whom or what it is about, besides the units that moved.
    pub subjects: Vec<Uuid>,
}

const ENTRY: &str = "INSERT INTO journal_entry \
    (organization_id, id, at, actor_id, on_behalf_of_id, kind, reason, source, request_id) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const MOVEMENTS: &str = "INSERT INTO journal_movement (organization_id, unit_id, seq, entry_id, from_custodian_id, \
    to_custodian_id, from_state, to_state, from_location_id, to_location_id) VALUES";
const CHANGES: &str = "INSERT INTO journal_change (organization_id, entry_id, n, subject_id, field, old, new) VALUES";
const SUBJECTS: &str = "INSERT INTO journal_subject (organization_id, subject_id, entry_id) VALUES";
const ONCE: &str = "ON CONFLICT DO NOTHING";
const PENDING: &str = "INSERT INTO journal_pending (organization_id, entry_id, at) VALUES ($1, $2, $3)";

/// Writes an entry in the unit of work that it tells of.
pub fn append(tx: &mut Tx, organization: Uuid, entry: &Entry) -> Result<()> {
    tx.exec(
        ENTRY,
        args![
            organization,
            entry.id,
            entry.at,
            entry.actor,
            entry.on_behalf_of,
            entry.kind,
            entry.reason,
            entry.source,
            entry.request_id
        ],
    )?;
    let mut values: Vec<Value> = Vec::with_capacity(entry.movements.len() * 10);
    for it in &entry.movements {
        values.extend_from_slice(args![
            organization,
            it.unit,
            it.seq,
            entry.id,
            it.from_custodian,
            it.to_custodian,
            it.from_state,
            it.to_state,
            it.from_location,
            it.to_location
        ]);
    }
    bulk::insert(tx, MOVEMENTS, "", 10, &values)?;
    values.clear();
    for (n, change) in entry.changes.iter().enumerate() {
        let n = n as i64;
        values.extend_from_slice(args![
            organization,
            entry.id,
            n,
            change.subject,
            change.field,
            change.old,
            change.new
        ]);
    }
    bulk::insert(tx, CHANGES, "", 7, &values)?;
    values.clear();
    for subject in &entry.subjects {
        values.extend_from_slice(args![organization, *subject, entry.id]);
    }
    bulk::insert(tx, SUBJECTS, ONCE, 3, &values)?;
    tx.exec(PENDING, args![organization, entry.id, entry.at])?;
    Ok(())
}

db::record! {
    /// An entry as it is read back.
    pub struct EntryRow {
        pub id: Uuid, pub at: i64, pub actor_id: Uuid, pub on_behalf_of_id: Option<Uuid>, pub kind: String,
        pub reason: String, pub source: String, pub request_id: String, pub seq: Option<i64>,
    }
}

db::record! {
    /// A movement as it is read back.
    pub struct MovementRow {
        pub unit_id: Uuid, pub seq: i64, pub entry_id: Uuid, pub from_custodian_id: Option<Uuid>, pub to_custodian_id: Uuid,
        pub from_state: Option<i64>, pub to_state: i64, pub from_location_id: Option<Uuid>, pub to_location_id: Option<Uuid>,
    }
}

db::record! {
    /// A change as it is read back.
    pub struct ChangeRow { pub entry_id: Uuid, pub subject_id: Uuid, pub field: String, pub old: Option<String>, pub new: Option<String> }
}

/// The columns of [`EntryRow`], for statements that list entries (`entry` is the table's name, `seal` the joined chain).
pub const ENTRY_COLUMNS: &str = "entry.id, entry.at, entry.actor_id, entry.on_behalf_of_id, entry.kind, entry.reason, \
    entry.source, entry.request_id, seal.seq";

const BY_SUBJECT: &str = "SELECT entry.id, entry.at, entry.actor_id, entry.on_behalf_of_id, entry.kind, entry.reason, \
    entry.source, entry.request_id, seal.seq FROM journal_subject subject \
    JOIN journal_entry entry ON entry.organization_id = subject.organization_id AND entry.id = subject.entry_id \
    LEFT JOIN journal_seal seal ON seal.organization_id = entry.organization_id AND seal.entry_id = entry.id \
    WHERE subject.organization_id = $1 AND subject.subject_id = $2 AND subject.entry_id < $3 \
    ORDER BY subject.entry_id DESC LIMIT $4";
const COUNT_BY_SUBJECT: &str = "SELECT COUNT(*) FROM journal_subject WHERE organization_id = $1 AND subject_id = $2";
const BY_UNIT: &str = "SELECT entry.id, entry.at, entry.actor_id, entry.on_behalf_of_id, entry.kind, entry.reason, \
    entry.source, entry.request_id, seal.seq FROM journal_movement movement \
    JOIN journal_entry entry ON entry.organization_id = movement.organization_id AND entry.id = movement.entry_id \
    LEFT JOIN journal_seal seal ON seal.organization_id = entry.organization_id AND seal.entry_id = entry.id \
    WHERE movement.organization_id = $1 AND movement.unit_id = $2 AND movement.entry_id < $3 \
    ORDER BY movement.seq DESC LIMIT $4";
const COUNT_BY_UNIT: &str = "SELECT COUNT(*) FROM (\
    SELECT entry_id FROM journal_movement WHERE organization_id = $1 AND unit_id = $2 \
    UNION SELECT entry_id FROM journal_subject WHERE organization_id = $1 AND subject_id = $2) told";
const MOVEMENTS_OF: &str = "SELECT unit_id, seq, entry_id, from_custodian_id, to_custodian_id, from_state, to_state, \
    from_location_id, to_location_id FROM journal_movement WHERE organization_id = $1 AND entry_id = $2 \
    ORDER BY unit_id, seq LIMIT $3";
const CHANGES_OF: &str = "SELECT entry_id, subject_id, field, old, new FROM journal_change \
    WHERE organization_id = $1 AND entry_id = $2 ORDER BY n LIMIT $3";
const MOVEMENTS_OF_UNIT: &str = "SELECT unit_id, seq, entry_id, from_custodian_id, to_custodian_id, from_state, to_state, \
    from_location_id, to_location_id FROM journal_movement WHERE organization_id = $1 AND unit_id = $2 ORDER BY seq";

/// The latest entries about something before one of them (any, when None), newest first.
pub fn by_subject(
    tx: &mut Tx,
    organization: Uuid,
    subject: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<EntryRow>> {
    tx.all(BY_SUBJECT, args![organization, subject, before.unwrap_or(Uuid::max()), limit])
}

const BY_SUBJECT_AND_ID: &str = "SELECT entry.id, entry.at, entry.actor_id, entry.on_behalf_of_id, entry.kind, entry.reason, \
    entry.source, entry.request_id, seal.seq FROM journal_subject subject \
    JOIN journal_entry entry ON entry.organization_id = subject.organization_id AND entry.id = subject.entry_id \
    LEFT JOIN journal_seal seal ON seal.organization_id = entry.organization_id AND seal.entry_id = entry.id \
    WHERE subject.organization_id = $1 AND subject.subject_id = $2 AND subject.entry_id = $3";

/// One entry, if it is about something.
pub fn by_subject_and_id(tx: &mut Tx, organization: Uuid, subject: Uuid, entry: Uuid) -> Result<Option<EntryRow>> {
    tx.one(BY_SUBJECT_AND_ID, args![organization, subject, entry])
}

/// How many entries are about something.
pub fn count_by_subject(tx: &mut Tx, organization: Uuid, subject: Uuid) -> Result<i64> {
    Ok(tx.one::<(i64,)>(COUNT_BY_SUBJECT, args![organization, subject])?.map_or(0, |(n,)| n))
}

/// The latest entries that moved a unit before one of them (any, when None), newest first.
pub fn by_unit(tx: &mut Tx, organization: Uuid, unit: Uuid, before: Option<Uuid>, limit: i64) -> Result<Vec<EntryRow>> {
    tx.all(BY_UNIT, args![organization, unit, before.unwrap_or(Uuid::max()), limit])
}

/// How many entries moved or changed a unit.
pub fn count_by_unit(tx: &mut Tx, organization: Uuid, unit: Uuid) -> Result<i64> {
    Ok(tx.one::<(i64,)>(COUNT_BY_UNIT, args![organization, unit])?.map_or(0, |(n,)| n))
}

/// What an entry moved, at most `limit`.
pub fn movements_of(tx: &mut Tx, organization: Uuid, entry: Uuid, limit: i64) -> Result<Vec<MovementRow>> {
    tx.all(MOVEMENTS_OF, args![organization, entry, limit])
}

/// What an entry changed, at most `limit`.
pub fn changes_of(tx: &mut Tx, organization: Uuid, entry: Uuid, limit: i64) -> Result<Vec<ChangeRow>> {
    tx.all(CHANGES_OF, args![organization, entry, limit])
}

const CHANGES_ABOUT: &str = "SELECT entry_id, subject_id, field, old, new FROM journal_change \
    WHERE organization_id = $1 AND entry_id = $2 AND (subject_id = $3 OR field = 'batch_id') ORDER BY n LIMIT $4";

/// What an entry changed of one thing, at most `limit`, and the batch that it belongs to.
pub fn changes_about(
    tx: &mut Tx,
    organization: Uuid,
    entry: Uuid,
    subject: Uuid,
    limit: i64,
) -> Result<Vec<ChangeRow>> {
    tx.all(CHANGES_ABOUT, args![organization, entry, subject, limit])
}

const MOVEMENT_OF: &str = "SELECT unit_id, seq, entry_id, from_custodian_id, to_custodian_id, from_state, to_state, \
    from_location_id, to_location_id FROM journal_movement WHERE organization_id = $1 AND entry_id = $2 AND unit_id = $3 \
    ORDER BY seq DESC LIMIT 1";

/// How an entry moved one unit.
pub fn movement_of(tx: &mut Tx, organization: Uuid, entry: Uuid, unit: Uuid) -> Result<Option<MovementRow>> {
    tx.one(MOVEMENT_OF, args![organization, entry, unit])
}

/// Every movement of a unit, first to last.
pub fn movements_of_unit(tx: &mut Tx, organization: Uuid, unit: Uuid) -> Result<Vec<MovementRow>> {
    tx.all(MOVEMENTS_OF_UNIT, args![organization, unit])
}

const UNSEALED: &str = "SELECT entry_id FROM journal_pending WHERE organization_id = $1 ORDER BY entry_id LIMIT $2";
const HEAD: &str = "SELECT seq, hash FROM journal_seal WHERE organization_id = $1 ORDER BY seq DESC LIMIT 1";
const READ_ENTRY: &str = "SELECT id, at, actor_id, on_behalf_of_id, kind, reason, source, request_id, NULL \
    FROM journal_entry WHERE organization_id = $1 AND id = $2";
const SEAL: &str = "INSERT INTO journal_seal (organization_id, seq, entry_id, hash) VALUES ($1, $2, $3, $4)";
const SEALED: &str = "DELETE FROM journal_pending WHERE organization_id = $1 AND entry_id = $2";

const WAITS: &str = "SELECT 1 FROM journal_pending WHERE organization_id = $1 LIMIT 1";

/// Whether entries wait to be sealed.
pub fn waits(tx: &mut Tx, organization: Uuid) -> Result<bool> {
    Ok(tx.one::<(i64,)>(WAITS, args![organization])?.is_some())
}

/// A unit of work that seals ends after this many movements, however few entries they belong to.
const MOVEMENTS_PER_SEALING: usize = 20_000;

/// Seals up to `limit` waiting entries in order; gives how many. One sealer at a time: the chain's key refuses a second.
/// What they moved enters the totals of custodians in the same unit of work.
pub fn seal(tx: &mut Tx, organization: Uuid, limit: i64) -> Result<usize> {
    let waiting = tx.all::<(Uuid,)>(UNSEALED, args![organization, limit])?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let (mut seq, mut hash) = tx.one::<(i64, Vec<u8>)>(HEAD, args![organization])?.unwrap_or((0, vec![0; 32]));
    let (mut sealed, mut moved) = (0, 0);
    let mut totals = Totals::default();
    for (entry_id,) in &waiting {
        let Some(entry) = tx.one::<EntryRow>(READ_ENTRY, args![organization, *entry_id])? else { continue };
        let movements = movements_of(tx, organization, *entry_id, i64::MAX)?;
        let changes = changes_of(tx, organization, *entry_id, i64::MAX)?;
        seq += 1;
        hash = link(&hash, &bytes_of(organization, &entry, &movements, &changes));
        tx.exec(SEAL, args![organization, seq, *entry_id, hash])?;
        tx.exec(SEALED, args![organization, *entry_id])?;
        movements.iter().for_each(|movement| totals.moved(movement));
        sealed += 1;
        moved += movements.len();
        if moved >= MOVEMENTS_PER_SEALING {
            break;
        }
    }
    totals.save(tx, organization)?;
    Ok(sealed)
}

/// How the numbers of units of custodians change, by state and by shelf or not.
#[derive(Default)]
struct Totals(BTreeMap<(Uuid, i64, bool), i64>);

const TOTAL: &str = "INSERT INTO stock_total (organization_id, custodian_id, state, facility_stock, n) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, custodian_id, state, facility_stock) \
    DO UPDATE SET n = stock_total.n + excluded.n";

impl Totals {
    fn moved(&mut self, it: &MovementRow) {
        if let (Some(custodian), Some(state)) = (it.from_custodian_id, it.from_state) {
            *self.0.entry((custodian, state, it.from_location_id.is_some())).or_default() -= 1;
        }
        *self.0.entry((it.to_custodian_id, it.to_state, it.to_location_id.is_some())).or_default() += 1;
    }

    fn save(self, tx: &mut Tx, organization: Uuid) -> Result<()> {
        for ((custodian, state, shelf), delta) in self.0.into_iter().filter(|(_, delta)| *delta != 0) {
            tx.exec(TOTAL, args![organization, custodian, state, shelf, delta])?;
        }
        Ok(())
    }
}

/// SHA-256 over the hash before and the canonical bytes of an entry.
pub fn link(before: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut digest = Sha256::new();
    digest.update(before);
    digest.update(bytes);
    digest.finalize().to_vec()
}

/// The canonical bytes of an entry with its movements and changes, as they are in the tables; None when it is missing.
pub fn canonical(tx: &mut Tx, organization: Uuid, entry_id: Uuid) -> Result<Option<Vec<u8>>> {
    let Some(entry) = tx.one::<EntryRow>(READ_ENTRY, args![organization, entry_id])? else { return Ok(None) };
    let movements = movements_of(tx, organization, entry_id, i64::MAX)?;
    let changes = changes_of(tx, organization, entry_id, i64::MAX)?;
    Ok(Some(bytes_of(organization, &entry, &movements, &changes)))
}

fn bytes_of(organization: Uuid, entry: &EntryRow, movements: &[MovementRow], changes: &[ChangeRow]) -> Vec<u8> {
    let mut out = Canonical::default();
    out.head(organization, entry, movements.len());
    movements.iter().for_each(|it| out.movement(it));
    out.changes(changes.len());
    changes.iter().for_each(|it| out.change(it));
    out.0
}

/// Canonical bytes in the making: every value with its length in front, so that no two entries have the same bytes.
/// Put together in the order head, movements, changes.
#[derive(Default)]
pub struct Canonical(pub Vec<u8>);

impl Canonical {
    /// The entry, and how many movements follow.
    pub fn head(&mut self, organization: Uuid, entry: &EntryRow, movements: usize) {
        self.uuid(organization).uuid(entry.id).int(entry.at).uuid(entry.actor_id).maybe_uuid(entry.on_behalf_of_id);
        self.text(&entry.kind).text(&entry.reason).text(&entry.source).text(&entry.request_id);
        self.int(movements as i64);
    }

    /// One movement, in the order of units and steps.
    pub fn movement(&mut self, it: &MovementRow) {
        self.uuid(it.unit_id).int(it.seq).maybe_uuid(it.from_custodian_id).uuid(it.to_custodian_id);
        self.maybe_int(it.from_state).int(it.to_state).maybe_uuid(it.from_location_id).maybe_uuid(it.to_location_id);
    }

    /// How many changes follow.
    pub fn changes(&mut self, changes: usize) {
        self.int(changes as i64);
    }

    /// One change, in the order in which they were written.
    pub fn change(&mut self, it: &ChangeRow) {
        self.uuid(it.subject_id).text(&it.field).maybe_text(it.old.as_deref()).maybe_text(it.new.as_deref());
    }

    fn bytes(&mut self, tag: u8, bytes: &[u8]) -> &mut Self {
        self.0.push(tag);
        self.0.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }
    fn uuid(&mut self, id: Uuid) -> &mut Self {
        self.bytes(1, id.as_bytes())
    }
    fn int(&mut self, value: i64) -> &mut Self {
        self.bytes(2, &value.to_be_bytes())
    }
    fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(3, text.as_bytes())
    }
    fn none(&mut self) -> &mut Self {
        self.bytes(0, &[])
    }
    fn maybe_uuid(&mut self, id: Option<Uuid>) -> &mut Self {
        match id {
            Some(id) => self.uuid(id),
            None => self.none(),
        }
    }
    fn maybe_int(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.int(value),
            None => self.none(),
        }
    }
    fn maybe_text(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.none(),
        }
    }
}
