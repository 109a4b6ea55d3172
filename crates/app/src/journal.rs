//! Writing an entry of the journal, and reading history in sentences.

use crate::{Ctx, Result};
use contract::{ChangeView, CustodianRef, HistoryEntry, MovementView};
use domain::clock::Instant;
use domain::id::Id;
use domain::stock::{Custodian, UnitState};
use std::collections::HashMap;
use store::Tx;
use store::journal::{Change, Entry, EntryRow, Movement, MovementRow};
use uuid::Uuid;

/// An entry in the making: who, when and from where come from the context.
pub struct Draft(Entry);

impl Ctx {
    /// Begins an entry of a kind (snake_case, past tense: `transfer_accepted`).
    pub fn entry(&self, kind: &'static str) -> Draft {
        Draft(Entry {
            id: self.id::<domain::id::Entry>().uuid(),
            at: self.now.0,
            actor: self.actor.id.uuid(),
            on_behalf_of: self.actor.delegate_of.map(|id| id.uuid()),
            kind,
            reason: String::new(),
            source: self.source.as_str(),
            request_id: self.request_id.to_string(),
            movements: Vec::new(),
            changes: Vec::new(),
            subjects: Vec::new(),
        })
    }
}

impl Draft {
    /// Why, as given.
    pub fn reason(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.0.reason);
        self
    }

    /// Whom or what it is about: it shows in that history.
    pub fn subject(mut self, subject: Uuid) -> Self {
        self.0.subjects.push(subject);
        self
    }

    /// The same for an entry that goes on.
    pub fn about(&mut self, subject: Uuid) {
        self.0.subjects.push(subject);
    }

    /// A movement of a unit.
    pub fn movement(&mut self, movement: Movement) {
        self.0.movements.push(movement);
    }

    /// A field that changed; nothing when it did not.
    pub fn change(&mut self, subject: Uuid, field: &str, old: Option<String>, new: Option<String>) {
        if old != new {
            self.0.changes.push(Change { subject, field: field.to_owned(), old, new });
        }
    }

    /// Whether it tells of anything.
    pub fn is_empty(&self) -> bool {
        self.0.movements.is_empty() && self.0.changes.is_empty()
    }

    /// Writes it into the unit of work that it tells of.
    pub fn append(self, ctx: &Ctx, tx: &mut Tx) -> Result<()> {
        store::journal::append(tx, ctx.org(), &self.0)?;
        Ok(())
    }
}

/// Movements and changes of one entry that a history shows.
const SHOWN_MAX: i64 = 100;

/// What happened to something, newest first, at most `limit` entries.
pub fn history(ctx: &Ctx, tx: &mut Tx, subject: Uuid, limit: i64) -> Result<Vec<HistoryEntry>> {
    let mut names = HashMap::new();
    let mut shown = Vec::new();
    for row in store::journal::by_subject(tx, ctx.org(), subject, limit)? {
        shown.push(view(ctx, tx, row, &mut names)?);
    }
    Ok(shown)
}

/// One entry as it is shown. `names` remembers the names of people from entry to entry.
pub fn view(ctx: &Ctx, tx: &mut Tx, row: EntryRow, names: &mut HashMap<Uuid, String>) -> Result<HistoryEntry> {
    let actor_name = name_of(ctx, tx, row.actor_id, names)?;
    let on_behalf_of_name = match row.on_behalf_of_id {
        Some(id) => Some(name_of(ctx, tx, id, names)?),
        None => None,
    };
    let who = match &on_behalf_of_name {
        Some(distributor) => format!("{actor_name} for {distributor}"),
        None => actor_name.clone(),
    };
    let movements = store::journal::movements_of(tx, ctx.org(), row.id, SHOWN_MAX)?;
    let changes = store::journal::changes_of(tx, ctx.org(), row.id, SHOWN_MAX)?;
    Ok(HistoryEntry {
        id: Id::from_uuid(row.id),
        at: Instant(row.at),
        actor_id: Id::from_uuid(row.actor_id),
        actor_name,
        on_behalf_of_id: row.on_behalf_of_id.map(Id::from_uuid),
        on_behalf_of_name,
        sentence: format!("{who}: {}", row.kind.replace('_', " ")),
        kind: row.kind,
        reason: row.reason,
        source: row.source,
        request_id: row.request_id,
        seq: row.seq,
        batch_id: None,
        movements: movements.iter().map(|movement| movement_view(ctx, movement)).collect(),
        changes: changes
            .into_iter()
            .map(|it| ChangeView { subject_id: it.subject_id.to_string(), field: it.field, old: it.old, new: it.new })
            .collect(),
    })
}

fn name_of(ctx: &Ctx, tx: &mut Tx, id: Uuid, names: &mut HashMap<Uuid, String>) -> Result<String> {
    if let Some(name) = names.get(&id) {
        return Ok(name.clone());
    }
    let name = store::people::name(tx, ctx.org(), id)?.unwrap_or_default();
    names.insert(id, name.clone());
    Ok(name)
}

fn movement_view(ctx: &Ctx, row: &MovementRow) -> MovementView {
    let custodian = |id: Uuid| {
        CustodianRef::from(if id == ctx.org() {
            Custodian::organization(Id::from_uuid(id))
        } else {
            Custodian::user(Id::from_uuid(id))
        })
    };
    MovementView {
        unit_id: Id::from_uuid(row.unit_id),
        seq: row.seq,
        from_custodian: row.from_custodian_id.map(custodian),
        to_custodian: custodian(row.to_custodian_id),
        from_state: row.from_state.map(UnitState::from_stored),
        to_state: UnitState::from_stored(row.to_state),
    }
}
