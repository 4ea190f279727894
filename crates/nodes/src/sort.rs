//! Sorts a list by its items' fields. Items that compare equal keep their order.
//! Absent values come last, whichever way the sorting goes.

use std::cmp::Ordering;

use protocol::Payload;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::compare::{Numeric, identity, text_of};
use crate::face::{gives, takes};
use crate::list::{self, Field};
use crate::node::payload;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// A list in another order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SortConfig {
    /// What the items are sorted by. The second one decides where the first ones are the same, and so on.
    #[schemars(length(min = 1, max = 16))]
    pub by: Vec<SortBy>,
}

/// A field to sort by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SortBy {
    /// Name of the field, such as `price` or `customer.city`. Empty for the item itself. Items without it come last.
    pub field: Field,
    /// Which way.
    pub direction: Direction,
    /// How values are compared.
    pub compare: Comparison,
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Smallest, earliest or A first.
    #[default]
    Ascending,
    /// Greatest, latest or Z first.
    Descending,
}

/// How values are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Numbers, and texts that read as numbers, by value; then texts by letters, with upper and lower case the same.
    #[default]
    Automatic,
    /// All as text, with upper and lower case different.
    Text,
    /// As text in which numbers count by value: `page 2` before `page 10`.
    Natural,
}

impl Default for SortConfig {
    fn default() -> Self {
        Self { by: vec![SortBy::default()] }
    }
}

pub struct Sort;

impl Node for Sort {
    const KIND: &'static str = "sort";
    type Config = SortConfig;

    fn face() -> Face {
        Face {
            label: "Sort".to_owned(),
            description: "Sorts a list by one or several fields (order by).".to_owned(),
            group: Group::Data,
            icon: "arrow-down-up".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "List", PortType::List)],
            outputs: vec![gives("output", "Sorted", PortType::List)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    async fn run(config: &SortConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let (by, arrived) = (config.by.clone(), inputs.required("input")?.clone());
        let work = move || sort(&by, &arrived);
        let sorted = list::compute(context, "the sorting", inputs.required("input")?.bytes(), work).await?;
        Ok(Done::one("output", sorted))
    }
}

fn sort(by: &[SortBy], arrived: &Payload) -> Result<Payload, NodeFailure> {
    let mut keyed = Vec::new();
    for (place, item) in list::items(arrived, "input")?.into_iter().enumerate() {
        let value = list::value(&item, place + 1)?;
        let keys: Vec<Key> = by.iter().map(|by| Key::of(by.field.find(&value), by.compare)).collect();
        keyed.push((keys, item));
    }
    keyed.sort_by(|(one, _), (other, _)| {
        let orders = by.iter().zip(one.iter().zip(other)).map(|(by, (one, other))| one.order(other, by.direction));
        orders.fold(Ordering::Equal, Ordering::then)
    });
    let sorted: Vec<Payload> = keyed.into_iter().map(|(_, item)| item).collect();
    payload(&sorted)
}

/// What a value is sorted by. Values of different kinds stand in the order of the variants.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(Numeric),
    Text(String),
    Natural(Vec<Part>),
    Truth(bool),
    Other(String),
    Absent,
}

/// A stretch of text or of digits.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// How many digits without zeros in front, and these.
    Digits(usize, String),
    Letters(String),
}

impl Key {
    fn of(value: Option<&Value>, compare: Comparison) -> Self {
        let Some(value) = value.filter(|value| !value.is_null()) else { return Self::Absent };
        match compare {
            Comparison::Text => Self::Text(text_of(value)),
            Comparison::Natural => Self::Natural(parts(&text_of(value).to_lowercase())),
            Comparison::Automatic => match value {
                Value::Number(_) | Value::String(_) => match Numeric::of(value) {
                    Some(number) => Self::Number(number),
                    None => Self::Text(text_of(value).to_lowercase()),
                },
                Value::Bool(truth) => Self::Truth(*truth),
                Value::Null | Value::Array(_) | Value::Object(_) => Self::Other(identity(Some(value))),
            },
        }
    }

    fn order(&self, other: &Self, direction: Direction) -> Ordering {
        match (self, other, direction) {
            (Self::Absent, _, _) | (_, Self::Absent, _) | (_, _, Direction::Ascending) => self.cmp(other),
            (_, _, Direction::Descending) => other.cmp(self),
        }
    }
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_digit = first.is_ascii_digit();
        let end = rest.find(|letter: char| letter.is_ascii_digit() != is_digit).unwrap_or(rest.len());
        let (part, behind) = rest.split_at(end);
        parts.push(if is_digit {
            let digits = part.trim_start_matches('0');
            Part::Digits(digits.len(), digits.to_owned())
        } else {
            Part::Letters(part.to_owned())
        });
        rest = behind;
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Sort;
    use crate::testing::Attempt;

    fn sorted(by: Value, arrived: Value) -> Value {
        let attempt = Attempt::of::<Sort>(json!({ "by": by })).input("input", arrived);
        attempt.run_now().unwrap()["output"].clone()
    }

    #[test]
    fn values_are_sorted_by_kind_and_value() {
        let mixed = json!(["b", 10, null, "9", true, "A", [1], -1.5, false, "", 9]);
        let expected = json!([-1.5, "9", 9, 10, "", "A", "b", false, true, [1], null]);
        assert_eq!(sorted(json!([{}]), mixed.clone()), expected);
        let descending = json!([true, false, "b", "A", "", 10, "9", 9, -1.5]);
        let plain = json!(["b", 10, "9", true, "A", -1.5, false, "", 9]);
        assert_eq!(sorted(json!([{ "direction": "descending" }]), plain), descending);
        let last = sorted(json!([{ "direction": "descending" }]), json!([null, 1, 2]));
        assert_eq!(last, json!([2, 1, null]));
    }

    #[test]
    fn texts_compare_as_asked() {
        let pages = json!(["page 10", "Page 2", "page 1", "page 02b"]);
        let natural = json!(["page 1", "Page 2", "page 02b", "page 10"]);
        assert_eq!(sorted(json!([{ "compare": "natural" }]), pages.clone()), natural);
        let text = json!(["Page 2", "page 02b", "page 1", "page 10"]);
        assert_eq!(sorted(json!([{ "compare": "text" }]), pages), text);
    }

    #[test]
    fn later_fields_decide_ties_and_equal_items_keep_their_order() {
        let orders = json!([
            { "id": 1, "city": "Rome", "total": 5 }, { "id": 2, "city": "oslo", "total": 5 },
            { "id": 3, "total": 9 }, { "id": 4, "city": "Oslo", "total": 7 }, { "id": 5, "city": "Rome", "total": 5 },
        ]);
        let by = json!([{ "field": "city" }, { "field": "total", "direction": "descending" }]);
        let ids: Vec<Value> = sorted(by, orders).as_array().unwrap().iter().map(|order| order["id"].clone()).collect();
        assert_eq!(json!(ids), json!([4, 2, 1, 5, 3]));
    }

    #[test]
    fn a_list_of_any_length_is_sorted_and_anything_else_refused() {
        assert_eq!(sorted(json!([{}]), json!([])), json!([]));
        let many: Vec<u32> = (0..20_000).rev().collect();
        assert_eq!(sorted(json!([{}]), json!(many))[19_999], 19_999);
        let attempt = Attempt::of::<Sort>(json!({})).input("input", json!("c,b,a"));
        let failure = attempt.run_now().unwrap_err();
        assert_eq!(failure.message, "what arrived at port `input` is text, not a list");
        assert_eq!(Attempt::of::<Sort>(json!({})).run_now().unwrap_err().code, "missing_input");
    }
}
