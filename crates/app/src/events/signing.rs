//! Who is to sign an event before it is submitted: what its type wants, unless the facility says something else.

use super::signatures::standing;
use super::{kind, types};
use crate::{Ctx, Error, Result};
use contract::documents::{FacilitySigning, SetFacilitySigning, WantedSignature};
use domain::document::{SignatureRole, Signing, SigningMode};
use domain::id::LocationId;
use domain::people::Permission;
use store::Tx;
use store::documents::SigningRow;
use store::events::EventRow;
use uuid::Uuid;

fn mode(row: Option<&SigningRow>) -> SigningMode {
    row.and_then(|row| SigningMode::parse(&row.mode)).unwrap_or(SigningMode::ByType)
}

fn view(location: LocationId, row: Option<&SigningRow>) -> FacilitySigning {
    let mode = mode(row);
    let version = row.map_or(0, |row| row.version);
    FacilitySigning { location_id: location, mode, words: mode.label().to_owned(), version }
}

/// Whose signature a facility in reach wants.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: LocationId) -> Result<FacilitySigning> {
    if !store::directory::sees_location(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    let row = store::documents::signing(tx, ctx.org(), id.uuid())?;
    Ok(view(id, row.as_ref()))
}

/// Says whose signature a facility wants.
pub fn set(ctx: &Ctx, tx: &mut Tx, id: LocationId, body: &SetFacilitySigning) -> Result<FacilitySigning> {
    let before = get(ctx, tx, id)?;
    ctx.require(Permission::ManageDirectory)?;
    ctx.check_version(before.version, || Ok(before.clone()))?;
    if body.mode == before.mode {
        return Ok(before);
    }
    match body.mode {
        SigningMode::ByType => store::documents::drop_signing(tx, ctx.org(), id.uuid())?,
        mode => {
            let by = (ctx.actor.id.uuid(), ctx.now.0);
            store::documents::save_signing(tx, ctx.org(), id.uuid(), mode.as_str(), by)?;
        }
    }
    let mut entry = ctx.entry("location_changed").subject(id.uuid());
    entry.change(id.uuid(), "signatures", Some(before.words), Some(body.mode.label().to_owned()));
    entry.append(ctx, tx)?;
    get(ctx, tx, id)
}

/// Who is to sign an event, and whose wish that is.
pub(super) struct Asked {
    who: Signing,
    /// The name of the facility that has a say in it.
    facility: Option<String>,
}

/// Who is to sign an event.
pub(super) fn asked(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Asked> {
    let kind = kind(row)?;
    let (mode, name) = match row.location_id {
        Some(location) => of_location(ctx, tx, location)?,
        None => (SigningMode::ByType, None),
    };
    let who = mode.wanted(types::signers(ctx, kind), kind.rules().billable);
    Ok(Asked { facility: name.filter(|_| who.by_facility), who })
}

fn of_location(ctx: &Ctx, tx: &mut Tx, location: Uuid) -> Result<(SigningMode, Option<String>)> {
    let row = store::documents::signing(tx, ctx.org(), location)?;
    let mode = mode(row.as_ref());
    let name = match mode {
        SigningMode::ByType => None,
        _ => store::events::place(tx, ctx.org(), location)?.map(|place| place.name),
    };
    Ok((mode, name))
}

impl Asked {
    fn roles(&self) -> Vec<SignatureRole> {
        let each =
            [(self.who.representative, SignatureRole::Representative), (self.who.provider, SignatureRole::Provider)];
        each.into_iter().filter(|(wanted, _)| *wanted).map(|(_, role)| role).collect()
    }

    /// Why, in a sentence; empty where nobody has to sign and nobody said so.
    fn why(&self) -> String {
        let who = match self.roles().as_slice() {
            [] => "nobody",
            [SignatureRole::Representative] => "the representative",
            [_] => "somebody of the hospital",
            _ => "the representative and somebody of the hospital",
        };
        match &self.facility {
            Some(name) if self.roles().is_empty() => {
                format!("Nobody has to sign: {name} does without signatures, whatever the type of the event says.")
            }
            Some(name) => format!("{name} wants {who} to sign whatever is sold there."),
            None if self.roles().is_empty() => String::new(),
            None => format!("Your organization wants {who} to sign events of this type."),
        }
    }

    /// Each signature that is wanted, and whether it stands.
    pub fn wanted(&self, signed: &[SignatureRole]) -> (Vec<WantedSignature>, String) {
        let each = self.roles().into_iter().map(|role| WantedSignature { role, signed: signed.contains(&role) });
        (each.collect(), self.why())
    }
}

/// What an event lacks of signatures before it is submitted: (code, sentence).
pub(super) fn lacking(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Vec<(&'static str, String)>> {
    let asked = asked(ctx, tx, row)?;
    let roles = asked.roles();
    if roles.is_empty() {
        return Ok(Vec::new());
    }
    let signed = standing(ctx, tx, row)?;
    let missing = roles.into_iter().filter(|role| !signed.contains(role)).map(|role| {
        let who = match role {
            SignatureRole::Representative => "the representative",
            _ => "somebody of the hospital",
        };
        let wants = asked.facility.as_deref().unwrap_or("Your organization");
        let message = format!("{wants} wants {who} to sign what the event says, as it is now. Have it signed.");
        ("signature_required", message)
    });
    Ok(missing.collect())
}
