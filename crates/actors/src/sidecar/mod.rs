//! The sidecar as seen from here: what goes over the wire, and the client that speaks it.

pub mod client;
pub mod wire;

pub use client::{Address, SidecarClient};
