//! Accounts: who sees them, who changes what of them, and what they go through from invitation to deactivation.

use super::fields;
use crate::history::Past;
use crate::journal::Draft;
use crate::list::{self, Sorts};
use crate::mail::{self, Mail};
use crate::{Config, Ctx, Error, Result};
use auth::Kind;
use contract::people::{CreateUser, Invitation, OptionalReason, PatchUser, User};
use contract::{HistoryEntry, ListParams, Page};
use domain::clock::Instant;
use domain::id::{RegionId, UserId};
use domain::limits;
use domain::people::{AccountRights, Editing, Level, Permission, Role, account_rights, user_toggles};
use std::collections::BTreeMap;
use store::page::Sort;
use store::people::{UserList, UserRow};
use store::{Tx, Value};
use uuid::Uuid;

/// Where the page is on which somebody chooses a password; the link's secret follows.
pub const CLAIM_PATH: &str = "/claim/";

/// An account in reach, with what the actor may change of it.
pub(crate) struct Subject {
    pub row: UserRow,
    pub role: Role,
    pub rights: AccountRights,
}

/// The account in the path, if the actor sees it.
pub(crate) fn subject(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<Subject> {
    let row = store::people::user(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    judged(ctx, tx, row)
}

/// The same, locked.
pub(crate) fn locked(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<Subject> {
    let row = store::people::lock_user(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    judged(ctx, tx, row)
}

/// What an account is to the actor; 404 when they do not see it.
pub(crate) fn judged(ctx: &Ctx, tx: &mut Tx, row: UserRow) -> Result<Subject> {
    let role = role_of(&row)?;
    let person = store::reach::of(tx, ctx.viewer(), row.id)?.person;
    if person < Level::See && row.id != ctx.actor.id.uuid() {
        return Err(Error::not_found());
    }
    let rights = rights(ctx, &row, role, person);
    Ok(Subject { row, role, rights })
}

impl Subject {
    /// 412 when the caller believed in another version.
    pub fn check_version(&self, ctx: &Ctx) -> Result<()> {
        ctx.check_version(self.row.version, || shown(ctx, self.row.clone()))
    }
}

/// A stored role.
pub(crate) fn role_of(row: &UserRow) -> Result<Role> {
    Role::parse(&row.role).ok_or_else(|| Error::Internal("a stored role is unknown".into()))
}

fn rights(ctx: &Ctx, row: &UserRow, role: Role, person: Level) -> AccountRights {
    let principal = ctx.principal().uuid();
    account_rights(&Editing {
        actor: ctx.actor.role,
        as_delegate: ctx.actor.delegate_of.is_some(),
        own: row.id == ctx.actor.id.uuid() || row.id == principal,
        subject: role,
        delegate: row.delegate_of == Some(principal),
        person,
        invites: ctx.may(Permission::InviteUsers),
        manages: ctx.may(Permission::ManageUsers),
        sets: ctx.may(Permission::ManageUserSettings),
    })
}

/// 403 that names what may not be changed.
pub(crate) fn not_yours(what: &str) -> Error {
    Error::forbidden("not_allowed", format!("Your account may see this person, but not change {what}. Ask an admin."))
}

/// 403 unless the right is there.
pub(crate) fn need(right: bool, what: &str) -> Result<()> {
    if right { Ok(()) } else { Err(not_yours(what)) }
}

/// An account as the actor may see it: rates only for the office, the account itself and its distributor.
pub(crate) fn shown(ctx: &Ctx, row: UserRow) -> Result<User> {
    let concerns = ctx.actor.role.is_office() || ctx.actor.role == Role::Distributor || row.id == ctx.actor.id.uuid();
    let mut user = super::view(row)?;
    if !concerns {
        user.commission_rate_bp = None;
    }
    Ok(user)
}

/// Several of them.
pub(crate) fn all_shown(ctx: &Ctx, rows: Vec<UserRow>) -> Result<Page<User>> {
    let items = rows.into_iter().map(|row| shown(ctx, row)).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor: None, total: None })
}

const SORTS: Sorts = &[("name", "name_key"), ("created_at", "created_at")];

/// The accounts that the actor sees.
pub fn list_users(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<User>> {
    list::only(params, &["role", "active", "invited", "claimed", "trained", "region_id"])?;
    let paging = list::paging("users", params, SORTS, &[Sort { column: "name_key", descending: false }])?;
    let regions = list::ids::<domain::id::Region>(params, "region_id")?;
    let asked = UserList {
        roles: list::words(params, "role", Role::parse)?,
        active: list::yes_no(params, "active")?,
        invited: list::yes_no(params, "invited")?,
        claimed: list::yes_no(params, "claimed")?,
        trained: list::yes_no(params, "trained")?,
        regions: regions.map(|ids| ids.into_iter().map(RegionId::uuid).collect()),
        words: search_words(params.q.as_deref())?,
        sorts: paging.sorts,
        after: paging.after,
        limit: paging.limit,
        count: params.count,
    };
    let (rows, more, total) = store::people::list_users(tx, ctx.viewer(), &asked)?;
    let key = |row: &UserRow| {
        let value = |sort: &Sort| match sort.column {
            "created_at" => Value::Int(row.created_at),
            _ => Value::Text(row.name_key.clone()),
        };
        asked.sorts.iter().map(value).chain([Value::Uuid(row.id)]).collect()
    };
    let page = list::page(paging.bound, rows, more, key, |row| shown(ctx, row));
    let items = page.items.into_iter().collect::<Result<_>>()?;
    Ok(Page { items, next_cursor: page.next_cursor, total })
}

/// People in sight who may answer for units, by name, at most `limit`: for choices.
pub fn holders(ctx: &Ctx, tx: &mut Tx, limit: usize) -> Result<Vec<(UserId, String)>> {
    let rows = store::people::holders(tx, ctx.viewer(), limit)?;
    Ok(rows.into_iter().map(|(id, name)| (UserId::from_uuid(id), name)).collect())
}

fn search_words(q: Option<&str>) -> Result<Vec<String>> {
    let Some(q) = q else { return Ok(Vec::new()) };
    if q.chars().count() > limits::SEARCH_MAX {
        let message = format!("Search for at most {} characters.", limits::SEARCH_MAX);
        return Err(Error::field("q", "too_long", message));
    }
    let mut words = domain::text::tokens(q);
    words.truncate(limits::SEARCH_TOKENS_MAX);
    Ok(words)
}

/// One account.
pub fn user(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<User> {
    let subject = subject(ctx, tx, id)?;
    shown(ctx, subject.row)
}

/// What the actor may change of one account: for screens that offer only what works.
pub fn rights_over(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<AccountRights> {
    Ok(subject(ctx, tx, id)?.rights)
}

/// Which roles the actor may give to a new account, delegates apart.
pub fn roles_to_create(ctx: &Ctx) -> Vec<Role> {
    Role::ALL.iter().copied().filter(|role| *role != Role::PrimaryAdmin && may_create(ctx, *role).invite).collect()
}

/// The rights over a new account of a role; a regional manager has them within own regions.
fn may_create(ctx: &Ctx, role: Role) -> AccountRights {
    let overseen = matches!(role, Role::Sales | Role::Distributor);
    account_rights(&Editing {
        actor: ctx.actor.role,
        as_delegate: ctx.actor.delegate_of.is_some(),
        own: false,
        subject: role,
        delegate: false,
        person: if ctx.actor.role == Role::RegionalManager && overseen { Level::Act } else { Level::Name },
        invites: ctx.may(Permission::InviteUsers),
        manages: ctx.may(Permission::ManageUsers),
        sets: ctx.may(Permission::ManageUserSettings),
    })
}

/// Makes an account. Nothing is sent.
pub fn create_user(ctx: &Ctx, tx: &mut Tx, new: &CreateUser) -> Result<User> {
    let rights = creation_rights(ctx, tx, new)?;
    let row = new_row(ctx, tx, new, rights)?;
    if store::people::by_email(tx, &row.email)?.is_some() {
        return Err(email_taken());
    }
    store::people::insert_user(tx, ctx.org(), &row, None).map_err(|error| {
        // Two requests with one e-mail met at the directory of e-mails.
        if error.is_unique_violation().is_some() { email_taken() } else { error.into() }
    })?;
    store::people::refresh_reach(tx, ctx.org())?;
    let mut entry = ctx.entry("user_created").subject(row.id);
    if let Some(distributor) = row.delegate_of {
        entry = entry.subject(distributor);
    }
    entry.change(row.id, "email", None, Some(row.email.clone()));
    entry.change(row.id, "role", None, Some(row.role.clone()));
    let delegate_of = row.delegate_of.map(|id| UserId::from_uuid(id).to_string());
    entry.change(row.id, "delegate_of", None, delegate_of);
    changes(&mut entry, None, &row);
    entry.append(ctx, tx)?;
    shown(ctx, row)
}

fn email_taken() -> Error {
    Error::conflict(
        "email_taken",
        "This e-mail has an account already, perhaps a deactivated one. An e-mail belongs to one account for good.",
    )
}

fn creation_rights(ctx: &Ctx, tx: &mut Tx, new: &CreateUser) -> Result<AccountRights> {
    if let Some(distributor) = new.delegate_of {
        return delegate_rights(ctx, tx, new, distributor);
    }
    if new.role == Role::PrimaryAdmin && ctx.actor.role == Role::PrimaryAdmin {
        let message = "An organisation has exactly one primary admin. Make an admin instead.";
        return Err(Error::conflict("primary_admin_exists", message));
    }
    let rights = may_create(ctx, new.role);
    if !rights.invite || new.role == Role::PrimaryAdmin {
        let message = format!("Your account may not create people with the role {}. Ask an admin.", new.role.label());
        return Err(Error::forbidden("not_allowed", message));
    }
    if ctx.actor.role == Role::RegionalManager {
        let region = new.region_id.ok_or_else(|| {
            Error::field("region_id", "required", "Name the region of yours to which this person belongs.")
        })?;
        let region = store::people::region(tx, ctx.org(), region.uuid())?;
        if region.is_none_or(|region| region.manager_id != Some(ctx.actor.id.uuid())) {
            return Err(Error::unknown("region_id"));
        }
    }
    // Whoever may make an account may say to which region it belongs.
    Ok(AccountRights { contact: true, region: true, ..rights })
}

fn delegate_rights(ctx: &Ctx, tx: &mut Tx, new: &CreateUser, distributor: UserId) -> Result<AccountRights> {
    let row = store::people::user(tx, ctx.org(), distributor.uuid())?;
    let named = match row {
        Some(row) => judged(ctx, tx, row).map_err(|error| match error {
            Error::NotFound(_) => Error::unknown("delegate_of"),
            other => other,
        })?,
        None => return Err(Error::unknown("delegate_of")),
    };
    if ctx.actor.delegate_of.is_some() {
        let message = "A delegate cannot name further delegates. The distributor or the office can.";
        return Err(Error::forbidden("delegate_cannot_name", message));
    }
    let own = named.row.id == ctx.actor.id.uuid() && ctx.actor.role == Role::Distributor && !ctx.actor.custodian_only;
    let office = ctx.actor.role.is_office() && named.rights.invite;
    if !own && !office {
        let message = "A delegate is named by the distributor itself or by the office.";
        return Err(Error::forbidden("not_allowed", message));
    }
    if new.role != Role::Distributor {
        let message = "Who acts for a distributor has the role distributor.";
        return Err(Error::field("role", "delegate_must_be_distributor", message));
    }
    if named.role != Role::Distributor || named.row.custodian_only || named.row.delegate_of.is_some() {
        let message = "Delegates act for a full distributor: not for a custodian-only one, nor for another delegate.";
        return Err(Error::field("delegate_of", "not_a_full_distributor", message));
    }
    if own { Ok(AccountRights { contact: true, invite: true, ..AccountRights::NONE }) } else { Ok(named.rights) }
}

fn new_row(ctx: &Ctx, tx: &mut Tx, new: &CreateUser, rights: AccountRights) -> Result<UserRow> {
    let refused = [
        ("region_id", new.region_id.is_some(), rights.region),
        ("commission_rate_bp", new.commission_rate_bp.is_some(), rights.rate),
        ("shares_inventory", new.shares_inventory, rights.settings),
        ("custodian_only", new.custodian_only, rights.settings),
        ("settings", !new.settings.is_empty(), rights.settings),
    ];
    refuse_fields(&refused)?;
    let name = fields::line("name", &new.name, limits::NAME_MAX)?;
    let row = UserRow {
        id: ctx.id::<domain::id::User>().uuid(),
        email: fields::email("email", &new.email)?,
        role: new.role.as_str().to_owned(),
        delegate_of: new.delegate_of.map(UserId::uuid),
        name_key: domain::text::fold(&name),
        name,
        phone: fields::maybe_line("phone", &new.phone, limits::PHONE_MAX)?,
        alternate_email: fields::maybe_email("alternate_email", &new.alternate_email)?,
        custodian_only: new.custodian_only,
        active: true,
        training_completed_at: None,
        claimed_at: None,
        invited_at: None,
        region_id: new.region_id.map(RegionId::uuid),
        shares_inventory: new.shares_inventory,
        commission_rate_bp: new.commission_rate_bp.map(|bp| fields::rate("commission_rate_bp", bp)).transpose()?,
        shipping_address: fields::json(&fields::address("shipping_address", &new.shipping_address)?)?,
        contacts: fields::json(&fields::contacts("contacts", &new.contacts)?)?,
        settings: fields::json(&known_settings(new.role, new.delegate_of.is_some(), &new.settings)?)?,
        created_at: ctx.now.0,
        version: 1,
    };
    check_facts(ctx, tx, new.role, &row)?;
    Ok(row)
}

/// 403 for the first field that was mentioned without the right to it: (field, mentioned, right).
fn refuse_fields(fields: &[(&str, bool, bool)]) -> Result<()> {
    match fields.iter().find(|(_, mentioned, right)| *mentioned && !right) {
        None => Ok(()),
        Some((field, ..)) => Err(Error::forbidden(
            "field_not_allowed",
            format!("Your account may not set {field} of this person. Nothing was changed; ask an admin."),
        )),
    }
}

fn known_settings(role: Role, delegate: bool, given: &BTreeMap<String, bool>) -> Result<BTreeMap<String, bool>> {
    let known = if delegate { &[] } else { user_toggles(role) };
    for key in given.keys() {
        if !known.iter().any(|(name, _)| name == key) {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let message = if delegate {
                "A delegate has no settings of its own: those of its distributor count.".to_owned()
            } else if names.is_empty() {
                format!("The role {} has no settings.", role.label())
            } else {
                format!("The settings of the role {} are {}.", role.label(), names.join(", "))
            };
            return Err(Error::field(format!("settings.{key}"), "unknown_setting", message));
        }
    }
    Ok(given.clone())
}

/// Which facts go with which role; and the region exists.
fn check_facts(ctx: &Ctx, tx: &mut Tx, role: Role, row: &UserRow) -> Result<()> {
    let leads = role == Role::Distributor && row.delegate_of.is_none();
    if row.custodian_only && !leads {
        let message = "Only a distributor who is no delegate can be custodian-only.";
        return Err(Error::field("custodian_only", "role_cannot_be_custodian_only", message));
    }
    if row.shares_inventory && !leads {
        let message = "Only a distributor who is no delegate has a group to share with.";
        return Err(Error::field("shares_inventory", "role_cannot_share", message));
    }
    if let Some(region) = row.region_id
        && store::people::region(tx, ctx.org(), region)?.is_none()
    {
        return Err(Error::unknown("region_id"));
    }
    Ok(())
}

/// Tells the journal what differs between two states of an account; the first may be nothing. Secrets are no fields.
fn changes(entry: &mut Draft, old: Option<&UserRow>, new: &UserRow) {
    type Get = fn(&UserRow) -> Option<String>;
    fn text(text: &str) -> Option<String> {
        (!text.is_empty()).then(|| text.to_owned())
    }
    fn flag(flag: bool) -> Option<String> {
        Some(flag.to_string())
    }
    fn address(row: &UserRow) -> Option<String> {
        let address: contract::Address = serde_json::from_str(&row.shipping_address).unwrap_or_default();
        text(&address.one_line())
    }
    let fields: [(&str, Get); 12] = [
        ("name", |row| text(&row.name)),
        ("phone", |row| text(&row.phone)),
        ("alternate_email", |row| text(&row.alternate_email)),
        ("custodian_only", |row| flag(row.custodian_only)),
        ("active", |row| flag(row.active)),
        ("training_completed_at", |row| row.training_completed_at.map(|at| Instant(at).rfc3339())),
        ("region_id", |row| row.region_id.map(|id| RegionId::from_uuid(id).to_string())),
        ("shares_inventory", |row| flag(row.shares_inventory)),
        ("commission_rate_bp", |row| row.commission_rate_bp.map(|bp| bp.to_string())),
        ("shipping_address", address),
        ("contacts", |row| text(&row.contacts).filter(|json| json != "[]")),
        ("invited_at", |row| row.invited_at.map(|at| Instant(at).rfc3339())),
    ];
    for (field, get) in fields {
        let before = old.and_then(get);
        let after = get(new);
        // A new account is told by what it has, not by what it has not.
        if old.is_some() || after.as_deref() != Some("false") {
            entry.change(new.id, field, before, after);
        }
    }
    let read = |row: &UserRow| serde_json::from_str::<BTreeMap<String, bool>>(&row.settings).unwrap_or_default();
    let (before, after) = (old.map(read).unwrap_or_default(), read(new));
    for (key, value) in &after {
        let was = before.get(key).map(bool::to_string);
        entry.change(new.id, &format!("settings.{key}"), was, Some(value.to_string()));
    }
}

/// Saves a changed account and tells the journal. Nothing happens when nothing differs.
pub(crate) fn save(
    ctx: &Ctx,
    tx: &mut Tx,
    kind: &'static str,
    reason: &str,
    old: &UserRow,
    mut new: UserRow,
) -> Result<UserRow> {
    let mut entry = ctx.entry(kind).reason(reason).subject(new.id);
    changes(&mut entry, Some(old), &new);
    if entry.is_empty() {
        return Ok(new);
    }
    store::people::save_user(tx, ctx.org(), &new)?;
    new.version += 1;
    if old.name_key != new.name_key {
        store::directory::rep_renamed(tx, ctx.org(), new.id, &new.name_key)?;
    }
    let facts = |row: &UserRow| {
        (row.active, row.training_completed_at, row.custodian_only, row.region_id, row.shares_inventory)
    };
    if facts(old) != facts(&new) {
        store::people::refresh_reach(tx, ctx.org())?;
    }
    entry.append(ctx, tx)?;
    Ok(new)
}

/// Changes an account.
pub fn patch_user(ctx: &Ctx, tx: &mut Tx, id: UserId, patch: &PatchUser) -> Result<User> {
    let subject = locked(ctx, tx, id)?;
    if patch.email.is_mentioned() {
        let message = "An e-mail never changes. Make a new account and name it as the successor of this one.";
        return Err(Error::conflict("email_immutable", message));
    }
    if patch.role.is_mentioned() {
        let message = "A role never changes. Make a new account and name it as the successor of this one.";
        return Err(Error::conflict("role_immutable", message));
    }
    let rights = subject.rights;
    refuse_fields(&[
        ("name", patch.name.is_some(), rights.contact),
        ("phone", patch.phone.is_some(), rights.contact),
        ("alternate_email", patch.alternate_email.is_some(), rights.contact),
        ("shipping_address", patch.shipping_address.is_some(), rights.contact),
        ("contacts", patch.contacts.is_some(), rights.contact),
        ("region_id", patch.region_id.is_mentioned(), rights.region),
        ("shares_inventory", patch.shares_inventory.is_some(), rights.settings),
        ("custodian_only", patch.custodian_only.is_some(), rights.settings),
        ("commission_rate_bp", patch.commission_rate_bp.is_mentioned(), rights.rate),
        ("settings", patch.settings.is_some(), rights.settings),
    ])?;
    subject.check_version(ctx)?;
    let old = subject.row;
    let new = patched(&old, subject.role, patch)?;
    check_facts(ctx, tx, subject.role, &new)?;
    if old.custodian_only != new.custodian_only {
        become_hub(ctx, tx, &new)?;
    }
    let saved = save(ctx, tx, "user_changed", "", &old, new)?;
    shown(ctx, saved)
}

fn patched(old: &UserRow, role: Role, patch: &PatchUser) -> Result<UserRow> {
    let mut row = old.clone();
    if let Some(name) = &patch.name {
        row.name = fields::line("name", name, limits::NAME_MAX)?;
        row.name_key = domain::text::fold(&row.name);
    }
    if let Some(phone) = &patch.phone {
        row.phone = fields::maybe_line("phone", phone, limits::PHONE_MAX)?;
    }
    if let Some(email) = &patch.alternate_email {
        row.alternate_email = fields::maybe_email("alternate_email", email)?;
    }
    if let Some(address) = &patch.shipping_address {
        row.shipping_address = fields::json(&fields::address("shipping_address", address)?)?;
    }
    if let Some(contacts) = &patch.contacts {
        row.contacts = fields::json(&fields::contacts("contacts", contacts)?)?;
    }
    row.region_id = patch.region_id.clone().or(row.region_id.map(RegionId::from_uuid)).map(RegionId::uuid);
    row.shares_inventory = patch.shares_inventory.unwrap_or(row.shares_inventory);
    row.custodian_only = patch.custodian_only.unwrap_or(row.custodian_only);
    row.commission_rate_bp = patch.commission_rate_bp.clone().or(row.commission_rate_bp);
    if let Some(bp) = row.commission_rate_bp {
        fields::rate("commission_rate_bp", bp)?;
    }
    if let Some(given) = &patch.settings {
        let mut settings: BTreeMap<String, bool> = serde_json::from_str(&row.settings).unwrap_or_default();
        settings.extend(known_settings(role, row.delegate_of.is_some(), given)?);
        row.settings = fields::json(&settings)?;
    }
    Ok(row)
}

/// A distributor becomes custodian-only, or a full one again: its group follows.
fn become_hub(ctx: &Ctx, tx: &mut Tx, row: &UserRow) -> Result<()> {
    if row.custodian_only {
        if !store::people::delegates(tx, ctx.org(), row.id)?.is_empty() {
            let message = "People act for this distributor. Name another distributor as its successor first.";
            return Err(Error::conflict("has_delegates", message));
        }
    } else {
        for rep in store::people::group(tx, ctx.org(), row.id)? {
            super::groups::no_other_group(ctx, tx, rep, row.id)?;
        }
    }
    store::people::set_hub(tx, ctx.org(), row.id, row.custodian_only)?;
    Ok(())
}

/// Makes or renews the link with which a person claims an account; older links stop working. The link is given back
/// only where no mail goes out.
pub fn invite(ctx: &Ctx, tx: &mut Tx, config: &Config, id: UserId) -> Result<Invitation> {
    let subject = locked(ctx, tx, id)?;
    need(subject.rights.invite, "its invitation")?;
    subject.check_version(ctx)?;
    must_be_open_to_invitation(&subject.row)?;
    let (secret, expires_at) = crate::session::make_link(ctx, tx, subject.row.id, Kind::Invite)?;
    let link = format!("{}{CLAIM_PATH}{secret}", config.public_url);
    mail::queue(
        ctx,
        tx,
        &Mail {
            to: subject.row.email.clone(),
            subject: format!("{} invites you to Caseload", ctx.organization.name),
            text: format!(
                "Hello {},\n\n{} has an account for you at {}. Choose a password here:\n\n{link}\n\nThe link works once, \
                 for seven days.\n",
                subject.row.name, ctx.actor.name, ctx.organization.name
            ),
        },
    )?;
    let old = subject.row;
    let new = UserRow { invited_at: Some(ctx.now.0), ..old.clone() };
    store::people::save_user(tx, ctx.org(), &new)?;
    let mut entry = ctx.entry("user_invited").subject(new.id);
    changes(&mut entry, Some(&old), &new);
    entry.append(ctx, tx)?;
    Ok(Invitation { link: (!config.mails).then_some(link), mailed: config.mails, expires_at })
}

fn must_be_open_to_invitation(row: &UserRow) -> Result<()> {
    if !row.active {
        let message = "This account is deactivated. Reactivate it before you invite its person.";
        return Err(Error::conflict("user_inactive", message));
    }
    if row.claimed_at.is_some() {
        let message = "This account was claimed already. Its person can ask for a new password on the sign-in page.";
        return Err(Error::conflict("already_claimed", message));
    }
    Ok(())
}

/// Ends the open invitation of an account.
pub fn revoke_invitation(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<User> {
    let subject = locked(ctx, tx, id)?;
    need(subject.rights.invite, "its invitation")?;
    subject.check_version(ctx)?;
    must_be_open_to_invitation(&subject.row)?;
    store::people::drop_links(tx, ctx.org(), subject.row.id)?;
    let new = UserRow { invited_at: None, ..subject.row.clone() };
    let saved = save(ctx, tx, "invitation_revoked", "", &subject.row, new)?;
    shown(ctx, saved)
}

/// Ticks Training Complete; ticked once, it stays.
pub fn complete_training(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<User> {
    let subject = locked(ctx, tx, id)?;
    need(subject.rights.training, "its training")?;
    subject.check_version(ctx)?;
    if !subject.role.needs_training() {
        let message = format!("The role {} needs no training; the account can be used at once.", subject.role.label());
        return Err(Error::conflict("training_not_needed", message));
    }
    let at = subject.row.training_completed_at.or(Some(ctx.now.0));
    let new = UserRow { training_completed_at: at, ..subject.row.clone() };
    let saved = save(ctx, tx, "training_completed", "", &subject.row, new)?;
    shown(ctx, saved)
}

/// 409 for the primary admin who asks about the own account: others are told that they may not.
pub(crate) fn must_not_be_the_last(ctx: &Ctx, subject: &Subject) -> Result<()> {
    if subject.role != Role::PrimaryAdmin || ctx.actor.role != Role::PrimaryAdmin {
        return Ok(());
    }
    let message =
        "An organisation always has its primary admin, so this account can neither be deactivated nor succeeded.";
    Err(Error::conflict("primary_admin_required", message))
}

/// Deactivates an account: its sessions, tokens and links end at once; its stock stays where it is and others may move it.
pub fn deactivate(ctx: &Ctx, tx: &mut Tx, id: UserId, why: &OptionalReason) -> Result<User> {
    let subject = locked(ctx, tx, id)?;
    must_not_be_the_last(ctx, &subject)?;
    need(subject.rights.activity, "whether it is active")?;
    subject.check_version(ctx)?;
    let reason = fields::reason("reason", &why.reason)?;
    let saved = end(ctx, tx, "user_deactivated", &reason, &subject.row)?;
    shown(ctx, saved)
}

/// Ends an account's activity and everything with which it could sign in.
pub(crate) fn end(ctx: &Ctx, tx: &mut Tx, kind: &'static str, reason: &str, row: &UserRow) -> Result<UserRow> {
    store::people::drop_tokens(tx, ctx.org(), row.id)?;
    store::people::drop_links(tx, ctx.org(), row.id)?;
    save(ctx, tx, kind, reason, row, UserRow { active: false, ..row.clone() })
}

/// Makes a deactivated account active again. Its person signs in anew.
pub fn reactivate(ctx: &Ctx, tx: &mut Tx, id: UserId, why: &OptionalReason) -> Result<User> {
    let subject = locked(ctx, tx, id)?;
    need(subject.rights.activity, "whether it is active")?;
    subject.check_version(ctx)?;
    let reason = fields::reason("reason", &why.reason)?;
    let new = UserRow { active: true, ..subject.row.clone() };
    let saved = save(ctx, tx, "user_reactivated", &reason, &subject.row, new)?;
    shown(ctx, saved)
}

/// Who acts for a distributor.
pub fn delegates(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<Page<User>> {
    let subject = subject(ctx, tx, id)?;
    let rows = store::people::delegates(tx, ctx.org(), subject.row.id)?;
    // A regional manager sees a distributor, but not who acts for it.
    let mut seen = Vec::with_capacity(rows.len());
    for row in rows {
        if store::reach::of(tx, ctx.viewer(), row.id)?.person >= Level::See {
            seen.push(row);
        }
    }
    all_shown(ctx, seen)
}

/// What happened to an account, newest first.
pub fn history(ctx: &Ctx, tx: &mut Tx, id: UserId, past: impl Into<Past>) -> Result<Page<HistoryEntry>> {
    let subject = subject(ctx, tx, id)?;
    let concerns =
        ctx.actor.role.is_office() || ctx.actor.role == Role::Distributor || subject.row.id == ctx.actor.id.uuid();
    let mut page = crate::history::page_of_subject(ctx, tx, id, past.into())?;
    if !concerns {
        for entry in &mut page.items {
            entry.changes.retain(|change| change.field != "commission_rate_bp");
        }
    }
    Ok(page)
}

/// Text for the journal.
pub(crate) fn user_text(id: Uuid) -> String {
    UserId::from_uuid(id).to_string()
}
