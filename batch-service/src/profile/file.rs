//! The TOML form of a site profile; `profiles/*.toml` are examples, `docs/PROFILE.md` explains the keys.

use anyhow::{Context, Result, anyhow};
use model_core::{FunnelStep, PageGroup, Profile, ProfileParts};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    name: String,
    time_zone: String,
    hosts: Vec<String>,
    #[serde(default = "thirty")]
    session_timeout_minutes: u32,
    horizon_days: u8,
    events: Vec<String>,
    #[serde(default)]
    languages: Vec<String>,
    #[serde(default = "search_engines")]
    search_engines: Vec<String>,
    #[serde(default = "social_networks")]
    social_networks: Vec<String>,
    conversion: Step,
    #[serde(default)]
    page_groups: Vec<Group>,
    #[serde(default)]
    funnel: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    name: String,
    paths: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(default)]
    #[allow(dead_code, reason = "a step's name is for the people who read the file")]
    name: String,
    #[serde(default)]
    events: Vec<String>,
    #[serde(default)]
    pages: Vec<String>,
}

fn thirty() -> u32 {
    30
}

fn search_engines() -> Vec<String> {
    ["google", "bing", "duckduckgo", "yahoo", "ecosia", "yandex", "baidu", "qwant"].map(String::from).to_vec()
}

fn social_networks() -> Vec<String> {
    let names =
        ["facebook", "instagram", "linkedin", "twitter", "t.co", "x.com", "tiktok", "youtube", "reddit", "pinterest"];
    names.map(String::from).to_vec()
}

pub(super) fn parse(text: &str) -> Result<Profile> {
    let file: ProfileFile = toml::from_str(text)?;
    jiff::tz::TimeZone::get(&file.time_zone).with_context(|| format!("time_zone `{}`", file.time_zone))?;
    let groups: Vec<PageGroup> =
        file.page_groups.into_iter().map(|g| PageGroup { name: g.name, paths: g.paths }).collect();
    let step = |place: &str, step: &Step| -> Result<FunnelStep> {
        let mut bits = FunnelStep::default();
        for name in &step.events {
            let at = file.events.iter().position(|e| e == name);
            bits.events |= 1 << at.ok_or_else(|| anyhow!("{place}: event `{name}` is not listed in `events`"))?;
        }
        for name in &step.pages {
            let at = groups.iter().position(|g| g.name == *name);
            bits.groups |= 1 << at.ok_or_else(|| anyhow!("{place}: `{name}` is not one of the page groups"))?;
        }
        Ok(bits)
    };
    let conversion = step("conversion", &file.conversion)?;
    let funnel = file.funnel.iter().map(|s| step("funnel", s)).collect::<Result<_>>()?;
    let parts = ProfileParts {
        name: file.name,
        time_zone: file.time_zone,
        hosts: file.hosts,
        session_timeout_s: file.session_timeout_minutes * 60,
        horizon_days: file.horizon_days,
        events: file.events,
        groups,
        conversion,
        funnel,
        languages: file.languages,
        search: file.search_engines,
        social: file.social_networks,
    };
    Ok(Profile::new(parts)?)
}
