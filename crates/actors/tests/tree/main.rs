//! The tree through `Studio`, as a shell would use it: real store, real nodes, nothing faked but the model.

mod house;
mod isolation;
mod queue;
mod resume;
mod stream;
