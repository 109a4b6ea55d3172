//! Files of customers, events, items and counts: who may see and attach them is decided by what they belong to, where their contents lie by
//! the port at the end of this module. Pictures are written anew before they are kept (`print::picture`).
//!
//! Contents are found by their digest and kept once. With a key file they are sealed before they reach the storage. Nothing is
//! ever opened by a name that somebody gave.

mod keeping;

pub use keeping::Resealed;

use crate::answer::{Answer, RequestKey};
use crate::{App, Ctx, Error, Result};
use contract::files::File;
use contract::{Done, Page};
use domain::clock::Instant;
use domain::file::{self, FileKind, clean_name, media_type};
use domain::id::{self, CatalogItemId, CountId, CustomerId, EventId, FileId, Id};
use domain::limits;
use domain::people::Permission;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::Tx;
use store::files::{self as rows, FileRow};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Pictures that are unpacked at one moment: each may take half a gigabyte.
static UNPACKING: Semaphore = Semaphore::const_new(2);

/// Files of one thing.
pub const FILES_MAX: usize = 200;

/// What a file belongs to. Whatever takes files is one more arm here, and in the two functions below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A customer.
    Customer(CustomerId),
    /// An event.
    Event(EventId),
    /// An item of the catalog: its pictures.
    Item(CatalogItemId),
    /// A count: pictures of what was found, or where nothing was.
    Count(CountId),
}

impl Owner {
    const fn kind(self) -> &'static str {
        match self {
            Self::Customer(_) => "cus",
            Self::Event(_) => "evt",
            Self::Item(_) => "cat",
            Self::Count(_) => "aud",
        }
    }

    fn id(self) -> Uuid {
        match self {
            Self::Customer(id) => id.uuid(),
            Self::Event(id) => id.uuid(),
            Self::Item(id) => id.uuid(),
            Self::Count(id) => id.uuid(),
        }
    }

    fn stored(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "cus" => Some(Self::Customer(Id::from_uuid(id))),
            "evt" => Some(Self::Event(Id::from_uuid(id))),
            "cat" => Some(Self::Item(Id::from_uuid(id))),
            "aud" => Some(Self::Count(Id::from_uuid(id))),
            _ => None,
        }
    }

    /// Who sees what it belongs to sees its files.
    fn see(self, ctx: &Ctx, tx: &mut Tx) -> Result<()> {
        let seen = match self {
            Self::Customer(id) => store::directory::sees_customer(tx, ctx.viewer(), id.uuid())?,
            Self::Event(id) => {
                crate::events::readable(ctx, tx, id.uuid())?;
                true
            }
            Self::Item(id) => store::catalog::item(tx, ctx.org(), id.uuid())?.is_some(),
            Self::Count(id) => {
                crate::counts::seen(ctx, tx, id)?;
                true
            }
        };
        if seen { Ok(()) } else { Err(Error::not_found()) }
    }

    /// Who works with it attaches files.
    fn work(self, ctx: &Ctx, tx: &mut Tx) -> Result<()> {
        self.see(ctx, tx)?;
        match self {
            Self::Customer(_) => ctx.require(Permission::WorkCustomers),
            Self::Event(id) => {
                // Locked: whether a picture is there decides whether the event may be submitted.
                crate::events::writable(ctx, tx, id.uuid())?;
                ctx.require(Permission::ManageEvents)
            }
            Self::Item(_) => ctx.require(Permission::ManageCatalog),
            Self::Count(id) => crate::counts::takes_pictures(ctx, tx, id),
        }
    }

    /// How the journal names what happens to its files.
    const fn word(self, done: Deed) -> &'static str {
        match (self, done) {
            (Self::Customer(_), Deed::Added) => "customer_file_added",
            (Self::Customer(_), _) => "customer_file_changed",
            (Self::Event(_), Deed::Added) => "event_file_added",
            (Self::Event(_), Deed::Removed) => "event_file_removed",
            (Self::Event(_), Deed::Restored) => "event_file_restored",
            (Self::Item(_), _) => "catalog_item_changed",
            (Self::Count(_), Deed::Added) => "count_file_added",
            (Self::Count(_), Deed::Removed) => "count_file_removed",
            (Self::Count(_), Deed::Restored) => "count_file_restored",
        }
    }
}

/// What happened to a file.
#[derive(Clone, Copy)]
enum Deed {
    Added,
    Removed,
    Restored,
}

/// Whoever brought a file takes it off, and whoever is answerable for the rest: of a customer the directory's keepers, of an
/// event those who correct events, of a count those who settle it. What stands on a submitted event is theirs alone to take off.
fn may_remove(ctx: &Ctx, row: &FileRow, open: bool) -> bool {
    let brought = row.uploaded_by == ctx.actor.id.uuid();
    match row.subject_kind.as_str() {
        "evt" => brought && open || ctx.may(Permission::AmendEvents),
        "cat" => ctx.may(Permission::ManageCatalog),
        "aud" => open && (brought || ctx.may(Permission::ReconcileCounts)),
        _ => brought || ctx.may(Permission::ManageDirectory),
    }
}

/// Whether files of this may still be taken off by whoever brought them.
fn is_open(ctx: &Ctx, tx: &mut Tx, of: Owner) -> Result<bool> {
    Ok(match of {
        Owner::Customer(_) | Owner::Item(_) => true,
        Owner::Count(id) => crate::counts::is_open(ctx, tx, id)?,
        Owner::Event(id) => {
            let row = store::events::event(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
            crate::events::status(&row)? == domain::event::EventStatus::Open
        }
    })
}

fn view(ctx: &Ctx, row: FileRow, by: Option<String>, open: bool) -> File {
    File {
        may_remove: may_remove(ctx, &row, open),
        kind: FileKind::parse(&row.kind),
        patient_data: row.patient_data,
        has_thumbnail: row.thumb_digest.is_some(),
        id: Id::from_uuid(row.id),
        name: row.name,
        media_type: row.media_type,
        size_bytes: row.size_bytes,
        sha256: row.digest,
        uploaded_by_id: Id::from_uuid(row.uploaded_by),
        uploaded_by_name: by.unwrap_or_default(),
        uploaded_at: Instant(row.uploaded_at),
        version: row.version,
        purged_at: row.purged_at.map(Instant),
    }
}

/// Files of something, the latest first.
pub fn list(ctx: &Ctx, tx: &mut Tx, of: Owner) -> Result<Page<File>> {
    of.see(ctx, tx)?;
    let found = rows::of_subject(tx, ctx.org(), of.kind(), of.id(), FILES_MAX as i64)?;
    let people: Vec<Uuid> = found.iter().map(|row| row.uploaded_by).collect();
    let names = store::directory::names_of_people(tx, ctx.org(), &people)?;
    let open = is_open(ctx, tx, of)?;
    let items: Vec<File> = found
        .into_iter()
        .map(|row| {
            let by = names.get(&row.uploaded_by).cloned();
            view(ctx, row, by, open)
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
    set(ctx, tx, id, Some(""))
}

/// The same with a reason, which files of events want.
pub fn remove_because(ctx: &Ctx, tx: &mut Tx, id: FileId, reason: &str) -> Result<Done> {
    set(ctx, tx, id, Some(reason))
}

/// Puts a file back that was taken off.
pub fn restore(ctx: &Ctx, tx: &mut Tx, id: FileId) -> Result<Done> {
    set(ctx, tx, id, None)
}

fn set(ctx: &Ctx, tx: &mut Tx, id: FileId, off: Option<&str>) -> Result<Done> {
    let row = rows::lock(tx, ctx.org(), id.uuid())?;
    let (row, owner) = found(ctx, tx, row)?;
    owner.work(ctx, tx)?;
    let open = is_open(ctx, tx, owner)?;
    if !may_remove(ctx, &row, open) {
        let message = match owner {
            Owner::Customer(_) => "Whoever brought a file takes it off, and whoever keeps the directory.",
            Owner::Item(_) => "Whoever keeps the catalog takes its pictures off.",
            Owner::Count(_) => "Whoever took a picture takes it off, and whoever settles counts.",
            Owner::Event(_) => {
                "Whoever brought a file takes it off while the event is open; afterwards whoever may amend events."
            }
        };
        return Err(Error::forbidden("not_allowed", message));
    }
    let reason = crate::labels::note("reason", off.unwrap_or_default())?;
    if matches!(owner, Owner::Event(_)) && off.is_some() && reason.is_empty() {
        return Err(Error::field("reason", "required", "Say why the file is taken off. It is kept in the history."));
    }
    if row.removed_at.is_some() == off.is_some() {
        return Ok(Done { done: true });
    }
    let off = off.map(|_| (ctx.now.0, ctx.actor.id.uuid(), reason.as_str()));
    rows::set_removed(tx, ctx.org(), row.id, off)?;
    let what = if off.is_some() { Deed::Removed } else { Deed::Restored };
    let mut entry = ctx.entry(owner.word(what)).reason(&reason).subject(owner.id());
    let (old, new) = if off.is_some() { (Some(row.name), None) } else { (None, Some(row.name)) };
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

/// What a file of an event is said to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said {
    /// Its kind; None for files of customers.
    pub kind: Option<FileKind>,
    /// A patient can be told from it.
    pub patient_data: bool,
}

/// What of `what is photographed` an event lacks by the settings of its representative: (patient sticker, device labels). Only
/// where somebody is operated on.
pub(crate) fn lacking(ctx: &Ctx, tx: &mut Tx, event: &store::events::EventRow) -> Result<(bool, bool)> {
    use domain::event::EventType;
    if !matches!(EventType::parse(&event.r#type), Some(EventType::Case | EventType::Trial)) {
        return Ok((false, false));
    }
    let Some(person) = store::people::user(tx, ctx.org(), event.representative_id)? else { return Ok((false, false)) };
    let own: std::collections::BTreeMap<String, bool> = serde_json::from_str(&person.settings).unwrap_or_default();
    let wants = |key: &str| own.get(key).copied().unwrap_or(false);
    let (sticker, label) = (wants("require_patient_stickers"), wants("require_device_labels"));
    if !sticker && !label {
        return Ok((false, false));
    }
    let has = rows::kinds_of_event(tx, ctx.org(), event.id)?;
    let lacks = |kind: FileKind| !has.iter().any(|word| word == kind.as_str());
    Ok((sticker && lacks(FileKind::PatientSticker), label && lacks(FileKind::DeviceLabel)))
}

/// What is kept: the digest of the content, and the content as the storage gets it.
pub(crate) struct Kept {
    pub(crate) digest: String,
    size: i64,
    media_type: &'static str,
    sealed: bool,
    content: Vec<u8>,
}

impl App {
    /// Attaches a file to something. With a key, a repetition gets the first answer again.
    pub async fn add_file(&self, ctx: &Ctx, of: Owner, upload: Upload, key: Option<RequestKey>) -> Result<Answer> {
        self.attach(ctx, of, Said::default(), upload, key).await
    }

    /// Attaches a file to an event, and says what it is.
    pub async fn add_event_file(
        &self,
        ctx: &Ctx,
        event: EventId,
        said: Said,
        upload: Upload,
        key: Option<RequestKey>,
    ) -> Result<Answer> {
        let kind = said.kind.unwrap_or(FileKind::Other);
        let said = Said { kind: Some(kind), patient_data: said.patient_data || kind.shows_patient() };
        self.attach(ctx, Owner::Event(event), said, upload, key).await
    }

    /// Adds a picture to an item of the catalog.
    pub async fn add_item_file(
        &self,
        ctx: &Ctx,
        item: CatalogItemId,
        said: Said,
        upload: Upload,
        key: Option<RequestKey>,
    ) -> Result<Answer> {
        self.attach(ctx, Owner::Item(item), said, upload, key).await
    }

    /// Adds a picture to a count.
    pub async fn add_count_file(
        &self,
        ctx: &Ctx,
        count: CountId,
        upload: Upload,
        key: Option<RequestKey>,
    ) -> Result<Answer> {
        let said = Said { kind: Some(FileKind::Photo), patient_data: false };
        self.attach(ctx, Owner::Count(count), said, upload, key).await
    }

    async fn attach(
        &self,
        ctx: &Ctx,
        of: Owner,
        said: Said,
        upload: Upload,
        key: Option<RequestKey>,
    ) -> Result<Answer> {
        let brought = match self.bring(ctx, said, upload).await {
            Ok(brought) => brought,
            // Whoever may not add anything here is told that, and nothing of the file.
            Err(error) => {
                self.write(ctx, move |ctx, tx| of.work(ctx, tx)).await?;
                return Err(error);
            }
        };
        let id = ctx.id::<id::File>();
        self.answer(ctx, key, 201, move |ctx, tx| {
            of.work(ctx, tx)?;
            let row = put(ctx, tx, of, id, &brought)?;
            let open = is_open(ctx, tx, of)?;
            Ok(view(ctx, row, Some(ctx.actor.name.clone()), open))
        })
        .await
    }

    /// Makes of an upload what is kept, outside any unit of work: pictures are written anew.
    pub(crate) async fn bring(&self, ctx: &Ctx, said: Said, upload: Upload) -> Result<Arc<Brought>> {
        if upload.bytes.is_empty() {
            return Err(Error::field("file", "required", "Choose a file that holds something."));
        }
        if upload.bytes.len() > limits::FILE_BYTES {
            let message = format!("A file is at most {} MB.", limits::FILE_BYTES >> 20);
            return Err(Error::TooLarge(message));
        }
        let found = media_type(&upload.bytes);
        if let Some(kind) = said.kind.filter(|kind| !kind.takes(found)) {
            let message = match kind {
                FileKind::Photo => "Take a picture: JPEG, PNG, WebP or GIF.",
                _ => "Take a picture (JPEG, PNG, WebP or GIF) or a PDF.",
            };
            return Err(Error::field("file", "not_a_picture", message));
        }
        let mut name = clean_name(&upload.name);
        let (content, thumb) = match file::is_picture(found) {
            true => {
                let picture = anew(upload.bytes).await?;
                // Of what shows a patient there is no small picture that could be looked at in passing.
                (picture.bytes, (!said.patient_data).then_some(picture.thumb))
            }
            false => (upload.bytes, None),
        };
        let kept = self.keep_content(ctx, content)?;
        if let Some(kind) = said.kind.filter(|_| said.patient_data) {
            name = file::neutral_name(kind, kept.media_type);
        }
        let thumb = thumb.map(|bytes| self.keep_content(ctx, bytes)).transpose()?;
        Ok(Arc::new(Brought { name, said, kept, thumb }))
    }

    /// A file with its content. Looking at one that shows a patient is told to the journal.
    pub async fn file(&self, ctx: &Ctx, id: FileId) -> Result<(File, Vec<u8>)> {
        let (file, of, digest, sealed, content) = self
            .read(ctx, move |ctx, tx| {
                let row = rows::file(tx, ctx.org(), id.uuid())?.filter(|row| row.removed_at.is_none());
                let (row, of) = found(ctx, tx, row)?;
                if row.purged_at.is_some() {
                    let message = "This picture was destroyed after the time for which patients' pictures are kept.";
                    return Err(Error::conflict("file_purged", message));
                }
                let (sealed, content) = content_of(ctx, tx, &row.digest)?;
                let digest = row.digest.clone();
                Ok((view(ctx, row, None, false), of, digest, sealed, content))
            })
            .await?;
        let plain = self.open_content(ctx.org(), &digest, sealed, content)?;
        if file.patient_data {
            let name = file.name.clone();
            self.write(ctx, move |ctx, tx| {
                let mut entry = ctx.entry("patient_file_opened").subject(of.id());
                entry.change(of.id(), "opened", None, Some(name.clone()));
                entry.append(ctx, tx)
            })
            .await?;
        }
        Ok((file, plain))
    }

    /// The small picture of a file.
    pub async fn thumbnail(&self, ctx: &Ctx, id: FileId) -> Result<Vec<u8>> {
        let (digest, sealed, content) = self
            .read(ctx, move |ctx, tx| {
                let row = rows::file(tx, ctx.org(), id.uuid())?.filter(|row| row.removed_at.is_none());
                let (row, _) = found(ctx, tx, row)?;
                let digest = row.thumb_digest.ok_or_else(Error::not_found)?;
                let (sealed, content) = content_of(ctx, tx, &digest)?;
                Ok((digest, sealed, content))
            })
            .await?;
        self.open_content(ctx.org(), &digest, sealed, content)
    }

    // The port: where contents lie. Today in the database, sealed when there is a key; another place for them is another pair
    // of these two.

    pub(crate) fn keep_content(&self, ctx: &Ctx, plain: Vec<u8>) -> Result<Kept> {
        let digest: String = Sha256::digest(&plain).iter().map(|byte| format!("{byte:02x}")).collect();
        let (size, media_type) = (plain.len() as i64, media_type(&plain));
        let (sealed, content) = match &self.config().file_key {
            None => (false, plain),
            Some(key) => {
                let sealed = key.seal(&place(ctx.org(), &digest), &plain, &mut auth::SystemRandom);
                (true, sealed.map_err(|error| Error::Internal(error.to_string()))?)
            }
        };
        Ok(Kept { digest, size, media_type, sealed, content })
    }

    /// A content by its digest, whoever asks: for what this server sends.
    pub(crate) async fn content(&self, organization: Uuid, digest: &str) -> Result<Vec<u8>> {
        let key = digest.to_owned();
        let found = self.db().read(move |tx| rows::content(tx, organization, &key)).await?;
        let (sealed, content) = found.ok_or_else(Error::not_found)?;
        self.open_content(organization, digest, sealed, content)
    }

    /// Opens what is sealed, with the key or with the one before it while files are being sealed anew.
    fn unsealed(&self, of: Uuid, digest: &str, content: &[u8]) -> Result<Vec<u8>> {
        let config = self.config();
        let keys: Vec<_> = config.file_key.iter().chain(&config.old_file_key).collect();
        if keys.is_empty() {
            let message =
                "This file is sealed, and the server runs without its key. Whoever runs it sets CASELOAD_KEY_FILE.";
            return Err(Error::conflict("key_missing", message));
        }
        let place = place(of, digest);
        let opened = keys.into_iter().find_map(|key| key.open(&place, content).ok());
        opened.ok_or_else(|| Error::Internal(format!("file {digest}: {}", auth::SealError::CannotOpen)))
    }

    pub(crate) fn open_content(&self, of: Uuid, digest: &str, sealed: bool, content: Vec<u8>) -> Result<Vec<u8>> {
        let plain = if sealed { self.unsealed(of, digest, &content)? } else { content };
        let again: String = Sha256::digest(&plain).iter().map(|byte| format!("{byte:02x}")).collect();
        if again == digest { Ok(plain) } else { Err(Error::Internal(format!("file {digest} is damaged"))) }
    }
}

fn content_of(ctx: &Ctx, tx: &mut Tx, digest: &str) -> Result<(bool, Vec<u8>)> {
    let found = rows::content(tx, ctx.org(), digest)?;
    found.ok_or_else(|| Error::Internal(format!("a file without content: {digest}")))
}

impl Kept {
    /// Puts the content where contents lie, if it is not there already.
    pub(crate) fn save(&self, ctx: &Ctx, tx: &mut Tx) -> Result<()> {
        rows::keep(tx, ctx.org(), &self.digest, self.size, self.sealed, &self.content, ctx.now.0)?;
        Ok(())
    }
}

/// An upload, ready to be put somewhere.
pub(crate) struct Brought {
    name: String,
    said: Said,
    kept: Kept,
    thumb: Option<Kept>,
}

/// Writes a picture anew, beside what drives the requests, and few at a time.
async fn anew(bytes: Vec<u8>) -> Result<print::picture::Picture> {
    unpacking("file", move || print::picture::clean(&bytes)).await
}

/// Unpacks a picture that came in this field.
pub(crate) async fn unpacking<T: Send + 'static>(
    field: &'static str,
    unpack: impl FnOnce() -> std::result::Result<T, print::picture::PictureError> + Send + 'static,
) -> Result<T> {
    let place = UNPACKING.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    // The place is given back when the work is done, even if whoever asked has gone by then.
    let work = move || {
        let done = unpack();
        drop(place);
        done
    };
    crate::session::beside(work).await?.map_err(|error| match error {
        print::picture::PictureError::TooLarge => Error::field(
            field,
            "picture_too_large",
            "This picture has more pixels than are looked at. Take a smaller one.",
        ),
        print::picture::PictureError::Unreadable => {
            Error::field(field, "picture_unreadable", "This picture is damaged, or of a kind that is not known here.")
        }
    })
}

/// Puts what was brought on something. Reach and right were asked before.
pub(crate) fn put(ctx: &Ctx, tx: &mut Tx, of: Owner, id: FileId, brought: &Brought) -> Result<FileRow> {
    if rows::of_subject(tx, ctx.org(), of.kind(), of.id(), FILES_MAX as i64)?.len() >= FILES_MAX {
        let message = format!("There are {FILES_MAX} files already. Take one off first.");
        return Err(Error::conflict("too_many_files", message));
    }
    brought.kept.save(ctx, tx)?;
    if let Some(thumb) = &brought.thumb {
        thumb.save(ctx, tx)?;
    }
    let row = FileRow {
        id: id.uuid(),
        subject_kind: of.kind().into(),
        subject_id: of.id(),
        digest: brought.kept.digest.clone(),
        name: brought.name.clone(),
        media_type: brought.kept.media_type.into(),
        size_bytes: brought.kept.size,
        uploaded_by: ctx.actor.id.uuid(),
        uploaded_at: ctx.now.0,
        removed_at: None,
        version: 1,
        kind: brought.said.kind.map(FileKind::as_str).unwrap_or_default().into(),
        patient_data: brought.said.patient_data,
        thumb_digest: brought.thumb.as_ref().map(|thumb| thumb.digest.clone()),
        purged_at: None,
    };
    rows::insert(tx, ctx.org(), &row)?;
    let mut entry = ctx.entry(of.word(Deed::Added)).subject(of.id());
    entry.change(of.id(), "file", None, Some(row.name.clone()));
    entry.append(ctx, tx)?;
    Ok(row)
}

/// Where a content is sealed for: nowhere else does it open.
fn place(organization: Uuid, digest: &str) -> Vec<u8> {
    [organization.as_bytes().as_slice(), digest.as_bytes()].concat()
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
