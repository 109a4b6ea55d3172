//! Paper and files: PDF, XLSX, CSV, iCalendar.
//!
//! Callers hand over plain values, already decided, worded and permitted; this room only lays them out, or reads a file that
//! somebody uploaded as untrusted input.

pub mod books;
pub mod code;
pub mod document;
pub mod ics;
pub mod label;
pub mod pdf_text;
pub mod photo;
pub mod picture;
pub mod read;
pub mod table;

mod civil;
mod formula;
mod type_setting;

pub use read::{ReadError, read};
