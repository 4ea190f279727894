//! When runs want to be woken: the due times in order, and one alarm for the earliest.
//! Knows no run but its id; a wake-up that comes twice is harmless.

use std::collections::BTreeSet;
use std::time::Duration;

use protocol::RunId;
use ractor::ActorRef;
use tokio::task::AbortHandle;

use super::RunsMsg;
use crate::clock::now_ms;

/// Due times are wall-clock; the alarm looks again at least this often, so that a changed clock is noticed.
const LOOK_AT_LEAST_EVERY_MS: i64 = 60_000;

#[derive(Default)]
pub struct Timers {
    due: BTreeSet<(i64, RunId)>,
    alarm: Option<(i64, AbortHandle)>,
}

impl Timers {
    pub fn add(&mut self, me: &ActorRef<RunsMsg>, due_at_ms: i64, run_id: RunId) {
        self.due.insert((due_at_ms, run_id));
        self.set_alarm(me);
    }

    pub fn add_all(&mut self, me: &ActorRef<RunsMsg>, all: impl IntoIterator<Item = (i64, RunId)>) {
        self.due.extend(all);
        self.set_alarm(me);
    }

    /// Takes out the runs whose time has come, and sets the alarm for the next.
    pub fn take_due(&mut self, me: &ActorRef<RunsMsg>) -> Vec<RunId> {
        let now = now_ms();
        let mut ready = Vec::new();
        self.alarm = None;
        while let Some((due_at_ms, run_id)) = self.due.pop_first() {
            if due_at_ms > now {
                self.due.insert((due_at_ms, run_id));
                break;
            }
            ready.push(run_id);
        }
        self.set_alarm(me);
        ready
    }

    fn set_alarm(&mut self, me: &ActorRef<RunsMsg>) {
        let Some((earliest, _)) = self.due.first() else {
            return;
        };
        if self.alarm.as_ref().is_some_and(|(at_ms, _)| at_ms <= earliest) {
            return;
        }
        if let Some((_, old)) = self.alarm.take() {
            old.abort();
        }
        let wait_ms = (earliest - now_ms()).clamp(0, LOOK_AT_LEAST_EVERY_MS);
        let alarm = me.send_after(Duration::from_millis(wait_ms.unsigned_abs()), || RunsMsg::Alarm);
        self.alarm = Some((*earliest, alarm.abort_handle()));
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        if let Some((_, alarm)) = self.alarm.take() {
            alarm.abort();
        }
    }
}
