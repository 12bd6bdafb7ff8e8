//! What the watched processes cost, from /proc.

use std::fs;
use std::path::Path;

use crate::clock::SECOND;

/// CPU time and memory of some processes, added up.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Cost {
    /// User and system time of all threads, in nanoseconds; the kernel counts hundredths.
    pub(crate) cpu_ns: u64,
    /// Resident memory.
    pub(crate) rss_kib: u64,
    /// The most memory that was ever resident.
    pub(crate) rss_peak_kib: u64,
    /// Processes that are no more, or not ours to look at.
    pub(crate) missing: usize,
}

/// What the processes cost so far.
pub(crate) fn cost(pids: &[u32]) -> Cost {
    let mut total = Cost::default();
    for pid in pids {
        let folder = format!("/proc/{pid}");
        let stat = fs::read_to_string(Path::new(&folder).join("stat")).unwrap_or_default();
        let status = fs::read_to_string(Path::new(&folder).join("status")).unwrap_or_default();
        match ticks(&stat) {
            None => total.missing += 1,
            Some(ticks) => {
                total.cpu_ns += ticks * (SECOND / rustix::param::clock_ticks_per_second());
                total.rss_kib += kib(&status, "VmRSS:");
                total.rss_peak_kib += kib(&status, "VmHWM:");
            }
        }
    }
    total
}

/// What this process cost so far.
pub(crate) fn own_cost() -> Cost {
    cost(&[std::process::id()])
}

/// utime and stime of a /proc/PID/stat; the name before them may hold anything but ends last.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(UTIME_BEHIND_NAME);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

/// The number behind `key` in a /proc/PID/status.
fn kib(status: &str, key: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Fields between the name (2) and utime (14), see proc_pid_stat(5).
const UTIME_BEHIND_NAME: usize = 11;

#[cfg(test)]
mod tests;
