//! numpy's types of array elements, with byte order, fields, offsets and padding.

use super::node::{Node, Pickle, Slot};

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `b`: a byte, 0 or 1.
    Bool,
    /// `i`.
    Int,
    /// `u`.
    Uint,
    /// `f`.
    Float,
    /// `S`: bytes, filled up with zeros.
    Bytes,
    /// `U`: UTF-32, filled up with zeros.
    Text,
    /// `V`: fields, or bytes without a meaning.
    Void,
    /// `O`: any object.
    Object,
}

/// A type of elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dtype {
    /// What they are.
    pub kind: Kind,
    /// Bytes of one.
    pub size: usize,
    /// Whether the highest byte comes first.
    pub big_endian: bool,
    /// Fields of a structured type, in order.
    pub fields: Vec<Field>,
}

/// A field of a structured type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Type; not structured itself.
    pub dtype: Dtype,
    /// First byte in the element.
    pub offset: usize,
}

/// Longest element.
const MAX_SIZE: usize = 1 << 16;
/// Most fields; those of scikit-learn have up to 13.
const MAX_FIELDS: usize = 64;
/// Longest name of a field.
const MAX_NAME: usize = 256;

impl Dtype {
    /// Of numpy's code, such as `f8` or `V56`.
    pub(super) fn of(code: &str) -> Option<Self> {
        let mut letters = code.chars();
        let kind = match letters.next()? {
            'b' => Kind::Bool,
            'i' => Kind::Int,
            'u' => Kind::Uint,
            'f' => Kind::Float,
            'S' => Kind::Bytes,
            'U' => Kind::Text,
            'V' => Kind::Void,
            'O' => Kind::Object,
            _ => return None,
        };
        let digits = letters.as_str();
        let number: usize = digits.parse().ok().filter(|n: &usize| digits == n.to_string())?;
        let known = match kind {
            Kind::Bool => number == 1,
            Kind::Int | Kind::Uint => [1, 2, 4, 8].contains(&number),
            Kind::Float => [2, 4, 8].contains(&number),
            Kind::Object => number == 8,
            Kind::Bytes | Kind::Void => number <= MAX_SIZE,
            Kind::Text => number <= MAX_SIZE / 4,
        };
        let size = if kind == Kind::Text { number * 4 } else { number };
        known.then_some(Self { kind, size, big_endian: false, fields: Vec::new() })
    }

    /// Takes the state that numpy keeps: `(3, order, subtype, names, fields, size, alignment, flags)`.
    pub(super) fn set(&mut self, pickle: &Pickle<'_>, state: Slot) -> Option<()> {
        let Some(Node::Tuple(state)) = pickle.node(state) else { return None };
        let [Slot::Int(3 | 4), order, Slot::None, names, fields, size, Slot::Int(_), Slot::Int(_), rest @ ..] =
            &state[..]
        else {
            return None;
        };
        if !matches!(rest, [] | [Slot::None]) {
            return None;
        }
        self.big_endian = match text(pickle, *order)? {
            "<" | "|" | "=" => false,
            ">" => true,
            _ => return None,
        };
        if let (Slot::None, Slot::None) = (names, fields) {
            // Texts say their size once more.
            let as_said = match size {
                Slot::Int(-1) => true,
                Slot::Int(size) => usize::try_from(*size).ok() == Some(self.size),
                _ => false,
            };
            return as_said.then_some(());
        }
        let (Some(Node::Tuple(names)), Some(Node::Dict(fields))) = (pickle.node(*names), pickle.node(*fields)) else {
            return None;
        };
        if self.kind != Kind::Void
            || *size != Slot::Int(i64::try_from(self.size).ok()?)
            || names.len() != fields.len()
            || names.len() > MAX_FIELDS
        {
            return None;
        }
        for name in names {
            let name = text(pickle, *name).filter(|name| name.len() <= MAX_NAME)?;
            let of = fields.iter().find(|(key, _)| is_text(pickle, *key, name))?.1;
            let Some(Node::Tuple(of)) = pickle.node(of) else { return None };
            let [dtype, Slot::Int(offset)] = &of[..] else { return None };
            let Some(Node::Dtype { dtype, complete: true }) = pickle.node(*dtype) else { return None };
            let offset = usize::try_from(*offset).ok()?;
            let fits = offset.checked_add(dtype.size).is_some_and(|end| end <= self.size);
            let plain = dtype.fields.is_empty() && dtype.kind != Kind::Object;
            if !fits || !plain || self.fields.iter().any(|field| field.name == name) {
                return None;
            }
            self.fields.push(Field { name: name.to_owned(), dtype: dtype.as_ref().clone(), offset });
        }
        Some(())
    }

    /// The number in the bytes of an element; exact, but for integers over 2^53.
    pub(super) fn number(&self, bytes: &[u8]) -> Option<f64> {
        let mut low_first = [0_u8; 8];
        let bytes = bytes.get(..self.size).filter(|bytes| bytes.len() <= 8)?;
        for (i, to) in low_first.iter_mut().enumerate().take(bytes.len()) {
            *to = *bytes.get(if self.big_endian { bytes.len() - 1 - i } else { i })?;
        }
        let bits = u64::from_le_bytes(low_first);
        let unused = 64 - 8 * bytes.len() as u32;
        let whole = ((bits << unused) as i64) >> unused;
        match (self.kind, self.size) {
            (Kind::Bool, _) => (bits <= 1).then_some(bits as f64),
            (Kind::Int, _) => (whole.unsigned_abs() <= 1 << 53).then_some(whole as f64),
            (Kind::Uint, _) => (bits <= 1 << 53).then_some(bits as f64),
            (Kind::Float, 8) => Some(f64::from_bits(bits)),
            (Kind::Float, 4) => Some(f64::from(f32::from_bits(bits as u32))),
            _ => None,
        }
    }
}

/// A text, if it is one.
pub(super) fn text<'a>(pickle: &'a Pickle<'_>, slot: Slot) -> Option<&'a str> {
    match pickle.node(slot) {
        Some(Node::Text(range)) => str::from_utf8(pickle.bytes.get(range.clone())?).ok(),
        _ => None,
    }
}

/// Whether it is this text. Looks at no more of it than its length when that is another.
pub(super) fn is_text(pickle: &Pickle<'_>, slot: Slot, text: &str) -> bool {
    matches!(pickle.node(slot), Some(Node::Text(range)) if pickle.bytes.get(range.clone()) == Some(text.as_bytes()))
}
