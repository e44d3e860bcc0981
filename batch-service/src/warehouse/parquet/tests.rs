//! What is packed here is read by the crate, and what the crate encodes in its rarer ways is read here.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type, Int64Type,
};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::Field;
use parquet::schema::parser::parse_message_type;

use super::{Batch, Dictionary, LeafReader, MISSING, Value};
use crate::warehouse::table::{Cells, Column, TableWriter, Type};

/// Codes with long and short runs, and some that are missing.
fn codes(count: usize, distinct: usize, missing: bool) -> Vec<u32> {
    let code = |i: usize| {
        let mixed = (i / (1 + i / 500 % 13)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        if missing && mixed.is_multiple_of(5) { MISSING } else { (mixed % distinct) as u32 }
    };
    (0..count).map(code).collect()
}

#[test]
fn the_crate_reads_what_is_packed() {
    const COLUMNS: &[Column] = &[Column::optional("optional", Type::I64), Column::required("required", Type::I64)];
    for distinct in [1, 2, 3, 5, 17, 129, 300, 1000, 5000, 70_000] {
        for count in [0, 1, 7, 8, 9, 503, 504, 505, 20_000] {
            let values: Vec<i64> = (0..distinct as i64).map(|i| i * i - 5).collect();
            let (optional, required) = (codes(count, distinct, true), codes(count, distinct, false));
            let mut writer = TableWriter::new(Vec::new(), "t", COLUMNS).unwrap();
            let mut group = writer.group().unwrap();
            for codes in [&optional, &required] {
                group.put(Cells::coded(Dictionary::i64(&values), codes.clone())).unwrap();
            }
            group.finish().unwrap();
            let file = SerializedFileReader::new(Bytes::from(writer.finish().unwrap())).unwrap();
            let expected = optional.iter().zip(&required).map(|pair| {
                let value = |code: u32| values.get(code as usize).map_or(Field::Null, |&value| Field::Long(value));
                [value(*pair.0), value(*pair.1)]
            });
            let read = file.get_row_iter(None).unwrap().map(|row| {
                let row = row.unwrap();
                let mut cells = row.get_column_iter().map(|(_, cell)| cell.clone());
                [cells.next().unwrap(), cells.next().unwrap()]
            });
            assert!(read.eq(expected), "{count} rows of {distinct} values");
        }
    }
}

/// A file of one column in one encoding; every third row is null.
fn file_of<T: DataType>(of: &str, encoding: Encoding, version: WriterVersion, values: &[T::T]) -> Bytes {
    let schema = parse_message_type(&format!("message m {{ optional {of}; }}")).unwrap();
    let properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_dictionary_enabled(false)
        .set_encoding(encoding)
        .set_write_batch_size(1)
        .set_data_page_row_count_limit(700)
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties)).unwrap();
    let defs: Vec<i16> = (0..values.len() / 2 * 3).map(|i| i16::from(i % 3 != 1)).collect();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, Some(&defs), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap().into()
}

fn check<T: DataType>(of: &str, encoding: Encoding, values: &[T::T], same: impl Fn(&T::T, Value<'_>) -> bool) {
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        let bytes = file_of::<T>(of, encoding, version, values);
        let file = SerializedFileReader::new(bytes).unwrap();
        let group = file.get_row_group(0).unwrap();
        assert!(group.metadata().column(0).encodings().any(|e| e == encoding), "{of} in {encoding}");
        let mut leaf = LeafReader::open(group.as_ref(), 0).unwrap();
        let (mut batch, mut expected) = (Batch::default(), values.iter());
        // Steps that end inside, at and across pages.
        let (mut left, mut step) = (values.len() / 2 * 3, 1);
        while left > 0 {
            leaf.read_rows(step.min(left), &mut batch).unwrap_or_else(|e| panic!("{of} in {encoding}: {e:#}"));
            let mut right = batch.codes.iter().zip(&mut expected);
            assert!(right.all(|(&code, value)| same(value, leaf.value(code))), "{of} in {encoding}");
            left = left.saturating_sub(step);
            step = step * 3 % 1999 + 1;
        }
        assert!(expected.next().is_none());
        assert!(leaf.read_rows(1, &mut batch).is_err(), "{of} in {encoding}: the column ends");
    }
}

#[test]
fn every_encoding_of_every_type_is_read() {
    let numbers: Vec<i64> = (0..6000).map(|i: i64| i.wrapping_mul(0x1234_5678_9abc_def1) >> (i % 60)).collect();
    let int = |a: i64, b: Value<'_>| b == Value::Int(a);
    for encoding in [Encoding::DELTA_BINARY_PACKED, Encoding::BYTE_STREAM_SPLIT] {
        check::<Int64Type>("int64 a", encoding, &numbers, |&a, b| int(a, b));
        let small: Vec<i32> = numbers.iter().map(|&n| n as i32).collect();
        check::<Int32Type>("int32 a", encoding, &small, |&a, b| int(i64::from(a), b));
    }
    let halves: Vec<f64> = numbers.iter().map(|&n| n as f64 / 7.0).collect();
    check::<DoubleType>("double a", Encoding::BYTE_STREAM_SPLIT, &halves, |&a, b| b == Value::Float(a));
    let singles: Vec<f32> = halves.iter().map(|&n| n as f32).collect();
    check::<FloatType>("float a", Encoding::BYTE_STREAM_SPLIT, &singles, |&a, b| b == Value::Float(f64::from(a)));
    let flags: Vec<bool> = numbers.iter().map(|&n| n % 3 == 0).collect();
    check::<BoolType>("boolean a", Encoding::RLE, &flags, |&a, b| b == Value::Bool(a));
    let texts: Vec<ByteArray> = numbers.iter().map(|n| ByteArray::from(format!("text {n}").as_str())).collect();
    for encoding in [Encoding::DELTA_BYTE_ARRAY, Encoding::DELTA_LENGTH_BYTE_ARRAY] {
        check::<ByteArrayType>("binary a", encoding, &texts, |a, b| b == Value::Bytes(a.data()));
    }
    let fixed: Vec<_> = numbers.iter().map(|n| ByteArray::from(n.to_be_bytes()[..5].to_vec()).into()).collect();
    for encoding in [Encoding::DELTA_BYTE_ARRAY, Encoding::BYTE_STREAM_SPLIT] {
        let of = "fixed_len_byte_array(5) a";
        check::<FixedLenByteArrayType>(of, encoding, &fixed, |a, b| b == Value::Bytes(a.data()));
    }
}
