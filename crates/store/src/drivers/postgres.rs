//! PostgreSQL through the synchronous client, which polls its socket on the thread that asks. Statements are prepared
//! once per connection. The writer thread keeps one connection: the server adds its own group commit below ours.

use std::collections::HashMap;
use std::time::Duration;

use postgres::error::{Severity, SqlState};
use postgres::types::ToSql;
use postgres::{Client, Config, NoTls, Statement};

use super::postgres_values::Unfit;
use super::{Purpose, Step};
use crate::sql::may_change;
use crate::{Cell, Error, Location, Result, Row, Sql, Value};

/// For a server that does not answer at all; one that refuses answers at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// After this long without an acknowledgement a silent network is taken for a lost server.
const NETWORK_TIMEOUT: Duration = Duration::from_secs(30);

/// Held by the session of the writer, and by it alone: a second process would take up the same runs and number events twice.
/// Any number that no other program uses for its advisory lock.
const LOCK: &str = "SELECT pg_advisory_lock(4710231887)";

/// A process that was killed, or a connection that broke, holds the lock until the server has noticed. It notices at once
/// where the connection was closed, and within a minute where the network went silent.
const LOCK_SETTINGS: &str =
    "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3;
    SET lock_timeout = '5s'";
const NO_LOCK_TIMEOUT: &str = "SET lock_timeout = 0";

/// A statement or a commit may stall for seconds on a busy disk; a minute means that something is wrong.
const SETTINGS: &str = "SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s';
    SET client_min_messages = warning";

/// More than there are statements in `tables`. When it is reached all are dropped and prepared anew.
const CACHED_STATEMENTS: usize = 500;

pub struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
    /// A statement failed since the last savepoint: unless that was undone, the server refuses to commit.
    failed: bool,
    lost: bool,
    touched: bool,
}

impl Connection {
    /// `location` is shown without its password.
    pub fn open(url: &str, location: &Location, purpose: Purpose) -> Result<Self> {
        let mut config: Config =
            url.parse().map_err(|error| Error::Unusable(format!("the PostgreSQL URL cannot be read: {error}")))?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("ai-studio");
        }
        config.tcp_user_timeout(NETWORK_TIMEOUT);
        let client = config.connect(NoTls).map_err(|error| match Error::from(error) {
            Error::Sql(text) => Error::Unusable(text),
            error => error,
        })?;
        let mut connection = Self { client, statements: HashMap::new(), failed: false, lost: false, touched: false };
        connection.batch(SETTINGS)?;
        match purpose {
            Purpose::Read => connection.batch("SET default_transaction_read_only = on")?,
            Purpose::Write => connection.lock(location)?,
        }
        Ok(connection)
    }

    /// For as long as this connection lives.
    fn lock(&mut self, location: &Location) -> Result<()> {
        self.batch(LOCK_SETTINGS)?;
        let outcome = self.client.batch_execute(LOCK);
        if outcome.as_ref().is_err_and(|error| error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)) {
            return Err(Error::Unusable(format!("`{location}` is open in another process")));
        }
        self.noted(outcome)?;
        self.batch(NO_LOCK_TIMEOUT)
    }

    fn batch(&mut self, text: &str) -> Result<()> {
        let outcome = self.client.batch_execute(text);
        self.noted(outcome)
    }

    fn prepared(&mut self, text: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(text) {
            return Ok(statement.clone());
        }
        let outcome = self.client.prepare(text);
        let statement = self.noted(outcome)?;
        if self.statements.len() >= CACHED_STATEMENTS {
            self.statements.clear();
        }
        self.statements.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Remembers what an error means for the transaction and the connection.
    fn noted<T>(&mut self, outcome: std::result::Result<T, postgres::Error>) -> Result<T> {
        outcome.map_err(|error| {
            self.failed = true;
            self.touched = true;
            self.lost = self.lost || ends_connection(&error);
            Error::from(error)
        })
    }
}

impl Sql for Connection {
    fn query(&mut self, text: &str, params: &[Cell<'_>]) -> Result<Vec<Row>> {
        self.touched |= may_change(text);
        let statement = self.prepared(text)?;
        let outcome = self.client.query(&statement, &borrowed(params));
        let rows = self.noted(outcome)?;
        let mut read = Vec::with_capacity(rows.len());
        for row in &rows {
            let cells = (0..row.len()).map(|column| row.try_get::<_, Value>(column).map_err(Error::from));
            read.push(Row::new(cells.collect::<Result<_>>()?));
        }
        Ok(read)
    }

    fn run(&mut self, text: &str, params: &[Cell<'_>]) -> Result<u64> {
        let statement = self.prepared(text)?;
        let outcome = self.client.execute(&statement, &borrowed(params));
        let changed = self.noted(outcome)?;
        self.touched |= changed > 0;
        Ok(changed)
    }
}

impl super::Connection for Connection {
    fn step(&mut self, step: Step) -> Result<()> {
        self.batch(match step {
            Step::Begin => "BEGIN",
            Step::BeginGroup => "BEGIN; SAVEPOINT job",
            Step::Next => "RELEASE SAVEPOINT job; SAVEPOINT job",
            Step::Undo => "ROLLBACK TO SAVEPOINT job",
            Step::Commit => "COMMIT",
            Step::Rollback => "ROLLBACK",
            Step::BeginRead => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        })?;
        self.failed = false;
        Ok(())
    }

    fn was_touched(&mut self) -> bool {
        std::mem::take(&mut self.touched)
    }

    /// A `COMMIT` after a failed statement answers without an error and rolls back. One more statement tells.
    fn verify(&mut self) -> Result<()> {
        if self.failed {
            self.batch("SELECT 1")?;
            self.failed = false;
        }
        Ok(())
    }

    fn is_lost(&self) -> bool {
        self.lost || self.client.is_closed()
    }

    fn script(&mut self, text: &str) -> Result<()> {
        self.batch(text)
    }

    fn rest(&mut self) -> Result<()> {
        Ok(())
    }
}

fn borrowed<'a>(params: &'a [Cell<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|cell| cell as &(dyn ToSql + Sync)).collect()
}

/// Everything ends it that is neither the server's verdict on a statement nor a value that we refused to encode.
fn ends_connection(error: &postgres::Error) -> bool {
    match error.as_db_error() {
        Some(verdict) => !matches!(verdict.parsed_severity(), Some(Severity::Error)),
        None => Unfit::within(error).is_none(),
    }
}

impl From<postgres::Error> for Error {
    fn from(error: postgres::Error) -> Self {
        if let Some(unfit) = Unfit::within(&error) {
            return Self::Constraint(unfit.to_string());
        }
        let Some(verdict) = error.as_db_error() else {
            return Self::Unavailable(whole_text(&error));
        };
        let text = verdict.to_string();
        // Classes of SQLSTATE: the first two characters say what happened.
        match verdict.code().code().get(..2) {
            Some("22" | "23" | "54") => Self::Constraint(text),
            Some("08" | "40" | "53" | "55" | "57" | "58") => Self::Unavailable(text),
            Some("XX") => Self::Corrupt(text),
            Some(_) | None => Self::Sql(text),
        }
    }
}

/// The client's own messages name only the kind; the cause says what happened.
fn whole_text(error: &postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
