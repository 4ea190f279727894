//! Where log lines go: to standard error, and to a file a day in the data folder, because a window has no terminal.
//! `RUST_LOG` says how much.

use std::path::Path;

use actors::Config;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// A week of files.
const KEPT_FILES: usize = 7;

pub fn to_folder(data_dir: &Path) {
    match file_in(&data_dir.join("logs")) {
        Ok(file) => install(Some(fmt::layer().with_ansi(false).with_writer(file))),
        Err(reason) => {
            to_terminal();
            tracing::warn!("no log file can be written in `{}`: {reason}", data_dir.display());
        }
    }
}

pub fn to_terminal() {
    install(None::<fmt::Layer<_>>);
}

fn file_in(folder: &Path) -> Result<RollingFileAppender, String> {
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let files = RollingFileAppender::builder().rotation(Rotation::DAILY).max_log_files(KEPT_FILES);
    files.filename_prefix("ai-studio").filename_suffix("log").build(folder).map_err(|error| error.to_string())
}

fn install<Layer>(file: Option<Layer>)
where
    Layer: tracing_subscriber::Layer<tracing_subscriber::Registry> + Send + Sync,
{
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(Config::LOG_FILTER));
    let terminal = fmt::layer().with_writer(std::io::stderr);
    let subscriber = tracing_subscriber::registry().with(file).with(terminal).with(filter);
    // A second subscriber is refused; the first one stays.
    drop(subscriber.try_init());
}
