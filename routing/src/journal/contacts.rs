//! Where an account can be reached.

use std::net::SocketAddr;

use crate::Transport;
use crate::octets::{Field, Reader, Short, Write};

/// All contacts of one account, as one REGISTER left them (RFC 3261 §10.3: all or nothing).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Contacts {
    /// When, Unix nanoseconds.
    pub at_ns: u64,
    /// The environment.
    pub environment: u32,
    /// The account.
    pub account: u32,
    /// Its contacts; none means it is gone.
    pub rows: Vec<ContactRow>,
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

impl Field for Contacts {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u64(self.at_ns);
        out.put_u32(self.environment);
        out.put_u32(self.account);
        out.put_u32(u32::try_from(self.rows.len()).expect("contacts are few"));
        self.rows.iter().for_each(|row| row.put(out));
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let (at_ns, environment, account) = (reader.u64()?, reader.u32()?, reader.u32()?);
        let count = reader.u32()?;
        let rows = (0..count).map(|_| ContactRow::take(reader)).collect::<Result<_, _>>()?;
        Ok(Self { at_ns, environment, account, rows })
    }
}

impl Field for ContactRow {
    fn put(&self, out: &mut Vec<u8>) {
        self.uri.put(out);
        self.local.put(out);
        self.transport.put(out);
        self.source.put(out);
        self.call_id.put(out);
        out.put_u32(self.cseq);
        out.put_u64(self.expires_ns);
        out.put_u16(self.q);
        self.instance.put(out);
        out.put_u32(self.reg_id);
        self.path.put(out);
        out.put_u8(self.abilities);
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
