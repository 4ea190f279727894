//! The writer thread: takes what is queued, runs it in one transaction, commits once, then tells every caller, in order.
//! While one commit is being flushed the next group collects by itself, so groups grow with the load and an idle
//! database answers after one flush.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::drivers::{Connection, Opener, Purpose, Step};
use crate::queue::{Queue, Taken};
use crate::{Error, Result, Sql};

/// Idle time after which the write-ahead log is copied into the file, so that no commit has to wait for it.
const REST_AFTER: Duration = Duration::from_secs(1);

/// Pause before the second attempt to connect; doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A piece of work with its caller. Told its outcome exactly once.
pub trait Job: Send {
    /// `work` may be called again after what it did was undone.
    fn is_repeatable(&self) -> bool;

    /// Runs the work and keeps its result. An error or a panic here undoes this job alone.
    fn work(&mut self, sql: &mut dyn Sql) -> Result<()>;

    /// `Ok`: what `work` did is durable.
    fn complete(self: Box<Self>, outcome: Result<()>);
}

type Done = Vec<(Box<dyn Job>, Result<()>)>;

pub struct Group {
    pub queue: Arc<Queue<Box<dyn Job>>>,
    pub opener: Opener,
    /// Empty after a failure that may have hurt the connection: the next group opens a new one.
    pub connection: Option<Box<dyn Connection>>,
}

impl Group {
    /// Returns when the queue is closed and empty.
    pub fn run(mut self) {
        loop {
            match self.queue.take(self.opener.options().group_jobs, REST_AFTER) {
                Taken::Items(mut jobs) => {
                    while !jobs.is_empty() {
                        self.commit(&mut jobs);
                    }
                }
                Taken::Idle => self.rest(),
                Taken::Closed => return self.rest(),
            }
        }
    }

    /// One transaction over the front of `jobs`; usually over all of them.
    fn commit(&mut self, jobs: &mut VecDeque<Box<dyn Job>>) {
        let bare = jobs.iter().all(|job| job.is_repeatable());
        let begin = if bare || jobs.len() == 1 { Step::Begin } else { Step::BeginGroup };
        let mut connection = match self.begin(begin) {
            Ok(connection) => connection,
            Err(error) => return fail(jobs.drain(..), &error),
        };
        let mut done = Done::with_capacity(jobs.len());
        let work = if bare { without_savepoints } else { with_savepoints };
        match work(connection.as_mut(), jobs, &mut done).and_then(|()| connection.step(Step::Commit)) {
            Ok(()) => {
                self.connection = Some(connection);
                done.into_iter().for_each(|(job, outcome)| complete(job, outcome));
            }
            Err(error) => {
                tracing::error!(%error, jobs = done.len(), "a commit failed; opening the database again");
                for (job, outcome) in done {
                    complete(job, outcome.and(Err(error.clone())));
                }
            }
        }
    }

    /// A connection in a new transaction. One that went away while nothing was in it is replaced without harm.
    fn begin(&mut self, step: Step) -> Result<Box<dyn Connection>> {
        if let Some(mut connection) = self.connection.take() {
            match connection.step(step) {
                Ok(()) => return Ok(connection),
                Err(error) => tracing::warn!(%error, "the connection to the database is gone; opening it again"),
            }
        }
        let mut connection = self.reconnect()?;
        connection.step(step)?;
        Ok(connection)
    }

    fn reconnect(&self) -> Result<Box<dyn Connection>> {
        let deadline = Instant::now() + self.opener.options().reconnect_within;
        let mut pause = FIRST_PAUSE;
        loop {
            match self.opener.open(Purpose::Write) {
                Ok(connection) => return Ok(connection),
                Err(error) if Instant::now() + pause > deadline => return Err(Error::Unavailable(error.to_string())),
                Err(error) => tracing::warn!(%error, "the database does not answer; trying again"),
            }
            std::thread::sleep(pause);
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    fn rest(&mut self) {
        if let Some(connection) = &mut self.connection
            && let Err(error) = connection.rest()
        {
            tracing::warn!(%error, "tidying the database while idle failed");
        }
    }
}

/// Runs repeatable jobs and moves them to `done`. As soon as one fails after it changed something, all are undone and run
/// again with savepoints between them. An error means that the transaction, and with it everything in `done`, is lost.
fn without_savepoints(
    connection: &mut dyn Connection,
    jobs: &mut VecDeque<Box<dyn Job>>,
    done: &mut Done,
) -> Result<()> {
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs.iter_mut() {
        connection.was_touched();
        let outcome = run(job.as_mut(), connection);
        if let Err(error) = &outcome
            && connection.was_touched()
        {
            let lost = if connection.is_lost() { Err(error.clone()) } else { connection.step(Step::Rollback) };
            return match lost.and_then(|()| connection.step(Step::BeginGroup)) {
                Ok(()) => with_savepoints(connection, jobs, done),
                Err(error) => {
                    done.extend(jobs.drain(..).map(|job| (job, Ok(()))));
                    Err(error)
                }
            };
        }
        outcomes.push(outcome);
    }
    done.extend(jobs.drain(..).zip(outcomes));
    Ok(())
}

/// Runs jobs one by one and moves them to `done`, undoing alone what fails. Errors as above; jobs that were not reached
/// stay in the queue.
fn with_savepoints(connection: &mut dyn Connection, jobs: &mut VecDeque<Box<dyn Job>>, done: &mut Done) -> Result<()> {
    let alone = jobs.len() == 1;
    while let Some(mut job) = jobs.pop_front() {
        let outcome = run(job.as_mut(), connection);
        let failed = outcome.as_ref().err().cloned();
        done.push((job, outcome));
        match failed {
            Some(error) if connection.is_lost() => return Err(error),
            // Nothing else is in this transaction: it is ended, and an empty one takes its place.
            Some(_) if alone => return connection.step(Step::Rollback).and_then(|()| connection.step(Step::Begin)),
            Some(_) => connection.step(Step::Undo)?,
            None if jobs.is_empty() => {}
            None => connection.step(Step::Next)?,
        }
    }
    Ok(())
}

fn run(job: &mut dyn Job, connection: &mut dyn Connection) -> Result<()> {
    catch_unwind(AssertUnwindSafe(|| job.work(as_sql(connection))))
        .unwrap_or_else(|panic| Err(Error::panicked(panic.as_ref())))
        .and_then(|()| connection.verify())
}

fn as_sql(connection: &mut dyn Connection) -> &mut dyn Sql {
    connection
}

fn fail(jobs: impl Iterator<Item = Box<dyn Job>>, error: &Error) {
    jobs.for_each(|job| complete(job, Err(error.clone())));
}

/// A caller's completion is foreign code: its panic must not end the thread that serves all others.
fn complete(job: Box<dyn Job>, outcome: Result<()>) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| job.complete(outcome))) {
        report_panic(panic.as_ref());
    }
}

fn report_panic(panic: &(dyn Any + Send)) {
    tracing::error!(error = %Error::panicked(panic), "a caller's completion panicked");
}
