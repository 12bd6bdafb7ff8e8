//! From a plan to the octets of a file.

use super::header::{HEADER_LEN, Header};
use super::view::archive_at;
use crate::Plan;

/// Freezes a plan. The same plan gives the same octets.
pub fn freeze(plan: &Plan) -> Vec<u8> {
    // The archive is written behind room for its header: a large plan is in memory once.
    let mut room = vec![0; HEADER_LEN];
    plan.tables.iter().for_each(|name| room.extend_from_slice(&name.0));
    room.resize(archive_at(plan.tables.len()), 0);
    let mut octets = rkyv::api::high::to_bytes_in::<_, rkyv::rancor::Error>(plan, room)
        .expect("a plan in memory fits into an archive in memory");
    let (header, behind) = octets.split_at_mut(HEADER_LEN);
    let names = plan.tables.len() as u32;
    let crc = Header::checksum(plan.generation, names, behind);
    let len = behind.len() as u64;
    header.copy_from_slice(&Header { generation: plan.generation, len, names, crc }.encode());
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
