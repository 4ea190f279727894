//! A few node types, graphs written as lines, and runs told as transcripts: what goes in, and what comes out of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::nodes::{Face, Group, InputPort, NodeRole, OutputPort, PortType, ReplayClass};
use protocol::runs::{ItemDecision, NodeFailure, Usage};
use protocol::workflows::{EdgeSpec, Finding, NodeSpec, WorkflowGraph};
use protocol::{ItemPath, NodeId, Payload, PortName};
use serde_json::{Value, json};

use crate::graph::{Faces, Graph};
use crate::{Effect, Input, Ports, RunState};

/// The node types of the tests.
pub struct Kinds(BTreeMap<&'static str, Face>);

pub fn kinds() -> Kinds {
    use PortType::{Any, Blob, Boolean, Json, List, Number, Text};
    use ReplayClass::{AtLeastOnce, AtMostOnce, Pure};
    let step = |inputs: Vec<InputPort>, outputs: Vec<OutputPort>, replay| face(NodeRole::Step, inputs, outputs, replay);
    let io = |replay| step(vec![takes("in", Any)], vec![gives("out", Any)], replay);
    let branches = OutputPort::Config { field: "branches".to_owned(), value_type: Any };
    Kinds(BTreeMap::from([
        ("source", step(vec![], vec![gives("out", Any)], Pure)),
        ("step", io(Pure)),
        ("call", io(AtLeastOnce)),
        ("mail", io(AtMostOnce)),
        ("router", step(vec![takes("in", Any)], vec![branches, gives("otherwise", Any)], Pure)),
        (
            "merge",
            step(vec![InputPort { required: false, many: true, ..takes("in", Any) }], vec![gives("out", List)], Pure),
        ),
        ("pair", step(vec![takes("a", Any), takes("b", Any)], vec![gives("out", Any)], Pure)),
        (
            "maybe",
            step(
                vec![takes("in", Any), InputPort { required: false, ..takes("extra", Any) }],
                vec![gives("out", Any)],
                Pure,
            ),
        ),
        ("sink", step(vec![takes("in", Any)], vec![], Pure)),
        (
            "typed",
            step(
                [
                    ("text", Text),
                    ("number", Number),
                    ("boolean", Boolean),
                    ("list", List),
                    ("json", Json),
                    ("blob", Blob),
                ]
                .map(|(name, value_type)| InputPort { required: false, ..takes(name, value_type) })
                .to_vec(),
                [
                    ("text", Text),
                    ("number", Number),
                    ("boolean", Boolean),
                    ("list", List),
                    ("json", Json),
                    ("blob", Blob),
                ]
                .map(|(name, value_type)| gives(name, value_type))
                .to_vec(),
                Pure,
            ),
        ),
        ("iterator", face(NodeRole::Iterator, vec![takes("items", Any)], vec![gives("item", Any)], Pure)),
        ("aggregator", face(NodeRole::Aggregator, vec![takes("items", Any)], vec![gives("out", Any)], Pure)),
        ("loop", face(NodeRole::Loop, vec![takes("in", Any)], vec![gives("value", Any)], Pure)),
        (
            "exit",
            face(
                NodeRole::Exit,
                ["result", "again"].map(|name| InputPort { required: false, ..takes(name, Any) }).to_vec(),
                vec![gives("out", Any)],
                Pure,
            ),
        ),
        ("result", face(NodeRole::Result, vec![takes("value", Any)], vec![], Pure)),
        ("note", face(NodeRole::Note, vec![], vec![], Pure)),
    ]))
}

impl Faces for Kinds {
    fn face(&self, kind: &str) -> Option<&Face> {
        self.0.get(kind)
    }

    fn check_config(&self, _: &str, config: &Payload) -> Vec<(String, String)> {
        match config.parse::<Value>().unwrap().get("bad") {
            Some(_) => vec![("/bad".to_owned(), "`bad` is not allowed".to_owned())],
            None => vec![],
        }
    }
}

fn face(role: NodeRole, inputs: Vec<InputPort>, outputs: Vec<OutputPort>, replay: ReplayClass) -> Face {
    Face {
        label: "Label".to_owned(),
        description: String::new(),
        group: Group::Flow,
        icon: String::new(),
        role,
        inputs,
        outputs,
        replay,
        capabilities: vec![],
    }
}

fn takes(name: &str, value_type: PortType) -> InputPort {
    InputPort { name: name.to_owned(), label: String::new(), value_type, required: true, many: false }
}

fn gives(name: &str, value_type: PortType) -> OutputPort {
    OutputPort::Fixed { name: name.to_owned(), label: String::new(), value_type }
}

/// A graph from lines such as `a: step`, `a: step {config} {policy}` and `a.out -> b.in`.
pub fn spec(lines: &str) -> WorkflowGraph {
    let mut graph = WorkflowGraph::default();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once(" -> ") {
            Some((source, target)) => {
                let (source, source_port) = source.split_once('.').unwrap();
                let (target, target_port) = target.split_once('.').unwrap();
                graph.edges.push(EdgeSpec {
                    source: source.into(),
                    source_port: source_port.into(),
                    target: target.into(),
                    target_port: target_port.into(),
                });
            }
            None => graph.nodes.push(node_spec(line)),
        }
    }
    graph
}

fn node_spec(line: &str) -> NodeSpec {
    let (id, rest) = line.split_once(": ").unwrap();
    let (kind, objects) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut objects = serde_json::Deserializer::from_str(objects).into_iter::<Value>().map(Result::unwrap);
    let config = objects.next().unwrap_or(json!({}));
    let policy = objects.next().unwrap_or(json!({}));
    NodeSpec {
        id: id.into(),
        kind: kind.to_owned(),
        label: String::new(),
        config: Payload::from(config),
        policy: serde_json::from_value(policy).unwrap(),
    }
}

pub fn graph(lines: &str) -> Arc<Graph> {
    Graph::parse(&spec(lines), &kinds()).unwrap_or_else(|findings| panic!("{}", findings_text(&findings)))
}

pub fn findings_text(findings: &[Finding]) -> String {
    let lines = findings.iter().map(|finding| {
        let level = format!("{:?}", finding.level).to_lowercase();
        let node = finding.node_id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
        let place = finding.place.as_ref().map(|place| format!(" {place}")).unwrap_or_default();
        format!("{level} {}{node}{place}: {}", finding.rule, finding.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Runs `inputs` against the graph of `lines`; each input stands on a line with `>`, its effects below.
/// Inputs come one second apart, from second 1; a timer fires when it is due.
pub fn transcript(lines: &str, inputs: &[&str]) -> String {
    let mut run = RunState::new("run".into(), graph(lines));
    let mut told = Vec::new();
    for (place, text) in inputs.iter().enumerate() {
        let input = input(&run, text, (place as i64 + 1) * 1_000);
        told.push(format!("> {text}"));
        if !run.accepts(&input) {
            told.push("refused".to_owned());
        }
        told.extend(run.step(&input).iter().map(effect_text));
    }
    told.join("\n")
}

/// `started x=1`, `began a`, `finished a out=1`, `failed a why`, `waiting a 9000 out=1`, `timer a`, `resumed`,
/// `cancelled`, `retry i 0 2`, `drop i`. `a@1` is a in item 1 of its region. `a` is the latest attempt of a, `a#1` the first; `failed! a` may pass by itself.
pub fn input(run: &RunState, text: &str, at_ms: i64) -> Input {
    let mut words = text.split(' ');
    let verb = words.next().unwrap();
    let mut next_node = || {
        let word = words.next().unwrap();
        let (place, attempt) = word.split_once('#').map_or((word, None), |(place, attempt)| (place, Some(attempt)));
        let (id, item) = place.split_once('@').unwrap_or((place, ""));
        let (id, item) = (NodeId::from(id), ItemPath::from(item));
        let attempt = attempt.map(|attempt| attempt.parse().unwrap());
        let attempt = attempt.unwrap_or_else(|| run.node(&id, &item).map_or(1, |node| node.node.attempt));
        (id, item, attempt)
    };
    let values = |skip: usize| -> Ports {
        text.split(' ')
            .skip(skip)
            .map(|word| word.split_once('=').unwrap())
            .map(|(name, value)| (PortName::from(name), Payload::from_json(value.to_owned()).unwrap()))
            .collect()
    };
    let started_at_ms = at_ms - 100;
    match verb {
        "started" => {
            let inputs = values(1).into_iter().map(|(name, value)| (name.to_string(), value)).collect();
            Input::Started { at_ms, inputs }
        }
        "began" => {
            let (node, item, attempt) = next_node();
            Input::NodeStarted { at_ms, node, item, attempt }
        }
        "finished" => {
            let (node, item, attempt) = next_node();
            let usage = Usage { input_tokens: 2, output_tokens: 1 };
            Input::NodeFinished { at_ms, node, item, attempt, started_at_ms, outputs: values(2), usage }
        }
        "failed" | "failed!" => {
            let (node, item, attempt) = next_node();
            let code = text.split(' ').nth(2).unwrap().to_owned();
            let transient = verb == "failed!";
            let failure = NodeFailure { transient, ..NodeFailure::new(code.clone(), format!("{code}!")) };
            Input::NodeFailed { at_ms, node, item, attempt, started_at_ms, failure }
        }
        "waiting" => {
            let (node, item, attempt) = next_node();
            let due_at_ms = text.split(' ').nth(2).unwrap().parse().unwrap();
            Input::NodeWaiting { at_ms, node, item, attempt, started_at_ms, due_at_ms, outputs: values(3) }
        }
        "timer" => {
            let (node, item, _) = next_node();
            let waits = run.timers().into_iter().find(|(id, other, _)| *id == node && *other == item);
            Input::TimerFired { at_ms: at_ms.max(waits.map_or(0, |(.., due_at_ms)| due_at_ms)), node, item }
        }
        "early" => {
            let (node, item, _) = next_node();
            Input::TimerFired { at_ms: 0, node, item }
        }
        "retry" | "drop" => {
            let decision = if verb == "retry" { ItemDecision::Retry } else { ItemDecision::Drop };
            let (node, item, _) = next_node();
            let places = text.split(' ').skip(2).map(|place| place.parse().unwrap()).collect();
            Input::ItemsDecided { at_ms, node, item, places, decision }
        }
        "resumed" => Input::Resumed { at_ms },
        "cancelled" => Input::Cancelled { at_ms },
        other => panic!("no such input: {other}"),
    }
}

fn at(item: &ItemPath) -> String {
    if item.is_top() { String::new() } else { format!("@{item}") }
}

pub fn effect_text(effect: &Effect) -> String {
    match effect {
        Effect::StartNode(start) => {
            let inputs = start.inputs.iter().map(|(name, value)| format!(" {name}={}", value.json()));
            let limit = start.timeout_ms.map(|timeout_ms| format!(" within {timeout_ms} ms")).unwrap_or_default();
            format!("start {}{}#{}{}{limit}", start.node, at(&start.item), start.attempt, inputs.collect::<String>())
        }
        Effect::StartTimer { node, item, due_at_ms } => format!("timer {node}{} at {due_at_ms}", at(item)),
        Effect::StopNode { node, item, attempt } => format!("stop {node}{}#{attempt}", at(item)),
        Effect::Announce(event) => {
            let Value::Object(mut fields) = serde_json::to_value(event).unwrap() else { panic!("events are objects") };
            let kind = fields.remove("type").unwrap();
            let item = fields.remove("item").map(|item| format!("@{}", item.as_str().unwrap())).unwrap_or_default();
            let node =
                fields.remove("node_id").map(|id| format!(" {}{item}", id.as_str().unwrap())).unwrap_or_default();
            for unstable in ["usage", "started_at_ms"] {
                fields.remove(unstable);
            }
            if let Some(Value::Object(failure)) = fields.remove("failure") {
                fields.insert("failure".to_owned(), failure["code"].clone());
            }
            let fields = fields.iter().map(|(name, value)| format!(" {name}={value}"));
            format!("tell {}{node}{}", kind.as_str().unwrap(), fields.collect::<String>())
        }
        Effect::Finish(outcome) => {
            let status = serde_json::to_value(outcome.status).unwrap();
            let failure =
                outcome.failure.as_ref().map(|failure| format!(" {} at {:?}", failure.message, failure.node_id));
            format!(
                "finish {} {:?}{} tokens={}+{}",
                status.as_str().unwrap(),
                outcome.outputs,
                failure.unwrap_or_default(),
                outcome.usage.input_tokens,
                outcome.usage.output_tokens
            )
        }
    }
}
