//! Who is where: runs that execute, runs in the queue, runs that are parked.
//! Each unfinished run is in exactly one place.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use protocol::RunId;
use ractor::{ActorId, ActorRef};

use crate::actors::run::{Reply, RunMsg};
use crate::actors::supervise::History;

pub struct Live {
    pub actor: ActorRef<RunMsg>,
    /// Messages sent to it; when it has handled as many and is idle, nothing is on the way and it may retire.
    pub delivered: u64,
}

#[derive(Default)]
pub struct Roster {
    pub live: HashMap<RunId, Live>,
    by_actor: HashMap<ActorId, RunId>,
    queue: VecDeque<RunId>,
    /// What a queued run is told once it begins; the first message begins it.
    queued: HashMap<RunId, Vec<RunMsg>>,
    pub parked: HashSet<RunId>,
    /// Who wants to hear of the end.
    waiters: HashMap<RunId, Vec<Reply>>,
    pub crashes: HashMap<RunId, History>,
    /// How often a run could not reach the database.
    pub put_aside: HashMap<RunId, History>,
    counts: Arc<Counts>,
}

/// The same as numbers, for health.
#[derive(Default)]
pub struct Counts {
    pub live: AtomicU32,
    pub queued: AtomicU32,
    pub parked: AtomicU32,
}

impl Roster {
    pub fn new(counts: Arc<Counts>) -> Self {
        Self { counts, ..Self::default() }
    }

    pub fn knows(&self, run_id: &RunId) -> bool {
        self.is_at_work(run_id) || self.parked.contains(run_id)
    }

    /// It executes, or will as soon as there is room.
    pub fn is_at_work(&self, run_id: &RunId) -> bool {
        self.live.contains_key(run_id) || self.queued.contains_key(run_id)
    }

    pub fn began(&mut self, run_id: RunId, actor: ActorRef<RunMsg>, delivered: u64) {
        self.by_actor.insert(actor.get_id(), run_id.clone());
        self.live.insert(run_id, Live { actor, delivered });
    }

    /// The actor is gone; the run it had, if that still counted.
    pub fn ended(&mut self, actor: ActorId) -> Option<RunId> {
        let run_id = self.by_actor.remove(&actor)?;
        let was_live = self.live.get(&run_id).is_some_and(|live| live.actor.get_id() == actor);
        was_live.then(|| {
            self.live.remove(&run_id);
            run_id
        })
    }

    /// Takes the run out of the live ones; its actor may still be ending.
    pub fn retire(&mut self, run_id: &RunId) -> Option<Live> {
        self.live.remove(run_id)
    }

    pub fn enqueue(&mut self, run_id: RunId, messages: Vec<RunMsg>) {
        self.parked.remove(&run_id);
        self.queue.push_back(run_id.clone());
        self.queued.insert(run_id, messages);
    }

    /// The messages that wait for a queued run.
    pub fn queued_mut(&mut self, run_id: &RunId) -> Option<&mut Vec<RunMsg>> {
        self.queued.get_mut(run_id)
    }

    pub fn next_queued(&mut self) -> Option<(RunId, Vec<RunMsg>)> {
        let run_id = self.queue.pop_front()?;
        let messages = self.queued.remove(&run_id).unwrap_or_default();
        Some((run_id, messages))
    }

    /// Its troubles are over.
    pub fn forgive(&mut self, run_id: &RunId) {
        self.crashes.remove(run_id);
        self.put_aside.remove(run_id);
    }

    pub fn wait_for(&mut self, run_id: RunId, waiter: Reply) {
        self.waiters.entry(run_id).or_default().push(waiter);
    }

    pub fn take_waiters(&mut self, run_id: &RunId) -> Vec<Reply> {
        self.waiters.remove(run_id).unwrap_or_default()
    }

    pub fn publish_counts(&self) {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        self.counts.live.store(number(self.live.len()), Ordering::Relaxed);
        self.counts.queued.store(number(self.queue.len()), Ordering::Relaxed);
        self.counts.parked.store(number(self.parked.len()), Ordering::Relaxed);
    }
}
