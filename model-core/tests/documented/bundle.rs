use super::walk::Walk;
use super::{check, harness};

#[test]
fn the_page_on_bundles_is_what_is_written() {
    let bytes = harness::seed_bundle().write();
    let mut walk = Walk::new(&bytes);
    walk.raw(4, "magic \"INKL\"");
    walk.byte("format version");
    walk.uint("length of the profile section");
    profile(&mut walk);
    walk.raw(8, "schema hash");
    for i in 0..walk.byte("models") {
        walk.title(format_args!("-- model {}", i + 1));
        model(&mut walk);
    }
    assert!(walk.done());
    check("BUNDLE.md", &walk.lines);
}

fn profile(walk: &mut Walk<'_>) {
    walk.title("-- profile section");
    walk.text("name");
    walk.text("time zone");
    walk.uint("session timeout, seconds:");
    walk.byte("horizon, days:");
    for list in ["own hosts", "events", "languages", "search engines", "social networks"] {
        words(walk, list);
    }
    for _ in 0..walk.uint("page groups") {
        walk.text("group");
        words(walk, "patterns");
    }
    for _ in 0..walk.uint("funnel steps") {
        walk.uint("step: events, mask");
        walk.uint("step: page groups, mask");
    }
    walk.uint("conversion: events, mask");
    walk.uint("conversion: page groups, mask");
    walk.title("-- end of the section");
}

fn words(walk: &mut Walk<'_>, list: &str) {
    for _ in 0..walk.uint(list) {
        walk.text("");
    }
}

fn model(walk: &mut Walk<'_>) {
    walk.byte("target");
    walk.text("version");
    let features = walk.uint("features");
    let mut position = 0;
    for _ in 0..features {
        position = walk.shifted("schema position", |step| position + step as i64);
    }
    match walk.byte("calibration") {
        0 => {}
        1 => {
            walk.f64("a");
            walk.f64("b");
        }
        _ => {
            let knots = walk.uint("knots");
            (0..knots).for_each(|_| walk.f64("margin"));
            (0..knots).for_each(|_| walk.f64("probability"));
        }
    }
    walk.f64("lowest score of medium");
    walk.f64("lowest score of high");
    if walk.byte("kind") == 0 {
        walk.f64("bias");
        for _ in 0..features {
            walk.byte("transform");
            walk.f64("mean");
            walk.f64("deviation");
            walk.f64("weight");
        }
    } else {
        trees(walk, features);
    }
}

fn trees(walk: &mut Walk<'_>, features: u64) {
    walk.f64("base");
    let counts = walk.raw(features as usize, "thresholds of each feature");
    counts.iter().for_each(|count| (0..*count).for_each(|_| walk.f32("threshold")));
    let trees = walk.uint("trees") as usize;
    let leaves = (0..trees).map(|_| walk.uint("leaves of the tree") as usize).sum::<usize>();
    let splits = leaves - trees;
    walk.raw((leaves + splits).div_ceil(8), "nodes in preorder: a bit each, 1 = split");
    walk.raw(splits, "feature of each split");
    walk.raw(splits, "threshold of each split");
    walk.raw(splits.div_ceil(8), "missing goes left: a bit each");
    walk.raw(splits.div_ceil(2), "share that went left, in sixteenths: half a byte each");
    if walk.byte("leaves: 0 = quantised, kind") == 0 {
        walk.f64("scale");
        walk.raw(leaves, "high bytes");
        walk.raw(leaves, "low bytes");
    } else {
        (0..leaves).for_each(|_| walk.f64("leaf"));
    }
}
