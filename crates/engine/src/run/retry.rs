//! Pauses between attempts: doubled each time up to a limit, plus up to a quarter so that runs which failed together
//! do not come back together. The quarter is hashed from names, so that a replayed run asks for the same time.

use protocol::workflows::RetryPolicy;
use protocol::{NodeId, RunId};

/// Milliseconds after the `failures`th failed attempt, from 1.
pub(super) fn pause_ms(retry: &RetryPolicy, (run_id, node, item): (&RunId, &NodeId, &[u32]), failures: u32) -> u64 {
    let doubled = 1_u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX);
    let pause_ms = retry.backoff_ms.saturating_mul(doubled).min(retry.max_backoff_ms);
    let failures = failures.to_le_bytes();
    let mut parts: Vec<&[u8]> = vec![run_id.as_str().as_bytes(), b"/", node.as_str().as_bytes(), b"/", &failures];
    let items: Vec<[u8; 4]> = item.iter().map(|place| place.to_le_bytes()).collect();
    parts.extend(items.iter().map(|place| &place[..]));
    pause_ms.saturating_add(stable_hash(&parts) % (pause_ms / 4 + 1))
}

/// FNV-1a with 64 bits: short, and the same in every release, which the standard library's hashers do not promise.
/// Its high bits mix better than its low ones, so they are folded in.
fn stable_hash(parts: &[&[u8]]) -> u64 {
    let hash = parts
        .iter()
        .copied()
        .flatten()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use protocol::workflows::{RetryOn, RetryPolicy};

    use super::pause_ms;

    #[test]
    fn pauses_double_up_to_the_limit_with_up_to_a_quarter_on_top() {
        let retry = RetryPolicy { max_attempts: 100, backoff_ms: 1_000, max_backoff_ms: 60_000, on: RetryOn::Any };
        let pause = |run: &str, failures| pause_ms(&retry, (&run.into(), &"fetch".into(), &[]), failures);
        for (failures, least) in [(1, 1_000), (2, 2_000), (3, 4_000), (6, 32_000), (7, 60_000), (99, 60_000)] {
            for run in 0..50 {
                let pause = pause(&run.to_string(), failures);
                assert!((least..=least + least / 4).contains(&pause), "{failures}: {pause}");
            }
        }
        let different: std::collections::BTreeSet<u64> = (0..50).map(|run| pause(&run.to_string(), 3)).collect();
        assert!(different.len() > 40, "{different:?}");
        // Fixed for ever: a run started by an older release asks for the same time.
        assert_eq!((pause("run", 1), pause("run", 2)), (1_121, 2_498));
    }
}
