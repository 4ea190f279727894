use serde_json::{Value, json};

use super::{Router, RouterConfig};
use crate::Node;
use crate::testing::Attempt;

fn taken(config: Value, arrived: Value) -> Vec<String> {
    let done = Attempt::of::<Router>(config).input("input", arrived.clone()).run_now().unwrap();
    assert!(done.values().all(|value| *value == arrived), "the value passes unchanged");
    done.into_keys().collect()
}

fn meets(rule: Value, arrived: Value) -> bool {
    let config = json!({ "branches": [{ "name": "b", "when": rule }] });
    taken(config, arrived) == ["b"]
}

#[test]
fn rules_look_at_the_value() {
    let cases = [
        (json!({ "type": "contains", "text": "YES" }), json!("oh yes"), true),
        (json!({ "type": "contains", "text": "YES", "case_sensitive": true }), json!("oh yes"), false),
        (json!({ "type": "contains", "text": "ü" }), json!("ÜBER"), true),
        (json!({ "type": "contains", "text": "\"a\":1" }), json!({ "a": 1 }), true),
        (json!({ "type": "equals", "value": "a" }), json!("a"), true),
        (json!({ "type": "equals", "value": "1" }), json!(1), false),
        (json!({ "type": "equals", "value": { "b": [1], "a": null } }), json!({ "a": null, "b": [1] }), true),
        (json!({ "type": "regex", "pattern": "^\\d{3}$" }), json!("123"), true),
        (json!({ "type": "regex", "pattern": "^\\d{3}$" }), json!(123), true),
        (json!({ "type": "regex", "pattern": "^\\d{3}$" }), json!("1234"), false),
        (json!({ "type": "longer_than", "characters": 3 }), json!("ääää"), true),
        (json!({ "type": "longer_than", "characters": 4 }), json!("ääää"), false),
        (json!({ "type": "shorter_than", "characters": 5 }), json!("ääää"), true),
        (json!({ "type": "shorter_than", "characters": 4 }), json!("ääää"), false),
        (json!({ "type": "exists", "path": "$.errors[0]" }), json!({ "errors": [null] }), true),
        (json!({ "type": "exists", "path": "$.errors[0]" }), json!({ "errors": [] }), false),
        (json!({ "type": "expression", "template": "{{ input.score > 0.5 }}" }), json!({ "score": 0.7 }), true),
        (json!({ "type": "expression", "template": "{{ input.score > 0.5 }}" }), json!({ "score": 0.2 }), false),
        (json!({ "type": "expression", "template": "{{ input.none }}" }), json!({ "none": null }), false),
        (json!({ "type": "expression", "template": " " }), json!(1), false),
    ];
    for (rule, arrived, expected) in cases {
        assert_eq!(meets(rule.clone(), arrived.clone()), expected, "{rule} on {arrived}");
    }
}

#[test]
fn the_first_rule_or_all_rules_decide_and_the_rest_leaves_otherwise() {
    let config = |matching: &str| {
        json!({ "matching": matching, "branches": [
            { "name": "z", "when": { "type": "contains", "text": "a" } },
            { "name": "b", "when": { "type": "contains", "text": "a" } },
            { "name": "c", "when": { "type": "contains", "text": "c" } },
        ] })
    };
    assert_eq!(taken(config("first"), json!("a")), ["z"]);
    assert_eq!(taken(config("all"), json!("a")), ["b", "z"]);
    assert_eq!(taken(config("all"), json!("x")), ["otherwise"]);
    assert_eq!(taken(json!({ "branches": [] }), json!("x")), ["otherwise"]);
}

#[test]
fn a_failing_expression_fails_the_node() {
    let config =
        json!({ "branches": [{ "name": "b", "when": { "type": "expression", "template": "{{ input.x }}" } }] });
    let failure = Attempt::of::<Router>(config).input("input", json!({})).run_now().unwrap_err();
    assert_eq!(failure.code, "expression");
}

#[test]
fn names_of_branches_are_free_and_unique() {
    let rule = json!({ "type": "contains", "text": "a" });
    let names = ["a", "a", "otherwise", "error"];
    let branches: Vec<Value> = names.iter().map(|name| json!({ "name": name, "when": rule })).collect();
    let config: RouterConfig = serde_json::from_value(json!({ "branches": branches })).unwrap();
    let pointers: Vec<String> = Router::check(&config).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/branches/1/name", "/branches/2/name", "/branches/3/name"]);
}

#[test]
fn a_pattern_that_grows_too_large_is_refused() {
    for pattern in ["a{1000}{1000}{100}", "(", "(a)\\1"] {
        let config = json!({ "branches": [{ "name": "b", "when": { "type": "regex", "pattern": pattern } }] });
        assert!(serde_json::from_value::<RouterConfig>(config).is_err(), "{pattern}");
    }
}

#[test]
fn a_pattern_made_to_backtrack_is_quick_on_a_long_text() {
    let text = format!("{}!", "a".repeat(300_000));
    assert!(!meets(json!({ "type": "regex", "pattern": "^(a+)+$" }), json!(text)));
}
