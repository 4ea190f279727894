//! JSON columns: written from types, read back into them.

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
