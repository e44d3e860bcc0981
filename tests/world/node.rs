//! Node and Chromium, with the built web folder.

use super::folder::repository;
use serde_json::Value;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// `web/dist`: loader, scorer, demo site and the modules that tests load.
#[must_use]
pub fn web() -> PathBuf {
    repository().join("web/dist")
}

/// Node, working in `web/`.
#[derive(Debug)]
pub struct Node;

impl Node {
    /// Node with the packages and the built files that the scripts load.
    ///
    /// Panics with the command that mends it when anything is missing.
    #[must_use]
    pub fn ready() -> Self {
        let version = Command::new("node").arg("--version").output();
        assert!(version.is_ok_and(|v| v.status.success()), "no Node: install Node 20 (https://nodejs.org)");
        let needs = [
            ("web/node_modules", "scripts/setup"),
            ("web/dist/loader.js", "scripts/build-web"),
            ("web/dist/gtm-test.mjs", "scripts/build-web"),
            ("web/dist/rescore.mjs", "scripts/build-web"),
            ("web/dist/scorer.wasm", "scripts/build-web"),
        ];
        for (path, mend) in needs {
            assert!(repository().join(path).exists(), "{path} is not there: {mend}");
        }
        Self
    }

    /// The same, and Chromium.
    #[must_use]
    pub fn with_chromium() -> Self {
        let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
        assert!(
            Path::new(&chromium).exists(),
            "no Chromium at {chromium}: scripts/setup check, or name it in the variable CHROMIUM"
        );
        Self::ready()
    }

    /// Scores visits again, each file with its bundle, by a build of the scorer in `node` or `chromium`; gives the counts of
    /// each.
    ///
    /// Panics when a score has other bits or another band than in the file.
    #[must_use]
    pub fn rescored(&self, runtime: &str, scorer: &str, visits: &[(PathBuf, PathBuf)]) -> Vec<Value> {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        let mut arguments = vec!["test/parity.mjs".to_owned(), "--scorer".to_owned(), scorer.to_owned()];
        for (visits, bundle) in visits {
            arguments.extend(["--visits".to_owned(), text(visits), "--bundle".to_owned(), text(bundle)]);
        }
        if runtime == "chromium" {
            arguments.push("--browser".to_owned());
        }
        let said = self.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
        let found: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect("counts")).collect();
        assert_eq!(found.len(), visits.len(), "{said}");
        for counts in &found {
            assert_eq!(counts["runtime"], runtime);
            assert_eq!((&counts["compared"], &counts["refused"]), (&counts["equal"], &Value::from(0)), "{counts}");
        }
        found
    }

    /// Runs Node with these arguments; gives what it prints.
    ///
    /// Panics when it fails.
    #[must_use]
    pub fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        let output = node(arguments, environment).output().expect("Node starts");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "node {arguments:?}: {}\n{out}\n{err}", output.status);
        out.into_owned()
    }

    /// Starts a script that answers every line that it reads with one of JSON.
    #[must_use]
    pub fn asked(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Asked {
        let mut command = node(arguments, environment);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Node starts");
        let questions = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("its output")).lines();
        Asked { process, questions, answers }
    }
}

fn node(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new("node");
    // Node's own test runner takes a nested one for a part of itself.
    command.current_dir(repository().join("web")).args(arguments).env_remove("NODE_TEST_CONTEXT");
    command.envs(environment.iter().copied());
    command
}

/// A script that answers, until it is dropped.
#[derive(Debug)]
pub struct Asked {
    process: Child,
    questions: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Asked {
    /// Its answer to a line.
    ///
    /// Panics when it ends without one.
    pub fn ask(&mut self, question: &str) -> Value {
        writeln!(self.questions.as_ref().expect("its input"), "{question}").expect("it reads");
        let answer = self.answers.next().expect("it answers").expect("text");
        serde_json::from_str(&answer).unwrap_or_else(|e| panic!("{e}: {answer}"))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        // Without questions it closes its browser and ends.
        self.questions = None;
        let _ = self.process.wait();
    }
}
