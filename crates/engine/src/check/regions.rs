//! Rules about regions: each is closed, they nest, and nothing leaves one but through the node that closes it.
//! What makes a region is in `graph::regions`.

use protocol::nodes::NodeRole;

use super::{Placed, Report};
use crate::graph::regions::{self, Link, Problem};
use crate::graph::{ERROR_PORT, Sketch};

pub(super) fn check(sketch: &Sketch, report: &mut Report) {
    let roles: Vec<NodeRole> =
        sketch.nodes.iter().map(|node| node.face.map_or(NodeRole::Step, |face| face.role)).collect();
    let links: Vec<Link> = sketch
        .wires
        .iter()
        .map(|wire| Link {
            source: wire.source,
            target: wire.target,
            is_error: wire.spec.source_port.as_str() == ERROR_PORT,
        })
        .collect();
    for problem in regions::find(&roles, &links).err().into_iter().flatten() {
        tell(sketch, &roles, &problem, report);
    }
}

fn tell(sketch: &Sketch, roles: &[NodeRole], problem: &Problem, report: &mut Report) {
    let id = |place: usize| &sketch.nodes[place].spec.id;
    let (rule, message, at) = match problem {
        Problem::NeverClosed { opener } => {
            let wanted = if roles[*opener] == NodeRole::Loop { "exit" } else { "aggregator" };
            let message = format!("no {wanted} follows `{}`, so it is not known where its region ends", id(*opener));
            ("region_open", message, *opener)
        }
        Problem::Leaves { opener, closer, node } => {
            let (opener, closer) = (id(*opener), id(*closer));
            let message = format!(
                "`{}` is reached from between `{opener}` and `{closer}` and from behind `{closer}`; values leave a region \
                 through `{closer}` only",
                id(*node)
            );
            ("region_leak", message, *node)
        }
        Problem::Crosses { opener, other } => {
            let message = format!(
                "the region of `{}` begins inside that of `{}` and ends outside of it",
                id(*opener),
                id(*other)
            );
            ("region_crossing", message, *opener)
        }
        Problem::ClosedFromOutside { closer, source } => {
            let message = format!(
                "`{}` takes the results of its region only; lead the edge from `{}` to a node inside or behind it",
                id(*closer),
                id(*source)
            );
            ("region_leak", message, *closer)
        }
        Problem::ResultInside { opener, node } => {
            let message = format!(
                "`{}` stands in the region of `{}` and would be made again for each item; put it behind the region",
                id(*node),
                id(*opener)
            );
            ("region_result", message, *node)
        }
    };
    report.error(rule, message).at(id(at));
}
