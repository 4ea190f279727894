//! The wall clock's one home.
//! Due times are wall-clock; durations are measured with `Instant`.

use std::time::UNIX_EPOCH;

/// Milliseconds since 1970-01-01 UTC. Before that year: 0.
#[expect(clippy::disallowed_methods, reason = "this is the home of the wall clock")]
pub fn now_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
