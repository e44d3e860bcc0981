//! Checks of the monitor on made-up figures.

mod alerts;
mod health;
mod sampled;
