//! Node types as data: what the palette, the form, the checks and the reference pages are made from.
//! What a node does is not here: only what can be told about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Payload;

/// `nodes.list`: every node type this server can run.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListNodeTypes {}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct NodeCatalogue {
    pub types: Vec<NodeType>,
}

/// One node type.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct NodeType {
    /// The name used in workflow files, such as `http_request`.
    pub kind: String,
    pub face: Face,
    /// JSON Schema of the node's `config`; the form is made from it.
    pub config_schema: Payload,
    /// A config to start from.
    pub default_config: Payload,
}

/// How a node type looks and behaves from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Face {
    pub label: String,
    /// One sentence for the palette.
    pub description: String,
    pub group: Group,
    /// Name of an icon of the lucide set.
    pub icon: String,
    pub role: NodeRole,
    pub inputs: Vec<InputPort>,
    pub outputs: Vec<OutputPort>,
    pub replay: ReplayClass,
    /// What the node may reach outside.
    pub capabilities: Vec<Capability>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    Flow,
    Ai,
    Data,
    Files,
    Network,
    Utility,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    /// Does a step of the run.
    Step,
    /// What reaches its port `value` becomes a result of the run, under the config's `name`.
    Result,
    /// Text on the canvas; never runs, has no ports.
    Note,
    /// Makes a list at its first port. The nodes from here to the aggregator behind it are done once for each item.
    Iterator,
    /// Takes what came of the items of the iterator before it; without one it is an ordinary step.
    Aggregator,
    /// The nodes from here to the exit behind it are done again and again.
    Loop,
    /// Ends a loop, or hands it what its next turn begins with.
    Exit,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InputPort {
    pub name: String,
    pub label: String,
    #[serde(rename = "type")]
    pub value_type: PortType,
    /// The node is skipped when edges lead here and none of them brings a value.
    pub required: bool,
    /// Takes any number of edges and hands the node a list, in the order of the edges.
    pub many: bool,
}

/// One output port, or a family of ports that the config names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum OutputPort {
    Fixed {
        name: String,
        label: String,
        #[serde(rename = "type")]
        value_type: PortType,
    },
    /// One port for each entry of the config's list `field`; the entry's `name` names the port.
    Config {
        field: String,
        #[serde(rename = "type")]
        value_type: PortType,
    },
}

/// What travels along an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PortType {
    Any,
    Text,
    Number,
    Boolean,
    List,
    Json,
    Blob,
}

impl PortType {
    pub const ALL: [Self; 7] = [Self::Any, Self::Text, Self::Number, Self::Boolean, Self::List, Self::Json, Self::Blob];

    /// Whether a value of this type may travel to a port of the type `target`. Everything but a file is JSON; a text or a
    /// list may come out of JSON, which only the run can tell; numbers and truth values have a text.
    pub fn fits(self, target: Self) -> bool {
        use PortType::{Any, Boolean, Json, List, Number, Text};
        self == target
            || matches!(
                (self, target),
                (Any, _)
                    | (_, Any)
                    | (Json, Text | List)
                    | (Text | List | Number | Boolean, Json)
                    | (Number | Boolean, Text)
            )
    }
}

/// What may happen to a step whose outcome is unknown after a crash, from the loosest to the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplayClass {
    /// The step has no effect outside, so it runs again.
    #[schemars(title = "Run again: it only computes")]
    Pure,
    /// Doing it twice has the same effect as doing it once, so it runs again.
    #[schemars(title = "Run again: twice does no harm")]
    Idempotent,
    /// The step runs again under the same key, by which the other side can tell that it is a repetition.
    #[schemars(title = "Run again with the same key")]
    AtLeastOnce,
    /// The step is not repeated: the run waits for a person to decide.
    #[schemars(title = "Wait for a person")]
    AtMostOnce,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    Network,
    Files,
    Process,
    Secrets,
    Model,
}
