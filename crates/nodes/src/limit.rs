//! Takes the first or last items of a list.
//! Looks at none of them.

use engine::Ports;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use protocol::{Payload, PortName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::face::{gives, takes};
use crate::list;
use crate::node::payload;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Some items of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitConfig {
    /// How many items to take. A list with fewer is taken whole.
    pub count: usize,
    /// Which end of the list they are taken from.
    pub from: End,
    /// How many items at that end to leave out before.
    pub skip: usize,
}

/// An end of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The first items.
    #[default]
    First,
    /// The last items; they keep their order.
    Last,
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self { count: 10, from: End::First, skip: 0 }
    }
}

pub struct Limit;

impl Node for Limit {
    const KIND: &'static str = "limit";
    type Config = LimitConfig;

    fn face() -> Face {
        Face {
            label: "Limit".to_owned(),
            description: "Takes the first or last items of a list (top, head, tail, skip).".to_owned(),
            group: Group::Data,
            icon: "list-end".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "List", PortType::List)],
            outputs: vec![gives("output", "Taken", PortType::List), gives("rest", "Rest", PortType::List)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    async fn run(config: &LimitConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let (config, arrived) = (config.clone(), inputs.required("input")?.clone());
        let work = move || limit(&config, &arrived);
        Ok(list::compute(context, "the limit", inputs.required("input")?.bytes(), work).await?.into())
    }
}

fn limit(config: &LimitConfig, arrived: &Payload) -> Result<Ports, NodeFailure> {
    let mut taken = list::items(arrived, "input")?;
    let length = taken.len();
    let near = config.skip.min(length);
    let far = near.saturating_add(config.count).min(length);
    let (start, end) = match config.from {
        End::First => (near, far),
        End::Last => (length - far, length - near),
    };
    let behind = taken.split_off(end);
    let middle = taken.split_off(start);
    taken.extend(behind);
    Ok(Ports::from([(PortName::from("output"), payload(&middle)?), (PortName::from("rest"), payload(&taken)?)]))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Limit;
    use crate::testing::Attempt;

    fn run(config: Value, arrived: Value) -> Value {
        json!(Attempt::of::<Limit>(config).input("input", arrived).run_now().unwrap())
    }

    #[test]
    fn takes_from_either_end() {
        let cases = [
            (json!({ "count": 2 }), json!([1, 2]), json!([3, 4, 5])),
            (json!({ "count": 2, "skip": 1 }), json!([2, 3]), json!([1, 4, 5])),
            (json!({ "count": 2, "from": "last" }), json!([4, 5]), json!([1, 2, 3])),
            (json!({ "count": 2, "from": "last", "skip": 4 }), json!([1]), json!([2, 3, 4, 5])),
            (json!({ "count": 0 }), json!([]), json!([1, 2, 3, 4, 5])),
            (json!({ "count": 9, "skip": 9 }), json!([]), json!([1, 2, 3, 4, 5])),
            (json!({ "count": u64::MAX, "skip": 1 }), json!([2, 3, 4, 5]), json!([1])),
            (json!({}), json!([1, 2, 3, 4, 5]), json!([])),
        ];
        for (config, taken, rest) in cases {
            let expected = json!({ "output": taken, "rest": rest });
            assert_eq!(run(config.clone(), json!([1, 2, 3, 4, 5])), expected, "{config}");
        }
        assert_eq!(run(json!({}), json!([])), json!({ "output": [], "rest": [] }));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let failure = Attempt::of::<Limit>(json!({})).input("input", json!(5)).run_now().unwrap_err();
        assert_eq!(failure.message, "what arrived at port `input` is a number, not a list");
    }
}
