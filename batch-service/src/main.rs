//! `inkling`: results on stdout, progress and logs on stderr.

mod cli;

use batch_service::jobs::{ExitKind, exit_kind};
use batch_service::logs::{self, Format, Severity, line};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let parsed = match cli::Cli::try_parse() {
        Ok(parsed) => parsed,
        Err(error) if error.use_stderr() && cli::platform_format() == Format::Json => {
            logs::install(logs::Settings { format: Format::Json, ..logs::Settings::default() });
            line(Severity::Error, error).print();
            return ExitCode::from(ExitKind::Usage as u8);
        }
        // Also help and version, which are no errors.
        Err(error) => error.exit(),
    };
    match parsed.run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let kind = exit_kind(&error);
            // What is tried again later is nothing to wake anybody for.
            let severity = if kind == ExitKind::NotReady { Severity::Warning } else { Severity::Error };
            line(severity, format_args!("inkling: {error:#}")).with("exit_code", kind as u8).print();
            ExitCode::from(kind as u8)
        }
    }
}
