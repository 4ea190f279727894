//! One subscriber's view of the stream: replayed from the store, then live, without a gap and without doubles.
//! One that reads too slowly is told `lagged` and reads on from the store; its memory stays bounded.

use std::collections::VecDeque;
use std::sync::Arc;

use protocol::{EventFilter, Failure, Frame, Signal};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::actors::events::{Events, Together, frame_text, wanted};

/// Events read from the store at once.
const PAGE: u32 = 500;

pub struct Subscription {
    events: Events,
    filter: EventFilter,
    live: Receiver<Arc<Together>>,
    signals: Receiver<Arc<Signal>>,
    /// Everything up to here was handed out or filtered.
    last_seq: u64,
    /// The store has to be read before live events count.
    replaying: bool,
    waiting: VecDeque<Arc<str>>,
}

impl Subscription {
    pub(super) fn new(events: Events, filter: EventFilter) -> Self {
        // Listening begins before the position is read, so nothing falls between.
        let (live, signals) = events.listen();
        let durable = events.durable_seq();
        let mut waiting = VecDeque::from([frame_text(&Frame::Ready { seq: durable })]);
        if filter.signals {
            waiting.extend(streamed_so_far(&events, &filter));
        }
        let last_seq = filter.after_seq.unwrap_or(durable);
        let replaying = last_seq < durable;
        Self { events, filter, live, signals, last_seq, replaying, waiting }
    }

    /// The next frame as JSON. `None` when the tree has ended.
    pub async fn next(&mut self) -> Option<Arc<str>> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                return Some(frame);
            }
            if self.replaying {
                if let Err(failure) = self.replay().await {
                    tracing::warn!(%failure, "a subscriber could not be served from the store");
                    return None;
                }
                continue;
            }
            tokio::select! {
                biased;
                commit = self.live.recv() => match commit {
                    Ok(together) => self.take(&together),
                    Err(RecvError::Lagged(_)) => {
                        self.waiting.push_back(frame_text(&Frame::Lagged { after_seq: self.last_seq }));
                        self.replaying = true;
                    }
                    Err(RecvError::Closed) => return None,
                },
                signal = self.signals.recv(), if self.filter.signals => match signal {
                    Ok(signal) => self.take_signal(&signal),
                    // Signals are for the moment: what was missed is gone.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    fn take(&mut self, together: &Together) {
        for (index, announced) in together.events.iter().enumerate() {
            if announced.seq <= self.last_seq {
                continue;
            }
            self.last_seq = announced.seq;
            if wanted(&self.filter, announced.run_id.as_ref(), announced.workflow_id.as_ref()) {
                self.waiting.push_back(together.texts()[index].clone());
            }
        }
    }

    fn take_signal(&mut self, signal: &Signal) {
        let (run_id, workflow_id) = match signal {
            Signal::Text { run_id, workflow_id, .. } | Signal::Progress { run_id, workflow_id, .. } => {
                (run_id, workflow_id)
            }
        };
        if wanted(&self.filter, Some(run_id), Some(workflow_id)) {
            self.waiting.push_back(frame_text(&Frame::Signal { signal: signal.clone() }));
        }
    }

    /// Reads one page; live events that it already covers are dropped by their numbers.
    async fn replay(&mut self) -> Result<(), Failure> {
        let (filter, after_seq) = (self.filter.clone(), self.last_seq);
        let durable = self.events.durable_seq();
        let page = self.events.db.read(move |sql| store::events::page(sql, &filter, after_seq, Some(PAGE))).await?;
        for announced in page.events {
            self.last_seq = announced.seq;
            self.waiting.push_back(frame_text(&Frame::Event(announced)));
        }
        if !page.more {
            self.replaying = false;
            self.last_seq = self.last_seq.max(durable);
        }
        Ok(())
    }
}

/// Text that running attempts streamed before this subscriber came.
fn streamed_so_far(events: &Events, filter: &EventFilter) -> Vec<Arc<str>> {
    let running = events.streams.iter().filter(|entry| wanted(filter, Some(&entry.key().0), Some(&entry.workflow_id)));
    running
        .map(|entry| {
            let (run_id, node_id, item) = entry.key().clone();
            let signal = Signal::Text {
                run_id,
                workflow_id: entry.workflow_id.clone(),
                node_id,
                item,
                attempt: entry.attempt,
                offset: 0,
                text: entry.text.clone(),
            };
            frame_text(&Frame::Signal { signal })
        })
        .collect()
}
