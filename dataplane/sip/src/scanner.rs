//! What can be told of a datagram before it is parsed. Programs that try every address for an
//! account to abuse say who they are.

use memchr::memmem;

/// Finds scanners; made once, since getting ready for a search takes longer than the search.
#[derive(Clone, Debug)]
pub struct Scanners {
    field: memmem::Finder<'static>,
}

impl Default for Scanners {
    fn default() -> Self {
        Self { field: memmem::Finder::new(FIELD) }
    }
}

impl Scanners {
    /// Whether a datagram names a known scanner as its User-Agent; nothing of it is parsed.
    ///
    /// A hint, no proof: who means harm and knows it calls itself something else.
    pub fn sent(&self, octets: &[u8]) -> bool {
        let head = &octets[..octets.len().min(LOOKED_AT)];
        let Some(at) = self.field.find(head) else { return false };
        let value = head[at + FIELD.len()..].trim_ascii_start();
        let is_header = || memmem::find(&head[..at + 2], b"\r\n\r\n").is_none();
        let is_known = SCANNERS.iter().any(|scanner| {
            value.get(..scanner.len()).is_some_and(|start| start.eq_ignore_ascii_case(scanner))
        });
        is_known && is_header()
    }
}

/// Whether a datagram seems to carry credentials (RFC 3261 §20.7, §20.28); nothing of it is parsed.
pub fn has_credentials(octets: &[u8]) -> bool {
    let head = &octets[..octets.len().min(LOOKED_AT)];
    memmem::find(head, b"uthorization:").is_some()
}

const FIELD: &[u8] = b"\r\nUser-Agent:";

/// As they write it, SIPVicious first; none of these is or was somebody's phone.
const SCANNERS: [&[u8]; 9] = [
    b"friendly-scanner",
    b"friendly-request",
    b"sipvicious",
    b"sundayddr",
    b"sip-scan",
    b"sipcli/",
    b"VaxSIPUserAgent",
    b"VaxIPUserAgent",
    b"pplsip",
];

/// Octets that are looked through: a scanner's head is small.
const LOOKED_AT: usize = 1_500;

#[cfg(test)]
mod tests;
