//! The end of a run: what is under way is stopped, what is open is cancelled, the outcome is told once.
//! What comes in afterwards changes nothing.

use std::collections::BTreeMap;

use protocol::runs::{NodeFailure, NodeStatus, RunStatus};
use protocol::{Event, Payload};

use super::RunState;
use crate::graph::RESULT_PORT;
use crate::{Effect, Outcome};

impl RunState {
    pub(super) fn end(
        &mut self,
        status: RunStatus,
        failure: Option<NodeFailure>,
        at_ms: i64,
        effects: &mut Vec<Effect>,
    ) {
        if self.unsettled > 0 {
            self.cancel_open_nodes(at_ms, effects);
        }
        let outputs = if status == RunStatus::Succeeded { self.results() } else { BTreeMap::new() };
        let usage = self.usage;
        self.status = status;
        effects.push(Effect::Announce(Event::RunFinished { status, usage, failure: failure.clone() }));
        let outcome = Outcome { status, outputs, failure, usage };
        self.outcome = Some(outcome.clone());
        effects.push(Effect::Finish(outcome));
    }

    fn cancel_open_nodes(&mut self, at_ms: i64, effects: &mut Vec<Effect>) {
        let open: Vec<usize> = (0..self.nodes.len()).filter(|node| !self.nodes[*node].is_settled()).collect();
        for node in &open {
            let state = &self.nodes[*node];
            if state.status == NodeStatus::Running {
                effects.push(Effect::StopNode { node: self.id(*node), attempt: state.attempt });
            }
        }
        for node in open {
            let node_id = self.id(node);
            let state = &mut self.nodes[node];
            state.status = NodeStatus::Cancelled;
            state.ended_at_ms = Some(at_ms);
            state.held = None;
            effects.push(Effect::Announce(Event::NodeCancelled { node_id }));
        }
        self.ready.clear();
        self.timers.clear();
        (self.running, self.uncertain, self.unsettled) = (0, 0, 0);
    }

    /// What reached the result nodes.
    fn results(&self) -> BTreeMap<String, Payload> {
        let mut results = BTreeMap::new();
        for (node, state) in self.graph.nodes().iter().zip(&self.nodes) {
            let (Some(name), NodeStatus::Succeeded) = (&node.result_name, state.status) else { continue };
            if let Some(value) = state.inputs.as_ref().and_then(|inputs| inputs.get(RESULT_PORT)) {
                results.insert(name.clone(), value.clone());
            }
        }
        results
    }
}
