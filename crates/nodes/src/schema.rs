//! A JSON Schema inside a config: read once with the config, then used for any number of values. It can refer to its
//! own parts only: nothing is loaded for it. Patterns in it are matched in linear time.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use jsonschema::{PatternOptions, Retrieve, Uri, Validator};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Value, json};

use crate::problems;

/// Compiled patterns beyond this are made to exhaust memory.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// A JSON Schema (draft 2020-12 unless `$schema` says otherwise). Cloning shares it. The default wants an object.
#[derive(Clone)]
pub struct ValueSchema(Arc<Compiled>);

struct Compiled {
    schema: Value,
    validator: Validator,
}

/// One thing that is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// JSON Pointer into the value.
    pub place: String,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => formatter.write_str(&self.message),
            place => write!(formatter, "at `{place}`: {}", self.message),
        }
    }
}

impl ValueSchema {
    pub fn new(schema: Value) -> Result<Self, String> {
        if !schema.is_object() && !schema.is_boolean() {
            return Err("a JSON Schema is an object, `true` or `false`".to_owned());
        }
        let patterns = PatternOptions::regex().size_limit(MAX_PATTERN_BYTES).dfa_size_limit(MAX_PATTERN_BYTES);
        let validator =
            jsonschema::options().with_pattern_options(patterns).with_retriever(Nothing).build(&schema).map_err(
                |error| match error.instance_path().to_string().as_str() {
                    "" => error.to_string(),
                    place => format!("{error} at `{place}`"),
                },
            )?;
        Ok(Self(Arc::new(Compiled { schema, validator })))
    }

    pub fn value(&self) -> &Value {
        &self.0.schema
    }

    /// What is wrong with `value`; nothing when it fits. Takes long for some schemas: not for a runtime's thread.
    pub fn problems(&self, value: &Value) -> Vec<Problem> {
        let found = problems::find(&self.0.validator, value);
        found.into_iter().map(|(place, message)| Problem { place, message }).collect()
    }
}

/// Reads JSON out of text, with or without a Markdown fence around it.
pub fn read_json(text: &str) -> Result<Value, Problem> {
    serde_json::from_str(unfenced(text))
        .map_err(|error| Problem { place: String::new(), message: format!("the text is not JSON: {error}") })
}

/// What stands between a fence that opens the text and one that closes it.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    match inner.and_then(|inner| inner.split_once('\n')) {
        Some((_language, body)) => body.trim(),
        None => text,
    }
}

/// Refuses to load what a schema refers to outside of itself.
struct Nothing;

impl Retrieve for Nothing {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("cannot load `{uri}`: a schema refers to its own parts only").into())
    }
}

impl Default for ValueSchema {
    fn default() -> Self {
        Self::new(json!({ "type": "object" })).expect("this is a schema")
    }
}

impl PartialEq for ValueSchema {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl fmt::Debug for ValueSchema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.value(), formatter)
    }
}

impl Serialize for ValueSchema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ValueSchema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Value::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for ValueSchema {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ValueSchema".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["object", "boolean"], "x-widget": "code", "x-language": "json" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ValueSchema, read_json};

    #[test]
    fn tells_what_is_wrong_and_where() {
        let schema = ValueSchema::new(json!({
            "type": "object",
            "properties": { "tags": { "type": "array", "items": { "$ref": "#/$defs/tag" } } },
            "$defs": { "tag": { "type": "string", "pattern": "^[a-z]+$" } }
        }));
        let schema = schema.unwrap();
        assert_eq!(schema.problems(&json!({ "tags": ["a"] })), []);
        let told: Vec<String> =
            schema.problems(&json!({ "tags": ["a", 1, "B"] })).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["at `/tags/1`: 1 is not of type \"string\"", "at `/tags/2`: \"B\" does not match \"^[a-z]+$\""]
        );
    }

    #[test]
    fn a_schema_that_is_none_or_reaches_outside_is_refused() {
        let cases = [
            json!([]),
            json!({ "type": "strin" }),
            json!({ "pattern": "(" }),
            json!({ "pattern": "(a{1000}){1000}" }),
            json!({ "pattern": "(?=a)" }),
            json!({ "$ref": "file:///etc/hostname" }),
            json!({ "$ref": "http://localhost/schema.json" }),
            json!({ "$ref": "#/$defs/none" }),
        ];
        for schema in cases {
            assert!(ValueSchema::new(schema.clone()).is_err(), "{schema}");
        }
    }

    #[test]
    fn a_pattern_made_to_backtrack_is_quick() {
        let schema = ValueSchema::new(json!({ "pattern": "^(a+)+$" })).unwrap();
        assert_eq!(schema.problems(&json!(format!("{}!", "a".repeat(50_000)))).len(), 1);
    }

    #[test]
    fn json_is_read_out_of_what_models_answer() {
        for text in ["{\"a\":1}", " {\"a\":1}\n", "```json\n{\"a\":1}\n```", "```\n{\"a\":1}```\n"] {
            assert_eq!(read_json(text), Ok(json!({ "a": 1 })), "{text}");
        }
        for text in ["", "```", "``````", "```json```", "here: {}"] {
            assert!(read_json(text).is_err(), "{text}");
        }
    }
}
