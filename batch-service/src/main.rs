//! `inkling`: results on stdout, progress and logs on stderr.

mod cli;

use batch_service::jobs::exit_kind;
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("inkling: {error:#}");
            ExitCode::from(exit_kind(&error) as u8)
        }
    }
}
