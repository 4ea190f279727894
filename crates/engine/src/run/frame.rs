//! The nodes of one pass: those outside of all regions, or those of a region for one item. Frames hold the regions that
//! are under way in them, and those the frames of their items. A frame is gone when its item is done.

use std::collections::{BTreeMap, VecDeque};

use protocol::Payload;
use protocol::runs::NodeFailure;

use super::node::NodeState;
use crate::Graph;

#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// By the slots of the nodes.
    pub nodes: Vec<NodeState>,
    /// Nodes that are not in a final state.
    pub unsettled: usize,
    /// What the node that opens the region hands to those inside.
    pub value: Option<Payload>,
    /// By the index of the region.
    pub open: BTreeMap<usize, Open>,
}

/// A region under way.
#[derive(Clone, Debug)]
pub(super) struct Open {
    /// What each item, or turn so far, began with.
    pub values: Vec<Payload>,
    /// Items that wait for their turn.
    pub waiting: VecDeque<u32>,
    pub frames: BTreeMap<u32, Frame>,
    /// What came of each item; nothing when its nodes brought nothing.
    pub results: Vec<Option<Payload>>,
    pub failures: BTreeMap<u32, NodeFailure>,
    /// Failed items that wait for a person.
    pub quarantine: BTreeMap<u32, NodeFailure>,
}

impl Frame {
    pub fn of_top(graph: &Graph) -> Self {
        let nodes: Vec<NodeState> = graph.top().map(|node| NodeState::of(graph, node)).collect();
        Self { unsettled: nodes.len(), nodes, value: None, open: BTreeMap::new() }
    }

    pub fn of_item(graph: &Graph, region: usize, value: Payload) -> Self {
        let members = &graph.regions()[region].members;
        let nodes: Vec<NodeState> = members.iter().map(|node| NodeState::of(graph, *node)).collect();
        Self { unsettled: nodes.len(), nodes, value: Some(value), open: BTreeMap::new() }
    }

    /// The frame of `item`, walked down through `regions`.
    pub fn at(&self, regions: &[usize], item: &[u32]) -> Option<&Self> {
        let mut frame = self;
        for (region, place) in regions.iter().zip(item) {
            frame = frame.open.get(region)?.frames.get(place)?;
        }
        Some(frame)
    }

    pub fn at_mut(&mut self, regions: &[usize], item: &[u32]) -> Option<&mut Self> {
        let mut frame = self;
        for (region, place) in regions.iter().zip(item) {
            frame = frame.open.get_mut(region)?.frames.get_mut(place)?;
        }
        Some(frame)
    }

    /// Calls `visit` for every node in here and in the frames below: its index, its item, its state.
    pub fn each<'frame>(
        &'frame self,
        graph: &Graph,
        (region, item): (Option<usize>, &mut Vec<u32>),
        visit: &mut dyn FnMut(usize, &[u32], &'frame NodeState),
    ) {
        match region {
            None => graph.top().zip(&self.nodes).for_each(|(node, state)| visit(node, item, state)),
            Some(region) => {
                let members = graph.regions()[region].members.iter();
                members.zip(&self.nodes).for_each(|(node, state)| visit(*node, item, state));
            }
        }
        for (region, open) in &self.open {
            for (place, frame) in &open.frames {
                item.push(*place);
                frame.each(graph, (Some(*region), item), visit);
                item.pop();
            }
        }
    }
}

impl Open {
    pub fn of(values: Vec<Payload>) -> Self {
        let waiting = (0..u32::try_from(values.len()).unwrap_or(u32::MAX)).collect();
        let results = vec![None; values.len()];
        Self {
            values,
            waiting,
            frames: BTreeMap::new(),
            results,
            failures: BTreeMap::new(),
            quarantine: BTreeMap::new(),
        }
    }
}
