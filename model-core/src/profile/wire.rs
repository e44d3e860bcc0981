//! The profile section of a bundle, field by field as in `docs/BUNDLE.md`.

use super::{FunnelStep, PageGroup, ProfileParts};
use crate::bytes::{Reader, Writer};
use alloc::string::String;
use alloc::vec::Vec;

pub(super) fn write(parts: &ProfileParts) -> Vec<u8> {
    let mut w = Writer::default();
    w.str(&parts.name);
    w.str(&parts.time_zone);
    w.uint(u64::from(parts.session_timeout_s));
    w.u8(parts.horizon_days);
    for list in [&parts.hosts, &parts.events, &parts.languages, &parts.search, &parts.social] {
        write_list(&mut w, list);
    }
    w.uint(parts.groups.len() as u64);
    for group in &parts.groups {
        w.str(&group.name);
        write_list(&mut w, &group.paths);
    }
    w.uint(parts.funnel.len() as u64);
    for step in parts.funnel.iter().chain([&parts.conversion]) {
        w.uint(u64::from(step.events));
        w.uint(u64::from(step.groups));
    }
    w.out
}

pub(super) fn read(bytes: &[u8]) -> Option<ProfileParts> {
    let r = &mut Reader::new(bytes);
    let name = r.str(128)?;
    let time_zone = r.str(128)?;
    let session_timeout_s = r.uint_to(u64::from(u32::MAX))? as u32;
    let horizon_days = r.u8()?;
    let hosts = read_list(r)?;
    let events = read_list(r)?;
    let languages = read_list(r)?;
    let search = read_list(r)?;
    let social = read_list(r)?;
    let mut groups = Vec::new();
    for _ in 0..r.uint_to(64)? {
        groups.push(PageGroup { name: r.str(128)?, paths: read_list(r)? });
    }
    let mut funnel = Vec::new();
    for _ in 0..r.uint_to(64)? {
        funnel.push(read_step(r)?);
    }
    let conversion = read_step(r)?;
    r.is_empty().then_some(ProfileParts {
        name,
        time_zone,
        hosts,
        session_timeout_s,
        horizon_days,
        events,
        groups,
        conversion,
        funnel,
        languages,
        search,
        social,
    })
}

fn write_list(w: &mut Writer, list: &[String]) {
    w.uint(list.len() as u64);
    for item in list {
        w.str(item);
    }
}

fn read_list(r: &mut Reader<'_>) -> Option<Vec<String>> {
    let n = r.uint_to(64)?;
    let mut list = Vec::new();
    for _ in 0..n {
        list.push(r.str(128)?);
    }
    Some(list)
}

fn read_step(r: &mut Reader<'_>) -> Option<FunnelStep> {
    let max = u64::from(u32::MAX);
    Some(FunnelStep { events: r.uint_to(max)? as u32, groups: r.uint_to(max)? as u32 })
}
