use super::super::{Arrival, Kept, Way, exported, imported};
use super::started;
use crate::world::micros;
use jiff::civil::{Date, date};

fn kept(client: &str, moment: &str) -> Kept {
    Kept {
        way: Way::DataManager,
        request: 0,
        client: client.to_owned(),
        name: "inkling_score".to_owned(),
        time_us: micros(moment),
        timed: true,
        id: None,
        properties: vec![("inkling_score".to_owned(), "85".to_owned())],
        params: Vec::new(),
        consent: None,
    }
}

#[test]
fn an_event_is_exported_on_one_day_of_the_property() {
    let server = started();
    // The clocks of London go back on 25 October 2026.
    for moment in ["2026-10-24T22:59:59Z", "2026-10-24T23:00:00Z", "2026-10-25T23:59:59Z", "2026-10-26T00:00:00Z"] {
        server.state().events.push(kept("1.2", moment));
    }
    let on = |day: Date| exported(&server.state(), day, Arrival::ALL).len();
    assert_eq!([24, 25, 26].map(|day| on(date(2026, 10, day))), [1, 2, 1]);
    let day = date(2026, 10, 25);
    let row = exported(&server.state(), day, Arrival::ALL)[0].json(day);
    assert_eq!(row["user_properties"][0]["value"]["string_value"], "85");
    assert_eq!((&row["event_date"], &row["event_name"]), (&"20261025".into(), &"inkling_score".into()));
    assert_eq!((&row["stream_id"], row["event_params"].as_array().unwrap().len()), (&"987654321".into(), 0));
}

#[test]
fn a_part_arrives() {
    let server = started();
    for i in 0..1_000 {
        server.state().events.push(kept(&format!("{i}.1"), "2026-11-19T12:00:00Z"));
    }
    let some = |share: f64, seed: u64| exported(&server.state(), date(2026, 11, 19), Arrival { share, seed });
    assert_eq!([1.0, 0.96, 0.9, 0.0].map(|share| some(share, 1).len()), [1_000, 960, 900, 0]);
    let ids = |seed: u64| some(0.9, seed).iter().map(|r| r.json(date(2026, 11, 19)).to_string()).collect::<Vec<_>>();
    assert_eq!(ids(1), ids(1));
    assert_ne!(ids(1), ids(2));
}

#[test]
fn values_with_a_later_time_win_whenever_they_come() {
    let server = started();
    let with = |value: &str, moment: &str| {
        let mut event = kept("1.2", moment);
        event.properties[0].1 = value.to_owned();
        server.state().events.push(event);
    };
    with("20", "2026-11-19T12:00:00Z");
    with("10", "2026-11-18T12:00:00Z");
    assert_eq!(server.state().profiles()["1.2"]["inkling_score"], "20");
    with("30", "2026-11-19T12:00:00Z");
    assert_eq!(server.state().profiles()["1.2"]["inkling_score"], "30");
}

#[test]
fn files_for_data_import() {
    let head = "client_id,stream_id,inkling_score,inkling_band\n";
    let rows = imported(format!("{head}1.2,77,85,high\n3.4,77,\"05\",low\r\n").as_bytes()).unwrap();
    assert_eq!((rows.len(), rows[1].client.as_str(), rows[1].properties[0].1.as_str()), (2, "3.4", "05"));
    let long = "x".repeat(37);
    for wrong in [
        String::new(),
        "client_id,inkling_score\n".to_owned(),
        "client_id,stream_id,user_id\n".to_owned(),
        format!("{head}1.2,77,85\n"),
        format!("{head}1.2,,85,high\n"),
        format!("{head}x,77,85,high\n"),
        format!("{head}1.2,77,85,{long}\n"),
        format!("{head}1.2,77,85,\"high\n"),
        format!("{head}1.2,77,85,hi\"gh\n"),
        format!("{head}1.2,77,85,high\n1.2,77,80,high\n"),
    ] {
        assert!(imported(wrong.as_bytes()).is_err(), "{wrong}");
    }
    assert!(imported(b"client_id,stream_id,a\n1.2,7,\xff\n").is_err());
}
