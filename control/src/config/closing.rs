//! The part of the file that says how records are closed.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::folio::{Every, Format, Keeping, Numbers, Wanted};

/// `[cdr]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileCdr {
    folder: PathBuf,
    key_file: PathBuf,
    every: Option<Spanned<String>>,
    #[serde(default)]
    formats: Vec<Format>,
    #[serde(default)]
    numbers: Numbers,
    wait: Option<Spanned<String>>,
    numbering: Option<PathBuf>,
    #[serde(default)]
    command: Vec<String>,
}

impl FileCdr {
    pub(super) fn read(self, folder: &Path) -> Result<Keeping, (String, Range<usize>)> {
        let divides = |every: &u64| *every > 0 && DAY_NS.is_multiple_of(*every);
        let every_ns = match &self.every {
            None => Every::HOUR.0,
            Some(every) => time(every.get_ref()).filter(divides).ok_or_else(|| {
                let what = "is no part of a day such as 1h, 15m or 24h";
                (format!("'{}' {what}", every.get_ref()), every.span())
            })?,
        };
        let wait_ns = match &self.wait {
            None => WAIT_NS,
            Some(wait) => time(wait.get_ref()).ok_or_else(|| {
                (format!("'{}' is no time such as 90s or 5m", wait.get_ref()), wait.span())
            })?,
        };
        Ok(Keeping {
            every: Every(every_ns),
            wait_ns,
            wanted: Wanted {
                folder: folder.join(self.folder),
                formats: self.formats,
                numbers: self.numbers,
            },
            key_file: folder.join(self.key_file),
            numbering: self.numbering.map(|file| folder.join(file)),
            command: self.command,
        })
    }
}

/// `90s`, `5m` or `1h`, in nanoseconds.
fn time(text: &str) -> Option<u64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let each = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(each)?.checked_mul(1_000_000_000)
}

const DAY_NS: u64 = 86_400_000_000_000;

/// A harvest looks ten times a second; a minute is what a node may stumble for.
const WAIT_NS: u64 = 60_000_000_000;
