//! The tables, one file each.

pub mod blobs;
pub mod events;
pub mod journal;
pub mod runs;
pub mod settings;
pub mod workflows;
