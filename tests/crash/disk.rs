//! A disk that is full or may not be written: an error that says so, nothing published, nothing left behind, and the same
//! command ends well once there is room.

use super::case::{Case, leftovers, prepared};
use conformance::world::{Folder, Ran};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

const TABLES: [&str; 3] = ["warehouse/events_clean", "warehouse/visitor_state", "warehouse/scores"];
const NOBODY: &str = "65534";

/// The command of a case inside another command, which gets its words as the last ones.
fn inside(case: &Case, folder: &Folder, words: &[&str]) -> Command {
    let inner = case.command(folder);
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(inner.get_program()).args(inner.get_args()).current_dir(folder.path());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// What must hold right after a failure.
fn nothing_is_half_done(case: &Case, folder: &Folder, ran: &Ran, what: &str) {
    assert_eq!(ran.code, 1, "{what}: {}", ran.stderr);
    let left = leftovers(folder);
    assert!(left.is_empty(), "{what}: left over: {left:?}");
    // Recording the run comes after publishing.
    if !ran.stderr.contains("step record") {
        let tables = |folder: &Folder| {
            let there: Vec<&str> = TABLES.into_iter().filter(|table| folder.at(table).is_dir()).collect();
            folder.contents(&there)
        };
        assert!(tables(folder) == tables(&case.from), "{what}: other tables; {}", ran.stderr);
    }
}

#[test]
fn files_may_grow_no_further() {
    let case = Case::run("limit", &prepared().restated);
    let mut failed = 0;
    // The signal is ignored, as by most service managers; without that, it kills, which is tested elsewhere.
    let limited = "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"";
    for blocks in [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 4096] {
        let what = format!("{blocks} blocks");
        let folder = case.from.copy("crash-limit");
        let ran = Ran::of(inside(&case, &folder, &["sh", "-c", limited, &blocks.to_string()]).output().unwrap());
        if ran.code != 0 {
            failed += 1;
            nothing_is_half_done(&case, &folder, &ran, &what);
            assert!(ran.stderr.contains("File too large"), "{what}: {}", ran.stderr);
        }
        case.same_end_after_failures(&folder, &what);
    }
    assert!((4..12).contains(&failed), "{failed} of 12 limits were too low");
}

#[test]
fn folders_may_not_be_written() {
    let case = Case::run("read-only", &prepared().filled);
    let root = Path::new("/proc/self").metadata().unwrap().uid() == 0;
    for table in ["", "/.run", "/.run/leases", "/events_clean", "/visitor_state", "/scores", "/runs"] {
        let folder = case.from.copy("crash-read-only");
        // So that there are leases.
        folder.write("warehouse/.run/leases/other.json", "{}");
        let closed = folder.at(&format!("warehouse{table}"));
        std::fs::create_dir_all(&closed).unwrap();
        // The superuser may write anywhere.
        let words = ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"];
        if root {
            let owned = Command::new("chown").args(["-R", NOBODY]).arg(folder.path()).status().unwrap();
            assert!(owned.success());
        }
        let permit = |mode| std::fs::set_permissions(&closed, PermissionsExt::from_mode(mode)).unwrap();
        permit(0o555);
        let mut command = if root { inside(&case, &folder, &words) } else { case.command(&folder) };
        let ran = Ran::of(command.output().unwrap());
        permit(0o755);
        nothing_is_half_done(&case, &folder, &ran, table);
        assert!(ran.stderr.contains("Permission denied"), "{table}: {}", ran.stderr);
        case.same_end_after_failures(&folder, table);
    }
}

#[test]
fn the_disk_is_full() {
    let case = Case::run("full", &prepared().restated);
    // A file system of its own, seen by this process only.
    let alone = ["unshare", "--map-root-user", "--mount"];
    let mounted = "mount -t tmpfs -o size=\"$0\" tmpfs warehouse && cp -a filled/. warehouse/ && \
                   { \"$@\"; code=$?; cp -a warehouse/. after/ && exit $code; }";
    let may = Command::new(alone[0]).args(&alone[1..]).args(["mount", "-t", "tmpfs", "tmpfs", "/mnt"]).output();
    if !may.is_ok_and(|may| may.status.success()) {
        println!("left out: file systems may not be mounted here");
        return;
    }
    let bytes: u64 = case.from.files("warehouse").keys().map(|file| case.from.at(file).metadata().unwrap().len()).sum();
    let mut failed = 0;
    for more in [64, 96, 128, 192, 256, 512, 8192] {
        let what = format!("{more} KiB more");
        let folder = case.from.copy("crash-full");
        std::fs::rename(folder.at("warehouse"), folder.at("filled")).unwrap();
        for empty in ["warehouse", "after"] {
            std::fs::create_dir(folder.at(empty)).unwrap();
        }
        let size = format!("{}k", bytes.div_ceil(1024) + more);
        let words = [&alone[..], &["sh", "-c", mounted, &size]].concat();
        let ran = Ran::of(inside(&case, &folder, &words).output().unwrap());
        std::fs::remove_dir(folder.at("warehouse")).unwrap();
        std::fs::rename(folder.at("after"), folder.at("warehouse")).unwrap();
        if ran.code != 0 && !ran.stderr.starts_with("cp: ") {
            failed += 1;
            nothing_is_half_done(&case, &folder, &ran, &what);
            assert!(ran.stderr.contains("No space left on device"), "{what}: {}", ran.stderr);
            case.same_end_after_failures(&folder, &what);
        }
    }
    assert!(failed > 1, "{failed} sizes were too small");
}
