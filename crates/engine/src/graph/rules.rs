//! How the items of a region are done, as the node that opens it says, and which nodes and edges belong to it.
//! The configs are those of the node types: what they ask for, the engine does.

use std::collections::HashMap;

use protocol::nodes::NodeRole;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::regions::{self, Link};
use crate::JsonPath;

use super::{ERROR_PORT, Edge, Node, Region, Route, Rule};

/// Goes through a list: the nodes from here to the aggregator are done once for each item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IteratorConfig {
    /// A JSONPath that picks the list out of what arrives, such as `$.orders`. `$` takes what arrives as the list.
    pub path: JsonPath,
    /// How many items are under way at the same time. With 1 they are done one after the other.
    #[schemars(range(min = 1, max = 64))]
    pub max_parallel: u32,
    /// What happens when an item fails and its nodes' own retries do not heal it.
    pub on_item_error: OnItemError,
}

impl Default for IteratorConfig {
    fn default() -> Self {
        Self { path: JsonPath::default(), max_parallel: 5, on_item_error: OnItemError::Fail }
    }
}

/// What happens when an item fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnItemError {
    /// The run fails.
    #[default]
    Fail,
    /// The others go on; the aggregator is told which failed.
    Skip,
    /// The others go on; then the run waits until a person retries or drops the failed ones.
    Quarantine,
}

/// Repeats: the nodes from here to the exit are done again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LoopConfig {
    /// The loop ends after so many turns in any case, with its latest result.
    #[schemars(range(min = 1, max = 1000))]
    pub max_iterations: u32,
    /// When it ends earlier.
    pub until: Until,
    /// What the next turn begins with.
    pub feedback: Feedback,
}

impl Default for LoopConfig {
    fn default() -> Self {
        Self { max_iterations: 5, until: Until::MaxIterations, feedback: Feedback::Replace }
    }
}

/// When a loop ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Until {
    /// After all its turns.
    #[default]
    #[schemars(title = "All turns are done")]
    MaxIterations,
    /// As soon as something arrives at the exit's port Done: put a router before it, and lead its other branch to Again.
    #[schemars(title = "Something arrives at Done")]
    Done,
    /// As soon as the result hardly differs from the one before.
    #[schemars(title = "The result no longer changes")]
    Stable {
        /// From 0 to 1: how alike two results must be. 1 asks for the same text.
        #[schemars(range(min = 0.0, max = 1.0))]
        similarity: f64,
    },
}

/// What the next turn begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Feedback {
    /// The result of the turn before.
    #[default]
    Replace,
    /// Everything so far: texts one below the other, other values as a list.
    Append,
}

/// Finds the regions and tells every node and edge its place. The graph has been checked.
pub(super) fn place(nodes: &mut [Node], edges: &mut [Edge]) -> Vec<Region> {
    let roles: Vec<NodeRole> = nodes.iter().map(|node| node.face.role).collect();
    let links: Vec<Link> = edges
        .iter()
        .map(|edge| Link {
            source: edge.source,
            target: edge.target,
            is_error: edge.source_port.as_str() == ERROR_PORT,
        })
        .collect();
    let found = regions::find(&roles, &links).expect("a graph with other regions has been refused");
    let mut regions = Vec::with_capacity(found.len());
    for (index, region) in found.iter().enumerate() {
        region.body.iter().for_each(|node| nodes[*node].regions.push(index));
        nodes[region.opener].opens = Some(index);
        nodes[region.closer].closes = Some(index);
        let rule = rule(&nodes[region.opener]);
        regions.push(Region { opener: region.opener, closer: region.closer, members: Vec::new(), rule });
    }
    let mut slots: HashMap<Option<usize>, usize> = HashMap::new();
    for (place, node) in nodes.iter_mut().enumerate() {
        let home = node.regions.last().copied();
        let next = slots.entry(home).or_default();
        node.slot = *next;
        *next += 1;
        if let Some(home) = home {
            regions[home].members.push(place);
        }
    }
    for edge in edges.iter_mut() {
        edge.route = route(nodes, &regions, edge);
        match edge.route {
            Route::Value => nodes[edge.target].waits_for += 1,
            Route::Into { opener } => nodes[opener].waits_for += 1,
            Route::Item { .. } | Route::Result { .. } => {}
        }
    }
    for region in &regions {
        // The end of the region.
        nodes[region.closer].waits_for += 1;
    }
    regions
}

/// A config that cannot be read has been refused by the type itself.
fn rule(opener: &Node) -> Rule {
    match opener.face.role {
        NodeRole::Loop => Rule::Turns(opener.config.parse().unwrap_or_default()),
        NodeRole::Iterator
        | NodeRole::Step
        | NodeRole::Result
        | NodeRole::Note
        | NodeRole::Aggregator
        | NodeRole::Exit => Rule::Items(opener.config.parse().unwrap_or_default()),
    }
}

fn route(nodes: &[Node], regions: &[Region], edge: &Edge) -> Route {
    let (source, target) = (&nodes[edge.source], &nodes[edge.target]);
    let is_error = edge.source_port.as_str() == ERROR_PORT;
    if let Some(region) = source.opens.filter(|_| !is_error)
        && (target.closes == Some(region) || target.regions.contains(&region))
    {
        return Route::Item { region };
    }
    if let Some(region) = target.closes
        && source.regions.last() == Some(&region)
    {
        return Route::Result { region };
    }
    match target.regions.get(source.regions.len()) {
        Some(region) => Route::Into { opener: regions[*region].opener },
        None => Route::Value,
    }
}
