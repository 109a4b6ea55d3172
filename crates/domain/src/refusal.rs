//! A rule that says no: a stable code for programs and a sentence for a person.

use std::fmt;

/// Why something may not be done now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Stable, `snake_case`.
    pub code: &'static str,
    /// A sentence a person can act on.
    pub message: String,
}

impl Refusal {
    /// A refusal with its sentence.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}
