//! The node types, one file each, and the ways outside that they share.
//! A new type is a file, its `mod` line and its line in `types`: palette, form, checks and reference follow from it.
//! Knows no store and no actor: a node sees its config, what arrived, and its `Context`.

mod compare;
mod context;
mod face;
mod file_format;
mod item_template;
mod list;
mod node;
pub mod outside;
mod pattern;
mod problems;
mod registry;
mod schema;
mod table;
#[cfg(feature = "testing")]
pub mod testing;

mod aggregator;
mod archive;
mod crypto;
mod csv_table;
mod date_time;
mod exit;
mod file_glob;
mod file_read;
mod file_write;
mod filter;
mod html_extract;
mod http_request;
mod input;
mod iterator;
mod join;
mod limit;
mod llm;
mod merge;
mod note;
mod output;
#[cfg(feature = "probe")]
mod probe;
mod remove_duplicates;
mod repeat;
mod router;
mod set_fields;
mod sort;
mod split;
mod spreadsheet_read;
mod spreadsheet_write;
mod stop_with_error;
mod summarise;
mod transform;
mod validator;
mod wait;

pub use context::{Context, Outside, Reporter};
pub use node::{Done, Inputs, Node};
pub use protocol::runs::NodeFailure;
pub use registry::{PrepareError, Prepared, Registry};

use registry::Entry;

/// Every node type, in the order of the palette.
fn types() -> Vec<Entry> {
    vec![
        Entry::of::<input::Input>(),
        Entry::of::<output::Output>(),
        Entry::of::<llm::Llm>(),
        Entry::of::<transform::Transform>(),
        Entry::of::<validator::Validator>(),
        Entry::of::<router::Router>(),
        Entry::of::<merge::Merge>(),
        Entry::of::<iterator::Iterator>(),
        Entry::of::<aggregator::Aggregator>(),
        Entry::of::<repeat::Loop>(),
        Entry::of::<exit::Exit>(),
        Entry::of::<wait::Wait>(),
        Entry::of::<filter::Filter>(),
        Entry::of::<sort::Sort>(),
        Entry::of::<limit::Limit>(),
        Entry::of::<split::Split>(),
        Entry::of::<join::Join>(),
        Entry::of::<remove_duplicates::RemoveDuplicates>(),
        Entry::of::<summarise::Summarise>(),
        Entry::of::<set_fields::SetFields>(),
        Entry::of::<stop_with_error::StopWithError>(),
        Entry::of::<date_time::DateTime>(),
        Entry::of::<crypto::Crypto>(),
        Entry::of::<html_extract::HtmlExtract>(),
        Entry::of::<csv_table::Csv>(),
        Entry::of::<http_request::HttpRequest>(),
        Entry::of::<file_read::FileRead>(),
        Entry::of::<file_glob::FileGlob>(),
        Entry::of::<file_write::FileWrite>(),
        Entry::of::<spreadsheet_read::SpreadsheetRead>(),
        Entry::of::<spreadsheet_write::SpreadsheetWrite>(),
        Entry::of::<archive::Zip>(),
        Entry::of::<note::Note>(),
        #[cfg(feature = "probe")]
        Entry::of::<probe::Probe>(),
    ]
}
