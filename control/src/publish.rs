//! The folder from which the dataplane takes its plans.
//!
//! A published file never changes: it is written aside, synced and renamed; then `current` is
//! replaced in the same way to name it. Whoever reads sees the old plan or the new one. The
//! files of rows that a plan names are there before it.

mod room;

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use routing::snapshot::{file_name, generation_of};
use routing::{Paid, Tap};

/// The one who writes the folder.
#[derive(Clone, Debug)]
pub struct Publisher {
    folder: PathBuf,
}

/// A plan that is safe on disk but not yet published.
#[derive(Debug)]
pub struct Staged {
    folder: PathBuf,
    aside: PathBuf,
    name: String,
}

impl Publisher {
    /// Publishes into a folder, which is made if it is missing.
    pub fn new(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The generation that `current` names, if it names a file that exists.
    pub fn current(&self) -> Option<u64> {
        let name = fs::read_to_string(self.folder.join(CURRENT)).ok()?;
        let generation = generation_of(name.trim())?;
        self.folder.join(name.trim()).is_file().then_some(generation)
    }

    /// The highest generation that was ever published here, whatever `current` says.
    pub fn highest(&self) -> u64 {
        self.generations().into_iter().max().unwrap_or_default()
    }

    /// The octets of a published generation.
    pub fn read(&self, generation: u64) -> io::Result<Vec<u8>> {
        fs::read(self.folder.join(file_name(generation)))
    }

    /// Writes a plan aside and syncs it: a full disk shows here, before anything is decided.
    pub fn stage(&self, generation: u64, octets: &[u8]) -> io::Result<Staged> {
        let name = file_name(generation);
        let aside = self.folder.join(format!(".{name}.part"));
        write_synced(&aside, octets)?;
        Ok(Staged { folder: self.folder.clone(), aside, name })
    }

    /// The taps that hold still.
    pub(crate) fn taps(&self, now_ns: u64) -> Vec<Tap> {
        let text = fs::read_to_string(self.folder.join(Tap::FILE)).unwrap_or_default();
        let mut taps = Tap::parse_all(&text).unwrap_or_default();
        taps.retain(|tap| tap.until_ns > now_ns);
        taps
    }

    /// Publishes these taps in place of all others.
    pub(crate) fn publish_taps(&self, taps: &[Tap]) -> io::Result<()> {
        let text: String = taps.iter().map(|tap| format!("{tap}\n")).collect();
        write_into(&self.folder, Tap::FILE, text.as_bytes())
    }

    /// Publishes what carriers paid, if it is something else than what is published.
    pub fn publish_paid(&self, paid: &[Paid]) -> io::Result<()> {
        let text: String = paid.iter().map(|one| format!("{one}\n")).collect();
        let known = fs::read_to_string(self.folder.join(Paid::FILE));
        let is_so = known.map_or(text.is_empty(), |known| known == text);
        if is_so { Ok(()) } else { write_into(&self.folder, Paid::FILE, text.as_bytes()) }
    }

    fn generations(&self) -> Vec<u64> {
        let names = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        names.filter_map(|entry| generation_of(entry.file_name().to_str()?)).collect()
    }
}

impl Staged {
    /// Publishes the plan.
    pub fn publish(self) -> io::Result<()> {
        fs::rename(&self.aside, self.folder.join(&self.name))?;
        sync_folder(&self.folder)?;
        write_into(&self.folder, CURRENT, format!("{}\n", self.name).as_bytes())
    }

    /// Forgets the plan.
    pub fn discard(self) -> io::Result<()> {
        fs::remove_file(self.aside)
    }
}

/// Writes a file of a folder, or replaces it: it is there whole or as it was before.
pub(crate) fn write_into(folder: &Path, name: &str, octets: &[u8]) -> io::Result<()> {
    let aside = folder.join(format!(".{name}.part"));
    write_synced(&aside, octets)?;
    fs::rename(aside, folder.join(name))?;
    sync_folder(folder)
}

fn write_synced(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(octets)?;
    file.sync_all()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

const CURRENT: &str = "current";
