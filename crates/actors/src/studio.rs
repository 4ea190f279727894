//! What a shell holds: typed calls, calls by name, the event stream, start and end of the whole tree.
//! Access is checked here and nowhere else; a panic or a lost answer comes back as a failure.

mod by_name;
mod subscription;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use nodes::outside::{Compute, FileRoots, HttpClient, HttpOptions, Limits};
use nodes::{Outside, Registry};
use protocol::system::GetHealth;
use protocol::{Caller, Code, EventFilter, Failure};
use ractor::{Actor, ActorRef, SpawnErr};
use store::Location;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

pub use self::subscription::Subscription;
use crate::actors::attempt::AttemptLimits;
use crate::actors::events::Events;
use crate::actors::parts::Parts;
use crate::actors::run::Surroundings;
use crate::actors::runs::{Counts, Runs};
use crate::actors::settings::Settings;
use crate::actors::sidecar::Sidecar;
use crate::actors::slot::Slot;
use crate::actors::workflows::Workflows;
use crate::commands::{Ctx, Routed};
use crate::config::{Config, Durability};
use crate::root::{RootActor, RootArguments, RootMsg, handles};

/// Calls in flight; more are refused with `busy`, so that memory stays bounded.
const MAX_CALLS: usize = 8_192;
/// Longer than the longest wait of any command.
const CALL_LIMIT: Duration = Duration::from_secs(330);

/// The SQLite database inside the data folder.
const DATABASE_FILE: &str = "ai-studio.db";

/// Cheap to clone.
#[derive(Clone)]
pub struct Studio {
    root: ActorRef<RootMsg>,
    calls: Arc<Semaphore>,
    events: Events,
    counts: Arc<Counts>,
    ended: Arc<Semaphore>,
}

impl Studio {
    /// Starts the tree and takes up unfinished runs. Fails when the database or a configured folder cannot be used.
    pub async fn start(config: &Config) -> Result<Self, Failure> {
        Self::start_with(config, Registry::standard()).await
    }

    /// As `start`, with other node types than the standard ones.
    pub async fn start_with(config: &Config, registry: Registry) -> Result<Self, Failure> {
        // An error means that the provider stands already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let counts = Arc::new(Counts::default());
        let arguments = arguments(config, registry, &counts)?;
        let events = arguments.ctx.events.clone();
        let (root, task) = RootActor::spawn(None, RootActor, arguments)
            .await
            .map_err(|error| Failure::new(Code::Unavailable, format!("the server cannot start: {}", cause(&error))))?;
        let ended = Arc::new(Semaphore::new(0));
        tokio::spawn(watch_end(task, ended.clone()));
        Ok(Self { root, calls: Arc::new(Semaphore::new(MAX_CALLS)), events, counts, ended })
    }

    /// Carries out a command for `caller`.
    pub async fn call<Command: Routed>(&self, caller: &Caller, command: Command) -> Result<Command::Reply, Failure> {
        if caller.role < Command::ROLE {
            let message = format!(
                "`{}` needs the role `{}`; `{}` has `{}`",
                Command::NAME,
                Command::ROLE,
                caller.name,
                caller.role
            );
            return Err(Failure::new(Code::Forbidden, message));
        }
        let permit = self.calls.clone().try_acquire_owned().map_err(|_| {
            Failure::new(Code::Busy, format!("{MAX_CALLS} calls are under way, which is the limit; try again"))
        })?;
        let (sender, reply) = oneshot::channel();
        self.root
            .cast(RootMsg::Call(command.into_call(sender), permit))
            .map_err(|_| Failure::new(Code::Unavailable, "the server is ending"))?;
        match tokio::time::timeout(CALL_LIMIT, reply).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Failure::new(Code::Internal, format!("`{}` broke off; the log has more", Command::NAME))),
            Err(_) => Err(Failure::new(Code::Timeout, format!("`{}` took too long", Command::NAME))),
        }
    }

    /// As `call`, by wire name, from and to JSON text.
    pub async fn call_json(&self, caller: &Caller, name: &str, params: &str) -> Result<String, Failure> {
        by_name::call(self, caller, name, params).await
    }

    /// What happens from now on, or from `filter.after_seq` on.
    pub fn subscribe(&self, filter: EventFilter) -> Subscription {
        Subscription::new(self.events.clone(), filter)
    }

    /// Whether new runs are taken.
    pub async fn is_ready(&self) -> bool {
        self.call(&Caller::owner(), GetHealth {}).await.is_ok_and(|health| health.ready)
    }

    /// Resolves when the tree has ended: by `stop`, or because a part failed too often.
    pub async fn ended(&self) {
        // The semaphore is closed at the end and never given permits.
        drop(self.ended.acquire().await);
    }

    /// Waits up to `grace` for runs that execute, then ends everything in order. What is cut off goes on after the next start.
    pub async fn stop(&self, grace: Duration) {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        let quiet = async {
            while self.counts.live.load(Ordering::Relaxed) > 0 {
                tick.tick().await;
            }
        };
        if tokio::time::timeout(grace, quiet).await.is_err() {
            tracing::warn!("runs under way are cut off; they go on after the next start");
        }
        let (done, stopped) = oneshot::channel();
        if self.root.cast(RootMsg::Stop(done)).is_ok() {
            // An error means that the root ended before it could answer.
            drop(stopped.await);
        }
        self.ended().await;
    }
}

/// What a part of the tree said when it could not start, without the words of those above it.
fn cause(error: &SpawnErr) -> String {
    match error {
        SpawnErr::StartupFailed(inner) => inner.downcast_ref::<SpawnErr>().map_or_else(|| inner.to_string(), cause),
        SpawnErr::ActorAlreadyStarted | SpawnErr::ActorAlreadyRegistered(_) => error.to_string(),
    }
}

async fn watch_end(task: JoinHandle<()>, ended: Arc<Semaphore>) {
    if let Err(error) = task.await {
        tracing::error!(%error, "the root of the tree broke down");
    }
    ended.close();
}

fn arguments(config: &Config, registry: Registry, counts: &Arc<Counts>) -> Result<RootArguments, Failure> {
    let (db, events) = handles();
    let settings = Settings::new(config.sidecar.provider_api_key.clone());
    let sidecar = Sidecar::new(config.sidecar.enabled, settings.access(), events.clone());
    let workflows = Workflows::new(db.clone(), Arc::new(registry));
    let runs = Slot::empty("runs");
    let location = location(config)?;
    let files = file_roots(config, &location)?;
    let limits = AttemptLimits {
        timeout: Duration::from_millis(config.runs.node_timeout_ms),
        max_output_bytes: config.runs.max_output_bytes,
    };
    let surroundings = Arc::new(Surroundings {
        db: db.clone(),
        events: events.clone(),
        runs: runs.clone(),
        workflows: workflows.clone(),
        outside: Arc::new(outside(config, files, sidecar.clone())?),
        limits,
    });
    let runs = Runs::new(runs, counts.clone(), config.runs.max_queued);
    let parts = Parts::default();
    let ctx = Arc::new(Ctx { db, events, runs, workflows, sidecar, settings, surroundings, parts });
    Ok(RootArguments {
        ctx,
        store: store_options(config, location),
        sidecar: config.sidecar.clone(),
        counts: counts.clone(),
        max_in_flight: config.runs.max_in_flight,
        keep_days: config.runs.keep_days,
    })
}

fn outside(config: &Config, files: FileRoots, model: Sidecar) -> Result<Outside, Failure> {
    let unusable = |what: &str, error: &dyn std::fmt::Display| {
        Failure::new(Code::InvalidRequest, format!("configuration: {what}: {error}"))
    };
    let mut http = HttpOptions::default();
    for range in &config.network.allow_private {
        let network = range.parse().map_err(|error| unusable(&format!("`{range}` is no address range"), &error))?;
        http.allowed_networks.push(network);
    }
    Ok(Outside {
        http: HttpClient::new(&http).map_err(|error| unusable("the http client", &error))?,
        files,
        model: Arc::new(model),
        limits: Limits { max_output_bytes: config.runs.max_output_bytes, ..Limits::default() },
        compute: Compute::default(),
    })
}

/// The server's own files are hidden from nodes, wherever the roots are: the database with what lies beside it, and
/// configuration, which may hold keys and decides which programs the next start runs.
fn file_roots(config: &Config, database: &Location) -> Result<FileRoots, Failure> {
    let unusable =
        |error: &dyn std::fmt::Display| Failure::new(Code::InvalidRequest, format!("configuration: `files`: {error}"));
    let data_dir = &config.database.data_dir;
    let default_root = data_dir.join("files");
    let chosen = |roots: &[PathBuf]| {
        if roots.is_empty() { vec![default_root.clone()] } else { roots.to_vec() }
    };
    let (read, write) = (chosen(&config.files.read_roots), chosen(&config.files.write_roots));
    if read.contains(&default_root) || write.contains(&default_root) {
        std::fs::create_dir_all(&default_root).map_err(|error| unusable(&error))?;
    }
    let mut hidden = vec![data_dir.join(DATABASE_FILE), data_dir.join(Config::FILE_NAME)];
    hidden.extend(config.file.clone());
    if let Location::Sqlite(path) = database {
        hidden.push(path.clone());
    }
    FileRoots::new(&read, &write, &hidden).map_err(|error| unusable(&error))
}

fn store_options(config: &Config, location: Location) -> store::Options {
    let location = if config.in_memory { Location::Memory("main".to_owned()) } else { location };
    let durability = match config.database.durability {
        Durability::Full => store::Durability::Full,
        Durability::Fast => store::Durability::Fast,
    };
    store::Options { durability, readers: config.database.readers, ..store::Options::new(location) }
}

/// Where the database is. Makes its folder, and that of the data.
pub fn location(config: &Config) -> Result<Location, Failure> {
    let data_dir = &config.database.data_dir;
    make_folder(data_dir)?;
    let location = match &config.database.location {
        Some(text) => text
            .parse()
            .map_err(|error: store::Error| Failure::new(Code::InvalidRequest, format!("configuration: {error}")))?,
        None => Location::Sqlite(data_dir.join(DATABASE_FILE)),
    };
    if let Location::Sqlite(path) = &location
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        make_folder(folder)?;
    }
    Ok(location)
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::new(Code::Unavailable, format!("the folder `{}` cannot be made: {error}", folder.display()))
    })
}
