//! Reading one file, up to a limit. Only a regular file is opened: anything else may block for ever, or act when
//! it is opened.

use std::io::Read;
use std::path::Path;

use cap_fs_ext::OpenOptionsSyncExt;
use cap_std::fs::{File, Metadata, OpenOptions};

use super::{FileError, FileRoots, Place};

/// A whole file.
#[derive(Debug)]
pub struct FileContent {
    pub bytes: Vec<u8>,
}

impl FileRoots {
    /// Reads a file of at most `max_bytes`.
    pub fn read(&self, path: &str, max_bytes: u64) -> Result<FileContent, FileError> {
        let place = self.to_read(path)?;
        self.read_at(&place, place.relative(), max_bytes)
    }

    pub(super) fn read_at(&self, place: &Place, relative: &Path, max_bytes: u64) -> Result<FileContent, FileError> {
        let file = self.open_file(place, relative)?;
        let mut bytes = Vec::new();
        // One byte more than allowed: the file may have grown since its size was asked for.
        let read = file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| place.error_of("read", error))?;
        let length = bytes.len() as u64;
        if length > max_bytes {
            return Err(FileError::TooLarge { path: place.shown.clone(), bytes: length, limit: max_bytes });
        }
        Ok(FileContent { bytes })
    }

    fn open_file(&self, place: &Place, relative: &Path) -> Result<File, FileError> {
        let resolved = place.root.canonicalize(relative).map_err(|error| place.error_of("open", error))?;
        self.check_hidden(place, &resolved)?;
        // Looked at before it is opened: opening a device can already act on it.
        check_regular(place, &place.root.metadata(&resolved).map_err(|error| place.error_of("open", error))?)?;
        let mut options = OpenOptions::new();
        // Without this, a pipe that took the file's place would hold the thread until somebody writes to it.
        options.read(true).nonblock(true);
        let file = place.root.open_with(&resolved, &options).map_err(|error| place.error_of("open", error))?;
        check_regular(place, &file.metadata().map_err(|error| place.error_of("open", error))?)?;
        Ok(file)
    }
}

fn check_regular(place: &Place, metadata: &Metadata) -> Result<(), FileError> {
    let reason = if metadata.is_file() {
        return Ok(());
    } else if metadata.is_dir() {
        "it is a folder"
    } else {
        "it is a device, pipe or socket"
    };
    Err(FileError::Refused { path: place.shown.clone(), reason })
}
