//! The icon in the tray: brings the window back, or ends the application.
//! Where a desktop shows no tray, starting the application again brings the window back.

use tauri::AppHandle;
use tauri::menu::MenuBuilder;
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};

use crate::{quit, window};

const SHOW: &str = "show";
const QUIT: &str = "quit";

pub fn place(app: &AppHandle) -> tauri::Result<()> {
    let menu = MenuBuilder::new(app).text(SHOW, "Show").text(QUIT, "Quit").build()?;
    let mut tray = TrayIconBuilder::new()
        .tooltip(window::TITLE)
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| match event.id().as_ref() {
            SHOW => window::show(app),
            QUIT => quit(app),
            _ => {}
        })
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. } = event {
                window::show(tray.app_handle());
            }
        });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app)?;
    Ok(())
}
