//! Mails about notices: at once, or together in a digest, and never more than one to the same person in some minutes.

use super::wishes::in_force;
use super::{page_of, view};
use crate::work::Mail;
use crate::{App, Result};
use domain::clock::Instant;
use domain::id::OrganizationId;
use domain::notice::{Fate, Here, Topic};
use std::collections::BTreeMap;
use store::Tx;
use store::notices::{self as rows, NoticeRow};
use uuid::Uuid;

/// People looked at at a time.
const PEOPLE_AT_ONCE: i64 = 100;
/// Notices of one mail.
const NOTICES_MOST: i64 = 200;
/// Between two mails to the same person, in seconds: what comes meanwhile goes into the next one. A recall does not wait.
const APART_SECONDS: i64 = 300;
/// Older ones are not mailed any more: a weekly digest holds what a week brings.
const NEWS_SECONDS: i64 = 8 * 86_400;

fn here(now: Instant, time_zone: &str) -> Here {
    let day = now.day_in(time_zone);
    let hour = (now.0 - day.starts_in(time_zone).0) / 3_600_000_000;
    Here { day: day.0, hour: u8::try_from(hour.clamp(0, 23)).unwrap_or(0) }
}

/// The mail that tells of some notices, by topic.
fn mail(public_url: &str, to: &store::people::UserRow, organization: &str, told: &[NoticeRow], zone: &str) -> Mail {
    let mut topics: BTreeMap<Topic, Vec<&NoticeRow>> = BTreeMap::new();
    for row in told {
        topics.entry(Topic::of(&row.kind)).or_default().push(row);
    }
    let mut text = format!("{},\n", to.name);
    for (topic, rows) in topics {
        text.push_str(&format!("\n{}\n", topic.label()));
        for row in rows {
            let seen = view(row.clone());
            text.push_str(&format!("\n  {}\n  {}\n", row.sentence, seen.created_at.local(zone)));
            if let Some(page) = page_of(&seen) {
                text.push_str(&format!("  {public_url}{page}\n"));
            }
        }
    }
    text.push_str(&format!("\nHow you are told is yours to say: {public_url}/me/notices\n"));
    // The sentence of a single one is its subject: nothing of a patient is ever in it.
    let subject = match told {
        [one] => one.sentence.trim_end_matches('.').chars().take(150).collect(),
        more => format!("{} notices from {organization}", more.len()),
    };
    Mail { to: to.email.clone(), subject, text }
}

/// What becomes of one person's open notices; gives whether a mail goes out.
fn tell(tx: &mut Tx, org: Uuid, user: Uuid, now: Instant, mail_id: Uuid, public_url: &str) -> Result<bool> {
    let Some(house) = store::people::organization(tx, org)? else { return Ok(false) };
    let open = rows::open(tx, org, user, NOTICES_MOST)?;
    let person =
        store::people::user(tx, org, user)?.filter(|it| it.active && !it.custodian_only && !it.email.is_empty());
    let Some(person) = person else {
        for row in &open {
            rows::settled(tx, org, user, row.id)?;
        }
        return Ok(false);
    };
    let wishes = in_force(org, tx, user)?;
    let here = here(now, &house.time_zone);
    let last = rows::last_mail(tx, org, user)?;
    let digest = wishes.digest_is_due(here, last.and_then(|(_, day)| day.map(|day| day as i32)));
    let room = last.is_none_or(|(at, _)| now.0 - at >= APART_SECONDS * 1_000_000);
    let mut told = Vec::new();
    for row in open {
        // What was read already needs no mail, and what happened long ago is no news.
        let over = row.read_at.is_some() || now.0 - row.created_at > NEWS_SECONDS * 1_000_000;
        let fate = if over { Fate::Settled } else { wishes.fate(&row.kind, here, digest, room) };
        if fate == Fate::Waits {
            continue;
        }
        rows::settled(tx, org, user, row.id)?;
        if fate == Fate::Mail {
            told.push(row);
        }
    }
    if told.is_empty() {
        return Ok(false);
    }
    let day = if digest { Some(i64::from(here.day)) } else { last.and_then(|(_, day)| day) };
    rows::mail_goes(tx, org, user, now.0, day)?;
    let mail = mail(public_url, &person, &house.name, &told, &house.time_zone);
    let payload = serde_json::to_string(&mail).map_err(|error| crate::Error::Internal(error.to_string()))?;
    store::engine::push(tx, org, mail_id, "mail", &payload, now.0)?;
    Ok(true)
}

impl App {
    /// Mails people what they are told, as they want it; gives how many mails go out.
    pub async fn mail_notices(&self, organization: OrganizationId) -> Result<usize> {
        let (org, mut after, mut sent) = (organization.uuid(), Uuid::nil(), 0);
        loop {
            let people = self.db().read(move |tx| rows::waiting(tx, org, after, PEOPLE_AT_ONCE)).await?;
            let Some(last) = people.last().copied() else { return Ok(sent) };
            for user in people {
                let (now, url) = (self.now(), self.config().public_url.clone());
                let mail_id = self.ids.next(now);
                let goes = self
                    .db()
                    .write(move |tx| -> Result<bool> {
                        tx.confine(&[org])?;
                        tell(tx, org, user, now, mail_id, &url)
                    })
                    .await?;
                sent += usize::from(goes);
            }
            after = last;
        }
    }
}
