//! The actors, one file each, and the one restart policy they share.
//! Others hold their handles, never an `ActorRef`.

pub mod attempt;
pub mod db;
pub mod events;
pub mod journal;
pub mod parts;
pub mod run;
pub mod runs;
pub mod settings;
pub mod sidecar;
pub mod slot;
pub mod supervise;
pub mod workflows;
