//! Commission: rules for items, makers, places and people; what somebody earned and how it stands; statements.

mod rules;
mod statements;

pub use rules::{create_rule, patch_rule, rule, rules};
pub use statements::{account, cancel, issue, pay, statement, statement_csv, statement_pdf, statements};

pub(crate) use rules::earned;
