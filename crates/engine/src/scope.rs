//! What an expression of a node sees: the run's inputs, what arrived at the node, and the outputs of the nodes before it.
//! Only nodes upstream are visible, so that an expression never depends on which of two branches was faster.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::{NodeId, Payload};

use crate::Ports;

/// Cheap to clone; payloads are parsed only when an expression touches them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// The run's inputs: `{{ inputs.name }}`.
    pub run_inputs: Arc<BTreeMap<String, Payload>>,
    /// What arrived: `{{ input }}` is the port `input` (or the only port), `{{ ports.name }}` any of them.
    pub ports: Arc<Ports>,
    /// Finished nodes upstream: `{{ nodes.id.port }}`.
    pub nodes: Arc<BTreeMap<NodeId, Arc<Ports>>>,
    /// Inside a region, the innermost one's item: `{{ item }}`, `{{ index }}`.
    pub item: Option<ScopeItem>,
}

/// The item, or turn, that a node is done for.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeItem {
    /// What it began with.
    pub value: Payload,
    /// From 0.
    pub index: u32,
}
