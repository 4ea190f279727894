//! Owns the database: its writer thread and its readers, and asks it now and then whether it still answers, for health.
//! Supervised by `root`. A connection that goes away is opened again by the store, not by a restart of this actor.
//! Survives a crash: everything that was acknowledged; what was in the queue is answered with `unavailable`.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use protocol::{Code, Failure};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use store::{Database, Options, Readers, Sql, Writer};

/// How often the database is asked whether it still answers.
const PROBE_EVERY: Duration = Duration::from_secs(5);

pub enum DbMsg {
    Probe,
    Probed(Result<(), Failure>),
}

pub struct DbActor;

pub struct DbArguments {
    pub options: Options,
    pub handle: Db,
}

pub struct DbState {
    /// Dropped last: closing drains the writer and joins the threads.
    database: Option<Database>,
    handle: Db,
}

impl Actor for DbActor {
    type Msg = DbMsg;
    type State = DbState;
    type Arguments = DbArguments;

    async fn pre_start(&self, myself: ActorRef<DbMsg>, arguments: DbArguments) -> Result<DbState, ActorProcessingErr> {
        let DbArguments { options, handle } = arguments;
        let database = tokio::task::spawn_blocking(move || Database::open(options)).await??;
        handle.open(&database);
        myself.send_after(PROBE_EVERY, || DbMsg::Probe);
        Ok(DbState { database: Some(database), handle })
    }

    async fn post_stop(&self, _: ActorRef<DbMsg>, state: &mut DbState) -> Result<(), ActorProcessingErr> {
        state.handle.close();
        if let Some(database) = state.database.take() {
            tokio::task::spawn_blocking(move || database.close()).await?;
        }
        Ok(())
    }

    async fn handle(
        &self,
        myself: ActorRef<DbMsg>,
        message: DbMsg,
        state: &mut DbState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            DbMsg::Probe => {
                let handle = state.handle.clone();
                tokio::spawn(async move {
                    let answer = handle.write(|_| Ok(())).await;
                    // The actor is gone only when the tree stops.
                    drop(myself.cast(DbMsg::Probed(answer)));
                });
            }
            DbMsg::Probed(answer) => {
                if let Err(failure) = &answer {
                    tracing::warn!(%failure, "database does not answer");
                }
                *state.handle.answer.write().unwrap_or_else(PoisonError::into_inner) = answer;
                myself.send_after(PROBE_EVERY, || DbMsg::Probe);
            }
        }
        Ok(())
    }
}

struct Connections {
    writer: Writer,
    readers: Readers,
    description: String,
}

/// What others hold of the database.
#[derive(Clone)]
pub struct Db {
    connections: Arc<RwLock<Option<Connections>>>,
    /// To the latest probe.
    answer: Arc<RwLock<Result<(), Failure>>>,
}

impl Default for Db {
    /// Before it is opened.
    fn default() -> Self {
        Self { connections: Arc::default(), answer: Arc::new(RwLock::new(Ok(()))) }
    }
}

impl Db {
    /// Runs `work` in the next group commit; answers when it is durable.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Sql) -> store::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        self.writer()?.write(work).await.map_err(failure_of)
    }

    /// Runs `work` on a connection that only reads.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Sql) -> store::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let readers = self.with(|connections| connections.readers.clone())?;
        readers.read(work).await.map_err(failure_of)
    }

    pub fn writer(&self) -> Result<Writer, Failure> {
        self.with(|connections| connections.writer.clone())
    }

    /// Whether a commit went through when it was last tried.
    pub fn answers(&self) -> Result<(), Failure> {
        self.answer.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Name and version of the database.
    pub fn description(&self) -> Result<String, Failure> {
        self.with(|connections| connections.description.clone())
    }

    fn with<T>(&self, take: impl FnOnce(&Connections) -> T) -> Result<T, Failure> {
        let guard = self.connections.read().unwrap_or_else(PoisonError::into_inner);
        guard.as_ref().map(take).ok_or_else(|| Failure::new(Code::Unavailable, "the database is not open; try again"))
    }

    fn open(&self, database: &Database) {
        let connections =
            Connections { writer: database.writer(), readers: database.readers(), description: database.description() };
        *self.connections.write().unwrap_or_else(PoisonError::into_inner) = Some(connections);
    }

    fn close(&self) {
        *self.connections.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// How a store error leaves the house.
pub fn failure_of(error: store::Error) -> Failure {
    let code = match &error {
        store::Error::NotFound => Code::NotFound,
        store::Error::Conflict { .. } => Code::Conflict,
        store::Error::Unavailable(_) => Code::Unavailable,
        store::Error::Constraint(_) => Code::InvalidRequest,
        store::Error::Corrupt(_) | store::Error::Sql(_) | store::Error::Panicked(_) | store::Error::Unusable(_) => {
            Code::Internal
        }
    };
    let failure = Failure::new(code, error.to_string());
    match error {
        store::Error::Conflict { current: Some(revision), .. } => {
            failure.with_details(serde_json::json!({ "current_revision": revision }).into())
        }
        store::Error::Conflict { current: None, .. }
        | store::Error::NotFound
        | store::Error::Unavailable(_)
        | store::Error::Constraint(_)
        | store::Error::Corrupt(_)
        | store::Error::Sql(_)
        | store::Error::Panicked(_)
        | store::Error::Unusable(_) => failure,
    }
}
