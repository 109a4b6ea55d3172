//! Reports as files, and every list as CSV, streamed.

use crate::edge::Edge;
use app::export::{Format, Pieces, Table};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use futures_util::future::join;
use futures_util::stream::unfold;
use print::table::{Cell, Column, Csv, Header, Kind, Sheet};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::{fmt, io};

/// A table as an answer.
pub fn file(edge: &Edge, table: Table, format: Format) -> Response {
    let name = table.file_name(&edge.ctx, format);
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let mut response = body(table.stream(edge.app.clone(), edge.ctx.clone(), format)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    if let Ok(disposition) = disposition {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

fn body(pieces: Pieces) -> Body {
    // Fused, because the compressing layer asks once more after the end.
    let pieces = unfold(pieces, async |mut pieces| {
        let piece = pieces.recv().await?;
        Some((piece.map(Bytes::from), pieces))
    })
    .fuse();
    Body::from_stream(pieces)
}

/// Rows of a page while a list goes out as CSV.
const PAGE: &str = "500";

/// Lets every list answer `Accept: text/csv`: its pages are asked for one after the other, each with the reach of its own
/// moment, and their rows go out as they come. With `limit` it is that page alone. Handlers that write files themselves,
/// and answers that are no lists, pass through.
pub async fn lists_as_csv(request: Request, next: Next) -> Response {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if request.method() != Method::GET || !accepts.contains("text/csv") {
        return next.run(request).await;
    }
    let (parts, _) = request.into_parts();
    let walk = Walk { next, parts, columns: Vec::new() };
    let response = walk.ask(None).await;
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if response.status() != StatusCode::OK || !is_json {
        return response;
    }
    let (head, body) = response.into_parts();
    let bytes = match to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    match serde_json::from_slice::<Listed>(&bytes) {
        Ok(listed) => walk.stream(listed),
        Err(_) => Response::from_parts(head, Body::from(bytes)),
    }
}

/// A list on its way out, page by page.
struct Walk {
    next: Next,
    parts: Parts,
    columns: Vec<String>,
}

impl Walk {
    async fn ask(&self, cursor: Option<&str>) -> Response {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = Method::GET;
        *request.headers_mut() = self.parts.headers.clone();
        *request.extensions_mut() = self.parts.extensions.clone();
        *request.uri_mut() = page_of(&self.parts.uri, cursor);
        self.next.clone().run(request).await
    }

    fn stream(mut self, first: Listed) -> Response {
        self.columns = columns_of(&first.items);
        let name = self.parts.uri.path().rsplit('/').next().unwrap_or("list").to_owned();
        let one_page = has_parameter(&self.parts.uri, "limit");
        let pieces = unfold((self, Some(Ok(first)), true), move |(walk, step, begins)| async move {
            let listed: Listed = match step? {
                Ok(listed) => listed,
                Err(error) => return Some((Err(error), (walk, None, false))),
            };
            let cursor = listed.next_cursor.as_deref().filter(|_| !one_page);
            let next = async {
                match cursor {
                    Some(cursor) => Some(walk.page(cursor).await),
                    None => None,
                }
            };
            // The next page is read while this one is written.
            let (next, bytes) = join(next, async { written(&walk.columns, &listed.items, begins) }).await;
            Some(match bytes {
                Ok(bytes) => (Ok(Bytes::from(bytes)), (walk, next, false)),
                Err(error) => (Err(error), (walk, None, false)),
            })
        });
        let mut response = Body::from_stream(pieces.fuse()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Format::Csv.media_type()));
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\"")) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        response
    }

    async fn page(&self, cursor: &str) -> io::Result<Listed> {
        let body = self.ask(Some(cursor)).await.into_body();
        let bytes = to_bytes(body, usize::MAX).await.map_err(io::Error::other)?;
        serde_json::from_slice(&bytes).map_err(io::Error::other)
    }
}

/// The same address with the wanted page.
fn page_of(uri: &Uri, cursor: Option<&str>) -> Uri {
    let query = uri.query().unwrap_or_default();
    let kept = query.split('&').filter(|pair| !pair.is_empty() && (cursor.is_none() || !pair.starts_with("cursor=")));
    let mut pairs: Vec<String> = kept.map(str::to_owned).collect();
    if !has_parameter(uri, "limit") {
        pairs.push(format!("limit={PAGE}"));
    }
    pairs.extend(cursor.map(|cursor| format!("cursor={cursor}")));
    let address = format!("{}?{}", uri.path(), pairs.join("&"));
    address.parse().unwrap_or_else(|_| uri.clone())
}

fn has_parameter(uri: &Uri, name: &str) -> bool {
    let query = uri.query().unwrap_or_default();
    query.split('&').any(|pair| pair.split('=').next() == Some(name))
}

/// A page of any list.
#[derive(Deserialize)]
struct Listed {
    items: Vec<Fields>,
    #[serde(default)]
    next_cursor: Option<String>,
}

/// The fields of a row in the order in which they were written; nested ones with dots.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows;
        impl<'de> Visitor<'de> for Rows {
            type Value = Fields;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    match value {
                        Value::Object(inner) if !inner.is_empty() => {
                            fields.extend(inner.into_iter().map(|(part, value)| (format!("{key}.{part}"), value)));
                        }
                        value => fields.push((key, value)),
                    }
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Rows)
    }
}

/// Every column of the first page; an object that is null in one row and there in another shows as its parts.
fn columns_of(rows: &[Fields]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for Fields(fields) in rows {
        for (at, (key, _)) in fields.iter().enumerate() {
            if !columns.contains(key) {
                let before =
                    fields[..at].iter().rev().find_map(|(key, _)| columns.iter().position(|known| known == key));
                columns.insert(before.map_or(0, |before| before + 1), key.clone());
            }
        }
    }
    let whole = columns.clone();
    columns.retain(|key| {
        !whole.iter().any(|other| other.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with('.')))
    });
    columns
}

fn written(columns: &[String], rows: &[Fields], begins: bool) -> io::Result<Vec<u8>> {
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let sheet = Sheet {
        title: String::new(),
        columns: columns.iter().map(|key| Column::new(key.clone(), key.clone(), Kind::Text)).collect(),
    };
    let mut csv = Csv::new(&sheet, Header::Keys, Vec::new()).map_err(io::Error::other)?;
    for Fields(fields) in rows {
        // Rows have their fields in the order of the columns, mostly: each is looked for where the one before was found.
        let mut at = 0;
        let texts: Vec<Option<Text<'_>>> = columns
            .iter()
            .map(|key| {
                let place = (at..fields.len()).chain(0..at).find(|place| fields[*place].0 == *key)?;
                at = place + 1;
                text(&fields[place].1)
            })
            .collect();
        let cells: Vec<Cell<'_>> = texts.iter().map(|it| it.as_ref().map_or(Cell::Empty, Text::cell)).collect();
        csv.row(&cells).map_err(io::Error::other)?;
    }
    let bytes = csv.finish().map_err(io::Error::other)?;
    let head = if begins { 0 } else { bytes.windows(2).position(|two| two == b"\r\n").map_or(0, |at| at + 2) };
    Ok(bytes[head..].to_vec())
}

/// A value as a cell takes it.
enum Text<'a> {
    Borrowed(&'a str),
    Owned(String),
    Number(i64),
    Bool(bool),
}

impl Text<'_> {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Borrowed(text) => Cell::Text(text),
            Self::Owned(text) => Cell::Text(text),
            Self::Number(number) => Cell::Int(*number),
            Self::Bool(yes) => Cell::Bool(*yes),
        }
    }
}

fn text(value: &Value) -> Option<Text<'_>> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(yes) => Text::Bool(*yes),
        Value::Number(number) => number.as_i64().map_or_else(|| Text::Owned(number.to_string()), Text::Number),
        Value::String(text) => Text::Borrowed(text),
        Value::Array(items) => {
            let words = items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            Text::Owned(words.collect::<Vec<_>>().join("; "))
        }
        Value::Object(_) => Text::Owned(value.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(json: &str) -> Listed {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn rows_keep_the_order_of_their_fields_and_nested_ones_their_path() {
        let page = listed(
            r#"{"items":[{"id":"a","to":null,"n":1},{"id":"b","to":{"id":"x","type":"user"},"n":-2,"tags":["p","q"]}],"next_cursor":"c"}"#,
        );
        let columns = columns_of(&page.items);
        assert_eq!(columns, ["id", "to.id", "to.type", "n", "tags"]);
        let text = String::from_utf8(written(&columns, &page.items, true).unwrap()).unwrap();
        assert_eq!(text, "id,to.id,to.type,n,tags\r\na,,,1,\r\nb,x,user,-2,p; q\r\n");
        let rest = String::from_utf8(written(&columns, &page.items[..1], false).unwrap()).unwrap();
        assert_eq!(rest, "a,,,1,\r\n");
        assert!(serde_json::from_str::<Listed>(r#"{"id":"a"}"#).is_err(), "one object is no list");
    }

    #[test]
    fn pages_are_asked_for_by_cursor() {
        let uri: Uri = "/api/v1/customers?q=mercy&cursor=aa".parse().unwrap();
        assert_eq!(page_of(&uri, Some("bb")).to_string(), "/api/v1/customers?q=mercy&limit=500&cursor=bb");
        let uri: Uri = "/api/v1/customers".parse().unwrap();
        assert_eq!(page_of(&uri, None).to_string(), "/api/v1/customers?limit=500");
        let uri: Uri = "/api/v1/customers?limit=5".parse().unwrap();
        assert_eq!(page_of(&uri, None).to_string(), "/api/v1/customers?limit=5");
    }
}
