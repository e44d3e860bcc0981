//! The models that requests are scored with, looked for again and again: a new release takes over between two requests.
//!
//! Where a root is pinned the session model is the one of the release, verified as a page does it, and ends with it; without,
//! it is the one in service. The model of the target `visitor`, which no release holds, is the one in service.

use crate::logs::{self, Severity};
use crate::release::{Before, Expected, FOLDER, RELEASE, STABLE, verify_after};
use crate::serve::Shared;
use crate::store::registry;
use crate::{fingerprint, stop};
use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use model_core::{Bundle, Explainer, Model, Profile, Target};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// Between two looks.
const AGAIN: Duration = Duration::from_secs(5);

/// Models, ready to score.
#[derive(Debug)]
pub struct Loaded {
    /// The models with their site profile.
    pub bundle: Bundle,
    /// What is known of each model, in the order of the bundle.
    pub heads: Vec<Head>,
    /// IANA name of the property's time zone.
    pub time_zone: String,
    /// From then on there is no score; `None`: for ever.
    expires: Option<Timestamp>,
    /// The release says that there is no score.
    stopped: bool,
}

/// What answers say of a model, and what explaining it needs.
#[derive(Debug)]
pub struct Head {
    /// What it predicts.
    pub target: Target,
    /// First 16 digits of the SHA-256 of the bundle that it came in.
    pub bundle_version: String,
    /// Names of its features, in the order of its row.
    pub names: Vec<String>,
    /// For its reasons.
    pub explainer: Explainer,
}

impl Head {
    /// Of a model in a bundle with this hash.
    fn of(model: &Model, profile: &Profile, sha256: &str) -> Self {
        let bundle_version = sha256.get(..16).unwrap_or_default().to_owned();
        let (target, names) = (model.target(), model.feature_names(profile));
        Self { target, bundle_version, names, explainer: model.explainer() }
    }
}

#[cfg(test)]
impl Loaded {
    /// A model that is good for ever.
    pub fn of(profile: &Profile, model: &Model) -> Self {
        Self {
            bundle: Bundle::new(profile.clone(), vec![model.clone()]).unwrap(),
            heads: vec![Head::of(model, profile, "")],
            time_zone: profile.parts().time_zone.clone(),
            expires: None,
            stopped: false,
        }
    }
}

/// The models of now.
#[derive(Debug)]
pub struct Models {
    now: RwLock<Result<Arc<Loaded>, String>>,
    /// The release that was trusted last: an older one is not taken, however well it is signed.
    before: Mutex<Option<Before>>,
}

impl Default for Models {
    fn default() -> Self {
        Self { now: RwLock::new(Err("no model has been loaded yet".to_owned())), before: Mutex::default() }
    }
}

impl Models {
    /// The models, if they are good now.
    ///
    /// # Errors
    /// Why there is no score.
    pub fn good(&self, now: Timestamp) -> Result<Arc<Loaded>, String> {
        let loaded = self.now.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        if loaded.expires.is_some_and(|end| now >= end) {
            return Err("the release has expired; `inkling release sign`, which `inkling run` does daily".to_owned());
        }
        if loaded.stopped {
            return Err("scores are stopped; `inkling release resume`".to_owned());
        }
        Ok(loaded)
    }

    /// Looks once. Blocks. What cannot be loaded leaves what is there in its place.
    pub fn look(&self, server: &Shared, seen: &mut Option<Seen>) {
        let looked = Seen::look(server).and_then(|there| {
            if seen.as_ref() == Some(&there) {
                return Ok(());
            }
            let loaded = there.load(server, &mut self.before.lock().unwrap_or_else(PoisonError::into_inner))?;
            let versions: Vec<&str> = loaded.bundle.models().iter().map(Model::version).collect();
            logs::line(Severity::Info, format_args!("requests are scored with {}", versions.join(", "))).print();
            *self.now.write().unwrap_or_else(PoisonError::into_inner) = Ok(Arc::new(loaded));
            *seen = Some(there);
            Ok(())
        });
        if let Err(error) = looked {
            let why = format!("{error:#}");
            let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
            match &mut *now {
                Err(before) if *before == why => return,
                Err(before) => before.clone_from(&why),
                Ok(_) => {}
            }
            drop(now);
            logs::line(Severity::Warning, format_args!("no other model for requests: {why}")).print();
        }
    }

    /// Looks until the process is told to stop.
    pub async fn keep(self: Arc<Self>, server: Shared, mut seen: Option<Seen>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(AGAIN) => {}
                () = stop::asked() => return,
            }
            let (models, server) = (Arc::clone(&self), Arc::clone(&server));
            let looked = tokio::task::spawn_blocking(move || {
                models.look(&server, &mut seen);
                seen
            });
            seen = looked.await.unwrap_or_default();
        }
    }
}

/// What there is to load: changes when there is something new.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    release: Option<String>,
    session: Option<String>,
    visitor: Option<String>,
}

impl Seen {
    fn look(server: &Shared) -> Result<Self> {
        let store = &server.place.store;
        let release = match &server.options.root {
            Some(_) => store.get(&format!("{FOLDER}/{RELEASE}"))?.map(|bytes| fingerprint::sha256(&bytes)),
            None => None,
        };
        let session = registry::in_service(store, Target::Session)?.filter(|_| server.options.root.is_none());
        Ok(Self { release, session, visitor: registry::in_service(store, Target::Visitor)? })
    }

    fn load(&self, server: &Shared, before: &mut Option<Before>) -> Result<Loaded> {
        let (store, site) = (&server.place.store, &server.place.site.profile);
        let mut found = Vec::new();
        let (mut expires, mut stopped) = (None, false);
        if let Some(root) = &server.options.root {
            let (environment, name) = (&*server.options.environment, &*site.parts().name);
            let expected = Expected { root, environment, site: name, now: Timestamp::now() };
            let manifest =
                verify_after(store, &expected, before).map_err(|refused| anyhow!("release refused: {refused}"))?;
            let channel = manifest.contents.channels.get(STABLE).context("a release without a stable channel")?;
            let file = channel.files.get("bundle").context("a release without a bundle")?;
            let bytes = store.get(&format!("{FOLDER}/{}", file.path))?.with_context(|| format!("no {}", file.path))?;
            if bytes.len() as u64 != file.length || fingerprint::sha256(&bytes) != file.sha256 {
                bail!("{}: other bytes than the release names", file.path);
            }
            found.push((Target::Session, Bundle::read(&bytes)?, file.sha256.clone()));
            (expires, stopped) = (Some(manifest.expires.parse()?), manifest.contents.stopped);
        }
        for (target, version) in [(Target::Session, &self.session), (Target::Visitor, &self.visitor)] {
            let Some(version) = version else { continue };
            let stored = registry::load(store, version)?;
            found.push((target, stored.bundle, stored.sha256));
        }
        let (mut models, mut heads) = (Vec::new(), Vec::new());
        for (target, bundle, sha256) in found {
            if bundle.profile().fingerprint() != site.fingerprint() {
                bail!("the model of the target {} is of another site profile", target.as_str());
            }
            let model = bundle.model(target).context("a bundle without its model")?;
            heads.push(Head::of(model, site, &sha256));
            models.push(model.clone());
        }
        if models.is_empty() {
            bail!("no model is in service; make one with `inkling train`");
        }
        heads.sort_by_key(|head| head.target);
        let time_zone = site.parts().time_zone.clone();
        Ok(Loaded { bundle: Bundle::new(site.clone(), models)?, heads, time_zone, expires, stopped })
    }
}
