//! The templates of `web/gtm`, with the customer's addresses in the place of the made-up ones.

use super::address::{FileUrl, FolderUrl};
use super::page::{LoaderCode, literal};

const TAG: &str = include_str!("../../../web/gtm/web-tag/template.tpl");
const VALUE: &str = include_str!("../../../web/gtm/variable/template.tpl");
const CLIENT: &str = include_str!("../../../web/gtm/server-client/template.tpl");
const LINEAR: &str = include_str!("../../../web/gtm/linear/template.tpl");
/// What the templates say before they are rendered, in code and permission alike.
const LOADER: &str = "https://www.example.edu/inkling/loader.js";
const BUCKET: &str = "https://storage.googleapis.com/example-bucket/release/";
const CODE: &str = "\"the loader\"";
/// How the line of the model begins.
const MODEL: &str = "const RENDERED = ";

/// The tag, which injects this loader and nothing else.
pub(super) fn tag(loader: &FileUrl) -> String {
    TAG.replace(LOADER, &loader.to_string())
}

/// The variable; it has no address.
pub(super) fn value() -> String {
    VALUE.to_owned()
}

/// The variable that evaluates a model by itself; the model stands in one line.
pub(super) fn linear(model: &str) -> String {
    let mut text = String::with_capacity(LINEAR.len() + model.len());
    for line in LINEAR.split_inclusive('\n') {
        if line.starts_with(MODEL) {
            text.extend([MODEL, model, ";\n"]);
        } else {
            text.push_str(line);
        }
    }
    text
}

/// The client of server containers, which has the loader and fetches from this bucket and nowhere else.
pub(super) fn client(bucket: &FolderUrl, code: &LoaderCode) -> String {
    CLIENT.replace(BUCKET, &bucket.to_string()).replacen(CODE, &literal(code.text()), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_has_the_places_that_are_filled_in() {
        assert_eq!(TAG.matches(LOADER).count(), 2);
        assert_eq!((CLIENT.matches(BUCKET).count(), CLIENT.matches(CODE).count()), (2, 1));
        assert_eq!(LINEAR.lines().filter(|line| line.starts_with(MODEL)).count(), 1);
    }
}
