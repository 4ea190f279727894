//! The pure core: graphs, checks, expressions, and the state machine of a run.
//! Knows no clock, no randomness, no I/O and no runtime: time and ids come in as input, effects go out as data.

#![deny(clippy::wildcard_enum_match_arm)]

pub mod check;
pub mod effect;
pub mod expression;
pub mod graph;
pub mod input;
pub mod replay;
pub mod run;
pub mod scope;

pub use effect::{Effect, Outcome, StartNode};
pub use expression::{ExpressionError, Jq, JsonPath, Template};
pub use graph::Graph;
pub use input::{Input, Ports};
pub use replay::{ReplayError, replay};
pub use run::RunState;
pub use scope::{Scope, ScopeItem};

#[cfg(test)]
mod testing;
