//! What the pure core costs: nanoseconds for the steps of a whole run, and for one rendering of a template.
//! `cargo run --release -p engine --example bench_step`

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::graph::Faces;
use engine::{Effect, Graph, Input, Jq, Ports, RunState, Scope, Template};
use protocol::nodes::{Face, Group, InputPort, NodeRole, OutputPort, PortType, ReplayClass};
use protocol::runs::Usage;
use protocol::workflows::{EdgeSpec, NodeSpec, WorkflowGraph};
use protocol::{Payload, PortName, RunId};

struct Steps {
    first: Face,
    step: Face,
}

impl Faces for Steps {
    fn face(&self, kind: &str) -> Option<&Face> {
        Some(if kind == "first" { &self.first } else { &self.step })
    }

    fn check_config(&self, _: &str, _: &Payload) -> Vec<(String, String)> {
        vec![]
    }
}

fn face(inputs: Vec<InputPort>) -> Face {
    let (name, label) = ("out".to_owned(), String::new());
    Face {
        label: String::new(),
        description: String::new(),
        group: Group::Flow,
        icon: String::new(),
        role: NodeRole::Step,
        inputs,
        outputs: vec![OutputPort::Fixed { name, label, value_type: PortType::Any }],
        replay: ReplayClass::Pure,
        capabilities: vec![],
    }
}

fn chain(length: usize, config: &str) -> Arc<Graph> {
    let (name, label) = ("in".to_owned(), String::new());
    let input = InputPort { name, label, value_type: PortType::Any, required: true, many: false };
    let faces = Steps { first: face(vec![]), step: face(vec![input]) };
    let nodes = (0..length).map(|place| NodeSpec {
        id: format!("n{place}").into(),
        kind: if place == 0 { "first" } else { "step" }.to_owned(),
        label: String::new(),
        config: Payload::from_json(config.to_owned()).expect("the config is JSON"),
        policy: Default::default(),
    });
    let edges = (1..length).map(|place| EdgeSpec {
        source: format!("n{}", place - 1).into(),
        source_port: "out".into(),
        target: format!("n{place}").into(),
        target_port: "in".into(),
    });
    let spec = WorkflowGraph { nodes: nodes.collect(), edges: edges.collect(), layout: BTreeMap::new() };
    Graph::parse(&spec, &faces).expect("a chain has no findings of level error")
}

fn run(run_id: &RunId, graph: &Arc<Graph>, outputs: &Ports) {
    let mut run = RunState::new(run_id.clone(), graph.clone());
    let mut effects = run.step(&Input::Started { at_ms: 0, inputs: BTreeMap::new() });
    while run.outcome().is_none() {
        let mut next = Vec::new();
        for effect in effects {
            if let Effect::StartNode(start) = effect {
                let (node, item, attempt) = (start.node, start.item, start.attempt);
                let (outputs, usage) = (outputs.clone(), Usage::default());
                let input = Input::NodeFinished { at_ms: 1, node, item, attempt, started_at_ms: 0, outputs, usage };
                next.extend(run.step(&input));
            }
        }
        effects = next;
    }
    black_box(run.outcome());
}

/// The best of many short batches: the one that other programs of the machine disturbed least.
fn measure(name: &str, mut work: impl FnMut()) {
    let begun = Instant::now();
    let mut best = Duration::MAX;
    let mut rounds = 1_u32;
    while begun.elapsed() < Duration::from_millis(500) {
        let batch = Instant::now();
        (0..rounds).for_each(|_| work());
        let took = batch.elapsed();
        best = best.min(took / rounds);
        if took < Duration::from_micros(500) {
            rounds = rounds.saturating_mul(2);
        }
    }
    println!("{name}: {} ns", best.as_nanos());
}

fn main() {
    let outputs =
        Ports::from([(PortName::from("out"), Payload::from("some text of a usual length, as a node gives it"))]);
    let run_id = RunId::from("018f4e5c-0000-7000-8000-000000000000");
    let five = chain(5, "{}");
    let naming = chain(5, r#"{"text": "{{ nodes.n0.out }}"}"#);
    let large = chain(2_000, "{}");
    let large_naming = chain(2_000, r#"{"text": "{{ nodes.n0.out }}"}"#);
    measure("run of 5 nodes", || run(&run_id, &five, &outputs));
    measure("run of 5 nodes that name others", || run(&run_id, &naming, &outputs));
    measure("run of 2000 nodes", || run(&run_id, &large, &outputs));
    measure("run of 2000 nodes that name others", || run(&run_id, &large_naming, &outputs));
    measure("parse a graph of 5 nodes", || drop(black_box(chain(5, "{}"))));
    measure("parse a graph of 2000 nodes", || drop(black_box(chain(2_000, "{}"))));

    let input = Payload::from(serde_json::json!({"name": "Ada", "items": [1, 2, 3]}));
    let scope = Scope { ports: Arc::new(Ports::from([(PortName::from("input"), input)])), ..Scope::default() };
    for text in ["no expression", "Hello {{ input.name }}", "{% for item in input.items %}{{ item }}, {% endfor %}"] {
        let template = Template::parse(text).expect("the template parses");
        measure(&format!("render `{text}`"), || drop(black_box(template.render(&scope))));
        measure(&format!("parse `{text}`"), || drop(black_box(Template::parse(text))));
    }
    let program = Jq::parse(".items | map(. + 1)").expect("the program compiles");
    let value = serde_json::json!({"items": [1, 2, 3]});
    measure("jq `.items | map(. + 1)`", || drop(black_box(program.run(&value))));
    measure("parse that jq", || drop(black_box(Jq::parse(".items | map(. + 1)"))));
}
