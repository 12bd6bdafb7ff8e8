//! Writes files that are there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::columnar::Columnar;
use super::columns::{Value, columns};
use super::text::{Whose, csv_header, csv_line, json_line};
use crate::fault::{Fault, Outcome};

/// In what a file is written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub enum Format {
    /// RFC 4180.
    #[serde(rename = "csv")]
    Csv,
    /// The same, compressed by zstd (RFC 8878).
    #[serde(rename = "csv.zst")]
    CsvZst,
    /// One JSON object a line.
    #[serde(rename = "jsonl")]
    Jsonl,
    /// The same, compressed.
    #[serde(rename = "jsonl.zst")]
    JsonlZst,
    /// Apache Parquet, compressed inside.
    #[serde(rename = "parquet")]
    Parquet,
}

impl Format {
    /// How the names of its files end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvZst => "csv.zst",
            Self::Jsonl => "jsonl",
            Self::JsonlZst => "jsonl.zst",
            Self::Parquet => "parquet",
        }
    }
}

/// A file that was written.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Written {
    /// Its name.
    pub name: String,
    /// Its format.
    pub format: String,
    /// How long it is.
    pub octets: u64,
    /// SHA-256 of its octets.
    pub sha256: String,
}

/// What the files of a folio are, beside them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Manifest {
    /// The version of the columns.
    pub schema: u8,
    /// The folio.
    pub folio: u64,
    /// The first instant of its hour or day.
    pub from: String,
    /// The first instant behind it.
    pub to: String,
    /// How many records it has.
    pub rows: u64,
    /// How many of them became final before it began, and were not known in time.
    pub late: u64,
    /// The id of the first record.
    pub first_id: Option<String>,
    /// The id of the last one.
    pub last_id: Option<String>,
    /// How much of numbers is shown.
    pub numbers: String,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The files.
    pub files: Vec<Written>,
    /// The head, as it was signed.
    pub head: String,
    /// Its signature.
    pub signature: String,
    /// The key it was signed with.
    pub key: String,
}

/// A file on its way: aside, hashed as it grows.
struct Aside {
    file: BufWriter<File>,
    path: PathBuf,
    hash: Sha256,
    octets: u64,
}

impl Aside {
    fn create(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(format!(".{name}.part"));
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(MODE).open(&path)?;
        let file = BufWriter::with_capacity(BUFFER, file);
        Ok(Self { file, path, hash: Sha256::new(), octets: 0 })
    }

    /// Everything is on disk, but not under its name.
    fn synced(self) -> io::Result<(PathBuf, u64, String)> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok((self.path, self.octets, hex::encode(self.hash.finalize())))
    }
}

impl Write for Aside {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let count = self.file.write(octets)?;
        self.hash.update(&octets[..count]);
        self.octets += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// One file of a folio, as records come.
pub(super) struct Writing {
    name: String,
    format: Format,
    pen: Pen,
    line: String,
}

enum Pen {
    Plain(Aside),
    Packed(Box<zstd::stream::write::Encoder<'static, Aside>>),
    Columns(Box<Columnar<Aside>>),
}

impl Writing {
    /// Begins a file, aside.
    pub(super) fn begin(
        folder: &Path,
        stem: &str,
        (format, version): (Format, u8),
    ) -> Outcome<Self> {
        let name = format!("{stem}.{}", format.ending());
        let fault = |error: io::Error| unwritten(folder, &error);
        let aside = Aside::create(folder, &name).map_err(fault)?;
        let pen = match format {
            Format::Csv | Format::Jsonl => Pen::Plain(aside),
            Format::CsvZst | Format::JsonlZst => Pen::Packed(Box::new(
                zstd::stream::write::Encoder::new(aside, LEVEL).map_err(fault)?,
            )),
            Format::Parquet => Pen::Columns(Box::new(Columnar::begin(aside, version)?)),
        };
        let mut writing = Self { name, format, pen, line: String::new() };
        if matches!(format, Format::Csv | Format::CsvZst) {
            csv_header(columns(version), &mut writing.line);
            writing.put()?;
        }
        Ok(writing)
    }

    /// Adds a record.
    pub(super) fn add(&mut self, record: &[Value]) -> Outcome<()> {
        match self.format {
            Format::Csv | Format::CsvZst => csv_line(record, &mut self.line),
            Format::Jsonl | Format::JsonlZst => {
                json_line(record, Whose::Ours, &mut self.line);
                self.line.push('\n');
            }
            Format::Parquet => {
                if let Pen::Columns(columns) = &mut self.pen {
                    return columns.add(record);
                }
            }
        }
        self.put()
    }

    fn put(&mut self) -> Outcome<()> {
        let done = match &mut self.pen {
            Pen::Plain(aside) => aside.write_all(self.line.as_bytes()),
            Pen::Packed(packed) => packed.write_all(self.line.as_bytes()),
            Pen::Columns(_) => Ok(()),
        };
        self.line.clear();
        done.map_err(|error| Fault::failed(format!("{}: {error}", self.name)))
    }

    /// Everything is on disk, but not under its name.
    pub(super) fn end(self) -> Outcome<Synced> {
        let fault = |error: io::Error| Fault::failed(format!("{}: {error}", self.name));
        let aside = match self.pen {
            Pen::Plain(aside) => aside,
            Pen::Packed(packed) => packed.finish().map_err(fault)?,
            Pen::Columns(columns) => columns.end()?,
        };
        let (aside, octets, sha256) = aside.synced().map_err(fault)?;
        let format = self.format.ending().to_owned();
        Ok(Synced { aside, written: Written { name: self.name, format, octets, sha256 } })
    }
}

/// A file that has only to be renamed.
pub(super) struct Synced {
    aside: PathBuf,
    pub(super) written: Written,
}

impl Synced {
    /// Gives it its name.
    pub(super) fn publish(&self, folder: &Path) -> Outcome<()> {
        let fault = |error: io::Error| unwritten(folder, &error);
        fs::rename(&self.aside, folder.join(&self.written.name)).map_err(fault)
    }
}

/// Makes a folder with what leads to it.
pub(super) fn make_folder(folder: &Path) -> Outcome<()> {
    fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))
}

/// Puts a small file there, whole or not at all, and the names in its folder on disk.
pub(super) fn put(folder: &Path, name: &str, text: &[u8]) -> Outcome<()> {
    let fault = |error: io::Error| unwritten(folder, &error);
    let mut aside = Aside::create(folder, name).map_err(fault)?;
    aside.write_all(text).map_err(fault)?;
    let (path, ..) = aside.synced().map_err(fault)?;
    fs::rename(path, folder.join(name)).map_err(fault)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(fault)
}

fn unwritten(folder: &Path, error: &io::Error) -> Fault {
    Fault::failed(format!("files of records in {}: {error}", folder.display()))
        .cure("control tries again; see that there is room and that it may write there")
}

/// The names of the columns of a version.
pub(super) fn column_names(version: u8) -> Vec<String> {
    columns(version).iter().map(|column| column.name.to_owned()).collect()
}

/// Those of our group may fetch them.
const MODE: u32 = 0o640;

const BUFFER: usize = 1 << 17;

/// zstd's own default: a tenth of the size at half a gigabyte a second.
const LEVEL: i32 = 3;
