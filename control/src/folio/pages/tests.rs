//! Whatever is written is read again by the library, which is somebody else's.

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::super::columnar::Columnar;
use super::super::columns::{COLUMNS, VERSION};
use super::*;
use crate::money;

/// A cell as the library reads it, in words.
fn read(field: &Field) -> String {
    match field {
        Field::Null => "nothing".to_owned(),
        Field::Str(text) => format!("text {text}"),
        Field::Long(number) => format!("number {number}"),
        Field::Bool(yes) => format!("flag {yes}"),
        Field::Decimal(decimal) => {
            let octets = <[u8; 8]>::try_from(decimal.data()).unwrap();
            format!("money {}", money::price(i64::from_be_bytes(octets)))
        }
        other => panic!("{other:?} is in no column"),
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::Nothing => "nothing".to_owned(),
        Value::Text(text) => format!("text {text}"),
        Value::Integer(number) | Value::Time(number) => format!("number {number}"),
        Value::Flag(yes) => format!("flag {yes}"),
        Value::Money(micros) => format!("money {}", money::price(*micros)),
    }
}

/// A record whose cells are chosen by a number: `kinds` different ones in each column.
fn record(row: u64, kinds: u64) -> Vec<Value> {
    let cell = |(at, column): (usize, &Column)| {
        let seed = (row.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ at as u64).rotate_left(29);
        let chosen = seed.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32;
        let number = (chosen % kinds) as i64 - 1;
        match column.sort {
            // Some columns know something in all rows, some in none, the others in some.
            _ if at % 3 == 1 || at % 3 == 2 && chosen.is_multiple_of(5) => Value::Nothing,
            Sort::Text => Value::Text("é".repeat(number.max(0) as usize % 4) + &number.to_string()),
            Sort::Integer => Value::Integer(number * 1_000_000_007),
            Sort::Time => Value::Time(i64::MAX - 1 - number),
            Sort::Money => Value::Money(number * 12_345),
            Sort::Flag => Value::Flag(number % 2 == 0),
        }
    };
    COLUMNS.iter().enumerate().map(cell).collect()
}

fn written(records: impl Iterator<Item = Vec<Value>>) -> Vec<u8> {
    let mut columnar = Columnar::begin(Vec::new(), VERSION).unwrap();
    records.for_each(|record| columnar.add(&record).unwrap());
    columnar.end().unwrap()
}

#[test]
fn what_is_written_is_what_is_read() {
    for (rows, kinds) in
        [(0, 1), (1, 1), (7, 2), (8, 3), (9, 200), (1000, 1), (1000, 3), (5000, 1 << 20)]
    {
        let octets = written((0..rows).map(|row| record(row, kinds)));
        let reader = SerializedFileReader::new(Bytes::from(octets)).unwrap();
        assert_eq!(reader.metadata().file_metadata().num_rows(), rows as i64);
        let mut count = 0;
        for (row, found) in (0..).zip(reader.get_row_iter(None).unwrap()) {
            let found = found.unwrap();
            let cells: Vec<String> = found.get_column_iter().map(|(_, cell)| read(cell)).collect();
            let expected: Vec<String> = record(row, kinds).iter().map(said).collect();
            assert_eq!(cells, expected, "row {row} of {rows}, {kinds} kinds");
            count += 1;
        }
        assert_eq!(count, rows);
    }
}

#[test]
fn groups_begin_again_and_say_what_is_least_and_greatest() {
    let rows = 65_536 + 100;
    let octets = written((0..rows).map(|row| {
        let mut record = record(row, 50);
        record[1] = Value::Integer(row as i64);
        record
    }));
    let reader = SerializedFileReader::new(Bytes::from(octets)).unwrap();
    let groups = reader.metadata().row_groups();
    assert_eq!(groups.iter().map(|group| group.num_rows()).collect::<Vec<_>>(), [65_536, 100]);
    let of = |group: usize| match groups[group].column(1).statistics().unwrap() {
        Statistics::Int64(one) => (one.min_opt().copied(), one.max_opt().copied()),
        other => panic!("{other:?}"),
    };
    assert_eq!((of(0), of(1)), ((Some(0), Some(65_535)), (Some(65_536), Some(65_635))));
    let last = reader.get_row_iter(None).unwrap().last().unwrap().unwrap();
    assert_eq!(read(last.get_column_iter().nth(1).unwrap().1), format!("number {}", rows - 1));
}
