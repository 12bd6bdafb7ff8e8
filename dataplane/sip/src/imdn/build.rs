//! message/imdn+xml as we write it.

use crate::header::Date;
use crate::imdn::{Disposition, Imdn};

impl Imdn<'_> {
    /// Appends the XML; `date_time` is said by the caller, in the form of the standard.
    pub fn encode(&self, date: Date, out: &mut Vec<u8>) {
        let (about, status) = words(self.disposition);
        out.extend_from_slice(
            b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
              <imdn xmlns=\"urn:ietf:params:xml:ns:imdn\">\r\n<message-id>",
        );
        escape(self.message_id, out);
        out.extend_from_slice(b"</message-id>\r\n<datetime>");
        out.extend_from_slice(&date.iso());
        out.extend_from_slice(b"</datetime>\r\n<recipient-uri>");
        escape(self.recipient, out);
        out.extend_from_slice(b"</recipient-uri>\r\n<");
        for word in [about, "><status><", status, "/></status></", about] {
            out.extend_from_slice(word.as_bytes());
        }
        out.extend_from_slice(b">\r\n</imdn>\r\n");
    }
}

fn words(disposition: Disposition) -> (&'static str, &'static str) {
    match disposition {
        Disposition::Delivered => ("delivery-notification", "delivered"),
        Disposition::Failed => ("delivery-notification", "failed"),
        Disposition::Forbidden => ("delivery-notification", "forbidden"),
        Disposition::Error => ("delivery-notification", "error"),
        Disposition::Displayed => ("display-notification", "displayed"),
        Disposition::Processed => ("processing-notification", "processed"),
        Disposition::Stored => ("processing-notification", "stored"),
    }
}

/// As text of an element; what XML cannot say is left out.
fn escape(text: &str, out: &mut Vec<u8>) {
    for octet in text.bytes() {
        match octet {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            octet if octet.is_ascii_control() => {}
            octet => out.push(octet),
        }
    }
}
