//! Where the database is and how it is used.
//! Every limit has its default and the reason for it here.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::Error;

#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file; made when it does not exist. One process at a time.
    Sqlite(PathBuf),
    /// A database that lives as long as it is open; the name tells several in one process apart.
    Memory(String),
    /// A connection URL, `postgres://user:password@host/database`. One process at a time.
    Postgres(String),
}

/// What a commit survives. SQLite only: PostgreSQL decides by its own `synchronous_commit`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A power cut: every commit is flushed to the disk.
    #[default]
    Full,
    /// A crash of the process; a power cut may take the last commits.
    Fast,
}

#[derive(Clone, Debug)]
pub struct Options {
    pub location: Location,
    pub durability: Durability,
    /// Read-only connections, each with a thread of its own. 2: reads are short, and writes never wait for them.
    pub readers: usize,
    /// Permits for writes that are queued or in commit; one covers 2 KiB of a job. 8,192 bound them to about 16 MiB,
    /// or one larger job.
    pub write_permits: u32,
    /// Reads queued or in work. Beyond it callers wait.
    pub read_permits: u32,
    /// Jobs in one commit. 4,000: above it the work on rows outweighs the flush, and latency only grows.
    pub group_jobs: usize,
    /// How long a queued job waits for a PostgreSQL server that went away, before it fails with `Unavailable`.
    pub reconnect_within: Duration,
}

impl Options {
    pub fn new(location: Location) -> Self {
        Self {
            location,
            durability: Durability::Full,
            readers: 2,
            write_permits: 8_192,
            read_permits: 1_024,
            group_jobs: 4_000,
            reconnect_within: Duration::from_secs(10),
        }
    }
}

impl FromStr for Location {
    type Err = Error;

    /// Reads `postgres://…`, `postgresql://…`, `sqlite:///path`, `sqlite::memory:` or a plain path.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = match text.split_once("://") {
            Some(("sqlite", path)) => path,
            Some((scheme, _)) => {
                return Err(Error::Unusable(format!("`{scheme}://` is neither `sqlite://` nor `postgres://`")));
            }
            None => text.strip_prefix("sqlite:").unwrap_or(text),
        };
        match path {
            "" => Err(Error::Unusable(format!("`{text}` names no file"))),
            ":memory:" => Ok(Self::Memory("main".to_owned())),
            path => Ok(Self::Sqlite(PathBuf::from(path))),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite://{}", path.display()),
            Self::Memory(name) => write!(formatter, "memory `{name}`"),
            Self::Postgres(url) => formatter.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The URL without its user part and its parameters, both of which may hold a password.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let place = place.split_once('?').map_or(place, |(place, _)| place);
    format!("{scheme}://{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_read_from_text() {
        let read = |text: &str| text.parse::<Location>();
        assert_eq!(read("sqlite:///var/lib/studio.db"), Ok(Location::Sqlite("/var/lib/studio.db".into())));
        assert_eq!(read("data/studio.db"), Ok(Location::Sqlite("data/studio.db".into())));
        assert_eq!(read("sqlite::memory:"), Ok(Location::Memory("main".to_owned())));
        assert_eq!(read("postgresql://host/name"), Ok(Location::Postgres("postgresql://host/name".to_owned())));
        assert!(matches!(read("mysql://host/name"), Err(Error::Unusable(_))));
        assert!(matches!(read("sqlite://"), Err(Error::Unusable(_))));
    }

    #[test]
    fn a_password_is_never_shown() {
        for url in ["postgres://ann:s3cret@host:5432/studio", "postgres://host:5432/studio?user=ann&password=s3cret"] {
            let location: Location = url.parse().unwrap();
            assert_eq!(format!("{location} {location:?}"), "postgres://host:5432/studio postgres://host:5432/studio");
        }
    }
}
