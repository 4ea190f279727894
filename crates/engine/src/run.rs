//! The state of one run, and the one function that changes it: an input goes in, effects come out.
//! Folding the journal's inputs gives the same state again. Every node ends in exactly one state, and nothing follows
//! `Effect::Finish`.

mod end;
mod failure;
mod flow;
mod node;
mod retry;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use protocol::nodes::ReplayClass;
use protocol::runs::{NodeRun, NodeRunDetail, NodeStatus, RunStatus, Usage};
use protocol::{Event, NodeId, Payload, PortName, RunId};

use crate::{Effect, Graph, Input, Outcome, Ports};
use flow::Done;
use node::NodeState;

/// Attempts of one run under way at once. A wide graph must not take every connection and thread of the server;
/// with network calls of a second, 64 still start 64 nodes a second.
pub const MAX_PARALLEL_NODES: usize = 64;

/// One run. Clone it to look ahead.
#[derive(Clone, Debug)]
pub struct RunState {
    run_id: RunId,
    graph: Arc<Graph>,
    status: RunStatus,
    inputs: Arc<BTreeMap<String, Payload>>,
    /// In the order of the graph's nodes.
    nodes: Vec<NodeState>,
    /// Nodes whose turn has come; they start in file order while there is room.
    ready: BTreeSet<usize>,
    /// Attempts under way.
    running: usize,
    /// Nodes whose outcome is unknown.
    uncertain: usize,
    /// Nodes that wait for a time, and the time.
    timers: BTreeMap<usize, i64>,
    /// Nodes that are not in a final state.
    unsettled: usize,
    usage: Usage,
    outcome: Option<Outcome>,
    /// What a node sees whose config cannot name other nodes.
    no_nodes: Arc<BTreeMap<NodeId, Arc<Ports>>>,
}

/// The key under which a step is repeated: the same for every attempt. The last part is empty until steps run per item.
pub fn idempotency_key(run_id: &RunId, node: &NodeId) -> String {
    format!("{run_id}:{node}:")
}

impl RunState {
    /// A run that has not begun; its first input is `Input::Started`.
    pub fn new(run_id: RunId, graph: Arc<Graph>) -> Self {
        let nodes: Vec<NodeState> = graph.nodes().iter().map(NodeState::of).collect();
        Self {
            run_id,
            status: RunStatus::Queued,
            inputs: Arc::default(),
            ready: BTreeSet::new(),
            running: 0,
            uncertain: 0,
            timers: BTreeMap::new(),
            unsettled: nodes.len(),
            usage: Usage::default(),
            outcome: None,
            no_nodes: Arc::default(),
            nodes,
            graph,
        }
    }

    /// False for what no longer counts: an attempt that is over, a timer that nobody waits for or that fires early,
    /// anything after the end. Such an input is neither journaled nor stepped.
    pub fn accepts(&self, input: &Input) -> bool {
        if self.status.is_final() {
            return false;
        }
        let has_begun = self.status != RunStatus::Queued;
        match input {
            Input::Started { .. } => !has_begun,
            Input::NodeStarted { node, attempt, .. } => {
                self.under_way(node, *attempt).is_some_and(|state| !state.recorded)
            }
            Input::NodeFinished { node, attempt, .. }
            | Input::NodeFailed { node, attempt, .. }
            | Input::NodeWaiting { node, attempt, .. } => self.under_way(node, *attempt).is_some(),
            Input::TimerFired { at_ms, node } => {
                let due = self.graph.index(node).and_then(|index| self.timers.get(&index));
                due.is_some_and(|due_at_ms| at_ms >= due_at_ms)
            }
            Input::Resumed { .. } | Input::Cancelled { .. } => has_begun,
        }
    }

    /// What follows from `input`, in the order in which it has to happen. Nothing follows from what is not accepted.
    pub fn step(&mut self, input: &Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !self.accepts(input) {
            return effects;
        }
        let at_ms = input.at_ms();
        match input {
            Input::Started { inputs, .. } => self.begin(inputs),
            Input::NodeStarted { node, attempt, .. } => {
                let state = &mut self.nodes[index(&self.graph, node)];
                state.recorded = true;
                state.started_at_ms = Some(at_ms);
                effects.push(Effect::Announce(Event::NodeStarted { node_id: node.clone(), attempt: *attempt }));
            }
            Input::NodeFinished { node, started_at_ms, outputs, usage, .. } => {
                let node = self.attempt_over(node, *started_at_ms);
                let done = Done { outputs: outputs.clone(), usage: *usage };
                self.leave(node, at_ms, done, &mut effects);
            }
            Input::NodeFailed { node, started_at_ms, failure, .. } => {
                let node = self.attempt_over(node, *started_at_ms);
                self.attempt_failed(node, at_ms, failure.clone(), &mut effects);
            }
            Input::NodeWaiting { node, started_at_ms, due_at_ms, outputs, .. } => {
                let node = self.attempt_over(node, *started_at_ms);
                self.wait(node, *due_at_ms, outputs.clone(), &mut effects);
            }
            Input::TimerFired { node, .. } => self.timer_fired(index(&self.graph, node), at_ms, &mut effects),
            Input::Resumed { .. } => self.resume(&mut effects),
            Input::Cancelled { .. } => self.end(RunStatus::Cancelled, None, at_ms, &mut effects),
        }
        self.go_on(at_ms, &mut effects);
        effects
    }

    pub fn status(&self) -> RunStatus {
        self.status
    }

    /// Present as soon as the run is over.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Of all steps so far.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    pub fn inputs(&self) -> &BTreeMap<String, Payload> {
        &self.inputs
    }

    /// Every node and its state, in file order.
    pub fn nodes(&self) -> Vec<NodeRun> {
        (0..self.nodes.len()).map(|node| self.node_run(node)).collect()
    }

    /// One node with what went in and came out.
    pub fn node(&self, id: &NodeId) -> Option<NodeRunDetail> {
        let index = self.graph.index(id)?;
        let state = &self.nodes[index];
        let ports = |ports: &Option<Arc<Ports>>| -> BTreeMap<PortName, Payload> {
            ports.as_ref().map(|ports| (**ports).clone()).unwrap_or_default()
        };
        Some(NodeRunDetail { node: self.node_run(index), inputs: ports(&state.inputs), outputs: ports(&state.outputs) })
    }

    /// The nodes that wait for a time, in file order, with the time in wall-clock milliseconds.
    pub fn timers(&self) -> Vec<(NodeId, i64)> {
        self.timers.iter().map(|(node, due_at_ms)| (self.id(*node), *due_at_ms)).collect()
    }

    /// No attempt is under way: what is left waits for a time or for a person, or nothing is left.
    pub fn is_idle(&self) -> bool {
        self.status != RunStatus::Queued && self.running == 0 && self.ready.is_empty()
    }

    fn begin(&mut self, inputs: &BTreeMap<String, Payload>) {
        self.status = RunStatus::Running;
        self.inputs = Arc::new(inputs.clone());
        self.ready = (0..self.nodes.len()).filter(|node| self.nodes[*node].pending_edges == 0).collect();
    }

    /// Attempts under way are gone. What may be repeated starts again; what may not waits for a person.
    fn resume(&mut self, effects: &mut Vec<Effect>) {
        self.status = RunStatus::Running;
        effects.push(Effect::Announce(Event::RunResumed {}));
        for node in 0..self.nodes.len() {
            let state = &mut self.nodes[node];
            if state.status != NodeStatus::Running {
                continue;
            }
            self.running -= 1;
            if state.recorded && self.graph.nodes()[node].replay == ReplayClass::AtMostOnce {
                state.status = NodeStatus::Uncertain;
                self.uncertain += 1;
                let (node_id, attempt) = (self.graph.nodes()[node].id.clone(), state.attempt);
                effects.push(Effect::Announce(Event::NodeUncertain { node_id: node_id.clone(), attempt }));
                effects.push(Effect::Announce(Event::RunNeedsAttention { node_id }));
            } else {
                state.status = NodeStatus::Pending;
                self.ready.insert(node);
            }
        }
        for (node, due_at_ms) in &self.timers {
            effects.push(Effect::StartTimer { node: self.id(*node), due_at_ms: *due_at_ms });
        }
    }

    /// Starts what there is room for, and says how the run stands then.
    fn go_on(&mut self, at_ms: i64, effects: &mut Vec<Effect>) {
        self.start_ready(at_ms, effects);
        if self.outcome.is_some() {
            return;
        }
        if self.unsettled == 0 {
            self.end(RunStatus::Succeeded, None, at_ms, effects);
            return;
        }
        let before = self.status;
        self.status = match self.timers.values().min() {
            _ if self.uncertain > 0 => RunStatus::NeedsAttention,
            Some(wake_at_ms) if self.is_idle() => {
                if before != RunStatus::Waiting {
                    effects.push(Effect::Announce(Event::RunWaiting { wake_at_ms: *wake_at_ms }));
                }
                RunStatus::Waiting
            }
            Some(_) | None => RunStatus::Running,
        };
    }

    /// The node, if this attempt of it is under way.
    fn under_way(&self, node: &NodeId, attempt: u32) -> Option<&NodeState> {
        let state = &self.nodes[self.graph.index(node)?];
        (state.status == NodeStatus::Running && state.attempt == attempt).then_some(state)
    }

    fn id(&self, node: usize) -> NodeId {
        self.graph.nodes()[node].id.clone()
    }

    fn node_run(&self, node: usize) -> NodeRun {
        let state = &self.nodes[node];
        NodeRun {
            node_id: self.id(node),
            status: state.status,
            attempt: state.attempt,
            started_at_ms: state.started_at_ms,
            ended_at_ms: state.ended_at_ms,
            wake_at_ms: self.timers.get(&node).copied(),
            failure: state.failure.clone(),
            ports: state.outputs.iter().flat_map(|outputs| outputs.keys().cloned()).collect(),
        }
    }
}

/// Of a node that an accepted input names.
fn index(graph: &Graph, node: &NodeId) -> usize {
    graph.index(node).expect("only inputs about nodes of the graph are accepted")
}

#[cfg(test)]
mod tests;
