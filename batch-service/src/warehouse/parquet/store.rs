//! The distinct values that the codes of a column chunk stand for.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use parquet::basic::Type;
use parquet::data_type::{AsBytes, ByteArray, FixedLenByteArray};

use super::values::{Values, extend};

/// One value of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A truth value.
    Bool(bool),
    /// A whole number of 32 or 64 bits.
    Int(i64),
    /// A number with a fraction, of 32 or 64 bits.
    Float(f64),
    /// Text or bytes.
    Bytes(&'a [u8]),
}

/// Values by code.
pub(super) enum Store {
    Bool(Vec<bool>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

/// The next `length` bytes of a page.
fn next(data: &Bytes, at: &mut usize, length: usize) -> Result<Bytes> {
    let end = at.saturating_add(length);
    if end > data.len() {
        bail!("the page ends within its values");
    }
    let bytes = data.slice(*at..end);
    *at = end;
    Ok(bytes)
}

/// The next `count` numbers of a page.
fn numbers<T, const N: usize>(
    values: &mut Vec<T>,
    (data, at): (&Bytes, &mut usize),
    count: usize,
    number: impl Fn([u8; N]) -> T,
) -> Result<()> {
    let bytes = next(data, at, count.saturating_mul(N))?;
    values.extend(bytes.as_chunks::<N>().0.iter().map(|&bytes| number(bytes)));
    Ok(())
}

impl Store {
    /// An empty store for a column.
    pub(super) fn new(physical_type: Type) -> Result<Self> {
        Ok(match physical_type {
            Type::BOOLEAN => Self::Bool(Vec::new()),
            Type::INT32 => Self::I32(Vec::new()),
            Type::INT64 => Self::I64(Vec::new()),
            Type::FLOAT => Self::F32(Vec::new()),
            Type::DOUBLE => Self::F64(Vec::new()),
            Type::BYTE_ARRAY => Self::Bytes(Vec::new()),
            Type::FIXED_LEN_BYTE_ARRAY => Self::Fixed(Vec::new()),
            other @ Type::INT96 => bail!("physical type {other} is not supported"),
        })
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Bool(v) => v.len(),
            Self::I32(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::Bytes(v) => v.len(),
            Self::Fixed(v) => v.len(),
        }
    }

    pub(super) fn truncate(&mut self, len: usize) {
        match self {
            Self::Bool(v) => v.truncate(len),
            Self::I32(v) => v.truncate(len),
            Self::I64(v) => v.truncate(len),
            Self::F32(v) => v.truncate(len),
            Self::F64(v) => v.truncate(len),
            Self::Bytes(v) => v.truncate(len),
            Self::Fixed(v) => v.truncate(len),
        }
    }

    /// Appends the next `count` values of a page.
    pub(super) fn append(&mut self, values: &mut Values, count: usize) -> Result<()> {
        match (self, values) {
            (to, Values::Plain { data, at, length }) => to.append_plain(data, at, *length, count),
            (Self::Bool(to), Values::Bool(from)) => extend(to, from, count),
            (Self::I32(to), Values::I32(from)) => extend(to, from, count),
            (Self::I64(to), Values::I64(from)) => extend(to, from, count),
            (Self::F32(to), Values::F32(from)) => extend(to, from, count),
            (Self::F64(to), Values::F64(from)) => extend(to, from, count),
            (Self::Bytes(to), Values::Bytes(from)) => extend(to, from, count),
            (Self::Fixed(to), Values::Fixed(from)) => extend(to, from, count),
            _ => bail!("a page of another type than its column"),
        }
    }

    /// For truth values `at` counts bits, for others bytes.
    fn append_plain(&mut self, data: &Bytes, at: &mut usize, length: usize, count: usize) -> Result<()> {
        match self {
            Self::Bool(to) => {
                for _ in 0..count {
                    let byte = data.get(*at / 8).context("the page ends within its values")?;
                    to.push(byte >> (*at % 8) & 1 == 1);
                    *at += 1;
                }
            }
            Self::I32(to) => numbers(to, (data, at), count, i32::from_le_bytes)?,
            Self::I64(to) => numbers(to, (data, at), count, i64::from_le_bytes)?,
            Self::F32(to) => numbers(to, (data, at), count, f32::from_le_bytes)?,
            Self::F64(to) => numbers(to, (data, at), count, f64::from_le_bytes)?,
            Self::Bytes(to) => {
                for _ in 0..count {
                    let length = data.get(*at..).and_then(|rest| rest.first_chunk());
                    let length = length.context("the page ends within its values")?;
                    *at += length.len();
                    to.push(next(data, at, u32::from_le_bytes(*length) as usize)?.into());
                }
            }
            Self::Fixed(to) => {
                for _ in 0..count {
                    to.push(ByteArray::from(next(data, at, length)?).into());
                }
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, code: u32) -> Value<'_> {
        let code = code as usize;
        match self {
            Self::Bool(v) => Value::Bool(v[code]),
            Self::I32(v) => Value::Int(i64::from(v[code])),
            Self::I64(v) => Value::Int(v[code]),
            Self::F32(v) => Value::Float(f64::from(v[code])),
            Self::F64(v) => Value::Float(v[code]),
            Self::Bytes(v) => Value::Bytes(v[code].as_bytes()),
            Self::Fixed(v) => Value::Bytes(v[code].as_bytes()),
        }
    }

    /// The whole numbers of an INT64 column.
    pub(super) fn as_i64(&self) -> Option<&[i64]> {
        match self {
            Self::I64(v) => Some(v),
            _ => None,
        }
    }
}
