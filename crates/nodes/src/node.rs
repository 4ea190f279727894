//! What a node type is: a config, a face, and a function from what arrived to what leaves.
//! Authors write types; `registry` turns them into something that holds any of them.

use std::future::Future;

use engine::Ports;
use protocol::nodes::Face;
use protocol::runs::{NodeFailure, Usage};
use protocol::{Payload, PortName};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Context;

/// A node type. One file each; `lib.rs` lists them.
pub trait Node: Send + Sync + 'static {
    /// The name in workflow files: lower-case letters, digits and `_`.
    const KIND: &'static str;

    /// What an author fills in. The doc comments of its fields are the help texts of the form.
    type Config: Serialize + DeserializeOwned + JsonSchema + Default + Send + Sync + 'static;

    fn face() -> Face;

    /// Problems that the schema cannot say: JSON Pointer into the config, message.
    fn check(_: &Self::Config) -> Vec<(String, String)> {
        Vec::new()
    }

    /// One attempt. Dropped at any await point when its time is up or the run is cancelled.
    fn run(
        config: &Self::Config,
        inputs: Inputs,
        context: &Context,
    ) -> impl Future<Output = Result<Done, NodeFailure>> + Send;
}

/// How an attempt ended well.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// What leaves now. A port that is absent was not taken.
    Outputs { outputs: Ports, usage: Usage },
    /// What leaves at `due_at_ms`; nothing is kept running until then.
    Wait { due_at_ms: i64, outputs: Ports },
}

impl From<Ports> for Done {
    fn from(outputs: Ports) -> Self {
        Self::Outputs { outputs, usage: Usage::default() }
    }
}

impl Done {
    /// Nothing leaves.
    pub fn nothing() -> Self {
        Ports::new().into()
    }

    /// A single value through a single port.
    pub fn one(port: &str, value: Payload) -> Self {
        Ports::from([(PortName::from(port), value)]).into()
    }
}

/// What arrived at a node, by port.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs(Ports);

impl From<Ports> for Inputs {
    fn from(ports: Ports) -> Self {
        Self(ports)
    }
}

impl Inputs {
    pub fn get(&self, port: &str) -> Option<&Payload> {
        self.0.get(port)
    }

    pub fn take(&mut self, port: &str) -> Option<Payload> {
        self.0.remove(port)
    }

    /// What arrived at `port`, or null when nothing is connected to it.
    pub fn take_or_null(&mut self, port: &str) -> Payload {
        self.take(port).unwrap_or_else(Payload::null)
    }

    /// Fails with `missing_input` when nothing arrived.
    pub fn required(&self, port: &str) -> Result<&Payload, NodeFailure> {
        self.get(port).ok_or_else(|| NodeFailure::new("missing_input", format!("nothing arrived at port `{port}`")))
    }
}

/// Reads `payload` as a `T`. Fails with `invalid_input`, naming the port.
pub fn parse<T: DeserializeOwned>(payload: &Payload, port: &str) -> Result<T, NodeFailure> {
    payload.parse().map_err(|error| {
        NodeFailure::new("invalid_input", format!("cannot read what arrived at port `{port}`: {error}"))
    })
}

/// Text as it is, any other value as its JSON text.
pub fn text_of(payload: &Payload, port: &str) -> Result<String, NodeFailure> {
    if payload.json().starts_with('"') { parse(payload, port) } else { Ok(payload.json().to_owned()) }
}

/// Puts a value of ours into a payload.
pub fn payload<T: Serialize + ?Sized>(value: &T) -> Result<Payload, NodeFailure> {
    Payload::of(value)
        .map_err(|error| NodeFailure::new("invalid_output", format!("cannot write the result as json: {error}")))
}
