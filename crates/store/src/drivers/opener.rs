//! Opens connections to the configured database, the first time and after a failure.
//! Says what went wrong; whether to try again its callers decide.

use super::{Connection, Purpose, postgres, sqlite};
use crate::{Error, Location, Options, Result, Sql};

#[derive(Clone)]
pub struct Opener {
    options: Options,
}

impl Opener {
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    pub fn open(&self, purpose: Purpose) -> Result<Box<dyn Connection>> {
        let location = &self.options.location;
        match location {
            Location::Sqlite(_) | Location::Memory(_) => {
                Ok(Box::new(sqlite::Connection::open(&self.options, purpose)?))
            }
            Location::Postgres(url) => Ok(Box::new(postgres::Connection::open(url, location, purpose)?)),
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
