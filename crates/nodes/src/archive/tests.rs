use std::io::{Cursor, Write};

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::Zip;
use crate::outside::Limits;
use crate::testing::{Attempt, Folder};

fn run(folder: &Folder, action: Value, arrived: Value) -> Result<Value, String> {
    run_within(folder, action, arrived, Limits::default(), 1)
}

fn run_within(folder: &Folder, action: Value, arrived: Value, limits: Limits, number: u32) -> Result<Value, String> {
    let mut outside = folder.outside();
    outside.limits = limits;
    let mut attempt = Attempt::of::<Zip>(json!({ "action": action })).input("input", arrived).outside(outside);
    attempt.context.attempt = number;
    attempt.run_now().map(|done| json!(done)).map_err(|failure| format!("{}: {}", failure.code, failure.message))
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn unpack() -> Value {
    json!({ "type": "unpack", "archive": "{{ input }}", "folder": "out" })
}

#[test]
fn what_is_packed_is_unpacked() {
    let folder = Folder::holding(&[("a/x.txt", b"one"), ("b/y.txt", "zwei ä".as_bytes())]);
    let pack = json!({ "type": "pack", "archive": "new/all.zip", "names": "path" });
    let done = run(&folder, pack, json!(["a/x.txt", { "path": "./b/y.txt", "name": "y.txt" }])).unwrap();
    let files = json!([{ "path": "a/x.txt", "bytes": 3 }, { "path": "./b/y.txt", "bytes": 7 }]);
    assert_eq!(done, json!({ "path": "new/all.zip", "files": files, "count": 2 }));
    let done = run(&folder, unpack(), json!("new/all.zip")).unwrap();
    let files = json!([{ "path": "out/a/x.txt", "bytes": 3 }, { "path": "out/b/y.txt", "bytes": 7 }]);
    assert_eq!(done, json!({ "path": "out", "files": files, "count": 2 }));
    assert_eq!(std::fs::read_to_string(folder.path().join("out/b/y.txt")).unwrap(), "zwei ä");
}

#[test]
fn what_is_there_is_replaced_only_when_asked() {
    let folder = Folder::holding(&[("a.txt", b"new"), ("out/a.txt", b"old")]);
    let pack = json!({ "type": "pack", "archive": "a.zip" });
    assert!(run(&folder, pack.clone(), json!("a.txt")).is_ok());
    let told = Err("file_exists: `a.zip` exists already".to_owned());
    assert_eq!(run(&folder, pack.clone(), json!("a.txt")), told);
    // A repeated attempt knows its own archive.
    assert!(run_within(&folder, pack, json!("a.txt"), Limits::default(), 2).is_ok());
    assert_eq!(run(&folder, unpack(), json!("a.zip")), Err("file_exists: `out/a.txt` exists already".to_owned()));
    let replace = json!({ "type": "unpack", "archive": "a.zip", "folder": "out", "overwrite": true });
    assert!(run(&folder, replace, json!(null)).is_ok());
    assert_eq!(std::fs::read(folder.path().join("out/a.txt")).unwrap(), b"new");
}

#[test]
fn an_archive_that_leads_out_is_refused_whole() {
    for name in ["../evil.txt", "/evil.txt", "a/../../evil.txt", "a/../evil.txt", "..\\evil.txt", "c:evil.txt", "a//b"]
    {
        let folder = Folder::holding(&[("bad.zip", &zipped(&[("good.txt", b"x"), (name, b"x")]))]);
        let told = run(&folder, unpack(), json!("bad.zip")).unwrap_err();
        assert!(told.starts_with("path_refused: nothing was unpacked: `"), "{name}: {told}");
        assert!(!folder.path().join("out").exists(), "{name}");
    }
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("link", "/etc/hostname", SimpleFileOptions::default()).unwrap();
    let folder = Folder::holding(&[("bad.zip", &writer.finish().unwrap().into_inner())]);
    let told = run(&folder, unpack(), json!("bad.zip")).unwrap_err();
    assert_eq!(told, "path_refused: nothing was unpacked: `link` in the archive is a link");
    let folder = Folder::holding(&[("a.zip", &zipped(&[("a", b"x")]))]);
    let out = json!({ "type": "unpack", "archive": "a.zip", "folder": "../out" });
    assert!(run(&folder, out, json!(null)).unwrap_err().starts_with("path_refused"));
}

#[test]
fn archives_made_to_fill_the_disk_are_refused() {
    let limits = || Limits { max_file_bytes: 10_000, max_files: 3, ..Limits::default() };
    let refused = |archive: Vec<u8>| {
        assert!(archive.len() < 10_000);
        let folder = Folder::holding(&[("bomb.zip", &archive)]);
        run_within(&folder, unpack(), json!("bomb.zip"), limits(), 1).unwrap_err()
    };
    let long = vec![0; 5_000_000];
    assert_eq!(refused(zipped(&[("a", &long)])), "too_large: `a` has 5000000 bytes, more than the limit of 10000");
    let four = zipped(&[("a", b""), ("b", b""), ("c", b""), ("d", b"")]);
    assert_eq!(refused(four), "too_large: there are more than 3 files");
    let files: Vec<(String, Vec<u8>)> = (0..5).map(|n| (n.to_string(), vec![0; 9_000])).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let folder = Folder::holding(&[("bomb.zip", &zipped(&files))]);
    let told = run_within(&folder, unpack(), json!("bomb.zip"), Limits { max_files: 9, ..limits() }, 1).unwrap_err();
    assert_eq!(told, "too_large: the files together have more than 40000 bytes");
    assert!(!folder.path().join("out").exists());
}

/// The archive says that its file has one byte.
#[test]
fn lengths_are_counted_rather_than_believed() {
    let mut archive = zipped(&[("a", &[0; 50_000])]);
    let length = 50_000_u32.to_le_bytes();
    let places: Vec<usize> = (0..archive.len() - 4).filter(|place| archive[*place..*place + 4] == length).collect();
    for place in places {
        archive[place..place + 4].copy_from_slice(&1_u32.to_le_bytes());
    }
    let folder = Folder::holding(&[("lie.zip", &archive)]);
    let limits = Limits { max_file_bytes: 10_000, ..Limits::default() };
    let told = run_within(&folder, unpack(), json!("lie.zip"), limits, 1).unwrap_err();
    assert!(told.starts_with("too_large: ") || told.starts_with("invalid_zip: "), "{told}");
    assert!(!folder.path().join("out/a").exists());
}

#[test]
fn says_what_cannot_be_packed_or_unpacked() {
    let folder = Folder::holding(&[("a/x.txt", b"x"), ("b/x.txt", b"x"), ("no.zip", b"text")]);
    let pack = |arrived: Value| run(&folder, json!({ "type": "pack", "archive": "a.zip" }), arrived).unwrap_err();
    let twice = "invalid_input: two of the files would be called `x.txt` in the archive";
    assert_eq!(pack(json!(["a/x.txt", "b/x.txt"])), twice);
    assert_eq!(pack(json!([{ "name": "x" }])), "invalid_input: item 1 has no text `path`");
    assert_eq!(pack(json!([1])), "invalid_input: item 1 is a number, not a path");
    assert_eq!(pack(json!(["none.txt"])), "file_not_found: `none.txt` does not exist");
    let told = run(&folder, unpack(), json!("no.zip")).unwrap_err();
    assert!(told.starts_with("invalid_zip: `no.zip` is not a ZIP archive that can be unpacked: "), "{told}");
}
