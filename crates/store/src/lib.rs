//! The only place with SQL. SQLite and PostgreSQL stand behind one interface: table functions are plain and synchronous
//! over [`Sql`], [`Writer`] runs them in group commits on one thread, [`Readers`] on read-only connections.
//! Knows nothing of actors, clocks or random ids: times and ids come from the caller.

mod database;
mod drivers;
mod error;
mod group;
mod migrate;
mod options;
mod queue;
mod readers;
mod sql;
mod tables;
#[cfg(all(unix, feature = "testing"))]
pub mod testing;
mod writer;

pub use database::Database;
pub use error::{Error, Result};
pub use options::{Durability, Location, Options};
pub use readers::Readers;
pub use sql::{Cell, Row, Sql, Value};
pub use tables::{blobs, events, journal, runs, settings, workflow_versions, workflows};
pub use writer::{Permit, Writer};
