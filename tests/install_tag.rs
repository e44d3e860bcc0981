//! `docs/INSTALL_TAG.md`, done as it stands: every command of it, then the page in a real browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

use conformance::world::{Folder, Inkling, Node, Site, documented, repository};
use model_core::Target;
use serde_json::Value;

const PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Northgate University</title></head>\n<body><h1>Northgate University</h1></body>\n</html>\n";
const PICTURES: [&str; 3] = ["before", "script", "after"];

fn document() -> String {
    std::fs::read_to_string(repository().join("docs/INSTALL_TAG.md")).unwrap()
}

#[test]
fn five_actions_lead_from_an_empty_page_to_a_score() {
    let node = Node::with_chromium();
    // What the document asks for: a session model in service, and a page.
    let site = Site::simulated(Folder::fresh("install-tag"), 12, 3_000);
    let days = site.days();
    site.backfill(days[0], days[11]);
    site.train(Target::Session, days[8]);
    site.folder.write("public/index.html", PAGE);

    let document = document();
    let actions = document.lines().filter(|line| line.starts_with("**") && line[2..].starts_with(char::is_numeric));
    assert_eq!(actions.count(), 5);
    let inkling = Inkling::new(&site.folder);
    let blocks = documented("docs/INSTALL_TAG.md");
    assert_eq!(blocks.len(), 4, "the fifth action is to paste");
    for block in blocks {
        let ran = inkling.shell(&block);
        assert_eq!(ran.code, 0, "{block}: {}", ran.stderr);
    }

    let refresh = std::env::var_os("INKLING_REFRESH_GOLDEN").is_some();
    let pictures = if refresh { repository().join("docs/images") } else { site.folder.at("images") };
    let folder = site.folder.path().to_str().unwrap();
    let said = node.run(&["test/browser/install.mjs", folder, pictures.to_str().unwrap()], &[]);
    let said: Value = serde_json::from_str(said.trim()).unwrap();
    assert_eq!((&said["status"], &said["told"]["event"]), (&"ready".into(), &"inkling_score".into()), "{said}");
    for name in PICTURES {
        let size = pictures.join(format!("install-{name}.png")).metadata().unwrap().len();
        assert!(size > 1_000 && size < 100_000, "{name}: {size} bytes");
    }
    println!("{said}");
}

#[test]
fn its_pictures_and_links_are_there() {
    let document = document();
    for name in PICTURES {
        assert!(document.contains(&format!("images/install-{name}.png")), "{name}");
    }
    let targets = document.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap());
    for target in targets {
        assert!(repository().join("docs").join(target).exists(), "{target}");
    }
}
