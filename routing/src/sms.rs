//! One short message, in no protocol.

use crate::journal::Replaced;
use crate::octets::{Field, Reader, Short, Write};
use crate::{
    AckLevel, Address, DefaultAlphabet, Hold, Ingress, Journey, MessageId, Number, Refund, State,
    Trace, Wanted,
};

/// One accepted short message with everything that was decided when it was accepted.
///
/// The ACCEPT record carries exactly this, so a restart knows what a running shard knows,
/// and a price can never change after the answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sms {
    /// Our name for it.
    pub id: MessageId,
    /// What its sender was told instead, if it is one of several that came as one
    /// (submit_multi, SMPP 3.4 §4.5).
    pub group: Group,
    /// The environment that accepted it.
    pub environment: u32,
    /// The generation of the plan that decided.
    pub generation: u64,
    /// When it came in, Unix nanoseconds.
    pub received_ns: u64,
    /// When the decision was made, Unix nanoseconds; prices are chosen by this instant.
    pub accepted_ns: u64,
    /// When it is given up, Unix nanoseconds.
    pub expires_ns: u64,
    /// It does not leave before, Unix nanoseconds; 0 is at once (SMPP 3.4 §5.2.15).
    pub not_before_ns: u64,
    /// When its sender is answered.
    pub ack: AckLevel,
    /// Who sent it and how it came.
    pub ingress: Ingress,
    /// The calling address.
    pub source: Address,
    /// The called address as it was given.
    pub destination: Address,
    /// The called number in plain digits.
    pub number: Number,
    /// service_type (SMPP 3.4 §5.2.11), filled up with zeros.
    pub service_type: [u8; 5],
    /// esm_class (SMPP 3.4 §5.2.12); bit 6 says that the content begins with a header.
    pub esm_class: u8,
    /// protocol_id (3GPP TS 23.040).
    pub protocol_id: u8,
    /// priority_flag (SMPP 3.4 §5.2.14).
    pub priority: u8,
    /// registered_delivery (SMPP 3.4 §5.2.17).
    pub registered_delivery: u8,
    /// The text.
    pub content: Content,
    /// TLVs to be carried to the next hop unchanged, as octets.
    pub tlvs: Vec<u8>,
    /// What its carrier's rules made of the addresses; the sender's own stay as they were.
    pub rewritten: Rewritten,
    /// Where it has been.
    pub trace: Trace,
    /// What it went through before it came to its target.
    pub journey: Journey,
    /// What its sender, an app, wants to hear of it.
    pub wanted: Option<Box<Wanted>>,
    /// The one device of the account it is for (RFC 5627), by a digest; 0 for all.
    pub device: u32,
    /// Where it goes.
    pub target: Target,
    /// What it costs whom.
    pub charge: Charge,
}

/// Addresses that take the place of those the sender gave.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Rewritten {
    /// Instead of the calling address.
    pub source: Option<Address>,
    /// Instead of the called one.
    pub destination: Option<Address>,
}

/// The name of several Sms that came as one, if it is one of them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Group(u128);

impl Group {
    /// The name.
    pub fn id(self) -> Option<MessageId> {
        self.is_some().then_some(MessageId::from_bits(self.0))
    }

    /// Is it one of several?
    pub fn is_some(self) -> bool {
        self.0 != 0
    }

    /// Did it come alone?
    pub fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl From<Option<MessageId>> for Group {
    fn from(id: Option<MessageId>) -> Self {
        Self(id.map_or(0, MessageId::bits))
    }
}

/// The text of an Sms, in the form in which it came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Content {
    /// Octets under a data_coding (SMPP 3.4 §5.2.19); they pass to SMPP unchanged.
    Coded {
        /// The data_coding octet.
        data_coding: u8,
        /// What data_coding 0 means to its sender.
        alphabet: DefaultAlphabet,
        /// short_message or message_payload, with its user data header if there is one.
        octets: Vec<u8>,
    },
    /// Text from an app.
    Text(String),
}

/// Where an Sms goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Target {
    /// To the app of an account of this environment.
    Account(u32),
    /// Over a connection, as a policy says.
    Connection {
        /// The policy.
        policy: u32,
        /// The connection.
        connection: u32,
    },
}

/// The price of an Sms, fixed when it was accepted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Charge {
    /// The tariff; 0 if the sender pays nothing.
    pub tariff: u32,
    /// Its version.
    pub version: u32,
    /// When the price list began that gave the price, Unix nanoseconds; 0 has no beginning.
    pub since_ns: u64,
    /// The prefix that gave the price; `None` is the tariff's price for every number.
    pub prefix: Option<Number>,
    /// Price of one unit, in millionths of the tariff's currency.
    pub price_micros: i64,
    /// How many units.
    pub units: u32,
    /// The product.
    pub amount_micros: i64,
    /// What it takes of its payer's credit.
    pub hold: Hold,
    /// After which ends its payer gets it back.
    pub refund: Refund,
}

impl Content {
    /// How many octets there are in the form the content has.
    #[allow(clippy::len_without_is_empty, reason = "an empty Sms is legal and nobody asks")]
    pub fn len(&self) -> usize {
        match self {
            Self::Coded { octets, .. } => octets.len(),
            Self::Text(text) => text.len(),
        }
    }
}

impl Sms {
    /// May the sender hear that it ended in this state? (SMPP 3.4 §5.2.17)
    pub fn wants_receipt(&self, state: State) -> bool {
        state.is_reported(self.registered_delivery)
    }

    /// Does the app that sent it hear that it ended in this state?
    pub fn wants_report(&self, state: State) -> bool {
        self.wanted.as_ref().is_some_and(|wanted| wanted.wants(state))
    }

    /// Does its sender, whoever that is, hear that it ended in this state?
    pub fn is_reported(&self, state: State) -> bool {
        self.carrier().is_some() && self.wants_receipt(state) || self.wants_report(state)
    }

    /// Says something else from now on.
    pub fn replace(&mut self, replaced: Replaced) {
        self.not_before_ns = replaced.not_before_ns;
        self.expires_ns = replaced.expires_ns;
        self.registered_delivery = replaced.registered_delivery;
        self.content = replaced.content;
    }

    /// The name its sender knows it by.
    pub fn told(&self) -> MessageId {
        self.group.id().unwrap_or(self.id)
    }

    /// Gets one attempt and no receipt: datagram and transaction mode (SMPP 3.4 §2.10). The
    /// mode bits of an Sms are those that were granted, not those that were asked for.
    pub fn is_single(&self) -> bool {
        self.ack == AckLevel::Delivered || self.esm_class & MODE_MASK == MODE_DATAGRAM
    }

    /// The calling address that its recipient sees.
    pub fn calling(&self) -> Address {
        self.rewritten.source.unwrap_or(self.source)
    }

    /// The called address by which it is routed.
    pub fn called(&self) -> Address {
        self.rewritten.destination.unwrap_or(self.destination)
    }

    /// The carrier that sent it over a bind of its own, if one did: it gets the receipts.
    pub fn carrier(&self) -> Option<u32> {
        match self.ingress {
            Ingress::Smpp { carrier, .. } => Some(carrier),
            Ingress::Connection { .. } | Ingress::Trunk { .. } | Ingress::Sip { .. } => None,
        }
    }

    /// The carrier that pays for it, if one does.
    pub fn payer(&self) -> Option<u32> {
        self.ingress.payer()
    }
}

impl Field for Sms {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        MessageId::from_bits(self.group.0).put(out);
        out.put_u32(self.environment);
        out.put_u64(self.generation);
        out.put_u64(self.received_ns);
        out.put_u64(self.accepted_ns);
        out.put_u64(self.expires_ns);
        out.put_u64(self.not_before_ns);
        out.put_u8(self.ack.number());
        self.ingress.put(out);
        self.source.put(out);
        self.destination.put(out);
        out.put_u64(self.number.packed());
        out.put_raw(&self.service_type);
        out.put_raw(&[self.esm_class, self.protocol_id, self.priority, self.registered_delivery]);
        self.content.put(out);
        out.put_octets(&self.tlvs);
        self.rewritten.source.put(out);
        self.rewritten.destination.put(out);
        self.trace.put(out);
        self.journey.put(out);
        self.wanted.put(out);
        out.put_u32(self.device);
        self.target.put(out);
        self.charge.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let (id, group) = (MessageId::take(reader)?, Group(MessageId::take(reader)?.bits()));
        let environment = reader.u32()?;
        let generation = reader.u64()?;
        let (received_ns, accepted_ns, expires_ns) = (reader.u64()?, reader.u64()?, reader.u64()?);
        let not_before_ns = reader.u64()?;
        let ack = AckLevel::from_number(reader.u8()?).ok_or(Short)?;
        let ingress = Ingress::take(reader)?;
        let (source, destination) = (Address::take(reader)?, Address::take(reader)?);
        let number = Number::from_packed(reader.u64()?).ok_or(Short)?;
        let service_type = reader.array()?;
        let [esm_class, protocol_id, priority, registered_delivery] = reader.array()?;
        Ok(Self {
            id,
            group,
            environment,
            generation,
            received_ns,
            accepted_ns,
            expires_ns,
            not_before_ns,
            ack,
            ingress,
            source,
            destination,
            number,
            service_type,
            esm_class,
            protocol_id,
            priority,
            registered_delivery,
            content: Content::take(reader)?,
            tlvs: Vec::take(reader)?,
            rewritten: Rewritten {
                source: Field::take(reader)?,
                destination: Field::take(reader)?,
            },
            trace: Trace::take(reader)?,
            journey: Journey::take(reader)?,
            wanted: Field::take(reader)?,
            device: reader.u32()?,
            target: Target::take(reader)?,
            charge: Charge::take(reader)?,
        })
    }
}

impl Field for Content {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Coded { data_coding, alphabet, octets } => {
                out.put_raw(&[0, *data_coding, *alphabet as u8]);
                out.put_octets(octets);
            }
            Self::Text(text) => {
                out.put_u8(1);
                out.put_octets(text.as_bytes());
            }
        }
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        match reader.u8()? {
            0 => {
                let data_coding = reader.u8()?;
                let alphabet = DefaultAlphabet::from_number(reader.u8()?).ok_or(Short)?;
                Ok(Self::Coded { data_coding, alphabet, octets: Vec::take(reader)? })
            }
            1 => Ok(Self::Text(String::take(reader)?)),
            _ => Err(Short),
        }
    }
}

impl Field for Target {
    fn put(&self, out: &mut Vec<u8>) {
        let (kind, first, second) = match self {
            Self::Account(account) => (0, *account, 0),
            Self::Connection { policy, connection } => (1, *policy, *connection),
        };
        out.put_u8(kind);
        out.put_u32(first);
        out.put_u32(second);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        match (reader.u8()?, reader.u32()?, reader.u32()?) {
            (0, account, 0) => Ok(Self::Account(account)),
            (1, policy, connection) => Ok(Self::Connection { policy, connection }),
            _ => Err(Short),
        }
    }
}

impl Field for Charge {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u32(self.tariff);
        out.put_u32(self.version);
        out.put_u64(self.since_ns);
        self.prefix.put(out);
        out.put_i64(self.price_micros);
        out.put_u32(self.units);
        out.put_i64(self.amount_micros);
        self.hold.put(out);
        self.refund.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self {
            tariff: reader.u32()?,
            version: reader.u32()?,
            since_ns: reader.u64()?,
            prefix: Field::take(reader)?,
            price_micros: reader.i64()?,
            units: reader.u32()?,
            amount_micros: reader.i64()?,
            hold: Hold::take(reader)?,
            refund: Refund::take(reader)?,
        })
    }
}

/// esm_class: the messaging mode (SMPP 3.4 §5.2.12).
const MODE_MASK: u8 = 0x03;
const MODE_DATAGRAM: u8 = 0x01;

#[cfg(test)]
mod tests;
