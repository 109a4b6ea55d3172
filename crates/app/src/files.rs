//! Files of customers, and later of events and purchase orders: who may see and attach them is decided by what they belong to,
//! where their contents lie by the port at the end of this module.
//!
//! Contents are found by their digest and kept once. With a key file they are sealed before they reach the storage. Nothing is
//! ever opened by a name that somebody gave.

use crate::answer::{Answer, RequestKey};
use crate::{App, Ctx, Error, Result};
use contract::files::File;
use contract::{Done, Page};
use domain::clock::Instant;
use domain::file::{clean_name, media_type};
use domain::id::{self, CustomerId, FileId, Id};
use domain::limits;
use domain::people::Permission;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::Tx;
use store::files::{self as rows, FileRow};
use uuid::Uuid;

/// Files of one thing.
pub const FILES_MAX: usize = 200;

/// What a file belongs to. Whatever takes files is one more arm here, and in the two functions below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A customer.
    Customer(CustomerId),
}

impl Owner {
    const fn kind(self) -> &'static str {
        match self {
            Self::Customer(_) => "cus",
        }
    }

    fn id(self) -> Uuid {
        match self {
            Self::Customer(id) => id.uuid(),
        }
    }

    fn stored(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "cus" => Some(Self::Customer(Id::from_uuid(id))),
            _ => None,
        }
    }

    /// Who sees what it belongs to sees its files.
    fn see(self, ctx: &Ctx, tx: &mut Tx) -> Result<()> {
        let seen = match self {
            Self::Customer(id) => store::directory::sees_customer(tx, ctx.viewer(), id.uuid())?,
        };
        if seen { Ok(()) } else { Err(Error::not_found()) }
    }

    /// Who works with it attaches files.
    fn work(self, ctx: &Ctx, tx: &mut Tx) -> Result<()> {
        self.see(ctx, tx)?;
        match self {
            Self::Customer(_) => ctx.require(Permission::WorkCustomers),
        }
    }
}

fn may_remove(ctx: &Ctx, row: &FileRow) -> bool {
    row.uploaded_by == ctx.actor.id.uuid() || ctx.may(Permission::ManageDirectory)
}

fn view(ctx: &Ctx, row: FileRow, by: Option<String>) -> File {
    File {
        may_remove: may_remove(ctx, &row),
        id: Id::from_uuid(row.id),
        name: row.name,
        media_type: row.media_type,
        size_bytes: row.size_bytes,
        sha256: row.digest,
        uploaded_by_id: Id::from_uuid(row.uploaded_by),
        uploaded_by_name: by.unwrap_or_default(),
        uploaded_at: Instant(row.uploaded_at),
        version: row.version,
    }
}

/// Files of something, the latest first.
pub fn list(ctx: &Ctx, tx: &mut Tx, of: Owner) -> Result<Page<File>> {
    of.see(ctx, tx)?;
    let found = rows::of_subject(tx, ctx.org(), of.kind(), of.id(), FILES_MAX as i64)?;
    let people: Vec<Uuid> = found.iter().map(|row| row.uploaded_by).collect();
    let names = store::directory::names_of_people(tx, ctx.org(), &people)?;
    let items: Vec<File> = found
        .into_iter()
        .map(|row| {
            let by = names.get(&row.uploaded_by).cloned();
            view(ctx, row, by)
        })
        .collect();
    Ok(Page { total: Some(items.len() as i64), items, next_cursor: None })
}

/// A file in reach and in place, with what it belongs to.
fn found(ctx: &Ctx, tx: &mut Tx, row: Option<FileRow>) -> Result<(FileRow, Owner)> {
    let row = row.ok_or_else(Error::not_found)?;
    let owner = Owner::stored(&row.subject_kind, row.subject_id).ok_or_else(Error::not_found)?;
    owner.see(ctx, tx)?;
    Ok((row, owner))
}

/// Takes a file off. Its content stays, so that it can be put back.
pub fn remove(ctx: &Ctx, tx: &mut Tx, id: FileId) -> Result<Done> {
    set(ctx, tx, id, Some(ctx.now.0))
}

/// Puts a file back that was taken off.
pub fn restore(ctx: &Ctx, tx: &mut Tx, id: FileId) -> Result<Done> {
    set(ctx, tx, id, None)
}

fn set(ctx: &Ctx, tx: &mut Tx, id: FileId, at: Option<i64>) -> Result<Done> {
    let row = rows::lock(tx, ctx.org(), id.uuid())?;
    let (row, owner) = found(ctx, tx, row)?;
    owner.work(ctx, tx)?;
    if !may_remove(ctx, &row) {
        let message = "Whoever brought a file takes it off, and whoever keeps the directory.";
        return Err(Error::forbidden("not_allowed", message));
    }
    if row.removed_at.is_some() == at.is_some() {
        return Ok(Done { done: true });
    }
    rows::set_removed(tx, ctx.org(), row.id, at)?;
    let mut entry = ctx.entry("customer_file_changed").subject(owner.id());
    let (old, new) = if at.is_some() { (Some(row.name), None) } else { (None, Some(row.name)) };
    entry.change(owner.id(), "file", old, new);
    entry.append(ctx, tx)?;
    Ok(Done { done: true })
}

/// A file as it comes in.
#[derive(Clone, Debug)]
pub struct Upload {
    /// As the sender calls it.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What is kept: the digest of the content, and the content as the storage gets it.
struct Kept {
    digest: String,
    size: i64,
    media_type: &'static str,
    sealed: bool,
    content: Vec<u8>,
}

impl App {
    /// Attaches a file to something. With a key, a repetition gets the first answer again.
    pub async fn add_file(&self, ctx: &Ctx, of: Owner, upload: Upload, key: Option<RequestKey>) -> Result<Answer> {
        if upload.bytes.is_empty() {
            return Err(Error::field("file", "required", "Choose a file that holds something."));
        }
        if upload.bytes.len() > limits::FILE_BYTES {
            let message = format!("A file is at most {} MB.", limits::FILE_BYTES >> 20);
            return Err(Error::TooLarge(message));
        }
        let name = clean_name(&upload.name);
        let kept = Arc::new(self.keep_content(ctx, upload.bytes)?);
        let id = ctx.id::<id::File>();
        self.answer(ctx, key, 201, move |ctx, tx| {
            of.work(ctx, tx)?;
            if rows::of_subject(tx, ctx.org(), of.kind(), of.id(), FILES_MAX as i64)?.len() >= FILES_MAX {
                let message = format!("There are {FILES_MAX} files already. Take one off first.");
                return Err(Error::conflict("too_many_files", message));
            }
            rows::keep(tx, ctx.org(), &kept.digest, kept.size, kept.sealed, &kept.content, ctx.now.0)?;
            let row = FileRow {
                id: id.uuid(),
                subject_kind: of.kind().into(),
                subject_id: of.id(),
                digest: kept.digest.clone(),
                name: name.clone(),
                media_type: kept.media_type.into(),
                size_bytes: kept.size,
                uploaded_by: ctx.actor.id.uuid(),
                uploaded_at: ctx.now.0,
                removed_at: None,
                version: 1,
            };
            rows::insert(tx, ctx.org(), &row)?;
            let mut entry = ctx.entry("customer_file_added").subject(of.id());
            entry.change(of.id(), "file", None, Some(row.name.clone()));
            entry.append(ctx, tx)?;
            Ok(view(ctx, row, Some(ctx.actor.name.clone())))
        })
        .await
    }

    /// A file with its content.
    pub async fn file(&self, ctx: &Ctx, id: FileId) -> Result<(File, Vec<u8>)> {
        let (file, digest, sealed, content) = self
            .read(ctx, move |ctx, tx| {
                let row = rows::file(tx, ctx.org(), id.uuid())?.filter(|row| row.removed_at.is_none());
                let (row, _) = found(ctx, tx, row)?;
                let (sealed, content) = rows::content(tx, ctx.org(), &row.digest)?
                    .ok_or_else(|| Error::Internal(format!("a file without content: {}", row.digest)))?;
                let digest = row.digest.clone();
                Ok((view(ctx, row, None), digest, sealed, content))
            })
            .await?;
        Ok((file, self.open_content(ctx, &digest, sealed, content)?))
    }

    // The port: where contents lie. Today in the database, sealed when there is a key; another place for them is another pair
    // of these two.

    fn keep_content(&self, ctx: &Ctx, plain: Vec<u8>) -> Result<Kept> {
        let digest: String = Sha256::digest(&plain).iter().map(|byte| format!("{byte:02x}")).collect();
        let (size, media_type) = (plain.len() as i64, media_type(&plain));
        let (sealed, content) = match &self.config().file_key {
            None => (false, plain),
            Some(key) => {
                let sealed = key.seal(&place(ctx, &digest), &plain, &mut auth::SystemRandom);
                (true, sealed.map_err(|error| Error::Internal(error.to_string()))?)
            }
        };
        Ok(Kept { digest, size, media_type, sealed, content })
    }

    fn open_content(&self, ctx: &Ctx, digest: &str, sealed: bool, content: Vec<u8>) -> Result<Vec<u8>> {
        let plain = match (&self.config().file_key, sealed) {
            (_, false) => content,
            (Some(key), true) => key
                .open(&place(ctx, digest), &content)
                .map_err(|error| Error::Internal(format!("file {digest}: {error}")))?,
            (None, true) => {
                let message =
                    "This file is sealed, and the server runs without its key. Whoever runs it sets CASELOAD_KEY_FILE.";
                return Err(Error::conflict("key_missing", message));
            }
        };
        let again: String = Sha256::digest(&plain).iter().map(|byte| format!("{byte:02x}")).collect();
        if again == digest { Ok(plain) } else { Err(Error::Internal(format!("file {digest} is damaged"))) }
    }
}

/// Where a content is sealed for: nowhere else does it open.
fn place(ctx: &Ctx, digest: &str) -> Vec<u8> {
    [ctx.org().as_bytes().as_slice(), digest.as_bytes()].concat()
}

/// The header under which a file is handed out: always as an attachment, with a plain name and one for every script
/// (RFC 6266, RFC 8187).
pub fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|it| if it.is_ascii_alphanumeric() || "._- ".contains(it) { it } else { '_' }).collect();
    let mut full = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => full.push(char::from(byte)),
            other => full.push_str(&format!("%{other:02X}")),
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_does_not_leave_its_header() {
        let told = disposition("Müller \"x\"\r\nSet-Cookie: a=b.pdf");
        assert!(told.starts_with("attachment; filename=\"M_ller _x___Set-Cookie_ a_b.pdf\""), "{told}");
        assert!(told.is_ascii() && !told.contains(['\r', '\n']));
        assert!(told.ends_with("filename*=UTF-8''M%C3%BCller%20%22x%22%0D%0ASet-Cookie%3A%20a%3Db.pdf"), "{told}");
    }
}
