//! Puts the objects of two lists together where their key fields hold the same value, as a database joins tables.
//! The order of the left list is kept.

use std::collections::HashMap;

use indexmap::map::Entry;
use protocol::Payload;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::compare::loose_identity;
use crate::face::{gives, takes};
use crate::list::{self, Field, Record, invalid};
use crate::node::payload;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Two lists of objects put together by key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JoinConfig {
    /// The fields that must hold the same value in both lists. A number is the same as the text that reads like it; an
    /// absent or null key is the same as no other.
    #[schemars(length(min = 1, max = 16))]
    pub keys: Vec<JoinKey>,
    /// Which objects are handed on.
    pub keep: JoinKind,
    /// What happens to fields, other than the keys, that both objects have.
    pub conflicts: Conflicts,
}

/// A field of the left list and the one of the right list that goes with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinKey {
    /// Name of the field in the left list, such as `customer_id`.
    pub left: Field,
    /// Name of the field in the right list. Empty when it is the same.
    #[serde(default)]
    pub right: Field,
}

/// Which objects a join hands on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JoinKind {
    /// Pairs only (inner join).
    #[default]
    Inner,
    /// Pairs, and the left ones without a partner (left join).
    Left,
    /// Pairs, and those of both lists without a partner (full outer join).
    Outer,
    /// Only the left ones without a partner (anti join).
    Unmatched,
}

/// What happens to a field that both objects of a pair have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Conflicts {
    /// The left one stays.
    #[schemars(title = "Keep the left one")]
    Left,
    /// The right one takes its place.
    #[schemars(title = "Keep the right one")]
    Right,
    /// Both stay; the right one gets another name.
    #[schemars(title = "Keep both")]
    Rename {
        /// What is added to the name of the right one.
        #[schemars(length(min = 1, max = 64))]
        suffix: String,
    },
}

impl Default for Conflicts {
    fn default() -> Self {
        Self::Rename { suffix: "_right".to_owned() }
    }
}

impl Default for JoinConfig {
    fn default() -> Self {
        let key = JoinKey { left: Field::from("id"), right: Field::default() };
        Self { keys: vec![key], keep: JoinKind::Inner, conflicts: Conflicts::default() }
    }
}

pub struct Join;

impl Node for Join {
    const KIND: &'static str = "join";
    type Config = JoinConfig;

    fn face() -> Face {
        Face {
            label: "Join".to_owned(),
            description: "Joins two lists by a key field (lookup, merge by key, inner, left, outer).".to_owned(),
            group: Group::Data,
            icon: "combine".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("left", "Left list", PortType::List), takes("right", "Right list", PortType::List)],
            outputs: vec![gives("output", "Joined", PortType::List)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    fn check(config: &JoinConfig) -> Vec<(String, String)> {
        let unnamed = config.keys.iter().position(|key| key.left.is_empty());
        unnamed.map(|place| (format!("/keys/{place}/left"), "a key needs a name".to_owned())).into_iter().collect()
    }

    async fn run(config: &JoinConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let (left, right) = (inputs.required("left")?.clone(), inputs.required("right")?.clone());
        let config = config.clone();
        let room = context.outside.limits.max_output_bytes;
        // Every object of one list may go with every one of the other.
        let bytes = left.bytes().saturating_mul(right.bytes());
        let joined = list::compute(context, "the join", bytes, move || {
            let right = Side::read(&right, "right", config.keys.iter().map(JoinKey::right))?;
            let left = Side::read(&left, "left", config.keys.iter().map(|key| &key.left))?;
            Pairing { config: &config, joined: Vec::new(), room }.join(left, right)
        });
        Ok(Done::one("output", joined.await?))
    }
}

impl JoinKey {
    fn right(&self) -> &Field {
        if self.right.is_empty() { &self.left } else { &self.right }
    }
}

/// One of the lists: its objects, and the key of each that has one.
struct Side(Vec<(Record, Option<Vec<String>>)>);

impl Side {
    fn read<'key>(
        payload: &Payload,
        port: &str,
        keys: impl Iterator<Item = &'key Field> + Clone,
    ) -> Result<Self, NodeFailure> {
        let mut objects = Vec::new();
        for (place, item) in list::items(payload, port)?.into_iter().enumerate() {
            let of_port = |failure: NodeFailure| invalid(format!("at port `{port}`, {}", failure.message));
            let record = list::record(&item, place + 1).map_err(of_port)?;
            let value = list::value(&item, place + 1).map_err(of_port)?;
            let key: Option<Vec<String>> = keys.clone().map(|key| loose_identity(key.find(&value))).collect();
            objects.push((record, key));
        }
        Ok(Self(objects))
    }
}

struct Pairing<'config> {
    config: &'config JoinConfig,
    joined: Vec<Record>,
    /// How many bytes may still come.
    room: usize,
}

impl Pairing<'_> {
    fn join(mut self, left: Side, right: Side) -> Result<Payload, NodeFailure> {
        let mut partners: HashMap<&[String], Vec<usize>> = HashMap::new();
        for (place, (_, key)) in right.0.iter().enumerate() {
            if let Some(key) = key {
                partners.entry(key).or_default().push(place);
            }
        }
        let mut matched = vec![false; right.0.len()];
        let keep = self.config.keep;
        for (one, key) in &left.0 {
            let found = key.as_deref().and_then(|key| partners.get(key));
            for place in found.into_iter().flatten() {
                matched[*place] = true;
                if keep != JoinKind::Unmatched {
                    self.push(self.pair(one, &right.0[*place].0))?;
                }
            }
            if found.is_none() && keep != JoinKind::Inner {
                self.push(one.clone())?;
            }
        }
        if keep == JoinKind::Outer {
            for ((other, _), _) in right.0.iter().zip(&matched).filter(|(_, matched)| !**matched) {
                self.push(self.pair(&self.keys_of(other), other))?;
            }
        }
        payload(&self.joined)
    }

    fn push(&mut self, record: Record) -> Result<(), NodeFailure> {
        let bytes: usize = record.iter().map(|(name, value)| name.len() + value.bytes() + 4).sum();
        self.room = self.room.checked_sub(bytes).ok_or_else(|| {
            NodeFailure::new(
                "too_large",
                "the joined list is longer than a step may give: too many objects share a key",
            )
        })?;
        self.joined.push(record);
        Ok(())
    }

    /// An object without a partner on the left has its keys by their names on the left.
    fn keys_of(&self, right: &Record) -> Record {
        let named = |key: &JoinKey| Some((key.left.name().to_owned(), right.get(key.right().name())?.clone()));
        self.config.keys.iter().filter_map(named).collect()
    }

    fn pair(&self, left: &Record, right: &Record) -> Record {
        let mut pair = left.clone();
        for (name, value) in right {
            if self.config.keys.iter().any(|key| key.right().name() == name) {
                continue;
            }
            match (pair.entry(name.clone()), &self.config.conflicts) {
                (Entry::Vacant(place), _) => drop(place.insert(value.clone())),
                (Entry::Occupied(_), Conflicts::Left) => {}
                (Entry::Occupied(mut place), Conflicts::Right) => drop(place.insert(value.clone())),
                (Entry::Occupied(_), Conflicts::Rename { suffix }) => {
                    let mut name = format!("{name}{suffix}");
                    while pair.contains_key(&name) || right.contains_key(&name) {
                        name.push_str(suffix);
                    }
                    pair.insert(name, value.clone());
                }
            }
        }
        pair
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Join;
    use crate::testing::Attempt;

    fn joined(config: Value, left: Value, right: Value) -> Result<Value, String> {
        let attempt = Attempt::of::<Join>(config).input("left", left).input("right", right);
        attempt.run_now().map(|done| done["output"].clone()).map_err(|failure| failure.message)
    }

    fn orders() -> Value {
        json!([
            { "id": 1, "customer": 7, "total": 10 }, { "id": 2, "customer": "8", "total": 20 },
            { "id": 3, "customer": 9, "total": 30 }, { "id": 4, "customer": null, "total": 40 },
        ])
    }

    fn customers() -> Value {
        json!([{ "number": "7", "name": "Ada", "id": "a" }, { "number": 8.0, "name": "Bo" }, { "number": null }, { "number": 5 }])
    }

    fn by_number(keep: &str) -> Value {
        json!({ "keys": [{ "left": "customer", "right": "number" }], "keep": keep })
    }

    #[test]
    fn pairs_by_key() {
        let ada = json!({ "id": 1, "customer": 7, "total": 10, "name": "Ada", "id_right": "a" });
        let bo = json!({ "id": 2, "customer": "8", "total": 20, "name": "Bo" });
        let (third, fourth) = (orders()[2].clone(), orders()[3].clone());
        let cases = [
            ("inner", json!([ada, bo])),
            ("left", json!([ada, bo, third, fourth])),
            ("outer", json!([ada, bo, third, fourth, { "customer": null }, { "customer": 5 }])),
            ("unmatched", json!([third, fourth])),
        ];
        for (keep, expected) in cases {
            assert_eq!(joined(by_number(keep), orders(), customers()), Ok(expected), "{keep}");
        }
        assert_eq!(joined(json!({}), json!([]), json!([{ "id": 1 }])), Ok(json!([])));
    }

    #[test]
    fn conflicts_are_settled_as_asked() {
        let left = json!([{ "id": 1, "a": 1, "a_right": 2 }]);
        let right = json!([{ "id": 1, "a": 3 }, { "id": 1, "a": 4, "b": 5 }]);
        let cases = [
            (
                json!({ "type": "left" }),
                json!([{ "id": 1, "a": 1, "a_right": 2 }, { "id": 1, "a": 1, "a_right": 2, "b": 5 }]),
            ),
            (
                json!({ "type": "right" }),
                json!([{ "id": 1, "a": 3, "a_right": 2 }, { "id": 1, "a": 4, "a_right": 2, "b": 5 }]),
            ),
            (
                json!({ "type": "rename", "suffix": "_right" }),
                json!([
                    { "id": 1, "a": 1, "a_right": 2, "a_right_right": 3 },
                    { "id": 1, "a": 1, "a_right": 2, "a_right_right": 4, "b": 5 },
                ]),
            ),
        ];
        for (conflicts, expected) in cases {
            let config = json!({ "conflicts": conflicts });
            assert_eq!(joined(config, left.clone(), right.clone()), Ok(expected), "{conflicts}");
        }
    }

    #[test]
    fn several_keys_must_all_be_the_same() {
        let config = json!({ "keys": [{ "left": "a.b" }, { "left": "c" }] });
        let left = json!([{ "a": { "b": "x" }, "c": 1, "d": 1 }, { "a": { "b": "x" }, "c": 2 }]);
        let right = json!([{ "a": { "b": "x" }, "c": 1, "e": 2 }]);
        let pair = json!([{ "a": { "b": "x" }, "c": 1, "d": 1, "a_right": { "b": "x" }, "e": 2 }]);
        assert_eq!(joined(config, left, right), Ok(pair));
    }

    #[test]
    fn says_what_cannot_be_joined() {
        let told = joined(json!({}), json!([{ "id": 1 }]), json!([{ "id": 1 }, 2])).unwrap_err();
        assert_eq!(told, "at port `right`, item 2 is a number, not an object");
        let same: Vec<Value> = (0..20).map(|n| json!({ "id": 1, "n": n })).collect();
        let mut outside = crate::testing::outside();
        outside.limits.max_output_bytes = 1_000;
        let attempt = Attempt::of::<Join>(json!({})).input("left", json!(same)).input("right", json!(same));
        let failure = attempt.outside(outside).run_now().unwrap_err();
        assert!(failure.message.contains("too many objects share a key"), "{failure:?}");
        let attempt = Attempt::of::<Join>(json!({})).input("left", json!([]));
        assert_eq!(attempt.run_now().unwrap_err().message, "nothing arrived at port `right`");
    }
}
