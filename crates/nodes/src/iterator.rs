//! Goes through a list: what stands between here and the aggregator is done once for each item.
//! Makes the list; handing out its items is the engine's.

use engine::JsonPath;
use engine::graph::IteratorConfig;
use protocol::Payload;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use serde_json::Value;

use crate::face::{gives, takes};
use crate::node::{parse, payload};
use crate::outside::by_size;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// More items than this are a mistake more often than a wish: each is a pass of its own with its own journal.
const MAX_ITEMS: usize = 100_000;

pub struct Iterator;

impl Node for Iterator {
    const KIND: &'static str = "iterator";
    type Config = IteratorConfig;

    fn face() -> Face {
        Face {
            label: "Iterator".to_owned(),
            description: "Does the nodes up to the aggregator once for each item of a list.".to_owned(),
            group: Group::Flow,
            icon: "list-tree".to_owned(),
            role: NodeRole::Iterator,
            inputs: vec![takes("items", "Items", PortType::Any)],
            outputs: vec![gives("item", "Item", PortType::Any)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    fn check(config: &IteratorConfig) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        if !(1..=64).contains(&config.max_parallel) {
            problems.push(("/max_parallel".to_owned(), format!("is {}; possible are 1 to 64", config.max_parallel)));
        }
        problems
    }

    async fn run(config: &IteratorConfig, mut inputs: Inputs, _: &Context) -> Result<Done, NodeFailure> {
        let (path, arrived) = (config.path.clone(), inputs.take_or_null("items"));
        let list = by_size("make the list", arrived.bytes(), move || list(&path, &arrived)).await?;
        Ok(Done::one("item", list))
    }
}

/// A list as it is, nothing as an empty one, anything else as the only item.
fn list(path: &JsonPath, arrived: &Payload) -> Result<Payload, NodeFailure> {
    let document: Value = parse(arrived, "items")?;
    let matches = path.query(&document);
    let items = match &matches[..] {
        [Value::Array(items)] => items.iter().collect(),
        [Value::Null] => Vec::new(),
        _ => matches,
    };
    if items.len() > MAX_ITEMS {
        let count = items.len();
        let message =
            format!("the list has {count} items; at most {MAX_ITEMS} are taken. Split it into batches before");
        return Err(NodeFailure::new("too_large", message));
    }
    payload(&items)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Iterator;
    use crate::testing::Attempt;

    fn run(path: &str, arrived: Value) -> Result<Value, String> {
        let attempt = Attempt::of::<Iterator>(json!({ "path": path })).input("items", arrived);
        attempt.run_now().map(|done| done["item"].clone()).map_err(|failure| failure.message)
    }

    #[test]
    fn everything_becomes_a_list() {
        let orders = json!({ "orders": [{ "id": 1 }, { "id": 2 }], "name": "n" });
        let cases = [
            ("$", json!([1, "two", null]), json!([1, "two", null])),
            ("$", json!([]), json!([])),
            ("$", json!(null), json!([])),
            ("$", json!("one"), json!(["one"])),
            ("$.orders", orders.clone(), json!([{ "id": 1 }, { "id": 2 }])),
            ("$.orders[*].id", orders.clone(), json!([1, 2])),
            ("$.name", orders.clone(), json!(["n"])),
            ("$.missing", orders, json!([])),
        ];
        for (path, arrived, expected) in cases {
            assert_eq!(run(path, arrived.clone()), Ok(expected), "{path} {arrived}");
        }
    }

    #[test]
    fn too_many_items_are_refused() {
        let message = run("$", json!(vec![0; 100_001])).unwrap_err();
        assert_eq!(message, "the list has 100001 items; at most 100000 are taken. Split it into batches before");
    }
}
