use serde_json::{Value, json};

use super::FileWrite;
use crate::testing::{Attempt, Folder};

fn attempt(folder: &Folder, config: Value, content: Value) -> Attempt {
    Attempt::of::<FileWrite>(config).input("content", content).outside(folder.outside())
}

fn write(folder: &Folder, config: Value, content: Value) -> Result<Value, String> {
    let done = attempt(folder, config, content).run_now();
    done.map(|done| json!(done)).map_err(|failure| format!("{}: {}", failure.code, failure.message))
}

fn read(folder: &Folder, path: &str) -> String {
    std::fs::read_to_string(folder.path().join(path)).unwrap()
}

#[test]
fn writes_by_format() {
    let table = json!([{ "a": 1, "b": "x\ny" }]);
    let cases = [
        (json!({ "type": "text" }), json!("ä"), "ä"),
        (json!({ "type": "text", "line_break": true }), json!({ "a": 1 }), "{\"a\":1}\n"),
        (json!({ "type": "json" }), json!({ "a": [1] }), "{\"a\":[1]}\n"),
        (json!({ "type": "json", "pretty": true }), json!({ "a": 1 }), "{\n  \"a\": 1\n}\n"),
        (json!({ "type": "csv", "delimiter": "semicolon" }), table, "a;b\n1;\"x\ny\"\n"),
        (json!({ "type": "binary" }), json!("YWJj\n"), "abc"),
    ];
    for (format, content, expected) in cases {
        let folder = Folder::holding(&[("out/a", b"something that was there and is longer")]);
        let done = write(&folder, json!({ "path": "out/{{ 'a' }}", "format": format }), content).unwrap();
        assert_eq!(done, json!({ "path": "out/a", "bytes": expected.len() }));
        assert_eq!(read(&folder, "out/a"), expected);
        let names: Vec<_> = std::fs::read_dir(folder.path().join("out")).unwrap().collect();
        assert_eq!(names.len(), 1, "no temporary file is left");
    }
}

#[test]
fn adds_at_the_end() {
    let folder = Folder::holding(&[("log.txt", b"1")]);
    let text = json!({ "path": "log.txt", "mode": "append", "format": { "type": "text", "line_break": true } });
    assert_eq!(write(&folder, text.clone(), json!("2")).unwrap()["bytes"], 2);
    write(&folder, text, json!("3")).unwrap();
    assert_eq!(read(&folder, "log.txt"), "12\n3\n");
    let table = json!({ "path": "t.csv", "mode": "append", "format": { "type": "csv" } });
    for row in 1..=2 {
        write(&folder, table.clone(), json!([{ "a": row }])).unwrap();
    }
    assert_eq!(read(&folder, "t.csv"), "a\n1\n2\n", "the names stand there once");
    let lines = json!({ "path": "l.jsonl", "mode": "append", "format": { "type": "json", "pretty": true } });
    for line in 1..=2 {
        write(&folder, lines.clone(), json!({ "a": line })).unwrap();
    }
    assert_eq!(read(&folder, "l.jsonl"), "{\"a\":1}\n{\"a\":2}\n");
}

#[test]
fn leaves_what_is_there_alone_when_told_to() {
    let folder = Folder::holding(&[("a.txt", b"first")]);
    let config = json!({ "path": "a.txt", "mode": "fail_if_exists" });
    assert_eq!(write(&folder, config.clone(), json!("x")).unwrap_err(), "file_exists: `a.txt` exists already");
    assert_eq!(read(&folder, "a.txt"), "first");
    let fresh = json!({ "path": "new/b.txt", "mode": "fail_if_exists" });
    write(&folder, fresh.clone(), json!("mine")).unwrap();
    assert_eq!(read(&folder, "new/b.txt"), "mine");

    // A second attempt finds what the first one wrote before it was cut off.
    let mut again = attempt(&folder, fresh.clone(), json!("mine"));
    again.context.attempt = 2;
    assert!(again.run_now().is_ok());
    let mut other = attempt(&folder, fresh, json!("another's"));
    other.context.attempt = 2;
    assert_eq!(other.run_now().unwrap_err().code, "file_exists");
}

#[test]
fn says_why_it_cannot() {
    let cases = [
        (json!({ "path": "no/a.txt", "create_folders": false }), json!("x"), "file_not_found"),
        (json!({ "path": "../a.txt" }), json!("x"), "path_refused"),
        (json!({ "path": "/etc/a.txt" }), json!("x"), "path_refused"),
        (json!({ "path": "." }), json!("x"), "path_refused"),
        (json!({ "path": "folder" }), json!("x"), "path_refused"),
        (json!({ "path": ".ssh/authorized_keys" }), json!("x"), "path_refused"),
        (json!({ "path": "" }), json!("x"), "path_refused"),
        (json!({ "path": "a", "format": { "type": "csv" } }), json!("x"), "invalid_input"),
        (json!({ "path": "a", "format": { "type": "binary" } }), json!("*"), "invalid_input"),
    ];
    for (config, content, code) in cases {
        let folder = Folder::holding(&[("folder/a", b"")]);
        let told = write(&folder, config.clone(), content).unwrap_err();
        assert!(told.starts_with(code), "{config}: {told}");
    }
}

#[test]
fn what_is_too_long_is_refused_before_anything_is_written() {
    let folder = Folder::holding(&[]);
    let mut outside = folder.outside();
    outside.limits.max_file_bytes = 3;
    let attempt = Attempt::of::<FileWrite>(json!({ "path": "a" })).input("content", json!("four")).outside(outside);
    assert_eq!(attempt.run_now().unwrap_err().code, "too_large");
    assert!(!folder.path().join("a").exists());
}
