//! The templates of `web/gtm`, with the customer's addresses in the place of the made-up ones.

use super::address::{FileUrl, FolderUrl};

const TAG: &str = include_str!("../../../web/gtm/web-tag/template.tpl");
const VALUE: &str = include_str!("../../../web/gtm/variable/template.tpl");
const CLIENT: &str = include_str!("../../../web/gtm/server-client/template.tpl");
/// What the templates say before they are rendered, in code and permission alike.
const LOADER: &str = "https://www.example.edu/inkling/loader.js";
const BUCKET: &str = "https://storage.googleapis.com/example-bucket/release/";

/// The tag, which injects this loader and nothing else.
pub(super) fn tag(loader: &FileUrl) -> String {
    TAG.replace(LOADER, &loader.to_string())
}

/// The variable; it has no address.
pub(super) fn value() -> String {
    VALUE.to_owned()
}

/// The client of server containers, which fetches from this bucket and nowhere else.
pub(super) fn client(bucket: &FolderUrl) -> String {
    CLIENT.replace(BUCKET, &bucket.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_permission_name_the_same_address() {
        assert_eq!(TAG.matches(LOADER).count(), 2);
        assert_eq!(CLIENT.matches(BUCKET).count(), 3);
    }
}
