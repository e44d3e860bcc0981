//! What a file becomes: objects in one list.

use super::array::Array;
use super::dtype::Dtype;
use super::{MAX_DEPTH, MAX_KEYS, Refused, Value};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
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
pub struct Pickle<'a> {
    pub(super) bytes: Rc<Cow<'a, [u8]>>,
    pub(super) nodes: Vec<Node>,
    pub(super) root: Slot,
}

/// Says no value of the file.
impl fmt::Debug for Pickle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pickle of {} objects", self.nodes.len())
    }
}

impl Pickle<'_> {
    /// The value of the file.
    #[must_use]
    pub fn value(&self) -> Value<'_> {
        Value::new(self, self.root)
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

    /// Refuses what is deeper than the limit or within itself, and what is shared so often that whoever looks at it without
    /// knowing would not end. Each object is looked at once.
    pub(super) fn check_nesting(&self, most: usize) -> Result<(), Refused> {
        let refuse = |why: &str| Err(Refused { at: self.bytes.len(), why: why.to_owned() });
        let mut all = vec![Seen::Not; self.nodes.len()];
        // From the root to the object that is looked at; never longer than the depth allows.
        let mut path: Vec<Open> = Vec::new();
        let mut next = Some(self.root);
        loop {
            if let Some(Slot::Node(number)) = next.take() {
                let (Some(seen), Some(node)) = (all.get_mut(number as usize), self.node(Slot::Node(number))) else {
                    return refuse("an object that is not there");
                };
                match *seen {
                    Seen::Open => return refuse("a value that is within itself"),
                    Seen::Not if path.len() >= MAX_DEPTH => return refuse(TOO_DEEP),
                    Seen::Not => {
                        *seen = Seen::Open;
                        path.push(Open { number, children: 0, depth: 0, size: self.own_size(node) });
                    }
                    Seen::Done { depth, size } => {
                        if let Some(open) = path.last_mut() {
                            open.take(depth, size);
                        }
                    }
                }
            }
            let Some(open) = path.last_mut() else { return Ok(()) };
            if open.size > most {
                return refuse("values that are shared so often that, each by itself, they would be 16 times the file");
            }
            next = self.node(Slot::Node(open.number)).and_then(|node| child(node, open.children));
            open.children += 1;
            if next.is_some() {
                continue;
            }
            let Open { number, depth, size, .. } = *open;
            if depth >= MAX_DEPTH {
                return refuse(TOO_DEEP);
            }
            if let Some(seen) = all.get_mut(number as usize) {
                *seen = Seen::Done { depth: depth + 1, size };
            }
            path.pop();
            if let Some(open) = path.last_mut() {
                open.take(depth + 1, size);
            }
        }
    }

    /// Bytes of an object without the objects in it, about.
    fn own_size(&self, node: &Node) -> usize {
        16 + match node {
            Node::Text(range) => range.len(),
            Node::Bytes(bytes) => self.bytes_of(bytes).len(),
            Node::Tuple(items) | Node::List(items) => 16 * items.len(),
            Node::Dict(pairs) => 32 * pairs.len(),
            Node::Array(Some(array)) => array.raw(self).len() + 8 * array.objects().len(),
            _ => 0,
        }
    }
}

const TOO_DEEP: &str = "values are nested more than 100 deep";

/// How far an object has been looked at.
#[derive(Clone, Copy)]
enum Seen {
    Not,
    Open,
    /// Values in one another from here on, and bytes if nothing were shared.
    Done {
        depth: usize,
        size: usize,
    },
}

/// An object on the path, with what is known of the first of its children.
struct Open {
    number: u32,
    children: usize,
    depth: usize,
    size: usize,
}

impl Open {
    fn take(&mut self, depth: usize, size: usize) {
        self.depth = self.depth.max(depth);
        self.size = self.size.saturating_add(size);
    }
}

/// The values in an object, one after the other.
fn child(node: &Node, at: usize) -> Option<Slot> {
    match node {
        Node::Tuple(items) | Node::List(items) => items.get(at).copied(),
        Node::Dict(pairs) => pairs.get(at / 2).map(|(key, value)| if at.is_multiple_of(2) { *key } else { *value }),
        Node::Object { arguments, state, .. } => match at {
            0 => Some(*arguments),
            1 => *state,
            _ => None,
        },
        Node::Array(Some(array)) => array.objects().get(at).copied(),
        Node::Text(_) | Node::Bytes(_) | Node::Large | Node::Class(_) | Node::Dtype { .. } | Node::Array(None) => None,
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
fn key<'a>(pickle: &'a Pickle<'_>, slot: Slot) -> Option<Key<'a>> {
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

impl Pickle<'_> {
    /// Keys are texts, numbers or `None`, and each comes once.
    ///
    /// A long text may be a key of many dicts, and is read through for each: `most` bytes at most in all.
    pub(super) fn check_keys(&self, most: usize) -> Result<(), Refused> {
        let refuse = |why: &str| Err(Refused { at: self.bytes.len(), why: why.to_owned() });
        let (mut keys, mut looked_at) = (HashSet::new(), 0_usize);
        for node in &self.nodes {
            let Node::Dict(pairs) = node else { continue };
            if pairs.len() > MAX_KEYS {
                return refuse("a dict of more than 100,000 keys");
            }
            keys.clear();
            for (of, _) in pairs {
                if let Some(Node::Text(range)) = self.node(*of) {
                    looked_at = looked_at.saturating_add(range.len());
                }
                if looked_at > most {
                    return refuse("keys that together are 16 times the file");
                }
                let Some(key) = key(self, *of) else { return refuse("a key that is neither text nor number") };
                if !keys.insert(key) {
                    return refuse("a key comes twice");
                }
            }
        }
        Ok(())
    }
}
