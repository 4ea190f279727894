//! A queue between async callers and the store's threads. Its length is bounded by the permits its users hold.
//! Once closed it takes nothing more, and threads end when it is empty.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
}

struct State<T> {
    items: VecDeque<T>,
    closed: bool,
}

pub enum Taken<T> {
    Items(VecDeque<T>),
    /// Nothing came in time.
    Idle,
    /// Closed, and nothing is left.
    Closed,
}

impl<T> Queue<T> {
    pub fn new() -> Self {
        Self { state: Mutex::new(State { items: VecDeque::new(), closed: false }), filled: Condvar::new() }
    }

    /// Gives the item back when the queue is closed.
    pub fn push(&self, item: T) -> Result<(), T> {
        let mut state = self.lock();
        if state.closed {
            return Err(item);
        }
        state.items.push_back(item);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    /// Waits for the first item, for at most `patience`, and takes what is there, up to `limit`.
    pub fn take(&self, limit: usize, patience: Duration) -> Taken<T> {
        let waiting = |state: &mut State<T>| state.items.is_empty() && !state.closed;
        let (mut state, _) =
            self.filled.wait_timeout_while(self.lock(), patience, waiting).unwrap_or_else(PoisonError::into_inner);
        if state.items.is_empty() {
            return if state.closed { Taken::Closed } else { Taken::Idle };
        }
        if state.items.len() <= limit {
            return Taken::Items(std::mem::take(&mut state.items));
        }
        Taken::Items(state.items.drain(..limit).collect())
    }

    /// No code runs under this lock that could leave the queue half changed, so a poisoned one is as good as new.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
