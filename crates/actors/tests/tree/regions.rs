//! Iterators and loops through the whole tree: order, quarantine and its decisions, and a restart in the middle.

use std::time::Duration;

use protocol::runs::{DecideItems, GetRunNode, ItemDecision, ListQuarantine, ListRunNodes, QuarantinedItem, RunStatus};
use protocol::{Caller, Code, ItemPath, RunId, WorkflowId};
use serde_json::{Value, json};

use crate::house::{House, pause, result, template};

fn list(items: &Value) -> Value {
    json!({ "name": "items", "value_type": "json", "default": items })
}

async fn iterated(house: &House, items: Value, on_item_error: &str, body: (&str, Value)) -> WorkflowId {
    let nodes = [
        ("in", "input", list(&items)),
        ("each", "iterator", json!({ "max_parallel": 3, "on_item_error": on_item_error })),
        ("body", body.0, body.1),
        ("all", "aggregator", json!({})),
        ("out", "output", result()),
    ];
    let edges =
        ["in.value > each.items", "each.item > body.input", "body.output > all.items", "all.result > out.value"];
    house.workflow(&nodes, &edges).await
}

#[tokio::test]
async fn a_thousand_items_come_back_in_their_order() {
    let house = House::new().await;
    let items: Vec<u32> = (0..1_000).collect();
    let body = ("transform", json!({ "mode": { "type": "jq", "program": ". * 2" } }));
    let workflow = iterated(&house, json!(items), "fail", body).await;
    let run = house.start(&workflow, 60_000).await.unwrap();
    let doubled: Vec<u32> = items.iter().map(|item| item * 2).collect();
    assert_eq!(run.outputs["result"].parse::<Vec<u32>>().unwrap(), doubled);

    let nodes = house.studio.call(&Caller::owner(), ListRunNodes { id: run.summary.id.clone() }).await.unwrap().nodes;
    let counts = nodes.iter().find(|node| node.node_id.as_str() == "body").and_then(|node| node.items).unwrap();
    assert_eq!((counts.begun, counts.succeeded, counts.failed), (1_000, 1_000, 0));
    let ask = |item: &str| GetRunNode { id: run.summary.id.clone(), node_id: "body".into(), item: item.into() };
    let one = house.studio.call(&Caller::owner(), ask("7")).await.unwrap();
    assert_eq!((one.inputs["input"].json(), one.outputs["output"].json()), ("7", "14"));
    // Without an item it is the one that was heard of last, whichever that is.
    let last = house.studio.call(&Caller::owner(), ask("")).await.unwrap();
    let number = |payload: &protocol::Payload| payload.parse::<u32>().unwrap();
    assert_eq!(number(&last.outputs["output"]), 2 * number(&last.inputs["input"]));
    assert_eq!(house.studio.call(&Caller::owner(), ask("1000")).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn items_in_quarantine_are_retried_alone_or_dropped() {
    let mut house = House::new().await;
    let body = ("validator", json!({ "schema": { "type": "number", "maximum": 5 }, "on_mismatch": "fail" }));
    let workflow = iterated_valid(&house, json!([1, 9, 2, 8]), body).await;
    let run = house.start(&workflow, 0).await.unwrap().summary.id;
    let held = quarantine(&house, &run, 2).await;
    assert_eq!(held[0].value.json(), "9");
    assert_eq!(house.run(&run).await.summary.status, RunStatus::NeedsAttention);

    house.restart().await;
    assert_eq!(quarantine(&house, &run, 2).await, held);
    let unknown = decide(&house, &run, &["0"], ItemDecision::Retry).await.unwrap_err();
    assert_eq!(unknown, Code::Conflict);
    decide(&house, &run, &["1"], ItemDecision::Retry).await.unwrap();
    let again = quarantine(&house, &run, 2).await;
    assert_eq!(again[0].item, ItemPath::from("1"));
    decide(&house, &run, &[], ItemDecision::Drop).await.unwrap();
    let ended = house.end_of(&run).await;
    assert_eq!(ended.outputs["result"].parse::<Vec<u32>>().unwrap(), [1, 2]);
}

async fn iterated_valid(house: &House, items: Value, body: (&str, Value)) -> WorkflowId {
    let nodes = [
        ("in", "input", list(&items)),
        ("each", "iterator", json!({ "on_item_error": "quarantine" })),
        ("body", body.0, body.1),
        ("all", "aggregator", json!({})),
        ("out", "output", result()),
    ];
    let edges = ["in.value > each.items", "each.item > body.input", "body.valid > all.items", "all.result > out.value"];
    house.workflow(&nodes, &edges).await
}

#[tokio::test]
async fn confirmed_items_are_not_done_again_after_a_restart() {
    let mut house = House::new().await;
    let nodes = [
        ("in", "input", list(&json!(["a", "b", "c"]))),
        ("each", "iterator", json!({ "max_parallel": 1 })),
        ("call", "probe", json!({ "action": { "type": "echo" } })),
        ("rest", "wait", pause(150)),
        ("all", "aggregator", json!({ "strategy": { "type": "concat", "separator": "-" } })),
        ("out", "output", result()),
    ];
    let edges = [
        "in.value > each.items",
        "each.item > call.input",
        "call.output > rest.input",
        "rest.output > all.items",
        "all.result > out.value",
    ];
    let workflow = house.workflow(&nodes, &edges).await;
    let run = house.start(&workflow, 0).await.unwrap().summary.id;
    for _ in 0..3 {
        house.restart().await;
    }
    let ended = house.end_of(&run).await;
    assert_eq!(ended.outputs["result"].json(), r#""a-b-c""#);
    for item in ["0", "1", "2"] {
        let ask = GetRunNode { id: run.clone(), node_id: "call".into(), item: item.into() };
        let call = house.studio.call(&Caller::owner(), ask).await.unwrap();
        assert!(call.node.attempt <= 2, "{item}: {}", call.node.attempt);
    }
}

#[tokio::test]
async fn a_loop_ends_when_its_router_says_so() {
    let house = House::new().await;
    let nodes = [
        ("in", "input", json!({ "name": "text", "default": "x" })),
        ("again", "loop", json!({ "max_iterations": 20, "until": { "type": "done" } })),
        ("grow", "transform", template("{{ input }}{{ index }}")),
        (
            "long",
            "router",
            json!({ "branches": [{ "name": "enough", "when": { "type": "longer_than", "characters": 4 } }] }),
        ),
        ("end", "exit", json!({})),
        ("out", "output", result()),
    ];
    let edges = [
        "in.value > again.input",
        "again.value > grow.input",
        "grow.output > long.input",
        "long.enough > end.result",
        "long.otherwise > end.again",
        "end.output > out.value",
    ];
    let workflow = house.workflow(&nodes, &edges).await;
    let run = house.start(&workflow, 60_000).await.unwrap();
    assert_eq!(run.outputs["result"].json(), r#""x0123""#);
}

async fn decide(house: &House, run: &RunId, items: &[&str], decision: ItemDecision) -> Result<(), Code> {
    let items = items.iter().map(|item| ItemPath::from(*item)).collect();
    let decide = DecideItems { id: run.clone(), node_id: "each".into(), items, decision };
    house.studio.call(&Caller::owner(), decide).await.map(drop).map_err(|failure| failure.code)
}

/// Waits until so many items are held.
async fn quarantine(house: &House, run: &RunId, count: usize) -> Vec<QuarantinedItem> {
    for _ in 0..1_000 {
        let held = house.studio.call(&Caller::owner(), ListQuarantine { id: run.clone() }).await.unwrap().items;
        let is_settled = house.run(run).await.summary.status == RunStatus::NeedsAttention;
        if held.len() == count && is_settled {
            return held;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("run `{run}` does not hold {count} items");
}
