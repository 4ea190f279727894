//! A throw-away PostgreSQL server for tests: a cluster of its own in a temporary folder, reached by a Unix socket.
//! A small shell process watches over it. When the test process ends, however it ends, the pipe between them closes,
//! and the shell stops the server and removes the folder.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Set to `off`, this environment variable says that PostgreSQL is not to be tested.
pub const SWITCH: &str = "AI_STUDIO_TEST_POSTGRES";

const WATCH: &str = r#"
"$1/pg_ctl" start -D "$2/data" -l "$2/log" -w >/dev/null 2>&1 </dev/null && echo ready || echo failed
cat >/dev/null
"$1/pg_ctl" stop -D "$2/data" -m immediate >/dev/null 2>&1 </dev/null
rm -rf "$2"
"#;

/// Nothing of a throw-away cluster has to survive a power cut.
const QUICK: &str = "fsync = off\nfull_page_writes = off\n";

/// Whether commits wait for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// As a real server does: for measurements.
    ToDisk,
    Never,
}

pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    user: Option<User>,
    databases: AtomicU32,
    watch: Child,
}

/// PostgreSQL refuses to run as root.
#[derive(Clone, Copy)]
struct User {
    id: u32,
    group_id: u32,
}

/// `false` when `AI_STUDIO_TEST_POSTGRES=off` says to leave PostgreSQL out.
#[expect(clippy::disallowed_methods, reason = "a switch for tests, not configuration of the product")]
pub fn is_wanted() -> bool {
    std::env::var(SWITCH).as_deref() != Ok("off")
}

/// The one cluster of this process, started when first asked for. Fails with what to install when there is none.
pub fn shared() -> Result<&'static Cluster, String> {
    static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
    SHARED.get_or_init(|| Cluster::start(Flush::Never)).as_ref().map_err(Clone::clone)
}

impl Cluster {
    /// A server of its own, for tests that stop it or measure it.
    pub fn start(flush: Flush) -> Result<Self, String> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("ai-studio-postgres-").tempdir().map_err(failed("a folder"))?;
        let user = user_for(folder.path())?;
        let data = folder.path().join("data");
        let mut initdb = command(&programs.join("initdb"), user, folder.path());
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D"]);
        finish(initdb.arg(&data))?;
        configure(&data, folder.path(), flush)?;

        let mut watch = command(Path::new("/bin/sh"), user, folder.path());
        watch.args(["-c", WATCH, "watch"]).arg(&programs).arg(folder.path());
        watch.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        let mut watch = watch.spawn().map_err(failed("the watching shell"))?;
        let mut answer = String::new();
        let output = watch.stdout.take().expect("the output is piped");
        BufReader::new(output).read_line(&mut answer).map_err(failed("the watching shell"))?;
        if answer.trim() != "ready" {
            let log = fs::read_to_string(folder.path().join("log")).unwrap_or_else(|error| error.to_string());
            return Err(format!("the PostgreSQL server did not start: {log}"));
        }
        // The watching shell removes the folder from here on.
        Ok(Self { programs, folder: folder.keep(), user, databases: AtomicU32::new(0), watch })
    }

    /// The URL of a new, empty database.
    pub fn database(&self) -> Result<String, String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut createdb = command(&self.programs.join("createdb"), self.user, &self.folder);
        finish(createdb.arg("--host").arg(&self.folder).args(["--username=postgres", &name]))?;
        let host = self.folder.display().to_string().replace('/', "%2F");
        Ok(format!("postgres://postgres@{host}/{name}"))
    }

    /// Ends the server as a crash would.
    pub fn kill(&self) -> Result<(), String> {
        self.control(&["stop", "-m", "immediate"])
    }

    /// Starts it again after `kill`.
    pub fn resume(&self) -> Result<(), String> {
        self.control(&["start", "-w", "-l"])
    }

    fn control(&self, words: &[&str]) -> Result<(), String> {
        let mut pg_ctl = command(&self.programs.join("pg_ctl"), self.user, &self.folder);
        pg_ctl.args(words);
        if words.last() == Some(&"-l") {
            pg_ctl.arg(self.folder.join("log"));
        }
        let status =
            pg_ctl.arg("-D").arg(self.folder.join("data")).stdout(Stdio::null()).stderr(Stdio::null()).status();
        match status.map_err(failed("pg_ctl"))? {
            status if status.success() => Ok(()),
            status => Err(format!("`pg_ctl {}` ended with {status}", words.join(" "))),
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        if let Err(error) = self.watch.wait() {
            tracing::warn!(%error, "waiting for a test server to stop failed");
        }
    }
}

/// The newest server's programs. Debian and its kin keep them out of the search path.
fn programs() -> Result<PathBuf, String> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.retain(|folder| folder.join("initdb").exists());
    folders.sort();
    folders.pop().ok_or_else(|| {
        format!(
            "these tests need a PostgreSQL server: `apt-get install postgresql`, or leave them out with `{SWITCH}=off`"
        )
    })
}

/// Root hands the folder to the user `postgres` and runs the server as that user; anybody else runs it as themselves.
fn user_for(folder: &Path) -> Result<Option<User>, String> {
    if fs::metadata(folder).map_err(failed("a folder"))?.uid() != 0 {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd").map_err(failed("the list of users"))?;
    let line = accounts.lines().find_map(|line| line.strip_prefix("postgres:"));
    let mut fields = line.ok_or("there is no user `postgres` to run the server as")?.split(':').skip(1);
    let mut number = || {
        let field = fields.next().ok_or("the user `postgres` has no number")?;
        field.parse().map_err(|_| format!("the user `postgres` has the number `{field}`"))
    };
    let user = User { id: number()?, group_id: number()? };
    chown(folder, Some(user.id), Some(user.group_id)).map_err(failed("a folder"))?;
    Ok(Some(user))
}

fn configure(data: &Path, folder: &Path, flush: Flush) -> Result<(), String> {
    let mut settings = format!("listen_addresses = ''\nunix_socket_directories = '{}'\n", folder.display());
    settings.push_str("max_connections = 200\n");
    if flush == Flush::Never {
        settings.push_str(QUICK);
    }
    let file = fs::File::options().append(true).open(data.join("postgresql.conf"));
    file.and_then(|mut file| file.write_all(settings.as_bytes())).map_err(failed("the server's settings"))
}

fn command(program: &Path, user: Option<User>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    if let Some(user) = user {
        command.uid(user.id).gid(user.group_id);
    }
    command
}

fn finish(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(failed(&program))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("`{program}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr)))
}

fn failed(what: &str) -> impl Fn(std::io::Error) -> String {
    let what = what.to_owned();
    move |error| format!("{what} for a PostgreSQL server cannot be used: {error}")
}
