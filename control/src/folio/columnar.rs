//! Records as Parquet: a group of rows is gathered by columns and written at once.

use std::io::Write;
use std::sync::Arc;

use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::columns::{Column, Sort, Value, columns};
use super::pages::{Chunk, Packer};
use crate::fault::{Fault, Outcome};

/// A Parquet file as it grows.
pub(super) struct Columnar<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    packer: Packer,
    chunks: Vec<Chunk>,
    rows: usize,
}

impl<W: Write + Send> Columnar<W> {
    /// Begins a file.
    pub(super) fn begin(out: W, version: u8) -> Outcome<Self> {
        let columns = columns(version);
        let lines: String = columns.iter().map(declared).collect();
        let schema = parse_message_type(&format!("message cdr {{ {lines} }}"));
        let schema = Arc::new(schema.map_err(failed)?);
        let version = KeyValue::new("signalbox.schema".to_owned(), version.to_string());
        let properties = WriterProperties::builder()
            .set_created_by("signalbox".to_owned())
            .set_key_value_metadata(Some(vec![version]));
        let writer = SerializedFileWriter::new(out, schema, Arc::new(properties.build()));
        let packer = Packer::new().map_err(|error| failed(error.into()))?;
        let chunks = columns.iter().map(Chunk::of).collect();
        Ok(Self { writer: writer.map_err(failed)?, packer, chunks, rows: 0 })
    }

    /// Adds a record.
    pub(super) fn add(&mut self, record: &[Value]) -> Outcome<()> {
        for (chunk, value) in self.chunks.iter_mut().zip(record) {
            chunk.add(value);
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
        let columns = self.writer.schema_descr().columns().to_vec();
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for (chunk, column) in self.chunks.iter_mut().zip(columns) {
            let (octets, close) = chunk.pack(&mut self.packer, column).map_err(failed)?;
            group.append_column(&octets, close).map_err(failed)?;
        }
        group.close().map_err(failed)?;
        Ok(())
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
