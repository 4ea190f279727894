//! The pure core: graphs, checks, expressions, and the state machine of a run.
//! Knows no clock, no randomness, no I/O and no runtime: time and ids come in as input, effects go out as data.

pub mod effect;
pub mod expression;
pub mod input;
pub mod scope;

pub use effect::{Effect, Outcome, StartNode};
pub use expression::{ExpressionError, Jq, JsonPath, Template};
pub use input::{Input, Ports};
pub use scope::Scope;
