//! The stream of events: order, filters, pages.

use protocol::{Announced, EventFilter};
use store::{Error, events};

use crate::samples;
use crate::stage::Stage;

/// 1 to 29 of two runs in turn, 40 of none, and a long row of one run.
fn stream() -> Vec<Announced> {
    let of_run = |seq| samples::event(seq, Some(if seq % 2 == 0 { "even" } else { "odd" }), Some("w"));
    let mut stream: Vec<Announced> = (1..=29).map(of_run).collect();
    stream.push(samples::event(40, None, None));
    stream.extend((1_001..=1_350).map(|seq| samples::event(seq, Some("long"), Some("v"))));
    stream
}

fn page(stage: &Stage, ids: (Option<&str>, Option<&str>), after_seq: u64, limit: Option<u32>) -> (Vec<u64>, bool) {
    let (run_id, workflow_id) = (ids.0.map(Into::into), ids.1.map(Into::into));
    let filter = EventFilter { run_id, workflow_id, ..EventFilter::default() };
    let page = stage.read(move |sql| events::page(sql, &filter, after_seq, limit)).unwrap();
    (page.events.iter().map(|one| one.seq).collect(), page.more)
}

pub fn events_are_replayed_in_order_and_by_filter(stage: Stage) {
    assert_eq!(stage.read(events::last_seq), Ok(0));
    stage.write(|sql| events::append(sql, &stream())).unwrap();
    stage.write(|sql| events::append(sql, &[])).unwrap();
    assert_eq!(stage.read(events::last_seq), Ok(1_350));

    let all = stage.read(|sql| events::page(sql, &EventFilter::default(), 0, Some(1_000))).unwrap();
    assert_eq!((all.events, all.more), (stream(), false));
    assert_eq!(page(&stage, (None, None), 27, Some(2)), (vec![28, 29], true));
    assert_eq!(page(&stage, (Some("even"), Some("w")), 4, Some(3)), (vec![6, 8, 10], true));
    assert_eq!(page(&stage, (None, Some("w")), 0, None), ((1..=29).collect(), false));
    assert_eq!(page(&stage, (Some("even"), Some("other")), 0, None), (vec![], false));
    assert_eq!(page(&stage, (None, None), 1_350, None), (vec![], false));
    assert_eq!(page(&stage, (None, None), u64::MAX, None), (vec![], false));
}

pub fn pages_may_end_anywhere(stage: Stage) {
    // As many rows as one read takes, and more, so that pages also span several reads.
    let short = (2_001..=2_250).map(|seq| samples::event(seq, Some(if seq % 2 == 0 { "even" } else { "odd" }), None));
    let stream: Vec<Announced> = stream().into_iter().chain(short).collect();
    let expected: Vec<u64> = stream.iter().map(|one| one.seq).collect();
    stage.write(move |sql| events::append(sql, &stream)).unwrap();
    for limit in [1, 63, 64, 65, 130, 629, 630] {
        let (mut seen, mut more) = (Vec::new(), true);
        while more {
            let next = page(&stage, (None, None), seen.last().copied().unwrap_or(0), Some(limit));
            assert!(next.0.len() <= limit as usize && (next.0.len() == limit as usize || !next.1));
            seen.extend(next.0);
            more = next.1;
        }
        assert_eq!(seen, expected, "{limit}");
    }
}

pub fn a_taken_seq_is_refused(stage: Stage) {
    stage.write(|sql| events::append(sql, &[samples::event(5, None, None)])).unwrap();
    let taken = stage.write(|sql| events::append(sql, &[samples::event(4, None, None), samples::event(5, None, None)]));
    assert!(matches!(taken, Err(Error::Corrupt(_))), "{taken:?}");
    let stored = stage.read(|sql| events::page(sql, &EventFilter::default(), 0, None)).unwrap();
    assert_eq!(stored.events, [samples::event(5, None, None)]);
}
