//! What the desktop starts with: the same configuration as the server's, kept in the person's own data folder.
//! `AI_STUDIO_DATA` names another folder, `AI_STUDIO_CONFIG` another file than the folder's `config.toml`.

use std::env::var_os;
use std::path::{Path, PathBuf};

use actors::Config;

/// `own_folder` is where the operating system wants this application's data.
pub fn load(own_folder: &Path) -> Result<Config, String> {
    let chosen = var_os("AI_STUDIO_DATA").map(PathBuf::from);
    let folder = chosen.clone().unwrap_or_else(|| own_folder.to_owned());
    let usual_file = Some(folder.join(Config::FILE_NAME)).filter(|file| file.is_file());
    let file = var_os("AI_STUDIO_CONFIG").map(PathBuf::from).or(usual_file);
    let mut config = Config::load(file.as_deref()).map_err(|error| error.to_string())?;
    // The server's default is relative to where it was started, which means nothing for a window.
    if chosen.is_some() || config.database.data_dir == Config::default().database.data_dir {
        config.database.data_dir = folder;
    }
    Ok(config)
}
