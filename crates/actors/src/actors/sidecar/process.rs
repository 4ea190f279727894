//! One sidecar process, ours or somebody else's: how it is started, and how it ends with everything it started.
//! Whether it is started again is decided by the actor that owns it.

use std::process::Stdio;
use std::time::Duration;

use ractor::ActorRef;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::SidecarMsg;
use crate::config::SidecarOptions;
use crate::sidecar::wire::ReadyLine;
use crate::sidecar::{Address, SidecarClient};

/// Python imports take seconds on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(30);
/// From closing its input to killing it.
const END_LIMIT: Duration = Duration::from_secs(5);

/// Dropping it closes the process's input, at which it ends; `end` waits for that and kills what does not.
pub struct SidecarProcess {
    end: Option<oneshot::Sender<oneshot::Sender<()>>>,
}

impl SidecarProcess {
    pub async fn end(mut self) {
        let Some(end) = self.end.take() else { return };
        let (done, ended) = oneshot::channel();
        if end.send(done).is_ok() {
            // An error means that the watcher is gone, and the process with it.
            drop(ended.await);
        }
    }
}

/// Starts a process, or connects to the one that `options.url` names, and waits until it answers.
pub async fn start(
    options: &SidecarOptions,
    me: ActorRef<SidecarMsg>,
    number: u32,
) -> Result<(SidecarProcess, SidecarClient), String> {
    if let Some(url) = &options.url {
        let address = Address {
            base_url: url.trim_end_matches('/').to_owned(),
            token: options.token.clone().unwrap_or_default(),
        };
        let client = client(address)?;
        client.health().await.map_err(|error| format!("the sidecar at `{url}` does not answer: {error}"))?;
        return Ok((SidecarProcess { end: None }, client));
    }
    let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let mut child = spawn(options)?;
    let mut input = child.stdin.take().ok_or("the sidecar's input is not connected")?;
    input
        .write_all(format!("{token}\n").as_bytes())
        .await
        .map_err(|error| format!("the sidecar does not take its token: {error}"))?;
    let output = child.stdout.take().ok_or("the sidecar's output is not connected")?;
    let mut lines = BufReader::new(output).lines();
    let line = match tokio::time::timeout(START_LIMIT, lines.next_line()).await {
        Ok(Ok(Some(line))) => line,
        Ok(Ok(None)) => {
            return Err(format!("the sidecar ended at once ({})", exit_text(&mut child).await));
        }
        Ok(Err(error)) => return Err(format!("the sidecar's output cannot be read: {error}")),
        Err(_) => {
            return Err(format!("the sidecar was not ready within {} s", START_LIMIT.as_secs()));
        }
    };
    let ready: ReadyLine =
        serde_json::from_str(&line).map_err(|error| format!("the sidecar's first line cannot be read: {error}"))?;
    tracing::debug!(pid = ready.pid, version = %ready.version, "sidecar started");
    let client = client(Address { base_url: format!("http://127.0.0.1:{}", ready.port), token })?;
    let (end, ending) = oneshot::channel();
    tokio::spawn(watch(child, input, ending, (me, number)));
    Ok((SidecarProcess { end: Some(end) }, client))
}

fn client(address: Address) -> Result<SidecarClient, String> {
    SidecarClient::new(address).map_err(|error| format!("the sidecar's client cannot be made: {error}"))
}

fn spawn(options: &SidecarOptions) -> Result<Child, String> {
    let absolute = |path: &std::path::Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    Command::new(absolute(&options.python))
        .arg("-m")
        .arg("studio_sidecar")
        .arg("--models")
        .arg(absolute(&options.models_dir))
        .current_dir(&options.dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("`{}` cannot be started: {error}", options.python.display()))
}

async fn exit_text(child: &mut Child) -> String {
    match tokio::time::timeout(END_LIMIT, child.wait()).await {
        Ok(Ok(status)) => status.to_string(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "still running".to_owned(),
    }
}

/// Reports when the process ends by itself; ends it when told to, or when its owner is gone.
async fn watch(
    mut child: Child,
    input: ChildStdin,
    ending: oneshot::Receiver<oneshot::Sender<()>>,
    (me, number): (ActorRef<SidecarMsg>, u32),
) {
    let done = tokio::select! {
        _ = child.wait() => {
            // The actor is gone only when the tree stops.
            drop(me.cast(SidecarMsg::Exited { process: number }));
            return;
        }
        ending = ending => ending.ok(),
    };
    drop(input);
    if tokio::time::timeout(END_LIMIT, child.wait()).await.is_err() {
        tracing::warn!("the sidecar does not end and is killed");
        if let Err(error) = child.kill().await {
            tracing::error!(%error, "the sidecar cannot be killed");
        }
    }
    // Whoever waits for the end sees this sender go.
    drop(done);
}
