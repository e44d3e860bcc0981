use super::walk::Walk;
use super::{check, harness};
use model_core::Bundle;

#[test]
fn the_page_on_bundles_is_what_is_written() {
    check("BUNDLE.md", "example", &bundle(&harness::seed_bundle()));
    // The models alone: the profile is the one of the example before.
    for (name, example) in [("indicators", harness::python_bundle()), ("a mean", harness::mean_bundle())] {
        let lines = bundle(&example);
        let models = lines.find("-- model 1").unwrap();
        check("BUNDLE.md", &format!("example of {name}"), &lines[models..]);
    }
}

#[test]
fn the_page_on_bundles_is_what_is_written_of_many_thresholds() {
    let lines = bundle(&harness::wide_bundle());
    // 300 = 0x012c, 1 and nothing: high bytes, then low ones.
    assert!(lines.contains("  01 00                          thresholds of each feature: high bytes\n"), "{lines}");
    assert!(lines.contains("  2c 01                          thresholds of each feature\n"), "{lines}");
    assert!(lines.contains("  00 80 95 43                    threshold 299\n"), "{lines}");
}

fn bundle(bundle: &Bundle) -> String {
    let bytes = bundle.write();
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
    walk.lines
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
    calibration(walk);
    walk.f64("lowest score of medium");
    walk.f64("lowest score of high");
    let kind = walk.byte("kind");
    let mut columns = features as usize;
    if kind & 2 != 0 {
        columns += indicators(walk);
    }
    if kind & 8 == 0 {
        return predictor(walk, columns, kind);
    }
    for i in 0..walk.uint("members") {
        walk.title(format_args!("-- member {}", i + 1));
        calibration(walk);
        let kind = walk.byte("kind");
        predictor(walk, columns, kind);
    }
}

fn calibration(walk: &mut Walk<'_>) {
    match walk.byte("calibration") {
        0 | 3 => {}
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
}

fn predictor(walk: &mut Walk<'_>, columns: usize, kind: u8) {
    if kind & 1 == 0 {
        walk.f64("bias");
        for _ in 0..columns {
            walk.byte("transform");
            walk.f64("mean");
            walk.f64("deviation");
            walk.f64("weight");
        }
    } else {
        trees(walk, columns, kind & 4 != 0);
    }
}

fn indicators(walk: &mut Walk<'_>) -> usize {
    let count = usize::from(walk.byte("indicators"));
    walk.raw(count, "feature of each indicator");
    let codes = walk.uint("codes") as usize;
    for _ in 0..count {
        walk.raw(codes + 1, "of each code and of all others: 0 no, 1 yes, 2 missing");
    }
    count
}

/// Numbers of one byte, or of two: all high bytes, then all low ones.
fn numbers(walk: &mut Walk<'_>, count: usize, wide: bool, name: &str) -> Vec<usize> {
    let high = if wide { walk.raw(count, &format!("{name}: high bytes")) } else { &[] };
    let low = walk.raw(count, name);
    (0..count).map(|i| usize::from(low[i]) + 256 * high.get(i).map_or(0, |byte| usize::from(*byte))).collect()
}

fn trees(walk: &mut Walk<'_>, columns: usize, wide: bool) {
    walk.f64("base");
    let counts = numbers(walk, columns, wide, "thresholds of each feature");
    counts.iter().for_each(|count| (0..*count).for_each(|_| walk.f32("threshold")));
    let trees = walk.uint("trees") as usize;
    let leaves = (0..trees).map(|_| walk.uint("leaves of the tree") as usize).sum::<usize>();
    let splits = leaves - trees;
    walk.raw((leaves + splits).div_ceil(8), "nodes in preorder: a bit each, 1 = split");
    walk.raw(splits, "feature of each split");
    numbers(walk, splits, wide, "threshold of each split");
    walk.raw(splits.div_ceil(8), "missing goes left: a bit each");
    walk.raw(splits.div_ceil(2), "share that went left, in sixteenths: half a byte each");
    match walk.byte("leaves: 0 = quantised, kind") {
        0 => {
            walk.f64("scale");
            walk.raw(leaves, "high bytes");
            walk.raw(leaves, "low bytes");
        }
        1 => (0..leaves).for_each(|_| walk.f64("leaf")),
        _ => (0..leaves).for_each(|_| walk.f32("leaf")),
    }
}
