//! The query that flattens a day's events in BigQuery: a row an event, a column for everything that is read.

use crate::bigquery::{Field, TableInfo, TableName};
use crate::ga4::fields::{Column, Param, REQUIRED};
use crate::ga4::report::ReadFailure;
use crate::shards::{self, Shards};
use std::fmt::Write;

/// The column with the visitor's shard.
pub const SHARD: &str = "shard";
/// The column with the number of items.
pub const ITEMS: &str = "item_count";
/// The column with the highest price of an item.
pub const PRICE: &str = "max_item_price";
/// The fields of a parameter's value, in the order in which files are read: the last one that is there counts.
const VALUES: [&str; 4] = ["string_value", "int_value", "float_value", "double_value"];

/// What a column of the result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A column of the export.
    Column(Column),
    /// A value of an event parameter.
    Param(Param),
    /// The number of items.
    Items,
    /// The highest price of an item.
    Price,
    /// The visitor's shard.
    Shard,
}

/// The query for a table.
#[derive(Clone, Debug)]
pub struct Flat {
    /// GoogleSQL.
    pub sql: String,
    /// Its columns, in order. Parameters come before the columns that only fill the gaps they leave.
    pub cells: Vec<(String, Cell)>,
    /// Columns that are read where present, and are not here.
    pub missing: Vec<String>,
}

impl Flat {
    /// The query for a table of this schema, with the column of the shard if the day is split.
    ///
    /// # Errors
    /// [`ReadFailure::WrongSchema`] when the table is no GA4 export.
    pub fn of(name: &TableName, table: &TableInfo, sharded: bool) -> Result<Self, ReadFailure> {
        let wrong = |what: String| ReadFailure::WrongSchema { file: name.to_string(), what };
        let absent: Vec<&str> = REQUIRED.into_iter().filter(|column| find(&table.fields, column).is_none()).collect();
        if !absent.is_empty() {
            return Err(wrong(format!("not a Google Analytics 4 export: no column {}", absent.join(", "))));
        }
        let values: Vec<&str> =
            VALUES.into_iter().filter(|v| find(&table.fields, &format!("event_params.value.{v}")).is_some()).collect();
        let repeated = find(&table.fields, "event_params").is_some_and(|field| field.repeated);
        if values.is_empty() || !repeated || find(&table.fields, "event_params.key").is_none() {
            return Err(wrong("event_params is not a list of key and value".to_owned()));
        }
        let (mut cells, mut missing) = (Vec::new(), Vec::new());
        let (mut params, mut inner, mut outer) = (String::new(), String::new(), String::new());
        for param in Param::ALL {
            let key = param.path().trim_start_matches("event_params.");
            for value in &values {
                let column = format!("{key}__{value}");
                let _ = write!(params, ",\n      MAX(IF(ep.key = '{key}', ep.value.{value}, NULL)) AS {column}");
                let _ = write!(outer, ",\n  q.p.{column} AS {column}");
                cells.push((column, Cell::Param(param)));
            }
        }
        for column in Column::ALL {
            let path = column.path();
            if find(&table.fields, path).is_none() {
                if column.is_expected() {
                    missing.push(path.to_owned());
                }
                continue;
            }
            let alias = path.replace('.', "__");
            let _ = write!(inner, ",\n    e.{path} AS {alias}");
            let _ = write!(outer, ",\n  q.{alias} AS {alias}");
            cells.push((alias, Cell::Column(column)));
        }
        if find(&table.fields, "items").is_some_and(|field| field.repeated) {
            let _ = write!(inner, ",\n    ARRAY_LENGTH(e.items) AS {ITEMS}");
            let _ = write!(outer, ",\n  q.{ITEMS} AS {ITEMS}");
            cells.push((ITEMS.to_owned(), Cell::Items));
            if find(&table.fields, "items.price").is_some() {
                let _ = write!(inner, ",\n    (SELECT MAX(i.price) FROM UNNEST(e.items) AS i) AS {PRICE}");
                let _ = write!(outer, ",\n  q.{PRICE} AS {PRICE}");
                cells.push((PRICE.to_owned(), Cell::Price));
            }
        }
        if !cells.iter().any(|(_, cell)| *cell == Cell::Price) {
            missing.push("items.price".to_owned());
        }
        if sharded {
            // Rows without a visitor, which are only counted, belong to the first part.
            let of = format!("IFNULL(MOD(ABS(FARM_FINGERPRINT(q.user_pseudo_id)), {}), 0)", shards::COUNT);
            let _ = write!(outer, ",\n  {of} AS {SHARD}");
            cells.push((SHARD.to_owned(), Cell::Shard));
        }
        let sql = format!(
            "SELECT{}\nFROM (\n  SELECT{},\n    (SELECT AS STRUCT{}\n    FROM UNNEST(e.event_params) AS ep) AS p\n  FROM \
             `{name}` AS e\n) AS q",
            outer.trim_start_matches(','),
            inner.trim_start_matches(','),
            params.trim_start_matches(','),
        );
        Ok(Self { sql, cells, missing })
    }
}

/// The condition of a read session for the rows of some visitors, by the column with their shard.
#[must_use]
pub fn only(column: &str, shards: Shards) -> String {
    let numbers: Vec<String> = shards.numbers().map(|n| n.to_string()).collect();
    format!("{column} IN ({})", numbers.join(", "))
}

/// The field at a path with dots.
pub(super) fn find<'a>(fields: &'a [Field], path: &str) -> Option<&'a Field> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let field = fields.iter().find(|field| field.name == first)?;
    rest.map_or(Some(field), |rest| find(&field.fields, rest))
}
