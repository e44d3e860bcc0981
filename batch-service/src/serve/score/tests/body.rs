use super::*;

fn refused(text: &str) -> (u16, String) {
    let unread = parse::<Body<'_>>(text.as_bytes()).unwrap_err();
    (unread.status.as_u16(), unread.detail)
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_without_its_value() {
    for (text, status, says) in [
        ("", 400, "no JSON: EOF while parsing a value, line 1 column 0"),
        ("{\"events\":[}", 400, "no JSON: expected value, line 1 column 12"),
        ("{\"state\":\"\u{1}canary\"}", 400, "no JSON: control character"),
        ("{} x", 400, "no JSON: trailing characters, line 1 column 4"),
        ("[]", 422, "expected an object, line 1 column"),
        ("\"canary\"", 422, "expected an object, line 1 column 8"),
        ("{\"events\":[[\"canary\"]]}", 422, "events[0]: expected an object, line 1 column"),
        ("{\"events\":[{\"name\":\"a\"},[\"canary\",1]]}", 422, "events[1]: expected an object"),
        ("{\"events\":{}}", 422, "events: expected a sequence"),
        ("{\"canari\":1}", 422, "canari: unknown field `canari`, expected one of `target`, `events`"),
        ("{\"events\":[{\"name\":\"x\",\"nam\":\"canary\"}]}", 422, "events[0].nam: unknown field `nam`"),
        ("{\"events\":[{\"name\":\"a\"},{}]}", 422, "events[1]: missing field `name`"),
        ("{\"events\":[{\"name\":\"a\",\"name\":\"canary\"}]}", 422, "duplicate field `name`"),
        (
            "{\"events\":[{\"time_us\":\"canary\"}]}",
            422,
            "events[0].time_us: expected a whole number from 1 to 7258118400000000",
        ),
        ("{\"events\":[{\"time_us\":0.5}]}", 422, "events[0].time_us: expected a whole number"),
        ("{\"events\":[{\"items\":65536}]}", 422, "events[0].items: expected a whole number from 0 to 65535"),
        ("{\"events\":[{\"time\":\"canary expected 7\"}]}", 422, "events[0].time: "),
        ("{\"target\":\"canary\"}", 422, "target: expected `session` or `visitor`"),
        ("{\"user_pseudo_id\":7770001110}", 422, "user_pseudo_id: expected a string"),
    ] {
        let (got, detail) = refused(text);
        assert_eq!(got, status, "{text}: {detail}");
        assert!(detail.contains(says), "{text}: {detail}");
        assert!(!detail.contains("canary") && !detail.contains("777"), "{text}: {detail}");
    }
}

/// The other bodies are read like the one above.
#[test]
fn a_list_is_no_object_in_bodies_of_many() {
    use crate::serve::score::{batch::Batch, invocations::Invocation};
    let batch = parse::<Batch<'_>>(b"{\"requests\":[{},[\"session\"]]}").unwrap_err();
    assert!(batch.detail.starts_with("requests[1]: expected an object"), "{}", batch.detail);
    for (text, place) in [
        ("{\"dataframe_split\":[[],[\"a\"],[[1]]]}", "dataframe_split"),
        ("{\"instances\":[[1]],\"params\":[\"session\"]}", "params"),
    ] {
        let detail = parse::<Invocation>(text.as_bytes()).unwrap_err().detail;
        assert!(detail.starts_with(&format!("{place}: expected an object")), "{detail}");
    }
    let sound = "{\"instances\":[[1]],\"dataframe_split\":null,\"params\":{\"target\":\"visitor\"}}";
    assert!(parse::<Invocation>(sound.as_bytes()).is_ok());
}

#[test]
fn an_event_is_what_its_fields_say() {
    let text = "{\"events\":[{\"name\":\"a\\u0062\",\"time\":\"2026-07-01T12:00:00.000001+02:00\",\"price\":9.5},\
                {\"name\":\"c\",\"time_us\":1.7e15,\"utc_offset_s\":-60,\"session_number\":4294967295}]}";
    let body: Body<'_> = parse(text.as_bytes()).unwrap();
    let mut offsets = Offsets::new("Europe/Berlin").unwrap();
    let first = body.events[0].raw(&mut offsets).unwrap();
    assert_eq!((first.name, first.time_us, first.price), ("ab", 1_782_900_000_000_001, 9.5));
    assert_eq!((first.utc_offset_s, first.session_id), (7_200, 0), "the summer of the property");
    let second = body.events[1].raw(&mut offsets).unwrap();
    assert_eq!((second.time_us, second.utc_offset_s), (1_700_000_000_000_000, -60));
    assert!(second.price.is_nan() && second.session_number == u32::MAX);
    for times in ["", ",\"time_us\":1,\"time\":\"2026-07-01T12:00:00Z\""] {
        let text = format!("{{\"events\":[{{\"name\":\"a\"{times}}}]}}");
        let body: Body<'_> = parse(text.as_bytes()).unwrap();
        assert!(body.events[0].raw(&mut offsets).unwrap_err().contains("either"), "{times}");
    }
    let early = "{\"events\":[{\"name\":\"a\",\"time\":\"1969-12-31T00:00:00Z\"}]}";
    assert!(parse::<Body<'_>>(early.as_bytes()).unwrap().events[0].raw(&mut offsets).is_err());
}
