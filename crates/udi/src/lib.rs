#![doc = include_str!("../README.md")]

mod check;
mod dates;
pub mod digital_link;
mod gs1;
mod hibc;
mod iccbba;
mod join;
mod parsed;
mod symbol;
mod text;

pub use check::{
    check_digit, check_digit_is_valid, gln_is_valid, gmn_check_pair, gmn_is_valid, gtin14, hibc_check_character,
    iso7064_mod37_2, npi_is_valid, sscc_is_valid,
};
pub use dates::{Date, Precision, UdiDate};
pub use gs1::{build_gs1, build_hri, element_string_of, fits as gs1_value_fits, hri_of};
pub use hibc::{Primary as HibcPrimary, build_hibc, normalised_di as hibc_di, primary as hibc_primary};
pub use parsed::{Agency, Parsed, Rejected, Warning, code};

/// The longest input, in bytes.
pub const MAX_INPUT: usize = 8 * 1024;
/// The most fields a code may have.
pub const MAX_FIELDS: usize = 64;

/// What a reader or a tenant does differently.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// A character that a reader sends in place of the GS1 separator, for example `|`.
    pub separator: Option<char>,
    /// Whether `\(` in a printed form is a bracket that belongs to the value.
    pub bracket_escape: bool,
    /// Whether a Digital Link may hold a GTIN of fewer than 14 digits, as early ones did.
    pub short_gtins: bool,
}

/// Splits one code into fields. `today` decides the century of two-digit years.
///
/// # Errors
/// [`Rejected::PatientData`] if the code is about a person, [`Rejected::Unreadable`] if it cannot be split into fields.
pub fn parse(input: &str, today: Date) -> Result<Parsed, Rejected> {
    parse_all_with(&[input], today, &Options::default())
}

/// [`parse`] for a reader that does things differently.
///
/// # Errors
/// As [`parse`].
pub fn parse_with(input: &str, today: Date, options: &Options) -> Result<Parsed, Rejected> {
    parse_all_with(&[input], today, options)
}

/// Reads all symbols of one label: an HIBC primary with its secondary, GS1 data split over two symbols, a catalog number
/// in a plain symbol. A secondary that links to another primary, and two identifiers of one agency, are refused: they
/// are from two labels.
///
/// # Errors
/// As [`parse`]; the position is the one in the symbol that failed.
pub fn parse_all(inputs: &[&str], today: Date) -> Result<Parsed, Rejected> {
    parse_all_with(inputs, today, &Options::default())
}

/// [`parse_all`] for a reader that does things differently.
///
/// # Errors
/// As [`parse_all`].
pub fn parse_all_with(inputs: &[&str], today: Date, options: &Options) -> Result<Parsed, Rejected> {
    join::parse_all(inputs, today, options)
}

/// Whether a character may stand in a field of a GS1 element string (character set 82).
pub fn is_element_character(c: char) -> bool {
    check::CSET_82.contains(c)
}
