//! Records as Parquet: a group of rows is gathered by columns and written at once.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use super::columns::{COLUMNS, Column, Sort, VERSION, Value};
use crate::fault::{Fault, Outcome};

/// A Parquet file as it grows.
pub(super) struct Columnar<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Cells>,
    rows: usize,
}

/// The cells of one column in one group of rows.
#[derive(Default)]
struct Cells {
    /// 1 where something is known, 0 where nothing is.
    known: Vec<i16>,
    numbers: Vec<i64>,
    flags: Vec<bool>,
    text: Vec<u8>,
    /// Where each text ends.
    ends: Vec<usize>,
}

impl<W: Write + Send> Columnar<W> {
    /// Begins a file.
    pub(super) fn begin(out: W) -> Outcome<Self> {
        let lines: String = COLUMNS.iter().map(declared).collect();
        let schema = parse_message_type(&format!("message cdr {{ {lines} }}"));
        let schema = Arc::new(schema.map_err(failed)?);
        let level = ZstdLevel::try_new(LEVEL).map_err(failed)?;
        let version = KeyValue::new("signalbox.schema".to_owned(), VERSION.to_string());
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_created_by("signalbox".to_owned())
            .set_key_value_metadata(Some(vec![version]));
        for column in COLUMNS.iter().filter(|column| !column.repeats) {
            let path = ColumnPath::from(column.name);
            properties = properties.set_column_dictionary_enabled(path, false);
        }
        let writer = SerializedFileWriter::new(out, schema, Arc::new(properties.build()));
        let columns = COLUMNS.iter().map(|_| Cells::default()).collect();
        Ok(Self { writer: writer.map_err(failed)?, columns, rows: 0 })
    }

    /// Adds a record.
    pub(super) fn add(&mut self, record: &[Value]) -> Outcome<()> {
        for (cells, value) in self.columns.iter_mut().zip(record) {
            cells.add(value);
        }
        self.rows += 1;
        if self.rows == GROUP { self.write_group() } else { Ok(()) }
    }

    /// Writes what is left, and the end.
    pub(super) fn end(mut self) -> Outcome<W> {
        if self.rows > 0 {
            self.write_group()?;
        }
        self.writer.into_inner().map_err(failed)
    }

    fn write_group(&mut self) -> Outcome<()> {
        self.rows = 0;
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for (column, cells) in COLUMNS.iter().zip(&mut self.columns) {
            let next = group.next_column().map_err(failed)?;
            let mut next = next.ok_or_else(|| Fault::failed("fewer columns than were declared"))?;
            let texts = cells.texts();
            let known = Some(cells.known.as_slice());
            let written = match column.sort {
                Sort::Text => next.typed::<ByteArrayType>().write_batch(&texts, known, None),
                Sort::Flag => next.typed::<BoolType>().write_batch(&cells.flags, known, None),
                Sort::Integer | Sort::Time | Sort::Money => {
                    next.typed::<Int64Type>().write_batch(&cells.numbers, known, None)
                }
            };
            written.map_err(failed)?;
            next.close().map_err(failed)?;
            cells.clear();
        }
        group.close().map_err(failed)?;
        Ok(())
    }
}

impl Cells {
    fn add(&mut self, value: &Value) {
        self.known.push(i16::from(*value != Value::Nothing));
        match value {
            Value::Nothing => {}
            Value::Text(text) => {
                self.text.extend_from_slice(text.as_bytes());
                self.ends.push(self.text.len());
            }
            Value::Integer(number) | Value::Time(number) | Value::Money(number) => {
                self.numbers.push(*number);
            }
            Value::Flag(yes) => self.flags.push(*yes),
        }
    }

    /// The texts, all in one piece of memory.
    fn texts(&mut self) -> Vec<ByteArray> {
        let all = ByteArray::from(std::mem::take(&mut self.text));
        let mut begin = 0;
        let text = |end: &usize| {
            let one = all.slice(begin, end - begin);
            begin = *end;
            one
        };
        self.ends.iter().map(text).collect()
    }

    fn clear(&mut self) {
        self.known.clear();
        self.numbers.clear();
        self.flags.clear();
        self.text.clear();
        self.ends.clear();
    }
}

fn declared(column: &Column) -> String {
    let (physical, logical) = match column.sort {
        Sort::Text => ("byte_array", " (STRING)"),
        Sort::Integer => ("int64", ""),
        Sort::Time => ("int64", " (TIMESTAMP(NANOS,true))"),
        Sort::Money => ("int64", " (DECIMAL(18,6))"),
        Sort::Flag => ("boolean", ""),
    };
    format!("optional {physical} {}{logical};", column.name)
}

fn failed(error: ParquetError) -> Fault {
    Fault::failed(format!("a Parquet file cannot be written: {error}"))
}

/// Rows that are held at once: some fifty megabytes.
const GROUP: usize = 65_536;

/// zstd's quickest: what repeats stands in dictionaries already.
const LEVEL: i32 = 1;
