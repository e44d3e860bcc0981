//! Google Tag Manager through the real program: what it renders, and that the templates' tests notice every change of
//! a permission.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "gtm/linear.rs"]
mod linear;
#[path = "gtm/page.rs"]
mod page;
#[path = "gtm/permissions.rs"]
mod permissions;
#[path = "gtm/refusals.rs"]
mod refusals;
#[path = "gtm/rendered.rs"]
mod rendered;
