//! From a plan to the octets of a file.

use super::header::{HEADER_LEN, Header};
use crate::Plan;

/// Freezes a plan. The same plan gives the same octets.
pub fn freeze(plan: &Plan) -> Vec<u8> {
    // The archive is written behind room for its header: a plan of 200 MB is in memory once.
    let room = vec![0; HEADER_LEN];
    let mut octets = rkyv::api::high::to_bytes_in::<_, rkyv::rancor::Error>(plan, room)
        .expect("a plan in memory fits into an archive in memory");
    let (header, archive) = octets.split_at_mut(HEADER_LEN);
    let crc = Header::checksum(plan.generation, archive);
    let len = archive.len() as u64;
    header.copy_from_slice(&Header { generation: plan.generation, len, crc }.encode());
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
