//! Fields of accounts as they come in: cleaned, bounded, or refused by name.

use crate::{Error, Result};
use contract::{Address, Contact};
use domain::limits;
use domain::text::{self, TextProblem};

/// Most contacts of one account.
const CONTACTS_MAX: usize = 50;

fn refused(field: &str, problem: TextProblem) -> Error {
    Error::field(field, problem.code(), format!("This {problem}."))
}

/// One line that must be there.
pub fn line(field: &str, text: &str, max: usize) -> Result<String> {
    text::clean_name(text, max).map_err(|problem| refused(field, problem))
}

/// One line that may be empty.
pub fn maybe_line(field: &str, text: &str, max: usize) -> Result<String> {
    let cleaned = text::clean_optional(Some(text), max).map_err(|problem| refused(field, problem))?;
    Ok(cleaned.unwrap_or_default())
}

/// An e-mail address.
pub fn email(field: &str, text: &str) -> Result<String> {
    text::email(text).map_err(|problem| refused(field, problem))
}

/// An e-mail address that may be empty.
pub fn maybe_email(field: &str, text: &str) -> Result<String> {
    if text.trim().is_empty() { Ok(String::new()) } else { email(field, text) }
}

/// A reason in a few lines; may be empty.
pub fn reason(field: &str, text: &str) -> Result<String> {
    text::clean_note(text, limits::REASON_MAX).map_err(|problem| refused(field, problem))
}

/// A postal address.
pub fn address(field: &str, address: &Address) -> Result<Address> {
    let part = |name: &str, text: &str| maybe_line(&format!("{field}.{name}"), text, limits::ADDRESS_LINE_MAX);
    Ok(Address {
        line1: part("line1", &address.line1)?,
        line2: part("line2", &address.line2)?,
        city: part("city", &address.city)?,
        state: part("state", &address.state)?,
        postal_code: part("postal_code", &address.postal_code)?,
        country: part("country", &address.country)?,
    })
}

/// Contacts.
pub fn contacts(field: &str, contacts: &[Contact]) -> Result<Vec<Contact>> {
    if contacts.len() > CONTACTS_MAX {
        return Err(Error::field(field, "too_many", format!("Give at most {CONTACTS_MAX} contacts.")));
    }
    let one = |(place, contact): (usize, &Contact)| {
        let at = |name: &str| format!("{field}[{place}].{name}");
        let receives = contact.receives.iter().take(CONTACTS_MAX);
        Ok(Contact {
            name: maybe_line(&at("name"), &contact.name, limits::NAME_MAX)?,
            role: maybe_line(&at("role"), &contact.role, limits::NAME_MAX)?,
            phone: maybe_line(&at("phone"), &contact.phone, limits::PHONE_MAX)?,
            email: maybe_email(&at("email"), &contact.email)?,
            receives: receives.map(|word| maybe_line(&at("receives"), word, limits::TAG_MAX)).collect::<Result<_>>()?,
        })
    };
    contacts.iter().enumerate().map(one).collect()
}

/// A commission rate in basis points.
pub fn rate(field: &str, rate: i64) -> Result<i64> {
    if (0..=10_000).contains(&rate) {
        return Ok(rate);
    }
    Err(Error::field(field, "invalid_value", "Give a rate from 0 to 10000 basis points (100 %)."))
}

/// JSON for storage.
pub fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))
}
