//! Workflows: the graph that people draw, the file format `ai-studio/1`, and the commands on them.
//! What makes a graph valid is in `engine`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::nodes::ReplayClass;
use crate::{NodeId, Payload, PortName, WorkflowId};

/// A stored workflow. `revision` grows by one with each change; a run keeps the revision it started with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Workflow {
    pub id: WorkflowId,
    pub name: String,
    pub description: String,
    pub revision: u64,
    pub graph: WorkflowGraph,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowSummary {
    pub id: WorkflowId,
    pub name: String,
    pub description: String,
    pub revision: u64,
    pub node_count: u32,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Nodes, edges, and apart from them where the nodes stand on the canvas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkflowGraph {
    #[serde(default)]
    pub nodes: Vec<NodeSpec>,
    #[serde(default)]
    pub edges: Vec<EdgeSpec>,
    #[serde(default)]
    pub layout: BTreeMap<NodeId, Position>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeSpec {
    pub id: NodeId,
    /// The node type, such as `http_request`.
    pub kind: String,
    /// Shown on the canvas; the type's label when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Fits the node type's `config_schema`.
    #[serde(default = "empty_object")]
    pub config: Payload,
    #[serde(default, skip_serializing_if = "NodePolicy::is_default")]
    pub policy: NodePolicy,
}

/// One connection. Its four parts together are its identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgeSpec {
    pub source: NodeId,
    pub source_port: PortName,
    pub target: NodeId,
    pub target_port: PortName,
}

/// Canvas coordinates of a node's top left corner.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    pub x: f64,
    pub y: f64,
}

/// What happens around a node: time limit, repetition, failure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodePolicy {
    /// Time limit of one attempt in milliseconds. Empty: the server's limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
    /// What a failure that no retry healed does to the run.
    #[serde(default)]
    pub on_error: OnError,
    /// What happens when the server stops while this step is under way, so that nobody can tell whether it took effect.
    /// Only more careful than the node type asks for by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(title = "If the server stops in between")]
    pub replay: Option<ReplayClass>,
}

impl NodePolicy {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// When and how often a failed attempt is repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryPolicy {
    /// All attempts together, the first included.
    pub max_attempts: u32,
    /// Pause before the second attempt in milliseconds; doubled before each later one, plus up to a quarter of jitter.
    #[serde(default = "default_backoff_ms")]
    pub backoff_ms: u64,
    /// Longest pause in milliseconds.
    #[serde(default = "default_max_backoff_ms")]
    pub max_backoff_ms: u64,
    #[serde(default)]
    pub on: RetryOn,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetryOn {
    /// Failures that may pass by themselves: timeouts, refused connections, rate limits, server errors.
    #[default]
    Transient,
    /// Every failure.
    Any,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum OnError {
    /// The run fails.
    #[default]
    Fail,
    /// The failure leaves through the port `error`, and the run goes on there.
    ErrorPort,
    /// This value leaves through the node's first port instead.
    Fallback { value: Payload },
    /// The node counts as skipped.
    Skip,
}

/// A workflow as a file: `"format": "ai-studio/1"`, keys in this order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkflowFile {
    pub format: FormatTag,
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub nodes: Vec<NodeSpec>,
    #[serde(default)]
    pub edges: Vec<EdgeSpec>,
    #[serde(default)]
    pub layout: BTreeMap<NodeId, Position>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FormatTag {
    #[serde(rename = "ai-studio/1")]
    AiStudio1,
}

/// `workflows.create`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWorkflow {
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub graph: WorkflowGraph,
}

/// `workflows.get`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetWorkflow {
    pub id: WorkflowId,
    /// The revision that a run is pinned to. Empty: the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// `workflows.list`: newest change first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListWorkflows {}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowList {
    pub workflows: Vec<WorkflowSummary>,
}

/// `workflows.update`: what is left out stays. Refused with `conflict` when `expected_revision` is not the current one.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateWorkflow {
    pub id: WorkflowId,
    pub expected_revision: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graph: Option<WorkflowGraph>,
}

/// `workflows.delete`: refused with `conflict` while a run of it is not finished.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteWorkflow {
    pub id: WorkflowId,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Deleted {
    pub id: WorkflowId,
}

/// `workflows.duplicate`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DuplicateWorkflow {
    pub id: WorkflowId,
}

/// `workflows.validate`: checks a graph without storing it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValidateWorkflow {
    pub graph: WorkflowGraph,
}

/// What a check found. `valid` when no finding is an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    pub valid: bool,
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    pub level: Level,
    /// Stable name of the rule, such as `unknown_kind`.
    pub rule: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_id: Option<NodeId>,
    /// Port or config field (as JSON Pointer) that the finding is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Error,
    Warning,
}

/// `workflows.export`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportWorkflow {
    pub id: WorkflowId,
}

/// `workflows.import`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportWorkflow {
    pub file: WorkflowFile,
}

fn empty_object() -> Payload {
    Payload::from(serde_json::Value::Object(serde_json::Map::new()))
}

fn default_backoff_ms() -> u64 {
    1_000
}

fn default_max_backoff_ms() -> u64 {
    60_000
}
