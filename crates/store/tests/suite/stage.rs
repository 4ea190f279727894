//! A database for one test: empty, opened, gone afterwards.

use std::future::Future;

use store::{Database, Location, Options, Result, Sql, testing};
use tempfile::TempDir;

pub struct Stage {
    database: Option<Database>,
    pub options: Options,
    _folder: Option<TempDir>,
}

impl Stage {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("studio.db"));
        Self::open(Options::new(location), Some(folder))
    }

    /// `None` when the environment says to leave PostgreSQL out.
    pub fn postgres() -> Option<Self> {
        testing::is_wanted().then(|| {
            let url = testing::shared().unwrap_or_else(|error| panic!("{error}")).database().unwrap();
            Self::open(Options::new(Location::Postgres(url)), None)
        })
    }

    pub fn open(options: Options, folder: Option<TempDir>) -> Self {
        let database = Database::open(options.clone()).unwrap();
        Self { database: Some(database), options, _folder: folder }
    }

    pub fn database(&self) -> &Database {
        self.database.as_ref().unwrap()
    }

    pub fn close(&mut self) {
        self.database.take().unwrap().close();
    }

    pub fn reopen(&mut self) {
        drop(self.database.take());
        self.database = Some(Database::open(self.options.clone()).unwrap());
    }

    pub fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut dyn Sql) -> Result<T> + Send + 'static) -> Result<T> {
        block_on(self.database().writer().write(work))
    }

    pub fn read<T: Send + 'static>(&self, work: impl FnOnce(&mut dyn Sql) -> Result<T> + Send + 'static) -> Result<T> {
        block_on(self.database().readers().read(work))
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub fn say_left_out() {
    println!("left out: {}=off", testing::SWITCH);
}
