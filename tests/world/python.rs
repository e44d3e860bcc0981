//! The Python environment of the tests, where stand-ins for outside systems are installed.

use super::folder::repository;
use std::path::PathBuf;
use std::process::Command;

/// Where `scripts/setup check` installs what is not Rust.
pub(super) fn cache() -> PathBuf {
    let home = || PathBuf::from(std::env::var("HOME").expect("HOME")).join(".cache");
    let cache = std::env::var("XDG_CACHE_HOME").ok().filter(|c| !c.is_empty()).map_or_else(home, PathBuf::from);
    cache.join("inkling-tests")
}

/// The environment's folder.
///
/// Panics with the command that mends it when it does not hold what `tests/requirements.txt` asks for.
#[must_use]
pub fn venv() -> PathBuf {
    holding("venv", "tests/requirements.txt")
}

/// Python with what measures are compared with, whose environment is large and apart from the others.
///
/// Panics as [`venv`] does.
#[must_use]
pub fn measures_python() -> Command {
    python("monitor", "tests/requirements-monitor.txt")
}

/// Python with the libraries whose models are imported.
///
/// Panics as [`venv`] does.
#[must_use]
pub fn import_python() -> Command {
    python("import", "tests/requirements-import.txt")
}

fn python(name: &str, requirements: &str) -> Command {
    let mut command = Command::new(holding(name, requirements).join("bin/python"));
    // Threads of OpenMP wait for each other by spinning: where other work has the processors, a fit of seconds takes minutes.
    command.arg("-B").env("OMP_NUM_THREADS", "1");
    command
}

/// The environment of schemathesis.
///
/// Panics as [`venv`] does.
#[must_use]
pub fn described_venv() -> PathBuf {
    holding("scoring", "tests/requirements-scoring.txt")
}

fn holding(name: &str, requirements: &str) -> PathBuf {
    let venv = cache().join(name);
    let wanted = std::fs::read(repository().join(requirements)).expect(requirements);
    let installed = std::fs::read(venv.join("installed")).unwrap_or_default();
    assert!(installed == wanted, "{} does not hold what {requirements} asks for: scripts/setup check", venv.display());
    venv
}
