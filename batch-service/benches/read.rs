//! Events read and cleansed per CPU second, and the peak of memory, for the files of a folder:
//! `cargo bench -p batch-service --bench read -- FOLDER [DAYS]`.

use std::path::PathBuf;
use std::time::Duration;

use batch_service::ga4::{ReadOptions, read_day};

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
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.extension().is_some_and(|e| e == "parquet")).collect();
    files.sort();
    let last: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
    let files = &files[files.len().saturating_sub(last)..];
    for _ in 0..5 {
        let mut events = 0;
        let before = cpu_time();
        for file in files {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let day = jiff::civil::Date::strptime("%Y%m%d", &stem[7..15])?;
            let (day, report) = read_day(std::slice::from_ref(file), day, &ReadOptions::default())?;
            events += day.rows.len();
            if std::env::var_os("INKLING_BENCH_REPORT").is_some() {
                println!("{}", serde_json::to_string(&report)?);
            }
        }
        let cpu = (cpu_time() - before).as_secs_f64();
        println!("read: {events} events, {cpu:.3} CPU s, {:.2} M events per CPU s, peak {:.1} MB", events as f64 / cpu / 1e6, peak_rss_mb());
    }
    Ok(())
}
