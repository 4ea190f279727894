//! The whole product as its users meet it: the real binary, over HTTP.
//! What single parts do is tested beside them.

mod commands;
mod crash;
mod harness;
