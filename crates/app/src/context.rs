//! Who asks, where, when and why: the first argument of every use case.

use crate::error::{Error, Result};
use domain::clock::{Day, Ids, Instant};
use domain::id::{Id, Kind, OrganizationId, UserId};
use domain::people::{Grant, ORGANIZATION_TOGGLES, Permission, Role, Toggle, granted, user_toggles};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Tx;
use store::reach::Viewer;
use uuid::Uuid;

/// From where something is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// A program over HTTP.
    Api,
    /// A person in the console.
    Console,
    /// The command line.
    CommandLine,
    /// The server by itself.
    Job,
}

impl Source {
    /// As the journal names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Console => "console",
            Self::CommandLine => "command_line",
            Self::Job => "job",
        }
    }
}

/// The organisation, as far as rules need it.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// manufacturer or distributor.
    pub kind: String,
    /// ISO 4217 code.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// Its settings that differ from the defaults, as stored.
    pub settings: serde_json::Value,
}

impl Organization {
    /// A yes-or-no setting, with its default.
    pub fn toggle(&self, key: &str) -> bool {
        let default = ORGANIZATION_TOGGLES.iter().find(|(name, _)| *name == key).is_some_and(|(_, default)| *default);
        self.settings.get(key).and_then(serde_json::Value::as_bool).unwrap_or(default)
    }
}

/// Whoever asks.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The account.
    pub id: UserId,
    /// Its e-mail.
    pub email: String,
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// The distributor for whom it acts.
    pub delegate_of: Option<UserId>,
    /// A distributor that only pools stock.
    pub custodian_only: bool,
    /// May work: active, trained where the role needs it, and claimed.
    pub ready: bool,
    /// Toggles that differ from the defaults.
    pub settings: BTreeMap<String, bool>,
    /// The session or token with which it asks; None inside the server.
    pub token: Option<Uuid>,
}

/// The context. Cheap to clone.
#[derive(Clone)]
pub struct Ctx {
    /// The organisation.
    pub organization: Arc<Organization>,
    /// Whoever asks.
    pub actor: Arc<Actor>,
    /// This request's moment: read once.
    pub now: Instant,
    /// Names the request in logs and in the journal.
    pub request_id: Arc<str>,
    /// From where.
    pub source: Source,
    /// The version that the caller believes the object has.
    pub expected_version: Option<i64>,
    pub(crate) ids: Arc<Ids>,
}

impl Ctx {
    /// The organisation's id for storage.
    pub fn org(&self) -> Uuid {
        self.organization.id.uuid()
    }

    /// The account whose reach and rights count: the distributor for a delegate.
    pub fn principal(&self) -> UserId {
        self.actor.delegate_of.unwrap_or(self.actor.id)
    }

    /// The reader of statements.
    pub fn viewer(&self) -> Viewer {
        Viewer { organization: self.org(), principal: self.principal().uuid(), office: self.actor.role.is_office() }
    }

    /// A new id.
    pub fn id<K: Kind>(&self) -> Id<K> {
        Id::from_uuid(self.ids.next(self.now))
    }

    /// What `find` finds for this actor, or what was found before, as long as nothing at all was stored since: see
    /// [`Tx::remembered`]. It may depend on the organisation, the actor and what is stored, not on the moment.
    pub fn remembered<T: Clone + Send + 'static>(
        &self,
        tx: &mut Tx,
        what: &'static str,
        find: impl FnOnce(&Self, &mut Tx) -> Result<T>,
    ) -> Result<T> {
        let key = format!("{what} {} {}", self.org().as_simple(), self.actor.id.uuid().as_simple());
        tx.remembered(&key, |tx| find(self, tx))
    }

    /// Today where the organisation is.
    pub fn today(&self) -> Day {
        self.now.day_in(&self.organization.time_zone)
    }

    /// Whether the actor may, leaving whose apart.
    pub fn may(&self, permission: Permission) -> bool {
        if self.actor.custodian_only {
            return false;
        }
        match granted(self.actor.role, permission) {
            (Grant::Always, _) => true,
            (Grant::Setting, Some(Toggle::User(key, default))) => {
                self.actor.settings.get(key).copied().unwrap_or(default)
            }
            (Grant::Setting, Some(Toggle::Organization(key, _))) => self.organization.toggle(key),
            (Grant::Setting, None) | (Grant::Never, _) => false,
        }
    }

    /// 403 unless the actor may.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.may(permission) {
            return Ok(());
        }
        Err(Error::forbidden(
            "not_allowed",
            format!(
                "Your account may not do this ({}). Ask an admin to do it, or to change your settings.",
                permission.label()
            ),
        ))
    }

    /// Everything the actor may.
    pub fn permissions(&self) -> Vec<&'static str> {
        Permission::ALL.iter().filter(|it| self.may(**it)).map(|it| it.as_str()).collect()
    }

    /// 412 when the caller believed in another version; `current` renders the object as it is.
    pub fn check_version<T: serde::Serialize>(&self, version: i64, current: impl FnOnce() -> Result<T>) -> Result<()> {
        match self.expected_version {
            Some(expected) if expected != version => {
                let now = serde_json::to_value(current()?).map_err(|error| Error::Internal(error.to_string()))?;
                Err(Error::Stale(Box::new(now)))
            }
            _ => Ok(()),
        }
    }

    /// The same request as another organisation on this server sees it: what a linked company causes there is written in the
    /// company's name, without the name of a person. For [`crate::links`] alone, which says what crosses.
    pub(crate) fn across(&self, organization: Organization) -> Self {
        let company = Actor {
            id: Id::from_uuid(self.org()),
            email: String::new(),
            name: self.organization.name.clone(),
            role: Role::PrimaryAdmin,
            delegate_of: None,
            custodian_only: false,
            ready: true,
            settings: BTreeMap::new(),
            token: None,
        };
        Self { organization: Arc::new(organization), actor: Arc::new(company), expected_version: None, ..self.clone() }
    }

    /// The same context acting for somebody at another moment: for generated data.
    pub fn at(&self, now: Instant) -> Self {
        Self { now, ..self.clone() }
    }
}

/// The toggles of an account with their defaults filled in.
pub fn full_settings(role: Role, own: &BTreeMap<String, bool>) -> BTreeMap<String, bool> {
    user_toggles(role)
        .iter()
        .map(|(key, default)| ((*key).to_owned(), own.get(*key).copied().unwrap_or(*default)))
        .collect()
}
