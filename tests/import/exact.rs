//! What a pickle says is what Python and numpy read in it, to the last bit, or is refused.

use super::bombs::{buffer, cat, class, dtype, dtype_as, text, whole};
use batch_service::import::pickle::{Look, read};

/// numpy would take the elements for longer than they are, or for places in memory.
#[test]
fn types_with_another_size_alignment_or_flags_than_their_own_are_refused() {
    let fields = |flags: &[u8]| {
        let fields = cat(&[&text("|"), b"N", &text("a"), b"\x85}", &text("a"), &dtype("f8", "<"), b"K\x00\x86s"]);
        whole(&[&class("numpy", "dtype"), &text("V8"), b"\x89\x88\x87R(K\x03", &fields, flags, b"tb"])
    };
    let own = ["b1", "f8", "O8", "S3", "U3", "V3"].map(|code| whole(&[&dtype(code, "|")]));
    // Also made with `align=True`, of numpy 2 and 1.
    let structured = [&b"K\x08K\x01K\x10"[..], b"K\x08K\x08K\x90", b"K\x08K\x08J\x90\xff\xff\xff"].map(fields);
    for file in own.iter().chain(&structured) {
        assert!(read(file).is_ok(), "{}", file.escape_ascii());
    }
    let mut changed: Vec<Vec<u8>> = [
        ("f8", [-1, -1, 63]),
        ("f8", [-1, -1, 1]),
        ("f8", [-1, 1, 0]),
        ("f8", [8, 8, 0]),
        ("O8", [-1, -1, 0]),
        ("U3", [12, 4, 0]),
        ("U3", [-1, -1, 8]),
        ("U3", [24, 4, 8]),
        ("S3", [3, 1, 8]),
        ("V3", [3, 1, 27]),
        ("V3", [3, 0, 0]),
    ]
    .map(|(code, said)| whole(&[&dtype_as(code, "|", said)]))
    .into();
    changed.extend([&b"K\x08K\x01K\x1b"[..], b"K\x08K\x01K\x00", b"K\x08K\x01K\x90", b"K\x09K\x01K\x10"].map(fields));
    for file in changed {
        let refused = read(&file).map_err(|e| e.to_string()).unwrap_err();
        assert!(refused.contains("a state"), "{}: {refused}", file.escape_ascii());
    }
}

/// Python writes the fewest bytes, and reads any number of them.
#[test]
fn numbers_keep_their_value_however_long_they_are() {
    let long = |bytes: &[u8]| {
        read(&whole(&[b"\x8a", &[bytes.len() as u8], bytes])).map(|read| match read.value().look() {
            Look::Int(number) => Some(number),
            _ => None,
        })
    };
    let padded = |number: i64, to: usize| {
        let mut bytes = number.to_le_bytes().to_vec();
        bytes.resize(to, if number < 0 { 0xff } else { 0 });
        bytes
    };
    for number in [0, 5, -5, i64::MAX, i64::MIN] {
        for length in [8, 9, 12, 255] {
            assert_eq!(long(&padded(number, length)), Ok(Some(number)), "{length}");
        }
    }
    assert_eq!(long(&[0xfb, 0xff]), Ok(Some(-5)));
    // 2^63, -2^63-1 and 2^64+5 are larger.
    let larger = [padded(i64::MIN, 8), padded(i64::MAX, 8), padded(5, 8)];
    for (mut bytes, last) in larger.into_iter().zip([0, 0xff, 1]) {
        bytes.push(last);
        assert_eq!(long(&bytes), Ok(None), "{bytes:?}");
    }
}

/// The second array of a shared type is in its byte order, too.
#[test]
fn arrays_that_share_a_type_keep_its_byte_order() {
    let one = |value: f64| cat(&[&buffer(), b"(C\x08", &value.to_be_bytes(), b"h\x00K\x01\x85", &text("C"), b"tR"]);
    let file = whole(&[b"(", &dtype("f8", ">"), b"q\x00", &one(1.5), &one(3.0), b"t"]);
    let pickle = read(&file).unwrap();
    let items = pickle.value().items().unwrap();
    let numbers: Vec<_> = items.iter().filter_map(|item| item.numbers()).collect();
    assert_eq!(numbers, [[1.5], [3.0]]);
}

/// An object has of its state what was there when it got it, and of its arguments what they were when it was made.
#[test]
fn what_comes_after_an_object_is_made_is_refused() {
    let object = cat(&[&class("sklearn.pipeline", "Pipeline"), b")\x81}q\x00", &text("a"), b"K\x01sb"]);
    assert!(read(&whole(&[&object])).is_ok());
    let later = whole(&[b"(", &object, b"h\x00", &text("b"), b"K\x02st"]);
    assert!(read(&later).unwrap_err().to_string().contains("after its object has it"));
    let empty =
        cat(&[&class("numpy._core.multiarray", "_reconstruct"), &class("numpy", "ndarray"), b"K\x00\x85C\x01b\x87R"]);
    let made = whole(&[&class("sklearn.pipeline", "Pipeline"), &empty, b"\x85\x81"]);
    assert!(read(&made).unwrap_err().to_string().contains("without its content"));
}

/// Python's reader takes a frame whole, and what follows in it never comes to the pickle that another is in.
#[test]
fn a_frame_ends_with_its_pickle() {
    let framed = |length: u64| cat(&[b"\x80\x04\x95", &length.to_le_bytes(), b"N.N."]);
    assert!(read(&framed(2)).unwrap_err().to_string().contains("something follows"));
    assert!(read(&framed(4)).unwrap_err().to_string().contains("goes on after the end"));
}
