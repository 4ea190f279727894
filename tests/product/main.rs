//! The whole product as its users meet it: the real binary, over HTTP.

mod commands;
mod crash;
mod harness;
