//! Every command of the table, through RPC and through REST: the same JSON, the same failures.
//! `tests/commands.json` holds the calls; the desktop's test sends the same ones through its bridge.

use std::collections::{BTreeMap, BTreeSet};

use super::harness::Server;
use protocol::table::{Verb, catalogue};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    name: String,
    params: Value,
    /// The failure's code that is expected.
    fails: Option<String>,
    /// Values for later params: name, JSON Pointer into the reply.
    #[serde(default)]
    keep: BTreeMap<String, String>,
}

fn steps() -> Vec<Step> {
    serde_json::from_str(include_str!("../commands.json")).unwrap()
}

#[test]
fn every_row_of_the_table_is_walked() {
    let walked: BTreeSet<String> = steps().into_iter().map(|step| step.name).collect();
    let rows: BTreeSet<String> = catalogue().iter().map(|row| row.name.to_owned()).collect();
    assert_eq!(walked, rows);
}

#[tokio::test]
async fn rpc_and_rest_give_the_same_answers() {
    let by_rpc = walk(false).await;
    let by_rest = walk(true).await;
    for ((step, rpc), rest) in steps().iter().zip(&by_rpc).zip(&by_rest) {
        assert_eq!(rpc, rest, "`{}` with {}", step.name, step.params);
    }
}

/// The normalised answers of all steps on a server of their own.
async fn walk(rest: bool) -> Vec<Value> {
    let server = Server::start(&[]);
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    let mut answers = Vec::new();
    for step in steps() {
        let params = fill(&step.params, &kept);
        let (status, reply) = if rest {
            by_rest(&server, &step.name, &params).await
        } else {
            server.rpc(&step.name, &params).await.unwrap()
        };
        match &step.fails {
            None => assert_eq!(status, 200, "`{}` answered {reply}", step.name),
            Some(code) => assert_eq!(reply["code"], json!(code), "`{}` answered {reply}", step.name),
        }
        for (name, pointer) in &step.keep {
            kept.insert(name.clone(), reply.pointer(pointer).unwrap().as_str().unwrap().to_owned());
        }
        answers.push(json!({ "status": status, "reply": normalised(named(&reply, &kept)) }));
    }
    answers
}

async fn by_rest(server: &Server, name: &str, params: &Value) -> (u16, Value) {
    let row = catalogue().iter().find(|row| row.name == name).unwrap();
    let mut path = row.path.to_owned();
    let mut rest = serde_json::Map::new();
    for (key, value) in params.as_object().unwrap() {
        let place = format!("{{{key}}}");
        match value.as_str().filter(|_| path.contains(&place)) {
            Some(text) => path = path.replace(&place, text),
            None => drop(rest.insert(key.clone(), value.clone())),
        }
    }
    let client = reqwest::Client::new();
    let url = format!("{}{path}", server.base);
    let request = match row.verb {
        Verb::Get | Verb::Delete => {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            let query: Vec<(String, String)> = rest.iter().map(|(key, value)| (key.clone(), text(value))).collect();
            let verb = if row.verb == Verb::Get { reqwest::Method::GET } else { reqwest::Method::DELETE };
            client.request(verb, url).query(&query)
        }
        Verb::Post => client.post(url).json(&rest),
        Verb::Put => client.put(url).json(&rest),
    };
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn fill(params: &Value, kept: &BTreeMap<String, String>) -> Value {
    let mut text = params.to_string();
    for (name, value) in kept {
        text = text.replace(&format!("{{{{{name}}}}}"), value);
    }
    serde_json::from_str(&text).unwrap()
}

/// Ids by the names they were kept under, also inside texts.
fn named(reply: &Value, kept: &BTreeMap<String, String>) -> Value {
    let name = |text: String, (name, id): (&String, &String)| text.replace(id.as_str(), name);
    serde_json::from_str(&kept.iter().fold(reply.to_string(), name)).unwrap()
}

/// Without what differs from server to server: ids, times, restarts.
fn normalised(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let plain = |(key, value): (String, Value)| {
                let varies = key.ends_with("_ms")
                    || key == "id"
                    || key == "next"
                    || key.ends_with("workflow_id")
                    || key == "run_id";
                let value = if varies && !value.is_object() { json!("…") } else { normalised(value) };
                (key, value)
            };
            Value::Object(fields.into_iter().map(plain).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(normalised).collect()),
        other => other,
    }
}
