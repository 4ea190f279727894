//! How values move: an edge is live once its source ended with a value for it, dead once it ended without one. A node
//! is decided when none of its edges is open any more: it starts if something arrived and each required port with
//! edges got a value, and is skipped otherwise. So a merge behind a router runs once, after all that can still come.

use std::collections::VecDeque;
use std::sync::Arc;

use protocol::runs::{NodeFailure, NodeStatus, Usage};
use protocol::{Event, NodeId, Payload};

use super::{MAX_PARALLEL_NODES, RunState, index};
use crate::graph::{Input, Sees};
use crate::{Effect, Ports, Scope, StartNode};

/// How a step ended well.
pub(super) struct Done {
    pub outputs: Ports,
    pub usage: Usage,
}

impl RunState {
    /// Starts nodes in file order while there is room. A node that cannot be given its inputs fails without an attempt.
    pub(super) fn start_ready(&mut self, at_ms: i64, effects: &mut Vec<Effect>) {
        while self.running < MAX_PARALLEL_NODES && self.outcome.is_none() {
            let Some(node) = self.ready.pop_first() else { return };
            let gathered = match self.nodes[node].inputs.clone() {
                Some(inputs) => Ok(inputs),
                None => self.gather(node).map(Arc::new),
            };
            match gathered {
                Ok(inputs) => effects.push(self.start(node, inputs)),
                Err(failure) => {
                    self.nodes[node].started_at_ms = Some(at_ms);
                    self.node_failed(node, at_ms, failure, effects);
                }
            }
        }
    }

    /// An attempt is over; how is up to the caller.
    pub(super) fn attempt_over(&mut self, node: &NodeId, started_at_ms: i64) -> usize {
        let node = index(&self.graph, node);
        self.running -= 1;
        self.nodes[node].started_at_ms = Some(started_at_ms);
        node
    }

    /// The node ended well: its outputs leave.
    pub(super) fn leave(&mut self, node: usize, at_ms: i64, done: Done, effects: &mut Vec<Effect>) {
        let Done { outputs, usage } = done;
        self.usage.input_tokens = self.usage.input_tokens.saturating_add(usage.input_tokens);
        self.usage.output_tokens = self.usage.output_tokens.saturating_add(usage.output_tokens);
        let state = &mut self.nodes[node];
        state.status = NodeStatus::Succeeded;
        state.ended_at_ms = Some(at_ms);
        state.failure = None;
        effects.push(Effect::Announce(Event::NodeFinished {
            node_id: self.graph.nodes()[node].id.clone(),
            attempt: state.attempt,
            started_at_ms: state.started_at_ms.unwrap_or(at_ms),
            ports: outputs.keys().cloned().collect(),
            usage,
        }));
        state.outputs = Some(Arc::new(outputs));
        self.settled(node, at_ms, effects);
    }

    /// The attempt ended well, and its outputs leave later.
    pub(super) fn wait(&mut self, node: usize, due_at_ms: i64, outputs: Ports, effects: &mut Vec<Effect>) {
        let state = &mut self.nodes[node];
        state.status = NodeStatus::Waiting;
        state.held = Some(outputs);
        state.failure = None;
        self.timers.insert(node, due_at_ms);
        effects.push(Effect::StartTimer { node: self.id(node), due_at_ms });
        effects.push(Effect::Announce(Event::NodeWaiting { node_id: self.id(node), due_at_ms }));
    }

    pub(super) fn timer_fired(&mut self, node: usize, at_ms: i64, effects: &mut Vec<Effect>) {
        self.timers.remove(&node);
        match self.nodes[node].held.take() {
            Some(outputs) => self.leave(node, at_ms, Done { outputs, usage: Usage::default() }, effects),
            None => {
                self.nodes[node].status = NodeStatus::Pending;
                self.ready.insert(node);
            }
        }
    }

    /// The node is in a final state: decides what that decides, as far as skipped nodes carry it.
    pub(super) fn settled(&mut self, node: usize, at_ms: i64, effects: &mut Vec<Effect>) {
        let graph = self.graph.clone();
        let mut settled = VecDeque::from([node]);
        while let Some(source) = settled.pop_front() {
            self.unsettled -= 1;
            for edge in &graph.nodes()[source].outgoing {
                let target = graph.edges()[*edge].target;
                self.nodes[target].pending_edges -= 1;
                if self.nodes[target].pending_edges > 0 {
                    continue;
                }
                if self.may_start(target) {
                    self.ready.insert(target);
                } else {
                    self.nodes[target].status = NodeStatus::Skipped;
                    self.nodes[target].ended_at_ms = Some(at_ms);
                    effects.push(Effect::Announce(Event::NodeSkipped { node_id: self.id(target) }));
                    settled.push_back(target);
                }
            }
        }
    }

    fn may_start(&self, node: usize) -> bool {
        let mut any = false;
        for input in &self.graph.nodes()[node].inputs {
            let live = input.edges.iter().any(|edge| self.arrived(*edge).is_some());
            if input.required && !input.edges.is_empty() && !live {
                return false;
            }
            any |= live;
        }
        any
    }

    /// What came along an edge whose source has ended.
    fn arrived(&self, edge: usize) -> Option<&Payload> {
        let edge = &self.graph.edges()[edge];
        self.nodes[edge.source].outputs.as_ref()?.get(&edge.source_port)
    }

    fn gather(&self, node: usize) -> Result<Ports, NodeFailure> {
        let mut ports = Ports::new();
        for input in &self.graph.nodes()[node].inputs {
            let mut values = input.edges.iter().filter_map(|edge| self.arrived(*edge));
            if input.many {
                let values: Vec<&Payload> = values.collect();
                if !values.is_empty() {
                    ports.insert(input.name.clone(), Payload::of(&values).expect("a list of JSON is JSON"));
                }
            } else if let Some(value) = values.next() {
                if values.next().is_some() {
                    return Err(self.fan_in(input));
                }
                ports.insert(input.name.clone(), value.clone());
            }
        }
        Ok(ports)
    }

    fn fan_in(&self, input: &Input) -> NodeFailure {
        let live = input.edges.iter().filter(|edge| self.arrived(**edge).is_some());
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

    fn start(&mut self, node: usize, inputs: Arc<Ports>) -> Effect {
        let scope = self.scope(node, inputs.clone());
        let state = &mut self.nodes[node];
        state.status = NodeStatus::Running;
        state.attempt += 1;
        state.recorded = false;
        state.started_at_ms = None;
        state.inputs = Some(inputs.clone());
        self.running += 1;
        let parsed = &self.graph.nodes()[node];
        Effect::StartNode(StartNode {
            node: parsed.id.clone(),
            attempt: state.attempt,
            inputs: (*inputs).clone(),
            scope,
            replay: parsed.replay,
            timeout_ms: parsed.policy.timeout_ms,
        })
    }

    /// All nodes upstream have ended by the time a node starts, so this is the same whatever was faster.
    fn scope(&self, node: usize, ports: Arc<Ports>) -> Scope {
        let ended = |other: usize| Some((self.id(other), self.nodes[other].outputs.clone()?));
        let nodes = match &self.graph.nodes()[node].sees {
            Sees::Named(others) if others.is_empty() => self.no_nodes.clone(),
            Sees::Named(others) => Arc::new(others.iter().copied().filter_map(ended).collect()),
            Sees::Everything => Arc::new(self.graph.upstream(node).filter_map(ended).collect()),
        };
        Scope { run_inputs: self.inputs.clone(), ports, nodes }
    }
}
