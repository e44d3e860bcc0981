//! What is not answered with a score, and that nothing of it tells of visitors.

use super::start::{ORIGIN, SHOP, SLOW, Serving, problem, token};
use conformance::world::http::send;
use serde_json::json;

const JSON: (&str, &str) = ("Content-Type", "application/json");
const VISITOR: &str = "7770001110.7770002220";
const MAIL: &str = "canary.visitor@example.net";

#[test]
fn every_refusal_is_a_problem_and_tells_of_no_visitor() {
    let serving = Serving::start(
        &super::start::filled().site.folder,
        &[("INKLING_TEST_NAME", "refusals"), ("INKLING__LOG__FORMAT", "json")],
    );
    let bearer = format!("Bearer {}", token(SHOP));
    let auth = ("Authorization", &*bearer);
    let page = format!("https://www.northgate.example/apply?email={MAIL}");
    let event = json!({"name": "page_view", "time_us": 1_700_000_000_000_000_i64, "page_location": page});
    let good = json!({"user_pseudo_id": VISITOR, "events": [event]});
    let answer = serving.score(&good);
    assert_eq!((&answer["known"], answer["scores"].as_array().unwrap().len()), (&json!(false), 2));
    let mut said = vec![answer.to_string()];
    let mut check = |what: &str, status: u16, headers: &[(&str, &str)], path: &str, body: &[u8]| {
        let answer = serving.post(path, headers, body);
        let told = problem(&answer, status, what);
        println!("{status} {what}: {}", told["detail"]);
        said.push(format!("{told}"));
    };
    let many = json!({"events": vec![event.clone(); 101]}).to_string();
    let long = vec![b' '; 65_537];
    let text = |value: serde_json::Value| value.to_string().into_bytes();
    for (what, status, body) in [
        ("no JSON", 400, format!("{{\"user_pseudo_id\":\"{VISITOR}").into_bytes()),
        ("no UTF-8", 400, b"{\"state\":\"\xff\"}".to_vec()),
        ("nothing", 400, Vec::new()),
        ("an unknown field", 422, text(json!({"user": VISITOR}))),
        ("a wrong type", 422, text(json!({"events": VISITOR}))),
        ("a wrong time", 422, text(json!({"events": [{"name": "x", "time": MAIL}]}))),
        ("no time", 422, text(json!({"events": [{"name": "x"}]}))),
        ("a wrong target", 422, text(json!({"target": VISITOR}))),
        ("state and id", 422, text(json!({"state": "x", "user_pseudo_id": VISITOR}))),
        ("no id", 422, text(json!({"user_pseudo_id": ""}))),
        ("a long id", 422, text(json!({"user_pseudo_id": VISITOR.repeat(10)}))),
        ("a state that is none", 422, text(json!({"state": VISITOR}))),
        ("too many events", 422, many.into_bytes()),
        ("too long", 413, long.clone()),
    ] {
        check(what, status, &[auth, JSON], "/v1/score", &body);
    }
    let body = text(good.clone());
    check("no media type", 415, &[auth], "/v1/score", &body);
    check("a form", 415, &[auth, ("Content-Type", "text/plain")], "/v1/score", &body);
    check("packed", 415, &[auth, JSON, ("Content-Encoding", "gzip")], "/v1/score", &body);
    check("too long", 413, &[auth, JSON], "/invocations", &vec![b' '; 1_048_577]);
    check("an unknown path", 405, &[auth, JSON], "/v1/scores", &body);
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        problem(&send(&serving.address, method, "/v1/score", &[auth, JSON], &body), 405, method);
    }
    let batch = json!({"requests": [good, {"state": VISITOR}, {"events": [event]}]});
    let answer = serving.shop("/v1/score:batch", &batch).json();
    let answers = answer["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 3);
    assert_eq!((&answers[1]["status"], answers[1]["scores"].as_array()), (&json!(422), None));
    assert_eq!(answers[2]["scores"], answers[0]["scores"], "{answer}");
    said.push(answer.to_string());
    said.push(String::from_utf8(serving.get("/metrics").body).unwrap());
    said.push(serving.log("refusals"));
    let all = said.join("\n");
    assert!(
        all.contains("inkling_http_requests_total{route=\"/v1/score\"") && all.contains("\"requestUrl\":\"/v1/score\"")
    );
    for canary in [VISITOR, "7770001110", MAIL, "eyJ", "page_location\":\"http"] {
        assert!(!all.contains(canary), "{canary} in {all}");
    }
}

#[test]
fn a_caller_asks_as_often_as_it_may() {
    let serving = Serving::shared("rate");
    let (token, body) = (token(SLOW), json!({"events": [{"name": "x", "time_us": 1}]}).to_string());
    let answers: Vec<_> = (0..10).map(|_| serving.ask("/v1/score", &token, &body)).collect();
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert!((6..=8).contains(&refused.len()), "{}", refused.len());
    for answer in &refused {
        problem(answer, 429, "too often");
        assert_eq!(answer.header("retry-after"), "1");
    }
    // Others are not held back by it.
    assert_eq!(serving.ask("/v1/score", &super::start::token(SHOP), &body).status, 200);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    // A batch of ten is worth ten requests, and is paid off afterwards.
    let batch = json!({"requests": vec![json!({"events": [{"name": "x", "time_us": 1}]}); 10]}).to_string();
    assert_eq!(serving.ask("/v1/score:batch", &token, &batch).status, 200);
    let answer = serving.ask("/v1/score", &token, &body);
    problem(&answer, 429, "after a batch");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 3, "{}", answer.header("retry-after"));
}

#[test]
fn pages_of_listed_origins_ask_and_no_others() {
    let serving = Serving::shared("cors");
    let before =
        [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization, content-type")];
    let others =
        ["https://evil.example", "https://www.northgate.example.evil.example", "null", "http://www.northgate.example"];
    for path in ["/v1/score", "/v1/score:batch", "/invocations"] {
        let ask =
            |origin: &str| send(&serving.address, "OPTIONS", path, &[&[("Origin", origin)], &before[..]].concat(), b"");
        let answer = ask(ORIGIN);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, ORIGIN), "{path}");
        assert_eq!(answer.header("access-control-allow-methods"), "POST");
        assert_eq!(answer.header("access-control-allow-headers"), "authorization, content-type");
        assert!(answer.header("vary").contains("origin"));
        for origin in others {
            let answer = ask(origin);
            problem(&answer, 403, origin);
            assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
        }
    }
    let body = json!({"events": [{"name": "x", "time_us": 1}]}).to_string();
    let post = |origin: &str, name: &str| {
        let bearer = format!("Bearer {}", token(name));
        serving.post("/v1/score", &[("Origin", origin), ("Authorization", &bearer), JSON], body.as_bytes())
    };
    let answer = post(ORIGIN, SHOP);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, ORIGIN));
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    for origin in others {
        problem(&post(origin, SHOP), 403, origin);
    }
    problem(&post(ORIGIN, SLOW), 403, "a token of a caller without pages");
    // A page can read why it was refused.
    let refused = serving.post("/v1/score", &[("Origin", ORIGIN), JSON], body.as_bytes());
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, ORIGIN));
}

#[test]
fn half_a_configuration_is_none() {
    let folder = conformance::world::Folder::fresh("scoring-half");
    std::fs::create_dir_all(folder.at("warehouse")).unwrap();
    let serve = |variables: &[(&str, &str)]| {
        let mut command = Serving::command(&folder, &["serve", "--address", "127.0.0.1:0"]);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let caller = format!("[{{\"name\":\"shop\",\"keys\":[\"{key}\"]}}]");
    let (callers, scorers) = ("INKLING__SERVE__CALLERS", "INKLING__SERVE__SCORERS");
    let audience = ("INKLING__SERVE__AUDIENCE", "https://a.example");
    for (variables, says) in [
        (vec![(callers, &*caller)], "serve.callers without serve.audience"),
        (vec![(scorers, "a@b.example"), audience], "serve.scorers without"),
        (vec![(callers, &*caller.replace("shop", "Shop")), audience], "the name `Shop`"),
        (vec![(callers, &*caller.replace(key, "x")), audience], "inkling token key"),
        (vec![(callers, &*caller.replace("keys", "kees")), audience], "kees"),
        (vec![(callers, "shop"), audience], "callers"),
        (vec![(callers, &*caller), audience, ("INKLING_STATE_KEY", "")], "set INKLING_STATE_KEY"),
        (vec![(callers, &*caller), audience, ("INKLING_STATE_KEY", "hunter2")], "base64 of 32 bytes"),
    ] {
        let (code, said) = serve(&variables);
        assert!(code == Some(2) && said.contains(says) && !said.contains("hunter2"), "{variables:?}: {said}");
    }
}
