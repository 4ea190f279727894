//! What command lines do without a server: check a file, list the node types, run a file to its end.
//! The same checks and the same tree as a server has, without its sockets.

use std::collections::BTreeMap;
use std::sync::Arc;

use nodes::Registry;
use protocol::nodes::NodeCatalogue;
use protocol::runs::{GetRun, Run, RunStatus, StartRun};
use protocol::workflows::{Findings, GetWorkflow, ImportWorkflow, ListWorkflows, WorkflowFile, WorkflowGraph};
use protocol::{Caller, EventFilter, Failure, Frame, Payload, WorkflowId};
use store::Database;

use crate::actors::db::Db;
use crate::actors::workflows::Workflows;
use crate::studio::location;
use crate::{Config, Studio};

/// Every node type of this build.
pub fn catalogue() -> NodeCatalogue {
    NodeCatalogue { types: Registry::standard().types() }
}

/// Checks a workflow without running anything.
pub fn check(file: &WorkflowFile) -> Findings {
    let WorkflowFile { nodes, edges, layout, .. } = file.clone();
    let workflows = Workflows::new(Db::default(), Arc::new(Registry::standard()));
    workflows.check(&WorkflowGraph { nodes, edges, layout })
}

/// Whether another process has the database open, so that a run here can be kept in memory only.
pub fn is_database_taken(config: &Config) -> Result<bool, Failure> {
    Ok(Database::is_open_elsewhere(&location(config)?))
}

/// Stores the file's workflow unless the same one is there, runs it once, and hands every frame of that run to
/// `on_frame` until it ends.
pub async fn run_file(
    studio: &Studio,
    file: WorkflowFile,
    inputs: BTreeMap<String, Payload>,
    on_frame: &mut dyn FnMut(&Frame),
) -> Result<Run, Failure> {
    let caller = Caller::owner();
    let workflow_id = stored(studio, &caller, file).await?;
    let filter = EventFilter { workflow_id: Some(workflow_id.clone()), signals: true, ..EventFilter::default() };
    let mut frames = studio.subscribe(filter);
    let run = studio.call(&caller, StartRun { workflow_id, inputs, wait_ms: 0 }).await?;
    let id = run.summary.id;
    while let Some(text) = frames.next().await {
        let Ok(frame) = serde_json::from_str::<Frame>(&text) else { continue };
        on_frame(&frame);
        if ends_run(&frame) {
            break;
        }
    }
    studio.call(&caller, GetRun { id }).await
}

/// The workflow that has the file's name, nodes and edges, so that running a file again makes no copies of it.
async fn stored(studio: &Studio, caller: &Caller, file: WorkflowFile) -> Result<WorkflowId, Failure> {
    let known = studio.call(caller, ListWorkflows {}).await?.workflows;
    for summary in known.into_iter().filter(|one| one.name == file.name) {
        let workflow = studio.call(caller, GetWorkflow { id: summary.id, revision: None }).await?;
        if workflow.graph.nodes == file.nodes && workflow.graph.edges == file.edges {
            return Ok(workflow.id);
        }
    }
    Ok(studio.call(caller, ImportWorkflow { file }).await?.id)
}

fn ends_run(frame: &Frame) -> bool {
    let Frame::Event(announced) = frame else { return false };
    matches!(
        announced.event,
        protocol::Event::RunFinished { status: RunStatus::Succeeded | RunStatus::Failed | RunStatus::Cancelled, .. }
            | protocol::Event::RunNeedsAttention { .. }
    )
}
