//! Workflows ready to run: the graph checked, every node's config parsed, once per revision.
//! A read-mostly map in a handle; the store stays the truth, and what was read before a change is not kept after it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use dashmap::DashMap;
use engine::graph::Graph;
use nodes::{Prepared, Registry};
use protocol::workflows::{Finding, Findings, WorkflowGraph};
use protocol::{Code, Failure, NodeId, Payload, WorkflowId};

use super::db::Db;

/// Revisions kept ready; beyond that, arbitrary ones are prepared again when needed.
const KEPT_READY: usize = 1_000;

/// One revision of one workflow, ready to run any number of times.
pub struct Ready {
    pub workflow_id: WorkflowId,
    pub revision: u64,
    pub graph: Arc<Graph>,
    pub nodes: HashMap<NodeId, Arc<dyn Prepared>>,
    pub spec: WorkflowGraph,
    /// Names of the run inputs that its nodes take.
    input_names: BTreeSet<String>,
    /// This revision is stored where runs find the one they are pinned to.
    pinned: AtomicBool,
}

impl Ready {
    /// Refuses inputs that no node takes: a misspelt name would be lost silently.
    pub fn check_inputs(&self, inputs: &BTreeMap<String, Payload>) -> Result<(), Failure> {
        let Some(unknown) = inputs.keys().find(|name| !self.input_names.contains(*name)) else {
            return Ok(());
        };
        let known: Vec<&str> = self.input_names.iter().map(String::as_str).collect();
        let expected = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let message = format!("the workflow takes no input `{unknown}`; it takes: {expected}");
        Err(Failure::new(Code::InvalidRequest, message))
    }

    pub fn is_pinned(&self) -> bool {
        self.pinned.load(Ordering::Acquire)
    }

    pub fn set_pinned(&self) {
        self.pinned.store(true, Ordering::Release);
    }
}

#[derive(Clone)]
pub struct Workflows {
    db: Db,
    pub registry: Arc<Registry>,
    current: Arc<DashMap<WorkflowId, Arc<Ready>>>,
    /// Changes so far, to any workflow.
    changes: Arc<AtomicU64>,
    /// Node types that take a run input, as their schemas say.
    input_kinds: Arc<BTreeSet<String>>,
}

impl Workflows {
    pub fn new(db: Db, registry: Arc<Registry>) -> Self {
        let input_kinds = Arc::new(input_kinds(&registry));
        Self { db, registry, current: Arc::default(), changes: Arc::default(), input_kinds }
    }

    /// The current revision. Fails with `invalid_workflow` and the findings when it cannot run.
    pub async fn current(&self, id: &WorkflowId) -> Result<Arc<Ready>, Failure> {
        if let Some(ready) = self.current.get(id) {
            return Ok(ready.clone());
        }
        let changes = self.changes.load(Ordering::Acquire);
        let wanted = id.clone();
        let workflow = self.db.read(move |sql| store::workflows::get(sql, &wanted)).await?;
        let ready = Arc::new(self.prepare(&workflow.id, workflow.revision, &workflow.graph)?);
        self.keep(&ready, changes);
        Ok(ready)
    }

    /// The revision that a run is pinned to.
    pub async fn pinned(&self, id: &WorkflowId, revision: u64) -> Result<Arc<Ready>, Failure> {
        if let Some(ready) = self.current.get(id)
            && ready.revision == revision
        {
            return Ok(ready.clone());
        }
        let wanted = id.clone();
        let graph = self.db.read(move |sql| store::workflow_versions::get(sql, &wanted, revision)).await?;
        self.prepare(id, revision, &graph).map(Arc::new)
    }

    /// The current revision may no longer be what it was: to be called after every change, and when its outcome is unknown.
    pub fn forget(&self, id: &WorkflowId) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.current.remove(id);
    }

    pub fn check(&self, graph: &WorkflowGraph) -> Findings {
        let findings = engine::check::check(graph, &*self.registry);
        Findings { valid: !findings.iter().any(is_error), findings }
    }

    /// Keeps what was read after `changes` changes, unless there has been another since.
    fn keep(&self, ready: &Arc<Ready>, changes: u64) {
        if self.current.len() >= KEPT_READY {
            let spare = self.current.iter().next().map(|entry| entry.key().clone());
            spare.iter().for_each(|id| drop(self.current.remove(id)));
        }
        // The entry is locked while this asks: a change that is counted later removes it later.
        let entry = self.current.entry(ready.workflow_id.clone());
        if self.changes.load(Ordering::Acquire) == changes {
            entry.insert(ready.clone());
        }
    }

    fn prepare(&self, id: &WorkflowId, revision: u64, spec: &WorkflowGraph) -> Result<Ready, Failure> {
        let graph = Graph::parse(spec, &*self.registry).map_err(|findings| invalid(&findings))?;
        let mut nodes = HashMap::with_capacity(graph.nodes().len());
        for node in graph.nodes() {
            let prepared = self
                .registry
                .prepare(&node.kind, &node.config)
                .map_err(|error| Failure::new(Code::InvalidWorkflow, format!("node `{}`: {error}", node.id)))?;
            nodes.insert(node.id.clone(), prepared);
        }
        let input_names = graph.nodes().iter().filter_map(|node| self.input_name(&node.kind, &node.config)).collect();
        let (workflow_id, spec, pinned) = (id.clone(), spec.clone(), AtomicBool::new(false));
        Ok(Ready { workflow_id, revision, graph, nodes, spec, input_names, pinned })
    }

    /// The run input that a node takes, if its type says that it takes one.
    fn input_name(&self, kind: &str, config: &Payload) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Named {
            name: String,
        }
        let takes_input = self.input_kinds.contains(kind);
        takes_input.then(|| config.parse::<Named>().ok().map(|config| config.name)).flatten()
    }
}

fn input_kinds(registry: &Registry) -> BTreeSet<String> {
    #[derive(serde::Deserialize)]
    struct Marked {
        #[serde(rename = "x-run-input", default)]
        is_run_input: bool,
    }
    let takes_input = |schema: &Payload| schema.parse::<Marked>().is_ok_and(|schema| schema.is_run_input);
    registry.types().into_iter().filter(|one| takes_input(&one.config_schema)).map(|one| one.kind).collect()
}

fn is_error(finding: &Finding) -> bool {
    finding.level == protocol::workflows::Level::Error
}

fn invalid(findings: &[Finding]) -> Failure {
    let errors: Vec<&Finding> = findings.iter().filter(|finding| is_error(finding)).collect();
    let first = errors.first().map_or("", |finding| finding.message.as_str());
    let failure = Failure::new(
        Code::InvalidWorkflow,
        format!("the workflow cannot run: {first} ({} findings of level error)", errors.len()),
    );
    match Payload::of(findings) {
        Ok(details) => failure.with_details(details),
        Err(_) => failure,
    }
}
