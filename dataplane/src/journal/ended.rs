//! When the life ended whose doubts are not told yet. A start notes it before it writes anything:
//! if it dies before all shards have told what that life left in doubt, the next one counts from
//! there, too, and not from what this one wrote.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The note, which stays until every shard has told what it doubts.
#[derive(Debug)]
pub struct Untold {
    note: PathBuf,
    shards: AtomicUsize,
}

impl Untold {
    /// Notes durably when the life ended, Unix nanoseconds, of which so many shards will tell. A
    /// node that has not lived yet has nothing to note; one whose disk is full starts all the same.
    pub(super) fn note(journal: &Path, ended_ns: u64, shards: u8) -> Self {
        if ended_ns > 0
            && let Err(error) = write(journal, ended_ns)
        {
            let journal = journal.display();
            tracing::warn!(%journal, %error, "a crash within seconds may hide what is in doubt");
        }
        Self { note: journal.join(NAME), shards: AtomicUsize::new(usize::from(shards)) }
    }

    /// One more shard has told all, durably: the last of them removes the note. A power cut may
    /// bring it back, and then all is told once more.
    pub fn told(&self) {
        if self.shards.fetch_sub(1, Ordering::AcqRel) == 1
            && let Err(error) = fs::remove_file(&self.note)
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!(note = %self.note.display(), %error, "stays: doubts are told once more");
        }
    }
}

/// Writes the note: aside, synced, then given its name.
fn write(journal: &Path, ended_ns: u64) -> io::Result<()> {
    let aside = journal.join(ASIDE);
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    writeln!(file, "{ended_ns}")?;
    file.sync_all()?;
    fs::rename(&aside, journal.join(NAME))?;
    File::open(journal)?.sync_all()
}

/// What is noted: when a life ended, Unix nanoseconds, of which not all is told.
pub(super) fn noted(journal: &Path) -> io::Result<Option<u64>> {
    match fs::read_to_string(journal.join(NAME)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        text => {
            let ended_ns = text?.trim_end().parse().ok();
            if ended_ns.is_none() {
                let note = journal.join(NAME);
                tracing::error!(note = %note.display(), "damaged; the journal's end counts");
            }
            Ok(ended_ns)
        }
    }
}

const NAME: &str = "ended";
const ASIDE: &str = "ended.new";
