//! `inkling`
fn main() {}
