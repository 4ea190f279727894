//! Imports go down only, and each floor knows no more than it should: crates by their manifests, the modules of `actors` by
//! their `crate::` paths, shells by never naming a command, SQL by living in `store` alone.

use std::collections::BTreeSet;

use product_tests::{Regex, TextFile, expect_none, lex, pattern, root, rust_files};

/// Each crate, the crates of ours it may see, and the foreign crates that are at home there and nowhere else.
const FLOORS: &[(&str, &[&str], &[&str])] = &[
    ("protocol", &[], &[]),
    ("engine", &["protocol"], &["minijinja", "jaq-core", "jaq-std", "serde_json_path"]),
    ("store", &["protocol"], &["rusqlite", "postgres", "tokio-postgres"]),
    ("nodes", &["protocol", "engine"], &[]),
    ("actors", &["protocol", "engine", "store", "nodes"], &["ractor"]),
    ("shell-http", &["protocol", "actors"], &["axum", "tower-http", "clap"]),
    ("shell-tauri", &["protocol", "actors", "shell-http"], &["tauri"]),
];

/// What the pure floors must not touch, because time, ids and the world are inputs there.
const IMPURE: &[(&str, &str)] = &[
    (
        r"\b(tokio|ractor|rand|getrandom|uuid|reqwest|rusqlite|postgres)::",
        "a runtime, the network, a database or randomness",
    ),
    (r"\bstd::(fs|net|env|process|thread)\b", "the outside world"),
    (r"\b(SystemTime|Instant)\b", "a clock"),
    (r"\bZoned::now\b|\bTimestamp::now\b", "a clock"),
];

/// The modules of `actors` by floor: a module sees its own floor and those below.
const ACTOR_FLOORS: &[(u8, &[&str])] = &[
    (0, &["clock", "config"]),
    (1, &["sidecar"]),
    (2, &["actors"]),
    (3, &["commands"]),
    (4, &["root", "studio", "offline"]),
];

#[test]
fn crates_depend_on_lower_floors_only() {
    let mut findings = Vec::new();
    for (name, manifest) in manifests() {
        let Some((_, allowed, _)) = FLOORS.iter().find(|(known, ..)| *known == name) else {
            findings.push(format!("crates/{name} stands on no floor: give it a row in FLOORS"));
            continue;
        };
        for dependency in dependencies(&manifest) {
            let ours = FLOORS.iter().any(|(known, ..)| *known == dependency);
            if ours && dependency != name && !allowed.contains(&dependency.as_str()) {
                findings.push(format!("crates/{name}/Cargo.toml depends on `{dependency}`"));
            }
            let home = FLOORS.iter().find(|(_, _, at_home)| at_home.contains(&dependency.as_str()));
            if let Some((home, ..)) = home.filter(|(home, ..)| *home != name) {
                findings.push(format!("crates/{name}/Cargo.toml depends on `{dependency}`, whose home is `{home}`"));
            }
        }
    }
    expect_none(
        "Move the code to the floor that may see it, or hand the thing in as a value or a narrow trait.",
        &findings,
    );
}

/// The jq parser recurses per word, so it is given a thread for its stack alone: what it reads and returns stays pure.
const JQ_PARSER_STACK: &str = "crates/engine/src/expression/jq/guard.rs";

#[test]
fn pure_floors_touch_no_clock_no_randomness_no_world() {
    let mut findings = Vec::new();
    for file in sources("crates/protocol/src/").chain(sources("crates/engine/src/")) {
        if file.path == JQ_PARSER_STACK {
            continue;
        }
        let code = lex(&file.text).code;
        for (expression, what) in IMPURE {
            report(&mut findings, &file, &code, &pattern(expression), what);
        }
    }
    expect_none("Take it as input (a time, an id, a value) or return an effect that `actors` carries out.", &findings);
}

#[test]
fn nodes_see_neither_store_nor_actors() {
    let mut findings = Vec::new();
    let never = pattern(r"(^|[^:\w])(store|actors|ractor|rusqlite|postgres)::");
    let outside_only =
        pattern(r"(^|[^:\w])(reqwest::(Client|ClientBuilder|blocking|get)\b|(std|tokio)::(fs|net|process)\b)");
    for file in sources("crates/nodes/src/") {
        let code = lex(&file.text).code;
        report(&mut findings, &file, &code, &never, "of a floor above");
        if !file.path.starts_with("crates/nodes/src/outside") {
            report(&mut findings, &file, &code, &outside_only, "for `outside` only");
        }
    }
    expect_none(
        "A node asks its `Context` for the narrow thing it needs; what reaches out is built in `nodes/outside`.",
        &findings,
    );
}

#[test]
fn sql_lives_in_the_store() {
    let statement = pattern(
        r"(?s)\bSELECT\b.*\bFROM\b|(?i:\binsert\s+into\s|\bdelete\s+from\s+\w+|\bupdate\s+\w+\s+set\s|\bcreate\s+(unique\s+)?(table|index)\s|\balter\s+table\s|\bdrop\s+(table|index)\s)|\bPRAGMA\s",
    );
    let mut findings = Vec::new();
    for file in rust_files()
        .into_iter()
        .filter(|file| file.path.starts_with("crates/") && !file.path.starts_with("crates/store/"))
    {
        for (line, text) in lex(&file.text).strings {
            if statement.is_match(&text) {
                findings.push(format!("{}:{line}: {}", file.path, text.lines().next().unwrap_or_default()));
            }
        }
    }
    expect_none(
        "Write a function in `crates/store/src/tables` and call it through `Db::read` or `Db::write`.",
        &findings,
    );
}

#[test]
fn shells_never_name_a_command() {
    let table = std::fs::read_to_string(root().join("crates/protocol/src/table.rs")).expect("the command table exists");
    let row = pattern(r#"(?m)^\s*"([a-z_]+\.[a-z_]+)"\s+\w+ \w+\s.*?\]\s+(\w+)\s+=>"#);
    let rows: Vec<(String, String)> =
        row.captures_iter(&table).map(|found| (found[1].to_owned(), found[2].to_owned())).collect();
    assert!(rows.len() >= 20, "only {} rows read from the command table: the pattern is stale", rows.len());
    let mut findings = Vec::new();
    for file in sources("crates/shell-http/").chain(sources("crates/shell-tauri/")) {
        let lexed = lex(&file.text);
        for (name, command) in &rows {
            if let Some((line, _)) = lexed.strings.iter().find(|(_, text)| text.contains(name.as_str())) {
                findings.push(format!("{}:{line}: names `{name}`", file.path));
            }
            report(&mut findings, &file, &lexed.code, &pattern(&format!(r"\b{command}\b")), "a command");
        }
    }
    expect_none(
        "A shell walks `protocol::catalogue()`; what needs one certain command belongs into `Studio`.",
        &findings,
    );
}

#[test]
fn modules_of_actors_import_downwards() {
    let inner = pattern(r"\bcrate::([a-z_]+)");
    let mut findings = Vec::new();
    let mut unknown = BTreeSet::new();
    for file in sources("crates/actors/src/") {
        let Some(module) = top_module(&file.path) else { continue };
        let Some(floor) = actor_floor(&module) else {
            unknown.insert(format!("module `{module}` stands on no floor: give it a place in ACTOR_FLOORS"));
            continue;
        };
        for (index, line) in lex(&file.text).code.lines().enumerate() {
            for found in inner.captures_iter(line) {
                if actor_floor(&found[1]).is_some_and(|other| other > floor) {
                    findings.push(format!("{}:{}: `{module}` sees `{}`", file.path, index + 1, &found[1]));
                }
            }
        }
    }
    findings.extend(unknown);
    expect_none("Inside `actors`: sidecar, triggers <- actors <- commands <- root, studio.", &findings);
}

/// Sources below a folder, tests apart: those may reach up to drive what they test.
fn sources(prefix: &'static str) -> impl Iterator<Item = TextFile> {
    rust_files().into_iter().filter(move |file| file.path.starts_with(prefix) && !file.is_test())
}

fn report(findings: &mut Vec<String>, file: &TextFile, code: &str, forbidden: &Regex, what: &str) {
    let before_tests = code.split("#[cfg(test)]").next().unwrap_or_default();
    for (index, line) in before_tests.lines().enumerate() {
        if let Some(found) = forbidden.find(line) {
            findings.push(format!("{}:{}: `{}` is {what}", file.path, index + 1, found.as_str().trim()));
        }
    }
}

fn top_module(path: &str) -> Option<String> {
    let inside = path.strip_prefix("crates/actors/src/")?;
    let first = inside.split('/').next()?.trim_end_matches(".rs");
    (first != "lib").then(|| first.to_owned())
}

fn actor_floor(module: &str) -> Option<u8> {
    ACTOR_FLOORS.iter().find(|(_, modules)| modules.contains(&module)).map(|(floor, _)| *floor)
}

fn manifests() -> Vec<(String, toml::Table)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("crates")).expect("the folder crates/ exists") {
        let folder = entry.expect("crates/ is readable").path();
        let Ok(text) = std::fs::read_to_string(folder.join("Cargo.toml")) else { continue };
        let manifest: toml::Table = text.parse().expect("Cargo has read this manifest already");
        let name = manifest["package"]["name"].as_str().expect("a package has a name").to_owned();
        found.push((name, manifest));
    }
    assert!(found.len() >= 6, "only {} crates found", found.len());
    found
}

/// Names in every kind of dependency table, those for one platform included.
fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (key, value) in manifest {
        let Some(table) = value.as_table() else { continue };
        if key.ends_with("dependencies") {
            names.extend(table.keys().cloned());
        } else if key == "target" {
            names.extend(table.values().filter_map(toml::Value::as_table).flat_map(dependencies));
        }
    }
    names
}
