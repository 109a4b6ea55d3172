//! People: the organisation, accounts, groups, regions.

mod accounts;
mod checklist;
mod fields;
mod groups;
mod leaving;
mod organization;
mod succession;

pub use accounts::*;
pub use checklist::checklist;
pub use groups::*;
pub use leaving::{deactivate, holdings};
pub use organization::{organization, patch_organization, patch_settings, settings};
pub use succession::{apply_successor, preview_successor};

use crate::{App, Ctx, Error, Result};
use auth::{Secret, SystemRandom};
use contract::people::{Me, User};
use domain::clock::Instant;
use domain::id::Id;
use domain::limits;
use domain::people::Role;
use std::collections::BTreeMap;
use store::Tx;
use store::people::{OrganizationRow, UserRow};

/// What the first organisation on a server, or a further one, begins with.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// Its name.
    pub name: String,
    /// manufacturer or distributor.
    pub kind: String,
    /// ISO 4217 code.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// The primary admin's e-mail.
    pub email: String,
    /// The primary admin's name.
    pub admin: String,
}

impl App {
    /// Makes an organisation with its primary admin, ready to sign in.
    pub async fn init(&self, new: NewOrganization, password: Secret) -> Result<()> {
        if !matches!(new.kind.as_str(), "manufacturer" | "distributor") {
            return Err(Error::field("kind", "invalid_value", "The kind is manufacturer or distributor."));
        }
        if !domain::clock::is_time_zone(&new.time_zone) {
            return Err(Error::field("time_zone", "invalid_value", "Give an IANA time zone such as America/Chicago."));
        }
        if domain::money::Currency::parse(&new.currency).is_none() {
            return Err(Error::field("currency", "invalid_value", "Give an ISO 4217 code such as USD."));
        }
        let email = fields::email("email", &new.email)?;
        let name = fields::line("organization", &new.name, limits::NAME_MAX)?;
        let person = fields::line("name", &new.admin, limits::NAME_MAX)?;
        auth::password::check(&password, &[&email, &person])
            .map_err(|weak| Error::field("password", weak.code(), weak.to_string()))?;
        let hash = crate::session::beside(move || auth::password::hash(&password, &mut SystemRandom))
            .await?
            .map_err(|error| Error::Internal(error.to_string()))?;
        let now = self.now();
        let (organization, admin) = (self.ids.next(now), self.ids.next(now));
        self.db
            .write(move |tx| -> Result<()> {
                if store::people::by_email(tx, &email)?.is_some() {
                    return Err(Error::conflict("email_taken", "This e-mail has an account on this server already."));
                }
                let row = OrganizationRow {
                    organization_id: organization,
                    name: name.clone(),
                    kind: new.kind.clone(),
                    currency: new.currency.clone(),
                    time_zone: new.time_zone.clone(),
                    settings: "{}".into(),
                    address: "{}".into(),
                    version: 1,
                };
                store::people::insert_organization(tx, &row, now.0)?;
                let user = UserRow {
                    id: admin,
                    email: email.clone(),
                    role: Role::PrimaryAdmin.as_str().into(),
                    delegate_of: None,
                    name: person.clone(),
                    name_key: domain::text::fold(&person),
                    phone: String::new(),
                    alternate_email: String::new(),
                    custodian_only: false,
                    active: true,
                    training_completed_at: None,
                    claimed_at: Some(now.0),
                    invited_at: None,
                    region_id: None,
                    shares_inventory: false,
                    commission_rate_bp: None,
                    shipping_address: "{}".into(),
                    contacts: "[]".into(),
                    settings: "{}".into(),
                    created_at: now.0,
                    version: 1,
                };
                store::people::insert_user(tx, organization, &user, Some(&hash))?;
                store::people::refresh_reach(tx, organization)?;
                Ok(())
            })
            .await?;
        Ok(())
    }
}

impl App {
    /// The e-mail of the primary admin of the first organisation on this server.
    pub async fn first_admin(&self) -> Result<Option<String>> {
        let found = self
            .db
            .read(|tx| -> Result<_> {
                let Some(organization) = store::engine::organizations(tx)?.into_iter().next() else { return Ok(None) };
                Ok(store::people::primary_admin(tx, organization)?)
            })
            .await?;
        Ok(found)
    }
}

/// The account that asks, with what it may do.
pub fn me(ctx: &Ctx, tx: &mut Tx) -> Result<Me> {
    let row = store::people::user(tx, ctx.org(), ctx.actor.id.uuid())?.ok_or(Error::Unauthorized)?;
    let permissions = ctx.permissions().into_iter().map(str::to_owned).collect();
    Ok(Me { user: view(row)?, permissions, organization: organization(ctx, tx)? })
}

/// A stored account as it is shown; the rate is taken out by whoever must not show it.
pub fn view(row: UserRow) -> Result<User> {
    let role = Role::parse(&row.role).ok_or_else(|| Error::Internal("a stored role is unknown".into()))?;
    let own: BTreeMap<String, bool> = serde_json::from_str(&row.settings).unwrap_or_default();
    Ok(User {
        id: Id::from_uuid(row.id),
        email: row.email,
        role,
        delegate_of: row.delegate_of.map(Id::from_uuid),
        name: row.name,
        phone: row.phone,
        alternate_email: row.alternate_email,
        custodian_only: row.custodian_only,
        active: row.active,
        training_completed_at: row.training_completed_at.map(Instant),
        claimed_at: row.claimed_at.map(Instant),
        invited_at: row.invited_at.map(Instant),
        region_id: row.region_id.map(Id::from_uuid),
        shares_inventory: row.shares_inventory,
        commission_rate_bp: row.commission_rate_bp,
        shipping_address: serde_json::from_str(&row.shipping_address).unwrap_or_default(),
        contacts: serde_json::from_str(&row.contacts).unwrap_or_default(),
        // A delegate has none of its own: those of its distributor count.
        settings: if row.delegate_of.is_some() { BTreeMap::new() } else { crate::context::full_settings(role, &own) },
        created_at: Instant(row.created_at),
        version: row.version,
    })
}
