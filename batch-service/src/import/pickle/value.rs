//! A value of a file, as extractors look at it.

use super::array::Array;
use super::dtype::{Dtype, Kind, is_text, text};
use super::node::{Node, Pickle, Slot};

/// A value, with the file that it is in.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    pickle: &'a Pickle<'a>,
    slot: Slot,
}

/// What a value is, with the values in it.
#[derive(Clone, Debug)]
pub enum Look<'a> {
    /// `None`.
    None,
    /// A truth value.
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i64),
    /// A whole number that is larger; its value is not kept.
    Large,
    /// A number.
    Float(f64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A tuple.
    Tuple(Vec<Value<'a>>),
    /// A list.
    List(Vec<Value<'a>>),
    /// A dict, in the order of its keys in the file.
    Dict(Vec<(Value<'a>, Value<'a>)>),
    /// A class or function, as `module.name`.
    Class(&'static str),
    /// An object: its class, what it was made with, its attributes.
    Object(&'static str, Value<'a>, Option<Value<'a>>),
    /// A type of numpy's elements.
    Dtype(&'a Dtype),
    /// An array or scalar of numpy; `None` for one that never got its content.
    Array(Option<&'a Array>),
}

impl<'a> Value<'a> {
    /// What it is.
    #[must_use]
    pub fn look(self) -> Look<'a> {
        let all = |slots: &[Slot]| slots.iter().map(|slot| self.of(*slot)).collect();
        match (self.slot, self.node()) {
            (Slot::Bool(flag), _) => Look::Bool(flag),
            (Slot::Int(number), _) => Look::Int(number),
            (Slot::Float(number), _) => Look::Float(number),
            (_, Some(Node::Text(_))) => Look::Text(self.text().unwrap_or_default()),
            (_, Some(Node::Bytes(bytes))) => Look::Bytes(self.pickle.bytes_of(bytes)),
            (_, Some(Node::Large)) => Look::Large,
            (_, Some(Node::Tuple(items))) => Look::Tuple(all(items)),
            (_, Some(Node::List(items))) => Look::List(all(items)),
            (_, Some(Node::Dict(pairs))) => {
                Look::Dict(pairs.iter().map(|(key, value)| (self.of(*key), self.of(*value))).collect())
            }
            (_, Some(Node::Class(class))) => Look::Class(class),
            (_, Some(Node::Object { class, arguments, state })) => {
                Look::Object(class, self.of(*arguments), state.map(|state| self.of(state)))
            }
            (_, Some(Node::Dtype { dtype, .. })) => Look::Dtype(dtype),
            (_, Some(Node::Array(array))) => Look::Array(array.as_deref()),
            (Slot::None | Slot::Node(_), _) => Look::None,
        }
    }

    pub(super) fn new(pickle: &'a Pickle<'a>, slot: Slot) -> Self {
        Self { pickle, slot }
    }

    pub(super) fn of(self, slot: Slot) -> Self {
        Self { slot, ..self }
    }

    pub(super) fn node(self) -> Option<&'a Node> {
        self.pickle.node(self.slot)
    }

    /// Whether it is `None`.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.slot == Slot::None
    }

    /// A text.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        text(self.pickle, self.slot)
    }

    /// Bytes.
    #[must_use]
    pub fn bytes(self) -> Option<&'a [u8]> {
        match self.node()? {
            Node::Bytes(bytes) => Some(self.pickle.bytes_of(bytes)),
            _ => None,
        }
    }

    /// A whole number, of Python or numpy.
    #[must_use]
    pub fn whole(self) -> Option<i64> {
        match self.slot {
            Slot::Int(number) => Some(number),
            _ => {
                let whole = matches!(self.array()?.dtype.kind, Kind::Int | Kind::Uint);
                self.single().filter(|_| whole).map(|number| number as i64)
            }
        }
    }

    /// The number of an array of one.
    fn single(self) -> Option<f64> {
        self.array().filter(|array| array.len() == 1)?;
        self.numbers()?.first().copied()
    }

    /// A number or a truth value, of Python or numpy; exact.
    #[must_use]
    pub fn number(self) -> Option<f64> {
        match self.slot {
            Slot::Int(number) => (number.unsigned_abs() <= 1 << 53).then_some(number as f64),
            Slot::Float(number) => Some(number),
            Slot::Bool(flag) => Some(f64::from(u8::from(flag))),
            _ => self.single(),
        }
    }

    /// The class of an object, as `module.name`.
    #[must_use]
    pub fn class(self) -> Option<&'static str> {
        match self.node()? {
            Node::Object { class, .. } => Some(class),
            _ => None,
        }
    }

    /// An attribute of an object.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<Self> {
        match self.node()? {
            Node::Object { state: Some(state), .. } => self.of(*state).entry(name),
            _ => None,
        }
    }

    /// The value of a key of a dict.
    #[must_use]
    pub fn entry(self, key: &str) -> Option<Self> {
        match self.node()? {
            Node::Dict(pairs) => {
                let found = pairs.iter().find(|(known, _)| is_text(self.pickle, *known, key))?;
                Some(self.of(found.1))
            }
            _ => None,
        }
    }

    /// How many keys a dict has.
    #[must_use]
    pub fn keys(self) -> Option<usize> {
        match self.node()? {
            Node::Dict(pairs) => Some(pairs.len()),
            _ => None,
        }
    }

    /// The items of a list, a tuple or an array of objects; the texts of an array of texts are [`Value::texts`].
    #[must_use]
    pub fn items(self) -> Option<Vec<Self>> {
        let items = match self.node()? {
            Node::List(items) | Node::Tuple(items) => items,
            Node::Array(Some(array)) if array.dtype.kind == Kind::Object => {
                let objects = array.objects();
                return array.order().map(|at| Some(self.of(*objects.get(at)?))).collect();
            }
            _ => return None,
        };
        Some(items.iter().map(|slot| self.of(*slot)).collect())
    }

    /// How many items a list or a tuple has, or an array in its first dimension.
    #[must_use]
    pub fn count(self) -> Option<usize> {
        match self.node()? {
            Node::List(items) | Node::Tuple(items) => Some(items.len()),
            Node::Array(Some(array)) => array.shape.first().copied(),
            _ => None,
        }
    }

    /// An array.
    #[must_use]
    pub fn array(self) -> Option<&'a Array> {
        match self.node()? {
            Node::Array(array) => array.as_deref(),
            _ => None,
        }
    }

    /// The numbers of an array in the order in which the last index runs fastest; exact.
    #[must_use]
    pub fn numbers(self) -> Option<Vec<f64>> {
        let array = self.array()?;
        let (size, raw) = (array.dtype.size, array.raw(self.pickle));
        let at = |place: usize| array.dtype.number(raw.get(place * size..(place + 1) * size)?);
        array.order().map(at).collect()
    }

    /// The numbers of a field of a structured array; exact.
    #[must_use]
    pub fn field(self, name: &str) -> Option<Vec<f64>> {
        let array = self.array()?;
        let field = array.dtype.fields.iter().find(|field| field.name == name)?;
        let (size, raw) = (array.dtype.size, array.raw(self.pickle));
        let at = |place: usize| field.dtype.number(raw.get(place * size + field.offset..(place + 1) * size)?);
        array.order().map(at).collect()
    }

    /// The texts of an array of texts.
    #[must_use]
    pub fn texts(self) -> Option<Vec<String>> {
        let array = self.array().filter(|array| array.dtype.kind == Kind::Text)?;
        let (size, raw) = (array.dtype.size, array.raw(self.pickle));
        let letter = |bytes: &[u8; 4]| {
            let code = if array.dtype.big_endian { u32::from_be_bytes(*bytes) } else { u32::from_le_bytes(*bytes) };
            char::from_u32(code)
        };
        let of = |place: usize| -> Option<String> {
            let bytes = raw.get(place * size..(place + 1) * size)?;
            let letters: Option<String> = bytes.as_chunks::<4>().0.iter().map(letter).collect();
            Some(letters?.trim_end_matches('\0').to_owned())
        };
        array.order().map(of).collect()
    }
}
