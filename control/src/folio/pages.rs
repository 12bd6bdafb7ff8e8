//! One column of one group of rows as pages of Parquet.
//!
//! Cells are brought into the octets of the format as they come: what repeats becomes a run of one
//! place in a dictionary, which costs a comparison with the cell above; all else is appended to the
//! page. So a group is packed without another look at its cells, and nothing is asked for memory
//! for each of them. The library, which takes values one by one, took twice as long.
//!
//! Encodings by the format's text, Encodings.md: PLAIN (0), RLE and bit-packing hybrid (3),
//! RLE_DICTIONARY (8); data pages of version 1, one for each column.

use std::collections::HashMap;
use std::iter::repeat_n;
use std::ops::Range;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

use super::columns::{Column, Sort, Value};

/// The cells of one column in one group of rows.
pub(super) struct Chunk {
    sort: Sort,
    /// 1 where something is known, 0 where nothing is.
    known: Runs,
    cells: Cells,
}

enum Cells {
    /// They repeat.
    Few(Dictionary),
    /// They do not: as they stand in the page.
    Each(Vec<u8>),
    /// They are yes or no.
    Flags(Runs),
}

/// Small integers, as often as each comes one after the other.
#[derive(Default)]
struct Runs {
    runs: Vec<(u32, u32)>,
}

/// Different cells, and which of them stands where.
#[derive(Default)]
struct Dictionary {
    /// Each of them once, as the page of a dictionary has them.
    page: Vec<u8>,
    /// Their places, by their octets.
    places: HashMap<Box<[u8]>, u32>,
    /// Where in the page the octets of each stand.
    ranges: Vec<Range<usize>>,
    /// The latest cell, if it is a number.
    number: i64,
    rows: Runs,
}

/// What packs pages, once for all columns.
pub(super) struct Packer(Compressor<'static>);

impl Packer {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self(Compressor::new(LEVEL)?))
    }
}

impl Chunk {
    /// No cell yet.
    pub(super) fn of(column: &Column) -> Self {
        let cells = match column.sort {
            Sort::Flag => Cells::Flags(Runs::default()),
            _ if column.repeats => Cells::Few(Dictionary::default()),
            _ => Cells::Each(Vec::new()),
        };
        Self { sort: column.sort, known: Runs::default(), cells }
    }

    /// Adds the cell of the next row.
    #[inline]
    pub(super) fn add(&mut self, value: &Value) {
        self.known.push(u32::from(*value != Value::Nothing));
        match value {
            Value::Nothing => {}
            Value::Text(text) => match &mut self.cells {
                Cells::Few(dictionary) => dictionary.add_text(text.as_bytes()),
                Cells::Each(page) => put_counted(text.as_bytes(), page),
                Cells::Flags(_) => {}
            },
            Value::Integer(number) | Value::Time(number) | Value::Money(number) => {
                match &mut self.cells {
                    Cells::Few(dictionary) => dictionary.add_number(*number),
                    Cells::Each(page) => page.extend_from_slice(&number.to_le_bytes()),
                    Cells::Flags(_) => {}
                }
            }
            Value::Flag(yes) => {
                if let Cells::Flags(runs) = &mut self.cells {
                    runs.push(u32::from(*yes));
                }
            }
        }
    }

    /// The chunk as it stands in the file, and what the file's end says of it. Begins again.
    pub(super) fn pack(
        &mut self,
        packer: &mut Packer,
        column: ColumnDescPtr,
    ) -> Result<(Bytes, ColumnCloseResult)> {
        let rows = self.known.len();
        let mut sink = TrackedWrite::new(Vec::new());
        let mut pages = SerializedPageWriter::new(&mut sink);
        let mut sizes = [0; 2];
        let mut write = |page: CompressedPage| {
            let spec = pages.write_page(page)?;
            sizes[0] += spec.uncompressed_size as i64;
            sizes[1] += spec.compressed_size as i64;
            Ok::<i64, ParquetError>(spec.offset as i64)
        };
        let dictionary = match &self.cells {
            Cells::Few(few) if !few.ranges.is_empty() => {
                Some(write(packer.dictionary(&few.page, few.ranges.len())?)?)
            }
            _ => None,
        };
        let mut page = Vec::new();
        put_levels(&self.known, &mut page);
        let encoding = self.put_values(&mut page);
        let data = write(packer.data(&page, rows, encoding)?)?;
        pages.close()?;
        let level = ZstdLevel::try_new(1)?;
        let mut metadata = ColumnChunkMetaData::builder(column)
            .set_compression(Compression::ZSTD(level))
            .set_encodings(match dictionary {
                Some(_) => vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY],
                None => vec![Encoding::PLAIN, Encoding::RLE],
            })
            .set_num_values(i64::from(rows))
            .set_total_uncompressed_size(sizes[0])
            .set_total_compressed_size(sizes[1])
            .set_dictionary_page_offset(dictionary)
            .set_data_page_offset(data);
        if let Some(statistics) = self.statistics() {
            metadata = metadata.set_statistics(statistics);
        }
        let close = ColumnCloseResult {
            bytes_written: sizes[1] as u64,
            rows_written: u64::from(rows),
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        self.clear();
        Ok((sink.into_inner()?.into(), close))
    }

    /// The cells behind their levels.
    fn put_values(&self, page: &mut Vec<u8>) -> Encoding {
        match &self.cells {
            Cells::Few(few) if few.ranges.is_empty() => Encoding::PLAIN,
            Cells::Few(few) => {
                let width = u32::BITS - (few.ranges.len() as u32 - 1).leading_zeros();
                page.push(width as u8);
                few.rows.put_hybrid(width, page);
                Encoding::RLE_DICTIONARY
            }
            Cells::Each(octets) => {
                page.extend_from_slice(octets);
                Encoding::PLAIN
            }
            Cells::Flags(runs) => {
                runs.put_bits(1, page);
                Encoding::PLAIN
            }
        }
    }

    /// The least and the greatest cell, for readers that look for some: not of what differs from
    /// row to row and is no number.
    fn statistics(&self) -> Option<Statistics> {
        let nothing = self.known.runs.iter().filter(|(known, _)| *known == 0);
        let nulls = Some(nothing.map(|(_, len)| u64::from(*len)).sum());
        let numbers = |octets: &[u8]| {
            let (numbers, _) = octets.as_chunks();
            let numbers = numbers.iter().map(|octets| i64::from_le_bytes(*octets));
            (numbers.clone().min(), numbers.max())
        };
        let whole = match (&self.cells, self.sort) {
            (Cells::Few(few), Sort::Text) => {
                let texts = || few.ranges.iter().map(|range| &few.page[range.clone()]);
                let (least, most) = (texts().min(), texts().max());
                let (least, most) = (least.map(ByteArray::from), most.map(ByteArray::from));
                return Some(Statistics::byte_array(least, most, None, nulls, false));
            }
            (Cells::Few(few), _) => numbers(&few.page),
            (Cells::Each(page), Sort::Integer | Sort::Time | Sort::Money) => numbers(page),
            (Cells::Each(_) | Cells::Flags(_), _) => return None,
        };
        Some(Statistics::int64(whole.0, whole.1, None, nulls, false))
    }

    fn clear(&mut self) {
        self.known.runs.clear();
        match &mut self.cells {
            Cells::Few(few) => *few = Dictionary::default(),
            Cells::Each(page) => page.clear(),
            Cells::Flags(runs) => runs.runs.clear(),
        }
    }
}

impl Dictionary {
    #[inline]
    fn add_text(&mut self, octets: &[u8]) {
        match self.rows.runs.last_mut() {
            Some((at, len)) if self.page[self.ranges[*at as usize].clone()] == *octets => *len += 1,
            Some(_) | None => self.add_other(octets, true),
        }
    }

    #[inline]
    fn add_number(&mut self, number: i64) {
        match self.rows.runs.last_mut() {
            Some((_, len)) if self.number == number => *len += 1,
            Some(_) | None => {
                self.number = number;
                self.add_other(&number.to_le_bytes(), false);
            }
        }
    }

    /// Adds a cell that is not the latest; one of any length has its length before it.
    fn add_other(&mut self, octets: &[u8], has_len: bool) {
        let place = match self.places.get(octets) {
            Some(place) => *place,
            None => self.add_new(octets, has_len),
        };
        self.rows.push(place);
    }

    fn add_new(&mut self, octets: &[u8], has_len: bool) -> u32 {
        let place = self.ranges.len() as u32;
        self.places.insert(octets.into(), place);
        if has_len {
            put_counted(octets, &mut self.page);
        } else {
            self.page.extend_from_slice(octets);
        }
        let end = self.page.len();
        self.ranges.push(end - octets.len()..end);
        place
    }
}

impl Runs {
    #[inline]
    fn push(&mut self, value: u32) {
        match self.runs.last_mut() {
            Some((latest, len)) if *latest == value => *len += 1,
            Some(_) | None => self.runs.push((value, 1)),
        }
    }

    fn len(&self) -> u32 {
        self.runs.iter().map(|(_, len)| len).sum()
    }

    /// All of them in the hybrid of runs and packed bits: as one run if they are one, and
    /// otherwise packed as a whole, which zstd makes short again where runs are long.
    fn put_hybrid(&self, width: u32, out: &mut Vec<u8>) {
        if let [(value, len)] = self.runs[..] {
            put_varint(len << 1, out);
            out.extend_from_slice(&value.to_le_bytes()[..width.div_ceil(8) as usize]);
            return;
        }
        put_varint(self.len().div_ceil(8) << 1 | 1, out);
        self.put_bits(width, out);
    }

    /// All of them in so many bits each, from the lowest on, up to a whole number of eights.
    fn put_bits(&self, width: u32, out: &mut Vec<u8>) {
        let (mut bits, mut filled) = (0u64, 0);
        let rest = (self.len().next_multiple_of(8) - self.len()) as usize;
        let values = self.runs.iter().flat_map(|(value, len)| repeat_n(*value, *len as usize));
        for value in values.chain(repeat_n(0, rest)) {
            bits |= u64::from(value) << filled;
            filled += width;
            if filled >= u32::BITS {
                out.extend_from_slice(&(bits as u32).to_le_bytes());
                bits >>= u32::BITS;
                filled -= u32::BITS;
            }
        }
        out.extend_from_slice(&bits.to_le_bytes()[..filled.div_ceil(8) as usize]);
    }
}

impl Packer {
    fn dictionary(&mut self, page: &[u8], cells: usize) -> Result<CompressedPage> {
        let page_of = |buf| Page::DictionaryPage {
            buf,
            num_values: cells as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        Ok(CompressedPage::new(page_of(self.pack(page)?), page.len()))
    }

    fn data(&mut self, page: &[u8], rows: u32, encoding: Encoding) -> Result<CompressedPage> {
        let page_of = |buf| Page::DataPage {
            buf,
            num_values: rows,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        Ok(CompressedPage::new(page_of(self.pack(page)?), page.len()))
    }

    fn pack(&mut self, page: &[u8]) -> Result<Bytes> {
        let packed = self.0.compress(page);
        Ok(packed.map_err(|error| ParquetError::General(error.to_string()))?.into())
    }
}

/// Whether something is known, row by row: their octets are counted before them.
fn put_levels(known: &Runs, out: &mut Vec<u8>) {
    let mut levels = Vec::new();
    known.put_hybrid(1, &mut levels);
    put_counted(&levels, out);
}

#[inline]
fn put_counted(octets: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(octets.len() as u32).to_le_bytes());
    out.extend_from_slice(octets);
}

fn put_varint(mut number: u32, out: &mut Vec<u8>) {
    while number >= 1 << 7 {
        out.push(number as u8 | 1 << 7);
        number >>= 7;
    }
    out.push(number as u8);
}

/// zstd's quickest that still finds what repeats: most of it stands in dictionaries already.
const LEVEL: i32 = 1;

#[cfg(test)]
mod tests;
