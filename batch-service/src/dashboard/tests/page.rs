//! Whole pages: hostile strings, no data, extreme numbers, size, golden file.

use jiff::civil::Date;
use model_core::{Band, Target};

use super::sample::{TODAY, bad, empty, good};
use crate::dashboard::*;

const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</style></title><svg/onload=alert(1)>",
    "{{body}}{{style}}",
    "javascript:alert(1)//`${1}`",
    "a\u{2028}b\u{2029}c\u{0}d\u{1b}[31me",
    "\u{202e}txet sdrawkcab\u{2066}",
    "<!-- --!> ]]> &lt;b&gt; &#x3c;i&#x3e;",
    "Z\u{351}\u{36b}a\u{350}l\u{34d}go \u{1f469}\u{200d}\u{1f52c} \u{5e2}\u{5d1}\u{5e8}\u{5d9}\u{5ea}",
    "NaNinf undefined null",
    "",
];

pub fn hostile() -> DashboardData {
    let mut data = good(20);
    data.site = HOSTILE.concat();
    for (i, text) in HOSTILE.iter().enumerate() {
        data.runs[i].run_id = (*text).into();
        data.runs[i].failed_step = Some((*text).into());
        data.runs[i].status = RunStatus::Failed;
        data.rejected.push(RejectedRow { run_id: (*text).into(), reason: (*text).into(), rows: 5 });
        data.rejected.push(RejectedRow { run_id: (*text).into(), reason: text.repeat(2_000), rows: 5 });
    }
    if let Some(run) = data.runs.last_mut() {
        run.status = RunStatus::Failed;
        run.failed_step = Some(HOSTILE.concat());
    }
    for model in &mut data.models {
        model.model_version = HOSTILE[1].into();
        model.algorithm = HOSTILE[0].into();
    }
    data
}

pub fn extreme() -> DashboardData {
    let mut data = bad(40);
    data.generated_for = Date::MAX;
    let numbers = [0.0, -0.0, -1.0, 1e-300, 0.5, 1.0, 2.0, 1e300, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    let counts = [0, 1, u64::MAX, u64::MAX / 2];
    let pick = |i: usize| numbers[i % numbers.len()];
    for (i, row) in data.volume.iter_mut().enumerate() {
        (row.events, row.visitors) = (counts[i % 4], counts[(i + 1) % 4]);
        row.visitors_scored = Some(counts[(i + 2) % 4]);
        row.rows_rejected = u64::MAX;
    }
    for (i, row) in data.runs.iter_mut().enumerate() {
        (row.duration_s, row.events) = (pick(i), counts[i % 4]);
    }
    data.rejected.iter_mut().for_each(|row| row.rows = u64::MAX);
    for (i, row) in data.metrics.iter_mut().enumerate() {
        (row.value, row.ci_low, row.ci_high, row.prior) = (pick(i), pick(i + 3), pick(i + 7), Some(pick(i + 5)));
    }
    for (i, row) in data.scores.iter_mut().enumerate() {
        (row.bin_low, row.bin_high, row.visitors) = (pick(i), pick(i + 5), counts[i % 4]);
        row.band = [Band::Low, Band::Medium, Band::High][i % 3];
    }
    for (i, row) in data.calibration.iter_mut().enumerate() {
        (row.predicted_mean, row.observed_rate, row.n) = (pick(i), pick(i / 2), counts[i % 4]);
        (row.ci_low, row.ci_high, row.score_low) = (pick(i + 1), pick(i + 2), pick(i + 3));
    }
    for (i, row) in data.deciles.iter_mut().enumerate() {
        (row.rate, row.lift, row.cum_conversions_share) = (pick(i + 3), pick(i), pick(i + 4));
        (row.n, row.conversions, row.decile) = (counts[i % 4], counts[(i + 3) % 4], (i * 37) as u8);
    }
    data.targets.iter_mut().for_each(|row| (row.horizon_days, row.labels_open) = (u32::MAX, u64::MAX));
    data.models
        .iter_mut()
        .for_each(|row| (row.train_from, row.train_to, row.train_rows) = (Date::MAX, Date::MIN, u64::MAX));
    data.parity = Some(Parity { compared: u64::MAX, bit_equal: u64::MAX - 1, max_abs_diff: f64::NAN });
    data
}

/// Every tag that is open is closed in order, attributes are quoted, and no number is broken.
fn sound(page: &str) {
    let (head, body) = page.split_once("</head>").unwrap();
    assert_eq!(head.matches("<style>").count(), 1);
    assert!(!body.contains("<script") && !body.contains("</style"));
    // Tags whose end HTML lets us leave out, and those that have none.
    let mut open: Vec<&str> = Vec::new();
    let mut rest = body;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = rest.find('>').expect("a tag ends");
        let tag = &rest[..end];
        assert!(tag.matches('"').count() % 2 == 0, "quotes in <{tag}>");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        let known = "a article b bdi body caption circle dd defs details div dl dt footer h1 h2 h3 header html li main p \
                     path pattern rect section span summary svg table tbody td text th thead time title tr ul";
        assert!(known.split_whitespace().any(|word| word == name), "unexpected <{tag}>");
        if tag.starts_with('/') {
            while matches!(open.last(), Some(&("tr" | "td" | "th"))) && open.last() != Some(&name) {
                open.pop();
            }
            if !matches!(name, "body" | "html") {
                assert_eq!(open.pop(), Some(name), "</{name}>");
            }
        } else if !tag.ends_with('/') {
            for attribute in tag.split('"').step_by(2).skip(1) {
                assert!(!attribute.trim_start().starts_with("on"), "<{tag}>");
            }
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    let ids: Vec<&str> = body.split(" id=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    for (i, id) in ids.iter().enumerate() {
        assert!(!ids[..i].contains(id), "id {id} twice");
    }
    for link in body.split("href=\"").skip(1).filter_map(|part| part.split('"').next()) {
        assert!(link.strip_prefix('#').is_some_and(|id| ids.contains(&id)), "{link} leads nowhere");
    }
}

/// Numbers inside SVG geometry are plain decimals.
fn plain_geometry(page: &str) {
    for name in ["x", "y", "width", "height", "cx", "cy", "r", "d", "stroke-width"] {
        for value in page.split(&format!(" {name}=\"")).skip(1).filter_map(|part| part.split('"').next()) {
            let fine = value.chars().all(|c| c.is_ascii_digit() || "MLHVZmlhvzaAcC .-".contains(c));
            assert!(fine && !value.is_empty(), "{name}={value}");
        }
    }
}

#[test]
fn every_state_is_sound() {
    for data in [good(90), bad(60), empty(), hostile(), extreme(), good(1), good(2), good(365)] {
        let page = render(&data).unwrap();
        sound(&page);
        plain_geometry(&page);
    }
}

#[test]
fn no_number_is_broken() {
    for data in [good(90), bad(60), empty(), extreme()] {
        let page = render(&data).unwrap();
        for broken in ["NaN", "inf", "undefined"] {
            let found = page.match_indices(broken).find(|(at, _)| !page[*at..].starts_with("info"));
            assert_eq!(found.map(|(at, _)| &page[at.saturating_sub(40)..(at + 40).min(page.len())]), None);
        }
    }
}

#[test]
fn without_data_every_part_says_so() {
    let page = render(&empty()).unwrap();
    let panels = page.matches(r#"<article class="panel">"#).count();
    assert_eq!(panels, 4 + 2 + 4 + 2 + 2);
    // One badge per panel and per tile.
    assert_eq!(page.matches("Not enough data yet</span>").count(), panels + 6);
    assert_eq!(page.matches(r#"role="img""#).count(), 0);
    assert!(page.contains("There is not enough data yet to judge the scores."));
}

#[test]
fn each_chart_has_a_name_a_question_and_a_table() {
    let page = render(&good(90)).unwrap();
    for panel in page.split(r#"<article class="panel">"#).skip(1) {
        let panel = panel.split("</article>").next().unwrap();
        assert!(panel.contains("<h3><span class=\"eyebrow\">") && panel.contains("?</h3>"), "{panel}");
        assert_eq!(panel.matches(r#"role="img" aria-label=""#).count(), 1, "{panel}");
        assert_eq!(panel.matches("<details>").count(), 1);
        assert!(panel.matches("<th scope=\"row\">").count() > 1);
    }
}

#[test]
fn good_and_bad_days_are_told_apart() {
    let page = render(&good(90)).unwrap();
    assert!(page.contains("The scores can be used; one check needs a look."), "days are missing");
    assert!(page.contains("4 of 90 days are missing: 12 Oct, 3\u{2013}5 Nov."));
    let page = render(&bad(60)).unwrap();
    assert!(page.contains("Do not rely on the scores before this is understood."));
    assert!(page.contains("The run for 22 Nov 2026 failed at the step check rejected rows"));
    assert!(page.contains("too high on average"));
    assert!(page.contains("1 of 18,402 compared scores differ"));
    assert!(page.contains("&gt;99.9%"));
}

#[test]
fn of_a_days_runs_the_last_one_of_the_ledger_counts() {
    let mut data = good(30);
    let last = data.runs.pop().unwrap();
    let run = |run_id: &str, status| RunRow { run_id: run_id.into(), status, ..last.clone() };
    // The names of runs are hashes.
    data.runs.extend([run("z", RunStatus::Failed), run("a", RunStatus::Done)]);
    assert!(!reading(&render(&data).unwrap()).contains(" failed; 1 of the last"));
    data.runs.reverse();
    assert!(reading(&render(&data).unwrap()).contains(" failed; 1 of the last"));
}

#[test]
fn the_policy_admits_exactly_the_style_of_the_page() {
    let page = render(&good(10)).unwrap();
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let hash = BASE64_STANDARD.encode(Sha256::digest(style.as_bytes()));
    assert!(
        page.contains(&format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"))
    );
    assert!(!page.contains(" style=") && !page.contains("http:") && !page.contains("https:") && !page.contains("src="));
}

#[test]
fn a_year_fits_the_budget() {
    let page = render(&good(365)).unwrap();
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut page.as_bytes(), &mut packed, &params).unwrap();
    println!("365 days: {} bytes, {} in brotli", page.len(), packed.len());
    assert!(packed.len() <= 160_000, "{}", packed.len());
}

#[test]
fn rows_survive_json() {
    let data = good(30);
    let text = serde_json::to_string(&data).unwrap();
    let back: DashboardData = serde_json::from_str(&text).unwrap();
    assert_eq!(render(&back).unwrap(), render(&data).unwrap());
    let least = serde_json::json!({ "site": "S", "generated_for": TODAY.to_string() });
    let least: DashboardData = serde_json::from_value(least).unwrap();
    assert!(render(&least).is_ok());
    let wrong = text.replacen("\"session\"", "\"sesion\"", 1);
    assert!(serde_json::from_str::<DashboardData>(&wrong).is_err());
}

/// What a reader reads: text without pictures, a table row per line.
fn reading(page: &str) -> String {
    let main = page.split_once("<main>").unwrap().1.split_once("</main>").unwrap().0;
    let mut out = String::new();
    let mut rest = main;
    while let Some((text, after)) = rest.split_once('<') {
        out.push_str(text);
        let (tag, after) = after.split_once('>').unwrap();
        let name = tag.split(' ').next().unwrap();
        match name {
            "h2" | "h3" | "p" | "li" | "tr" | "dl" | "details" => out.push('\n'),
            "td" | "th" | "dd" => out.push_str(" | "),
            "span" | "/span" | "dt" => out.push(' '),
            _ => {}
        }
        rest = if name == "svg" { after.split_once("</svg>").unwrap().1 } else { after };
    }
    let lines = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).map(|line| line + "\n").collect()
}

/// Sentences and tables of a small page. `INKLING_REFRESH_GOLDEN=1` writes them anew.
#[test]
fn golden() {
    let mut data = bad(9);
    data.calibration.retain(|row| row.target == Target::Visitor);
    let text = reading(&render(&data).unwrap());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/dashboard/tests/golden.txt");
    if std::env::var_os("INKLING_REFRESH_GOLDEN").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap();
    for (i, (is, was)) in text.lines().zip(golden.lines()).enumerate() {
        assert_eq!(is, was, "line {}", i + 1);
    }
    assert_eq!(text.lines().count(), golden.lines().count());
}
