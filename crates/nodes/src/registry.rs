//! All node types of this server by name, and the erased form in which the floors above hold them.
//! The list itself stands in `lib.rs`.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::BoxFuture;
use protocol::Payload;
use protocol::nodes::{Face, NodeType};
use protocol::runs::NodeFailure;
use serde_path_to_error::Segment;

use crate::{Context, Done, Inputs, Node, problems};

/// A config, parsed and ready to run any number of times. Made once per revision of a graph.
pub trait Prepared: Send + Sync {
    /// One attempt. Ends with the failure `cancelled` as soon as `context.cancelled` fires.
    fn run<'a>(&'a self, inputs: Inputs, context: &'a Context) -> BoxFuture<'a, Result<Done, NodeFailure>>;
}

/// Why a config cannot run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    #[error("there is no node type `{0}`")]
    UnknownKind(String),
    /// `pointer` is a JSON Pointer into the config.
    #[error("cannot use the config of `{kind}` at `{pointer}`: {message}")]
    Config { kind: String, pointer: String, message: String },
}

/// The node types of this server, in the order of the palette.
pub struct Registry {
    types: Vec<Entry>,
    by_kind: BTreeMap<&'static str, usize>,
}

impl Registry {
    /// Every type that `lib.rs` lists.
    pub fn standard() -> Self {
        Self::of(crate::types())
    }

    pub(crate) fn of(types: Vec<Entry>) -> Self {
        let by_kind = types.iter().enumerate().map(|(place, entry)| (entry.kind, place)).collect();
        Self { types, by_kind }
    }

    /// The catalogue, as `nodes.list` tells it.
    pub fn types(&self) -> Vec<NodeType> {
        self.types
            .iter()
            .map(|entry| NodeType {
                kind: entry.kind.to_owned(),
                face: entry.face.clone(),
                config_schema: entry.schema.clone(),
                default_config: entry.default_config.clone(),
            })
            .collect()
    }

    pub fn prepare(&self, kind: &str, config: &Payload) -> Result<Arc<dyn Prepared>, PrepareError> {
        let entry = self.entry(kind).ok_or_else(|| PrepareError::UnknownKind(kind.to_owned()))?;
        (entry.prepare)(config).map_err(|problems| {
            let (pointer, message) = problems.into_iter().next().unwrap_or_default();
            PrepareError::Config { kind: kind.to_owned(), pointer, message }
        })
    }

    fn entry(&self, kind: &str) -> Option<&Entry> {
        self.by_kind.get(kind).map(|place| &self.types[*place])
    }
}

impl engine::graph::Faces for Registry {
    fn face(&self, kind: &str) -> Option<&Face> {
        self.entry(kind).map(|entry| &entry.face)
    }

    fn check_config(&self, kind: &str, config: &Payload) -> Problems {
        match self.entry(kind) {
            Some(entry) => entry.check(config),
            None => vec![(String::new(), format!("there is no node type `{kind}`"))],
        }
    }
}

/// JSON Pointer into the config, message.
type Problems = Vec<(String, String)>;

/// One node type, with its own types forgotten.
pub(crate) struct Entry {
    kind: &'static str,
    face: Face,
    schema: Payload,
    validator: jsonschema::Validator,
    default_config: Payload,
    prepare: fn(&Payload) -> Result<Arc<dyn Prepared>, Problems>,
}

impl Entry {
    pub(crate) fn of<Type: Node>() -> Self {
        let schema = schemars::schema_for!(Type::Config).to_value();
        Self {
            kind: Type::KIND,
            face: Type::face(),
            validator: jsonschema::draft202012::new(&schema).expect("schemars makes valid schemas"),
            schema: Payload::from(schema),
            default_config: Payload::of(&Type::Config::default()).expect("a config is plain data"),
            prepare: prepare::<Type>,
        }
    }

    /// Everything the schema finds; only a config that fits it is looked at more closely.
    fn check(&self, config: &Payload) -> Problems {
        let value: serde_json::Value = match config.parse() {
            Ok(value) => value,
            Err(error) => return vec![(String::new(), format!("cannot read the config: {error}"))],
        };
        let problems = problems::find(&self.validator, &value);
        if !problems.is_empty() {
            return problems;
        }
        (self.prepare)(config).err().unwrap_or_default()
    }
}

fn prepare<Type: Node>(config: &Payload) -> Result<Arc<dyn Prepared>, Problems> {
    let value: serde_json::Value = match config.parse() {
        Ok(value) => value,
        Err(error) => return Err(vec![(String::new(), format!("cannot read the config: {error}"))]),
    };
    let config: Type::Config = match serde_path_to_error::deserialize(value) {
        Ok(config) => config,
        Err(error) => return Err(vec![(pointer(error.path()), error.into_inner().to_string())]),
    };
    let problems = Type::check(&config);
    if problems.is_empty() { Ok(Arc::new(Ready::<Type> { config, node: PhantomData })) } else { Err(problems) }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{key}")),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

struct Ready<Type: Node> {
    config: Type::Config,
    node: PhantomData<Type>,
}

impl<Type: Node> Prepared for Ready<Type> {
    fn run<'a>(&'a self, inputs: Inputs, context: &'a Context) -> BoxFuture<'a, Result<Done, NodeFailure>> {
        Box::pin(async move {
            tokio::select! {
                biased;
                () = context.cancelled.cancelled() => Err(NodeFailure::new("cancelled", "the run was cancelled")),
                done = Type::run(&self.config, inputs, context) => done,
            }
        })
    }
}

#[cfg(test)]
mod tests;
