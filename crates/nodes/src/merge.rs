//! Brings branches together: what arrived over any number of edges leaves as one value.
//! Branches that were not taken bring nothing and are not waited for.

use protocol::Payload;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::face::{gives, takes_many};
use crate::node::{parse, payload, text_of};
use crate::outside::by_size;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// How several values become one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MergeConfig {
    /// What becomes of the values that arrive, in the order of the edges.
    pub mode: MergeMode,
}

/// What becomes of several values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum MergeMode {
    /// A list of all values.
    #[default]
    #[schemars(title = "List")]
    List,
    /// The first value alone: after a router, the one of the branch that was taken.
    #[schemars(title = "First")]
    First,
    /// One object with the fields of all objects; of two fields with the same name the later one stays.
    #[schemars(title = "Object")]
    Object,
    /// One text: all values as text, one after the other.
    #[schemars(title = "Text")]
    Text {
        /// Stands between two values.
        #[serde(default = "line_break")]
        #[schemars(extend("x-widget" = "text_area"))]
        separator: String,
    },
}

fn line_break() -> String {
    "\n".to_owned()
}

pub struct Merge;

impl Node for Merge {
    const KIND: &'static str = "merge";
    type Config = MergeConfig;

    fn face() -> Face {
        Face {
            label: "Merge".to_owned(),
            description: "Brings several branches together into one value.".to_owned(),
            group: Group::Flow,
            icon: "merge".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes_many("inputs", "Inputs", PortType::Any)],
            outputs: vec![gives("output", "Output", PortType::Any)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    async fn run(config: &MergeConfig, mut inputs: Inputs, _: &Context) -> Result<Done, NodeFailure> {
        let (mode, arrived) = (config.mode.clone(), inputs.take("inputs"));
        let bytes = arrived.as_ref().map_or(0, Payload::bytes);
        let merged = by_size("merge the values", bytes, move || merge(&mode, arrived)).await?;
        Ok(Done::one("output", merged))
    }
}

fn merge(mode: &MergeMode, arrived: Option<Payload>) -> Result<Payload, NodeFailure> {
    let list = arrived.unwrap_or_else(|| Payload::from(Value::Array(vec![])));
    let values = || parse::<Vec<Payload>>(&list, "inputs");
    match mode {
        MergeMode::List => Ok(list),
        MergeMode::First => Ok(values()?.into_iter().next().unwrap_or_else(Payload::null)),
        MergeMode::Object => merge_objects(&values()?),
        MergeMode::Text { separator } => {
            let texts: Vec<String> =
                values()?.iter().map(|value| text_of(value, "inputs")).collect::<Result<_, _>>()?;
            Ok(Payload::from(texts.join(separator).as_str()))
        }
    }
}

fn merge_objects(values: &[Payload]) -> Result<Payload, NodeFailure> {
    let mut merged = Map::new();
    for (place, value) in values.iter().enumerate() {
        match parse(value, "inputs")? {
            Value::Object(fields) => merged.extend(fields),
            other => {
                let kind = kind_of(&other);
                let message = format!("cannot merge value {} of `inputs` into an object: it is {kind}", place + 1);
                return Err(NodeFailure::new("invalid_input", message));
            }
        }
    }
    payload(&merged)
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Merge;
    use crate::testing::Attempt;

    fn run(mode: Value, arrived: Value) -> Result<Value, String> {
        let attempt = Attempt::of::<Merge>(json!({ "mode": mode })).input("inputs", arrived);
        attempt.run_now().map(|done| done["output"].clone()).map_err(|failure| failure.message)
    }

    #[test]
    fn makes_one_value_of_many() {
        let values = json!([{ "a": 1, "b": 1 }, { "b": 2 }]);
        let cases = [
            (json!({ "type": "list" }), values.clone(), values.clone()),
            (json!({ "type": "first" }), values.clone(), json!({ "a": 1, "b": 1 })),
            (json!({ "type": "first" }), json!([]), json!(null)),
            (json!({ "type": "object" }), values, json!({ "a": 1, "b": 2 })),
            (json!({ "type": "text" }), json!(["a", 1, null, "ä"]), json!("a\n1\nnull\nä")),
            (json!({ "type": "text", "separator": "" }), json!(["a", "b"]), json!("ab")),
        ];
        for (mode, arrived, expected) in cases {
            assert_eq!(run(mode.clone(), arrived), Ok(expected), "{mode}");
        }
    }

    #[test]
    fn only_objects_merge_into_an_object() {
        let message = "cannot merge value 2 of `inputs` into an object: it is a list";
        assert_eq!(run(json!({ "type": "object" }), json!([{}, [1]])), Err(message.to_owned()));
    }
}
