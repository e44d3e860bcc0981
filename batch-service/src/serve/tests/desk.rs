//! One job at a time, by jobs that only count.

use super::*;
use crate::jobs::ExitKind;
use anyhow::{Context, anyhow};
use jiff::civil::date;
use serde_json::Value;
use std::sync::atomic::{AtomicU32, Ordering};

fn desk(work: impl Fn(Date) -> Result<DayRun> + Send + Sync + 'static) -> Arc<Desk> {
    Desk::new(Arc::new(work), Arc::new(Metrics::default()))
}

fn done() -> Result<DayRun> {
    Ok(DayRun { code: 0, summary: serde_json::json!({"unchanged": false}) })
}

fn within(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test);
}

#[test]
fn whoever_asks_meanwhile_waits_for_the_same_job() {
    within(async {
        let (count, counted) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let counter = Arc::clone(&count);
        let desk = desk(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(200));
            done()
        });
        let day = date(2026, 10, 5);
        let asked: Vec<_> = (0..8)
            .map(|_| {
                let (desk, counted) = (Arc::clone(&desk), Arc::clone(&counted));
                tokio::spawn(async move {
                    match desk.ask(day, None).await {
                        Answer::Ran(Ended::Done(_)) => counted.fetch_add(100, Ordering::SeqCst),
                        Answer::Joined(Ended::Done(_)) => counted.fetch_add(1, Ordering::SeqCst),
                        other => panic!("{other:?}"),
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(matches!(desk.ask(date(2026, 10, 4), None).await, Answer::Busy(running) if running == day));
        for ask in asked {
            ask.await.unwrap();
        }
        assert_eq!((count.load(Ordering::SeqCst), counted.load(Ordering::SeqCst)), (1, 107));
        assert!(matches!(desk.ask(day, None).await, Answer::JustDone(Ended::Done(_))));
        assert!(matches!(desk.ask(date(2026, 10, 4), None).await, Answer::Ran(Ended::Done(_))));
        assert_eq!(count.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn a_job_goes_on_without_the_one_who_asked() {
    within(async {
        let count = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&count);
        let desk = desk(move |_| {
            std::thread::sleep(Duration::from_millis(100));
            counter.fetch_add(1, Ordering::SeqCst);
            done()
        });
        let day = date(2026, 10, 5);
        assert!(tokio::time::timeout(Duration::from_millis(20), desk.ask(day, None)).await.is_err());
        desk.idle().await;
        assert!(matches!(desk.ask(day, None).await, Answer::JustDone(_)));
        assert_eq!(count.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn only_a_success_is_remembered() {
    within(async {
        let errors: [fn() -> Result<DayRun>; 5] = [
            || Err(crate::jobs::exit(ExitKind::NotReady, "no table yet")),
            || Err(anyhow!("the cause")).context("the step"),
            || Err(crate::jobs::exit(ExitKind::Integrity, "another profile")),
            || Ok(DayRun { code: 1, summary: Value::Null }),
            || panic!("at the job"),
        ];
        let next = AtomicU32::new(0);
        let desk = desk(move |_| errors[next.fetch_add(1, Ordering::SeqCst) as usize % 5]());
        let mut words = Vec::new();
        for _ in 0..5 {
            match desk.ask(date(2026, 10, 5), None).await {
                Answer::Ran(Ended::Failed(failed)) => words.push(format!("{:?} {}", failed.kind, failed.code)),
                Answer::Ran(ended) => words.push(ended.word().to_owned()),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(words, ["not_ready", "Failed 1", "Integrity 4", "NoModel 1", "Failed 101"]);
    });
}
