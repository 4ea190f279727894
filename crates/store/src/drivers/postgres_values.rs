//! Cells and values in PostgreSQL's binary form.
//! The column's type decides how a cell is written.

use std::error::Error as StdError;

use postgres::types::private::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::{Cell, Value};

/// A value that its column cannot hold: the caller's mistake, not the connection's.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(String);

impl Unfit {
    /// The cause of this error, if it is one.
    pub fn within(error: &postgres::Error) -> Option<&Self> {
        StdError::source(error).and_then(|cause| cause.downcast_ref())
    }
}

type Encoded = Result<IsNull, Box<dyn StdError + Sync + Send>>;

impl ToSql for Cell<'_> {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Encoded {
        match (*self, wanted) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(number), &Type::INT8) => number.to_sql(wanted, out),
            (Self::Blob(bytes), &Type::BYTEA) => bytes.to_sql(wanted, out),
            (Self::Text(text), &(Type::TEXT | Type::VARCHAR | Type::NAME)) => text.to_sql(wanted, out),
            (cell, wanted) => Err(Box::new(Unfit(format!("a column of type `{wanted}` cannot hold `{cell:?}`")))),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(found: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        match *found {
            Type::INT8 => i64::from_sql(found, raw).map(Self::Int),
            Type::INT4 => i32::from_sql(found, raw).map(|number| Self::Int(number.into())),
            Type::BYTEA => Vec::from_sql(found, raw).map(Self::Blob),
            Type::TEXT | Type::VARCHAR | Type::NAME => String::from_sql(found, raw).map(Self::Text),
            _ => Err(Box::new(Unfit(format!("a column of type `{found}` cannot be read")))),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
