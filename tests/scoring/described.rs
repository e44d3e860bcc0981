//! What `/openapi.json` says is what the server does: schemathesis makes thousands of requests of it, good and bad ones.

use super::start::{SHOP, Serving, token};
use conformance::world::{described_venv, repository};
use std::process::Command;

#[test]
fn schemathesis_finds_nothing() {
    let serving = Serving::shared("described");
    let document = serving.get("/openapi.json").json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{document}");
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/invocations", "/v1/score", "/v1/score:batch"]);
    // No rows are rows of every form.
    for name in ["Instances", "Inputs"] {
        let forms = &document["components"]["schemas"][name];
        assert!(
            forms["anyOf"].as_array().is_some_and(|forms| forms.len() > 1) && forms["description"].is_string(),
            "{forms}"
        );
    }
    let mut command = Command::new(described_venv().join("bin/schemathesis"));
    command.arg("--config-file").arg(repository().join("tests/scoring/schemathesis.toml"));
    command.args(["run", &format!("http://{}/openapi.json", serving.address), "--no-color"]);
    command.args(["--header", &format!("Authorization: Bearer {}", token(SHOP))]);
    let output = command.current_dir(repository().join("target")).output().expect("schemathesis starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let summary = said.lines().skip_while(|line| !line.contains("SUMMARY")).collect::<Vec<_>>().join("\n");
    println!("{summary}");
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
