//! Writes the bundle that speed is measured on, for the benches in the browser: `bench_bundle > bundle.bin`.
#![allow(missing_docs, clippy::expect_used)]

#[allow(dead_code)]
#[path = "../benches/forest/mod.rs"]
mod forest;

use std::io::Write;

fn main() -> std::io::Result<()> {
    let profile = forest::profile();
    let model = forest::model(&profile);
    let bundle = model_core::Bundle::new(profile, vec![model]).expect("a valid bundle");
    std::io::stdout().write_all(&bundle.write())
}
