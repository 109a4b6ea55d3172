//! Labels of units: what a UDI says, and whether it agrees with what somebody typed.

use crate::{Ctx, Error, Result};
use domain::clock::Day;
use domain::limits;
use domain::text::{TextProblem, clean_name, clean_note, clean_optional, fold};
use udi::{Parsed, Rejected};

/// A day as the label reader counts.
pub(crate) fn udi_date(day: Day) -> udi::Date {
    let civil = day.civil();
    let date = udi::Date::new(i32::from(civil.year()), civil.month().unsigned_abs(), civil.day().unsigned_abs());
    date.expect("every civil day exists")
}

/// A label's date as a day: the last of the month where the label names none.
pub(crate) fn day_of(date: udi::UdiDate) -> Option<Day> {
    Day::parse(&date.effective().to_string())
}

/// Reads the symbols of one label. What cannot be split into fields, and what is about a patient, is refused; nothing of it
/// is in the message.
pub(crate) fn read(ctx: &Ctx, field: &str, symbols: &[&str]) -> Result<Parsed> {
    if symbols.iter().any(|symbol| symbol.chars().count() > limits::BARCODE_MAX) {
        let message = format!("A barcode holds at most {} characters.", limits::BARCODE_MAX);
        return Err(Error::field(field, "barcode_rejected", message));
    }
    udi::parse_all(symbols, udi_date(ctx.today())).map_err(|rejected| match rejected {
        Rejected::PatientData => Error::field(
            field,
            "barcode_holds_patient_data",
            "This looks like a patient code. Nothing of it was kept. Scan the label of the device instead.",
        ),
        unreadable @ Rejected::Unreadable { .. } => {
            Error::field(field, "barcode_rejected", format!("This is no device label that can be read: {unreadable}."))
        }
    })
}

/// What a label says about one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub di: Option<String>,
    pub lot: Option<String>,
    pub serial: Option<String>,
    pub expires_on: Option<Day>,
    pub manufactured_on: Option<Day>,
}

impl From<Parsed> for Said {
    fn from(parsed: Parsed) -> Self {
        Self {
            di: parsed.di,
            lot: parsed.lot,
            serial: parsed.serial,
            expires_on: parsed.expires.and_then(day_of),
            manufactured_on: parsed.manufactured.and_then(day_of),
        }
    }
}

impl Said {
    /// 422 where the label says something else than what was typed.
    pub fn agree(&self, lot: &str, serial: &str, expires_on: Option<Day>) -> Result<()> {
        let wrong = |field: &str, said: &str| {
            Err(Error::field(field, "udi_mismatch", format!("The UDI says {said}. Correct one of the two.")))
        };
        match self {
            Self { lot: Some(said), .. } if said != lot => wrong("lot", said),
            Self { serial: Some(said), .. } if said != serial => wrong("serial", said),
            Self { expires_on: Some(said), .. } if Some(*said) != expires_on => wrong("expires_on", &said.to_string()),
            _ => Ok(()),
        }
    }
}

fn problem(field: &str, problem: TextProblem) -> Error {
    Error::field(field, problem.code(), format!("This {problem}."))
}

/// One line of text that may be empty.
pub(crate) fn line(field: &str, text: Option<&str>, max: usize) -> Result<String> {
    clean_optional(text, max).map(Option::unwrap_or_default).map_err(|it| problem(field, it))
}

/// One line of text that must not be empty.
pub(crate) fn required(field: &str, text: &str, max: usize) -> Result<String> {
    clean_name(text, max).map_err(|it| problem(field, it))
}

/// Text of several lines.
pub(crate) fn note(field: &str, text: &str) -> Result<String> {
    clean_note(text, limits::NOTE_MAX).map_err(|it| problem(field, it))
}

/// A reason that must be given.
pub(crate) fn reason(text: &str) -> Result<String> {
    let text = clean_note(text, limits::REASON_MAX).map_err(|it| problem("reason", it))?;
    if text.is_empty() { Err(Error::field("reason", "required", "Say why.")) } else { Ok(text) }
}

/// Tags, each once; and the folded keys under which they are found.
pub(crate) fn tags(tags: &[String]) -> Result<(Vec<String>, Vec<String>)> {
    let (mut kept, mut keys) = (Vec::new(), Vec::new());
    for tag in tags {
        let tag = required("tags", tag, limits::TAG_MAX)?;
        let key = fold(&tag);
        if !keys.contains(&key) {
            kept.push(tag);
            keys.push(key);
        }
    }
    if kept.len() > limits::TAGS_MAX {
        let message = format!("Give at most {} tags.", limits::TAGS_MAX);
        return Err(Error::field("tags", "too_many", message));
    }
    Ok((kept, keys))
}

/// Tags as stored.
pub(crate) fn stored_tags(tags: &[String]) -> String {
    serde_json::to_string(tags).unwrap_or_else(|_| "[]".to_owned())
}

/// Tags as they were typed.
pub(crate) fn shown_tags(stored: &str) -> Vec<String> {
    // Most units have none: that one is worth a short way.
    if stored == "[]" { Vec::new() } else { serde_json::from_str(stored).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_and_what_was_typed_must_agree() {
        let said = Said { lot: Some("A1".into()), expires_on: Day::parse("2028-04-30"), ..Said::default() };
        assert!(said.agree("A1", "", Day::parse("2028-04-30")).is_ok());
        // Case is significant on labels.
        assert!(matches!(said.agree("a1", "", said.expires_on), Err(Error::Invalid { code: "udi_mismatch", .. })));
        assert!(said.agree("A1", "", None).is_err());
        assert!(said.agree("A1", "S9", said.expires_on).is_ok());
    }

    #[test]
    fn tags_are_kept_once_whatever_their_spelling() {
        let (kept, keys) = tags(&["Loaner ".into(), "loaner".into(), "Ängstlich".into()]).unwrap();
        assert_eq!(
            (kept, keys),
            (vec!["Loaner".into(), "Ängstlich".into()], vec!["loaner".into(), "angstlich".into()])
        );
        assert!(tags(&[" ".into()]).is_err());
    }
}
