//! Where models and releases live: objects named by paths.

mod local;
pub mod registry;

pub use local::LocalStore;

use anyhow::Result;

/// An object store. Names are `/`-separated relative paths.
pub trait ObjectStore {
    /// The object, or `None` when there is none of that name.
    ///
    /// # Errors
    /// When the store cannot be reached or the name is not a relative path.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>>;

    /// Writes an object as a whole: readers see the old or the new one.
    ///
    /// # Errors
    /// As for `get`.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<()>;

    /// Names below a prefix (a folder), sorted.
    ///
    /// # Errors
    /// As for `get`.
    fn list(&self, folder: &str) -> Result<Vec<String>>;
}
