//! What a run wants done.
//! The run's actor carries effects out, in order, after the journal is durable where that is due.

use std::collections::BTreeMap;

use protocol::nodes::ReplayClass;
use protocol::runs::{NodeFailure, RunStatus, Usage};
use protocol::{Event, ItemPath, NodeId, Payload};

use crate::{Ports, Scope};

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    StartNode(StartNode),
    /// Ask for `Input::TimerFired` at `due_at_ms`, not before.
    StartTimer {
        node: NodeId,
        item: ItemPath,
        due_at_ms: i64,
    },
    /// Break off an attempt; its result no longer counts.
    StopNode {
        node: NodeId,
        item: ItemPath,
        attempt: u32,
    },
    /// Tell subscribers, once the inputs so far are durable.
    Announce(Event),
    /// The run is over. Nothing follows.
    Finish(Outcome),
}

/// One attempt of one node.
#[derive(Clone, Debug, PartialEq)]
pub struct StartNode {
    pub node: NodeId,
    /// Which pass through the regions around the node.
    pub item: ItemPath,
    /// From 1.
    pub attempt: u32,
    /// What arrived, by input port; a port that takes many edges holds a list.
    pub inputs: Ports,
    /// What expressions of this node see.
    pub scope: Scope,
    pub replay: ReplayClass,
    /// The author's limit for this attempt.
    pub timeout_ms: Option<u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub status: RunStatus,
    /// By the names of the result nodes.
    pub outputs: BTreeMap<String, Payload>,
    pub failure: Option<NodeFailure>,
    pub usage: Usage,
}
