//! Deletes ended runs that are older than the server keeps them, a few at a time, so that no commit takes long.
//! Runs that have not ended are never touched, however old they are.

use std::sync::Arc;

use protocol::{Event, Failure, RunId, Topic};

use crate::actors::events::Draft;
use crate::actors::run::Surroundings;
use crate::clock::now_ms;

/// Runs deleted in one commit: some milliseconds.
const BATCH: u32 = 100;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Deletes in a task of its own. 0 days keep everything.
pub fn spawn(surroundings: Arc<Surroundings>, keep_days: u32) {
    if keep_days == 0 {
        return;
    }
    tokio::spawn(async move {
        match expire(&surroundings, now_ms() - i64::from(keep_days) * DAY_MS).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, keep_days, "deleted old runs"),
            Err(failure) => tracing::warn!(%failure, "old runs could not be deleted; trying again in an hour"),
        }
    });
}

/// Gives how many went.
async fn expire(surroundings: &Surroundings, before_ms: i64) -> Result<u64, Failure> {
    let created_before = first_id_at(before_ms);
    let mut deleted = 0;
    loop {
        let bound = created_before.clone();
        let old = surroundings.db.read(move |sql| store::runs::ended_before(sql, &bound, before_ms, BATCH)).await?;
        let count = u32::try_from(old.len()).unwrap_or(BATCH);
        if count == 0 {
            return Ok(deleted);
        }
        let event = Event::RunsExpired { count };
        let draft = Draft { at_ms: now_ms(), topics: &[Topic::Runs], run_id: None, workflow_id: None, event };
        let remove = move |sql: &mut dyn store::Sql| old.iter().try_for_each(|id| store::runs::remove(sql, id));
        surroundings.events.change(vec![draft], remove).await?;
        deleted += u64::from(count);
    }
}

/// Sorts before every id that was made at or after this time: the first 48 bits of a time-ordered UUID are milliseconds.
fn first_id_at(at_ms: i64) -> RunId {
    let hex = format!("{:012x}", at_ms.max(0));
    RunId::from(format!("{}-{}", &hex[..8], &hex[8..12]))
}

#[cfg(test)]
mod tests {
    use uuid::{NoContext, Timestamp, Uuid};

    use super::*;

    #[test]
    fn ids_sort_around_the_time_they_were_made() {
        let made = |at_ms: u64| {
            let nanos = u32::try_from(at_ms % 1_000).unwrap() * 1_000_000;
            RunId::from(Uuid::new_v7(Timestamp::from_unix(NoContext, at_ms / 1_000, nanos)).to_string())
        };
        let bound = first_id_at(1_700_000_000_123);
        assert!(made(1_700_000_000_122) < bound && bound < made(1_700_000_000_123));
        assert!(first_id_at(-5) < made(0));
    }
}
