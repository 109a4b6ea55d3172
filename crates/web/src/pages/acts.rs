//! What pages do with the answer of a use case: on with a message, or back with what was wrong; selections; files.

use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{Button, Choice, Field, FieldError, Flash, Form, Header, Link, Room, Text};
use app::Error;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use contract::CustodianRef;
use domain::id::{Id, Kind, OrganizationId, UserId, prefix_of};
use domain::stock::Custodian;
use maud::{Markup, Render, html};

/// After something that was done with one press: on to a page with a message, or with what stands against it.
pub fn told<T>(visit: &Visit, done: app::Result<T>, to: &str, flash: Flash) -> Out {
    match done {
        Ok(_) => Ok(visit.go(to, flash)),
        Err(error) => Ok(visit.go(to, Flash::failed(sentence(visit, error)?))),
    }
}

/// What an error says, in one line; errors that are no fault of the request are handed on.
pub fn sentence(visit: &Visit, error: Error) -> Result<String, Fail> {
    let complaints = visit.complaints(error)?;
    Ok(complaints.into_iter().map(|complaint| complaint.message.into_owned()).collect::<Vec<_>>().join(" "))
}

/// After a change of one thing: what was done, what follows from it as the use case tells, and the way back.
pub fn said(visit: &Visit, to: &str, done: app::Result<serde_json::Value>, said: &str, undo: String) -> Out {
    match done {
        Ok(made) => Ok(visit.go(to, Flash::done(follows(&made, said)).undo(undo))),
        Err(error) => Ok(visit.go(to, Flash::failed(sentence(visit, error)?))),
    }
}

/// What was done and, in the same breath, what follows from it.
pub fn follows(made: &serde_json::Value, said: &str) -> String {
    let told = made.get("consequences").and_then(serde_json::Value::as_array).into_iter().flatten();
    let told = told.filter_map(|it| it.get("message").and_then(serde_json::Value::as_str));
    told.fold(said.to_owned(), |text, more| format!("{text} {more}"))
}

/// Complaints about fields that the form does not show are told at its top.
pub fn known(errors: Vec<FieldError>, fields: &[&str]) -> Vec<FieldError> {
    let fits = |error: &FieldError| fields.iter().any(|field| error.field == *field);
    errors.into_iter().map(|error| if fits(&error) { error } else { FieldError::new("", error.message) }).collect()
}

/// A custodian as forms send it: `usr_…` or `org_…`.
///
/// # Errors
/// The field is named when it holds something else.
pub fn custodian(visit: &Visit, sent: &Sent, field: &str) -> Result<Option<CustodianRef>, Error> {
    let Some(text) = sent.maybe(field) else { return Ok(None) };
    read_custodian(visit, text).ok_or_else(|| Error::unknown(field)).map(Some)
}

/// A custodian from its id: an account, the organisation, or a linked one.
pub fn read_custodian(visit: &Visit, text: &str) -> Option<CustodianRef> {
    let custodian = match prefix_of(text)? {
        "usr" => Custodian::user(text.parse::<UserId>().ok()?),
        "org" => {
            let id = text.parse::<OrganizationId>().ok()?;
            let mut custodian = Custodian::organization(id);
            if id != visit.ctx.organization.id {
                custodian.kind = domain::stock::CustodianType::LinkedOrganization;
            }
            custodian
        }
        _ => return None,
    };
    Some(custodian.into())
}

/// A custodian's id as forms send it.
pub fn custodian_id(custodian: Custodian) -> String {
    match custodian.kind {
        domain::stock::CustodianType::User => UserId::from_uuid(custodian.id).to_string(),
        _ => OrganizationId::from_uuid(custodian.id).to_string(),
    }
}

/// A combobox without scripts sends only what was typed: then the field says what to do.
pub fn picked<K: Kind>(sent: &Sent, field: &str) -> Result<Option<Id<K>>, Error> {
    match sent.id(field)? {
        Some(id) => Ok(Some(id)),
        None if sent.text(&format!("{field}_text")).is_empty() => Ok(None),
        None => Err(Error::field(field, "not_chosen", "Choose one of the suggestions.")),
    }
}

/// A day that was typed.
///
/// # Errors
/// Names the field.
pub fn day(sent: &Sent, field: &str) -> Result<Option<domain::clock::Day>, Error> {
    let Some(text) = sent.maybe(field) else { return Ok(None) };
    let day = domain::clock::Day::parse(text);
    day.map(Some).ok_or_else(|| Error::field(field, "invalid_date", "Give a date like 2026-11-22."))
}

/// A question with a form, as a page or in a dialog.
pub struct Ask<'a> {
    /// The question: "Deactivate this unit?"
    pub title: Text,
    /// What will happen.
    pub text: Markup,
    /// The room it stands in.
    pub room: Room,
    /// Where the answer goes.
    pub action: String,
    /// Its fields.
    pub fields: Markup,
    /// The verb of the answer.
    pub verb: Text,
    /// It takes something away.
    pub danger: bool,
    /// Where one goes back to.
    pub back: String,
    /// What is wrong with what was sent.
    pub errors: &'a [FieldError],
}

impl Ask<'_> {
    /// Shows it.
    pub fn show(&self, visit: &Visit) -> Response {
        let verb = Button::submit(self.verb.clone());
        let cancel =
            if visit.hx.partial { Button::close("Cancel") } else { Button::link("Cancel", self.back.clone()).quiet() };
        let mut form = Form::post(self.action.clone(), visit.csrf())
            .errors(self.errors)
            .body(html! { (self.text) (self.fields) })
            .button(if self.danger { verb.danger_solid() } else { verb.primary() })
            .button(cancel);
        if visit.hx.partial {
            form = form.swap_into("#dialog-body");
        }
        visit.dialog(self.title.clone(), self.room, form.render())
    }
}

/// The field for a reason that is kept in the history.
pub fn reason(sent: &Sent, errors: &[FieldError], required: bool) -> Field {
    let field =
        Field::area("reason", "Reason").value(sent.text("reason").to_owned()).limit(500).errors(errors).autofocus();
    let field = field.help("Kept in the history.");
    if required { field.required() } else { field.optional() }
}

/// A file as the answer.
pub fn file(name: &str, content_type: &'static str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The address of now under another path, with its filters.
pub fn at(visit: &Visit, path: &str) -> String {
    let mut link = Link::new(path);
    for (key, value) in visit.link.pairs().filter(|(key, _)| !matches!(*key, "cursor" | "col" | "sort")) {
        link = link.with(key, value);
    }
    link.to_string()
}

/// A form page in a room.
pub fn form_page(visit: &Visit, room: Room, header: Header, title: Text, form: &Form, wrong: bool) -> Response {
    let body = html! { (header) div class="content" { (form) } };
    if wrong { visit.refused(title, room, body) } else { visit.page(title, room, body) }
}

/// Choices of every word of a closed list.
pub fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str, label: impl Fn(T) -> &'static str) -> Vec<Choice> {
    all.iter().map(|value| Choice::new(word(*value), label(*value))).collect()
}

/// The same for filters.
pub fn pairs<T: Copy>(
    all: &[T],
    word: impl Fn(T) -> &'static str,
    label: impl Fn(T) -> &'static str,
) -> Vec<(Text, Text)> {
    all.iter().map(|value| (Text::Borrowed(word(*value)), Text::Borrowed(label(*value)))).collect()
}
