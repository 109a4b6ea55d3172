//! Prefix search over folded words: one row a word, the organisation in front, the same on both engines.

use crate::page::Query;
use db::{Result, Tx, Value, args};
use uuid::Uuid;

const DROP: &str = "DELETE FROM search_token WHERE organization_id = $1 AND subject_id = $2";
const ADD: &str = "INSERT INTO search_token (organization_id, kind, token, subject_id) VALUES ($1, $2, $3, $4) \
    ON CONFLICT DO NOTHING";

/// Replaces the words under which something is found. `kind` is the prefix of its id.
pub fn index(tx: &mut Tx, organization: Uuid, kind: &str, subject: Uuid, words: &[String]) -> Result<()> {
    tx.exec(DROP, args![organization, subject])?;
    add(tx, organization, kind, subject, words)
}

/// The same for something new: nothing to replace.
pub fn add(tx: &mut Tx, organization: Uuid, kind: &str, subject: Uuid, words: &[String]) -> Result<()> {
    for word in words {
        tx.exec(ADD, args![organization, kind, word, subject])?;
    }
    Ok(())
}

/// A condition that a column holds something of `kind` under which every word is found, by prefix: `?` stands for the
/// next argument. The words are folded already. What the first word leads to is gathered, and asked for the others: the
/// rarest leads best, see [`rarest_first`].
pub fn condition(organization: Uuid, kind: &str, words: &[String], column: &str) -> (String, Vec<Value>) {
    let Some((first, others)) = words.split_first() else { return ("1 = 1".to_owned(), Vec::new()) };
    let end = after_prefix(first);
    let mut args =
        vec![Value::Uuid(organization), Value::Text(kind.to_owned()), Value::Text(first.clone()), Value::Text(end)];
    let (each, more) = condition_of_each(organization, kind, others, "lead.subject_id");
    args.extend(more);
    let text = format!(
        "{column} IN (SELECT lead.subject_id FROM search_token lead WHERE lead.organization_id = ? AND lead.kind = ? \
         AND lead.token >= ? AND lead.token < ? AND {each})"
    );
    (text, args)
}

/// The same condition for looking at one thing after the other, with nothing gathered before.
pub fn condition_of_each(organization: Uuid, kind: &str, words: &[String], column: &str) -> (String, Vec<Value>) {
    let mut parts = Vec::new();
    let mut args = Vec::new();
    for word in words {
        parts.push(format!(
            "EXISTS (SELECT 1 FROM search_token word WHERE word.organization_id = ? AND word.subject_id = {column} \
             AND word.kind = ? AND word.token >= ? AND word.token < ?)"
        ));
        args.extend([
            Value::Uuid(organization),
            Value::Text(kind.to_owned()),
            Value::Text(word.clone()),
            Value::Text(after_prefix(word)),
        ]);
    }
    (if parts.is_empty() { "1 = 1".to_owned() } else { parts.join(" AND ") }, args)
}

/// The first text that is greater than every text with this prefix, in byte order.
pub fn after_prefix(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// Words that occur more often are not looked through to the end.
const LOOKED_AT: i64 = 4_000;

/// How far words are counted where that is all that is looked through: to the end only when none of them is rare.
pub(crate) const COUNTED: &[i64] = &[LOOKED_AT / 16, LOOKED_AT];

const OFTEN: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM search_token \
    WHERE organization_id = $1 AND kind = $2 AND token >= $3 AND token < $4 LIMIT $5) counted";

const NEAR: &str = "SELECT subject_id FROM search_token \
    WHERE organization_id = $1 AND kind = $2 AND token >= $3 AND token < $4 ORDER BY token, subject_id LIMIT $5";

/// Which of some words the fewest things of a kind have; None when one of them nothing has, or there are none. Each is counted
/// up to the first of these bounds that one of them does not reach.
pub(crate) fn rarest(
    tx: &mut Tx,
    organization: Uuid,
    kind: &str,
    words: &[String],
    bounds: &[i64],
) -> Result<Option<usize>> {
    let mut rarest: Option<(i64, usize)> = None;
    for &most in bounds {
        rarest = None;
        for (at, word) in words.iter().enumerate() {
            let end = after_prefix(word);
            let often = tx.one::<(i64,)>(OFTEN, args![organization, kind, word, end, most])?.map_or(0, |(n,)| n);
            if often == 0 {
                return Ok(None);
            }
            rarest = Some(rarest.map_or((often, at), |known| known.min((often, at))));
        }
        if words.len() < 2 || rarest.is_some_and(|(often, _)| often < most) {
            break;
        }
    }
    Ok(rarest.map(|(_, at)| at))
}

/// The words with the one first that the fewest things have.
pub(crate) fn rarest_first(tx: &mut Tx, organization: Uuid, kind: &str, words: &[String]) -> Result<Vec<String>> {
    let mut sorted = words.to_vec();
    if words.len() > 1 {
        // Everything that the first word leads to is gathered: to know which is rarer is worth counting far.
        let bounds = [LOOKED_AT / 16, LOOKED_AT, 8 * LOOKED_AT];
        sorted.swap(0, rarest(tx, organization, kind, words, &bounds)?.unwrap_or(0));
    }
    Ok(sorted)
}

/// Things of a kind under which every word is found, by prefix, in the order of the rarest word. `within` keeps
/// `found.subject_id` inside reach. The words are folded already.
pub fn find(
    tx: &mut Tx,
    organization: Uuid,
    kind: &str,
    words: &[String],
    within: Option<(String, Vec<Value>)>,
    limit: usize,
) -> Result<Vec<Uuid>> {
    let range = |word: &String| {
        let (organization, kind) = (Value::Uuid(organization), Value::Text(kind.to_owned()));
        vec![organization, kind, Value::Text(word.clone()), Value::Text(after_prefix(word))]
    };
    if let ([word], None) = (words, &within) {
        // In the order of the index; whatever has several words with this beginning comes several times.
        let most = limit as i64 * 4;
        let mut found = tx.all::<(Uuid,)>(NEAR, args![organization, kind, word, after_prefix(word), most])?;
        let mut seen = std::collections::HashSet::new();
        found.retain(|(id,)| seen.insert(*id));
        found.truncate(limit);
        return Ok(found.into_iter().map(|(id,)| id).collect());
    }
    let Some(rarest) = rarest(tx, organization, kind, words, COUNTED)? else { return Ok(Vec::new()) };
    let first = &words[rarest];
    let head = format!(
        "SELECT found.subject_id FROM (SELECT subject_id, MIN(token) AS token FROM (SELECT subject_id, token FROM search_token \
         WHERE organization_id = $1 AND kind = $2 AND token >= $3 AND token < $4 ORDER BY token LIMIT {LOOKED_AT}) near \
         GROUP BY subject_id) found"
    );
    let mut query = Query::with_args(head, range(first));
    for (at, word) in words.iter().enumerate() {
        if at != rarest {
            query.and(
                "EXISTS (SELECT 1 FROM search_token other WHERE other.organization_id = ? AND other.kind = ? \
                 AND other.subject_id = found.subject_id AND other.token >= ? AND other.token < ?)",
                range(word),
            );
        }
    }
    query.and_some(within);
    let sql = format!("{} ORDER BY found.token, found.subject_id LIMIT {limit}", query.text());
    Ok(tx.all::<(Uuid,)>(sql.as_str(), query.args())?.into_iter().map(|(id,)| id).collect())
}

db::record! {
    /// What search shows of something: its id, what it is called, two more texts that tell it from others, and a number.
    pub struct Shown { pub id: Uuid, pub title: String, pub second: String, pub third: String, pub number: i64 }
}

/// How something of a kind is shown.
const SHOWN: &[(&str, &str)] = &[
    (
        "cat",
        "SELECT it.id, it.number, it.description, maker.name, 0 FROM catalog_item it \
         JOIN catalog_manufacturer maker ON maker.organization_id = it.organization_id AND maker.id = it.manufacturer_id",
    ),
    (
        "cus",
        "SELECT it.id, it.name, it.number, COALESCE(whole.name, ''), 0 FROM directory_customer it \
         LEFT JOIN directory_customer whole ON whole.organization_id = it.organization_id AND whole.id = it.merged_into_id",
    ),
    (
        "loc",
        "SELECT it.id, it.name, customer.name, it.code, 0 FROM directory_location it \
         JOIN directory_customer customer ON customer.organization_id = it.organization_id AND customer.id = it.customer_id",
    ),
    ("phy", "SELECT it.id, it.name, it.npi, '', 0 FROM directory_physician it"),
    ("usr", "SELECT it.id, it.name, it.role, it.email, 0 FROM people_user it"),
    ("evt", "SELECT it.id, it.name, it.type, it.status, it.number FROM event it"),
    (
        "unt",
        "SELECT it.id, item.number, CASE WHEN it.serial <> '' THEN it.serial ELSE it.lot END, item.description, it.state \
         FROM stock_unit it JOIN catalog_item item ON item.organization_id = it.organization_id AND item.id = it.catalog_item_id",
    ),
];

/// What search shows of things of a kind, in the order in which their ids are given; archived ones are left out.
pub fn shown(tx: &mut Tx, organization: Uuid, kind: &str, ids: &[Uuid]) -> Result<Vec<Shown>> {
    let Some((_, head)) = SHOWN.iter().find(|(known, _)| *known == kind) else { return Ok(Vec::new()) };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new(*head);
    query.and("it.organization_id = ?", [Value::Uuid(organization)]);
    query.any_of("it.id", ids.iter().map(|id| Value::Uuid(*id)).collect());
    match kind {
        "cat" | "phy" => _ = query.and("it.archived_at IS NULL", []),
        "loc" => _ = query.and("it.archived_at IS NULL AND customer.archived_at IS NULL", []),
        // The old name of a customer that became a part of another one leads there.
        "cus" => _ = query.and("(it.archived_at IS NULL OR it.merged_into_id IS NOT NULL)", []),
        _ => {}
    }
    let mut rows = query.all::<Shown>(tx)?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    Ok(rows)
}

/// Units whose serial, or else whose lot, begins with a key; `item` narrows them to one item. `within` keeps
/// `unit.custodian_id` inside reach.
pub fn units(
    tx: &mut Tx,
    organization: Uuid,
    key: &str,
    item: Option<Uuid>,
    within: &Option<(String, Vec<Value>)>,
    limit: usize,
) -> Result<Vec<Uuid>> {
    for (column, guard) in [("serial_key", "unit.serial_key <> '' AND "), ("lot_key", "")] {
        let head = format!(
            "SELECT unit.id FROM (SELECT unit.id, unit.custodian_id, unit.catalog_item_id, unit.{column} AS near FROM stock_unit unit \
             WHERE {guard}unit.organization_id = $1 AND unit.{column} >= $2 AND unit.{column} < $3 ORDER BY unit.{column}, unit.id \
             LIMIT {LOOKED_AT}) unit"
        );
        let args = vec![Value::Uuid(organization), Value::Text(key.to_owned()), Value::Text(after_prefix(key))];
        let mut query = Query::with_args(head, args);
        if let Some(item) = item {
            query.and("unit.catalog_item_id = ?", [Value::Uuid(item)]);
        }
        query.and_some(within.clone());
        let sql = format!("{} ORDER BY unit.near, unit.id LIMIT {limit}", query.text());
        let found = tx.all::<(Uuid,)>(sql.as_str(), query.args())?;
        if !found.is_empty() {
            return Ok(found.into_iter().map(|(id,)| id).collect());
        }
    }
    Ok(Vec::new())
}

const BY_NUMBER: &str = "SELECT id FROM event WHERE organization_id = $1 AND number = $2";

/// The event with a number.
pub fn event_by_number(tx: &mut Tx, organization: Uuid, number: i64) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(BY_NUMBER, args![organization, number])?.map(|(id,)| id))
}

/// Those of some events that are in reach; `within` is a condition on `event`.
pub fn events_within(
    tx: &mut Tx,
    organization: Uuid,
    ids: &[Uuid],
    within: Option<(String, Vec<Value>)>,
) -> Result<Vec<Uuid>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new("SELECT event.id FROM event");
    query.and("event.organization_id = ?", [Value::Uuid(organization)]);
    query.any_of("event.id", ids.iter().map(|id| Value::Uuid(*id)).collect());
    query.and_some(within);
    Ok(query.all::<(Uuid,)>(tx)?.into_iter().map(|(id,)| id).collect())
}
