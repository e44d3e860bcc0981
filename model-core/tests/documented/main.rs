//! The formats as `docs/BUNDLE.md` and `docs/STATE.md` describe them, read by a second reader that shares no code with
//! the crate. It writes the annotated examples of those pages: `INKLING_REFRESH_GOLDEN=1` refreshes them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod bundle;
mod state;
mod walk;

#[path = "../../fuzz/harness.rs"]
#[allow(dead_code)]
mod harness;

use std::path::Path;

/// The page's example of that name is this one.
fn check(page: &str, name: &str, example: &str) {
    let (begin, end) = (format!("<!-- {name} -->\n```text\n"), format!("```\n<!-- /{name} -->"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(&begin).unwrap();
    let (found, after) = rest.split_once(&end).unwrap();
    if std::env::var_os("INKLING_REFRESH_GOLDEN").is_some() {
        std::fs::write(&path, format!("{before}{begin}{example}{end}{after}")).unwrap();
    } else {
        assert_eq!(found, example, "{page} is out of date: run this test again with INKLING_REFRESH_GOLDEN=1");
    }
}
