//! What a run has to write: journal entries, its row, the events that report them; all of it in one commit.
//! Collects; the commit itself happens in the database actor.

use std::sync::Arc;

use engine::Input;
use engine::run::RunState as Machine;
use protocol::runs::{Run, RunStatus, RunSummary};
use protocol::{Event, Failure, Payload, RunId, Topic, WorkflowId};
use store::Sql;

use crate::actors::events::{Commit, Draft};
use crate::actors::journal::{self, Blob};
use crate::actors::workflows::Ready;

const RUN_TOPICS: &[Topic] = &[Topic::Runs];

pub struct Book {
    pub run_id: RunId,
    pub workflow_id: WorkflowId,
    pub revision: u64,
    pub created_at_ms: i64,
    ended_at_ms: Option<i64>,
    /// Index of the next journal entry.
    next_index: u64,
    entries: Vec<Input>,
    events: Vec<Draft>,
    /// Status and wake time as the store has them; empty before the first commit.
    stored: Option<(RunStatus, Option<i64>)>,
}

impl Book {
    pub fn of_new(run_id: RunId, ready: &Ready, created_at_ms: i64) -> Self {
        Self {
            run_id,
            workflow_id: ready.workflow_id.clone(),
            revision: ready.revision,
            created_at_ms,
            ended_at_ms: None,
            next_index: 0,
            entries: Vec::new(),
            events: Vec::new(),
            stored: None,
        }
    }

    pub fn of_stored(row: &RunSummary, entries: usize) -> Self {
        Self {
            run_id: row.id.clone(),
            workflow_id: row.workflow_id.clone(),
            revision: row.workflow_revision,
            created_at_ms: row.created_at_ms,
            ended_at_ms: row.ended_at_ms,
            next_index: entries as u64,
            entries: Vec::new(),
            events: Vec::new(),
            stored: Some((row.status, row.wake_at_ms)),
        }
    }

    pub fn enter(&mut self, input: Input) {
        self.entries.push(input);
    }

    pub fn announce(&mut self, at_ms: i64, event: Event) {
        if matches!(event, Event::RunFinished { .. }) {
            self.ended_at_ms = Some(at_ms);
        }
        self.events.push(Draft {
            at_ms,
            topics: RUN_TOPICS,
            run_id: Some(self.run_id.clone()),
            workflow_id: Some(self.workflow_id.clone()),
            event,
        });
    }

    pub fn has_unwritten(&self) -> bool {
        !self.entries.is_empty() || !self.events.is_empty()
    }

    /// The run as its row tells it.
    pub fn summary(&self, machine: &Machine) -> RunSummary {
        let status = machine.status();
        RunSummary {
            id: self.run_id.clone(),
            workflow_id: self.workflow_id.clone(),
            workflow_revision: self.revision,
            status,
            created_at_ms: self.created_at_ms,
            ended_at_ms: self.ended_at_ms,
            wake_at_ms: machine.timers().into_iter().map(|(.., due)| due).min(),
            failure: machine.outcome().and_then(|outcome| outcome.failure.clone()),
            usage: machine.usage(),
        }
    }

    pub fn report(&self, machine: &Machine) -> Run {
        let outputs = machine.outcome().map(|outcome| outcome.outputs.clone());
        Run { summary: self.summary(machine), inputs: machine.inputs().clone(), outputs: outputs.unwrap_or_default() }
    }

    /// Takes what is unwritten as one commit.
    pub fn close(
        &mut self,
        machine: &Machine,
        ready: &Arc<Ready>,
        ack: impl FnOnce(Result<(), Failure>) + Send + 'static,
    ) -> Commit {
        let mut texts = Vec::with_capacity(self.entries.len());
        let mut blobs: Vec<Blob> = Vec::new();
        for input in self.entries.drain(..) {
            let (text, beside) = journal::encode(&input);
            texts.push(text);
            blobs.extend(beside);
        }
        let beside: usize = blobs.iter().map(|blob| blob.payload.bytes()).sum();
        let bytes = beside + texts.iter().map(Payload::bytes).sum::<usize>();
        let first_index = self.next_index;
        self.next_index += texts.len() as u64;
        let run = self.report(machine);
        let state = (run.summary.status, run.summary.wake_at_ms);
        let known = self.stored.replace(state);
        let pin = (!ready.is_pinned()).then(|| ready.clone());
        let writes = move |sql: &mut dyn Sql| {
            let id = &run.summary.id;
            if known.is_none() {
                if let Some(ready) = &pin {
                    store::workflow_versions::keep(sql, &ready.workflow_id, ready.revision, &ready.spec)?;
                }
                store::runs::insert(sql, &run)?;
            } else if known != Some(state) {
                write_state(sql, &run)?;
            }
            for blob in &blobs {
                store::blobs::put(sql, id, &blob.sha256, blob.payload.json().as_bytes())?;
            }
            store::journal::append(sql, id, first_index, &texts)
        };
        let events = std::mem::take(&mut self.events);
        Commit { writes: Box::new(writes), bytes, events, ack: Box::new(ack) }
    }
}

fn write_state(sql: &mut dyn Sql, run: &Run) -> store::Result<()> {
    let summary = &run.summary;
    match summary.ended_at_ms {
        Some(ended_at_ms) => {
            let outcome = store::runs::Outcome {
                status: summary.status,
                outputs: run.outputs.clone(),
                failure: summary.failure.clone(),
                usage: summary.usage,
                ended_at_ms,
            };
            store::runs::finish(sql, &summary.id, &outcome)
        }
        None => store::runs::set_status(sql, &summary.id, summary.status, summary.wake_at_ms),
    }
}
