//! Small GA4 exports, written in the ways of different writers.

use std::sync::Arc;

use parquet::basic::{Compression, Encoding};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq)]
pub enum P {
    Text(String),
    Int(i64),
    Float(f64),
    Double(f64),
    Null,
}

pub fn text(text: &str) -> P {
    P::Text(text.to_owned())
}

#[derive(Debug, Clone, PartialEq)]
pub struct TestEvent {
    pub date: Option<String>,
    pub time: Option<i64>,
    pub name: Option<String>,
    pub user: Option<String>,
    pub bundle: Option<i64>,
    pub device: Option<String>,
    pub transaction: Option<String>,
    pub params: Vec<(String, P)>,
    pub prices: Vec<Option<f64>>,
}

/// Noon of 2020-12-05, UTC.
pub const NOON: i64 = 1_607_169_600_000_000;

pub fn event(user: &str, second: i64, name: &str) -> TestEvent {
    TestEvent {
        date: Some("20201205".to_owned()),
        time: Some(NOON + second * 1_000_000),
        name: Some(name.to_owned()),
        user: Some(user.to_owned()),
        bundle: Some(1),
        device: Some("desktop".to_owned()),
        transaction: None,
        params: Vec::new(),
        prices: Vec::new(),
    }
}

impl TestEvent {
    pub fn with(mut self, key: &str, value: P) -> Self {
        self.params.push((key.to_owned(), value));
        self
    }
}

/// How a file is written.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub list: &'static str,
    /// `None` for lists of two levels.
    pub element: Option<&'static str>,
    pub optional_list: bool,
    pub dictionary: bool,
    pub encoding: Option<Encoding>,
    pub version: WriterVersion,
    pub compression: Compression,
    pub page_rows: usize,
    pub group_rows: usize,
}

impl Style {
    pub const PYARROW: Self = Self {
        list: "list",
        element: Some("element"),
        optional_list: false,
        dictionary: true,
        encoding: None,
        version: WriterVersion::PARQUET_1_0,
        compression: Compression::UNCOMPRESSED,
        page_rows: 1000,
        group_rows: 1_000_000,
    };
}

const FLAT: &str =
    "optional binary event_date (UTF8); optional int64 event_timestamp; optional binary event_name (UTF8);
    optional binary user_pseudo_id (UTF8); optional int64 event_bundle_sequence_id; optional int64 stream_id;
    optional int64 user_first_touch_timestamp; optional binary something_new (UTF8);
    optional group device { optional binary category (UTF8); optional int64 language; }
    optional group ecommerce { optional binary transaction_id (UTF8); }";

fn schema(style: &Style) -> String {
    let list = |name: &str, fields: &str| {
        let outer = if style.optional_list { "optional" } else { "required" };
        let inner = match style.element {
            Some(element) => format!("required group {element} {{ {fields} }}"),
            None => fields.to_owned(),
        };
        format!("{outer} group {name} (LIST) {{ repeated group {} {{ {inner} }} }}", style.list)
    };
    let value = "optional binary key (UTF8); optional group value { optional binary string_value (UTF8);
        optional int64 int_value; optional double float_value; optional double double_value; }";
    let items = "optional binary item_id (UTF8); optional double price;";
    format!("message schema {{ {FLAT} {} {} }}", list("event_params", value), list("items", items))
}

struct Leaf<T> {
    values: Vec<T>,
    defs: Vec<i16>,
    reps: Vec<i16>,
}

impl<T> Leaf<T> {
    fn flat(cells: impl Iterator<Item = Option<T>>, max_def: i16) -> Self {
        let mut leaf = Self { values: vec![], defs: vec![], reps: vec![] };
        for cell in cells {
            leaf.defs.push(if cell.is_some() { max_def } else { max_def - 1 });
            leaf.values.extend(cell);
        }
        leaf
    }

    /// Each element is a value, or the level at which it is missing.
    fn nested(rows: impl Iterator<Item = Vec<Result<T, i16>>>, style: &Style, max_def: i16) -> Self {
        let outer = i16::from(style.optional_list);
        let mut leaf = Self { values: vec![], defs: vec![], reps: vec![] };
        for row in rows {
            if row.is_empty() {
                leaf.defs.push(outer);
                leaf.reps.push(0);
            }
            for (i, element) in row.into_iter().enumerate() {
                leaf.reps.push(i16::from(i > 0));
                match element {
                    Ok(value) => {
                        leaf.defs.push(outer + max_def);
                        leaf.values.push(value);
                    }
                    Err(level) => leaf.defs.push(outer + level),
                }
            }
        }
        leaf
    }

    fn put<D: DataType<T = T>>(self, group: &mut SerializedRowGroupWriter<'_, Vec<u8>>) {
        let mut column = group.next_column().unwrap().unwrap();
        let reps = (!self.reps.is_empty()).then_some(self.reps.as_slice());
        column.typed::<D>().write_batch(&self.values, Some(&self.defs), reps).unwrap();
        column.close().unwrap();
    }
}

fn bytes(text: &Option<String>) -> Option<ByteArray> {
    text.as_deref().map(ByteArray::from)
}

pub fn parquet(events: &[TestEvent], style: &Style) -> Vec<u8> {
    let mut properties = WriterProperties::builder()
        .set_writer_version(style.version)
        .set_dictionary_enabled(style.dictionary)
        .set_compression(style.compression)
        .set_write_batch_size(1)
        .set_data_page_row_count_limit(style.page_rows);
    if let Some(encoding) = style.encoding {
        for name in ["event_name", "user_pseudo_id", "event_date", "event_params.list.element.value.string_value"] {
            properties =
                properties.set_column_encoding(name.split('.').map(str::to_owned).collect::<Vec<_>>().into(), encoding);
        }
        if encoding == Encoding::DELTA_BYTE_ARRAY {
            let path = vec!["event_timestamp".to_owned()].into();
            properties = properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    let schema = Arc::new(parse_message_type(&schema(style)).unwrap());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build())).unwrap();
    for rows in events.chunks(style.group_rows) {
        let mut group = file.next_row_group().unwrap();
        let g = &mut group;
        Leaf::flat(rows.iter().map(|e| bytes(&e.date)), 1).put::<ByteArrayType>(g);
        Leaf::flat(rows.iter().map(|e| e.time), 1).put::<Int64Type>(g);
        Leaf::flat(rows.iter().map(|e| bytes(&e.name)), 1).put::<ByteArrayType>(g);
        Leaf::flat(rows.iter().map(|e| bytes(&e.user)), 1).put::<ByteArrayType>(g);
        Leaf::flat(rows.iter().map(|e| e.bundle), 1).put::<Int64Type>(g);
        Leaf::flat(rows.iter().map(|_| None), 1).put::<Int64Type>(g);
        Leaf::flat(rows.iter().map(|_| None), 1).put::<Int64Type>(g);
        Leaf::flat(rows.iter().map(|_| Some(ByteArray::from("x"))), 1).put::<ByteArrayType>(g);
        Leaf::flat(rows.iter().map(|e| bytes(&e.device)), 2).put::<ByteArrayType>(g);
        // A column of nothing but nulls may have any type: here the language.
        Leaf::flat(rows.iter().map(|_| None), 2).put::<Int64Type>(g);
        Leaf::flat(rows.iter().map(|e| bytes(&e.transaction)), 2).put::<ByteArrayType>(g);
        let key = |e: &TestEvent| e.params.iter().map(|(key, _)| Ok(ByteArray::from(key.as_str()))).collect();
        Leaf::nested(rows.iter().map(key), style, 2).put::<ByteArrayType>(g);
        put_values(rows, style, g);
        let item = |e: &TestEvent| e.prices.iter().map(|_| Ok(ByteArray::from("item"))).collect();
        Leaf::nested(rows.iter().map(item), style, 2).put::<ByteArrayType>(g);
        let price = |e: &TestEvent| e.prices.iter().map(|price| price.ok_or(1)).collect();
        Leaf::nested(rows.iter().map(price), style, 2).put::<DoubleType>(g);
        group.close().unwrap();
    }
    file.into_inner().unwrap()
}

fn put_values(rows: &[TestEvent], style: &Style, group: &mut SerializedRowGroupWriter<'_, Vec<u8>>) {
    fn cells<T>(event: &TestEvent, pick: impl Fn(&P) -> Option<T>) -> Vec<Result<T, i16>> {
        let missing = |value: &P| if *value == P::Null { 1 } else { 2 };
        event.params.iter().map(|(_, value)| pick(value).ok_or(missing(value))).collect()
    }
    let texts = |e: &TestEvent| cells(e, |p| if let P::Text(v) = p { Some(ByteArray::from(v.as_str())) } else { None });
    let ints = |e: &TestEvent| cells(e, |p| if let P::Int(v) = p { Some(*v) } else { None });
    let floats = |e: &TestEvent| cells(e, |p| if let P::Float(v) = p { Some(*v) } else { None });
    let doubles = |e: &TestEvent| cells(e, |p| if let P::Double(v) = p { Some(*v) } else { None });
    Leaf::nested(rows.iter().map(texts), style, 3).put::<ByteArrayType>(group);
    Leaf::nested(rows.iter().map(ints), style, 3).put::<Int64Type>(group);
    Leaf::nested(rows.iter().map(floats), style, 3).put::<DoubleType>(group);
    Leaf::nested(rows.iter().map(doubles), style, 3).put::<DoubleType>(group);
}

/// As BigQuery writes JSON: every number is a string.
pub fn json(event: &TestEvent) -> Value {
    let number = |n: Option<i64>| n.map(|n| n.to_string());
    let params: Vec<Value> = event
        .params
        .iter()
        .map(|(key, value)| {
            let value = match value {
                P::Text(v) => json!({ "string_value": v }),
                P::Int(v) => json!({ "int_value": v.to_string() }),
                P::Float(v) => json!({ "float_value": v.to_string() }),
                P::Double(v) => json!({ "double_value": v.to_string() }),
                P::Null => Value::Null,
            };
            json!({ "key": key, "value": value })
        })
        .collect();
    let items: Vec<Value> = event.prices.iter().map(|price| json!({ "price": price.map(|p| p.to_string()) })).collect();
    json!({
        "event_date": event.date, "event_timestamp": number(event.time), "event_name": event.name,
        "user_pseudo_id": event.user, "event_bundle_sequence_id": number(event.bundle), "something_new": { "a": [1] },
        "device": { "category": event.device }, "ecommerce": { "transaction_id": event.transaction },
        "event_params": params, "items": items,
    })
}
