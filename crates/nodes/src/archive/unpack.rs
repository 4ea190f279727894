//! Unpacking. All names and lengths are looked at before the first file is written; lengths are counted again while
//! reading, since an archive may lie about them.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use engine::Ports;
use zip::ZipArchive;

use super::{Moved, Work, outputs};
use crate::NodeFailure;
use crate::file_format::failure_of;
use crate::outside::FileError;

impl Work {
    pub(super) fn unpack(&self, archive: &str, folder: &str, overwrite: bool) -> Result<Ports, NodeFailure> {
        let broken = |problem: String| {
            NodeFailure::new("invalid_zip", format!("`{archive}` is not a ZIP archive that can be unpacked: {problem}"))
        };
        let limit = self.limits.max_file_bytes;
        let content = self.files.read(archive, limit).map_err(|error| failure_of(&error))?;
        let mut packed = ZipArchive::new(Cursor::new(content.bytes)).map_err(|error| broken(error.to_string()))?;
        if packed.len() > self.limits.max_files {
            return Err(self.too_many());
        }
        let mut names = Vec::new();
        let mut taken = BTreeSet::new();
        let mut declared = 0_u64;
        for place in 0..packed.len() {
            let entry = packed.by_index(place).map_err(|error| broken(error.to_string()))?;
            let name = entry.name().map_err(|error| broken(error.to_string()))?.into_owned();
            if entry.is_symlink() {
                return Err(refused(&name, "is a link"));
            }
            check(&name)?;
            if !entry.is_dir() {
                if !taken.insert(name.clone()) {
                    return Err(refused(&name, "occurs twice"));
                }
                if entry.size() > limit {
                    return Err(failure_of(&FileError::TooLarge { path: name, bytes: entry.size(), limit }));
                }
                declared = declared.saturating_add(entry.size());
                names.push((place, name));
            }
        }
        if declared > self.most_bytes() {
            return Err(self.too_long());
        }
        let (mut unpacked, mut room) = (Vec::new(), self.most_bytes());
        for (place, name) in names {
            self.check_stopped()?;
            let entry = packed.by_index(place).map_err(|error| broken(error.to_string()))?;
            let mut bytes = Vec::new();
            let longest = limit.min(room);
            entry.take(longest + 1).read_to_end(&mut bytes).map_err(|error| broken(format!("`{name}`: {error}")))?;
            let length = bytes.len() as u64;
            if length > limit {
                return Err(failure_of(&FileError::TooLarge { path: name, bytes: length, limit }));
            }
            room = room.checked_sub(length).ok_or_else(|| self.too_long())?;
            let path = format!("{}/{name}", folder.trim_end_matches('/'));
            self.write(&path, &bytes, overwrite)?;
            unpacked.push(Moved { path, bytes: length });
        }
        outputs(folder, &unpacked)
    }
}

/// Refuses names that lead out of the folder here or on another system, even by a detour.
fn check(name: &str) -> Result<(), NodeFailure> {
    let inner = name.strip_suffix('/').unwrap_or(name);
    let leads_out = inner.contains(['\\', '\0', ':']) || inner.split('/').any(|part| matches!(part, "" | "." | ".."));
    if leads_out { Err(refused(name, "is not a name within the folder")) } else { Ok(()) }
}

fn refused(name: &str, problem: &str) -> NodeFailure {
    NodeFailure::new("path_refused", format!("nothing was unpacked: `{name}` in the archive {problem}"))
}
