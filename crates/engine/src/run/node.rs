//! What a run knows about one of its nodes.
//! Data and the questions that it answers; what follows from them is decided elsewhere.

use std::sync::Arc;

use protocol::runs::{ItemCounts, NodeFailure, NodeStatus};

use crate::{Graph, Ports};

#[derive(Clone, Debug)]
pub(super) struct NodeState {
    pub status: NodeStatus,
    /// The latest attempt, from 1; 0 before the first.
    pub attempt: u32,
    /// Attempts that failed. Attempts lost in a crash do not count against the retries.
    pub failures: u32,
    /// The journal says that the attempt began.
    pub recorded: bool,
    pub started_at_ms: Option<i64>,
    pub ended_at_ms: Option<i64>,
    pub failure: Option<NodeFailure>,
    /// What arrived; present from the first attempt on.
    pub inputs: Option<Arc<Ports>>,
    /// What left; present when the node ended and something did.
    pub outputs: Option<Arc<Ports>>,
    /// What will leave when the timer fires.
    pub held: Option<Ports>,
    /// Edges that are still waited for: those along which something may arrive, and for a node that opens a region those
    /// that lead into it from outside.
    pub pending_edges: usize,
}

impl NodeState {
    pub fn of(graph: &Graph, node: usize) -> Self {
        Self {
            status: NodeStatus::Pending,
            attempt: 0,
            failures: 0,
            recorded: false,
            started_at_ms: None,
            ended_at_ms: None,
            failure: None,
            inputs: None,
            outputs: None,
            held: None,
            pending_edges: graph.waits_for(node),
        }
    }

    pub fn is_settled(&self) -> bool {
        match self.status {
            NodeStatus::Pending
            | NodeStatus::Running
            | NodeStatus::Retrying
            | NodeStatus::Waiting
            | NodeStatus::Uncertain => false,
            NodeStatus::Succeeded | NodeStatus::Failed | NodeStatus::Skipped | NodeStatus::Cancelled => true,
        }
    }
}

/// Adds a settled pass to the counts of a node inside a region.
pub(super) fn count(counts: &mut ItemCounts, status: NodeStatus) {
    match status {
        NodeStatus::Succeeded => counts.succeeded += 1,
        NodeStatus::Failed => counts.failed += 1,
        NodeStatus::Skipped => counts.skipped += 1,
        NodeStatus::Pending
        | NodeStatus::Running
        | NodeStatus::Retrying
        | NodeStatus::Waiting
        | NodeStatus::Uncertain
        | NodeStatus::Cancelled => {}
    }
}
