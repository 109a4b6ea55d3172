//! Prefix search over folded words: one row a word, the organisation in front, the same on both engines.

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
/// next argument. The words are folded already.
pub fn condition(organization: Uuid, kind: &str, words: &[String], column: &str) -> (String, Vec<Value>) {
    let mut parts = Vec::new();
    let mut args = Vec::new();
    for word in words {
        parts.push(format!(
            "{column} IN (SELECT subject_id FROM search_token WHERE organization_id = ? AND kind = ? AND token >= ? AND token < ?)"
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
