//! How inputs lie in the journal: one JSON object each; payloads over 8 KiB lie beside it as content-addressed blobs.
//! Turns them into bytes and back; when they are written is not decided here.

use std::collections::BTreeMap;

use engine::Input;
use protocol::{Failure, Payload};
use serde::{Deserialize, Serialize};
use store::Sql;

/// Payloads longer than this leave the journal, so that reading a run back stays cheap.
const INLINE_LIMIT_BYTES: usize = 8 * 1024;

/// A payload stored beside the journal.
pub struct Blob {
    pub sha256: String,
    pub payload: Payload,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    input: Input,
    /// By run input or port: the hash of the payload that stands there as `null`.
    #[serde(default)]
    blobs: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct EntryRef<'a> {
    input: &'a Input,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    blobs: BTreeMap<String, String>,
}

/// The stored text of `input`, and what must be stored beside it.
pub fn encode(input: &Input) -> (Payload, Vec<Blob>) {
    let text = |input: &Input, blobs: BTreeMap<String, String>| {
        Payload::of(&EntryRef { input, blobs }).expect("inputs have no non-text keys")
    };
    if largest_payload(input) <= INLINE_LIMIT_BYTES {
        return (text(input, BTreeMap::new()), Vec::new());
    }
    let mut stored = input.clone();
    let mut places = BTreeMap::new();
    let mut beside = Vec::new();
    for_each_payload(&mut stored, &mut |name, payload| {
        if payload.bytes() > INLINE_LIMIT_BYTES {
            let taken = std::mem::replace(payload, Payload::null());
            let sha256 = store::blobs::address(taken.json().as_bytes());
            places.insert(name.to_owned(), sha256.clone());
            beside.push(Blob { sha256, payload: taken });
        }
    });
    (text(&stored, places), beside)
}

/// Reads an entry back, blobs included.
pub fn decode(sql: &mut dyn Sql, text: &Payload) -> store::Result<Input> {
    let mut entry: Entry = text.parse().map_err(corrupt)?;
    let mut names = std::mem::take(&mut entry.blobs);
    let mut outcome = Ok(());
    for_each_payload(&mut entry.input, &mut |name, payload| {
        if let Some(sha256) = names.remove(name) {
            let read = store::blobs::get(sql, &sha256).and_then(text_payload);
            match read {
                Ok(value) => *payload = value,
                Err(error) => outcome = Err(error),
            }
        }
    });
    outcome.map(|()| entry.input)
}

fn text_payload(bytes: Vec<u8>) -> store::Result<Payload> {
    let text = String::from_utf8(bytes).map_err(corrupt)?;
    Payload::from_json(text).map_err(corrupt)
}

fn corrupt(error: impl std::fmt::Display) -> store::Error {
    store::Error::Corrupt(format!("a journal entry cannot be read: {error}"))
}

fn largest_payload(input: &Input) -> usize {
    match input {
        Input::Started { inputs, .. } => inputs.values().map(Payload::bytes).max().unwrap_or(0),
        Input::NodeFinished { outputs, .. } | Input::NodeWaiting { outputs, .. } => {
            outputs.values().map(Payload::bytes).max().unwrap_or(0)
        }
        Input::NodeStarted { .. }
        | Input::NodeFailed { .. }
        | Input::TimerFired { .. }
        | Input::ItemsDecided { .. }
        | Input::Resumed { .. }
        | Input::Cancelled { .. } => 0,
    }
}

fn for_each_payload(input: &mut Input, visit: &mut dyn FnMut(&str, &mut Payload)) {
    match input {
        Input::Started { inputs, .. } => inputs.iter_mut().for_each(|(name, payload)| visit(name, payload)),
        Input::NodeFinished { outputs, .. } | Input::NodeWaiting { outputs, .. } => {
            outputs.iter_mut().for_each(|(port, payload)| visit(port.as_str(), payload));
        }
        Input::NodeStarted { .. }
        | Input::NodeFailed { .. }
        | Input::TimerFired { .. }
        | Input::ItemsDecided { .. }
        | Input::Resumed { .. }
        | Input::Cancelled { .. } => {}
    }
}

/// A run's journal as the store has it, oldest first.
pub fn read(sql: &mut dyn Sql, run_id: &protocol::RunId) -> store::Result<Vec<Input>> {
    let texts = store::journal::read(sql, run_id)?;
    texts.iter().map(|text| decode(sql, text)).collect()
}

/// Turns a failed replay into words for people.
pub fn unreadable(run_id: &protocol::RunId, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(protocol::Code::Internal, format!("the journal of run `{run_id}` cannot be replayed: {error}"))
}

#[cfg(test)]
mod tests {
    use protocol::runs::Usage;

    use super::*;

    fn finished(outputs: &[(&str, &str)]) -> Input {
        Input::NodeFinished {
            at_ms: 2,
            node: "a".into(),
            item: protocol::ItemPath::top(),
            attempt: 1,
            started_at_ms: 1,
            outputs: outputs
                .iter()
                .map(|(port, json)| ((*port).into(), Payload::from_json((*json).to_owned()).unwrap()))
                .collect(),
            usage: Usage::default(),
        }
    }

    #[test]
    fn payloads_come_back_as_the_text_they_were() {
        let input = finished(&[("out", r#"{"b": 1.50, "a": 12345678901234567890123}"#)]);
        let (text, blobs) = encode(&input);
        assert!(blobs.is_empty());
        let entry: Entry = text.parse().unwrap();
        let Input::NodeFinished { outputs, .. } = entry.input else { panic!("another input") };
        assert_eq!(outputs["out"].json(), r#"{"b": 1.50, "a": 12345678901234567890123}"#);
    }

    #[test]
    fn long_payloads_lie_beside_and_a_value_that_looks_like_a_reference_stays_a_value() {
        let long = format!("\"{}\"", "x".repeat(INLINE_LIMIT_BYTES));
        let input = finished(&[("long", &long), ("short", r#"{"blobs":{"long":"no"}}"#)]);
        let (text, blobs) = encode(&input);
        assert_eq!(blobs.len(), 1);
        assert_eq!(blobs[0].payload.json(), long);
        let entry: Entry = text.parse().unwrap();
        assert_eq!(entry.blobs["long"], blobs[0].sha256);
        let Input::NodeFinished { outputs, .. } = entry.input else { panic!("another input") };
        assert!(outputs["long"].is_null());
        assert_eq!(outputs["short"].json(), r#"{"blobs":{"long":"no"}}"#);
    }
}
