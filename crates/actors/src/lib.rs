//! The supervision tree and what a shell holds of it: `Studio`.
//! Floors inside, upwards: `sidecar` < `actors` < `commands` < `root`, `studio`.
//! Knows no HTTP server and no window; shells know nothing of here but `Studio` and `Config`.

#![deny(clippy::wildcard_enum_match_arm)]

pub mod actors;
pub mod clock;
mod commands;
pub mod config;
pub mod offline;
mod root;
pub mod sidecar;
mod studio;

pub use config::Config;
pub use studio::{Studio, Subscription};
