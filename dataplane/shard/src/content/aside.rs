//! What stands beside the text of an Sms: its message class, and the programs it is for and from.
//!
//! An app that knows nothing of either shows the text; docs/texts.md has the table for those that
//! do.

use routing::{Content, Sms};
use sip::Builder;
use smpp::Tlvs;
use smpp::pdu::esm_class;
use smpp::tlv::tag;
use text::udh::Ports;
use text::{Class, Coding, Udh};

use super::Body;

/// What is beside a text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Aside {
    class: Option<Class>,
    ports: Option<Ports>,
}

impl Aside {
    /// What an Sms of SMPP has: the class of its data_coding, the ports of its header, or of its
    /// TLVs if that has none.
    pub(crate) fn of(sms: &Sms) -> Self {
        let Content::Coded { data_coding, octets, .. } = &sms.content else {
            return Self::default();
        };
        let header = Udh::decode(octets).filter(|_| sms.esm_class & esm_class::UDHI != 0);
        let ports = header.and_then(|(udh, _)| udh.ports());
        let ports = ports.or_else(|| beside(&sms.tlvs));
        Self { class: Coding::of(*data_coding).class, ports }
    }

    /// The programs it is for and from.
    pub(crate) fn ports(self) -> Option<Ports> {
        self.ports
    }

    /// Writes the headers of a MESSAGE that say so. A text of class 0 is shown at once on a phone:
    /// for apps that know no classes it is urgent.
    pub(crate) fn put(self, builder: &mut Builder<'_>) {
        if let Some(class) = self.class {
            builder.header(CLASS, DIGITS[class as usize]);
            if class == Class::Flash {
                builder.header("Priority", "urgent");
            }
        }
        if let Some(ports) = self.ports {
            builder.header(PORTS, &format!("{} {}", ports.destination, ports.origin));
        }
    }

    /// The type of a body: that of what is sent to its port, if that is data.
    pub(crate) fn content_type(self, body: &Body<'_>) -> &'static str {
        let known = |ports: Ports| TYPES.iter().find(|(port, _)| *port == ports.destination);
        match (body, self.ports.and_then(known)) {
            (Body::Data(_), Some((_, name))) => name,
            (Body::Data(_) | Body::Text(_), _) => body.content_type(),
        }
    }
}

/// Ports in TLVs (SMPP 3.4 §5.3.2.20, §5.3.2.21).
fn beside(tlvs: &[u8]) -> Option<Ports> {
    let tlvs = Tlvs::decode(tlvs).ok()?;
    let destination = tlvs.get_u16(tag::DEST_PORT)?;
    let origin = tlvs.get_u16(tag::SOURCE_PORT).unwrap_or_default();
    Some(Ports { destination, origin, wide: true })
}

/// The header that names a class, 0 to 3.
const CLASS: &str = "X-SMS-Class";

/// The header that names the ports a message is for and from.
const PORTS: &str = "X-SMS-Ports";

const DIGITS: [&str; 4] = ["0", "1", "2", "3"];

/// What is sent to which port (WAP-259, and Nokia's Smart Messaging); docs/texts.md has the same
/// table.
const TYPES: [(u16, &str); 7] = [
    (2_948, "application/vnd.wap.wsp"),
    (2_949, "application/vnd.wap.wsp"),
    (5_505, "application/vnd.nokia.ringing-tone"),
    (9_204, "text/vcard"),
    (9_205, "text/calendar"),
    (9_206, "text/vcard"),
    (9_207, "text/calendar"),
];

#[cfg(test)]
mod tests;
