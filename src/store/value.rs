//! What can be bound to a statement and read from a row, in the subset that every engine has.

use std::cell::Cell;

use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::base::error::{Error, Result};
use crate::base::id::Id;
use crate::base::text::Address;
use crate::base::time::{Timestamp, Zone};

/// A value on its way into the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// No value.
    Null,
    /// BIGINT, and BOOLEAN on engines that keep it as a number.
    Int(i64),
    /// BOOLEAN.
    Bool(bool),
    /// TEXT.
    Text(String),
    /// BYTEA.
    Bytes(Vec<u8>),
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Bool(truth) => ValueRef::Integer(i64::from(*truth)),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// A value as the engine gave it, which is its own until the next row.
#[derive(Clone, Copy, Debug)]
pub enum Given<'v> {
    /// No value.
    Null,
    /// BIGINT, and BOOLEAN on engines that keep it as a number.
    Int(i64),
    /// BOOLEAN.
    Bool(bool),
    /// TEXT.
    Text(&'v str),
    /// BYTEA.
    Bytes(&'v [u8]),
}

impl<'v> Given<'v> {
    fn of(value: ValueRef<'v>) -> Result<Self> {
        Ok(match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Int(number),
            ValueRef::Real(_) => return Err(Error::internal("the store holds no fractions")),
            ValueRef::Text(text) => Self::Text(std::str::from_utf8(text).map_err(Error::internal)?),
            ValueRef::Blob(bytes) => Self::Bytes(bytes),
        })
    }
}

impl Value {
    /// The same, to be read.
    pub fn given(&self) -> Given<'_> {
        match self {
            Self::Null => Given::Null,
            Self::Int(number) => Given::Int(*number),
            Self::Bool(truth) => Given::Bool(*truth),
            Self::Text(text) => Given::Text(text),
            Self::Bytes(bytes) => Given::Bytes(bytes),
        }
    }
}

/// What can be bound.
pub trait ToValue {
    /// As a value of the store.
    fn to_value(&self) -> Value;
}

/// What can be read from a column.
pub trait FromValue: Sized {
    /// From a value of the store; `None` if it is not of that kind.
    fn from_value(value: Given<'_>) -> Option<Self>;
}

fn text_of(value: Given<'_>) -> Option<&str> {
    match value {
        Given::Text(text) => Some(text),
        _ => None,
    }
}

/// The values of a statement, in the order of its `$1`, `$2`, ….
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::ToValue::to_value(&$value)),*] };
}

/// What is borrowed is bound as what it borrows.
macro_rules! borrowed {
    ($($kind:ty),*) => {$(
        impl ToValue for &$kind {
            fn to_value(&self) -> Value {
                (**self).to_value()
            }
        }
    )*};
}

borrowed!(str, String, [u8], Vec<u8>, Address);

impl<I: Id> ToValue for I {
    fn to_value(&self) -> Value {
        Value::Text(self.uuid().hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()).to_owned())
    }
}

impl<I: Id> FromValue for I {
    fn from_value(value: Given<'_>) -> Option<Self> {
        text_of(value).and_then(|text| uuid::Uuid::try_parse(text).ok()).map(Self::from_uuid)
    }
}

impl ToValue for i64 {
    fn to_value(&self) -> Value {
        Value::Int(*self)
    }
}

impl FromValue for i64 {
    fn from_value(value: Given<'_>) -> Option<Self> {
        match value {
            Given::Int(number) => Some(number),
            _ => None,
        }
    }
}

impl ToValue for u32 {
    fn to_value(&self) -> Value {
        Value::Int(i64::from(*self))
    }
}

impl FromValue for u32 {
    fn from_value(value: Given<'_>) -> Option<Self> {
        i64::from_value(value).and_then(|number| number.try_into().ok())
    }
}

impl ToValue for bool {
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
}

impl FromValue for bool {
    fn from_value(value: Given<'_>) -> Option<Self> {
        match value {
            Given::Int(number) => Some(number != 0),
            Given::Bool(truth) => Some(truth),
            _ => None,
        }
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl FromValue for String {
    fn from_value(value: Given<'_>) -> Option<Self> {
        match value {
            Given::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value {
        Value::Bytes(self.clone())
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Given<'_>) -> Option<Self> {
        match value {
            Given::Bytes(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }
}

impl ToValue for Timestamp {
    fn to_value(&self) -> Value {
        Value::Int(self.ms())
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Given<'_>) -> Option<Self> {
        i64::from_value(value).map(Self::from_ms)
    }
}

impl ToValue for Zone {
    fn to_value(&self) -> Value {
        Value::Text(self.name().to_owned())
    }
}

impl FromValue for Zone {
    fn from_value(value: Given<'_>) -> Option<Self> {
        text_of(value).and_then(Self::parse)
    }
}

impl ToValue for Address {
    fn to_value(&self) -> Value {
        Value::Text(self.as_str().to_owned())
    }
}

impl FromValue for Address {
    fn from_value(value: Given<'_>) -> Option<Self> {
        text_of(value).and_then(Self::parse)
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Given<'_>) -> Option<Self> {
        match value {
            Given::Null => Some(None),
            given => T::from_value(given).map(Some),
        }
    }
}

/// A row of an answer.
pub struct Row<'r> {
    row: &'r rusqlite::Row<'r>,
    /// The column after the one that was read last.
    next: Cell<usize>,
}

impl<'r> Row<'r> {
    pub(super) fn new(row: &'r rusqlite::Row<'r>) -> Self {
        Self { row, next: Cell::new(0) }
    }

    /// The value of column `name`.
    ///
    /// A row is mostly read in the order of its columns: the next one is looked at before all of them are.
    pub fn get<T: FromValue>(&self, name: &str) -> Result<T> {
        let (statement, next) = (self.row.as_ref(), self.next.get());
        let at = match statement.column_name(next) {
            Ok(known) if known == name => next,
            _ => statement.column_index(name).map_err(Error::internal)?,
        };
        self.next.set(at + 1);
        let given = Given::of(self.row.get_ref(at).map_err(Error::internal)?)?;
        T::from_value(given)
            .ok_or_else(|| Error::internal(format!("column {name} holds a value of another kind")))
    }

    /// The number in the column at `index`, from 0: for rows of which there are many.
    pub fn int(&self, index: usize) -> Result<i64> {
        self.row.get(index).map_err(Error::internal)
    }
}
