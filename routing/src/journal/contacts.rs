//! Where an account can be reached.

use std::net::SocketAddr;

use crate::octets::{Field, Reader, Short, Write};
use crate::{Address, MessageId, Transport};

/// All contacts of one account, as one REGISTER left them (RFC 3261 §10.3: all or nothing).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Contacts {
    /// When, Unix nanoseconds.
    pub at_ns: u64,
    /// The environment.
    pub environment: u32,
    /// The account.
    pub account: u32,
    /// Its contacts; none means that nothing is registered.
    pub rows: Vec<ContactRow>,
    /// Its devices, those that sleep included.
    pub devices: Vec<DeviceRow>,
    /// What some of them have still to get, oldest first.
    pub owed: Vec<OwedRow>,
}

/// A device that is remembered when it is away.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DeviceRow {
    /// A digest of its name.
    pub device: u64,
    /// When it registered last, Unix nanoseconds.
    pub seen_ns: u64,
    /// What a push service is to be told to wake it (RFC 8599 §4.1): provider, parameter and
    /// name, with blanks between; empty if nothing can.
    pub push: String,
}

/// A text that was delivered to one device, and that others are to have as well.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OwedRow {
    /// The Sms.
    pub id: MessageId,
    /// Who it is from, as apps are told.
    pub source: Address,
    /// When it was accepted, Unix nanoseconds.
    pub accepted_ns: u64,
    /// When it is given up, Unix nanoseconds.
    pub expires_ns: u64,
    /// How many tries there were before it was final.
    pub attempts: u16,
    /// Who is to have it.
    pub devices: Vec<u64>,
    /// The type of its body.
    pub content_type: String,
    /// Its body.
    pub body: Vec<u8>,
    /// TLVs that say its class and its ports.
    pub tlvs: Vec<u8>,
}

/// An app that sleeps is to be woken, because a text waits for it: what a gateway to push
/// services acts on (RFC 8599 §5.3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wake {
    /// When, Unix nanoseconds.
    pub at_ns: u64,
    /// The environment.
    pub environment: u32,
    /// The account.
    pub account: u32,
    /// As in [`DeviceRow`].
    pub push: String,
}

/// One place where an app can be reached.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContactRow {
    /// The contact URI.
    pub uri: String,
    /// Our address it registered at; we speak to it from there.
    pub local: SocketAddr,
    /// What carries that: a contact over a connection ends with the connection.
    pub transport: Transport,
    /// Where the REGISTER came from.
    pub source: SocketAddr,
    /// The REGISTER's Call-ID.
    pub call_id: String,
    /// The REGISTER's CSeq.
    pub cseq: u32,
    /// Until when it holds, Unix nanoseconds.
    pub expires_ns: u64,
    /// Preference in thousandths.
    pub q: u16,
    /// +sip.instance (RFC 5626), empty if there is none.
    pub instance: String,
    /// reg-id (RFC 5626), 0 if there is none.
    pub reg_id: u32,
    /// The Path of the registration as the Route of what is sent to it (RFC 3327 §5.3); empty
    /// for none.
    pub path: String,
    /// What its app understands beside plain text, one bit each.
    pub abilities: u8,
}

/// A [`ContactRow`] of somebody who keeps its texts elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct ContactLine<'a> {
    /// The contact URI.
    pub uri: &'a str,
    /// Our address it registered at.
    pub local: SocketAddr,
    /// What carries that.
    pub transport: Transport,
    /// Where the REGISTER came from.
    pub source: SocketAddr,
    /// The REGISTER's Call-ID.
    pub call_id: &'a str,
    /// The REGISTER's CSeq.
    pub cseq: u32,
    /// Until when it holds, Unix nanoseconds.
    pub expires_ns: u64,
    /// Preference in thousandths.
    pub q: u16,
    /// +sip.instance, empty if there is none.
    pub instance: &'a str,
    /// reg-id, 0 if there is none.
    pub reg_id: u32,
    /// The Path as Route, empty for none.
    pub path: &'a str,
    /// What its app understands, one bit each.
    pub abilities: u8,
}

impl ContactLine<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_octets(self.uri.as_bytes());
        self.local.put(out);
        self.transport.put(out);
        self.source.put(out);
        out.put_octets(self.call_id.as_bytes());
        out.put_u32(self.cseq);
        out.put_u64(self.expires_ns);
        out.put_u16(self.q);
        out.put_octets(self.instance.as_bytes());
        out.put_u32(self.reg_id);
        out.put_octets(self.path.as_bytes());
        out.put_u8(self.abilities);
    }
}

impl Contacts {
    /// Appends the octets of these contacts with `lines` as their rows.
    pub(super) fn put_with<'a>(
        &self,
        lines: impl Iterator<Item = ContactLine<'a>> + Clone,
        out: &mut Vec<u8>,
    ) {
        out.put_u64(self.at_ns);
        out.put_u32(self.environment);
        out.put_u32(self.account);
        out.put_u32(u32::try_from(lines.clone().count()).expect("contacts are few"));
        lines.for_each(|line| line.put(out));
        out.put_u32(u32::try_from(self.devices.len()).expect("devices are few"));
        self.devices.iter().for_each(|row| row.put(out));
        out.put_u32(u32::try_from(self.owed.len()).expect("what is owed is bounded"));
        self.owed.iter().for_each(|row| row.put(out));
    }

    /// Is there nothing to be known again?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.devices.is_empty() && self.owed.is_empty()
    }
}

impl Field for Contacts {
    fn put(&self, out: &mut Vec<u8>) {
        self.put_with(self.rows.iter().map(ContactRow::line), out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let (at_ns, environment, account) = (reader.u64()?, reader.u32()?, reader.u32()?);
        let count = reader.u32()?;
        let rows = (0..count).map(|_| ContactRow::take(reader)).collect::<Result<_, _>>()?;
        let count = reader.u32()?;
        let devices = (0..count).map(|_| DeviceRow::take(reader)).collect::<Result<_, _>>()?;
        let count = reader.u32()?;
        let owed = (0..count).map(|_| OwedRow::take(reader)).collect::<Result<_, _>>()?;
        Ok(Self { at_ns, environment, account, rows, devices, owed })
    }
}

impl Field for DeviceRow {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u64(self.device);
        out.put_u64(self.seen_ns);
        self.push.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self { device: reader.u64()?, seen_ns: reader.u64()?, push: String::take(reader)? })
    }
}

impl Field for OwedRow {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        self.source.put(out);
        out.put_u64(self.accepted_ns);
        out.put_u64(self.expires_ns);
        out.put_u16(self.attempts);
        out.put_u32(u32::try_from(self.devices.len()).expect("devices are few"));
        self.devices.iter().for_each(|device| out.put_u64(*device));
        self.content_type.put(out);
        self.body.put(out);
        self.tlvs.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let (id, source) = (MessageId::take(reader)?, Address::take(reader)?);
        let (accepted_ns, expires_ns, attempts) = (reader.u64()?, reader.u64()?, reader.u16()?);
        let devices = (0..reader.u32()?).map(|_| reader.u64()).collect::<Result<_, _>>()?;
        Ok(Self {
            id,
            source,
            accepted_ns,
            expires_ns,
            attempts,
            devices,
            content_type: String::take(reader)?,
            body: Vec::take(reader)?,
            tlvs: Vec::take(reader)?,
        })
    }
}

impl Field for Wake {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u64(self.at_ns);
        out.put_u32(self.environment);
        out.put_u32(self.account);
        self.push.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let (at_ns, environment, account) = (reader.u64()?, reader.u32()?, reader.u32()?);
        Ok(Self { at_ns, environment, account, push: String::take(reader)? })
    }
}

impl ContactRow {
    fn line(&self) -> ContactLine<'_> {
        ContactLine {
            uri: &self.uri,
            local: self.local,
            transport: self.transport,
            source: self.source,
            call_id: &self.call_id,
            cseq: self.cseq,
            expires_ns: self.expires_ns,
            q: self.q,
            instance: &self.instance,
            reg_id: self.reg_id,
            path: &self.path,
            abilities: self.abilities,
        }
    }
}

impl Field for ContactRow {
    fn put(&self, out: &mut Vec<u8>) {
        self.line().put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self {
            uri: String::take(reader)?,
            local: SocketAddr::take(reader)?,
            transport: Transport::take(reader)?,
            source: SocketAddr::take(reader)?,
            call_id: String::take(reader)?,
            cseq: reader.u32()?,
            expires_ns: reader.u64()?,
            q: reader.u16()?,
            instance: String::take(reader)?,
            reg_id: reader.u32()?,
            path: String::take(reader)?,
            abilities: reader.u8()?,
        })
    }
}
