//! The built UI: from inside this binary, or from a folder.
//! Hashed files are cached for ever, pages never.

use std::path::{Path, PathBuf};

use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

use crate::router::Shell;

/// Scripts only from here and no `eval`; styles may be inline, because the canvas positions nodes that way.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const PAGE: &str = "index.html";

#[derive(Embed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Embedded;

pub enum Assets {
    Embedded,
    Folder(PathBuf),
}

impl Assets {
    async fn read(&self, path: &str) -> Option<Vec<u8>> {
        match self {
            Self::Embedded => Embedded::get(path).map(|EmbeddedFile { data, .. }| data.into_owned()),
            Self::Folder(folder) => {
                let is_plain = Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
                if !is_plain {
                    return None;
                }
                // A file that cannot be read is one that is not there.
                tokio::fs::read(folder.join(path)).await.ok()
            }
        }
    }
}

/// A file of the UI; every other path is a place inside the one-page application.
pub async fn serve(State(shell): State<Shell>, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(bytes) = shell.assets.read(path).await {
        return file(path, bytes);
    }
    if path.starts_with("assets/") {
        return (StatusCode::NOT_FOUND, "no such file").into_response();
    }
    match shell.assets.read(PAGE).await {
        Some(bytes) => file(PAGE, bytes),
        None => (StatusCode::NOT_FOUND, "this build has no UI; the API is under /api").into_response(),
    }
}

fn file(path: &str, bytes: Vec<u8>) -> Response {
    let mime = content_type(path);
    let cache = if path.starts_with("assets/") { FOR_EVER } else { "no-store" };
    let headers = [
        (header::CONTENT_TYPE, mime),
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    ];
    (headers, bytes).into_response()
}

fn content_type(path: &str) -> &'static str {
    match Path::new(path).extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_browsers_load_is_embedded() {
        let other: Vec<_> = Embedded::iter().filter(|path| path.ends_with(".map") || path.starts_with('.')).collect();
        assert!(other.is_empty(), "{other:?}");
    }
}
