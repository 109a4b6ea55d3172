//! Files for other people's books: tab-separated transactions, tables for imports, a table of postings, electronic invoices.
//!
//! The caller hands over entries with every name and account already chosen; here they only take the shape that the other
//! program reads. The same entries give the same bytes.

mod iif;
mod tables;
mod ubl;

pub use ubl::invoice as electronic_invoice;

use std::io::{Cursor, Write};
use thiserror::Error;

/// For which program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// One file of tab-separated transactions.
    Iif,
    /// Tables for the online program.
    Quickbooks,
    /// Tables with external ids.
    Netsuite,
    /// One table of postings.
    Ledger,
    /// An archive with one XML for each document.
    Ubl,
}

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryKind {
    /// An invoice.
    Invoice,
    /// A credit memo.
    CreditMemo,
    /// An invoice that was sent out and is void: written as what takes it back.
    Void,
    /// Money that came in.
    Payment,
    /// Money that was given back.
    Refund,
}

/// What a part of an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PartKind {
    /// Units of one price.
    Item,
    /// Tax.
    Tax,
    /// Something taken off.
    Allowance,
    /// Something added.
    Charge,
}

/// One side of the business.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Party {
    /// Name.
    pub name: String,
    /// Account number.
    pub number: String,
    /// Lines of the street address.
    pub lines: Vec<String>,
    /// Town.
    pub city: String,
    /// Postal code.
    pub postal_code: String,
    /// State.
    pub state: String,
    /// ISO 3166-1, two letters; empty when it is not known.
    pub country: String,
    /// Number for tax.
    pub tax_number: String,
    /// Number in a register of companies.
    pub registration: String,
}

/// A part of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Its name in the other program.
    pub item: String,
    /// In words.
    pub description: String,
    /// How many.
    pub quantity: i64,
    /// Of one, minor units.
    pub price: i64,
    /// As it enters the total, minor units: below zero for what is taken off.
    pub amount: i64,
    /// Where it is booked.
    pub account: String,
}

/// A posting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posting {
    /// Account.
    pub account: String,
    /// Above zero debit, below zero credit, minor units.
    pub amount: i64,
    /// What for.
    pub text: String,
}

/// A document on its way out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Its number there: unique within its kind.
    pub number: String,
    /// Its day, since 1970-01-01.
    pub on: i32,
    /// When it is to be paid.
    pub due_on: Option<i32>,
    /// The customer's name there.
    pub customer: String,
    /// The customer with its address.
    pub buyer: Party,
    /// Minor units, above zero.
    pub total: i64,
    /// The invoice that it is about.
    pub applies_to: String,
    /// Of a payment.
    pub reference: String,
    /// When to pay, in words.
    pub terms: String,
    /// The customer's order.
    pub purchase_order: String,
    /// A remark.
    pub memo: String,
    /// Account of what customers owe.
    pub receivable: String,
    /// Account of money.
    pub bank: String,
    /// The day on which it was used or delivered.
    pub delivered_on: Option<i32>,
    /// Where.
    pub place: String,
    /// What it is made of.
    pub parts: Vec<Part>,
    /// How it is booked.
    pub postings: Vec<Posting>,
    /// Facts under names of the other program.
    pub fields: Vec<(String, String)>,
}

/// Entries of one organisation in one currency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Books {
    /// ISO 4217.
    pub currency: String,
    /// Digits behind the point.
    pub exponent: u8,
    /// Whose.
    pub seller: Party,
    /// The entries, in order.
    pub entries: Vec<Entry>,
}

/// A file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A file could not be written.
#[derive(Debug, Error)]
pub enum BooksError {
    /// A table.
    #[error("a table could not be written")]
    Table(#[from] crate::table::TableError),
    /// An archive.
    #[error("an archive could not be written")]
    Archive(#[from] zip::result::ZipError),
    /// Anything else.
    #[error("a file could not be written")]
    Io(#[from] std::io::Error),
}

/// The files of a shape. Empty tables are left out.
///
/// # Errors
/// When the memory that they are written to refuses them.
pub fn files(books: &Books, shape: Shape) -> Result<Vec<File>, BooksError> {
    match shape {
        Shape::Iif => Ok(vec![iif::file(books)]),
        Shape::Quickbooks => tables::quickbooks(books),
        Shape::Netsuite => tables::netsuite(books),
        Shape::Ledger => tables::ledger(books),
        Shape::Ubl => archive(books),
    }
}

/// One XML for each document, in an archive without times, so that it is the same whenever it is made.
fn archive(books: &Books) -> Result<Vec<File>, BooksError> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let plain = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default());
    for entry in &books.entries {
        zip.start_file(format!("{}.xml", file_stem(&entry.number)), plain)?;
        zip.write_all(ubl::invoice(books, entry).as_bytes())?;
    }
    let bytes = zip.finish()?.into_inner();
    Ok(vec![File { name: "electronic-invoices.zip".to_owned(), media_type: "application/zip", bytes }])
}

/// A number as the name of a file.
pub fn file_stem(number: &str) -> String {
    number.chars().map(|it| if it.is_ascii_alphanumeric() || it == '-' { it } else { '_' }).collect()
}

/// `1234.56`: minor units with so many digits behind the point.
fn decimal(minor: i64, exponent: u8) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let unit = 10u64.pow(u32::from(exponent));
    let (whole, rest) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    if exponent == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0width$}", width = exponent.into())
    }
}

/// `2026-11-22`.
fn iso(day: i32) -> String {
    let (year, month, day) = crate::civil::from_days(i64::from(day));
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An invoice with everything, and the money that came for it.
    pub(super) fn sample(exponent: u8) -> Books {
        let part = |kind, item: &str, quantity, price, amount, account: &str| Part {
            kind,
            item: item.to_owned(),
            description: format!("{item}, \"steel\" & more"),
            quantity,
            price,
            amount,
            account: account.to_owned(),
        };
        let posting = |account: &str, amount| Posting { account: account.to_owned(), amount, text: "x".to_owned() };
        let invoice = Entry {
            kind: EntryKind::Invoice,
            number: "INV-000001".to_owned(),
            on: 20_779,
            due_on: Some(20_809),
            customer: "Mercy Health".to_owned(),
            buyer: Party {
                name: "Mercy Health".into(),
                country: "US".into(),
                city: "Chicago".into(),
                ..Party::default()
            },
            total: 214_500,
            applies_to: String::new(),
            reference: String::new(),
            terms: "Net 30".to_owned(),
            purchase_order: "PO-7".to_owned(),
            memo: "EV-000001".to_owned(),
            receivable: "Accounts Receivable".to_owned(),
            bank: "Undeposited Funds".to_owned(),
            delivered_on: Some(20_778),
            place: "Mercy Main".to_owned(),
            parts: vec![
                part(PartKind::Item, "CUP-52", 2, 100_000, 200_000, "Sales"),
                part(PartKind::Charge, "Freight", 1, 4_500, 4_500, "Freight Income"),
                part(PartKind::Tax, "Sales tax", 1, 20_000, 20_000, "Sales Tax Payable"),
                part(PartKind::Allowance, "Discounts", 1, -10_000, -10_000, "Sales Discounts"),
            ],
            postings: vec![
                posting("Accounts Receivable", 214_500),
                posting("Sales", -200_000),
                posting("Freight Income", -4_500),
                posting("Sales Tax Payable", -20_000),
                posting("Sales Discounts", 10_000),
            ],
            fields: vec![("CLASS".to_owned(), "West".to_owned()), ("PONUM".to_owned(), "PO-7".to_owned())],
        };
        let payment = Entry {
            kind: EntryKind::Payment,
            number: "PAY-1".to_owned(),
            total: 214_500,
            due_on: None,
            applies_to: "INV-000001".to_owned(),
            reference: "wire 5".to_owned(),
            parts: Vec::new(),
            postings: vec![posting("Undeposited Funds", 214_500), posting("Accounts Receivable", -214_500)],
            fields: Vec::new(),
            ..invoice.clone()
        };
        let seller = Party { name: "Northlake Ortho".to_owned(), country: "US".to_owned(), ..Party::default() };
        Books { currency: "USD".to_owned(), exponent, seller, entries: vec![invoice, payment] }
    }

    #[test]
    fn amounts_and_days_are_written_plainly() {
        assert_eq!(
            (decimal(-5, 2), decimal(123_456, 2), decimal(7, 0), decimal(1_005, 3)),
            ("-0.05".into(), "1234.56".into(), "7".into(), "1.005".into())
        );
        assert_eq!(decimal(i64::MIN, 2), "-92233720368547758.08");
        assert_eq!(iso(0), "1970-01-01");
        assert_eq!(file_stem("INV/1 b"), "INV_1_b");
    }

    #[test]
    fn the_same_entries_give_the_same_bytes() {
        for shape in [Shape::Iif, Shape::Quickbooks, Shape::Netsuite, Shape::Ledger, Shape::Ubl] {
            assert_eq!(files(&sample(2), shape).unwrap(), files(&sample(2), shape).unwrap());
        }
    }
}
