//! What an app understands beside plain text: by its name, and by what it says of itself.

use crate::header::{self, Name};
use crate::message::Message;

/// What an app understands beside plain text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Abilities(u8);

impl Abilities {
    /// Nothing more.
    pub const NONE: Self = Self(0);
    /// message/cpim (RFC 3862).
    pub const CPIM: Self = Self(1);
    /// It answers a request for a report, or reports unasked (RFC 5438).
    pub const IMDN: Self = Self(2);
    /// Bodies that were compressed (Content-Encoding: deflate).
    pub const DEFLATE: Self = Self(4);
    /// SMS over IP (3GPP TS 24.341): it takes short messages as the air interface has them.
    pub const SMSIP: Self = Self(8);

    /// What the app can that registered this contact: what is known of its User-Agent, what its
    /// Accept says, and the feature tags of the contact (RFC 3840).
    pub fn of(message: &Message<'_>, contact: &header::Contact<'_>) -> Self {
        let agent = message.header(Name::UserAgent).unwrap_or_default();
        let mut can = Self::of_agent(agent);
        for (media, ability) in SAID {
            let said = message.values(Name::Accept);
            let is_it = |value: &str| value.split(';').next().unwrap_or_default().trim() == media;
            if said.map(str::to_ascii_lowercase).any(|value| is_it(&value)) {
                can = can.and(ability);
            }
        }
        if contact.params().find("+g.3gpp.smsip").is_some() {
            can = can.and(Self::SMSIP);
        }
        can
    }

    /// What apps of this name can.
    pub fn of_agent(agent: &str) -> Self {
        let named = |name: &str| {
            let start = agent.get(..name.len()).unwrap_or_default();
            start.eq_ignore_ascii_case(name)
        };
        PROFILES.iter().find(|(name, _)| named(name)).map_or(Self::NONE, |(_, can)| *can)
    }

    /// These and those.
    pub const fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// Is this among them?
    pub fn has(self, ability: Self) -> bool {
        self.0 & ability.0 == ability.0
    }

    /// As one octet.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The inverse of [`bits`](Self::bits); bits that mean nothing are dropped.
    pub fn from_bits(bits: u8) -> Self {
        Self(bits & 0x0F)
    }
}

/// The apps we know, by the beginning of their User-Agent; whoever is not here understands plain
/// text alone. That linphone reports by itself, deflated, was seen; the rest is what makers say.
pub const PROFILES: &[(&str, Abilities)] = &[
    ("linphone", Abilities::CPIM.and(Abilities::IMDN).and(Abilities::DEFLATE)),
    ("belle-sip", Abilities::CPIM.and(Abilities::IMDN).and(Abilities::DEFLATE)),
    ("baresip", Abilities::NONE),
    ("Zoiper", Abilities::NONE),
    ("Z ", Abilities::NONE),
    ("Acrobits", Abilities::NONE),
    ("JsSIP", Abilities::NONE),
    ("SIP.js", Abilities::NONE),
];

/// What an Accept can say.
const SAID: [(&str, Abilities); 2] =
    [("message/cpim", Abilities::CPIM), ("message/imdn+xml", Abilities::IMDN)];
