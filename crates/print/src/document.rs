//! Documents on paper: sales orders, invoices, delivery notes, in one calm layout, as PDF.
//!
//! The caller gives words, already in the reader's language, amounts as they are to be read; here they find their places:
//! who sells, who buys, the facts, a table whose head is repeated on every page, sums, notes, signatures. The result is
//! PDF/A-2a (PDF/A-3a when it carries a file) and PDF/UA-1 (to be kept, and to be read aloud) unless a text holds characters for which no letter shape is at
//! hand; then it is the same page without that promise. The same document gives the same bytes.

mod draw;
mod layout;

use thiserror::Error;

/// What kind of document it is; gives its title and the words around it in English.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// What was used or delivered, with prices; the customer's purchase order answers it.
    SalesOrder,
    /// What is to be paid.
    Invoice,
    /// What was handed over, usually without prices.
    DeliveryNote,
    /// What would be delivered for which price.
    Quote,
    /// What is given back of an invoice.
    CreditNote,
    /// What was billed and paid over a time, and what is owed.
    Statement,
}

impl Kind {
    /// Its name in English.
    pub const fn title(self) -> &'static str {
        match self {
            Self::SalesOrder => "Sales order",
            Self::Invoice => "Invoice",
            Self::DeliveryNote => "Delivery note",
            Self::Quote => "Quote",
            Self::CreditNote => "Credit memo",
            Self::Statement => "Statement of account",
        }
    }
}

/// The size of the sheets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Paper {
    /// 210 by 297 mm (ISO 216).
    #[default]
    A4,
    /// 8.5 by 11 inches.
    Letter,
}

impl Paper {
    /// Width and height in points.
    pub const fn size(self) -> (f32, f32) {
        match self {
            Self::A4 => (595.28, 841.89),
            Self::Letter => (612.0, 792.0),
        }
    }
}

/// The fixed words on a page, in the language of the document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    /// The language itself, as a tag (BCP 47), for reading aloud.
    pub language: String,
    /// The document's name in large letters.
    pub title: String,
    /// With `{n}`: "Revision {n}".
    pub revision: String,
    /// With `{page}` and `{pages}`: "Page {page} of {pages}".
    pub page: String,
    /// Above the notes.
    pub notes: String,
    /// Above the signatures.
    pub signatures: String,
    /// Describes the code to those who cannot see it.
    pub code: String,
}

impl Words {
    /// English.
    pub fn english(kind: Kind) -> Self {
        Self {
            language: "en".to_owned(),
            title: kind.title().to_owned(),
            revision: "Revision {n}".to_owned(),
            page: "Page {page} of {pages}".to_owned(),
            notes: "Notes".to_owned(),
            signatures: "Signatures".to_owned(),
            code: "Code that leads to this document".to_owned(),
        }
    }
}

/// One side of the business.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Party {
    /// What it is: "From", "Bill to".
    pub heading: String,
    /// Its name.
    pub name: String,
    /// Address, account number, tax number, a line each.
    pub lines: Vec<String>,
}

/// How a column is set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ColumnKind {
    /// Words; takes the room that the others leave. The detail of a line stands below the first of these.
    Text,
    /// Identifiers; as wide as the longest, within reason.
    Code,
    /// Numbers and amounts, to the right.
    Number,
}

/// A column of the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its head.
    pub label: String,
    /// How it is set.
    pub kind: ColumnKind,
}

impl Column {
    /// A column.
    pub fn new(label: impl Into<String>, kind: ColumnKind) -> Self {
        Self { label: label.into(), kind }
    }
}

/// A row of the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Line {
    /// A heading over the lines that follow: a manufacturer, a set.
    Group(String),
    /// Something sold or delivered.
    Item {
        /// One text a column; missing ones are empty.
        cells: Vec<String>,
        /// Smaller lines below the words: lot, serial number, device identifier.
        details: Vec<String>,
    },
}

/// A line below the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Total {
    /// "Subtotal", "Total".
    pub label: String,
    /// The amount with its currency.
    pub amount: String,
    /// The one that counts.
    pub is_grand: bool,
}

impl Total {
    /// A sum on the way.
    pub fn new(label: impl Into<String>, amount: impl Into<String>) -> Self {
        Self { label: label.into(), amount: amount.into(), is_grand: false }
    }

    /// The sum that counts.
    pub fn grand(label: impl Into<String>, amount: impl Into<String>) -> Self {
        Self { is_grand: true, ..Self::new(label, amount) }
    }
}

/// Who signed, or is to sign.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Signature {
    /// For whom: "For the hospital", "Received by".
    pub role: String,
    /// The name as typed; empty leaves room to write.
    pub name: String,
    /// When, as it is to be read.
    pub signed_at: String,
    /// The drawn signature: strokes of points (x to the right, y down), in any unit.
    pub strokes: Vec<Vec<(f32, f32)>>,
}

/// A document, worded and added up.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    /// What it is.
    pub kind: Kind,
    /// Its number, large.
    pub number: String,
    /// Its edition, said from the second on.
    pub revision: u32,
    /// Its standing when that must not be overlooked: "Draft", "Cancelled", "Superseded".
    pub standing: Option<String>,
    /// What it is about, a line each, below the number.
    pub title_lines: Vec<String>,
    /// Who sells.
    pub seller: Party,
    /// Who buys.
    pub buyer: Party,
    /// Facts: what, and its value.
    pub meta: Vec<(String, String)>,
    /// The columns of the table.
    pub columns: Vec<Column>,
    /// Its rows.
    pub lines: Vec<Line>,
    /// Below it, to the right.
    pub totals: Vec<Total>,
    /// Paragraphs below that.
    pub notes: Vec<String>,
    /// At the end.
    pub signatures: Vec<Signature>,
    /// At the foot of every page: company, bank, terms.
    pub legal_footer: Vec<String>,
    /// An address to print as a QR code (ISO/IEC 18004).
    pub qr: Option<String>,
    /// The sheets.
    pub paper: Paper,
    /// The fixed words.
    pub words: Words,
    /// When it was issued, microseconds since 1970, UTC; goes into the file's properties.
    pub issued_at: i64,
    /// The same in a form that programs read, carried inside the file.
    pub attachment: Option<Attachment>,
}

/// A file that a document carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type: `text/xml`.
    pub media_type: &'static str,
    /// What it is, for whoever opens the document.
    pub description: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Document {
    /// An empty document in English on A4.
    pub fn new(kind: Kind, number: impl Into<String>) -> Self {
        Self {
            kind,
            number: number.into(),
            revision: 1,
            standing: None,
            title_lines: Vec::new(),
            seller: Party::default(),
            buyer: Party::default(),
            meta: Vec::new(),
            columns: Vec::new(),
            lines: Vec::new(),
            totals: Vec::new(),
            notes: Vec::new(),
            signatures: Vec::new(),
            legal_footer: Vec::new(),
            qr: None,
            paper: Paper::A4,
            words: Words::english(kind),
            issued_at: 0,
            attachment: None,
        }
    }

    /// The name for a file: the number with nothing in it that a file system minds.
    pub fn file_name(&self) -> String {
        let kept = |c: char| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
        let number: String = self.number.chars().map(kept).take(80).collect();
        let number = number.trim_matches('-');
        if number.is_empty() { "document.pdf".to_owned() } else { format!("{number}.pdf") }
    }
}

/// A document that could not be set.
#[derive(Debug, Error)]
#[error("the document could not be made: {0}")]
pub struct PrintError(String);

impl PrintError {
    /// What the writer of the file says.
    pub(crate) fn of(error: impl std::fmt::Debug) -> Self {
        Self(format!("{error:?}"))
    }
}

/// Sets a document and gives the PDF.
pub fn pdf(document: &Document) -> Result<Vec<u8>, PrintError> {
    let layout = layout::Layout::new(document);
    // Strict first: a check of the standards for archives and accessibility is part of writing.
    draw::write(document, &layout, draw::Promise::Archival)
        .or_else(|_| draw::write(document, &layout, draw::Promise::None))
        .map_err(|error| PrintError(format!("{error:?}")))
}

#[cfg(test)]
mod tests;
