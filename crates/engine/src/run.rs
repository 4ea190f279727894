//! The state of one run, and the one function that changes it: an input goes in, effects come out.
//! Folding the journal's inputs gives the same state again. Every node ends in exactly one state for each pass through the
//! regions around it, and nothing follows `Effect::Finish`.

mod end;
mod failure;
mod flow;
mod frame;
mod node;
mod place;
mod region;
mod report;
mod retry;
mod turns;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use protocol::nodes::ReplayClass;
use protocol::runs::{ItemCounts, NodeStatus, RunStatus, Usage};
use protocol::{Event, ItemPath, NodeId, Payload, RunId};

use crate::{Effect, Graph, Input, Outcome, Ports};
use flow::Done;
use frame::{Frame, Open};
use node::NodeState;
use place::Place;

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
    /// The nodes outside of all regions, and in it everything else.
    top: Frame,
    /// Nodes whose turn has come; they start item by item in file order while there is room.
    ready: BTreeSet<Place>,
    /// Regions in which something ended: their next items can begin.
    to_advance: VecDeque<Place>,
    /// The frames of items that ended in the latest step, for those who look.
    just_ended: Vec<(usize, Vec<u32>, Frame)>,
    /// Attempts under way.
    running: usize,
    /// Nodes whose outcome is unknown.
    uncertain: usize,
    /// Items that failed and wait for a person.
    quarantined: usize,
    /// Nodes that wait for a time, and the time.
    timers: BTreeMap<Place, i64>,
    /// Settled passes, by node.
    counts: Vec<ItemCounts>,
    usage: Usage,
    outcome: Option<Outcome>,
    /// What a node sees whose config cannot name other nodes.
    no_nodes: Arc<BTreeMap<NodeId, Arc<Ports>>>,
}

/// The key under which a step is repeated: the same for every attempt. The last part is empty outside of regions.
pub fn idempotency_key(run_id: &RunId, node: &NodeId, item: &ItemPath) -> String {
    format!("{run_id}:{node}:{item}")
}

impl RunState {
    /// A run that has not begun; its first input is `Input::Started`.
    pub fn new(run_id: RunId, graph: Arc<Graph>) -> Self {
        Self {
            run_id,
            status: RunStatus::Queued,
            inputs: Arc::default(),
            top: Frame::of_top(&graph),
            ready: BTreeSet::new(),
            to_advance: VecDeque::new(),
            just_ended: Vec::new(),
            running: 0,
            uncertain: 0,
            quarantined: 0,
            timers: BTreeMap::new(),
            counts: vec![ItemCounts::default(); graph.nodes().len()],
            usage: Usage::default(),
            outcome: None,
            no_nodes: Arc::default(),
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
            Input::NodeStarted { node, item, attempt, .. } => {
                self.under_way(node, item, *attempt).is_some_and(|state| !state.recorded)
            }
            Input::NodeFinished { node, item, attempt, .. }
            | Input::NodeFailed { node, item, attempt, .. }
            | Input::NodeWaiting { node, item, attempt, .. } => self.under_way(node, item, *attempt).is_some(),
            Input::TimerFired { at_ms, node, item } => {
                let due = self.place(node, item).and_then(|place| self.timers.get(&place).copied());
                due.is_some_and(|due_at_ms| *at_ms >= due_at_ms)
            }
            Input::ItemsDecided { node, item, places, .. } => self.can_decide(node, item, places),
            Input::Resumed { .. } | Input::Cancelled { .. } => has_begun,
        }
    }

    /// What follows from `input`, in the order in which it has to happen. Nothing follows from what is not accepted.
    pub fn step(&mut self, input: &Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !self.accepts(input) {
            return effects;
        }
        self.just_ended.clear();
        let at_ms = input.at_ms();
        match input {
            Input::Started { inputs, .. } => self.begin(inputs),
            Input::NodeStarted { node, item, attempt, .. } => {
                let place = self.known(node, item);
                let state = self.state_mut(&place);
                state.recorded = true;
                state.started_at_ms = Some(at_ms);
                let (node_id, item) = (node.clone(), item.clone());
                effects.push(Effect::Announce(Event::NodeStarted { node_id, item, attempt: *attempt }));
            }
            Input::NodeFinished { node, item, started_at_ms, outputs, usage, .. } => {
                let place = self.attempt_over(node, item, *started_at_ms);
                let done = Done { outputs: outputs.clone(), usage: *usage };
                self.leave(&place, at_ms, done, &mut effects);
            }
            Input::NodeFailed { node, item, started_at_ms, failure, .. } => {
                let place = self.attempt_over(node, item, *started_at_ms);
                self.attempt_failed(&place, at_ms, failure.clone(), &mut effects);
            }
            Input::NodeWaiting { node, item, started_at_ms, due_at_ms, outputs, .. } => {
                let place = self.attempt_over(node, item, *started_at_ms);
                self.wait(&place, *due_at_ms, outputs.clone(), &mut effects);
            }
            Input::TimerFired { node, item, .. } => self.timer_fired(self.known(node, item), at_ms, &mut effects),
            Input::ItemsDecided { node, item, places, decision, .. } => {
                self.decide(&self.known(node, item), places, *decision, &mut effects);
            }
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

    /// The nodes that wait for a time, with the time in wall-clock milliseconds.
    pub fn timers(&self) -> Vec<(NodeId, ItemPath, i64)> {
        self.timers.iter().map(|(place, due_at_ms)| (self.id(place.node), place.path(), *due_at_ms)).collect()
    }

    /// No attempt is under way: what is left waits for a time or for a person, or nothing is left.
    pub fn is_idle(&self) -> bool {
        self.status != RunStatus::Queued && self.running == 0 && self.ready.is_empty()
    }

    fn begin(&mut self, inputs: &BTreeMap<String, Payload>) {
        self.status = RunStatus::Running;
        self.inputs = Arc::new(inputs.clone());
        let first = self.graph.top().filter(|node| self.graph.waits_for(*node) == 0);
        self.ready = first.map(|node| Place { item: Vec::new(), node }).collect();
    }

    /// Attempts under way are gone. What may be repeated starts again; what may not waits for a person.
    fn resume(&mut self, effects: &mut Vec<Effect>) {
        self.status = RunStatus::Running;
        effects.push(Effect::Announce(Event::RunResumed {}));
        for place in self.places(|state| state.status == NodeStatus::Running) {
            self.running -= 1;
            let (node_id, item) = (self.id(place.node), place.path());
            let is_once = self.graph.nodes()[place.node].replay == ReplayClass::AtMostOnce;
            let state = self.state_mut(&place);
            if state.recorded && is_once {
                state.status = NodeStatus::Uncertain;
                let attempt = state.attempt;
                self.uncertain += 1;
                effects.push(Effect::Announce(Event::NodeUncertain { node_id: node_id.clone(), item, attempt }));
                effects.push(Effect::Announce(Event::RunNeedsAttention { node_id }));
            } else {
                state.status = NodeStatus::Pending;
                self.ready.insert(place);
            }
        }
        for (place, due_at_ms) in &self.timers {
            let (node, item) = (self.id(place.node), place.path());
            effects.push(Effect::StartTimer { node, item, due_at_ms: *due_at_ms });
        }
    }

    /// Starts what there is room for, and says how the run stands then.
    fn go_on(&mut self, at_ms: i64, effects: &mut Vec<Effect>) {
        loop {
            while let Some(opener) = self.to_advance.pop_front() {
                self.advance(&opener, at_ms, effects);
            }
            self.start_ready(at_ms, effects);
            if self.outcome.is_some() {
                return;
            }
            if self.to_advance.is_empty() {
                break;
            }
        }
        if self.top.unsettled == 0 {
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
            None if self.is_idle() && self.quarantined > 0 => RunStatus::NeedsAttention,
            Some(_) | None => RunStatus::Running,
        };
    }

    /// The node, if this attempt of it is under way.
    fn under_way(&self, node: &NodeId, item: &ItemPath, attempt: u32) -> Option<&NodeState> {
        let state = self.state(&self.place(node, item)?)?;
        (state.status == NodeStatus::Running && state.attempt == attempt).then_some(state)
    }

    /// Nothing when there is no such node, or it stands in other regions.
    fn place(&self, node: &NodeId, path: &ItemPath) -> Option<Place> {
        let place = Place { node: self.graph.index(node)?, item: place::item(path)? };
        (place.item.len() == self.graph.nodes()[place.node].regions.len()).then_some(place)
    }

    /// Of a node that an accepted input names.
    fn known(&self, node: &NodeId, path: &ItemPath) -> Place {
        self.place(node, path).expect("only inputs about nodes of the graph are accepted")
    }

    /// Nothing when the item has not begun, or has ended.
    fn state(&self, place: &Place) -> Option<&NodeState> {
        let node = &self.graph.nodes()[place.node];
        self.top.at(&node.regions, &place.item).map(|frame| &frame.nodes[node.slot])
    }

    fn frame_mut(&mut self, place: &Place) -> &mut Frame {
        let node = &self.graph.nodes()[place.node];
        self.top.at_mut(&node.regions, &place.item).expect("the item is under way")
    }

    fn state_mut(&mut self, place: &Place) -> &mut NodeState {
        let slot = self.graph.nodes()[place.node].slot;
        &mut self.frame_mut(place).nodes[slot]
    }

    /// All places whose state fits, item by item in file order.
    fn places(&self, fits: impl Fn(&NodeState) -> bool) -> Vec<Place> {
        let mut found = Vec::new();
        self.top.each(&self.graph, (None, &mut Vec::new()), &mut |node, item, state| {
            if fits(state) {
                found.push(Place { item: item.to_vec(), node });
            }
        });
        found
    }

    fn id(&self, node: usize) -> NodeId {
        self.graph.nodes()[node].id.clone()
    }
}

#[cfg(test)]
mod tests;
