//! `ai-studio run` and the configuration, as a person at a terminal meets them.
//! What a server does with its data is told elsewhere.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::harness::{Server, edge, node};

/// Writes `flow.json` into `folder` and runs it there, as a person does who has changed into that folder.
fn run(folder: &Path, nodes: &Value, edges: &Value, arguments: &[&str]) -> (bool, Value, String) {
    let file = json!({ "format": "ai-studio/1", "name": "flow", "nodes": nodes, "edges": edges });
    std::fs::write(folder.join("flow.json"), serde_json::to_string_pretty(&file).unwrap()).unwrap();
    let output = command(folder).args(["run", "flow.json", "--json"]).args(arguments).output().unwrap();
    let Output { status, stdout, stderr } = output;
    let stderr = String::from_utf8(stderr).unwrap();
    let run = serde_json::from_slice(&stdout).unwrap_or_else(|_| panic!("no run was printed: {stderr}"));
    (status.success(), run, stderr)
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ai-studio"));
    command.current_dir(folder).env("AI_STUDIO_SIDECAR__ENABLED", "false").env("NO_COLOR", "1");
    command
}

fn says(folder: &Path, text: &str, arguments: &[&str]) -> (bool, Value, String) {
    let nodes = json!([given("say", text), node("out", "output", json!({ "name": "result" }))]);
    run(folder, &nodes, &json!([edge("say.value > out.value")]), arguments)
}

/// An input of the workflow that has this value by itself.
fn given(id: &str, text: &str) -> Value {
    node(id, "input", json!({ "name": id, "value_type": "text", "default": text }))
}

/// The failure's code of a run that hands a text to a file node for `path`.
fn code_of(folder: &Path, kind: &str, port: &str, path: &str, arguments: &[&str]) -> Value {
    let nodes = json!([given("text", "x"), node("step", kind, json!({ "path": path }))]);
    let edges = json!([edge(&format!("text.value > step.{port}"))]);
    let (succeeded, run, _) = run(folder, &nodes, &edges, arguments);
    assert!(!succeeded, "{path}: {run}");
    run["failure"]["code"].clone()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The data folder is relative and does not exist yet: its database is hidden from the very first run on.
#[test]
fn file_nodes_cannot_reach_what_belongs_to_the_server() {
    for location in [&[][..], &["--database", "elsewhere/kept/studio.sqlite"][..]] {
        let folder = folder();
        let arguments = [&["--data", "data", "--files", "."][..], location].concat();
        let database = if location.is_empty() { "data/ai-studio.db" } else { "elsewhere/kept/studio.sqlite" };
        for name in ["", "-wal", "-shm", "-journal", ".lock", ".v1.backup"] {
            let path = format!("{database}{name}");
            assert_eq!(code_of(folder.path(), "file_read", "input", &path, &arguments), "path_refused", "{path}");
        }
        for path in [database, "data/config.toml"] {
            assert_eq!(code_of(folder.path(), "file_write", "content", path, &arguments), "path_refused", "{path}");
        }
    }
}

#[test]
fn running_a_file_again_makes_no_copy_of_its_workflow() {
    let folder = folder();
    let first = says(folder.path(), "hello", &["--data", "data"]).1;
    let again = says(folder.path(), "hello", &["--data", "data"]).1;
    assert_eq!(first["workflow_id"], again["workflow_id"]);
    assert_ne!(first["id"], again["id"]);
    let changed = says(folder.path(), "good bye", &["--data", "data"]).1;
    assert_ne!(changed["workflow_id"], first["workflow_id"]);
}

#[tokio::test]
async fn a_file_runs_beside_a_server_and_leaves_its_data_alone() {
    let server = Server::start(&[]);
    let data = server.data().to_str().unwrap();
    let (succeeded, run, said) = says(folder().path(), "hello", &["--data", data]);
    assert!(succeeded && run["outputs"]["result"] == "hello", "{run}");
    assert!(said.contains("not kept"), "{said}");
    let kept = server.call("workflows.list", json!({})).await;
    assert_eq!(kept["workflows"], json!([]));
}

#[test]
fn a_variable_that_would_set_nothing_is_refused() {
    let refused = command(folder().path())
        .args(["serve", "--port", "0"])
        .env("AI_STUDIO_RUNS_MAX_IN_FLIGHT", "3")
        .output()
        .unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("AI_STUDIO_RUNS__MAX_IN_FLIGHT"), "{said}");
}
