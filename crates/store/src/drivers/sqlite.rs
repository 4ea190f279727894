//! SQLite through rusqlite, compiled in.
//! One connection per thread, write-ahead log, statements cached by their text.

use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, Value as Stored, ValueRef};
use rusqlite::{CachedStatement, ErrorCode, OpenFlags, ToSql};

use super::{Purpose, Step};
use crate::sql::may_change;
use crate::{Cell, Durability, Error, Location, Options, Result, Row, Sql, Value};

/// 3.51.3 mends a race between a checkpoint and the reset of the write-ahead log that could damage the file.
const OLDEST_VERSION: i32 = 3_051_003;

/// Only tools from outside hold locks that we meet; they are quick.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// More than there are statements in `tables`, so that none is prepared twice.
const CACHED_STATEMENTS: usize = 200;

/// The log is copied into the file at 4,000 pages of 4 KiB, and its file is cut back to 64 MiB afterwards. 16 MiB of
/// cache hold what a large group changes; with less, pages are written twice in one commit.
const WRITER_SETTINGS: &str = "PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -16384;";

/// Free pages that are kept for what is written next: 16 MiB.
const SPARE_PAGES: u32 = 4_096;
/// Pages given back to the system at one rest, so that a commit which comes meanwhile does not wait long.
const PAGES_GIVEN_BACK: u32 = 2_048;

pub struct Connection {
    raw: rusqlite::Connection,
    /// Something was written since the last rest.
    written: bool,
    touched: bool,
}

impl Connection {
    pub fn open(options: &Options, purpose: Purpose) -> Result<Self> {
        if rusqlite::version_number() < OLDEST_VERSION {
            return Err(Error::Unusable(format!("sqlite `{}` is older than 3.51.3", rusqlite::version())));
        }
        let raw = open_raw(&options.location, purpose).map_err(|error| opening(options, error))?;
        raw.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        raw.busy_timeout(BUSY_TIMEOUT)?;
        let mut connection = Self { raw, written: false, touched: false };
        connection.settings(options, purpose).map_err(|error| match error {
            Error::Sql(text) | Error::Corrupt(text) => {
                Error::Unusable(format!("`{}` cannot be opened: {text}", options.location))
            }
            error => error,
        })?;
        Ok(connection)
    }

    fn settings(&mut self, options: &Options, purpose: Purpose) -> Result<()> {
        self.raw.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;")?;
        // Plans do not depend on the values bound: otherwise SQLite prepares some statements anew for each of them.
        self.raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        if purpose == Purpose::Read {
            self.raw.execute_batch("PRAGMA query_only = ON;")?;
            return Ok(());
        }
        self.raw.execute_batch(WRITER_SETTINGS)?;
        self.raw.execute_batch(match options.durability {
            Durability::Full => "PRAGMA synchronous = FULL;",
            Durability::Fast => "PRAGMA synchronous = NORMAL;",
        })?;
        let mode: String = self.raw.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        let wanted = match options.location {
            Location::Memory(_) => "memory",
            Location::Sqlite(_) | Location::Postgres(_) => "wal",
        };
        if mode != wanted {
            return Err(Error::Unusable(format!("`{}` is in journal mode `{mode}`, not `{wanted}`", options.location)));
        }
        Ok(())
    }

    /// Binds `$n` to `params[n - 1]`: SQLite numbers `$n` by first appearance, so position alone would swap values.
    fn bind(&self, text: &str, params: &[Cell<'_>]) -> Result<CachedStatement<'_>> {
        let mut statement = self.raw.prepare_cached(text)?;
        if statement.parameter_count() != params.len() {
            let wanted = statement.parameter_count();
            return Err(Error::Sql(format!(
                "{} values were given for {wanted} placeholders of `{text}`",
                params.len()
            )));
        }
        if appear_in_order(text, params.len()) {
            for (place, cell) in params.iter().enumerate() {
                statement.raw_bind_parameter(place + 1, cell)?;
            }
            return Ok(statement);
        }
        for index in 1..=params.len() {
            let name = statement.parameter_name(index).unwrap_or_default();
            let place = (1..=params.len()).position(|number| name.strip_prefix('$') == Some(&number.to_string()));
            let Some(cell) = place.and_then(|place| params.get(place)) else {
                return Err(Error::Sql(format!("placeholder `{name}` of `{text}` has no value")));
            };
            statement.raw_bind_parameter(index, cell)?;
        }
        Ok(statement)
    }

    fn cached(&self, text: &str) -> Result<()> {
        self.raw.prepare_cached(text)?.raw_execute()?;
        Ok(())
    }
}

impl Sql for Connection {
    fn query(&mut self, text: &str, params: &[Cell<'_>]) -> Result<Vec<Row>> {
        self.touched |= may_change(text);
        let mut statement = self.bind(text, params)?;
        let columns = statement.column_count();
        let mut found = statement.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let cells = (0..columns).map(|column| row.get_ref(column).map_err(Error::from).and_then(value));
            rows.push(Row::new(cells.collect::<Result<_>>()?));
        }
        Ok(rows)
    }

    fn run(&mut self, text: &str, params: &[Cell<'_>]) -> Result<u64> {
        let outcome = self.bind(text, params).and_then(|mut statement| Ok(statement.raw_execute()?));
        self.touched |= outcome != Ok(0);
        Ok(outcome? as u64)
    }
}

impl super::Connection for Connection {
    fn step(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Begin => self.cached("BEGIN IMMEDIATE"),
            Step::BeginGroup => {
                self.cached("BEGIN IMMEDIATE")?;
                self.cached("SAVEPOINT job")
            }
            Step::Next => {
                self.cached("RELEASE SAVEPOINT job")?;
                self.cached("SAVEPOINT job")
            }
            Step::Undo => self.cached("ROLLBACK TO SAVEPOINT job"),
            Step::Commit => {
                self.written = true;
                self.cached("COMMIT")
            }
            Step::Rollback => self.cached("ROLLBACK"),
            Step::BeginRead => self.cached("BEGIN DEFERRED"),
        }
    }

    fn was_touched(&mut self) -> bool {
        std::mem::take(&mut self.touched)
    }

    fn verify(&mut self) -> Result<()> {
        if self.is_lost() {
            return Err(Error::Unavailable("the transaction was rolled back by the database".to_owned()));
        }
        Ok(())
    }

    fn is_lost(&self) -> bool {
        self.raw.is_autocommit()
    }

    fn script(&mut self, text: &str) -> Result<()> {
        self.raw.execute_batch(text)?;
        Ok(())
    }

    fn rest(&mut self) -> Result<()> {
        if std::mem::take(&mut self.written) {
            self.raw.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
            let spare: u32 = self.raw.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
            if spare > SPARE_PAGES {
                // Each step of the statement gives one page back.
                let mut giving = self.raw.prepare(&format!("PRAGMA incremental_vacuum({PAGES_GIVEN_BACK})"))?;
                let mut steps = giving.query([])?;
                while steps.next()?.is_some() {}
                // There may be more to give back at the next rest.
                self.written = true;
            }
        }
        Ok(())
    }
}

/// Whether `$1`, `$2` … `$count` first appear in this order: nearly always, and asking SQLite for each name costs more
/// than binding it. Quotes, in which a `$` would mean nothing, make the answer `false`: that is only slower.
fn appear_in_order(text: &str, count: usize) -> bool {
    if text.contains(['\'', '"']) {
        return false;
    }
    let mut highest = 0;
    for rest in text.split('$').skip(1) {
        let digits = rest.bytes().take_while(u8::is_ascii_digit);
        let number =
            digits.fold(0_usize, |number, digit| number.saturating_mul(10).saturating_add((digit - b'0').into()));
        if number == 0 || number > highest + 1 {
            return false;
        }
        highest = highest.max(number);
    }
    highest == count
}

fn open_raw(location: &Location, purpose: Purpose) -> rusqlite::Result<rusqlite::Connection> {
    let base = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let writable = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    match location {
        Location::Memory(name) => {
            let uri = format!("file:/{name}?vfs=memdb");
            rusqlite::Connection::open_with_flags(uri, base | writable | OpenFlags::SQLITE_OPEN_URI)
        }
        Location::Sqlite(path) => {
            let access = if purpose == Purpose::Write { writable } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
            rusqlite::Connection::open_with_flags(path, base | access)
        }
        Location::Postgres(_) => Err(rusqlite::Error::InvalidQuery),
    }
}

fn opening(options: &Options, error: rusqlite::Error) -> Error {
    Error::Unusable(format!("`{}` cannot be opened: {error}", options.location))
}

fn value(stored: ValueRef<'_>) -> Result<Value> {
    Ok(match stored {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => return Err(Error::Corrupt(format!("`{number}` is stored where whole numbers are"))),
        ValueRef::Text(bytes) => Value::Text(
            String::from_utf8(bytes.to_vec())
                .map_err(|error| Error::Corrupt(format!("a text is not UTF-8: {error}")))?,
        ),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match *self {
            Self::Null => ToSqlOutput::Owned(Stored::Null),
            Self::Int(number) => ToSqlOutput::Owned(Stored::Integer(number)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig) => {
                Self::Constraint(text)
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(text),
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::OutOfMemory
                | ErrorCode::ReadOnly
                | ErrorCode::OperationInterrupted
                | ErrorCode::SystemIoFailure
                | ErrorCode::DiskFull
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::FileLockingProtocolFailed,
            ) => Self::Unavailable(text),
            Some(_) | None => Self::Sql(text),
        }
    }
}
