//! `inkling release tuf`: a client of any TUF repository. Its form is that of the clients that the public suite
//! `tuf-conformance` drives: exit code 0 or 1, trusted documents in a folder.

use super::Subcommand;
use anyhow::{Context, Result, anyhow, ensure};
use batch_service::tuf::{Folder, Http, Local, Remote, find, quoted, refresh, target_file};
use clap::Args;
use jiff::Timestamp;
use std::path::PathBuf;

#[derive(Args)]
pub struct Tuf {
    /// Folder of the trusted documents.
    #[arg(long)]
    metadata_dir: PathBuf,
    /// Address of the repository's documents.
    #[arg(long)]
    metadata_url: Option<String>,
    /// Path of a file in the repository; again for further ones.
    #[arg(long)]
    target_name: Vec<String>,
    /// Address of the repository's files.
    #[arg(long)]
    target_base_url: Option<String>,
    /// Folder for files.
    #[arg(long)]
    target_dir: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Trust a root.
    Init {
        #[allow(missing_docs)]
        trusted_root: PathBuf,
    },
    /// Bring the documents up to date.
    Refresh,
    /// Fetch the files, one after the other.
    Download,
}

pub fn tuf(args: Tuf) -> Result<u8> {
    let local = Folder::new(&args.metadata_dir);
    if let What::Init { trusted_root } = &args.what {
        let root = std::fs::read(trusted_root).with_context(|| trusted_root.display().to_string())?;
        local.keep("root", &root)?;
        return Ok(0);
    }
    let documents = Http::new(&args.metadata_url.context("--metadata-url is missing")?)?;
    let mut trusted = refresh(&documents, &local, Timestamp::now())?;
    if let What::Download = args.what {
        ensure!(!args.target_name.is_empty(), "--target-name is missing");
        let folder = args.target_dir.context("--target-dir is missing")?;
        let files = Http::new(&args.target_base_url.context("--target-base-url is missing")?)?;
        for name in &args.target_name {
            let path = folder.join(quoted(name));
            let file = find(&mut trusted, &documents, &local, name)?;
            file.has_hash(name)?;
            if std::fs::read(&path).is_ok_and(|there| file.check(name, &there).is_ok()) {
                continue;
            }
            let bytes = files.fetch(&target_file(&trusted, name, &file), file.length)?;
            let bytes = bytes.ok_or_else(|| anyhow!("{name}: the repository does not have it"))?;
            file.check(name, &bytes)?;
            std::fs::create_dir_all(&folder)?;
            std::fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        }
    }
    Ok(0)
}
