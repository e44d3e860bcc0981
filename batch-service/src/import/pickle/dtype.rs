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
        let &[Slot::Int(3), order, Slot::None, names, fields, Slot::Int(size), Slot::Int(alignment), Slot::Int(flags)] =
            &state[..]
        else {
            return None;
        };
        self.big_endian = match text(pickle, order)? {
            "<" | "|" | "=" => false,
            ">" => true,
            _ => return None,
        };
        let structured = (names, fields) != (Slot::None, Slot::None);
        if structured {
            self.set_fields(pickle, names, fields)?;
        }
        self.is_own(structured, [size, alignment, flags]).then_some(())
    }

    /// Whether numpy writes this size, alignment and flags for a type like this. It believes what it is told of them, whatever
    /// that makes of the memory that the elements lie in.
    fn is_own(&self, structured: bool, said: [i64; 3]) -> bool {
        let size = self.size as i64;
        match self.kind {
            Kind::Object => said == [-1, -1, 63],
            Kind::Bool | Kind::Int | Kind::Uint | Kind::Float => said == [-1, -1, 0],
            Kind::Text => said == [size, 4, 8],
            Kind::Void if structured => {
                let flags = if self.fields.iter().any(|field| field.dtype.kind == Kind::Text) { 24 } else { 16 };
                let alignment = self.fields.iter().map(|field| field.dtype.alignment()).max().unwrap_or(1);
                // Made with `align=True`: the highest bit of a byte, which numpy 1 takes for its sign.
                let aligned = [flags + 128, flags - 128].map(|flags| [size, alignment, flags]);
                said == [size, 1, flags] || aligned.contains(&said)
            }
            Kind::Bytes | Kind::Void => said == [size, 1, 0],
        }
    }

    /// Where its elements lie best.
    fn alignment(&self) -> i64 {
        match self.kind {
            Kind::Bool | Kind::Bytes | Kind::Void => 1,
            Kind::Text => 4,
            Kind::Int | Kind::Uint | Kind::Float | Kind::Object => self.size as i64,
        }
    }

    fn set_fields(&mut self, pickle: &Pickle<'_>, names: Slot, fields: Slot) -> Option<()> {
        let (Some(Node::Tuple(names)), Some(Node::Dict(fields))) = (pickle.node(names), pickle.node(fields)) else {
            return None;
        };
        if self.kind != Kind::Void || names.len() != fields.len() || names.len() > MAX_FIELDS {
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
