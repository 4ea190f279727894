//! Start-up options: built-in defaults, then the file, then `AI_STUDIO_*` variables, then flags.
//! The only reader of the environment. `config/default.toml` shows every key; a test holds it against this struct.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

const PREFIX: &str = "AI_STUDIO_";
const SECTIONS: &[&str] = &["SERVER", "DATABASE", "SIDECAR", "RUNS", "NETWORK", "FILES"];
/// Variables of flags that look like a key with one underscore.
const FLAGS: &[&str] = &["SIDECAR_URL"];

#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub database: DatabaseOptions,
    pub sidecar: SidecarOptions,
    pub runs: RunOptions,
    pub network: NetworkOptions,
    pub files: FileOptions,
    /// The file that this was read from.
    #[serde(skip)]
    pub file: Option<PathBuf>,
    /// Keep everything in memory and leave the database alone.
    #[serde(skip)]
    pub in_memory: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address to listen on. Anything but loopback needs an `auth_key`.
    pub listen: IpAddr,
    pub port: u16,
    /// Folder with the built UI; empty: the one inside the binary.
    pub static_dir: Option<PathBuf>,
    /// What callers must present; at least 16 characters.
    pub auth_key: Option<String>,
    /// Address under which browsers reach the server through a proxy that replaces the `Host` header, such as
    /// `https://studio.example.org`.
    pub public_url: Option<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self { listen: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 8080, static_dir: None, auth_key: None, public_url: None }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseOptions {
    /// Folder for the database file and everything else that is kept.
    pub data_dir: PathBuf,
    /// A file path or a `postgres://` address; empty: `ai-studio.db` in `data_dir`.
    pub location: Option<String>,
    /// `full`: an answer survives a power cut. `fast`: it survives a crash of the process.
    pub durability: Durability,
    /// Connections that only read.
    #[serde(deserialize_with = "at_least_one")]
    pub readers: usize,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self { data_dir: PathBuf::from("data"), location: None, durability: Durability::Full, readers: 2 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    Full,
    Fast,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SidecarOptions {
    /// Run one; without it model nodes fail with `unavailable`.
    pub enabled: bool,
    /// Address of a sidecar that somebody else runs; empty: start and watch our own.
    pub url: Option<String>,
    /// Token for a sidecar that somebody else runs.
    pub token: Option<String>,
    /// Key for the OpenAI-compatible model provider.
    pub provider_api_key: Option<String>,
    /// Python with the sidecar's packages.
    pub python: PathBuf,
    /// Folder that holds the package `studio_sidecar`.
    pub dir: PathBuf,
    /// Folder with the weights of the built-in model.
    pub models_dir: PathBuf,
}

impl Default for SidecarOptions {
    fn default() -> Self {
        Self {
            enabled: true,
            url: None,
            token: None,
            provider_api_key: None,
            python: PathBuf::from("sidecar/.venv/bin/python3"),
            dir: PathBuf::from("sidecar"),
            models_dir: PathBuf::from("models"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunOptions {
    /// Runs that execute at once; more wait in the queue.
    #[serde(deserialize_with = "at_least_one")]
    pub max_in_flight: usize,
    /// Runs that wait in the queue; more are refused with `busy`.
    pub max_queued: usize,
    /// Time limit of one attempt of a node that sets none, in milliseconds.
    #[serde(deserialize_with = "at_least_one")]
    pub node_timeout_ms: u64,
    /// Largest output of one node in bytes.
    #[serde(deserialize_with = "at_least_one")]
    pub max_output_bytes: usize,
    /// Ended runs are deleted after so many days, with everything that belongs to them. 0 keeps them for ever.
    pub keep_days: u32,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            max_in_flight: 1_000,
            max_queued: 100_000,
            node_timeout_ms: 300_000,
            max_output_bytes: nodes::outside::Limits::default().max_output_bytes,
            keep_days: 90,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkOptions {
    /// Private address ranges that HTTP nodes may reach, such as `127.0.0.0/8`.
    pub allow_private: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileOptions {
    /// Folders that file nodes may read; relative paths in workflows start at the first. Empty: `files` in the data folder.
    pub read_roots: Vec<PathBuf>,
    /// Folders that file nodes may write to. Empty: `files` in the data folder.
    pub write_roots: Vec<PathBuf>,
}

/// What was wrong with the configuration, naming key and source.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {0}")]
pub struct ConfigError(#[from] Box<figment::Error>);

impl Config {
    /// What a desktop reads from the data folder.
    pub const FILE_NAME: &str = "config.toml";

    /// What is logged unless `RUST_LOG` says otherwise. ractor's spans live as long as their actors and say nothing that
    /// ours do not.
    pub const LOG_FILTER: &str = "info,ractor=off";

    /// Defaults, then `file`, then the environment: `AI_STUDIO_RUNS__MAX_IN_FLIGHT=10` sets `runs.max_in_flight`.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let variables = Env::prefixed(PREFIX);
        if let Some(problem) = variables.iter().find_map(|(name, _)| misnamed(name.as_str())) {
            return Err(Box::new(figment::Error::from(problem)).into());
        }
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(path) = file {
            figment = figment.merge(Toml::file_exact(path));
        }
        let config: Self = figment
            .merge(variables.split("__").filter(|key| key.as_str().contains('.')))
            .extract()
            .map_err(|error| ConfigError(Box::new(error)))?;
        Ok(Self { file: file.map(Path::to_owned), ..config })
    }
}

/// A variable that was meant to set a key and would set nothing. `name` comes without the prefix.
fn misnamed(name: &str) -> Option<String> {
    let name = name.to_uppercase();
    let key =
        SECTIONS.iter().find_map(|section| name.strip_prefix(section)?.strip_prefix('_').map(|key| (section, key)));
    match key {
        Some((section, key)) if !key.starts_with('_') && !FLAGS.contains(&name.as_str()) => Some(format!(
            "`{PREFIX}{name}` sets nothing: two underscores stand between a section and its key, as in \
             `{PREFIX}{section}__{key}`"
        )),
        Some(_) | None => None,
    }
}

fn at_least_one<'de, Deserializer, Number>(deserializer: Deserializer) -> Result<Number, Deserializer::Error>
where
    Deserializer: serde::Deserializer<'de>,
    Number: Deserialize<'de> + Default + PartialEq,
{
    let number = Number::deserialize(deserializer)?;
    if number == Number::default() { Err(serde::de::Error::custom("found 0, expected at least 1")) } else { Ok(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/default.toml");

    #[test]
    fn the_default_file_says_what_the_code_does() {
        let from_file: Config = Figment::from(Toml::file_exact(DEFAULT_FILE)).extract().unwrap();
        assert_eq!(from_file, Config::default());
    }

    #[test]
    fn the_default_file_shows_every_key() {
        let text = std::fs::read_to_string(DEFAULT_FILE).unwrap();
        let whole = serde_json::to_value(Config::default()).unwrap();
        for (section, keys) in whole.as_object().unwrap() {
            assert!(text.contains(&format!("[{section}]")), "section `{section}` is not in the file");
            for key in keys.as_object().unwrap().keys() {
                let shown = text.lines().any(|line| line.trim_start_matches("# ").starts_with(&format!("{key} = ")));
                assert!(shown, "`{section}.{key}` is not in the file");
            }
        }
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = Figment::from(Toml::string("[runs]\nmax_in_fligth = 3")).extract::<Config>().unwrap_err();
        assert!(error.to_string().contains("max_in_fligth"), "{error}");
    }

    #[test]
    fn what_would_stop_everything_is_refused_by_name() {
        for key in ["max_in_flight", "node_timeout_ms", "max_output_bytes"] {
            let error = Figment::from(Toml::string(&format!("[runs]\n{key} = 0"))).extract::<Config>().unwrap_err();
            let text = error.to_string();
            assert!(text.contains(key) && text.contains("at least 1"), "{text}");
        }
    }

    #[test]
    fn a_variable_with_one_underscore_is_refused() {
        let problem = misnamed("runs_max_in_flight").unwrap();
        assert!(problem.contains("`AI_STUDIO_RUNS__MAX_IN_FLIGHT`"), "{problem}");
        for name in ["RUNS__MAX_IN_FLIGHT", "SIDECAR_URL", "DATA", "AUTH_KEY", "STATIC_DIR", "TEST_POSTGRES"] {
            assert_eq!(misnamed(name), None, "{name}");
        }
    }

    #[test]
    fn every_section_has_variables() {
        let whole = serde_json::to_value(Config::default()).unwrap();
        let sections: Vec<String> = whole.as_object().unwrap().keys().map(|name| name.to_uppercase()).collect();
        assert!(sections.iter().all(|name| SECTIONS.contains(&name.as_str())), "{sections:?}");
    }
}
