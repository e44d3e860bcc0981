#![no_main]

#[path = "../harness.rs"]
mod harness;
#[path = "../../src/import/pickle/mod.rs"]
#[allow(dead_code, unused_imports)]
mod pickle;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::pickle_read(bytes));
