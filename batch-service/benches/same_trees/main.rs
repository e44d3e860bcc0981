//! Scoring with the trees of a LightGBM model, held against LightGBM's own margins. `scripts/bench` drives it:
//!
//! - `same_trees rows WAREHOUSE LAST_TRAINING_DAY OUT` writes training rows of a real warehouse, and visits of later days;
//! - `same_trees score FOLDER` reads LightGBM's dump, rows and margins from the folder, checks that all margins agree,
//!   prints nanoseconds a row as JSON, and leaves the trees as a bundle there.

mod lightgbm;
mod rows;
mod score;

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["rows", warehouse, last, out] => rows::write(Path::new(warehouse), last.parse()?, Path::new(out)),
        ["score", folder] => score::score(Path::new(folder)),
        _ => {
            println!("nothing measured: scripts/bench gives the folders");
            Ok(())
        }
    }
}
