//! One file per table: plain functions over `Sql`, and one function that maps a row.
//! None of them opens a transaction, tells the time or makes an id.

pub mod blobs;
pub mod events;
pub mod journal;
pub mod runs;
pub mod settings;
pub mod workflow_versions;
pub mod workflows;

mod json;
