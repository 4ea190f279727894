//! Admission and cancellation: what waits for its turn, and what is told to stop.

use protocol::runs::{CancelRun, DeleteRun, ListRuns, RunStatus};
use protocol::{Caller, Code, Role};
use serde_json::json;

use crate::house::{House, pause, result};

const CHAIN: &[&str] = &["in.value > slow.input", "slow.output > out.value"];

#[tokio::test]
async fn runs_over_the_limit_wait_durably_and_run_in_their_turn() {
    let house = House::with(|config| config.runs.max_in_flight = 1).await;
    let slow = json!({ "action": { "type": "echo", "delay_ms": 30 } });
    let nodes = [
        ("in", "input", json!({ "name": "text", "default": "go" })),
        ("slow", "probe", slow),
        ("out", "output", result()),
    ];
    let workflow = house.workflow(&nodes, CHAIN).await;
    let mut runs = Vec::new();
    for _ in 0..5 {
        runs.push(house.start(&workflow, 0).await.unwrap());
    }
    assert!(runs.iter().any(|run| run.summary.status == RunStatus::Queued), "{runs:?}");
    for run in &runs {
        assert_eq!(house.end_of(&run.summary.id).await.summary.status, RunStatus::Succeeded);
    }
}

#[tokio::test]
async fn a_full_queue_refuses() {
    let house = House::with(|config| config.runs.max_queued = 0).await;
    let nodes = [("in", "input", json!({ "name": "text", "default": "go" })), ("out", "output", result())];
    let workflow = house.workflow(&nodes, &["in.value > out.value"]).await;
    assert_eq!(house.start(&workflow, 0).await.unwrap_err().code, Code::Busy);
}

#[tokio::test]
async fn cancel_works_while_a_node_hangs_and_while_the_run_is_parked() {
    let house = House::new().await;
    let input = ("in", "input", json!({ "name": "text", "default": "go" }));
    let hanging =
        [input.clone(), ("slow", "probe", json!({ "action": { "type": "hang" } })), ("out", "output", result())];
    let waiting = [input, ("slow", "wait", pause(3_600_000)), ("out", "output", result())];
    for nodes in [hanging, waiting] {
        let workflow = house.workflow(&nodes, CHAIN).await;
        let run = house.start(&workflow, 0).await.unwrap();
        let id = run.summary.id;
        let cancelled = house.studio.call(&Caller::owner(), CancelRun { id: id.clone() }).await.unwrap();
        assert_eq!(cancelled.summary.status, RunStatus::Cancelled);
        let again = house.studio.call(&Caller::owner(), CancelRun { id: id.clone() }).await.unwrap();
        assert_eq!(again.summary, house.run(&id).await.summary);
    }
}

#[tokio::test]
async fn an_ended_run_is_deleted_and_one_under_way_is_not() {
    let house = House::new().await;
    let nodes = [
        ("in", "input", json!({ "name": "text", "default": "go" })),
        ("slow", "wait", pause(3_600_000)),
        ("out", "output", result()),
    ];
    let workflow = house.workflow(&nodes, CHAIN).await;
    let id = house.start(&workflow, 0).await.unwrap().summary.id;
    let delete = async || house.studio.call(&Caller::owner(), DeleteRun { id: id.clone() }).await;
    assert_eq!(delete().await.unwrap_err().code, Code::Conflict);
    house.studio.call(&Caller::owner(), CancelRun { id: id.clone() }).await.unwrap();
    assert_eq!(delete().await.unwrap().id, id);
    assert_eq!(delete().await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn runs_that_ended_long_ago_are_deleted_by_themselves() {
    let mut house = House::new().await;
    let nodes = [("in", "input", json!({ "name": "text", "default": "go" })), ("out", "output", result())];
    let workflow = house.workflow(&nodes, &["in.value > out.value"]).await;
    let recent = house.start(&workflow, 60_000).await.unwrap();
    let mut old = recent.clone();
    old.summary.id = "00000000-0001-7000-8000-000000000000".into();
    (old.summary.created_at_ms, old.summary.ended_at_ms) = (1, Some(2));
    let id = old.summary.id.clone();
    house.restart_after(move |sql| store::runs::insert(sql, &old)).await;
    house.until_gone(&id).await;
    assert_eq!(house.run(&recent.summary.id).await, recent);
}

#[tokio::test]
async fn a_viewer_may_look_and_not_touch() {
    let house = House::new().await;
    let viewer = Caller { name: "eve".to_owned(), role: Role::Viewer };
    assert!(house.studio.call(&viewer, ListRuns::default()).await.is_ok());
    let refused = house.studio.call(&viewer, CancelRun { id: "any".into() }).await.unwrap_err();
    assert_eq!(refused.code, Code::Forbidden);
    let unknown = house.studio.call_json(&viewer, "runs.list", r#"{"limti": 3}"#).await.unwrap_err();
    assert_eq!(unknown.code, Code::InvalidRequest);
    assert!(unknown.message.contains("limti"), "{unknown}");
}
