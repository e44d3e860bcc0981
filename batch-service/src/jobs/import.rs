//! A model from Python: read, mapped, compared with what Python says, judged on the warehouse's newest days, registered.

use super::train::snapshots;
use super::{ExitKind, exit};
use crate::config::CloudConfig;
use crate::import::build::{Served, build, never_missing};
use crate::import::confine::confined;
use crate::import::equality::{Equality, compare};
use crate::import::rows::Rows;
use crate::import::{MAX_FILE, Mapping, Plain};
use crate::monitor::reference::Reference;
use crate::place::Place;
use crate::scores::Serving;
use crate::store::CloudStore;
use crate::store::registry::{self, Lineage, Source};
use crate::training::{self, Report, Snapshots, TrainOptions};
use crate::{fingerprint, store};
use anyhow::{Context, Result};
use jiff::civil::Date;
use model_core::{Bundle, Target};
use serde::Serialize;
use std::fmt::{Display, Formatter};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Name of what beside a model tells what the rows gave.
const EQUALITY: &str = "equality.json";

/// What to import.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The file: a path, or `gs://BUCKET/NAME`.
    pub file: String,
    /// What the model predicts.
    pub target: Target,
    /// Which input is which feature.
    pub mapping: Mapping,
    /// Rows, and what Python says of them.
    pub check: Option<(PathBuf, PathBuf)>,
    /// Days to judge it on.
    pub days: (Option<Date>, Date),
}

/// What was imported.
#[derive(Debug, Serialize)]
pub struct Imported {
    /// Version in the registry. It is not in service.
    pub version: String,
    /// `session` or `visitor`.
    pub target: &'static str,
    /// Class and version of what was imported.
    pub source: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// What the rows gave; `None` without rows.
    pub equality: Option<Equality>,
    /// What was measured.
    pub report: Report,
}

/// Imports a model. It is registered whatever its report says; what speaks against it holds back its promotion.
///
/// # Errors
/// Exit code 2 for a file that cannot be imported, inputs that are no features, or rows that do not fit; when the warehouse
/// holds too few days to judge a model; when the store fails.
pub fn import(place: &Place, options: &ImportOptions, cloud: &CloudConfig) -> Result<Imported> {
    let usage = |e: crate::import::Error| exit(ExitKind::Usage, e.to_string());
    let (bytes, name) = read(&options.file, cloud)?;
    let sha256 = fingerprint::sha256(&bytes);
    let plain = confined(&bytes, &name).map_err(|e| exit(ExitKind::Usage, format!("{e:#}")))?;
    let profile = &place.site.profile;
    let features = options.mapping.features(&plain, profile).map_err(usage)?;
    let named: Vec<Option<&str>> = features.iter().map(Option::as_deref).collect();
    let target = options.target;
    let make = |version: &str, bands| build(&plain, &named, Served { profile, target, version, bands }).map_err(usage);
    let model = make("unnamed", [0.5, 0.8])?;
    let equality = match &options.check {
        Some((rows, expected)) => {
            let (rows, expected) = (Rows::read(rows).map_err(usage)?, Rows::read(expected).map_err(usage)?);
            Some(compare(&plain, &features, &model, profile, &rows, &expected).map_err(usage)?)
        }
        None => None,
    };
    let all = snapshots(place, options.days.0, options.days.1)?;
    let rows = if options.target == Target::Session { &all.session } else { &all.daily };
    let mut reasons = reasons(equality.as_ref());
    reasons.extend(missing(&plain, &features, rows));
    let serving = Serving::load(&place.store, profile, options.target, None)?;
    let in_service = serving.as_ref().map(Serving::model).transpose()?;
    let file = format!("{name} (SHA-256 {})", sha256.get(..16).unwrap_or_default());
    let about = training::Imported { source: &plain.source, file: &file, reasons: &reasons };
    let trained = training::imported(rows, profile, &TrainOptions::default(), in_service, about, make)
        .with_context(|| format!("judging the model on the target {}", options.target.as_str()))?;
    let version = trained.model.version().to_owned();
    let bundle = Bundle::new(profile.clone(), vec![trained.model.clone()])?.write();
    let source = Source { file: name, sha256: sha256.clone(), class: plain.source.clone() };
    let store = &*place.store;
    Lineage { source: Some(source), ..Lineage::now("import", None, None) }.keep(store, &version)?;
    let report = serde_json::to_string_pretty(&trained.report)?;
    // The newest comparison counts, for and against it: the rows may have been wrong before.
    registry::add_or_judge(store, &version, &bundle, &report, &trained.card_markdown)?;
    if equality.is_some() || registry::text_if_there(store, &version, EQUALITY)?.is_some() {
        registry::put_text(store, &version, EQUALITY, &serde_json::to_string_pretty(&equality)?)?;
    }
    Reference::of(rows, profile, &trained.model).keep(store)?;
    let target = target.as_str();
    Ok(Imported { version, target, source: plain.source, sha256, equality, report: trained.report })
}

/// The file and its name.
fn read(file: &str, cloud: &CloudConfig) -> Result<(Vec<u8>, String)> {
    let usage = |text: String| exit(ExitKind::Usage, text);
    if file.starts_with("gs://") {
        let Some((folder, name)) = file.rsplit_once('/').filter(|(_, name)| !name.is_empty()) else {
            return Err(usage(format!("{file}: write gs://BUCKET/NAME")));
        };
        let bytes = CloudStore::open(folder, cloud)?.get_at_most(name, MAX_FILE)?;
        return Ok((bytes.ok_or_else(|| usage(format!("{file}: there is no such object")))?, name.to_owned()));
    }
    let mut bytes = Vec::new();
    let open = std::fs::File::open(file).map_err(|e| usage(format!("{file}: {e}")))?;
    // One byte more tells that it is too long.
    open.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes).with_context(|| file.to_owned())?;
    if bytes.len() > MAX_FILE {
        return Err(store::longer(file, MAX_FILE));
    }
    let name = Path::new(file).file_name().map_or_else(|| file.to_owned(), |name| name.to_string_lossy().into_owned());
    Ok((bytes, name))
}

fn reasons(equality: Option<&Equality>) -> Vec<String> {
    match equality {
        None => vec!["not compared with Python: import it with --check and --expected".to_owned()],
        Some(found) if found.unequal > 0 => vec![format!(
            "not what Python says: {} of {} rows differ by more than {:e}, row {} by {:e}",
            found.unequal, found.rows, found.tolerance, found.row, found.largest_difference
        )],
        Some(_) => Vec::new(),
    }
}

/// Features that the library refuses to be missing, and that are, where the model is served.
fn missing(plain: &Plain, features: &[Option<String>], rows: &Snapshots) -> Vec<String> {
    let share = |input: usize| {
        let name = features.get(input)?.as_ref()?;
        let column = rows.columns.get(rows.names.iter().position(|n| n == name)?)?;
        let missing = column.iter().filter(|x| x.is_nan()).count();
        (missing > 0).then(|| format!("`{name}` is missing in {missing} of {} rows", column.len()))
    };
    let found: Vec<String> = never_missing(plain).into_iter().filter_map(share).collect();
    if found.is_empty() {
        return Vec::new();
    }
    let shown = found.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    vec![format!("{} refuses missing values, and {shown}: impute them in the pipeline", plain.source)]
}

impl Display for Imported {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} from {}", self.version, self.source)?;
        match &self.equality {
            Some(found) => writeln!(
                f,
                "  the same as Python on {} of {} rows; largest difference {:e} (row {})",
                found.rows - found.unequal,
                found.rows,
                found.largest_difference,
                found.row
            )?,
            None => writeln!(f, "  not compared with Python")?,
        }
        write!(f, "{}", self.report)?;
        if self.report.release_allowed {
            write!(f, "\n  to put it into service: inkling model promote {} --target {}", self.version, self.target)?;
        }
        Ok(())
    }
}
