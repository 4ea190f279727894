//! The stream of events: order, filters, pages.

use protocol::{Announced, EventFilter};
use store::{Error, events};

use crate::samples;
use crate::stage::Stage;

fn stream() -> Vec<Announced> {
    let of_run = |seq| samples::event(seq, Some(if seq % 2 == 0 { "even" } else { "odd" }), Some("w"));
    let mut stream: Vec<Announced> = (1..=29).map(of_run).collect();
    stream.push(samples::event(40, None, None));
    stream
}

pub fn events_are_replayed_in_order_and_by_filter(stage: Stage) {
    assert_eq!(stage.read(events::last_seq), Ok(0));
    stage.write(|sql| events::append(sql, &stream())).unwrap();
    stage.write(|sql| events::append(sql, &[])).unwrap();
    assert_eq!(stage.read(events::last_seq), Ok(40));

    let page = |run_id: Option<&str>, workflow_id: Option<&str>, after_seq, limit| {
        let filter = EventFilter {
            run_id: run_id.map(Into::into),
            workflow_id: workflow_id.map(Into::into),
            ..EventFilter::default()
        };
        stage.read(move |sql| events::page(sql, &filter, after_seq, limit)).unwrap()
    };
    let all = page(None, None, 0, None);
    assert_eq!((all.events, all.more), (stream(), false));
    let some = page(None, None, 27, Some(2));
    assert_eq!((some.events, some.more), (stream()[27..29].to_vec(), true));
    let even = page(Some("even"), Some("w"), 4, Some(3));
    assert_eq!(even.events.iter().map(|one| one.seq).collect::<Vec<_>>(), [6, 8, 10]);
    assert_eq!(page(None, Some("w"), 0, None).events.len(), 29);
    assert_eq!(page(Some("even"), Some("other"), 0, None).events, []);
    assert_eq!(page(None, None, u64::MAX, None).events, []);
}

pub fn a_taken_seq_is_refused(stage: Stage) {
    stage.write(|sql| events::append(sql, &[samples::event(5, None, None)])).unwrap();
    let taken = stage.write(|sql| events::append(sql, &[samples::event(4, None, None), samples::event(5, None, None)]));
    assert!(matches!(taken, Err(Error::Constraint(_))), "{taken:?}");
    let stored = stage.read(|sql| events::page(sql, &EventFilter::default(), 0, None)).unwrap();
    assert_eq!(stored.events, [samples::event(5, None, None)]);
}
