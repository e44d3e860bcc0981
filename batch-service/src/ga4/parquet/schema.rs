//! Finds the leaves of a GA4 table by name, whatever way its writer nests lists.

use std::collections::HashMap;

use parquet::schema::types::SchemaDescriptor;

use crate::ga4::fields::{Column, REQUIRED};

/// Names that writers give to the groups between a list and its elements.
const WRAPPERS: [&str; 6] = ["list", "element", "array", "bag", "array_element", "item"];

/// Leaf numbers of what is read.
#[derive(Debug)]
pub struct Leaves {
    /// The flat columns that the file has.
    pub columns: Vec<(Column, usize)>,
    /// `event_params.key`.
    pub key: usize,
    /// The value leaves of `event_params`: string, int, float, double; those that the file has.
    pub values: Vec<usize>,
    /// A leaf of `items`, the price where there is one.
    pub items: Option<(usize, ItemLeaf)>,
    /// `user_properties.key`, where the file has it.
    pub property_key: Option<usize>,
    /// The leaves of texts and whole numbers of `user_properties`.
    pub property_values: Vec<usize>,
    /// Columns that are read where present, and are not here.
    pub missing: Vec<String>,
}

/// What the leaf of `items` tells besides the number of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemLeaf {
    /// The price.
    Price,
    /// Nothing.
    Other,
}

impl Leaves {
    /// Finds the leaves, or says what is wrong with the table.
    pub fn find(schema: &SchemaDescriptor) -> Result<Self, String> {
        let tops: Vec<&str> = schema.root_schema().get_fields().iter().map(|field| field.name()).collect();
        if tops.contains(&"visitId") || (tops.contains(&"hits") && !tops.contains(&"event_name")) {
            return Err("this is a Universal Analytics table (`visitId`, `hits`); Inkling reads the tables \
                        `events_YYYYMMDD` of a Google Analytics 4 export"
                .to_owned());
        }
        let absent: Vec<&str> = REQUIRED.into_iter().filter(|name| !tops.contains(name)).collect();
        if !absent.is_empty() {
            let shown: Vec<&str> = tops.iter().copied().take(8).collect();
            return Err(format!(
                "not a Google Analytics 4 export: no column {}; the file has {}{}",
                absent.join(", "),
                shown.join(", "),
                if tops.len() > shown.len() { ", …" } else { "" }
            ));
        }
        let mut by_path: HashMap<String, usize> = HashMap::new();
        for (index, column) in schema.columns().iter().enumerate() {
            let lists = i16::from(column.path().parts().first().is_some_and(|top| is_list(top)));
            if column.max_rep_level() == lists {
                by_path.entry(plain_path(column.path().parts())).or_insert(index);
            }
        }
        let list = |name: &str| by_path.get(name).copied();
        let key = list("event_params.key")
            .ok_or("event_params is not a list of key and value; export the nested table, not a flattened one")?;
        let values: Vec<usize> = ["string_value", "int_value", "float_value", "double_value"]
            .iter()
            .filter_map(|name| list(&format!("event_params.value.{name}")))
            .collect();
        if values.is_empty() {
            return Err("event_params has no string_value, int_value, float_value or double_value".to_owned());
        }
        let mut missing = Vec::new();
        let mut columns = Vec::new();
        for column in Column::ALL {
            match by_path.get(column.path()) {
                Some(&index) => columns.push((column, index)),
                None if REQUIRED.contains(&column.path()) => {
                    return Err(format!("column {} is not a plain column", column.path()));
                }
                None if column.is_expected() => missing.push(column.path().to_owned()),
                None => {}
            }
        }
        let items = match list("items.price") {
            Some(index) => Some((index, ItemLeaf::Price)),
            None => {
                missing.push("items.price".to_owned());
                let any = by_path.iter().filter(|(path, _)| path.starts_with("items.")).map(|(_, &index)| index).min();
                any.map(|index| (index, ItemLeaf::Other))
            }
        };
        let property_key = list("user_properties.key");
        let property_values =
            ["string_value", "int_value"].iter().filter_map(|name| list(&format!("user_properties.value.{name}")));
        let property_values = property_values.collect();
        Ok(Self { columns, key, values, items, property_key, property_values, missing })
    }
}

fn is_list(top: &str) -> bool {
    matches!(top, "event_params" | "items" | "user_properties")
}

/// `event_params.list.element.value.int_value` as `event_params.value.int_value`.
fn plain_path(parts: &[String]) -> String {
    let mut path = String::new();
    for (depth, part) in parts.iter().enumerate() {
        if depth > 0 && parts.first().is_some_and(|top| is_list(top)) && WRAPPERS.contains(&part.as_str()) {
            continue;
        }
        if depth > 0 {
            path.push('.');
        }
        path.push_str(part);
    }
    path
}
