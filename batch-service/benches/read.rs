//! Events read and cleansed per CPU second, and the peak of memory, for the files of a folder:
//! `cargo bench -p batch-service --bench read -- FOLDER [DAYS]`.

use std::time::Duration;

use batch_service::ga4::discover::{DiscoverOptions, discover};
use batch_service::ga4::{ReadOptions, read_day};
use batch_service::warehouse::events_clean;
use batch_service::warehouse::{Fence, LocalWarehouse, Warehouse};

/// CPU time of this process so far.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split_whitespace().next().and_then(|ns| ns.parse().ok()).unwrap_or(0))
}

fn peak_rss_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let Some(folder) = args.next().or_else(|| std::env::var("INKLING_BENCH_EVENTS").ok()) else {
        println!("no folder of events given: nothing measured");
        return Ok(());
    };
    let found = discover(&[folder], DiscoverOptions::default())?;
    let last: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
    let days: Vec<_> = found.days.iter().rev().take(last).collect();
    let warehouse_folder = std::env::temp_dir().join(format!("inkling-bench-{}", std::process::id()));
    let warehouse = LocalWarehouse::open(&warehouse_folder)?;
    let mut best = [f64::INFINITY; 3];
    let mut events = 0;
    let mut peak = 0.0;
    for pass in 0..5 {
        let mut spent = [Duration::ZERO; 3];
        events = 0;
        for &(&date, files) in &days {
            let start = cpu_time();
            let (day, report) = read_day(files, date, &ReadOptions::default())?;
            let read = cpu_time();
            warehouse.publish(vec![events_clean::stage(&warehouse, date, &day)?], &Fence::none())?;
            let written = cpu_time();
            let mut loaded = written;
            // The first pass holds one day at a time, as the job does; the others compare two.
            if pass > 0 {
                let back = events_clean::load(&warehouse, date)?;
                loaded = cpu_time();
                anyhow::ensure!(back.as_ref() == Some(&day), "{date}: the events read back differ");
            }
            for (spent, time) in spent.iter_mut().zip([read - start, written - read, loaded - written]) {
                *spent += time;
            }
            events += day.rows.len();
            if std::env::var_os("INKLING_BENCH_REPORT").is_some() {
                println!("{}", serde_json::to_string(&report)?);
            }
        }
        if pass == 0 {
            peak = peak_rss_mb();
            continue;
        }
        for (best, spent) in best.iter_mut().zip(spent) {
            *best = best.min(spent.as_secs_f64());
        }
    }
    for (what, cpu) in ["read and cleanse the export", "write events_clean", "load events_clean"].iter().zip(best) {
        let (speed, each) = (events as f64 / cpu / 1e6, cpu / events as f64 * 1e9);
        println!("{what}: {events} events, {cpu:.3} CPU s, {speed:.2} M events per CPU s, {each:.0} ns each");
    }
    println!("peak memory of reading and writing: {peak:.1} MB");
    if std::env::var_os("INKLING_BENCH_KEEP").is_some() {
        println!("kept: {}", warehouse_folder.display());
    } else {
        std::fs::remove_dir_all(&warehouse_folder)?;
    }
    Ok(())
}
