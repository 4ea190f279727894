//! How the bytes of a file become a value. Shared by the nodes that read files.
//! Text is UTF-8; a byte order mark is dropped.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use protocol::Payload;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::NodeFailure;
use crate::outside::FileError;
use crate::table::{self, Delimiter};

/// What a file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FileFormat {
    /// Text.
    #[default]
    #[schemars(title = "Text")]
    Text,
    /// A JSON value.
    #[schemars(title = "JSON")]
    Json,
    /// A table: a list of objects by the names in the first row, or a list of lists.
    #[schemars(title = "CSV")]
    Csv {
        /// What stands between two columns.
        #[serde(default)]
        delimiter: Delimiter,
        /// Whether the first row holds the names of the columns.
        #[serde(default = "yes")]
        header: bool,
    },
    /// Anything else, handed on as Base64 text.
    #[schemars(title = "Binary")]
    Binary,
}

fn yes() -> bool {
    true
}

/// The value that a file's bytes stand for.
pub fn decode(format: FileFormat, path: &str, bytes: Vec<u8>) -> Result<Payload, NodeFailure> {
    match format {
        FileFormat::Binary => Ok(Payload::from(STANDARD.encode(bytes).as_str())),
        FileFormat::Text => Ok(Payload::from(text(path, bytes)?.as_str())),
        FileFormat::Json => Payload::from_json(text(path, bytes)?.trim().to_owned())
            .map_err(|error| NodeFailure::new("invalid_json", format!("`{path}` is not JSON: {error}"))),
        FileFormat::Csv { delimiter, header } => table::read(&text(path, bytes)?, delimiter, header)
            .map_err(|problem| NodeFailure::new("invalid_csv", format!("`{path}` is not a table: {problem}"))),
    }
}

fn text(path: &str, bytes: Vec<u8>) -> Result<String, NodeFailure> {
    let text = String::from_utf8(bytes).map_err(|error| {
        NodeFailure::new("not_text", format!("`{path}` is not text in UTF-8: {}", error.utf8_error()))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The failure of a node that could not use a file.
pub fn failure_of(error: &FileError) -> NodeFailure {
    NodeFailure::new(error.code(), error.to_string())
}
