//! The way to read: threads with read-only connections that share one queue. Writes never wait for them.
//! Each closure sees one unchanging state of the database.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};

use crate::drivers::{Connection, Opener, Purpose, Step};
use crate::queue::{Queue, Taken};
use crate::{Error, Options, Result, Sql};

/// Only how often an idle thread looks up; it is woken for work at once.
const LOOK_UP: Duration = Duration::from_secs(60);

type Question = Box<dyn FnOnce(Result<&mut dyn Sql>) + Send>;

/// A cheap handle; all clones share one queue.
#[derive(Clone)]
pub struct Readers {
    queue: Arc<Queue<Question>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(options: &Options) -> Self {
        let permits = Arc::new(Semaphore::new(options.read_permits as usize));
        Self { queue: Arc::new(Queue::new()), permits }
    }

    /// Runs `work` on a read-only connection. It sees everything whose `write` has resolved before.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Sql) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Error::closed())?;
        let (sender, receiver) = oneshot::channel();
        let question: Question = Box::new(move |sql| {
            let answer = sql.and_then(|sql| {
                catch_unwind(AssertUnwindSafe(|| work(sql)))
                    .unwrap_or_else(|panic| Err(Error::panicked(panic.as_ref())))
            });
            drop(permit);
            // The caller may have gone; nobody else wants the answer.
            drop(sender.send(answer));
        });
        self.queue.push(question).map_err(|_| Error::closed())?;
        receiver.await.unwrap_or_else(|_| Err(Error::closed()))
    }

    pub(crate) fn close(&self) {
        self.permits.close();
        self.queue.close();
    }

    /// One reader thread; returns when the queue is closed and empty.
    pub(crate) fn serve(&self, opener: &Opener) {
        let mut connection = None;
        loop {
            let questions = match self.queue.take(1, LOOK_UP) {
                Taken::Items(questions) => questions,
                Taken::Idle => continue,
                Taken::Closed => return,
            };
            for question in questions {
                connection = answer(question, connection, opener);
            }
        }
    }
}

/// Gives the connection back unless it must not be used again.
fn answer(question: Question, connection: Option<Box<dyn Connection>>, opener: &Opener) -> Option<Box<dyn Connection>> {
    let begun = match connection {
        Some(connection) => begin(connection),
        None => Err(Error::closed()),
    };
    // A connection that went away while it was idle is replaced before anybody notices.
    match begun.or_else(|_| begin(opener.open(Purpose::Read)?)) {
        Ok(mut connection) => {
            question(Ok(connection.as_mut()));
            let ended = if connection.is_lost() { Err(Error::closed()) } else { connection.step(Step::Rollback) };
            ended.is_ok().then_some(connection)
        }
        Err(error) => {
            question(Err(Error::Unavailable(error.to_string())));
            None
        }
    }
}

fn begin(mut connection: Box<dyn Connection>) -> Result<Box<dyn Connection>> {
    connection.step(Step::BeginRead)?;
    Ok(connection)
}
