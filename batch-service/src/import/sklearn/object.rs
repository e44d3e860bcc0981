//! A fitted object of a pickle, and where it stands in the file, for messages.

use crate::import::Error;
use crate::import::pickle::Value;

#[derive(Clone, Debug)]
pub struct Object<'a> {
    value: &'a Value,
    path: String,
}

fn num(s: &str) -> f64 {
    s.parse().unwrap()
}
impl<'a> Object<'a> {
    pub fn new(value: &'a Value) -> Self {
        Self { value, path: String::new() }
    }
    pub fn path(&self) -> &str {
        &self.path
    }
    pub fn bad(&self, why: &str) -> Error {
        Error::malformed("pickle", self.path.clone(), why)
    }
    fn at(&self, value: &'a Value, part: &str) -> Self {
        Self { value, path: format!("{}{part}", self.path) }
    }
    pub fn class(&self) -> Result<&'a str, Error> {
        if let Value::Object { class, .. } = self.value { Ok(class) } else { Err(self.bad("no object")) }
    }
    fn find(&self, name: &str) -> Option<&'a Value> {
        if let Value::Object { state, .. } = self.value {
            state.iter().find(|(k, _)| k == name).map(|(_, v)| v)
        } else {
            None
        }
    }
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }
    pub fn attribute(&self, name: &str) -> Result<Self, Error> {
        self.find(name).map(|v| self.at(v, &format!(".{name}"))).ok_or_else(|| self.bad(&format!("no {name}")))
    }
    pub fn version(&self) -> Option<&'a str> {
        self.attribute("_sklearn_version").ok()?.text().ok()
    }
    pub fn is_none(&self) -> bool {
        *self.value == Value::None
    }
    pub fn text(&self) -> Result<&'a str, Error> {
        if let Value::Str(s) = self.value { Ok(s) } else { Err(self.bad("no text")) }
    }
    pub fn bytes(&self) -> Result<&'a [u8], Error> {
        if let Value::Bytes(s) = self.value { Ok(s) } else { Err(self.bad("no bytes")) }
    }
    pub fn whole(&self) -> Result<i64, Error> {
        match self.value {
            Value::Int(i) => Ok(*i),
            Value::Array { data, .. } if data.len() == 1 => Ok(num(&data[0]) as i64),
            _ => Err(self.bad("no int")),
        }
    }
    pub fn number(&self) -> Result<f64, Error> {
        match self.value {
            Value::Int(i) => Ok(*i as f64),
            Value::Bool(b) => Ok(f64::from(u8::from(*b))),
            Value::Float(s) => Ok(num(s)),
            Value::Array { data, .. } if data.len() == 1 => Ok(num(&data[0])),
            _ => Err(self.bad("no number")),
        }
    }
    pub fn len(&self) -> Result<usize, Error> {
        match self.value {
            Value::List(l) => Ok(l.len()),
            Value::Array { shape, .. } | Value::Objects { shape, .. } => Ok(shape[0]),
            _ => Err(self.bad("no list")),
        }
    }
    pub fn list(&self) -> Result<Vec<Self>, Error> {
        match self.value {
            Value::List(l) | Value::Objects { items: l, .. } => {
                Ok(l.iter().enumerate().map(|(i, v)| self.at(v, &format!("[{i}]"))).collect())
            }
            _ => Err(self.bad("no list")),
        }
    }
    pub fn objects(&self, width: usize) -> Result<Vec<Self>, Error> {
        if let Value::Objects { shape, .. } = self.value {
            if shape[1] == width {
                return self.list();
            }
        }
        Err(self.bad("no object array"))
    }
    pub fn entry(&self, key: &str) -> Result<Self, Error> {
        if let Value::Dict(d) = self.value {
            if let Some((_, v)) = d.iter().find(|(k, _)| *k == Value::Str(key.to_owned())) {
                return Ok(self.at(v, &format!("[{key}]")));
            }
        }
        Err(self.bad("no entry"))
    }
    pub fn numbers(&self, shape: &[usize]) -> Result<Vec<f64>, Error> {
        match self.value {
            Value::Array { shape: s, data } if s == shape => Ok(data.iter().map(|x| num(x)).collect()),
            _ => Err(self.bad(&format!("not an array {shape:?}"))),
        }
    }
    pub fn has_field(&self, f: &str) -> bool {
        matches!(self.value, Value::Records { fields } if fields.iter().any(|(k, _)| k == f))
    }
    pub fn field(&self, f: &str) -> Result<Vec<f64>, Error> {
        if let Value::Records { fields } = self.value {
            if let Some((_, v)) = fields.iter().find(|(k, _)| k == f) {
                return Ok(v.iter().map(|x| num(x)).collect());
            }
        }
        Err(self.bad("no field"))
    }
    pub fn texts(&self) -> Result<Vec<String>, Error> {
        self.list()?.iter().map(|o| o.text().map(str::to_owned)).collect()
    }
    pub fn names(&self) -> Result<Vec<Option<String>>, Error> {
        self.list()?
            .iter()
            .map(|o| {
                if o.text().is_ok() {
                    o.text().map(|t| Some(t.to_owned()))
                } else if o.number().is_ok_and(f64::is_nan) {
                    Ok(None)
                } else {
                    Err(self.bad("no names"))
                }
            })
            .collect()
    }
}
