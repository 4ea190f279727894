//! Keeps the first of each group of items that are the same, as wholes or in some of their fields.
//! Items stay as they are, in their order.

use std::collections::HashSet;

use engine::Ports;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use protocol::{Payload, PortName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::compare::identity;
use crate::face::{gives, takes};
use crate::list::{self, Field};
use crate::node::payload;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// A list in which nothing occurs twice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RemoveDuplicatesConfig {
    /// The fields, such as `email` or `customer.id`, that make two items duplicates when all of them are the same. Without
    /// any, whole items are compared.
    #[schemars(length(max = 64))]
    pub fields: Vec<Field>,
    /// Which one of several duplicates is kept.
    pub keep: Kept,
}

/// Which one of several duplicates is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// The first one.
    #[default]
    First,
    /// The last one.
    Last,
}

pub struct RemoveDuplicates;

impl Node for RemoveDuplicates {
    const KIND: &'static str = "remove_duplicates";
    type Config = RemoveDuplicatesConfig;

    fn face() -> Face {
        Face {
            label: "Remove duplicates".to_owned(),
            description: "Removes items that occur twice in a list (unique, distinct, dedupe).".to_owned(),
            group: Group::Data,
            icon: "copy-minus".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "List", PortType::List)],
            outputs: vec![gives("output", "Unique", PortType::List), gives("removed", "Removed", PortType::List)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    async fn run(config: &RemoveDuplicatesConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let (config, arrived) = (config.clone(), inputs.required("input")?.clone());
        let work = move || part(&config, &arrived);
        Ok(list::compute(context, "the comparison", inputs.required("input")?.bytes(), work).await?.into())
    }
}

fn part(config: &RemoveDuplicatesConfig, arrived: &Payload) -> Result<Ports, NodeFailure> {
    let (mut seen, mut unique, mut removed) = (HashSet::new(), Vec::new(), Vec::new());
    let mut items: Vec<(usize, Payload)> = list::items(arrived, "input")?.into_iter().enumerate().collect();
    if config.keep == Kept::Last {
        items.reverse();
    }
    for (place, item) in items {
        let value = list::value(&item, place + 1)?;
        let identities: Vec<String> = if config.fields.is_empty() {
            vec![identity(Some(&value))]
        } else {
            config.fields.iter().map(|field| identity(field.find(&value))).collect()
        };
        if seen.insert(identities) { unique.push(item) } else { removed.push(item) }
    }
    if config.keep == Kept::Last {
        unique.reverse();
        removed.reverse();
    }
    Ok(Ports::from([(PortName::from("output"), payload(&unique)?), (PortName::from("removed"), payload(&removed)?)]))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::RemoveDuplicates;
    use crate::testing::Attempt;

    fn run(config: Value, arrived: Value) -> (Value, Value) {
        let done = Attempt::of::<RemoveDuplicates>(config).input("input", arrived).run_now().unwrap();
        (done["output"].clone(), done["removed"].clone())
    }

    #[test]
    fn whole_items_are_compared_by_value() {
        let arrived = json!([1, "1", 1.0, null, { "a": 1, "b": 2 }, { "b": 2, "a": 1 }, null, [], "1"]);
        let unique = json!([1, "1", null, { "a": 1, "b": 2 }, []]);
        assert_eq!(run(json!({}), arrived), (unique, json!([1.0, { "b": 2, "a": 1 }, null, "1"])));
        assert_eq!(run(json!({}), json!([])), (json!([]), json!([])));
    }

    #[test]
    fn fields_are_compared_together() {
        let arrived = json!([
            { "mail": "a@x", "at": { "day": 1 }, "n": 1 }, { "mail": "a@x", "at": { "day": 2 }, "n": 2 },
            { "mail": "a@x", "at": { "day": 1 }, "n": 3 }, { "n": 4 }, { "mail": null, "n": 5 },
        ]);
        let numbers =
            |list: Value| json!(list.as_array().unwrap().iter().map(|item| item["n"].clone()).collect::<Vec<_>>());
        let (unique, removed) = run(json!({ "fields": ["mail", "at.day"] }), arrived.clone());
        assert_eq!((numbers(unique), numbers(removed)), (json!([1, 2, 4]), json!([3, 5])));
        let (unique, removed) = run(json!({ "fields": ["mail"], "keep": "last" }), arrived);
        assert_eq!((numbers(unique), numbers(removed)), (json!([3, 5]), json!([1, 2, 4])));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let failure = Attempt::of::<RemoveDuplicates>(json!({})).input("input", json!(true)).run_now().unwrap_err();
        assert_eq!(failure.message, "what arrived at port `input` is true or false, not a list");
    }
}
