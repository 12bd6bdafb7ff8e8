//! bind_receiver, bind_transmitter, bind_transceiver, their responses, and outbind
//! (SMPP 3.4 §4.1).

use std::fmt;

use crate::field::{Field, Fields, put_c_octets, size};
use crate::header::put_pdu;
use crate::tlv::{self, Tlvs, tag};
use crate::{Command, FieldError, Status};

/// Which way a session carries messages, seen from the ESME.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum BindKind {
    /// The ESME receives only.
    Receiver,
    /// The ESME sends only.
    Transmitter,
    /// Both.
    Transceiver,
}

impl BindKind {
    /// The request that asks for it.
    pub const fn command(self) -> Command {
        match self {
            Self::Receiver => Command::BindReceiver,
            Self::Transmitter => Command::BindTransmitter,
            Self::Transceiver => Command::BindTransceiver,
        }
    }

    /// The kind a bind request, or its response, is about.
    pub const fn of(command: Command) -> Option<Self> {
        match command {
            Command::BindReceiver | Command::BindReceiverResp => Some(Self::Receiver),
            Command::BindTransmitter | Command::BindTransmitterResp => Some(Self::Transmitter),
            Command::BindTransceiver | Command::BindTransceiverResp => Some(Self::Transceiver),
            _ => None,
        }
    }
}

/// `transceiver`, as in a configuration.
impl fmt::Display for BindKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Receiver => "receiver",
            Self::Transmitter => "transmitter",
            Self::Transceiver => "transceiver",
        })
    }
}

/// A request to be let in.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Bind<'a> {
    /// As receiver, transmitter or both.
    pub kind: BindKind,
    /// Who asks; at most 15 octets.
    pub system_id: &'a [u8],
    /// The shared secret; at most 8 octets.
    pub password: &'a [u8],
    /// What the ESME says it is; at most 12 octets.
    pub system_type: &'a [u8],
    /// Which SMPP it speaks, see [`Version`](crate::Version).
    pub interface_version: u8,
    /// Type of number of `address_range`.
    pub addr_ton: u8,
    /// Numbering plan of `address_range`.
    pub addr_npi: u8,
    /// Addresses it serves; at most 40 octets.
    pub address_range: &'a [u8],
}

impl<'a> Bind<'a> {
    /// Reads the body of a bind request. A `password` longer than eight octets is
    /// ESME_RINVPASWD, a `system_id` longer than fifteen ESME_RINVSYSID.
    pub fn decode(kind: BindKind, body: &'a [u8]) -> Result<Self, FieldError> {
        let fields = &mut Fields::new(body);
        Ok(Self {
            kind,
            system_id: fields.c_octets(size::SYSTEM_ID, Field::SystemId)?,
            password: fields.c_octets(size::PASSWORD, Field::Password)?,
            system_type: fields.c_octets(size::SYSTEM_TYPE, Field::SystemType)?,
            interface_version: fields.u8(Field::InterfaceVersion)?,
            addr_ton: fields.u8(Field::AddrTon)?,
            addr_npi: fields.u8(Field::AddrNpi)?,
            address_range: fields.c_octets(size::ADDRESS_RANGE, Field::AddressRange)?,
        })
    }

    /// Appends the whole PDU.
    pub fn encode(&self, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(self.kind.command(), Status::ROK, sequence, out, |out| {
            put_c_octets(self.system_id, size::SYSTEM_ID, out);
            put_c_octets(self.password, size::PASSWORD, out);
            put_c_octets(self.system_type, size::SYSTEM_TYPE, out);
            out.extend_from_slice(&[self.interface_version, self.addr_ton, self.addr_npi]);
            put_c_octets(self.address_range, size::ADDRESS_RANGE, out);
        });
    }
}

/// Everything but the password.
impl fmt::Debug for Bind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Bind {{ {} system_id {:?} system_type {:?} version 0x{:02X} range {:?}/{}.{} }}",
            self.kind,
            self.system_id.escape_ascii().to_string(),
            self.system_type.escape_ascii().to_string(),
            self.interface_version,
            self.address_range.escape_ascii().to_string(),
            self.addr_ton,
            self.addr_npi,
        )
    }
}

/// The answer to a bind.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct BindResp<'a> {
    /// Who answers; at most 15 octets.
    pub system_id: &'a [u8],
    /// The SMPP the message centre speaks; absent means it knows no TLVs.
    pub sc_interface_version: Option<u8>,
}

impl<'a> BindResp<'a> {
    /// Reads the body of a bind response; an empty body is an empty answer.
    ///
    /// A malformed optional part is taken for absent: the peer has let us in.
    pub fn decode(body: &'a [u8]) -> Result<Self, FieldError> {
        let fields = &mut Fields::new(body);
        if fields.is_empty() {
            return Ok(Self::default());
        }
        let system_id = fields.c_octets(size::SYSTEM_ID, Field::SystemId)?;
        let tlvs = Tlvs::decode(fields.rest()).unwrap_or(Tlvs::EMPTY);
        Ok(Self { system_id, sc_interface_version: tlvs.get_u8(tag::SC_INTERFACE_VERSION) })
    }

    /// Appends the whole PDU; a header alone unless `status` is ESME_ROK.
    pub fn encode(&self, kind: BindKind, status: Status, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(kind.command().response(), status, sequence, out, |out| {
            if status.is_ok() {
                put_c_octets(self.system_id, size::SYSTEM_ID, out);
                if let Some(version) = self.sc_interface_version {
                    tlv::put_u8(tag::SC_INTERFACE_VERSION, version, out);
                }
            }
        });
    }
}

/// A message centre's wish that the ESME bind (SMPP 3.4 §4.1.7). It has no response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Outbind<'a> {
    /// Who asks; at most 15 octets.
    pub system_id: &'a [u8],
    /// The shared secret; at most 8 octets.
    pub password: &'a [u8],
}

impl<'a> Outbind<'a> {
    /// Reads the body of an outbind.
    pub fn decode(body: &'a [u8]) -> Result<Self, FieldError> {
        let fields = &mut Fields::new(body);
        Ok(Self {
            system_id: fields.c_octets(size::SYSTEM_ID, Field::SystemId)?,
            password: fields.c_octets(size::PASSWORD, Field::Password)?,
        })
    }

    /// Appends the whole PDU.
    pub fn encode(&self, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(Command::Outbind, Status::ROK, sequence, out, |out| {
            put_c_octets(self.system_id, size::SYSTEM_ID, out);
            put_c_octets(self.password, size::PASSWORD, out);
        });
    }
}
