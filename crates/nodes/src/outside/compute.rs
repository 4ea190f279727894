//! Threads for work that computes for as long as its author's program likes: jq, paths and patterns on large values.
//! Such work cannot be interrupted. So it gets a deadline, after which its caller goes on, and a bounded number of
//! threads, so that programs that never end cost these threads and no others.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use protocol::runs::NodeFailure;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

/// Deep recursion of an author's program ends at its deadline rather than at the end of its stack. Untouched stack
/// costs address space only.
const STACK_BYTES: usize = 512 << 20;

/// Cloning shares the threads.
#[derive(Clone, Debug)]
pub struct Compute {
    slots: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Worker>>>,
    deadline: Duration,
    patience: Duration,
}

type Job = Box<dyn FnOnce() + Send>;

/// A thread that does one job after the other, for as long as somebody holds this.
type Worker = mpsc::Sender<Job>;

impl Default for Compute {
    /// Four threads, so that others are served while some are stuck. Five seconds are fifty times what a large value
    /// needs, and bound the memory that a program can pile up.
    fn default() -> Self {
        Self::new(4, Duration::from_secs(5), Duration::from_secs(10))
    }
}

impl Compute {
    /// `deadline` is how long a caller waits for its work, `patience` how long for a thread before it is told `busy`.
    pub fn new(threads: usize, deadline: Duration, patience: Duration) -> Self {
        Self { slots: Arc::new(Semaphore::new(threads)), idle: Arc::default(), deadline, patience }
    }

    /// Runs `work` on one of the threads. `what` names it in failures: `busy` when no thread came free (transient),
    /// `time_limit` when the work took too long, `internal` when it panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NodeFailure> {
        let slots = self.slots.clone();
        let Ok(Ok(slot)) = timeout(self.patience, slots.acquire_owned()).await else {
            return Err(
                NodeFailure::new("busy", format!("cannot run {what}: all compute threads are taken")).transient()
            );
        };
        let no_thread = |error: &dyn std::fmt::Display| {
            NodeFailure::new("busy", format!("cannot start a thread for {what}: {error}")).transient()
        };
        let waiting = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let worker = waiting.map_or_else(start, Ok).map_err(|error| no_thread(&error))?;
        let (sender, receiver) = oneshot::channel();
        let (idle, same) = (self.idle.clone(), worker.clone());
        let job = Box::new(move || {
            let done = catch_unwind(AssertUnwindSafe(work));
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(same);
            drop(slot);
            if let Ok(done) = done {
                // Nobody listens any more when the deadline has passed.
                drop(sender.send(done));
            }
        });
        worker.send(job).map_err(|error| no_thread(&error))?;
        match timeout(self.deadline, receiver).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_)) => Err(NodeFailure::new("internal", format!("{what} panicked"))),
            Err(_) => {
                let seconds = self.deadline.as_secs_f32();
                Err(NodeFailure::new("time_limit", format!("{what} took longer than {seconds} s")))
            }
        }
    }
}

/// Not from the runtime's blocking pool: a thread that never ends there would keep the process from ending.
fn start() -> std::io::Result<Worker> {
    let (worker, jobs) = mpsc::channel::<Job>();
    let builder = std::thread::Builder::new().name("compute".to_owned()).stack_size(STACK_BYTES);
    let thread = builder.spawn(move || jobs.into_iter().for_each(|job| job()))?;
    // Dropping the handle would detach the thread; glibc before 2.37 may touch freed memory when it ends at that moment.
    std::mem::forget(thread);
    Ok(worker)
}

/// From here on, parsing or searching a value takes a millisecond: too long for a thread that serves others meanwhile.
pub const LARGE_BYTES: usize = 256 << 10;

/// Runs work on a value of `bytes` bytes: at once when it is small, else beside the runtime.
pub async fn by_size<T: Send + 'static>(
    what: &str,
    bytes: usize,
    work: impl FnOnce() -> Result<T, NodeFailure> + Send + 'static,
) -> Result<T, NodeFailure> {
    if bytes < LARGE_BYTES { work() } else { blocking(what, work).await }
}

/// Runs work that blocks or computes for a bounded time, such as reading a file, beside the runtime. `what` names it
/// in the failure `internal`, when it panics.
pub async fn blocking<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> Result<T, NodeFailure> + Send + 'static,
) -> Result<T, NodeFailure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(NodeFailure::new("internal", format!("cannot {what}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::Compute;

    #[tokio::test]
    async fn stuck_work_costs_its_own_threads_only() {
        let compute = Compute::new(1, Duration::from_millis(20), Duration::from_millis(20));
        let (release, stuck) = mpsc::channel::<()>();
        let late = compute.run("the loop", move || stuck.recv()).await.unwrap_err();
        assert_eq!((late.code.as_str(), late.transient), ("time_limit", false));
        let refused = compute.run("the next", || ()).await.unwrap_err();
        assert_eq!((refused.code.as_str(), refused.transient), ("busy", true));
        drop(release);
        let patient = Compute { patience: Duration::from_secs(60), deadline: Duration::from_secs(60), ..compute };
        assert_eq!(patient.run("the third", || 7).await, Ok(7));
    }

    #[tokio::test]
    async fn jobs_share_the_threads() {
        let compute = Compute::new(2, Duration::from_secs(60), Duration::from_secs(60));
        let jobs = (0..100).map(|_| compute.run("the work", || std::thread::current().id()));
        let threads = futures::future::try_join_all(jobs).await.unwrap();
        let different: std::collections::HashSet<_> = threads.into_iter().collect();
        assert!(different.len() <= 2, "{different:?}");
    }

    #[tokio::test]
    async fn a_panic_frees_its_thread() {
        let compute = Compute::new(1, Duration::from_secs(60), Duration::from_secs(60));
        let failure = compute.run("the work", || panic!("on purpose")).await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.message.as_str()), ("internal", "the work panicked"));
        assert_eq!(compute.run("the next", || 7).await, Ok(7));
    }
}
