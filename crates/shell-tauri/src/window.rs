//! The one window: it shows our own pages and nothing else, remembers its place, and hides when it is closed.
//! Links that lead outside open in the person's browser.

use std::path::Path;

use tauri::plugin::TauriPlugin;
use tauri::webview::{NewWindowResponse, PageLoadEvent, PageLoadPayload};
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent, Wry};
use tauri_plugin_window_state::StateFlags;

use crate::bridge::Subscriptions;
use crate::fault;

pub const MAIN: &str = "main";
pub const TITLE: &str = "AI Studio";

/// Keeps size and place between starts; not visibility, or an application that was quit while hidden would start hidden.
pub fn remembering() -> TauriPlugin<Wry> {
    let kept = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED | StateFlags::FULLSCREEN;
    tauri_plugin_window_state::Builder::default().with_state_flags(kept).with_denylist(&[fault::WINDOW]).build()
}

pub fn open(app: &AppHandle, data_dir: &Path) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("index.html".into()))
        .title(TITLE)
        .inner_size(1280.0, 800.0)
        .min_inner_size(800.0, 560.0)
        .data_directory(data_dir.join("webview"))
        .enable_clipboard_access()
        .on_navigation(is_ours)
        .on_new_window(|url, _| {
            open_outside(&url);
            NewWindowResponse::Deny
        })
        // Into the person's folder for downloads, under a name that is free.
        .on_download(|_, _| true)
        .on_page_load(page_changed)
        .build()?;
    let hidden = window.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            note_refusal(hidden.hide());
        }
    });
    Ok(())
}

/// Brings the window back, wherever it was left. Also what a second start of the application does.
pub fn show(app: &AppHandle) {
    for window in [MAIN, fault::WINDOW].iter().filter_map(|label| app.get_webview_window(label)) {
        note_refusal(window.show());
        note_refusal(window.unminimize());
        note_refusal(window.set_focus());
    }
}

pub fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        note_refusal(window.hide());
    }
}

fn note_refusal(result: tauri::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the window did not do as told");
    }
}

/// The page that listened is replaced, so its streams lead nowhere.
fn page_changed(window: WebviewWindow, load: PageLoadPayload<'_>) {
    if load.event() == PageLoadEvent::Started {
        window.state::<Subscriptions>().end_all();
    }
}

/// Our own pages, and files that they made for a download.
fn is_ours(url: &Url) -> bool {
    let made_from = Url::parse(url.path()).ok().filter(|_| url.scheme() == "blob");
    let address = made_from.as_ref().unwrap_or(url);
    (address.scheme(), address.host_str()) == ("tauri", Some("localhost"))
}

fn open_outside(url: &Url) {
    if url.scheme() != "https" {
        tracing::warn!("a link with the scheme `{}` was not opened", url.scheme());
        return;
    }
    if let Err(error) = open::that_detached(url.as_str()) {
        tracing::warn!(%error, "the browser cannot be started");
    }
}
