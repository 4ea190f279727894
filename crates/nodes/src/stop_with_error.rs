//! Ends the run as failed, with the author's code and message: a wrong input is said so instead of being worked on.
//! A policy of the node may catch the failure, as any other one.

use engine::expression::Template;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::face::takes;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Longer messages are not read, and belong into what arrived.
const MAX_MESSAGE_CHARS: usize = 4_000;

/// The end of a run that cannot go on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StopWithErrorConfig {
    /// What went wrong, for people, such as `The order {{ input.number }} has no address`.
    pub message: Template,
    /// What went wrong, for programs: lower-case letters, digits and `_`.
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub code: String,
    /// Whether the value that arrived is kept with the failure.
    pub attach_input: bool,
}

impl Default for StopWithErrorConfig {
    fn default() -> Self {
        let message = Template::parse("This run was stopped by its workflow").expect("it is a template");
        Self { message, code: "stopped".to_owned(), attach_input: false }
    }
}

pub struct StopWithError;

impl Node for StopWithError {
    const KIND: &'static str = "stop_with_error";
    type Config = StopWithErrorConfig;

    fn face() -> Face {
        Face {
            label: "Stop with error".to_owned(),
            description: "Ends the run as failed, with a message of your own (throw, raise, abort).".to_owned(),
            group: Group::Flow,
            icon: "octagon-x".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    async fn run(config: &StopWithErrorConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let message = context.render(&config.message, "message").await?;
        let message: String = message.trim().chars().take(MAX_MESSAGE_CHARS).collect();
        let message = if message.is_empty() { "this run was stopped by its workflow".to_owned() } else { message };
        let details = if config.attach_input { inputs.get("input").cloned() } else { None };
        Err(NodeFailure { details, ..NodeFailure::new(&config.code, message) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{MAX_MESSAGE_CHARS, StopWithError};
    use crate::NodeFailure;
    use crate::testing::Attempt;

    fn stopped(config: Value) -> NodeFailure {
        let order = json!({ "number": 7, "note": "x".repeat(MAX_MESSAGE_CHARS + 1) });
        Attempt::of::<StopWithError>(config).input("input", order).run_now().unwrap_err()
    }

    #[test]
    fn fails_as_its_author_says() {
        let failure = stopped(json!({ "message": "order {{ input.number }} is wrong\n", "code": "no_address" }));
        let told = (failure.code.as_str(), failure.message.as_str(), failure.transient, failure.details);
        assert_eq!(told, ("no_address", "order 7 is wrong", false, None));
        let failure = stopped(json!({ "attach_input": true }));
        assert_eq!(
            (failure.code.as_str(), failure.message.as_str()),
            ("stopped", "This run was stopped by its workflow")
        );
        assert_eq!(failure.details.unwrap().parse::<Value>().unwrap()["number"], 7);
    }

    #[test]
    fn a_message_is_never_empty_nor_endless() {
        assert_eq!(stopped(json!({ "message": " " })).message, "this run was stopped by its workflow");
        assert_eq!(stopped(json!({ "message": "{{ input.note }}" })).message.len(), MAX_MESSAGE_CHARS);
        assert_eq!(stopped(json!({ "message": "{{ input.none }}" })).code, "expression");
    }

    #[test]
    fn a_code_is_a_word() {
        use crate::{Registry, registry::Entry};
        use engine::graph::Faces;
        let registry = Registry::of(vec![Entry::of::<StopWithError>()]);
        let problems = registry.check_config("stop_with_error", &json!({ "code": "No address" }).into());
        assert_eq!(problems[0].0, "/code");
    }
}
