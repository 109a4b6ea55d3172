//! GS1 element strings: as scanned (with FNC1 separators), as printed (identifiers in brackets), and how to build both.
//! What the fields mean is in [`assemble`].

pub(crate) mod ais;
pub(crate) mod assemble;

use crate::dates::{self, Date};
use crate::parsed::{Rejected, Warning, code};
use crate::text::{GS, Text};
use crate::{MAX_FIELDS, Options, check};
use ais::{Ai, Kind};

/// One field of an element string.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub ai: &'static Ai,
    /// The digits of the identifier.
    pub code: String,
    pub value: String,
    /// As it stands in the code, if that differs from the value.
    pub printed: Option<String>,
}

impl Field {
    pub fn gtin(gtin14: String, printed: &str) -> Option<Self> {
        let ai = ais::get("01")?;
        Some(Self { ai, code: "01".to_owned(), value: gtin14, printed: Some(printed.to_owned()) })
    }

    /// A field whose value has been checked against the shape of its identifier.
    pub fn new(ai: &'static Ai, code: &str, value: String, at: usize) -> Result<Self, Rejected> {
        if ai.patient {
            return Err(Rejected::PatientData);
        }
        check_shape(ai, &value, at)?;
        Ok(Self { ai, code: code.to_owned(), value, printed: None })
    }
}

/// Fields in their order, and what was noticed on the way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    pub list: Vec<Field>,
    pub warnings: Vec<Warning>,
}

impl Fields {
    pub fn push(&mut self, field: Field, at: usize) -> Result<(), Rejected> {
        if self.list.len() == MAX_FIELDS {
            return Err(Rejected::unreadable(format!("more than {MAX_FIELDS} fields"), at));
        }
        self.list.push(field);
        Ok(())
    }

    pub fn warn(&mut self, code: &'static str, message: impl Into<String>) {
        self.warnings.push(Warning::new(code, message));
    }
}

/// Splits what a scanner sends for a GS1 symbol.
pub(crate) fn element_string(text: Text<'_>, options: &Options) -> Result<Fields, Rejected> {
    let is_separator = |c: char| c == GS || Some(c) == options.separator;
    let mut rest = text.trim(|c| c == ' ');
    let mut fields = Fields::default();
    let mut separated = false;
    if rest.get(0).is_some_and(is_separator) {
        fields.warn(code::LEADING_SEPARATOR, "the data starts with a separator");
    }
    loop {
        let skipped = rest.position(|c| !is_separator(c)).unwrap_or(rest.len());
        separated |= skipped > 0 && !fields.list.is_empty() && skipped < rest.len();
        rest = rest.split_at(skipped).1;
        if rest.is_empty() {
            break;
        }
        let at = rest.at(0);
        let (field, tail) = next_field(rest, is_separator)?;
        fields.push(field, at)?;
        rest = tail;
    }
    if fields.list.is_empty() {
        return Err(Rejected::unreadable("there is nothing to read", text.at(0)));
    }
    suspect_missing_separators(&mut fields, separated);
    Ok(fields)
}

fn next_field(rest: Text<'_>, is_separator: impl Fn(char) -> bool) -> Result<(Field, Text<'_>), Rejected> {
    let start = rest.slice(0, 4).to_string();
    let Some((ai, code)) = ais::at_start(&start) else {
        return Err(Rejected::unreadable("no known application identifier here", rest.at(0)));
    };
    if ai.patient {
        return Err(Rejected::PatientData);
    }
    let rest = rest.split_at(code.len()).1;
    let to_separator = rest.position(is_separator).unwrap_or(rest.len());
    let length = if ai.fixed { to_separator.min(ai.lengths().1) } else { to_separator };
    let (value, tail) = rest.split_at(length);
    Ok((Field::new(ai, code, value.to_string(), value.at(0))?, tail))
}

/// Splits the printed form, `(01)…(17)…`.
pub(crate) fn bracketed(text: Text<'_>, options: &Options) -> Result<Fields, Rejected> {
    let text = text.trim(|c| c == ' ');
    let starts = bracketed_identifiers(text, options);
    if starts.iter().any(|(_, _, ai)| ai.patient) {
        return Err(Rejected::PatientData);
    }
    if starts.first().is_none_or(|(from, ..)| *from != 0) {
        return Err(Rejected::unreadable("no known application identifier in brackets here", text.at(0)));
    }
    let mut fields = Fields::default();
    for (i, (from, code, ai)) in starts.iter().enumerate() {
        let end = starts.get(i + 1).map_or(text.len(), |(next, ..)| *next);
        let value = text.slice(from + code.len() + 2, end).trim(|c| c == ' ' || c == GS);
        let mut printed = value.to_string();
        if options.bracket_escape {
            printed = printed.replace("\\(", "(");
        }
        fields.push(Field::new(ai, code, printed, value.at(0))?, text.at(*from))?;
    }
    Ok(fields)
}

/// Every place where a known identifier stands in brackets: where its bracket opens, its digits, what it is.
fn bracketed_identifiers(text: Text<'_>, options: &Options) -> Vec<(usize, String, &'static Ai)> {
    let opens = text.chars().enumerate().filter(|(_, c)| *c == '(').map(|(i, _)| i);
    let identifier = |open: usize| {
        if options.bracket_escape && open > 0 && text.get(open - 1) == Some('\\') {
            return None;
        }
        let inside = text.slice(open + 1, open + 6);
        let code = inside.slice(0, inside.position(|c| c == ')')?).to_string();
        Some((open, ais::get(&code)?, code))
    };
    opens.filter_map(identifier).map(|(open, ai, code)| (open, code, ai)).collect()
}

/// Whether a value has the length and, where digits are asked for, the digits of its identifier. Other characters
/// outside the identifier's set are a matter of warnings.
fn check_shape(ai: &Ai, value: &str, at: usize) -> Result<(), Rejected> {
    let length = value.chars().count();
    let (least, most) = ai.lengths();
    let name = ai.title;
    if length < least {
        return Err(Rejected::unreadable(format!("the {name} is too short, it has at least {least} characters"), at));
    }
    if length > most {
        let reason = format!("the {name} is too long, it has at most {most} characters; a separator may be missing");
        return Err(Rejected::unreadable(reason, at + most));
    }
    if let Some(i) = value.chars().position(char::is_control) {
        return Err(Rejected::unreadable(format!("a control character within the {name}"), at + i));
    }
    let mut rest = value;
    let mut at = at;
    for part in ai.parts {
        if rest.is_empty() && part.optional {
            break;
        }
        let end = rest.char_indices().nth(part.max).map_or(rest.len(), |(i, _)| i);
        let (head, tail) = rest.split_at(end);
        if head.chars().count() < part.min {
            return Err(Rejected::unreadable(format!("the {name} is incomplete"), at));
        }
        if part.kind == Kind::N
            && let Some(i) = head.chars().position(|c| !c.is_ascii_digit())
        {
            return Err(Rejected::unreadable(format!("only digits may stand in the {name}"), at + i));
        }
        at += head.chars().count();
        rest = tail;
    }
    Ok(())
}

/// Keyboard wedges often swallow separators; then the next field hangs on to a value. It is never cut off silently: a
/// lot may look like anything.
fn suspect_missing_separators(fields: &mut Fields, separated: bool) {
    let serial_is_there = fields.list.iter().any(|f| f.code == "21");
    let suspects = |(i, field): (usize, &Field)| {
        let last = i + 1 == fields.list.len();
        let lot_with_serial =
            last && !separated && !serial_is_there && field.code == "10" && hides_a_serial(&field.value);
        !field.ai.fixed && (hides_a_date(&field.value) || lot_with_serial)
    };
    let titles: Vec<&str> = fields.list.iter().enumerate().filter(|f| suspects(*f)).map(|(_, f)| f.ai.title).collect();
    for title in titles {
        fields.warn(code::MISSING_SEPARATOR, format!("the {title} ends in what looks like another field"));
    }
}

/// Whether a value ends in a date field, alone or with another field behind it.
fn hides_a_date(value: &str) -> bool {
    // Any day will do: only whether the date exists matters here.
    let today = Date { year: 2000, month: 1, day: 1 };
    (1..value.len()).any(|i| {
        let Some(tail) = value.get(i..) else { return false };
        let is_date = tail.get(..2).is_some_and(|ai| matches!(ai, "11" | "13" | "15" | "16" | "17"));
        is_date
            && tail.get(2..8).is_some_and(|date| dates::yymmd0(date, today).is_some())
            && tail.get(8..).is_some_and(|more| more.is_empty() || ais::at_start(more).is_some())
    })
}

/// Whether a lot is long enough to be a lot of three or more, `21`, and a serial of four or more. Shorter ones are
/// ordinary lots with these digits in them.
fn hides_a_serial(value: &str) -> bool {
    value.len() >= 12 && value.get(3..value.len() - 4).is_some_and(|middle| middle.contains("21"))
}

/// The fields as a scanner would send them, without symbology identifier: a separator stands behind every field of
/// variable length but the last. `None` if an identifier is unknown, is about a person, or its value does not fit it.
#[must_use]
pub fn element_string_of(fields: &[(&str, &str)]) -> Option<String> {
    let mut out = String::new();
    for (i, (code, value)) in fields.iter().enumerate() {
        let ai = known(code, value)?;
        out.push_str(code);
        out.push_str(value);
        if !ai.fixed && i + 1 < fields.len() {
            out.push(GS);
        }
    }
    Some(out)
}

/// The fields as they are printed below a symbol. `None` as with [`element_string_of`].
#[must_use]
pub fn hri_of(fields: &[(&str, &str)]) -> Option<String> {
    let mut out = String::new();
    for (code, value) in fields {
        known(code, value)?;
        out.push_str(&format!("({code}){value}"));
    }
    Some(out)
}

pub(crate) fn known(code: &str, value: &str) -> Option<&'static Ai> {
    let ai = ais::get(code)?;
    Field::new(ai, code, value.to_owned(), 0).ok().map(|_| ai)
}

/// Whether a value may be printed under this identifier without breaking the standard: length and characters.
#[must_use]
pub fn fits(code: &str, value: &str) -> bool {
    known(code, value).is_some_and(|ai| assemble::foreign_character(ai, value).is_none())
}

/// A GS1 code for an item as a scanner would send it: DI, expiry, lot, serial, with separators (0x1D), without symbology
/// identifier. [`crate::parse`] gives the same values back, provided that they fit their fields (see [`fits`]): they are
/// written as they are, but for control characters, which are left out. A DI of fewer than 14 digits is padded.
#[must_use]
pub fn build_gs1(di: &str, expires: Option<Date>, lot: Option<&str>, serial: Option<&str>) -> String {
    let fields = item_fields(di, expires, lot, serial);
    let mut out = String::new();
    for (i, (code, value)) in fields.iter().enumerate() {
        out.push_str(code);
        out.push_str(value);
        if matches!(*code, "10" | "21") && i + 1 < fields.len() {
            out.push(GS);
        }
    }
    out
}

/// The same as text for people: `(01)…(17)…(10)…(21)…`.
#[must_use]
pub fn build_hri(di: &str, expires: Option<Date>, lot: Option<&str>, serial: Option<&str>) -> String {
    item_fields(di, expires, lot, serial).iter().map(|(code, value)| format!("({code}){value}")).collect()
}

/// DI, expiry, lot and serial as fields, absent and empty ones left out.
pub(crate) fn item_fields(
    di: &str,
    expires: Option<Date>,
    lot: Option<&str>,
    serial: Option<&str>,
) -> Vec<(&'static str, String)> {
    let clean = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
    let date = |d: Date| format!("{:02}{:02}{:02}", d.year.rem_euclid(100), d.month, d.day);
    let fields = [
        ("01", Some(format!("{:0>14}", clean(di)))),
        ("17", expires.map(date)),
        ("10", lot.map(clean)),
        ("21", serial.map(clean)),
    ];
    fields.into_iter().filter_map(|(code, value)| Some((code, value.filter(|v| !v.is_empty())?))).collect()
}

/// A plain number that is a GTIN: 8, 12, 13 or 14 digits, a valid check digit, and a prefix that can be one. GS1 never
/// assigned the prefixes 140 to 199, so that a number such as 17280430 is left to be an expiry date.
pub(crate) fn bare_gtin(text: &str, today: Date) -> Option<String> {
    let gtin = check::gtin14(text)?;
    let prefix = match text.len() {
        8 => text.get(..2),
        13 => text.get(..2),
        14 => text.get(1..3),
        _ => None,
    };
    let unassigned = prefix.is_some_and(|p| ("14"..="19").contains(&p));
    let is_date = text.len() == 8 && matches!(&text[..2], "11" | "13") && dates::yymmd0(&text[2..], today).is_some();
    (!unassigned && !is_date).then_some(gtin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::marks;

    fn read_hri(input: &str) -> Result<Fields, Rejected> {
        bracketed(Text::new(&marks(input, &Options::default()).unwrap()), &Options::default())
    }

    /// G24: texts that are no printed form.
    #[test]
    fn brackets_come_first_and_hold_a_known_identifier() {
        for input in ["aaa(17)221231", "", "17221231", "(1)15210526", "()", "(", "(01", "(9999)1", "(éé)1"] {
            assert!(read_hri(input).is_err(), "{input}");
        }
        assert_eq!(read_hri("  (17)221231 (10) AB \u{1d}").unwrap().list[1].value, "AB");
    }

    #[test]
    fn patient_fields_are_found_wherever_they_stand() {
        for input in ["aaa(8018)1", "(01)1(7253)DOE", "(17)9(90)217(8018)"] {
            assert_eq!(read_hri(input).unwrap_err(), Rejected::PatientData, "{input}");
        }
    }

    #[test]
    fn hidden_dates() {
        for yes in ["SN917280430", "032915210526", "LOT1728043021SER", "A11280400"] {
            assert!(hides_a_date(yes), "{yes}");
        }
        for no in ["17280430", "A213B1", "09040765190", "A17281330", "A17280430XX", "é17é", "12345678901234567890"] {
            assert!(!hides_a_date(no), "{no}");
        }
        assert!(hides_a_serial("LOT1234521SER77"));
        assert!(!hides_a_serial("L21") && !hides_a_serial("123456782100") && !hides_a_serial("éééééééééééé"));
    }

    #[test]
    fn built_strings_refuse_what_does_not_fit() {
        let fields = [("01", "51022222233336"), ("11", "141231"), ("17", "150707"), ("10", "A213B1"), ("21", "1234")];
        assert_eq!(element_string_of(&fields).as_deref(), Some("0151022222233336111412311715070710A213B1\u{1d}211234"));
        assert_eq!(hri_of(&fields).as_deref(), Some("(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234"));
        for (code, value) in
            [("10", ""), ("10", "A\u{1d}B"), ("17", "2804"), ("8018", "123456789012345675"), ("04", "1")]
        {
            assert_eq!(element_string_of(&[(code, value)]), None, "{code}");
        }
        assert!(fits("10", "LOT-1") && !fits("10", "LOT#1") && !fits("10", "123456789012345678901"));
    }

    #[test]
    fn a_number_that_is_a_date_is_no_gtin() {
        let today = Date { year: 2026, month: 1, day: 1 };
        let with_check = |body: &str| format!("{body}{}", check::check_digit(body).unwrap());
        assert!(bare_gtin(&with_check("0234568"), today).is_some());
        assert!(bare_gtin(&with_check("1728043"), today).is_none());
        assert!(bare_gtin(&with_check("172804301012"), today).is_none());
        assert!(bare_gtin(&with_check("1128043"), today).is_none() || with_check("1128043") == "11280439");
        assert!(bare_gtin(&with_check("072804301012"), today).is_some());
    }
}
