//! `ai-studio`: one binary that serves, runs a file, checks a file, lists node types.
//! Chooses what to do and does none of it.

use std::process::ExitCode;

use clap::Parser;
use shell_http::cli::{Arguments, Verb};
use shell_http::{cli, run_file, serve};

/// A run is many small allocations on several threads; in a profile of five-node runs 28 % of the samples lay in libc,
/// most of them in the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return cli::fail(&format!("the runtime cannot start: {error}")),
    };
    let code = match arguments.verb {
        Verb::Serve(options) => runtime.block_on(serve::serve(options)),
        Verb::Run(options) => runtime.block_on(run_file::run(options)),
        Verb::Validate { file } => run_file::validate(&file),
        Verb::Nodes { json } => run_file::nodes(json),
        Verb::Version => cli::print(&format!("ai-studio {}", env!("CARGO_PKG_VERSION"))),
    };
    // Threads stuck in an author's endless program must not keep the process alive.
    runtime.shutdown_background();
    code
}
