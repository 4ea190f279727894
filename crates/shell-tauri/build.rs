//! Prepares what the shell embeds: the built UI, the window's permissions, icons.
//! Without a built UI a page that says so takes its place, so that a fresh clone compiles; `ui/dist` itself is left alone.

use std::path::{Path, PathBuf};

const UI: &str = "../../ui/dist";
const MISSING_UI: &str =
    "<!doctype html><title>AI Studio</title><p>This build has no UI: build `ui` and then this application again.</p>";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed={UI}");
    if !Path::new(UI).join("index.html").is_file() {
        let place = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?).join("ui");
        std::fs::create_dir_all(&place)?;
        std::fs::write(place.join("index.html"), MISSING_UI)?;
        let merged = serde_json::json!({ "build": { "frontendDist": place } });
        println!("cargo:rustc-env=TAURI_CONFIG={merged}");
    }
    let commands = tauri_build::AppManifest::new().commands(&["call", "subscribe", "unsubscribe"]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?;
    Ok(())
}
