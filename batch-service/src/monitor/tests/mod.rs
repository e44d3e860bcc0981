//! Checks of the monitor on made-up figures.

mod activation;
mod again;
mod alerts;
mod health;
mod over;
mod sampled;
mod volume;
