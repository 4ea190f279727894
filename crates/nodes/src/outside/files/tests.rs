use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{FileError, FileRoots, WriteMode};

struct House {
    folder: TempDir,
    roots: FileRoots,
}

/// `inside` can be read and written, `outside` lies beside it, `inside/data` is the server's own.
fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    for path in ["inside/data/db", "inside/a.txt", "inside/sub/b.txt", "inside/.ssh/id", "outside/secret"] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "text").unwrap();
    }
    let inside = [folder.path().join("inside")];
    let roots = FileRoots::new(&inside, &inside, &[folder.path().join("inside/data")]).unwrap();
    House { folder, roots }
}

impl House {
    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn read(&self, path: impl AsRef<Path>) -> Result<Vec<u8>, FileError> {
        self.roots.read(path.as_ref().to_str().unwrap(), 100).map(|content| content.bytes)
    }

    fn write(&self, path: impl AsRef<Path>, mode: WriteMode) -> Result<(), FileError> {
        self.roots.write(path.as_ref().to_str().unwrap(), b"new", mode, true).map(|_| ())
    }
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, FileError>, path: &str) {
    let error = outcome.expect_err(path);
    // What only the walk can find out is told by the operating system.
    let by_system =
        matches!(&error, FileError::Failed { error, .. } if error.kind() == std::io::ErrorKind::PermissionDenied);
    assert!(by_system || error.code() == "path_refused", "{path}: {error:?}");
}

#[test]
fn paths_within_the_roots_are_read() {
    let house = house();
    let absolute = house.path("inside/sub/b.txt");
    for path in [Path::new("a.txt"), Path::new("./sub//b.txt"), Path::new("sub/./b.txt"), &absolute] {
        assert_eq!(house.read(path).unwrap(), b"text", "{path:?}");
    }
}

#[test]
fn ways_out_are_refused() {
    let house = house();
    let outside = house.path("outside/secret");
    let around = house.path("inside/../outside/secret");
    let paths = [
        "",
        "../outside/secret",
        "sub/../../outside/secret",
        "sub/..",
        "..\\outside\\secret",
        "C:\\Windows\\win.ini",
        "\\\\server\\share",
        "a.txt\0",
        "a\n.txt",
        "/etc/hostname",
        "/proc/self/environ",
        "/dev/zero",
        ".ssh/id",
        "data/db",
        "./data/db",
        outside.to_str().unwrap(),
        around.to_str().unwrap(),
        &"a/".repeat(3000),
    ];
    for path in paths {
        refused(house.read(path), path);
        refused(house.write(path, WriteMode::Overwrite), path);
        refused(house.write(path, WriteMode::Append), path);
    }
    // Nothing is decoded: these are names of files that do not exist.
    for path in ["%2e%2e/outside/secret", "%252e%252e/secret", "a.txt.", "a.txt "] {
        assert_eq!(house.read(path).unwrap_err().code(), "file_not_found", "{path}");
    }
}

#[test]
fn a_hidden_file_hides_what_goes_on_after_its_name() {
    let house = house();
    let inside = [house.path("inside")];
    let roots = FileRoots::new(&inside, &inside, &[house.path("inside/sub/studio.db")]).unwrap();
    for name in ["studio.db", "studio.db-wal", "studio.db.lock", "studio.db.v1.backup"] {
        let path = format!("sub/{name}");
        refused(roots.write(&path, b"new", WriteMode::CreateNew, true), &path);
        std::fs::write(house.path("inside").join(&path), "text").unwrap();
        refused(roots.read(&path, 100), &path);
    }
    assert_eq!(roots.read("sub/b.txt", 100).unwrap().bytes, b"text");
    let listing = roots.list(".", true, |_| true, || false).unwrap();
    assert!(listing.files.iter().all(|file| !file.name.starts_with("studio.db")), "{:?}", listing.files);
}

#[test]
fn what_cannot_be_hidden_is_told() {
    let house = house();
    let inside = [house.path("inside")];
    for path in [house.path("no/such/folder/studio.db"), PathBuf::from("/")] {
        assert!(FileRoots::new(&inside, &inside, std::slice::from_ref(&path)).is_err(), "{path:?}");
    }
}

#[test]
fn a_root_that_is_everything_still_hides_the_system() {
    let everything = [PathBuf::from("/")];
    let roots = FileRoots::new(&everything, &[], &[]).unwrap();
    for path in ["/proc/self/environ", "/dev/zero", "/sys/kernel/uevent_seqnum", "/dev/stdin"] {
        refused(roots.read(path, 100), path);
    }
}

#[test]
fn without_roots_nothing_is_allowed() {
    let roots = FileRoots::default();
    refused(roots.read("a.txt", 100), "a.txt");
    refused(roots.write("a.txt", b"", WriteMode::Overwrite, true), "a.txt");
}

#[test]
fn what_may_be_read_need_not_be_writable() {
    let house = house();
    let roots = FileRoots::new(&[house.path("inside")], &[house.path("inside/sub")], &[]).unwrap();
    refused(roots.write(house.path("inside/a.txt").to_str().unwrap(), b"", WriteMode::Overwrite, false), "a.txt");
    roots.write("a.txt", b"new", WriteMode::Overwrite, false).unwrap();
    assert_eq!(std::fs::read(house.path("inside/sub/a.txt")).unwrap(), b"new");
}

#[test]
fn a_file_is_read_up_to_its_limit() {
    let house = house();
    assert!(house.roots.read("a.txt", 4).is_ok());
    let error = house.roots.read("a.txt", 3).unwrap_err();
    assert_eq!(error.to_string(), "`a.txt` has 4 bytes, more than the limit of 3");
}

mod links {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    #[test]
    fn links_are_followed_within_the_root_only() {
        let house = house();
        symlink("sub", house.path("inside/near")).unwrap();
        assert_eq!(house.read("near/b.txt").unwrap(), b"text");
        symlink("../outside", house.path("inside/away")).unwrap();
        symlink(house.path("outside/secret"), house.path("inside/far")).unwrap();
        symlink("data", house.path("inside/own")).unwrap();
        symlink("loop", house.path("inside/loop")).unwrap();
        for path in ["away/secret", "far", "own/db"] {
            refused(house.read(path), path);
            refused(house.write(path, WriteMode::Overwrite), path);
            refused(house.write(path, WriteMode::Append), path);
        }
        assert!(house.read("loop").is_err());
        refused(house.write("away/new", WriteMode::CreateNew), "away/new");
        assert_eq!(std::fs::read(house.path("outside/secret")).unwrap(), b"text");
        assert!(!house.path("outside/new").exists());
    }

    #[test]
    fn links_do_not_lead_to_what_is_hidden() {
        let house = house();
        symlink("b.txt", house.path("inside/sub/studio.db")).unwrap();
        symlink("sub", house.path("inside/near")).unwrap();
        let inside = [house.path("inside")];
        let roots = FileRoots::new(&inside, &inside, &[house.path("inside/near/studio.db")]).unwrap();
        for path in ["near/studio.db", "near/studio.db-wal", "sub/b.txt", "near/b.txt", "sub/b.txt-wal"] {
            assert!(roots.read(path, 100).is_err(), "{path}");
            refused(roots.write(path, b"new", WriteMode::Overwrite, false), path);
        }
    }

    #[test]
    fn a_link_is_not_written_over() {
        let house = house();
        symlink("a.txt", house.path("inside/link")).unwrap();
        for mode in [WriteMode::Overwrite, WriteMode::Append, WriteMode::CreateNew] {
            refused(house.write("link", mode), "link");
        }
        assert_eq!(house.read("a.txt").unwrap(), b"text");
    }

    /// Opening a pipe without a writer would hold the thread for ever.
    #[test]
    fn pipes_and_folders_are_refused() {
        let house = house();
        assert!(Command::new("mkfifo").arg(house.path("inside/pipe")).status().unwrap().success());
        for path in ["pipe", "sub", "."] {
            refused(house.read(path), path);
            refused(house.write(path, WriteMode::Overwrite), path);
            refused(house.write(path, WriteMode::Append), path);
        }
    }

    #[test]
    fn a_replaced_file_keeps_its_permissions() {
        let house = house();
        std::fs::set_permissions(house.path("inside/a.txt"), std::fs::Permissions::from_mode(0o640)).unwrap();
        house.write("a.txt", WriteMode::Overwrite).unwrap();
        let mode = std::fs::metadata(house.path("inside/a.txt")).unwrap().permissions().mode();
        assert_eq!((mode & 0o777, house.read("a.txt").unwrap()), (0o640, b"new".to_vec()));
    }

    /// Whoever has the old file open keeps reading the old file: it was replaced, not changed.
    #[test]
    fn a_file_is_replaced_at_once() {
        use std::io::Read;
        let house = house();
        let mut before = std::fs::File::open(house.path("inside/a.txt")).unwrap();
        house.write("a.txt", WriteMode::Overwrite).unwrap();
        let mut text = String::new();
        before.read_to_string(&mut text).unwrap();
        assert_eq!(text, "text");
    }
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let house = house();
    assert_eq!(house.write("a.txt", WriteMode::CreateNew).unwrap_err().code(), "file_exists");
    let names: Vec<_> =
        std::fs::read_dir(house.path("inside")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{names:?}");
}

#[test]
fn a_root_must_exist() {
    let house = house();
    assert_eq!(FileRoots::new(&[house.path("none")], &[], &[]).unwrap_err().code(), "file_not_found");
}
