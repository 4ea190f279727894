use serde_json::{Value, json};

use super::{FileGlob, FileGlobConfig};
use crate::Node;
use crate::testing::{Attempt, Folder};

fn docs() -> Folder {
    Folder::holding(&[
        ("docs/b.md", b"two"),
        ("docs/a.md", b"one, longer"),
        ("docs/c.txt", b"text"),
        ("docs/deep/d.md", b"three3"),
        ("docs/deep/er/e.md", b"\xff\xfe"),
        ("docs/.ssh/key.md", b"secret"),
    ])
}

fn run(folder: &Folder, config: Value) -> Result<Value, String> {
    let attempt = Attempt::of::<FileGlob>(config).input("input", json!("docs")).outside(folder.outside());
    attempt.run_now().map(|done| json!(done)).map_err(|failure| format!("{}: {}", failure.code, failure.message))
}

fn paths(folder: &Folder, config: Value) -> Value {
    run(folder, config).unwrap()["paths"].clone()
}

#[test]
fn finds_by_name_or_path() {
    let folder = docs();
    let cases = [
        (json!({ "folder": "docs", "pattern": "*.md" }), json!(["docs/a.md", "docs/b.md"])),
        (json!({ "folder": "{{ input }}", "pattern": "[ab].*" }), json!(["docs/a.md", "docs/b.md"])),
        (
            json!({ "folder": "./docs/", "pattern": "*.md", "recursive": true }),
            json!(["docs/a.md", "docs/b.md", "docs/deep/d.md", "docs/deep/er/e.md"]),
        ),
        (json!({ "pattern": "docs/*/*.md", "recursive": true }), json!(["docs/deep/d.md"])),
        (json!({ "pattern": "docs/**/{d,e}.md", "recursive": true }), json!(["docs/deep/d.md", "docs/deep/er/e.md"])),
        (json!({ "folder": "docs", "pattern": "*.rs" }), json!([])),
    ];
    for (config, expected) in cases {
        assert_eq!(paths(&folder, config.clone()), expected, "{config}");
    }
    let absolute = folder.path().join("docs");
    let found = paths(&folder, json!({ "folder": absolute, "pattern": "a.md" }));
    assert_eq!(found, json!([absolute.join("a.md")]));
}

#[test]
fn sorts_first_and_cuts_off_then() {
    let folder = docs();
    for (name, seconds) in [("a", 300), ("b", 100), ("c", 200)] {
        let path = folder.path().join(format!("docs/{name}.{}", if name == "c" { "txt" } else { "md" }));
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
    let cases = [
        (json!({ "sort_by": "modified", "descending": true, "max_files": 1 }), json!(["docs/a.md"])),
        (json!({ "sort_by": "modified", "max_files": 2 }), json!(["docs/b.md", "docs/c.txt"])),
        (json!({ "sort_by": "size" }), json!(["docs/b.md", "docs/c.txt", "docs/a.md"])),
        (json!({ "sort_by": "path", "descending": true }), json!(["docs/c.txt", "docs/b.md", "docs/a.md"])),
    ];
    for (mut config, expected) in cases {
        config["folder"] = json!("docs");
        assert_eq!(paths(&folder, config.clone()), expected, "{config}");
    }
}

#[test]
fn reads_what_it_can_and_lists_what_it_cannot() {
    let folder = docs();
    let content = json!({ "type": "read", "max_bytes": 10 });
    let done =
        run(&folder, json!({ "folder": "docs", "pattern": "*.md", "recursive": true, "content": content })).unwrap();
    let contents: Vec<(&Value, &Value)> =
        done["files"].as_array().unwrap().iter().map(|file| (&file["name"], &file["content"])).collect();
    assert_eq!(contents, [(&json!("b.md"), &json!("two")), (&json!("d.md"), &json!("three3"))]);
    assert_eq!((&done["count"], &done["files"][0]["bytes"]), (&json!(2), &json!(3)));
    let skipped: Vec<(&str, bool)> = done["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|skipped| (skipped["path"].as_str().unwrap(), skipped["reason"].as_str().unwrap().contains("limit of 10")))
        .collect();
    assert_eq!(skipped, [("docs/a.md", true), ("docs/deep/er/e.md", false)]);
}

#[test]
fn all_contents_together_have_a_limit() {
    let folder = docs();
    let mut outside = folder.outside();
    outside.limits.max_output_bytes = 10;
    let config = json!({ "folder": "docs", "pattern": "*.md", "content": { "type": "read" } });
    let failure = Attempt::of::<FileGlob>(config).outside(outside).run_now().unwrap_err();
    assert_eq!(failure.message, "the files found in `docs` together are longer than 10 bytes");
}

#[test]
fn keys_are_not_found_and_folders_outside_are_refused() {
    let folder = docs();
    assert_eq!(paths(&folder, json!({ "folder": "docs", "pattern": "key.md", "recursive": true })), json!([]));
    for outside in ["docs/.ssh", "..", "docs/../..", "/etc", "none"] {
        let told = run(&folder, json!({ "folder": outside })).unwrap_err();
        let code = if outside == "none" { "file_not_found" } else { "path_refused" };
        assert!(told.starts_with(code), "{outside}: {told}");
    }
}

/// A link to a folder is not walked into; a link to a file is read only where it stays within the root.
#[test]
fn links_lead_nowhere_else() {
    use std::os::unix::fs::symlink;
    let (folder, other) = (docs(), Folder::holding(&[("secret.md", b"secret")]));
    symlink(other.path(), folder.path().join("docs/away")).unwrap();
    symlink(other.path().join("secret.md"), folder.path().join("docs/z.md")).unwrap();
    symlink("a.md", folder.path().join("docs/near.md")).unwrap();
    symlink("..", folder.path().join("docs/deep/loop")).unwrap();
    let config = json!({ "folder": "docs", "pattern": "*.md", "recursive": true, "content": { "type": "read" } });
    let done = run(&folder, config).unwrap();
    assert!(!done.to_string().contains("secret\""), "{done}");
    let names: Vec<&str> = done["paths"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(names, ["docs/a.md", "docs/b.md", "docs/deep/d.md", "docs/near.md"]);
    assert!(done["skipped"].as_array().unwrap().iter().any(|skipped| skipped["path"] == "docs/z.md"), "{done}");
}

#[test]
fn a_pattern_must_be_one_and_folders_in_it_need_a_recursive_search() {
    for pattern in ["[", "{a"] {
        assert!(serde_json::from_value::<FileGlobConfig>(json!({ "pattern": pattern })).is_err(), "{pattern}");
    }
    let config = serde_json::from_value(json!({ "pattern": "a/*.md" })).unwrap();
    assert_eq!(FileGlob::check(&config)[0].0, "/recursive");
}
