//! What is handed on, as octets and back.
//!
//! Both processes may be of different versions: whoever writes this another way counts
//! [`Estate::FORMAT`] up, and the two do not try.

use std::net::SocketAddr;

use routing::{MessageId, Reader, Short};
use smpp::Version;
use smpp::session::{Role, Standing, State};

use super::{Estate, Handed, HandedAnswer, Holder, Letter};
use crate::input::{LinkId, ShardId, SocketId};

impl Estate {
    /// The format of these octets.
    pub const FORMAT: u32 = 1;

    /// Appends all of it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put_len(self.links.len(), out);
        self.links.iter().for_each(|link| link.encode(out));
        put_len(self.letters.len(), out);
        for Letter { socket, peer, octets } in &self.letters {
            out.extend_from_slice(&socket.0.to_le_bytes());
            put_address(*peer, out);
            put_octets(octets, out);
        }
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let links = (0..reader.u32()?).map(|_| Handed::decode(reader)).collect::<Result<_, _>>()?;
        let letter = |reader: &mut Reader<'_>| {
            let socket = SocketId(reader.u16()?);
            Ok(Letter { socket, peer: address(reader)?, octets: reader.octets()?.to_vec() })
        };
        let letters = (0..reader.u32()?).map(|_| letter(reader)).collect::<Result<_, _>>()?;
        Ok(Self { links, letters })
    }
}

impl Handed {
    /// Appends it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let Standing { state, version, next } = self.standing;
        let (owner, subject) = match self.owner {
            Holder::Nobody => (0, 0),
            Holder::Carrier(id) => (1, id),
            Holder::Connection(id) => (2, id),
        };
        let state = State::ALL.iter().position(|one| *one == state);
        out.extend_from_slice(&self.link.0.to_le_bytes());
        out.extend_from_slice(&self.environment.to_le_bytes());
        out.push(owner);
        out.extend_from_slice(&subject.to_le_bytes());
        out.push(u8::from(self.role == Role::Client));
        out.push(state.expect("every state stands in the table") as u8);
        out.push(version.0);
        out.extend_from_slice(&next.to_le_bytes());
        put_address(self.ends.0, out);
        put_address(self.ends.1, out);
        for number in [self.since_ns, self.counts.0, self.counts.1] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        put_octets(&self.octets, out);
        put_len(self.answered.len(), out);
        for answer in &self.answered {
            out.extend_from_slice(&answer.age_ns.to_le_bytes());
            out.extend_from_slice(&answer.id.bits().to_le_bytes());
            out.extend_from_slice(&answer.likeness.to_le_bytes());
            out.push(answer.owner.0);
        }
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let (link, environment) = (LinkId(reader.u64()?), reader.u32()?);
        let owner = match (reader.u8()?, reader.u32()?) {
            (0, _) => Holder::Nobody,
            (1, id) => Holder::Carrier(id),
            (2, id) => Holder::Connection(id),
            _ => return Err(Short),
        };
        let role = if reader.u8()? == 0 { Role::Server } else { Role::Client };
        let state = *State::ALL.get(usize::from(reader.u8()?)).ok_or(Short)?;
        let standing = Standing { state, version: Version(reader.u8()?), next: reader.u32()? };
        let ends = (address(reader)?, address(reader)?);
        let (since_ns, counts) = (reader.u64()?, (reader.u64()?, reader.u64()?));
        let octets = reader.octets()?.to_vec();
        let answer = |reader: &mut Reader<'_>| {
            Ok(HandedAnswer {
                age_ns: reader.u64()?,
                id: MessageId::from_bits(u128::from_le_bytes(reader.array()?)),
                likeness: reader.u64()?,
                owner: ShardId(reader.u8()?),
            })
        };
        let answered = (0..reader.u32()?).map(|_| answer(reader)).collect::<Result<_, _>>()?;
        Ok(Self {
            link,
            environment,
            owner,
            role,
            standing,
            ends,
            since_ns,
            counts,
            octets,
            answered,
        })
    }
}

fn put_len(len: usize, out: &mut Vec<u8>) {
    let len = u32::try_from(len).expect("links and datagrams are fewer than 2^32");
    out.extend_from_slice(&len.to_le_bytes());
}

fn put_octets(octets: &[u8], out: &mut Vec<u8>) {
    put_len(octets.len(), out);
    out.extend_from_slice(octets);
}

fn put_address(address: SocketAddr, out: &mut Vec<u8>) {
    put_octets(address.to_string().as_bytes(), out);
}

fn address(reader: &mut Reader<'_>) -> Result<SocketAddr, Short> {
    reader.text()?.parse().map_err(|_| Short)
}

#[cfg(test)]
mod tests;
