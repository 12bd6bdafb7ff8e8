//! Where a table lies while it is measured, and how much memory was taken.

use std::fs;
use std::io;

use memmap2::{Advice, MmapMut};

/// Octets in huge pages, as the node keeps a snapshot.
#[derive(Debug)]
pub struct HugeOctets(MmapMut);

impl HugeOctets {
    /// Copies octets there.
    pub fn of(octets: &[u8]) -> io::Result<Self> {
        let mut map = MmapMut::map_anon(octets.len().max(1))?;
        // Where the kernel has no huge pages we measure without.
        let _ = map.advise(Advice::HugePage);
        map[..octets.len()].copy_from_slice(octets);
        Ok(Self(map))
    }
}

impl AsRef<[u8]> for HugeOctets {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The most memory this process ever had, in MiB.
pub fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}
