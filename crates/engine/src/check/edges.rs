//! Rules about one edge at a time: both ends exist, values fit, no edge stands twice.
//! Looks at no more than the edge and its two nodes.

use std::collections::BTreeSet;

use protocol::NodeId;
use protocol::nodes::PortType;
use protocol::workflows::EdgeSpec;

use super::{Placed, Report, quoted};
use crate::graph::{Missing, Sketch, Sketched};

pub(super) fn check(sketch: &Sketch, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for edge in &sketch.spec.edges {
        if !seen.insert(edge) {
            report
                .error("duplicate_edge", format!("the edge {} stands twice", name(edge)))
                .at(&edge.target)
                .on(edge.target_port.as_str());
        }
    }
    for (edge, problem) in &sketch.problems {
        match problem {
            Missing::Source => unknown_node(edge, &edge.source, &edge.target, report),
            Missing::Target => unknown_node(edge, &edge.target, &edge.source, report),
            Missing::Output { node } => {
                let node = &sketch.nodes[*node];
                let ports = quoted(node.outputs.iter().map(|(name, _)| name.as_str()), "none");
                let message = format!("`{}` has no output port `{}`; there is: {ports}", edge.source, edge.source_port);
                report.error("unknown_port", message).at(&edge.source).on(edge.source_port.as_str());
            }
            Missing::Input { node } => {
                let ports = quoted(inputs(&sketch.nodes[*node]), "none");
                let message = format!("`{}` has no input port `{}`; there is: {ports}", edge.target, edge.target_port);
                report.error("unknown_port", message).at(&edge.target).on(edge.target_port.as_str());
            }
        }
    }
    for wire in &sketch.wires {
        let Some(port) = sketch.nodes[wire.target].face.and_then(|face| face.inputs.get(wire.input)) else {
            continue;
        };
        if !wire.source_type.fits(port.value_type) {
            let message = format!(
                "the edge {} brings {} to a port for {}",
                name(wire.spec),
                type_name(wire.source_type),
                type_name(port.value_type)
            );
            report.error("incompatible_types", message).at(&wire.spec.target).on(wire.spec.target_port.as_str());
        }
    }
}

fn inputs<'node>(node: &'node Sketched) -> impl Iterator<Item = &'node str> {
    node.face.into_iter().flat_map(|face| face.inputs.iter().map(|port| port.name.as_str()))
}

fn unknown_node(edge: &EdgeSpec, missing: &NodeId, other: &NodeId, report: &mut Report) {
    let message = format!("the edge {} names the node `{missing}`, which is not there", name(edge));
    report.error("unknown_node", message).at(other);
}

fn name(edge: &EdgeSpec) -> String {
    format!("`{}.{}` → `{}.{}`", edge.source, edge.source_port, edge.target, edge.target_port)
}

fn type_name(value_type: PortType) -> &'static str {
    match value_type {
        PortType::Any => "anything",
        PortType::Text => "text",
        PortType::Number => "a number",
        PortType::Boolean => "true or false",
        PortType::List => "a list",
        PortType::Json => "JSON",
        PortType::Blob => "a file",
    }
}
