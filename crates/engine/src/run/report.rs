//! What a run tells about its nodes. A node inside a region is told over all its passes; a single pass only while it is
//! under way, or when it ended in the latest step.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::runs::{NodeRun, NodeRunDetail, NodeStatus, QuarantinedItem};
use protocol::{ItemPath, NodeId, Payload, PortName};

use super::frame::Frame;
use super::node::NodeState;
use super::place::{self, Place};
use super::{Open, RunState};
use crate::Ports;

impl RunState {
    /// Every node and its state, in file order.
    pub fn nodes(&self) -> Vec<NodeRun> {
        let mut passes: Vec<Vec<(Vec<u32>, &NodeState)>> = vec![Vec::new(); self.graph.nodes().len()];
        collect(self, &mut passes);
        (0..self.graph.nodes().len()).map(|node| self.over_passes(node, &passes[node])).collect()
    }

    /// One node with what went in and came out. Nothing when it does not exist, or that item of it is not under way and
    /// did not end in the latest step.
    pub fn node(&self, id: &NodeId, item: &ItemPath) -> Option<NodeRunDetail> {
        let place = self.place(id, item)?;
        let state = self.state(&place).or_else(|| self.state_that_ended(&place))?;
        let ports = |ports: &Option<Arc<Ports>>| -> BTreeMap<PortName, Payload> {
            ports.as_ref().map(|ports| (**ports).clone()).unwrap_or_default()
        };
        let node = self.node_run(&place, state);
        Some(NodeRunDetail { node, inputs: ports(&state.inputs), outputs: ports(&state.outputs) })
    }

    /// Failed items that wait for a person.
    pub fn quarantine(&self) -> Vec<QuarantinedItem> {
        let mut found = Vec::new();
        quarantined(self, &self.top, &mut Vec::new(), &mut found);
        found
    }

    fn state_that_ended(&self, place: &Place) -> Option<&NodeState> {
        let node = &self.graph.nodes()[place.node];
        let ended = self
            .just_ended
            .iter()
            .find(|(region, item, _)| node.regions.last() == Some(region) && *item == place.item)?;
        Some(&ended.2.nodes[node.slot])
    }

    fn node_run(&self, place: &Place, state: &NodeState) -> NodeRun {
        NodeRun {
            node_id: self.id(place.node),
            status: state.status,
            attempt: state.attempt,
            started_at_ms: state.started_at_ms,
            ended_at_ms: state.ended_at_ms,
            wake_at_ms: self.timers.get(place).copied(),
            failure: state.failure.clone(),
            ports: state.outputs.iter().flat_map(|outputs| outputs.keys().cloned()).collect(),
            items: None,
        }
    }

    fn over_passes(&self, node: usize, passes: &[(Vec<u32>, &NodeState)]) -> NodeRun {
        let parsed = &self.graph.nodes()[node];
        if parsed.regions.is_empty() {
            let place = Place { item: Vec::new(), node };
            return self.node_run(&place, passes[0].1);
        }
        let counts = self.counts[node];
        let open: Vec<NodeStatus> =
            passes.iter().map(|(_, state)| state.status).filter(|status| !is_final(*status)).collect();
        let shown = [NodeStatus::Uncertain, NodeStatus::Running, NodeStatus::Retrying, NodeStatus::Waiting];
        let at_work = shown.into_iter().find(|status| open.contains(status));
        let is_over = self.status.is_final() || self.region_is_over(node);
        let status = at_work.unwrap_or(match () {
            () if !is_over && counts.begun == 0 => NodeStatus::Pending,
            () if !is_over => NodeStatus::Running,
            () if counts.failed > 0 => NodeStatus::Failed,
            () if counts.succeeded > 0 => NodeStatus::Succeeded,
            () if counts.begun > counts.skipped => NodeStatus::Cancelled,
            () => NodeStatus::Skipped,
        });
        let latest = passes.iter().max_by_key(|(item, _)| item.clone()).map(|(_, state)| *state);
        NodeRun {
            node_id: parsed.id.clone(),
            status,
            attempt: latest.map_or(0, |state| state.attempt),
            started_at_ms: latest.and_then(|state| state.started_at_ms),
            ended_at_ms: None,
            wake_at_ms: self.timers.iter().filter(|(place, _)| place.node == node).map(|(_, due)| *due).min(),
            failure: latest.and_then(|state| state.failure.clone()),
            ports: Vec::new(),
            items: Some(counts),
        }
    }

    /// The outermost region around the node has ended, or will never begin.
    fn region_is_over(&self, node: usize) -> bool {
        let outermost = self.graph.nodes()[node].regions[0];
        let closer = Place { item: Vec::new(), node: self.graph.regions()[outermost].closer };
        self.state(&closer).is_some_and(|state| state.is_settled() || state.attempt > 0)
    }
}

fn is_final(status: NodeStatus) -> bool {
    match status {
        NodeStatus::Succeeded | NodeStatus::Failed | NodeStatus::Skipped | NodeStatus::Cancelled => true,
        NodeStatus::Pending
        | NodeStatus::Running
        | NodeStatus::Retrying
        | NodeStatus::Waiting
        | NodeStatus::Uncertain => false,
    }
}

fn collect<'run>(run: &'run RunState, passes: &mut [Vec<(Vec<u32>, &'run NodeState)>]) {
    run.top
        .each(&run.graph, (None, &mut Vec::new()), &mut |node, item, state| passes[node].push((item.to_vec(), state)));
}

fn quarantined(run: &RunState, frame: &Frame, item: &mut Vec<u32>, found: &mut Vec<QuarantinedItem>) {
    for (region, open) in &frame.open {
        let opener = run.graph.regions()[*region].opener;
        let Open { values, quarantine, frames, .. } = open;
        for (place, failure) in quarantine {
            item.push(*place);
            let (node_id, path) = (run.id(opener), place::path(item));
            let value = values[*place as usize].clone();
            found.push(QuarantinedItem { node_id, item: path, value, failure: failure.clone() });
            item.pop();
        }
        for (place, inner) in frames {
            item.push(*place);
            quarantined(run, inner, item, found);
            item.pop();
        }
    }
}
