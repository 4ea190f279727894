//! `ai-studio serve`: from configuration to a listening server, and to its orderly end.
//! What is served is in the router.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actors::{Config, Studio};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::assets::Assets;
use crate::auth::Door;
use crate::cli::{ServeOptions, fail};
use crate::router::{Shell, router};

/// Runs under way may take this long to end by themselves when the server is told to end.
const GRACE: Duration = Duration::from_secs(10);
/// Answers may take this long to leave once nothing runs any more; connections that stay open after that are cut.
const CONNECTION_GRACE: Duration = Duration::from_secs(5);

pub async fn serve(options: ServeOptions) -> ExitCode {
    log();
    let began = Instant::now();
    let config = match options.load() {
        Ok(config) => config,
        Err(message) => return fail(&message),
    };
    match run(&config, began).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(&message),
    }
}

/// Log lines go to standard error, as `RUST_LOG` says.
pub fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(Config::LOG_FILTER));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber is refused; the first one stays.
    drop(subscriber.try_init());
}

async fn run(config: &Config, began: Instant) -> Result<(), String> {
    let address = SocketAddr::new(config.server.listen, config.server.port);
    let door = Door::new(config.server.auth_key.clone(), config.server.listen)?;
    let door = Arc::new(door.reached_at(config.server.public_url.as_deref())?);
    let assets = Arc::new(config.server.static_dir.clone().map_or(Assets::Embedded, Assets::Folder));
    let listener = TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let address = listener.local_addr().map_err(|error| format!("the address is unknown: {error}"))?;
    let studio = Studio::start(config).await.map_err(|failure| failure.message)?;
    let ending = CancellationToken::new();
    let shell = Shell { studio: studio.clone(), door, assets, ending: ending.clone() };
    tracing::info!("ready on http://{address} after {} ms", began.elapsed().as_millis());
    let listener = listener.tap_io(|connection| {
        // Small answers must not wait for more; a connection that refuses this still works.
        drop(connection.set_nodelay(true));
    });
    let until = ending.clone();
    let server = axum::serve(listener, router(shell)).with_graceful_shutdown(async move { until.cancelled().await });
    let mut server = tokio::spawn(async move { server.await });
    let broke = tokio::select! {
        told = told_to_end() => told.err(),
        ended = &mut server => return Err(format!("the server ended by itself: {ended:?}")),
        () = studio.ended() => Some("a part of the server failed too often; the log says which".to_owned()),
    };
    tracing::info!("ending");
    // From here on nothing new is taken. Callers that wait for a run get its end before their connections are closed.
    ending.cancel();
    studio.stop(GRACE).await;
    match tokio::time::timeout(CONNECTION_GRACE, server).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => tracing::error!(%error, "the listener failed"),
        Ok(Err(error)) => tracing::error!(%error, "the listener broke down"),
        Err(_) => tracing::warn!("connections that stayed open were cut"),
    }
    broke.map_or(Ok(()), Err)
}

async fn told_to_end() -> Result<(), String> {
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| format!("SIGTERM cannot be heard: {error}"))?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(|error| format!("ctrl-c cannot be heard: {error}")),
    }
}
