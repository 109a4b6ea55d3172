//! Words and rules of Caseload: ids, people and reach, custody, events, money. Pure: no I/O, no SQL.

pub mod billing;
pub mod bulk;
pub mod clock;
pub mod commission;
pub mod count;
pub mod coverage;
pub mod directory;
pub mod engagement;
pub mod event;
pub mod id;
pub mod likeness;
pub mod limits;
pub mod money;
pub mod people;
pub mod pricing;
pub mod quote;
pub mod receivables;
pub mod refusal;
pub mod request;
pub mod stock;
pub mod terms;
pub mod text;
mod wire;
pub mod words;
