//! One search over everything in reach, for the palette and for programs.

use crate::{Ctx, Error, Result, labels};
use contract::figures::{Hit, Hits};
use domain::event::{EventStatus, EventType};
use domain::id::{Id, User};
use domain::limits::{SEARCH_MAX, SEARCH_TOKENS_MAX};
use domain::people::{Level, Role};
use domain::stock::UnitState;
use domain::text::{identifier_key, tokens};
use store::Tx;
use store::reach::{Side, condition};
use store::search::Shown;
use uuid::Uuid;

/// Most hits of one kind.
const HITS: usize = 8;
/// Found before what is archived is left out.
const FOUND: usize = 24;
/// A lot, a serial or a code is searched for from so many characters on.
const KEY_MIN: usize = 2;

/// How a kind is called outside, and where the console shows it.
const KINDS: &[(&str, &str, &str)] = &[
    ("unt", "unit", "/units"),
    ("cat", "catalog_item", "/catalog-items"),
    ("evt", "event", "/events"),
    ("cus", "customer", "/customers"),
    ("loc", "location", "/locations"),
    ("usr", "user", "/users"),
    ("phy", "physician", "/physicians"),
];

/// Everything in reach that fits: units by serial, lot or a scanned code, the rest by its words; events also by number.
pub fn everything(ctx: &Ctx, tx: &mut Tx, q: &str) -> Result<Hits> {
    let q = q.trim();
    if q.chars().count() > SEARCH_MAX {
        return Err(Error::field("q", "too_long", format!("Search for at most {SEARCH_MAX} characters.")));
    }
    let words: Vec<String> = tokens(q).into_iter().take(SEARCH_TOKENS_MAX).collect();
    let mut items = Vec::new();
    if words.is_empty() {
        return Ok(Hits { items });
    }
    for (prefix, kind, path) in KINDS {
        let ids = match *prefix {
            "unt" => units(ctx, tx, q)?,
            "evt" => events(ctx, tx, q, &words)?,
            prefix => named(ctx, tx, prefix, &words)?,
        };
        let rows = store::search::shown(tx, ctx.org(), prefix, &ids)?;
        items.extend(rows.into_iter().take(HITS).map(|row| hit(prefix, kind, path, row)));
    }
    Ok(Hits { items })
}

fn named(ctx: &Ctx, tx: &mut Tx, prefix: &str, words: &[String]) -> Result<Vec<Uuid>> {
    let viewer = ctx.viewer();
    let column = "found.subject_id";
    let within = match prefix {
        "cus" => store::directory::customers_in_reach(viewer, column),
        "loc" => store::directory::locations_in_reach(viewer, column),
        "phy" => store::directory::physicians_in_reach(viewer, column),
        "usr" => condition(viewer, Side::Person, Level::See, column),
        _ => None,
    };
    Ok(store::search::find(tx, ctx.org(), prefix, words, within, FOUND)?)
}

fn events(ctx: &Ctx, tx: &mut Tx, q: &str, words: &[String]) -> Result<Vec<Uuid>> {
    let within = crate::events::within(ctx);
    let mut ids = Vec::new();
    if let Ok(number) = q.trim_start_matches('#').parse::<i64>() {
        ids.extend(store::search::event_by_number(tx, ctx.org(), number)?);
    }
    // Reach looks at rows of events, so it comes after the words.
    for id in store::search::find(tx, ctx.org(), "evt", words, None, FOUND * 8)? {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let seen = store::search::events_within(tx, ctx.org(), &ids, within)?;
    ids.retain(|id| seen.contains(id));
    Ok(ids)
}

fn units(ctx: &Ctx, tx: &mut Tx, q: &str) -> Result<Vec<Uuid>> {
    let within = condition(ctx.viewer(), Side::Custody, Level::See, "unit.custodian_id");
    // A code names its item, and its serial or lot; anything else is the beginning of a serial or a lot.
    if let Ok(parsed) = labels::read(ctx, "q", &[q])
        && let Some(di) = &parsed.di
        && let Some(key) = parsed.serial.as_deref().or(parsed.lot.as_deref()).map(identifier_key)
        && let Some((item, _)) = store::stock::item_by_identifier(tx, ctx.org(), di)?
    {
        return Ok(store::search::units(tx, ctx.org(), &key, Some(item), &within, HITS)?);
    }
    let key = identifier_key(q);
    if key.chars().count() < KEY_MIN {
        return Ok(Vec::new());
    }
    Ok(store::search::units(tx, ctx.org(), &key, None, &within, HITS)?)
}

fn hit(prefix: &str, kind: &str, path: &str, row: Shown) -> Hit {
    let body = Id::<User>::from_uuid(row.id).to_string();
    let id = format!("{prefix}{}", &body[3..]);
    let (title, subtitle) = match prefix {
        "unt" => {
            let state = UnitState::from_stored(row.number).label();
            (format!("{} \u{b7} {}", row.title, row.second), joined(&[&row.third, state]))
        }
        "evt" => {
            let kind = EventType::parse(&row.second).map_or("", EventType::label);
            let status = EventStatus::parse(&row.third).map_or("", EventStatus::label);
            (row.title, joined(&[&format!("{kind} {}", row.number), status]))
        }
        "usr" => (row.title, joined(&[Role::parse(&row.second).map_or("", Role::label), &row.third])),
        "cus" if !row.third.is_empty() => (row.title, joined(&[&row.second, &format!("now a part of {}", row.third)])),
        _ => (row.title, joined(&[&row.second, &row.third])),
    };
    Hit { kind: kind.to_owned(), url_path: format!("{path}/{id}"), id, title, subtitle }
}

fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" \u{b7} ")
}
