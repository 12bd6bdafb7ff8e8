//! What is wrong with a file of rows, the first few lines of it.

use crate::fault::Fault;

/// Gathers what is wrong; the first [`TOLD_MAX`] are told, the others counted.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    told: Vec<(u64, String)>,
    count: u64,
}

impl Complaints {
    /// Something is wrong in a line, counted from 1.
    pub(super) fn say(&mut self, line: u64, what: impl FnOnce() -> String) {
        self.count += 1;
        if self.told.len() < TOLD_MAX {
            self.told.push((line, what()));
        }
    }

    /// Enough to say that it is another kind of file.
    pub(super) fn are_hopeless(&self) -> bool {
        self.count >= HOPELESS
    }

    /// All of it as one fault; nothing if nothing is wrong.
    pub(super) fn fault(mut self, file: &str) -> Result<(), Fault> {
        if self.told.is_empty() {
            return Ok(());
        }
        self.told.sort_by_key(|(line, _)| *line);
        let lines: Vec<String> =
            self.told.iter().map(|(line, what)| format!("{file}:{line}: {what}")).collect();
        let mut words = lines.join("\n");
        let more = self.count - self.told.len() as u64;
        if more > 0 {
            let least = if self.are_hopeless() { "at least " } else { "" };
            words.push_str(&format!("\nand {least}{more} more"));
        }
        Err(Fault::invalid(words).cure("nothing was imported; mend the file and import it again"))
    }
}

/// Nobody mends more lines than these at once.
const TOLD_MAX: usize = 20;

/// With so many wrong lines nobody wants to know the exact count.
const HOPELESS: u64 = 100_000;
