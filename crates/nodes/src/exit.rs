//! Ends the turns of a loop. Without a loop before it, it hands on what arrives.
//! Whether another turn follows is the engine's.

use engine::Ports;
use protocol::nodes::{Face, Group, InputPort, NodeRole, PortType, ReplayClass};
use protocol::{Payload, PortName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::face::{gives, takes};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Nothing to set: when the loop ends is said where it begins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExitConfig {}

pub struct Exit;

impl Node for Exit {
    const KIND: &'static str = "exit";
    type Config = ExitConfig;

    fn face() -> Face {
        let open = |name, label| InputPort { required: false, ..takes(name, label, PortType::Any) };
        Face {
            label: "Exit".to_owned(),
            description: "Ends the region of a loop, or gives it what its next turn begins with.".to_owned(),
            group: Group::Flow,
            icon: "log-out".to_owned(),
            role: NodeRole::Exit,
            inputs: vec![open("result", "Done"), open("again", "Again")],
            outputs: vec![
                gives("output", "Result", PortType::Any),
                gives("iterations", "Turns", PortType::Number),
                gives("reason", "Reason", PortType::Text),
            ],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    async fn run(_: &ExitConfig, mut inputs: Inputs, _: &Context) -> Result<Done, NodeFailure> {
        let result = inputs.take("result").or_else(|| inputs.take("again")).unwrap_or_else(Payload::null);
        let mut outputs = Ports::from([(PortName::from("output"), result)]);
        for port in ["iterations", "reason"] {
            if let Some(value) = inputs.take(port) {
                outputs.insert(PortName::from(port), value);
            }
        }
        Ok(outputs.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Exit;
    use crate::testing::Attempt;

    #[test]
    fn hands_on_the_result_and_what_the_loop_says_of_itself() {
        let attempt = Attempt::of::<Exit>(json!({})).input("result", json!("r")).input("iterations", json!(3));
        let done = attempt.run_now().unwrap();
        assert_eq!((&done["output"], &done["iterations"]), (&json!("r"), &json!(3)));
        let alone = Attempt::of::<Exit>(json!({})).input("again", json!(7)).run_now().unwrap();
        assert_eq!(alone["output"], json!(7));
    }
}
