//! The whole product as its users meet it: the real binary, over HTTP.
//! What single parts do is tested beside them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and shows the server's log"
)]

mod command_line;
mod commands;
mod crash;
mod door;
mod harness;
