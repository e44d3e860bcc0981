//! What must hold for any bytes. The fuzz target and the tests of the reader both run this.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::pickle::{Look, Value, read};

/// Bytes are a file as they are, or (first byte over 128, which no file begins with) changes to a sound one: which, then
/// place, place, value and so on. What is refused is refused; what is accepted is no deeper than the limit, and each of its values can be looked at in
/// every way.
pub fn pickle_read(bytes: &[u8]) {
    let file = match bytes {
        [129..=255, which, changes @ ..] => &changed(seed(*which), changes),
        _ => bytes,
    };
    let Ok(pickle) = read(file) else { return };
    // What is shared is met again and again, so that looks are counted.
    look(pickle.value(), 0, &mut 10_000);
}

fn look(value: Value<'_>, depth: u32, left: &mut u32) {
    assert!(depth <= 100, "depth {depth}");
    if *left == 0 {
        return;
    }
    *left -= 1;
    let _ = (value.text(), value.bytes(), value.number(), value.whole(), value.texts(), value.class());
    let _ = (value.entry("a"), value.attribute("a"), value.is_none());
    match value.look() {
        Look::Tuple(items) | Look::List(items) => items.into_iter().for_each(|item| look(item, depth + 1, left)),
        Look::Dict(pairs) => pairs.into_iter().for_each(|(key, value)| {
            look(key, depth + 1, left);
            look(value, depth + 1, left);
        }),
        Look::Object(_, arguments, state) => {
            look(arguments, depth + 1, left);
            state.into_iter().for_each(|state| look(state, depth + 1, left));
        }
        Look::Array(Some(array)) => {
            assert!(value.numbers().is_none_or(|numbers| numbers.len() == array.len()));
            for field in &array.dtype.fields {
                assert!(value.field(&field.name).is_none_or(|numbers| numbers.len() == array.len()));
            }
            value.items().into_iter().flatten().for_each(|item| look(item, depth + 1, left));
        }
        _ => {}
    }
}

/// Changes bytes: two for the place, one for the value.
fn changed(mut bytes: Vec<u8>, changes: &[u8]) -> Vec<u8> {
    for &[low, high, value] in changes.as_chunks::<3>().0 {
        let place = usize::from(u16::from_le_bytes([low, high])) % bytes.len();
        bytes[place] = value;
    }
    bytes
}

/// Sound files: arrays of a shared type with its order, in a dict; a pipeline with a number of numpy, in protocol 2; trees
/// with fields; an array of joblib's.
pub fn seed(which: u8) -> Vec<u8> {
    let short = b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb";
    let double: &[u8] =
        &[b"\x8c\x05numpy\x8c\x05dtype\x93q\x00\x8c\x02f8\x89\x88\x87R(K\x03\x8c\x01>".as_slice(), short].concat();
    let buffer = b"\x8c\x13numpy._core.numeric\x8c\x0b_frombuffer\x93".as_slice();
    let eight = b"C\x08\x3f\xf8\x00\x00\x00\x00\x00\x00".as_slice();
    match which % 4 {
        0 => [
            b"\x80\x04}(\x8c\x01a".as_slice(),
            buffer,
            b"q\x02(",
            eight,
            double,
            b"q\x01K\x01\x85\x8c\x01CtR\x8c\x01bh\x02(",
            eight,
            b"h\x01K\x01K\x01\x86\x8c\x01FtRK\x07](N\x88G\x3f\xf0\x00\x00\x00\x00\x00\x00eu.",
        ]
        .concat(),
        1 => [
            b"\x80\x02csklearn.pipeline\nPipeline\nq\x07)\x81}X\x01\x00\x00\x00acnumpy.core.multiarray\nscalar\n".as_slice(),
            double,
            eight,
            b"\x86Rsb.",
        ]
        .concat(),
        2 => [
            b"\x80\x04".as_slice(),
            buffer,
            b"(C\x10\x3f\xf8\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08",
            b"\x8c\x05numpy\x8c\x05dtype\x93\x8c\x03V16\x89\x88\x87R(K\x03\x8c\x01|N\x8c\x01a\x85}\x8c\x01a",
            double,
            b"K\x00\x86sK\x10K\x01K\x10tbK\x01\x85\x8c\x01CtR.",
        ]
        .concat(),
        _ => [
            b"\x80\x04\x8c\x13joblib.numpy_pickle\x8c\x11NumpyArrayWrapper\x93)\x81}(".as_slice(),
            b"\x8c\x08subclass\x8c\x05numpy\x8c\x07ndarray\x93\x8c\x05shapeK\x01\x85\x8c\x05order\x8c\x01C\x8c\x05dtype",
            double,
            b"\x8c\x1bnumpy_array_alignment_bytesK\x10ub\x02\xff\xff\x3f\xf8\x00\x00\x00\x00\x00\x00.",
        ]
        .concat(),
    }
}
