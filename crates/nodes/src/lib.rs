//! The node types, one file each, and the ways outside that they share.
//! A new type is a file, its `mod` line and its line in `types`: palette, form, checks and reference follow from it.
//! Knows no store and no actor: a node sees its config, what arrived, and its `Context`.

mod context;
mod face;
mod node;
pub mod outside;
mod problems;
mod registry;
#[cfg(feature = "testing")]
pub mod testing;

mod input;
mod merge;
mod note;
mod output;
mod router;
mod transform;

pub use context::{Context, Outside, Reporter};
pub use node::{Done, Inputs, Node, failure, transient};
pub use protocol::runs::NodeFailure;
pub use registry::{PrepareError, Prepared, Registry};

use registry::Entry;

/// Every node type, in the order of the palette.
fn types() -> Vec<Entry> {
    vec![
        Entry::of::<input::Input>(),
        Entry::of::<output::Output>(),
        Entry::of::<transform::Transform>(),
        Entry::of::<router::Router>(),
        Entry::of::<merge::Merge>(),
        Entry::of::<note::Note>(),
    ]
}
