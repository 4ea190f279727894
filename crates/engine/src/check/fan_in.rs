//! Several edges into a port for one value are fine only when at most one of them can bring something: they hang on
//! different branches of one node. What an edge needs to be taken is followed back to the nodes that choose.

use std::collections::BTreeSet;

use protocol::workflows::OnError;

use super::{Placed, Report};
use crate::graph::{ERROR_PORT, Sketch, order};

/// Outputs that must be taken: a node that chooses, and the place of the output among its ports.
type Needs = BTreeSet<(usize, usize)>;

pub(super) fn check(sketch: &Sketch, report: &mut Report) {
    let crowded = crowded(sketch);
    if crowded.is_empty() {
        return;
    }
    let needs = needs(sketch);
    for (target, input, wires) in crowded {
        let alternatives = wires
            .iter()
            .enumerate()
            .all(|(place, wire)| wires[place + 1..].iter().all(|other| exclude(sketch, &needs[*wire], &needs[*other])));
        if !alternatives {
            let id = &sketch.nodes[target].spec.id;
            let port = sketch.nodes[target].face.map_or("", |face| &face.inputs[input].name);
            let message = format!(
                "several edges lead to the port `{port}` of `{id}`, which takes one value; put a merge node in between"
            );
            report.warning("fan_in", message).at(id).on(port);
        }
    }
}

/// Ports for one value with several edges: node, place of the port, wires.
fn crowded(sketch: &Sketch) -> Vec<(usize, usize, Vec<usize>)> {
    let mut crowded = Vec::new();
    for (target, node) in sketch.nodes.iter().enumerate() {
        let Some(face) = node.face else { continue };
        for (place, _) in face.inputs.iter().enumerate().filter(|(_, port)| !port.many) {
            let wires: Vec<usize> =
                node.incoming.iter().copied().filter(|wire| sketch.wires[*wire].input == place).collect();
            if wires.len() > 1 {
                crowded.push((target, place, wires));
            }
        }
    }
    crowded
}

/// For each wire, what must be taken so that it brings a value.
fn needs(sketch: &Sketch) -> Vec<Needs> {
    let mut needs = vec![Needs::new(); sketch.wires.len()];
    for place in order(sketch.nodes.len(), sketch.pairs()).0 {
        let node = &sketch.nodes[place];
        let mut own = common(&needs, node.incoming.iter().copied());
        for (input, port) in node.face.iter().flat_map(|face| face.inputs.iter().enumerate()) {
            if port.required {
                let arriving = node.incoming.iter().copied().filter(|wire| sketch.wires[*wire].input == input);
                own.extend(common(&needs, arriving));
            }
        }
        for wire in &node.outgoing {
            let mut needed = own.clone();
            let port = &sketch.wires[*wire].spec.source_port;
            let chosen = node.outputs.iter().position(|(name, _)| name == port);
            if let Some(chosen) = chosen
                && (node.alternatives || node.spec.policy.on_error == OnError::ErrorPort)
            {
                needed.insert((place, chosen));
            }
            needs[*wire] = needed;
        }
    }
    needs
}

fn common(needs: &[Needs], mut wires: impl Iterator<Item = usize>) -> Needs {
    let first = wires.next().map(|wire| needs[wire].clone()).unwrap_or_default();
    wires.fold(first, |common, wire| common.intersection(&needs[wire]).copied().collect())
}

fn exclude(sketch: &Sketch, left: &Needs, right: &Needs) -> bool {
    left.iter().any(|(node, port)| {
        let chooser = &sketch.nodes[*node];
        let error = |port: &usize| chooser.outputs[*port].0.as_str() == ERROR_PORT;
        let mut others = right.range((*node, 0)..=(*node, usize::MAX)).map(|(_, other)| other);
        others.any(|other| other != port && (chooser.alternatives || error(port) || error(other)))
    })
}
