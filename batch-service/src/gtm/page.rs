//! What loads the tag without its template: the whole loader inline, and a script that the browser holds to its hash.
//! What each protects against: `docs/SECURITY.md`.

use super::render::RenderOptions;
use crate::fingerprint;
use crate::jobs::{ExitKind, exit};
use crate::release::Signer;
use crate::release::integrity::{integrity, signed_headers};
use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha384};
use std::fmt::Write;
use std::path::Path;

/// Name of the loader in the web build folder, and beside what is rendered.
pub(super) const LOADER: &str = "loader.js";
/// Beside it, the headers of its signature.
pub(super) const LOADER_SIGNATURE: &str = "loader.js.sig";

/// The loader's code, as it was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoaderCode(String);

impl LoaderCode {
    /// Reads it from the web build folder.
    ///
    /// # Errors
    /// Exit code 2 when it is not there, or is no text.
    pub fn read(web: &Path) -> Result<Self> {
        let path = web.join(LOADER);
        let refused = |why: &str| exit(ExitKind::Usage, format!("{}: {why}", path.display()));
        let bytes = std::fs::read(&path)
            .map_err(|e| refused(&format!("{e}; build it with scripts/build-web, or name its folder with --web")))?;
        match String::from_utf8(bytes) {
            Ok(text) if !text.trim().is_empty() => Ok(Self(text)),
            _ => Err(refused("this is no script")),
        }
    }

    /// Its signature by a key of its own.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn sign(&self, key: &dyn Signer) -> Result<LoaderSignature> {
        let headers = signed_headers(&fingerprint::sha256(self.0.as_bytes()), key)?;
        Ok(LoaderSignature { integrity: integrity(key), headers })
    }

    /// The code.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// What the attribute `integrity` says of it.
    pub(super) fn integrity(&self) -> String {
        format!("sha384-{}", STANDARD.encode(Sha384::digest(self.0.as_bytes())))
    }
}

/// A loader's own signature, which some browsers check by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoaderSignature {
    /// What the attribute `integrity` says of the key.
    pub(super) integrity: String,
    /// Headers with which the loader's host has to send it.
    pub(super) headers: String,
}

/// For a Custom HTML tag, or a page: the loader is a text in it, and nothing else is loaded to run.
///
/// The code around it is ECMAScript 5, which Tag Manager's compiler takes; the loader's is newer. As a text it can also be
/// escaped without a look at its syntax.
pub(super) fn inline(options: &RenderOptions) -> String {
    let (settings, code) = (settings(options), literal(options.code.text()));
    format!(
        r#"<script>
(function () {{
  window.inkling = window.inkling || function () {{ (window.inkling.q = window.inkling.q || []).push(arguments); }};
  window.inkling("init", {settings});
  try {{
    var own = document.currentScript;
    if (!own || !own.nonce) own = document.querySelector("script[nonce]");
    var script = document.createElement("script");
    if (own && own.nonce) script.setAttribute("nonce", own.nonce);
    script.text = {code};
    (document.head || document.documentElement).appendChild(script);
  }} catch (refused) {{
    // A policy of the page forbids it; the browser's console says which.
  }}
}})();
</script>
"#
    )
}

/// For the page's own HTML: other bytes than those that `integrity` asks for do not run.
pub(super) fn script(options: &RenderOptions, integrity: &str) -> String {
    let settings = settings(options);
    format!(
        r#"<script>
window.inkling = window.inkling || function () {{ (inkling.q = inkling.q || []).push(arguments) }};
inkling("init", {settings});
</script>
<script async src="{}" integrity="{integrity}" crossorigin="anonymous"></script>
"#,
        options.loader
    )
}

/// What the loader is told; what is as by default is left out.
fn settings(options: &RenderOptions) -> String {
    let base = options.base.to_string();
    let mut all: Vec<(&str, String)> =
        [("root", &options.root), ("site", &options.site), ("environment", &options.environment), ("base", &base)]
            .map(|(key, value)| (key, literal(value)))
            .into();
    let files = options.files.as_ref().map(ToString::to_string);
    for (key, value) in [("files", &files), ("channel", &options.channel), ("stream", &options.stream)] {
        all.extend(value.as_deref().map(|value| (key, literal(value))));
    }
    for (key, values) in [("domains", &options.domains), ("search", &options.search), ("off", &options.off)] {
        let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
        all.extend((!values.is_empty()).then(|| (key, format!("[{}]", values.join(", ")))));
    }
    if !options.page_views {
        all.push(("pageViews", false.to_string()));
    }
    if options.signed {
        all.push(("signed", true.to_string()));
    }
    if options.memory {
        all.push(("memory", true.to_string()));
    }
    let pairs: Vec<String> = all.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// A text of JavaScript that no parser around it takes for anything else: no `<` that could end the script, no `{{` that
/// Tag Manager takes for a variable, ASCII whatever the page's encoding.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    out.push('"');
    let mut units = [0; 2];
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '{' if out.ends_with('{') => out.push_str("\\u007b"),
            ' '..='~' if c != '<' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut units) {
                    // Writing to a text cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_the_text_and_nothing_more() {
        for text in ["", "a\"b\\c\n\r\t", "</script><!--<SCRIPT", "{{a}} {{{ {{{{", "ä\u{2028}\u{2029}😀\u{0}\u{7f}"]
        {
            let written = literal(text);
            // What is written is JSON as well.
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
            assert!(written.is_ascii() && !written.contains('<') && !written.contains("{{"), "{written}");
            assert!(written.bytes().all(|b| b >= b' ' && b != 0x7f), "{written}");
        }
    }
}
