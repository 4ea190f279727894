//! Packs files into a ZIP archive, and unpacks one into a folder. Which files may be touched is decided by the shared
//! roots; an archive that names a place outside of the folder, or unpacks to more than the limits, is refused whole.

mod unpack;

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use engine::Ports;
use engine::expression::Template;
use protocol::nodes::{Capability, Face, Group, NodeRole, PortType, ReplayClass};
use protocol::{Payload, PortName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::face::{gives, takes};
use crate::file_format::failure_of;
use crate::list::{self, invalid};
use crate::node::{parse, payload};
use crate::outside::{FileError, FileRoots, Limits, WriteMode, blocking};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// All files of an archive together, as a multiple of the longest file that the server allows: 256 MiB by default.
const LONGEST_FILES: u64 = 4;

/// Packing or unpacking.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ZipConfig {
    /// Which way.
    pub action: ZipAction,
}

/// Which way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ZipAction {
    /// Files are packed into an archive. Which ones arrives as a list: paths, or what a find files node gives.
    #[schemars(title = "Pack")]
    Pack {
        /// Path of the archive. A relative one starts at the server's first folder for writing.
        archive: Template,
        /// What the files are called in the archive.
        #[serde(default)]
        names: Names,
        /// Whether an archive that is there already is replaced; else the step fails.
        #[serde(default)]
        overwrite: bool,
    },
    /// An archive is unpacked into a folder.
    #[schemars(title = "Unpack")]
    Unpack {
        /// Path of the archive. A relative one starts at the server's first folder for reading.
        archive: Template,
        /// Path of the folder. A relative one starts at the server's first folder for writing.
        folder: Template,
        /// Whether files that are there already are replaced; else the step fails.
        #[serde(default)]
        overwrite: bool,
    },
}

/// What files are called in an archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Names {
    /// By their names alone, without folders.
    #[default]
    Name,
    /// By their paths as they arrive, without a `/` in front.
    Path,
}

impl Default for ZipAction {
    fn default() -> Self {
        let archive = Template::parse("files.zip").expect("it is a template");
        Self::Pack { archive, names: Names::Name, overwrite: true }
    }
}

pub struct Zip;

impl Node for Zip {
    const KIND: &'static str = "zip";
    type Config = ZipConfig;

    fn face() -> Face {
        Face {
            label: "ZIP".to_owned(),
            description: "Packs files into a ZIP archive or unpacks one (compress, extract).".to_owned(),
            group: Group::Files,
            icon: "file-archive".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![
                gives("path", "Archive or folder", PortType::Text),
                gives("files", "Files", PortType::List),
                gives("count", "Count", PortType::Number),
            ],
            replay: ReplayClass::AtLeastOnce,
            capabilities: vec![Capability::Files],
        }
    }

    async fn run(config: &ZipConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        // Ends the work when this attempt is given up, by a cancelled run or a time limit.
        let stopped = context.cancelled.child_token();
        let given_up = stopped.clone().drop_guard();
        let work = Work {
            files: context.outside.files.clone(),
            limits: context.outside.limits.clone(),
            repeated: context.attempt > 1,
            stopped,
        };
        let outputs = match &config.action {
            ZipAction::Pack { archive, names, overwrite } => {
                let paths = paths(inputs.required("input")?)?;
                let archive = context.render(archive, "archive").await?;
                let (names, overwrite) = (*names, *overwrite);
                blocking("pack the files", move || work.pack(&paths, names, &archive, overwrite)).await
            }
            ZipAction::Unpack { archive, folder, overwrite } => {
                let archive = context.render(archive, "archive").await?;
                let folder = context.render(folder, "folder").await?;
                let overwrite = *overwrite;
                blocking("unpack the archive", move || work.unpack(&archive, &folder, overwrite)).await
            }
        };
        drop(given_up);
        outputs.map(Done::from)
    }
}

/// A list of paths or of objects with a `path`, or one path alone.
fn paths(arrived: &Payload) -> Result<Vec<String>, NodeFailure> {
    if arrived.json().starts_with('"') {
        return Ok(vec![parse(arrived, "input")?]);
    }
    let items = list::items(arrived, "input")?;
    let mut paths = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let number = place + 1;
        match list::value(item, number)? {
            Value::String(path) => paths.push(path),
            Value::Object(mut fields) => match fields.remove("path") {
                Some(Value::String(path)) => paths.push(path),
                Some(_) | None => return Err(invalid(format!("item {number} has no text `path`"))),
            },
            _ => return Err(invalid(format!("item {number} is {}, not a path", list::kind_of(item)))),
        }
    }
    Ok(paths)
}

/// A file that was packed or unpacked.
#[derive(Serialize)]
struct Moved {
    path: String,
    bytes: u64,
}

/// What packing and unpacking share.
struct Work {
    files: FileRoots,
    limits: Limits,
    repeated: bool,
    stopped: CancellationToken,
}

impl Work {
    fn pack(&self, paths: &[String], names: Names, archive: &str, overwrite: bool) -> Result<Ports, NodeFailure> {
        if paths.len() > self.limits.max_files {
            return Err(self.too_many());
        }
        let (mut taken, mut packed, mut room) = (BTreeSet::new(), Vec::new(), self.most_bytes());
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for path in paths {
            self.check_stopped()?;
            let name = names.of(path);
            if !taken.insert(name.clone()) {
                return Err(invalid(format!("two of the files would be called `{name}` in the archive")));
            }
            let limit = self.limits.max_file_bytes;
            let content = self.files.read(path, limit).map_err(|error| failure_of(&error))?.bytes;
            room = room.checked_sub(content.len() as u64).ok_or_else(|| self.too_long())?;
            let unwritten =
                |problem: String| NodeFailure::new("zip_failed", format!("cannot pack `{path}`: {problem}"));
            writer.start_file(&name, SimpleFileOptions::default()).map_err(|error| unwritten(error.to_string()))?;
            writer.write_all(&content).map_err(|error| unwritten(error.to_string()))?;
            packed.push(Moved { path: path.clone(), bytes: content.len() as u64 });
        }
        let finished = writer.finish();
        let bytes = finished.map_err(|error| NodeFailure::new("zip_failed", format!("cannot pack: {error}")))?;
        let bytes = bytes.into_inner();
        let (length, limit) = (bytes.len() as u64, self.limits.max_file_bytes);
        if length > limit {
            return Err(failure_of(&FileError::TooLarge { path: archive.to_owned(), bytes: length, limit }));
        }
        self.write(archive, &bytes, overwrite)?;
        outputs(archive, &packed)
    }

    fn write(&self, path: &str, bytes: &[u8], overwrite: bool) -> Result<(), NodeFailure> {
        let mode = if overwrite { WriteMode::Overwrite } else { WriteMode::CreateNew };
        match self.files.write(path, bytes, mode, true) {
            // An attempt before this one may have written the file and been cut off before it could say so.
            Err(FileError::Exists { path }) if self.repeated && self.files.holds(&path, bytes) => Ok(()),
            done => done.map(|_| ()).map_err(|error| failure_of(&error)),
        }
    }

    fn most_bytes(&self) -> u64 {
        self.limits.max_file_bytes.saturating_mul(LONGEST_FILES)
    }

    fn check_stopped(&self) -> Result<(), NodeFailure> {
        if self.stopped.is_cancelled() { Err(NodeFailure::new("cancelled", "the run was cancelled")) } else { Ok(()) }
    }

    fn too_many(&self) -> NodeFailure {
        NodeFailure::new("too_large", format!("there are more than {} files", self.limits.max_files))
    }

    fn too_long(&self) -> NodeFailure {
        NodeFailure::new("too_large", format!("the files together have more than {} bytes", self.most_bytes()))
    }
}

impl Names {
    fn of(self, path: &str) -> String {
        let path = path.trim_start_matches("./").trim_start_matches('/');
        match self {
            Self::Name => path.rsplit('/').next().unwrap_or_default().to_owned(),
            Self::Path => path.to_owned(),
        }
    }
}

fn outputs(path: &str, files: &[Moved]) -> Result<Ports, NodeFailure> {
    Ok(Ports::from([
        (PortName::from("path"), Payload::from(path)),
        (PortName::from("files"), payload(files)?),
        (PortName::from("count"), Payload::from(json!(files.len()))),
    ]))
}

#[cfg(test)]
mod tests;
