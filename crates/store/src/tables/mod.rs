//! One file per table: plain functions over `Sql`, and one function that maps a row.

pub mod blobs;
pub mod events;
pub mod journal;
pub mod runs;
pub mod settings;
pub mod workflow_versions;
pub mod workflows;

mod json;
