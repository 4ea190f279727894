//! Values to store.

use std::collections::BTreeMap;

use protocol::runs::{NodeFailure, Run, RunStatus, RunSummary, Usage};
use protocol::workflows::{Workflow, WorkflowGraph};
use protocol::{Announced, Event, Payload, RunId, Topic};
use store::runs::Outcome;

pub fn graph(label: &str) -> WorkflowGraph {
    let graph = serde_json::json!({
        "nodes": [
            {"id": "ask", "kind": "input", "label": label, "config": {"name": "question"}},
            {"id": "say", "kind": "output", "config": {"name": "answer", "weight": 1.5}},
        ],
        "edges": [{"source": "ask", "source_port": "value", "target": "say", "target_port": "value"}],
        "layout": {"ask": {"x": 0.5, "y": -20.0}},
    });
    serde_json::from_value(graph).unwrap()
}

pub fn workflow(id: &str) -> Workflow {
    Workflow {
        id: id.into(),
        name: format!("Workflow {id} — ünïcödé 🚀 'quoted'"),
        description: String::new(),
        revision: 1,
        graph: graph("first"),
        created_at_ms: 1_700_000_000_000,
        updated_at_ms: 1_700_000_000_000,
    }
}

pub fn run(id: &str, workflow_id: &str, status: RunStatus) -> Run {
    Run {
        summary: RunSummary {
            id: id.into(),
            workflow_id: workflow_id.into(),
            workflow_revision: 1,
            status,
            created_at_ms: 1_700_000_000_000,
            ended_at_ms: status.is_final().then_some(1_700_000_000_500),
            wake_at_ms: (status == RunStatus::Waiting).then_some(1_700_000_100_000),
            failure: (status == RunStatus::Failed).then(failure),
            usage: Usage { input_tokens: 12, output_tokens: 3_000_000_000 },
        },
        inputs: BTreeMap::from([("question".to_owned(), Payload::from("how much?"))]),
        outputs: BTreeMap::new(),
    }
}

pub fn failure() -> NodeFailure {
    NodeFailure {
        item: protocol::ItemPath::top(),
        node_id: Some("ask".into()),
        code: "timeout".to_owned(),
        message: "`ask` took longer than 5 s".to_owned(),
        transient: true,
        details: Some(serde_json::json!({"after_ms": 5_000}).into()),
    }
}

pub fn outcome(status: RunStatus) -> Outcome {
    Outcome {
        status,
        outputs: BTreeMap::from([("answer".to_owned(), serde_json::json!([1, 2.5, null]).into())]),
        failure: None,
        usage: Usage { input_tokens: 1, output_tokens: 2 },
        ended_at_ms: 1_700_000_000_900,
    }
}

pub fn event(seq: u64, run_id: Option<&str>, workflow_id: Option<&str>) -> Announced {
    Announced {
        seq,
        at_ms: 1_700_000_000_000 + i64::try_from(seq).unwrap(),
        topics: vec![Topic::Runs, Topic::System],
        run_id: run_id.map(RunId::from),
        workflow_id: workflow_id.map(Into::into),
        event: Event::NodeStarted { node_id: "ask".into(), item: protocol::ItemPath::top(), attempt: 1 },
    }
}
