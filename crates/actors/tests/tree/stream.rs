//! The event stream: replay and live are one stream, whoever comes when.

use protocol::{Event, EventFilter, Frame};
use serde_json::json;

use crate::house::{House, result};

async fn types_until_end(house: &House, after_seq: Option<u64>) -> Vec<(u64, String)> {
    let mut frames = house.studio.subscribe(EventFilter { after_seq, ..EventFilter::default() });
    let mut seen = Vec::new();
    loop {
        let text = frames.next().await.expect("the tree is up");
        let Frame::Event(announced) = serde_json::from_str(&text).unwrap() else { continue };
        let kind = serde_json::to_value(&announced.event).unwrap()["type"].as_str().unwrap().to_owned();
        seen.push((announced.seq, kind));
        if matches!(announced.event, Event::RunFinished { .. }) {
            return seen;
        }
    }
}

#[tokio::test]
async fn live_and_replayed_are_the_same_stream() {
    let house = House::new().await;
    let nodes = [("in", "input", json!({ "name": "text", "default": "go" })), ("out", "output", result())];
    let workflow = house.workflow(&nodes, &["in.value > out.value"]).await;
    let (live, run) = tokio::join!(types_until_end(&house, None), house.start(&workflow, 60_000));
    run.unwrap();
    let kinds: Vec<&str> = live.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(kinds, ["run.started", "node.finished", "node.finished", "run.finished"]);
    let replayed = types_until_end(&house, Some(live[0].0 - 1)).await;
    assert_eq!(replayed, live);
    let from_the_start = types_until_end(&house, Some(0)).await;
    assert_eq!(from_the_start[0].1, "workflow.changed");
    assert_eq!(from_the_start[1..], live[..]);
}

#[tokio::test]
async fn a_subscriber_that_falls_behind_misses_no_event() {
    let house = House::new().await;
    let nodes = [("in", "input", json!({ "name": "text", "default": "go" })), ("out", "output", result())];
    let workflow = house.workflow(&nodes, &["in.value > out.value"]).await;
    let mut frames = house.studio.subscribe(EventFilter::default());
    // More commits than are kept, while nobody reads.
    let runs = 1_200;
    for _ in 0..runs {
        house.start(&workflow, 60_000).await.unwrap();
    }
    let (mut finished, mut lagged, mut last_seq) = (0, false, 0);
    while finished < runs {
        match serde_json::from_str(&frames.next().await.unwrap()).unwrap() {
            Frame::Event(announced) => {
                assert!(announced.seq > last_seq, "{} after {last_seq}", announced.seq);
                last_seq = announced.seq;
                finished += u32::from(matches!(announced.event, Event::RunFinished { .. }));
            }
            Frame::Lagged { .. } => lagged = true,
            Frame::Ready { .. } | Frame::Signal { .. } => {}
        }
    }
    assert!(lagged, "the backlog was never exceeded");
}
