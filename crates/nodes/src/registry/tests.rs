//! What holds for every node type, whichever it is.

use std::collections::BTreeSet;

use engine::graph::Faces;
use protocol::nodes::{Face, NodeRole, NodeType, OutputPort};
use serde_json::{Value, json};

use super::{PrepareError, Registry};

fn each(check: impl Fn(&NodeType)) {
    Registry::standard().types().iter().for_each(check);
}

fn fits(text: &str, characters: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| characters.contains(character) || character.is_ascii_lowercase())
}

#[test]
fn names_are_plain_and_unique() {
    let types = Registry::standard().types();
    for kind in types.iter().map(|node| &node.kind) {
        assert!(fits(kind, "_0123456789"), "{kind}");
    }
    let title = |node: &NodeType| node.config_schema.parse::<Value>().unwrap()["title"].as_str().unwrap().to_owned();
    for name in [|node: &NodeType| node.kind.clone(), |node: &NodeType| node.face.label.clone(), title] {
        let names: BTreeSet<String> = types.iter().map(name).collect();
        assert_eq!(names.len(), types.len(), "{names:?}");
    }
}

#[test]
fn the_default_config_has_no_problems() {
    let registry = Registry::standard();
    each(|node| {
        assert_eq!(registry.check_config(&node.kind, &node.default_config), [], "{}", node.kind);
        assert!(registry.prepare(&node.kind, &node.default_config).is_ok(), "{}", node.kind);
    });
}

#[test]
fn an_unknown_field_is_a_problem_in_every_config() {
    let registry = Registry::standard();
    each(|node| {
        let mut config: Value = node.default_config.parse().unwrap();
        config["no_such_field"] = json!(1);
        assert_eq!(registry.check_config(&node.kind, &config.clone().into()).len(), 1, "{}", node.kind);
        assert!(registry.prepare(&node.kind, &config.into()).is_err(), "{}", node.kind);
    });
}

#[test]
fn faces_are_whole() {
    each(|node| {
        let Face { label, description, icon, role, inputs, outputs, .. } = &node.face;
        let kind = &node.kind;
        assert!(!label.is_empty(), "{kind}");
        assert!(description.ends_with('.') && description.matches(". ").count() == 0, "{kind}: one sentence");
        assert!(fits(icon, "-0123456789"), "{kind}: {icon}");
        let names: Vec<&str> = inputs.iter().map(|port| port.name.as_str()).collect();
        assert_ports(kind, &names);
        assert_ports(kind, &fixed(outputs));
        match role {
            NodeRole::Note => assert!(inputs.is_empty() && outputs.is_empty(), "{kind}"),
            NodeRole::Result => assert_eq!((names, outputs.len()), (vec!["value"], 0), "{kind}"),
            NodeRole::Iterator | NodeRole::Loop => assert_eq!((names.len(), outputs.len()), (1, 1), "{kind}"),
            // Nothing but its failure leaves.
            NodeRole::Step if kind == "stop_with_error" => assert!(outputs.is_empty(), "{kind}"),
            NodeRole::Step | NodeRole::Aggregator | NodeRole::Exit => assert!(!outputs.is_empty(), "{kind}"),
        }
        for field in config_fields(outputs) {
            let config: Value = node.default_config.parse().unwrap();
            assert!(config[field].is_array(), "{kind}: its config has a list `{field}`");
        }
    });
}

fn assert_ports(kind: &str, names: &[&str]) {
    let unique: BTreeSet<&&str> = names.iter().collect();
    assert_eq!(unique.len(), names.len(), "{kind}: {names:?}");
    assert!(!unique.contains(&"error"), "{kind}: the engine adds the port `error`");
    assert!(names.iter().all(|name| fits(name, "_0123456789")), "{kind}: {names:?}");
}

fn fixed(outputs: &[OutputPort]) -> Vec<&str> {
    outputs
        .iter()
        .filter_map(|port| match port {
            OutputPort::Fixed { name, .. } => Some(name.as_str()),
            OutputPort::Config { .. } => None,
        })
        .collect()
}

fn config_fields(outputs: &[OutputPort]) -> Vec<&str> {
    outputs
        .iter()
        .filter_map(|port| match port {
            OutputPort::Config { field, .. } => Some(field.as_str()),
            OutputPort::Fixed { .. } => None,
        })
        .collect()
}

/// The form shows descriptions, so none may be missing, and none may hold a leftover of Markdown for programmers.
#[test]
fn every_field_and_every_choice_has_a_help_text() {
    each(|node| {
        let schema: Value = node.config_schema.parse().unwrap();
        let mut missing = Vec::new();
        find_undescribed(&schema, &node.kind, &mut missing);
        assert_eq!(missing, [] as [String; 0]);
    });
}

fn find_undescribed(schema: &Value, path: &str, missing: &mut Vec<String>) {
    if let Some(fields) = schema["properties"].as_object() {
        for (name, field) in fields {
            let tag = field.get("const").is_some();
            if !tag && field["description"].as_str().is_none_or(str::is_empty) {
                missing.push(format!("{path}.{name}"));
            }
            find_undescribed(field, &format!("{path}.{name}"), missing);
        }
    }
    for (place, choice) in schema["oneOf"].as_array().into_iter().flatten().enumerate() {
        if choice["description"].as_str().is_none_or(str::is_empty) {
            missing.push(format!("{path}[{place}]"));
        }
        find_undescribed(choice, &format!("{path}[{place}]"), missing);
    }
    for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
        find_undescribed(definition, &format!("{path}#{name}"), missing);
    }
}

#[test]
fn problems_name_their_place() {
    let registry = Registry::standard();
    let problems = |kind: &str, config: Value| registry.check_config(kind, &config.into());
    let cases = [
        ("output", json!({ "name": 1 }), "/name", "1 is not of type \"string\""),
        ("output", json!([]), "", "[] is not of type \"object\""),
        (
            "merge",
            json!({ "mode": { "type": "text", "separator": 1 } }),
            "/mode/separator",
            "1 is not of type \"string\"",
        ),
        (
            "merge",
            json!({ "mode": { "type": "none" } }),
            "/mode/type",
            "`none` is none of `list`, `first`, `object`, `text`",
        ),
        (
            "merge",
            json!({ "mode": { "type": "first", "x": 1 } }),
            "/mode",
            "Additional properties are not allowed ('x' was unexpected)",
        ),
        ("merge", json!({ "mode": {} }), "/mode", "\"type\" is a required property"),
        ("transform", json!({ "mode": { "type": "template", "template": "a\n{{ b" } }), "/mode", "in line 2"),
        (
            "router",
            json!({ "branches": [{ "name": "a b", "when": { "type": "equals", "value": 1 } }] }),
            "/branches/0/name",
            "does not match",
        ),
        ("no_such", json!({}), "", "there is no node type `no_such`"),
    ];
    for (kind, config, pointer, message) in cases {
        let found = problems(kind, config.clone());
        assert_eq!(found.len(), 1, "{kind} {config}: {found:?}");
        assert_eq!(found[0].0, pointer, "{kind} {config}: {found:?}");
        assert!(found[0].1.contains(message), "{kind} {config}: {found:?}");
    }
}

#[test]
fn what_cannot_be_prepared_says_why() {
    let registry = Registry::standard();
    let told = |kind: &str, config: Value| registry.prepare(kind, &config.into()).err().unwrap();
    assert_eq!(told("no_such", json!({})), PrepareError::UnknownKind("no_such".to_owned()));
    let error = told("output", json!({ "name": 1 }));
    assert!(
        matches!(&error, PrepareError::Config { kind, pointer, .. } if kind == "output" && pointer == "/name"),
        "{error:?}"
    );
}
