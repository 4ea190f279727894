//! The one source of `seq`: takes commits, numbers their events, hands both to the writer, announces when durable.
//! Supervised by `root`; a restart reads the last number from the store. Commits in its mailbox are answered with a failure.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use dashmap::DashMap;
use protocol::{Announced, Event, EventFilter, Failure, Frame, ItemPath, NodeId, RunId, Signal, Topic, WorkflowId};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use store::Sql;
use tokio::sync::{broadcast, oneshot};

use super::db::{Db, failure_of};
use super::slot::Slot;

/// Commits kept for a subscriber that reads slowly; a slower one reads on from the store.
const KEPT_COMMITS: usize = 1_024;
/// Signals kept likewise; a slower subscriber misses some.
const KEPT_SIGNALS: usize = 4_096;

/// An event before it has its number.
#[derive(Clone, Debug)]
pub struct Draft {
    pub at_ms: i64,
    pub topics: &'static [Topic],
    pub run_id: Option<RunId>,
    pub workflow_id: Option<WorkflowId>,
    pub event: Event,
}

/// May be called again after a rollback, when another job of the same group failed.
type Writes = Box<dyn FnMut(&mut dyn Sql) -> store::Result<()> + Send>;
type Ack = Box<dyn FnOnce(Result<(), Failure>) + Send>;

/// Rows and the events that report them: durable together or not at all.
pub struct Commit {
    pub writes: Writes,
    /// About how much `writes` holds; bounds what waits for the database.
    pub bytes: usize,
    pub events: Vec<Draft>,
    /// Called once, after the commit or its failure, in the order of commits.
    pub ack: Ack,
}

pub struct EventsActor;

pub struct EventsState {
    handle: Events,
    next_seq: u64,
}

impl Actor for EventsActor {
    type Msg = Commit;
    type State = EventsState;
    type Arguments = Events;

    async fn pre_start(&self, _: ActorRef<Commit>, handle: Events) -> Result<EventsState, ActorProcessingErr> {
        let last = handle.db.write(|sql| store::events::last_seq(sql)).await?;
        handle.durable_seq.store(last, Ordering::Release);
        Ok(EventsState { handle, next_seq: last + 1 })
    }

    async fn handle(
        &self,
        _: ActorRef<Commit>,
        commit: Commit,
        state: &mut EventsState,
    ) -> Result<(), ActorProcessingErr> {
        let Commit { mut writes, bytes, events, ack } = commit;
        let writer = match state.handle.db.writer() {
            Ok(writer) => writer,
            Err(failure) => {
                ack(Err(failure));
                return Ok(());
            }
        };
        let announced = Arc::new(Together::new(number(events, &mut state.next_seq)));
        let stored = announced.clone();
        let handle = state.handle.clone();
        let permit = writer.permit(bytes).await.map_err(failure_of)?;
        let work = move |sql: &mut dyn Sql| {
            writes(sql)?;
            store::events::append(sql, &stored.events)
        };
        writer.submit_repeatable(permit, work, move |result: store::Result<()>| {
            if result.is_ok() {
                handle.announce(announced);
            }
            ack(result.map_err(failure_of));
        });
        Ok(())
    }
}

fn number(drafts: Vec<Draft>, next_seq: &mut u64) -> Vec<Announced> {
    let number = |draft: Draft| {
        let seq = *next_seq;
        *next_seq += 1;
        Announced {
            seq,
            at_ms: draft.at_ms,
            topics: draft.topics.to_vec(),
            run_id: draft.run_id,
            workflow_id: draft.workflow_id,
            event: draft.event,
        }
    };
    drafts.into_iter().map(number).collect()
}

/// The events of one commit and, once somebody asked for them, their frames' JSON: written once for all subscribers.
#[derive(Debug)]
pub struct Together {
    pub events: Vec<Announced>,
    texts: OnceLock<Vec<Arc<str>>>,
}

impl Together {
    fn new(events: Vec<Announced>) -> Self {
        Self { events, texts: OnceLock::new() }
    }

    /// One text for each event.
    pub fn texts(&self) -> &[Arc<str>] {
        let text = |one: &Announced| frame_text(&Frame::Event(one.clone()));
        self.texts.get_or_init(|| self.events.iter().map(text).collect())
    }
}

pub fn frame_text(frame: &Frame) -> Arc<str> {
    serde_json::to_string(frame).expect("frames have no non-text keys").into()
}

/// What a running attempt has streamed so far: a subscriber that comes later sees it whole.
#[derive(Clone, Debug)]
pub struct StreamedText {
    pub workflow_id: WorkflowId,
    pub attempt: u32,
    pub text: String,
}

/// What others hold of the events.
#[derive(Clone)]
pub struct Events {
    pub slot: Slot<Commit>,
    pub db: Db,
    live: broadcast::Sender<Arc<Together>>,
    signals: broadcast::Sender<Arc<Signal>>,
    pub streams: Arc<DashMap<(RunId, NodeId, ItemPath), StreamedText>>,
    durable_seq: Arc<AtomicU64>,
}

impl Events {
    pub fn new(db: Db) -> Self {
        Self {
            slot: Slot::empty("events"),
            db,
            live: broadcast::channel(KEPT_COMMITS).0,
            signals: broadcast::channel(KEPT_SIGNALS).0,
            streams: Arc::default(),
            durable_seq: Arc::default(),
        }
    }

    /// Writes and announces; the acknowledgement comes through `commit.ack` in every case.
    pub fn commit(&self, commit: Commit) {
        let Commit { writes, bytes, events, ack } = commit;
        let guarded = Guarded(Some(ack));
        let ack: Ack = Box::new(move |result| guarded.call(result));
        // A commit that no actor takes is dropped, and its guard reports that.
        drop(self.slot.cast(Commit { writes, bytes, events, ack }));
    }

    /// Writes rows and announces `events`; answers what `work` returned once all of it is durable.
    pub async fn change<T: Send + 'static>(
        &self,
        events: Vec<Draft>,
        mut work: impl FnMut(&mut dyn Sql) -> store::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let written = Arc::new(Mutex::new(None));
        let result = written.clone();
        let (ack_sender, ack) = oneshot::channel();
        self.commit(Commit {
            writes: Box::new(move |sql| {
                let value = work(sql)?;
                *written.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                Ok(())
            }),
            // Bounded by the calls under way.
            bytes: 0,
            events,
            // The caller may have gone; nobody else wants the outcome.
            ack: Box::new(move |result| drop(ack_sender.send(result))),
        });
        ack.await.map_err(|_| self.slot.missing())??;
        let value = result.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or_else(|| self.slot.missing())
    }

    pub fn signal(&self, signal: Signal) {
        // Nobody listening is normal.
        drop(self.signals.send(Arc::new(signal)));
    }

    pub fn listen(&self) -> (broadcast::Receiver<Arc<Together>>, broadcast::Receiver<Arc<Signal>>) {
        (self.live.subscribe(), self.signals.subscribe())
    }

    /// The newest event that is durable and announced.
    pub fn durable_seq(&self) -> u64 {
        self.durable_seq.load(Ordering::Acquire)
    }

    fn announce(&self, announced: Arc<Together>) {
        if let Some(last) = announced.events.last() {
            self.durable_seq.store(last.seq, Ordering::Release);
            // Nobody listening is normal.
            drop(self.live.send(announced));
        }
    }
}

/// Reports a commit that was dropped unhandled, so that no caller waits for ever.
struct Guarded(Option<Ack>);

impl Guarded {
    fn call(mut self, result: Result<(), Failure>) {
        if let Some(ack) = self.0.take() {
            ack(result);
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if let Some(ack) = self.0.take() {
            ack(Err(Failure::new(protocol::Code::Unavailable, "the change was not stored: `events` is restarting")));
        }
    }
}

/// Whether a subscriber with `filter` wants an event or signal of this run and workflow.
pub fn wanted(filter: &EventFilter, run_id: Option<&RunId>, workflow_id: Option<&WorkflowId>) -> bool {
    filter.run_id.as_ref().is_none_or(|id| run_id == Some(id))
        && filter.workflow_id.as_ref().is_none_or(|id| workflow_id == Some(id))
}
