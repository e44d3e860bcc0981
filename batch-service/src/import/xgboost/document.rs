//! What JSON and UBJSON of XGBoost have in common: a tree of maps, lists and numbers.

use super::bad;
use crate::import::Error;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value of a document. Lists of numbers are kept dense.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number; whole ones are exact up to 2^53.
    Number(f64),
    /// Text.
    Text(String),
    /// Numbers only.
    Numbers(Vec<f64>),
    /// Anything.
    List(Vec<Item>),
    /// By key, in order, each once.
    Map(Vec<(String, Item)>),
}

impl Item {
    /// Appends to a list, which stays dense as long as it can.
    pub fn push(list: &mut Self, item: Self) {
        match (&mut *list, item) {
            (Self::Numbers(numbers), Self::Number(x)) => numbers.push(x),
            (Self::List(items), item) => items.push(item),
            (Self::Numbers(numbers), item) => {
                let mut items: Vec<Self> = numbers.iter().map(|x| Self::Number(*x)).collect();
                items.push(item);
                *list = Self::List(items);
            }
            _ => {}
        }
    }

    /// The value of a key, `None` where there is none.
    pub fn find(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Result<&Self, Error> {
        self.find(key).ok_or_else(|| bad(key, "is missing"))
    }

    /// The text of a key.
    pub fn text(&self, key: &str) -> Result<&str, Error> {
        match self.get(key)? {
            Self::Text(text) => Ok(text),
            _ => Err(bad(key, "is not text")),
        }
    }

    /// The items of the list of a key.
    pub fn items(&self, key: &str) -> Result<&[Self], Error> {
        match self.get(key)? {
            Self::List(items) => Ok(items),
            Self::Numbers(numbers) if numbers.is_empty() => Ok(&[]),
            _ => Err(bad(key, "is not a list")),
        }
    }

    /// The numbers of the list of a key.
    pub fn numbers(&self, key: &str) -> Result<&[f64], Error> {
        match self.get(key)? {
            Self::Numbers(numbers) => Ok(numbers),
            _ => Err(bad(key, "is not a list of numbers")),
        }
    }

    /// The whole number over or at 0 that a key has as text, as XGBoost writes settings.
    pub fn count(&self, key: &str) -> Result<usize, Error> {
        self.text(key)?.parse().map_err(|_| bad(key, "is not a whole number"))
    }
}

struct Builder;

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Builder)
    }
}

impl<'de> Visitor<'de> for Builder {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Item, E> {
        Ok(Item::Null)
    }

    fn visit_bool<E>(self, v: bool) -> Result<Item, E> {
        Ok(Item::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Item, E> {
        Ok(Item::Number(v as f64))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Item, E> {
        Ok(Item::Number(v as f64))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Item, E> {
        Ok(Item::Number(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<Item, E> {
        Ok(Item::Text(v.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Item, A::Error> {
        let mut list = Item::Numbers(Vec::new());
        while let Some(item) = seq.next_element()? {
            Item::push(&mut list, item);
        }
        Ok(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
        let mut entries: Vec<(String, Item)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Item>()? {
            if entries.len() >= super::MAX_KEYS || entries.iter().any(|(k, _)| *k == key) {
                return Err(serde::de::Error::custom(format_args!("key {key:?} is there twice, or too many keys")));
            }
            entries.push((key, value));
        }
        Ok(Item::Map(entries))
    }
}
