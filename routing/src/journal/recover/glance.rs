//! What a fold must know of an Sms, off its octets: most are closed before anybody needs more.

use crate::octets::{Field, Reader, Short};
use crate::{
    AckLevel, Address, Charge, DefaultAlphabet, Hold, Ingress, Journey, MessageId, Number, Target,
    Trace, Wanted,
};

/// Some of the fields of an Sms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Glance {
    pub(super) id: MessageId,
    pub(super) accepted_ns: u64,
    /// The account or the connection it goes to.
    pub(super) target: u32,
    pub(super) moves: u8,
    /// It takes of its payer's credit.
    pub(super) holds: bool,
    /// An app sent it, or a trunk.
    pub(super) by_sip: bool,
}

impl Glance {
    /// Reads all of an Sms, so that what is kept can be decoded later, but copies no text.
    pub(super) fn of(octets: &[u8]) -> Result<Self, Short> {
        let mut reader = Reader(octets);
        let glance = Self::take(&mut reader)?;
        reader.0.is_empty().then_some(glance).ok_or(Short)
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let (id, _group) = (MessageId::take(reader)?, MessageId::take(reader)?);
        let _environment = reader.u32()?;
        let (_generation, _received_ns, accepted_ns) =
            (reader.u64()?, reader.u64()?, reader.u64()?);
        let (_expires_ns, _not_before_ns) = (reader.u64()?, reader.u64()?);
        AckLevel::from_number(reader.u8()?).ok_or(Short)?;
        let ingress = Ingress::take(reader)?;
        let (_source, _destination) = (Address::take(reader)?, Address::take(reader)?);
        Number::from_packed(reader.u64()?).ok_or(Short)?;
        let (_service_type, _flags) = (reader.array::<5>()?, reader.array::<4>()?);
        pass_content(reader)?;
        let _tlvs = reader.octets()?;
        let _rewritten: [Option<Address>; 2] = [Field::take(reader)?, Field::take(reader)?];
        Trace::take(reader)?;
        let moves = Journey::take(reader)?.moves;
        let _wanted: Option<Box<Wanted>> = Field::take(reader)?;
        let _device = reader.u32()?;
        let (Target::Account(target) | Target::Connection { connection: target, .. }) =
            Target::take(reader)?;
        let holds = Charge::take(reader)?.hold != Hold::Nothing;
        let by_sip = matches!(ingress, Ingress::Sip { .. } | Ingress::Trunk { .. });
        Ok(Self { id, accepted_ns, target, moves, holds, by_sip })
    }
}

/// As [`Content`](crate::Content) is taken.
fn pass_content(reader: &mut Reader<'_>) -> Result<(), Short> {
    match reader.u8()? {
        0 => {
            let _data_coding = reader.u8()?;
            DefaultAlphabet::from_number(reader.u8()?).ok_or(Short)?;
            reader.octets().map(drop)
        }
        1 => reader.text().map(drop),
        _ => Err(Short),
    }
}

#[cfg(test)]
mod tests;
