//! Workflows that change, or go, while runs of them begin and are looked at.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use protocol::runs::StartRun;
use protocol::workflows::{DeleteWorkflow, GetWorkflow, ListWorkflows, UpdateWorkflow};
use protocol::{Caller, Code, WorkflowId};
use serde_json::json;

use crate::house::{House, result};

async fn two_nodes(house: &House) -> WorkflowId {
    let nodes = [("in", "input", json!({ "name": "text", "default": "go" })), ("out", "output", result())];
    house.workflow(&nodes, &["in.value > out.value"]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_started_after_a_change_has_the_changed_revision() {
    let house = House::new().await;
    let id = two_nodes(&house).await;
    let over = Arc::new(AtomicBool::new(false));
    let start = StartRun { workflow_id: id.clone(), inputs: BTreeMap::new(), wait_ms: 60_000 };
    let others: Vec<_> = (0..4)
        .map(|_| {
            let (studio, start, over) = (house.studio.clone(), start.clone(), over.clone());
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    studio.call(&Caller::owner(), start.clone()).await.unwrap();
                }
            })
        })
        .collect();
    for revision in 1..=100 {
        let name = Some(format!("revision {revision}"));
        let update =
            UpdateWorkflow { id: id.clone(), expected_revision: revision, name, description: None, graph: None };
        house.studio.call(&Caller::owner(), update).await.unwrap();
        let run = house.start(&id, 60_000).await.unwrap();
        assert_eq!(run.summary.workflow_revision, revision + 1);
    }
    over.store(true, Ordering::Relaxed);
    for other in others {
        other.await.unwrap();
    }
}

#[tokio::test]
async fn a_deleted_workflow_is_seen_from_its_runs_only() {
    let house = House::new().await;
    let id = two_nodes(&house).await;
    let run = house.start(&id, 60_000).await.unwrap();
    house.studio.call(&Caller::owner(), DeleteWorkflow { id: id.clone() }).await.unwrap();

    let gone = house.studio.call(&Caller::owner(), GetWorkflow { id: id.clone(), revision: None }).await.unwrap_err();
    assert_eq!(gone.code, Code::NotFound);
    assert_eq!(house.start(&id, 0).await.unwrap_err().code, Code::NotFound);
    let list = house.studio.call(&Caller::owner(), ListWorkflows::default()).await.unwrap();
    assert_eq!(list.workflows, []);

    assert_eq!(house.run(&run.summary.id).await, run);
    let of_run = GetWorkflow { id, revision: Some(run.summary.workflow_revision) };
    let seen = house.studio.call(&Caller::owner(), of_run).await.unwrap();
    assert_eq!((seen.name.as_str(), seen.graph.nodes.len()), ("test", 2));
}
