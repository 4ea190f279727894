//! A workflow graph, parsed once: nodes by dense index, edges resolved, the order of dependence known.
//! What is refused and why stands in `check`; a `Graph` exists only when nothing is.

pub(crate) mod regions;
mod rules;
mod sees;
mod sketch;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use protocol::nodes::{Face, NodeRole, ReplayClass};
use protocol::workflows::{Finding, Level, NodePolicy, WorkflowGraph};
use protocol::{NodeId, Payload, PortName};
use serde::Deserialize;

pub use rules::{Feedback, IteratorConfig, LoopConfig, OnItemError, Until};
pub(crate) use sees::Sees;
pub(crate) use sketch::{Missing, Sketch, Sketched};

use crate::check;

/// The port by which a failure leaves a node whose `on_error` is `error_port`.
pub const ERROR_PORT: &str = "error";
/// The input port of a result node that holds the result.
pub const RESULT_PORT: &str = "value";
/// The name of a result whose config leaves `name` out.
pub const DEFAULT_RESULT_NAME: &str = "result";

/// The node types that a graph may use.
pub trait Faces {
    fn face(&self, kind: &str) -> Option<&Face>;
    /// Problems of a config: JSON Pointer into it, message.
    fn check_config(&self, kind: &str, config: &Payload) -> Vec<(String, String)>;
}

/// An immutable graph that can run. Nodes and edges stand in file order; notes are left out.
#[derive(Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    /// Outer ones before those that they hold.
    regions: Vec<Region>,
    index: HashMap<NodeId, usize>,
    upstream: Upstream,
}

/// Nodes that are done once for each item of a list, or again and again.
#[derive(Debug)]
pub struct Region {
    pub opener: usize,
    pub closer: usize,
    /// The nodes inside but not inside an inner region, by index, in file order; a node's `slot` is its place here.
    pub members: Vec<usize>,
    pub rule: Rule,
}

#[derive(Clone, Debug)]
pub enum Rule {
    Items(IteratorConfig),
    Turns(LoopConfig),
}

#[derive(Debug)]
pub struct Node {
    pub id: NodeId,
    pub kind: String,
    /// The author's label, or the type's.
    pub label: String,
    pub config: Payload,
    pub policy: NodePolicy,
    pub face: Arc<Face>,
    /// The type's class, or the author's stricter one.
    pub replay: ReplayClass,
    /// Input ports in the order of the face.
    pub inputs: Vec<Input>,
    /// Fixed ports, those that the config names, and `error` where the policy asks for it.
    pub output_ports: Vec<PortName>,
    /// Edges that leave, by index, in file order.
    pub outgoing: Vec<usize>,
    /// The name under which what arrives becomes a result of the run.
    pub result_name: Option<String>,
    /// The regions around the node, by index, outermost first.
    pub regions: Vec<usize>,
    /// Its place among the nodes that stand in the same region.
    pub slot: usize,
    /// The region that begins behind this node.
    pub opens: Option<usize>,
    /// The region that ends at this node.
    pub closes: Option<usize>,
    pub(crate) waits_for: usize,
    pub(crate) sees: Sees,
}

#[derive(Debug)]
pub struct Input {
    pub name: PortName,
    pub required: bool,
    pub many: bool,
    /// Edges that arrive, by index, in file order.
    pub edges: Vec<usize>,
}

#[derive(Debug)]
pub struct Edge {
    /// Index of the node where it begins.
    pub source: usize,
    pub source_port: PortName,
    /// Index of the node where it ends.
    pub target: usize,
    pub target_port: PortName,
    pub route: Route,
}

/// What an edge carries, and whose start waits for its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// A value, once: the target waits.
    Value,
    /// A value from outside of the region that this node opens to a node inside: the opening node waits.
    Into { opener: usize },
    /// An item, from the node that opens this region. Also straight to the node that closes it.
    Item { region: usize },
    /// What came of an item, to the node that closes this region.
    Result { region: usize },
}

impl Graph {
    /// Fails with all findings, warnings included, when one of them is an error.
    pub fn parse(spec: &WorkflowGraph, faces: &dyn Faces) -> Result<Arc<Self>, Vec<Finding>> {
        let sketch = Sketch::of(spec, faces);
        let findings = check::check_sketch(&sketch, faces);
        if findings.iter().any(|finding| finding.level == Level::Error) {
            return Err(findings);
        }
        Ok(Arc::new(Self::build(&sketch)))
    }

    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The indices of the nodes outside of all regions, in file order.
    pub(crate) fn top(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes.len()).filter(|node| self.nodes[*node].regions.is_empty())
    }

    /// How many edges a node waits for before it is decided. One that closes a region waits for the region instead.
    pub(crate) fn waits_for(&self, node: usize) -> usize {
        self.nodes[node].waits_for
    }

    pub fn node(&self, id: &NodeId) -> Option<&Node> {
        self.index(id).map(|index| &self.nodes[index])
    }

    /// The place of a node in `nodes`.
    pub fn index(&self, id: &NodeId) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// The nodes from which a path leads to `node`, in file order.
    pub fn upstream(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.upstream.of(node)
    }

    /// From a sketch without errors: every node has a face, every edge is wired, nothing goes in a circle.
    fn build(sketch: &Sketch) -> Self {
        let mut dense = vec![None; sketch.nodes.len()];
        let mut faces: BTreeMap<&str, Arc<Face>> = BTreeMap::new();
        let mut nodes = Vec::with_capacity(sketch.nodes.len());
        for (place, sketched) in sketch.nodes.iter().enumerate() {
            let Some(face) = sketched.face else { continue };
            if face.role == NodeRole::Note {
                continue;
            }
            dense[place] = Some(nodes.len());
            let face = faces.entry(&sketched.spec.kind).or_insert_with(|| Arc::new(face.clone())).clone();
            nodes.push(Node::of(sketched, face));
        }
        let mut edges = Vec::with_capacity(sketch.wires.len());
        for wire in &sketch.wires {
            let (Some(source), Some(target)) = (dense[wire.source], dense[wire.target]) else { continue };
            nodes[source].outgoing.push(edges.len());
            nodes[target].inputs[wire.input].edges.push(edges.len());
            let (source_port, target_port) = (wire.spec.source_port.clone(), wire.spec.target_port.clone());
            edges.push(Edge { source, source_port, target, target_port, route: Route::Value });
        }
        let regions = rules::place(&mut nodes, &mut edges);
        let index: HashMap<NodeId, usize> =
            nodes.iter().enumerate().map(|(index, node)| (node.id.clone(), index)).collect();
        let upstream = Upstream::of_edges(nodes.len(), edges.iter().map(|edge| (edge.source, edge.target)));
        for (place, node) in nodes.iter_mut().enumerate() {
            let known = |id: &str| index.get(id).copied().filter(|other| upstream.contains(place, *other));
            node.sees = Sees::of(node.config.json(), known);
        }
        Self { nodes, edges, regions, index, upstream }
    }
}

impl Node {
    fn of(sketched: &Sketched, face: Arc<Face>) -> Self {
        let spec = sketched.spec;
        Self {
            id: spec.id.clone(),
            kind: spec.kind.clone(),
            label: if spec.label.is_empty() { face.label.clone() } else { spec.label.clone() },
            config: spec.config.clone(),
            policy: spec.policy.clone(),
            replay: spec.policy.replay.map_or(face.replay, |replay| replay.max(face.replay)),
            inputs: face.inputs.iter().map(Input::of).collect(),
            output_ports: sketched.outputs.iter().map(|(name, _)| name.clone()).collect(),
            outgoing: Vec::new(),
            result_name: result_name(&face, &spec.config),
            regions: Vec::new(),
            slot: 0,
            opens: None,
            closes: None,
            waits_for: 0,
            sees: Sees::Everything,
            face,
        }
    }

    /// Edges that arrive, over all ports.
    pub fn incoming(&self) -> impl Iterator<Item = usize> + '_ {
        self.inputs.iter().flat_map(|input| input.edges.iter().copied())
    }
}

impl Input {
    fn of(port: &protocol::nodes::InputPort) -> Self {
        Self { name: PortName::from(port.name.as_str()), required: port.required, many: port.many, edges: Vec::new() }
    }
}

/// The name of the result that a node of this type makes, if it makes one.
pub(crate) fn result_name(face: &Face, config: &Payload) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        name: Option<String>,
    }
    match face.role {
        NodeRole::Step
        | NodeRole::Note
        | NodeRole::Iterator
        | NodeRole::Aggregator
        | NodeRole::Loop
        | NodeRole::Exit => None,
        NodeRole::Result => {
            // A config that cannot be read has been refused by the type itself.
            let name = config.parse::<Named>().ok().and_then(|named| named.name);
            Some(name.unwrap_or_else(|| DEFAULT_RESULT_NAME.to_owned()))
        }
    }
}

/// For each node the set of nodes from which a path leads to it.
#[derive(Debug)]
pub(crate) struct Upstream {
    words: usize,
    bits: Vec<u64>,
}

impl Upstream {
    /// Nodes on a circle get an unfinished set.
    pub(crate) fn of_edges(count: usize, edges: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let words = count.div_ceil(64);
        let mut upstream = Self { words, bits: vec![0; count * words] };
        let mut targets = vec![Vec::new(); count];
        for (source, target) in edges.clone() {
            targets[source].push(target);
        }
        for source in order(count, edges).0 {
            for target in &targets[source] {
                upstream.add(*target, source);
            }
        }
        upstream
    }

    fn add(&mut self, target: usize, source: usize) {
        for word in 0..self.words {
            self.bits[target * self.words + word] |= self.bits[source * self.words + word];
        }
        self.bits[target * self.words + source / 64] |= 1 << (source % 64);
    }

    pub(crate) fn contains(&self, node: usize, other: usize) -> bool {
        self.bits[node * self.words + other / 64] & (1 << (other % 64)) != 0
    }

    fn of(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let row = &self.bits[node * self.words..(node + 1) * self.words];
        row.iter().enumerate().flat_map(|(word, bits)| {
            let set = (0..64).filter(move |bit| bits & (1 << bit) != 0);
            set.map(move |bit| word * 64 + bit)
        })
    }
}

/// Nodes in order of dependence, and those that are on a circle or behind one.
pub(crate) fn order(count: usize, edges: impl Iterator<Item = (usize, usize)> + Clone) -> (Vec<usize>, Vec<usize>) {
    let mut open = vec![0_usize; count];
    let mut targets = vec![Vec::new(); count];
    for (source, target) in edges {
        open[target] += 1;
        targets[source].push(target);
    }
    let mut order: Vec<usize> = (0..count).filter(|node| open[*node] == 0).collect();
    let mut next = 0;
    while next < order.len() {
        for target in &targets[order[next]] {
            open[*target] -= 1;
            if open[*target] == 0 {
                order.push(*target);
            }
        }
        next += 1;
    }
    (order, (0..count).filter(|node| open[*node] > 0).collect())
}

#[cfg(test)]
mod tests;
