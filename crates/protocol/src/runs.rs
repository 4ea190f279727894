//! Runs: one execution of a workflow each, and the commands on them.
//! The rules by which a run goes from one status to the next are in `engine`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Announced, ItemPath, NodeId, Payload, PortName, RunId, WorkflowId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Accepted and durable, not begun.
    Queued,
    Running,
    /// Nothing to do before a timer fires.
    Waiting,
    /// A step's outcome is unknown and its policy forbids to repeat it.
    NeedsAttention,
    Succeeded,
    Failed,
    Cancelled,
}

impl RunStatus {
    pub fn is_final(self) -> bool {
        match self {
            Self::Succeeded | Self::Failed | Self::Cancelled => true,
            Self::Queued | Self::Running | Self::Waiting | Self::NeedsAttention => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunSummary {
    pub id: RunId,
    pub workflow_id: WorkflowId,
    /// The revision of the workflow that this run is pinned to.
    pub workflow_revision: u64,
    pub status: RunStatus,
    pub created_at_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at_ms: Option<i64>,
    /// When the earliest timer of a waiting run fires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake_at_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<NodeFailure>,
    pub usage: Usage,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    #[serde(flatten)]
    pub summary: RunSummary,
    pub inputs: BTreeMap<String, Payload>,
    /// What reached the output nodes, by their names. Empty until the run ends.
    pub outputs: BTreeMap<String, Payload>,
}

/// Why a node (and by it a run) failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeFailure {
    /// The node that failed, where the failure belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_id: Option<NodeId>,
    /// The item in which it failed.
    #[serde(default, skip_serializing_if = "ItemPath::is_top")]
    pub item: ItemPath,
    /// Stable name of the kind of failure, such as `timeout` or `http_status`.
    pub code: String,
    pub message: String,
    /// May pass by itself: another attempt can succeed.
    pub transient: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Payload>,
}

impl NodeFailure {
    /// One that another attempt will not heal.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            node_id: None,
            item: ItemPath::top(),
            code: code.into(),
            message: message.into(),
            transient: false,
            details: None,
        }
    }

    /// The same, but it may pass by itself.
    #[must_use]
    pub fn transient(self) -> Self {
        Self { transient: true, ..self }
    }

    #[must_use]
    pub fn with_details(self, details: Payload) -> Self {
        Self { details: Some(details), ..self }
    }
}

/// Model tokens used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    pub input_tokens: u64,
    pub output_tokens: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeStatus {
    Pending,
    Running,
    /// Between two attempts.
    Retrying,
    /// Until its timer fires.
    Waiting,
    /// Began, and whether it took effect is unknown.
    Uncertain,
    Succeeded,
    Failed,
    Skipped,
    Cancelled,
}

/// How the passes of a node inside a region stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemCounts {
    /// Passes that have begun.
    pub begun: u32,
    pub succeeded: u32,
    pub failed: u32,
    pub skipped: u32,
}

/// An item that failed and waits for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuarantinedItem {
    /// The node that opens the region.
    pub node_id: NodeId,
    pub item: ItemPath,
    /// The item itself.
    pub value: Payload,
    pub failure: NodeFailure,
}

/// What to do with items in quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemDecision {
    /// They are done again from their beginning.
    Retry,
    /// The region ends without them.
    Drop,
}

/// One node of a run, without what went through it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeRun {
    pub node_id: NodeId,
    pub status: NodeStatus,
    /// The latest attempt, from 1; 0 before the first.
    pub attempt: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake_at_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<NodeFailure>,
    /// The ports through which something left; empty until the node ended.
    pub ports: Vec<PortName>,
    /// For a node inside a region: its passes. The other fields tell how the node stands over all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<ItemCounts>,
}

/// One node of a run with what went in and came out, by port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeRunDetail {
    #[serde(flatten)]
    pub node: NodeRun,
    pub inputs: BTreeMap<PortName, Payload>,
    pub outputs: BTreeMap<PortName, Payload>,
}

/// `runs.start`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRun {
    pub workflow_id: WorkflowId,
    #[serde(default)]
    pub inputs: BTreeMap<String, Payload>,
    /// How long to wait for the end before answering, in milliseconds (at most 300,000). 0 answers as soon as the run is durable.
    #[serde(default)]
    pub wait_ms: u64,
}

/// `runs.get`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetRun {
    pub id: RunId,
}

/// `runs.list`: newest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRuns {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<RunStatus>,
    /// Only runs older than this one, for the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<RunId>,
    /// At most this many, up to 200. Empty: 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RunList {
    pub runs: Vec<RunSummary>,
    /// Pass as `before` for the next page; empty on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<RunId>,
}

/// `runs.cancel`: a finished run stays as it is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelRun {
    pub id: RunId,
}

/// `runs.events`: what was announced about this run, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRunEvents {
    pub id: RunId,
    #[serde(default)]
    pub after_seq: u64,
    /// At most this many, up to 1000. Empty: 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EventPage {
    pub events: Vec<Announced>,
    /// More follow after the last one.
    pub more: bool,
}

/// `runs.nodes`: every node of the run and its state.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRunNodes {
    pub id: RunId,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RunNodes {
    pub nodes: Vec<NodeRun>,
}

/// `runs.node`: one node's input, output, times and failure.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetRunNode {
    pub id: RunId,
    pub node_id: NodeId,
    /// For a node inside a region: which pass. Empty there: the one that was heard of last.
    #[serde(default, skip_serializing_if = "ItemPath::is_top")]
    pub item: ItemPath,
}

/// `runs.quarantine`: failed items that wait for a person.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListQuarantine {
    pub id: RunId,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Quarantine {
    pub items: Vec<QuarantinedItem>,
}

/// `runs.decide_items`: what to do with items in quarantine. Refused with `conflict` when one of them is not there.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideItems {
    pub id: RunId,
    /// The node that opens the region, as `runs.quarantine` names it.
    pub node_id: NodeId,
    /// The items. Empty: all that this region has in quarantine.
    #[serde(default)]
    pub items: Vec<ItemPath>,
    pub decision: ItemDecision,
}

/// `runs.delete`: a run that has ended, with its journal, events and outputs. Refused with `conflict` before its end.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteRun {
    pub id: RunId,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DeletedRun {
    pub id: RunId,
}
