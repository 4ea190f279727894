//! The way to write: closures are queued for the writer thread and share its commits.
//! A permit is taken before anything is queued; that bounds the memory behind the queue and is the back-pressure.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::group::Job;
use crate::queue::Queue;
use crate::{Error, Options, Result, Sql};

/// What one permit covers.
const BYTES_PER_PERMIT: usize = 2_048;

/// A cheap handle; all clones share one queue.
#[derive(Clone)]
pub struct Writer {
    queue: Arc<Queue<Box<dyn Job>>>,
    permits: Arc<Semaphore>,
    /// No single job may need more than there are.
    permit_count: u32,
}

/// The right to queue one job, given back when the job is complete.
pub struct Permit {
    _held: OwnedSemaphorePermit,
}

impl Writer {
    pub(crate) fn new(queue: Arc<Queue<Box<dyn Job>>>, options: &Options) -> Self {
        let permits = Arc::new(Semaphore::new(options.write_permits as usize));
        Self { queue, permits, permit_count: options.write_permits }
    }

    /// Runs `work` inside the next group commit and resolves when that commit is durable. On an error nothing of
    /// `work` is stored; after `Unavailable` the outcome may be unknown. Dropping the future once the work is
    /// queued does not take it back.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Sql) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = self.permit(0).await?;
        let (sender, receiver) = oneshot::channel();
        self.submit(permit, work, move |outcome| {
            // The caller may have gone; nobody else wants the outcome.
            drop(sender.send(outcome));
        });
        receiver.await.unwrap_or_else(|_| Err(Error::closed()))
    }

    /// Waits for the right to queue a job that holds about `bytes` of content.
    pub async fn permit(&self, bytes: usize) -> Result<Permit> {
        match Arc::clone(&self.permits).acquire_many_owned(self.weight(bytes)).await {
            Ok(held) => Ok(Permit { _held: held }),
            Err(_) => Err(Error::closed()),
        }
    }

    /// Queues `work` without waiting. `on_durable` is called exactly once, on the writer thread, after the commit.
    /// Jobs run, and their completions are called, in the order of queueing. It must be quick and must not block.
    pub fn submit<T: Send + 'static>(
        &self,
        permit: Permit,
        work: impl FnOnce(&mut dyn Sql) -> Result<T> + Send + 'static,
        on_durable: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        self.queue(permit, Once(Some(work)), on_durable);
    }

    /// As `submit`, for work that may be run again after its changes were undone. A group of only such jobs needs no
    /// savepoints. SQLite copies each page aside that changes after one, which makes up half the cost of a job of one row
    /// (11 instead of 6 µs); PostgreSQL answers each with a round trip.
    pub fn submit_repeatable<T: Send + 'static>(
        &self,
        permit: Permit,
        work: impl FnMut(&mut dyn Sql) -> Result<T> + Send + 'static,
        on_durable: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        self.queue(permit, Repeatable(work), on_durable);
    }

    pub(crate) fn close(&self) {
        self.permits.close();
        self.queue.close();
    }

    fn queue<T, Body, OnDurable>(&self, permit: Permit, body: Body, on_durable: OnDurable)
    where
        T: Send + 'static,
        Body: Work<T> + 'static,
        OnDurable: FnOnce(Result<T>) + Send + 'static,
    {
        let job = Closures { body, result: None, on_durable: Some(on_durable), _permit: permit };
        if let Err(job) = self.queue.push(Box::new(job)) {
            job.complete(Err(Error::closed()));
        }
    }

    fn weight(&self, bytes: usize) -> u32 {
        let permits = u32::try_from(bytes / BYTES_PER_PERMIT).unwrap_or(u32::MAX);
        permits.saturating_add(1).min(self.permit_count)
    }
}

/// What a job does, once or several times.
trait Work<T>: Send {
    const IS_REPEATABLE: bool;

    fn run(&mut self, sql: &mut dyn Sql) -> Result<T>;
}

struct Once<Body>(Option<Body>);
struct Repeatable<Body>(Body);

impl<T, Body: FnOnce(&mut dyn Sql) -> Result<T> + Send> Work<T> for Once<Body> {
    const IS_REPEATABLE: bool = false;

    fn run(&mut self, sql: &mut dyn Sql) -> Result<T> {
        let body = self.0.take().expect("a group repeats only jobs that all are repeatable");
        body(sql)
    }
}

impl<T, Body: FnMut(&mut dyn Sql) -> Result<T> + Send> Work<T> for Repeatable<Body> {
    const IS_REPEATABLE: bool = true;

    fn run(&mut self, sql: &mut dyn Sql) -> Result<T> {
        (self.0)(sql)
    }
}

struct Closures<T, Body, OnDurable: FnOnce(Result<T>)> {
    body: Body,
    result: Option<T>,
    on_durable: Option<OnDurable>,
    _permit: Permit,
}

impl<T, Body, OnDurable> Job for Closures<T, Body, OnDurable>
where
    T: Send,
    Body: Work<T>,
    OnDurable: FnOnce(Result<T>) + Send,
{
    fn is_repeatable(&self) -> bool {
        Body::IS_REPEATABLE
    }

    fn work(&mut self, sql: &mut dyn Sql) -> Result<()> {
        self.result = Some(self.body.run(sql)?);
        Ok(())
    }

    fn complete(mut self: Box<Self>, outcome: Result<()>) {
        let result = outcome.and_then(|()| self.result.take().ok_or_else(Error::closed));
        if let Some(on_durable) = self.on_durable.take() {
            on_durable(result);
        }
    }
}

impl<T, Body, OnDurable: FnOnce(Result<T>)> Drop for Closures<T, Body, OnDurable> {
    /// A job that was dropped on the way still owes its caller an answer.
    fn drop(&mut self) {
        if let Some(on_durable) = self.on_durable.take() {
            on_durable(Err(Error::closed()));
        }
    }
}
