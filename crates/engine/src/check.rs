//! What is wrong with a graph, said to its author: one list of rules, used while editing and before a run.
//! Findings are data. A graph with an error cannot run; a warning is something that most likely was not meant.

mod edges;
mod fan_in;
mod nodes;
mod references;
mod regions;
mod shape;

use protocol::NodeId;
use protocol::workflows::{Finding, Level, WorkflowGraph};

use crate::graph::{Faces, Sketch};

/// Nobody draws more by hand, and a run keeps the state of each node in memory and in its report.
pub const MAX_NODES: usize = 2_000;
/// Five for each node.
pub const MAX_EDGES: usize = 10_000;
/// Ids stand in keys, events and expressions.
pub const MAX_ID_CHARS: usize = 64;
/// A step that failed so often does not heal by itself.
pub const MAX_ATTEMPTS: u32 = 100;
/// Longest time limit of an attempt and longest pause between two, in milliseconds: a week.
pub const MAX_POLICY_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// All findings, in the order of nodes, edges, and the graph as a whole.
pub fn check(spec: &WorkflowGraph, faces: &dyn Faces) -> Vec<Finding> {
    check_sketch(&Sketch::of(spec, faces), faces)
}

pub(crate) fn check_sketch(sketch: &Sketch, faces: &dyn Faces) -> Vec<Finding> {
    let mut report = Report::default();
    if shape::size(sketch, &mut report) {
        nodes::check(sketch, faces, &mut report);
        edges::check(sketch, &mut report);
        if shape::check(sketch, &mut report) {
            regions::check(sketch, &mut report);
            fan_in::check(sketch, &mut report);
            references::check(sketch, &mut report);
        }
    }
    report.findings
}

#[derive(Default)]
struct Report {
    findings: Vec<Finding>,
}

impl Report {
    fn error(&mut self, rule: &str, message: String) -> &mut Finding {
        self.add(Level::Error, rule, message)
    }

    fn warning(&mut self, rule: &str, message: String) -> &mut Finding {
        self.add(Level::Warning, rule, message)
    }

    fn add(&mut self, level: Level, rule: &str, message: String) -> &mut Finding {
        let place = self.findings.len();
        self.findings.push(Finding { level, rule: rule.to_owned(), message, node_id: None, place: None });
        &mut self.findings[place]
    }
}

/// Where a finding belongs.
trait Placed {
    fn at(&mut self, node: &NodeId) -> &mut Self;
    /// A port, or a JSON Pointer into the config.
    fn on(&mut self, place: &str) -> &mut Self;
}

impl Placed for Finding {
    fn at(&mut self, node: &NodeId) -> &mut Self {
        self.node_id = Some(node.clone());
        self
    }

    fn on(&mut self, place: &str) -> &mut Self {
        self.place = Some(place.to_owned());
        self
    }
}

/// "`a`, `b`", or `nothing`.
fn quoted<'name>(names: impl Iterator<Item = &'name str>, nothing: &str) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { nothing.to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests;
