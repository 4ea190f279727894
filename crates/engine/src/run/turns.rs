//! The turns of a loop: whether another follows and what it begins with, and what the loop leaves behind.
//! Pure; the node that closes the loop has the ports that are read here.

use protocol::{Payload, PortName};
use serde_json::Value;
use strsim::normalized_levenshtein;

use super::frame::Open;
use crate::Ports;
use crate::graph::{Feedback, LoopConfig, Until};

/// Where the exit takes the result of a turn.
const RESULT: &str = "result";
/// Where it takes what the next turn begins with, if that is something else.
const AGAIN: &str = "again";
/// Results are compared up to here: the time grows with the square of it.
const COMPARED_CHARS: usize = 2_000;

/// What the next turn begins with; nothing when the loop is over. Keeps the result of the turn that ended.
pub(super) fn next(config: &LoopConfig, open: &mut Open, brought: &Ports) -> Option<Payload> {
    let (result, again) = (brought.get(RESULT), brought.get(AGAIN));
    let latest = result.or(again)?;
    let before = open.results.iter().rev().flatten().next().cloned();
    if let Some(kept) = open.results.last_mut() {
        *kept = Some(latest.clone());
    }
    let is_done = match config.until {
        Until::MaxIterations => false,
        Until::Done => result.is_some(),
        Until::Stable { similarity } => before.is_some_and(|before| likeness(&before, latest) >= similarity),
    };
    let turns = u32::try_from(open.values.len()).unwrap_or(u32::MAX);
    if is_done || turns >= config.max_iterations {
        return None;
    }
    let fed_back = again.unwrap_or(latest);
    Some(match config.feedback {
        Feedback::Replace => fed_back.clone(),
        Feedback::Append => appended(open.values.last(), fed_back),
    })
}

/// What the exit gets: the latest result, how many turns there were, and why no other followed.
pub(super) fn result(config: &LoopConfig, open: &Open) -> Ports {
    let kept = open.results.iter().rev().flatten().next();
    let turns = open.values.len();
    let ended_dry = open.results.last().is_some_and(Option::is_none);
    let reason = match config.until {
        _ if ended_dry => "nothing_arrived",
        _ if u32::try_from(turns).unwrap_or(u32::MAX) >= config.max_iterations => "max_iterations",
        Until::Done => "done",
        Until::Stable { .. } => "stable",
        Until::MaxIterations => "max_iterations",
    };
    let mut ports = Ports::from([
        (PortName::from("iterations"), Payload::from(Value::from(turns))),
        (PortName::from("reason"), Payload::from(reason)),
    ]);
    if let Some(kept) = kept {
        ports.insert(PortName::from(RESULT), kept.clone());
    }
    ports
}

fn likeness(left: &Payload, right: &Payload) -> f64 {
    if left == right {
        return 1.0;
    }
    let text = |payload: &Payload| -> String {
        let whole = payload.parse::<String>().unwrap_or_else(|_| payload.json().to_owned());
        whole.chars().take(COMPARED_CHARS).collect()
    };
    normalized_levenshtein(&text(left), &text(right))
}

fn appended(before: Option<&Payload>, latest: &Payload) -> Payload {
    let Some(before) = before else { return latest.clone() };
    match (before.parse::<Value>(), latest.parse::<Value>()) {
        (Ok(Value::String(before)), Ok(Value::String(latest))) => {
            Payload::from(format!("{before}\n---\n{latest}").as_str())
        }
        (Ok(Value::Array(mut before)), Ok(latest)) => {
            before.push(latest);
            Payload::from(Value::Array(before))
        }
        (Ok(before), Ok(latest)) => Payload::from(Value::Array(vec![before, latest])),
        (Err(_), _) | (_, Err(_)) => latest.clone(),
    }
}
