//! What the threads need from a connection beyond `Sql`: the steps of a transaction, and knowing when it is lost.
//! Nothing above the drivers knows which of the two databases it speaks to.

mod opener;
mod postgres;
mod postgres_values;
mod sqlite;

pub use opener::Opener;

use crate::{Result, Sql};

pub trait Connection: Sql + Send {
    fn step(&mut self, step: Step) -> Result<()>;

    /// Whether something was changed, or a statement failed, since this was last asked: then a failing job needs undoing.
    fn was_touched(&mut self) -> bool;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Write,
    Read,
}
