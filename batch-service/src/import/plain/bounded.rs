//! Lists of documents that are refused as soon as they are longer than the format allows: what follows is never built.

use crate::object::Object;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// A list of at most so many numbers, texts or words.
pub fn list<'de, const MOST: usize, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_seq(Items::<MOST, T, T, _>(Ok, PhantomData))
}

/// A structure with a list in it, which are bounded together.
pub trait Part {
    /// Most of all lists together.
    const TOGETHER: usize;

    /// How many its list has.
    fn size(&self) -> usize;
}

/// A list of at most so many structures, each from an object.
pub fn objects<'de, const MOST: usize, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Part,
{
    let mut left = T::TOGETHER;
    let mut part = |Object(part): Object<T>| match left.checked_sub(part.size()) {
        Some(fewer) => {
            left = fewer;
            Ok(part)
        }
        None => Err(format!("more than {} together", T::TOGETHER)),
    };
    deserializer.deserialize_seq(Items::<MOST, Object<T>, T, _>(&mut part, PhantomData))
}

/// Takes a list of `R` for one of `T`.
struct Items<const MOST: usize, R, T, F>(F, PhantomData<(R, T)>);

impl<'de, const MOST: usize, R, T, F> Visitor<'de> for Items<MOST, R, T, F>
where
    R: Deserialize<'de>,
    F: FnMut(R) -> Result<T, String>,
{
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MOST}")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            if list.len() == MOST {
                return Err(Error::custom(format_args!("more than {MOST}")));
            }
            list.push((self.0)(item).map_err(Error::custom)?);
        }
        Ok(list)
    }
}
