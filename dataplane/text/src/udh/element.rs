//! The information elements of a header and what they mean (3GPP TS 23.040 §9.2.3.24).

use super::{Concat, Element};
use crate::Language;
use crate::coding::{Waiting, Waits};

/// The identifiers of information elements.
pub mod iei {
    /// Concatenation with an 8-bit reference.
    pub const CONCAT_8: u8 = 0x00;
    /// Special SMS message indication.
    pub const SPECIAL_INDICATION: u8 = 0x01;
    /// Application ports of 8 bits.
    pub const PORTS_8: u8 = 0x04;
    /// Application ports of 16 bits.
    pub const PORTS_16: u8 = 0x05;
    /// What the message centre shall report.
    pub const SMSC_CONTROL: u8 = 0x06;
    /// Who wrote the elements that follow.
    pub const SOURCE: u8 = 0x07;
    /// Concatenation with a 16-bit reference.
    pub const CONCAT_16: u8 = 0x08;
    /// Wireless control messages.
    pub const WIRELESS_CONTROL: u8 = 0x09;
    /// The first of enhanced messaging: formatting, sounds, pictures.
    pub const ENHANCED_FIRST: u8 = 0x0A;
    /// The last of enhanced messaging.
    pub const ENHANCED_LAST: u8 = 0x1F;
    /// The length of an e-mail header at the front of the text.
    pub const EMAIL_HEADER: u8 = 0x20;
    /// A hyperlink, of enhanced messaging, too.
    pub const HYPERLINK: u8 = 0x21;
    /// Where an answer shall go.
    pub const REPLY_ADDRESS: u8 = 0x22;
    /// What waits in a voice mailbox.
    pub const VOICE_MAIL: u8 = 0x23;
    /// National language single shift.
    pub const SINGLE_SHIFT: u8 = 0x24;
    /// National language locking shift.
    pub const LOCKING_SHIFT: u8 = 0x25;
}

/// What an element says, as far as it is known here. What is unknown, reserved or of the wrong
/// size is carried, and skipped by readers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Meaning<'a> {
    /// Which segment this is.
    Concat(Concat),
    /// For which program.
    Ports(Ports),
    /// A sign to show or to take away.
    Indication(Indication),
    /// What the message centre shall report, bit by bit.
    SmscControl(u8),
    /// Who wrote the elements that follow: 1 the sender, 2 the receiver, 3 the message centre.
    Source(u8),
    /// For a phone's wireless data stack.
    WirelessControl(&'a [u8]),
    /// Formatting, sounds and pictures: the text is complete without.
    Enhanced(&'a [u8]),
    /// So many octets at the front of the text are an e-mail's header.
    EmailHeader(u8),
    /// Where an answer shall go, as an address of TS 23.040 §9.1.2.5.
    ReplyAddress(&'a [u8]),
    /// What waits in a voice mailbox.
    VoiceMail(&'a [u8]),
    /// The extension table of a language.
    SingleShift(Language),
    /// The default table of a language.
    LockingShift(Language),
    /// Anything else.
    Unknown,
}

/// The programs a message is for and from (TS 23.040 §9.2.3.24.3, §9.2.3.24.4).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ports {
    /// Where it goes.
    pub destination: u16,
    /// Where it comes from.
    pub origin: u16,
    /// Whether the ports have 16 bits.
    pub wide: bool,
}

/// A special SMS message indication (TS 23.040 §9.2.3.24.2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Indication {
    /// The same as in a data_coding; `active` if the count is not zero.
    pub waiting: Waiting,
    /// How many wait, 255 for so many or more.
    pub count: u8,
}

impl<'a> Element<'a> {
    /// What it says.
    pub fn meaning(self) -> Meaning<'a> {
        let one = match self.data {
            &[octet] => Some(octet),
            _ => None,
        };
        let known = match self.id {
            iei::CONCAT_8 | iei::CONCAT_16 => Concat::of(self).map(Meaning::Concat),
            iei::PORTS_8 | iei::PORTS_16 => Ports::of(self).map(Meaning::Ports),
            iei::SPECIAL_INDICATION => Indication::of(self).map(Meaning::Indication),
            iei::SMSC_CONTROL => one.map(Meaning::SmscControl),
            iei::SOURCE => one.map(Meaning::Source),
            iei::WIRELESS_CONTROL => Some(Meaning::WirelessControl(self.data)),
            iei::ENHANCED_FIRST..=iei::ENHANCED_LAST | iei::HYPERLINK => {
                Some(Meaning::Enhanced(self.data))
            }
            iei::EMAIL_HEADER => one.map(Meaning::EmailHeader),
            iei::REPLY_ADDRESS => Some(Meaning::ReplyAddress(self.data)),
            iei::VOICE_MAIL => Some(Meaning::VoiceMail(self.data)),
            iei::SINGLE_SHIFT => one.and_then(Language::of).map(Meaning::SingleShift),
            iei::LOCKING_SHIFT => one.and_then(Language::of).map(Meaning::LockingShift),
            _ => None,
        };
        known.unwrap_or(Meaning::Unknown)
    }
}

impl Ports {
    pub(super) fn of(element: Element<'_>) -> Option<Self> {
        match (element.id, element.data) {
            (iei::PORTS_8, &[destination, origin]) => {
                Some(Self { destination: destination.into(), origin: origin.into(), wide: false })
            }
            (iei::PORTS_16, &[high, low, origin_high, origin_low]) => Some(Self {
                destination: u16::from_be_bytes([high, low]),
                origin: u16::from_be_bytes([origin_high, origin_low]),
                wide: true,
            }),
            (_, _) => None,
        }
    }
}

impl Indication {
    fn of(element: Element<'_>) -> Option<Self> {
        let (iei::SPECIAL_INDICATION, &[kind, count]) = (element.id, element.data) else {
            return None;
        };
        let waiting =
            Waiting { stored: kind & 0x80 != 0, active: count != 0, kind: Waits::of(kind & 0x03) };
        Some(Self { waiting, count })
    }
}
