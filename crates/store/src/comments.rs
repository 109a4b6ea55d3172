//! What those who see an event say to each other about it.

use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// Something that was said.
    #[derive(Clone, Debug)]
    pub struct CommentRow { pub id: Uuid, pub said: String, pub said_by: Uuid, pub said_at: i64, pub name: String }
}

const LIST: &str = "SELECT comment.id, comment.said, comment.said_by, comment.said_at, person.name FROM event_comment comment \
    JOIN people_user person ON person.organization_id = comment.organization_id AND person.id = comment.said_by \
    WHERE comment.organization_id = $1 AND comment.event_id = $2 ORDER BY comment.id";
const INSERT: &str = "INSERT INTO event_comment (organization_id, event_id, id, said, said_by, said_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";

/// What was said about an event, the first first.
pub fn list(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<CommentRow>> {
    tx.all(LIST, args![organization, event])
}

/// Says something.
pub fn insert(tx: &mut Tx, organization: Uuid, event: Uuid, id: Uuid, said: &str, (by, at): (Uuid, i64)) -> Result<()> {
    tx.exec(INSERT, args![organization, event, id, said, by, at])?;
    Ok(())
}
