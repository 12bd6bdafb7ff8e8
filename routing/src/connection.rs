//! A configured way out to an SMSC, a SIP trunk or another environment.

use std::net::{IpAddr, SocketAddr};

use rkyv::{Archive, Deserialize, Serialize};

use crate::{Dialect, National, Outbind, Protocol, Rewrite, Sealed};

/// A way out: by SMPP, or by SIP as its [`protocol`](Self::protocol) says.
#[derive(Archive, Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Connection {
    /// Given by control once, never used again for another connection.
    pub id: u32,
    /// Its name for people.
    pub name: String,
    /// Where we dial by SMPP; the hops of a trunk stand in `protocol`.
    pub remote: SocketAddr,
    /// The address we dial from; the other side may know us by it.
    pub local: Option<IpAddr>,
    /// The system_id we bind with.
    pub system_id: String,
    /// The password we bind with, or answer challenges with, under the site's seal.
    pub password: Sealed,
    /// The system_type we bind with.
    pub system_type: String,
    /// How we bind.
    pub bind: BindKind,
    /// How many of our requests may wait for an answer.
    pub window: u16,
    /// Sms per second; 0 is no limit.
    pub tps: u32,
    /// Do we count hops towards it (TLV 0x1401)? Right for another environment of ours.
    pub count_hops: bool,
    /// A disabled connection unbinds and stays away.
    pub enabled: bool,
    /// How it is used, beyond what every connection has.
    pub manner: Manner,
    /// What is spoken over it.
    pub protocol: Protocol,
}

/// How a connection is used and how its peer speaks.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Manner {
    /// How the peer speaks.
    pub dialect: Dialect,
    /// How many links it keeps; 0 is one.
    pub links: u8,
    /// The interface_version we bind with; 0 is 0x34.
    pub version: u8,
    /// How many Sms may leave at once beyond its rate; 0 is one second of it.
    pub burst: u32,
    /// What becomes of an Sms of which nobody knows whether the peer has it.
    pub unknown: Unknown,
    /// How a text that is too long for one message leaves.
    pub segments: Segmenting,
    /// A text from an app is said in GSM 7-bit by near relations of its characters, if all have
    /// any; off unless the operator wants it, since it changes what people wrote.
    pub transliterate: bool,
    /// The languages whose national tables of GSM 7-bit its phones know: a text from an app is
    /// said with one where that is shorter than UCS-2. None unless the operator knows better.
    pub national: Vec<National>,
    /// Always asks for a final receipt, so that our record of the outcome is true whatever the
    /// sender asked for.
    pub always_ask: bool,
    /// What a command_status of the peer means; what is not listed means what it always means.
    pub verdicts: Vec<(u32, Meaning)>,
    /// Speaks TLS.
    pub tls: Option<Tls>,
    /// Never dialled: the peer dials from the address of `remote` and says this outbind.
    pub outbind: Option<Outbind>,
    /// Sms of one sender to one number leave one by one, each when the one before it is taken or
    /// final: no complaint of the peer, and no second link, turns them around.
    pub in_order: bool,
    /// The carrier as whom the peer pays for what it submits by deliver_sm; `None` is nobody.
    pub carrier: Option<u32>,
    /// The tariff that says what an Sms costs us here; `None` is not known.
    pub cost: Option<u32>,
    /// What the peer wants addresses to look like.
    pub rewrites: Vec<Rewrite>,
    /// The mark of the environment at the other end ([`mark`](crate::mark) of its domain), if it
    /// is one: an Sms that has been there does not go again. 0 is not known.
    pub leads_to: u32,
}

/// What becomes of an Sms that may have reached its next hop, and may not.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Unknown {
    /// It is sent once more under the same user_message_reference: at least once.
    #[default]
    Resend,
    /// It is kept for a receipt that may still come, and ends UNKNOWN without one.
    Hold,
    /// It ends UNKNOWN at once: at most once.
    Fail,
}

/// How a text that is too long for one message is sent.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Segmenting {
    /// In segments under a header with an 8-bit reference (3GPP TS 23.040 §9.2.3.24.1).
    #[default]
    Udh,
    /// In segments under a header with a 16-bit reference (§9.2.3.24.8).
    Udh16,
    /// In segments numbered beside the text, by the SAR parameters (SMPP 3.4 §5.3.2.22).
    Sar,
    /// Whole, in message_payload.
    Payload,
}

/// What a command_status means for the Sms that got it.
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Meaning {
    /// The peer is throttled or full: the same link again, a little later.
    Busy,
    /// Not now: later, or by another way.
    Temporary,
    /// Never.
    Permanent,
}

impl ArchivedManner {
    /// A copy to keep.
    pub fn thawed(&self) -> Manner {
        rkyv::deserialize::<Manner, rkyv::rancor::Error>(self)
            .expect("copying what was checked when the snapshot was opened asks for memory alone")
    }
}

/// How a connection speaks TLS.
#[derive(Archive, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Tls {
    /// The name the peer's certificate must carry; empty is the address itself.
    pub name: String,
}

/// Which of the three binds (SMPP 3.4 §2.2).
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum BindKind {
    /// Sends and receives on one session.
    #[default]
    Transceiver,
    /// Only sends.
    Transmitter,
    /// Only receives.
    Receiver,
}

impl BindKind {
    /// The word operators write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Transceiver => "transceiver",
            Self::Transmitter => "transmitter",
            Self::Receiver => "receiver",
        }
    }
}
