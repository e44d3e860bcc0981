//! What the tests stand on: folders, exports, warehouses, models, the program, the browser.

pub mod answers;
mod bigquery;
mod bucket_server;
mod export;
mod folder;
pub mod google_keys;
mod googlesql;
mod held;
pub mod http;
mod inkling;
pub mod mail;
mod node;
pub mod page;
mod python;
mod random;
mod server;
mod site;
mod visit;
pub mod wire;

pub use bigquery::{BigQuery, stand_in_python};
pub use bucket_server::{BUCKET, BucketServer};
pub use export::{Row, day_file, micros};
pub use folder::{Folder, repository};
pub use googlesql::{checked, right};
pub use held::Held;
pub use inkling::{Inkling, Ran, documented};
pub use node::{Asked, Node, web};
pub use python::{described_venv, import_python, measures_python, venv};
pub use random::Random;
pub use server::Server;
pub use site::{Site, real_export, small_trees};
pub use visit::{clicked, input, raw, same_bits, scored};
