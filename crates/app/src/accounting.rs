//! Exports to the books of other programs: how they are set up, what is still to be exported, runs that freeze what they hold.
//!
//! A document is exported once to each kind of program. A run keeps its files byte by byte; the next one takes only what is new.
//! Nothing about patients leaves the house this way.

mod build;
mod names;
mod run;
mod settings;

pub use names::{names, set_names};
pub use run::{document_runs, documents, export, exports, file, invoice_xml, preview, run, undo};
pub use settings::{put as put_settings, settings};

/// The electronic form of an invoice, for other rooms of the house.
pub(crate) use run::electronic;
