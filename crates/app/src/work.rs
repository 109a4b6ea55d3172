//! What the server does by itself, one organisation at a time: sealing the journal, the outbox, sweeping.

use crate::{App, Result};
use domain::id::OrganizationId;
use domain::limits::IDEMPOTENCY_DAYS;
use serde::{Deserialize, Serialize};
use store::directory::figures::{Rolled, make_windows};
use uuid::Uuid;

/// Entries of one unit of work of the sealer.
const SEALED_AT_ONCE: i64 = 500;
/// Mails taken at a time.
const MAILS_AT_ONCE: i64 = 20;
/// How long whoever took a mail may try to send it, in seconds.
const LEASE_SECONDS: i64 = 300;
/// The pause after the first failure, in seconds; it doubles each time.
const PAUSE_SECONDS: i64 = 30;
/// The longest pause, in seconds.
const PAUSE_MAX_SECONDS: i64 = 6 * 3600;
/// After so many failures a mail stays where it is, for a person to look at.
pub const ATTEMPTS_MAX: i64 = 15;
/// Rows that one sweep drops of a kind.
const SWEPT_AT_ONCE: i64 = 1_000;
/// Rows of customers' money that are made anew in one unit of work.
const ROLLED_AT_ONCE: i64 = 200;
const DAY_SECONDS: i64 = 86_400;

/// A mail, as the outbox keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The address of whoever gets it.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// What may go along with a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Along {
    /// What hangs on it.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// Where an answer goes, when not to the sender.
    #[serde(default)]
    pub reply_to: String,
}

/// A mail with what goes along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The mail.
    #[serde(flatten)]
    pub mail: Mail,
    /// What goes along.
    #[serde(flatten)]
    pub along: Along,
}

/// Something that hangs on a mail: a content that is kept with the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Which content.
    pub digest: String,
    /// What it is called.
    pub file_name: String,
}

/// A mail that was taken to be sent.
#[derive(Debug)]
pub struct Taken {
    /// Its row.
    pub id: Uuid,
    /// The mail; None when the row does not hold one.
    pub mail: Option<Mail>,
    /// What goes along with it.
    pub along: Along,
    /// How often it was tried before.
    pub attempts: i64,
}

impl App {
    /// Seals what waits in an organisation's journal; gives how many entries. When another server sealed meanwhile, its
    /// links stand and the rest waits for the next time.
    pub async fn seal(&self, organization: OrganizationId) -> Result<usize> {
        let id = organization.uuid();
        let mut sealed = 0;
        while self.db().read(move |tx| store::journal::waits(tx, id)).await? {
            match self.db().write(move |tx| store::journal::seal(tx, id, SEALED_AT_ONCE)).await {
                Ok(0) => break,
                Ok(n) => sealed += n,
                Err(error) if error.is_unique_violation().is_some() => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(sealed)
    }

    /// Takes mails that are due.
    pub async fn take_mails(&self, organization: OrganizationId) -> Result<Vec<Taken>> {
        let (id, now) = (organization.uuid(), self.now());
        if !self.db().read(move |tx| store::engine::is_due(tx, id, "mail", now.0)).await? {
            return Ok(Vec::new());
        }
        let until = now.plus_seconds(LEASE_SECONDS).0;
        let due = self.db().write(move |tx| store::engine::claim(tx, id, "mail", now.0, until, MAILS_AT_ONCE)).await?;
        let taken = due.into_iter().map(|it| Taken {
            id: it.id,
            mail: serde_json::from_str(&it.payload).ok(),
            along: serde_json::from_str(&it.payload).unwrap_or_default(),
            attempts: it.attempts,
        });
        Ok(taken.collect())
    }

    /// A mail was sent.
    pub async fn mail_sent(&self, organization: OrganizationId, mail: Uuid) -> Result<()> {
        let (id, now) = (organization.uuid(), self.now().0);
        let done = move |tx: &mut store::Tx| -> store::Result<()> {
            store::documents::left(tx, id, mail, now)?;
            store::engine::done(tx, id, mail)
        };
        Ok(self.db().write(done).await?)
    }

    /// What hangs on a mail.
    pub async fn attachment(&self, organization: OrganizationId, digest: &str) -> Result<Vec<u8>> {
        self.content(organization.uuid(), digest).await
    }

    /// A mail could not be sent: it is tried again later, and at last left for a person to look at.
    pub async fn mail_failed(&self, organization: OrganizationId, taken: &Taken, error: &str) -> Result<()> {
        let (id, mail, error) = (organization.uuid(), taken.id, error.to_owned());
        let run_at = match pause(taken.attempts) {
            Some(seconds) => self.now().plus_seconds(seconds).0,
            None => i64::MAX,
        };
        Ok(self.db().write(move |tx| store::engine::later(tx, id, mail, run_at, &error)).await?)
    }

    /// Drops what has ended: answers to repeated requests, tokens, links, previews. Gives how many rows.
    pub async fn sweep(&self, organization: OrganizationId) -> Result<u64> {
        let (id, now) = (organization.uuid(), self.now());
        let old = now.plus_seconds(-i64::from(IDEMPOTENCY_DAYS) * DAY_SECONDS).0;
        let yesterday = now.plus_seconds(-DAY_SECONDS).0;
        let aged = now.plus_seconds(-crate::events::unfinished::KEPT_DAYS * DAY_SECONDS).0;
        let mut swept = self.db().write(move |tx| store::unfinished::sweep(tx, id, aged)).await?;
        loop {
            let dropped = self
                .db()
                .write(move |tx| -> store::Result<u64> {
                    let forgotten = store::engine::forget(tx, id, old, SWEPT_AT_ONCE)?;
                    let runs = store::engine::drop_runs(tx, id, yesterday, SWEPT_AT_ONCE)?;
                    Ok(forgotten + runs + store::engine::drop_ended(tx, id, now.0, SWEPT_AT_ONCE)?)
                })
                .await?;
            if dropped == 0 {
                return Ok(swept);
            }
            swept += dropped;
        }
    }

    /// Moves the windows of figures on to today, where the organisation is, or makes them where a migration left that to be
    /// done, part by part; gives whether anything moved.
    pub async fn roll_figures(&self, organization: OrganizationId) -> Result<bool> {
        let (id, now) = (organization.uuid(), self.now());
        let row = self.db().read(move |tx| store::people::organization(tx, id)).await?;
        let Some(today) = row.map(|row| now.day_in(&row.time_zone)) else { return Ok(false) };
        let rolled = self.db().write(move |tx| store::directory::roll_figures(tx, id, today)).await?;
        if rolled != Rolled::Unmade {
            return Ok(rolled == Rolled::Moved);
        }
        let mut so_far = None;
        loop {
            so_far = self.db().write(move |tx| make_windows(tx, id, today, so_far)).await?;
            if so_far.is_none() {
                return Ok(true);
            }
        }
    }

    /// Makes anew what the calendar alone has changed of customers' money: lateness, credit, holds. Gives how many rows.
    pub async fn roll_standings(&self, organization: OrganizationId) -> Result<usize> {
        let (id, now) = (organization.uuid(), self.now());
        let mut rolled = 0;
        loop {
            let step = self
                .db()
                .write(move |tx| -> store::Result<usize> {
                    let Some(row) = store::people::organization(tx, id)? else { return Ok(0) };
                    store::directory::standing::roll(tx, id, now.day_in(&row.time_zone), ROLLED_AT_ONCE)
                })
                .await?;
            rolled += step;
            if step < ROLLED_AT_ONCE as usize {
                return Ok(rolled);
            }
        }
    }

    /// Drops counts of failed attempts that no longer hold anybody back.
    pub async fn sweep_attempts(&self) -> Result<u64> {
        let before = self.now().plus_seconds(-DAY_SECONDS).0;
        Ok(self.db().write(move |tx| store::engine::drop_attempts(tx, before, SWEPT_AT_ONCE)).await?)
    }
}

/// Seconds until the next try after so many earlier failures; None when there is none.
fn pause(failed_before: i64) -> Option<i64> {
    let doubled = PAUSE_SECONDS << failed_before.clamp(0, 20);
    (failed_before + 1 < ATTEMPTS_MAX).then(|| doubled.min(PAUSE_MAX_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_quarter_of_a_day_and_end() {
        assert_eq!((pause(0), pause(1), pause(3)), (Some(30), Some(60), Some(240)));
        assert_eq!(pause(13), Some(PAUSE_MAX_SECONDS));
        assert_eq!(pause(ATTEMPTS_MAX - 1), None);
    }
}
