//! Rules of style that a lint cannot see: ids are newtypes, SQL stays portable, failures are not swallowed, supervisors state their
//! policy, and neither canvas nor pages ask which kind a node is.

use product_tests::{TextFile, expect_none, files, lex, matching_lines, pattern, root, rust_files};

/// Words that only one of the two databases knows, or that the two understand differently.
const UNPORTABLE_SQL: &str = r"(?i)\bINSERT\s+OR\b|\bREPLACE\s+INTO\b|\bAUTOINCREMENT\b|\b(BIG)?SERIAL\b|\bNOW\s*\(|\bCURRENT_TIMESTAMP\b|\bILIKE\b|\bGLOB\b|\bjsonb?_\w+\s*\(|\bJSONB\b|\bIFNULL\s*\(|\bstrftime\s*\(|\bdatetime\s*\(|\bto_timestamp\s*\(|::(text|bigint|int|jsonb?)\b|[=(,]\s*\?\d*";

/// The drivers speak to one database each.
const DRIVERS: &str = r"/(sqlite|postgres|driver)[^/]*(/|\.rs$)";

#[test]
fn ids_on_the_wire_are_newtypes() {
    let bare = pattern(
        r"\b((\w+_)?ids?)\s*:\s*(Option<|Vec<|BTreeSet<|Box<)*(&?(\x27static )?str|String|Arc<str>|Uuid|[ui](32|64|128))\b",
    );
    let mut findings = Vec::new();
    for file in sources("crates/protocol/src/") {
        let code = lex(&file.text).code;
        findings.extend(
            matching_lines(&code, &bare).iter().map(|(line, text)| format!("{}:{line}: {}", file.path, text.trim())),
        );
    }
    expect_none("Add the id to `protocol/ids.rs` and use its type.", &findings);
}

#[test]
fn sql_is_portable() {
    let unportable = pattern(UNPORTABLE_SQL);
    let statement = pattern(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|WITH)\b");
    let driver = pattern(DRIVERS);
    let mut findings = Vec::new();
    let mut seen = 0;
    for file in files().iter().filter(|file| file.path.starts_with("crates/store/") && !driver.is_match(&file.path)) {
        let texts = if file.has_extension("sql") {
            vec![(1, file.text.clone())]
        } else if file.has_extension("rs") {
            lex(&file.text).strings
        } else {
            continue;
        };
        for (line, text) in texts.iter().filter(|(_, text)| statement.is_match(text)) {
            seen += 1;
            if let Some(found) = unportable.find(text) {
                findings.push(format!("{}:{line}: `{}`", file.path, found.as_str().trim()));
            }
        }
    }
    assert!(seen > 10, "only {seen} statements found in the store: the search is stale");
    expect_none(
        "One text runs on SQLite and PostgreSQL: placeholders `$1`, times and ids made in Rust, `ON CONFLICT … DO UPDATE`.",
        &findings,
    );
}

#[test]
fn failures_are_not_swallowed_silently() {
    // `drop` is for a value whose life ends; around one of these calls it throws a failure away.
    let calls = r"\.(await|(send|try_send|cast|remove_file|try_init|install_default|set_nodelay)\()|\bwriteln?!";
    let swallow = pattern(&format!(r"\.ok\(\)\s*;|\blet _ = |\bdrop\([^;]*({calls})"));
    let mut findings = Vec::new();
    for file in rust_files().iter().filter(|file| !file.is_test()) {
        let lexed = lex(&file.text);
        let before_tests = lexed.code.split("#[cfg(test)]").next().unwrap_or_default();
        for (line, text) in matching_lines(before_tests, &swallow) {
            let explained = lexed
                .comments
                .iter()
                .any(|(at, comment)| *at <= line && line - at - comment.matches('\n').count() <= 1);
            if !explained {
                findings.push(format!("{}:{line}: {}", file.path, text.trim()));
            }
        }
    }
    expect_none("Handle the failure, or say in a comment above why it does not matter.", &findings);
}

#[test]
fn our_enums_are_matched_without_wildcards() {
    let lint = "wildcard_enum_match_arm";
    let mut findings = Vec::new();
    for name in ["engine", "actors"] {
        let read =
            |path: &str| std::fs::read_to_string(root().join(format!("crates/{name}/{path}"))).unwrap_or_default();
        let on = pattern(&format!(r"(?s)#!\[(deny|forbid|warn)\([^)]*clippy::{lint}"));
        let in_manifest = pattern(&format!(r#"(?m)^{lint} = .*(deny|warn|forbid)"#));
        if !on.is_match(&read("src/lib.rs")) && !in_manifest.is_match(&read("Cargo.toml")) {
            findings.push(format!("crates/{name}/src/lib.rs"));
        }
    }
    expect_none(
        "Put `#![deny(clippy::wildcard_enum_match_arm)]` at its top: a new variant must break the build where it matters.",
        &findings,
    );
}

#[test]
fn supervisors_state_their_policy() {
    let actor = pattern(r"\bimpl(<[^>]*>)? Actor for (\w+)");
    let spawns = pattern(r"\bspawn_linked\b|\.link\(|\bspawn_instant_linked\b|myself\.get_cell\(\)");
    let mut findings = Vec::new();
    for file in sources("crates/actors/src/") {
        let code = lex(&file.text).code;
        let Some(found) = actor.captures(&code) else { continue };
        if spawns.is_match(&code) && !code.contains("fn handle_supervisor_evt") {
            findings.push(format!("{}: `{}`", file.path, &found[2]));
        }
    }
    expect_none("Write `handle_supervisor_evt`: ractor's default stops the parent when any child ends.", &findings);
}

#[test]
fn canvas_and_pages_do_not_ask_for_the_kind() {
    let declared = pattern(r#"const KIND: &'static str = "([a-z_]+)";"#);
    let sources = rust_files();
    let kinds: Vec<&str> = sources
        .iter()
        .filter(|file| file.path.starts_with("crates/nodes/src/") && !file.is_test())
        .flat_map(|file| declared.captures_iter(&file.text).filter_map(|found| found.get(1)).map(|kind| kind.as_str()))
        .collect();
    assert!(kinds.len() >= 9, "only {} node types found: the pattern is stale", kinds.len());
    let kinds = kinds.join("|");
    let asks = pattern(&format!(
        r#"\bkind\s*[!=]==?\s*["'`]({kinds})["'`]|["'`]({kinds})["'`]\s*[!=]==?\s*[\w.?]*\bkind\b|case ["'`]({kinds})["'`]"#
    ));
    let mut findings = Vec::new();
    for file in
        files().iter().filter(|file| file.path.starts_with("ui/src/canvas/") || file.path.starts_with("ui/src/pages/"))
    {
        if !file.is_test() {
            findings.extend(
                matching_lines(&file.text, &asks)
                    .iter()
                    .map(|(line, text)| format!("{}:{line}: {}", file.path, text.trim())),
            );
        }
    }
    expect_none(
        "Let the node type's face or schema answer: a new node type is one file, and none of the UI's.",
        &findings,
    );
}

fn sources(prefix: &'static str) -> impl Iterator<Item = TextFile> {
    rust_files().into_iter().filter(move |file| file.path.starts_with(prefix) && !file.is_test())
}
