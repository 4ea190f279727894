//! Brings what came of the items of an iterator together. Without an iterator before it, it takes a list.
//! Which items there are, and which failed, the engine says.

use protocol::Payload;
use protocol::PortName;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::face::{gives, takes};
use crate::node::{parse, payload, text_of};
use crate::outside::by_size;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// How the results of the items become one value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AggregatorConfig {
    /// What becomes of the results, in the order of the items.
    pub strategy: Strategy,
}

/// What becomes of the results.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Strategy {
    /// A list of all results.
    #[default]
    #[schemars(title = "List")]
    Array,
    /// One text: all results as text, one after the other.
    #[schemars(title = "Text")]
    Concat {
        /// Stands between two results.
        #[serde(default = "line_break")]
        #[schemars(extend("x-widget" = "text_area"))]
        separator: String,
    },
    /// One object with the fields of all objects; of two fields with the same name the later one stays.
    #[schemars(title = "Object")]
    Merge,
}

fn line_break() -> String {
    "\n".to_owned()
}

pub struct Aggregator;

impl Node for Aggregator {
    const KIND: &'static str = "aggregator";
    type Config = AggregatorConfig;

    fn face() -> Face {
        Face {
            label: "Aggregator".to_owned(),
            description: "Ends the region of an iterator and brings its results together.".to_owned(),
            group: Group::Flow,
            icon: "list-end".to_owned(),
            role: NodeRole::Aggregator,
            inputs: vec![takes("items", "Result", PortType::Any)],
            outputs: vec![
                gives("result", "Results", PortType::Any),
                gives("count", "Count", PortType::Number),
                gives("failures", "Failed items", PortType::List),
            ],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    async fn run(config: &AggregatorConfig, mut inputs: Inputs, _: &Context) -> Result<Done, NodeFailure> {
        let (strategy, items) = (config.strategy.clone(), inputs.take_or_null("items"));
        let failures = inputs.take("failures").unwrap_or(payload::<[Payload]>(&[])?);
        let (result, count) =
            by_size("bring the results together", items.bytes(), move || aggregate(&strategy, items)).await?;
        let outputs = [("result", result), ("count", payload(&count)?), ("failures", failures)];
        Ok(outputs.map(|(port, value)| (PortName::from(port), value)).into_iter().collect::<engine::Ports>().into())
    }
}

fn aggregate(strategy: &Strategy, items: Payload) -> Result<(Payload, usize), NodeFailure> {
    let values: Vec<Payload> =
        if items.json().trim_start().starts_with('[') { parse(&items, "items")? } else { vec![items.clone()] };
    let result = match strategy {
        Strategy::Array => payload(&values)?,
        Strategy::Concat { separator } => {
            let texts: Vec<String> = values.iter().map(|value| text_of(value, "items")).collect::<Result<_, _>>()?;
            Payload::from(texts.join(separator).as_str())
        }
        Strategy::Merge => merged(&values)?,
    };
    Ok((result, values.len()))
}

fn merged(values: &[Payload]) -> Result<Payload, NodeFailure> {
    let mut fields = Map::new();
    for (place, value) in values.iter().enumerate() {
        let Value::Object(own) = parse(value, "items")? else {
            let message = format!("cannot merge result {}: it is no object", place + 1);
            return Err(NodeFailure::new("invalid_input", message));
        };
        fields.extend(own);
    }
    payload(&fields)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Aggregator;
    use crate::testing::Attempt;

    fn run(strategy: Value, arrived: Value) -> Result<Value, String> {
        let attempt = Attempt::of::<Aggregator>(json!({ "strategy": strategy })).input("items", arrived);
        attempt.run_now().map(|done| json!([done["result"], done["count"]])).map_err(|failure| failure.message)
    }

    #[test]
    fn results_become_one_value() {
        let cases = [
            (json!({ "type": "array" }), json!([1, "b"]), json!([[1, "b"], 2])),
            (json!({ "type": "array" }), json!("alone"), json!([["alone"], 1])),
            (json!({ "type": "concat" }), json!(["a", 1]), json!(["a\n1", 2])),
            (json!({ "type": "concat", "separator": ", " }), json!([]), json!(["", 0])),
            (json!({ "type": "merge" }), json!([{ "a": 1 }, { "a": 2, "b": 3 }]), json!([{ "a": 2, "b": 3 }, 2])),
        ];
        for (strategy, arrived, expected) in cases {
            assert_eq!(run(strategy.clone(), arrived), Ok(expected), "{strategy}");
        }
    }

    #[test]
    fn only_objects_merge() {
        let refused = run(json!({ "type": "merge" }), json!([{}, 2]));
        assert_eq!(refused, Err("cannot merge result 2: it is no object".to_owned()));
    }
}
