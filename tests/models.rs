//! What becomes of a model after its training: recalibrated when base rates move, challenged when it is time, held back
//! from service when it drifts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "models/import.rs"]
mod import;
#[path = "models/promotion.rs"]
mod promotion;
#[path = "models/recalibration.rs"]
mod recalibration;
#[path = "models/registry.rs"]
mod registry;
#[path = "models/retrain.rs"]
mod retrain;
#[path = "models/shadow.rs"]
mod shadow;
#[path = "models/start.rs"]
mod start;
#[path = "models/train_set.rs"]
mod train_set;
