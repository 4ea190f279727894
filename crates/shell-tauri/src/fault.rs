//! A window for the case that nothing works: it says why the application cannot go on. Closing it ends the process.
//! Its page comes from here, runs no script and may ask nothing of the process.

use std::sync::{Arc, OnceLock};

use tauri::http::{Request, Response, header};
use tauri::{AppHandle, Manager, UriSchemeContext, Url, WebviewUrl, WebviewWindowBuilder, Wry};

use crate::window;

pub const SCHEME: &str = "fault";
pub const WINDOW: &str = "fault";

/// Why the application cannot go on; the first reason stays.
#[derive(Clone, Default)]
pub struct Fault(Arc<OnceLock<String>>);

impl Fault {
    pub fn message(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

pub fn show(app: &AppHandle, message: String) -> tauri::Result<()> {
    tracing::error!("{message}");
    app.state::<Fault>().0.get_or_init(|| message);
    let address = Url::parse(&format!("{SCHEME}://localhost/")).expect("the scheme is a word");
    WebviewWindowBuilder::new(app, WINDOW, WebviewUrl::CustomProtocol(address))
        .title("AI Studio cannot go on")
        .inner_size(640.0, 320.0)
        .center()
        .build()?;
    match app.get_webview_window(window::MAIN) {
        Some(main) => main.destroy(),
        None => Ok(()),
    }
}

pub fn page(context: UriSchemeContext<'_, Wry>, _request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    let fault = context.app_handle().state::<Fault>();
    let message = escaped(fault.message().unwrap_or("there is no fault"));
    let page = format!(
        "<!doctype html><meta charset=utf-8><meta name=color-scheme content=\"light dark\"><title>AI Studio</title>\
         <style>body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem; overflow-wrap: anywhere }}</style>\
         <h1>AI Studio cannot go on</h1><p id=message>{message}</p>\
         <p>When the cause is gone, start AI Studio again.</p>"
    );
    let mut response = Response::new(page.into_bytes());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html; charset=utf-8"));
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    headers.insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(policy));
    response
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
