//! The one shape in which a failure leaves the house.
//! A stable code for programs, a message for people; how a code becomes an HTTP status the shell says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Payload;

/// Why a command was refused or broke off. `code` is stable, `message` is for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub code: Code,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Payload>,
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: None }
    }

    #[must_use]
    pub fn with_details(mut self, details: Payload) -> Self {
        self.details = Some(details);
        self
    }
}

/// What a caller can react to. A code exists only where a caller does something different for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request does not fit: unknown field, wrong type, a value out of range.
    InvalidRequest,
    /// The workflow has findings of level error, listed in `details`.
    InvalidWorkflow,
    /// There is no such thing, or no such command.
    NotFound,
    /// It stands otherwise than the request supposes. Where somebody else changed it meanwhile, `details` holds the current
    /// revision.
    Conflict,
    /// No valid credential was given.
    Unauthorized,
    /// The caller's role is too low.
    Forbidden,
    TooLarge,
    /// A limit is reached; try again later.
    Busy,
    /// It took too long; the work may go on.
    Timeout,
    /// A part that is needed (sidecar, database) is not there right now.
    Unavailable,
    /// A defect of ours; the log has more under the same message.
    Internal,
}
