//! MLflow's bodies: each form gives the bits that the scorer gives for the row.

use super::start::{SHOP, Serving, filled, problem, token};
use batch_service::fold::{StateReader, VISITOR_STATE};
use batch_service::store::registry;
use model_core::{Scorer, Target};
use serde_json::{Map, Value, json};

fn number(value: f32) -> Value {
    if value.is_nan() { Value::Null } else { f64::from(value).into() }
}

#[test]
fn every_form_gives_the_bits_of_the_scorer() {
    let filled = filled();
    let place = &filled.site.place;
    let serving = Serving::shared("rows");
    let day = *place.warehouse.partitions(VISITOR_STATE).unwrap().last().unwrap();
    for target in Target::ALL {
        let version = registry::in_service(&place.store, target).unwrap().unwrap();
        let mut scorer = Scorer::new(registry::load(&place.store, &version).unwrap().bundle);
        let bundle = scorer.bundle();
        let names = bundle.model(target).unwrap().feature_names(bundle.profile());
        let mut states = StateReader::open(&*place.warehouse, day).unwrap();
        let (mut rows, mut expected) = (Vec::new(), Vec::new());
        while let (Some(row), true) = (states.next().unwrap(), rows.len() < 50) {
            scorer.restore(&row.state).unwrap();
            expected.push(scorer.score(target).unwrap());
            rows.push(scorer.row(target).unwrap());
        }
        let in_order: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().copied().map(number).collect()).collect();
        let present = |row: &Vec<f32>| {
            let cells = names.iter().zip(row).filter(|(_, value)| !value.is_nan());
            cells.map(|(name, value)| (name.clone(), number(*value))).collect::<Map<_, _>>()
        };
        let records: Vec<_> = rows.iter().map(present).collect();
        let mut backwards = names.clone();
        backwards.reverse();
        let data: Vec<Vec<Value>> = in_order.iter().map(|row| row.iter().rev().cloned().collect()).collect();
        let column = |i: usize| in_order.iter().map(|row| row[i].clone()).collect::<Vec<_>>();
        let columns: Map<String, Value> =
            names.iter().enumerate().map(|(i, name)| (name.clone(), column(i).into())).collect();
        let index: Vec<usize> = (0..rows.len()).collect();
        for mut body in [
            json!({"dataframe_split": {"index": index, "columns": backwards, "data": data}}),
            json!({"dataframe_records": records}),
            json!({"instances": records}),
            json!({"instances": in_order}),
            json!({"inputs": in_order}),
            json!({"inputs": records}),
            json!({"inputs": columns}),
        ] {
            body["params"] = json!({"target": target.as_str()});
            let answer = serving.shop("/invocations", &body);
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            let answer = answer.json();
            let told: Vec<u64> =
                answer["predictions"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap().to_bits()).collect();
            assert_eq!(told, expected.iter().map(|score| score.to_bits()).collect::<Vec<_>>());
        }
    }
}

#[test]
fn what_is_no_row_of_the_model_is_refused_by_name() {
    let serving = Serving::shared("rows-refused");
    let version = registry::in_service(&filled().site.place.store, Target::Session).unwrap().unwrap();
    let bundle = registry::load(&filled().site.place.store, &version).unwrap().bundle;
    let name = bundle.model(Target::Session).unwrap().feature_name(bundle.profile(), 0);
    let twice = [&*name, &*name];
    let (said_twice, cells) = (format!("`{name}` twice"), json!([["canary"]]));
    for (body, says) in [
        (json!({}), "one of `dataframe_split`"),
        (json!({"instances": [], "inputs": []}), "one of `dataframe_split`"),
        (json!({"dataframe_records": [{"nonsense": 1}]}), "dataframe_records[0]: the model has no feature `nonsense`"),
        (json!({"dataframe_split": {"columns": twice, "data": []}}), &*said_twice),
        (json!({"dataframe_split": {"columns": twice[..1], "data": [[1, 2]]}}), "dataframe_split.data[0]: 1 numbers"),
        (
            json!({"dataframe_split": {"columns": twice[..1], "data": cells}}),
            "dataframe_split.data[0][0]: expected f64",
        ),
        (json!({"instances": [[1]]}), "instances[0]:"),
        (json!({"instances": "canary"}), "instances: "),
        (json!({"dataframe_records": vec![json!({}); 10_001]}), "at most 10000 rows"),
        (json!({"rows": []}), "unknown field `rows`"),
        (json!({"dataframe_records": [], "params": {"target": "canary"}}), "expected `session` or `visitor`"),
    ] {
        let told = problem(&serving.shop("/invocations", &body), 422, says);
        let detail = told["detail"].as_str().unwrap();
        assert!(detail.contains(says) && !detail.contains("canary"), "{says}: {detail}");
    }
    let none = serving.shop("/invocations", &json!({"dataframe_records": []}));
    assert_eq!((none.status, none.json()), (200, json!({"predictions": []})));
}

/// Python writes a missing number as `NaN`, as MLflow's own client does.
#[test]
fn missing_numbers_of_python_are_missing_and_its_client_finds_the_server_ready() {
    let serving = Serving::shared("rows-python");
    let ping = serving.get("/ping");
    assert_eq!((ping.status, &*ping.body), (200, &b"ready"[..]));
    let version = registry::in_service(&filled().site.place.store, Target::Session).unwrap().unwrap();
    let bundle = registry::load(&filled().site.place.store, &version).unwrap().bundle;
    let names = bundle.model(Target::Session).unwrap().feature_names(bundle.profile());
    let split = |cell: &str| {
        let row = vec![cell; names.len()].join(", ");
        format!("{{\"dataframe_split\": {{\"index\": [0, NaN], \"columns\": {}, \"data\": [[{row}]]}}}}", json!(names))
    };
    let token = token(SHOP);
    let ask = |path: &str, body: &str| serving.ask(path, &token, body);
    let (nan, null) = (ask("/invocations", &split("NaN")), ask("/invocations", &split("NaN").replace("NaN", "null")));
    assert_eq!((nan.status, null.status), (200, 200), "{}", String::from_utf8_lossy(&nan.body));
    assert_eq!(nan.json(), null.json());
    for cell in ["Infinity", "-Infinity"] {
        let told = problem(&ask("/invocations", &split(cell)), 400, cell);
        assert!(told["detail"].as_str().unwrap().contains("an infinite number"), "{told}");
    }
    for cell in ["\"NaN\"", "-NaN", "nan"] {
        assert_ne!(ask("/invocations", &split(cell)).status, 200, "{cell}");
    }
    // Events are no rows.
    let event = "{\"events\": [{\"name\": \"x\", \"time_us\": 1, \"price\": NaN}]}";
    let _ = problem(&ask("/v1/score", event), 400, "NaN in an event");
}
