//! The forest that speed is measured on: 100 trees of 31 leaves over 42 features, from a fixed seed.

use model_core::{LeafPrecision, Model, ModelBuilder, Profile, ProfileParts, Schema, Target, TreeNodes};

pub const FEATURES: usize = 42;
const TREES: usize = 100;
const LEAVES: usize = 31;
/// Thresholds a feature: as many as a trainer that bins by quantiles leaves.
const CUTS: usize = 63;

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

pub fn profile() -> Profile {
    let words = |list: &[&str]| list.iter().map(|w| String::from(*w)).collect();
    let group = |name: &str, paths: &[&str]| model_core::PageGroup { name: name.into(), paths: words(paths) };
    Profile::new(ProfileParts {
        name: "bench".into(),
        time_zone: "Europe/London".into(),
        hosts: words(&["www.northgate.example"]),
        session_timeout_s: 1800,
        horizon_days: 7,
        events: words(&[
            "page_view",
            "scroll",
            "view_item",
            "generate_lead",
            "sign_up",
            "file_download",
            "video_start",
        ]),
        groups: vec![
            group("home", &["/"]),
            group("search", &["/search"]),
            group("course", &["/courses/*"]),
            group("fees", &["/fees"]),
            group("apply", &["/apply/*"]),
        ],
        languages: words(&["en", "zh-cn", "de"]),
        search: words(&["google", "bing"]),
        social: words(&["instagram", "facebook"]),
        ..ProfileParts::default()
    })
    .expect("a valid profile")
}

pub fn model(profile: &Profile) -> Model {
    let schema = Schema::new(profile);
    let names: Vec<String> = (0..FEATURES).filter_map(|i| schema.name(profile, i)).collect();
    let mut r = Random(1);
    let trees: Vec<TreeNodes> = (0..TREES).map(|_| tree(&mut r)).collect();
    ModelBuilder::new(Target::Session, "bench-1")
        .trees(profile, &names, -3.0, &trees, LeafPrecision::Quantised)
        .expect("a valid model")
}

/// Values in `0..64`, 5 % missing.
pub fn row(r: &mut Random) -> Vec<f32> {
    (0..FEATURES).map(|_| if r.unit() < 0.05 { f32::NAN } else { (r.unit() * 64.0) as f32 }).collect()
}

fn tree(r: &mut Random) -> TreeNodes {
    let mut t = TreeNodes::default();
    let mut ends = vec![push(&mut t, r)];
    while ends.len() < LEAVES {
        let at = ends.swap_remove(r.below(ends.len()));
        t.left[at] = push(&mut t, r);
        t.right[at] = push(&mut t, r);
        ends.extend([t.left[at], t.right[at]]);
    }
    t
}

fn push(t: &mut TreeNodes, r: &mut Random) -> usize {
    t.feature.push(r.below(FEATURES));
    t.threshold.push(1.0 + r.below(CUTS) as f32);
    t.missing_left.push(r.below(2) == 0);
    t.left.push(0);
    t.right.push(0);
    t.value.push(r.unit() * 0.2 - 0.1);
    t.cover.push(1.0 + r.unit() * 100.0);
    t.left.len() - 1
}
