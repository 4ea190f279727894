//! How values move: an edge is live once its source ended with a value for it, dead once it ended without one. A node
//! is decided when none of its edges is open any more: it starts if something arrived and each required port with
//! edges got a value, and is skipped otherwise. So a merge behind a router runs once, after all that can still come.

use std::collections::VecDeque;
use std::sync::Arc;

use protocol::runs::{NodeFailure, NodeStatus, Usage};
use protocol::{Event, ItemPath, NodeId, Payload};

use super::node::count;
use super::place::Place;
use super::{MAX_PARALLEL_NODES, RunState};
use crate::graph::{Input, Route, Sees};
use crate::{Effect, Ports, Scope, ScopeItem, StartNode};

/// How a step ended well.
pub(super) struct Done {
    pub outputs: Ports,
    pub usage: Usage,
}

impl RunState {
    /// Starts nodes in file order while there is room. A node that cannot be given its inputs fails without an attempt.
    pub(super) fn start_ready(&mut self, at_ms: i64, effects: &mut Vec<Effect>) {
        while self.running < MAX_PARALLEL_NODES && self.outcome.is_none() {
            let Some(place) = self.ready.pop_first() else { return };
            let gathered = match self.state_mut(&place).inputs.clone() {
                Some(inputs) => Ok(inputs),
                None => self.gather(&place).map(Arc::new),
            };
            match gathered {
                Ok(inputs) => effects.push(self.start(&place, inputs)),
                Err(failure) => {
                    self.state_mut(&place).started_at_ms = Some(at_ms);
                    self.node_failed(&place, at_ms, failure, effects);
                }
            }
        }
    }

    /// An attempt is over; how is up to the caller.
    pub(super) fn attempt_over(&mut self, node: &NodeId, item: &ItemPath, started_at_ms: i64) -> Place {
        let place = self.known(node, item);
        self.running -= 1;
        self.state_mut(&place).started_at_ms = Some(started_at_ms);
        place
    }

    /// The node ended well: its outputs leave.
    pub(super) fn leave(&mut self, place: &Place, at_ms: i64, done: Done, effects: &mut Vec<Effect>) {
        let Done { outputs, usage } = done;
        self.usage.input_tokens = self.usage.input_tokens.saturating_add(usage.input_tokens);
        self.usage.output_tokens = self.usage.output_tokens.saturating_add(usage.output_tokens);
        let (node_id, item) = (self.id(place.node), place.path());
        let state = self.state_mut(place);
        state.status = NodeStatus::Succeeded;
        state.ended_at_ms = Some(at_ms);
        state.failure = None;
        effects.push(Effect::Announce(Event::NodeFinished {
            node_id,
            item,
            attempt: state.attempt,
            started_at_ms: state.started_at_ms.unwrap_or(at_ms),
            ports: outputs.keys().cloned().collect(),
            usage,
        }));
        state.outputs = Some(Arc::new(outputs));
        self.settled(place, at_ms, effects);
    }

    /// The attempt ended well, and its outputs leave later.
    pub(super) fn wait(&mut self, place: &Place, due_at_ms: i64, outputs: Ports, effects: &mut Vec<Effect>) {
        let state = self.state_mut(place);
        state.status = NodeStatus::Waiting;
        state.held = Some(outputs);
        state.failure = None;
        self.timers.insert(place.clone(), due_at_ms);
        let (node, item) = (self.id(place.node), place.path());
        effects.push(Effect::StartTimer { node: node.clone(), item: item.clone(), due_at_ms });
        effects.push(Effect::Announce(Event::NodeWaiting { node_id: node, item, due_at_ms }));
    }

    pub(super) fn timer_fired(&mut self, place: Place, at_ms: i64, effects: &mut Vec<Effect>) {
        self.timers.remove(&place);
        let state = self.state_mut(&place);
        match state.held.take() {
            Some(outputs) => self.leave(&place, at_ms, Done { outputs, usage: Usage::default() }, effects),
            None => {
                state.status = NodeStatus::Pending;
                self.ready.insert(place);
            }
        }
    }

    /// The node is in a final state: decides what that decides, as far as skipped nodes carry it.
    pub(super) fn settled(&mut self, place: &Place, at_ms: i64, effects: &mut Vec<Effect>) {
        let graph = self.graph.clone();
        let mut settled = VecDeque::from([place.node]);
        while let Some(source) = settled.pop_front() {
            let here = place.beside(source);
            self.frame_mut(place).unsettled -= 1;
            if !place.item.is_empty() {
                let status = self.state_mut(&here).status;
                count(&mut self.counts[source], status);
            }
            let opened = graph.nodes()[source].opens;
            let closed = opened
                .filter(|region| !self.open(*region, &here, effects))
                .map(|region| graph.regions()[region].closer);
            let waiting = graph.nodes()[source].outgoing.iter().filter_map(|edge| {
                let edge = &graph.edges()[*edge];
                match edge.route {
                    Route::Value => Some(edge.target),
                    Route::Into { opener } => Some(opener),
                    Route::Item { .. } | Route::Result { .. } => None,
                }
            });
            for target in closed.into_iter().chain(waiting) {
                let target = place.beside(target);
                let state = self.state_mut(&target);
                state.pending_edges -= 1;
                if state.pending_edges > 0 {
                    continue;
                }
                if self.may_start(&target) {
                    self.ready.insert(target);
                } else {
                    self.skip(&target, at_ms, effects);
                    settled.push_back(target.node);
                }
            }
        }
        if !place.item.is_empty() && self.frame_mut(place).unsettled == 0 {
            self.item_ended(place, effects);
        }
    }

    pub(super) fn skip(&mut self, place: &Place, at_ms: i64, effects: &mut Vec<Effect>) {
        let state = self.state_mut(place);
        state.status = NodeStatus::Skipped;
        state.ended_at_ms = Some(at_ms);
        effects.push(Effect::Announce(Event::NodeSkipped { node_id: self.id(place.node), item: place.path() }));
    }

    pub(super) fn may_start(&self, place: &Place) -> bool {
        let mut any = false;
        for input in &self.graph.nodes()[place.node].inputs {
            let live = input.edges.iter().any(|edge| self.arrived(place, *edge).is_some());
            if input.required && !input.edges.is_empty() && !live {
                return false;
            }
            any |= live;
        }
        any
    }

    /// What came to `place` along an edge whose source has ended. Nothing comes from inside a region that ends here: that
    /// is gathered item by item.
    fn arrived(&self, place: &Place, edge: usize) -> Option<&Payload> {
        let edge = &self.graph.edges()[edge];
        let regions = &self.graph.nodes()[place.node].regions;
        match edge.route {
            Route::Value | Route::Into { .. } => {
                let source = &self.graph.nodes()[edge.source];
                let depth = source.regions.len();
                let frame = self.top.at(&source.regions, &place.item[..depth])?;
                frame.nodes[source.slot].outputs.as_ref()?.get(&edge.source_port)
            }
            Route::Item { region } => {
                let depth = regions.iter().position(|other| *other == region)? + 1;
                self.top.at(&regions[..depth], &place.item[..depth])?.value.as_ref()
            }
            Route::Result { .. } => None,
        }
    }

    fn gather(&self, place: &Place) -> Result<Ports, NodeFailure> {
        let mut ports = Ports::new();
        for input in &self.graph.nodes()[place.node].inputs {
            let mut values = input.edges.iter().filter_map(|edge| self.arrived(place, *edge));
            if input.many {
                let values: Vec<&Payload> = values.collect();
                if !values.is_empty() {
                    ports.insert(input.name.clone(), Payload::of(&values).expect("a list of JSON is JSON"));
                }
            } else if let Some(value) = values.next() {
                if values.next().is_some() {
                    return Err(self.fan_in(place, input));
                }
                ports.insert(input.name.clone(), value.clone());
            }
        }
        Ok(ports)
    }

    fn fan_in(&self, place: &Place, input: &Input) -> NodeFailure {
        let live = input.edges.iter().filter(|edge| self.arrived(place, **edge).is_some());
        let sources: Vec<String> =
            live.map(|edge| format!("`{}`", self.id(self.graph.edges()[*edge].source))).collect();
        NodeFailure::new(
            "fan_in",
            format!(
                "cannot choose between the values from {} at the port `{}`, which takes one; put a merge node in between",
                sources.join(" and "),
                input.name
            ),
        )
    }

    fn start(&mut self, place: &Place, inputs: Arc<Ports>) -> Effect {
        let scope = self.scope(place, inputs.clone());
        let state = self.state_mut(place);
        state.status = NodeStatus::Running;
        state.attempt += 1;
        state.recorded = false;
        state.started_at_ms = None;
        state.inputs = Some(inputs.clone());
        let attempt = state.attempt;
        self.running += 1;
        let parsed = &self.graph.nodes()[place.node];
        Effect::StartNode(StartNode {
            node: parsed.id.clone(),
            item: place.path(),
            attempt,
            inputs: (*inputs).clone(),
            scope,
            replay: parsed.replay,
            timeout_ms: parsed.policy.timeout_ms,
        })
    }

    /// All nodes upstream have ended by the time a node starts, so this is the same whatever was faster. What stands in
    /// other regions cannot be seen: it ended many times.
    fn scope(&self, place: &Place, ports: Arc<Ports>) -> Scope {
        let regions = &self.graph.nodes()[place.node].regions;
        let ended = |other: usize| {
            let node = &self.graph.nodes()[other];
            let depth = node.regions.len();
            let is_around = regions.get(..depth) == Some(&node.regions[..]);
            let frame = is_around.then(|| self.top.at(&node.regions, &place.item[..depth])).flatten()?;
            Some((node.id.clone(), frame.nodes[node.slot].outputs.clone()?))
        };
        let nodes = match &self.graph.nodes()[place.node].sees {
            Sees::Named(others) if others.is_empty() => self.no_nodes.clone(),
            Sees::Named(others) => Arc::new(others.iter().copied().filter_map(ended).collect()),
            Sees::Everything => Arc::new(self.graph.upstream(place.node).filter_map(ended).collect()),
        };
        let item = place.item.last().and_then(|index| {
            let value = self.top.at(regions, &place.item)?.value.clone()?;
            Some(ScopeItem { value, index: *index })
        });
        Scope { run_inputs: self.inputs.clone(), ports, nodes, item }
    }
}
