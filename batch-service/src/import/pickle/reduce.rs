//! What calls and states make of allowed classes, without calling anything.

use super::Refused;
use super::array::{Array, elements};
use super::classes::{self, Makes};
use super::dtype::{Dtype, Kind, text};
use super::machine::Work;
use super::node::{Bytes, Node, Pickle, Slot};
use std::rc::Rc;

fn refuse<T>(at: usize, why: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { at, why: why.into() })
}

/// What a class or function makes of its arguments.
pub fn call(work: &mut Work<'_>, at: usize, callable: Slot, arguments: Slot, is_new: bool) -> Result<Slot, Refused> {
    let Some(Node::Class(class)) = work.pickle.node(callable) else { return refuse(at, "a call of what is no class") };
    let class = *class;
    let Some(Node::Tuple(given)) = work.pickle.node(arguments) else {
        return refuse(at, format!("{class}: its arguments are no tuple"));
    };
    // None takes more than four; a copy of all would be as long as the file likes, at every call.
    let given = given.get(..5).unwrap_or(given).to_vec();
    let makes = classes::makes(class);
    if is_new && !matches!(makes, Makes::Object | Makes::Wrapper) {
        return refuse(at, format!("{class} is not made like this"));
    }
    let pickle = &work.pickle;
    if given.iter().any(|slot| matches!(pickle.node(*slot), Some(Node::Array(None)))) {
        return refuse(at, format!("{class}: an argument that is an array without its content"));
    }
    let node = match (makes, &given[..]) {
        (Makes::Object | Makes::Wrapper, _) => Some(Node::Object { class, arguments, state: None }),
        (Makes::Encoded, [said, encoding]) => encoded(pickle, *said, *encoding),
        (Makes::Bytes, []) => Some(Node::Bytes(Bytes::Made(Rc::new([])))),
        (Makes::Bytes, [bytes]) => match pickle.node(*bytes) {
            Some(Node::Bytes(bytes)) => Some(Node::Bytes(bytes.clone())),
            _ => None,
        },
        (Makes::Bytes, [said, encoding]) => encoded(pickle, *said, *encoding),
        (Makes::Dict, []) => Some(Node::Dict(Vec::new())),
        (Makes::Dict, [class]) if class_of(pickle, *class) == Some("collections.OrderedDict") => {
            Some(Node::Dict(Vec::new()))
        }
        (Makes::Dtype, [code, Slot::Bool(false), Slot::Bool(true)]) => {
            let dtype = text(pickle, *code).and_then(Dtype::of);
            dtype.map(|dtype| Node::Dtype { dtype: Rc::new(dtype), complete: false })
        }
        (Makes::EmptyArray, [class, _, _]) => {
            (class_of(pickle, *class) == Some("numpy.ndarray")).then_some(Node::Array(None))
        }
        (Makes::Array, [bytes, dtype, shape, order]) => from_buffer(pickle, *bytes, *dtype, *shape, *order),
        (Makes::Scalar, [dtype, bytes]) => scalar(pickle, *dtype, *bytes),
        _ => None,
    };
    match node {
        Some(node) => work.add(at, node),
        None => refuse(at, format!("{class}: not the arguments that it has in dumps of models")),
    }
}

/// Gives an object its state.
pub fn build(work: &mut Work<'_>, at: usize, object: Slot, state: Slot) -> Result<(), Refused> {
    let pickle = &work.pickle;
    let node = match pickle.node(object) {
        Some(Node::Object { class, arguments, state: None }) => {
            Some(Node::Object { class, arguments: *arguments, state: Some(state) })
        }
        Some(Node::Dtype { dtype, complete: false }) => {
            let mut dtype = Dtype::clone(dtype);
            dtype.set(pickle, state).map(|()| Node::Dtype { dtype: Rc::new(dtype), complete: true })
        }
        Some(Node::Array(None)) => array_of_state(pickle, state).map(|array| Node::Array(Some(Box::new(array)))),
        _ => None,
    };
    match &node {
        Some(Node::Object { .. }) => work.keep_state(state),
        Some(Node::Array(Some(array))) => work.charge_array(at, array)?,
        Some(Node::Dtype { dtype, .. }) => work.charge_fields(at, dtype)?,
        _ => {}
    }
    match (node, work.node_mut(object)) {
        (Some(node), Some(there)) => {
            *there = node;
            Ok(())
        }
        _ => refuse(at, "a state that its object does not have in dumps of models, or a second one"),
    }
}

/// A type that is known in full. One whose state has not come is not: its byte order may be another.
pub fn complete(pickle: &Pickle<'_>, slot: Slot) -> Option<Rc<Dtype>> {
    match pickle.node(slot)? {
        Node::Dtype { dtype, complete: true } => Some(Rc::clone(dtype)),
        _ => None,
    }
}

fn class_of(pickle: &Pickle<'_>, slot: Slot) -> Option<&'static str> {
    match pickle.node(slot)? {
        Node::Class(class) => Some(class),
        _ => None,
    }
}

fn encoded(pickle: &Pickle<'_>, said: Slot, encoding: Slot) -> Option<Node> {
    if !matches!(text(pickle, encoding), Some("latin1" | "latin-1")) {
        return None;
    }
    let bytes: Option<Vec<u8>> = text(pickle, said)?.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    Some(Node::Bytes(Bytes::Made(bytes?.into())))
}

/// Lengths of dimensions.
pub fn shape(pickle: &Pickle<'_>, slot: Slot) -> Option<Vec<usize>> {
    let Some(Node::Tuple(lengths)) = pickle.node(slot) else { return None };
    let length = |slot: &Slot| match slot {
        Slot::Int(length) => usize::try_from(*length).ok(),
        _ => None,
    };
    let shape: Option<Vec<usize>> = lengths.iter().map(length).collect();
    shape.filter(|shape| elements(shape).is_some())
}

fn bytes(pickle: &Pickle<'_>, slot: Slot) -> Option<Bytes> {
    match pickle.node(slot)? {
        Node::Bytes(bytes) => Some(bytes.clone()),
        _ => None,
    }
}

fn from_buffer(pickle: &Pickle<'_>, content: Slot, dtype: Slot, lengths: Slot, order: Slot) -> Option<Node> {
    let fortran = match text(pickle, order)? {
        "C" => false,
        "F" => true,
        _ => return None,
    };
    let (dtype, lengths) = (complete(pickle, dtype)?, shape(pickle, lengths)?);
    Array::new(pickle, dtype, lengths, fortran, bytes(pickle, content)?).map(|array| Node::Array(Some(Box::new(array))))
}

fn scalar(pickle: &Pickle<'_>, dtype: Slot, content: Slot) -> Option<Node> {
    let array = Array::new(pickle, complete(pickle, dtype)?, Vec::new(), false, bytes(pickle, content)?);
    array.map(|array| Node::Array(Some(Box::new(array))))
}

/// Of numpy's state: `(1, shape, dtype, is_fortran, content)`.
fn array_of_state(pickle: &Pickle<'_>, state: Slot) -> Option<Array> {
    let Some(Node::Tuple(state)) = pickle.node(state) else { return None };
    let &[Slot::Int(1), lengths, dtype, Slot::Bool(fortran), content] = &state[..] else { return None };
    let (dtype, lengths) = (complete(pickle, dtype)?, shape(pickle, lengths)?);
    if dtype.kind != Kind::Object {
        return Array::new(pickle, dtype, lengths, fortran, bytes(pickle, content)?);
    }
    match pickle.node(content)? {
        Node::List(objects) => Array::of_objects(dtype, lengths, objects.clone()),
        _ => None,
    }
}
