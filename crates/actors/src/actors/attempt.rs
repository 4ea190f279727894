//! One attempt of one node: time limit, panic, size of the output, and the text it streams.
//! Whatever happens inside comes back as one result; nothing of it reaches the run's neighbours.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use engine::{Input, Ports};
use futures::FutureExt;
use nodes::{Context, Done, Inputs, Prepared, Reporter};
use protocol::runs::NodeFailure;
use protocol::{ItemPath, NodeId, Payload, RunId, Signal, WorkflowId};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use super::events::{Events, StreamedText};
use crate::clock::now_ms;

/// Streamed text is passed on at most this often, so that fast models do not flood the screen.
const FLUSH_EVERY: Duration = Duration::from_millis(15);
/// Streamed text kept for subscribers that come later.
const KEPT_TEXT_BYTES: usize = 1024 * 1024;

/// A running attempt; dropping it breaks it off.
pub struct Attempt {
    pub number: u32,
    /// Its start is in the journal.
    pub recorded: bool,
    running: Option<(AbortHandle, CancellationToken)>,
}

impl Attempt {
    /// Decided, and waiting for the journal to be durable.
    pub fn reserved(number: u32) -> Self {
        Self { number, recorded: true, running: None }
    }

    pub fn running(number: u32, recorded: bool, task: AbortHandle, cancelled: CancellationToken) -> Self {
        Self { number, recorded, running: Some((task, cancelled)) }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some((task, cancelled)) = self.running.take() {
            cancelled.cancel();
            task.abort();
        }
    }
}

/// A node in one pass through the regions around it.
pub type Step = (NodeId, ItemPath);

/// How an attempt ended.
pub struct Ended {
    pub step: Step,
    pub attempt: u32,
    pub started_at_ms: i64,
    pub result: Result<Done, NodeFailure>,
}

impl Ended {
    pub fn into_input(self) -> Input {
        let Self { step: (node, item), attempt, started_at_ms, result } = self;
        let at_ms = now_ms();
        match result {
            Ok(Done::Outputs { outputs, usage }) => {
                Input::NodeFinished { at_ms, node, item, attempt, started_at_ms, outputs, usage }
            }
            Ok(Done::Wait { due_at_ms, outputs }) => {
                Input::NodeWaiting { at_ms, node, item, attempt, started_at_ms, due_at_ms, outputs }
            }
            Err(failure) => Input::NodeFailed { at_ms, node, item, attempt, started_at_ms, failure },
        }
    }
}

/// Limits of one attempt.
#[derive(Clone, Copy)]
pub struct AttemptLimits {
    pub timeout: Duration,
    pub max_output_bytes: usize,
}

/// Runs the node to its end, its time limit or its panic.
pub async fn execute(
    node: Arc<dyn Prepared>,
    inputs: Ports,
    context: Context,
    limits: AttemptLimits,
) -> Result<Done, NodeFailure> {
    let work = AssertUnwindSafe(node.run(Inputs::from(inputs), &context)).catch_unwind();
    match tokio::time::timeout(limits.timeout, work).await {
        Ok(Ok(result)) => result.and_then(|done| within_size(done, limits.max_output_bytes)),
        Ok(Err(panic)) => {
            let text = panic_text(&*panic);
            tracing::error!(run_id = %context.run_id, node_id = %context.node_id, %text, "node panicked");
            Err(NodeFailure::new("panic", format!("the node broke down: {text}")))
        }
        Err(_) => {
            let millis = limits.timeout.as_millis();
            Err(NodeFailure::new("timeout", format!("no result within {millis} ms")).transient())
        }
    }
}

fn within_size(done: Done, limit: usize) -> Result<Done, NodeFailure> {
    let outputs = match &done {
        Done::Outputs { outputs, .. } | Done::Wait { outputs, .. } => outputs,
    };
    let bytes: usize = outputs.values().map(Payload::bytes).sum();
    if bytes > limit {
        let message = format!("the node returned {bytes} bytes; at most {limit} are taken");
        return Err(NodeFailure::new("too_large", message));
    }
    Ok(done)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

/// Where a text comes from.
#[derive(Clone)]
pub struct Source {
    pub run_id: RunId,
    pub workflow_id: WorkflowId,
    pub node_id: NodeId,
    pub item: ItemPath,
    pub attempt: u32,
}

/// Passes on what a node streams: keeps the whole for late subscribers, sends pieces as signals.
pub struct Stream {
    events: Events,
    source: Source,
    unsent: Mutex<Unsent>,
}

struct Unsent {
    text: String,
    /// Nothing has been left out of the kept text yet.
    is_kept_whole: bool,
    /// Characters sent before.
    offset: u64,
    last_flush: Instant,
}

impl Stream {
    pub fn new(events: Events, source: Source) -> Self {
        let unsent = Unsent { text: String::new(), is_kept_whole: true, offset: 0, last_flush: Instant::now() };
        Self { events, source, unsent: Mutex::new(unsent) }
    }

    /// Sends what is left and forgets the text: from here on the node's output tells it.
    pub fn finish(&self) {
        let mut unsent = self.unsent.lock().unwrap_or_else(PoisonError::into_inner);
        if unsent.offset == 0 && unsent.text.is_empty() {
            return;
        }
        self.flush(&mut unsent);
        self.events.streams.remove_if(&self.key(), |_, kept| kept.attempt == self.source.attempt);
    }

    fn flush(&self, unsent: &mut Unsent) {
        if unsent.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut unsent.text);
        let offset = unsent.offset;
        unsent.offset += u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
        unsent.last_flush = Instant::now();
        let mut kept = self.events.streams.entry(self.key()).or_insert_with(|| {
            let Source { workflow_id, attempt, .. } = self.source.clone();
            StreamedText { workflow_id, attempt, text: String::new() }
        });
        if kept.attempt != self.source.attempt {
            kept.attempt = self.source.attempt;
            kept.text.clear();
        }
        unsent.is_kept_whole &= kept.text.len() + text.len() <= KEPT_TEXT_BYTES;
        if unsent.is_kept_whole {
            kept.text.push_str(&text);
        }
        // The signal goes out while the entry is held: a subscriber that reads the kept text sees each piece once.
        let Source { run_id, workflow_id, node_id, item, attempt } = self.source.clone();
        self.events.signal(Signal::Text { run_id, workflow_id, node_id, item, attempt, offset, text });
    }

    fn key(&self) -> (RunId, NodeId, ItemPath) {
        (self.source.run_id.clone(), self.source.node_id.clone(), self.source.item.clone())
    }
}

impl Drop for Stream {
    /// An attempt that was broken off leaves no text behind.
    fn drop(&mut self) {
        self.finish();
    }
}

impl Reporter for Stream {
    fn text(&self, text: &str) {
        let mut unsent = self.unsent.lock().unwrap_or_else(PoisonError::into_inner);
        unsent.text.push_str(text);
        if unsent.offset == 0 || unsent.last_flush.elapsed() >= FLUSH_EVERY {
            self.flush(&mut unsent);
        }
    }

    fn progress(&self, message: &str) {
        let Source { run_id, workflow_id, node_id, item, attempt } = self.source.clone();
        let message = message.to_owned();
        self.events.signal(Signal::Progress { run_id, workflow_id, node_id, item, attempt, message });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::db::Db;

    #[test]
    fn an_attempt_that_is_broken_off_leaves_no_text_behind() {
        let events = Events::new(Db::default());
        let source = |attempt| Source {
            run_id: "r".into(),
            workflow_id: "w".into(),
            node_id: "n".into(),
            item: ItemPath::top(),
            attempt,
        };
        let first = Stream::new(events.clone(), source(1));
        first.text("one");
        assert_eq!(events.streams.iter().next().map(|kept| kept.text.clone()), Some("one".to_owned()));

        let second = Stream::new(events.clone(), source(2));
        second.text("two");
        drop(first);
        assert_eq!(events.streams.iter().next().map(|kept| kept.text.clone()), Some("two".to_owned()));
        drop(second);
        assert!(events.streams.is_empty());
    }
}
