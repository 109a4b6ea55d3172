//! Signing in and staying signed in: sessions of the console, tokens of programs, one-time links.
//!
//! A token outside is its secret, a dot, and the organisation it belongs to; inside only its digest is kept.

use crate::context::{Actor, Ctx, Organization, Source};
use crate::mail::{self, Mail};
use crate::{App, Error, Result};
use auth::throttle::{self, Counter, Gate};
use auth::{Kind, Secret, SystemRandom, session::Desk};
use contract::people::{CreatedToken, TokenView};
use domain::clock::Instant;
use domain::id::{Id, OrganizationId, TokenId, UserId};
use domain::people::Role;
use std::net::IpAddr;
use std::sync::Arc;
use store::Tx;
use store::people::{HolderRow, UserRow};
use uuid::Uuid;

/// A token as it is given to its owner.
pub(crate) fn outside(secret: &Secret, organization: Uuid) -> String {
    let organization = OrganizationId::from_uuid(organization).to_string();
    format!("{}.{}", secret.expose(), organization.trim_start_matches("org_"))
}

/// Splits a presented token into its secret and its organisation.
pub(crate) fn inside(presented: &str) -> Option<(&str, Uuid)> {
    let (secret, organization) = presented.rsplit_once('.')?;
    let organization: OrganizationId = format!("org_{organization}").parse().ok()?;
    Some((secret, organization.uuid()))
}

/// What an edge knows of a request before it knows who asks.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Names the request.
    pub request_id: Arc<str>,
    /// From where.
    pub source: Source,
    /// The version in If-Match.
    pub expected_version: Option<i64>,
}

/// A session that was begun.
#[derive(Debug)]
pub struct SignedIn {
    /// For the cookie.
    pub token: String,
    /// Who signed in.
    pub user: UserId,
}

const SHORT_OF_TRAINING: &str =
    "This account still waits for training to be completed. Ask an admin to tick Training Complete.";

impl App {
    /// Who presents a token: 401 for a token that is worth nothing, 403 for an account that may not work yet unless
    /// `even_if_not_ready`.
    pub async fn authenticate(&self, token: &str, incoming: Incoming, even_if_not_ready: bool) -> Result<Ctx> {
        let kind = if incoming.source == Source::Console { Kind::Session } else { Kind::ApiToken };
        self.recognise(token, kind, incoming, even_if_not_ready).await
    }

    /// [`Self::authenticate`] with a secret of a certain kind.
    pub(crate) async fn recognise(
        &self,
        token: &str,
        kind: Kind,
        incoming: Incoming,
        even_if_not_ready: bool,
    ) -> Result<Ctx> {
        let (secret, organization) = inside(token).ok_or(Error::Unauthorized)?;
        let digest = kind.digest(secret).ok_or(Error::Unauthorized)?;
        let holder = self
            .db
            .read(move |tx| store::people::holder(tx, organization, digest.as_bytes()))
            .await
            .map_err(Error::Db)?
            .ok_or(Error::Unauthorized)?;
        let now = self.now();
        // A delegate is its distributor's hand: no distributor, no delegate.
        if !holder.active || holder.principal_active == Some(false) || has_ended(&holder, now) {
            return Err(Error::Unauthorized);
        }
        if now.0 - holder.last_used_at >= auth::session::TOUCH_SECONDS * 1_000_000 {
            let id = holder.token_id;
            self.db
                .write(move |tx| store::people::touch_token(tx, organization, id, now.0))
                .await
                .map_err(Error::Db)?;
        }
        let ctx = self.context(holder, organization, now, incoming)?;
        if !ctx.actor.ready && !even_if_not_ready {
            return Err(Error::forbidden("training_required", SHORT_OF_TRAINING));
        }
        Ok(ctx)
    }

    fn context(&self, holder: HolderRow, organization: Uuid, now: Instant, incoming: Incoming) -> Result<Ctx> {
        let role = Role::parse(&holder.role).ok_or_else(|| Error::Internal("a stored role is unknown".into()))?;
        let trained = holder.training_completed_at.is_some() || !role.needs_training();
        let stands = holder.delegate_of.is_none() || holder.principal_trained_at.is_some();
        // What a delegate may is what its distributor may.
        let settings = holder.principal_settings.as_deref().unwrap_or(&holder.user_settings);
        Ok(Ctx {
            organization: Arc::new(Organization {
                id: Id::from_uuid(organization),
                name: holder.organization_name,
                kind: holder.organization_kind,
                currency: holder.currency,
                time_zone: holder.time_zone,
                settings: serde_json::from_str(&holder.organization_settings).unwrap_or_default(),
            }),
            actor: Arc::new(Actor {
                id: Id::from_uuid(holder.user_id),
                email: holder.email,
                name: holder.name,
                role,
                delegate_of: holder.delegate_of.map(Id::from_uuid),
                custodian_only: holder.custodian_only,
                ready: trained && stands && holder.claimed_at.is_some(),
                settings: serde_json::from_str(settings).unwrap_or_default(),
                token: Some(holder.token_id),
            }),
            now,
            request_id: incoming.request_id,
            source: incoming.source,
            expected_version: incoming.expected_version,
            ids: self.ids.clone(),
        })
    }

    /// The context of an account without a token: for the command line and for jobs. `None` for an unknown e-mail.
    pub async fn context_of(&self, email: &str, source: Source) -> Result<Option<Ctx>> {
        let Ok(email) = domain::text::email(email) else { return Ok(None) };
        let found = self
            .db
            .read(move |tx| -> Result<_> {
                let Some((organization, user)) = store::people::by_email(tx, &email)? else { return Ok(None) };
                let person = store::people::user(tx, organization, user)?;
                let principal = match person.as_ref().and_then(|person| person.delegate_of) {
                    Some(id) => store::people::user(tx, organization, id)?,
                    None => None,
                };
                let tenant = store::people::organization(tx, organization)?;
                Ok(person.zip(tenant).map(|(person, tenant)| (person, principal, tenant)))
            })
            .await?;
        let Some((person, principal, tenant)) = found else { return Ok(None) };
        let incoming = Incoming { request_id: self.request_id().into(), source, expected_version: None };
        let organization = tenant.organization_id;
        let holder = HolderRow {
            token_id: Uuid::nil(),
            kind: String::new(),
            last_used_at: 0,
            expires_at: i64::MAX,
            token_created_at: 0,
            user_id: person.id,
            email: person.email,
            role: person.role,
            delegate_of: person.delegate_of,
            name: person.name,
            custodian_only: person.custodian_only,
            active: person.active,
            training_completed_at: person.training_completed_at,
            user_settings: person.settings,
            organization_name: tenant.name,
            organization_kind: tenant.kind,
            currency: tenant.currency,
            time_zone: tenant.time_zone,
            organization_settings: tenant.settings,
            claimed_at: person.claimed_at.or(Some(0)),
            principal_active: principal.as_ref().map(|row| row.active),
            principal_trained_at: principal.as_ref().and_then(|row| row.training_completed_at),
            principal_settings: principal.map(|row| row.settings),
        };
        self.context(holder, organization, self.now(), incoming).map(Some)
    }

    /// A new name for a request.
    pub fn request_id(&self) -> String {
        self.ids.next(self.now()).simple().to_string()
    }

    /// Signs in with e-mail and password and begins a session of the console.
    pub async fn sign_in(&self, email: &str, password: Secret, address: IpAddr) -> Result<SignedIn> {
        let (organization, user) = self.check_password(email, password, address).await?;
        let (token, _) = self.issue(organization, user, Kind::Session, "Console").await?;
        Ok(SignedIn { token, user: Id::from_uuid(user) })
    }

    /// Signs in with e-mail and password and makes a token for programs.
    pub async fn create_token(
        &self,
        email: &str,
        password: Secret,
        name: &str,
        address: IpAddr,
    ) -> Result<CreatedToken> {
        let (organization, user) = self.check_password(email, password, address).await?;
        let name = if name.trim().is_empty() { "API" } else { name.trim() };
        let (token, expires_at) =
            self.issue(organization, user, Kind::ApiToken, &name.chars().take(100).collect::<String>()).await?;
        Ok(CreatedToken { token, expires_at })
    }

    /// Makes a token for an account by its e-mail, without a password: for whoever runs the server. An account that
    /// nobody has claimed yet is claimed by it.
    pub async fn token_for(&self, email: &str) -> Result<CreatedToken> {
        let ctx = self.context_of(email, Source::CommandLine).await?.ok_or_else(Error::not_found)?;
        self.write(&ctx, |ctx, tx| {
            let row = store::people::lock_user(tx, ctx.org(), ctx.actor.id.uuid())?.ok_or_else(Error::not_found)?;
            if row.claimed_at.is_some() { Ok(()) } else { claim_account(ctx, tx, row) }
        })
        .await?;
        let (token, expires_at) = self.issue(ctx.org(), ctx.actor.id.uuid(), Kind::ApiToken, "Command line").await?;
        Ok(CreatedToken { token, expires_at })
    }

    async fn issue(&self, organization: Uuid, user: Uuid, kind: Kind, name: &str) -> Result<(String, Instant)> {
        let (secret, digest) = kind.generate(&mut SystemRandom);
        let now = self.now();
        let expires_at = kind.expires_at(now.0).unwrap_or(now.0 + auth::session::ABSOLUTE_SECONDS * 1_000_000);
        let id = self.ids.next(now);
        let word = if kind == Kind::Session { "session" } else { "token" };
        let name = name.to_owned();
        self.db
            .write(move |tx| {
                store::people::insert_token(
                    tx,
                    organization,
                    id,
                    user,
                    word,
                    digest.as_bytes(),
                    &name,
                    now.0,
                    expires_at,
                )
            })
            .await
            .map_err(Error::Db)?;
        Ok((outside(&secret, organization), Instant(expires_at)))
    }

    /// The right password gives (organisation, account); everything else the same answer in the same time.
    async fn check_password(&self, email: &str, password: Secret, address: IpAddr) -> Result<(Uuid, Uuid)> {
        let email = attempted(email);
        let keys = (format!("account:{email}"), format!("address:{}", throttle::address_key(address)));
        let now = self.now().0;
        self.gate(keys.clone(), now).await?;
        // Few passwords are looked at at one moment, and each is counted before its place is free again: of any number of
        // guesses that come together no more are looked at than the limits and the places say.
        let place = self.hashing.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
        self.gate(keys.clone(), now).await?;
        let (known, hash) = self
            .db
            .read(move |tx| -> Result<_> {
                let known = store::people::by_email(tx, &email)?;
                let hash = match known {
                    Some((organization, user)) => store::people::password(tx, organization, user)?,
                    None => None,
                };
                Ok((known, hash))
            })
            .await?;
        let right = beside(move || auth::password::verify(&password, hash.as_deref())).await?;
        let active = match known {
            Some((organization, user)) if right => {
                let row =
                    self.db.read(move |tx| store::people::user(tx, organization, user)).await.map_err(Error::Db)?;
                row.is_some_and(|row| row.active)
            }
            _ => false,
        };
        let right = right && active;
        self.db
            .write(move |tx| -> Result<()> {
                for (key, throttle) in [(&keys.0, throttle::ACCOUNT), (&keys.1, throttle::ADDRESS)] {
                    let counter = locked_attempts(tx, key)?;
                    let counter = if right { throttle.succeeded(counter) } else { throttle.failed(counter, now) };
                    save_attempts(tx, key, counter)?;
                }
                Ok(())
            })
            .await?;
        drop(place);
        match known {
            Some(known) if right => Ok(known),
            _ => Err(Error::Unauthorized),
        }
    }

    /// 429 while an account or an address waits.
    async fn gate(&self, keys: (String, String), now: i64) -> Result<()> {
        let gate = self.db.read(move |tx| -> Result<Gate> {
            let account = throttle::ACCOUNT.gate(attempts(tx, &keys.0)?, now);
            Ok(account.and(throttle::ADDRESS.gate(attempts(tx, &keys.1)?, now)))
        });
        match gate.await? {
            Gate::Open => Ok(()),
            Gate::Wait { retry_after_seconds } => Err(Error::TooMany(retry_after_seconds)),
        }
    }

    /// Sets a password through a one-time link (invitation or reset) and begins a session. Every other session ends.
    pub async fn claim(&self, link: &str, password: Secret) -> Result<SignedIn> {
        let (organization, digest, user) = self.open_link(link).await?;
        let person = {
            let row = self.db.read(move |tx| store::people::user(tx, organization, user)).await.map_err(Error::Db)?;
            row.filter(|row| row.active).ok_or_else(link_is_over)?
        };
        auth::password::check(&password, &[&person.email, &person.name])
            .map_err(|weak| Error::field("password", weak.code(), weak.to_string()))?;
        let hash = beside(move || auth::password::hash(&password, &mut SystemRandom))
            .await?
            .map_err(|error| Error::Internal(error.to_string()))?;
        let ctx = self.context_of(&person.email, Source::Console).await?.ok_or_else(link_is_over)?;
        self.write(&ctx, move |ctx, tx| {
            if !store::people::use_link(tx, organization, &digest, ctx.now.0)? {
                return Err(link_is_over());
            }
            let row = store::people::lock_user(tx, organization, user)?.filter(|row| row.active);
            let row = row.ok_or_else(link_is_over)?;
            store::people::set_password(tx, organization, user, &hash)?;
            store::people::drop_tokens(tx, organization, user)?;
            if row.claimed_at.is_none() {
                return claim_account(ctx, tx, row);
            }
            ctx.entry("password_changed").subject(user).append(ctx, tx)
        })
        .await?;
        let (token, _) = self.issue(organization, user, Kind::Session, "Console").await?;
        Ok(SignedIn { token, user: Id::from_uuid(user) })
    }

    /// Sends a link to choose a new password, if the e-mail is that of a claimed, active account. The answer is always the
    /// same, and so is the work: nobody learns from it who has an account.
    pub async fn request_reset(&self, email: &str) -> Result<()> {
        let email = attempted(email);
        let key = format!("reset:{email}");
        let ctx = self.context_of(&email, Source::Console).await?;
        let now = self.now().0;
        let config = self.config.clone();
        self.db
            .write(move |tx| -> Result<()> {
                let counter = locked_attempts(tx, &key)?;
                if throttle::ACCOUNT.gate(counter, now) != Gate::Open {
                    return Ok(());
                }
                save_attempts(tx, &key, throttle::ACCOUNT.failed(counter, now))?;
                let Some(ctx) = &ctx else { return Ok(()) };
                let row = store::people::user(tx, ctx.org(), ctx.actor.id.uuid())?;
                let Some(row) = row.filter(|row| row.active && row.claimed_at.is_some()) else { return Ok(()) };
                let (secret, _) = make_link(ctx, tx, row.id, Kind::Reset)?;
                let link = format!("{}{}{secret}", config.public_url, crate::people::CLAIM_PATH);
                let text = format!(
                    "Hello {},\n\nchoose a new password here, within an hour:\n\n{link}\n\nIf you did not ask for this, do \
                     nothing: your password stays as it is.\n",
                    row.name
                );
                let mail = Mail { to: row.email, subject: "A new password for Caseload".into(), text };
                mail::queue(ctx, tx, &mail)?;
                ctx.entry("password_reset_requested").subject(row.id).append(ctx, tx)
            })
            .await
    }

    /// The e-mail and name behind a one-time link that still works: for the page that asks for the password.
    pub async fn link_holder(&self, link: &str) -> Result<(String, String)> {
        let (organization, _, user) = self.open_link(link).await?;
        let row = self.db.read(move |tx| store::people::user(tx, organization, user)).await.map_err(Error::Db)?;
        row.filter(|row| row.active).map(|row| (row.email, row.name)).ok_or_else(link_is_over)
    }

    async fn open_link(&self, link: &str) -> Result<(Uuid, Vec<u8>, Uuid)> {
        let (secret, organization) = inside(link).ok_or_else(link_is_over)?;
        let digest = Kind::Invite.digest(secret).or_else(|| Kind::Reset.digest(secret)).ok_or_else(link_is_over)?;
        let digest = digest.as_bytes().to_vec();
        let now = self.now().0;
        let found = {
            let digest = digest.clone();
            self.db.read(move |tx| store::people::link(tx, organization, &digest, now)).await.map_err(Error::Db)?
        };
        found.map(|user| (organization, digest, user)).ok_or_else(link_is_over)
    }
}

/// An e-mail as it is looked up and counted, whether it can be one or not.
fn attempted(email: &str) -> String {
    domain::text::email(email)
        .unwrap_or_else(|_| email.trim().to_lowercase().chars().filter(|c| *c != '\0').take(320).collect())
}

fn link_is_over() -> Error {
    Error::conflict("link_is_over", "This link was used already or is too old. Ask for a new one.")
}

/// Does heavy work beside what drives the requests.
pub(crate) async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))
}

pub(crate) fn attempts(tx: &mut Tx, key: &str) -> Result<Counter> {
    Ok(counter(store::people::attempts(tx, key)?.unwrap_or_default()))
}

pub(crate) fn locked_attempts(tx: &mut Tx, key: &str) -> Result<Counter> {
    Ok(counter(store::people::lock_attempts(tx, key)?))
}

fn counter((count, window_start): (i64, i64)) -> Counter {
    Counter { count: u32::try_from(count).unwrap_or(u32::MAX), window_start }
}

pub(crate) fn save_attempts(tx: &mut Tx, key: &str, counter: Counter) -> Result<()> {
    Ok(store::people::save_attempts(tx, key, i64::from(counter.count), counter.window_start)?)
}

fn has_ended(holder: &HolderRow, now: Instant) -> bool {
    if holder.kind != "session" {
        return now.0 >= holder.expires_at;
    }
    let desk = if Role::parse(&holder.role).is_some_and(Role::is_office) { Desk::Office } else { Desk::Field };
    let times = auth::session::Times {
        created_at: holder.token_created_at,
        seen_at: holder.last_used_at,
        confirmed_at: holder.token_created_at,
    };
    times.life(desk, now.0) != auth::session::Life::Live
}

/// An account's person has arrived.
fn claim_account(ctx: &Ctx, tx: &mut Tx, mut row: UserRow) -> Result<()> {
    row.claimed_at = Some(ctx.now.0);
    store::people::save_user(tx, ctx.org(), &row)?;
    let mut entry = ctx.entry("account_claimed").subject(row.id);
    entry.change(row.id, "claimed_at", None, Some(ctx.now.rfc3339()));
    entry.append(ctx, tx)
}

/// A new one-time link of a kind for an account; gives the text for the address and when it ends. Older links of the
/// account stop working.
pub fn make_link(ctx: &Ctx, tx: &mut Tx, user: Uuid, kind: Kind) -> Result<(String, Instant)> {
    let (secret, digest) = kind.generate(&mut SystemRandom);
    let expires_at = kind.expires_at(ctx.now.0).unwrap_or(ctx.now.0);
    let purpose = if kind == Kind::Invite { "invite" } else { "reset" };
    store::people::replace_link(tx, ctx.org(), digest.as_bytes(), user, purpose, ctx.now.0, expires_at)?;
    Ok((outside(&secret, ctx.org()), Instant(expires_at)))
}

/// Sessions and tokens of the actor.
pub fn tokens(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<TokenView>> {
    let rows = store::people::tokens(tx, ctx.org(), ctx.actor.id.uuid())?;
    Ok(rows
        .into_iter()
        .map(|row| TokenView {
            id: Id::from_uuid(row.id),
            kind: row.kind,
            name: row.name,
            created_at: Instant(row.created_at),
            last_used_at: Instant(row.last_used_at),
            expires_at: Instant(row.expires_at),
        })
        .collect())
}

/// Ends one of the actor's own sessions or tokens.
pub fn revoke_token(ctx: &Ctx, tx: &mut Tx, id: TokenId) -> Result<()> {
    if store::people::drop_token(tx, ctx.org(), ctx.actor.id.uuid(), id.uuid())? {
        Ok(())
    } else {
        Err(Error::not_found())
    }
}

/// Ends the session or token with which the actor asks.
pub fn sign_out(ctx: &Ctx, tx: &mut Tx) -> Result<()> {
    if let Some(token) = ctx.actor.token {
        store::people::drop_token(tx, ctx.org(), ctx.actor.id.uuid(), token)?;
    }
    Ok(())
}
