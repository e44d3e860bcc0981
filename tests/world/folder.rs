//! Folders of tests, and where the repository is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

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

    /// A copy of the whole folder under another name.
    #[must_use]
    pub fn copy(&self, name: &str) -> Self {
        let copy = Self::fresh(name);
        for (file, _) in self.all("") {
            let bytes = std::fs::read(self.at(&file)).unwrap();
            copy.write(&file, bytes);
        }
        // A warehouse's lock, and whatever else is private, keeps its permissions.
        for (file, _) in self.all("") {
            let permissions = self.at(&file).metadata().unwrap().permissions();
            std::fs::set_permissions(copy.at(&file), permissions).unwrap();
        }
        copy
    }

    /// The files below a part of the folder, by path, with the times at which they were written; without the lease,
    /// which every run takes and gives back.
    #[must_use]
    pub fn files(&self, part: &str) -> BTreeMap<String, SystemTime> {
        self.all(part).into_iter().filter(|(name, _)| !name.split('/').any(|folder| folder == ".run")).collect()
    }

    fn all(&self, part: &str) -> BTreeMap<String, SystemTime> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.at(part)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&self.0).unwrap().to_string_lossy().into_owned();
                    found.insert(name, path.metadata().unwrap().modified().unwrap());
                }
            }
        }
        found
    }

    /// The contents of the files below some parts of the folder.
    #[must_use]
    pub fn contents(&self, parts: &[&str]) -> BTreeMap<String, Vec<u8>> {
        let names = parts.iter().flat_map(|part| self.files(part).into_keys());
        names.map(|name| (name.clone(), std::fs::read(self.at(&name)).unwrap())).collect()
    }
}
