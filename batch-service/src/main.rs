//! `inkling`
use std::path::PathBuf;

use anyhow::Result;
use batch_service::simulate::{DEFAULT_START, SimulateOptions, run};
use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;

#[derive(Parser)]
#[command(name = "inkling", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write a GA4 export of a made-up university site with a planted truth.
    Simulate(Simulate),
}

#[derive(Args)]
struct Simulate {
    /// Output folder.
    #[arg(long)]
    out: PathBuf,
    /// Number of days.
    #[arg(long, default_value_t = 30)]
    days: usize,
    /// Number of visitors over all days.
    #[arg(long, default_value_t = 20_000)]
    visitors: u64,
    /// Same options, same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// First day (YYYY-MM-DD).
    #[arg(long, default_value_t = DEFAULT_START)]
    start: Date,
    /// Newline JSON beside the Parquet files.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let Cli {
        command:
            Command::Simulate(Simulate {
                out,
                days,
                visitors,
                seed,
                start,
                json,
            }),
    } = Cli::parse();
    let summary = run(&SimulateOptions {
        out,
        days,
        visitors,
        seed,
        start,
        json,
    })?;
    println!("{}", serde_json::to_string(&summary)?);
    Ok(())
}
