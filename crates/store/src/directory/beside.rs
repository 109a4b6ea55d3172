//! Written beside the rows of customers and locations: tags one by one, numbers in other systems one by one.

use db::{Result, Tx, Value, args};
use std::collections::BTreeMap;
use uuid::Uuid;

const DROP_TAGS: &str = "DELETE FROM directory_tag WHERE organization_id = $1 AND subject_id = $2";
const TAGS: &str = "INSERT INTO directory_tag (organization_id, kind, tag_key, subject_id) VALUES";
const DROP_EXTERNAL: &str = "DELETE FROM directory_external WHERE organization_id = $1 AND subject_id = $2";
const EXTERNAL: &str =
    "INSERT INTO directory_external (organization_id, kind, system, external_key, subject_id) VALUES";
const NOTHING: &str = "ON CONFLICT DO NOTHING";

/// Folded tags of a row's list, each once, in order.
pub fn tag_keys(tags: &str) -> Vec<String> {
    let tags: Vec<String> = serde_json::from_str(tags).unwrap_or_default();
    let mut keys: Vec<String> = tags.iter().map(|tag| domain::text::fold(tag)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The key under which numbers of other systems are compared.
pub fn external_key(id: &str) -> String {
    id.trim().to_lowercase()
}

/// Writes tags and numbers in other systems as the row has them. `kind`: cus or loc.
pub fn write(tx: &mut Tx, organization: Uuid, kind: &str, subject: Uuid, tags: &str, external_ids: &str) -> Result<()> {
    tx.exec(DROP_TAGS, args![organization, subject])?;
    let values: Vec<Value> =
        tag_keys(tags).into_iter().flat_map(|key| args![organization, kind, key, subject].to_vec()).collect();
    crate::bulk::insert(tx, TAGS, NOTHING, 4, &values)?;
    tx.exec(DROP_EXTERNAL, args![organization, subject])?;
    let ids: BTreeMap<String, String> = serde_json::from_str(external_ids).unwrap_or_default();
    let values: Vec<Value> = ids
        .iter()
        .flat_map(|(system, id)| args![organization, kind, system, external_key(id), subject].to_vec())
        .collect();
    crate::bulk::insert(tx, EXTERNAL, NOTHING, 5, &values)?;
    Ok(())
}

const OWNER: &str = "SELECT subject_id FROM directory_external \
    WHERE organization_id = $1 AND kind = $2 AND system = $3 AND external_key = $4";

/// Whose number in another system this is.
pub fn external_owner(tx: &mut Tx, organization: Uuid, kind: &str, system: &str, id: &str) -> Result<Option<Uuid>> {
    let owner = tx.one::<(Uuid,)>(OWNER, args![organization, kind, system, external_key(id)])?;
    Ok(owner.map(|(id,)| id))
}

const USED_TAGS: &str = "SELECT tag_key, COUNT(*) FROM directory_tag WHERE organization_id = $1 AND kind = $2 \
    GROUP BY tag_key ORDER BY tag_key LIMIT $3";

/// Tags in use with the number of rows that have them.
pub fn tags(tx: &mut Tx, organization: Uuid, kind: &str, limit: i64) -> Result<Vec<(String, i64)>> {
    tx.all(USED_TAGS, args![organization, kind, limit])
}
