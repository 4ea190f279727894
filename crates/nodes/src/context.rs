//! What one attempt of a node may see and reach: its place, its scope, and the ways outside.
//! No store, no actor, no clock of its own: what is not here, a node cannot do.

use std::sync::Arc;

use engine::Scope;
use engine::expression::Template;
use protocol::runs::NodeFailure;
use protocol::{NodeId, Payload, RunId, WorkflowId};
use tokio_util::sync::CancellationToken;

use crate::outside::{Compute, FileRoots, HttpClient, LARGE_BYTES, Limits, Model};

/// The surroundings of one attempt.
pub struct Context {
    pub run_id: RunId,
    pub workflow_id: WorkflowId,
    pub node_id: NodeId,
    /// From 1.
    pub attempt: u32,
    /// The same for every attempt of this node in this run, and for no other: what receivers recognise a repetition by.
    pub key: String,
    /// Wall-clock time at the start of the attempt.
    pub now_ms: i64,
    pub scope: Scope,
    pub outside: Arc<Outside>,
    pub reporter: Arc<dyn Reporter>,
    pub cancelled: CancellationToken,
}

impl Context {
    /// Fills in a template of the config. `field` names it in the failure. One that may take long (it has statements,
    /// which may loop, or large values in sight) is filled in on a compute thread.
    pub async fn render(&self, template: &Template, field: &str) -> Result<String, NodeFailure> {
        let rendered = if template.text().contains("{%") || self.sees_much() {
            let (template, scope) = (template.clone(), self.scope.clone());
            self.outside.compute.run("the template", move || template.render(&scope)).await?
        } else {
            template.render(&self.scope)
        };
        rendered.map_err(|error| NodeFailure::new("expression", format!("cannot fill in `{field}`: {error}")))
    }

    fn sees_much(&self) -> bool {
        let Scope { run_inputs, ports, nodes, item } = &self.scope;
        let upstream = nodes.values().flat_map(|ports| ports.values());
        let item = item.iter().map(|item| &item.value);
        let values = run_inputs.values().chain(ports.values()).chain(upstream).chain(item);
        values.map(Payload::bytes).sum::<usize>() > LARGE_BYTES
    }
}

/// The ways out of the process, shared by all attempts.
pub struct Outside {
    pub http: HttpClient,
    pub files: FileRoots,
    pub model: Arc<dyn Model>,
    pub limits: Limits,
    /// Threads for work that computes for long.
    pub compute: Compute,
}

/// Where an attempt tells what it is doing. Shown while it happens, never stored.
pub trait Reporter: Send + Sync {
    /// Text produced since the call before.
    fn text(&self, text: &str);
    fn progress(&self, message: &str);
}
