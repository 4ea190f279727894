//! Tidiness of every committed file: length, the comment at its top, no banners, no commented-out code, no diary words,
//! no dead files, no addresses of registries and no paths of one machine. Each failure says what to do.

use std::collections::BTreeSet;
use std::path::Path;

use product_tests::{Regex, TextFile, expect_none, files, lex, matching_lines, pattern, root, rust_files};

/// A file tells one story; beyond this it tells two.
const LINE_LIMIT: usize = 400;
const COMPONENT_LINE_LIMIT: usize = 250;
const ARCHITECTURE_LINE_LIMIT: usize = 200;
const HEADER_LINES: std::ops::RangeInclusive<usize> = 2..=6;

#[test]
fn files_stay_short() {
    let mut findings = Vec::new();
    for file in files().iter().filter(|file| is_source(file) && !file.is_test()) {
        let lines = lines_without_tests(file);
        let limit = if file.has_extension("tsx") { COMPONENT_LINE_LIMIT } else { LINE_LIMIT };
        if lines > limit {
            findings.push(format!("{}: {lines} lines, {limit} are the limit", file.path));
        }
    }
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap_or_default();
    if architecture.lines().count() > ARCHITECTURE_LINE_LIMIT {
        findings.push(format!("ARCHITECTURE.md: more than {ARCHITECTURE_LINE_LIMIT} lines"));
    }
    expect_none("Split by concept, not by size: give the second story a file and a name of its own.", &findings);
}

#[test]
fn rust_modules_open_with_their_purpose() {
    let mut findings = Vec::new();
    for file in rust_files().iter().filter(|file| !file.is_test() || file.path.starts_with("tests/")) {
        let lines = file.text.lines().take_while(|line| line.starts_with("//!")).count();
        if !HEADER_LINES.contains(&lines) {
            findings.push(format!("{}: {lines} lines of `//!` at the top", file.path));
        }
    }
    expect_none("Say in two to six lines what the module is for and what it does not do.", &findings);
}

#[test]
fn other_sources_open_with_their_purpose() {
    let mut findings = Vec::new();
    for file in files().iter().filter(|file| is_source(file) && !file.has_extension("rs") && !file.is_test()) {
        let mut lines = file.text.lines().skip_while(|line| line.starts_with("#!") || line.trim().is_empty());
        let opened =
            lines.next().is_none_or(|first| ["\"\"\"", "#", "//", "/*"].iter().any(|mark| first.starts_with(mark)));
        if !opened {
            findings.push(format!("{}: no comment at the top", file.path));
        }
    }
    expect_none("Say at the top what the file is for and what it does not do.", &findings);
}

#[test]
fn no_banners_and_no_commented_out_code() {
    let banner = pattern(r"^\s*(//[/!]?|#|/?\*+)\s*([-=*#~─═]{4,}|[-=*#~─═]{2,}.*[-=*#~─═]{2,})\s*(\*/)?$");
    let code = pattern(r"^\s*//\s*([\w.:<>]+\(.*\);|(let|const|use|return|import|if|for|pub|fn)\b.*[;{]|\})\s*$");
    let mut findings = Vec::new();
    for file in files().iter().filter(|file| is_source(file)) {
        findings.extend(places(file, &banner));
        if !file.has_extension("py") && !is_shell(file) {
            findings.extend(places(file, &code));
        }
    }
    expect_none("Headings are modules and functions; old code is in the history. Delete the line.", &findings);
}

#[test]
fn comments_hold_no_diary() {
    let diary = pattern(
        &[
            concat!(r"\b(TO", r"DO|FIX", r"ME|X", r"XX|HA", r"CK)\b"),
            r"(?i:\bphase \d)",
            r"(?i:\b(issue|ticket|pr) ?#?\d+\b)",
            r"\b20[2-9]\d-[01]\d-[0-3]\d\b",
            r"@author|\bAuthor:",
        ]
        .join("|"),
    );
    let mut findings = Vec::new();
    for file in files().iter().filter(|file| is_source(file)) {
        for (line, text) in comments(file) {
            if let Some(found) = diary.find(&text) {
                findings.push(format!("{}:{line}: `{}`", file.path, found.as_str()));
            }
        }
    }
    expect_none(
        "Code says how it is; the history says when, who and what is next. Do it now or leave it out.",
        &findings,
    );
}

#[test]
fn committed_files_name_no_registry_host_and_no_machine() {
    let host = [
        ["index.cra", "tes.io"],
        ["static.cra", "tes.io"],
        ["registry.np", "mjs.org"],
        ["registry.yarn", "pkg.com"],
        ["files.python", "hosted.org"],
        ["py", "pi.org"],
        ["deb.deb", "ian.org"],
        ["snapshot.deb", "ian.org"],
        ["proxy.go", "lang.org"],
    ];
    let machine = [
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["/ho", "me/[a-z]"],
        ["/Us", "ers/[a-zA-Z]"],
        ["/fa", "rm/"],
        ["/tmp/", "research"],
    ];
    let escaped = host.map(|parts| parts.concat().replace('.', r"\."));
    let hosts = pattern(&format!("({})", escaped.join("|")));
    let machines = pattern(&format!(r#"(^|[\s"'`=(:,])({})"#, machine.map(|parts| parts.concat()).join("|")));
    let mut findings = Vec::new();
    for file in files().iter().filter(|file| file.path != "Cargo.lock") {
        findings.extend(places(file, &hosts));
        findings.extend(places(file, &machines));
    }
    expect_none(
        "Use a registry's client without naming its host, and paths from the repository, $HOME or a flag.",
        &findings,
    );
}

#[test]
fn every_rust_file_is_compiled() {
    let sources = rust_files();
    let roots = roots();
    let mut compiled = roots.clone();
    let mut pending: Vec<String> = roots.iter().cloned().collect();
    while let Some(path) = pending.pop() {
        let Some(file) = sources.iter().find(|file| file.path == path) else { continue };
        for child in declared_modules(file, &roots) {
            if compiled.insert(child.clone()) {
                pending.push(child);
            }
        }
    }
    let findings: Vec<String> =
        sources.iter().filter(|file| !compiled.contains(&file.path)).map(|file| file.path.clone()).collect();
    expect_none("Declare it with `mod`, or delete it: nobody compiles it.", &findings);
}

#[test]
fn every_typescript_file_is_imported() {
    let all: Vec<TextFile> = files().into_iter().filter(|file| file.path.starts_with("ui/")).collect();
    let specifier =
        pattern(r#"(?:from|import|import\()\s*["'`]([^"'`]+)["'`]|["'`]((?:\.|/|@)[^"'`\s]*/[^"'`\s]+)["'`]"#);
    let mut named = BTreeSet::new();
    for file in &all {
        for found in specifier.captures_iter(&file.text) {
            let path = found.get(1).or_else(|| found.get(2)).map_or("", |text| text.as_str());
            let last = path.rsplit('/').next().unwrap_or_default();
            let stem = last.trim_end_matches(".tsx").trim_end_matches(".ts").trim_end_matches(".css");
            named.insert(if stem == "index" {
                path.rsplit('/').nth(1).unwrap_or_default().to_owned()
            } else {
                stem.to_owned()
            });
        }
    }
    let mut findings = Vec::new();
    for file in
        all.iter().filter(|file| file.path.starts_with("ui/src/") && !file.is_test() && !file.path.ends_with(".d.ts"))
    {
        let path = Path::new(&file.path);
        if !(file.has_extension("ts") || file.has_extension("tsx")) {
            continue;
        }
        let mut stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if stem == "index" {
            stem = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
        }
        if !named.contains(stem) {
            findings.push(file.path.clone());
        }
    }
    expect_none("Import it or delete it: nobody loads it.", &findings);
}

fn is_source(file: &TextFile) -> bool {
    let code = ["rs", "py", "ts", "tsx", "mjs"].iter().any(|extension| file.has_extension(extension)) || is_shell(file);
    code && !file.is_generated()
}

fn is_shell(file: &TextFile) -> bool {
    file.has_extension("sh") || file.text.starts_with("#!/usr/bin/env bash")
}

fn comments(file: &TextFile) -> Vec<(usize, String)> {
    if file.has_extension("rs") {
        return lex(&file.text).comments;
    }
    let comment = pattern(r"(^|\s)(#|//|/\*|\*)\s.*");
    matching_lines(&file.text, &comment).into_iter().map(|(line, text)| (line, text.to_owned())).collect()
}

fn places(file: &TextFile, forbidden: &Regex) -> Vec<String> {
    matching_lines(&file.text, forbidden)
        .into_iter()
        .map(|(line, text)| format!("{}:{line}: {}", file.path, text.trim()))
        .collect()
}

/// Lines of a Rust file outside its inline test module; of others all lines.
fn lines_without_tests(file: &TextFile) -> usize {
    let all = file.text.lines().count();
    if !file.has_extension("rs") {
        return all;
    }
    let code = lex(&file.text).code;
    let Some(start) = code.find("#[cfg(test)]\nmod tests {") else { return all };
    let mut depth = 0_usize;
    for (offset, found) in code[start..].char_indices() {
        match found {
            '{' => depth += 1,
            '}' if depth == 1 => return all - code[start..=start + offset].lines().count(),
            '}' => depth -= 1,
            _ => {}
        }
    }
    all
}

/// Files that Cargo compiles by itself: the usual places, and every `path` in a manifest.
fn roots() -> BTreeSet<String> {
    let usual = pattern(
        r"^(crates/[^/]+/)(src/(lib|main)\.rs|build\.rs|src/bin/[^/]+\.rs|src/bin/[^/]+/main\.rs|(tests|benches|examples)/[^/]+\.rs|(tests|benches|examples)/[^/]+/main\.rs)$",
    );
    let mut found: BTreeSet<String> =
        rust_files().iter().filter(|file| usual.is_match(&file.path)).map(|file| file.path.clone()).collect();
    for manifest in files().iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        let folder = manifest.path.trim_end_matches("Cargo.toml");
        let target = pattern(r#"(?m)^path\s*=\s*"([^"]+\.rs)""#);
        found
            .extend(target.captures_iter(&manifest.text).map(|path| without_parents(&format!("{folder}{}", &path[1]))));
    }
    found
}

/// `a/b/../c` as `a/c`.
fn without_parents(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            ".." => parts.truncate(parts.len().saturating_sub(1)),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Where the `mod name;` lines of a file lead; both places that Rust looks at.
fn declared_modules(file: &TextFile, roots: &BTreeSet<String>) -> Vec<String> {
    let path = Path::new(&file.path);
    let folder = path.parent().and_then(Path::to_str).unwrap_or_default();
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let is_root = matches!(stem, "lib" | "main" | "mod") || roots.contains(&file.path);
    let inside = if is_root { folder.to_owned() } else { format!("{folder}/{stem}") };
    let declaration = pattern(r"(?m)^\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+([a-z_0-9]+);");
    let by_path = pattern(r#"(?m)^#\[path = "([^"]+)"\]"#);
    let code = lex(&file.text).code;
    let mut found: Vec<String> = declaration
        .captures_iter(&code)
        .flat_map(|name| [format!("{inside}/{}.rs", &name[1]), format!("{inside}/{}/mod.rs", &name[1])])
        .collect();
    found.extend(by_path.captures_iter(&file.text).map(|name| format!("{folder}/{}", &name[1])));
    found
}
