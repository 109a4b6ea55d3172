//! Values in, values out. Five kinds are enough for both engines: everything that counts, flags, instants and dates is a
//! 64-bit integer in the schema.

use crate::{Error, Result};
use bytes::{BufMut, BytesMut};
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::error::Error as StdError;
use std::fmt;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};
use uuid::Uuid;

/// One argument of a statement. `Debug` tells the kind only, because drivers may log arguments.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// Integers, booleans (0 and 1), instants (microseconds) and dates (days).
    Int(i64),
    /// Text without U+0000.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// 16 bytes on SQLite, `uuid` on PostgreSQL.
    Uuid(Uuid),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Int(_) => "Int(_)",
            Self::Text(_) => "Text(_)",
            Self::Bytes(_) => "Bytes(_)",
            Self::Uuid(_) => "Uuid(_)",
        })
    }
}

/// What can be an argument. There is no `u64`: it does not fit the 64-bit signed integer of both engines.
pub trait ToValue {
    /// The value to bind.
    fn to_value(&self) -> Value;
}

macro_rules! to_value {
    ($($type:ty => |$v:ident| $value:expr),+ $(,)?) => {
        $(impl ToValue for $type { fn to_value(&self) -> Value { let $v = self; $value } })+
    };
}
to_value! {
    i64 => |v| Value::Int(*v),
    i32 => |v| Value::Int(i64::from(*v)),
    i16 => |v| Value::Int(i64::from(*v)),
    u32 => |v| Value::Int(i64::from(*v)),
    u16 => |v| Value::Int(i64::from(*v)),
    u8 => |v| Value::Int(i64::from(*v)),
    // A length in memory never exceeds isize::MAX.
    usize => |v| Value::Int(i64::try_from(*v).unwrap_or(i64::MAX)),
    bool => |v| Value::Int(i64::from(*v)),
    str => |v| Value::Text(v.to_owned()),
    String => |v| Value::Text(v.clone()),
    [u8] => |v| Value::Bytes(v.to_vec()),
    Vec<u8> => |v| Value::Bytes(v.clone()),
    Uuid => |v| Value::Uuid(*v),
    Value => |v| v.clone(),
}
impl<const N: usize> ToValue for [u8; N] {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}
impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }
}
impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

/// The arguments of a statement, in the order of `$1…$n`: `args![id, name, 5]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::ToValue::to_value(&$value)),*] as &[$crate::Value] };
}

/// One column of the current row, still owned by the engine. A uuid is its 16 bytes on both engines.
#[derive(Clone, Copy)]
pub enum Cell<'r> {
    /// SQL NULL.
    Null,
    /// Any integer or boolean, and exact numbers without a fraction (PostgreSQL's `SUM` of integers).
    Int(i64),
    /// Text.
    Text(&'r str),
    /// Bytes or a uuid.
    Bytes(&'r [u8]),
}

impl Cell<'_> {
    fn kind(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Int(_) => "an integer",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        }
    }
}

/// What a column can be read as. Types of one's own delegate to one of these.
pub trait FromValue: Sized {
    /// What is wanted, for the error message.
    const WANTED: &'static str;
    /// The value, or `None` when the cell does not hold one.
    fn from_cell(cell: Cell<'_>) -> Option<Self>;
}

macro_rules! from_value {
    ($($type:ty, $wanted:expr, |$cell:pat_param| $value:expr;)+) => {
        $(impl FromValue for $type {
            const WANTED: &'static str = $wanted;
            fn from_cell(cell: Cell<'_>) -> Option<Self> { if let $cell = cell { $value } else { None } }
        })+
    };
}
macro_rules! from_int {
    ($($type:ty),+) => { from_value! { $($type, stringify!($type), |Cell::Int(v)| <$type>::try_from(v).ok();)+ } };
}
from_int!(i64, i32, i16, u32, u16, u8, usize);
from_value! {
    bool, "0 or 1", |Cell::Int(v @ (0 | 1))| Some(v == 1);
    String, "text", |Cell::Text(text)| Some(text.to_owned());
    Vec<u8>, "bytes", |Cell::Bytes(bytes)| Some(bytes.to_vec());
    Uuid, "a uuid", |Cell::Bytes(bytes)| Uuid::from_slice(bytes).ok();
}
impl<const N: usize> FromValue for [u8; N] {
    const WANTED: &'static str = "bytes of a fixed length";
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        if let Cell::Bytes(bytes) = cell { bytes.try_into().ok() } else { None }
    }
}
impl<T: FromValue> FromValue for Option<T> {
    const WANTED: &'static str = T::WANTED;
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}

/// The current row of a result.
pub struct Row<'r>(pub(crate) RowRef<'r>);

pub(crate) enum RowRef<'r> {
    Lite(&'r rusqlite::Row<'r>),
    Pg(&'r tokio_postgres::Row),
}

impl Row<'_> {
    /// The column at a position, from 0.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T> {
        let cell = self.cell(index)?;
        T::from_cell(cell).ok_or_else(|| column(index, T::WANTED, cell.kind().to_owned()))
    }

    fn cell(&self, index: usize) -> Result<Cell<'_>> {
        match self.0 {
            RowRef::Lite(row) => match row.get_ref(index) {
                Ok(ValueRef::Null) => Ok(Cell::Null),
                Ok(ValueRef::Integer(v)) => Ok(Cell::Int(v)),
                Ok(ValueRef::Text(bytes)) => std::str::from_utf8(bytes)
                    .map(Cell::Text)
                    .map_err(|_| column(index, "text", "text that is not UTF-8".into())),
                Ok(ValueRef::Blob(bytes)) => Ok(Cell::Bytes(bytes)),
                Ok(ValueRef::Real(_)) => Err(column(index, "an exact value", "a real number".into())),
                Err(_) => Err(column(index, "a column", "nothing".into())),
            },
            RowRef::Pg(row) if index >= row.len() => Err(column(index, "a column", "nothing".into())),
            RowRef::Pg(row) => row.try_get::<_, Cell<'_>>(index).map_err(|error| {
                let found = error.source().map_or_else(|| "an unknown type".into(), ToString::to_string);
                column(index, "an exact value", found)
            }),
        }
    }
}

fn column(index: usize, wanted: &'static str, found: String) -> Error {
    Error::Column { index, wanted, found }
}

/// What a row can be read as, by column position.
pub trait FromRow: Sized {
    /// Reads the row.
    fn from_row(row: &Row<'_>) -> Result<Self>;
}

macro_rules! from_row {
    () => {};
    // Columns are written last to first, so that each shorter tuple is the rest.
    ($last:ident $index:tt $($name:ident $at:tt)*) => {
        from_row!(@tuple [$last $index $($name $at)*]);
        from_row!($($name $at)*);
    };
    (@tuple [] $($name:ident $at:tt)+) => {
        impl<$($name: FromValue),+> FromRow for ($($name,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self> { Ok(($(row.get::<$name>($at)?,)+)) }
        }
    };
    (@tuple [$first:ident $index:tt $($rest:tt)*] $($done:tt)*) => {
        from_row!(@tuple [$($rest)*] $first $index $($done)*);
    };
}
from_row!(P 15 O 14 N 13 M 12 L 11 K 10 J 9 I 8 H 7 G 6 F 5 E 4 D 3 C 2 B 1 A 0);

/// Declares a struct that is read from a row by column position: the first field is the first column.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty),+ $(,)?
    }) => {
        $(#[$meta])* $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),+ }
        impl $crate::FromRow for $name {
            fn from_row(row: &$crate::Row<'_>) -> $crate::Result<Self> {
                let mut columns = 0usize..;
                // Fields of a struct expression are evaluated in the order written.
                Ok(Self { $($field: row.get::<$type>(columns.next().unwrap_or_default())?),+ })
            }
        }
    };
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(v) => ValueRef::Integer(*v),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Uuid(uuid) => ValueRef::Blob(uuid.as_bytes()),
        }))
    }
}

type Boxed = Box<dyn StdError + Sync + Send>;

/// The server tells the type of each parameter when it prepares, so NULL is never untyped and integers take the width
/// of their place.
impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        match (self, ty) {
            (Self::Null, _) => return Ok(IsNull::Yes),
            (Self::Int(v), &Type::INT8) => out.put_i64(*v),
            (Self::Int(v), &Type::INT4) => out.put_i32(i32::try_from(*v)?),
            (Self::Int(v), &Type::INT2) => out.put_i16(i16::try_from(*v)?),
            (Self::Int(v @ (0 | 1)), &Type::BOOL) => out.put_u8(u8::from(*v == 1)),
            (Self::Int(v), &Type::NUMERIC) => put_numeric(*v, out),
            (Self::Text(text), &Type::TEXT | &Type::VARCHAR | &Type::BPCHAR | &Type::NAME | &Type::UNKNOWN) => {
                out.put_slice(text.as_bytes());
            }
            (Self::Bytes(bytes), &Type::BYTEA) => out.put_slice(bytes),
            (Self::Uuid(uuid), &Type::UUID | &Type::BYTEA) => out.put_slice(uuid.as_bytes()),
            (Self::Bytes(bytes), &Type::UUID) if bytes.len() == 16 => out.put_slice(bytes),
            (value, ty) => {
                return Err(format!("{value:?} does not fit a place of type {ty}; a CAST in the text may help").into());
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

impl<'r> FromSql<'r> for Cell<'r> {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> Result<Self, Boxed> {
        Ok(match *ty {
            Type::INT8 => Cell::Int(i64::from_be_bytes(raw.try_into()?)),
            Type::INT4 => Cell::Int(i64::from(i32::from_be_bytes(raw.try_into()?))),
            Type::INT2 => Cell::Int(i64::from(i16::from_be_bytes(raw.try_into()?))),
            Type::BOOL => Cell::Int(i64::from(raw == [1])),
            Type::NUMERIC => Cell::Int(numeric(raw).ok_or("a number that is not a 64-bit integer")?),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
                Cell::Text(std::str::from_utf8(raw)?)
            }
            Type::BYTEA | Type::UUID => Cell::Bytes(raw),
            Type::VOID => Cell::Null,
            _ => return Err(format!("type {ty}").into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Boxed> {
        Ok(Cell::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// PostgreSQL's binary `numeric`: count, weight, sign and scale, then digits of base 10,000.
fn put_numeric(value: i64, out: &mut BytesMut) {
    let mut digits = Vec::new();
    let mut rest = value.unsigned_abs();
    while rest > 0 {
        digits.push((rest % 10_000) as i16);
        rest /= 10_000;
    }
    out.put_i16(digits.len() as i16);
    out.put_i16(digits.len() as i16 - 1);
    out.put_u16(if value < 0 { 0x4000 } else { 0 });
    out.put_i16(0);
    digits.iter().rev().for_each(|digit| out.put_i16(*digit));
}

/// The integer in a binary `numeric`; `None` when it has a fraction, is not a number or does not fit.
fn numeric(raw: &[u8]) -> Option<i64> {
    let words: Vec<i16> = raw.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]])).collect();
    let [count, weight, sign, _scale, digits @ ..] = words.as_slice() else { return None };
    if *count as usize != digits.len() || !matches!(*sign, 0 | 0x4000) {
        return None;
    }
    let mut value: i128 = 0;
    for place in 0..=i32::from(*weight).min(8) {
        value = value * 10_000 + i128::from(digits.get(place as usize).copied().unwrap_or(0));
    }
    let whole = usize::try_from(i32::from(*weight) + 1).unwrap_or(0);
    if *weight > 8 || digits.iter().skip(whole).any(|digit| *digit != 0) {
        return None;
    }
    i64::try_from(if *sign == 0 { value } else { -value }).ok()
}
