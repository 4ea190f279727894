//! The files that nodes may touch: what lies beneath the allowed roots once every symbolic link is resolved.
//! Paths are walked from an open handle of the root, so that a link swapped in between changes nothing. Devices,
//! pipes and the folders that hold keys are refused. Everything here blocks: callers use a thread for it.

mod list;
mod read;
mod write;

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

pub use list::{FileEntry, Listing};
pub use read::FileContent;
pub use write::{WriteMode, Written};

/// Folders that hold keys, wherever they are.
const SECRET_FOLDERS: &[&str] = &[".ssh", ".gnupg"];
/// File systems whose files are the system itself.
const SYSTEM_FOLDERS: &[&str] = &["/proc", "/sys", "/dev"];
/// The operating system's own limit.
const MAX_PATH_BYTES: usize = 4096;

/// Cloning shares the roots. The default allows nothing.
#[derive(Clone, Debug, Default)]
pub struct FileRoots {
    read: Arc<[Root]>,
    write: Arc<[Root]>,
    hidden: Arc<[Hidden]>,
}

/// What begins with this name in this folder, which has all links resolved.
#[derive(Clone, Debug)]
struct Hidden {
    folder: PathBuf,
    name: OsString,
}

/// A folder that nodes may use, by its configured name and with all links resolved.
#[derive(Clone, Debug)]
struct Root {
    given: PathBuf,
    resolved: PathBuf,
}

/// A file or folder that may be looked for: `relative` is free of `..`, and is walked from the open root.
struct Place {
    root: Dir,
    root_path: PathBuf,
    relative: PathBuf,
    /// As the author wrote it.
    shown: String,
}

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("cannot use the path `{path}`: {reason}")]
    Refused { path: String, reason: &'static str },
    #[error("`{path}` is not within the folders that this server allows to {purpose}")]
    OutsideRoots { path: String, purpose: &'static str },
    #[error("`{path}` does not exist")]
    NotFound { path: String },
    #[error("`{path}` exists already")]
    Exists { path: String },
    #[error("`{path}` has {bytes} bytes, more than the limit of {limit}")]
    TooLarge { path: String, bytes: u64, limit: u64 },
    #[error("`{path}` holds more than {limit} entries")]
    TooMany { path: String, limit: usize },
    #[error("cannot {action} `{path}`: {error}")]
    Failed { action: &'static str, path: String, error: io::Error },
    #[error("stopped before the end of `{path}`")]
    Stopped { path: String },
}

impl FileError {
    /// The code of the node's failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } | Self::OutsideRoots { .. } => "path_refused",
            Self::NotFound { .. } => "file_not_found",
            Self::Exists { .. } => "file_exists",
            Self::TooLarge { .. } | Self::TooMany { .. } => "too_large",
            Self::Failed { .. } => "file_failed",
            Self::Stopped { .. } => "cancelled",
        }
    }
}

impl FileRoots {
    /// Every root must exist. Relative paths of nodes start at the first one. A path in `hidden` is refused even beneath
    /// a root, and so is what lies beside it with a name that only goes on after its own: a database keeps its log and
    /// its copies there. It need not exist, but its folder must.
    pub fn new(read: &[PathBuf], write: &[PathBuf], hidden: &[PathBuf]) -> Result<Self, FileError> {
        let mut resolved = Vec::new();
        for path in hidden {
            resolved.push(Hidden::new(path)?);
            // Where a link stands in the place, its target is hidden too.
            if path.is_symlink() {
                let target = path.canonicalize().map_err(|error| unresolved(path, error))?;
                resolved.push(Hidden::new(&target)?);
            }
        }
        Ok(Self { read: roots(read)?, write: roots(write)?, hidden: resolved.into() })
    }

    fn to_read(&self, path: &str) -> Result<Place, FileError> {
        self.place(&self.read, path, "read")
    }

    fn to_write(&self, path: &str) -> Result<Place, FileError> {
        self.place(&self.write, path, "write to")
    }

    fn place(&self, roots: &[Root], path: &str, purpose: &'static str) -> Result<Place, FileError> {
        check_text(path)?;
        let outside = || FileError::OutsideRoots { path: path.to_owned(), purpose };
        let asked = Path::new(path);
        let (root, relative) = if asked.is_absolute() {
            roots.iter().find_map(|root| Some((root, root.beneath(asked)?))).ok_or_else(outside)?
        } else {
            (roots.first().ok_or_else(outside)?, asked)
        };
        let relative: PathBuf = relative.components().filter(|part| *part != Component::CurDir).collect();
        let shown = path.to_owned();
        let dir = Dir::open_ambient_dir(&root.resolved, ambient_authority())
            .map_err(|error| error_of("open the root of", path, error))?;
        let place = Place { root: dir, root_path: root.resolved.clone(), relative, shown };
        self.check_hidden(&place, &place.relative)?;
        Ok(place)
    }

    /// Refuses what is hidden. `relative` has no links left, or is checked again once they are resolved.
    fn check_hidden(&self, place: &Place, relative: &Path) -> Result<(), FileError> {
        let path = place.root_path.join(relative);
        let secret = path.components().any(|part| SECRET_FOLDERS.iter().any(|name| part.as_os_str() == *name));
        let system = SYSTEM_FOLDERS.iter().any(|folder| path.starts_with(folder));
        if secret || system || self.hidden.iter().any(|hidden| hidden.covers(&path)) {
            return Err(FileError::Refused { path: place.shown.clone(), reason: "it belongs to the system" });
        }
        Ok(())
    }
}

impl Hidden {
    fn new(path: &Path) -> Result<Self, FileError> {
        let absolute = std::path::absolute(path).map_err(|error| unresolved(path, error))?;
        let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
            return Err(FileError::Refused { path: path.display().to_string(), reason: "it names no file to hide" });
        };
        let folder = folder.canonicalize().map_err(|error| unresolved(path, error))?;
        Ok(Self { folder, name: name.to_owned() })
    }

    fn covers(&self, path: &Path) -> bool {
        let name = path.strip_prefix(&self.folder).ok().and_then(|within| within.components().next());
        name.is_some_and(|name| name.as_os_str().as_encoded_bytes().starts_with(self.name.as_encoded_bytes()))
    }
}

impl Root {
    fn beneath<'path>(&self, path: &'path Path) -> Option<&'path Path> {
        path.strip_prefix(&self.given).or_else(|_| path.strip_prefix(&self.resolved)).ok()
    }
}

impl Place {
    /// `.` for the root itself: an empty path is none.
    fn relative(&self) -> &Path {
        if self.relative.as_os_str().is_empty() { Path::new(".") } else { &self.relative }
    }

    fn error_of(&self, action: &'static str, error: io::Error) -> FileError {
        error_of(action, &self.shown, error)
    }
}

fn unresolved(path: &Path, error: io::Error) -> FileError {
    error_of("find what to hide at", &path.to_string_lossy(), error)
}

fn roots(given: &[PathBuf]) -> Result<Arc<[Root]>, FileError> {
    let resolve = |path: &PathBuf| {
        let resolved =
            path.canonicalize().map_err(|error| error_of("find the root", &path.to_string_lossy(), error))?;
        Ok(Root { given: path.clone(), resolved })
    };
    given.iter().map(resolve).collect()
}

/// Refuses what no honest path contains, and what another operating system would read as a way out.
fn check_text(path: &str) -> Result<(), FileError> {
    let reason = if path.is_empty() {
        "it is empty"
    } else if path.len() > MAX_PATH_BYTES {
        "it is too long"
    } else if path.chars().any(char::is_control) {
        "it holds a control character"
    } else if path.contains('\\') {
        "it holds a backslash; folders are separated by `/`"
    } else if Path::new(path).components().any(|part| part == Component::ParentDir) {
        "it holds `..`"
    } else {
        return Ok(());
    };
    Err(FileError::Refused { path: path.to_owned(), reason })
}

fn error_of(action: &'static str, path: &str, error: io::Error) -> FileError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound => FileError::NotFound { path },
        io::ErrorKind::AlreadyExists => FileError::Exists { path },
        _ => FileError::Failed { action, path, error },
    }
}

#[cfg(test)]
mod tests;
