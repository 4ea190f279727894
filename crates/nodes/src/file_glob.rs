//! Finds files by a pattern, sorted, and reads them when asked to. The limit on their number is applied after sorting,
//! so that "the newest 20" are the newest 20. What cannot be read is listed and left out.

use std::borrow::Cow;
use std::path::Path;

use engine::Ports;
use engine::expression::Template;
use globset::{GlobBuilder, GlobMatcher};
use protocol::nodes::{Capability, Face, Group, NodeRole, PortType, ReplayClass};
use protocol::{Payload, PortName};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::face::{gives, takes};
use crate::file_format::{FileFormat, decode, failure_of};
use crate::node::payload;
use crate::outside::{FileEntry, FileRoots, Limits, Listing, blocking};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// A search for files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FileGlobConfig {
    /// The folder to look in. A relative one starts at the server's first folder for reading; `.` is that folder.
    pub folder: Template,
    /// Which files, such as `*.md` or `{a,b}-*.csv`. Without `/` it is compared with the name of the file, else with its
    /// path in the folder, where `**` stands for any folders.
    pub pattern: GlobPattern,
    /// Whether to look in the folders within the folder too.
    pub recursive: bool,
    /// What the files are sorted by.
    pub sort_by: SortBy,
    /// Whether the sorting starts with the last, newest or largest.
    pub descending: bool,
    /// At most this many files, the first ones after sorting; the server's own limit may be lower.
    #[schemars(range(min = 1))]
    pub max_files: usize,
    /// Whether the files are read.
    pub content: GlobContent,
}

/// What files are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SortBy {
    /// Their paths.
    #[default]
    Path,
    /// When they were changed.
    Modified,
    /// Their sizes.
    Size,
}

/// Whether found files are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum GlobContent {
    /// They are only listed.
    #[default]
    #[schemars(title = "List only")]
    None,
    /// Each is read. One that cannot be read, or is too long, is listed under `skipped`.
    #[schemars(title = "Read")]
    Read {
        /// What the files hold.
        #[serde(default)]
        format: FileFormat,
        /// Longest file in bytes; the server's own limit may be lower.
        #[serde(default = "one_mebibyte")]
        max_bytes: u64,
    },
}

fn one_mebibyte() -> u64 {
    1 << 20
}

/// A pattern for names or paths of files, compiled once.
#[derive(Clone, Debug)]
pub struct GlobPattern(GlobMatcher);

impl GlobPattern {
    fn parse(text: &str) -> Result<Self, globset::Error> {
        let glob = GlobBuilder::new(text).literal_separator(true).build()?;
        Ok(Self(glob.compile_matcher()))
    }

    fn text(&self) -> &str {
        self.0.glob().glob()
    }

    fn names_folders(&self) -> bool {
        self.text().contains('/')
    }

    fn matches(&self, within: &Path) -> bool {
        let subject = if self.names_folders() { Some(within.as_os_str()) } else { within.file_name() };
        subject.is_some_and(|subject| self.0.is_match(subject))
    }
}

impl PartialEq for GlobPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Serialize for GlobPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de> Deserialize<'de> for GlobPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

impl JsonSchema for GlobPattern {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "GlobPattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": 1000 })
    }
}

impl Default for FileGlobConfig {
    fn default() -> Self {
        Self {
            folder: Template::parse(".").expect("it is a template"),
            pattern: GlobPattern::parse("*").expect("it is a pattern"),
            recursive: false,
            sort_by: SortBy::Path,
            descending: false,
            max_files: 100,
            content: GlobContent::None,
        }
    }
}

pub struct FileGlob;

impl Node for FileGlob {
    const KIND: &'static str = "file_glob";
    type Config = FileGlobConfig;

    fn face() -> Face {
        Face {
            label: "Find files".to_owned(),
            description: "Finds files by a pattern and reads them if wanted.".to_owned(),
            group: Group::Files,
            icon: "folder-search".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![
                gives("files", "Files", PortType::List),
                gives("paths", "Paths", PortType::List),
                gives("count", "Count", PortType::Number),
                gives("skipped", "Skipped", PortType::List),
            ],
            replay: ReplayClass::Idempotent,
            capabilities: vec![Capability::Files],
        }
    }

    fn check(config: &FileGlobConfig) -> Vec<(String, String)> {
        if config.pattern.names_folders() && !config.recursive {
            let message = "a pattern with `/` finds something only when the folders within are looked at too";
            return vec![("/recursive".to_owned(), message.to_owned())];
        }
        vec![]
    }

    async fn run(config: &FileGlobConfig, _: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        // Ends the walk when this attempt is given up, by a cancelled run or a time limit.
        let stopped = context.cancelled.child_token();
        let given_up = stopped.clone().drop_guard();
        let search = Search {
            folder: context.render(&config.folder, "folder").await?,
            config: config.clone(),
            files: context.outside.files.clone(),
            limits: context.outside.limits.clone(),
            stopped,
        };
        let outputs = blocking("look for files", move || search.run()).await;
        drop(given_up);
        outputs.map(Done::from)
    }
}

struct Search {
    folder: String,
    config: FileGlobConfig,
    files: FileRoots,
    limits: Limits,
    stopped: CancellationToken,
}

#[derive(Serialize)]
struct Found {
    path: String,
    name: String,
    bytes: u64,
    modified_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Payload>,
}

#[derive(Serialize)]
struct Skipped {
    path: String,
    reason: String,
}

impl Search {
    fn run(self) -> Result<Ports, NodeFailure> {
        let pattern = &self.config.pattern;
        let stopped = || self.stopped.is_cancelled();
        let listing = self
            .files
            .list(&self.folder, self.config.recursive, |within| pattern.matches(within), stopped)
            .map_err(|error| failure_of(&error))?;
        let mut found = Vec::new();
        let mut skipped: Vec<Skipped> = listing
            .skipped
            .iter()
            .map(|(path, reason)| Skipped { path: path.clone(), reason: reason.clone() })
            .collect();
        let mut room = self.limits.max_output_bytes;
        for entry in self.chosen(&listing) {
            if stopped() {
                return Err(NodeFailure::new("cancelled", "the run was cancelled"));
            }
            match self.take(&listing, entry) {
                Ok(file) => {
                    let bytes = file.content.as_ref().map_or(0, Payload::bytes);
                    room = room.checked_sub(bytes).ok_or_else(|| self.too_much())?;
                    found.push(file);
                }
                Err(failure) => skipped.push(Skipped { path: entry.path.clone(), reason: failure.message }),
            }
        }
        skipped.sort_by(|one, other| one.path.cmp(&other.path));
        let paths: Vec<&str> = found.iter().map(|file| file.path.as_str()).collect();
        Ok(Ports::from([
            (PortName::from("paths"), payload(&paths)?),
            (PortName::from("count"), Payload::from(json!(found.len()))),
            (PortName::from("skipped"), payload(&skipped)?),
            (PortName::from("files"), payload(&found)?),
        ]))
    }

    /// Sorted, and only then cut off.
    fn chosen<'listing>(&self, listing: &'listing Listing) -> Vec<&'listing FileEntry> {
        let mut entries: Vec<&FileEntry> = listing.files.iter().collect();
        entries.sort_by(|one, other| {
            let order = match self.config.sort_by {
                SortBy::Path => std::cmp::Ordering::Equal,
                SortBy::Modified => one.modified_ms.cmp(&other.modified_ms),
                SortBy::Size => one.bytes.cmp(&other.bytes),
            };
            order.then_with(|| one.path.cmp(&other.path))
        });
        if self.config.descending {
            entries.reverse();
        }
        entries.truncate(self.config.max_files.min(self.limits.max_files));
        entries
    }

    fn take(&self, listing: &Listing, entry: &FileEntry) -> Result<Found, NodeFailure> {
        let content = match self.config.content {
            GlobContent::None => None,
            GlobContent::Read { format, max_bytes } => {
                let limit = max_bytes.min(self.limits.max_file_bytes);
                if entry.bytes > limit {
                    return Err(NodeFailure::new(
                        "too_large",
                        format!("it has {} bytes, more than the limit of {limit}", entry.bytes),
                    ));
                }
                let read = self.files.read_listed(listing, entry, limit).map_err(|error| failure_of(&error))?;
                Some(decode(format, &entry.path, read.bytes)?)
            }
        };
        let FileEntry { path, name, bytes, modified_ms, .. } = entry.clone();
        Ok(Found { path, name, bytes, modified_ms, content })
    }

    fn too_much(&self) -> NodeFailure {
        let limit = self.limits.max_output_bytes;
        NodeFailure::new(
            "too_large",
            format!("the files found in `{}` together are longer than {limit} bytes", self.folder),
        )
    }
}

#[cfg(test)]
mod tests;
