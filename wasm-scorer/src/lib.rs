//! The JavaScript door to `model-core`. No decision about a score is made here.
//!
//! - feature `npm` (default): a `Scorer` class that takes and gives objects, built by `wasm-pack`;
//! - feature `tag`: plain WebAssembly exports that take numbers and text through two buffers, without glue code, because
//!   every byte of the tag is downloaded by every visitor.
#![cfg_attr(all(feature = "tag", not(feature = "npm"), target_arch = "wasm32"), no_std)]

extern crate alloc;

#[cfg(all(feature = "tag", not(feature = "npm"), target_arch = "wasm32"))]
mod arena;
#[cfg(feature = "npm")]
mod npm;
#[cfg(all(feature = "tag", not(feature = "npm"), target_arch = "wasm32"))]
mod tag;
