//! What can go wrong in the store.
//! Cheap to clone, because one failed commit answers every caller in it.

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("not found")]
    NotFound,
    /// Somebody else was first. `current` is the revision or journal length that stands now, where there is one.
    #[error("{message}")]
    Conflict { message: String, current: Option<u64> },
    /// The values do not fit the table.
    #[error("the database refused the values: {0}")]
    Constraint(String),
    /// The database cannot be reached, is full or is closing. After a write the outcome may be unknown.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// What is stored cannot be read back.
    #[error("stored content is damaged: {0}")]
    Corrupt(String),
    /// A statement of ours is wrong: a defect.
    #[error("the database refused a statement: {0}")]
    Sql(String),
    /// The closure given to the store panicked; its changes are undone.
    #[error("work on the database panicked: {0}")]
    Panicked(String),
    /// The location or the database behind it cannot be used by this version.
    #[error("cannot use the database: {0}")]
    Unusable(String),
}

impl Error {
    pub(crate) fn closed() -> Self {
        Self::Unavailable("it is closed".to_owned())
    }

    /// From a caught panic's payload.
    pub(crate) fn panicked(payload: &(dyn std::any::Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Self::Panicked(text.unwrap_or_else(|| "no message".to_owned()))
    }
}
