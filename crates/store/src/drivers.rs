//! What the threads need from a connection beyond `Sql`: the steps of a transaction, and knowing when it is lost.

mod sqlite;

use crate::{Error, Location, Options, Result, Sql};

pub trait Connection: Sql + Send {
    fn step(&mut self, step: Step) -> Result<()>;

    /// Fails when the open transaction can no longer commit what was done in it.
    fn verify(&mut self) -> Result<()>;

    /// The connection is gone, or its transaction was ended from the other side.
    fn is_lost(&self) -> bool;

    /// Runs several statements, separated by semicolons and without parameters.
    fn script(&mut self, text: &str) -> Result<()>;

    /// A chance to tidy while nothing is queued.
    fn rest(&mut self) -> Result<()>;
}

/// The steps of a group commit. A savepoint stands around each job, so that a failing one is undone alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Begins a transaction that will write.
    Begin,
    /// Begins one, and the first savepoint in it.
    BeginGroup,
    /// Keeps what was done since the savepoint, and sets the next one.
    Next,
    /// Undoes what was done since the savepoint, which stays.
    Undo,
    Commit,
    Rollback,
    /// Begins a transaction that sees one unchanging state and cannot write.
    BeginRead,
}

/// Opens connections to one location, again and again where needed.
#[derive(Clone)]
pub struct Opener {
    options: Options,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Write,
    Read,
}

impl Opener {
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    pub fn open(&self, purpose: Purpose) -> Result<Box<dyn Connection>> {
        match &self.options.location {
            Location::Sqlite(_) | Location::Memory(_) => {
                Ok(Box::new(sqlite::Connection::open(&self.options, purpose)?))
            }
            Location::Postgres(_) => Err(Error::Unusable("PostgreSQL is not built in".to_owned())),
        }
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Kind and version, such as `sqlite 3.54.1`.
    pub fn describe(&self, sql: &mut dyn Sql) -> Result<String> {
        let (kind, question) = match self.options.location {
            Location::Sqlite(_) | Location::Memory(_) => ("sqlite", "SELECT sqlite_version()"),
            Location::Postgres(_) => ("postgres", "SELECT split_part(current_setting('server_version'), ' ', 1)"),
        };
        let rows = sql.query(question, &[])?;
        let row = rows.first().ok_or_else(|| Error::Sql("asking for the version gave no row".to_owned()))?;
        Ok(format!("{kind} {}", row.text(0)?))
    }
}
