//! What happened, as the one stream that both shells forward. Stored first, then announced.
//! Token text and progress are `Signal`s: shown while they happen, never stored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::runs::{ItemDecision, NodeFailure, RunStatus, Usage};
use crate::system::PartState;
use crate::{ItemPath, NodeId, PortName, RunId, SettingKey, WorkflowId};

/// An event with its place in the stream. `seq` grows over all events of this database; gaps are allowed, disorder is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Announced {
    pub seq: u64,
    pub at_ms: i64,
    /// What a cache of earlier replies should drop.
    pub topics: Vec<Topic>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    pub event: Event,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum Event {
    #[serde(rename = "workflow.changed")]
    WorkflowChanged { revision: u64 },
    #[serde(rename = "workflow.deleted")]
    WorkflowDeleted {},
    #[serde(rename = "setting.changed")]
    SettingChanged { key: SettingKey },
    #[serde(rename = "part.changed")]
    PartChanged {
        part: String,
        state: PartState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    #[serde(rename = "run.started")]
    RunStarted { workflow_revision: u64 },
    /// Taken up again after the process or the run's actor ended.
    #[serde(rename = "run.resumed")]
    RunResumed {},
    #[serde(rename = "run.waiting")]
    RunWaiting { wake_at_ms: i64 },
    #[serde(rename = "run.needs_attention")]
    RunNeedsAttention { node_id: NodeId },
    #[serde(rename = "run.finished")]
    RunFinished {
        status: RunStatus,
        usage: Usage,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<NodeFailure>,
    },
    /// It is gone, with everything that belonged to it.
    #[serde(rename = "run.deleted")]
    RunDeleted { run_id: RunId },
    /// So many runs were old enough to be deleted.
    #[serde(rename = "runs.expired")]
    RunsExpired { count: u32 },
    #[serde(rename = "node.started")]
    NodeStarted {
        node_id: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        attempt: u32,
    },
    #[serde(rename = "node.finished")]
    NodeFinished {
        node_id: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        attempt: u32,
        started_at_ms: i64,
        /// The ports through which something left.
        ports: Vec<PortName>,
        usage: Usage,
    },
    /// A region begins, or a loop its next turn: how many items or turns there are so far.
    #[serde(rename = "region.grew")]
    RegionGrew {
        /// The node that opens the region.
        node_id: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        total: u32,
    },
    /// An item failed and its region goes on without it.
    #[serde(rename = "item.failed")]
    ItemFailed {
        /// The node that opens the region.
        node_id: NodeId,
        item: ItemPath,
        failure: NodeFailure,
        /// It waits for a person.
        quarantined: bool,
    },
    /// A person decided about items in quarantine.
    #[serde(rename = "item.decided")]
    ItemsDecided {
        node_id: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        decision: ItemDecision,
        count: u32,
    },
    /// This attempt failed and no other follows.
    #[serde(rename = "node.failed")]
    NodeFailed {
        node_id: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        attempt: u32,
        started_at_ms: i64,
        failure: NodeFailure,
    },
    /// This attempt failed; the next one starts at `due_at_ms`.
    #[serde(rename = "node.retrying")]
    NodeRetrying {
        node_id: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        attempt: u32,
        due_at_ms: i64,
        failure: NodeFailure,
    },
    #[serde(rename = "node.waiting")]
    NodeWaiting {
        node_id: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        due_at_ms: i64,
    },
    #[serde(rename = "node.skipped")]
    NodeSkipped {
        node_id: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
    },
    #[serde(rename = "node.uncertain")]
    NodeUncertain {
        node_id: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        attempt: u32,
    },
    #[serde(rename = "node.cancelled")]
    NodeCancelled {
        node_id: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
    },
}

/// Names of what replies are made from; a command's row says which it reads or changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    Workflows,
    Runs,
    Nodes,
    Settings,
    System,
}

/// What a subscriber wants to see. Empty fields let everything through.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventFilter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    /// Replay from after this place; empty: from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_seq: Option<u64>,
    /// Also token text and progress.
    #[serde(default)]
    pub signals: bool,
}

/// Shown while it happens, not stored: after a reload the node's output tells the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Signal {
    /// Text that a node produced since the signal before. `offset` counts the characters before it.
    Text {
        run_id: RunId,
        workflow_id: WorkflowId,
        node_id: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        attempt: u32,
        offset: u64,
        text: String,
    },
    Progress {
        run_id: RunId,
        workflow_id: WorkflowId,
        node_id: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        attempt: u32,
        message: String,
    },
}

/// One message of the event stream to a subscriber.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum Frame {
    /// The subscription stands; what was stored up to `seq` has been or will be replayed.
    Ready {
        seq: u64,
    },
    Event(Announced),
    Signal {
        signal: Signal,
    },
    /// The subscriber was too slow; it continues from `after_seq` by itself, signals in between are gone.
    Lagged {
        after_seq: u64,
    },
}
