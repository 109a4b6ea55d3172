//! Errors as RFC 9457 problems: which status, which code, which sentence.

use app::Error;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::{FieldProblem, Problem};

/// The header that names a request.
pub const REQUEST_ID: &str = "x-request-id";

/// An error on its way out.
#[derive(Debug)]
pub struct Failure {
    problem: Box<Problem>,
    retry_after: Option<u32>,
}

/// The name of a request as the outermost layer gave it.
pub fn request_id(headers: &HeaderMap) -> &str {
    headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).unwrap_or("none")
}

impl Failure {
    /// An error of a use case, for the request with these headers.
    pub fn new(error: Error, headers: &HeaderMap) -> Self {
        Self::named(error, request_id(headers))
    }

    /// The same with the request's name at hand.
    pub fn named(error: Error, request_id: &str) -> Self {
        let retry_after = match &error {
            Error::TooMany(seconds) => Some(*seconds),
            _ => None,
        };
        Self { problem: Box::new(problem_of(error, request_id)), retry_after }
    }

    /// 405.
    pub fn method_not_allowed(headers: &HeaderMap) -> Self {
        let problem = plain(405, "method_not_allowed", "Method not allowed", "This address does not take this method.");
        Self { problem: Box::new(Problem { request_id: request_id(headers).to_owned(), ..problem }), retry_after: None }
    }
}

fn plain(status: u16, code: &str, title: &str, detail: &str) -> Problem {
    Problem {
        r#type: format!("urn:caseload:problem:{code}"),
        title: title.to_owned(),
        status,
        code: code.to_owned(),
        detail: detail.to_owned(),
        errors: Vec::new(),
        current: None,
        request_id: String::new(),
    }
}

/// The problem that an error is told as. What went wrong inside is logged here, once, and never shown.
pub fn problem_of(error: Error, request_id: &str) -> Problem {
    let problem = match error {
        Error::Unauthorized => {
            plain(401, "unauthorized", "Sign in first", "The credentials are missing, wrong or expired. Sign in again.")
        }
        Error::NotFound(field) => not_found(field),
        Error::Forbidden { code, message } => plain(403, code, "Not allowed", &message),
        Error::Conflict { code, message } => plain(409, code, "Not possible now", &message),
        Error::Outdated { code, message, current } => {
            Problem { current: Some(*current), ..plain(409, code, "Changed meanwhile", &message) }
        }
        Error::Stale(current) => Problem {
            current: Some(*current),
            ..plain(
                412,
                "stale_version",
                "Changed meanwhile",
                "Somebody changed this since you read it. Look at it as it is now, and decide again.",
            )
        },
        Error::Invalid { code, message, errors } => Problem { errors, ..plain(422, code, "Invalid", &message) },
        Error::Malformed(message) => plain(400, "malformed", "Malformed", &message),
        Error::TooLarge(message) => plain(413, "too_large", "Too large", &message),
        Error::TooMany(seconds) => {
            plain(429, "too_many_requests", "Too many tries", &format!("Wait {seconds} seconds, then try again."))
        }
        Error::Db(error) => storage(&error, request_id),
        Error::Internal(what) => {
            tracing::error!(request_id, what, "internal error");
            plain(
                500,
                "internal",
                "Something broke here",
                "This is our fault. Try again; if it stays, give the request id to whoever runs this server.",
            )
        }
    };
    Problem { request_id: request_id.to_owned(), ..problem }
}

fn not_found(field: Option<String>) -> Problem {
    let detail = "There is no such thing, or it is not within your reach.";
    let errors = field.map(|field| FieldProblem { field, code: "not_found".into(), message: detail.into() });
    Problem { errors: errors.into_iter().collect(), ..plain(404, "not_found", "Not found", detail) }
}

fn storage(error: &app::StorageError, request_id: &str) -> Problem {
    if matches!(error, app::StorageError::NulInText { .. }) {
        return plain(422, "invalid_text", "Invalid", "A text holds a NUL character. Remove it.");
    }
    if error.is_unique_violation().is_some() {
        return plain(409, "already_exists", "Already there", "Something with this name or number exists already.");
    }
    if matches!(error, app::StorageError::CommitUnknown) {
        tracing::warn!(request_id, error = %error, "storage unavailable");
        return plain(
            503,
            "outcome_unknown",
            "It may or may not be done",
            "The database went away while this was being saved. Repeat it with the same Idempotency-Key, or look for the \
             request id in the journal.",
        );
    }
    if error.is_unavailable() || error.is_timeout() || error.is_retryable() {
        tracing::warn!(request_id, error = %error, "storage unavailable");
        return plain(
            503,
            "unavailable",
            "Not available now",
            "The database is busy or not reachable. Try again in a moment.",
        );
    }
    tracing::error!(request_id, error = %error, "storage failed");
    plain(
        500,
        "internal",
        "Something broke here",
        "This is our fault. Try again; if it stays, give the request id to whoever runs this server.",
    )
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
