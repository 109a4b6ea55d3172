//! What comes in is cleaned here; what changed is told to the journal.

use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::{Address, Contact, ListParams};
use domain::id::Kind;
use domain::limits;
use domain::text::{self, TextProblem};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A field that is not taken, with a sentence.
fn refused(field: &str, problem: TextProblem) -> Error {
    let words = field.replace('_', " ");
    let mut label: String = words.chars().take(1).flat_map(char::to_uppercase).collect();
    label.extend(words.chars().skip(1));
    Error::field(field, problem.code(), format!("{label} {problem}."))
}

/// A name: one line, not empty.
pub(crate) fn clean_name(field: &str, name: &str, max: usize) -> Result<String> {
    text::clean_name(name, max).map_err(|problem| refused(field, problem))
}

/// One line that may be empty.
pub(crate) fn clean_text(field: &str, value: &str, max: usize) -> Result<String> {
    let cleaned = text::clean_optional(Some(value), max).map_err(|problem| refused(field, problem))?;
    Ok(cleaned.unwrap_or_default())
}

/// An e-mail address that may be empty.
pub(crate) fn clean_email(field: &str, value: &str) -> Result<String> {
    match text::email(value) {
        Ok(address) => Ok(address),
        Err(TextProblem::Empty) => Ok(String::new()),
        Err(problem) => Err(refused(field, problem)),
    }
}

/// A National Provider Identifier (ISO/IEC 7812 check digit over 80840 and the nine digits), or nothing.
pub(crate) fn clean_npi(value: &str) -> Result<String> {
    let digits: String = value.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if digits.is_empty() || udi::npi_is_valid(&digits) {
        return Ok(digits);
    }
    Err(Error::field("npi", "invalid_npi", "A National Provider Identifier has ten digits; one of these is wrong."))
}

/// Cleans the fields that records of the directory share.
pub(crate) struct Cleaner;

impl Cleaner {
    /// A note of several lines.
    pub fn note(field: &str, value: &str) -> Result<String> {
        text::clean_note(value, limits::NOTE_MAX).map_err(|problem| refused(field, problem))
    }

    /// An address, as JSON.
    pub fn address(field: &str, address: Address) -> Result<String> {
        let line = |name: &str, value: &str| clean_text(&format!("{field}.{name}"), value, limits::ADDRESS_LINE_MAX);
        let cleaned = Address {
            line1: line("line1", &address.line1)?,
            line2: line("line2", &address.line2)?,
            city: line("city", &address.city)?,
            state: line("state", &address.state)?,
            postal_code: line("postal_code", &address.postal_code)?,
            country: line("country", &address.country)?,
        };
        json(&cleaned)
    }

    /// Contacts, as JSON.
    pub fn contacts(contacts: Vec<Contact>) -> Result<String> {
        if contacts.len() > 100 {
            return Err(Error::field("contacts", "too_many", "Keep at most 100 contacts."));
        }
        let mut cleaned = Vec::with_capacity(contacts.len());
        for (n, contact) in contacts.into_iter().enumerate() {
            let field = |name: &str| format!("contacts[{n}].{name}");
            cleaned.push(Contact {
                name: clean_text(&field("name"), &contact.name, limits::NAME_MAX)?,
                role: clean_text(&field("role"), &contact.role, limits::NAME_MAX)?,
                phone: clean_text(&field("phone"), &contact.phone, limits::PHONE_MAX)?,
                email: clean_email(&field("email"), &contact.email)?,
                receives: receives(&field("receives"), contact.receives)?,
            });
        }
        json(&cleaned)
    }

    /// Tags, each once, as JSON.
    pub fn tags(tags: Vec<String>) -> Result<String> {
        let mut cleaned: Vec<String> = Vec::new();
        for (n, tag) in tags.iter().enumerate() {
            let tag = clean_name(&format!("tags[{n}]"), tag, limits::TAG_MAX)?;
            if !cleaned.contains(&tag) {
                cleaned.push(tag);
            }
        }
        if cleaned.len() > limits::TAGS_MAX {
            return Err(Error::field("tags", "too_many", format!("Keep at most {} tags.", limits::TAGS_MAX)));
        }
        json(&cleaned)
    }

    /// Tax numbers, each once, as JSON.
    pub fn tax_ids(ids: &[String]) -> Result<String> {
        if ids.len() > 20 {
            return Err(Error::field("tax_ids", "too_many", "Keep at most 20 tax numbers."));
        }
        let mut cleaned: Vec<String> = Vec::new();
        for (n, id) in ids.iter().enumerate() {
            let id = clean_name(&format!("tax_ids[{n}]"), id, limits::CODE_MAX)?;
            if !cleaned.contains(&id) {
                cleaned.push(id);
            }
        }
        json(&cleaned)
    }

    /// Fields of one's own, as JSON; a field without a value is left out.
    pub fn custom(fields: BTreeMap<String, String>) -> Result<String> {
        if fields.len() > 50 {
            return Err(Error::field("custom", "too_many", "Keep at most 50 fields of your own."));
        }
        let mut cleaned = BTreeMap::new();
        for (name, value) in fields {
            let name = clean_name("custom", &name, limits::CODE_MAX)?;
            let value = clean_text(&format!("custom.{name}"), &value, limits::REASON_MAX)?;
            if !value.is_empty() {
                cleaned.insert(name, value);
            }
        }
        json(&cleaned)
    }

    /// Numbers in other systems, as JSON.
    pub fn external_ids(ids: BTreeMap<String, String>) -> Result<String> {
        if ids.len() > 20 {
            return Err(Error::field("external_ids", "too_many", "Keep numbers of at most 20 systems."));
        }
        let mut cleaned = BTreeMap::new();
        for (system, id) in ids {
            let system = clean_name("external_ids", &system, limits::CODE_MAX)?;
            let id = clean_name(&format!("external_ids.{system}"), &id, limits::NAME_MAX)?;
            cleaned.insert(system, id);
        }
        json(&cleaned)
    }
}

/// A number in another system belongs to one customer, or to one location. `kind`: cus or loc.
pub(crate) fn free_external_ids(
    ctx: &Ctx,
    tx: &mut store::Tx,
    kind: &str,
    own: Uuid,
    ids: &BTreeMap<String, String>,
) -> Result<()> {
    for (system, id) in ids {
        let owner = store::directory::beside::external_owner(tx, ctx.org(), kind, system.trim(), id)?;
        if owner.is_some_and(|owner| owner != own) {
            let message = format!("The number {id} of {system} belongs to another one already.");
            return Err(Error::conflict("external_id_taken", message));
        }
    }
    Ok(())
}

fn receives(field: &str, kinds: Vec<String>) -> Result<Vec<String>> {
    const KNOWN: &[&str] = &["order", "invoice", "recall", "statement"];
    match kinds.iter().find(|kind| !KNOWN.contains(&kind.as_str())) {
        None => Ok(kinds),
        Some(_) => Err(Error::field(field, "invalid_value", format!("A contact receives {}.", KNOWN.join(", ")))),
    }
}

/// What is kept as JSON in a text.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))
}

/// An archive switch: when it was archived, after the change.
pub(crate) fn archive(ctx: &Ctx, wanted: Option<bool>, before: Option<i64>) -> Option<i64> {
    match wanted {
        None => before,
        Some(true) => before.or(Some(ctx.now.0)),
        Some(false) => None,
    }
}

/// An id as the journal and people see it.
pub(crate) fn printed<K: Kind>(id: Option<Uuid>) -> Option<String> {
    id.map(|id| domain::id::Id::<K>::from_uuid(id).to_string())
}

/// Tells the journal which fields differ between two objects; gives whether any does.
pub(crate) fn note_changes(draft: &mut Draft, subject: Uuid, before: &Value, after: &Value) -> bool {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else { return false };
    let mut any = false;
    for (field, new) in after {
        let old = before.get(field).unwrap_or(&Value::Null);
        if old != new {
            any = true;
            draft.change(subject, field, words(old), words(new));
        }
    }
    any
}

/// A value as the journal keeps it; nothing for null and for empty text and lists.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() || text == "[]" || text == "{}" => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(list) if list.is_empty() => None,
        other => Some(other.to_string()),
    }
}

/// The words of `q=` that are looked at.
pub(crate) fn words_of(params: &ListParams) -> Result<Vec<String>> {
    search_words(params.q.as_deref().unwrap_or_default())
}

/// The words of a text to search for; nothing that could be found stands for a search that finds nothing.
pub(crate) fn search_words(text: &str) -> Result<Vec<String>> {
    if text.chars().count() > limits::SEARCH_MAX {
        let message = format!("Search for at most {} characters.", limits::SEARCH_MAX);
        return Err(Error::field("q", "too_long", message));
    }
    let mut words = text::tokens(text);
    words.truncate(limits::SEARCH_TOKENS_MAX);
    if words.is_empty() && !text.trim().is_empty() {
        // Punctuation alone: no stored word begins with it.
        words.push("\u{1}".to_owned());
    }
    Ok(words)
}
