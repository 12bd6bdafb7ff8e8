//! From a plan to the octets of a file.

use super::header::Header;
use crate::Plan;

/// Freezes a plan. The same plan gives the same octets.
pub fn freeze(plan: &Plan) -> Vec<u8> {
    let archive = rkyv::to_bytes::<rkyv::rancor::Error>(plan)
        .expect("a plan in memory fits into an archive in memory");
    let crc = Header::checksum(plan.generation, &archive);
    let header = Header { generation: plan.generation, len: archive.len() as u64, crc };
    let mut octets = header.encode();
    octets.extend_from_slice(&archive);
    octets
}

/// The file name of a generation: `plan-0000000042.snap`.
pub fn file_name(generation: u64) -> String {
    format!("plan-{generation:010}.snap")
}

/// The generation a file name stands for.
pub fn generation_of(name: &str) -> Option<u64> {
    name.strip_prefix("plan-")?.strip_suffix(".snap")?.parse().ok()
}
