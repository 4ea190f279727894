//! The real binary as a child process: started on a free port with a folder of its own, called, killed, started again.
//! Asserts nothing: the stories beside it do.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Debug builds on a busy machine start in seconds.
const START_LIMIT: Duration = Duration::from_secs(60);
/// For anything that is expected to become true.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub struct Server {
    child: Child,
    pub base: String,
    dir: TempDir,
    client: reqwest::Client,
    arguments: Vec<String>,
}

impl Server {
    /// `arguments` follow `serve --data DIR --port 0`. HTTP nodes may reach loopback; there is no sidecar.
    pub fn start(arguments: &[&str]) -> Self {
        // An error means that another test installed it.
        drop(rustls::crypto::ring::default_provider().install_default());
        let dir = tempfile::tempdir().expect("a folder for the data");
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let (child, base) = launch(dir.path(), &arguments);
        Self { child, base, dir, client: reqwest::Client::new(), arguments }
    }

    /// SIGKILL: no chance to tidy up.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process can be waited for");
    }

    /// SIGTERM: it ends in order.
    pub fn terminate(&self) {
        let status = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(status.is_ok_and(|status| status.success()), "the process can be told to end");
    }

    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    pub fn data(&self) -> &Path {
        self.dir.path()
    }

    /// Starts the binary again on what the last one left.
    pub fn restart(&mut self) {
        let (child, base) = launch(self.dir.path(), &self.arguments);
        self.child = child;
        self.base = base;
    }

    /// Calls a command by name; the status and the JSON of the answer.
    pub async fn rpc(&self, name: &str, params: &Value) -> reqwest::Result<(u16, Value)> {
        let url = format!("{}/api/rpc/{name}", self.base);
        let answer = self.client.post(url).json(params).send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await?))
    }

    /// As `rpc`, and the answer must be a success.
    pub async fn call(&self, name: &str, params: Value) -> Value {
        let (status, reply) = self.rpc(name, &params).await.expect("the server answers");
        assert_eq!(status, 200, "`{name}` with {params} answered {reply}");
        reply
    }

    pub async fn create(&self, graph: Value) -> String {
        let workflow = self.call("workflows.create", json!({ "name": "test", "graph": graph })).await;
        workflow["id"].as_str().expect("a workflow has an id").to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be dead already, on purpose.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn launch(data: &Path, arguments: &[String]) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ai-studio"))
        .args(["serve", "--port", "0", "--data"])
        .arg(data)
        .args(arguments)
        .env("AI_STUDIO_NETWORK__ALLOW_PRIVATE", r#"["127.0.0.0/8"]"#)
        .env("AI_STUDIO_SIDECAR__ENABLED", "false")
        .env("NO_COLOR", "1")
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let stderr = child.stderr.take().expect("stderr is piped");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            eprintln!("  server: {line}");
            if let Some(address) = line.split("ready on ").nth(1).and_then(|rest| rest.split_whitespace().next()) {
                // The receiver goes after the first one.
                drop(sender.send(address.to_owned()));
            }
        }
    });
    let base = receiver.recv_timeout(START_LIMIT).expect("the server says that it is ready");
    (child, base)
}

/// Polls until `check` gives a value; panics with `what` after `PATIENCE`.
pub async fn until<T>(what: &str, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(value) = check().await {
            return value;
        }
        assert!(began.elapsed() < PATIENCE, "not within {} s: {what}", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub fn node(id: &str, kind: &str, config: Value) -> Value {
    json!({ "id": id, "kind": kind, "config": config })
}

/// `"a.out > b.in"`
pub fn edge(text: &str) -> Value {
    let (from, to) = text.split_once(" > ").expect("`a.out > b.in`");
    let (source, source_port) = from.split_once('.').expect("`node.port`");
    let (target, target_port) = to.split_once('.').expect("`node.port`");
    json!({ "source": source, "source_port": source_port, "target": target, "target_port": target_port })
}

pub fn template(id: &str, text: &str) -> Value {
    node(id, "transform", json!({ "mode": { "type": "template", "template": text, "parse_as_json": false } }))
}
