//! A node that panics, hangs or returns too much fails its own attempt: other runs and the tree go on.

use std::time::Duration;

use protocol::runs::RunStatus;
use serde_json::{Value, json};

use crate::house::{House, result, template, text};

/// input, then a probe with this config, then the result.
fn probe(config: Value) -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("in", "input", json!({ "name": "text", "default": "go" })),
        ("bad", "probe", config),
        ("out", "output", result()),
    ]
}

const EDGES: &[&str] = &["in.value > bad.input", "bad.output > out.value"];

async fn fails_with(config: Value, code: &str) {
    let house = House::new().await;
    let bad = house.workflow(&probe(config), EDGES).await;
    let good = house
        .workflow(
            &[("in", "input", json!({ "name": "text", "default": "go" })), ("out", "output", result())],
            &["in.value > out.value"],
        )
        .await;
    let (failed, fine) = tokio::join!(house.start(&bad, 60_000), house.start(&good, 60_000));
    let failure = failed.unwrap().summary.failure.expect("the run fails");
    assert_eq!((failure.code.as_str(), failure.node_id), (code, Some("bad".into())));
    assert_eq!(text(&fine.unwrap()), "go");
    let after = house.start(&good, 60_000).await.unwrap();
    assert_eq!(after.summary.status, RunStatus::Succeeded);
    house.studio.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn a_panic_fails_its_node() {
    fails_with(json!({ "action": { "type": "panic" } }), "panic").await;
}

#[tokio::test]
async fn a_node_that_hangs_is_ended_at_its_time_limit() {
    fails_with(json!({ "action": { "type": "hang" }, "policy": { "timeout_ms": 50 } }), "timeout").await;
}

#[tokio::test]
async fn fifty_megabytes_are_refused() {
    fails_with(json!({ "action": { "type": "bytes", "count": 50 << 20 } }), "too_large").await;
}

#[tokio::test]
async fn retries_heal_and_each_way_out_of_an_error_is_taken() {
    let house = House::new().await;
    let fail = |times: u32| json!({ "type": "fail", "code": "busy", "transient": true, "times": times });
    let retry = json!({ "retry": { "max_attempts": 3, "backoff_ms": 1 } });
    let healed = house.workflow(&probe(json!({ "action": fail(2), "policy": retry })), EDGES).await;
    assert_eq!(text(&house.start(&healed, 60_000).await.unwrap()), "go");

    let fallback = json!({ "on_error": { "action": "fallback", "value": "instead" } });
    let replaced = house.workflow(&probe(json!({ "action": fail(9), "policy": fallback })), EDGES).await;
    assert_eq!(text(&house.start(&replaced, 60_000).await.unwrap()), "instead");

    let mut nodes = probe(json!({ "action": fail(9), "policy": { "on_error": { "action": "error_port" } } }));
    nodes.push(("sorry", "transform", template("sorry: {{ input.code }}")));
    let edges = ["in.value > bad.input", "bad.error > sorry.input", "sorry.output > out.value"];
    let caught = house.workflow(&nodes, &edges).await;
    assert_eq!(text(&house.start(&caught, 60_000).await.unwrap()), "sorry: busy");

    let skipped = house
        .workflow(&probe(json!({ "action": fail(9), "policy": { "on_error": { "action": "skip" } } })), EDGES)
        .await;
    let run = house.start(&skipped, 60_000).await.unwrap();
    assert_eq!((run.summary.status, run.outputs.len()), (RunStatus::Succeeded, 0));
}
