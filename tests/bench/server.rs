//! The server under load: a child process with a folder of its own.
//! Ends with the driver; asks nothing of the product but its command line.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Linux counts processor time for other processes to see in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

pub struct Server {
    child: Child,
    pub address: String,
    pub started_in: Duration,
    _dir: TempDir,
}

impl Server {
    pub fn start(binary: &str) -> Result<Self, String> {
        let dir = tempfile::tempdir().map_err(|error| format!("no folder for the data: {error}"))?;
        let began = Instant::now();
        let mut child = Command::new(binary)
            .args(["serve", "--port", "0", "--data"])
            .arg(dir.path())
            .env("AI_STUDIO_SIDECAR__ENABLED", "false")
            .env("NO_COLOR", "1")
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("`{binary}` cannot be started: {error}"))?;
        let stderr = child.stderr.take().ok_or("the server's log is not connected")?;
        let (told, ready) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some(rest) = line.split("ready on http://").nth(1) {
                    // The receiver goes after the first one.
                    drop(told.send(rest.split_whitespace().next().unwrap_or_default().to_owned()));
                } else if !line.contains(" INFO ") {
                    println!("server: {line}");
                }
            }
        });
        let address = ready.recv_timeout(Duration::from_secs(30)).map_err(|_| "the server did not become ready")?;
        Ok(Self { child, address, started_in: began.elapsed(), _dir: dir })
    }

    /// Resident memory of the process.
    pub fn rss_mib(&self) -> Result<f64, String> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(&path).map_err(|error| format!("cannot read `{path}`: {error}"))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
        let kib: f64 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).ok_or("no number in VmRSS")?;
        Ok(kib / 1024.0)
    }

    /// Processor time the process has taken so far.
    pub fn cpu(&self) -> Result<Duration, String> {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = std::fs::read_to_string(&path).map_err(|error| format!("cannot read `{path}`: {error}"))?;
        // The name in brackets may hold blanks; user and system time are the 12th and 13th field after it.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11);
        let ticks: Vec<u64> = fields.take(2).map_while(|field| field.parse().ok()).collect();
        let [user, system] = ticks[..] else { return Err(format!("no times in `{path}`")) };
        Ok(TICK * u32::try_from(user + system).map_err(|error| error.to_string())?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
