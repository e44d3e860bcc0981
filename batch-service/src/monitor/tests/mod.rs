//! Checks of the monitor on made-up figures.

mod sampled;
