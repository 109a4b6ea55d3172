//! What a use case may answer instead of a result. Edges turn it into a status and a page.

use contract::FieldProblem;
use domain::stock::Refusal;

/// A result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case did not do what was asked. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody signed in, or the token is worth nothing.
    #[error("sign in first")]
    Unauthorized,
    /// Unknown, or out of reach: the same answer for both. The field, when a body referred to it.
    #[error("not found")]
    NotFound(Option<String>),
    /// In reach, but not allowed: a code and a sentence that says who may.
    #[error("{message}")]
    Forbidden {
        /// Stable, snake_case.
        code: &'static str,
        /// Who may.
        message: String,
    },
    /// The state forbids it.
    #[error("{message}")]
    Conflict {
        /// Which rule.
        code: &'static str,
        /// What happened and what to do.
        message: String,
    },
    /// What was planned does not hold any more: which rule, a sentence, and the plan as it would be now.
    #[error("{message}")]
    Outdated {
        /// Which rule.
        code: &'static str,
        /// What moved.
        message: String,
        /// The new plan.
        current: Box<serde_json::Value>,
    },
    /// The version is stale: the object as it is now.
    #[error("somebody else changed this meanwhile")]
    Stale(Box<serde_json::Value>),
    /// Well-formed, but invalid.
    #[error("{message}")]
    Invalid {
        /// Stable, snake_case.
        code: &'static str,
        /// A sentence for the whole.
        message: String,
        /// Field by field.
        errors: Vec<FieldProblem>,
    },
    /// Not even well-formed.
    #[error("{0}")]
    Malformed(String),
    /// Larger than what is taken.
    #[error("{0}")]
    TooLarge(String),
    /// Too many tries; come back after so many seconds.
    #[error("too many tries")]
    TooMany(u32),
    /// The storage.
    #[error("the storage failed")]
    Db(#[from] store::Error),
    /// What should never happen: one 500 and one line in the log.
    #[error("internal: {0}")]
    Internal(String),
}

impl db::UnitError for Error {
    fn db(&self) -> Option<&store::Error> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Conflict { code: refusal.code, message: refusal.message }
    }
}

impl Error {
    /// Unknown or out of reach.
    pub const fn not_found() -> Self {
        Self::NotFound(None)
    }

    /// A reference in a body that is unknown, foreign or out of reach.
    pub fn unknown(field: impl Into<String>) -> Self {
        Self::NotFound(Some(field.into()))
    }

    /// In reach, but not allowed.
    pub fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::Forbidden { code, message: message.into() }
    }

    /// The state forbids it.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict { code, message: message.into() }
    }

    /// One field is wrong; its code is the code of the whole.
    pub fn field(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        let problem = FieldProblem { field: field.into(), code: code.to_owned(), message: message.clone() };
        Self::Invalid { code, message, errors: vec![problem] }
    }

    /// Several fields are wrong.
    pub fn fields(errors: Vec<FieldProblem>) -> Self {
        let message = match errors.as_slice() {
            [only] => only.message.clone(),
            many => format!("{} fields need another look.", many.len()),
        };
        Self::Invalid { code: "invalid_fields", message, errors }
    }
}
