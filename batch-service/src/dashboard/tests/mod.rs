//! The page in all its states.

mod page;
mod sample;
mod small;

/// Files for looking at, when a folder is named.
#[test]
fn samples_for_the_eye() {
    let Ok(folder) = std::env::var("INKLING_DASHBOARD_SAMPLES") else { return };
    let pages = [
        ("good", sample::good(90)),
        ("year", sample::good(365)),
        ("bad", sample::bad(60)),
        ("empty", sample::empty()),
        ("hostile", page::hostile()),
        ("extreme", page::extreme()),
    ];
    for (name, data) in pages {
        std::fs::write(format!("{folder}/{name}.html"), super::render(&data).unwrap()).unwrap();
    }
}
