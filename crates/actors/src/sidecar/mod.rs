//! The sidecar as seen from here: what goes over the wire, and the client that speaks it.
//! Starts no process: the actor of the same name does.

pub mod client;
pub mod wire;

pub use client::{Address, SidecarClient};
