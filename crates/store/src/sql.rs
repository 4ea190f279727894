//! The narrow interface that table functions are written against: text with `$1…`, cells in, rows out.
//! The text is the portable dialect that both databases understand; drivers bind `$n` by its number.

use crate::{Error, Result};

/// Values for `$1…`, borrowed from the caller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// One column of a result row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// One result row; columns are read by their position, from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(Vec<Value>);

/// One connection inside its transaction.
pub trait Sql {
    /// Runs a statement that returns rows.
    fn query(&mut self, text: &str, params: &[Cell<'_>]) -> Result<Vec<Row>>;

    /// Runs a statement that returns none. Gives the number of rows changed.
    fn run(&mut self, text: &str, params: &[Cell<'_>]) -> Result<u64>;
}

/// Whether a statement that returns rows may also change some.
pub(crate) fn may_change(text: &str) -> bool {
    !text.trim_start().starts_with("SELECT")
}

impl Row {
    pub fn new(cells: Vec<Value>) -> Self {
        Self(cells)
    }

    pub fn int(&self, column: usize) -> Result<i64> {
        match self.value(column)? {
            Value::Int(number) => Ok(*number),
            other => Err(unexpected(column, "a whole number", other)),
        }
    }

    /// A whole number that is never negative, such as a revision or a count.
    pub fn count(&self, column: usize) -> Result<u64> {
        let number = self.int(column)?;
        u64::try_from(number).map_err(|_| Error::Corrupt(format!("column {column} holds `{number}`, a negative count")))
    }

    pub fn maybe_int(&self, column: usize) -> Result<Option<i64>> {
        if *self.value(column)? == Value::Null { Ok(None) } else { self.int(column).map(Some) }
    }

    pub fn text(&self, column: usize) -> Result<&str> {
        match self.value(column)? {
            Value::Text(text) => Ok(text),
            other => Err(unexpected(column, "text", other)),
        }
    }

    pub fn maybe_text(&self, column: usize) -> Result<Option<&str>> {
        if *self.value(column)? == Value::Null { Ok(None) } else { self.text(column).map(Some) }
    }

    pub fn blob(&self, column: usize) -> Result<&[u8]> {
        match self.value(column)? {
            Value::Blob(bytes) => Ok(bytes),
            other => Err(unexpected(column, "bytes", other)),
        }
    }

    /// Moves the column out of the row, leaving `Null`: for texts and bytes that are large.
    pub fn take(&mut self, column: usize) -> Result<Value> {
        match self.0.get_mut(column) {
            Some(value) => Ok(std::mem::replace(value, Value::Null)),
            None => Err(missing(column)),
        }
    }

    fn value(&self, column: usize) -> Result<&Value> {
        self.0.get(column).ok_or_else(|| missing(column))
    }
}

fn missing(column: usize) -> Error {
    Error::Sql(format!("the row has no column {column}"))
}

fn unexpected(column: usize, wanted: &str, found: &Value) -> Error {
    let kind = match found {
        Value::Null => "nothing",
        Value::Int(_) => "a whole number",
        Value::Text(_) => "text",
        Value::Blob(_) => "bytes",
    };
    Error::Corrupt(format!("column {column} holds {kind} instead of {wanted}"))
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Cell<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes)
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Cell<'_> {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<u64> for Cell<'_> {
    /// Both databases count to `i64::MAX`; what lies above is beyond every stored number, so the largest one stands for it.
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
