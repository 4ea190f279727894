//! A result of the run: what reaches it is found under its name in the run's outputs.
//! The engine takes the result from the port, by the face's role.

use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::face::takes;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// A result of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutputConfig {
    /// Name under which the result appears. Each output of a workflow needs its own.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
}

impl Default for OutputConfig {
    fn default() -> Self {
        Self { name: "result".to_owned() }
    }
}

pub struct Output;

impl Node for Output {
    const KIND: &'static str = "output";
    type Config = OutputConfig;

    fn face() -> Face {
        Face {
            label: "Output".to_owned(),
            description: "Makes the value that reaches it a result of the run.".to_owned(),
            group: Group::Flow,
            icon: "log-out".to_owned(),
            role: NodeRole::Result,
            inputs: vec![takes("value", "Value", PortType::Any)],
            outputs: vec![],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    /// The engine takes the result from what arrived; nothing leaves.
    async fn run(_: &OutputConfig, inputs: Inputs, _: &Context) -> Result<Done, NodeFailure> {
        inputs.required("value")?;
        Ok(Done::nothing())
    }
}
