//! A node that misbehaves on request, for tests of what surrounds a node.
//! Compiled with the feature `probe` only.

use std::time::Duration;

use protocol::Payload;
use protocol::nodes::{Capability, Face, Group, NodeRole, PortType, ReplayClass};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::face::{gives, takes};
use crate::outside::HttpRequest;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// What the probe does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProbeConfig {
    /// What happens when the probe runs.
    pub action: ProbeAction,
}

/// What happens when a probe runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ProbeAction {
    /// It hands on what arrived.
    #[schemars(title = "Echo")]
    Echo {
        /// How long it takes, in milliseconds.
        #[serde(default)]
        delay_ms: u64,
    },
    /// It panics.
    #[schemars(title = "Panic")]
    Panic,
    /// It never ends by itself.
    #[schemars(title = "Hang")]
    Hang,
    /// It hands on a long text.
    #[schemars(title = "Bytes")]
    Bytes {
        /// Length of the text.
        count: usize,
    },
    /// It fails.
    #[schemars(title = "Fail")]
    Fail {
        /// The failure's code.
        code: String,
        /// Whether another attempt may do better.
        #[serde(default)]
        transient: bool,
        /// How many attempts fail; the one after them hands on what arrived.
        #[serde(default = "always")]
        times: u32,
    },
    /// It tells a server that it ran, by a POST with the step's key as `Idempotency-Key`, and hands on what arrived.
    #[schemars(title = "Count")]
    Count {
        /// Address of the server.
        url: String,
    },
}

fn always() -> u32 {
    u32::MAX
}

impl Default for ProbeAction {
    fn default() -> Self {
        Self::Echo { delay_ms: 0 }
    }
}

pub struct Probe;

impl Node for Probe {
    const KIND: &'static str = "probe";
    type Config = ProbeConfig;

    fn face() -> Face {
        Face {
            label: "Probe".to_owned(),
            description: "Misbehaves on request.".to_owned(),
            group: Group::Utility,
            icon: "flask-conical".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![gives("output", "Output", PortType::Any)],
            replay: ReplayClass::AtLeastOnce,
            capabilities: vec![Capability::Network],
        }
    }

    async fn run(config: &ProbeConfig, mut inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        match &config.action {
            ProbeAction::Echo { delay_ms: 0 } => {}
            ProbeAction::Echo { delay_ms } => tokio::time::sleep(Duration::from_millis(*delay_ms)).await,
            ProbeAction::Panic => panic!("the probe panics as it was told to"),
            ProbeAction::Hang => std::future::pending().await,
            ProbeAction::Bytes { count } => return Ok(Done::one("output", Payload::from("x".repeat(*count).as_str()))),
            ProbeAction::Fail { code, transient, times } if context.attempt <= *times => {
                let message = format!("the probe fails as it was told to, attempt {}", context.attempt);
                return Err(NodeFailure { transient: *transient, ..NodeFailure::new(code, message) });
            }
            ProbeAction::Fail { .. } => {}
            ProbeAction::Count { url } => count(url, context).await?,
        }
        Ok(Done::one("output", inputs.take_or_null("input")))
    }
}

async fn count(url: &str, context: &Context) -> Result<(), NodeFailure> {
    let uncounted = |message: String| NodeFailure::new("count_failed", message);
    let url = Url::parse(url).map_err(|error| uncounted(error.to_string()))?;
    let key = HeaderValue::from_str(&context.key).map_err(|error| uncounted(error.to_string()))?;
    let headers = HeaderMap::from_iter([(HeaderName::from_static("idempotency-key"), key)]);
    let request = HttpRequest { method: Method::POST, url, headers, body: None };
    let answer = context.outside.http.send(request).await.map_err(|error| uncounted(error.to_string()))?;
    if answer.status < 400 {
        Ok(())
    } else {
        Err(uncounted(format!("the server answered with status {}", answer.status)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Probe;
    use crate::testing::Attempt;

    fn run(action: Value, attempt_number: u32) -> Result<Value, String> {
        let mut attempt = Attempt::of::<Probe>(json!({ "action": action })).input("input", json!(7));
        attempt.context.attempt = attempt_number;
        attempt.run_now().map(|done| done["output"].clone()).map_err(|failure| failure.code)
    }

    #[test]
    fn does_as_it_is_told() {
        assert_eq!(run(json!({ "type": "echo" }), 1), Ok(json!(7)));
        assert_eq!(run(json!({ "type": "bytes", "count": 3 }), 1), Ok(json!("xxx")));
        let fail = json!({ "type": "fail", "code": "odd", "times": 2 });
        let outcomes: Vec<_> = (1..=3).map(|attempt| run(fail.clone(), attempt)).collect();
        assert_eq!(outcomes, [Err("odd".to_owned()), Err("odd".to_owned()), Ok(json!(7))]);
        assert_eq!(run(json!({ "type": "fail", "code": "odd" }), 99), Err("odd".to_owned()));
    }

    #[test]
    #[should_panic(expected = "as it was told to")]
    fn panics() {
        drop(run(json!({ "type": "panic" }), 1));
    }

    #[tokio::test]
    async fn a_hanging_attempt_ends_when_it_is_cancelled() {
        let attempt = Attempt::of::<Probe>(json!({ "action": { "type": "hang" } }));
        attempt.context.cancelled.cancel();
        assert_eq!(attempt.run().await.unwrap_err().code, "cancelled");
    }
}
