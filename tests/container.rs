//! The container's texts keep their promises: pinned bases, a user without rights, nothing writable but /data, no secret and no
//! placeholder for one. Reads the files only; `tests/image/run` builds and starts the image.

use product_tests::{pattern, root};

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).expect("the file is committed")
}

#[test]
fn base_images_are_pinned_and_none_is_latest() {
    let dockerfile = read("Dockerfile");
    let base = pattern(r"(?m)^FROM\s+(\S+)");
    let bases: Vec<String> = base.captures_iter(&dockerfile).map(|found| found[1].to_owned()).collect();
    assert_eq!(bases.len(), 3, "three stages: Rust, Node, Python");
    for base in bases {
        let argument = base.trim_start_matches("${").trim_end_matches('}');
        let tagged = pattern(&format!(r"(?m)^ARG {argument}=[a-z]+:\d+\.?\d*-[a-z-]+$"));
        assert!(
            tagged.is_match(&dockerfile),
            "`{argument}` needs a default with a version, such as `rust:1.95-slim-bookworm`"
        );
    }
    assert!(!dockerfile.contains(":latest"));
}

#[test]
fn every_engine_can_read_the_dockerfile() {
    let dockerfile = read("Dockerfile");
    assert!(!dockerfile.starts_with("# syntax"), "a `# syntax=` line fetches a frontend before it builds");
    assert!(!dockerfile.contains("<<"), "older engines know no heredocs");
}

#[test]
fn the_server_runs_without_rights() {
    let dockerfile = read("Dockerfile");
    let last_user = dockerfile.lines().rev().find_map(|line| line.strip_prefix("USER "));
    assert_eq!(last_user, Some("10001:10001"));
    assert!(dockerfile.contains("HEALTHCHECK"));
    assert!(dockerfile.contains("VOLUME /data") || dockerfile.contains("VOLUME [\"/data\"]"));
    let compose = read("compose.yaml");
    for promise in ["read_only: true", "- ALL", "no-new-privileges:true", "pids_limit:", "mem_limit:"] {
        assert!(compose.contains(promise), "compose.yaml lost `{promise}`");
    }
}

#[test]
fn secrets_come_from_the_person_who_starts_it() {
    let compose = read("compose.yaml");
    assert!(compose.contains("${AI_STUDIO_AUTH_KEY:?"), "compose.yaml must refuse to start without a key");
    let fixed = pattern(r"(?i)(key|token|secret|password)\s*[:=]\s*[A-Za-z0-9]");
    for (name, text) in [("compose.yaml", &compose), ("Dockerfile", &read("Dockerfile"))] {
        assert!(
            !fixed.is_match(text),
            "{name} holds a fixed secret: {:?}",
            fixed.find(text).map(|found| found.as_str())
        );
    }
}

#[test]
fn the_port_is_published_on_this_machine_only() {
    let compose = read("compose.yaml");
    let published = pattern(r#"(?m)^\s+- "(\S+:\d+)"$"#);
    let ports: Vec<String> = published.captures_iter(&compose).map(|found| found[1].to_owned()).collect();
    assert!(!ports.is_empty(), "compose.yaml publishes no port");
    assert!(
        ports.iter().all(|port| port.starts_with("127.0.0.1:") || port.starts_with("${AI_STUDIO_PUBLISH:-127.0.0.1}:")),
        "{ports:?}"
    );
}
