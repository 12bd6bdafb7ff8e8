//! What stands beside the text of an Sms: its message class, and the programs it is for and from.
//!
//! An app that knows nothing of either shows the text; docs/texts.md has the table for those that
//! do.

use routing::{Content, Sms};
use sip::{Builder, ContentType, Message};
use smpp::Tlvs;
use smpp::pdu::esm_class;
use smpp::tlv::{self, tag};
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
    /// What an Sms has: the class of its data_coding, the ports of its header; what neither says,
    /// its TLVs do.
    pub(crate) fn of(sms: &Sms) -> Self {
        let beside = Self::beside(&sms.tlvs);
        let Content::Coded { data_coding, octets, .. } = &sms.content else {
            return beside;
        };
        let header = Udh::decode(octets).filter(|_| sms.esm_class & esm_class::UDHI != 0);
        let ports = header.and_then(|(udh, _)| udh.ports());
        let class = Coding::of(*data_coding).class;
        Self { class: class.or(beside.class), ports: ports.or(beside.ports) }
    }

    /// What TLVs say (SMPP 3.4 §5.3.2.1, §5.3.2.20, §5.3.2.21).
    pub(crate) fn beside(tlvs: &[u8]) -> Self {
        let Ok(tlvs) = Tlvs::decode(tlvs) else { return Self::default() };
        let subunit = tlvs.get_u8(tag::DEST_ADDR_SUBUNIT).map(usize::from);
        let class = subunit.and_then(|number| CLASSES.get(number.checked_sub(1)?)).copied();
        let ports = tlvs.get_u16(tag::DEST_PORT).map(|destination| {
            let origin = tlvs.get_u16(tag::SOURCE_PORT).unwrap_or_default();
            Ports { destination, origin, wide: true }
        });
        Self { class, ports }
    }

    /// Appends the TLVs that say the same.
    pub(crate) fn put_tlvs(self, tlvs: &mut Vec<u8>) {
        if let Some(class) = self.class {
            tlv::put_u8(tag::DEST_ADDR_SUBUNIT, class as u8 + 1, tlvs);
        }
        if let Some(ports) = self.ports {
            tlv::put_u16(tag::SOURCE_PORT, ports.origin, tlvs);
            tlv::put_u16(tag::DEST_PORT, ports.destination, tlvs);
        }
    }

    /// What an app says by the headers of a MESSAGE, and by the type of its body if that is data;
    /// `None` if it cannot be understood.
    pub(crate) fn said(message: &Message<'_>, data: Option<&ContentType<'_>>) -> Option<Self> {
        let class = match message.header_named(CLASS) {
            Some(class) => Some(*CLASSES.get(class.trim().parse::<usize>().ok()?)?),
            None => None,
        };
        let ports = match message.header_named(PORTS) {
            Some(ports) => Some(ports_of(ports)?),
            None => data.and_then(port_of).map(|destination| Ports {
                destination,
                origin: destination,
                wide: true,
            }),
        };
        Some(Self { class, ports })
    }

    /// Its class.
    pub(crate) fn class(self) -> Option<Class> {
        self.class
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

/// The destination, and perhaps the origin: two numbers with a blank in between.
fn ports_of(said: &str) -> Option<Ports> {
    let mut numbers = said.split_ascii_whitespace().map(|word| word.parse::<u16>().ok());
    let destination = numbers.next()??;
    let origin = numbers.next().unwrap_or(Some(destination))?;
    numbers.next().is_none().then_some(Ports { destination, origin, wide: true })
}

/// The port to which data of a type is sent; the first, if there are several.
fn port_of(content_type: &ContentType<'_>) -> Option<u16> {
    let is_it = |name: &str| name.split_once('/').is_some_and(|(a, b)| content_type.is(a, b));
    TYPES.iter().find(|(_, name)| is_it(name)).map(|(port, _)| *port)
}

/// The header that names a class, 0 to 3.
const CLASS: &str = "X-SMS-Class";

/// The header that names the ports a message is for and from.
const PORTS: &str = "X-SMS-Ports";

/// The classes by their number; dest_addr_subunit counts the same from 1.
const CLASSES: [Class; 4] = [Class::Flash, Class::Phone, Class::Card, Class::Attached];

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
