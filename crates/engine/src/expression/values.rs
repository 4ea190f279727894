//! The values that a template sees, as lazy minijinja objects over a `Scope`: a payload is parsed when an expression
//! touches it, once per rendering. Also says what is there when a name is not.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Enumerator, Object, ValueKind};
use minijinja::{Error, ErrorKind, Value};
use protocol::{NodeId, Payload};

use crate::{Ports, Scope};

/// Inside a region; outside, the last two are missing.
const ROOTS: [&str; 6] = ["input", "ports", "inputs", "nodes", "item", "index"];
/// More names than this in a hint hide what it wants to say.
const MAX_HINT_NAMES: usize = 20;

/// What one rendering sees.
pub(super) fn root(scope: &Scope) -> Value {
    Value::from_object(Root { scope: scope.clone(), parsed: Arc::default() })
}

/// What stands at the place where `path` (such as `nodes.summarise.respnse`) leaves the known. Empty if nothing helps.
pub(super) fn hint(scope: &Scope, path: &str) -> String {
    let segments = segments(path);
    let mut here = root(scope);
    let mut known = String::new();
    for (depth, segment) in segments.iter().enumerate() {
        let next = match segment.parse::<usize>() {
            Ok(index) if here.kind() == ValueKind::Seq => here.get_item_by_index(index),
            Ok(_) | Err(_) => here.get_attr(segment),
        };
        match next {
            Ok(value) if !value.is_undefined() => {
                here = value;
                known = if depth == 0 { segment.clone() } else { format!("{known}.{segment}") };
            }
            Ok(_) | Err(_) if depth == 0 && segments.len() > 1 && !ROOTS[..4].contains(&segment.as_str()) => {
                return String::new();
            }
            Ok(_) | Err(_) => break,
        }
    }
    if known.is_empty() { format!("there is: {}", names(&here)) } else { describe(&known, &here) }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum belongs to minijinja")]
fn describe(path: &str, value: &Value) -> String {
    match value.kind() {
        ValueKind::Map if value.len() == Some(0) => format!("`{path}` is empty"),
        ValueKind::Map => format!("`{path}` has: {}", names(value)),
        ValueKind::Seq | ValueKind::Iterable => match value.len() {
            Some(length) => format!("`{path}` is a list of {length}"),
            None => format!("`{path}` is a list"),
        },
        ValueKind::String => format!("`{path}` is text"),
        ValueKind::None => format!("`{path}` is null"),
        kind => format!("`{path}` is a {kind}"),
    }
}

fn names(value: &Value) -> String {
    let Ok(keys) = value.try_iter() else { return String::new() };
    let mut names: Vec<String> = keys.take(MAX_HINT_NAMES + 1).map(|key| key.to_string()).collect();
    if names.len() > MAX_HINT_NAMES {
        names[MAX_HINT_NAMES] = "…".to_owned();
    }
    names.join(", ")
}

/// Splits `a.b['c-d'][0]` into its names.
fn segments(path: &str) -> Vec<String> {
    path.replace('[', ".").replace([']', '\'', '"'], "").split('.').map(str::to_owned).collect()
}

/// Values by the address of their JSON text. The scope holds the texts, so an address stays one value's.
type Parsed = Arc<Mutex<BTreeMap<usize, Value>>>;

#[derive(Debug)]
struct Root {
    scope: Scope,
    parsed: Parsed,
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "input" => main_port(&self.scope.ports).map(|payload| value(payload, &self.parsed)),
            "ports" => Some(fields(&self.scope.ports, &self.parsed)),
            "inputs" => Some(fields(&self.scope.run_inputs, &self.parsed)),
            "nodes" => Some(Value::from_object(Nodes { nodes: self.scope.nodes.clone(), parsed: self.parsed.clone() })),
            "item" => self.scope.item.as_ref().map(|item| value(&item.value, &self.parsed)),
            "index" => self.scope.item.as_ref().map(|item| Value::from(item.index)),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let first = usize::from(main_port(&self.scope.ports).is_none());
        let last = if self.scope.item.is_some() { ROOTS.len() } else { ROOTS.len() - 2 };
        Enumerator::Str(&ROOTS[first..last])
    }
}

fn main_port(ports: &Ports) -> Option<&Payload> {
    ports.get("input").or_else(|| if ports.len() == 1 { ports.values().next() } else { None })
}

#[derive(Debug)]
struct Nodes {
    nodes: Arc<BTreeMap<NodeId, Arc<Ports>>>,
    parsed: Parsed,
}

impl Object for Nodes {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.nodes.get(key).map(|ports| fields(ports, &self.parsed))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.nodes.keys().map(|id| Value::from(id.as_str())).collect())
    }
}

fn fields<Name>(payloads: &Arc<BTreeMap<Name, Payload>>, parsed: &Parsed) -> Value
where
    Name: Ord + std::borrow::Borrow<str> + Debug + Send + Sync + 'static,
{
    Value::from_object(Fields { payloads: payloads.clone(), parsed: parsed.clone() })
}

#[derive(Debug)]
struct Fields<Name> {
    payloads: Arc<BTreeMap<Name, Payload>>,
    parsed: Parsed,
}

impl<Name> Object for Fields<Name>
where
    Name: Ord + std::borrow::Borrow<str> + Debug + Send + Sync + 'static,
{
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.payloads.get(key).map(|payload| value(payload, &self.parsed))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.payloads.keys().map(|name| Value::from(name.borrow())).collect())
    }
}

fn value(payload: &Payload, parsed: &Parsed) -> Value {
    let address = payload.json().as_ptr() as usize;
    // A panic elsewhere leaves a map of whole values behind, so a poisoned lock is as good as any.
    let mut parsed = parsed.lock().unwrap_or_else(PoisonError::into_inner);
    parsed
        .entry(address)
        .or_insert_with(|| {
            payload.parse::<Value>().unwrap_or_else(|error| {
                Value::from(Error::new(ErrorKind::BadSerialization, format!("cannot read the value: {error}")))
            })
        })
        .clone()
}
