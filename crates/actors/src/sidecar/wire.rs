//! What goes over the wire to the sidecar.
//! `sidecar/wire.schema.json` is its other half; a test holds both together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use protocol::Payload;
use protocol::runs::Usage;

/// The one line that a started sidecar prints.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadyLine {
    pub ready: bool,
    pub port: u16,
    pub pid: u32,
    pub version: String,
}

/// Body of `POST /chat`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChatBody<'a> {
    pub provider: &'a str,
    pub model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<&'a str>,
    pub messages: Vec<MessageBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json_schema: Option<&'a Payload>,
    pub stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<&'a str>,
    pub timeout_ms: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct MessageBody<'a> {
    pub role: RoleWord,
    pub content: &'a str,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleWord {
    User,
    Assistant,
}

/// One line of a streamed chat.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatLine {
    Delta { text: String },
    Finish(ChatEnd),
    Error(ChatError),
}

/// The reply of a chat: the last line of a stream, or the whole body without one.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ChatEnd {
    pub text: String,
    pub model: String,
    pub finish_reason: String,
    pub usage: Usage,
}

/// Body of every error status, and the last line of a stream that broke off.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ChatError {
    pub code: String,
    pub message: String,
    pub retryable: bool,
    #[serde(default)]
    pub retry_after_ms: Option<u64>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::schema_for;
    use serde_json::Value;

    use super::*;

    fn other_half() -> Value {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sidecar/wire.schema.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn names(schema: &Value, key: &str) -> BTreeSet<String> {
        match &schema[key] {
            Value::Object(fields) => fields.keys().cloned().collect(),
            Value::Array(names) => names.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
            Value::Null => BTreeSet::new(),
            other @ (Value::Bool(_) | Value::Number(_) | Value::String(_)) => panic!("`{key}` is {other}"),
        }
    }

    #[test]
    fn what_we_send_the_sidecar_takes() {
        let theirs = &other_half()["$defs"]["ChatRequest"];
        let ours = schema_for!(ChatBody<'_>).to_value();
        assert_eq!(names(&ours, "properties"), names(theirs, "properties"));
        assert!(names(&ours, "required").is_superset(&names(theirs, "required")));
        let message = &ours["$defs"]["MessageBody"];
        assert_eq!(names(message, "properties"), names(&other_half()["$defs"]["Message"], "properties"));
    }

    #[test]
    fn what_the_sidecar_sends_we_read() {
        let definitions = &other_half()["$defs"];
        for (ours, name) in [
            (schema_for!(ReadyLine).to_value(), "Ready"),
            (schema_for!(ChatEnd).to_value(), "ChatReply"),
            (schema_for!(ChatError).to_value(), "Failure"),
        ] {
            let theirs = &definitions[name];
            assert_eq!(names(&ours, "properties"), names(theirs, "properties"), "{name}");
            assert!(names(theirs, "required").is_superset(&names(&ours, "required")), "{name}");
        }
        let tags: BTreeSet<&str> = ["DeltaLine", "FinishLine", "ErrorLine"]
            .iter()
            .filter_map(|name| definitions[name]["properties"]["type"]["const"].as_str())
            .collect();
        assert_eq!(tags, BTreeSet::from(["delta", "error", "finish"]));
    }
}
