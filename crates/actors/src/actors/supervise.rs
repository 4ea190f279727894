//! When a failed part is started again: pure, shared by every supervisor.
//! Takes the time as input; starts and stops nothing itself.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// At most `max_restarts` within `window`; the pause doubles from `backoff` with each restart inside it.
#[derive(Clone, Copy, Debug)]
pub struct RestartPolicy {
    pub max_restarts: usize,
    pub window: Duration,
    pub backoff: Duration,
    pub max_backoff: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Restart { after: Duration },
    GiveUp,
}

/// When a part failed, newest last.
#[derive(Clone, Debug, Default)]
pub struct History {
    failures: VecDeque<Instant>,
}

impl RestartPolicy {
    /// Records a failure at `now` and says what to do about it.
    pub fn decide(&self, history: &mut History, now: Instant) -> Verdict {
        while history.failures.front().is_some_and(|first| now.duration_since(*first) > self.window) {
            history.failures.pop_front();
        }
        let recent = history.failures.len();
        if recent >= self.max_restarts {
            return Verdict::GiveUp;
        }
        history.failures.push_back(now);
        let doublings = u32::try_from(recent).unwrap_or(u32::MAX).min(16);
        Verdict::Restart { after: (self.backoff * 2_u32.pow(doublings)).min(self.max_backoff) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RestartPolicy = RestartPolicy {
        max_restarts: 3,
        window: Duration::from_secs(60),
        backoff: Duration::from_millis(100),
        max_backoff: Duration::from_millis(300),
    };

    #[test]
    fn pauses_double_up_to_the_limit_and_then_it_gives_up() {
        let mut history = History::default();
        let start = Instant::now();
        let pauses: Vec<Verdict> =
            (0..4).map(|second| POLICY.decide(&mut history, start + Duration::from_secs(second))).collect();
        assert_eq!(
            pauses,
            [
                Verdict::Restart { after: Duration::from_millis(100) },
                Verdict::Restart { after: Duration::from_millis(200) },
                Verdict::Restart { after: Duration::from_millis(300) },
                Verdict::GiveUp,
            ]
        );
    }

    #[test]
    fn failures_outside_the_window_are_forgotten() {
        let mut history = History::default();
        let start = Instant::now();
        for round in 0..10 {
            let verdict = POLICY.decide(&mut history, start + Duration::from_secs(61 * round));
            assert_eq!(verdict, Verdict::Restart { after: Duration::from_millis(100) }, "round {round}");
        }
    }
}
