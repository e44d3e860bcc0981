//! What `gtm render` writes.

use conformance::world::{Folder, Inkling, Node, repository};
use serde_json::{Value, json};

pub const LOADER: &str = "https://tags.northgate.example/inkling/loader-1.js";
pub const BASE: &str = "https://files.northgate.example/releases/";
pub const ROOT: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
/// What is written whatever the flags, beside the templates.
pub const ALWAYS: [&str; 5] =
    ["container.json", "container-inline.json", "inkling-inline.html", "inkling-script.html", "loader.js"];
pub const TEMPLATES: [&str; 3] = ["inkling-tag.tpl", "inkling-value.tpl", "inkling-client.tpl"];

/// `gtm render` into `gtm/`, with more flags.
pub fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let all = [
        "gtm",
        "render",
        "--out",
        "gtm",
        "--loader",
        LOADER,
        "--base",
        BASE,
        "--root",
        ROOT,
        "--site",
        "northgate-university",
    ];
    [&all, more].concat()
}

/// A folder with everything rendered in it.
pub fn rendered(name: &str) -> (Folder, Inkling) {
    let folder = Folder::fresh(name);
    let inkling = Inkling::new(&folder);
    let more = ["--stream", "G-ABC1234567", "--consent-event", "consent_given", "--bucket", BASE];
    let done = inkling.json(&arguments(&more));
    assert_eq!(done["container"], "container.json");
    assert_eq!(done["files"], json!([&ALWAYS[..], &TEMPLATES[..]].concat()));
    (folder, inkling)
}

pub fn read(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.at(&format!("gtm/{name}"))).unwrap()
}

#[test]
fn the_container_is_the_golden_one_around_the_templates() {
    let (folder, _) = rendered("gtm-golden");
    let mut container: Value = serde_json::from_str(&read(&folder, "container.json")).unwrap();
    let templates = container["containerVersion"]["customTemplate"].as_array_mut().unwrap();
    assert_eq!(templates.len(), 2);
    for (template, file) in templates.iter_mut().zip(TEMPLATES) {
        let data = template.as_object_mut().unwrap().remove("templateData").unwrap();
        assert_eq!(data.as_str().unwrap(), read(&folder, file), "{file}");
    }
    let golden = std::fs::read_to_string(repository().join("tests/fixtures/gtm/container.json")).unwrap();
    let ours = format!("{}\n", serde_json::to_string_pretty(&container).unwrap());
    assert_eq!(ours, golden, "what is imported has changed");
}

#[test]
fn the_addresses_are_the_customers_and_nobody_elses() {
    let (folder, _) = rendered("gtm-addresses");
    let tag = read(&folder, "inkling-tag.tpl");
    assert_eq!(tag.matches(LOADER).count(), 2, "code and permission");
    assert!(!tag.contains("www.example.edu/inkling/loader.js"));
    let client = read(&folder, "inkling-client.tpl");
    assert!(!client.contains("example-bucket"));
    assert_eq!(client.matches(&format!("\"{BASE}release.json\"")).count(), 1, "the permission");
    assert_eq!(client.matches(&format!("'{BASE}release.json'")).count(), 1, "the code");
    // The loader is the template's own, and no bucket's.
    assert!(!client.contains("\"the loader\"") && client.len() > read(&folder, "loader.js").len());
    // Everything else is as it was reviewed.
    let source = std::fs::read_to_string(repository().join("web/gtm/web-tag/template.tpl")).unwrap();
    assert_eq!(tag, source.replace("https://www.example.edu/inkling/loader.js", LOADER));
}

#[test]
fn the_same_options_give_the_same_bytes() {
    let (folder, inkling) = rendered("gtm-again");
    let before = folder.contents(&["gtm"]);
    assert_eq!(before.len(), ALWAYS.len() + TEMPLATES.len());
    let more = ["--stream", "G-ABC1234567", "--consent-event", "consent_given", "--bucket", BASE];
    let _ = inkling.json(&arguments(&more));
    assert_eq!(folder.contents(&["gtm"]), before);
}

#[test]
fn choices_reach_the_tag() {
    let folder = Folder::fresh("gtm-choices");
    let inkling = Inkling::new(&folder);
    let lists = ["--domains", "example.org,example.com", "--search", "suche", "--off", "form_start,form_submit"];
    let more = ["--memory", "--no-page-views", "--channel", "canary", "--environment", "stage"];
    let more = [&more[..], &lists].concat();
    let done = inkling.json(&arguments(&more));
    assert_eq!(done["files"], json!([&ALWAYS[..], &TEMPLATES[..2]].concat()), "no bucket, no client");
    let container: Value = serde_json::from_str(&read(&folder, "container.json")).unwrap();
    let tag = &container["containerVersion"]["tag"][0];
    // Tag Manager must not hold back what scores without consent.
    assert_eq!(tag["consentSettings"], json!({"consentStatus": "NOT_NEEDED"}));
    assert_eq!(tag["firingTriggerId"], json!(["1"]));
    let value = |key: &str| {
        let all = tag["parameter"].as_array().unwrap();
        all.iter().find(|p| p["key"] == key).unwrap_or_else(|| panic!("{key}"))["value"].clone()
    };
    for (key, expected) in [
        ("memory", "true"),
        ("pageViews", "false"),
        ("channel", "canary"),
        ("environment", "stage"),
        ("files", ""),
        ("domains", "example.org,example.com"),
        ("search", "suche"),
        ("off", "form_start,form_submit"),
    ] {
        assert_eq!(value(key), expected, "{key}");
    }
    let script = read(&folder, "inkling-script.html");
    let told = r#"domains: ["example.org", "example.com"], search: ["suche"], off: ["form_start", "form_submit"]"#;
    assert!(script.contains(told) && !script.contains("files:"), "{script}");
    // release.json from a server container: files are read where they lie.
    let server = "https://tags.northgate.example/inkling/";
    let all: Vec<&str> = arguments(&["--bucket", BASE]).into_iter().collect();
    let all: Vec<&str> =
        all.iter().enumerate().map(|(i, a)| if i > 0 && all[i - 1] == "--base" { server } else { a }).collect();
    let _ = inkling.json(&all);
    let script = read(&folder, "inkling-script.html");
    assert!(script.contains(&format!("base: \"{server}\", files: \"{BASE}\"")), "{script}");
}

#[test]
fn the_site_comes_from_the_profile() {
    let folder = Folder::fresh("gtm-profile");
    let inkling = Inkling::new(&folder);
    let all = arguments(&[]);
    let without = &all[..all.len() - 2];
    let _ = inkling.json(&[without, &["--profile", "northgate-university"]].concat());
    assert!(read(&folder, "container.json").contains("\"northgate-university\""));
    assert!(inkling.refused(without, 2).contains("--site"));
}

#[test]
fn what_is_rendered_passes_its_own_tests() {
    let _ = Node::ready();
    let (folder, inkling) = rendered("gtm-tested");
    let mut scenarios = 0;
    for template in TEMPLATES {
        let file = format!("gtm/{template}");
        let result = inkling.json(&["gtm", "test", &file]);
        assert_eq!((&result["ok"], &result["failed"]), (&json!(true), &json!(0)), "{result}");
        for empty in ["unused", "unnoticed", "syntax"] {
            assert_eq!(result[empty], json!([]), "{file}");
        }
        assert_eq!(result["branches"]["missed"], json!([]), "{file}");
        if template != "inkling-client.tpl" {
            scenarios += result["passed"].as_u64().unwrap();
        }
        println!("{template}: {} scenarios, {} branches", result["passed"], result["branches"]["total"]);
    }
    assert!(scenarios >= 25, "{scenarios} scenarios over tag and variable");
    drop(folder);
}
