//! Admits runs, keeps the queue and the timers, and owns every run that is not final.
//! Supervised by `root`; after a restart it finds all unfinished runs in the store again.
//! Policy for its children: a run that fails is rebuilt from its journal after a growing pause; one that keeps failing is
//! ended as failed, with the reason, so that it cannot take the house down.

mod admission;
mod retention;
mod roster;
mod timers;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::runs::{DecideItems, Run, RunStatus};
use protocol::{Code, Failure, Payload, RunId};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, SupervisionEvent};

pub use self::admission::Runs;
pub use self::roster::Counts;
use self::roster::{Live, Roster};
use self::timers::Timers;
use super::run::{Reply, RunActor, RunArguments, RunMsg, Surroundings};
use super::supervise::{RestartPolicy, Verdict};
use super::workflows::Ready;

/// A run that breaks its actor this often within a minute is not tried again.
const RUN_POLICY: RestartPolicy = RestartPolicy {
    max_restarts: 3,
    window: Duration::from_secs(60),
    backoff: Duration::from_millis(100),
    max_backoff: Duration::from_secs(5),
};
/// A run that cannot reach the database is tried again as long as it takes.
const PUT_ASIDE_POLICY: RestartPolicy = RestartPolicy {
    max_restarts: usize::MAX,
    window: Duration::from_secs(600),
    backoff: Duration::from_secs(1),
    max_backoff: Duration::from_secs(30),
};
/// How often the store is searched for unfinished runs that nobody owns.
const RECONCILE_EVERY: Duration = Duration::from_secs(60);
/// How often old runs are looked for.
const EXPIRE_EVERY: Duration = Duration::from_secs(3_600);

pub enum RunsMsg {
    /// A new run. `waiter` hears of its end, `accepted` that it is durable.
    Start {
        run_id: RunId,
        start: NewRun,
        accepted: Option<Reply>,
        waiter: Option<Reply>,
    },
    /// For a run that exists; a parked one is woken, an ended one drops the message and with it the reply.
    Deliver {
        run_id: RunId,
        order: Order,
    },
    /// The run has nothing to do but wait, and this actor of it has handled so many messages.
    Idle {
        run_id: RunId,
        actor: ActorId,
        received: u64,
    },
    WakeAt {
        run_id: RunId,
        due_at_ms: i64,
    },
    Finished {
        run_id: RunId,
        report: Box<Run>,
    },
    /// The run could not be read or written.
    PutAside {
        run_id: RunId,
        failure: Failure,
    },
    Alarm,
    Reconcile,
    /// Delete what is old enough.
    Expire,
    /// Unfinished runs as the store has them, with their status and next wake time.
    Found(Vec<(RunId, RunStatus, Option<i64>)>),
    /// It exists in the store and is to be taken up.
    Open(RunId),
    /// It could not be stored.
    Refused(RunId, Failure),
}

pub struct NewRun {
    pub ready: Arc<Ready>,
    pub inputs: BTreeMap<String, Payload>,
    pub at_ms: i64,
}

pub enum Order {
    Cancel(Reply),
    Report(Reply),
    Decide(DecideItems, Reply),
}

pub struct RunsActor;

pub struct RunsArguments {
    pub surroundings: Arc<Surroundings>,
    pub counts: Arc<Counts>,
    pub max_in_flight: usize,
    pub keep_days: u32,
}

pub struct RunsState {
    surroundings: Arc<Surroundings>,
    keep_days: u32,
    max_in_flight: usize,
    roster: Roster,
    timers: Timers,
}

impl Actor for RunsActor {
    type Msg = RunsMsg;
    type State = RunsState;
    type Arguments = RunsArguments;

    async fn pre_start(
        &self,
        myself: ActorRef<RunsMsg>,
        arguments: RunsArguments,
    ) -> Result<RunsState, ActorProcessingErr> {
        let RunsArguments { surroundings, counts, max_in_flight, keep_days } = arguments;
        myself.cast(RunsMsg::Reconcile)?;
        myself.cast(RunsMsg::Expire)?;
        let (roster, timers) = (Roster::new(counts), Timers::default());
        Ok(RunsState { surroundings, keep_days, max_in_flight, roster, timers })
    }

    async fn handle(
        &self,
        myself: ActorRef<RunsMsg>,
        message: RunsMsg,
        state: &mut RunsState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            RunsMsg::Start { run_id, start, accepted, waiter } => {
                if let Some(waiter) = waiter {
                    state.roster.wait_for(run_id.clone(), waiter);
                }
                state.start(run_id, start, accepted);
            }
            RunsMsg::Deliver { run_id, order } => state.deliver_order(run_id, order),
            RunsMsg::Idle { run_id, actor, received } => state.retire_idle(run_id, actor, received),
            RunsMsg::WakeAt { run_id, due_at_ms } => state.timers.add(&myself, due_at_ms, run_id),
            RunsMsg::Finished { run_id, report } => state.finished(&run_id, *report),
            RunsMsg::PutAside { run_id, failure } => state.put_aside(&myself, run_id, failure),
            RunsMsg::Alarm => {
                for run_id in state.timers.take_due(&myself) {
                    state.deliver(run_id, RunMsg::Timer);
                }
            }
            RunsMsg::Reconcile => {
                find_unfinished(myself.clone(), state.surroundings.clone());
                myself.send_after(RECONCILE_EVERY, || RunsMsg::Reconcile);
            }
            RunsMsg::Expire => {
                retention::spawn(state.surroundings.clone(), state.keep_days);
                myself.send_after(EXPIRE_EVERY, || RunsMsg::Expire);
            }
            RunsMsg::Found(found) => state.adopt(&myself, found),
            RunsMsg::Open(run_id) => state.open(run_id, Vec::new()),
            RunsMsg::Refused(run_id, failure) => state.forget(&run_id, failure),
        }
        state.start_queued(&myself).await;
        state.roster.publish_counts();
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum belongs to ractor")]
    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<RunsMsg>,
        event: SupervisionEvent,
        state: &mut RunsState,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorTerminated(cell, _, _) => {
                state.roster.ended(cell.get_id());
            }
            SupervisionEvent::ActorFailed(cell, error) => {
                if let Some(run_id) = state.roster.ended(cell.get_id()) {
                    state.crashed(&myself, run_id, &error.to_string());
                }
            }
            // Starts and group changes ask for nothing.
            _ => {}
        }
        state.start_queued(&myself).await;
        state.roster.publish_counts();
        Ok(())
    }
}

impl RunsState {
    fn start(&mut self, run_id: RunId, start: NewRun, accepted: Option<Reply>) {
        let queued = self.roster.live.len() >= self.max_in_flight;
        let NewRun { ready, inputs, at_ms } = start;
        if queued {
            admission::store_queued(&self.surroundings, run_id, NewRun { ready, inputs, at_ms }, accepted);
            return;
        }
        let mut messages = vec![RunMsg::Begin { ready, inputs, at_ms }];
        messages.extend(accepted.map(|reply| RunMsg::Report { reply }));
        self.roster.enqueue(run_id, messages);
    }

    /// Begins queued runs while there is room.
    async fn start_queued(&mut self, myself: &ActorRef<RunsMsg>) {
        while self.roster.live.len() < self.max_in_flight {
            let Some((run_id, messages)) = self.roster.next_queued() else {
                return;
            };
            let arguments = RunArguments { run_id: run_id.clone(), surroundings: self.surroundings.clone() };
            match RunActor::spawn_linked(None, RunActor, arguments, myself.get_cell()).await {
                Ok((actor, _)) => {
                    let delivered = messages.len() as u64;
                    for message in messages {
                        // A run that ended already reports that as an event.
                        drop(actor.cast(message));
                    }
                    self.roster.began(run_id, actor, delivered);
                }
                Err(error) => self.crashed(myself, run_id, &error.to_string()),
            }
        }
    }

    fn deliver_order(&mut self, run_id: RunId, order: Order) {
        match order {
            Order::Cancel(reply) => self.deliver(run_id, RunMsg::Cancel { reply }),
            Order::Decide(decide, reply) => self.deliver(run_id, RunMsg::Decide { decide: Box::new(decide), reply }),
            Order::Report(reply) if self.roster.live.contains_key(&run_id) => {
                self.deliver(run_id, RunMsg::Report { reply });
            }
            // Dropping the reply sends the asker to the store.
            Order::Report(_) => {}
        }
    }

    fn deliver(&mut self, run_id: RunId, message: RunMsg) {
        if let Some(live) = self.roster.live.get_mut(&run_id) {
            live.delivered += 1;
            // A run that ended meanwhile reports that as an event.
            drop(live.actor.cast(message));
        } else if let Some(messages) = self.roster.queued_mut(&run_id) {
            messages.push(message);
        } else {
            self.open(run_id, vec![message]);
        }
    }

    /// Takes a run up from its journal.
    fn open(&mut self, run_id: RunId, then: Vec<RunMsg>) {
        if self.roster.is_at_work(&run_id) {
            return;
        }
        let mut messages = vec![RunMsg::Load];
        messages.extend(then);
        self.roster.enqueue(run_id, messages);
    }

    fn retire_idle(&mut self, run_id: RunId, actor: ActorId, received: u64) {
        let is_quiet = |live: &Live| live.actor.get_id() == actor && live.delivered == received;
        let quiet = self.roster.live.get(&run_id).is_some_and(is_quiet);
        if quiet && let Some(live) = self.roster.retire(&run_id) {
            live.actor.stop(None);
            self.roster.parked.insert(run_id);
        }
    }

    fn finished(&mut self, run_id: &RunId, report: Run) {
        self.roster.retire(run_id);
        self.roster.forgive(run_id);
        self.tell_waiters(run_id, &Ok(report));
    }

    /// The run does not exist: it could not be stored in the first place.
    fn forget(&mut self, run_id: &RunId, failure: Failure) {
        self.roster.retire(run_id);
        self.roster.parked.remove(run_id);
        self.roster.forgive(run_id);
        self.tell_waiters(run_id, &Err(failure));
    }

    fn tell_waiters(&mut self, run_id: &RunId, end: &Result<Run, Failure>) {
        for waiter in self.roster.take_waiters(run_id) {
            // The asker may have stopped waiting.
            drop(waiter.send(end.clone()));
        }
    }

    /// A database that is away is waited for. What is wrong with the run itself counts as a crash of it.
    fn put_aside(&mut self, myself: &ActorRef<RunsMsg>, run_id: RunId, failure: Failure) {
        self.roster.retire(&run_id);
        match failure.code {
            Code::NotFound => {
                let message = format!("the run `{run_id}` was not stored, and does not exist");
                self.forget(&run_id, Failure::new(Code::Unavailable, message));
            }
            Code::Unavailable | Code::Busy | Code::Timeout => {
                let history = self.roster.put_aside.entry(run_id.clone()).or_default();
                let Verdict::Restart { after } = PUT_ASIDE_POLICY.decide(history, Instant::now()) else { return };
                tracing::warn!(%run_id, %failure, pause_ms = after.as_millis(), "run waits for the database");
                self.roster.parked.insert(run_id.clone());
                myself.send_after(after, move || RunsMsg::Open(run_id));
            }
            Code::InvalidRequest
            | Code::InvalidWorkflow
            | Code::Conflict
            | Code::Unauthorized
            | Code::Forbidden
            | Code::TooLarge
            | Code::Internal => self.crashed(myself, run_id, &failure.message),
        }
    }

    fn crashed(&mut self, myself: &ActorRef<RunsMsg>, run_id: RunId, error: &str) {
        tracing::error!(%run_id, %error, "run actor failed");
        let history = self.roster.crashes.entry(run_id.clone()).or_default();
        match RUN_POLICY.decide(history, Instant::now()) {
            Verdict::Restart { after } => {
                self.roster.parked.insert(run_id.clone());
                myself.send_after(after, move || RunsMsg::Open(run_id));
            }
            Verdict::GiveUp => {
                self.roster.forgive(&run_id);
                // Whoever waits asks the store.
                self.roster.take_waiters(&run_id);
                admission::end_broken(self.surroundings.clone(), run_id, error.to_owned());
            }
        }
    }

    /// Owns what the store has and nobody owns: parks what waits for a timer, takes up the rest.
    fn adopt(&mut self, myself: &ActorRef<RunsMsg>, found: Vec<(RunId, RunStatus, Option<i64>)>) {
        let mut timers = Vec::new();
        for (run_id, status, wake_at_ms) in found {
            if self.roster.knows(&run_id) {
                continue;
            }
            match (status, wake_at_ms) {
                (RunStatus::Waiting, Some(due_at_ms)) => {
                    timers.push((due_at_ms, run_id.clone()));
                    self.roster.parked.insert(run_id);
                }
                (RunStatus::NeedsAttention, _) => {
                    self.roster.parked.insert(run_id);
                }
                (RunStatus::Queued | RunStatus::Running | RunStatus::Waiting, _) => self.open(run_id, Vec::new()),
                (RunStatus::Succeeded | RunStatus::Failed | RunStatus::Cancelled, _) => {}
            }
        }
        self.timers.add_all(myself, timers);
    }
}

fn find_unfinished(me: ActorRef<RunsMsg>, surroundings: Arc<Surroundings>) {
    tokio::spawn(async move {
        let found = surroundings.db.read(|sql| store::runs::unfinished(sql)).await;
        match found {
            Ok(rows) => {
                let runs = rows.into_iter().map(|row| (row.id, row.status, row.wake_at_ms)).collect();
                // `runs` is gone only when the whole tree stops.
                drop(me.cast(RunsMsg::Found(runs)));
            }
            Err(failure) => {
                tracing::warn!(%failure, "unfinished runs could not be read; trying again in a minute")
            }
        }
    });
}
