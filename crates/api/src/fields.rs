//! `fields=`: any list with only the wanted fields of its rows, in one place for every list. Which fields there are is read
//! from the OpenAPI document, so that an unknown one is told even when the list is empty.

use crate::problem::Failure;
use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

/// The fields of the rows of each list, by the path of its route.
struct Known(BTreeMap<String, BTreeSet<String>>);

/// Read when fields are first asked for.
static KNOWN: LazyLock<Known> = LazyLock::new(|| Known::of(&crate::document()));

impl Known {
    /// What the document says.
    fn of(document: &utoipa::openapi::OpenApi) -> Self {
        let document = serde_json::to_value(document).unwrap_or_default();
        let paths = document["paths"].as_object().cloned().unwrap_or_default();
        let lists = paths.into_iter().filter_map(|(path, methods)| {
            let page = properties(&document, methods.pointer("/get/responses/200/content/application~1json/schema")?);
            let fields = properties(&document, page.get("items")?.get("items")?);
            (!fields.is_empty()).then(|| (path, fields.into_keys().collect()))
        });
        Self(lists.collect())
    }
}

/// The properties of a schema, those of the schemas that it is made of included.
fn properties(document: &Value, schema: &Value) -> BTreeMap<String, Value> {
    if let Some(place) = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#')) {
        return document.pointer(place).map(|schema| properties(document, schema)).unwrap_or_default();
    }
    let own = schema["properties"].as_object().into_iter().flatten().map(|(name, it)| (name.clone(), it.clone()));
    let parts = schema["allOf"].as_array().into_iter().flatten().flat_map(|part| properties(document, part));
    own.chain(parts).collect()
}

/// Leaves out of a list what was not asked for.
pub async fn trim(request: Request, next: Next) -> Response {
    let asked = request.uri().query().filter(|query| query.contains("fields=")).and_then(asked);
    let Some(asked) = asked.filter(|_| request.method() == Method::GET) else { return next.run(request).await };
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let known = tokio::task::spawn_blocking(|| &*KNOWN).await;
    match known.ok().and_then(|known| known.0.get(&path)) {
        Some(fields) if is_json && response.status() == StatusCode::OK => {
            trimmed(response, &asked, fields, &headers).await
        }
        _ => response,
    }
}

/// The names in `fields=`; None when nothing is asked for.
fn asked(query: &str) -> Option<Vec<String>> {
    let pairs: Vec<(String, String)> = serde_html_form::from_str(query).ok()?;
    let (_, text) = pairs.into_iter().find(|(name, _)| name == "fields")?;
    let names: Vec<String> =
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    (!names.is_empty()).then_some(names)
}

async fn trimmed(response: Response, asked: &[String], known: &BTreeSet<String>, headers: &HeaderMap) -> Response {
    if let Some(name) = asked.iter().find(|name| !known.contains(*name)) {
        let all: Vec<&str> = known.iter().map(String::as_str).collect();
        let message = format!("Rows of this list have no field {name}. They have {}.", all.join(", "));
        return Failure::new(app::Error::field("fields", "field_not_known", message), headers).into_response();
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    match serde_json::from_slice::<Parts<'_>>(&bytes) {
        Ok(page) => {
            head.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(head, Body::from(page.with(asked)))
        }
        Err(_) => Response::from_parts(head, Body::from(bytes)),
    }
}

/// An object as it stands: names in their order, values as they were written.
struct Parts<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Parts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Parts<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts<'de>, A::Error> {
                let mut parts = Vec::new();
                while let Some(part) = map.next_entry::<Cow<'de, str>, &'de RawValue>()? {
                    parts.push(part);
                }
                Ok(Parts(parts))
            }
        }
        deserializer.deserialize_map(Reading)
    }
}

impl Parts<'_> {
    /// The page with only these fields in its rows.
    fn with(&self, asked: &[String]) -> String {
        let mut out = String::new();
        write_object(&mut out, &self.0, |out, name, value| {
            let rows = (name == "items").then(|| serde_json::from_str::<Vec<Parts<'_>>>(value).ok()).flatten();
            let Some(rows) = rows else { return out.push_str(value) };
            out.push('[');
            for (place, Parts(row)) in rows.into_iter().enumerate() {
                out.push_str(if place == 0 { "" } else { "," });
                let kept: Vec<_> = row.into_iter().filter(|(name, _)| asked.iter().any(|it| it == name)).collect();
                write_object(out, &kept, |out, _, value| out.push_str(value));
            }
            out.push(']');
        });
        out
    }
}

fn write_object(out: &mut String, parts: &[(Cow<'_, str>, &RawValue)], value: impl Fn(&mut String, &str, &str)) {
    out.push('{');
    for (place, (name, raw)) in parts.iter().enumerate() {
        out.push_str(if place == 0 { "\"" } else { ",\"" });
        // Names of fields are snake_case: nothing in them needs to be escaped.
        out.push_str(name);
        out.push_str("\":");
        value(out, name, raw.get());
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_what_was_asked_for_as_it_was_written() {
        let page: Parts<'_> = serde_json::from_str(
            r#"{"items":[{"id":"a","n":1.50,"to":{"x":[1]}},{"id":"b","to":null}],"next_cursor":"c"}"#,
        )
        .unwrap();
        let asked = ["to".to_owned(), "n".to_owned()];
        assert_eq!(page.with(&asked), r#"{"items":[{"n":1.50,"to":{"x":[1]}},{"to":null}],"next_cursor":"c"}"#);
    }

    #[test]
    fn every_list_is_known_with_its_fields() {
        let known = Known::of(&crate::document());
        let fields = &known.0["/api/v1/units"];
        assert!(fields.contains("custodian") && fields.contains("expires_on") && !fields.contains("items"));
        for path in ["/api/v1/customers", "/api/v1/events", "/api/v1/transfers", "/api/v1/users", "/api/v1/invoices"] {
            assert!(known.0.get(path).is_some_and(|fields| fields.contains("id")), "{path}");
        }
    }

    #[test]
    fn names_stand_between_commas() {
        assert_eq!(asked("limit=5&fields=id,%20lot,"), Some(vec!["id".to_owned(), "lot".to_owned()]));
        assert_eq!(asked("limit=5"), None);
        assert_eq!(asked("fields="), None);
    }
}
