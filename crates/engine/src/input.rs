//! What can happen to a run.
//! Inputs are what the journal holds: folding them gives the state back.

use std::collections::BTreeMap;

use protocol::runs::ItemDecision;
use protocol::runs::{NodeFailure, Usage};
use protocol::{ItemPath, NodeId, Payload, PortName};
use serde::{Deserialize, Serialize};

/// Values by port. An output port that is absent was not taken: nothing will ever arrive along its edges.
pub type Ports = BTreeMap<PortName, Payload>;

/// One journal entry. Times are wall-clock milliseconds, read where the thing happened. Tagged from outside, so that payloads
/// are read back as the very text they were written as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The first entry of every journal.
    Started {
        at_ms: i64,
        inputs: BTreeMap<String, Payload>,
    },
    /// An attempt is about to begin. Durable before any attempt that is not `pure`.
    NodeStarted {
        at_ms: i64,
        node: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        attempt: u32,
    },
    NodeFinished {
        at_ms: i64,
        node: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        attempt: u32,
        started_at_ms: i64,
        outputs: Ports,
        usage: Usage,
    },
    NodeFailed {
        at_ms: i64,
        node: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        attempt: u32,
        started_at_ms: i64,
        failure: NodeFailure,
    },
    /// The attempt ended well, and its outputs leave when the timer at `due_at_ms` fires.
    NodeWaiting {
        at_ms: i64,
        node: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        attempt: u32,
        started_at_ms: i64,
        due_at_ms: i64,
        outputs: Ports,
    },
    TimerFired {
        at_ms: i64,
        node: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
    },
    /// A person decided about failed items of the region that `node` opens; without `places` about all of them.
    ItemsDecided {
        at_ms: i64,
        node: NodeId,
        #[serde(default, skip_serializing_if = "ItemPath::is_top")]
        item: ItemPath,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        places: Vec<u32>,
        decision: ItemDecision,
    },
    /// The run is taken up again by another actor or process: attempts under way are gone, their outcome unknown.
    Resumed {
        at_ms: i64,
    },
    Cancelled {
        at_ms: i64,
    },
}

impl Input {
    pub fn at_ms(&self) -> i64 {
        match self {
            Self::Started { at_ms, .. }
            | Self::NodeStarted { at_ms, .. }
            | Self::NodeFinished { at_ms, .. }
            | Self::NodeFailed { at_ms, .. }
            | Self::NodeWaiting { at_ms, .. }
            | Self::TimerFired { at_ms, .. }
            | Self::ItemsDecided { at_ms, .. }
            | Self::Resumed { at_ms }
            | Self::Cancelled { at_ms } => *at_ms,
        }
    }
}
