//! Lets a value rest: for a while, or until a moment. Nothing is kept running meanwhile; the run's journal remembers
//! the moment, so a restart of the server changes nothing.

use engine::Ports;
use engine::expression::Template;
use jiff::Timestamp;
use protocol::PortName;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::face::{gives, takes};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Longer waits are typing errors; whoever means it starts a new run by a schedule.
const MAX_WAIT_MS: i64 = 366 * 24 * 60 * 60 * 1000;

/// A pause of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WaitConfig {
    /// How long the value rests here.
    pub until: WaitUntil,
}

/// The end of a pause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum WaitUntil {
    /// A while after the value arrived.
    #[schemars(title = "For a while")]
    Duration {
        /// How many of the unit.
        amount: u32,
        /// Unit of the amount.
        unit: TimeUnit,
    },
    /// A moment. One that has passed already is not waited for.
    #[schemars(title = "Until a moment")]
    Moment {
        /// Date and time with offset, such as `2030-01-31T09:00:00Z` or `{{ input.due }}`.
        at: Template,
    },
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Thousandths of a second.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days of 24 hours.
    Days,
}

impl TimeUnit {
    fn milliseconds(self) -> i64 {
        match self {
            Self::Milliseconds => 1,
            Self::Seconds => 1_000,
            Self::Minutes => 60_000,
            Self::Hours => 3_600_000,
            Self::Days => 86_400_000,
        }
    }
}

impl Default for WaitUntil {
    fn default() -> Self {
        Self::Duration { amount: 10, unit: TimeUnit::Seconds }
    }
}

pub struct Wait;

impl Node for Wait {
    const KIND: &'static str = "wait";
    type Config = WaitConfig;

    fn face() -> Face {
        Face {
            label: "Wait".to_owned(),
            description: "Hands a value on after a while or at a moment.".to_owned(),
            group: Group::Flow,
            icon: "timer".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![gives("output", "Output", PortType::Any)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    fn check(config: &WaitConfig) -> Vec<(String, String)> {
        match &config.until {
            WaitUntil::Duration { amount, unit } if i64::from(*amount) * unit.milliseconds() > MAX_WAIT_MS => {
                vec![("/until/amount".to_owned(), "the longest wait is 366 days".to_owned())]
            }
            WaitUntil::Duration { .. } | WaitUntil::Moment { .. } => vec![],
        }
    }

    async fn run(config: &WaitConfig, mut inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let due_at_ms = match &config.until {
            WaitUntil::Duration { amount, unit } => context.now_ms + i64::from(*amount) * unit.milliseconds(),
            WaitUntil::Moment { at } => read_moment(context.render(at, "at").await?.trim())?,
        };
        if due_at_ms - context.now_ms > MAX_WAIT_MS {
            return Err(NodeFailure::new("invalid_time", "cannot wait longer than 366 days"));
        }
        let outputs = Ports::from([(PortName::from("output"), inputs.take_or_null("input"))]);
        if due_at_ms <= context.now_ms { Ok(outputs.into()) } else { Ok(Done::Wait { due_at_ms, outputs }) }
    }
}

fn read_moment(text: &str) -> Result<i64, NodeFailure> {
    let moment: Timestamp = text.parse().map_err(|error| {
        NodeFailure::new("invalid_time", format!("cannot read `{text}` as a date and time with offset: {error}"))
    })?;
    Ok(moment.as_millisecond())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Wait;
    use crate::testing::{Attempt, values};
    use crate::{Done, NodeFailure};

    const NOW_MS: i64 = 1_700_000_000_000;

    async fn run(until: Value, arrived: Value) -> Result<(Option<i64>, Value), NodeFailure> {
        let mut attempt = Attempt::of::<Wait>(json!({ "until": until })).input("input", arrived);
        attempt.context.now_ms = NOW_MS;
        Ok(match attempt.run().await? {
            Done::Wait { due_at_ms, outputs } => (Some(due_at_ms - NOW_MS), values(&outputs)["output"].clone()),
            Done::Outputs { outputs, .. } => (None, values(&outputs)["output"].clone()),
        })
    }

    #[tokio::test]
    async fn says_when_the_value_leaves() {
        let value = json!({ "due": "2023-11-14T22:13:21+00:00" });
        let cases = [
            (json!({ "type": "duration", "amount": 2, "unit": "hours" }), Some(7_200_000)),
            (json!({ "type": "duration", "amount": 1, "unit": "milliseconds" }), Some(1)),
            (json!({ "type": "duration", "amount": 0, "unit": "days" }), None),
            (json!({ "type": "moment", "at": "2023-11-14T23:13:20.5+01:00" }), Some(500)),
            (json!({ "type": "moment", "at": " {{ input.due }}\n" }), Some(1_000)),
            (json!({ "type": "moment", "at": "1999-01-01T00:00:00Z" }), None),
        ];
        for (until, expected) in cases {
            assert_eq!(run(until.clone(), value.clone()).await, Ok((expected, value.clone())), "{until}");
        }
    }

    #[tokio::test]
    async fn refuses_what_is_no_moment_or_too_far() {
        for at in ["tomorrow", "", "2023-11-14T23:13:20", "9000-01-01T00:00:00Z"] {
            let failure = run(json!({ "type": "moment", "at": at }), json!(1)).await.unwrap_err();
            assert_eq!(failure.code, "invalid_time", "{at}");
        }
    }

    #[test]
    fn the_longest_wait_is_a_year() {
        use crate::Node;
        let config = |days: u32| {
            serde_json::from_value(json!({ "until": { "type": "duration", "amount": days, "unit": "days" } }))
        };
        assert_eq!(Wait::check(&config(366).unwrap()), []);
        assert_eq!(Wait::check(&config(367).unwrap())[0].0, "/until/amount");
    }
}
