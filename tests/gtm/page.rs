//! What `gtm render` writes for pages and Custom HTML tags, and where the root comes from.

use super::rendered::{ALWAYS, BASE, LOADER, ROOT, arguments, read, rendered};
use conformance::world::{Folder, Inkling, documented, web};
use serde_json::{Value, json};

/// A loader with everything in it that ends a script, a string or a text of Tag Manager.
const WILD: &str =
    "/* </script> <!-- <script> */ var a = '</SCRIPT>', b = `{{a}}{{{`, c = \"\\\\\\u2028\u{2028}ä😀\";\r\n\tx";
const ROOT_LINE: &str = "  window.inkling(\"init\", { root: ";

/// `gtm render` with a loader of our own.
fn with_loader(name: &str, loader: &str, more: &[&str]) -> Folder {
    let folder = Folder::fresh(name);
    folder.write("web/loader.js", loader);
    let _ = Inkling::new(&folder).json(&arguments(&[&["--web", "web"], more].concat()));
    folder
}

/// The text that an inline loader is written as.
fn embedded(html: &str) -> String {
    let line = html.lines().find_map(|line| line.strip_prefix("    script.text = ")).expect("the line of the loader");
    serde_json::from_str(line.strip_suffix(';').unwrap()).expect("one text")
}

#[test]
fn the_script_is_the_golden_one() {
    let more = ["--channel", "canary", "--stream", "G-ABC1234567", "--no-page-views", "--memory"];
    let folder = with_loader("gtm-page-script", "alert(1)\n", &more);
    let golden = format!(
        r#"<script>
window.inkling = window.inkling || function () {{ (inkling.q = inkling.q || []).push(arguments) }};
inkling("init", {{ root: "{ROOT}", site: "northgate-university", environment: "prod", base: "{BASE}", channel: "canary", stream: "G-ABC1234567", pageViews: false, memory: true }});
</script>
<script async src="{LOADER}" integrity="sha384-Vak0Zcr3bxd8tq03epnMvktUZupI6KlqYOa+TS7L9/HvJHvuB6S2m74oday+ttbz" crossorigin="anonymous"></script>
"#
    );
    assert_eq!(read(&folder, "inkling-script.html"), golden);
    // The file to be served is the one that the hash is of.
    assert_eq!(read(&folder, "loader.js"), "alert(1)\n");
}

#[test]
fn the_inline_loader_is_the_built_one_and_cannot_end_early() {
    let built = std::fs::read_to_string(web().join("loader.js")).unwrap();
    for (name, loader) in [("gtm-page-built", built.as_str()), ("gtm-page-wild", WILD)] {
        let folder = with_loader(name, loader, &[]);
        let html = read(&folder, "inkling-inline.html");
        assert_eq!(embedded(&html), loader);
        assert!(html.starts_with("<script>\n") && html.ends_with("</script>\n") && html.is_ascii(), "{html}");
        assert_eq!(html.matches('<').count(), 2, "nothing but the script itself opens a tag");
        assert!(!html.contains("{{"), "Tag Manager takes it for a variable");
        assert!(html.contains(&format!("{ROOT_LINE}\"{ROOT}\"")), "{html}");
        // Of the frame; Tag Manager's compiler takes nothing newer.
        let frame = html.replace(html.lines().find(|line| line.contains("script.text = ")).unwrap(), "");
        for newer in ["=>", "const ", "let ", "`", "?.", "async"] {
            assert!(!frame.contains(newer), "{newer} is no ECMAScript 5");
        }
        println!("{name}: {} bytes for {}", html.len(), loader.len());
        // What Tag Manager takes in a Custom HTML tag, with room for a loader half as large again.
        assert!(html.len() < 70_000);
    }
}

#[test]
fn the_inline_container_is_the_other_one_with_another_tag() {
    let (folder, _) = rendered("gtm-page-container");
    let parse = |name: &str| -> Value { serde_json::from_str(&read(&folder, name)).unwrap() };
    let (mut other, ours) = (parse("container.json"), parse("container-inline.json"));
    let version = &mut other["containerVersion"];
    version["customTemplate"].as_array_mut().unwrap().remove(0);
    version["tag"][0]["type"] = "html".into();
    version["tag"][0]["parameter"] = json!([
        {"type": "TEMPLATE", "key": "html", "value": read(&folder, "inkling-inline.html")},
        {"type": "BOOLEAN", "key": "supportDocumentWrite", "value": "false"},
    ]);
    assert_eq!(ours, other);
}

#[test]
fn the_root_is_that_of_the_keys_folder() {
    let folder = Folder::fresh("gtm-page-root");
    let inkling = Inkling::new(&folder);
    let all = arguments(&[]);
    let at = all.iter().position(|a| *a == "--root").unwrap();
    let without = [&all[..at], &all[at + 2..]].concat();
    let said = inkling.refused(&without, 2);
    for word in ["keys", "1.root.json", "--root", "--keys", "inkling release keys show", "inkling release keys init"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let init = |more: &[&str]| inkling.json(&[&["release", "keys", "init"], more].concat());
    let pin = init(&[])["root"].as_str().unwrap().to_owned();
    let shown = |keys: &[&str]| inkling.json(&[&["release", "keys", "show"], keys].concat())["root"].clone();
    assert_eq!(shown(&[]), pin.as_str());
    let _ = inkling.json(&without);
    for file in &ALWAYS[..4] {
        assert!(read(&folder, file).contains(&pin), "{file}");
    }
    // Another folder, after its keys have changed once.
    let before = init(&["--keys", "other", "--root-keys", "other-root-keys"])["root"].clone();
    let _ = inkling.json(&["release", "keys", "rotate", "--keys", "other", "--root-keys", "other-root-keys"]);
    let _ = inkling.json(&[&without[..], &["--keys", "other"]].concat());
    let (script, now) = (read(&folder, "inkling-script.html"), shown(&["--keys", "other"]));
    assert!(now != before && script.contains(now.as_str().unwrap()), "{script}");
    // Keys that do not hold together are exit code 4, as everywhere.
    folder.write("broken/1.root.json", "{}");
    let _ = inkling.refused(&[&without[..], &["--keys", "broken"]].concat(), 4);
    let _ = inkling.refused(&arguments(&["--keys", "other"]), 2);
}

#[test]
fn without_a_built_loader_nothing_is_written() {
    let folder = Folder::fresh("gtm-page-missing");
    let inkling = Inkling::new(&folder);
    let said = inkling.refused(&arguments(&["--web", "nowhere"]), 2);
    assert!(said.contains("nowhere/loader.js") && said.contains("scripts/build-web"), "{said}");
    for bytes in [&b"\xff\xfe"[..], b" \n"] {
        folder.write("web/loader.js", bytes);
        assert!(inkling.refused(&arguments(&["--web", "web"]), 2).contains("no script"));
    }
    assert!(!folder.at("gtm").exists());
}

#[test]
fn the_command_of_the_document_writes_what_the_document_lists() {
    let folder = Folder::fresh("gtm-page-document");
    let inkling = Inkling::new(&folder);
    let _ = inkling.json(&["release", "keys", "init"]);
    let block = &documented("docs/GTM.md")[0];
    assert!(block.starts_with("inkling gtm render"), "{block}");
    let ran = inkling.shell(block);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let text = std::fs::read_to_string(conformance::world::repository().join("docs/GTM.md")).unwrap();
    let files = folder.contents(&["gtm"]);
    assert_eq!(files.len(), ALWAYS.len() + 2);
    for name in files.keys() {
        let name = name.trim_start_matches("gtm/");
        assert!(text.contains(&format!("`{name}`")) && ran.stdout.contains(name), "{name}: {}", ran.stdout);
    }
}
