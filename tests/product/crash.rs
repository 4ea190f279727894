//! The server is killed again and again with runs in flight: each accepted run ends well, no confirmed step runs again,
//! and no status is ever wrong.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::harness::{Server, edge, node, template, until};
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

const RUNS_OF_EACH_KIND: usize = 50;
const KILLS: usize = 50;
/// How long the outside world takes for one call.
const SLOW: Duration = Duration::from_millis(1_500);

/// The outside world: counts the calls it took by idempotency key.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<HashMap<String, u32>>>);

impl Ledger {
    async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/charge", listener.local_addr().unwrap());
        let app = axum::Router::new().route("/charge", axum::routing::post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        url
    }

    fn calls(&self) -> HashMap<String, u32> {
        self.0.lock().unwrap().clone()
    }
}

async fn take(State(ledger): State<Ledger>, headers: HeaderMap) -> &'static str {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or("no key").to_owned();
    *ledger.0.lock().unwrap().entry(key).or_default() += 1;
    tokio::time::sleep(SLOW).await;
    "taken"
}

fn waiting() -> Value {
    json!({
        "nodes": [
            node("in", "input", json!({ "name": "text", "value_type": "text" })),
            template("before", "before {{ input }}"),
            node("pause", "wait", json!({ "until": { "type": "duration", "amount": 20, "unit": "seconds" } })),
            template("after", "after {{ input }}"),
            node("out", "output", json!({ "name": "result" })),
        ],
        "edges": [
            edge("in.value > before.input"), edge("before.output > pause.input"),
            edge("pause.output > after.input"), edge("after.output > out.value"),
        ],
    })
}

fn calling(url: &str) -> Value {
    json!({
        "nodes": [
            node("in", "input", json!({ "name": "text", "value_type": "text" })),
            template("before", "before {{ input }}"),
            node("charge", "http_request", json!({ "method": "post", "url": url, "body": { "type": "text", "template": "{{ input }}" } })),
            template("after", "after {{ input }} {{ nodes.before.output }}"),
            node("out", "output", json!({ "name": "result" })),
        ],
        "edges": [
            edge("in.value > before.input"), edge("before.output > charge.input"),
            edge("charge.body > after.input"), edge("after.output > out.value"),
        ],
    })
}

/// A small generator of its own, so that a failing seed can be tried again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_confirmed_runs_again_when_the_server_is_killed_fifty_times() {
    let seed = std::process::id().into();
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let ledger = Ledger::default();
    let url = ledger.listen().await;
    let mut server = Server::start(&[]);
    let workflows = [server.create(waiting()).await, server.create(calling(&url)).await];
    let mut runs = Vec::new();
    for number in 0..RUNS_OF_EACH_KIND {
        for workflow in &workflows {
            let params = json!({ "workflow_id": workflow, "inputs": { "text": format!("n{number}") } });
            let run = server.call("runs.start", params).await;
            runs.push(run["id"].as_str().unwrap().to_owned());
        }
    }
    let mut ended: BTreeMap<String, String> = BTreeMap::new();
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(20 + dice.roll(900))).await;
        check_statuses(&server, &runs, &mut ended).await;
        server.kill();
        server.restart();
    }
    until("all runs end", async || {
        check_statuses(&server, &runs, &mut ended).await;
        (ended.len() == runs.len()).then_some(())
    })
    .await;
    assert!(ended.values().all(|status| status == "succeeded"), "{ended:?}");
    for run in &runs {
        check_run(&server, run, &ledger).await;
    }
    let repeated = ledger.calls().values().filter(|calls| **calls > 1).count();
    println!(
        "{} runs ended well after {KILLS} kills; {repeated} calls with unknown outcome were repeated under their key",
        runs.len()
    );
}

/// No status is `failed`, and one that was final stays what it was.
async fn check_statuses(server: &Server, runs: &[String], ended: &mut BTreeMap<String, String>) {
    let list = server.call("runs.list", json!({ "limit": 200 })).await;
    let found: HashMap<&str, &str> = list["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| (run["id"].as_str().unwrap(), run["status"].as_str().unwrap()))
        .collect();
    for run in runs {
        let status = found.get(run.as_str()).unwrap_or_else(|| panic!("run {run} is lost"));
        assert!(!matches!(*status, "failed" | "cancelled" | "needs_attention"), "run {run} is {status}");
        if *status == "succeeded" {
            ended.insert(run.clone(), (*status).to_owned());
        } else {
            assert!(!ended.contains_key(run), "run {run} had ended and is {status} now");
        }
    }
}

/// Every step was confirmed once, after as many calls outside as it had attempts at most.
async fn check_run(server: &Server, run: &str, ledger: &Ledger) {
    let detail = server.call("runs.get", json!({ "id": run })).await;
    let result = detail["outputs"]["result"].as_str().unwrap();
    assert!(result.starts_with("after "), "{result}");
    let page = server.call("runs.events", json!({ "id": run, "limit": 1000 })).await;
    let mut confirmed: BTreeMap<&str, u32> = BTreeMap::new();
    let mut attempts = 0;
    for announced in page["events"].as_array().unwrap() {
        let event = &announced["event"];
        match event["type"].as_str().unwrap() {
            "node.finished" => *confirmed.entry(event["node_id"].as_str().unwrap()).or_default() += 1,
            "node.started" if event["node_id"] == "charge" => attempts += 1,
            _ => {}
        }
    }
    assert_eq!(confirmed.len(), 5, "run {run}: {confirmed:?}");
    assert!(confirmed.values().all(|times| *times == 1), "run {run}: {confirmed:?}");
    let calls = ledger.calls().get(&format!("{run}:charge:")).copied().unwrap_or(0);
    assert!(calls <= attempts, "run {run}: {calls} calls in {attempts} attempts");
    if confirmed.contains_key("charge") {
        assert!(calls >= 1, "run {run}: confirmed without a call");
    }
}
