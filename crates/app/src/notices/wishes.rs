//! How people want to be told: their own wishes, else those of the organisation, else what is usual.

use crate::{Ctx, Error, Result};
use contract::notices::{NotificationSettings, NotificationWay, PutNotificationSettings, QuietHours};
use domain::notice::{DigestEvery, MailWay, Quiet, Topic, Way, Wishes};
use domain::people::Permission;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Tx;
use store::notices::{self as rows, WishRow};
use uuid::Uuid;

/// As they are stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    ways: BTreeMap<String, (bool, MailWay)>,
    digest: DigestEvery,
    digest_hour: u8,
    quiet: Option<(u8, u8)>,
    quiet_weekends: bool,
}

fn read(row: &WishRow) -> Wishes {
    let Ok(stored) = serde_json::from_str::<Stored>(&row.wishes) else { return Wishes::default() };
    let ways = stored.ways.into_iter();
    Wishes {
        ways: ways
            .filter_map(|(topic, (product, mail))| Some((Topic::parse(&topic)?, Way { product, mail })))
            .collect(),
        digest: stored.digest,
        digest_hour: stored.digest_hour,
        quiet: stored.quiet.map(|(from_hour, to_hour)| Quiet { from_hour, to_hour }),
        quiet_weekends: stored.quiet_weekends,
    }
}

fn write(wishes: &Wishes) -> Result<String> {
    let stored = Stored {
        ways: wishes.ways.iter().map(|(topic, way)| (topic.as_str().to_owned(), (way.product, way.mail))).collect(),
        digest: wishes.digest,
        digest_hour: wishes.digest_hour,
        quiet: wishes.quiet.map(|it| (it.from_hour, it.to_hour)),
        quiet_weekends: wishes.quiet_weekends,
    };
    serde_json::to_string(&stored).map_err(|error| Error::Internal(error.to_string()))
}

/// What holds for somebody.
pub(super) fn in_force(organization: Uuid, tx: &mut Tx, user: Uuid) -> Result<Wishes> {
    let row = match rows::wish(tx, organization, user)? {
        Some(row) => Some(row),
        None => rows::wish(tx, organization, organization)?,
    };
    Ok(row.as_ref().map(read).unwrap_or_default())
}

fn view(wishes: &Wishes, own: bool, version: i64) -> NotificationSettings {
    let row = |topic: &Topic| {
        let way = wishes.way(*topic);
        NotificationWay {
            topic: *topic,
            label: topic.label().to_owned(),
            whom: topic.whom().to_owned(),
            product: way.product,
            mail: way.mail,
            required: topic.is_required(),
        }
    };
    NotificationSettings {
        ways: Topic::ALL.iter().map(row).collect(),
        digest: wishes.digest,
        digest_hour: wishes.digest_hour,
        quiet: wishes.quiet.map(|it| QuietHours { from_hour: it.from_hour, to_hour: it.to_hour }),
        quiet_weekends: wishes.quiet_weekends,
        own,
        version,
    }
}

/// How the caller is told.
pub fn own(ctx: &Ctx, tx: &mut Tx) -> Result<NotificationSettings> {
    let user = ctx.actor.id.uuid();
    let row = rows::wish(tx, ctx.org(), user)?;
    let wishes = in_force(ctx.org(), tx, user)?;
    Ok(view(&wishes, row.is_some(), row.map_or(0, |row| row.version)))
}

/// How people are told who have said nothing.
pub fn of_organization(ctx: &Ctx, tx: &mut Tx) -> Result<NotificationSettings> {
    let row = rows::wish(tx, ctx.org(), ctx.org())?;
    Ok(view(&row.as_ref().map(read).unwrap_or_default(), false, row.map_or(0, |row| row.version)))
}

fn wished(ask: &PutNotificationSettings) -> Result<Wishes> {
    let hour = |field: &str, hour: u8| match hour {
        0..=23 => Ok(hour),
        _ => Err(Error::field(field, "invalid_value", "Give a full hour from 0 to 23.")),
    };
    let mut ways = BTreeMap::new();
    for (at, it) in ask.ways.iter().enumerate() {
        if ways.insert(it.topic, Way { product: it.product, mail: it.mail }).is_some() {
            return Err(Error::field(format!("ways[{at}].topic"), "named_twice", "This topic is named twice."));
        }
    }
    // What is as usual is not kept, so that it follows when what is usual changes.
    ways.retain(|topic, way| !topic.is_required() && *way != topic.usual());
    let quiet = match ask.quiet {
        None => None,
        Some(it) => Some(Quiet {
            from_hour: hour("quiet.from_hour", it.from_hour)?,
            to_hour: hour("quiet.to_hour", it.to_hour)?,
        }),
    };
    Ok(Wishes {
        ways,
        digest: ask.digest,
        digest_hour: hour("digest_hour", ask.digest_hour)?,
        quiet: quiet.filter(|it| it.from_hour != it.to_hour),
        quiet_weekends: ask.quiet_weekends,
    })
}

fn put(ctx: &Ctx, tx: &mut Tx, user: Uuid, ask: &PutNotificationSettings) -> Result<()> {
    let before = rows::lock_wish(tx, ctx.org(), user)?;
    let now = (before.as_ref().map(read).unwrap_or_default(), before.as_ref().map_or(0, |row| row.version));
    ctx.check_version(now.1, || Ok(view(&now.0, user != ctx.org() && before.is_some(), now.1)))?;
    let wishes = wished(ask)?;
    if before.is_none() || wishes != now.0 {
        rows::save_wish(tx, ctx.org(), user, &write(&wishes)?, ctx.now.0)?;
        let mut entry = ctx.entry("notices_set").subject(user);
        entry.change(user, "notices", before.map(|row| row.wishes), Some(write(&wishes)?));
        entry.append(ctx, tx)?;
    }
    Ok(())
}

/// Sets how the caller is told.
pub fn put_own(ctx: &Ctx, tx: &mut Tx, ask: &PutNotificationSettings) -> Result<NotificationSettings> {
    put(ctx, tx, ctx.actor.id.uuid(), ask)?;
    own(ctx, tx)
}

/// What the organisation has holds for the caller again.
pub fn reset_own(ctx: &Ctx, tx: &mut Tx) -> Result<NotificationSettings> {
    let user = ctx.actor.id.uuid();
    if let Some(before) = rows::lock_wish(tx, ctx.org(), user)? {
        rows::drop_wish(tx, ctx.org(), user)?;
        let mut entry = ctx.entry("notices_set").subject(user);
        entry.change(user, "notices", Some(before.wishes), None);
        entry.append(ctx, tx)?;
    }
    own(ctx, tx)
}

/// Sets how people are told who have said nothing.
pub fn put_of_organization(ctx: &Ctx, tx: &mut Tx, ask: &PutNotificationSettings) -> Result<NotificationSettings> {
    ctx.require(Permission::ManageOrganization)?;
    put(ctx, tx, ctx.org(), ask)?;
    of_organization(ctx, tx)
}
