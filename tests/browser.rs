//! The demo site in a real browser, served by the real program: clicks, consent, replayed visits, tampered releases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

use conformance::world::{Inkling, Node, Server, Site};
use std::time::Duration;

#[test]
fn the_demo_site_passes_its_own_tests_on_a_real_release() {
    let node = Node::with_chromium();
    let site = Site::published("browser");
    // The dashboard has a day to show.
    let day = site.days()[11].to_string();
    let run = ["run", "--date", &day, "--events", "export", "--warehouse", "warehouse"];
    let ran = Inkling::new(&site.folder).call(&run);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let server = Server::start(&site.folder);
    let program = Inkling::new(&site.folder).program().to_string_lossy().into_owned();
    println!("inkling serve answers after {} ms", server.ready_in.as_millis());
    assert!(server.ready_in < Duration::from_secs(5));
    for file in [
        "test/browser/click.test.mjs",
        "test/browser/tamper.test.mjs",
        "test/browser/attacks.test.mjs",
        "test/browser/csp.test.mjs",
        "test/browser/dashboard.test.mjs",
        "test/browser/gtm.test.mjs",
        "test/browser/consent.test.mjs",
        "test/browser/events.test.mjs",
        "test/browser/interface.test.mjs",
        "test/browser/exposure.test.mjs",
        "test/browser/ways.test.mjs",
        "test/browser/integrity.test.mjs",
        "test/browser/npm.test.mjs",
        "test/browser/vitals.test.mjs",
    ] {
        let said = node
            .run(&["--test", "--test-reporter=tap", file], &[("BASE_URL", &server.url), ("INKLING_PROGRAM", &program)]);
        let count = |word: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(&format!("# {word} ")));
            line.and_then(|n| n.parse::<u32>().ok()).unwrap_or_else(|| panic!("{word}: {said}"))
        };
        assert!(count("pass") > 0, "{said}");
        assert_eq!((count("fail"), count("skipped"), count("todo"), count("cancelled")), (0, 0, 0, 0), "{said}");
        println!("{file}: {} tests", count("pass"));
        let words = ["tamper: ", "replay: ", "packed ", "dashboard, "];
        for line in said.lines().filter(|line| words.iter().any(|word| line.contains(word))) {
            println!("{}", line.trim_start_matches('#').trim());
        }
    }
}
