//! Caseload: one binary, every command.

mod cli;
mod demo;
mod files;
mod generate;
mod keys;
mod people;
mod serve;

use clap::Parser;
use std::pin::Pin;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    serve::log(arguments.log_json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    // Behind a pointer, or every way that the runtime has of waiting would hold a copy of all commands.
    let run: Pin<Box<dyn Future<Output = _>>> = Box::pin(cli::run(arguments));
    match runtime.block_on(run) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("caseload: {error:#}");
    ExitCode::FAILURE
}
