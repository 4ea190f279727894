//! Where a node runs: its index, and which item of each region around it.
//! Outside, the items are one text; in here, numbers.

use protocol::ItemPath;

/// One node in one pass through the regions around it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// From the outermost region inwards; as many as there are regions around the node.
    pub item: Vec<u32>,
    pub node: usize,
}

impl Place {
    pub fn path(&self) -> ItemPath {
        path(&self.item)
    }

    /// Another node in the same pass.
    pub fn beside(&self, node: usize) -> Self {
        Self { item: self.item.clone(), node }
    }
}

pub(super) fn path(item: &[u32]) -> ItemPath {
    if item.is_empty() {
        return ItemPath::top();
    }
    let numbers: Vec<String> = item.iter().map(u32::to_string).collect();
    ItemPath::from(numbers.join("."))
}

/// Nothing for a text that is no path.
pub(super) fn item(path: &ItemPath) -> Option<Vec<u32>> {
    if path.is_top() {
        return Some(Vec::new());
    }
    path.as_str().split('.').map(|number| number.parse().ok()).collect()
}
