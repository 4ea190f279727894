//! A JSON value that travels as its text: shared, never cloned deeply, parsed only by who looks inside.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Any JSON value. Cloning shares the text.
#[derive(Clone)]
pub struct Payload(Arc<RawValue>);

impl Payload {
    /// Serialises `value`. Fails only for types that are not JSON (maps with non-text keys).
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(|raw| Self(raw.into()))
    }

    /// Takes JSON text as it is, after checking that it is one JSON value.
    pub fn from_json(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(|raw| Self(raw.into()))
    }

    pub fn null() -> Self {
        Self(RawValue::NULL.to_owned().into())
    }

    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.json())
    }

    /// The JSON text.
    pub fn json(&self) -> &str {
        self.0.get()
    }

    /// Length of the JSON text.
    pub fn bytes(&self) -> usize {
        self.json().len()
    }

    pub fn is_null(&self) -> bool {
        self.json() == "null"
    }
}

impl From<serde_json::Value> for Payload {
    fn from(value: serde_json::Value) -> Self {
        Self(serde_json::value::to_raw_value(&value).expect("a JSON value always serialises").into())
    }
}

impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        Self(serde_json::value::to_raw_value(text).expect("text always serialises").into())
    }
}

impl PartialEq for Payload {
    /// Equal when the texts are equal, or when both hold the same value written differently.
    fn eq(&self, other: &Self) -> bool {
        if self.json() == other.json() {
            return true;
        }
        match (self.parse::<serde_json::Value>(), other.parse::<serde_json::Value>()) {
            (Ok(left), Ok(right)) => left == right,
            (Err(_), _) | (_, Err(_)) => false,
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.json())
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|raw| Self(raw.into()))
    }
}

impl JsonSchema for Payload {
    fn schema_name() -> Cow<'static, str> {
        "Json".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "description": "Any JSON value." })
    }
}
