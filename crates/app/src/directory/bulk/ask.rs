//! Reading what is asked: the selection, and what becomes of each field.

use super::Entity;
use crate::directory::{customers, locations};
use crate::{Ctx, Error, Result};
use contract::ListParams;
use contract::bulk::{BulkOp, BulkSelect, PreviewBulk};
use domain::clock::Day;
use domain::limits;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use store::Tx;
use store::directory::{customers as customer_rows, locations as location_rows};
use store::jobs::Selected;
use uuid::Uuid;

/// Stays, becomes nothing, or becomes this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tri<T> {
    Leave,
    Clear,
    Set(T),
}

impl<T> Tri<T> {
    pub fn is_mentioned(&self) -> bool {
        !matches!(self, Self::Leave)
    }
}

fn wrong(field: &str, message: impl Into<String>) -> Error {
    Error::field(format!("set.{field}"), "invalid_value", message)
}

/// The op of a field under either of its names, with the name it was given by.
pub(super) struct Set<'s>(pub &'s BTreeMap<String, BulkOp>);

impl<'s> Set<'s> {
    /// 422 for a field that cannot be changed in bulk.
    pub fn only(&self, known: &[&str]) -> Result<()> {
        match self.0.keys().find(|field| !known.contains(&field.as_str())) {
            None => Ok(()),
            Some(field) => {
                let shown: Vec<&str> = known.iter().copied().filter(|it| !it.ends_with("_id")).collect();
                let message = format!("{field} cannot be changed in bulk. These can: {}.", shown.join(", "));
                Err(Error::field(format!("set.{field}"), "unknown_field", message))
            }
        }
    }

    pub fn find(&self, names: &[&str]) -> Option<(&'s str, &'s BulkOp)> {
        names.iter().find_map(|name| self.0.get_key_value(*name)).map(|(name, op)| (name.as_str(), op))
    }

    /// `set` with an id or a value as text, or `clear`.
    pub fn text(&self, names: &[&str]) -> Result<Tri<(String, String)>> {
        let Some((name, op)) = self.find(names) else { return Ok(Tri::Leave) };
        match op.op.as_str() {
            "clear" | "none" if op.id.is_none() && op.value.is_none() => Ok(Tri::Clear),
            "set" => {
                let value = op.value.as_ref().and_then(|value| value.as_str().map(str::to_owned));
                let (path, text) = match (&op.id, value) {
                    (Some(id), _) => (format!("set.{name}.id"), id.clone()),
                    (None, Some(value)) => (format!("set.{name}.value"), value),
                    (None, None) => return Err(wrong(name, "Say what is to be set: an id or a value.")),
                };
                Ok(Tri::Set((path, text)))
            }
            _ => Err(unknown_op(name, "set or clear")),
        }
    }

    /// `set` with a value of a type, or `clear`.
    pub fn value<T: DeserializeOwned>(&self, names: &[&str], what: &str) -> Result<Tri<T>> {
        let Some((name, op)) = self.find(names) else { return Ok(Tri::Leave) };
        match op.op.as_str() {
            "clear" => Ok(Tri::Clear),
            "set" => {
                let value = op.value.clone().or_else(|| op.id.clone().map(serde_json::Value::String));
                let value = value.ok_or_else(|| wrong(name, format!("Say what is to be set: {what}.")))?;
                serde_json::from_value(value).map(Tri::Set).map_err(|_| wrong(name, format!("Give {what}.")))
            }
            _ => Err(unknown_op(name, "set or clear")),
        }
    }
}

pub(super) fn unknown_op(name: &str, known: &str) -> Error {
    Error::field(format!("set.{name}.op"), "invalid_value", format!("Here op is {known}."))
}

/// What becomes of tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tags {
    /// All others go.
    clear: bool,
    add: Vec<String>,
    remove: Vec<String>,
}

impl Tags {
    pub fn read(set: &Set<'_>) -> Result<Option<Self>> {
        let Some((name, op)) = set.find(&["tags"]) else { return Ok(None) };
        let list = || -> Result<Vec<String>> {
            let value = op.value.clone().unwrap_or(serde_json::Value::Array(Vec::new()));
            let list = match value {
                serde_json::Value::String(one) => Ok(vec![one]),
                other => serde_json::from_value(other),
            };
            list.map_err(|_| wrong(name, "Give a list of tags."))
        };
        let tags = match op.op.as_str() {
            "add" => Self { add: list()?, ..Self::default() },
            "remove" => Self { remove: list()?, ..Self::default() },
            "set" => Self { clear: true, add: list()?, ..Self::default() },
            "clear" => Self { clear: true, ..Self::default() },
            "change" => Self { add: op.add.clone(), remove: op.remove.clone(), ..Self::default() },
            _ => return Err(unknown_op(name, "add, remove, change, set or clear")),
        };
        crate::directory::Cleaner::tags(tags.add.clone())?;
        Ok(Some(tags))
    }

    /// The tags of a row afterwards, as JSON.
    pub fn after(&self, tags: &str) -> Result<String> {
        crate::directory::Cleaner::tags(self.changed(serde_json::from_str(tags).unwrap_or_default()))
    }

    /// The tags of a row afterwards.
    pub fn changed(&self, tags: Vec<String>) -> Vec<String> {
        let mut kept = if self.clear { Vec::new() } else { tags };
        let gone: Vec<String> = self.remove.iter().map(|tag| domain::text::fold(tag)).collect();
        kept.retain(|tag| !gone.contains(&domain::text::fold(tag)));
        for tag in &self.add {
            if !kept.iter().any(|it| domain::text::fold(it) == domain::text::fold(tag)) {
                kept.push(tag.clone());
            }
        }
        kept
    }
}

/// `archived`: set with true or false.
pub(super) fn archived(set: &Set<'_>) -> Result<Option<bool>> {
    let Some((name, op)) = set.find(&["archived"]) else { return Ok(None) };
    match (op.op.as_str(), op.value.as_ref().and_then(serde_json::Value::as_bool)) {
        ("set", Some(yes)) => Ok(Some(yes)),
        ("set", None) if op.value.is_none() => Ok(Some(true)),
        ("clear", _) => Ok(Some(false)),
        _ => Err(wrong(name, "Give true or false.")),
    }
}

/// A day that was given.
pub(super) fn day(set: &Set<'_>, names: &[&str]) -> Result<Tri<Day>> {
    set.value::<Day>(names, "a date like 2026-11-22")
}

/// The selection wherever it stands in the body.
fn select(ask: &PreviewBulk) -> Result<BulkSelect> {
    let outer = BulkSelect {
        ids: ask.ids.clone(),
        filter: ask.filter.clone(),
        q: ask.q.clone(),
        versions: ask.versions.clone(),
    };
    match &ask.select {
        None => Ok(outer),
        Some(inner) if outer == BulkSelect::default() => Ok(inner.clone()),
        Some(_) => {
            let message = "Name the rows once: in select, or beside it.";
            Err(Error::field("select", "named_twice", message))
        }
    }
}

/// A filter's value as it stands in an address.
fn word(name: &str, value: &serde_json::Value) -> Result<String> {
    use serde_json::Value as Json;
    match value {
        Json::String(text) => Ok(text.clone()),
        Json::Number(number) => Ok(number.to_string()),
        Json::Bool(yes) => Ok(yes.to_string()),
        Json::Array(items) => {
            let words = items.iter().map(|item| word(name, item)).collect::<Result<Vec<_>>>()?;
            Ok(words.join(","))
        }
        Json::Null | Json::Object(_) => Err(Error::field(
            format!("filter.{name}"),
            "invalid_value",
            "Give a text, a number, true or false, or a list.",
        )),
    }
}

/// The rows that are selected with the versions that count: those that the caller saw, else those of now.
pub(super) fn selected(ctx: &Ctx, tx: &mut Tx, entity: Entity, ask: &PreviewBulk) -> Result<Vec<Selected>> {
    let select = select(ask)?;
    let field = |name: &str| if ask.select.is_some() { format!("select.{name}") } else { name.to_owned() };
    match (&select.ids, &select.filter) {
        (Some(_), Some(_)) => {
            Err(Error::field(field("ids"), "named_twice", "Select rows by ids or by a filter, not by both."))
        }
        (None, None) if select.q.is_none() => {
            Err(Error::field(field("ids"), "required", "Select rows: by ids, or by a filter."))
        }
        (Some(ids), None) => by_ids(ctx, tx, entity, ids, &select.versions, &field),
        (None, _) => by_filter(ctx, tx, entity, &select, &field),
    }
}

fn by_ids(
    ctx: &Ctx,
    tx: &mut Tx,
    entity: Entity,
    ids: &[String],
    versions: &BTreeMap<String, i64>,
    field: &dyn Fn(&str) -> String,
) -> Result<Vec<Selected>> {
    if ids.len() > limits::ROWS_PER_REQUEST {
        let message = format!("Name at most {} rows; select more by a filter.", limits::ROWS_PER_REQUEST);
        return Err(Error::field(field("ids"), "too_many", message));
    }
    let mut wanted = Vec::with_capacity(ids.len());
    for (n, text) in ids.iter().enumerate() {
        let id = entity.read_id(text).ok_or_else(|| {
            Error::field(format!("{}[{n}]", field("ids")), "invalid_id", "This is not an id of this list.")
        })?;
        wanted.push((id, versions.get(text).copied().unwrap_or(0)));
    }
    wanted.sort_unstable();
    wanted.dedup_by_key(|(id, _)| *id);
    let just_ids: Vec<Uuid> = wanted.iter().map(|(id, _)| *id).collect();
    let reached = match entity {
        Entity::Customers => customer_rows::reached(tx, ctx.viewer(), &just_ids)?,
        Entity::Locations => location_rows::reached(tx, ctx.viewer(), &just_ids)?,
        Entity::Units => super::of_units::reached(ctx, tx, &just_ids, domain::people::Level::See)?,
    };
    // One answer for unknown, foreign and out of reach.
    if reached.len() != just_ids.len() {
        return Err(Error::unknown(field("ids")));
    }
    Ok(wanted)
}

fn by_filter(
    ctx: &Ctx,
    tx: &mut Tx,
    entity: Entity,
    select: &BulkSelect,
    field: &dyn Fn(&str) -> String,
) -> Result<Vec<Selected>> {
    let mut params = ListParams { q: select.q.clone(), ..ListParams::default() };
    for (name, value) in select.filter.iter().flatten() {
        if name == "q" {
            params.q = Some(word(name, value)?);
        } else {
            params.filters.insert(name.clone(), word(name, value)?);
        }
    }
    let most = limits::BULK_ROWS + 1;
    let found = match entity {
        Entity::Customers => {
            let (filter, scope) = (customers::filter(ctx, &params)?, customers::scope(ctx, tx, &params)?);
            customer_rows::ids(tx, &scope, &filter, most)?
        }
        Entity::Locations => {
            let (filter, scope) = (locations::filter(ctx, &params)?, locations::scope(ctx, tx, &params)?);
            location_rows::ids(tx, &scope, &filter, most)?
        }
        Entity::Units => crate::unit_lists::selected(ctx, tx, &params, most)?,
    };
    if found.len() > limits::BULK_ROWS {
        let message = format!("More than {} rows match. Narrow the filter.", limits::BULK_ROWS);
        return Err(Error::field(field("filter"), "too_many", message));
    }
    Ok(found)
}
