//! A graph as far as it can be understood: faces looked up, ports named, edges wired where both ends exist.
//! Findings and graphs are both made from it, so that they cannot disagree about what an edge means.

use std::collections::{BTreeMap, HashMap};

use protocol::nodes::{Face, OutputPort, PortType};
use protocol::workflows::{EdgeSpec, NodeSpec, OnError, WorkflowGraph};
use protocol::{Payload, PortName};
use serde::Deserialize;
use serde_json::Value;

use super::{ERROR_PORT, Faces};

pub(crate) struct Sketch<'spec> {
    pub spec: &'spec WorkflowGraph,
    /// In file order, notes included.
    pub nodes: Vec<Sketched<'spec>>,
    /// Of several nodes with one id, the first.
    pub by_id: HashMap<&'spec str, usize>,
    /// Edges between ports that exist, in file order.
    pub wires: Vec<Wire<'spec>>,
    pub problems: Vec<(&'spec EdgeSpec, Missing)>,
}

pub(crate) struct Sketched<'spec> {
    pub spec: &'spec NodeSpec,
    /// Absent when nobody knows the kind.
    pub face: Option<&'spec Face>,
    /// With doubles, if the config has some.
    pub outputs: Vec<(PortName, PortType)>,
    /// At most one value leaves by all ports together, as far as the face tells.
    pub alternatives: bool,
    /// Wires that arrive, by index.
    pub incoming: Vec<usize>,
    /// Wires that leave, by index.
    pub outgoing: Vec<usize>,
}

#[derive(Clone, Copy)]
pub(crate) struct Wire<'spec> {
    pub spec: &'spec EdgeSpec,
    pub source: usize,
    pub source_type: PortType,
    pub target: usize,
    /// Place of the port among the target's inputs.
    pub input: usize,
}

/// What an edge names and nobody has: a node, or a port of the node given.
pub(crate) enum Missing {
    Source,
    Target,
    Output { node: usize },
    Input { node: usize },
}

impl<'spec> Sketch<'spec> {
    pub fn of(spec: &'spec WorkflowGraph, faces: &'spec dyn Faces) -> Self {
        let nodes: Vec<Sketched> = spec.nodes.iter().map(|node| Sketched::of(node, faces)).collect();
        let mut by_id = HashMap::with_capacity(nodes.len());
        for (place, node) in spec.nodes.iter().enumerate() {
            by_id.entry(node.id.as_str()).or_insert(place);
        }
        let mut sketch = Self { spec, nodes, by_id, wires: Vec::new(), problems: Vec::new() };
        for edge in &spec.edges {
            match sketch.wire(edge) {
                Ok(Some(wire)) => {
                    sketch.nodes[wire.source].outgoing.push(sketch.wires.len());
                    sketch.nodes[wire.target].incoming.push(sketch.wires.len());
                    sketch.wires.push(wire);
                }
                Ok(None) => {}
                Err(problem) => sketch.problems.push((edge, problem)),
            }
        }
        sketch
    }

    /// The wires as pairs of nodes.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + Clone + '_ {
        self.wires.iter().map(|wire| (wire.source, wire.target))
    }

    /// Nothing when a node at one of its ends has no face: that is said about the node.
    fn wire(&self, edge: &'spec EdgeSpec) -> Result<Option<Wire<'spec>>, Missing> {
        let source = *self.by_id.get(edge.source.as_str()).ok_or(Missing::Source)?;
        let target = *self.by_id.get(edge.target.as_str()).ok_or(Missing::Target)?;
        let (Some(_), Some(target_face)) = (self.nodes[source].face, self.nodes[target].face) else {
            return Ok(None);
        };
        let (_, source_type) = self.nodes[source]
            .outputs
            .iter()
            .find(|(name, _)| *name == edge.source_port)
            .ok_or(Missing::Output { node: source })?;
        let input = target_face
            .inputs
            .iter()
            .position(|port| port.name == edge.target_port.as_str())
            .ok_or(Missing::Input { node: target })?;
        Ok(Some(Wire { spec: edge, source, source_type: *source_type, target, input }))
    }
}

impl<'spec> Sketched<'spec> {
    fn of(spec: &'spec NodeSpec, faces: &'spec dyn Faces) -> Self {
        let face = faces.face(&spec.kind);
        let mut outputs = Vec::new();
        let mut alternatives = false;
        for port in face.iter().flat_map(|face| &face.outputs) {
            match port {
                OutputPort::Fixed { name, value_type, .. } => {
                    outputs.push((PortName::from(name.as_str()), *value_type));
                }
                OutputPort::Config { field, value_type } => {
                    alternatives = true;
                    outputs.extend(config_ports(&spec.config, field).map(|name| (name, *value_type)));
                }
            }
        }
        if spec.policy.on_error == OnError::ErrorPort && face.is_some() {
            let has_own = outputs.iter().any(|(name, _)| name.as_str() == ERROR_PORT);
            if !has_own {
                outputs.push((PortName::from(ERROR_PORT), PortType::Json));
            }
        }
        Self { spec, face, outputs, alternatives, incoming: Vec::new(), outgoing: Vec::new() }
    }
}

/// The names of the entries of the config's list `field`. A config of another shape names none: its type refuses it.
fn config_ports(config: &Payload, field: &str) -> impl Iterator<Item = PortName> {
    #[derive(Deserialize)]
    struct Named {
        name: PortName,
    }
    let mut fields: BTreeMap<String, Value> = config.parse().unwrap_or_default();
    let entries = match fields.remove(field) {
        Some(Value::Array(entries)) => entries,
        Some(_) | None => Vec::new(),
    };
    entries.into_iter().flat_map(serde_json::from_value::<Named>).map(|entry| entry.name)
}
