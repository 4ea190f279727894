//! Makes one value out of others: by a template, a JSONPath or a jq program.
//! Paths and programs run on the compute threads, since nothing can interrupt them.

use engine::expression::{ExpressionError, Jq, JsonPath, Template};
use protocol::Payload;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::face::{gives, takes};
use crate::node::{parse, payload};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// A value made out of others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TransformConfig {
    /// How the new value is made.
    pub mode: TransformMode,
}

/// How a transform makes its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum TransformMode {
    /// Text with values filled in.
    #[schemars(title = "Template")]
    Template {
        /// The text. `{{ input }}` is what arrived, `{{ nodes.id.port }}` an earlier result, `{{ inputs.name }}` an
        /// input of the run.
        template: Template,
        /// Read the finished text as JSON and hand on the value instead of the text.
        #[serde(default)]
        parse_as_json: bool,
    },
    /// A part of what arrived, selected by a JSONPath.
    #[schemars(title = "JSONPath")]
    Jsonpath {
        /// The path, such as `$.items[*].name`.
        path: JsonPath,
        /// Which of the selected values are handed on.
        #[serde(default)]
        take: Take,
    },
    /// A value computed from what arrived by a jq program.
    #[schemars(title = "jq")]
    Jq {
        /// The program, such as `.items | map(.price) | add`.
        program: Jq,
        /// Which of the program's values are handed on.
        #[serde(default)]
        take: Take,
    },
}

/// Which of several values are handed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// The first one, or null when there is none.
    #[default]
    First,
    /// A list of all.
    All,
}

impl Default for TransformMode {
    fn default() -> Self {
        Self::Template { template: Template::parse("{{ input }}").expect("it is a template"), parse_as_json: false }
    }
}

pub struct Transform;

impl Node for Transform {
    const KIND: &'static str = "transform";
    type Config = TransformConfig;

    fn face() -> Face {
        Face {
            label: "Transform".to_owned(),
            description: "Makes a new value by a template, a JSONPath or a jq program.".to_owned(),
            group: Group::Data,
            icon: "wand-sparkles".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![gives("output", "Output", PortType::Any)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    async fn run(config: &TransformConfig, mut inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let output = match &config.mode {
            TransformMode::Template { template, parse_as_json } => {
                let text = context.render(template, "template").await?;
                if *parse_as_json { read_json(text)? } else { Payload::from(text.as_str()) }
            }
            TransformMode::Jsonpath { path, take } => {
                inputs.required("input")?;
                let (path, take, document) = (path.clone(), *take, inputs.take_or_null("input"));
                context.outside.compute.run("the JSONPath", move || select(&path, take, &document)).await??
            }
            TransformMode::Jq { program, take } => {
                inputs.required("input")?;
                let (program, take, document) = (program.clone(), *take, inputs.take_or_null("input"));
                context.outside.compute.run("the jq program", move || compute(&program, take, &document)).await??
            }
        };
        Ok(Done::one("output", output))
    }
}

fn read_json(text: String) -> Result<Payload, NodeFailure> {
    let text = text.trim().to_owned();
    Payload::from_json(text)
        .map_err(|error| NodeFailure::new("invalid_json", format!("the finished text is not JSON: {error}")))
}

fn select(path: &JsonPath, take: Take, document: &Payload) -> Result<Payload, NodeFailure> {
    let document: Value = parse(document, "input")?;
    let found = path.query(&document);
    match take {
        Take::First => payload(&found.first()),
        Take::All => payload(&found),
    }
}

fn compute(program: &Jq, take: Take, document: &Payload) -> Result<Payload, NodeFailure> {
    let document: Value = parse(document, "input")?;
    let found =
        program.run(&document).map_err(|error: ExpressionError| NodeFailure::new("expression", error.to_string()))?;
    match take {
        Take::First => payload(&found.first()),
        Take::All => payload(&found),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Transform;
    use crate::testing::Attempt;

    fn run(mode: Value, arrived: Value) -> Result<Value, String> {
        let attempt = Attempt::of::<Transform>(json!({ "mode": mode })).input("input", arrived);
        attempt
            .run_now()
            .map(|done| done["output"].clone())
            .map_err(|failure| format!("{}: {}", failure.code, failure.message))
    }

    #[test]
    fn makes_values() {
        let document = json!({ "items": [{ "name": "ä", "price": 2 }, { "name": "b", "price": 3.5 }] });
        let cases = [
            (json!({ "type": "template", "template": "{{ input[\"items\"][0].name }}!" }), json!("ä!")),
            (json!({ "type": "template", "template": "no expression" }), json!("no expression")),
            (
                json!({ "type": "template", "template": " {{ input[\"items\"] }}\n", "parse_as_json": true }),
                document["items"].clone(),
            ),
            (json!({ "type": "jsonpath", "path": "$.items[*].name" }), json!("ä")),
            (json!({ "type": "jsonpath", "path": "$.items[*].name", "take": "all" }), json!(["ä", "b"])),
            (json!({ "type": "jsonpath", "path": "$.none" }), json!(null)),
            (json!({ "type": "jsonpath", "path": "$.none", "take": "all" }), json!([])),
            (json!({ "type": "jq", "program": ".items | map(.price) | add" }), json!(5.5)),
            (json!({ "type": "jq", "program": ".items[].name", "take": "all" }), json!(["ä", "b"])),
            (json!({ "type": "jq", "program": "empty" }), json!(null)),
        ];
        for (mode, expected) in cases {
            assert_eq!(run(mode.clone(), document.clone()), Ok(expected), "{mode}");
        }
    }

    #[test]
    fn text_that_arrives_is_never_read_as_a_template() {
        let mode = json!({ "type": "template", "template": "{{ input }}" });
        assert_eq!(run(mode, json!("{{ inputs.secret }}")), Ok(json!("{{ inputs.secret }}")));
    }

    #[test]
    fn failures_say_what_was_wrong() {
        let cases = [
            (
                json!({ "type": "template", "template": "{{ input.nmae }}" }),
                "expression: cannot fill in `template`: `input.nmae` is undefined",
            ),
            (
                json!({ "type": "template", "template": "no", "parse_as_json": true }),
                "invalid_json: the finished text is not JSON",
            ),
            (json!({ "type": "jq", "program": "error(\"x\")" }), "expression: jq failed: x"),
        ];
        for (mode, expected) in cases {
            let told = run(mode, json!({ "name": 1 })).unwrap_err();
            assert!(told.starts_with(expected), "{told}");
        }
    }

    #[test]
    fn a_program_needs_an_input() {
        let attempt = Attempt::of::<Transform>(json!({ "mode": { "type": "jq", "program": "." } }));
        assert_eq!(attempt.run_now().unwrap_err().code, "missing_input");
    }
}
