//! The command line: flags and their environment variables, laid over the configuration file.
//! Parses and lays over; what the words do is in `serve` and `run_file`.

use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use actors::Config;
use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(name = "ai-studio", version, about = "Build AI workflows on a canvas and keep them running")]
pub struct Arguments {
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Subcommand)]
pub enum Verb {
    /// Serve the UI and the API
    Serve(ServeOptions),
    /// Run a workflow file to its end and print its outputs
    Run(RunOptions),
    /// Check a workflow file
    Validate { file: PathBuf },
    /// List the node types
    Nodes {
        /// Print the whole catalogue as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the version
    Version,
}

#[derive(Args, Clone, Default)]
pub struct CommonOptions {
    /// Configuration file; every key is in config/default.toml
    #[arg(long, env = "AI_STUDIO_CONFIG")]
    pub config: Option<PathBuf>,
    /// Folder for the database and everything else that is kept
    #[arg(long, env = "AI_STUDIO_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A SQLite file or a postgres:// address
    #[arg(long, env = "DATABASE_URL", value_name = "LOCATION", hide_env_values = true)]
    pub database: Option<String>,
    /// A sidecar that somebody else runs
    #[arg(long, env = "AI_STUDIO_SIDECAR_URL", value_name = "URL")]
    pub sidecar_url: Option<String>,
    /// A folder that file nodes may read and write; can be given several times
    #[arg(long = "files", value_name = "DIR")]
    pub files: Vec<PathBuf>,
}

#[derive(Args, Clone)]
pub struct ServeOptions {
    #[command(flatten)]
    pub common: CommonOptions,
    /// Address to listen on; anything but loopback needs AI_STUDIO_AUTH_KEY
    #[arg(long, env = "AI_STUDIO_LISTEN", value_name = "ADDR")]
    pub listen: Option<IpAddr>,
    #[arg(long, env = "AI_STUDIO_PORT")]
    pub port: Option<u16>,
    /// Folder with the built UI, instead of the one in this binary
    #[arg(long, env = "AI_STUDIO_STATIC_DIR", value_name = "DIR")]
    pub static_dir: Option<PathBuf>,
    /// What callers must present
    #[arg(long, env = "AI_STUDIO_AUTH_KEY", hide = true, hide_env_values = true)]
    pub auth_key: Option<String>,
}

#[derive(Args, Clone)]
pub struct RunOptions {
    #[command(flatten)]
    pub common: CommonOptions,
    pub file: PathBuf,
    /// An input of the workflow; the value is JSON, or else text
    #[arg(long = "input", value_name = "NAME=VALUE")]
    pub inputs: Vec<String>,
    /// Print the whole result as JSON
    #[arg(long)]
    pub json: bool,
}

impl CommonOptions {
    /// The configuration with these flags on top.
    pub fn load(&self) -> Result<Config, String> {
        let mut config = Config::load(self.config.as_deref()).map_err(|error| error.to_string())?;
        if let Some(data) = &self.data {
            config.database.data_dir.clone_from(data);
        }
        if let Some(location) = &self.database {
            config.database.location = Some(location.clone());
        }
        if let Some(url) = &self.sidecar_url {
            config.sidecar.url = Some(url.clone());
        }
        if !self.files.is_empty() {
            config.files.read_roots.clone_from(&self.files);
            config.files.write_roots.clone_from(&self.files);
        }
        Ok(config)
    }
}

impl ServeOptions {
    pub fn load(&self) -> Result<Config, String> {
        let mut config = self.common.load()?;
        let server = &mut config.server;
        server.listen = self.listen.unwrap_or(server.listen);
        server.port = self.port.unwrap_or(server.port);
        server.static_dir = self.static_dir.clone().or(server.static_dir.take());
        server.auth_key = self.auth_key.clone().or(server.auth_key.take());
        Ok(config)
    }
}

/// Prints a line of result; a closed output is no reason to fail.
pub fn print(line: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{line}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

pub fn say(line: &str) {
    // There is nobody to tell when the terminal is gone.
    drop(writeln!(std::io::stderr(), "{line}"));
}

pub fn fail(message: &str) -> ExitCode {
    say(&format!("ai-studio: {message}"));
    ExitCode::FAILURE
}
