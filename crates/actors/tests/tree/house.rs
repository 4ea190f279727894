//! A tree of one's own for each test, and short words for what tests say often.

use std::collections::BTreeMap;
use std::time::Duration;

use actors::{Config, Studio};
use protocol::runs::{GetRun, Run, StartRun};
use protocol::workflows::{CreateWorkflow, EdgeSpec, NodeSpec, WorkflowGraph};
use protocol::{Caller, Code, Failure, Payload, RunId, WorkflowId};
use serde_json::{Value, json};
use tempfile::TempDir;

pub struct House {
    pub studio: Studio,
    pub config: Config,
    _dir: TempDir,
}

impl House {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.database.data_dir = dir.path().to_owned();
        config.sidecar.enabled = false;
        config.network.allow_private = vec!["127.0.0.0/8".to_owned()];
        change(&mut config);
        let studio = Studio::start(&config).await.unwrap();
        Self { studio, config, _dir: dir }
    }

    /// Ends the tree and starts another on the same data.
    pub async fn restart(&mut self) {
        self.studio.stop(Duration::ZERO).await;
        self.studio = Studio::start(&self.config).await.unwrap();
    }

    /// As `restart`, with a change to the stored data in between.
    pub async fn restart_after(
        &mut self,
        change: impl FnOnce(&mut dyn store::Sql) -> store::Result<()> + Send + 'static,
    ) {
        self.studio.stop(Duration::ZERO).await;
        let file = self.config.database.data_dir.join("ai-studio.db");
        let options = store::Options::new(store::Location::Sqlite(file));
        let database = store::Database::open(options).unwrap();
        database.writer().write(change).await.unwrap();
        tokio::task::spawn_blocking(move || database.close()).await.unwrap();
        self.studio = Studio::start(&self.config).await.unwrap();
    }

    pub async fn workflow(&self, nodes: &[(&str, &str, Value)], edges: &[&str]) -> WorkflowId {
        let graph = WorkflowGraph {
            nodes: nodes.iter().map(spec).collect(),
            edges: edges.iter().map(|e| edge(e)).collect(),
            ..Default::default()
        };
        let create = CreateWorkflow { name: "test".to_owned(), description: String::new(), graph };
        self.studio.call(&Caller::owner(), create).await.unwrap().id
    }

    pub async fn start(&self, workflow_id: &WorkflowId, wait_ms: u64) -> Result<Run, Failure> {
        let start = StartRun { workflow_id: workflow_id.clone(), inputs: BTreeMap::new(), wait_ms };
        self.studio.call(&Caller::owner(), start).await
    }

    pub async fn run(&self, id: &RunId) -> Run {
        self.studio.call(&Caller::owner(), GetRun { id: id.clone() }).await.unwrap()
    }

    pub async fn until_gone(&self, id: &RunId) {
        for _ in 0..1_000 {
            match self.studio.call(&Caller::owner(), GetRun { id: id.clone() }).await {
                Err(failure) if failure.code == Code::NotFound => return,
                Ok(_) | Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
        panic!("run `{id}` is still there");
    }

    /// Polls until the run has ended.
    pub async fn end_of(&self, id: &RunId) -> Run {
        for _ in 0..2_000 {
            match self.studio.call(&Caller::owner(), GetRun { id: id.clone() }).await {
                Ok(run) if run.summary.status.is_final() => return run,
                Ok(_) => {}
                Err(failure) => assert_eq!(failure.code, Code::Unavailable, "{failure}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("run `{id}` does not end: {:?}", self.run(id).await);
    }
}

/// A node with a policy carries it under `"policy"` beside its config.
fn spec((id, kind, config): &(&str, &str, Value)) -> NodeSpec {
    let mut config = config.clone();
    let policy = config.as_object_mut().and_then(|fields| fields.remove("policy")).unwrap_or_else(|| json!({}));
    serde_json::from_value(json!({ "id": id, "kind": kind, "config": config, "policy": policy })).unwrap()
}

fn edge(text: &str) -> EdgeSpec {
    let (from, to) = text.split_once(" > ").unwrap();
    let ((source, source_port), (target, target_port)) = (from.split_once('.').unwrap(), to.split_once('.').unwrap());
    EdgeSpec {
        source: source.into(),
        source_port: source_port.into(),
        target: target.into(),
        target_port: target_port.into(),
    }
}

pub fn template(text: &str) -> Value {
    json!({ "mode": { "type": "template", "template": text, "parse_as_json": false } })
}

pub fn pause(milliseconds: u64) -> Value {
    json!({ "until": { "type": "duration", "amount": milliseconds, "unit": "milliseconds" } })
}

pub fn result() -> Value {
    json!({ "name": "result" })
}

pub fn text(run: &Run) -> String {
    run.outputs.get("result").map_or_else(String::new, |payload: &Payload| payload.parse().unwrap())
}
