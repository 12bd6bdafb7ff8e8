//! One TLS connection, between the octets of its socket and those of its shard.

use std::fmt;
use std::sync::Arc;

use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, UnbufferedStatus, WriteTraffic,
};
use rustls::{ClientConfig, Error, ServerConfig};

use crate::net::Outbox;

/// One TLS connection, between the octets of its socket and those of its shard.
#[derive(Debug)]
pub struct Stream {
    side: Side,
    /// Octets of a record that is not whole yet; no memory between two whole records.
    partial: Vec<u8>,
    /// What the shard said before the peer could be told.
    early: Vec<u8>,
    stage: Stage,
}

enum Side {
    Server(Box<UnbufferedServerConnection>),
    Client(Box<UnbufferedClientConnection>),
}

/// How far the two are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// The peer has said nothing that makes sense.
    Fresh,
    /// Each has heard of the other.
    Greeted,
    /// What is said from now on is the shard's.
    Agreed,
    /// One of the two has said goodbye, or something broke.
    Over,
}

/// What taking in octets of the socket led to.
#[derive(Debug)]
pub enum Heard {
    /// Nothing but what the sink got.
    More,
    /// The two have just agreed.
    Agreed,
    /// The peer will say nothing more (close_notify, RFC 8446 §6.1).
    Goodbye,
    /// It broke; what the peer should know of it stands in the outbox.
    Broken(Error),
}

/// What is to be written once the connection may.
#[derive(Clone, Copy, Debug)]
enum Say<'a> {
    Nothing,
    Bytes(&'a [u8]),
    Goodbye,
}

/// What one step of a connection led to.
enum Step {
    Again,
    Wait { agreed: bool },
    Goodbye,
    Broken(Error),
}

impl Stream {
    /// The side that was dialled.
    pub(super) fn server(config: Arc<ServerConfig>) -> Result<Self, Error> {
        UnbufferedServerConnection::new(config).map(|side| Self::new(Side::Server(Box::new(side))))
    }

    /// The side that dials; nothing is said before the first [`take_in`](Self::take_in).
    pub(super) fn client(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> Result<Self, Error> {
        let side = UnbufferedClientConnection::new(config, name)?;
        Ok(Self::new(Side::Client(Box::new(side))))
    }

    fn new(side: Side) -> Self {
        Self { side, partial: Vec::new(), early: Vec::new(), stage: Stage::Fresh }
    }

    /// Takes in octets of the socket: what they say goes to `sink`, what must be answered to the
    /// outbox. `desk` is memory for the duration of the call.
    pub fn take_in(
        &mut self,
        octets: &[u8],
        desk: &mut Vec<u8>,
        outbox: &mut Outbox,
        sink: &mut impl FnMut(&[u8]),
    ) -> Heard {
        if self.stage == Stage::Over {
            return Heard::More;
        }
        desk.clear();
        desk.extend_from_slice(&self.partial);
        desk.extend_from_slice(octets);
        let (used, step) = self.steps(desk, Say::Nothing, outbox, sink);
        self.keep(&desk[used..]);
        if self.stage == Stage::Fresh && !octets.is_empty() && !outbox.is_empty() {
            self.stage = Stage::Greeted;
        }
        match step {
            Step::Wait { agreed: true } if self.stage != Stage::Agreed => {
                self.stage = Stage::Agreed;
                self.say_early(outbox)
            }
            Step::Again | Step::Wait { .. } if self.partial.len() > self.partial_max() => {
                self.stage = Stage::Over;
                Heard::Broken(Error::General("more octets than a handshake needs".to_owned()))
            }
            Step::Again | Step::Wait { .. } => Heard::More,
            Step::Goodbye => {
                self.put_goodbye(outbox);
                Heard::Goodbye
            }
            Step::Broken(error) => {
                self.put_alert(&mut desk[used..], outbox);
                self.stage = Stage::Over;
                Heard::Broken(error)
            }
        }
    }

    /// Puts what the shard says into the outbox; before the two have agreed it waits.
    pub fn put(&mut self, bytes: &[u8], outbox: &mut Outbox) {
        match self.stage {
            Stage::Fresh | Stage::Greeted => self.early.extend_from_slice(bytes),
            Stage::Agreed => self.say(Say::Bytes(bytes), outbox),
            Stage::Over => {}
        }
    }

    /// The certificate that the peer has shown.
    pub fn peer_certificate(&self) -> Option<CertificateDer<'static>> {
        let chain = match &self.side {
            Side::Server(side) => side.peer_certificates(),
            Side::Client(side) => side.peer_certificates(),
        };
        chain?.first().map(|first| first.clone().into_owned())
    }

    /// Does it hold no octets of anybody?
    pub fn is_at_rest(&self) -> bool {
        self.partial.capacity() == 0 && self.early.capacity() == 0
    }

    /// How many octets wait for the two to agree.
    pub fn early(&self) -> usize {
        self.early.len()
    }

    /// Says goodbye (RFC 8446 §6.1), once.
    pub fn put_goodbye(&mut self, outbox: &mut Outbox) {
        if self.stage == Stage::Agreed {
            self.say(Say::Goodbye, outbox);
        }
        self.stage = Stage::Over;
        self.partial = Vec::new();
        self.early = Vec::new();
    }

    /// Runs the connection over `octets` until it has to wait; tells how many are done with.
    fn steps(
        &mut self,
        octets: &mut [u8],
        say: Say<'_>,
        outbox: &mut Outbox,
        sink: &mut impl FnMut(&[u8]),
    ) -> (usize, Step) {
        let mut used = 0;
        loop {
            let rest = &mut octets[used..];
            let (discard, step) = match &mut self.side {
                Side::Server(side) => step(side.process_tls_records(rest), say, outbox, sink),
                Side::Client(side) => step(side.process_tls_records(rest), say, outbox, sink),
            };
            used += discard;
            match step {
                Step::Again => {}
                step => return (used, step),
            }
        }
    }

    fn say(&mut self, say: Say<'_>, outbox: &mut Outbox) {
        let mut partial = std::mem::take(&mut self.partial);
        let (used, _) = self.steps(&mut partial, say, outbox, &mut |_| ());
        partial.drain(..used);
        self.partial = partial;
    }

    /// The alert that tells the peer what broke. What stands in `rest` must not be looked at
    /// again, but be there: what rustls remembers of it are places.
    fn put_alert(&mut self, rest: &mut [u8], outbox: &mut Outbox) {
        let nobody = &mut |_: &[u8]| ();
        for _ in 0..ALERTS_MAX {
            match &mut self.side {
                Side::Server(side) if side.wants_write() => {
                    step(side.process_tls_records(rest), Say::Nothing, outbox, nobody);
                }
                Side::Client(side) if side.wants_write() => {
                    step(side.process_tls_records(rest), Say::Nothing, outbox, nobody);
                }
                Side::Server(_) | Side::Client(_) => return,
            }
        }
    }

    fn say_early(&mut self, outbox: &mut Outbox) -> Heard {
        let early = std::mem::take(&mut self.early);
        if !early.is_empty() {
            self.put(&early, outbox);
        }
        Heard::Agreed
    }

    /// Keeps the beginning of a record; a link at rest keeps nothing.
    fn keep(&mut self, rest: &[u8]) {
        if rest.is_empty() {
            self.partial = Vec::new();
        } else {
            self.partial.clear();
            self.partial.extend_from_slice(rest);
        }
    }

    fn partial_max(&self) -> usize {
        match self.stage {
            Stage::Fresh => HELLO_MAX,
            Stage::Greeted => GREETING_MAX,
            Stage::Agreed | Stage::Over => RECORD_MAX,
        }
    }
}

impl fmt::Debug for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server(_) => "Server",
            Self::Client(_) => "Client",
        })
    }
}

/// Carries out what the connection asks for; tells how many octets it is done with.
fn step<Data>(
    status: UnbufferedStatus<'_, '_, Data>,
    say: Say<'_>,
    outbox: &mut Outbox,
    sink: &mut impl FnMut(&[u8]),
) -> (usize, Step) {
    let UnbufferedStatus { mut discard, state } = status;
    let step = match state {
        Ok(ConnectionState::ReadTraffic(mut traffic)) => {
            let mut step = Step::Again;
            while let Some(record) = traffic.next_record() {
                match record {
                    Ok(record) => {
                        discard += record.discard;
                        sink(record.payload);
                    }
                    Err(error) => step = Step::Broken(error),
                }
            }
            step
        }
        Ok(ConnectionState::EncodeTlsData(mut data)) => {
            encode(&mut data, outbox);
            Step::Again
        }
        Ok(ConnectionState::TransmitTlsData(data)) => {
            data.done();
            Step::Again
        }
        Ok(ConnectionState::BlockedHandshake) => Step::Wait { agreed: false },
        Ok(ConnectionState::WriteTraffic(mut traffic)) => match write(&mut traffic, say, outbox) {
            Ok(()) => Step::Wait { agreed: true },
            Err(error) => Step::Broken(error),
        },
        Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => Step::Goodbye,
        Ok(ConnectionState::ReadEarlyData(_)) => {
            Step::Broken(Error::General("early data was never offered".to_owned()))
        }
        // The enum may grow in a later version; what we do not know we do not take part in.
        Ok(_) => Step::Broken(Error::General("unknown state".to_owned())),
        Err(error) => Step::Broken(error),
    };
    (discard, step)
}

fn encode<Data>(data: &mut EncodeTlsData<'_, Data>, outbox: &mut Outbox) {
    let room = match data.encode(&mut []) {
        Err(EncodeError::InsufficientSize(size)) => size.required_size,
        Ok(_) | Err(EncodeError::AlreadyEncoded) => return,
    };
    outbox.fill(room, |octets| data.encode(octets).unwrap_or(0));
}

fn write<Data>(
    traffic: &mut WriteTraffic<'_, Data>,
    say: Say<'_>,
    outbox: &mut Outbox,
) -> Result<(), Error> {
    let mut result = Ok(0);
    match say {
        Say::Nothing => {}
        Say::Bytes(bytes) => {
            let room = bytes.len() + (bytes.len() / FRAGMENT_MAX + 2) * OVERHEAD_MAX;
            outbox.fill(room, |octets| {
                result = traffic.encrypt(bytes, octets);
                *result.as_ref().unwrap_or(&0)
            });
        }
        Say::Goodbye => outbox.fill(OVERHEAD_MAX, |octets| {
            result = traffic.queue_close_notify(octets);
            *result.as_ref().unwrap_or(&0)
        }),
    }
    result.map(drop).map_err(|error| Error::General(error.to_string()))
}

/// A ClientHello with every extension in use takes 2 KiB; what has said nothing sensible may hold
/// no more than this.
const HELLO_MAX: usize = 4 << 10;

/// The longest chain of client certificates that makes sense, between the first answer and the
/// agreement.
const GREETING_MAX: usize = 20 << 10;

/// One record (RFC 8446 §5.2), or the fragments of one message of the peer's after the handshake.
const RECORD_MAX: usize = 64 << 10;

/// What a connection that breaks may still have to say: the rest of its flight and the alert.
const ALERTS_MAX: usize = 16;

/// What one record carries of the shard's (RFC 8446 §5.1).
const FRAGMENT_MAX: usize = 16 << 10;

/// Header, explicit nonce, type, tag and an alert: what one record adds.
const OVERHEAD_MAX: usize = 64;
