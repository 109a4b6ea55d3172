//! Accounts, groups, regions, sessions, and the reach table.

mod links;
mod succession;

pub use links::*;
pub use succession::*;

use crate::page::{Keyset, Query, Sort};
use crate::reach::{FEW_SUBJECTS, Side, Viewer};
use db::{Result, Tx, Value, args};
use domain::id::{RegionId, UserId};
use domain::people::{Facts, Level, Person, Reach, Role};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

db::record! {
    /// The organisation.
    #[derive(Clone, Debug)]
    pub struct OrganizationRow {
        pub organization_id: Uuid, pub name: String, pub kind: String, pub currency: String, pub time_zone: String,
        pub settings: String, pub address: String, pub version: i64,
    }
}

const ORGANIZATION: &str = "SELECT organization_id, name, kind, currency, time_zone, settings, address, version \
    FROM organization WHERE organization_id = $1";
const INSERT_ORGANIZATION: &str = "INSERT INTO organization \
    (organization_id, name, kind, currency, time_zone, settings, address, version, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const SAVE_ORGANIZATION: &str = "UPDATE organization SET name = $2, time_zone = $3, settings = $4, address = $5, \
    version = version + 1 WHERE organization_id = $1";

/// The organisation, if it exists.
pub fn organization(tx: &mut Tx, organization: Uuid) -> Result<Option<OrganizationRow>> {
    tx.one(ORGANIZATION, args![organization])
}

const LOCK_ORGANIZATION: db::Sql = crate::locking!(
    "SELECT organization_id, name, kind, currency, time_zone, settings, address, version \
    FROM organization WHERE organization_id = $1"
);

/// The same, locked.
pub fn lock_organization(tx: &mut Tx, organization: Uuid) -> Result<Option<OrganizationRow>> {
    tx.one(LOCK_ORGANIZATION, args![organization])
}

/// Makes the organisation.
pub fn insert_organization(tx: &mut Tx, row: &OrganizationRow, now: i64) -> Result<()> {
    tx.exec(
        INSERT_ORGANIZATION,
        args![
            row.organization_id,
            row.name,
            row.kind,
            row.currency,
            row.time_zone,
            row.settings,
            row.address,
            row.version,
            now
        ],
    )?;
    Ok(())
}

/// Saves what may change of the organisation, and counts its version up.
pub fn save_organization(tx: &mut Tx, row: &OrganizationRow) -> Result<()> {
    tx.exec(SAVE_ORGANIZATION, args![row.organization_id, row.name, row.time_zone, row.settings, row.address])?;
    Ok(())
}

db::record! {
    /// An account, without its password.
    #[derive(Clone, Debug)]
    pub struct UserRow {
        pub id: Uuid, pub email: String, pub role: String, pub delegate_of: Option<Uuid>, pub name: String, pub name_key: String,
        pub phone: String, pub alternate_email: String, pub custodian_only: bool, pub active: bool,
        pub training_completed_at: Option<i64>, pub claimed_at: Option<i64>, pub invited_at: Option<i64>,
        pub region_id: Option<Uuid>, pub shares_inventory: bool, pub commission_rate_bp: Option<i64>,
        pub shipping_address: String, pub contacts: String, pub settings: String, pub created_at: i64, pub version: i64,
    }
}

/// The columns of [`UserRow`].
pub const USER_COLUMNS: &str = "id, email, role, delegate_of, name, name_key, phone, alternate_email, custodian_only, active, \
    training_completed_at, claimed_at, invited_at, region_id, shares_inventory, commission_rate_bp, shipping_address, contacts, \
    settings, created_at, version";

const USER: &str = "SELECT id, email, role, delegate_of, name, name_key, phone, alternate_email, custodian_only, active, \
    training_completed_at, claimed_at, invited_at, region_id, shares_inventory, commission_rate_bp, shipping_address, contacts, \
    settings, created_at, version FROM people_user WHERE organization_id = $1 AND id = $2";
const LOCK_USER: db::Sql = crate::locking!(
    "SELECT id, email, role, delegate_of, name, name_key, phone, alternate_email, custodian_only, active, \
    training_completed_at, claimed_at, invited_at, region_id, shares_inventory, commission_rate_bp, shipping_address, contacts, \
    settings, created_at, version FROM people_user WHERE organization_id = $1 AND id = $2"
);

/// One account, whoever asks: callers apply reach.
pub fn user(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<UserRow>> {
    tx.one(USER, args![organization, id])
}

/// The same, locked.
pub fn lock_user(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<UserRow>> {
    tx.one(LOCK_USER, args![organization, id])
}

/// What is asked of the list of accounts.
#[derive(Clone, Debug, Default)]
pub struct UserList {
    /// Any of these roles.
    pub roles: Option<Vec<Role>>,
    /// Active ones, or deactivated ones.
    pub active: Option<bool>,
    /// Invited at least once, or never.
    pub invited: Option<bool>,
    /// Claimed by their person, or not yet.
    pub claimed: Option<bool>,
    /// Trained or of a role that needs no training, or waiting for it.
    pub trained: Option<bool>,
    /// Of any of these regions.
    pub regions: Option<Vec<Uuid>>,
    /// Found under all of these folded words.
    pub words: Vec<String>,
    /// In which order, then by id.
    pub sorts: Vec<Sort>,
    /// After which row.
    pub after: Option<Keyset>,
    /// Rows a page.
    pub limit: u32,
    /// Whether to count all of them.
    pub count: bool,
}

const SELECT_USERS: &str = "SELECT id, email, role, delegate_of, name, name_key, phone, alternate_email, custodian_only, active, \
    training_completed_at, claimed_at, invited_at, region_id, shares_inventory, commission_rate_bp, shipping_address, contacts, \
    settings, created_at, version FROM people_user";

/// A page of the accounts that a viewer sees: the rows, whether there are more, and how many in all when asked.
pub fn list_users(tx: &mut Tx, viewer: Viewer, list: &UserList) -> Result<(Vec<UserRow>, bool, Option<i64>)> {
    let mut query = Query::new(SELECT_USERS);
    query.and("organization_id = ?", [Value::Uuid(viewer.organization)]);
    if !viewer.office {
        let subjects = crate::reach::subjects(tx, viewer, Side::Person, Level::See, FEW_SUBJECTS + 1)?;
        if subjects.len() > FEW_SUBJECTS {
            query.and_some(crate::reach::condition(viewer, Side::Person, Level::See, "people_user.id"));
        } else {
            query.any_of("id", subjects.into_iter().map(Value::Uuid).collect());
        }
    }
    if let Some(roles) = &list.roles {
        query.any_of("role", roles.iter().map(|role| Value::Text(role.as_str().to_owned())).collect());
    }
    if let Some(active) = list.active {
        query.and("active = ?", [Value::Int(i64::from(active))]);
    }
    for (known, column) in [(list.invited, "invited_at"), (list.claimed, "claimed_at")] {
        if let Some(known) = known {
            query.and(&format!("{column} IS {}NULL", if known { "NOT " } else { "" }), []);
        }
    }
    if let Some(trained) = list.trained {
        let need = Role::ALL.iter().filter(|role| role.needs_training());
        let need: Vec<String> = need.map(|role| format!("'{}'", role.as_str())).collect();
        let waits = format!("(training_completed_at IS NULL AND role IN ({}))", need.join(", "));
        query.and(&if trained { format!("NOT {waits}") } else { waits }, []);
    }
    if let Some(regions) = &list.regions {
        query.any_of("region_id", regions.iter().map(|id| Value::Uuid(*id)).collect());
    }
    if !list.words.is_empty() {
        let (text, args) = crate::search::condition(viewer.organization, "usr", &list.words, "people_user.id");
        query.and(&text, args);
    }
    let total = if list.count { Some(query.count(tx)?) } else { None };
    let (rows, more) = query.page(tx, &list.sorts, "id", list.after.as_ref(), list.limit)?;
    Ok((rows, more, total))
}

/// (id, name) of accounts in a viewer's sight that may answer for units, by name, at most `limit`.
pub fn holders(tx: &mut Tx, viewer: Viewer, limit: usize) -> Result<Vec<(Uuid, String)>> {
    let mut query = Query::new("SELECT id, name FROM people_user");
    query.and("organization_id = ?", [Value::Uuid(viewer.organization)]);
    query.and("delegate_of IS NULL AND role IN ('sales', 'distributor', 'facility_manager')", []);
    query.and_some(crate::reach::condition(viewer, Side::Person, Level::See, "people_user.id"));
    query.first(tx, "name_key, id", limit)
}

/// Accounts by their ids, by name. Unknown ones are left out.
pub fn users(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<UserRow>> {
    let mut rows: Vec<UserRow> = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_AT_ONCE) {
        let mut query = Query::new(SELECT_USERS);
        query.and("organization_id = ?", [Value::Uuid(organization)]);
        query.any_of("id", chunk.iter().map(|id| Value::Uuid(*id)).collect());
        rows.extend(query.all::<UserRow>(tx)?);
    }
    rows.sort_by(|a, b| (&a.name_key, a.id).cmp(&(&b.name_key, b.id)));
    Ok(rows)
}

/// Ids bound to one statement at a time.
pub(crate) const IDS_AT_ONCE: usize = 500;

const TOUCH_USER: &str = "UPDATE people_user SET version = version + 1 WHERE organization_id = $1 AND id = $2";

/// Counts an account's version up: something that belongs to it changed.
pub fn touch_user(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<()> {
    tx.exec(TOUCH_USER, args![organization, id])?;
    Ok(())
}

const DELEGATES: &str = "SELECT id, email, role, delegate_of, name, name_key, phone, alternate_email, custodian_only, active, \
    training_completed_at, claimed_at, invited_at, region_id, shares_inventory, commission_rate_bp, shipping_address, contacts, \
    settings, created_at, version FROM people_user WHERE organization_id = $1 AND delegate_of = $2 ORDER BY name_key, id";

/// Who acts for a distributor, by name.
pub fn delegates(tx: &mut Tx, organization: Uuid, distributor: Uuid) -> Result<Vec<UserRow>> {
    tx.all(DELEGATES, args![organization, distributor])
}

const INSERT_USER: &str = "INSERT INTO people_user (organization_id, id, email, role, delegate_of, name, name_key, phone, \
    alternate_email, custodian_only, active, training_completed_at, claimed_at, invited_at, password_hash, region_id, \
    shares_inventory, commission_rate_bp, shipping_address, contacts, settings, version, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)";
const INSERT_SIGN_IN: &str = "INSERT INTO sign_in (email, organization_id, user_id) VALUES ($1, $2, $3)";
const SAVE_USER: &str = "UPDATE people_user SET name = $3, name_key = $4, phone = $5, alternate_email = $6, custodian_only = $7, \
    active = $8, training_completed_at = $9, claimed_at = $10, invited_at = $11, region_id = $12, shares_inventory = $13, \
    commission_rate_bp = $14, shipping_address = $15, contacts = $16, settings = $17, version = version + 1 \
    WHERE organization_id = $1 AND id = $2";
const SET_PASSWORD: &str = "UPDATE people_user SET password_hash = $3 WHERE organization_id = $1 AND id = $2";

/// Makes an account and its entry in the directory of e-mails.
pub fn insert_user(tx: &mut Tx, organization: Uuid, row: &UserRow, password_hash: Option<&str>) -> Result<()> {
    tx.exec(
        INSERT_USER,
        args![
            organization,
            row.id,
            row.email,
            row.role,
            row.delegate_of,
            row.name,
            row.name_key,
            row.phone,
            row.alternate_email,
            row.custodian_only,
            row.active,
            row.training_completed_at,
            row.claimed_at,
            row.invited_at,
            password_hash,
            row.region_id,
            row.shares_inventory,
            row.commission_rate_bp,
            row.shipping_address,
            row.contacts,
            row.settings,
            row.version,
            row.created_at
        ],
    )?;
    tx.exec(INSERT_SIGN_IN, args![row.email, organization, row.id])?;
    crate::search::add(tx, organization, "usr", row.id, &words(row))
}

/// The words under which an account is found: name, e-mails, the digits of its telephone.
fn words(row: &UserRow) -> Vec<String> {
    let digits = domain::text::phone_digits(&row.phone);
    domain::text::tokens(&[&row.name, &row.email, &row.alternate_email, digits.as_str()].join(" "))
}

/// Saves what may change of an account, and counts its version up. E-mail and role are not among it.
pub fn save_user(tx: &mut Tx, organization: Uuid, row: &UserRow) -> Result<()> {
    tx.exec(
        SAVE_USER,
        args![
            organization,
            row.id,
            row.name,
            row.name_key,
            row.phone,
            row.alternate_email,
            row.custodian_only,
            row.active,
            row.training_completed_at,
            row.claimed_at,
            row.invited_at,
            row.region_id,
            row.shares_inventory,
            row.commission_rate_bp,
            row.shipping_address,
            row.contacts,
            row.settings
        ],
    )?;
    crate::search::index(tx, organization, "usr", row.id, &words(row))
}

/// Sets the digest of a password.
pub fn set_password(tx: &mut Tx, organization: Uuid, user: Uuid, hash: &str) -> Result<()> {
    tx.exec(SET_PASSWORD, args![organization, user, hash])?;
    Ok(())
}

const BY_EMAIL: &str = "SELECT organization_id, user_id FROM sign_in WHERE email = $1";
const PASSWORD: &str = "SELECT password_hash FROM people_user WHERE organization_id = $1 AND id = $2";

/// Whose e-mail this is: (organisation, account).
pub fn by_email(tx: &mut Tx, email: &str) -> Result<Option<(Uuid, Uuid)>> {
    tx.one(BY_EMAIL, args![email])
}

/// The digest of an account's password; None while it has none.
pub fn password(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<Option<String>> {
    Ok(tx.one::<(Option<String>,)>(PASSWORD, args![organization, user])?.and_then(|(hash,)| hash))
}

db::record! {
    /// Whoever holds a token, with what permission needs to know.
    pub struct HolderRow {
        pub token_id: Uuid, pub kind: String, pub last_used_at: i64, pub expires_at: i64, pub token_created_at: i64,
        pub user_id: Uuid, pub email: String, pub role: String, pub delegate_of: Option<Uuid>, pub name: String,
        pub custodian_only: bool, pub active: bool, pub training_completed_at: Option<i64>, pub user_settings: String,
        pub organization_name: String, pub organization_kind: String, pub currency: String, pub time_zone: String,
        pub organization_settings: String, pub claimed_at: Option<i64>,
        pub principal_active: Option<bool>, pub principal_trained_at: Option<i64>, pub principal_settings: Option<String>,
    }
}

const HOLDER: &str = "SELECT token.id, token.kind, token.last_used_at, token.expires_at, token.created_at, person.id, person.email, \
    person.role, person.delegate_of, person.name, person.custodian_only, person.active, person.training_completed_at, \
    person.settings, organization.name, organization.kind, organization.currency, organization.time_zone, organization.settings, \
    person.claimed_at, principal.active, principal.training_completed_at, principal.settings FROM auth_token token \
    JOIN people_user person ON person.organization_id = token.organization_id AND person.id = token.user_id \
    JOIN organization ON organization.organization_id = token.organization_id \
    LEFT JOIN people_user principal ON principal.organization_id = person.organization_id AND principal.id = person.delegate_of \
    WHERE token.organization_id = $1 AND token.digest = $2";

/// Whoever holds the token with this digest, expired or not.
pub fn holder(tx: &mut Tx, organization: Uuid, digest: &[u8]) -> Result<Option<HolderRow>> {
    tx.one(HOLDER, args![organization, digest])
}

const INSERT_TOKEN: &str = "INSERT INTO auth_token \
    (organization_id, id, user_id, kind, digest, name, created_at, last_used_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)";
const TOUCH_TOKEN: &str = "UPDATE auth_token SET last_used_at = $3 WHERE organization_id = $1 AND id = $2";
const DROP_TOKEN: &str = "DELETE FROM auth_token WHERE organization_id = $1 AND user_id = $2 AND id = $3";
const DROP_TOKENS: &str = "DELETE FROM auth_token WHERE organization_id = $1 AND user_id = $2";
const DROP_FEED: &str = "DELETE FROM auth_token WHERE organization_id = $1 AND user_id = $2 AND kind = 'feed'";
const TOKENS: &str = "SELECT id, kind, name, created_at, last_used_at, expires_at FROM auth_token \
    WHERE organization_id = $1 AND user_id = $2 ORDER BY id DESC LIMIT 200";

/// Keeps the digest of a new token or session.
#[allow(clippy::too_many_arguments)]
pub fn insert_token(
    tx: &mut Tx,
    organization: Uuid,
    id: Uuid,
    user: Uuid,
    kind: &str,
    digest: &[u8],
    name: &str,
    now: i64,
    expires_at: i64,
) -> Result<()> {
    tx.exec(INSERT_TOKEN, args![organization, id, user, kind, digest, name, now, expires_at])?;
    Ok(())
}

/// Notes that a token was used.
pub fn touch_token(tx: &mut Tx, organization: Uuid, id: Uuid, now: i64) -> Result<()> {
    tx.exec(TOUCH_TOKEN, args![organization, id, now])?;
    Ok(())
}

/// Ends one token of an account; gives whether there was one.
pub fn drop_token(tx: &mut Tx, organization: Uuid, user: Uuid, id: Uuid) -> Result<bool> {
    Ok(tx.exec(DROP_TOKEN, args![organization, user, id])? > 0)
}

/// Ends every session and token of an account.
pub fn drop_tokens(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<u64> {
    tx.exec(DROP_TOKENS, args![organization, user])
}

/// Ends the calendar feed of an account. `false` when there was none.
pub fn drop_feed(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<bool> {
    Ok(tx.exec(DROP_FEED, args![organization, user])? > 0)
}

db::record! {
    /// A session or token, without its digest.
    #[derive(Clone, Debug)]
    pub struct TokenRow {
        pub id: Uuid, pub kind: String, pub name: String, pub created_at: i64, pub last_used_at: i64, pub expires_at: i64,
    }
}

/// An account's sessions and tokens, newest first.
pub fn tokens(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<Vec<TokenRow>> {
    tx.all(TOKENS, args![organization, user])
}

const PEOPLE: &str = "SELECT id, role, active, training_completed_at, custodian_only, delegate_of, region_id, shares_inventory \
    FROM people_user WHERE organization_id = $1 ORDER BY id";
const GROUPS: &str = "SELECT distributor_id, sales_id FROM people_representative WHERE organization_id = $1";
const MANAGERS: &str = "SELECT id, manager_id FROM people_region WHERE organization_id = $1 AND manager_id IS NOT NULL";

/// This moment's facts about everybody, for the reach rule.
pub fn facts(tx: &mut Tx, organization: Uuid) -> Result<Facts> {
    type Row = (Uuid, String, bool, Option<i64>, bool, Option<Uuid>, Option<Uuid>, bool);
    let people = tx
        .all::<Row>(PEOPLE, args![organization])?
        .into_iter()
        .filter_map(|(id, role, active, trained_at, custodian_only, delegate_of, region, shares_inventory)| {
            let role = Role::parse(&role)?;
            Some(Person {
                id: UserId::from_uuid(id),
                role,
                active,
                trained: trained_at.is_some() || !role.needs_training(),
                custodian_only,
                delegate_of: delegate_of.map(UserId::from_uuid),
                region: region.map(RegionId::from_uuid),
                shares_inventory,
            })
        })
        .collect();
    let user = UserId::from_uuid;
    let groups =
        tx.all::<(Uuid, Uuid)>(GROUPS, args![organization])?.into_iter().map(|(d, s)| (user(d), user(s))).collect();
    let regions = tx
        .all::<(Uuid, Uuid)>(MANAGERS, args![organization])?
        .into_iter()
        .map(|(region, manager)| (RegionId::from_uuid(region), user(manager)))
        .collect();
    let pools = crate::pools::pairs(tx, organization)?.into_iter().map(|(h, m)| (user(h), user(m))).collect();
    Ok(Facts { people, groups, regions, pools })
}

const STORED_REACH: &str = "SELECT actor_id, subject_id, person, custody FROM people_reach WHERE organization_id = $1";
const DROP_REACH: &str = "DELETE FROM people_reach WHERE organization_id = $1 AND actor_id = $2 AND subject_id = $3";
const SET_REACH: &str = "INSERT INTO people_reach (organization_id, actor_id, subject_id, person, custody) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, actor_id, subject_id) \
    DO UPDATE SET person = excluded.person, custody = excluded.custody";

/// What the reach table must hold: every pair above *name*, the office left out. Only the pairs that the facts connect
/// are put to the rule, because everybody with everybody would be too many.
pub fn wanted_reach(facts: &Facts) -> HashMap<(Uuid, Uuid), Reach> {
    let person: HashMap<UserId, &Person> = facts.people.iter().map(|person| (person.id, person)).collect();
    let mut near: HashMap<UserId, HashSet<UserId>> = facts.people.iter().map(|it| (it.id, [it.id].into())).collect();
    let mut connect = |actor: UserId, subject: UserId| {
        if let Some(subjects) = near.get_mut(&actor) {
            subjects.insert(subject);
        }
    };
    for (distributor, rep) in &facts.groups {
        connect(*distributor, *rep);
        connect(*rep, *distributor);
    }
    for (holder, member) in &facts.pools {
        connect(*member, *holder);
    }
    let mut managers: HashMap<RegionId, Vec<UserId>> = HashMap::new();
    for (region, manager) in &facts.regions {
        managers.entry(*region).or_default().push(*manager);
    }
    for subject in &facts.people {
        for manager in subject.region.iter().filter_map(|region| managers.get(region)).flatten() {
            connect(*manager, subject.id);
        }
        if let Some(distributor) = subject.delegate_of {
            connect(distributor, subject.id);
        }
    }
    let mut wanted = HashMap::new();
    for actor in facts.people.iter().filter(|person| !person.role.is_office() && person.delegate_of.is_none()) {
        for subject in near[&actor.id].iter().filter_map(|id| person.get(id)) {
            let reach = domain::people::reach(facts, actor, subject);
            if reach != Reach::NAME {
                wanted.insert((actor.id.uuid(), subject.id.uuid()), reach);
            }
        }
    }
    wanted
}

/// The reach table as it is.
pub fn stored_reach(tx: &mut Tx, organization: Uuid) -> Result<HashMap<(Uuid, Uuid), (i64, i64)>> {
    let rows = tx.all::<(Uuid, Uuid, i64, i64)>(STORED_REACH, args![organization])?;
    Ok(rows.into_iter().map(|(actor, subject, person, custody)| ((actor, subject), (person, custody))).collect())
}

/// Brings the reach table up to the facts, touching only the rows that differ. Call it in every unit of work that changes
/// a role's group, region, training, activity or sharing, after the change. One unit of work at a time gets past the
/// counter, and so reads what the one before has written.
pub fn refresh_reach(tx: &mut Tx, organization: Uuid) -> Result<()> {
    crate::engine::next_number(tx, organization, "reach")?;
    let wanted = wanted_reach(&facts(tx, organization)?);
    let stored = stored_reach(tx, organization)?;
    for (actor, subject) in stored.keys().filter(|pair| !wanted.contains_key(*pair)) {
        tx.exec(DROP_REACH, args![organization, *actor, *subject])?;
    }
    for ((actor, subject), reach) in &wanted {
        let (person, custody) = (reach.person as i64, reach.custody as i64);
        if stored.get(&(*actor, *subject)) != Some(&(person, custody)) {
            tx.exec(SET_REACH, args![organization, *actor, *subject, person, custody])?;
        }
    }
    Ok(())
}

const NAME: &str = "SELECT name FROM people_user WHERE organization_id = $1 AND id = $2";

/// Somebody's name, for sentences.
pub fn name(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<String>> {
    Ok(tx.one::<(String,)>(NAME, args![organization, id])?.map(|(name,)| name))
}

const SHARES_WITH: &str = "SELECT 1 FROM people_representative link \
    JOIN people_user distributor ON distributor.organization_id = link.organization_id AND distributor.id = link.distributor_id \
    WHERE link.organization_id = $1 AND link.distributor_id = $2 AND link.sales_id = $3 AND distributor.shares_inventory = 1";

/// Whether a distributor shares its custody with a rep of its group.
pub fn shares_with(tx: &mut Tx, organization: Uuid, distributor: Uuid, rep: Uuid) -> Result<bool> {
    Ok(tx.one::<(i64,)>(SHARES_WITH, args![organization, distributor, rep])?.is_some())
}

const ATTEMPTS: &str = "SELECT failures, window_start FROM sign_in_attempt WHERE subject = $1";
const BEGIN_ATTEMPTS: &str = "INSERT INTO sign_in_attempt (subject, failures, window_start) VALUES ($1, 0, 0) \
    ON CONFLICT (subject) DO NOTHING";
const LOCK_ATTEMPTS: db::Sql = crate::locking!("SELECT failures, window_start FROM sign_in_attempt WHERE subject = $1");
const SAVE_ATTEMPTS: &str = "INSERT INTO sign_in_attempt (subject, failures, window_start) VALUES ($1, $2, $3) \
    ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, window_start = excluded.window_start";

/// Failed attempts of an account or from an address: (how many, since when).
pub fn attempts(tx: &mut Tx, subject: &str) -> Result<Option<(i64, i64)>> {
    tx.one(ATTEMPTS, args![subject])
}

/// The same, locked, so that attempts at one moment are counted one after the other.
pub fn lock_attempts(tx: &mut Tx, subject: &str) -> Result<(i64, i64)> {
    tx.exec(BEGIN_ATTEMPTS, args![subject])?;
    Ok(tx.one(LOCK_ATTEMPTS, args![subject])?.unwrap_or_default())
}

/// Keeps the count of failed attempts.
pub fn save_attempts(tx: &mut Tx, subject: &str, failures: i64, window_start: i64) -> Result<()> {
    tx.exec(SAVE_ATTEMPTS, args![subject, failures, window_start])?;
    Ok(())
}

const LINK: &str = "SELECT user_id FROM auth_link WHERE organization_id = $1 AND digest = $2 AND expires_at > $3";
const USE_LINK: &str = "DELETE FROM auth_link WHERE organization_id = $1 AND digest = $2 AND expires_at > $3";
const DROP_LINKS: &str = "DELETE FROM auth_link WHERE organization_id = $1 AND user_id = $2";
const INSERT_LINK: &str = "INSERT INTO auth_link (organization_id, digest, user_id, purpose, created_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";

/// Whose one-time link this is, while it works.
pub fn link(tx: &mut Tx, organization: Uuid, digest: &[u8], now: i64) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(LINK, args![organization, digest, now])?.map(|(user,)| user))
}

/// Uses a link up; gives whether it still worked.
pub fn use_link(tx: &mut Tx, organization: Uuid, digest: &[u8], now: i64) -> Result<bool> {
    Ok(tx.exec(USE_LINK, args![organization, digest, now])? > 0)
}

/// Ends every open link of an account.
pub fn drop_links(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<u64> {
    tx.exec(DROP_LINKS, args![organization, user])
}

/// Makes a link and ends the account's older ones.
pub fn replace_link(
    tx: &mut Tx,
    organization: Uuid,
    digest: &[u8],
    user: Uuid,
    purpose: &str,
    now: i64,
    expires_at: i64,
) -> Result<()> {
    drop_links(tx, organization, user)?;
    tx.exec(INSERT_LINK, args![organization, digest, user, purpose, now, expires_at])?;
    Ok(())
}

const PRIMARY_ADMIN: &str = "SELECT email FROM people_user WHERE organization_id = $1 AND role = 'primary_admin'";

/// The e-mail of the primary admin.
pub fn primary_admin(tx: &mut Tx, organization: Uuid) -> Result<Option<String>> {
    Ok(tx.one::<(String,)>(PRIMARY_ADMIN, args![organization])?.map(|(email,)| email))
}
