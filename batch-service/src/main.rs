//! `inkling`: results on stdout, progress and logs on stderr.

mod cli;

use batch_service::jobs::{Exit, ExitKind};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("inkling: {error:#}");
            let kind = error.downcast_ref::<Exit>().map_or(ExitKind::CheckFailed, |e| e.kind);
            ExitCode::from(kind as u8)
        }
    }
}
