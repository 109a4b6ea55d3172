//! What a parse gives back, the same for every issuing agency.

use crate::dates::UdiDate;
use std::fmt;

/// Who issued the identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Agency {
    /// GS1.
    Gs1,
    /// Health Industry Business Communications Council.
    Hibcc,
    /// ICCBBA, issuer of ISBT 128.
    Iccbba,
    /// Informationsstelle für Arzneispezialitäten.
    Ifa,
    /// Nobody known.
    None,
}

impl Agency {
    /// `gs1`, `hibcc`, `iccbba`, `ifa` or `none`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gs1 => "gs1",
            Self::Hibcc => "hibcc",
            Self::Iccbba => "iccbba",
            Self::Ifa => "ifa",
            Self::None => "none",
        }
    }
}

/// The codes of [`Warning`].
pub mod code {
    /// A check digit is wrong; the value is kept as it is.
    pub const CHECK_DIGIT: &str = "check_digit";
    /// The check pair of a model number is wrong; the value is kept as it is.
    pub const CHECK_PAIR: &str = "check_pair";
    /// A date does not exist; it is left out of the fields and kept in `others`.
    pub const INVALID_DATE: &str = "invalid_date";
    /// A value holds a character that its standard does not allow.
    pub const CHARACTER_SET: &str = "character_set";
    /// A value is longer than its standard allows.
    pub const TOO_LONG: &str = "too_long";
    /// A value ends in what looks like the next field: the reader may have lost a separator.
    pub const MISSING_SEPARATOR: &str = "missing_separator_suspected";
    /// The data starts with a separator (information).
    pub const LEADING_SEPARATOR: &str = "leading_separator";
    /// Nothing in the code tells what the item is.
    pub const NO_DI: &str = "no_di";
    /// A plain number with a right check digit was taken as a GTIN (information).
    pub const BARE_GTIN: &str = "bare_gtin";
    /// Two fields that exclude each other.
    pub const INVALID_PAIR: &str = "invalid_pair";
    /// A field without the one it belongs to.
    pub const MISSING_PAIR: &str = "missing_pair";
    /// One field twice, with different values: the first counts, the other is in `others`.
    pub const REPEATED_FIELD: &str = "repeated_field";
    /// Two expiry dates that differ: the earlier counts.
    pub const CONFLICTING_DATES: &str = "conflicting_dates";
    /// GS1 data in a symbol that is not marked as GS1.
    pub const NOT_A_GS1_SYMBOL: &str = "not_a_gs1_symbol";
    /// A Digital Link whose qualifiers are not in their order or not in the path.
    pub const QUALIFIER_ORDER: &str = "qualifier_order";
    /// An HIBC supplement that is not known here; it is in `others`.
    pub const UNKNOWN_SUPPLEMENT: &str = "unknown_supplement";
    /// An HIBC date code that is not known; the rest was taken as the lot.
    pub const UNKNOWN_DATE_CODE: &str = "unknown_date_code";
    /// The check character is a space that was lost on the way (information).
    pub const CHECK_SPACE_RESTORED: &str = "check_space_restored";
    /// The code is recognised and kept, its fields are not interpreted.
    pub const NOT_INTERPRETED: &str = "not_interpreted";
    /// A plain text beside the codes of a label was taken as the manufacturer's reference (information).
    pub const PLAIN_REFERENCE: &str = "plain_reference";
    /// Plain texts beside the codes of a label, too many to tell the reference; they are in `others`.
    pub const PLAIN_TEXT: &str = "plain_text";
    /// The label carries an identifier of a second agency; it is in `others`.
    pub const SECOND_IDENTIFIER: &str = "second_identifier";
}

/// Something a person should look at; the data is usable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Warning {
    /// One of [`code`].
    pub code: &'static str,
    /// One sentence for people.
    pub message: String,
}

impl Warning {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Whether this only informs: nothing has to be confirmed by a person.
    #[must_use]
    pub fn is_info(&self) -> bool {
        use code::{BARE_GTIN, CHECK_SPACE_RESTORED, LEADING_SEPARATOR, PLAIN_REFERENCE};
        [BARE_GTIN, CHECK_SPACE_RESTORED, LEADING_SEPARATOR, PLAIN_REFERENCE].contains(&self.code)
    }
}

/// A code split into fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The input, untouched; the inputs of several symbols are joined by a line feed.
    pub raw: String,
    /// The AIM symbology identifier that the reader sent, such as `]d2`.
    pub symbology: Option<String>,
    /// Who issued the identifier.
    pub agency: Agency,
    /// The device identifier in the one form that is compared and looked up: GS1 14 digits; HIBCC labeler, product and
    /// unit of measure, without `+` and check character; ICCBBA 16 characters (10 on blood bags).
    pub di: Option<String>,
    /// The device identifier as it stands in the code.
    pub di_as_printed: Option<String>,
    /// Lot or batch, case kept.
    pub lot: Option<String>,
    /// Serial number, case kept.
    pub serial: Option<String>,
    /// Expiry.
    pub expires: Option<UdiDate>,
    /// Day of manufacture.
    pub manufactured: Option<UdiDate>,
    /// Number of pieces.
    pub quantity: Option<u32>,
    /// The manufacturer's reference (GS1 AI 240, or a plain text on the label).
    pub reference: Option<String>,
    /// All other fields, verbatim, in their order: by application identifier (GS1), data identifier (HIBCC, ICCBBA, IFA).
    pub others: Vec<(String, String)>,
    /// What a person should look at.
    pub warnings: Vec<Warning>,
}

impl Parsed {
    pub(crate) fn new(agency: Agency) -> Self {
        Self {
            raw: String::new(),
            symbology: None,
            agency,
            di: None,
            di_as_printed: None,
            lot: None,
            serial: None,
            expires: None,
            manufactured: None,
            quantity: None,
            reference: None,
            others: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Whether a person should confirm what was read before it is used.
    #[must_use]
    pub fn needs_confirmation(&self) -> bool {
        !self.warnings.iter().all(Warning::is_info)
    }

    /// Whether there is a warning with this code.
    #[must_use]
    pub fn has_warning(&self, code: &str) -> bool {
        self.warnings.iter().any(|w| w.code == code)
    }

    pub(crate) fn warn(&mut self, code: &'static str, message: impl Into<String>) {
        self.warnings.push(Warning::new(code, message));
    }

    pub(crate) fn other(&mut self, key: &str, value: impl Into<String>) {
        self.others.push((key.to_owned(), value.into()));
    }

    fn repeated(&mut self, key: &str, value: impl Into<String>) {
        self.other(key, value);
        self.warn(code::REPEATED_FIELD, format!("the field {key} stands there twice with different values"));
    }

    pub(crate) fn set_lot(&mut self, key: &str, value: &str) {
        if !put(&mut self.lot, value) {
            self.repeated(key, value);
        }
    }

    pub(crate) fn set_serial(&mut self, key: &str, value: &str) {
        if !put(&mut self.serial, value) {
            self.repeated(key, value);
        }
    }

    pub(crate) fn set_reference(&mut self, key: &str, value: &str) {
        if !put(&mut self.reference, value) {
            self.repeated(key, value);
        }
    }

    pub(crate) fn set_quantity(&mut self, key: &str, value: u32) {
        match self.quantity {
            None => self.quantity = Some(value),
            Some(known) if known == value => {}
            Some(_) => self.repeated(key, value.to_string()),
        }
    }

    pub(crate) fn set_expires(&mut self, key: &str, value: &str, date: Option<UdiDate>) {
        let Some(date) = date else { return self.invalid_date(key, value) };
        if !put_date(&mut self.expires, date) {
            self.other(key, value);
            self.warn(code::CONFLICTING_DATES, "two expiry dates differ; the earlier one counts");
        }
    }

    pub(crate) fn set_manufactured(&mut self, key: &str, value: &str, date: Option<UdiDate>) {
        let Some(date) = date else { return self.invalid_date(key, value) };
        if !put_date(&mut self.manufactured, date) {
            self.other(key, value);
            self.warn(code::CONFLICTING_DATES, "two dates of manufacture differ; the earlier one counts");
        }
    }

    pub(crate) fn invalid_date(&mut self, key: &str, value: &str) {
        self.other(key, value);
        self.warn(code::INVALID_DATE, format!("the date in field {key} does not exist"));
    }
}

/// Fills an empty place; false if another value is there already.
fn put(place: &mut Option<String>, value: &str) -> bool {
    place.get_or_insert_with(|| value.to_owned()) == value
}

/// Fills an empty place, or makes a date more exact; of two dates that differ the earlier stays (and false comes back).
fn put_date(place: &mut Option<UdiDate>, new: UdiDate) -> bool {
    let Some(known) = *place else {
        *place = Some(new);
        return true;
    };
    let alike = |a: Option<u8>, b: Option<u8>| a.is_none() || b.is_none() || a == b;
    let same_month = (known.year, known.month) == (new.year, new.month);
    let same = same_month && alike(known.day, new.day) && alike(known.hour, new.hour);
    let better = if same { new.precision < known.precision } else { new.effective() < known.effective() };
    if better {
        *place = Some(new);
    }
    same
}

/// Why an input gives no fields. Neither variant holds anything of the input's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejected {
    /// The code is about a person: a patient's or provider's number, name, birth date, wristband. It must not be stored.
    PatientData,
    /// The input cannot be split into fields.
    Unreadable {
        /// One clause for people.
        reason: String,
        /// Where, in characters from the start of the input, counted from 0.
        position: usize,
    },
}

impl Rejected {
    pub(crate) fn unreadable(reason: impl Into<String>, position: usize) -> Self {
        Self::Unreadable { reason: reason.into(), position }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PatientData => f.write_str("this looks like a patient code"),
            Self::Unreadable { reason, position } => {
                write!(f, "{reason} (at character {})", position.saturating_add(1))
            }
        }
    }
}

impl std::error::Error for Rejected {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::{Date, Precision};

    fn date(year: i32, month: u8, day: u8) -> UdiDate {
        Date::new(year, month, day).unwrap().into()
    }

    #[test]
    fn a_day_sharpens_its_month_and_an_earlier_date_wins() {
        let month = UdiDate { year: 2027, month: 4, day: None, hour: None, precision: Precision::Month };
        let mut parsed = Parsed::new(Agency::Hibcc);
        parsed.set_expires("a", "", Some(month));
        parsed.set_expires("b", "", Some(date(2027, 4, 12)));
        parsed.set_expires("c", "", Some(month));
        assert_eq!((parsed.expires, parsed.warnings.len()), (Some(date(2027, 4, 12)), 0));
        parsed.set_expires("d", "x", Some(date(2026, 4, 12)));
        parsed.set_expires("e", "y", Some(date(2028, 4, 12)));
        assert_eq!(parsed.expires, Some(date(2026, 4, 12)));
        assert_eq!(parsed.warnings.len(), 2);
    }

    #[test]
    fn the_first_of_two_values_counts_and_none_is_lost() {
        let mut parsed = Parsed::new(Agency::Gs1);
        parsed.set_lot("10", "A");
        parsed.set_lot("10", "A");
        assert!(parsed.warnings.is_empty());
        parsed.set_lot("10", "B");
        assert_eq!(parsed.lot.as_deref(), Some("A"));
        assert_eq!(parsed.others, [("10".to_owned(), "B".to_owned())]);
        assert!(parsed.needs_confirmation());
    }
}
