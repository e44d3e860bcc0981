//! The log of the program in the form of Cloud Logging.

use super::start::{Place, ROUTE};
use conformance::world::google_keys::{KeyServer, token};
use conformance::world::http::send;
use serde_json::Value;

fn is_line(line: &Value) {
    let severities = ["INFO", "WARNING", "ERROR", "CRITICAL"];
    assert!(severities.contains(&line["severity"].as_str().unwrap()), "{line}");
    assert!(line["message"].is_string(), "{line}");
    line["time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
}

fn json_lines(stderr: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(stderr);
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")));
    lines.inspect(is_line).collect()
}

#[test]
fn a_run_logs_each_step_and_its_end() {
    let place = Place::copy("log-run");
    let day = place.day.to_string();
    // Cloud Run is known by its variables.
    let run = place.command(&["run", "--date", &day]).env("CLOUD_RUN_JOB", "inkling").output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let lines = json_lines(&run.stderr);
    // Of the days before it, only their fingerprints are looked at.
    let of_day = |line: &&Value| line["date"] == day.as_str();
    let steps: Vec<&str> = lines.iter().filter(of_day).filter_map(|line| line["step"].as_str()).collect();
    let all = [
        "fingerprint",
        "read",
        "write_events_clean",
        "fold_and_score",
        "write_visitor_state",
        "write_scores",
        "publish",
    ];
    assert_eq!(steps, all);
    for line in &lines {
        assert_eq!(line["logging.googleapis.com/labels"]["command"], "run", "{line}");
        if line["step"].is_string() {
            assert!(line["date"].is_string() && line["seconds"].is_f64(), "{line}");
        }
    }
    let read = lines.iter().find(|line| line["step"] == "read").unwrap();
    assert!(read["counts"]["events"].as_u64().unwrap() > 100, "{read}");
    let end = lines.iter().find(|line| line["run_id"].is_string()).unwrap();
    assert_eq!((&end["status"], end["scored"].as_u64() > Some(0)), (&"done".into(), true), "{end}");

    // People see as little as before.
    let text = place.command(&["run", "--date", &day, "--force"]).output().unwrap();
    let said = String::from_utf8_lossy(&text.stderr);
    assert_eq!((text.status.code(), said.trim()), (Some(0), "ignored files that are not named events_YYYYMMDD: 1"));
    let json = place.command(&["run", "--date", &day, "--force", "--log-format", "json"]).output().unwrap();
    assert!(json_lines(&json.stderr).len() >= 7);
}

#[test]
fn errors_are_lines_by_their_severity() {
    let place = Place::copy("log-errors");
    let last = |arguments: &[&str], code: i32| {
        let output = place.command(arguments).env("K_SERVICE", "inkling").output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        json_lines(&output.stderr).pop().unwrap()
    };
    let day = place.day.to_string();
    // Too early is nothing to wake anybody for.
    let line = last(&["run", "--date", "2020-01-01"], 3);
    assert_eq!((&line["severity"], &line["exit_code"]), (&"WARNING".into(), &3.into()));
    assert_eq!(last(&["run", "--date", "soon"], 2)["severity"], "ERROR");
    assert_eq!(last(&["run", "--date", &day, "--profile", "nobody.toml"], 2)["severity"], "ERROR");
    place.break_export(place.day);
    let line = last(&["run", "--date", &day], 4);
    assert!(line["message"].as_str().unwrap().contains("the file is truncated"), "{line}");
    // The configured format goes before that of the platform, the flag before both.
    place.folder.write("inkling.toml", "[log]\nformat = \"text\"\n");
    let output = place.command(&["run", "--date", &day]).env("K_SERVICE", "x").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).lines().any(|line| line.starts_with("inkling: ")));
    let output = place.command(&["run", "--date", &day, "--log-format", "json"]).output().unwrap();
    assert_eq!(json_lines(&output.stderr).pop().unwrap()["severity"], "ERROR");
}

#[test]
fn requests_are_lines_with_their_trace_and_so_is_what_they_start() {
    let (place, keys) = (Place::copy("log-requests"), KeyServer::start());
    let serving = place.serve(&keys, &["--log-format", "json"], &[("GOOGLE_CLOUD_PROJECT", "my-project")]);
    let id = "0af7651916cd43dd8448eb211c80319c";
    let traceparent = format!("00-{id}-b7ad6b7169203331-01");
    let bearer = format!("Bearer {}", token());
    let headers =
        [("Authorization", bearer.as_str()), ("traceparent", &traceparent), ("User-Agent", "Google-Cloud-Scheduler")];
    assert_eq!(serving.post(&headers, "").status, 200);
    assert_eq!(
        send(
            &serving.address,
            "GET",
            "/dashboard?visitor=17.4&x=%22",
            &[("X-Cloud-Trace-Context", &format!("{id}/1;o=0"))],
            b""
        )
        .status,
        200
    );
    assert_eq!(serving.get("/no\"such/page").status, 404);
    let lines = serving.lines();
    lines.iter().for_each(is_line);
    let of = |url: &str| {
        lines.iter().find(|line| line["httpRequest"]["requestUrl"] == url).unwrap_or_else(|| panic!("{url}"))
    };
    let trigger = of(ROUTE);
    let request = &trigger["httpRequest"];
    assert_eq!((&request["requestMethod"], &request["status"]), (&"POST".into(), &200.into()));
    assert_eq!(request["userAgent"], "Google-Cloud-Scheduler");
    let latency = request["latency"].as_str().unwrap().strip_suffix('s').unwrap();
    assert!(latency.parse::<f64>().unwrap() > 0.0 && latency.split_once('.').unwrap().1.len() == 3);
    let trace = format!("projects/my-project/traces/{id}");
    assert_eq!(
        (&trigger["logging.googleapis.com/trace"], &trigger["logging.googleapis.com/spanId"]),
        (&trace.as_str().into(), &"b7ad6b7169203331".into())
    );
    let page = of("/dashboard");
    assert_eq!(
        (&page["logging.googleapis.com/trace"], &page["logging.googleapis.com/trace_sampled"]),
        (&trace.as_str().into(), &false.into())
    );
    assert_eq!(of("/no\"such/page")["message"], "GET other 404");
    // The steps of the job belong to the request.
    let steps: Vec<&Value> = lines.iter().filter(|line| line["step"].is_string()).collect();
    assert!(
        steps.len() >= 14 && steps.iter().all(|line| line["logging.googleapis.com/trace"] == trace.as_str()),
        "{steps:?}"
    );
    assert!(!serving.log().contains("17.4"), "what stands behind the ? is not told");
}
