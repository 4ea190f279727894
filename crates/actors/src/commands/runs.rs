//! Runs: start, look, cancel.
//! What a run is, its journal says; here it is folded for whoever asks.

use std::time::Duration;

use engine::run::RunState as Machine;
use protocol::runs::{
    CancelRun, DecideItems, DeleteRun, DeletedRun, EventPage, GetRun, GetRunNode, ListQuarantine, ListRunEvents,
    ListRunNodes, ListRuns, NodeRunDetail, Quarantine, Run, RunList, RunNodes, RunStatus, StartRun,
};
use protocol::{Code, Event, EventFilter, Failure, RunId, Topic};
use uuid::Uuid;

use super::workflows::named;
use super::{Ctx, Handle};
use crate::actors::events::Draft;
use crate::actors::journal;
use crate::actors::run::{self, Loaded};
use crate::actors::runs::NewRun;
use crate::clock::now_ms;

/// The longest that an answer waits for the end of a run.
const MAX_WAIT_MS: u64 = 300_000;

impl Handle for StartRun {
    async fn handle(self, ctx: &Ctx) -> Result<Run, Failure> {
        let Self { workflow_id, inputs, wait_ms } = self;
        if wait_ms > MAX_WAIT_MS {
            let message = format!("`wait_ms` is {wait_ms}; at most {MAX_WAIT_MS} is possible");
            return Err(Failure::new(Code::InvalidRequest, message));
        }
        let ready = ctx.workflows.current(&workflow_id).await;
        let ready = ready.map_err(|failure| named(failure, &format!("workflow `{workflow_id}`")))?;
        ready.check_inputs(&inputs)?;
        let run_id = RunId::from(Uuid::now_v7().to_string());
        let start = NewRun { ready, inputs, at_ms: now_ms() };
        if wait_ms == 0 {
            let accepted = ctx.runs.start(run_id.clone(), start).await?;
            return or_stored(ctx, accepted, &run_id).await;
        }
        let end = ctx.runs.start_and_wait(run_id.clone(), start)?;
        if let Ok(Ok(told)) = tokio::time::timeout(Duration::from_millis(wait_ms), end).await {
            return told;
        }
        let reported = ctx.runs.report(run_id.clone()).await?;
        or_stored(ctx, reported, &run_id).await
    }
}

impl Handle for GetRun {
    async fn handle(self, ctx: &Ctx) -> Result<Run, Failure> {
        get(ctx, &self.id).await
    }
}

impl Handle for ListRuns {
    async fn handle(self, ctx: &Ctx) -> Result<RunList, Failure> {
        ctx.db.read(move |sql| store::runs::list(sql, &self)).await
    }
}

impl Handle for CancelRun {
    async fn handle(self, ctx: &Ctx) -> Result<Run, Failure> {
        let run = get(ctx, &self.id).await?;
        if run.summary.status.is_final() {
            return Ok(run);
        }
        let cancelled = ctx.runs.cancel(self.id.clone()).await?;
        let run = or_stored(ctx, cancelled, &self.id).await?;
        if !run.summary.status.is_final() {
            let message = format!("run `{}` could not be reached and goes on; try again", self.id);
            return Err(Failure::new(Code::Unavailable, message));
        }
        Ok(run)
    }
}

impl Handle for DeleteRun {
    async fn handle(self, ctx: &Ctx) -> Result<DeletedRun, Failure> {
        let run = get(ctx, &self.id).await?;
        let (id, removed) = (self.id.clone(), self.id);
        let draft = Draft {
            at_ms: now_ms(),
            topics: &[Topic::Runs],
            // Events of the run itself go with it.
            run_id: None,
            workflow_id: Some(run.summary.workflow_id),
            event: Event::RunDeleted { run_id: id.clone() },
        };
        let outcome = ctx.events.change(vec![draft], move |sql| store::runs::remove(sql, &removed)).await;
        outcome.map_err(|failure| named(failure, &format!("run `{id}`")))?;
        Ok(DeletedRun { id })
    }
}

impl Handle for ListRunEvents {
    async fn handle(self, ctx: &Ctx) -> Result<EventPage, Failure> {
        let Self { id, after_seq, limit } = self;
        get(ctx, &id).await?;
        let filter = EventFilter { run_id: Some(id), ..EventFilter::default() };
        ctx.db.read(move |sql| store::events::page(sql, &filter, after_seq, limit)).await
    }
}

impl Handle for ListRunNodes {
    async fn handle(self, ctx: &Ctx) -> Result<RunNodes, Failure> {
        Ok(RunNodes { nodes: fold(ctx, &self.id).await?.nodes() })
    }
}

impl Handle for GetRunNode {
    async fn handle(self, ctx: &Ctx) -> Result<NodeRunDetail, Failure> {
        let Self { id, node_id, item } = self;
        let Loaded { ready, row, entries } = load(ctx, &id).await?;
        let found = if row.status == RunStatus::Queued {
            Machine::new(id.clone(), ready.graph.clone()).node(&node_id, &item)
        } else {
            let told = engine::replay::node(id.clone(), ready.graph.clone(), entries, (&node_id, &item));
            told.map_err(|error| journal::unreadable(&id, &error))?
        };
        found.ok_or_else(|| {
            let of_item = if item.is_top() { String::new() } else { format!(" in item {item}") };
            Failure::new(Code::NotFound, format!("run `{id}` has no node `{node_id}`{of_item}"))
        })
    }
}

impl Handle for ListQuarantine {
    async fn handle(self, ctx: &Ctx) -> Result<Quarantine, Failure> {
        Ok(Quarantine { items: fold(ctx, &self.id).await?.quarantine() })
    }
}

impl Handle for DecideItems {
    async fn handle(self, ctx: &Ctx) -> Result<Run, Failure> {
        let run = get(ctx, &self.id).await?;
        if run.summary.status.is_final() {
            let message = format!("run `{}` has ended, and holds nothing in quarantine", self.id);
            return Err(Failure::new(Code::Conflict, message));
        }
        let id = self.id.clone();
        let told = ctx.runs.decide(self).await?;
        told.ok_or_else(|| {
            Failure::new(Code::Unavailable, format!("run `{id}` could not be reached; look at it and try again"))
        })
    }
}

async fn get(ctx: &Ctx, id: &RunId) -> Result<Run, Failure> {
    let wanted = id.clone();
    let found = ctx.db.read(move |sql| store::runs::get(sql, &wanted)).await;
    found.map_err(|failure| named(failure, &format!("run `{id}`")))
}

/// A run whose actor is gone is told by the store.
async fn or_stored(ctx: &Ctx, told: Option<Run>, id: &RunId) -> Result<Run, Failure> {
    match told {
        Some(run) => Ok(run),
        None => get(ctx, id).await,
    }
}

async fn load(ctx: &Ctx, id: &RunId) -> Result<Loaded, Failure> {
    let loaded = run::load(id, &ctx.surroundings).await;
    loaded.map_err(|failure| named(failure, &format!("run `{id}`")))
}

/// The run's state as its journal tells it.
async fn fold(ctx: &Ctx, id: &RunId) -> Result<Machine, Failure> {
    let Loaded { ready, row, entries } = load(ctx, id).await?;
    if row.status == RunStatus::Queued {
        return Ok(Machine::new(id.clone(), ready.graph.clone()));
    }
    engine::replay::replay(id.clone(), ready.graph.clone(), entries).map_err(|error| journal::unreadable(id, &error))
}
