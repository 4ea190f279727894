//! Listing a folder. Links are not followed into folders, so a walk always ends; what cannot be looked at is told
//! and left out.

use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use cap_std::fs::{DirEntry, Metadata};

use super::{FileContent, FileError, FileRoots, Place};

/// Folders within folders. Deeper trees are made by accident or in bad faith.
const MAX_DEPTH: usize = 64;
/// Entries looked at, whether they match or not: some seconds of walking.
const MAX_VISITED: usize = 200_000;

/// A regular file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// The listed folder's path with this file's place in it: good for reading it.
    pub path: String,
    pub name: String,
    pub bytes: u64,
    pub modified_ms: i64,
    relative: PathBuf,
}

/// The regular files of a folder, in no order.
pub struct Listing {
    pub files: Vec<FileEntry>,
    /// What could not be looked at: path, why.
    pub skipped: Vec<(String, String)>,
    place: Place,
}

impl FileRoots {
    /// All files of a folder, with `recursive` those of its folders too, as far as `matches` (which gets the path
    /// within the folder) says. `stopped` is asked now and then and ends the walk early.
    pub fn list(
        &self,
        folder: &str,
        recursive: bool,
        matches: impl Fn(&Path) -> bool,
        stopped: impl Fn() -> bool,
    ) -> Result<Listing, FileError> {
        let place = self.to_read(folder)?;
        let start = place.root.canonicalize(place.relative()).map_err(|error| place.error_of("open", error))?;
        self.check_hidden(&place, &start)?;
        let mut walk =
            Walk { recursive, visited: 0, listing: Listing { files: vec![], skipped: vec![], place }, start };
        let mut waiting = vec![PathBuf::new()];
        while let Some(within) = waiting.pop() {
            if stopped() {
                return Err(FileError::Stopped { path: folder.to_owned() });
            }
            self.visit(&mut walk, &within, &matches, &mut waiting)?;
        }
        Ok(walk.listing)
    }

    /// Reads a file that `list` found.
    pub fn read_listed(&self, listing: &Listing, entry: &FileEntry, max_bytes: u64) -> Result<FileContent, FileError> {
        let place = &listing.place;
        self.read_at(place, &entry.relative, max_bytes)
    }

    fn visit(
        &self,
        walk: &mut Walk,
        within: &Path,
        matches: &impl Fn(&Path) -> bool,
        waiting: &mut Vec<PathBuf>,
    ) -> Result<(), FileError> {
        let place = &walk.listing.place;
        let path = walk.start.join(within);
        let entries = match place.root.read_dir(if path.as_os_str().is_empty() { Path::new(".") } else { &path }) {
            Ok(entries) => entries,
            Err(error) if within.as_os_str().is_empty() => return Err(place.error_of("list", error)),
            Err(error) => {
                walk.skip(within, &error.to_string());
                return Ok(());
            }
        };
        for entry in entries {
            walk.visited += 1;
            if walk.visited > MAX_VISITED {
                return Err(FileError::TooMany { path: walk.listing.place.shown.clone(), limit: MAX_VISITED });
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    walk.skip(within, &error.to_string());
                    continue;
                }
            };
            let place_of_entry = within.join(entry.file_name());
            match self.look_at(walk, &entry, &place_of_entry, matches) {
                Ok(Found::Folder) if within.components().count() < MAX_DEPTH => waiting.push(place_of_entry),
                Ok(Found::Folder) => walk.skip(&place_of_entry, "it lies too deep"),
                Ok(Found::File(metadata)) => walk.take(&place_of_entry, &metadata),
                Ok(Found::Nothing) => {}
                Err(reason) => walk.skip(&place_of_entry, &reason),
            }
        }
        Ok(())
    }

    fn look_at(
        &self,
        walk: &Walk,
        entry: &DirEntry,
        within: &Path,
        matches: &impl Fn(&Path) -> bool,
    ) -> Result<Found, String> {
        let place = &walk.listing.place;
        let kind = entry.file_type().map_err(|error| error.to_string())?;
        let path = walk.start.join(within);
        if self.check_hidden(place, &path).is_err() {
            return Ok(Found::Nothing);
        }
        if kind.is_dir() {
            return Ok(if walk.recursive { Found::Folder } else { Found::Nothing });
        }
        if !matches(within) {
            return Ok(Found::Nothing);
        }
        if kind.is_symlink() {
            let target = place.root.canonicalize(&path).map_err(|error| error.to_string())?;
            self.check_hidden(place, &target).map_err(|error| error.to_string())?;
        }
        let metadata = place.root.metadata(&path).map_err(|error| error.to_string())?;
        Ok(if metadata.is_file() { Found::File(metadata) } else { Found::Nothing })
    }
}

enum Found {
    File(Metadata),
    Folder,
    Nothing,
}

struct Walk {
    recursive: bool,
    visited: usize,
    listing: Listing,
    /// The listed folder from the root, without links.
    start: PathBuf,
}

impl Walk {
    fn shown(&self, within: &Path) -> String {
        let folder = Path::new(&self.listing.place.shown).components().filter(|part| *part != Component::CurDir);
        folder.collect::<PathBuf>().join(within).to_string_lossy().into_owned()
    }

    fn skip(&mut self, within: &Path, reason: &str) {
        let path = self.shown(within);
        self.listing.skipped.push((path, reason.to_owned()));
    }

    fn take(&mut self, within: &Path, metadata: &Metadata) {
        let Some(name) = within.file_name().and_then(|name| name.to_str()) else {
            return self.skip(within, "its name is not UTF-8");
        };
        let modified = metadata.modified().map(|time| time.into_std());
        let modified_ms = modified.map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
            Ok(since) => since.as_millis() as i64,
            Err(before) => -(before.duration().as_millis() as i64),
        });
        self.listing.files.push(FileEntry {
            path: self.shown(within),
            name: name.to_owned(),
            bytes: metadata.len(),
            modified_ms,
            relative: self.start.join(within),
        });
    }
}
