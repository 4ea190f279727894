//! What a failure leads to: another attempt, and after the last one what the author's policy says.
//! How long to wait comes from the policy and from jitter that is part of the input.

use std::sync::Arc;

use protocol::runs::{NodeFailure, NodeStatus, RunStatus};
use protocol::workflows::{OnError, RetryOn};
use protocol::{Event, NodeId, Payload, PortName};
use serde::Serialize;

use super::RunState;
use super::retry::pause_ms;
use crate::graph::ERROR_PORT;
use crate::{Effect, Ports};

impl RunState {
    pub(super) fn attempt_failed(
        &mut self,
        node: usize,
        at_ms: i64,
        mut failure: NodeFailure,
        effects: &mut Vec<Effect>,
    ) {
        failure.node_id = Some(self.id(node));
        self.nodes[node].failures += 1;
        match self.retry_at(node, at_ms, &failure) {
            Some(due_at_ms) => {
                let node_id = self.id(node);
                let state = &mut self.nodes[node];
                state.status = NodeStatus::Retrying;
                state.failure = Some(failure.clone());
                let attempt = state.attempt;
                self.timers.insert(node, due_at_ms);
                effects.push(Effect::StartTimer { node: node_id.clone(), due_at_ms });
                effects.push(Effect::Announce(Event::NodeRetrying { node_id, attempt, due_at_ms, failure }));
            }
            None => self.node_failed(node, at_ms, failure, effects),
        }
    }

    /// No other attempt follows.
    pub(super) fn node_failed(&mut self, node: usize, at_ms: i64, mut failure: NodeFailure, effects: &mut Vec<Effect>) {
        let graph = self.graph.clone();
        let parsed = &graph.nodes()[node];
        failure.node_id = Some(parsed.id.clone());
        let state = &mut self.nodes[node];
        state.status = NodeStatus::Failed;
        state.ended_at_ms = Some(at_ms);
        state.failure = Some(failure.clone());
        effects.push(Effect::Announce(Event::NodeFailed {
            node_id: parsed.id.clone(),
            attempt: state.attempt,
            started_at_ms: state.started_at_ms.unwrap_or(at_ms),
            failure: failure.clone(),
        }));
        match &parsed.policy.on_error {
            OnError::Fail => {
                self.unsettled -= 1;
                self.end(RunStatus::Failed, Some(failure), at_ms, effects);
                return;
            }
            OnError::ErrorPort => {
                state.outputs = Some(leaving(PortName::from(ERROR_PORT), error_value(&parsed.id, &failure)));
            }
            OnError::Fallback { value } => {
                let port = parsed.output_ports.first().expect("a fallback without a port has been refused");
                state.outputs = Some(leaving(port.clone(), value.clone()));
            }
            OnError::Skip => {
                state.status = NodeStatus::Skipped;
                effects.push(Effect::Announce(Event::NodeSkipped { node_id: parsed.id.clone() }));
            }
        }
        self.settled(node, at_ms, effects);
    }

    /// When the next attempt is due, if the policy allows one.
    fn retry_at(&self, node: usize, at_ms: i64, failure: &NodeFailure) -> Option<i64> {
        let parsed = &self.graph.nodes()[node];
        let retry = parsed.policy.retry.as_ref()?;
        let failures = self.nodes[node].failures;
        let wanted = match retry.on {
            RetryOn::Transient => failure.transient,
            RetryOn::Any => true,
        };
        (wanted && failures < retry.max_attempts)
            .then(|| at_ms.saturating_add_unsigned(pause_ms(retry, &self.run_id, &parsed.id, failures)))
    }
}

fn leaving(port: PortName, value: Payload) -> Arc<Ports> {
    Arc::new(Ports::from([(port, value)]))
}

fn error_value(node_id: &NodeId, failure: &NodeFailure) -> Payload {
    #[derive(Serialize)]
    struct ErrorValue<'failure> {
        code: &'failure str,
        message: &'failure str,
        node_id: &'failure NodeId,
        #[serde(skip_serializing_if = "Option::is_none")]
        details: &'failure Option<Payload>,
    }
    let value = ErrorValue { code: &failure.code, message: &failure.message, node_id, details: &failure.details };
    Payload::of(&value).expect("texts and JSON are JSON")
}
