//! A value that a run is started with: checked, and brought into the declared type.
//! A command line and a web form hand in text, so text that spells the type is taken too.

use protocol::Payload;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::face::gives;
use crate::node::{parse, payload};
use crate::outside::by_size;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// A value that a run is started with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("x-run-input" = true))]
pub struct InputConfig {
    /// Name of the value when a run is started, and in expressions: `inputs.name`. Letters, digits and `_`.
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[A-Za-z_][A-Za-z0-9_]*$"))]
    pub name: String,
    /// Shown beside the field where a run is started.
    pub description: String,
    /// What kind of value is accepted. Text that spells a number, a truth value or JSON is read as such.
    pub value_type: ValueType,
    /// Whether a run without this value is refused. Has no effect when there is a default.
    pub required: bool,
    /// Taken when a run is started without this value. Leave empty for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Value", extend("x-widget" = "code", "x-language" = "json"))]
    pub default: Option<Value>,
}

/// What an input accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// Any text.
    #[default]
    Text,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// Any JSON value; text is read as JSON.
    Json,
}

impl Default for InputConfig {
    fn default() -> Self {
        Self {
            name: "input".to_owned(),
            description: String::new(),
            value_type: ValueType::Text,
            required: true,
            default: None,
        }
    }
}

pub struct Input;

impl Node for Input {
    const KIND: &'static str = "input";
    type Config = InputConfig;

    fn face() -> Face {
        Face {
            label: "Input".to_owned(),
            description: "Brings a value into the workflow that each run is started with.".to_owned(),
            group: Group::Flow,
            icon: "log-in".to_owned(),
            role: NodeRole::Step,
            inputs: vec![],
            outputs: vec![gives("value", "Value", PortType::Any)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    fn check(config: &InputConfig) -> Vec<(String, String)> {
        let Some(default) = &config.default else { return vec![] };
        match convert(config.value_type, default.clone()) {
            Ok(_) => vec![],
            Err(problem) => vec![("/default".to_owned(), format!("the default {problem}"))],
        }
    }

    async fn run(config: &InputConfig, _: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let name = &config.name;
        let given = match (context.scope.run_inputs.get(name), &config.default) {
            // Text needs no look inside: it travels on as it came.
            (Some(given), _) if config.value_type == ValueType::Text && given.json().starts_with('"') => {
                return Ok(Done::one("value", given.clone()));
            }
            (Some(given), _) => given.clone(),
            (None, Some(default)) => Payload::from(default.clone()),
            (None, None) if config.required => {
                return Err(NodeFailure::new(
                    "missing_input",
                    format!("the run was started without the input `{name}`"),
                ));
            }
            (None, None) => return Ok(Done::one("value", Payload::null())),
        };
        let (value_type, name) = (config.value_type, name.clone());
        let converted = by_size("read the input", given.bytes(), move || {
            let value = convert(value_type, parse(&given, "value")?)
                .map_err(|problem| NodeFailure::new("invalid_input", format!("the input `{name}` {problem}")))?;
            payload(&value)
        });
        Ok(Done::one("value", converted.await?))
    }
}

/// The value in its declared type, or what is wrong with it.
fn convert(value_type: ValueType, value: Value) -> Result<Value, String> {
    match (value_type, value) {
        (ValueType::Text, value @ Value::String(_)) => Ok(value),
        (ValueType::Text, value @ (Value::Number(_) | Value::Bool(_))) => Ok(Value::String(value.to_string())),
        (ValueType::Text, value) => Err(format!("must be text, not `{}`", shortened(&value))),
        (ValueType::Number, value @ Value::Number(_)) => Ok(value),
        (ValueType::Number, Value::String(text)) => {
            text.trim().parse().map(Value::Number).map_err(|_| format!("must be a number, not the text `{text}`"))
        }
        (ValueType::Number, value) => Err(format!("must be a number, not `{}`", shortened(&value))),
        (ValueType::Boolean, value @ Value::Bool(_)) => Ok(value),
        (ValueType::Boolean, Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(Value::Bool(true)),
            "false" | "no" | "off" | "0" => Ok(Value::Bool(false)),
            _ => Err(format!("must be `true` or `false`, not the text `{text}`")),
        },
        (ValueType::Boolean, value) => Err(format!("must be `true` or `false`, not `{}`", shortened(&value))),
        (ValueType::Json, Value::String(text)) => {
            serde_json::from_str(&text).map_err(|error| format!("must be JSON, and its text is not: {error}"))
        }
        (ValueType::Json, value) => Ok(value),
    }
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Input, InputConfig, ValueType};
    use crate::testing::Attempt;

    fn run(config: Value, given: Option<Value>) -> Result<Value, String> {
        let attempt =
            given.into_iter().fold(Attempt::of::<Input>(config), |attempt, value| attempt.run_input("x", value));
        attempt
            .run_now()
            .map(|done| done["value"].clone())
            .map_err(|failure| format!("{}: {}", failure.code, failure.message))
    }

    #[test]
    fn brings_values_into_the_declared_type() {
        let cases = [
            ("text", json!("a"), json!("a")),
            ("text", json!(1.5), json!("1.5")),
            ("text", json!(""), json!("")),
            ("number", json!(7), json!(7)),
            ("number", json!(" 7.5 "), json!(7.5)),
            ("boolean", json!("YES"), json!(true)),
            ("boolean", json!(false), json!(false)),
            ("json", json!("{\"a\": [1]}"), json!({ "a": [1] })),
            ("json", json!([1]), json!([1])),
            ("json", json!(null), json!(null)),
        ];
        for (value_type, given, expected) in cases {
            let done = run(json!({ "name": "x", "value_type": value_type }), Some(given.clone()));
            assert_eq!(done, Ok(expected), "{value_type} from {given}");
        }
    }

    #[test]
    fn refuses_what_does_not_fit_and_says_so() {
        let cases = [
            ("text", json!({ "a": 1 }), "invalid_input: the input `x` must be text, not `{\"a\":1}`"),
            ("text", json!(null), "invalid_input: the input `x` must be text, not `null`"),
            ("number", json!("seven"), "invalid_input: the input `x` must be a number, not the text `seven`"),
            ("number", json!("NaN"), "invalid_input: the input `x` must be a number, not the text `NaN`"),
            ("boolean", json!(1), "invalid_input: the input `x` must be `true` or `false`, not `1`"),
            (
                "json",
                json!("{"),
                "invalid_input: the input `x` must be JSON, and its text is not: EOF while parsing an object at line 1 column 1",
            ),
        ];
        for (value_type, given, expected) in cases {
            let done = run(json!({ "name": "x", "value_type": value_type }), Some(given));
            assert_eq!(done, Err(expected.to_owned()));
        }
    }

    #[test]
    fn an_absent_value_is_defaulted_refused_or_null() {
        let missing = "missing_input: the run was started without the input `x`";
        assert_eq!(run(json!({ "name": "x" }), None), Err(missing.to_owned()));
        assert_eq!(run(json!({ "name": "x", "required": false }), None), Ok(json!(null)));
        assert_eq!(run(json!({ "name": "x", "default": 3, "value_type": "number" }), None), Ok(json!(3)));
        assert_eq!(run(json!({ "name": "x", "default": "d" }), Some(json!(""))), Ok(json!("")));
    }

    #[test]
    fn a_default_must_fit_its_type() {
        use crate::Node;
        let config = InputConfig { default: Some(json!("x")), value_type: ValueType::Number, ..InputConfig::default() };
        let expected = ("/default".to_owned(), "the default must be a number, not the text `x`".to_owned());
        assert_eq!(Input::check(&config), [expected]);
    }
}
