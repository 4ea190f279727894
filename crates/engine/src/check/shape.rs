//! Rules about the graph as a whole: its size, circles, ports and nodes that nothing reaches, results.
//! Single nodes and edges have been looked at before.

use std::collections::HashSet;

use protocol::nodes::NodeRole;

use super::{MAX_EDGES, MAX_NODES, Placed, Report};
use crate::graph::{Sketch, order};

/// False when the graph is too large to look at more closely.
pub(super) fn size(sketch: &Sketch, report: &mut Report) -> bool {
    let (nodes, edges) = (sketch.spec.nodes.len(), sketch.spec.edges.len());
    if nodes > MAX_NODES {
        report.error("limits", format!("the graph has {nodes} nodes, and {MAX_NODES} are allowed"));
    }
    if edges > MAX_EDGES {
        report.error("limits", format!("the graph has {edges} edges, and {MAX_EDGES} are allowed"));
    }
    nodes <= MAX_NODES && edges <= MAX_EDGES
}

/// False when something goes in a circle, so that no node stands before another.
pub(super) fn check(sketch: &Sketch, report: &mut Report) -> bool {
    missing_inputs(sketch, report);
    unconnected(sketch, report);
    if steps(sketch).next().is_none() {
        report.error("empty_graph", "the graph has no node that does something".to_owned());
    } else if !steps(sketch).any(|place| role(sketch, place) == Some(NodeRole::Result)) {
        report.warning("no_result", "no node makes a result, so the run's outputs will be empty".to_owned());
    }
    match circle(sketch) {
        Some(circle) => {
            let mut names: Vec<String> =
                circle.iter().map(|place| format!("`{}`", sketch.nodes[*place].spec.id)).collect();
            names.push(names[0].clone());
            report
                .error("cycle", format!("the edges go in a circle: {}", names.join(" → ")))
                .at(&sketch.nodes[circle[0]].spec.id);
            false
        }
        None => true,
    }
}

/// Everything but notes. What nobody knows may be a step.
fn steps<'sketch>(sketch: &'sketch Sketch) -> impl Iterator<Item = usize> + 'sketch {
    (0..sketch.nodes.len()).filter(|place| role(sketch, *place) != Some(NodeRole::Note))
}

fn role(sketch: &Sketch, place: usize) -> Option<NodeRole> {
    sketch.nodes[place].face.map(|face| face.role)
}

fn missing_inputs(sketch: &Sketch, report: &mut Report) {
    // An edge that begins nowhere has been told by itself.
    let reached: HashSet<(&str, &str)> =
        sketch.spec.edges.iter().map(|edge| (edge.target.as_str(), edge.target_port.as_str())).collect();
    for node in &sketch.nodes {
        for port in node.face.iter().flat_map(|face| &face.inputs) {
            if port.required && !reached.contains(&(node.spec.id.as_str(), port.name.as_str())) {
                let message = format!("no edge leads to the port `{}` of `{}`", port.name, node.spec.id);
                report.error("missing_input", message).at(&node.spec.id).on(&port.name);
            }
        }
    }
}

fn unconnected(sketch: &Sketch, report: &mut Report) {
    if steps(sketch).count() < 2 {
        return;
    }
    let connected: HashSet<&str> =
        sketch.spec.edges.iter().flat_map(|edge| [edge.source.as_str(), edge.target.as_str()]).collect();
    for place in steps(sketch) {
        let node = &sketch.nodes[place];
        if node.face.is_some() && !connected.contains(node.spec.id.as_str()) {
            let message = format!("no edge begins or ends at `{}`", node.spec.id);
            report.warning("unconnected", message).at(&node.spec.id);
        }
    }
}

/// One circle, beginning with its node that stands first in the file.
fn circle(sketch: &Sketch) -> Option<Vec<usize>> {
    let (_, stuck) = order(sketch.nodes.len(), sketch.pairs());
    let mut is_stuck = vec![false; sketch.nodes.len()];
    stuck.iter().for_each(|place| is_stuck[*place] = true);
    let mut before = vec![None; sketch.nodes.len()];
    for wire in &sketch.wires {
        if is_stuck[wire.source] {
            before[wire.target] = Some(wire.source);
        }
    }
    // Every stuck node waits for a stuck one, so walking back must come round.
    let mut walked = vec![*stuck.first()?];
    loop {
        let here = before[*walked.last()?]?;
        if let Some(start) = walked.iter().position(|place| *place == here) {
            let mut circle = walked.split_off(start);
            circle.reverse();
            let first = (0..circle.len()).min_by_key(|place| circle[*place])?;
            circle.rotate_left(first);
            return Some(circle);
        }
        walked.push(here);
    }
}
