//! A JSON value that travels as its text: shared, never cloned deeply, parsed only by who looks inside.
//! Two are equal when they hold the same value, however it is written. What is inside is never checked here.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
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
        deserializer.deserialize_newtype_struct(RAW_VALUE, PayloadVisitor)
    }
}

/// The name by which serde_json recognises a request for raw text.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Takes the raw text where the format can hand it out. Inside tagged and flattened types serde has already parsed the
/// value into a buffer, which `RawValue` by itself refuses; there the value is written out again.
struct PayloadVisitor;

impl<'de> Visitor<'de> for PayloadVisitor {
    type Value = Payload;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Payload, A::Error> {
        Box::<RawValue>::deserialize(MapAccessDeserializer::new(map)).map(|raw| Payload(raw.into()))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, buffered: D) -> Result<Payload, D::Error> {
        serde_json::Value::deserialize(buffered).map(Payload::from)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Payload;
    use crate::runs::Run;
    use crate::workflows::OnError;

    #[test]
    fn keeps_the_text_where_the_format_hands_it_out() {
        let list: Vec<Payload> = serde_json::from_str(r#"[{"b" : 1, "a": 1.50}, null]"#).unwrap();
        assert_eq!(list[0].json(), r#"{"b" : 1, "a": 1.50}"#);
        assert!(list[1].is_null());
        let from_value: Payload = serde_json::from_value(json!({ "a": [1] })).unwrap();
        assert_eq!(from_value.json(), r#"{"a":[1]}"#);
        assert!(serde_json::from_str::<Payload>("{").is_err());
    }

    #[test]
    fn travels_inside_tagged_and_flattened_types() {
        for value in [json!({ "a": [1, "x"] }), json!(null), json!("text"), json!(1.5), json!([])] {
            let text = json!({ "action": "fallback", "value": value }).to_string();
            let read: OnError = serde_json::from_str(&text).unwrap();
            assert_eq!(read, OnError::Fallback { value: value.into() });
        }
        let run = json!({
            "id": "r", "workflow_id": "w", "workflow_revision": 1, "status": "failed", "created_at_ms": 0,
            "failure": { "code": "c", "message": "m", "transient": false, "details": { "status": 500 } },
            "usage": { "input_tokens": 0, "output_tokens": 0 }, "inputs": { "a": [1] }, "outputs": {}
        });
        let read: Run = serde_json::from_str(&run.to_string()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), run);
    }
}
