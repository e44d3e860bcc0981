//! The process that reads a file has little to work with.

use conformance::world::{Folder, Inkling};
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Soft and hard limit of a line of `/proc/PID/limits`.
fn limit(limits: &str, name: &str) -> [String; 2] {
    let line = limits.lines().find_map(|line| line.strip_prefix(name));
    let mut words = line.unwrap_or_else(|| panic!("{name}: {limits}")).split_whitespace().map(str::to_owned);
    [(); 2].map(|()| words.next().unwrap())
}

#[test]
fn a_reader_has_256_mib_and_10_s_and_writes_no_files() {
    let inkling = Inkling::new(&Folder::fresh("import-confined"));
    let mut child = Command::new(inkling.program())
        .args(["model", "convert", "x.pickle"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It waits for the rest of the file; its limits are there before it reads.
    child.stdin.as_mut().unwrap().write_all(b"\x80").unwrap();
    let began = Instant::now();
    let limits = loop {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        if limit(&limits, "Max file size")[0] == "0" || began.elapsed() > Duration::from_secs(10) {
            break limits;
        }
        sleep(Duration::from_millis(5));
    };
    for (name, most) in [
        ("Max address space", "268435456"),
        ("Max cpu time", "10"),
        ("Max core file size", "0"),
        ("Max file size", "0"),
    ] {
        assert_eq!(limit(&limits, name), [most, most], "{name}");
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
}
