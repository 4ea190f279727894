//! The end of a run: what is under way is stopped, what is open is cancelled, the outcome is told once.
//! What comes in afterwards changes nothing.

use std::collections::BTreeMap;

use protocol::runs::{NodeFailure, NodeStatus, RunStatus};
use protocol::{Event, Payload};

use super::RunState;
use super::place::Place;
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
        if self.top.unsettled > 0 {
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
        let open = self.places(|state| !state.is_settled());
        self.stop_attempts(&open, effects);
        for place in open {
            let (node_id, item) = (self.id(place.node), place.path());
            let state = self.state_mut(&place);
            // Inside a region, what had not begun is not worth a word for each item.
            let is_told = place.item.is_empty() || state.attempt > 0;
            state.status = NodeStatus::Cancelled;
            state.ended_at_ms = Some(at_ms);
            state.held = None;
            if is_told {
                effects.push(Effect::Announce(Event::NodeCancelled { node_id, item }));
            }
        }
        self.ready.clear();
        self.timers.clear();
        self.to_advance.clear();
        (self.running, self.uncertain, self.quarantined, self.top.unsettled) = (0, 0, 0, 0);
    }

    /// Breaks off the attempts that are under way at `places`.
    pub(super) fn stop_attempts(&self, places: &[Place], effects: &mut Vec<Effect>) {
        for place in places {
            let Some(state) = self.state(place) else { continue };
            if state.status == NodeStatus::Running {
                let (node, item) = (self.id(place.node), place.path());
                effects.push(Effect::StopNode { node, item, attempt: state.attempt });
            }
        }
    }

    /// What reached the result nodes.
    fn results(&self) -> BTreeMap<String, Payload> {
        let mut results = BTreeMap::new();
        for node in self.graph.top().map(|node| &self.graph.nodes()[node]) {
            let state = &self.top.nodes[node.slot];
            let (Some(name), NodeStatus::Succeeded) = (&node.result_name, state.status) else { continue };
            if let Some(value) = state.inputs.as_ref().and_then(|inputs| inputs.get(RESULT_PORT)) {
                results.insert(name.clone(), value.clone());
            }
        }
        results
    }
}
