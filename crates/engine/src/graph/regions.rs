//! Regions: the nodes between an iterator and its aggregator, or a loop and its exit, that are done once for each item or
//! turn. Found from the edges alone; they nest, and nothing leaves one but through the node that closes it.

use std::collections::HashSet;

use protocol::nodes::NodeRole;

use super::order;

/// A region as the edges tell it; nodes by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub opener: usize,
    pub closer: usize,
    /// All nodes inside, those of inner regions included, in file order.
    pub body: Vec<usize>,
}

/// Why there is no region, or it cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Nothing behind this node closes its region.
    NeverClosed { opener: usize },
    /// The node is reached from inside the region and from behind it.
    Leaves { opener: usize, closer: usize, node: usize },
    /// The region begins inside another one and ends outside of it.
    Crosses { opener: usize, other: usize },
    /// The closing node also takes something that does not come from its region.
    ClosedFromOutside { closer: usize, source: usize },
    /// A result inside would be made again for each item.
    ResultInside { opener: usize, node: usize },
}

/// An edge between two nodes. One that leaves by the error port of an opening node does not lead into its region.
#[derive(Clone, Copy)]
pub(crate) struct Link {
    pub source: usize,
    pub target: usize,
    pub is_error: bool,
}

/// Regions, inner ones after the outer ones that hold them. Without a circle among the edges.
pub(crate) fn find(roles: &[NodeRole], links: &[Link]) -> Result<Vec<Found>, Vec<Problem>> {
    let mut targets = vec![Vec::new(); roles.len()];
    for link in links {
        let is_aside = link.is_error && closing(roles[link.source]).is_some();
        if !is_aside {
            targets[link.source].push(link.target);
        }
    }
    let order = order(roles.len(), links.iter().map(|link| (link.source, link.target))).0;
    let mut rank = vec![0; roles.len()];
    order.iter().enumerate().for_each(|(place, node)| rank[*node] = place);
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    let mut taken = HashSet::new();
    for opener in order.iter().rev().copied() {
        let Some(wanted) = closing(roles[opener]) else { continue };
        let reached = reachable(&targets, opener, None);
        let closers = reached.iter().copied().filter(|node| roles[*node] == wanted && !taken.contains(node));
        let Some(closer) = closers.min_by_key(|node| rank[*node]) else {
            problems.push(Problem::NeverClosed { opener });
            continue;
        };
        taken.insert(closer);
        let inside = reachable(&targets, opener, Some(closer));
        let behind = reachable(&targets, closer, None);
        let mut body: Vec<usize> = inside.iter().copied().filter(|node| *node != closer).collect();
        body.sort_unstable();
        for node in &body {
            if behind.contains(node) {
                problems.push(Problem::Leaves { opener, closer, node: *node });
            }
            if roles[*node] == NodeRole::Result {
                problems.push(Problem::ResultInside { opener, node: *node });
            }
        }
        found.push(Found { opener, closer, body });
    }
    found.reverse();
    found.sort_by_key(|region| std::cmp::Reverse(region.body.len()));
    problems.extend(crossing(&found));
    problems.extend(closed_from_outside(&found, links));
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// The role that closes what this one opens.
pub(crate) fn closing(role: NodeRole) -> Option<NodeRole> {
    match role {
        NodeRole::Iterator => Some(NodeRole::Aggregator),
        NodeRole::Loop => Some(NodeRole::Exit),
        NodeRole::Step | NodeRole::Result | NodeRole::Note | NodeRole::Aggregator | NodeRole::Exit => None,
    }
}

/// What paths from `start` lead to; they end at `wall`, which is still reached.
fn reachable(targets: &[Vec<usize>], start: usize, wall: Option<usize>) -> HashSet<usize> {
    let mut reached = HashSet::new();
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        for target in &targets[node] {
            if reached.insert(*target) && Some(*target) != wall {
                open.push(*target);
            }
        }
    }
    reached
}

fn crossing(found: &[Found]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for region in found {
        let own: HashSet<usize> = region.body.iter().copied().collect();
        for other in found.iter().filter(|other| own.contains(&other.opener)) {
            if !own.contains(&other.closer) {
                problems.push(Problem::Crosses { opener: other.opener, other: region.opener });
            }
        }
    }
    problems
}

fn closed_from_outside(found: &[Found], links: &[Link]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for Found { opener, closer, body } in found {
        let into = links.iter().filter(|link| link.target == *closer);
        let foreign = into.filter(|link| link.source != *opener && body.binary_search(&link.source).is_err());
        problems.extend(foreign.map(|link| Problem::ClosedFromOutside { closer: *closer, source: link.source }));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes are named by letters: `i` and `j` iterators, `a` and `b` aggregators, `l` a loop, `x` its exit, `r` a result.
    fn check(nodes: &str, edges: &str) -> String {
        let names: Vec<char> = nodes.chars().collect();
        let roles: Vec<NodeRole> = names
            .iter()
            .map(|name| match name {
                'i' | 'j' => NodeRole::Iterator,
                'a' | 'b' => NodeRole::Aggregator,
                'l' => NodeRole::Loop,
                'x' => NodeRole::Exit,
                'r' => NodeRole::Result,
                _ => NodeRole::Step,
            })
            .collect();
        let at = |name: char| names.iter().position(|other| *other == name).unwrap();
        let links: Vec<Link> = edges
            .split_whitespace()
            .map(|edge| {
                let ends: Vec<char> = edge.chars().collect();
                Link { source: at(ends[0]), target: at(ends[1]), is_error: edge.ends_with('!') }
            })
            .collect();
        match find(&roles, &links) {
            Ok(found) => found
                .iter()
                .map(|region| {
                    let body: String = region.body.iter().map(|node| names[*node]).collect();
                    format!("{}({body}){}", names[region.opener], names[region.closer])
                })
                .collect::<Vec<_>>()
                .join(" "),
            Err(problems) => format!("{:?}", problems[0]),
        }
    }

    #[test]
    fn a_region_is_what_lies_between_opening_and_closing() {
        assert_eq!(check("sipqar", "si ip pq qa ar"), "i(pq)a");
        // One after the other, one in the other, a loop in an iterator.
        assert_eq!(check("ipajqb", "ip pa aj jq qb"), "i(p)a j(q)b");
        assert_eq!(check("ijpba", "ij jp pb ba"), "i(jpb)a j(p)b");
        assert_eq!(check("ilpxa", "il lp px xa"), "i(lpx)a l(p)x");
        // A side branch that nothing waits for belongs to it, and so does nothing at all.
        assert_eq!(check("ipqar", "ip iq pa ar"), "i(pq)a");
        assert_eq!(check("ia", "ia"), "i()a");
        // What the opening node's failure leads to does not.
        assert_eq!(check("ipaer", "ip pa ie! er ar"), "i(p)a");
        // An aggregator alone is an ordinary step.
        assert_eq!(check("par", "pa ar"), "");
        // Values from outside may come in.
        assert_eq!(check("sipar", "si ip sp pa ar"), "i(p)a");
    }

    #[test]
    fn what_cannot_be_run_is_told() {
        assert_eq!(check("ip", "ip"), "NeverClosed { opener: 0 }");
        assert_eq!(check("ipaq", "ip pa pq aq"), "Leaves { opener: 0, closer: 2, node: 3 }");
        assert_eq!(check("ipar", "ip pa ir"), "ResultInside { opener: 0, node: 3 }");
        assert_eq!(check("ilpax", "il lp pa ax"), "Crosses { opener: 1, other: 0 }");
        assert_eq!(check("ipas", "ip pa sa"), "ClosedFromOutside { closer: 2, source: 3 }");
    }
}
