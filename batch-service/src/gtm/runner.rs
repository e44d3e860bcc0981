//! Runs the tests of a template: Node with `gtm-test.mjs`, which `scripts/build-web` builds.

use crate::jobs::{ExitKind, exit};
use anyhow::{Context, Result};
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

const RUNNER: &str = "gtm-test.mjs";

/// What came of it. What was found is on stdout already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to mend.
    Good,
    /// A scenario failed, or something else is to be mended.
    Bad,
}

/// Runs a template's tests; the result goes to stdout, as JSON if asked.
///
/// # Errors
/// Exit code 2 when the runner or Node is missing, or the file is no template.
pub fn run_tests(web: &Path, file: &Path, scenarios_only: bool, json: bool) -> Result<Verdict> {
    let runner = web.join(RUNNER);
    if !runner.is_file() {
        let text =
            format!("{}: not there; build it with scripts/build-web, or name its folder with --web", runner.display());
        return Err(exit(ExitKind::Usage, text));
    }
    let mut command = Command::new("node");
    command.arg(&runner).args(["--output", if json { "json" } else { "text" }]);
    if scenarios_only {
        command.arg("--scenarios-only");
    }
    // After `--` a name is a file, whatever it begins with.
    command.arg("--").arg(file).stderr(Stdio::piped());
    let child = command.spawn();
    if child.as_ref().is_err_and(|e| e.kind() == ErrorKind::NotFound) {
        let text = "Node.js is not there, and the tests of templates run in it: install version 20 or later (https://nodejs.org)";
        return Err(exit(ExitKind::Usage, text));
    }
    let done = child.and_then(std::process::Child::wait_with_output).context("node")?;
    match done.status.code() {
        Some(0) => Ok(Verdict::Good),
        Some(1) => Ok(Verdict::Bad),
        _ => {
            Err(exit(ExitKind::Usage, format!("{}: {}", file.display(), String::from_utf8_lossy(&done.stderr).trim())))
        }
    }
}
