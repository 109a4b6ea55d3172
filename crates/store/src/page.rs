//! Keyset pages: a list's statement is put together from constant pieces, its arguments are always bound.
//!
//! A cursor holds the sort values and the id of the last row. Every sort column is stored, folded and not null.

use db::{FromRow, Result, Row, Tx, Value};
use uuid::Uuid;

/// One sort key of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The stored column.
    pub column: &'static str,
    /// Falls.
    pub descending: bool,
}

/// A statement in the making.
#[derive(Clone, Debug)]
pub struct Query {
    head: String,
    conditions: Vec<String>,
    args: Vec<Value>,
}

/// Where a page begins: the sort values of the row before, then its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyset(pub Vec<Value>);

impl Query {
    /// `head` is `SELECT … FROM …`; further conditions are added with [`Self::and`].
    pub fn new(head: impl Into<String>) -> Self {
        Self { head: head.into(), conditions: Vec::new(), args: Vec::new() }
    }

    /// A statement whose head has numbered arguments already.
    pub(crate) fn with_args(head: impl Into<String>, args: Vec<Value>) -> Self {
        Self { head: head.into(), conditions: Vec::new(), args }
    }

    /// The same with arguments of its own: every `?` in `head` stands for the next of `args`.
    pub fn with(head: &str, args: impl IntoIterator<Item = Value>) -> Self {
        let mut query = Self::new(String::new());
        query.head = numbered(head, &mut query.args, args);
        query
    }

    /// A condition in which every `?` stands for the next of `args`.
    pub fn and(&mut self, condition: &str, args: impl IntoIterator<Item = Value>) -> &mut Self {
        let text = numbered(condition, &mut self.args, args);
        self.conditions.push(text);
        self
    }

    /// A condition that may be absent.
    pub fn and_some(&mut self, condition: Option<(String, Vec<Value>)>) -> &mut Self {
        if let Some((text, args)) = condition {
            self.and(&text, args);
        }
        self
    }

    /// `column IN (…)`; an empty list matches nothing.
    pub fn any_of(&mut self, column: &str, values: Vec<Value>) -> &mut Self {
        if values.is_empty() {
            self.conditions.push("1 = 0".to_owned());
            return self;
        }
        let marks = vec!["?"; values.len()].join(", ");
        self.and(&format!("{column} IN ({marks})"), values)
    }

    pub(crate) fn text(&self) -> String {
        let mut sql = self.head.clone();
        for (place, condition) in self.conditions.iter().enumerate() {
            sql.push_str(if place == 0 { " WHERE " } else { " AND " });
            sql.push_str(condition);
        }
        sql
    }

    /// Whether any condition is such.
    pub(crate) fn any_condition(&self, such: impl Fn(&str) -> bool) -> bool {
        self.conditions.iter().any(|condition| such(condition))
    }

    /// Everything that conditions say.
    pub(crate) fn conditions_text(&self) -> String {
        self.conditions.join(" AND ")
    }

    /// Adds the conditions that are such to another statement; gives whether there are any.
    pub(crate) fn conditions_where(&self, into: &mut Self, such: impl Fn(&str) -> bool) -> bool {
        let mut any = false;
        for condition in self.conditions.iter().filter(|condition| such(condition)) {
            any = true;
            let mut text = String::with_capacity(condition.len() + 8);
            for (n, piece) in condition.split('$').enumerate() {
                if n == 0 {
                    text.push_str(piece);
                    continue;
                }
                let end = piece.find(|it: char| !it.is_ascii_digit()).unwrap_or(piece.len());
                let number = piece[..end].parse::<usize>().ok();
                into.args.push(number.and_then(|it| self.args.get(it - 1)).cloned().unwrap_or(Value::Null));
                text.push_str(&format!("${}{}", into.args.len(), &piece[end..]));
            }
            into.conditions.push(text);
        }
        any
    }

    /// The first so many rows of a walk, as a statement of its own.
    pub(crate) fn bounded(&self, sorts: &[Sort], id: &str, after: Option<&Keyset>, limit: u32) -> Self {
        let query = self.paged(sorts, id, after);
        let text = format!("{} LIMIT {limit}", query.text_ordered(sorts, id));
        Self::with_args(text, query.args)
    }

    /// So many rows in no order, as a statement of its own that is gone through before what stands around it.
    pub(crate) fn bounded_by(&self, limit: u32) -> Self {
        Self::with_args(format!("{} LIMIT {limit}", self.text()), self.args.clone())
    }

    /// The ids of the first so many rows, sorted by keys that were selected beside the id as `k0`, `k1`, …: all rows are found
    /// before any is sorted, so that no engine walks along the order instead.
    pub(crate) fn sorted_apart(&self, sorts: &[Sort], id: &str, after: Option<&Keyset>, all: u32, limit: u32) -> Self {
        let query = self.paged(sorts, id, after);
        let falls = |falls: bool| if falls { " DESC" } else { "" };
        let keys: String =
            sorts.iter().enumerate().map(|(n, sort)| format!("k{n}{}, ", falls(sort.descending))).collect();
        let last = falls(sorts.last().is_some_and(|sort| sort.descending));
        let text = format!("SELECT id FROM ({} LIMIT {all}) slim ORDER BY {keys}id{last} LIMIT {limit}", query.text());
        Self::with_args(text, query.args)
    }

    /// How many rows match, but no more than so many.
    pub(crate) fn count_up_to(&self, tx: &mut Tx, most: i64) -> Result<i64> {
        let sql = format!("SELECT COUNT(*) FROM ({} LIMIT {most}) counted", self.text());
        Ok(tx.one::<(i64,)>(sql.as_str(), &self.args)?.map_or(0, |(n,)| n))
    }

    /// The arguments, in the order of their numbers.
    pub(crate) fn args(&self) -> &[Value] {
        &self.args
    }

    /// The rows of one page and whether there are more. `id` is the last, unique sort column.
    pub fn page<T: FromRow>(
        &self,
        tx: &mut Tx,
        sorts: &[Sort],
        id: &str,
        after: Option<&Keyset>,
        limit: u32,
    ) -> Result<(Vec<T>, bool)> {
        let query = self.paged(sorts, id, after);
        let sql = format!("{} LIMIT {}", query.text_ordered(sorts, id), limit + 1);
        let mut rows = tx.all::<T>(sql.as_str(), &query.args)?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        Ok((rows, more))
    }

    /// The same rows merged from one list for each value of `column`: for a sort index that starts with that column.
    #[allow(clippy::too_many_arguments)]
    pub fn page_merged<T: FromRow>(
        &self,
        tx: &mut Tx,
        column: &str,
        values: &[Uuid],
        sorts: &[Sort],
        id: &'static str,
        after: Option<&Keyset>,
        limit: u32,
    ) -> Result<(Vec<T>, bool)> {
        if values.is_empty() {
            return Ok((Vec::new(), false));
        }
        let base = self.paged(sorts, id, after);
        let mut all = base.args.clone();
        let mut arms = Vec::with_capacity(values.len());
        for value in values {
            all.push(Value::Uuid(*value));
            let mut arm = base.clone();
            arm.conditions.insert(0, format!("{column} = ${}", all.len()));
            arms.push(format!("SELECT * FROM ({} LIMIT {}) arm", arm.text_ordered(sorts, id), limit + 1));
        }
        let sql = format!(
            "SELECT * FROM ({}) merged{} LIMIT {}",
            arms.join(" UNION ALL "),
            order_by(sorts, id, true),
            limit + 1
        );
        let mut rows = tx.all::<T>(sql.as_str(), &all)?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        Ok((rows, more))
    }

    fn paged(&self, sorts: &[Sort], id: &str, after: Option<&Keyset>) -> Self {
        let mut query = self.clone();
        let Some(Keyset(values)) = after else { return query };
        let falls = sorts.last().is_some_and(|sort| sort.descending);
        let columns: Vec<(&str, bool)> =
            sorts.iter().map(|sort| (sort.column, sort.descending)).chain([(id, falls)]).collect();
        if columns.iter().all(|(_, descending)| *descending == falls) {
            let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
            let marks = vec!["?"; names.len()].join(", ");
            let sign = if falls { "<" } else { ">" };
            query.and(&format!("({}) {sign} ({marks})", names.join(", ")), values.clone());
        } else {
            let mut arms = Vec::new();
            let mut args = Vec::new();
            for place in 0..columns.len() {
                let mut arm: Vec<String> = columns[..place].iter().map(|(name, _)| format!("{name} = ?")).collect();
                args.extend(values[..=place].iter().cloned());
                let sign = if columns[place].1 { "<" } else { ">" };
                arm.push(format!("{} {sign} ?", columns[place].0));
                arms.push(format!("({})", arm.join(" AND ")));
            }
            // The first column alone bounds the walk: an engine does not read that out of the alternatives.
            let first = if columns[0].1 { "<=" } else { ">=" };
            query.and(&format!("{} {first} ?", columns[0].0), [values[0].clone()]);
            query.and(&format!("({})", arms.join(" OR ")), args);
        }
        query
    }

    fn text_ordered(&self, sorts: &[Sort], id: &str) -> String {
        format!("{}{}", self.text(), order_by(sorts, id, false))
    }

    /// How many rows match, without paging.
    pub fn count(&self, tx: &mut Tx) -> Result<i64> {
        let sql = format!("SELECT COUNT(*) FROM ({}) counted", self.text());
        Ok(tx.one::<(i64,)>(sql.as_str(), &self.args)?.map_or(0, |(n,)| n))
    }

    /// Every matching row in order, one by one: for exports.
    pub fn each(
        &self,
        tx: &mut Tx,
        sorts: &[Sort],
        id: &'static str,
        row: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        tx.each(self.text_ordered(sorts, id).as_str(), &self.args, row)
    }

    /// The first so many rows by an id.
    pub(crate) fn first<T: FromRow>(&self, tx: &mut Tx, id: &str, most: usize) -> Result<Vec<T>> {
        tx.all(format!("{} ORDER BY {id} LIMIT {most}", self.text()).as_str(), &self.args)
    }

    /// Every matching row, unordered and unbounded: only where something else bounds it.
    pub fn all<T: FromRow>(&self, tx: &mut Tx) -> Result<Vec<T>> {
        tx.all(self.text().as_str(), &self.args)
    }
}

/// A condition with numbers for its question marks; its arguments join those before.
pub(crate) fn numbered(condition: &str, all: &mut Vec<Value>, args: impl IntoIterator<Item = Value>) -> String {
    let start = all.len();
    all.extend(args);
    let mut text = String::with_capacity(condition.len() + 8);
    let mut next = start;
    for piece in condition.split('?') {
        if next > start {
            text.push('$');
            text.push_str(&next.to_string());
        }
        text.push_str(piece);
        next += 1;
    }
    debug_assert_eq!(next - 1, all.len(), "as many question marks as arguments: {condition}");
    text
}

/// `bare` drops the table's name from the columns: the outer statement of a merge sees only the names of its rows.
fn order_by(sorts: &[Sort], id: &str, bare: bool) -> String {
    let name =
        |column: &str| if bare { column.rsplit('.').next().unwrap_or(column).to_owned() } else { column.to_owned() };
    let falls = sorts.last().is_some_and(|sort| sort.descending);
    let mut parts: Vec<String> = sorts
        .iter()
        .map(|sort| format!("{}{}", name(sort.column), if sort.descending { " DESC" } else { "" }))
        .collect();
    parts.push(format!("{}{}", name(id), if falls { " DESC" } else { "" }));
    format!(" ORDER BY {}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_marks_become_numbered_arguments() {
        let mut query = Query::new("SELECT id FROM t");
        query.and("organization_id = ?", [Value::Int(1)]).and("(a = ? OR b = ?)", [Value::Int(2), Value::Int(3)]);
        assert_eq!(query.text(), "SELECT id FROM t WHERE organization_id = $1 AND (a = $2 OR b = $3)");
        assert_eq!(query.args.len(), 3);
    }

    #[test]
    fn conditions_take_their_arguments_along() {
        let mut from = Query::new("");
        from.and("a = ?", [Value::Int(1)]).and("b IN (?, ?)", [Value::Int(2), Value::Int(3)]);
        let mut into = Query::new("SELECT id FROM t");
        into.and("o = ?", [Value::Int(9)]);
        assert!(from.conditions_where(&mut into, |text| text.starts_with('b')));
        assert_eq!(into.text(), "SELECT id FROM t WHERE o = $1 AND b IN ($2, $3)");
        assert_eq!(into.args(), [Value::Int(9), Value::Int(2), Value::Int(3)]);
        assert!(!from.conditions_where(&mut into, |text| text.starts_with('c')));
    }

    #[test]
    fn one_direction_compares_rows_and_two_directions_spell_it_out() {
        let query = Query::new("SELECT id FROM t");
        let up = Sort { column: "k", descending: false };
        let down = Sort { column: "d", descending: true };
        let after = Keyset(vec![Value::Int(1), Value::Int(2)]);
        assert_eq!(query.paged(&[up], "id", Some(&after)).text(), "SELECT id FROM t WHERE (k, id) > ($1, $2)");
        let after = Keyset(vec![Value::Int(1), Value::Int(2), Value::Int(3)]);
        assert_eq!(
            query.paged(&[down, up], "id", Some(&after)).text(),
            "SELECT id FROM t WHERE d <= $1 AND ((d < $2) OR (d = $3 AND k > $4) OR (d = $5 AND k = $6 AND id > $7))"
        );
    }
}
