//! Lines on their way to a writer that may be slow, or stuck.
//!
//! A terminal that was stopped, or a log collector that hangs, must not hold up a shard: lines
//! wait in a queue of their own thread, and what does not fit is counted instead.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, bounded};

/// A writer that never blocks.
#[derive(Clone, Debug)]
pub struct Pipe {
    lines: Sender<Line>,
    dropped: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Line {
    Text(Vec<u8>),
    /// All before it is written: say so.
    End(Sender<()>),
}

impl Pipe {
    /// A pipe to `to`.
    pub fn open(to: impl Write + Send + 'static) -> io::Result<Self> {
        let (lines, queue) = bounded(LINES_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        let thread = std::thread::Builder::new().name("log".to_owned());
        thread.spawn(move || pour(&queue, &counted, to))?;
        Ok(Self { lines, dropped })
    }

    /// Waits a moment for the last lines to be written.
    pub fn finish(&self) {
        let (done, written) = bounded(1);
        if self.lines.send_timeout(Line::End(done), FINISH_MAX).is_ok() {
            // Whoever does not read by now does not want to know.
            let _ = written.recv_timeout(FINISH_MAX);
        }
    }
}

fn pour(queue: &Receiver<Line>, dropped: &AtomicU64, mut to: impl Write) {
    for line in queue {
        // There is nobody left to tell that stderr is gone.
        let _ = match line {
            Line::Text(text) => to.write_all(&text),
            Line::End(done) => done.send(()).map_err(io::Error::other),
        };
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let _ = writeln!(to, "WARN {lost} lines lost: the log is read too slowly");
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.lines.try_send(Line::Text(line.to_vec())).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Half a megabyte of lines.
const LINES_MAX: usize = 4096;
const FINISH_MAX: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
