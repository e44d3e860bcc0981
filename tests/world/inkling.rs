//! The real program, as a user calls it.

use super::folder::{Folder, built, repository};
use super::node::web;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const BUILD: &str = "cargo build --release -p batch-service";

/// The program, working in a folder: export, warehouse and keys lie where its environment says.
#[derive(Debug, Clone)]
pub struct Inkling {
    program: PathBuf,
    folder: PathBuf,
}

/// What came of a call.
#[derive(Debug)]
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// Results.
    pub stdout: String,
    /// Progress and errors.
    pub stderr: String,
}

impl Inkling {
    /// The file of the program.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The program as built from the sources as they are.
    #[must_use]
    pub fn new(folder: &Folder) -> Self {
        let program = built().join("inkling");
        assert!(program.is_file(), "{} is not there: {BUILD}", program.display());
        let age = |path: &Path| path.metadata().and_then(|m| m.modified());
        let made = age(&program).unwrap();
        // What cargo noted down: `program: source source ...`.
        let sources = std::fs::read_to_string(program.with_extension("d")).unwrap_or_default();
        for source in sources.split_whitespace().skip(1).map(Path::new) {
            let newer = age(source).is_ok_and(|changed| changed > made);
            assert!(!newer, "{} is older than {}: {BUILD}", program.display(), source.display());
        }
        Self { program, folder: folder.path().to_path_buf() }
    }

    /// A call that is not made yet: in the folder, with nothing of the caller's configuration.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("INKLING_")) {
            command.env_remove(name);
        }
        command.current_dir(&self.folder).args(arguments).env("INKLING__RELEASE__WEB", web());
        command
    }

    /// Calls it.
    #[must_use]
    pub fn call(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().expect("the program starts"))
    }

    /// Runs commands of a document as they stand, with the program on the path.
    #[must_use]
    pub fn shell(&self, commands: &str) -> Ran {
        let program = self.program.parent().expect("a folder").to_path_buf();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(program).chain(std::env::split_paths(&path))).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-euc", commands]).current_dir(&self.folder).env("PATH", path);
        for (name, value) in self.command(&[]).get_envs() {
            let _ = match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        Ran::of(shell.output().expect("a shell"))
    }

    /// Calls it with `--output json` and expects exit code 0.
    #[must_use]
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let ran = self.call(&[arguments, &["--output", "json"]].concat());
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {}", ran.stdout))
    }

    /// Calls it and expects a failure: the exit code, and what it says on stderr.
    #[must_use]
    pub fn refused(&self, arguments: &[&str], code: i32) -> String {
        let ran = self.call(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        ran.stderr
    }
}

/// The blocks of commands of a document of the repository, in order.
#[must_use]
pub fn documented(file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    text.split("```sh\n").skip(1).filter_map(|rest| rest.split("\n```").next()).map(str::to_owned).collect()
}

impl Ran {
    /// Of a call that has ended.
    ///
    /// Panics when it printed something else than text.
    #[must_use]
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        // A process that a signal ended has no code.
        Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}
