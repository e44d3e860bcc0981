//! Folders of tests, and where the repository is.

use std::path::{Path, PathBuf};

/// The repository.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ has a parent")
}

/// Where cargo puts what it builds: `.../release`.
pub(super) fn built() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    test.ancestors().nth(2).expect("tests are built below deps/").to_path_buf()
}

/// A folder of one test, empty at the start, left behind at the end.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder of this name; no two tests may share one.
    #[must_use]
    pub fn fresh(name: &str) -> Self {
        let path = built().with_file_name("tmp").join("conformance").join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self(path)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A path in the folder.
    #[must_use]
    pub fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a file in the folder")).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}
