//! The built page, and the document in its place.

use crate::jobs::{ExitKind, exit};
use anyhow::{Context, Result};
use serde::Serialize;
use std::io::ErrorKind;
use std::path::Path;

/// Its name in the folder of what `scripts/build-web` builds.
pub const FILE: &str = "dashboard.html";
/// What stands in it for the document.
const PLACE: &str = "<!--inkling:data-->";

/// The page without data.
#[derive(Clone, Debug)]
pub struct Page {
    before: String,
    after: String,
}

impl Page {
    /// Reads the page from the folder of what is built of `web`.
    ///
    /// # Errors
    /// Exit code 2 when it is not there, cannot be read, or is not a page with one place for its data.
    pub fn read(web: &Path) -> Result<Self> {
        let path = web.join(FILE);
        let usage = |text: String| exit(ExitKind::Usage, format!("{}: {text}", path.display()));
        let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => usage(
                "the page of the dashboard is not there; build it with scripts/build-web, or name its folder in \
                 `release.web` or by --web"
                    .to_owned(),
            ),
            _ => usage(error.to_string()),
        })?;
        Self::parse(&text)
            .ok_or_else(|| usage(format!("this is no page with one {PLACE}; build it with scripts/build-web")))
    }

    fn parse(text: &str) -> Option<Self> {
        let (before, after) = text.split_once(PLACE)?;
        let page = Self { before: before.to_owned(), after: after.to_owned() };
        (!after.contains(PLACE)).then_some(page)
    }

    /// The page with a document in it. `<` is written so that nothing of the document can end its element.
    ///
    /// # Errors
    /// When the document is none of JSON.
    pub fn with(&self, document: &impl Serialize) -> Result<String> {
        let text = serde_json::to_string(document).context("the document of the dashboard")?;
        Ok([&self.before, &*text.replace('<', "\\u003c"), &self.after].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::exit_kind;
    use crate::warehouse::scratch::Scratch;
    use serde_json::json;

    #[test]
    fn a_page_holds_its_document_and_nothing_of_it_is_markup() {
        let page = Page::parse("<script>a<!--inkling:data-->b</script>").unwrap();
        let filled = page.with(&json!({"site": "</script><!--inkling:data-->"})).unwrap();
        assert_eq!(filled, r#"<script>a{"site":"\u003c/script>\u003c!--inkling:data-->"}b</script>"#);
    }

    #[test]
    fn a_page_that_is_none_is_refused_with_what_to_do() {
        let scratch = Scratch::new();
        let refused = |says: &str| {
            let error = Page::read(scratch.path()).unwrap_err();
            assert_eq!(exit_kind(&error), ExitKind::Usage);
            let text = error.to_string();
            assert!(text.contains(FILE) && text.contains("scripts/build-web") && text.contains(says), "{text}");
        };
        refused("is not there");
        std::fs::write(scratch.path().join(FILE), "<html>").unwrap();
        refused("no page");
        std::fs::write(scratch.path().join(FILE), format!("{PLACE}{PLACE}")).unwrap();
        refused("no page");
    }
}
