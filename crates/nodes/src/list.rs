//! Lists and objects as the nodes that work on items see them. An item keeps the text in which it arrived and an object
//! the order of its fields: what a node does not change leaves as it came. How values compare is in `compare`.

use std::borrow::Cow;

use indexmap::IndexMap;
use protocol::Payload;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::outside::LARGE_BYTES;
use crate::{Context, NodeFailure};

/// An object with its fields in order.
pub type Record = IndexMap<String, Payload>;

/// The items of a list. Fails with `invalid_input` when something else arrived.
pub fn items(payload: &Payload, port: &str) -> Result<Vec<Payload>, NodeFailure> {
    if !payload.json().starts_with('[') {
        let kind = kind_of(payload);
        return Err(invalid(format!("what arrived at port `{port}` is {kind}, not a list")));
    }
    payload.parse().map_err(|error| invalid(format!("cannot read what arrived at port `{port}`: {error}")))
}

/// An item that must be an object. `number` counts from 1.
pub fn record(item: &Payload, number: usize) -> Result<Record, NodeFailure> {
    if !item.json().starts_with('{') {
        return Err(invalid(format!("item {number} is {}, not an object", kind_of(item))));
    }
    item.parse().map_err(|error| invalid(format!("cannot read item {number}: {error}")))
}

/// What is inside an item. `number` counts from 1.
pub fn value(item: &Payload, number: usize) -> Result<Value, NodeFailure> {
    item.parse().map_err(|error| invalid(format!("cannot read item {number}: {error}")))
}

pub fn invalid(message: String) -> NodeFailure {
    NodeFailure::new("invalid_input", message)
}

/// What people call this kind of value.
pub fn kind_of(payload: &Payload) -> &'static str {
    match payload.json().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'"') => "text",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        Some(_) | None => "a number",
    }
}

/// Runs work on values of `bytes` bytes: at once when they are few, else on a compute thread. `usize::MAX` stands for
/// work of an author's making, such as templates, which may take long on few bytes.
pub async fn compute<T: Send + 'static>(
    context: &Context,
    what: &str,
    bytes: usize,
    work: impl FnOnce() -> Result<T, NodeFailure> + Send + 'static,
) -> Result<T, NodeFailure> {
    if bytes < LARGE_BYTES { work() } else { context.outside.compute.run(what, work).await? }
}

/// The name of a field, or a way to one inside others, such as `customer.address.city` or `lines.0.price`.
/// A field whose own name holds a dot is found too. The empty name is the item itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Field(String);

impl Field {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn name(&self) -> &str {
        &self.0
    }

    /// The last part: what the field is called where it stands.
    pub fn last(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or_default()
    }

    pub fn find<'value>(&self, item: &'value Value) -> Option<&'value Value> {
        if self.0.is_empty() { Some(item) } else { find(item, &self.0) }
    }
}

impl From<&str> for Field {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl JsonSchema for Field {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Field".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": 500 })
    }
}

/// The longest name that fits wins, so that `a.b` finds the field `a.b` before the field `b` of `a`.
fn find<'value>(value: &'value Value, path: &str) -> Option<&'value Value> {
    match value {
        Value::Object(fields) => fields.get(path).or_else(|| {
            let (first, rest) = path.split_once('.')?;
            find(fields.get(first)?, rest)
        }),
        Value::Array(items) => {
            let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
            let item = items.get(first.parse::<usize>().ok()?)?;
            rest.map_or(Some(item), |rest| find(item, rest))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use protocol::Payload;
    use serde_json::json;

    use super::{Field, items, record};

    #[test]
    fn fields_are_found_by_their_way() {
        let item = json!({ "a": { "b": [{ "c": 1 }] }, "a.b": 2, "n.o": { "p.q": 3 }, "nr.": 4 });
        let cases = [
            ("a", Some(json!({ "b": [{ "c": 1 }] }))),
            ("a.b", Some(json!(2))),
            ("a.b.0.c", Some(json!(1))),
            ("nr.", Some(json!(4))),
            ("a.c", None),
            ("a.b.1", None),
            ("a.b.x", None),
            ("n.o.p.q", None),
            ("", Some(item.clone())),
        ];
        for (way, expected) in cases {
            assert_eq!(Field::from(way).find(&item).cloned(), expected, "{way}");
        }
        assert_eq!(Field::from("customer.address.city").last(), "city");
    }

    #[test]
    fn says_what_arrived_instead() {
        for (value, kind) in [("{}", "an object"), ("\"[]\"", "text"), ("null", "null"), ("-1", "a number")] {
            let failure = items(&Payload::from_json(value.to_owned()).unwrap(), "input").unwrap_err();
            assert_eq!(failure.message, format!("what arrived at port `input` is {kind}, not a list"));
        }
        let failure = record(&Payload::from("a"), 3).unwrap_err();
        assert_eq!(
            (failure.code.as_str(), failure.message.as_str()),
            ("invalid_input", "item 3 is text, not an object")
        );
    }

    #[test]
    fn objects_keep_the_order_and_the_text_of_their_fields() {
        let text = r#"{"z":1.50,"a":{"y":1,"b":2},"m":12345678901234567890123}"#;
        let fields = record(&Payload::from_json(text.to_owned()).unwrap(), 1).unwrap();
        assert_eq!(Payload::of(&fields).unwrap().json(), text);
    }
}
