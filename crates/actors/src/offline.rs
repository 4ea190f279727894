//! What command lines do without a server: check a file, list the node types, run a file to its end.
//! The same checks and the same tree as a server has, without its sockets.

use std::collections::BTreeMap;
use std::sync::Arc;

use nodes::Registry;
use protocol::nodes::NodeCatalogue;
use protocol::runs::{GetRun, Run, RunStatus, StartRun};
use protocol::workflows::{Findings, ImportWorkflow, WorkflowFile, WorkflowGraph};
use protocol::{Caller, EventFilter, Failure, Frame, Payload};

use crate::Studio;
use crate::actors::db::Db;
use crate::actors::workflows::Workflows;

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

/// Stores the file's workflow, runs it once, and hands every frame of that run to `on_frame` until it ends.
pub async fn run_file(
    studio: &Studio,
    file: WorkflowFile,
    inputs: BTreeMap<String, Payload>,
    on_frame: &mut dyn FnMut(&Frame),
) -> Result<Run, Failure> {
    let caller = Caller::owner();
    let workflow = studio.call(&caller, ImportWorkflow { file }).await?;
    let filter = EventFilter { workflow_id: Some(workflow.id.clone()), signals: true, ..EventFilter::default() };
    let mut frames = studio.subscribe(filter);
    let run = studio.call(&caller, StartRun { workflow_id: workflow.id, inputs, wait_ms: 0 }).await?;
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

fn ends_run(frame: &Frame) -> bool {
    let Frame::Event(announced) = frame else { return false };
    matches!(
        announced.event,
        protocol::Event::RunFinished { status: RunStatus::Succeeded | RunStatus::Failed | RunStatus::Cancelled, .. }
            | protocol::Event::RunNeedsAttention { .. }
    )
}
