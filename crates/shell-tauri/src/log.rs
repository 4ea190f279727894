//! Where log lines go: to standard error, and to a file a day in the data folder, because a window has no terminal.
//! `RUST_LOG` says how much.

use std::path::Path;

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// ractor's spans live as long as their actors and say nothing that ours do not.
const DEFAULT_LOG: &str = "info,ractor=off";
/// A week of files.
const KEPT_FILES: usize = 7;

pub fn to_folder(data_dir: &Path) {
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("ai-studio")
        .filename_suffix("log")
        .max_log_files(KEPT_FILES)
        .build(data_dir.join("logs"));
    let (file, refused) = match file {
        Ok(file) => (Some(fmt::layer().with_ansi(false).with_writer(file)), None),
        Err(error) => (None, Some(error)),
    };
    install(file);
    if let Some(error) = refused {
        tracing::warn!(%error, "no log file can be written in `{}`", data_dir.display());
    }
}

pub fn to_terminal() {
    install(None::<fmt::Layer<_>>);
}

fn install<Layer>(file: Option<Layer>)
where
    Layer: tracing_subscriber::Layer<tracing_subscriber::Registry> + Send + Sync,
{
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    let terminal = fmt::layer().with_writer(std::io::stderr);
    let subscriber = tracing_subscriber::registry().with(file).with(terminal).with(filter);
    // A second subscriber is refused; the first one stays.
    drop(subscriber.try_init());
}
