//! Writing an envelope so that no value can become a header of its own.

use crate::cpim::IMDN;
use crate::header::Date;
use crate::imdn::Wishes;

/// What stands around a body of ours.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// Who says it, as a URI.
    pub from: &'a str,
    /// To whom, as a URI.
    pub to: &'a str,
    /// When.
    pub date: Date,
    /// What we call it.
    pub message_id: &'a str,
    /// What we want to hear of it.
    pub wishes: Wishes,
    /// What it is.
    pub content_type: &'a str,
    /// Content-Disposition, if it is not shown.
    pub disposition: Option<&'a str>,
}

impl Envelope<'_> {
    /// Appends the envelope with a body in it.
    pub fn encode(&self, body: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(b"From: <");
        put(self.from, out);
        out.extend_from_slice(b">\r\nTo: <");
        put(self.to, out);
        out.extend_from_slice(b">\r\nDateTime: ");
        out.extend_from_slice(&self.date.iso());
        out.extend_from_slice(b"\r\nNS: imdn <");
        out.extend_from_slice(IMDN.as_bytes());
        out.extend_from_slice(b">\r\nimdn.Message-ID: ");
        put(self.message_id, out);
        if !self.wishes.is_empty() {
            out.extend_from_slice(b"\r\nimdn.Disposition-Notification: ");
            self.wishes.encode(out);
        }
        out.extend_from_slice(b"\r\n\r\nContent-Type: ");
        put(self.content_type, out);
        if let Some(disposition) = self.disposition {
            out.extend_from_slice(b"\r\nContent-Disposition: ");
            put(disposition, out);
        }
        out.extend_from_slice(b"\r\nContent-Length: ");
        out.extend_from_slice(body.len().to_string().as_bytes());
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(body);
    }
}

/// What could end a line or a URI is left out.
fn put(text: &str, out: &mut Vec<u8>) {
    out.extend(text.bytes().filter(|octet| !octet.is_ascii_control() && *octet != b'>'));
}
