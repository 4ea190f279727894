//! The repository as tests see it: its committed (or about to be committed) text files, and Rust sources with code,
//! strings and comments told apart. Used by the tests of floors and tidiness; knows none of their rules.

mod lexer;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use lexer::{Lexed, lex};
pub use regex::Regex;

/// A text file, with its path from the repository's root.
pub struct TextFile {
    pub path: String,
    pub text: String,
}

impl TextFile {
    /// Whether the file holds tests only: by Cargo's and our own layout.
    pub fn is_test(&self) -> bool {
        let parts: Vec<&str> = self.path.split('/').collect();
        let name = parts.last().copied().unwrap_or_default();
        parts.contains(&"tests")
            || matches!(name, "tests.rs" | "testing.rs" | "suite.rs" | "conftest.py")
            || name.contains(".test.")
            || name.starts_with("test_")
    }

    pub fn is_generated(&self) -> bool {
        self.path.contains("/generated/")
    }

    pub fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the member `tests` stands in the root").to_owned()
}

/// Every text file that git tracks or would add, sorted by path.
pub fn files() -> Vec<TextFile> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the repository's files: run the tests inside a clone");
    assert!(listed.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout).expect("paths are UTF-8");
    let mut paths: Vec<&str> = names.split('\0').filter(|path| !path.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup();
    let found: Vec<TextFile> = paths.into_iter().filter_map(read).collect();
    assert!(found.len() > 50, "only {} files found: the list of the repository's files is broken", found.len());
    found
}

/// Rust sources among the files, generated ones apart.
pub fn rust_files() -> Vec<TextFile> {
    files().into_iter().filter(|file| file.has_extension("rs") && !file.is_generated()).collect()
}

fn read(path: &str) -> Option<TextFile> {
    let bytes = match std::fs::read(root().join(path)) {
        Ok(bytes) => bytes,
        // Deleted in the work tree, or a link to a folder.
        Err(_) => return None,
    };
    // What is not UTF-8 is a picture or an archive.
    let text = String::from_utf8(bytes).ok()?;
    Some(TextFile { path: path.to_owned(), text })
}

/// The lines of a text that match, counted from 1.
pub fn matching_lines<'text>(text: &'text str, pattern: &Regex) -> Vec<(usize, &'text str)> {
    text.lines().enumerate().filter(|(_, line)| pattern.is_match(line)).map(|(index, line)| (index + 1, line)).collect()
}

pub fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("patterns in tests are valid")
}

/// Fails with all findings at once, after the sentence that says what to do.
pub fn expect_none(what_to_do: &str, findings: &[String]) {
    let mut message = format!("{} place(s). {what_to_do}\n", findings.len());
    for finding in findings {
        writeln!(message, "  {finding}").expect("a String takes any text");
    }
    assert!(findings.is_empty(), "{message}");
}
