//! How much one attempt may take in and give out. The shell's configuration sets them.
//! A config can ask for less, never for more.

use std::time::Duration;

/// The defaults fit a server with 1 GiB of memory that runs some dozens of nodes at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// All outputs of one attempt together, as JSON text. Whoever runs the attempt checks it.
    pub max_output_bytes: usize,
    /// One file, whatever a config asks for.
    pub max_file_bytes: u64,
    /// Files that one glob may return, whatever a config asks for.
    pub max_files: usize,
    /// One chat with a model, from request to last word.
    pub chat_timeout: Duration,
}

impl Limits {
    /// 16 MiB: what a browser still shows and a journal still carries.
    pub const MAX_OUTPUT_BYTES: usize = 16 << 20;
    const MAX_FILE_BYTES: u64 = 64 << 20;
    const MAX_FILES: usize = 10_000;
    /// A small model on a slow processor needs minutes for a long answer.
    const CHAT_TIMEOUT: Duration = Duration::from_secs(300);
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_output_bytes: Self::MAX_OUTPUT_BYTES,
            max_file_bytes: Self::MAX_FILE_BYTES,
            max_files: Self::MAX_FILES,
            chat_timeout: Self::CHAT_TIMEOUT,
        }
    }
}
