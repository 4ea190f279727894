//! Writes one file. A whole file appears at once or not at all; additions are appended. Which files may be written is
//! decided by the shared roots, not here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use engine::Ports;
use engine::expression::Template;
use protocol::nodes::{Capability, Face, Group, NodeRole, PortType, ReplayClass};
use protocol::{Payload, PortName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::face::{gives, takes};
use crate::file_format::failure_of;
use crate::node::{parse, text_of};
use crate::outside::{FileError, FileRoots, WriteMode, Written, blocking};
use crate::table::{self, Delimiter};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Writing of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FileWriteConfig {
    /// Path of the file. A relative one starts at the server's first folder for writing.
    pub path: Template,
    /// How the value is written down.
    pub format: WriteFormat,
    /// What happens to a file that is there already.
    pub mode: FileWriteMode,
    /// Whether missing folders are made.
    pub create_folders: bool,
}

/// How a value is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum WriteFormat {
    /// As text; a value that is not text as JSON.
    #[schemars(title = "Text")]
    Text {
        /// Whether a line break is added at the end.
        #[serde(default)]
        line_break: bool,
    },
    /// As JSON. When it is added to a file, on one line of its own.
    #[schemars(title = "JSON")]
    Json {
        /// Whether it is spread over several lines for people to read.
        #[serde(default)]
        pretty: bool,
    },
    /// As a table, from a list of objects or a list of lists.
    #[schemars(title = "CSV")]
    Csv {
        /// What stands between two columns.
        #[serde(default)]
        delimiter: Delimiter,
        /// Whether the names of the columns are the first row of the file.
        #[serde(default = "yes")]
        header: bool,
    },
    /// As bytes, from Base64 text.
    #[schemars(title = "Binary")]
    Binary,
}

/// What happens to a file that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileWriteMode {
    /// It is replaced, at once.
    #[default]
    Overwrite,
    /// The value is added at its end. After a crash of the server in the middle of this step it may be added twice.
    Append,
    /// The step fails.
    FailIfExists,
}

fn yes() -> bool {
    true
}

impl Default for FileWriteConfig {
    fn default() -> Self {
        Self {
            path: Template::parse("result.txt").expect("it is a template"),
            format: WriteFormat::Text { line_break: false },
            mode: FileWriteMode::Overwrite,
            create_folders: true,
        }
    }
}

pub struct FileWrite;

impl Node for FileWrite {
    const KIND: &'static str = "file_write";
    type Config = FileWriteConfig;

    fn face() -> Face {
        Face {
            label: "Write file".to_owned(),
            description: "Writes a value to a file.".to_owned(),
            group: Group::Files,
            icon: "file-pen".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("content", "Content", PortType::Any)],
            outputs: vec![gives("path", "Path", PortType::Text), gives("bytes", "Written bytes", PortType::Number)],
            replay: ReplayClass::AtLeastOnce,
            capabilities: vec![Capability::Files],
        }
    }

    async fn run(config: &FileWriteConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let write = Write {
            path: context.render(&config.path, "path").await?,
            content: inputs.required("content")?.clone(),
            config: config.clone(),
            files: context.outside.files.clone(),
            max_bytes: context.outside.limits.max_file_bytes,
            repeated: context.attempt > 1,
        };
        let written = blocking("write the file", move || write.run()).await?;
        Ok(Ports::from([
            (PortName::from("path"), Payload::from(written.path.as_str())),
            (PortName::from("bytes"), Payload::from(json!(written.bytes))),
        ])
        .into())
    }
}

struct Write {
    path: String,
    content: Payload,
    config: FileWriteConfig,
    files: FileRoots,
    max_bytes: u64,
    repeated: bool,
}

impl Write {
    fn run(&self) -> Result<Written, NodeFailure> {
        let mode = match self.config.mode {
            FileWriteMode::Overwrite => WriteMode::Overwrite,
            FileWriteMode::Append => WriteMode::Append,
            FileWriteMode::FailIfExists => WriteMode::CreateNew,
        };
        let bytes = self.encode(mode)?;
        if bytes.len() as u64 > self.max_bytes {
            let error =
                FileError::TooLarge { path: self.path.clone(), bytes: bytes.len() as u64, limit: self.max_bytes };
            return Err(failure_of(&error));
        }
        match self.files.write(&self.path, &bytes, mode, self.config.create_folders) {
            // An attempt before this one may have written the file and been cut off before it could say so.
            Err(FileError::Exists { path }) if self.repeated && self.files.holds(&path, &bytes) => {
                Ok(Written { path, bytes: bytes.len() as u64 })
            }
            done => done.map_err(|error| failure_of(&error)),
        }
    }

    fn encode(&self, mode: WriteMode) -> Result<Vec<u8>, NodeFailure> {
        let invalid =
            |problem: String| NodeFailure::new("invalid_input", format!("cannot write `{}`: {problem}", self.path));
        match &self.config.format {
            WriteFormat::Text { line_break } => {
                let mut text = text_of(&self.content, "content")?;
                if *line_break {
                    text.push('\n');
                }
                Ok(text.into_bytes())
            }
            WriteFormat::Json { pretty } => {
                let value: Value = parse(&self.content, "content")?;
                let spread = *pretty && mode != WriteMode::Append;
                let text = if spread { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
                Ok((text.map_err(|error| invalid(error.to_string()))? + "\n").into_bytes())
            }
            WriteFormat::Csv { delimiter, header } => {
                // A file that is being added to has its names already.
                let begun =
                    mode == WriteMode::Append && self.files.length(&self.path).map_err(|error| failure_of(&error))? > 0;
                table::write(&self.content, *delimiter, *header && !begun).map_err(invalid)
            }
            WriteFormat::Binary => {
                let text: String = parse(&self.content, "content")?;
                STANDARD.decode(text.trim()).map_err(|error| invalid(format!("it is not Base64 text: {error}")))
            }
        }
    }
}

#[cfg(test)]
mod tests;
