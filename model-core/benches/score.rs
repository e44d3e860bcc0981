//! Scoring one row, and rows one after another. Budgets: 1.0 and 0.30 microseconds a row.
#![allow(missing_docs, clippy::expect_used)]

mod forest;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use model_core::{Bundle, RawEvent, Scorer, Scratch, Target};
use std::hint::black_box;

const ROWS: usize = 4096;

fn score(c: &mut Criterion) {
    let profile = forest::profile();
    let model = forest::model(&profile);
    let mut r = forest::Random(2);
    let rows: Vec<Vec<f32>> = (0..ROWS).map(|_| forest::row(&mut r)).collect();
    let mut scratch = Scratch::default();

    let mut group = c.benchmark_group("score");
    let mut at = 0;
    group.bench_function("one row", |b| {
        b.iter(|| {
            at = (at + 1571) % ROWS;
            model.score(black_box(&rows[at]), &mut scratch)
        });
    });
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("4,096 rows", |b| {
        b.iter(|| rows.iter().map(|row| model.margin(black_box(row), &mut scratch)).sum::<f64>());
    });
    group.finish();

    let bundle = Bundle::new(profile, vec![model]).expect("a valid bundle");
    let mut scorer = Scorer::new(bundle);
    let mut time_us = 1_700_000_000_000_000;
    c.bench_function("observe and score", |b| {
        b.iter(|| {
            time_us += 20_000_000;
            scorer.observe(&RawEvent {
                name: "page_view",
                page_location: "https://www.northgate.example/courses/law?utm_source=google",
                page_referrer: "https://www.northgate.example/",
                device: "desktop",
                language: "en-gb",
                time_us,
                session_id: 1_700_000_000,
                session_number: 1,
                engaged_ms: 1000,
                ..RawEvent::default()
            });
            scorer.score(Target::Session)
        });
    });
}

criterion_group!(benches, score);
criterion_main!(benches);
