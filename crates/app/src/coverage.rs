//! Cover: who can take a case over, the plan for it, carrying it out and taking it back; offers, absences, tasks, readiness.

mod apply;
mod authority;
mod case;
mod changed;
mod draft;
pub mod needs;
mod preview;
mod rank;
pub mod readiness;
pub mod settings;
mod sources;
pub mod tasks;
mod undo;

pub use apply::apply;
pub use draft::candidates_for_draft;
pub use preview::preview;
pub use rank::candidates;
pub use undo::{history, undo};
