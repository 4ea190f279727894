//! The HTTP shell: walks the command table, guards the door, streams events, serves the UI.
//! Holds no logic of its own and names no command: what can be done stands in `protocol::table`.

pub mod assets;
pub mod auth;
pub mod cli;
pub mod events;
pub mod failure;
pub mod openapi;
pub mod params;
pub mod router;
pub mod run_file;
pub mod serve;
