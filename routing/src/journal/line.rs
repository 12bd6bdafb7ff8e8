//! A record as one line: who, whom, when and how, and never what an Sms says.

use std::fmt;

use super::{Record, Via};
use crate::{Content, Ingress, MessageId, Target};

impl Record {
    /// The one Sms that it is about, if it is about one that has a name.
    pub fn id(&self) -> Option<MessageId> {
        match self {
            Self::Accept(sms) => Some(sms.id),
            Self::Attempt(one) => Some(one.id),
            Self::Taken(one) => Some(one.id),
            Self::Replaced(one) => Some(one.id),
            Self::Outcome(one) => Some(one.id),
            Self::Moved(one) => Some(one.sms.id),
            Self::Left(one) => Some(one.id),
            Self::Ack(one) => Some(one.id),
            Self::Doubt(one) => Some(one.id),
            Self::Ended(one) => Some(one.id),
            Self::Orphan(_)
            | Self::Refused(_)
            | Self::Contacts(_)
            | Self::Wake(_)
            | Self::Spent(_) => None,
        }
    }
}

/// Without its time, which [`Record::at_ns`] tells.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accept(sms) => write!(
                f,
                "ACCEPT {} g{} {} {} > {} {} {} micros, {}",
                sms.id,
                sms.generation,
                sms.ingress,
                sms.source,
                sms.destination,
                sms.target,
                sms.charge.amount_micros,
                sms.content.shape(),
            ),
            Self::Attempt(one) => write!(f, "ATTEMPT {} #{} {}", one.id, one.attempt, one.via),
            Self::Taken(one) => write!(f, "TAKEN {} as {}", one.id, one.peer_id.escape_ascii()),
            Self::Replaced(one) => write!(f, "REPLACED {} {}", one.id, one.content.shape()),
            Self::Outcome(one) => {
                let (id, state, code) = (one.id, one.state, one.code);
                write!(f, "OUTCOME {id} {state} code {code} after {} by {}", one.attempts, one.via)
            }
            Self::Moved(one) => {
                let sms = &one.sms;
                write!(f, "MOVED {} #{} {}", sms.id, sms.journey.moves, sms.target)
            }
            Self::Left(one) => write!(f, "LEFT {} #{}", one.id, one.moves),
            Self::Ack(one) => write!(f, "ACK {} {}", one.id, one.end.word()),
            Self::Doubt(one) => write!(f, "DOUBT {}", one.id),
            Self::Orphan(one) => {
                let (environment, connection, source) =
                    (one.environment, one.connection, &one.source);
                let (name, claimed) = (one.name, one.claimed_ns.map_or("", |_| ", claimed"));
                write!(f, "ORPHAN env {environment} connection {connection} {source} ")?;
                write!(f, "as {name:016x} {} code {}{claimed}", one.state, one.code)
            }
            Self::Refused(one) => {
                let (environment, from) = (one.environment, &one.ingress);
                let (source, destination) = (&one.source, &one.destination);
                write!(f, "REFUSED env {environment} {from} {source} > {destination} ")?;
                write!(f, "{} (0x{:02X})", one.refusal, one.code)
            }
            Self::Wake(one) => {
                write!(f, "WAKE env {} account {}: {}", one.environment, one.account, one.push)
            }
            Self::Contacts(one) => {
                write!(f, "CONTACTS env {} account {}:", one.environment, one.account)?;
                one.rows.iter().try_for_each(|row| write!(f, " {} via {}", row.uri, row.source))
            }
            Self::Ended(one) => {
                write!(f, "ENDED {} {} code {}", one.id, one.state.word(), one.code)
            }
            Self::Spent(one) => {
                write!(f, "SPENT env {} carrier {} {}", one.environment, one.carrier, one.micros)
            }
        }
    }
}

impl fmt::Display for Ingress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smpp { carrier, peer, sequence, .. } => {
                write!(f, "carrier {carrier} {peer} seq {sequence}")
            }
            Self::Connection { connection, peer, sequence, .. } => {
                write!(f, "connection {connection} {peer} seq {sequence}")
            }
            Self::Trunk { connection, peer, .. } => write!(f, "connection {connection} {peer}"),
            Self::Sip { account, peer, .. } => write!(f, "account {account} {peer}"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => write!(f, "to account {account}"),
            Self::Connection { policy, connection } => {
                write!(f, "by policy {policy} over connection {connection}")
            }
        }
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Sip(peer) => write!(f, "sip {peer}"),
            Self::Smpp(peer) => write!(f, "smpp {peer}"),
        }
    }
}

/// How long a text is and how it is coded, but not what it says.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a>(&'a Content);

impl Content {
    /// How long it is and how it is coded, in words.
    pub fn shape(&self) -> Shape<'_> {
        Shape(self)
    }
}

impl fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Content::Coded { data_coding, octets, .. } => {
                write!(f, "{} octets dc {data_coding}", octets.len())
            }
            Content::Text(text) => write!(f, "{} octets of text", text.len()),
        }
    }
}
