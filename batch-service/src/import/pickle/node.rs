//! What a file becomes: objects in one list.

use super::array::Array;
use super::dtype::Dtype;
use super::{MAX_DEPTH, Refused, Value};
use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

/// A value: small ones as they are, others by their number in the list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Slot {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Node(u32),
}

/// Bytes that lie in the file, or were made of a text of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Bytes {
    There(Range<usize>),
    /// Shared, as many arrays may be of the same bytes.
    Made(Rc<[u8]>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// UTF-8, as was checked.
    Text(Range<usize>),
    Bytes(Bytes),
    Tuple(Vec<Slot>),
    List(Vec<Slot>),
    Dict(Vec<(Slot, Slot)>),
    /// A whole number of more than 64 bits: parts of random generators. Its value is not kept.
    Large,
    /// A class that may be named, by its place in the list of them.
    Class(&'static str),
    /// An object of such a class: what it was made with, and its attributes.
    Object {
        class: &'static str,
        arguments: Slot,
        state: Option<Slot>,
    },
    Dtype {
        dtype: Rc<Dtype>,
        complete: bool,
    },
    /// Without content until its state comes.
    Array(Option<Box<Array>>),
}

/// A file as it was read.
#[derive(Debug)]
pub struct Pickle {
    pub(super) bytes: Rc<Vec<u8>>,
    pub(super) nodes: Vec<Node>,
    pub(super) root: Slot,
}

impl Pickle {
    /// The value of the file.
    #[must_use]
    pub fn value(&self) -> Value<'_> {
        Value::new(self, self.root)
    }

    /// The bytes that it was read from, unpacked.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn node(&self, slot: Slot) -> Option<&Node> {
        match slot {
            Slot::Node(at) => self.nodes.get(at as usize),
            _ => None,
        }
    }

    pub(super) fn bytes_of<'a>(&'a self, bytes: &'a Bytes) -> &'a [u8] {
        match bytes {
            Bytes::There(range) => self.bytes.get(range.clone()).unwrap_or_default(),
            Bytes::Made(bytes) => bytes,
        }
    }

    /// Refuses what is deeper than the limit, or within itself. Each object is looked at once.
    pub(super) fn check_depth(&self) -> Result<(), Refused> {
        const NEW: u32 = 0;
        const OPEN: u32 = u32::MAX;
        // Depth below each object once it is known.
        let mut depth = vec![NEW; self.nodes.len()];
        let mut open: Vec<(u32, bool)> = Vec::new();
        let node_of = |slot: Slot| match slot {
            Slot::Node(at) => Some(at),
            _ => None,
        };
        open.extend(node_of(self.root).map(|at| (at, false)));
        let refuse = |why: &str| Err(Refused { at: self.bytes.len(), why: why.to_owned() });
        while let Some((at, children_done)) = open.pop() {
            let place = at as usize;
            let Some(node) = self.nodes.get(place) else { return refuse("an object that is not there") };
            if children_done {
                let below = children(node).filter_map(node_of).filter_map(|c| depth.get(c as usize)).max();
                let own = below.map_or(1, |below| below.saturating_add(1));
                if own > MAX_DEPTH {
                    return refuse("values are nested more than 100 deep");
                }
                if let Some(depth) = depth.get_mut(place) {
                    *depth = own;
                }
                continue;
            }
            match depth.get_mut(place) {
                Some(depth) if *depth == NEW => *depth = OPEN,
                Some(depth) if *depth == OPEN => return refuse("a value that is within itself"),
                _ => continue,
            }
            open.push((at, true));
            for child in children(node).filter_map(node_of) {
                match depth.get(child as usize) {
                    Some(&OPEN) => return refuse("a value that is within itself"),
                    Some(&NEW) => open.push((child, false)),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    None,
    Whole(i64),
    Fraction(u64),
    Text(&'a str),
}

/// A key as Python compares it: `1`, `1.0`, `True` and numpy's 1 are one.
fn key(pickle: &Pickle, slot: Slot) -> Option<Key<'_>> {
    let value = Value::new(pickle, slot);
    if let Some(text) = value.text() {
        return Some(Key::Text(text));
    }
    match slot {
        Slot::None => Some(Key::None),
        Slot::Int(whole) => Some(Key::Whole(whole)),
        _ => {
            let number = value.number().filter(|number| !number.is_nan())?;
            // Every whole number of 64 bits that a double is, below 2^63.
            let whole = number.fract() == 0.0 && number.abs() < 9_223_372_036_854_775_808.0;
            Some(if whole { Key::Whole(number as i64) } else { Key::Fraction(number.to_bits()) })
        }
    }
}

impl Pickle {
    /// Keys are texts, numbers or `None`, and each comes once.
    pub(super) fn check_keys(&self) -> Result<(), Refused> {
        let refuse = |why: &str| Err(Refused { at: self.bytes.len(), why: why.to_owned() });
        let mut keys = HashSet::new();
        for node in &self.nodes {
            let Node::Dict(pairs) = node else { continue };
            keys.clear();
            for (of, _) in pairs {
                let Some(key) = key(self, *of) else { return refuse("a key that is neither text nor number") };
                if !keys.insert(key) {
                    return refuse("a key comes twice");
                }
            }
        }
        Ok(())
    }
}

/// The values in a node.
fn children(node: &Node) -> Box<dyn Iterator<Item = Slot> + '_> {
    match node {
        Node::Tuple(items) | Node::List(items) => Box::new(items.iter().copied()),
        Node::Dict(pairs) => Box::new(pairs.iter().flat_map(|(key, value)| [*key, *value])),
        Node::Object { arguments, state, .. } => Box::new([*arguments].into_iter().chain(*state)),
        Node::Array(Some(array)) => Box::new(array.objects().iter().copied()),
        Node::Text(_) | Node::Bytes(_) | Node::Large | Node::Class(_) | Node::Dtype { .. } | Node::Array(None) => {
            Box::new(std::iter::empty())
        }
    }
}
