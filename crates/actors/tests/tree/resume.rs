//! What the tree takes up again: parked runs at their time, cut-off attempts, queued runs; and large values as they were.

use std::time::Duration;

use protocol::runs::{GetRunNode, ListRunNodes, NodeStatus, RunStatus};
use protocol::system::GetHealth;
use protocol::{Caller, ItemPath, RunId};
use serde_json::json;

use crate::house::{House, pause, result, template, text};

#[tokio::test]
async fn a_parked_run_is_woken_at_its_time_by_the_next_process_too() {
    let mut house = House::new().await;
    let nodes = [
        ("in", "input", json!({ "name": "text", "default": "go" })),
        ("rest", "wait", pause(300)),
        ("after", "transform", template("{{ input }} on")),
        ("out", "output", result()),
    ];
    let edges = ["in.value > rest.input", "rest.output > after.input", "after.output > out.value"];
    let workflow = house.workflow(&nodes, &edges).await;
    let same = house.start(&workflow, 60_000).await.unwrap();
    assert_eq!(text(&same), "go on");
    let run = house.start(&workflow, 0).await.unwrap();
    until_waiting(&house, &run.summary.id).await;
    house.restart().await;
    let ended = house.end_of(&run.summary.id).await;
    assert_eq!(text(&ended), "go on");
    let wait = NodeTimes::of(&house, &run.summary.id, "rest").await;
    assert!(wait.0 >= 300, "woke after {} ms", wait.0);
    until_nothing_waits(&house).await;
}

#[tokio::test]
async fn a_cut_off_attempt_is_repeated_and_confirmed_ones_are_not() {
    let mut house = House::new().await;
    let nodes = [
        ("in", "input", json!({ "name": "text", "default": "go" })),
        ("first", "probe", json!({ "action": { "type": "echo" } })),
        ("slow", "probe", json!({ "action": { "type": "echo", "delay_ms": 400 } })),
        ("out", "output", result()),
    ];
    let edges = ["in.value > first.input", "first.output > slow.input", "slow.output > out.value"];
    let workflow = house.workflow(&nodes, &edges).await;
    let run = house.start(&workflow, 0).await.unwrap();
    until_node(&house, &run.summary.id, "slow", NodeStatus::Running).await;
    house.restart().await;
    let ended = house.end_of(&run.summary.id).await;
    assert_eq!(text(&ended), "go");
    assert_eq!(NodeTimes::of(&house, &run.summary.id, "first").await.1, 1);
    assert_eq!(NodeTimes::of(&house, &run.summary.id, "slow").await.1, 2);
}

#[tokio::test]
async fn at_most_once_is_not_repeated_and_asks_for_attention() {
    let mut house = House::new().await;
    let once = json!({ "action": { "type": "echo", "delay_ms": 60_000 }, "policy": { "replay": "at_most_once" } });
    let nodes = [
        ("in", "input", json!({ "name": "text", "default": "go" })),
        ("pay", "probe", once),
        ("out", "output", result()),
    ];
    let workflow = house.workflow(&nodes, &["in.value > pay.input", "pay.output > out.value"]).await;
    let run = house.start(&workflow, 0).await.unwrap();
    until_node(&house, &run.summary.id, "pay", NodeStatus::Running).await;
    house.restart().await;
    until_node(&house, &run.summary.id, "pay", NodeStatus::Uncertain).await;
    assert_eq!(house.run(&run.summary.id).await.summary.status, RunStatus::NeedsAttention);
}

#[tokio::test]
async fn large_values_survive_beside_the_journal() {
    let mut house = House::new().await;
    let nodes = [
        ("in", "input", json!({ "name": "text", "default": "go" })),
        ("big", "probe", json!({ "action": { "type": "bytes", "count": 1 << 20 } })),
        ("rest", "wait", pause(200)),
        ("out", "output", result()),
    ];
    let edges = ["in.value > big.input", "big.output > rest.input", "rest.output > out.value"];
    let workflow = house.workflow(&nodes, &edges).await;
    let run = house.start(&workflow, 0).await.unwrap();
    until_waiting(&house, &run.summary.id).await;
    house.restart().await;
    assert_eq!(text(&house.end_of(&run.summary.id).await).len(), 1 << 20);
}

#[tokio::test]
async fn a_run_that_cannot_be_read_back_ends_as_failed_and_says_why() {
    let mut house = House::new().await;
    let nodes = [
        ("in", "input", json!({ "name": "text", "default": "go" })),
        ("rest", "wait", pause(200)),
        ("out", "output", result()),
    ];
    let workflow = house.workflow(&nodes, &["in.value > rest.input", "rest.output > out.value"]).await;
    let run = house.start(&workflow, 0).await.unwrap();
    until_waiting(&house, &run.summary.id).await;
    let id = run.summary.id.clone();
    house
        .restart_after(move |sql| {
            let place = store::journal::count(sql, &id)?;
            store::journal::append(sql, &id, place, &["what is this".into()])
        })
        .await;
    let ended = house.end_of(&run.summary.id).await;
    let message = ended.summary.failure.expect("it failed").message;
    assert!(message.contains("a journal entry cannot be read"), "{message}");
    until_nothing_waits(&house).await;
}

async fn until_waiting(house: &House, id: &RunId) {
    for _ in 0..1_000 {
        if house.run(id).await.summary.status == RunStatus::Waiting {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("run `{id}` does not wait");
}

async fn until_nothing_waits(house: &House) {
    for _ in 0..1_000 {
        let health = house.studio.call(&Caller::owner(), GetHealth {}).await.unwrap();
        if (health.runs_waiting, health.runs_in_flight, health.runs_queued) == (0, 0, 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("runs that ended are still counted");
}

async fn until_node(house: &House, id: &RunId, node: &str, status: NodeStatus) {
    for _ in 0..1_000 {
        let nodes = house.studio.call(&Caller::owner(), ListRunNodes { id: id.clone() }).await.unwrap().nodes;
        if nodes.iter().any(|one| one.node_id.as_str() == node && one.status == status) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("node `{node}` does not become {status:?}");
}

/// Milliseconds from start to end, and the number of attempts.
struct NodeTimes(i64, u32);

impl NodeTimes {
    async fn of(house: &House, id: &RunId, node: &str) -> Self {
        let ask = GetRunNode { id: id.clone(), node_id: node.into(), item: ItemPath::top() };
        let node = house.studio.call(&Caller::owner(), ask).await.unwrap().node;
        Self(node.ended_at_ms.unwrap() - node.started_at_ms.unwrap(), node.attempt)
    }
}
