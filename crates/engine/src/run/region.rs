//! Regions under way: which items begin, what an ended or failed item leads to, and when the node that closes the region
//! has everything it waits for.

use protocol::runs::{ItemDecision, NodeFailure, NodeStatus};
use protocol::{Event, ItemPath, NodeId, Payload, PortName};
use serde::Serialize;

use super::frame::{Frame, Open};
use super::place::{self, Place};
use super::{RunState, turns};
use crate::graph::{ERROR_PORT, OnItemError, Route, Rule};
use crate::{Effect, Ports};

/// The port at which an aggregator finds what came of the items.
const ITEMS_PORT: &str = "items";
/// The port at which it finds the items that failed.
const FAILURES_PORT: &str = "failures";

/// One item that failed, as the aggregator sees it.
#[derive(Serialize)]
struct FailedItem<'run> {
    index: u32,
    value: &'run Payload,
    code: &'run str,
    message: &'run str,
}

impl RunState {
    /// The node that opens the region has ended. False when it brought nothing to begin with: the region is skipped.
    pub(super) fn open(&mut self, region: usize, opener: &Place, effects: &mut Vec<Effect>) -> bool {
        let outputs = self.state_mut(opener).outputs.clone();
        let value = outputs.as_ref().and_then(|ports| ports.iter().find(|(port, _)| port.as_str() != ERROR_PORT));
        let Some((_, value)) = value else { return false };
        let values = match &self.graph.regions()[region].rule {
            // What is no list is a list of one.
            Rule::Items(_) => value.parse().unwrap_or_else(|_| vec![value.clone()]),
            Rule::Turns(_) => vec![value.clone()],
        };
        let total = u32::try_from(values.len()).unwrap_or(u32::MAX);
        self.frame_mut(opener).open.insert(region, Open::of(values));
        let (node_id, item) = (self.id(opener.node), opener.path());
        effects.push(Effect::Announce(Event::RegionGrew { node_id, item, total }));
        self.to_advance.push_back(opener.clone());
        true
    }

    /// Begins items while there is room, and ends the region when nothing is left to do.
    pub(super) fn advance(&mut self, opener: &Place, at_ms: i64, effects: &mut Vec<Effect>) {
        let graph = self.graph.clone();
        let Some(region) = graph.nodes()[opener.node].opens else { return };
        let parallel = match &graph.regions()[region].rule {
            Rule::Items(config) => config.max_parallel.max(1) as usize,
            Rule::Turns(_) => 1,
        };
        loop {
            let Some(open) = self.open_at(opener, region) else { return };
            if open.frames.len() >= parallel {
                return;
            }
            let Some(index) = open.waiting.pop_front() else { break };
            let frame = Frame::of_item(&graph, region, open.values[index as usize].clone());
            open.frames.insert(index, frame);
            let mut item = opener.item.clone();
            item.push(index);
            self.begin_item(region, &item, at_ms, effects);
        }
        self.end_region(region, opener, effects);
    }

    fn begin_item(&mut self, region: usize, item: &[u32], at_ms: i64, effects: &mut Vec<Effect>) {
        let graph = self.graph.clone();
        let members = &graph.regions()[region].members;
        for node in members {
            self.counts[*node].begun += 1;
        }
        if members.is_empty() {
            self.pass_ended(region, item, effects);
            return;
        }
        for node in members.iter().copied().filter(|node| graph.waits_for(*node) == 0) {
            let place = Place { item: item.to_vec(), node };
            if self.state(&place).is_none_or(|state| state.is_settled()) {
                continue;
            }
            if self.may_start(&place) {
                self.ready.insert(place);
            } else {
                self.skip(&place, at_ms, effects);
                self.settled(&place, at_ms, effects);
            }
        }
    }

    /// Every node of the item that `place` stands in has ended.
    pub(super) fn item_ended(&mut self, place: &Place, effects: &mut Vec<Effect>) {
        let regions = &self.graph.nodes()[place.node].regions;
        if let Some(region) = regions.last().copied() {
            self.pass_ended(region, &place.item.clone(), effects);
        }
    }

    fn pass_ended(&mut self, region: usize, item: &[u32], effects: &mut Vec<Effect>) {
        let graph = self.graph.clone();
        let (Some((index, outer)), opener) = (item.split_last(), graph.regions()[region].opener) else { return };
        let opener = Place { item: outer.to_vec(), node: opener };
        let Some(open) = self.open_at(&opener, region) else { return };
        let Some(frame) = open.frames.remove(index) else { return };
        let brought = brought(&graph, region, &frame);
        match &graph.regions()[region].rule {
            Rule::Items(_) => {
                open.results[*index as usize] = brought.into_values().next();
            }
            Rule::Turns(config) => {
                if let Some(next) = turns::next(config, open, &brought) {
                    let turn = u32::try_from(open.values.len()).unwrap_or(u32::MAX);
                    open.values.push(next);
                    open.results.push(None);
                    open.waiting.push_back(turn);
                    let (node_id, path) = (self.id(opener.node), opener.path());
                    effects.push(Effect::Announce(Event::RegionGrew { node_id, item: path, total: turn + 1 }));
                }
            }
        }
        self.just_ended.push((region, item.to_vec(), frame));
        self.to_advance.push_back(opener);
    }

    /// The innermost region around a failed node whose items may fail: the node that opens it, in its pass.
    pub(super) fn forgiving_region(&self, place: &Place) -> Option<Place> {
        let regions = &self.graph.nodes()[place.node].regions;
        let forgiving = regions.iter().rposition(|region| match &self.graph.regions()[*region].rule {
            Rule::Items(config) => config.on_item_error != OnItemError::Fail,
            Rule::Turns(_) => false,
        })?;
        let opener = self.graph.regions()[regions[forgiving]].opener;
        Some(Place { item: place.item[..forgiving].to_vec(), node: opener })
    }

    /// The item of the region behind `opener` in which `place` failed is given up; the others go on.
    pub(super) fn item_failed(
        &mut self,
        place: &Place,
        opener: &Place,
        failure: NodeFailure,
        effects: &mut Vec<Effect>,
    ) {
        self.counts[place.node].failed += 1;
        let depth = opener.item.len() + 1;
        let item = place.item[..depth].to_vec();
        let graph = self.graph.clone();
        let Some(region) = graph.nodes()[opener.node].opens else { return };
        // Another region beside this one has an item of the same number.
        let inside = |other: &Place| {
            other.item.starts_with(&item) && graph.nodes()[other.node].regions.get(depth - 1) == Some(&region)
        };
        let open: Vec<Place> = self.places(|state| !state.is_settled()).into_iter().filter(&inside).collect();
        self.stop_attempts(&open, effects);
        for other in &open {
            match self.state(other).map(|state| state.status) {
                Some(NodeStatus::Running) => self.running -= 1,
                Some(NodeStatus::Uncertain) => self.uncertain -= 1,
                Some(_) | None => {}
            }
        }
        self.ready.retain(|other| !inside(other));
        self.timers.retain(|other, _| !inside(other));
        self.to_advance.retain(|other| !inside(other));
        let quarantined = match &self.graph.regions()[region].rule {
            Rule::Items(config) => config.on_item_error == OnItemError::Quarantine,
            Rule::Turns(_) => false,
        };
        let index = item[depth - 1];
        let Some(under_way) = self.open_at(opener, region) else { return };
        let Some(frame) = under_way.frames.remove(&index) else { return };
        let list = if quarantined { &mut under_way.quarantine } else { &mut under_way.failures };
        list.insert(index, failure.clone());
        self.quarantined -= held(&frame);
        self.quarantined += usize::from(quarantined);
        let node_id = self.id(opener.node);
        effects.push(Effect::Announce(Event::ItemFailed { node_id, item: place::path(&item), failure, quarantined }));
        self.just_ended.push((region, item, frame));
        self.to_advance.push_back(opener.clone());
    }

    pub(super) fn can_decide(&self, node: &NodeId, item: &ItemPath, places: &[u32]) -> bool {
        let found = self.place(node, item).and_then(|opener| {
            let parsed = &self.graph.nodes()[opener.node];
            self.top.at(&parsed.regions, &opener.item)?.open.get(&parsed.opens?)
        });
        found.is_some_and(|open| {
            !open.quarantine.is_empty() && places.iter().all(|place| open.quarantine.contains_key(place))
        })
    }

    /// A person decided about items in quarantine.
    pub(super) fn decide(&mut self, opener: &Place, places: &[u32], decision: ItemDecision, effects: &mut Vec<Effect>) {
        let Some(region) = self.graph.nodes()[opener.node].opens else { return };
        let Some(open) = self.open_at(opener, region) else { return };
        let chosen: Vec<u32> =
            if places.is_empty() { open.quarantine.keys().copied().collect() } else { places.to_vec() };
        for place in &chosen {
            let Some(failure) = open.quarantine.remove(place) else { continue };
            match decision {
                ItemDecision::Retry => open.waiting.push_back(*place),
                ItemDecision::Drop => drop(open.failures.insert(*place, failure)),
            }
        }
        self.quarantined -= chosen.len();
        let (node_id, item) = (self.id(opener.node), opener.path());
        let count = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
        effects.push(Effect::Announce(Event::ItemsDecided { node_id, item, decision, count }));
        self.to_advance.push_back(opener.clone());
    }

    /// When nothing is under way, waiting or in quarantine, the node that closes the region gets what came of it.
    fn end_region(&mut self, region: usize, opener: &Place, effects: &mut Vec<Effect>) {
        let graph = self.graph.clone();
        let Some(open) = self.open_at(opener, region) else { return };
        if !open.frames.is_empty() || !open.waiting.is_empty() {
            return;
        }
        if !open.quarantine.is_empty() {
            let node_id = self.id(opener.node);
            effects.push(Effect::Announce(Event::RunNeedsAttention { node_id }));
            return;
        }
        let inputs = match &graph.regions()[region].rule {
            Rule::Items(_) => collected(open),
            Rule::Turns(config) => turns::result(config, open),
        };
        self.frame_mut(opener).open.remove(&region);
        let closer = opener.beside(graph.regions()[region].closer);
        let state = self.state_mut(&closer);
        state.pending_edges -= 1;
        state.inputs = Some(std::sync::Arc::new(inputs));
        self.ready.insert(closer);
    }

    fn open_at(&mut self, opener: &Place, region: usize) -> Option<&mut Open> {
        let regions = &self.graph.nodes()[opener.node].regions;
        self.top.at_mut(regions, &opener.item)?.open.get_mut(&region)
    }
}

/// What reached the node that closes the region, by its ports.
fn brought(graph: &crate::Graph, region: usize, frame: &Frame) -> Ports {
    let closer = &graph.nodes()[graph.regions()[region].closer];
    let mut ports = Ports::new();
    for input in &closer.inputs {
        let value = input.edges.iter().find_map(|edge| {
            let edge = &graph.edges()[*edge];
            match edge.route {
                Route::Item { .. } => frame.value.as_ref(),
                Route::Result { .. } => {
                    let source = &graph.nodes()[edge.source];
                    frame.nodes[source.slot].outputs.as_ref()?.get(&edge.source_port)
                }
                Route::Value | Route::Into { .. } => None,
            }
        });
        if let Some(value) = value {
            ports.insert(input.name.clone(), value.clone());
        }
    }
    ports
}

/// What an aggregator gets: the results in the order of the items, those left out that brought nothing.
fn collected(open: &Open) -> Ports {
    let results: Vec<&Payload> = open.results.iter().flatten().collect();
    let failures: Vec<FailedItem> = open
        .failures
        .iter()
        .map(|(index, failure)| FailedItem {
            index: *index,
            value: &open.values[*index as usize],
            code: &failure.code,
            message: &failure.message,
        })
        .collect();
    Ports::from([
        (PortName::from(ITEMS_PORT), Payload::of(&results).expect("a list of JSON is JSON")),
        (PortName::from(FAILURES_PORT), Payload::of(&failures).expect("texts and JSON are JSON")),
    ])
}

/// Items in quarantine in the regions of a frame.
fn held(frame: &Frame) -> usize {
    let of = |open: &Open| open.quarantine.len() + open.frames.values().map(held).sum::<usize>();
    frame.open.values().map(of).sum()
}
