//! Workflows: create, change with an expected revision, copy, check, carry in and out as files.
//! Runs keep the revision that they began with, whatever happens here.

use protocol::workflows::{
    CreateWorkflow, DeleteWorkflow, Deleted, DuplicateWorkflow, ExportWorkflow, Findings, FormatTag, GetWorkflow,
    ImportWorkflow, ListWorkflows, UpdateWorkflow, ValidateWorkflow, Workflow, WorkflowFile, WorkflowGraph,
    WorkflowList,
};
use protocol::{Code, Event, Failure, Topic, WorkflowId};
use uuid::Uuid;

use super::{Ctx, Handle};
use crate::actors::events::Draft;
use crate::clock::now_ms;

/// Longer names do not fit any list.
const MAX_NAME_CHARS: usize = 200;

impl Handle for CreateWorkflow {
    async fn handle(self, ctx: &Ctx) -> Result<Workflow, Failure> {
        create(ctx, self.name, self.description, self.graph).await
    }
}

impl Handle for GetWorkflow {
    async fn handle(self, ctx: &Ctx) -> Result<Workflow, Failure> {
        let Self { id, revision } = self;
        let Some(wanted) = revision else {
            return get(ctx, &id).await;
        };
        // A run can be looked at when its workflow is deleted.
        let what = format!("revision {wanted} of workflow `{id}`");
        let found = ctx.db.read(move |sql| {
            let workflow = store::workflows::get_even_deleted(sql, &id)?;
            let is_current = workflow.revision == wanted;
            let graph = if is_current { workflow.graph } else { store::workflow_versions::get(sql, &id, wanted)? };
            Ok(Workflow { graph, revision: wanted, ..workflow })
        });
        found.await.map_err(|failure| named(failure, &what))
    }
}

impl Handle for ListWorkflows {
    async fn handle(self, ctx: &Ctx) -> Result<WorkflowList, Failure> {
        let workflows = ctx.db.read(|sql| store::workflows::list(sql)).await?;
        Ok(WorkflowList { workflows })
    }
}

impl Handle for UpdateWorkflow {
    async fn handle(self, ctx: &Ctx) -> Result<Workflow, Failure> {
        let old = get(ctx, &self.id).await?;
        let new = Workflow {
            id: self.id,
            name: self.name.map_or(Ok(old.name), checked_name)?,
            description: self.description.unwrap_or(old.description),
            revision: self.expected_revision + 1,
            graph: self.graph.unwrap_or(old.graph),
            created_at_ms: old.created_at_ms,
            updated_at_ms: now_ms(),
        };
        let (stored, expected) = (new.clone(), self.expected_revision);
        let events = vec![changed(&new)];
        let outcome = ctx.events.change(events, move |sql| store::workflows::update(sql, &stored, expected)).await;
        ctx.workflows.forget(&new.id);
        outcome.map(|()| new)
    }
}

impl Handle for DeleteWorkflow {
    async fn handle(self, ctx: &Ctx) -> Result<Deleted, Failure> {
        let id = self.id;
        let (removed, at_ms) = (id.clone(), now_ms());
        let topics: &[Topic] = &[Topic::Workflows, Topic::Runs];
        let event = Event::WorkflowDeleted {};
        let draft = Draft { at_ms, topics, run_id: None, workflow_id: Some(id.clone()), event };
        let outcome = ctx
            .events
            .change(vec![draft], move |sql| {
                if store::runs::any_unfinished(sql, &removed)? {
                    let message = format!("workflow `{removed}` has runs that are not finished; cancel them first");
                    return Err(store::Error::Conflict { message, current: None });
                }
                store::workflows::remove(sql, &removed, at_ms)
            })
            .await;
        ctx.workflows.forget(&id);
        outcome.map_err(|failure| named(failure, &format!("workflow `{id}`")))?;
        Ok(Deleted { id })
    }
}

impl Handle for DuplicateWorkflow {
    async fn handle(self, ctx: &Ctx) -> Result<Workflow, Failure> {
        let original = get(ctx, &self.id).await?;
        let suffix = " (copy)";
        let kept: String = original.name.chars().take(MAX_NAME_CHARS - suffix.len()).collect();
        create(ctx, format!("{kept}{suffix}"), original.description, original.graph).await
    }
}

impl Handle for ValidateWorkflow {
    async fn handle(self, ctx: &Ctx) -> Result<Findings, Failure> {
        Ok(ctx.workflows.check(&self.graph))
    }
}

impl Handle for ExportWorkflow {
    async fn handle(self, ctx: &Ctx) -> Result<WorkflowFile, Failure> {
        let Workflow { name, description, graph, .. } = get(ctx, &self.id).await?;
        let WorkflowGraph { nodes, edges, layout } = graph;
        Ok(WorkflowFile { format: FormatTag::AiStudio1, name, description, nodes, edges, layout })
    }
}

impl Handle for ImportWorkflow {
    async fn handle(self, ctx: &Ctx) -> Result<Workflow, Failure> {
        let WorkflowFile { name, description, nodes, edges, layout, format: FormatTag::AiStudio1 } = self.file;
        create(ctx, name, description, WorkflowGraph { nodes, edges, layout }).await
    }
}

async fn create(ctx: &Ctx, name: String, description: String, graph: WorkflowGraph) -> Result<Workflow, Failure> {
    let at_ms = now_ms();
    let workflow = Workflow {
        id: WorkflowId::from(Uuid::now_v7().to_string()),
        name: checked_name(name)?,
        description,
        revision: 1,
        graph,
        created_at_ms: at_ms,
        updated_at_ms: at_ms,
    };
    let stored = workflow.clone();
    ctx.events.change(vec![changed(&workflow)], move |sql| store::workflows::put_new(sql, &stored)).await?;
    Ok(workflow)
}

async fn get(ctx: &Ctx, id: &WorkflowId) -> Result<Workflow, Failure> {
    let wanted = id.clone();
    let found = ctx.db.read(move |sql| store::workflows::get(sql, &wanted)).await;
    found.map_err(|failure| named(failure, &format!("workflow `{id}`")))
}

fn changed(workflow: &Workflow) -> Draft {
    Draft {
        at_ms: workflow.updated_at_ms,
        topics: &[Topic::Workflows],
        run_id: None,
        workflow_id: Some(workflow.id.clone()),
        event: Event::WorkflowChanged { revision: workflow.revision },
    }
}

fn checked_name(name: String) -> Result<String, Failure> {
    let chars = name.chars().count();
    if name.trim().is_empty() || chars > MAX_NAME_CHARS {
        let message = format!("a name has 1 to {MAX_NAME_CHARS} characters; this one has {chars}");
        return Err(Failure::new(Code::InvalidRequest, message));
    }
    Ok(name)
}

/// Says what was not found.
pub fn named(failure: Failure, what: &str) -> Failure {
    match failure.code {
        Code::NotFound => Failure::new(Code::NotFound, format!("{what} does not exist")),
        Code::InvalidRequest
        | Code::InvalidWorkflow
        | Code::Conflict
        | Code::Unauthorized
        | Code::Forbidden
        | Code::TooLarge
        | Code::Busy
        | Code::Timeout
        | Code::Unavailable
        | Code::Internal => failure,
    }
}
