//! Makes the state of a run from its journal. Effects of the past are dropped: they were carried out, or
//! `Input::Resumed` asks for them again.

use std::sync::Arc;

use protocol::RunId;

use crate::run::RunState;
use crate::{Graph, Input};

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
    let mut run = RunState::new(run_id, graph);
    let mut count = 0;
    for (index, input) in entries.into_iter().enumerate() {
        if !run.accepts(&input) {
            return Err(ReplayError::Refused { index, input: describe(&input) });
        }
        run.step(&input);
        count = index + 1;
    }
    if count == 0 { Err(ReplayError::Empty) } else { Ok(run) }
}

/// Without what went through: logs do not hold values.
fn describe(input: &Input) -> String {
    match input {
        Input::Started { .. } => "started".to_owned(),
        Input::NodeStarted { node, attempt, .. } => format!("node_started `{node}` attempt {attempt}"),
        Input::NodeFinished { node, attempt, .. } => format!("node_finished `{node}` attempt {attempt}"),
        Input::NodeFailed { node, attempt, .. } => format!("node_failed `{node}` attempt {attempt}"),
        Input::NodeWaiting { node, attempt, .. } => format!("node_waiting `{node}` attempt {attempt}"),
        Input::TimerFired { node, .. } => format!("timer_fired `{node}`"),
        Input::Resumed { .. } => "resumed".to_owned(),
        Input::Cancelled { .. } => "cancelled".to_owned(),
    }
}
