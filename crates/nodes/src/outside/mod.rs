//! The ways out of the process that nodes share.
//! Each is a file; each states what it refuses.

mod compute;
mod files;
mod http;
mod limits;
mod model;

pub use compute::{Compute, LARGE_BYTES, blocking, by_size};
pub use files::{FileContent, FileEntry, FileError, FileRoots, Listing, WriteMode, Written};
pub use http::{HttpClient, HttpError, HttpOptions, HttpRequest, HttpResponse};
pub use limits::Limits;
pub use model::{ChatMessage, ChatReply, ChatRequest, ChatRole, Model, OnText};
