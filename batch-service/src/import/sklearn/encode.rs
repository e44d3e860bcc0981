//! Encoders of categories. A category is a whole number from 0 to 255, or a name, whose code is its place among the names.

use super::tree::index;
use super::{Object, Reading, Seen};
use crate::import::Error;
use crate::import::plain::{Among, Categories, MAX_CODES};

/// The code of the input for each category of a list; `None` for the category "missing".
pub(super) fn codes(list: &Object<'_>, input: usize, reading: &mut Reading) -> Result<Vec<Option<usize>>, Error> {
    let count = list.count()?;
    reading.look(list, count)?;
    if let Ok(names) = list.names() {
        let codes = names.iter().enumerate().map(|(code, name)| name.as_ref().map(|_| code)).collect();
        // Missing is the last of the categories.
        if names.iter().rev().skip(1).any(Option::is_none) {
            return Err(list.bad("missing is not the last of the categories"));
        }
        let codes = few(list, codes)?;
        reading.categories.push(Categories { input, names: names.into_iter().flatten().collect() });
        return Ok(codes);
    }
    let code = |x: f64| match index(x) {
        _ if x.is_nan() => Ok(None),
        Some(code) if code < MAX_CODES => Ok(Some(code)),
        _ => Err(Error::unsupported(
            format!("category {x} ({})", list.path()),
            format!("code categories as whole numbers from 0 to {}", MAX_CODES - 1),
        )),
    };
    few(list, list.numbers(&[count])?.into_iter().map(code).collect::<Result<_, _>>()?)
}

/// Refuses more categories than there are codes.
fn few(list: &Object<'_>, codes: Vec<Option<usize>>) -> Result<Vec<Option<usize>>, Error> {
    if codes.iter().flatten().count() <= MAX_CODES {
        return Ok(codes);
    }
    let what = format!("a column of {} categories ({})", codes.len(), list.path());
    Err(Error::unsupported(what, format!("put rare categories together, to {MAX_CODES} at most")))
}

/// Refuses rare categories that are put together, and settings that change what is missing.
fn check(object: &Object<'_>) -> Result<(), Error> {
    if object.has("_infrequent_enabled") && object.attribute("_infrequent_enabled")?.number()? != 0.0 {
        let what = format!("{} with min_frequency or max_categories", object.class()?);
        return Err(Error::unsupported(what, "put rare categories together before"));
    }
    Ok(())
}

fn input(s: &Seen, object: &Object<'_>) -> Result<usize, Error> {
    if s.is_plain() && s.missing.is_none() {
        return Ok(s.column);
    }
    Err(Error::unsupported(format!("{} after another transformer", object.class()?), "encode the columns themselves"))
}

/// A column for each category but the dropped one; a missing value is a category of its own, or is none of them.
pub(super) fn one_hot(object: &Object<'_>, seen: &[Seen], reading: &mut Reading) -> Result<Vec<Seen>, Error> {
    check(object)?;
    let refuses = match object.attribute("handle_unknown")?.text()? {
        "error" => true,
        "ignore" | "infrequent_if_exist" | "warn" => false,
        other => return Err(object.bad(&format!("handle_unknown={other:?}"))),
    };
    let lists = object.attribute("categories_")?.list()?;
    if lists.len() != seen.len() {
        return Err(object.bad("categories_ of another number of columns"));
    }
    let dropped = object.attribute("drop_idx_")?;
    let dropped = if dropped.is_none() { Vec::new() } else { dropped.list()? };
    let mut out = Vec::new();
    for (i, (s, list)) in seen.iter().zip(&lists).enumerate() {
        let input = input(s, object)?;
        let codes = codes(list, input, reading)?;
        let drop = match dropped.get(i) {
            Some(place) if !place.is_none() => index(place.number()?),
            _ => None,
        };
        let knows_missing = codes.contains(&None);
        for (_, code) in codes.iter().enumerate().filter(|(place, _)| Some(*place) != drop) {
            let mut among = vec![if refuses { Among::Missing } else { Among::No }; MAX_CODES];
            for known in codes.iter().flatten() {
                among[*known] = if Some(*known) == *code { Among::Yes } else { Among::No };
            }
            let others = if refuses { Among::Missing } else { Among::No };
            let column = reading.columns.indicator(input, among, others).map_err(|why| object.bad(&why))?;
            let missing = match (code, knows_missing, refuses) {
                (None, ..) => Some(1.0),
                (_, true, _) | (_, _, false) => Some(0.0),
                _ => None,
            };
            out.push(Seen { missing, ..Seen::input(column) });
        }
    }
    Ok(out)
}

/// Only where every category is its own code, so that nothing is changed.
pub(super) fn ordinal(object: &Object<'_>, seen: &[Seen], reading: &mut Reading) -> Result<Vec<Seen>, Error> {
    check(object)?;
    if object.attribute("handle_unknown")?.text()? != "error" {
        return Err(Error::unsupported(
            "OrdinalEncoder with handle_unknown",
            "use OneHotEncoder(handle_unknown=\"ignore\")",
        ));
    }
    let lists = object.attribute("categories_")?.list()?;
    if lists.len() != seen.len() {
        return Err(object.bad("categories_ of another number of columns"));
    }
    for (s, list) in seen.iter().zip(&lists) {
        let codes = codes(list, input(s, object)?, reading)?;
        if codes.iter().flatten().enumerate().any(|(place, code)| place != *code) {
            let what = format!("OrdinalEncoder that changes codes ({})", list.path());
            return Err(Error::unsupported(what, "code categories as 0, 1, 2, ... without gaps"));
        }
        if codes.contains(&None) && !object.attribute("encoded_missing_value")?.number()?.is_nan() {
            return Err(Error::unsupported("OrdinalEncoder with encoded_missing_value", "leave it at nan"));
        }
    }
    Ok(seen.to_vec())
}
