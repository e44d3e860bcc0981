//! The arrows between the crates, and rules that no compiler checks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

use conformance::world::repository;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const CRATES: [&str; 3] = ["model-core", "wasm-scorer", "batch-service"];

fn metadata() -> Value {
    let version = Command::new("rustc").arg("-vV").output().expect("rustc starts");
    let version = String::from_utf8(version.stdout).unwrap();
    // Only what is built on this machine has been downloaded for sure.
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("the host");
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(repository()).args(["metadata", "--format-version", "1", "--offline", "--locked"]);
    command.args(["--filter-platform", host]);
    let output = command.output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a package depends on outside its tests, by `deep` also through others.
fn dependencies(metadata: &Value, package: &str, deep: bool) -> BTreeSet<String> {
    let packages = metadata["packages"].as_array().unwrap();
    let name_of = |id: &Value| packages.iter().find(|p| p["id"] == *id).unwrap()["name"].as_str().unwrap().to_owned();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let (mut found, mut open) = (BTreeSet::new(), vec![package.to_owned()]);
    while let Some(name) = open.pop() {
        for node in nodes.iter().filter(|node| name_of(&node["id"]) == name) {
            for dependency in node["deps"].as_array().unwrap() {
                let kinds = dependency["dep_kinds"].as_array().unwrap();
                let name = name_of(&dependency["pkg"]);
                if kinds.iter().any(|kind| kind["kind"] != "dev") && found.insert(name.clone()) && deep {
                    open.push(name);
                }
            }
        }
    }
    found
}

#[test]
fn the_arrows_of_the_design() {
    let metadata = metadata();
    let all = |package| dependencies(&metadata, package, true);
    assert_eq!(dependencies(&metadata, "model-core", false), BTreeSet::from(["libm".to_owned()]));
    assert_eq!(all("model-core"), BTreeSet::from(["libm".to_owned()]));
    let (scorer, service) = (all("wasm-scorer"), all("batch-service"));
    assert!(scorer.contains("model-core") && service.contains("model-core"));
    assert!(!scorer.contains("batch-service") && !service.contains("wasm-scorer"));
    // Not in tests or build scripts either.
    for package in metadata["packages"].as_array().unwrap() {
        let of = |name: &str| package["dependencies"].as_array().unwrap().iter().any(|d| d["name"] == name);
        match package["name"].as_str().unwrap() {
            "model-core" => assert!(!CRATES.iter().any(|name| of(name))),
            "wasm-scorer" => assert!(!of("batch-service") && !of("conformance")),
            "batch-service" => assert!(!of("wasm-scorer") && !of("conformance")),
            _ => {}
        }
    }
    println!("model-core: libm; wasm-scorer: {} packages; batch-service: {}", scorer.len(), service.len());
}

/// The files of the repository that git would track, of these kinds.
fn files(endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut command = Command::new("git");
    command.current_dir(repository()).args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let output = command.output().expect("git starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    let names = names.lines().filter(|name| endings.iter().any(|ending| name.ends_with(ending)));
    // A file may be listed and be gone already.
    names.filter_map(|name| Some((name.into(), std::fs::read_to_string(repository().join(name)).ok()?))).collect()
}

#[test]
fn model_core_is_pure() {
    let lib = std::fs::read_to_string(repository().join("model-core/src/lib.rs")).unwrap();
    for line in ["#![no_std]", "#![forbid(unsafe_code)]"] {
        assert!(lib.lines().any(|l| l == line), "model-core/src/lib.rs: {line}");
    }
    let manifest = std::fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("libm = { version = \"=0.2."), "libm is pinned");
}

#[test]
fn unsafe_stands_only_at_the_border_and_says_why() {
    let mut blocks = 0;
    for (path, text) in files(&[".rs"]) {
        let allowed = path.starts_with("wasm-scorer/src") && (path.ends_with("tag.rs") || path.ends_with("arena.rs"));
        let lines: Vec<&str> = text.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            let code = code_of(line);
            let word = word(&code, "unsafe") && !code.contains("#[unsafe(") && !code.contains("unsafe_code");
            if !word {
                continue;
            }
            assert!(allowed, "{}:{}: unsafe", path.display(), i + 1);
            // A block or an implementation promises something; the signature of an unsafe function asks for it.
            if code.contains("unsafe {") || code.contains("unsafe impl") {
                assert!(has_safety_comment(&lines[..i]), "{}:{}: no SAFETY comment", path.display(), i + 1);
                blocks += 1;
            }
        }
    }
    assert!(blocks > 0, "the scan finds the blocks that are there");
    println!("{blocks} blocks and implementations");
}

/// Whether the comment that ends where these lines end has a SAFETY paragraph.
fn has_safety_comment(before: &[&str]) -> bool {
    let comment = before.iter().rev().take_while(|line| line.trim_start().starts_with("//"));
    comment.into_iter().any(|line| line.contains("SAFETY:"))
}

/// A line without its comment and the contents of its texts.
fn code_of(line: &str) -> String {
    let (mut code, mut quoted, mut chars) = (String::new(), false, line.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted => drop(chars.next()),
            '\'' if !quoted && chars.peek() == Some(&'"') => drop(chars.next()),
            '"' => quoted = !quoted,
            '/' if !quoted && chars.peek() == Some(&'/') => break,
            _ if !quoted => code.push(c),
            _ => {}
        }
    }
    code
}

fn word(code: &str, word: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == word)
}

#[test]
fn no_file_is_longer_than_500_lines() {
    let mut longest = (0, PathBuf::new());
    for (path, text) in files(&[".rs", ".ts", ".mts", ".js", ".mjs", ".css", ".html", ".toml", ".md", ".tpl"]) {
        // A template of Tag Manager has its tests in it.
        let lines = text.lines().take_while(|line| *line != "___TESTS___").count();
        assert!(lines <= 500, "{}: {lines} lines", path.display());
        longest = longest.max((lines, path));
    }
    println!("longest: {} with {} lines", longest.1.display(), longest.0);
}

#[test]
fn nothing_panics_outside_tests() {
    let forbidden = [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "dbg!("];
    let mut scanned = 0;
    for (path, text) in files(&[".rs"]) {
        if !CRATES.iter().any(|name| path.starts_with(Path::new(name).join("src"))) || is_test_file(&path) {
            continue;
        }
        scanned += 1;
        for (i, line) in text.lines().enumerate() {
            // Unit tests stand at the end of their file.
            if line.trim() == "#[cfg(test)]" && text.lines().nth(i + 1).is_some_and(|next| next.ends_with('{')) {
                break;
            }
            let code = code_of(line);
            for call in forbidden {
                assert!(!code.contains(call), "{}:{}: {call}", path.display(), i + 1);
            }
        }
    }
    assert!(scanned > 50, "{scanned} files");
    println!("{scanned} files");
}

/// Whether a file is part of a module that is compiled for tests only.
fn is_test_file(path: &Path) -> bool {
    let stem = |part: &std::ffi::OsStr| part.to_string_lossy().trim_end_matches(".rs").to_owned();
    path.iter().any(|part| ["tests", "scratch"].contains(&stem(part).as_str()))
}
