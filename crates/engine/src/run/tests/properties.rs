//! Random graphs in random worlds: routers that take some branches, nodes that fail, wait or bring nothing, edges that
//! meet at one port. A run is compared with a plain evaluation of the graph, node after node, that knows nothing of
//! time: whatever happens first, and wherever the journal is cut, the end is the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use protocol::nodes::ReplayClass;
use protocol::runs::{NodeFailure, NodeStatus, RunStatus, Usage};
use protocol::workflows::{OnError, RetryOn};
use protocol::{Event, ItemPath, NodeId, Payload, PortName};
use serde_json::{Value, json};

use crate::graph::{ERROR_PORT, Graph, Node};
use crate::run::{MAX_PARALLEL_NODES, RunState};
use crate::testing::graph;
use crate::{Effect, Input, Ports};

/// What a node does, by how often it has failed before; the last entry stands for all later ones.
#[derive(Clone, Debug)]
enum Act {
    /// Through these of its ports, by bits.
    Finish(u8),
    Wait(u8),
    Fail {
        transient: bool,
    },
}

#[derive(Clone, Debug)]
struct NodeSeed {
    kind: usize,
    edges: Vec<(usize, usize, usize)>,
    on_error: usize,
    retry: bool,
    acts: Vec<Act>,
}

struct World {
    graph: Arc<Graph>,
    acts: Vec<Vec<Act>>,
}

/// Which kinds and policies a graph is made of.
#[derive(Clone, Copy)]
struct Mix {
    kinds: &'static [&'static str],
    on_error: &'static [&'static str],
}

const SKIP: &str = r#"{"action": "skip"}"#;
const ERROR: &str = r#"{"action": "error_port"}"#;
const FALLBACK: &str = r#"{"action": "fallback", "value": "instead"}"#;
const FAIL: &str = r#"{"action": "fail"}"#;

const HEALED: Mix = Mix {
    kinds: &["source", "step", "call", "router", "router", "merge", "merge", "maybe", "pair", "result"],
    on_error: &[SKIP, ERROR, FALLBACK],
};
const BREAKABLE: Mix = Mix { on_error: &[SKIP, ERROR, FALLBACK, FAIL], ..HEALED };
const WITH_MAIL: Mix = Mix { kinds: &["source", "mail", "step", "router", "merge", "mail", "result"], ..HEALED };

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => any::<u8>().prop_map(Act::Finish),
        2 => any::<u8>().prop_map(Act::Wait),
        3 => any::<bool>().prop_map(|transient| Act::Fail { transient }),
    ]
}

fn node_seed() -> impl Strategy<Value = NodeSeed> {
    let edges = prop::collection::vec((0..99_usize, 0..9_usize, 0..9_usize), 0..4);
    let acts = prop::collection::vec(act(), 1..4);
    (0..99_usize, edges, 0..99_usize, any::<bool>(), acts).prop_map(|(kind, edges, on_error, retry, acts)| NodeSeed {
        kind,
        edges,
        on_error,
        retry,
        acts,
    })
}

fn world(mix: Mix) -> impl Strategy<Value = World> {
    prop::collection::vec(node_seed(), 1..12).prop_map(move |seeds| build(mix, seeds))
}

impl std::fmt::Debug for World {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (node, acts) in self.graph.nodes().iter().zip(&self.acts) {
            writeln!(formatter, "{}: {} {:?} {acts:?}", node.id, node.kind, node.policy)?;
        }
        for edge in self.graph.edges() {
            let (source, target) = (edge.source, edge.target);
            writeln!(formatter, "n{source}.{} -> n{target}.{}", edge.source_port, edge.target_port)?;
        }
        Ok(())
    }
}

/// Edges lead from earlier nodes to later ones, so that nothing goes in a circle.
fn build(mix: Mix, seeds: Vec<NodeSeed>) -> World {
    let mut lines = String::new();
    let mut edges = BTreeSet::new();
    // Output ports so far: node, port.
    let mut outputs: Vec<(usize, &str)> = Vec::new();
    for (place, seed) in seeds.iter().enumerate() {
        let kind = if outputs.is_empty() { "source" } else { mix.kinds[seed.kind % mix.kinds.len()] };
        let (inputs, own): (&[(&str, bool)], &[&str]) = match kind {
            "source" => (&[], &["out"]),
            "router" => (&[("in", true)], &["a", "b", "otherwise"]),
            "merge" => (&[("in", false)], &["out"]),
            "maybe" => (&[("in", true), ("extra", false)], &["out"]),
            "pair" => (&[("a", true), ("b", true)], &["out"]),
            "result" => (&[("value", true)], &[]),
            _ => (&[("in", true)], &["out"]),
        };
        for (wanted, (port, required)) in inputs.iter().enumerate() {
            let wires = seed.edges.iter().filter(|(_, _, input)| input % inputs.len() == wanted);
            let mut chosen: Vec<(usize, &str)> = wires.map(|(source, ..)| outputs[source % outputs.len()]).collect();
            if chosen.is_empty() && *required {
                chosen.push(outputs[(seed.kind + wanted) % outputs.len()]);
            }
            edges.extend(chosen.iter().map(|(source, output)| format!("n{source}.{output} -> n{place}.{port}\n")));
        }
        let mut on_error = mix.on_error[seed.on_error % mix.on_error.len()];
        if own.is_empty() && on_error == FALLBACK {
            on_error = SKIP;
        }
        let on = if seed.on_error % 2 == 0 { "any" } else { "transient" };
        let retry =
            if seed.retry { format!(r#", "retry": {{"max_attempts": 3, "on": "{on}"}}"#) } else { String::new() };
        lines += &format!(
            r#"n{place}: {kind} {{"name": "n{place}", "branches": [{{"name": "a"}}, {{"name": "b"}}]}} {{"on_error": {on_error}{retry}}}"#
        );
        lines += "\n";
        outputs.extend(own.iter().map(|port| (place, *port)));
        if on_error == ERROR {
            outputs.push((place, ERROR_PORT));
        }
    }
    lines.extend(edges);
    World { graph: graph(&lines), acts: seeds.into_iter().map(|seed| seed.acts).collect() }
}

impl World {
    fn act(&self, node: usize, failures: u32) -> &Act {
        let acts = &self.acts[node];
        &acts[(failures as usize).min(acts.len() - 1)]
    }

    /// What a node sends is made from what it got, so that a wrong value upstream shows at the end.
    fn outputs(&self, node: usize, inputs: &Ports, bits: u8) -> Ports {
        let parsed = &self.graph.nodes()[node];
        let text: String = inputs.iter().map(|(port, value)| format!("{port}{}", without_messages(value))).collect();
        let sum = text.bytes().fold(node as u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        let named = parsed.output_ports.iter().filter(|port| port.as_str() != ERROR_PORT);
        let taken = named.enumerate().filter(|(place, _)| bits & (1 << place) != 0);
        taken.map(|(place, port)| (port.clone(), Payload::from(json!([sum, place])))).collect()
    }
}

/// The value without the texts of failures: those are told by transcripts.
fn without_messages(value: &Payload) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("message");
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut value = value.parse().unwrap();
    strip(&mut value);
    value
}

/// How a run ended, without times and attempts.
#[derive(Clone, Debug, PartialEq)]
struct End {
    nodes: Vec<(NodeStatus, Ports, Option<String>)>,
    results: BTreeMap<String, Payload>,
}

/// Node after node in file order, which is an order of dependence here.
fn evaluate(world: &World) -> End {
    let mut nodes: Vec<(NodeStatus, Ports, Option<String>)> = Vec::new();
    let mut results = BTreeMap::new();
    for (place, node) in world.graph.nodes().iter().enumerate() {
        let arrived = |edges: &[usize]| -> Vec<Payload> {
            let edges = edges.iter().map(|edge| &world.graph.edges()[*edge]);
            edges.filter_map(|edge| nodes[edge.source].1.get(&edge.source_port).cloned()).collect()
        };
        let mut inputs = Ports::new();
        let mut crowded = false;
        let mut starved = false;
        for input in &node.inputs {
            let values = arrived(&input.edges);
            starved |= input.required && values.is_empty();
            crowded |= !input.many && values.len() > 1;
            if input.many && !values.is_empty() {
                inputs.insert(input.name.clone(), Payload::of(&values).unwrap());
            } else if let Some(value) = values.into_iter().next() {
                inputs.insert(input.name.clone(), value);
            }
        }
        let starved = starved || (node.incoming().count() > 0 && inputs.is_empty());
        let end = if starved {
            (NodeStatus::Skipped, Ports::new(), None)
        } else if crowded {
            failed(node, "fan_in")
        } else {
            settle(world, place, node, &inputs)
        };
        if let (NodeStatus::Succeeded, Some(name)) = (end.0, &node.result_name) {
            results.insert(name.clone(), inputs[&PortName::from("value")].clone());
        }
        nodes.push(end);
    }
    End { nodes, results }
}

fn settle(world: &World, place: usize, node: &Node, inputs: &Ports) -> (NodeStatus, Ports, Option<String>) {
    for failures in 0.. {
        match world.act(place, failures) {
            Act::Finish(bits) | Act::Wait(bits) => {
                return (NodeStatus::Succeeded, world.outputs(place, inputs, *bits), None);
            }
            Act::Fail { transient } => {
                let again =
                    node.policy.retry.as_ref().is_some_and(|retry| {
                        failures + 1 < retry.max_attempts && (retry.on == RetryOn::Any || *transient)
                    });
                if !again {
                    return failed(node, "broken");
                }
            }
        }
    }
    unreachable!("attempts are limited")
}

fn failed(node: &Node, code: &str) -> (NodeStatus, Ports, Option<String>) {
    let code = Some(code.to_owned());
    match &node.policy.on_error {
        OnError::Fail => (NodeStatus::Failed, Ports::new(), code),
        OnError::Skip => (NodeStatus::Skipped, Ports::new(), code),
        OnError::Fallback { value } => {
            (NodeStatus::Failed, Ports::from([(node.output_ports[0].clone(), value.clone())]), code)
        }
        OnError::ErrorPort => {
            let value = Payload::from(json!({"code": code, "node_id": node.id}));
            (NodeStatus::Failed, Ports::from([(ERROR_PORT.into(), value)]), code)
        }
    }
}

/// A run and the world around it, which does what the run asks for, in an order of its own.
struct Drive<'world> {
    world: &'world World,
    run: RunState,
    journal: Vec<Input>,
    /// Asked for and not yet come: an attempt's end, or a timer.
    open: Vec<Open>,
    now_ms: i64,
    finished: usize,
    /// Terminal events by node.
    ended: BTreeMap<NodeId, Vec<&'static str>>,
    /// Attempts of `mail` that began.
    sent: BTreeSet<(NodeId, u32)>,
}

/// A node in one pass through the regions around it.
type Step = (NodeId, ItemPath);

#[derive(Clone, Debug, PartialEq)]
enum Open {
    Attempt { step: Step, attempt: u32, inputs: Ports },
    Timer { step: Step, due_at_ms: i64 },
}

impl<'world> Drive<'world> {
    fn of(world: &'world World, run: RunState) -> Self {
        Self {
            world,
            run,
            journal: Vec::new(),
            open: Vec::new(),
            now_ms: 0,
            finished: 0,
            ended: BTreeMap::new(),
            sent: BTreeSet::new(),
        }
    }

    fn begin(world: &'world World) -> Self {
        let mut drive = Self::of(world, RunState::new("run".into(), world.graph.clone()));
        drive.input(Input::Started { at_ms: 0, inputs: BTreeMap::new() });
        drive
    }

    fn input(&mut self, input: Input) {
        assert!(self.run.accepts(&input), "{input:?}");
        let effects = self.run.step(&input);
        self.journal.push(input);
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        assert_eq!(self.finished, 0, "nothing follows the end, not even {effect:?}");
        match effect {
            Effect::StartNode(start) => {
                let (step, attempt) = ((start.node, start.item), start.attempt);
                let twice =
                    self.open.iter().any(|open| matches!(open, Open::Attempt { step: other, .. } if *other == step));
                assert!(!twice, "`{step:?}` is under way twice");
                self.open.push(Open::Attempt { step: step.clone(), attempt, inputs: start.inputs });
                let (node, item) = step;
                assert!(self.open.len() <= MAX_PARALLEL_NODES + self.run.timers().len());
                if start.replay != ReplayClass::Pure {
                    // The intent is journaled before anything leaves the process.
                    let began = Input::NodeStarted { at_ms: self.now_ms, node: node.clone(), item, attempt };
                    // Another node may have ended the run in the same step.
                    if self.run.accepts(&began) {
                        self.input(began);
                        if start.replay == ReplayClass::AtMostOnce {
                            self.sent.insert((node, attempt));
                        }
                    }
                }
            }
            Effect::StartTimer { node, item, due_at_ms } => {
                self.open.push(Open::Timer { step: (node, item), due_at_ms })
            }
            Effect::StopNode { node, item, attempt } => {
                let step = (node, item);
                let under_way = |open: &Open| matches!(open, Open::Attempt { step: other, attempt: number, .. } if (other, number) == (&step, &attempt));
                assert!(self.open.iter().any(under_way), "`{step:?}` is not under way");
                self.open.retain(|open| !under_way(open));
            }
            Effect::Announce(event) => {
                let (node, end) = match event {
                    Event::NodeFinished { node_id, .. } => (node_id, "finished"),
                    Event::NodeFailed { node_id, .. } => (node_id, "failed"),
                    Event::NodeSkipped { node_id, .. } => (node_id, "skipped"),
                    Event::NodeCancelled { node_id, .. } => (node_id, "cancelled"),
                    _ => return,
                };
                self.ended.entry(node).or_default().push(end);
            }
            Effect::Finish(outcome) => {
                assert_eq!(Some(&outcome), self.run.outcome());
                self.finished += 1;
            }
        }
    }

    /// Lets what is open come, in the order that `choices` picks, until nothing is.
    fn go_on(&mut self, choices: &[u8]) {
        for turn in 0.. {
            if self.open.is_empty() || self.finished > 0 {
                return;
            }
            assert!(turn < 10_000, "the run does not end");
            let choice = choices[turn % choices.len()];
            let open = self.open.remove(usize::from(choice) % self.open.len());
            self.refuses_what_is_stale(&open);
            match open {
                Open::Timer { step: (node, item), due_at_ms } => {
                    self.now_ms = self.now_ms.max(due_at_ms);
                    self.input(Input::TimerFired { at_ms: self.now_ms, node, item });
                }
                Open::Attempt { step, attempt, inputs } => {
                    self.now_ms += i64::from(choice);
                    self.end_attempt(step, attempt, inputs, choice.is_multiple_of(3));
                }
            }
        }
    }

    fn end_attempt(&mut self, (node, item): Step, attempt: u32, inputs: Ports, recorded: bool) {
        let (at_ms, started_at_ms) = (self.now_ms, self.now_ms);
        let began = Input::NodeStarted { at_ms, node: node.clone(), item: item.clone(), attempt };
        if recorded && self.run.accepts(&began) {
            self.input(began);
        }
        let index = self.world.graph.index(&node).unwrap();
        let failures = self.run.state(&self.run.known(&node, &item)).unwrap().failures;
        let input = match *self.world.act(index, failures) {
            Act::Finish(bits) => {
                let outputs = self.world.outputs(index, &inputs, bits);
                Input::NodeFinished { at_ms, node, item, attempt, started_at_ms, outputs, usage: Usage::default() }
            }
            Act::Wait(bits) => {
                let outputs = self.world.outputs(index, &inputs, bits);
                Input::NodeWaiting { at_ms, node, item, attempt, started_at_ms, due_at_ms: at_ms + 777, outputs }
            }
            Act::Fail { transient } => {
                let failure = NodeFailure { transient, ..NodeFailure::new("broken", "") };
                Input::NodeFailed { at_ms, node, item, attempt, started_at_ms, failure }
            }
        };
        self.input(input);
    }

    /// An input that does not count changes nothing.
    fn refuses_what_is_stale(&mut self, open: &Open) {
        let at_ms = self.now_ms;
        let stale = match open.clone() {
            Open::Timer { step: (node, item), due_at_ms } => Input::TimerFired { at_ms: due_at_ms - 1, node, item },
            Open::Attempt { step: (node, item), attempt, .. } => {
                let (outputs, usage) = (Ports::new(), Usage::default());
                Input::NodeFinished { at_ms, node, item, attempt: attempt + 1, started_at_ms: at_ms, outputs, usage }
            }
        };
        let before = format!("{:?}", (self.run.status(), self.run.nodes(), self.run.timers()));
        assert!(!self.run.accepts(&stale) && self.run.step(&stale).is_empty());
        assert_eq!(before, format!("{:?}", (self.run.status(), self.run.nodes(), self.run.timers())));
    }

    fn end(&self) -> End {
        let nodes = self.run.top.nodes.iter().map(|state| {
            let outputs = state.outputs.iter().flat_map(|outputs| outputs.iter());
            let outputs = outputs.map(|(port, value)| (port.clone(), Payload::from(without_messages(value))));
            (state.status, outputs.collect(), state.failure.as_ref().map(|failure| failure.code.clone()))
        });
        let results = self.run.outcome().into_iter().flat_map(|outcome| &outcome.outputs);
        let results = results.map(|(name, value)| (name.clone(), Payload::from(without_messages(value))));
        End { nodes: nodes.collect(), results: results.collect() }
    }

    fn assert_over(&self) {
        assert_eq!(self.finished, 1, "{:?}", self.run);
        assert!(self.run.status().is_final() && self.run.is_idle());
        assert!(self.run.top.nodes.iter().all(|state| state.is_settled()), "{:?}", self.run);
        for input in &self.journal {
            assert!(!self.run.accepts(input), "{input:?}");
        }
        assert!(!self.run.accepts(&Input::Resumed { at_ms: self.now_ms }));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_completion_ends_as_the_graph_says(world in world(HEALED), choices in prop::collection::vec(any::<u8>(), 1..20)) {
        let mut drive = Drive::begin(&world);
        drive.go_on(&choices);
        drive.assert_over();
        prop_assert_eq!(drive.run.status(), RunStatus::Succeeded);
        prop_assert_eq!(drive.end(), evaluate(&world));
    }

    #[test]
    fn every_node_ends_in_exactly_one_state(
        world in world(BREAKABLE),
        choices in prop::collection::vec(any::<u8>(), 1..20),
        cancel_after in 0..30_usize,
    ) {
        let mut drive = Drive::begin(&world);
        for choice in choices.iter().cycle().take(cancel_after) {
            if drive.open.is_empty() || drive.finished > 0 {
                break;
            }
            let open = drive.open.remove(usize::from(*choice) % drive.open.len());
            match open {
                Open::Timer { step: (node, item), due_at_ms } => {
                    drive.input(Input::TimerFired { at_ms: due_at_ms, node, item });
                }
                Open::Attempt { step, attempt, inputs } => drive.end_attempt(step, attempt, inputs, false),
            }
        }
        if drive.finished == 0 {
            drive.input(Input::Cancelled { at_ms: drive.now_ms });
        }
        drive.assert_over();
        for node in world.graph.nodes() {
            let ended = drive.ended.get(&node.id).cloned().unwrap_or_default();
            let once = matches!(ended[..], ["finished" | "failed" | "skipped" | "cancelled"] | ["failed", "skipped"]);
            prop_assert!(once, "`{}` ended as {ended:?}", node.id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_journal_cut_anywhere_leads_to_the_same_end(world in world(HEALED), choices in prop::collection::vec(any::<u8>(), 1..20)) {
        let mut uncut = Drive::begin(&world);
        uncut.go_on(&choices);
        let end = uncut.end();
        for cut in 1..uncut.journal.len() {
            let mut drive = taken_up(&world, &uncut.journal[..cut]);
            drive.go_on(&choices);
            drive.assert_over();
            prop_assert_eq!(drive.end(), end.clone(), "cut after {} of {}", cut, uncut.journal.len());
        }
        let whole = crate::replay("run".into(), world.graph.clone(), uncut.journal.clone()).unwrap();
        prop_assert_eq!(format!("{whole:?}"), format!("{:?}", uncut.run));
    }

    #[test]
    fn what_may_happen_once_is_never_begun_again(world in world(WITH_MAIL), choices in prop::collection::vec(any::<u8>(), 1..20)) {
        let mut uncut = Drive::begin(&world);
        uncut.go_on(&choices);
        for cut in 1..uncut.journal.len() {
            let journal = &uncut.journal[..cut];
            let unknown: Vec<NodeId> = world.graph.nodes().iter().map(|node| node.id.clone()).filter(|id| {
                world.graph.node(id).unwrap().kind == "mail" && is_under_way(journal, id)
            }).collect();
            let mut drive = taken_up(&world, journal);
            drive.go_on(&choices);
            prop_assert!(drive.sent.iter().all(|(node, _)| !unknown.contains(node)));
            if unknown.is_empty() {
                drive.assert_over();
                prop_assert_eq!(drive.end(), uncut.end());
            } else {
                prop_assert_eq!(drive.run.status(), RunStatus::NeedsAttention);
                drive.input(Input::Cancelled { at_ms: drive.now_ms });
                drive.assert_over();
            }
        }
    }
}

fn taken_up<'world>(world: &'world World, journal: &[Input]) -> Drive<'world> {
    let run = crate::replay("run".into(), world.graph.clone(), journal.to_vec()).unwrap();
    let mut drive = Drive::of(world, run);
    drive.now_ms = journal.last().map_or(0, Input::at_ms);
    drive.input(Input::Resumed { at_ms: drive.now_ms });
    drive
}

/// The journal's last word on the node is that it began.
fn is_under_way(journal: &[Input], id: &NodeId) -> bool {
    let last = journal.iter().rev().find(|input| match input {
        Input::NodeStarted { node, .. }
        | Input::NodeFinished { node, .. }
        | Input::NodeFailed { node, .. }
        | Input::NodeWaiting { node, .. } => node == id,
        Input::Started { .. }
        | Input::TimerFired { .. }
        | Input::ItemsDecided { .. }
        | Input::Resumed { .. }
        | Input::Cancelled { .. } => false,
    });
    matches!(last, Some(Input::NodeStarted { .. }))
}
