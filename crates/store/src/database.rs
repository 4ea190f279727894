//! An opened database: its threads, and the handles to them.
//! What is read and written is in `tables`.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::drivers::{Connection, Opener, Purpose};
use crate::group::Group;
use crate::queue::Queue;
use crate::{Error, Location, Options, Readers, Result, Writer, migrate};

pub struct Database {
    writer: Writer,
    readers: Readers,
    description: String,
    threads: Vec<JoinHandle<()>>,
    /// Held while a SQLite file is open: a second process would take up the same runs and number events twice. On
    /// PostgreSQL the writer's connection holds a lock instead.
    lock: Option<File>,
}

impl Database {
    /// Opens, brings the tables up to date and starts the threads. A SQLite file is made when missing, but not its folder.
    pub fn open(options: Options) -> Result<Self> {
        let lock = lock(&options.location)?;
        let opener = Opener::new(options);
        let (connection, description) = prepare(&opener)?;

        let queue = Arc::new(Queue::new());
        let writer = Writer::new(Arc::clone(&queue), opener.options());
        let readers = Readers::new(opener.options());
        let mut database = Self { writer, readers, description, threads: Vec::new(), lock };
        let group = Group { queue, opener: opener.clone(), connection: Some(connection) };
        database.start("store-writer", move || group.run())?;
        for _ in 0..opener.options().readers.max(1) {
            let (readers, opener) = (database.readers.clone(), opener.clone());
            database.start("store-reader", move || readers.serve(&opener))?;
        }
        Ok(database)
    }

    /// Whether another process has this SQLite file open. Of a PostgreSQL database only opening it tells.
    pub fn is_open_elsewhere(location: &Location) -> bool {
        lock_file(location).is_some_and(|path| {
            // One that cannot be asked is told about by whoever opens the database.
            let file = File::options().write(true).open(path);
            file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
        })
    }

    pub fn writer(&self) -> Writer {
        self.writer.clone()
    }

    pub fn readers(&self) -> Readers {
        self.readers.clone()
    }

    /// Kind and version, such as `sqlite 3.54.1` or `postgres 15.18`.
    pub fn description(&self) -> String {
        self.description.clone()
    }

    /// Takes no more work, finishes what is queued and ends the threads. Blocks until then, as dropping does.
    pub fn close(self) {
        drop(self);
    }

    fn start(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
        self.threads.push(thread.map_err(|error| Error::Unavailable(format!("no thread could be started: {error}")))?);
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.readers.close();
        self.writer.close();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the database ended by a panic");
            }
        }
        // Closing the file is not enough: a child process that is just being started holds a copy of it for a moment.
        if let Some(Err(error)) = self.lock.as_ref().map(File::unlock) {
            tracing::warn!(%error, "the lock of the database file could not be given back");
        }
    }
}

/// The writer's connection to an up-to-date database, and what it is connected to. On a thread of its own, because the
/// PostgreSQL client must not wait on one that drives an async runtime.
fn prepare(opener: &Opener) -> Result<(Box<dyn Connection>, String)> {
    let work = || {
        let mut connection = opener.open(Purpose::Write)?;
        migrate::bring_up_to_date(connection.as_mut(), &opener.options().location)?;
        let description = opener.describe(connection.as_mut())?;
        Ok((connection, description))
    };
    thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|panic| Err(Error::panicked(panic.as_ref())))
}

fn lock(location: &Location) -> Result<Option<File>> {
    let Some(name) = lock_file(location) else { return Ok(None) };
    let file = File::options().create(true).truncate(false).write(true).open(&name);
    let file = file.map_err(|error| Error::Unusable(format!("`{}` cannot be written: {error}", name.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(Error::Unusable(format!("`{location}` is open in another process"))),
        Err(TryLockError::Error(error)) => Err(Error::Unusable(format!("`{location}` cannot be locked: {error}"))),
    }
}

fn lock_file(location: &Location) -> Option<PathBuf> {
    let Location::Sqlite(path) = location else { return None };
    let mut name = path.clone().into_os_string();
    name.push(".lock");
    Some(PathBuf::from(name))
}
