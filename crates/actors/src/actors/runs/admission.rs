//! The door for runs: what commands hold to start, cancel and ask for them, and the writing of runs that cannot begin yet.
//! Who runs next is decided by the roster, not here.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use engine::Input;
use protocol::runs::{DecideItems, NodeFailure, Run, RunStatus, RunSummary, Usage};
use protocol::{Code, Failure, RunId, Topic};
use tokio::sync::oneshot;

use super::{Counts, NewRun, Order, RunsMsg};
use crate::actors::events::{Commit, Draft, Events};
use crate::actors::journal;
use crate::actors::run::{Reply, Surroundings};
use crate::actors::slot::Slot;
use crate::clock::now_ms;

/// What commands hold of the runs.
#[derive(Clone)]
pub struct Runs {
    slot: Slot<RunsMsg>,
    pub counts: Arc<Counts>,
    max_queued: u32,
}

impl Runs {
    pub fn new(slot: Slot<RunsMsg>, counts: Arc<Counts>, max_queued: usize) -> Self {
        Self { slot, counts, max_queued: u32::try_from(max_queued).unwrap_or(u32::MAX) }
    }

    /// Starts a run and answers once it is durable. `None` when its actor is gone: the store knows more.
    pub async fn start(&self, run_id: RunId, start: NewRun) -> Result<Option<Run>, Failure> {
        self.admit()?;
        let (accepted, answer) = oneshot::channel();
        self.slot.cast(RunsMsg::Start { run_id, start, accepted: Some(accepted), waiter: None })?;
        answer.await.ok().transpose()
    }

    /// Starts a run whose end `waiter` hears of. It becomes durable with its first boundary, at the latest with its end.
    pub fn start_and_wait(
        &self,
        run_id: RunId,
        start: NewRun,
    ) -> Result<oneshot::Receiver<Result<Run, Failure>>, Failure> {
        self.admit()?;
        let (waiter, end) = oneshot::channel();
        self.slot.cast(RunsMsg::Start { run_id, start, accepted: None, waiter: Some(waiter) })?;
        Ok(end)
    }

    /// Cancels a run; answers with it once that is durable. `None` when it had ended before.
    pub async fn cancel(&self, run_id: RunId) -> Result<Option<Run>, Failure> {
        self.order(run_id, Order::Cancel).await
    }

    /// Decides about items in quarantine; answers with the run once that is durable.
    pub async fn decide(&self, decide: DecideItems) -> Result<Option<Run>, Failure> {
        self.order(decide.id.clone(), |reply| Order::Decide(decide, reply)).await
    }

    /// The run as its actor has it, durable. `None` when it is not executing: the store knows it then.
    pub async fn report(&self, run_id: RunId) -> Result<Option<Run>, Failure> {
        self.order(run_id, Order::Report).await
    }

    async fn order(&self, run_id: RunId, order: impl FnOnce(Reply) -> Order) -> Result<Option<Run>, Failure> {
        let (reply, answer) = oneshot::channel();
        self.slot.cast(RunsMsg::Deliver { run_id, order: order(reply) })?;
        answer.await.ok().transpose()
    }

    fn admit(&self) -> Result<(), Failure> {
        let queued = self.counts.queued.load(Ordering::Relaxed);
        if queued >= self.max_queued {
            let message = format!("{queued} runs are waiting in the queue, which is the limit; try again later");
            return Err(Failure::new(Code::Busy, message));
        }
        Ok(())
    }
}

/// Makes a run durable that waits for its turn; `accepted` is answered then.
pub fn store_queued(surroundings: &Surroundings, run_id: RunId, start: NewRun, accepted: Option<Reply>) {
    let NewRun { ready, inputs, at_ms } = start;
    let run = Run {
        summary: RunSummary {
            id: run_id.clone(),
            workflow_id: ready.workflow_id.clone(),
            workflow_revision: ready.revision,
            status: RunStatus::Queued,
            created_at_ms: at_ms,
            ended_at_ms: None,
            wake_at_ms: None,
            failure: None,
            usage: Usage::default(),
        },
        inputs: inputs.clone(),
        outputs: std::collections::BTreeMap::new(),
    };
    let (entry, blobs) = journal::encode(&Input::Started { at_ms, inputs });
    let bytes = entry.bytes() + blobs.iter().map(|blob| blob.payload.bytes()).sum::<usize>();
    let row = run.clone();
    let writes = Box::new(move |sql: &mut dyn store::Sql| {
        store::workflow_versions::keep(sql, &ready.workflow_id, ready.revision, &ready.spec)?;
        store::runs::insert(sql, &row)?;
        for blob in &blobs {
            store::blobs::put(sql, &row.summary.id, &blob.sha256, blob.payload.json().as_bytes())?;
        }
        store::journal::append(sql, &row.summary.id, 0, std::slice::from_ref(&entry))
    });
    let runs = surroundings.runs.clone();
    let ack = Box::new(move |result: Result<(), Failure>| {
        let next = match &result {
            Ok(()) => RunsMsg::Open(run_id),
            Err(failure) => RunsMsg::Refused(run_id, failure.clone()),
        };
        // Without `runs` the whole tree is restarting, and its boot finds the run.
        drop(runs.cast(next));
        if let Some(reply) = accepted {
            // The asker may have stopped waiting.
            drop(reply.send(result.map(|()| run)));
        }
    });
    surroundings.events.commit(Commit { writes, bytes, events: Vec::new(), ack });
}

/// Ends a run whose actor keeps failing. Its journal stays as it is, for whoever looks into it.
pub fn end_broken(surroundings: Arc<Surroundings>, run_id: RunId, error: String) {
    tokio::spawn(async move {
        if let Err(failure) = write_broken(&surroundings.events, &run_id, &error).await {
            tracing::error!(%run_id, %failure, "a broken run could not be ended");
        }
    });
}

async fn write_broken(events: &Events, run_id: &RunId, error: &str) -> Result<(), Failure> {
    let wanted = run_id.clone();
    let run = events.db.read(move |sql| store::runs::get(sql, &wanted)).await?;
    let at_ms = now_ms();
    let outcome = store::runs::Outcome {
        status: RunStatus::Failed,
        outputs: std::collections::BTreeMap::new(),
        failure: Some(NodeFailure::new("crashed", format!("the run broke down repeatedly: {error}"))),
        usage: run.summary.usage,
        ended_at_ms: at_ms,
    };
    let finished =
        protocol::Event::RunFinished { status: outcome.status, usage: outcome.usage, failure: outcome.failure.clone() };
    let draft = Draft {
        at_ms,
        topics: &[Topic::Runs],
        run_id: Some(run_id.clone()),
        workflow_id: Some(run.summary.workflow_id),
        event: finished,
    };
    let id = run_id.clone();
    events.change(vec![draft], move |sql| store::runs::finish(sql, &id, &outcome)).await
}
