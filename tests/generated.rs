//! Generated contracts are checked in; one that is stale fails here. `./dev generate` writes them anew.
//! How the pages of the node reference are made is in `reference`.

mod reference;

use std::collections::BTreeMap;

use product_tests::root;

#[path = "../crates/protocol/examples/schema.rs"]
#[expect(dead_code, reason = "the example's own `main` prints what is compared here")]
mod schema;

#[test]
fn the_wire_contract_in_the_ui_is_the_one_of_the_command_table() {
    let path = root().join("ui/src/api/generated/schema.json");
    let checked_in: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let current = schema::contract().unwrap();
    assert!(checked_in == current, "ui/src/api/generated/schema.json is stale: run `./dev generate`");
}

#[test]
fn the_node_reference_is_the_one_of_the_catalogue() {
    let mut checked_in = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("docs/nodes")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        checked_in.insert(name, std::fs::read_to_string(&path).unwrap());
    }
    let current = reference::pages();
    let names = checked_in.keys().chain(current.keys());
    let stale: Vec<&String> = names.filter(|name| checked_in.get(*name) != current.get(*name)).collect();
    assert!(stale.is_empty(), "pages of docs/nodes are stale: run `./dev generate`. Stale: {stale:?}");
}

#[test]
#[ignore = "writes the pages: `./dev generate` runs it"]
fn write_the_node_reference() {
    let folder = root().join("docs/nodes");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in reference::pages() {
        std::fs::write(folder.join(name), text).unwrap();
    }
}
