//! Which role says what a file is: the targets role, or one it delegates to (5.6.7).

use super::client::{Local, Remote, targets};
use super::error::{Fault, TufError};
use super::roles::{Delegated, Delegations, Role, Succinct, TargetFile};
use super::trusted::Trusted;
use crate::fingerprint;

/// No search asks more roles.
const MOST: usize = 32;

impl Delegations {
    /// Who signs for a role.
    pub(super) fn role(&self, name: &str) -> Option<&Role> {
        let listed = self.roles.iter().find(|r| r.name == name).map(|r| &r.role);
        listed.or_else(|| self.succinct_roles.as_ref().filter(|s| s.holds(name)).map(|s| &s.role))
    }

    /// Roles that are asked about a file, in their order, and whether no other role is asked after them.
    fn asked(&self, path: &str) -> Vec<(String, bool)> {
        let listed = self.roles.iter().filter(|role| role.covers(path)).map(|r| (r.name.clone(), r.terminating));
        listed.chain(self.succinct_roles.iter().map(|s| (s.bin(path), true))).collect()
    }
}

impl Delegated {
    fn covers(&self, path: &str) -> bool {
        let by_hash = |prefixes: &Vec<String>| {
            let hash = fingerprint::sha256(path.as_bytes());
            prefixes.iter().any(|prefix| hash.starts_with(prefix.as_str()))
        };
        self.path_hash_prefixes.as_ref().is_some_and(by_hash)
            || self.paths.as_ref().is_some_and(|patterns| patterns.iter().any(|pattern| fits(pattern, path)))
    }
}

/// Shell patterns, part by part: `*` does not go over a `/` (4.5).
fn fits(pattern: &str, path: &str) -> bool {
    let (patterns, parts): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    patterns.len() == parts.len()
        && patterns.iter().zip(parts).all(|(p, part)| glob::Pattern::new(p).is_ok_and(|p| p.matches(part)))
}

impl Succinct {
    fn digits(&self) -> usize {
        self.bit_length.div_ceil(4) as usize
    }

    fn bin(&self, path: &str) -> String {
        let hash = fingerprint::sha256(path.as_bytes());
        let first = u64::from_str_radix(&hash[..8], 16).unwrap_or_default();
        let bin = first >> 32u32.saturating_sub(self.bit_length);
        format!("{}-{bin:0digits$x}", self.name_prefix, digits = self.digits())
    }

    fn holds(&self, name: &str) -> bool {
        let number = name.strip_prefix(&self.name_prefix).and_then(|rest| rest.strip_prefix('-'));
        number
            .filter(|n| n.len() == self.digits())
            .and_then(|n| u64::from_str_radix(n, 16).ok())
            .is_some_and(|n| n < 1u64.checked_shl(self.bit_length).unwrap_or(0))
    }
}

/// What the repository says of a file, after `refresh`: roles are asked depth first, in the order of the delegations.
///
/// # Errors
/// `Unknown` when no role names it; otherwise what is wrong with a role that had to be asked.
pub fn find(trusted: &mut Trusted, remote: &dyn Remote, local: &dyn Local, path: &str) -> Result<TargetFile, TufError> {
    let mut open = vec![("targets".to_owned(), "root".to_owned())];
    let mut visited: Vec<String> = Vec::new();
    while let Some((role, delegator)) = open.pop() {
        if visited.contains(&role) || visited.len() >= MOST {
            continue;
        }
        let document = targets(trusted, remote, local, &role, &delegator)?;
        if let Some(file) = document.targets.get(path) {
            return Ok(file.clone());
        }
        let mut next = Vec::new();
        for (name, last) in document.delegations.as_ref().map(|d| d.asked(path)).unwrap_or_default() {
            next.push((name, role.clone()));
            if last {
                open.clear();
                break;
            }
        }
        open.extend(next.into_iter().rev());
        visited.push(role);
    }
    Err(TufError::new(Fault::Unknown, path, "no role of the repository names this file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_do_not_cross_folders() {
        for (pattern, path, good) in [
            ("*", "a", true),
            ("*", "a/b", false),
            ("releases/*/x?.zip", "releases/1/x2.zip", true),
            ("releases/*/x?.zip", "releases/1/2/x2.zip", false),
            ("[ab].bin", "b.bin", true),
            ("[ab].bin", "c.bin", false),
        ] {
            assert_eq!(fits(pattern, path), good, "{pattern} {path}");
        }
    }

    #[test]
    fn bins_are_those_of_the_specification() {
        let role = Role { keyids: vec![], threshold: 1 };
        let bins = Succinct { role, bit_length: 5, name_prefix: "bin".into() };
        // SHA-256 of "a" begins with ca978112: 0xca978112 >> 27 is 25.
        assert_eq!(bins.bin("a"), "bin-19");
        assert!(bins.holds("bin-19") && bins.holds("bin-00") && !bins.holds("bin-20") && !bins.holds("bin-9"));
    }
}
