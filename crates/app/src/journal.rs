//! Writing an entry of the journal.

use crate::{Ctx, Result};
use store::Tx;
use store::journal::{Change, Entry, Movement};
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

    /// How far it has come: see [`Self::since`].
    pub fn mark(&self) -> usize {
        self.0.changes.len()
    }

    /// What was told since a mark.
    pub fn since(&self, mark: usize) -> &[Change] {
        self.0.changes.get(mark..).unwrap_or_default()
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
