//! Volumes, block by block.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use routing::journal::{Blocks, Record, Tail, VolumeHeader, base_number, read_base, volume_number};

use crate::record;

/// Prints every record below a path; `false` if something is damaged or missing.
pub(crate) fn inspect(
    path: &Path,
    json: bool,
    text: bool,
    out: &mut impl Write,
) -> io::Result<bool> {
    let mut volumes = Vec::new();
    collect(path, &mut volumes)?;
    volumes.sort();
    if volumes.is_empty() {
        return Err(io::Error::other(format!("{}: there is no volume", path.display())));
    }
    let mut inspection = Inspection { json, text, last: None, sound: true };
    for volume in &volumes {
        inspection.volume(volume, out)?;
    }
    Ok(inspection.sound)
}

fn collect(path: &Path, volumes: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_file() {
        volumes.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() || volume_number(name).or_else(|| base_number(name)).is_some() {
            collect(&path, volumes)?;
        }
    }
    Ok(())
}

struct Inspection {
    json: bool,
    text: bool,
    /// The folder and the number of the last block, to see whether one is missing.
    last: Option<(PathBuf, u64)>,
    sound: bool,
}

impl Inspection {
    fn volume(&mut self, path: &Path, out: &mut impl Write) -> io::Result<()> {
        let octets = fs::read(path)?;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if base_number(name).is_some() {
            return self.base(path, &octets, out);
        }
        let header = match VolumeHeader::decode(&octets) {
            Ok(header) => header,
            Err(error) => {
                self.bad(path, &error.to_string());
                return Ok(());
            }
        };
        let (node, shard, epoch) = (&header.node, header.shard, header.epoch);
        let (mut count, mut records) = (0u64, 0u64);
        let mut blocks = Blocks::new(&octets, 0);
        for (at, block) in blocks.by_ref() {
            let sequence = block.header.sequence;
            self.follow(path, at, sequence);
            for record in block.records {
                let Ok(record) = record else {
                    self.bad(path, &format!("block {sequence} at {at} holds what is no record"));
                    break;
                };
                records += 1;
                self.print(&record, sequence, out)?;
            }
            count += 1;
        }
        for damage in blocks.damage() {
            self.bad(path, &format!("{} octets are damaged at {}", damage.len, damage.offset));
        }
        let tail = match blocks.tail() {
            Tail::Clean => String::new(),
            Tail::Torn => format!(", a torn tail at {}", blocks.offset()),
        };
        eprintln!(
            "{}: node {node} shard {shard} epoch {epoch}: {count} blocks, {records} records{tail}",
            path.display()
        );
        Ok(())
    }

    /// A base says what older volumes said; one that is not whole is refused whole.
    fn base(&mut self, path: &Path, octets: &[u8], out: &mut impl Write) -> io::Result<()> {
        let (header, recovery) = match read_base(octets) {
            Ok(read) => read,
            Err(error) => {
                self.bad(path, &error.to_string());
                return Ok(());
            }
        };
        let mut records = 0u64;
        for record in recovery.carry().map(Record::from) {
            records += 1;
            self.print(&record, header.number, out)?;
        }
        let rows = header.covered.iter();
        let rows = rows.map(|row| format!(" {}:{}", row.shard, row.volume)).collect::<String>();
        let (node, path) = (&header.node, path.display());
        eprintln!("{path}: node {node}, stands for shard:volume{rows}: {records} records");
        Ok(())
    }

    fn print(&self, record: &Record, block: u64, out: &mut impl Write) -> io::Result<()> {
        if self.json {
            writeln!(out, "{}", record::json(record, block, self.text))
        } else {
            writeln!(out, "{}", record::line(record, self.text))
        }
    }

    /// Blocks of a shard are counted across its volumes.
    fn follow(&mut self, path: &Path, at: usize, sequence: u64) {
        let folder = path.parent().unwrap_or(path).to_owned();
        if let Some((known, last)) = &self.last
            && *known == folder
            && sequence != last + 1
        {
            let words = format!("block {sequence} at {at} follows block {last}");
            self.bad(path, &words);
        }
        self.last = Some((folder, sequence));
    }

    fn bad(&mut self, path: &Path, words: &str) {
        eprintln!("{}: {words}", path.display());
        self.sound = false;
    }
}

#[cfg(test)]
mod tests;
