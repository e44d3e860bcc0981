//! joblib's arrays: a note in the pickle, and the content behind it in the file.

use super::Refused;
use super::array::{Array, elements};
use super::cursor::Cursor;
use super::dtype::{Kind, is_text, text};
use super::machine::{Work, stream};
use super::node::{Bytes, Node, Slot};
use super::reduce::{complete, shape};

const WRAPPER: &str = "joblib.numpy_pickle.NumpyArrayWrapper";
/// Most attributes of a note; joblib's has six.
const MAX_NOTE: usize = 16;

/// The array behind an object that has just got its state, if that is joblib's note of one.
pub fn follows(work: &mut Work<'_>, c: &mut Cursor<'_>, object: Slot, within: u32) -> Result<Option<Slot>, Refused> {
    let Some(Node::Object { class: WRAPPER, state: Some(state), .. }) = work.pickle.node(object) else {
        return Ok(None);
    };
    let Some(Node::Dict(state)) = work.pickle.node(*state) else {
        return c.refuse("joblib's note of an array is no dict");
    };
    if state.len() > MAX_NOTE {
        return c.refuse("joblib's note of an array says more than it does");
    }
    let pickle = &work.pickle;
    let of = |name: &str| state.iter().find(|(key, _)| is_text(pickle, *key, name)).map(|(_, value)| *value);
    let (class, lengths, dtype) = (of("subclass"), of("shape"), of("dtype"));
    let is_array = class.and_then(|class| pickle.node(class)) == Some(&Node::Class("numpy.ndarray"));
    let fortran = match of("order").and_then(|order| text(pickle, order)) {
        Some("C") => false,
        Some("F") => true,
        _ => return c.refuse("an order of joblib's array that is neither C nor F"),
    };
    let lengths = lengths.and_then(|lengths| shape(pickle, lengths));
    let (true, Some(lengths), Some(dtype)) = (is_array, lengths, dtype.and_then(|dtype| complete(pickle, dtype)))
    else {
        return c.refuse("joblib's note of an array is not one of its");
    };
    let padded = matches!(of("numpy_array_alignment_bytes"), Some(Slot::Int(_)));
    if dtype.kind == Kind::Object {
        // A pickle of its own, by itself.
        if within > 0 {
            return c.refuse("a pickle in a pickle in a pickle");
        }
        let array = stream(work, c, within + 1)?;
        let fits = matches!(work.pickle.node(array), Some(Node::Array(Some(array))) if array.shape == lengths);
        return if fits { Ok(Some(array)) } else { c.refuse("an array of objects with another shape than was said") };
    }
    if padded {
        let padding = c.length(1)?;
        let _ = c.take(padding)?;
    }
    let size = elements(&lengths).and_then(|n| n.checked_mul(dtype.size));
    let Some(size) = size else { return c.refuse("an array that no file has") };
    let (range, _) = c.take(size)?;
    // Behind F there is the transposed array, whose last index runs fastest: the same bytes.
    let array = Array::new(&work.pickle, dtype, lengths, fortran, Bytes::There(range));
    let Some(array) = array else { return c.refuse("an array of another length than was said") };
    work.add(c.at, Node::Array(Some(Box::new(array)))).map(Some)
}
