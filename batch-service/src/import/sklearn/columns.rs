//! `ColumnTransformer`: transformers side by side, each on some of the columns.

use super::tree::index;
use super::{Object, Reading, Seen, pipeline};
use crate::import::Error;
use crate::import::plain::MAX_COLUMNS;

pub(super) fn transform(
    object: &Object<'_>,
    seen: &[Seen],
    reading: &mut Reading,
    depth: usize,
) -> Result<Vec<Seen>, Error> {
    if !object.attribute("transformer_weights")?.is_none() {
        return Err(Error::unsupported("ColumnTransformer with transformer_weights", "train without them"));
    }
    let places = object.attribute("_transformer_to_input_indices")?;
    let mut out = Vec::new();
    for entry in object.attribute("transformers_")?.list()? {
        let parts = entry.list()?;
        let [name, transformer, _] = parts.as_slice() else { return Err(entry.bad("not three parts")) };
        if transformer.text() == Ok("drop") {
            continue;
        }
        // The place of a key is searched for.
        reading.look(&entry, places.keys())?;
        let list = places.entry(name.text()?)?;
        reading.look(&list, list.count()?)?;
        let mut some = Vec::new();
        for place in list.list()? {
            let seen = index(place.number()?).and_then(|i| seen.get(i));
            some.push(*seen.ok_or_else(|| place.bad("is none of the columns"))?);
        }
        // scikit-learn calls no transformer for no columns.
        if !some.is_empty() {
            out.extend(pipeline::transform(transformer, &some, reading, depth + 1)?);
        }
        if out.len() > MAX_COLUMNS {
            return Err(object.bad(&format!("makes more than {MAX_COLUMNS} columns")));
        }
    }
    Ok(out)
}
