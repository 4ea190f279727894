//! Checks a value against a JSON Schema and sends it on by the result, or fails.
//! Text can be read as JSON first, since that is what models answer.

use engine::Ports;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use protocol::{Payload, PortName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::face::{gives, takes};
use crate::node::{parse, payload};
use crate::schema::{Problem, ValueSchema, read_json};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// A check of a value's shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ValidatorConfig {
    /// What the value has to be, as JSON Schema.
    pub schema: ValueSchema,
    /// Whether arriving text is read as JSON first, with or without a Markdown fence around it.
    pub parse_text: bool,
    /// What happens to a value that does not fit.
    pub on_mismatch: OnMismatch,
}

/// What happens to a value that does not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnMismatch {
    /// It leaves through `invalid`, and what is wrong with it through `errors`.
    #[default]
    Branch,
    /// The step fails.
    Fail,
}

impl Default for ValidatorConfig {
    fn default() -> Self {
        Self { schema: ValueSchema::default(), parse_text: true, on_mismatch: OnMismatch::Branch }
    }
}

pub struct Validator;

impl Node for Validator {
    const KIND: &'static str = "validator";
    type Config = ValidatorConfig;

    fn face() -> Face {
        Face {
            label: "Validator".to_owned(),
            description: "Checks that a value fits a JSON Schema.".to_owned(),
            group: Group::Data,
            icon: "shield-check".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![
                gives("valid", "Valid", PortType::Any),
                gives("invalid", "Invalid", PortType::Any),
                gives("errors", "Errors", PortType::List),
            ],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    async fn run(config: &ValidatorConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let arrived = inputs.required("input")?.clone();
        let (schema, parse_text, value) = (config.schema.clone(), config.parse_text, arrived.clone());
        let checked = context.outside.compute.run("the check", move || examine(&schema, parse_text, &value)).await??;
        let problems = match checked {
            Ok(value) => return Ok(Done::one("valid", value)),
            Err(problems) => payload(&problems).map(|errors| (problems, errors))?,
        };
        let (problems, errors) = problems;
        match config.on_mismatch {
            OnMismatch::Branch => {
                Ok(Ports::from([(PortName::from("invalid"), arrived), (PortName::from("errors"), errors)]).into())
            }
            OnMismatch::Fail => {
                let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
                let message = format!("the value does not fit the schema: {}", told.join("; "));
                Err(NodeFailure::new("schema_mismatch", message).with_details(errors))
            }
        }
    }
}

/// The value as it was looked at, or what is wrong with it.
fn examine(
    schema: &ValueSchema,
    parse_text: bool,
    arrived: &Payload,
) -> Result<Result<Payload, Vec<Problem>>, NodeFailure> {
    let (value, passed) = match parse(arrived, "input")? {
        Value::String(text) if parse_text => match read_json(&text) {
            Ok(value) => (value.clone(), Payload::from(value)),
            Err(problem) => return Ok(Err(vec![problem])),
        },
        value => (value, arrived.clone()),
    };
    let problems = schema.problems(&value);
    Ok(if problems.is_empty() { Ok(passed) } else { Err(problems) })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Validator;
    use crate::testing::Attempt;

    fn attempt(on_mismatch: &str, parse_text: bool, arrived: Value) -> Attempt {
        let schema =
            json!({ "type": "object", "required": ["title"], "properties": { "title": { "type": "string" } } });
        let config = json!({ "schema": schema, "parse_text": parse_text, "on_mismatch": on_mismatch });
        Attempt::of::<Validator>(config).input("input", arrived)
    }

    #[test]
    fn sends_values_on_by_their_shape() {
        let fits = json!({ "title": "a" });
        let missing = json!([{ "place": "", "message": "\"title\" is a required property" }]);
        let wrong = json!([{ "place": "/title", "message": "1 is not of type \"string\"" }]);
        let cases = [
            (true, fits.clone(), json!({ "valid": fits })),
            (true, json!("```json\n{\"title\": \"a\"}\n```"), json!({ "valid": fits })),
            (true, json!({}), json!({ "invalid": {}, "errors": missing })),
            (true, json!("{\"title\":1}"), json!({ "invalid": "{\"title\":1}", "errors": wrong })),
        ];
        for (parse_text, arrived, expected) in cases {
            let done = attempt("branch", parse_text, arrived.clone()).run_now().unwrap();
            assert_eq!(json!(done), expected, "{arrived}");
        }
        let text = attempt("branch", false, json!("{\"title\": \"a\"}")).run_now().unwrap();
        assert!(text.contains_key("invalid") && text.contains_key("errors"), "{text:?}");
        let prose = attempt("branch", true, json!("no json")).run_now().unwrap();
        assert!(prose["errors"][0]["message"].as_str().unwrap().starts_with("the text is not JSON"), "{prose:?}");
    }

    #[test]
    fn fails_where_the_author_wants_it() {
        let failure = attempt("fail", true, json!({ "title": 1 })).run_now().unwrap_err();
        assert_eq!((failure.code.as_str(), failure.transient), ("schema_mismatch", false));
        assert_eq!(failure.message, "the value does not fit the schema: at `/title`: 1 is not of type \"string\"");
        assert_eq!(failure.details.unwrap().parse::<Value>().unwrap()[0]["place"], "/title");
        assert!(attempt("fail", true, json!({ "title": "a" })).run_now().is_ok());
    }

    /// Each level doubles the work: 2^60 checks.
    #[tokio::test]
    async fn a_schema_made_to_take_for_ever_ends_at_the_deadline() {
        use crate::outside::Compute;
        use std::time::Duration;
        let mut definitions = serde_json::Map::new();
        for level in 0..60 {
            let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
            definitions.insert(format!("d{level}"), json!({ "allOf": [next, { "properties": {} }, next] }));
        }
        definitions.insert("d60".to_owned(), json!({ "type": "object" }));
        let schema = json!({ "$ref": "#/$defs/d0", "$defs": definitions });
        let mut outside = crate::testing::outside();
        outside.compute = Compute::new(1, Duration::from_millis(200), Duration::from_millis(200));
        let attempt = Attempt::of::<Validator>(json!({ "schema": schema })).input("input", json!({})).outside(outside);
        assert_eq!(attempt.run().await.unwrap_err().code, "time_limit");
    }
}
