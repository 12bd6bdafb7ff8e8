//! Captures on disk, until control has fetched them.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use shard::Sighting;

use super::packet::Conversations;
use super::pcapng;

/// The captures that are going on.
#[derive(Debug)]
pub(super) struct Captures {
    directory: PathBuf,
    open: BTreeMap<u64, Capture>,
}

#[derive(Debug)]
struct Capture {
    file: File,
    conversations: Conversations,
    /// What is not written yet.
    octets: Vec<u8>,
    written: u64,
    failed: bool,
}

impl Captures {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory, open: BTreeMap::new() }
    }

    /// Adds a message to a capture.
    pub(super) fn take_in(&mut self, number: u64, sighting: &Sighting) {
        if !self.open.contains_key(&number) {
            if self.open.len() >= OPEN_MAX {
                self.flush();
                self.open.pop_first();
            }
            match self.begin(number) {
                Ok(capture) => self.open.insert(number, capture),
                Err(error) => return tracing::warn!(%error, number, "a capture cannot be written"),
            };
        }
        let Some(capture) = self.open.get_mut(&number) else { return };
        if capture.written + capture.octets.len() as u64 > CAPTURE_MAX {
            return;
        }
        let Capture { conversations, octets, .. } = capture;
        let comment = sighting.id.map(|id| id.text());
        let comment = comment.as_ref().map(<[u8; 16]>::as_slice);
        conversations.packets(sighting, |packet| {
            pcapng::packet(sighting.at_ns, sighting.sent, comment, packet, octets);
        });
        if octets.len() >= FLUSH {
            capture.flush(number);
        }
    }

    /// Writes what is there.
    pub(super) fn flush(&mut self) {
        for (number, capture) in &mut self.open {
            capture.flush(*number);
        }
    }

    fn begin(&self, number: u64) -> io::Result<Capture> {
        fs::DirBuilder::new().recursive(true).mode(0o750).create(&self.directory)?;
        self.make_room()?;
        let path = self.directory.join(format!("{number}.pcapng"));
        let file = OpenOptions::new().create(true).append(true).mode(0o640).open(path)?;
        let mut octets = Vec::new();
        let node = self.directory.parent().and_then(|node| node.file_name());
        pcapng::begin(&node.unwrap_or_default().to_string_lossy(), &mut octets);
        let conversations = Conversations::default();
        Ok(Capture { file, conversations, octets, written: 0, failed: false })
    }

    /// Old captures that nobody has fetched make room; their numbers are times.
    fn make_room(&self) -> io::Result<()> {
        let mut old = BTreeMap::new();
        for entry in fs::read_dir(&self.directory)? {
            let path = entry?.path();
            let number = path.file_stem().and_then(|stem| stem.to_str()?.parse::<u64>().ok());
            old.extend(number.map(|number| (number, path)));
        }
        while old.len() >= KEPT_MAX {
            let Some((_, path)) = old.pop_first() else { break };
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

impl Capture {
    fn flush(&mut self, number: u64) {
        if self.octets.is_empty() {
            return;
        }
        match self.file.write_all(&self.octets) {
            Ok(()) => self.written += self.octets.len() as u64,
            Err(error) if !std::mem::replace(&mut self.failed, true) => {
                tracing::warn!(%error, number, "a capture cannot be written");
            }
            Err(_) => {}
        }
        self.octets.clear();
    }
}

/// One for each tap.
const OPEN_MAX: usize = routing::Tap::MAX;

/// What one capture may take on disk.
const CAPTURE_MAX: u64 = 64 << 20;

/// How many captures are kept: 1 GiB at most.
const KEPT_MAX: usize = 16;

/// Written at once.
const FLUSH: usize = 64 << 10;
