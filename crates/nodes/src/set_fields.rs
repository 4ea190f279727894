//! Adds, renames, removes and picks fields of an object, or of each object of a list. Fields that no change names stay
//! as they are and where they are. The way to a field inside others is in `set_fields/place`.

mod place;

use engine::Scope;
use engine::expression::Template;
use protocol::Payload;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::compare::Numeric;
use crate::face::{gives, takes};
use crate::item_template;
use crate::list::{self, Field, Record, invalid, kind_of};
use crate::node::payload;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Objects with other fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SetFieldsConfig {
    /// What is done, one after the other. Each sees what the ones before it have made.
    #[schemars(length(max = 200))]
    pub changes: Vec<Change>,
}

/// One change of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// A field gets a value. One that is not there is added.
    #[schemars(title = "Set")]
    Set {
        /// Name of the field, such as `total` or `address.city`.
        #[schemars(transform = named)]
        field: Field,
        /// The value, such as `{{ item.price * item.amount }}`. `{{ item }}` is the object.
        value: Template,
        /// What kind of value it is.
        #[serde(default)]
        value_type: FieldType,
    },
    /// A field gets another name. Nothing happens where it is absent.
    #[schemars(title = "Rename")]
    Rename {
        /// Name of the field.
        #[schemars(transform = named)]
        field: Field,
        /// Its new name. A field that has it already is replaced.
        #[schemars(transform = named)]
        to: Field,
    },
    /// Fields are removed. Absent ones are none the worse.
    #[schemars(title = "Remove")]
    Remove {
        /// Names of the fields.
        fields: Vec<Field>,
    },
    /// All other fields are removed, and these stand in this order.
    #[schemars(title = "Keep only")]
    Keep {
        /// Names of the fields.
        fields: Vec<Field>,
    },
}

fn named(schema: &mut Schema) {
    schema.insert("minLength".to_owned(), 1.into());
}

/// What kind of value a template gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Text, as it is.
    #[default]
    Text,
    /// A number.
    Number,
    /// True or false: the words `true` and `false`.
    Boolean,
    /// Any JSON value, such as a list, an object or null.
    Json,
}

impl Default for SetFieldsConfig {
    fn default() -> Self {
        let change =
            Change::Set { field: Field::from("field"), value: Template::default(), value_type: FieldType::Text };
        Self { changes: vec![change] }
    }
}

pub struct SetFields;

impl Node for SetFields {
    const KIND: &'static str = "set_fields";
    type Config = SetFieldsConfig;

    fn face() -> Face {
        Face {
            label: "Set fields".to_owned(),
            description: "Adds, renames, removes or picks fields of an object or of each one in a list (edit, map)."
                .to_owned(),
            group: Group::Data,
            icon: "pencil-line".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Object or list", PortType::Json)],
            outputs: vec![gives("output", "Changed", PortType::Json)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    fn check(config: &SetFieldsConfig) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        for (place, change) in config.changes.iter().enumerate() {
            let (Change::Remove { fields } | Change::Keep { fields }) = change else { continue };
            if let Some(unnamed) = fields.iter().position(Field::is_empty) {
                problems.push((format!("/changes/{place}/fields/{unnamed}"), "a field needs a name".to_owned()));
            }
        }
        problems
    }

    async fn run(config: &SetFieldsConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let arrived = inputs.required("input")?.clone();
        let is_plain =
            |change: &Change| !matches!(change, Change::Set { value, .. } if !item_template::is_plain(value));
        let bytes = if config.changes.iter().all(is_plain) { arrived.bytes() } else { usize::MAX };
        let room = context.outside.limits.max_output_bytes;
        let mut editor = Editor { changes: config.changes.clone(), scope: context.scope.clone(), room };
        let changed = list::compute(context, "the changes", bytes, move || {
            if arrived.json().starts_with('{') {
                return payload(&editor.change(&arrived, 1)?);
            }
            if !arrived.json().starts_with('[') {
                let kind = kind_of(&arrived);
                return Err(invalid(format!("what arrived at port `input` is {kind}, neither an object nor a list")));
            }
            let items = list::items(&arrived, "input")?;
            let changed = items.iter().enumerate().map(|(place, item)| editor.change(item, place + 1));
            payload(&changed.collect::<Result<Vec<Record>, _>>()?)
        });
        Ok(Done::one("output", changed.await?))
    }
}

struct Editor {
    changes: Vec<Change>,
    scope: Scope,
    /// How many bytes may still be filled in: a value may repeat the whole list for each of its items.
    room: usize,
}

impl Editor {
    /// `number` counts from 1.
    fn change(&mut self, item: &Payload, number: usize) -> Result<Record, NodeFailure> {
        let mut record = list::record(item, number)?;
        let refused = |reason: String| invalid(format!("in item {number}, {reason}"));
        for change in &self.changes {
            match change {
                Change::Set { field, value, value_type } => {
                    let seen = if item_template::is_plain(value) { item.clone() } else { payload(&record)? };
                    let text = item_template::render(value, &self.scope, &seen, (number, field.name()))?;
                    self.room = self.room.checked_sub(text.len()).ok_or_else(|| {
                        NodeFailure::new("too_large", "the new values together are longer than a step may give")
                    })?;
                    let value =
                        value_type.read(text).map_err(|reason| refused(format!("`{}` {reason}", field.name())))?;
                    place::set(&mut record, field.name(), value).map_err(refused)?;
                }
                Change::Rename { field, to } => place::rename(&mut record, field.name(), to.name()).map_err(refused)?,
                Change::Remove { fields } => {
                    for field in fields {
                        place::take(&mut record, field.name()).map_err(refused)?;
                    }
                }
                Change::Keep { fields } => record = place::keep(record, fields).map_err(refused)?,
            }
        }
        Ok(record)
    }
}

impl FieldType {
    fn read(self, text: String) -> Result<Payload, String> {
        let shown = |text: &str| text.chars().take(40).collect::<String>();
        match self {
            Self::Text => Ok(Payload::from(text.as_str())),
            Self::Number => match Numeric::of_text(&text) {
                Some(number) => Ok(number.to_json().into()),
                None => Err(format!("must be a number, not `{}`", shown(&text))),
            },
            Self::Boolean => match text.trim().to_ascii_lowercase().as_str() {
                "true" => Ok(Value::Bool(true).into()),
                "false" => Ok(Value::Bool(false).into()),
                other => Err(format!("must be `true` or `false`, not `{}`", shown(other))),
            },
            Self::Json => Payload::from_json(text.trim().to_owned())
                .map_err(|error| format!("must be JSON, and `{}` is not: {error}", shown(&text))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::SetFields;
    use crate::testing::Attempt;

    fn run(changes: Value, arrived: Value) -> Result<Value, String> {
        let attempt = Attempt::of::<SetFields>(json!({ "changes": changes })).input("input", arrived);
        attempt
            .run_input("rate", json!(1.25))
            .run_now()
            .map(|done| done["output"].clone())
            .map_err(|failure| format!("{}: {}", failure.code, failure.message))
    }

    fn set(field: &str, value: &str, value_type: &str) -> Value {
        json!({ "type": "set", "field": field, "value": value, "value_type": value_type })
    }

    #[test]
    fn changes_follow_one_another() {
        let changes = json!([
            set("net", "{{ item.price * item.amount }}", "number"),
            set("gross", "{{ item.net * inputs.rate }}", "number"),
            { "type": "rename", "field": "name", "to": "product" },
            { "type": "remove", "fields": ["price", "absent"] },
        ]);
        let arrived = json!([{ "name": "pen", "price": 2, "amount": 3 }, { "price": 0.5, "amount": 2 }]);
        let expected = json!([
            { "product": "pen", "amount": 3, "net": 6, "gross": 7.5 }, { "amount": 2, "net": 1, "gross": 1.25 },
        ]);
        assert_eq!(run(changes, arrived), Ok(expected));
    }

    #[test]
    fn fields_within_fields_are_reached() {
        let arrived = json!({ "a": { "b": 1, "c": 2 }, "d.e": 3 });
        let cases = [
            (json!([set("a.b", "x", "text")]), json!({ "a": { "b": "x", "c": 2 }, "d.e": 3 })),
            (
                json!([set("n.m.o", "[1]", "json")]),
                json!({ "a": { "b": 1, "c": 2 }, "d.e": 3, "n": { "m": { "o": [1] } } }),
            ),
            (json!([set("d.e", "null", "json")]), json!({ "a": { "b": 1, "c": 2 }, "d.e": null })),
            (json!([{ "type": "rename", "field": "a.b", "to": "b" }]), json!({ "a": { "c": 2 }, "d.e": 3, "b": 1 })),
            (json!([{ "type": "remove", "fields": ["a.c", "d.e"] }]), json!({ "a": { "b": 1 } })),
            (json!([{ "type": "keep", "fields": ["d.e", "a.c", "x.y"] }]), json!({ "d.e": 3, "a": { "c": 2 } })),
            (json!([]), arrived.clone()),
        ];
        for (changes, expected) in cases {
            assert_eq!(run(changes.clone(), arrived.clone()), Ok(expected), "{changes}");
        }
    }

    #[test]
    fn values_have_the_kind_that_is_asked_for() {
        let kinds = [("text", json!("7")), ("number", json!(7)), ("json", json!(7))];
        for (kind, expected) in kinds {
            assert_eq!(run(json!([set("a", "7", kind)]), json!({})), Ok(json!({ "a": expected })));
        }
        assert_eq!(run(json!([set("a", " True ", "boolean")]), json!({})), Ok(json!({ "a": true })));
        let refused = [
            ("number", "x", "invalid_input: in item 1, `a` must be a number, not `x`"),
            ("boolean", "1", "invalid_input: in item 1, `a` must be `true` or `false`, not `1`"),
            ("json", "{", "invalid_input: in item 1, `a` must be JSON, and `{` is not: EOF"),
            ("text", "{{ item.b }}", "expression: cannot fill in `a` for item 1: `item.b` is undefined"),
        ];
        for (kind, value, expected) in refused {
            let told = run(json!([set("a", value, kind)]), json!({})).unwrap_err();
            assert!(told.starts_with(expected), "{told}");
        }
    }

    #[test]
    fn order_and_writing_stay() {
        let text = r#"{"z":1.50,"name":"n","a":12345678901234567890123}"#;
        let arrived = protocol::Payload::from_json(text.to_owned()).unwrap();
        let changes = json!([{ "type": "rename", "field": "name", "to": "title" }, set("z", "2", "number"), set("b", "c", "text")]);
        let attempt = Attempt::of::<SetFields>(json!({ "changes": changes })).input("input", arrived);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        match runtime.block_on(attempt.run()).unwrap() {
            crate::Done::Outputs { outputs, .. } => {
                assert_eq!(outputs["output"].json(), r#"{"z":2,"title":"n","a":12345678901234567890123,"b":"c"}"#);
            }
            crate::Done::Wait { .. } => panic!("changing fields does not wait"),
        }
    }

    #[test]
    fn values_that_repeat_the_list_are_bounded() {
        let mut outside = crate::testing::outside();
        outside.limits.max_output_bytes = 1_000;
        let changes = json!([set("all", "{{ input }}", "text")]);
        let items: Vec<Value> = (0..50).map(|n| json!({ "n": n })).collect();
        let attempt = Attempt::of::<SetFields>(json!({ "changes": changes })).input("input", json!(items));
        assert_eq!(attempt.outside(outside).run_now().unwrap_err().code, "too_large");
    }

    #[test]
    fn says_what_has_no_fields() {
        let told = |arrived: Value| run(json!([set("a.b", "x", "text")]), arrived).unwrap_err();
        assert_eq!(
            told(json!("x")),
            "invalid_input: what arrived at port `input` is text, neither an object nor a list"
        );
        assert_eq!(told(json!([{}, 1])), "invalid_input: item 2 is a number, not an object");
        assert_eq!(told(json!({ "a": "x" })), "invalid_input: in item 1, `a` is text and has no field `b`");
    }
}
