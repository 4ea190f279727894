//! Generated contracts are checked in; one that is stale fails here. `./dev generate` writes them anew.

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
