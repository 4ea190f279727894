//! Reads one file as text, JSON, a table or bytes.
//! Which files may be read is decided by the shared roots, not here.

use engine::Ports;
use engine::expression::Template;
use protocol::nodes::{Capability, Face, Group, NodeRole, PortType, ReplayClass};
use protocol::{Payload, PortName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::face::{gives, takes};
use crate::file_format::{FileFormat, decode, failure_of};
use crate::outside::blocking;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Reading of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FileReadConfig {
    /// Path of the file. A relative one starts at the server's first folder for reading.
    pub path: Template,
    /// What the file holds.
    pub format: FileFormat,
    /// Longest file in bytes; the server's own limit may be lower.
    #[schemars(range(min = 1))]
    pub max_bytes: u64,
}

impl Default for FileReadConfig {
    fn default() -> Self {
        let path = Template::parse("{{ input }}").expect("it is a template");
        Self { path, format: FileFormat::Text, max_bytes: 10 << 20 }
    }
}

pub struct FileRead;

impl Node for FileRead {
    const KIND: &'static str = "file_read";
    type Config = FileReadConfig;

    fn face() -> Face {
        Face {
            label: "Read file".to_owned(),
            description: "Reads a file as text, JSON, a table or bytes.".to_owned(),
            group: Group::Files,
            icon: "file-text".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![
                gives("content", "Content", PortType::Any),
                gives("path", "Path", PortType::Text),
                gives("bytes", "Size", PortType::Number),
            ],
            replay: ReplayClass::Idempotent,
            capabilities: vec![Capability::Files],
        }
    }

    async fn run(config: &FileReadConfig, _: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let path = context.render(&config.path, "path").await?;
        let format = config.format;
        let limit = config.max_bytes.min(context.outside.limits.max_file_bytes);
        let files = context.outside.files.clone();
        let outputs = blocking("read the file", move || {
            let content = files.read(&path, limit).map_err(|error| failure_of(&error))?;
            let bytes = content.bytes.len();
            Ok(Ports::from([
                (PortName::from("content"), decode(format, &path, content.bytes)?),
                (PortName::from("path"), Payload::from(path.as_str())),
                (PortName::from("bytes"), Payload::from(json!(bytes))),
            ]))
        });
        Ok(outputs.await?.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::FileRead;
    use crate::testing::{Attempt, Folder};

    fn run(config: Value, arrived: Value) -> Result<Value, String> {
        let folder = Folder::holding(&[
            ("a.txt", b"\xef\xbb\xbf\xc3\xa4\n"),
            ("a.json", b" {\"a\": 1}\n"),
            ("a.csv", b"name,note\n\"x\",\"two\nlines\"\n"),
            ("a.bin", b"\x00\xff\xfe"),
        ]);
        let attempt = Attempt::of::<FileRead>(config).input("input", arrived).outside(folder.outside());
        attempt.run_now().map(|done| json!(done)).map_err(|failure| format!("{}: {}", failure.code, failure.message))
    }

    #[test]
    fn reads_by_format() {
        let rows = json!([{ "name": "x", "note": "two\nlines" }]);
        let cases = [
            (json!({ "path": "a.txt" }), "a.txt", 6, json!("ä\n")),
            (json!({ "path": "./a.json", "format": { "type": "json" } }), "./a.json", 10, json!({ "a": 1 })),
            (json!({ "path": "{{ input }}.csv", "format": { "type": "csv" } }), "a.csv", 26, rows),
            (json!({ "path": "a.bin", "format": { "type": "binary" } }), "a.bin", 3, json!("AP/+")),
        ];
        for (config, path, bytes, content) in cases {
            let expected = json!({ "content": content, "path": path, "bytes": bytes });
            assert_eq!(run(config, json!("a")), Ok(expected));
        }
    }

    #[test]
    fn says_why_it_cannot() {
        let cases = [
            (json!({ "path": "none.txt" }), "file_not_found: `none.txt` does not exist"),
            (json!({ "path": "a.bin" }), "not_text: `a.bin` is not text in UTF-8"),
            (json!({ "path": "a.txt", "format": { "type": "json" } }), "invalid_json: `a.txt` is not JSON"),
            (json!({ "path": "a.txt", "max_bytes": 5 }), "too_large: `a.txt` has 6 bytes, more than the limit of 5"),
            (json!({ "path": "{{ input }}" }), "path_refused: cannot use the path `../a.txt`: it holds `..`"),
            (json!({ "path": "/etc/hostname" }), "path_refused: `/etc/hostname` is not within the folders"),
            (json!({ "path": "{{ input.x }}" }), "expression: cannot fill in `path`"),
        ];
        for (config, expected) in cases {
            let told = run(config, json!("../a.txt")).unwrap_err();
            assert!(told.starts_with(expected), "{told}");
        }
    }
}
