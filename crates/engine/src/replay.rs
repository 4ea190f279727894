//! Makes the state of a run from its journal. Effects of the past are dropped: they were carried out, or
//! `Input::Resumed` asks for them again.

use std::sync::Arc;

use protocol::runs::NodeRunDetail;
use protocol::{ItemPath, NodeId, RunId};

use crate::run::RunState;
use crate::{Graph, Input, Ports};

/// Why a journal gives no state. It was written for another graph, or by a defect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    #[error("cannot replay an empty journal")]
    Empty,
    #[error("cannot replay journal entry {index}: it does not follow from the entries before it ({input})")]
    Refused { index: usize, input: String },
}

pub fn replay(
    run_id: RunId,
    graph: Arc<Graph>,
    entries: impl IntoIterator<Item = Input>,
) -> Result<RunState, ReplayError> {
    replay_watching(run_id, graph, entries, |_| {})
}

/// One node as the journal tells it. A pass inside a region is gone from the state once it ended, so it is looked at on the
/// way; without `item` the one that is named last. Nothing when there is no such node or pass.
pub fn node(
    run_id: RunId,
    graph: Arc<Graph>,
    entries: Vec<Input>,
    (id, item): (&NodeId, &ItemPath),
) -> Result<Option<NodeRunDetail>, ReplayError> {
    let is_inside = graph.node(id).is_some_and(|node| !node.regions.is_empty());
    let item = match entries.iter().rev().find_map(|entry| item_of(entry, id)) {
        Some(latest) if is_inside && item.is_top() => latest,
        Some(_) | None => item.clone(),
    };
    let mut seen = None;
    let run = replay_watching(run_id, graph, entries, |run| {
        if let Some(detail) = run.node(id, &item) {
            seen = Some(detail);
        }
    })?;
    Ok(seen.or_else(|| {
        let node = run.nodes().into_iter().find(|node| node.node_id == *id && item.is_top())?;
        Some(NodeRunDetail { node, inputs: Ports::new(), outputs: Ports::new() })
    }))
}

fn replay_watching(
    run_id: RunId,
    graph: Arc<Graph>,
    entries: impl IntoIterator<Item = Input>,
    mut watch: impl FnMut(&RunState),
) -> Result<RunState, ReplayError> {
    let mut run = RunState::new(run_id, graph);
    let mut count = 0;
    for (index, input) in entries.into_iter().enumerate() {
        if !run.accepts(&input) {
            return Err(ReplayError::Refused { index, input: describe(&input) });
        }
        run.step(&input);
        watch(&run);
        count = index + 1;
    }
    if count == 0 { Err(ReplayError::Empty) } else { Ok(run) }
}

/// The item of an entry about this node.
fn item_of(entry: &Input, id: &NodeId) -> Option<ItemPath> {
    match entry {
        Input::NodeStarted { node, item, .. }
        | Input::NodeFinished { node, item, .. }
        | Input::NodeFailed { node, item, .. }
        | Input::NodeWaiting { node, item, .. } => (node == id).then(|| item.clone()),
        Input::Started { .. }
        | Input::TimerFired { .. }
        | Input::ItemsDecided { .. }
        | Input::Resumed { .. }
        | Input::Cancelled { .. } => None,
    }
}

/// Without what went through: logs do not hold values.
fn describe(input: &Input) -> String {
    match input {
        Input::Started { .. } => "started".to_owned(),
        Input::NodeStarted { node, item, attempt, .. } => told("node_started", node, item, Some(*attempt)),
        Input::NodeFinished { node, item, attempt, .. } => told("node_finished", node, item, Some(*attempt)),
        Input::NodeFailed { node, item, attempt, .. } => told("node_failed", node, item, Some(*attempt)),
        Input::NodeWaiting { node, item, attempt, .. } => told("node_waiting", node, item, Some(*attempt)),
        Input::TimerFired { node, item, .. } => told("timer_fired", node, item, None),
        Input::ItemsDecided { node, item, .. } => told("items_decided", node, item, None),
        Input::Resumed { .. } => "resumed".to_owned(),
        Input::Cancelled { .. } => "cancelled".to_owned(),
    }
}

fn told(what: &str, node: &NodeId, item: &ItemPath, attempt: Option<u32>) -> String {
    let item = if item.is_top() { String::new() } else { format!(" item {item}") };
    let attempt = attempt.map(|attempt| format!(" attempt {attempt}")).unwrap_or_default();
    format!("{what} `{node}`{item}{attempt}")
}
