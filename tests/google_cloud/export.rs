//! Days of an export, as files and as tables.

use conformance::world::{Folder, Site, repository};
use jiff::civil::{Date, date};
use model_core::Target;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Days of the real export that are enough for a model and a day to score.
const REAL: [Date; 4] = [date(2020, 12, 29), date(2020, 12, 30), date(2020, 12, 31), date(2021, 1, 1)];

/// A folder with the files of some days, one after the other.
pub struct Files {
    pub folder: PathBuf,
    pub days: Vec<Date>,
}

impl Files {
    pub fn of(&self, day: Date) -> PathBuf {
        self.folder.join(format!("{}.parquet", table(day)))
    }
}

/// The table of a day.
pub fn table(day: Date) -> String {
    format!("events_{}", day.strftime("%Y%m%d"))
}

/// Days of a real export, where there is one; simulated ones elsewhere. Stderr says which.
pub fn best() -> Files {
    let beside = repository().join("../shared/data/ga4_merch_dev_20201205_20210110");
    let given = std::env::var_os("GA4_EXPORT_FOLDER").map(PathBuf::from);
    for folder in given.into_iter().chain([beside]) {
        let found = Files { folder, days: REAL.to_vec() };
        if REAL.iter().all(|day| found.of(*day).is_file()) {
            eprintln!("real days: {}", found.folder.display());
            return found;
        }
    }
    let folder = Folder::fresh("google-cloud-simulated");
    let site = Site::simulated(folder, REAL.len(), 6_000);
    eprintln!("simulated days: {}", site.folder.path().display());
    Files { folder: site.folder.at("export"), days: site.days() }
}

/// A small university with a model that was trained on this machine.
pub struct Small {
    pub files: Files,
    pub store: PathBuf,
}

/// Its profile.
pub const PROFILE: &str = "northgate-university";

/// Eight days; the model knows the first six.
pub fn small() -> &'static Small {
    static SMALL: OnceLock<Small> = OnceLock::new();
    SMALL.get_or_init(|| {
        let site = Site::simulated(Folder::fresh("google-cloud-small"), 8, 1_500);
        let days = site.days();
        site.backfill(days[0], days[5]);
        site.train(Target::Session, days[5]);
        let files = Files { folder: site.folder.at("export"), days };
        Small { files, store: site.folder.at("warehouse/store") }
    })
}

/// The files below a folder, by path.
pub fn below(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}
