//! Cover: who can take a case over, the plan for it, carrying it out and taking it back; offers, absences, tasks, readiness.

pub mod absences;
mod apply;
mod authority;
pub mod board;
mod case;
mod changed;
mod clashes;
mod draft;
mod hand_back;
pub mod needs;
pub mod offers;
pub mod places;
mod preview;
pub mod proposals;
mod rank;
pub mod readiness;
pub mod settings;
mod sources;
pub mod tasks;
mod undo;

pub use apply::apply;
pub(crate) use clashes::clashes;
pub use draft::candidates_for_draft;
pub use preview::preview;
pub use rank::candidates;
pub use undo::{history, undo};
