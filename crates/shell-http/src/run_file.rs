//! `ai-studio run`, `validate` and `nodes`: the same tree in this process, without a server.
//! Shows and reports; the work is done behind `Studio`.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use actors::{Studio, offline};
use protocol::runs::{Run, RunStatus};
use protocol::workflows::{Findings, Level, WorkflowFile};
use protocol::{Event, Frame, ItemPath, Payload, Signal};

use crate::cli::{RunOptions, fail, print, say};
use crate::serve::log;

/// Nothing is left to do once the run ended.
const GRACE: Duration = Duration::from_secs(1);

pub async fn run(options: RunOptions) -> ExitCode {
    log();
    match run_to_end(&options).await {
        Ok(run) => report(&run, options.json),
        Err(message) => fail(&message),
    }
}

async fn run_to_end(options: &RunOptions) -> Result<Run, String> {
    let file = read(&options.file)?;
    let inputs = options.inputs.iter().map(|text| input(text)).collect::<Result<BTreeMap<_, _>, _>>()?;
    let mut config = options.common.load()?;
    config.in_memory = offline::is_database_taken(&config).map_err(|failure| failure.message)?;
    if config.in_memory {
        say("ai-studio: a server has the database open, so this run is not kept");
    }
    let studio = Studio::start(&config).await.map_err(|failure| failure.message)?;
    let mut progress = Progress { began: Instant::now(), streams: std::io::stderr().is_terminal() };
    let run = offline::run_file(&studio, file, inputs, &mut |frame| progress.show(frame)).await;
    studio.stop(GRACE).await;
    run.map_err(|failure| failure.message)
}

pub fn validate(path: &Path) -> ExitCode {
    let file = match read(path) {
        Ok(file) => file,
        Err(message) => return fail(&message),
    };
    let Findings { valid, findings } = offline::check(&file);
    for finding in &findings {
        let level = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        let node = finding.node_id.as_ref().map_or(String::new(), |node| format!(" node `{node}`:"));
        print(&format!("{level}:{node} {} [{}]", finding.message, finding.rule));
    }
    if valid { print("valid") } else { ExitCode::FAILURE }
}

pub fn nodes(json: bool) -> ExitCode {
    let catalogue = offline::catalogue();
    if json {
        return print(&serde_json::to_string_pretty(&catalogue).expect("the catalogue has no non-text keys"));
    }
    let lines: Vec<String> =
        catalogue.types.iter().map(|one| format!("{:<16} {}", one.kind, one.face.description)).collect();
    print(&lines.join("\n"))
}

fn read(path: &Path) -> Result<WorkflowFile, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("`{}` is no workflow file: {error}", path.display()))
}

/// `name=value`: the value is JSON where it reads as JSON, else text.
fn input(text: &str) -> Result<(String, Payload), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`--input {text}`: expected NAME=VALUE"))?;
    let payload = Payload::from_json(value.to_owned()).unwrap_or_else(|_| Payload::from(value));
    Ok((name.to_owned(), payload))
}

/// Exit code 0 only for a run that succeeded.
fn report(run: &Run, json: bool) -> ExitCode {
    if json {
        print(&serde_json::to_string_pretty(run).expect("runs have no non-text keys"));
    } else {
        for (name, payload) in &run.outputs {
            let text = payload.parse::<String>().unwrap_or_else(|_| payload.json().to_owned());
            print(&format!("{name}:\n{text}"));
        }
    }
    if run.summary.status == RunStatus::Succeeded {
        return ExitCode::SUCCESS;
    }
    let why = run.summary.failure.as_ref().map_or(String::new(), |failure| {
        let node = failure.node_id.as_ref().map_or(String::new(), |node| format!("node `{node}`: "));
        format!(": {node}{} [{}]", failure.message, failure.code)
    });
    let status = serde_json::to_string(&run.summary.status).expect("a status is text");
    fail(&format!("the run ended as {status}{why}"))
}

/// Tells on standard error what the run is doing.
struct Progress {
    began: Instant,
    /// Model text is shown as it comes only where a person watches.
    streams: bool,
}

impl Progress {
    fn show(&mut self, frame: &Frame) {
        match frame {
            Frame::Event(announced) => {
                if let Some(line) = line(&announced.event) {
                    say(&format!("{:>7.2}s  {line}", self.began.elapsed().as_secs_f32()));
                }
            }
            Frame::Signal { signal: Signal::Progress { node_id, message, .. } } => {
                say(&format!("          {node_id}: {message}"))
            }
            Frame::Signal { signal: Signal::Text { text, .. } } if self.streams => {
                use std::io::Write;
                // There is nobody to tell when the terminal is gone.
                drop(write!(std::io::stderr(), "{text}"));
            }
            Frame::Signal { .. } | Frame::Ready { .. } | Frame::Lagged { .. } => {}
        }
    }
}

fn line(event: &Event) -> Option<String> {
    match event {
        Event::NodeStarted { node_id, item, attempt: 1 } => Some(format!("{node_id}{} started", of(item))),
        Event::NodeStarted { node_id, item, attempt } => {
            Some(format!("{node_id}{} started, attempt {attempt}", of(item)))
        }
        Event::NodeFinished { node_id, item, .. } => Some(format!("{node_id}{} done", of(item))),
        Event::NodeSkipped { node_id, item } => Some(format!("{node_id}{} skipped", of(item))),
        Event::NodeFailed { node_id, item, failure, .. } => {
            Some(format!("{node_id}{} failed: {}", of(item), failure.message))
        }
        Event::NodeRetrying { node_id, item, failure, .. } => {
            Some(format!("{node_id}{} will be tried again: {}", of(item), failure.message))
        }
        Event::NodeWaiting { node_id, item, .. } => Some(format!("{node_id}{} waits", of(item))),
        Event::NodeUncertain { node_id, item, .. } => Some(format!("{node_id}{} has an unknown outcome", of(item))),
        Event::NodeCancelled { node_id, item } => Some(format!("{node_id}{} cancelled", of(item))),
        Event::ItemFailed { node_id, item, quarantined: false, .. } => {
            Some(format!("{node_id} goes on without item {item}"))
        }
        Event::ItemFailed { node_id, item, quarantined: true, .. } => {
            Some(format!("{node_id} puts item {item} in quarantine"))
        }
        Event::RunResumed {} => Some("resumed".to_owned()),
        Event::RunNeedsAttention { node_id } => Some(format!("{node_id} needs a decision")),
        Event::RunFinished { .. }
        | Event::RunStarted { .. }
        | Event::RunWaiting { .. }
        | Event::RunDeleted { .. }
        | Event::RunsExpired { .. }
        | Event::RegionGrew { .. }
        | Event::ItemsDecided { .. }
        | Event::WorkflowChanged { .. }
        | Event::WorkflowDeleted {}
        | Event::SettingChanged { .. }
        | Event::PartChanged { .. } => None,
    }
}

/// Which item, where there are several.
fn of(item: &ItemPath) -> String {
    if item.is_top() { String::new() } else { format!(" (item {item})") }
}
