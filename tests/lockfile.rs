//! What the lock files may not hold: versions below the floors that known advisories set, crates that bring C libraries or
//! are given up, and addresses of registries. Works offline; an online scan before a release finds what is newer.

use std::collections::BTreeMap;

use product_tests::{expect_none, files, root};
use semver::Version;

/// Lowest safe version of each line of releases, and why. A version on no listed line must be above the last one.
const RUST_FLOORS: &[(&str, &[&str], &str)] = &[
    ("ammonia", &["4.1.4"], "cross-site scripting"),
    ("astral-tokio-tar", &["0.6.2"], "archive entries outside the target"),
    ("bcrypt", &["0.19.2"], "advisory"),
    ("bytes", &["1.11.1"], "integer overflow"),
    ("crossbeam-channel", &["0.5.15"], "double free"),
    ("git2", &["0.21.0"], "advisory"),
    ("h2", &["0.4.16"], "RUSTSEC-2026-0258"),
    ("hickory-proto", &["0.26.1"], "advisory"),
    ("idna", &["1.0.0"], "advisory"),
    ("jsonwebtoken", &["10.3.0"], "CVE-2026-25537"),
    ("lettre", &["0.11.22"], "advisory"),
    ("libsqlite3-sys", &["0.37.0"], "SQLite before 3.51.3 can lose data when the write-ahead log is reset"),
    ("lopdf", &["0.42.0"], "stack overflow"),
    ("protobuf", &["3.7.2"], "stack overflow"),
    ("pyo3", &["0.29.0"], "advisory"),
    ("quick-xml", &["0.41.0"], "quadratic time"),
    ("quinn-proto", &["0.11.15"], "advisory"),
    ("rand", &["0.8.6", "0.9.3", "0.10.1"], "unsound"),
    ("ring", &["0.17.12"], "advisory"),
    ("rmcp", &["1.4.0"], "RUSTSEC-2026-0189"),
    ("rustls", &["0.23.18"], "advisory"),
    ("rustls-webpki", &["0.103.13"], "advisory"),
    ("slab", &["0.4.11"], "out-of-bounds access"),
    ("sqlx", &["0.8.1"], "RUSTSEC-2024-0363"),
    ("tar", &["0.4.45"], "permissions changed through links"),
    ("tauri", &["2.11.1"], "CVE-2026-42184"),
    ("tauri-plugin-shell", &["2.2.1"], "GHSA-c9pr"),
    ("time", &["0.3.47"], "stack exhaustion"),
    ("tokio", &["1.44.2"], "RUSTSEC-2025-0023"),
    ("tokio-postgres", &["0.7.18"], "RUSTSEC-2026-0178"),
    ("tungstenite", &["0.20.1"], "denial of service by headers"),
    ("zip", &["2.3.0"], "archive entries outside the target"),
];

const REFUSED: &[(&str, &str)] = &[
    ("async-std", "given up by its authors: use tokio"),
    ("aws-lc-rs", "TLS is rustls with ring: leave default features out"),
    ("aws-lc-sys", "TLS is rustls with ring: leave default features out"),
    ("native-tls", "TLS is rustls with ring: leave default features out"),
    ("openssl-sys", "TLS is rustls with ring: leave default features out"),
    ("serde_yml", "unsound"),
    ("tokio-tar", "given up by its authors: use astral-tokio-tar"),
    ("trust-dns-resolver", "renamed: use hickory-resolver"),
];

#[test]
fn locked_crates_are_above_their_floors() {
    let locked = locked_crates();
    let mut findings = Vec::new();
    for (name, floors, why) in RUST_FLOORS {
        let floors: Vec<Version> = floors.iter().map(|floor| version(floor)).collect();
        for found in locked.get(*name).into_iter().flatten() {
            if !is_safe(found, &floors) {
                findings.push(format!("{name} {found} is below {}: {why}", list(&floors)));
            }
        }
    }
    expect_none("Raise it with `cargo update -p NAME --precise VERSION`.", &findings);
}

#[test]
fn refused_crates_are_not_locked() {
    let locked = locked_crates();
    let findings: Vec<String> = REFUSED
        .iter()
        .filter(|(name, _)| locked.contains_key(*name))
        .map(|(name, why)| format!("{name}: {why}"))
        .collect();
    expect_none("`cargo tree --invert NAME` tells who brings it in.", &findings);
}

#[test]
fn lock_files_of_npm_and_python_hold_hashes_and_no_addresses() {
    let mut findings = Vec::new();
    for file in files() {
        if file.path.ends_with("package-lock.json") {
            let lock: serde_json::Value = serde_json::from_str(&file.text).expect("npm wrote JSON");
            let packages = lock["packages"].as_object().expect("a lock of version 2 or later lists its packages");
            for (name, package) in packages.iter().filter(|(name, package)| !name.is_empty() && package["link"] != true)
            {
                if package["integrity"].as_str().is_none() {
                    findings.push(format!("{}: {name} has no integrity hash", file.path));
                }
            }
        } else if file.path.ends_with(".lock") && file.path.starts_with("sidecar/") {
            let requirements = file.text.replace("\\\n", " ");
            for line in
                requirements.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
            {
                if !line.contains("--hash=sha256:") || line.contains("://") {
                    let name = line.split_whitespace().next().unwrap_or_default();
                    findings.push(format!("{}: {name} has no hash, or an address", file.path));
                }
            }
        } else {
            continue;
        }
        if file.text.contains("://") && file.text.contains("\"resolved\"") {
            findings.push(format!("{}: names addresses under `resolved`", file.path));
        }
    }
    expect_none(
        "Write the lock anew: `npm install --omit-lockfile-registry-resolved`, `uv pip compile --generate-hashes --no-emit-index-url`.",
        &findings,
    );
}

#[test]
fn the_npm_lock_holds_every_platform_of_its_packages() {
    let text = std::fs::read_to_string(root().join("ui/package-lock.json")).expect("the UI's lock is committed");
    let lock: serde_json::Value = serde_json::from_str(&text).expect("npm wrote JSON");
    let packages = lock["packages"].as_object().expect("a lock of version 2 or later lists its packages");
    let mut findings = Vec::new();
    for (name, package) in packages {
        for dependency in package["optionalDependencies"].as_object().into_iter().flat_map(|all| all.keys()) {
            if !packages.keys().any(|path| path.ends_with(&format!("node_modules/{dependency}"))) {
                findings.push(format!("{name} wants {dependency}"));
            }
        }
    }
    expect_none(
        "`npm ci` refuses such a lock: pin a version of which every platform's package is published.",
        &findings,
    );
}

fn is_safe(found: &Version, floors: &[Version]) -> bool {
    let same_line = |floor: &&Version| floor.major == found.major && (found.major > 0 || floor.minor == found.minor);
    match floors.iter().find(same_line) {
        Some(floor) => found >= floor,
        None => floors.last().is_some_and(|last| found > last),
    }
}

fn locked_crates() -> BTreeMap<String, Vec<Version>> {
    let text = std::fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock is committed");
    let lock: toml::Table = text.parse().expect("Cargo wrote TOML");
    let mut crates: BTreeMap<String, Vec<Version>> = BTreeMap::new();
    for package in lock["package"].as_array().expect("a lock lists packages") {
        let name = package["name"].as_str().expect("a package has a name").to_owned();
        crates.entry(name).or_default().push(version(package["version"].as_str().expect("a package has a version")));
    }
    crates
}

fn version(text: &str) -> Version {
    Version::parse(text).expect("three numbers")
}

fn list(floors: &[Version]) -> String {
    floors.iter().map(Version::to_string).collect::<Vec<_>>().join(" / ")
}

#[test]
fn floors_compare_within_a_line_of_releases() {
    let rand = ["0.8.6", "0.9.3", "0.10.1"].map(version);
    for (found, safe) in
        [("0.8.5", false), ("0.8.6", true), ("0.9.2", false), ("0.10.1", true), ("0.7.3", false), ("0.11.0", true)]
    {
        assert_eq!(is_safe(&version(found), &rand), safe, "{found}");
    }
    assert!(is_safe(&version("11.1.0"), &[version("10.3.0")]));
    assert!(!is_safe(&version("9.9.0"), &[version("10.3.0")]));
}
