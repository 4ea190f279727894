//! The desktop shell: the same UI in a window, talking to a `Studio` in this process through IPC; no port is opened.
//! Closing the window leaves runs going and an icon in the tray; Quit there ends everything in order.
//! Holds no logic of its own and names no command.

mod bridge;
mod fault;
mod log;
mod options;
mod tray;
mod window;

use std::process::ExitCode;
use std::time::Duration;

use actors::{Config, Studio};
use tauri::async_runtime::{JoinHandle, block_on, spawn};
use tauri::{App, AppHandle, Manager, RunEvent};

use crate::bridge::Subscriptions;
use crate::fault::Fault;

/// Runs under way may take this long to end by themselves; what is cut off goes on after the next start.
const GRACE: Duration = Duration::from_secs(10);

/// Tells of a tree that ended by itself.
struct Watch(JoinHandle<()>);

fn main() -> ExitCode {
    let fault = Fault::default();
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| window::show(app)))
        .plugin(window::remembering())
        .register_uri_scheme_protocol(fault::SCHEME, fault::page)
        .invoke_handler(tauri::generate_handler![bridge::call, bridge::subscribe, bridge::unsubscribe])
        .manage(fault.clone())
        .setup(|app| set_up(app).map_err(Into::into))
        .build(tauri::generate_context!());
    let app = match app {
        Ok(app) => app,
        Err(error) => {
            log::to_terminal();
            tracing::error!(%error, "the window system refused the application");
            return ExitCode::FAILURE;
        }
    };
    let code = app.run_return(|app, event| {
        if matches!(event, RunEvent::Exit) {
            end(app);
        }
    });
    if code == 0 && fault.message().is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn set_up(app: &App) -> tauri::Result<()> {
    let app = app.handle();
    end_on_signals(app);
    let started = options::load(&app.path().app_data_dir()?).and_then(|config| start(&config));
    let (studio, config) = match started {
        Ok(started) => started,
        Err(message) => return fault::show(app, message),
    };
    app.manage(Subscriptions::default());
    app.manage(studio.clone());
    app.manage(Watch(spawn(watch(app.clone(), studio))));
    tray::place(app)?;
    window::open(app, &config.database.data_dir)
}

fn start(config: &Config) -> Result<(Studio, Config), String> {
    log::to_folder(&config.database.data_dir);
    let studio = block_on(Studio::start(config)).map_err(|failure| failure.message)?;
    Ok((studio, config.clone()))
}

async fn watch(app: AppHandle, studio: Studio) {
    studio.ended().await;
    let message = "a part of the application failed too often; the log says which".to_owned();
    if let Err(error) = fault::show(&app, message) {
        tracing::error!(%error, "the window that tells of a failure cannot be opened");
        app.exit(1);
    }
}

/// Ends the application in order; runs under way get their grace after the window has gone.
fn quit(app: &AppHandle) {
    window::hide(app);
    app.exit(0);
}

fn end(app: &AppHandle) {
    if let Some(watch) = app.try_state::<Watch>() {
        watch.0.abort();
    }
    if let Some(studio) = app.try_state::<Studio>() {
        tracing::info!("ending");
        block_on(studio.stop(GRACE));
    }
}

/// The end of a session and Ctrl-C in a terminal are as good as Quit.
fn end_on_signals(app: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
        let app = app.clone();
        spawn(async move {
            match signal(kind) {
                Ok(mut told) => {
                    told.recv().await;
                    quit(&app);
                }
                Err(error) => tracing::warn!(%error, "a signal to end cannot be heard"),
            }
        });
    }
}
