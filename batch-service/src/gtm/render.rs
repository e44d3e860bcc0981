//! Writes the templates and the container file; the same options give the same bytes.

use super::address::{FileUrl, FolderUrl};
use super::linear::{Coverage, LinearModel};
use super::page::{self, LoaderCode, LoaderSignature};
use super::{container, templates};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What a container is made for.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// The one script that the tag injects.
    pub loader: FileUrl,
    /// What lies there, or is written into the page.
    pub code: LoaderCode,
    /// The loader's own signature, if it has a key.
    pub signature: Option<LoaderSignature>,
    /// Whether the host of the releases sends signatures with the files, as `inkling serve` does.
    pub signed: bool,
    /// Where `release.json` lies.
    pub base: FolderUrl,
    /// Where the folder `targets` lies, if not there.
    pub files: Option<FolderUrl>,
    /// SHA-256 of the trusted root, 64 hexadecimal digits.
    pub root: String,
    /// Name of the site profile.
    pub site: String,
    /// `prod` and the like.
    pub environment: String,
    /// GA4 stream, where the site has more than one.
    pub stream: Option<String>,
    /// `stable` or `canary`.
    pub channel: Option<String>,
    /// Whether the tag counts page views by itself.
    pub page_views: bool,
    /// Other domains of the site.
    pub domains: Vec<String>,
    /// Parameters of the site's search; GA4's own without any.
    pub search: Vec<String>,
    /// Automatic events that GA4 does not count.
    pub off: Vec<String>,
    /// Whether it scores in memory without consent.
    pub memory: bool,
    /// Event that the consent banner pushes once consent is given: a second trigger of the tag.
    pub consent_event: Option<String>,
    /// Bucket of the client of a server container.
    pub bucket: Option<FolderUrl>,
    /// For the variable that evaluates a model by itself.
    pub linear: Option<LinearModel>,
}

/// What was written.
#[derive(Debug, Serialize)]
pub struct Rendered {
    /// The folder.
    pub out: PathBuf,
    /// The file that is imported.
    pub container: &'static str,
    /// All files.
    pub files: Vec<&'static str>,
    /// What the variable with a model of its own can see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linear: Option<Coverage>,
}

const CONTAINER: &str = "container.json";
const CONTAINER_INLINE: &str = "container-inline.json";

impl RenderOptions {
    /// What the fields of the template would refuse in the editor, which an import does not ask.
    fn check(&self) -> Result<()> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if self.root.len() != 64 || !self.root.bytes().all(hex) {
            bail!(
                "`{}` is no root: it is 64 hexadecimal digits in small letters, SHA-256 of the root document",
                self.root
            );
        }
        let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        for (what, text) in [("site", &self.site), ("environment", &self.environment)] {
            if text.is_empty() || !text.bytes().all(word) {
                bail!("`{text}` is no {what}: small letters, digits and hyphens");
            }
        }
        if let Some(stream) = &self.stream {
            let rest = stream.strip_prefix("G-").unwrap_or_default();
            if rest.is_empty() || !rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
                bail!("`{stream}` is no GA4 stream: it is G- and capital letters and digits");
            }
        }
        let name =
            |text: &String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        for (what, mut texts) in [
            ("event", self.consent_event.iter().chain(&self.off)),
            ("domain", None.iter().chain(&self.domains)),
            ("parameter", None.iter().chain(&self.search)),
        ] {
            if let Some(text) = texts.find(|text| !name(text)) {
                bail!("`{text}` is no name of {what}: letters, digits and _ - .");
            }
        }
        Ok(())
    }
}

/// Writes the files into a folder, over those of an earlier call.
///
/// # Errors
/// For an option that the template's fields would refuse, or a folder that cannot be written.
pub fn render(out: &Path, options: &RenderOptions) -> Result<Rendered> {
    options.check()?;
    let (tag, value) = (templates::tag(&options.loader), templates::value());
    let linear = options.linear.as_ref().map(|model| templates::linear(&model.source));
    let (inline, script) = (page::inline(options), page::script(options, &options.code.integrity()));
    let container = |tag: container::Tag<'_>| -> Result<String> {
        let container = container::container(options, tag, &value, linear.as_deref());
        Ok(format!("{}\n", serde_json::to_string_pretty(&container)?))
    };
    let mut files = vec![
        (CONTAINER, container(container::Tag::Template(&tag))?),
        (CONTAINER_INLINE, container(container::Tag::Html(&inline))?),
        ("inkling-inline.html", inline),
        ("inkling-script.html", script),
        (page::LOADER, options.code.text().to_owned()),
        ("inkling-tag.tpl", tag),
        ("inkling-value.tpl", value),
    ];
    if let Some(signature) = &options.signature {
        files.push(("inkling-script-key.html", page::script(options, &signature.integrity)));
        files.push((page::LOADER_SIGNATURE, signature.headers.clone()));
    }
    if let Some(bucket) = &options.bucket {
        files.push(("inkling-client.tpl", templates::client(bucket, &options.code)));
    }
    if let Some(linear) = linear {
        files.push(("inkling-linear.tpl", linear));
    }
    std::fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    for (name, text) in &files {
        let path = out.join(name);
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    let linear = options.linear.as_ref().map(|model| model.coverage.clone());
    Ok(Rendered { out: out.to_owned(), container: CONTAINER, files: files.iter().map(|f| f.0).collect(), linear })
}
