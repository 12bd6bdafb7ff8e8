//! Content-Encoding: deflate (RFC 9110 §8.4.1.2), bounded.

use flate2::{Decompress, FlushDecompress, Status};

use crate::error::{ParseError, What};

/// What was compressed: in the zlib format that is meant (RFC 1950), or raw (RFC 1951) as some
/// understand the name. What would be longer than `most` octets is refused before it is.
pub fn inflate(octets: &[u8], most: usize) -> Result<Vec<u8>, ParseError> {
    let ways = if is_zlib(octets) { &[true, false][..] } else { &[false][..] };
    let tried = ways.iter().map(|zlib| unpack(octets, *zlib, most));
    tried.reduce(|first, second| first.or(second)).unwrap_or(Err(ERROR))
}

fn unpack(octets: &[u8], zlib: bool, most: usize) -> Result<Vec<u8>, ParseError> {
    let first = octets.len().saturating_mul(GUESS).clamp(1, most.saturating_add(1));
    let mut unpacked = Vec::with_capacity(first);
    let mut inflater = Decompress::new(zlib);
    loop {
        let read = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
        let rest = octets.get(read..).unwrap_or_default();
        let before = (inflater.total_in(), inflater.total_out());
        let status = inflater.decompress_vec(rest, &mut unpacked, FlushDecompress::None);
        if unpacked.len() > most {
            return Err(ERROR);
        }
        match status.map_err(|_| ERROR)? {
            Status::StreamEnd => return Ok(unpacked),
            Status::Ok | Status::BufError if unpacked.len() == unpacked.capacity() => {
                let more = unpacked.len().min(most + 1 - unpacked.len());
                unpacked.reserve_exact(more);
            }
            // There was room and nothing came: it is the octets that ended.
            Status::Ok | Status::BufError => {
                if before == (inflater.total_in(), inflater.total_out()) {
                    return Err(ERROR);
                }
            }
        }
    }
}

/// Do the first two octets say zlib: deflate, and a check sum over both (RFC 1950 §2.2)?
fn is_zlib(octets: &[u8]) -> bool {
    match octets {
        [first, second, ..] => {
            first & 0x0F == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31)
        }
        _ => false,
    }
}

/// How many times longer a text is than its deflate, usually: the first room that is made.
const GUESS: usize = 4;

const ERROR: ParseError = ParseError::new(What::Deflate, 0);
