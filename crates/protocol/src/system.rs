//! The system about itself.
//! Health for people and programs; what probes ask is in the shells.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `system.health`
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetHealth {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// Takes new runs.
    pub ready: bool,
    pub parts: Vec<PartHealth>,
    pub runs_in_flight: u32,
    pub runs_waiting: u32,
    pub runs_queued: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartHealth {
    /// `database`, `events`, `runs` or `sidecar`.
    pub part: String,
    pub state: PartState,
    /// How often it was restarted since the start.
    pub restarts: u32,
    /// The last failure, or what is being waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    Starting,
    Up,
    /// Failed, and will be tried again.
    Down,
    /// Not configured on this server.
    Off,
}

/// `system.version`
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetVersion {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    pub version: String,
    /// The workflow file format that this server reads and writes.
    pub format: String,
    /// `sqlite` or `postgres`, with its version.
    pub database: String,
}
