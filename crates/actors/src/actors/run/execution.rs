//! Steps the engine, enters what happened into the book, and carries out effects once what they depend on is durable.
//! The rule: nothing but a pure step begins, and nothing is told, before the journal up to it is on disk.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::run::{RunState as Machine, idempotency_key};
use engine::{Effect, Input, StartNode};
use futures::FutureExt;
use nodes::Context;
use protocol::nodes::ReplayClass;
use protocol::runs::RunStatus;
use protocol::{Event, Failure, Payload, RunId};
use ractor::{ActorProcessingErr, ActorRef};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use super::book::Book;
use super::load::{self, Loaded};
use super::{Reply, RunMsg, Surroundings, decisions};
use crate::actors::attempt::{self, Attempt, AttemptLimits, Ended, Source, Step, Stream};
use crate::actors::journal;
use crate::actors::runs::RunsMsg;
use crate::actors::workflows::Ready;
use crate::clock::now_ms;

/// Pure steps are journaled with the next boundary; when none comes for this long, they are journaled by themselves,
/// so that the screen and a later recovery see where a slow run is.
const LINGER: Duration = Duration::from_millis(5);

/// How long a run does quick steps itself before the next goes to a task of its own: its next message waits meanwhile.
const AT_ONCE: Duration = Duration::from_millis(2);

/// Who we are: the actor, the run, the house around.
pub type Place = (ActorRef<RunMsg>, RunId, Arc<Surroundings>);

/// What waits for a commit to be durable.
enum After {
    Start(StartNode),
    WakeAt(i64),
    Report(Reply),
    Finished,
}

pub struct Execution {
    me: ActorRef<RunMsg>,
    run_id: RunId,
    surroundings: Arc<Surroundings>,
    ready: Arc<Ready>,
    machine: Machine,
    book: Book,
    attempts: HashMap<Step, Attempt>,
    /// Attempts that ended as soon as they began, still to be entered.
    at_once: VecDeque<Ended>,
    /// Set by the first step done at once for a message: until then others are.
    at_once_until: Option<Instant>,
    /// Waits for what is unwritten.
    after: Vec<After>,
    /// Commits under way, oldest first, with what waits for each.
    commits: VecDeque<Vec<After>>,
    linger: Option<Linger>,
    /// `runs` has been told that the run is over or put aside.
    left: bool,
}

struct Linger(AbortHandle);

impl Drop for Linger {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Execution {
    pub fn begin(place: Place, ready: Arc<Ready>, inputs: BTreeMap<String, Payload>, at_ms: i64) -> Self {
        let machine = Machine::new(place.1.clone(), ready.graph.clone());
        let book = Book::of_new(place.1.clone(), &ready, at_ms);
        let mut execution = Self::new(place, ready, machine, book);
        execution.announce_start(at_ms);
        execution.apply(Input::Started { at_ms, inputs });
        execution
    }

    /// Goes on where the journal ends.
    pub fn take_up(place: Place, loaded: Loaded) -> Result<Self, ActorProcessingErr> {
        let Loaded { ready, row, mut entries } = loaded;
        let book = Book::of_stored(&row, entries.len());
        if entries.len() == 1 {
            // Accepted, and nothing else durable: it begins like a new one.
            let machine = Machine::new(place.1.clone(), ready.graph.clone());
            let mut execution = Self::new(place, ready, machine, book);
            let started = entries.remove(0);
            if row.status == RunStatus::Queued {
                execution.announce_start(now_ms());
            }
            let effects = execution.machine.step(&started);
            execution.carry_out(started.at_ms(), effects);
            return Ok(execution);
        }
        let machine = engine::replay::replay(place.1.clone(), ready.graph.clone(), entries)
            .map_err(|error| journal::unreadable(&place.1, &error))?;
        let mut execution = Self::new(place, ready, machine, book);
        if execution.machine.is_idle() {
            let timers = execution.machine.timers();
            execution.after.extend(timers.into_iter().map(|(.., due_at_ms)| After::WakeAt(due_at_ms)));
        } else {
            execution.apply(Input::Resumed { at_ms: now_ms() });
        }
        Ok(execution)
    }

    fn new(place: Place, ready: Arc<Ready>, machine: Machine, book: Book) -> Self {
        let (me, run_id, surroundings) = place;
        Self {
            me,
            run_id,
            surroundings,
            ready,
            machine,
            book,
            attempts: HashMap::new(),
            at_once: VecDeque::new(),
            at_once_until: None,
            after: Vec::new(),
            commits: VecDeque::new(),
            linger: None,
            left: false,
        }
    }

    fn announce_start(&mut self, at_ms: i64) {
        let workflow_revision = self.ready.revision;
        self.book.announce(at_ms, Event::RunStarted { workflow_revision });
    }

    pub fn take(&mut self, message: RunMsg) {
        match message {
            RunMsg::NodeEnded(ended) => {
                self.forget(&ended.step, ended.attempt);
                self.apply(ended.into_input());
            }
            RunMsg::Durable(Ok(())) => self.durable(),
            RunMsg::Durable(Err(failure)) => self.put_aside(failure),
            RunMsg::Linger => self.lingered(),
            RunMsg::Timer => {
                let now = now_ms();
                let (due, later): (Vec<_>, Vec<_>) =
                    self.machine.timers().into_iter().partition(|(.., due_at_ms)| *due_at_ms <= now);
                if let Some(due_at_ms) = later.into_iter().map(|(.., due_at_ms)| due_at_ms).min() {
                    self.tell(RunsMsg::WakeAt { run_id: self.run_id.clone(), due_at_ms });
                }
                for (node, item, _) in due {
                    self.apply(Input::TimerFired { at_ms: now, node, item });
                }
            }
            RunMsg::Cancel { reply } => {
                self.apply(Input::Cancelled { at_ms: now_ms() });
                self.after.push(After::Report(reply));
            }
            RunMsg::Decide { decide, reply } => match decisions::inputs(&self.machine, &decide, now_ms()) {
                Ok(inputs) => {
                    inputs.into_iter().for_each(|input| self.apply(input));
                    self.after.push(After::Report(reply));
                }
                // Nobody waits for the answer any more when this fails.
                Err(failure) => drop(reply.send(Err(failure))),
            },
            RunMsg::Report { reply } => self.after.push(After::Report(reply)),
            RunMsg::Begin { .. } | RunMsg::Load | RunMsg::Loaded(_) => {
                tracing::error!(run_id = %self.run_id, "a run under way was told to begin");
            }
        }
    }

    /// After each message: enters what ended at once, writes what has to be written, and leaves when there is nothing to do
    /// but wait.
    pub fn settle(&mut self, received: u64) {
        while let Some(ended) = self.at_once.pop_front() {
            self.apply(ended.into_input());
        }
        self.at_once_until = None;
        if self.left {
            return;
        }
        if !self.after.is_empty() {
            self.commit();
        } else if self.book.has_unwritten() || self.attempts.values().any(|attempt| !attempt.recorded) {
            self.arm_linger();
        }
        let nothing_pending = self.attempts.is_empty() && self.commits.is_empty() && !self.book.has_unwritten();
        if !nothing_pending {
            return;
        }
        if self.machine.outcome().is_some() {
            // It had ended before it was taken up.
            self.finish();
        } else if self.machine.is_idle() {
            self.tell(RunsMsg::Idle { run_id: self.run_id.clone(), actor: self.me.get_id(), received });
        }
    }

    /// Enters `input` and does what follows from it; an input that no longer counts is dropped.
    fn apply(&mut self, input: Input) {
        if self.left || !self.machine.accepts(&input) {
            return;
        }
        let at_ms = input.at_ms();
        let effects = self.machine.step(&input);
        self.book.enter(input);
        self.carry_out(at_ms, effects);
    }

    fn carry_out(&mut self, at_ms: i64, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::StartNode(start) if start.replay == ReplayClass::Pure => self.start(start, false),
                Effect::StartNode(start) => {
                    let (node, item, attempt) = (start.node.clone(), start.item.clone(), start.attempt);
                    self.attempts.insert((node.clone(), item.clone()), Attempt::reserved(attempt));
                    self.apply(Input::NodeStarted { at_ms, node, item, attempt });
                    self.after.push(After::Start(start));
                }
                Effect::StopNode { node, item, attempt } => self.forget(&(node, item), attempt),
                Effect::StartTimer { due_at_ms, .. } => self.after.push(After::WakeAt(due_at_ms)),
                Effect::Announce(event) => self.book.announce(at_ms, event),
                Effect::Finish(_) => self.after.push(After::Finished),
            }
        }
    }

    /// Breaks the attempt off if it still runs. Another attempt of the same node goes on.
    fn forget(&mut self, step: &Step, attempt: u32) {
        if self.attempts.get(step).is_some_and(|held| held.number == attempt) {
            self.attempts.remove(step);
        }
    }

    fn start(&mut self, start: StartNode, recorded: bool) {
        let StartNode { node, item, attempt, inputs, scope, timeout_ms, .. } = start;
        let prepared = self.ready.nodes.get(&node).expect("every node of a graph is prepared with it").clone();
        let place = Source {
            run_id: self.run_id.clone(),
            workflow_id: self.book.workflow_id.clone(),
            node_id: node.clone(),
            item: item.clone(),
            attempt,
        };
        let stream = Arc::new(Stream::new(self.surroundings.events.clone(), place));
        let cancelled = CancellationToken::new();
        let started_at_ms = now_ms();
        let context = Context {
            run_id: self.run_id.clone(),
            workflow_id: self.book.workflow_id.clone(),
            node_id: node.clone(),
            attempt,
            key: idempotency_key(&self.run_id, &node, &item),
            now_ms: started_at_ms,
            scope,
            outside: self.surroundings.outside.clone(),
            reporter: stream.clone(),
            cancelled: cancelled.clone(),
        };
        let mut limits: AttemptLimits = self.surroundings.limits;
        limits.timeout = timeout_ms.map_or(limits.timeout, Duration::from_millis);
        let (me, step) = (self.me.clone(), (node, item));
        let ended_step = step.clone();
        let mut work = Box::pin(async move {
            let result = attempt::execute(prepared, inputs, context, limits).await;
            stream.finish();
            Ended { step: ended_step, attempt, started_at_ms, result }
        });
        let until = *self.at_once_until.get_or_insert_with(|| Instant::now() + AT_ONCE);
        let may_end_at_once = !recorded && Instant::now() < until;
        if may_end_at_once && let Some(ended) = (&mut work).now_or_never() {
            self.at_once.push_back(ended);
            return;
        }
        // The run is gone only when the attempt no longer counts.
        let task = tokio::spawn(async move { drop(me.cast(RunMsg::NodeEnded(Box::new(work.await)))) });
        self.attempts.insert(step, Attempt::running(attempt, recorded, task.abort_handle(), cancelled));
    }

    fn commit(&mut self) {
        let me = self.me.clone();
        // The run is gone only when it gave up on this commit.
        let ack = move |result| drop(me.cast(RunMsg::Durable(result)));
        let commit = self.book.close(&self.machine, &self.ready, ack);
        self.commits.push_back(std::mem::take(&mut self.after));
        self.linger = None;
        self.surroundings.events.commit(commit);
    }

    fn durable(&mut self) {
        self.ready.set_pinned();
        for after in self.commits.pop_front().unwrap_or_default() {
            match after {
                After::Start(start) => {
                    let step = (start.node.clone(), start.item.clone());
                    let reserved = self.attempts.get(&step).is_some_and(|held| held.number == start.attempt);
                    if reserved {
                        self.start(start, true);
                    }
                }
                After::WakeAt(due_at_ms) => self.tell(RunsMsg::WakeAt { run_id: self.run_id.clone(), due_at_ms }),
                // Nobody waits for the answer any more when this fails.
                After::Report(reply) => drop(reply.send(Ok(self.book.report(&self.machine)))),
                After::Finished => self.finish(),
            }
        }
    }

    /// Nothing follows the end: what is still asked for can be answered now.
    fn finish(&mut self) {
        self.left = true;
        let report = self.book.report(&self.machine);
        let asked = self.commits.drain(..).flatten().chain(self.after.drain(..));
        for after in asked {
            if let After::Report(reply) = after {
                // Nobody waits for the answer any more when this fails.
                drop(reply.send(Ok(report.clone())));
            }
        }
        self.tell(RunsMsg::Finished { run_id: self.run_id.clone(), report: Box::new(report) });
        self.me.stop(None);
    }

    fn lingered(&mut self) {
        self.linger = None;
        let now = now_ms();
        let unrecorded: Vec<(Step, u32)> = self
            .attempts
            .iter_mut()
            .filter(|(_, attempt)| !attempt.recorded)
            .map(|(step, attempt)| {
                attempt.recorded = true;
                (step.clone(), attempt.number)
            })
            .collect();
        for ((node, item), attempt) in unrecorded {
            self.apply(Input::NodeStarted { at_ms: now, node, item, attempt });
        }
        if self.book.has_unwritten() {
            self.commit();
        }
    }

    fn arm_linger(&mut self) {
        if self.linger.is_none() {
            let timer = self.me.send_after(LINGER, || RunMsg::Linger);
            self.linger = Some(Linger(timer.abort_handle()));
        }
    }

    fn put_aside(&mut self, failure: Failure) {
        if !self.left {
            self.left = true;
            self.attempts.clear();
            let asked = self.commits.drain(..).flatten().chain(self.after.drain(..));
            for after in asked {
                if let After::Report(reply) = after {
                    // Nobody waits for the answer any more when this fails.
                    drop(reply.send(Err(failure.clone())));
                }
            }
            load::give_back(&self.me, &self.run_id, &self.surroundings, failure);
        }
    }

    fn tell(&self, message: RunsMsg) {
        // Without `runs` the whole tree is restarting, and its boot finds the run again.
        drop(self.surroundings.runs.cast(message));
    }
}
