//! A fitted object of a pickle, and where it stands in the file, for messages.

use crate::import::Error;
use crate::import::pickle::{Array, Value};

/// Longest list of objects that is looked at, each of which has a path.
const MAX_ITEMS: usize = 1 << 16;

/// A value of a pickle with its path from the whole, such as `.steps[0][1].mean_`.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    value: Value<'a>,
    path: String,
}

impl<'a> Object<'a> {
    /// The whole.
    #[must_use]
    pub fn new(value: Value<'a>) -> Self {
        Self { value, path: String::new() }
    }

    /// Where it stands.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A refusal of it.
    #[must_use]
    pub fn bad(&self, why: &str) -> Error {
        let at = if self.path.is_empty() { "the whole" } else { &self.path };
        Error::malformed("pickle", at, why)
    }

    fn at(&self, value: Value<'a>, part: &str) -> Self {
        Self { value, path: format!("{}{part}", self.path) }
    }

    /// The class, as `module.name`.
    pub fn class(&self) -> Result<&'a str, Error> {
        self.value.class().ok_or_else(|| self.bad("is no fitted object"))
    }

    /// Whether it has an attribute.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.value.attribute(name).is_some()
    }

    /// An attribute.
    pub fn attribute(&self, name: &str) -> Result<Self, Error> {
        let found = self.value.attribute(name).map(|value| self.at(value, &format!(".{name}")));
        found.ok_or_else(|| self.bad(&format!("has no attribute {name}; is it fitted?")))
    }

    /// The version of scikit-learn that it was fitted with.
    #[must_use]
    pub fn version(&self) -> Option<&'a str> {
        self.value.attribute("_sklearn_version")?.text()
    }

    /// Whether it is `None`.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.value.is_none()
    }

    /// A text.
    pub fn text(&self) -> Result<&'a str, Error> {
        self.value.text().ok_or_else(|| self.bad("is no text"))
    }

    /// Bytes.
    pub fn bytes(&self) -> Result<&'a [u8], Error> {
        self.value.bytes().ok_or_else(|| self.bad("are no bytes"))
    }

    /// A whole number.
    pub fn whole(&self) -> Result<i64, Error> {
        self.value.whole().ok_or_else(|| self.bad("is no whole number"))
    }

    /// A number.
    pub fn number(&self) -> Result<f64, Error> {
        self.value.number().ok_or_else(|| self.bad("is no number"))
    }

    /// Length of a list or of the first dimension of an array.
    pub fn count(&self) -> Result<usize, Error> {
        self.value.count().ok_or_else(|| self.bad("is no list"))
    }

    /// The items of a list, a tuple or an array of objects.
    pub fn list(&self) -> Result<Vec<Self>, Error> {
        if self.value.array().map_or(self.count()?, Array::len) > MAX_ITEMS {
            return Err(self.bad(&format!("is longer than {MAX_ITEMS}")));
        }
        let items = self.value.items().ok_or_else(|| self.bad("is no list"))?;
        Ok(items.into_iter().enumerate().map(|(i, value)| self.at(value, &format!("[{i}]"))).collect())
    }

    /// The items of an array of objects with rows of this width.
    pub fn objects(&self, width: usize) -> Result<Vec<Self>, Error> {
        match self.value.array().map(|array| &array.shape[..]) {
            Some([_, columns]) if *columns == width => self.list(),
            _ => Err(self.bad(&format!("is no array of objects with rows of {width}"))),
        }
    }

    /// Number of keys of a dict.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.value.keys().unwrap_or(0)
    }

    /// The value of a key of a dict.
    pub fn entry(&self, key: &str) -> Result<Self, Error> {
        let found = self.value.entry(key).map(|value| self.at(value, &format!("[{key}]")));
        found.ok_or_else(|| self.bad(&format!("has no {key}")))
    }

    /// The numbers of an array of this shape, the last index running fastest.
    pub fn numbers(&self, shape: &[usize]) -> Result<Vec<f64>, Error> {
        let fits = self.value.array().is_some_and(|array| array.shape == shape);
        let numbers = if fits { self.value.numbers() } else { None };
        numbers.ok_or_else(|| self.bad(&format!("is no array of numbers of shape {shape:?}")))
    }

    /// Whether it is a structured array with this field.
    #[must_use]
    pub fn has_field(&self, name: &str) -> bool {
        self.value.array().is_some_and(|array| array.dtype.fields.iter().any(|field| field.name == name))
    }

    /// The numbers of a field of a structured array.
    pub fn field(&self, name: &str) -> Result<Vec<f64>, Error> {
        self.value.field(name).ok_or_else(|| self.bad(&format!("has no field {name} of numbers")))
    }

    /// The texts of a list or an array.
    pub fn texts(&self) -> Result<Vec<String>, Error> {
        match self.value.texts() {
            Some(texts) => Ok(texts),
            None => self.list()?.iter().map(|item| item.text().map(str::to_owned)).collect(),
        }
    }

    /// The texts of a list or an array, in which NaN stands for no text.
    pub fn names(&self) -> Result<Vec<Option<String>>, Error> {
        if let Some(texts) = self.value.texts() {
            return Ok(texts.into_iter().map(Some).collect());
        }
        let name = |item: &Self| match (item.value.text(), item.value.number()) {
            (Some(text), _) => Ok(Some(text.to_owned())),
            (None, Some(number)) if number.is_nan() => Ok(None),
            _ => Err(item.bad("is neither a text nor NaN")),
        };
        self.list()?.iter().map(name).collect()
    }
}
