//! What a failure leads to: another attempt, and after the last one what the author's policy says.
//! How long to wait comes from the policy and from jitter that is part of the input.

use std::sync::Arc;

use protocol::runs::{NodeFailure, NodeStatus, RunStatus};
use protocol::workflows::{OnError, RetryOn};
use protocol::{Event, NodeId, Payload, PortName};
use serde::Serialize;

use super::RunState;
use super::place::Place;
use super::retry::pause_ms;
use crate::graph::ERROR_PORT;
use crate::{Effect, Ports};

impl RunState {
    pub(super) fn attempt_failed(
        &mut self,
        place: &Place,
        at_ms: i64,
        mut failure: NodeFailure,
        effects: &mut Vec<Effect>,
    ) {
        let (node_id, item) = (self.id(place.node), place.path());
        (failure.node_id, failure.item) = (Some(node_id.clone()), item.clone());
        self.state_mut(place).failures += 1;
        match self.retry_at(place, at_ms, &failure) {
            Some(due_at_ms) => {
                let state = self.state_mut(place);
                state.status = NodeStatus::Retrying;
                state.failure = Some(failure.clone());
                let attempt = state.attempt;
                self.timers.insert(place.clone(), due_at_ms);
                effects.push(Effect::StartTimer { node: node_id.clone(), item: item.clone(), due_at_ms });
                effects.push(Effect::Announce(Event::NodeRetrying { node_id, item, attempt, due_at_ms, failure }));
            }
            None => self.node_failed(place, at_ms, failure, effects),
        }
    }

    /// No other attempt follows.
    pub(super) fn node_failed(
        &mut self,
        place: &Place,
        at_ms: i64,
        mut failure: NodeFailure,
        effects: &mut Vec<Effect>,
    ) {
        let graph = self.graph.clone();
        let parsed = &graph.nodes()[place.node];
        (failure.node_id, failure.item) = (Some(parsed.id.clone()), place.path());
        let state = self.state_mut(place);
        state.status = NodeStatus::Failed;
        state.ended_at_ms = Some(at_ms);
        state.failure = Some(failure.clone());
        effects.push(Effect::Announce(Event::NodeFailed {
            node_id: parsed.id.clone(),
            item: place.path(),
            attempt: state.attempt,
            started_at_ms: state.started_at_ms.unwrap_or(at_ms),
            failure: failure.clone(),
        }));
        match &parsed.policy.on_error {
            OnError::Fail => {
                if let Some(opener) = self.forgiving_region(place) {
                    self.item_failed(place, &opener, failure, effects);
                } else {
                    self.frame_mut(place).unsettled -= 1;
                    if !place.item.is_empty() {
                        self.counts[place.node].failed += 1;
                    }
                    self.end(RunStatus::Failed, Some(failure), at_ms, effects);
                }
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
                let (node_id, item) = (parsed.id.clone(), place.path());
                effects.push(Effect::Announce(Event::NodeSkipped { node_id, item }));
            }
        }
        self.settled(place, at_ms, effects);
    }

    /// When the next attempt is due, if the policy allows one.
    fn retry_at(&self, place: &Place, at_ms: i64, failure: &NodeFailure) -> Option<i64> {
        let parsed = &self.graph.nodes()[place.node];
        let retry = parsed.policy.retry.as_ref()?;
        let failures = self.state(place)?.failures;
        let wanted = match retry.on {
            RetryOn::Transient => failure.transient,
            RetryOn::Any => true,
        };
        let key = (&self.run_id, &parsed.id, &place.item[..]);
        (wanted && failures < retry.max_attempts).then(|| at_ms.saturating_add_unsigned(pause_ms(retry, key, failures)))
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
