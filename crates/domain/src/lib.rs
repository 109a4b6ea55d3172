//! Words and rules of Caseload: ids, people and reach, custody, events, money. Pure: no I/O, no SQL.

pub mod clock;
pub mod id;
pub mod people;
pub mod stock;
mod wire;
pub mod words;
