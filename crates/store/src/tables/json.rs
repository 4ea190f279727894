//! JSON columns: written from types, read back into them.
//! What cannot be read back is an error that names table and column, never a default.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

pub fn write<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Constraint(format!("not storable as JSON: {error}")))
}

/// `place` names table and column for the error.
pub fn read<T: DeserializeOwned>(place: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt(format!("`{place}`: {error}")))
}
