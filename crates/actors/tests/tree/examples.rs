//! Every node type shows what it does in `examples/nodes`, and each of these workflows runs to a good end.
//! They read below the repository's root and write to a folder of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use nodes::Registry;
use protocol::Caller;
use protocol::nodes::Capability;
use protocol::runs::RunStatus;
use protocol::workflows::{CreateWorkflow, WorkflowFile, WorkflowGraph};

use crate::house::House;

#[tokio::test]
async fn every_example_of_a_node_runs() {
    let written = tempfile::tempdir().unwrap();
    let house = House::with(|config| {
        config.files.read_roots = vec![root()];
        config.files.write_roots = vec![written.path().to_owned()];
    })
    .await;
    for (kind, file) in examples() {
        assert!(file.nodes.iter().any(|node| node.kind == kind), "the example of `{kind}` holds none");
        let expected: BTreeSet<&str> =
            file.nodes.iter().filter(|node| node.kind == "output").map(|node| node.id.as_str()).collect();
        assert!(!expected.is_empty(), "the example of `{kind}` shows no result");
        let graph = WorkflowGraph { nodes: file.nodes.clone(), edges: file.edges, layout: file.layout };
        let create = CreateWorkflow { name: file.name, description: file.description, graph };
        let workflow = house.studio.call(&Caller::owner(), create).await.unwrap();
        let run = house.start(&workflow.id, 30_000).await.unwrap();
        let end = (run.summary.status, run.summary.failure);
        assert_eq!(end, (RunStatus::Succeeded, None), "the example of `{kind}`");
        assert!(run.outputs.values().any(|value| !value.is_null()), "the example of `{kind}` has no result");
    }
}

#[test]
fn every_node_type_that_works_offline_has_an_example() {
    let examples = examples();
    let reaches_out = |needs: &[Capability]| needs.contains(&Capability::Network) || needs.contains(&Capability::Model);
    let without: Vec<String> = Registry::standard()
        .types()
        .into_iter()
        .filter(|node| !reaches_out(&node.face.capabilities) && !examples.contains_key(&node.kind))
        .map(|node| node.kind)
        .collect();
    assert!(
        without.is_empty(),
        "write `examples/nodes/<kind>.json`, a small workflow that shows the node, for {without:?}"
    );
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The workflows by the node type that they show.
fn examples() -> BTreeMap<String, WorkflowFile> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("examples/nodes")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let kind = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            found.insert(
                kind,
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
            );
        }
    }
    found
}
