//! `inkling`: results on stdout, progress and logs on stderr.

mod cli;

use batch_service::ga4::ReadFailure;
use batch_service::jobs::{Exit, ExitKind};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("inkling: {error:#}");
            ExitCode::from(kind(&error) as u8)
        }
    }
}

fn kind(error: &anyhow::Error) -> ExitKind {
    match error.downcast_ref::<Exit>() {
        Some(exit) => exit.kind,
        None if error.downcast_ref::<ReadFailure>().is_some() => ExitKind::Integrity,
        None => ExitKind::CheckFailed,
    }
}
