//! Scores back into Google Analytics: as user properties of the visitors whose score has changed.

pub mod config;
pub mod rules;
