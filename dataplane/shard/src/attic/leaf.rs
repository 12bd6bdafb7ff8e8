//! An Sms that waits, as octets: the records that would make it again after a restart, and a
//! digest before them, so that what a disk has changed is not taken for it.

use std::time::{Duration, Instant};

use routing::journal::{Attempt, Cost, Record, Records, Via};

use crate::flights::{Flight, Stage};
use crate::tables::digest_of;

/// Appends a flight that waits; returns the digest of what was appended. Its end is written by the
/// clock without steps whose zero this is.
pub(super) fn write(flight: &Flight, since: Instant, out: &mut Vec<u8>) -> u64 {
    let start = out.len();
    out.extend_from_slice(&[0; DIGEST_LEN]);
    let end = flight.expires.saturating_duration_since(since).as_nanos() as u64;
    out.extend_from_slice(&end.to_le_bytes());
    out.extend_from_slice(&[flight.unknowns, u8::from(flight.touched)]);
    Record::encode_accept(&flight.sms, out);
    let Flight { attempts: attempt, via, doubled: repeats, .. } = *flight;
    if attempt > 0 || repeats || via != Via::Nothing {
        let (id, at_ns, cost) = (flight.sms.id, 0, Cost::default());
        Record::Attempt(Attempt { id, at_ns, attempt, via, repeats, cost }).encode(out);
    }
    let digest = digest_of(&out[start + DIGEST_LEN..]);
    out[start..start + DIGEST_LEN].copy_from_slice(&digest.to_le_bytes());
    digest
}

/// The flight that was written there; `None` if it is not what was written.
pub(super) fn read(octets: &[u8], since: Instant) -> Option<Flight> {
    let (digest, rest) = octets.split_first_chunk::<DIGEST_LEN>()?;
    if u64::from_le_bytes(*digest) != digest_of(rest) {
        return None;
    }
    let (end, rest) = rest.split_first_chunk()?;
    let expires = since + Duration::from_nanos(u64::from_le_bytes(*end));
    let ([unknowns, touched], rest) = rest.split_first_chunk()?;
    let mut records = Records(rest);
    let Some(Ok(Record::Accept(sms))) = records.next() else { return None };
    let mut flight = Flight::new(sms, Stage::Waiting, expires);
    (flight.unknowns, flight.touched) = (*unknowns, *touched != 0);
    if let Some(record) = records.next() {
        let Ok(Record::Attempt(last)) = record else { return None };
        (flight.attempts, flight.via, flight.doubled) = (last.attempt, last.via, last.repeats);
    }
    Some(flight)
}

const DIGEST_LEN: usize = size_of::<u64>();
