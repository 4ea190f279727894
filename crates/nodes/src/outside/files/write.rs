//! Writing one file. A whole file appears at once or not at all, also after a crash; an addition is one write.
//! What is not a regular file is never written over.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::fs::{Dir, File, OpenOptions};

use super::{FileError, FileRoots, Place};

/// Tells temporary files of this process apart; the process id tells processes apart.
static UNIQUE: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// Replaces what is there.
    Overwrite,
    /// Adds at the end.
    Append,
    /// Fails with `Exists` when something is there.
    CreateNew,
}

/// What is there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub path: String,
    /// What this write added.
    pub bytes: u64,
}

impl FileRoots {
    /// Durable when it returns. Missing folders are made when `create_folders` says so.
    pub fn write(&self, path: &str, bytes: &[u8], mode: WriteMode, create_folders: bool) -> Result<Written, FileError> {
        let place = self.to_write(path)?;
        let Some(name) = place.relative.file_name().map(OsString::from) else {
            return Err(FileError::Refused { path: path.to_owned(), reason: "it names a folder" });
        };
        let folder = self.folder_of(&place, create_folders)?;
        check_target(&place, &folder, Path::new(&name))?;
        let done = match mode {
            WriteMode::Append => append(&folder, Path::new(&name), bytes),
            WriteMode::Overwrite | WriteMode::CreateNew => replace(&folder, Path::new(&name), bytes, mode),
        };
        done.and_then(|()| sync_folder(&folder)).map_err(|error| place.error_of("write", error))?;
        Ok(Written { path: path.to_owned(), bytes: bytes.len() as u64 })
    }

    /// Length of a file that may be written; 0 when it does not exist.
    pub fn length(&self, path: &str) -> Result<u64, FileError> {
        let place = self.to_write(path)?;
        match place.root.metadata(place.relative()) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(place.error_of("look at", error)),
        }
    }

    /// Whether a file that may be written holds exactly this. One that cannot be read does not.
    pub fn holds(&self, path: &str, bytes: &[u8]) -> bool {
        let read = self.to_write(path).and_then(|place| self.read_at(&place, place.relative(), bytes.len() as u64));
        read.is_ok_and(|content| content.bytes == bytes)
    }

    fn folder_of(&self, place: &Place, create: bool) -> Result<Dir, FileError> {
        let folder = match place.relative.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            Some(_) | None => Path::new("."),
        };
        if create {
            place.root.create_dir_all(folder).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => {
                    let reason = "a part of it is a file, or a link that leads elsewhere";
                    FileError::Refused { path: place.shown.clone(), reason }
                }
                _ => place.error_of("make the folder of", error),
            })?;
        }
        let resolved = place.root.canonicalize(folder).map_err(|error| place.error_of("open the folder of", error))?;
        self.check_hidden(place, &resolved.join(place.relative.file_name().unwrap_or_default()))?;
        place.root.open_dir(&resolved).map_err(|error| place.error_of("open the folder of", error))
    }
}

/// Only a regular file is written over: no link, which would lead elsewhere, no folder, no device.
fn check_target(place: &Place, folder: &Dir, name: &Path) -> Result<(), FileError> {
    let reason = match folder.symlink_metadata(name) {
        Ok(metadata) if metadata.is_file() => return Ok(()),
        Ok(metadata) if metadata.is_symlink() => "it is a symbolic link",
        Ok(metadata) if metadata.is_dir() => "it is a folder",
        Ok(_) => "it is a device, pipe or socket",
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(place.error_of("write", error)),
    };
    Err(FileError::Refused { path: place.shown.clone(), reason })
}

fn append(folder: &Dir, name: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).follow(FollowSymlinks::No).nonblock(true);
    let mut file = folder.open_with(name, &options)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file any more"));
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// Writes beside the target, then moves it into place.
fn replace(folder: &Dir, name: &Path, bytes: &[u8], mode: WriteMode) -> io::Result<()> {
    let unique = UNIQUE.fetch_add(1, Ordering::Relaxed);
    let temporary = format!(".ai-studio-{}-{unique}.tmp", std::process::id());
    let done = fill(folder, &temporary, name, bytes).and_then(|()| match mode {
        // A link fails where a name is taken; a move would not.
        WriteMode::CreateNew => folder.hard_link(&temporary, folder, name),
        WriteMode::Overwrite | WriteMode::Append => folder.rename(&temporary, folder, name),
    });
    if done.is_err() || mode == WriteMode::CreateNew {
        // The first error is the one to tell; a left-over temporary file harms nobody.
        drop(folder.remove_file(&temporary));
    }
    done
}

fn fill(folder: &Dir, temporary: &str, name: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file: File = folder.open_with(temporary, OpenOptions::new().write(true).create_new(true))?;
    match folder.symlink_metadata(name) {
        Ok(existing) => file.set_permissions(existing.permissions())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the new name durable.
fn sync_folder(folder: &Dir) -> io::Result<()> {
    folder.open(".")?.sync_all()
}
