use super::Nulled;

fn nulled(text: &str) -> String {
    String::from_utf8(Nulled::of(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e:?}")).bytes.into_owned())
        .unwrap()
}

#[test]
fn only_whole_words_outside_of_texts_are_missing_numbers() {
    for (text, expected) in [
        ("[NaN]", "[null]"),
        ("NaN", "null"),
        ("[1, NaN,NaN ,\nNaN\t]", "[1, null,null ,\nnull\t]"),
        ("{\"a\":NaN}", "{\"a\":null}"),
        // Texts stay, whatever is escaped in them.
        ("{\"NaN\": \"NaN, [NaN]\", \"b\": NaN}", "{\"NaN\": \"NaN, [NaN]\", \"b\": null}"),
        ("[\"\\\"NaN\", NaN, \"\\\\\", NaN]", "[\"\\\"NaN\", null, \"\\\\\", null]"),
        ("[\"\u{fc}\u{1f600}NaN\", NaN]", "[\"\u{fc}\u{1f600}NaN\", null]"),
        // What is no JSON stays none.
        ("[-NaN]", "[-NaN]"),
        ("[NaNa, xNaN, 1NaN, NaN1, NaN.0, nan, NAN]", "[NaNa, xNaN, 1NaN, NaN1, NaN.0, nan, NAN]"),
        ("\"NaN", "\"NaN"),
        ("\"\\", "\"\\"),
        ("[1e-5, true, null]", "[1e-5, true, null]"),
    ] {
        assert_eq!(nulled(text), expected, "{text}");
    }
}

#[test]
fn infinite_numbers_are_refused_where_they_stand() {
    for (text, place) in [("[Infinity]", "line 1 column 2"), ("[NaN,\n -Infinity]", "line 2 column 2")] {
        let unread = Nulled::of(text.as_bytes()).err().unwrap();
        assert_eq!(unread.status, 400);
        assert!(unread.detail.contains("infinite") && unread.detail.ends_with(place), "{}", unread.detail);
    }
    assert!(Nulled::of(b"[\"Infinity\"]").is_ok());
}

#[test]
fn places_are_those_of_what_was_sent() {
    use crate::serve::score::{body, invocations::Invocation};
    let detail = |text: &str| body::parse_of_python::<Invocation>(text.as_bytes()).unwrap_err().detail;
    for text in [
        "{\"instances\":[[NaN,NaN]],\"rows\":1}",
        "{\"instances\":[[NaN,\nNaN]],\"rows\":1}",
        "{\"instances\":[[1,1]],\n\"rows\":1,\"x\":NaN}",
        "{\"instances\":[[NaN,NaN",
        "{\"instances\":[[NaN,NaN}",
    ] {
        // A number as long as the word.
        assert_eq!(detail(text), detail(&text.replace("NaN", "111")), "{text}");
    }
    assert!(detail("{\"instances\":[[NaN,\nNaN]],\"rows\":1}").ends_with("line 2 column 12"));
}
