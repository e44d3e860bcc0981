//! Models from Python: trained by the pinned packages, written to every kind of file, read without running anything, and
//! equal to what Python says; in a browser they have the bits of the batch.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "import/bombs.rs"]
mod bombs;
#[path = "import/browser.rs"]
mod browser;
#[path = "import/compare.rs"]
mod compare;
#[path = "import/confined.rs"]
mod confined;
#[path = "import/costly.rs"]
mod costly;
#[path = "import/document.rs"]
mod document;
#[path = "import/exact.rs"]
mod exact;
#[path = "import/harmless.rs"]
mod harmless;
#[path = "import/kinds.rs"]
mod kinds;
#[path = "import/mutated.rs"]
mod mutated;
#[path = "import/promised.rs"]
mod promised;
#[path = "import/refused.rs"]
mod refused;
#[path = "import/served.rs"]
mod served;

use conformance::world::{Folder, import_python, real_export, repository};
use std::path::{Path, PathBuf};

/// The two tables, or `-` for one that does not lie beside the checkout.
fn tables() -> [PathBuf; 2] {
    ["uci_online_shoppers/online_shoppers_intention.csv", "xeducation_leads/Leads_9240.csv"].map(|table| {
        let path = repository().join("../shared/data").join(table);
        if path.is_file() {
            return path;
        }
        eprintln!("no table at {}: a generated one, or none", path.display());
        "-".into()
    })
}

/// Runs a script of this folder, which writes into the folder.
fn run(script: &str, folder: &Folder) {
    let mut command = import_python();
    command.arg(repository().join("tests/import").join(script)).arg(folder.path()).args(tables());
    let output = command.output().expect("Python starts");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_kind_of_model_is_that_of_python_from_every_kind_of_file() {
    let folder = Folder::fresh("import-kinds");
    browser::rows_of_visits(&folder);
    run("train.py", &folder);
    let [uci, leads] = tables().map(|table| table == Path::new("-"));
    let broken = kinds::check(
        folder.path(),
        |_| true,
        |data| match data {
            "uci" => uci,
            "leads" => leads,
            // Its trees are small where the visits are few.
            "snapshots" => real_export().is_none(),
            _ => false,
        },
    );
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    mutated::check(folder.path());
}

#[test]
fn what_cannot_be_represented_is_refused_by_name() {
    let folder = Folder::fresh("import-refused");
    run("refused.py", &folder);
    let broken = refused::check(folder.path());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn imported_models_reach_what_python_reports() {
    let folder = Folder::fresh("import-promised");
    run("promised.py", &folder);
    promised::check(folder.path());
}

#[test]
fn every_kind_has_in_chromium_the_bits_of_the_batch_also_as_a_release() {
    browser::check(|folder| run("on_events.py", folder));
}

#[test]
fn a_pickled_plain_dict_is_the_model_of_its_json() {
    let folder = Folder::fresh("import-document");
    run("document.py", &folder);
    document::check(folder.path());
    let broken = refused::check(folder.path());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
