//! Keeping files: sealing them anew when the key changes, and destroying what shows a patient after its time.

use super::place;
use crate::{App, Error, Result};
use domain::id::OrganizationId;
use store::files as rows;
use uuid::Uuid;

/// Contents of one step: they may be large.
const SEALED_AT_ONCE: i64 = 10;
/// Files that are destroyed in one unit of work.
const PURGED_AT_ONCE: i64 = 50;
const DAY_SECONDS: i64 = 86_400;

/// What sealing anew did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Contents that lie there sealed with the key now.
    pub sealed: u64,
    /// Those that were already.
    pub already: u64,
}

impl App {
    /// Seals every content with the key, whatever it was sealed with before; what came in unsealed is sealed too. `told` hears how
    /// far it is. It may be stopped and begun again, and servers that know both keys may serve meanwhile.
    ///
    /// # Errors
    /// Without a key, and for a content that neither key opens: nothing is lost by that.
    pub async fn reseal(&self, told: impl Fn(Resealed)) -> Result<Resealed> {
        let Some(key) = self.config().file_key.clone() else {
            return Err(Error::conflict("key_missing", "Give the key that files are to be sealed with."));
        };
        // Nothing is written under a key that cannot take over what is there.
        self.try_file_key().await?;
        let mut done = Resealed::default();
        for (organization, _) in self.organizations().await? {
            let (org, mut after) = (organization.uuid(), String::new());
            loop {
                let from = after.clone();
                let step = self.db().read(move |tx| rows::contents_after(tx, org, &from, SEALED_AT_ONCE)).await?;
                let Some((last, ..)) = step.last() else { break };
                after = last.clone();
                for (digest, sealed, content) in step {
                    let here = place(org, &digest);
                    if sealed && key.open(&here, &content).is_ok() {
                        done.already += 1;
                        continue;
                    }
                    let plain = self.open_content(org, &digest, sealed, content)?;
                    let anew = key.seal(&here, &plain, &mut auth::SystemRandom);
                    let anew = anew.map_err(|error| Error::Internal(error.to_string()))?;
                    self.db().write(move |tx| rows::reseal(tx, org, &digest, &anew)).await?;
                    done.sealed += 1;
                }
                told(done);
            }
        }
        Ok(done)
    }

    /// Tries the key on something that is sealed: a server with the wrong one should not begin to serve.
    ///
    /// # Errors
    /// `key_missing` without a key where something is sealed; `key_wrong` when it does not open.
    pub async fn try_file_key(&self) -> Result<()> {
        for (organization, _) in self.organizations().await? {
            let org = organization.uuid();
            let Some((digest, content)) = self.db().read(move |tx| rows::first_sealed(tx, org)).await? else {
                continue;
            };
            match self.open_content(org, &digest, true, content) {
                Ok(_) => {}
                Err(missing @ Error::Conflict { .. }) => return Err(missing),
                Err(_) => {
                    let message = "The files of this database are sealed with another key. Give that one.";
                    return Err(Error::conflict("key_wrong", message));
                }
            }
        }
        Ok(())
    }

    /// Destroys pictures that show a patient, of events that are over, after the time for which the organisation keeps them; gives
    /// how many. Their rows stay, and say when.
    pub async fn purge_patient_files(&self, organization: OrganizationId) -> Result<usize> {
        let (org, now) = (organization.uuid(), self.now());
        let row = self.db().read(move |tx| store::people::organization(tx, org)).await?;
        let Some(row) = row else { return Ok(0) };
        let settings: serde_json::Value = serde_json::from_str(&row.settings).unwrap_or_default();
        let Some(days) = settings.get("patient_files_days").and_then(serde_json::Value::as_i64) else { return Ok(0) };
        let before = now.plus_seconds(-days * DAY_SECONDS).0;
        let mut purged = 0;
        loop {
            let aged = self.db().read(move |tx| rows::aged(tx, org, before, PURGED_AT_ONCE)).await?;
            if aged.is_empty() {
                return Ok(purged);
            }
            let Some(by) = self.db().read(move |tx| store::documents::primary_admin(tx, org)).await? else {
                return Ok(purged);
            };
            let ctx = self.context_of_account(org, by, "retention").await?;
            purged += self
                .write(&ctx, move |ctx, tx| {
                    // Looked for again: another server may have been quicker.
                    let aged = rows::aged(tx, ctx.org(), before, PURGED_AT_ONCE)?;
                    let mut events: Vec<Uuid> = aged.iter().map(|row| row.subject_id).collect();
                    events.sort_unstable();
                    events.dedup();
                    for row in &aged {
                        rows::purge(tx, ctx.org(), row, ctx.now.0)?;
                    }
                    for event in events {
                        let reason = format!("Kept for {days} days");
                        let mut entry = ctx.entry("patient_files_purged").reason(&reason).subject(event);
                        for row in aged.iter().filter(|row| row.subject_id == event) {
                            entry.change(event, "file", Some(row.name.clone()), None);
                        }
                        entry.append(ctx, tx)?;
                    }
                    Ok(aged.len())
                })
                .await?;
        }
    }
}
