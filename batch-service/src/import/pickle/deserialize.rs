//! Plain values of a file as serde reads them: dicts with texts for keys, lists, texts and numbers.

use super::node::{Node, Slot};
use super::value::{Look, Value};
use serde::de::value::{Error, MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

impl<'de> IntoDeserializer<'de> for Value<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A dict by turns of its keys and values.
fn map<'de>(value: Value<'de>, pairs: &'de [(Slot, Slot)]) -> impl Iterator<Item = (Value<'de>, Value<'de>)> {
    pairs.iter().map(move |(of, is)| (value.of(*of), value.of(*is)))
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // Lists are gone through where they lie; there may be millions of items.
        match self.node() {
            Some(Node::List(items) | Node::Tuple(items)) => {
                return visitor.visit_seq(SeqDeserializer::new(items.iter().map(|slot| self.of(*slot))));
            }
            Some(Node::Dict(pairs)) => return visitor.visit_map(MapDeserializer::new(map(self, pairs))),
            _ => {}
        }
        match self.look() {
            Look::None => visitor.visit_unit(),
            Look::Bool(flag) => visitor.visit_bool(flag),
            Look::Int(number) => visitor.visit_i64(number),
            Look::Float(number) => visitor.visit_f64(number),
            Look::Text(text) => visitor.visit_borrowed_str(text),
            Look::Large => Err(Error::custom("a number of more than 64 bits")),
            Look::Array(_) | Look::Dtype(_) => {
                Err(Error::custom("a value of numpy; make it one of Python's with .tolist()"))
            }
            _ => Err(Error::custom("neither a dict, a list, a text nor a number")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_none() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match (self.text(), self.node()) {
            (Some(text), _) => text.into_deserializer().deserialize_enum(name, variants, visitor),
            (_, Some(Node::Dict(pairs))) if pairs.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(map(self, pairs))))
            }
            _ => Err(Error::custom("neither a text nor a dict of one key")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq
        tuple tuple_struct struct map identifier ignored_any
    }
}
