//! Rules about one node at a time: id, kind, config, ports, policy; and names that only one node may have.
//! What a config means is asked of the node type, never known here.

use std::collections::BTreeMap;

use protocol::NodeId;
use protocol::nodes::NodeRole;
use protocol::workflows::{NodePolicy, OnError};

use super::{MAX_ATTEMPTS, MAX_ID_CHARS, MAX_POLICY_MS, Placed, Report};
use crate::graph::{Faces, Sketch, Sketched, result_name};

pub(super) fn check(sketch: &Sketch, faces: &dyn Faces, report: &mut Report) {
    let mut results: BTreeMap<String, &NodeId> = BTreeMap::new();
    for (place, node) in sketch.nodes.iter().enumerate() {
        let id = &node.spec.id;
        check_id(id, report);
        if sketch.by_id.get(id.as_str()) != Some(&place) {
            report.error("duplicate_id", format!("another node has the id `{id}`")).at(id);
        }
        let Some(face) = node.face else {
            report.error("unknown_kind", format!("there is no node type `{}`", node.spec.kind)).at(id);
            continue;
        };
        for (pointer, message) in faces.check_config(&node.spec.kind, &node.spec.config) {
            report.error("invalid_config", message).at(id).on(&pointer);
        }
        if face.role == NodeRole::Note {
            continue;
        }
        check_ports(node, report);
        check_policy(node, report);
        if let Some(name) = result_name(face, &node.spec.config) {
            match results.get(&name) {
                Some(first) => {
                    report
                        .error("duplicate_result_name", format!("the result `{name}` is also made by `{first}`"))
                        .at(id)
                        .on("/name");
                }
                None => {
                    results.insert(name, id);
                }
            }
        }
    }
}

fn check_id(id: &NodeId, report: &mut Report) {
    let text = id.as_str();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if text.is_empty() || text.len() > MAX_ID_CHARS || !text.chars().all(fits) {
        let message = format!("the id `{id}` is not made of 1 to {MAX_ID_CHARS} letters, digits, `_` and `-`");
        report.error("bad_id", message).at(id);
    }
}

fn check_ports(node: &Sketched, report: &mut Report) {
    for (place, (name, _)) in node.outputs.iter().enumerate() {
        let text = name.as_str();
        if text.is_empty() || text.chars().count() > MAX_ID_CHARS {
            let message = format!("the port name `{name}` is not 1 to {MAX_ID_CHARS} characters long");
            report.error("bad_port", message).at(&node.spec.id).on(text);
        }
        if node.outputs[..place].iter().any(|(earlier, _)| earlier == name) {
            let message = format!("the node has two output ports named `{name}`");
            report.error("bad_port", message).at(&node.spec.id).on(text);
        }
    }
}

fn check_policy(node: &Sketched, report: &mut Report) {
    let NodePolicy { timeout_ms, retry, on_error, replay } = &node.spec.policy;
    let mut over = |message: String, place: &str| {
        report.error("limits", message).at(&node.spec.id).on(place);
    };
    if timeout_ms.is_some_and(|timeout_ms| timeout_ms == 0 || timeout_ms > MAX_POLICY_MS) {
        over(format!("the time limit is not between 1 and {MAX_POLICY_MS} ms"), "timeout_ms");
    }
    if let Some(retry) = retry {
        if !(1..=MAX_ATTEMPTS).contains(&retry.max_attempts) {
            over(format!("the number of attempts is not between 1 and {MAX_ATTEMPTS}"), "retry");
        }
        if retry.backoff_ms.max(retry.max_backoff_ms) > MAX_POLICY_MS {
            over(format!("the pause between attempts is over {MAX_POLICY_MS} ms"), "retry");
        }
    }
    match on_error {
        OnError::Fallback { .. } if node.outputs.is_empty() => {
            over("the fallback has no port to leave by: the node has no outputs".to_owned(), "on_error");
        }
        OnError::Fail | OnError::ErrorPort | OnError::Fallback { .. } | OnError::Skip => {}
    }
    if let (Some(replay), Some(face)) = (replay, node.face)
        && *replay < face.replay
    {
        let message = "the author's replay class is looser than that of the node type".to_owned();
        report.error("loose_replay", message).at(&node.spec.id).on("replay");
    }
}
