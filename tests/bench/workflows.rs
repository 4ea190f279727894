//! The workflows that are run under load.
//! Made over the API, like anybody's.

use serde_json::{Value, json};

use crate::http::{Connection, Request};

/// Input, transform, router, transform, output; gives the id.
pub async fn five_nodes(address: &str) -> Result<String, String> {
    let branch = json!({ "name": "long", "when": { "type": "longer_than", "characters": 100 } });
    let nodes = [
        node("in", "input", &json!({ "name": "text", "value_type": "text" })),
        node("greet", "transform", &template("Hello {{ input }}")),
        node("route", "router", &json!({ "branches": [branch], "matching": "first" })),
        node("sign", "transform", &template("short: {{ input }}")),
        node("out", "output", &json!({ "name": "result" })),
    ];
    let edges = [
        "in.value > greet.input",
        "greet.output > route.input",
        "route.otherwise > sign.input",
        "sign.output > out.value",
    ];
    create(address, "five nodes", &nodes, &edges).await
}

/// A run of so many items through one transform, of which every 500th fails and is left out.
pub async fn run_items(address: &str, count: usize) -> Result<Request, String> {
    let failing = "if . % 500 == 499 then error(\"no\") else . * 2 end";
    let nodes = [
        node("in", "input", &json!({ "name": "items", "value_type": "json" })),
        node("each", "iterator", &json!({ "max_parallel": 64, "on_item_error": "skip" })),
        node("double", "transform", &json!({ "mode": { "type": "jq", "program": failing } })),
        node("all", "aggregator", &json!({})),
        node("failed", "transform", &json!({ "mode": { "type": "jq", "program": "length" } })),
        node("count", "output", &json!({ "name": "count" })),
        node("left", "output", &json!({ "name": "failed" })),
    ];
    let edges = [
        "in.value > each.items",
        "each.item > double.input",
        "double.output > all.items",
        "all.count > count.value",
        "all.failures > failed.input",
        "failed.output > left.value",
    ];
    let id = create(address, "items", &nodes, &edges).await?;
    let items: Vec<usize> = (0..count).collect();
    let body = json!({ "inputs": { "items": items }, "wait_ms": 300_000 });
    Ok(Request::post(&format!("/api/workflows/{id}/runs"), &body))
}

fn node(id: &str, kind: &str, config: &Value) -> Value {
    json!({ "id": id, "kind": kind, "config": config })
}

fn template(text: &str) -> Value {
    json!({ "mode": { "type": "template", "template": text, "parse_as_json": false } })
}

async fn create(address: &str, name: &str, nodes: &[Value], edges: &[&str]) -> Result<String, String> {
    let edges: Vec<Value> = edges.iter().filter_map(|edge| wire(edge)).collect();
    let body = json!({ "name": name, "graph": { "nodes": nodes, "edges": edges } });
    let reply = Connection::open(address).await?.exchange(&Request::post("/api/workflows", &body)).await?;
    let reply: Value = serde_json::from_slice(&reply).map_err(|error| error.to_string())?;
    reply["id"].as_str().map(ToOwned::to_owned).ok_or_else(|| format!("the workflow was refused: {reply}"))
}

/// `a.out > b.in`
fn wire(edge: &str) -> Option<Value> {
    let (from, to) = edge.split_once(" > ")?;
    let ((source, source_port), (target, target_port)) = (from.split_once('.')?, to.split_once('.')?);
    Some(json!({ "source": source, "source_port": source_port, "target": target, "target_port": target_port }))
}
