//! The tree through `Studio`, as a shell would use it: real store, real nodes, nothing faked but the model.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod examples;
mod house;
mod isolation;
mod queue;
mod regions;
mod resume;
mod start;
mod stream;
mod workflows;
