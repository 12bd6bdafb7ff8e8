//! Links on their way to a shard: what arrives passes through TLS where a link speaks it.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use shard::{Input, LinkId, Unlink};

use super::tcp::{Link, Links, Stage};
use super::tls::{Heard, Keys, Stream};
use crate::body::Event;

/// What a body needs to speak TLS.
#[derive(Debug, Default)]
pub struct Security {
    keys: Keys,
    /// Memory for the octets of one read.
    desk: Vec<u8>,
    complaints: Complaints,
}

/// What failed, one line a second: who fails may be anybody.
#[derive(Debug, Default)]
struct Complaints {
    last: Option<Instant>,
    suppressed: u64,
}

/// What a body must do next with a link.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Next {
    /// Nothing; write what there is to write.
    Go,
    /// It is over: the shard was told; write what there is to write, and close.
    Part,
}

impl Security {
    /// What is used from now on; links that there are keep what they have.
    pub fn rekey(&mut self, keys: Keys) {
        self.keys = keys;
    }

    /// TLS for an accepted link, if its listener speaks it.
    pub fn accept(&self, listener: u16) -> io::Result<Option<Box<Stream>>> {
        self.keys.accept(listener).map_err(io::Error::other)
    }

    /// TLS for a dialled link, if it is to speak it.
    pub fn dial(&self, name: Option<&str>, peer: SocketAddr) -> io::Result<Option<Box<Stream>>> {
        let Some(name) = name else { return Ok(None) };
        self.keys.dial(name, peer).map(Some).map_err(io::Error::other)
    }
}

impl<S> Links<S> {
    /// A dialled link is connected: the shard hears of it, or TLS begins.
    pub fn connected(&mut self, slot: u32, sink: &mut impl FnMut(Event<'_>)) -> io::Result<()> {
        let Some(link) = self.get_mut(slot) else { return Ok(()) };
        let Some(tls) = &mut link.tls else {
            link.stage = Stage::Open;
            sink(Event::Input(link.linked()?));
            return Ok(());
        };
        link.stage = Stage::Greeting;
        match tls.take_in(&[], &mut Vec::new(), &mut link.outbox, &mut |_| ()) {
            Heard::Broken(error) => Err(io::Error::other(error)),
            Heard::More | Heard::Agreed | Heard::Goodbye => Ok(()),
        }
    }

    /// Octets came from a link's socket: hands them to the shard, in the clear.
    pub fn take_in(
        &mut self,
        now: Instant,
        slot: u32,
        octets: &[u8],
        sink: &mut impl FnMut(Event<'_>),
    ) -> Next {
        let (link, security) = self.with_security(slot);
        let Some(link) = link else { return Next::Go };
        match (link.stage, link.tls.is_some()) {
            (Stage::Open, false) => {
                sink(Event::Input(Input::Bytes { link: link.id, bytes: octets }));
                Next::Go
            }
            (Stage::Open | Stage::Greeting, true) => {
                let heard = link.decrypt(octets, &mut security.desk, sink);
                let cause = match heard {
                    Heard::More | Heard::Agreed => return Next::Go,
                    Heard::Goodbye => Unlink::Closed,
                    Heard::Broken(error) => {
                        security.complaints.write(now, link, &error);
                        Unlink::Insecure
                    }
                };
                let id = link.id;
                self.part(now, slot, id, cause, sink);
                Next::Part
            }
            (Stage::Greeting, false)
            | (Stage::Dialling | Stage::Closing | Stage::Lingering | Stage::Gone, _) => Next::Go,
        }
    }

    /// The peer wants no more, or made no sense: the shard hears it now, the peer our last word.
    fn part(
        &mut self,
        now: Instant,
        slot: u32,
        id: LinkId,
        cause: Unlink,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        if self.slot(id).is_some() {
            self.forget(id);
            sink(Event::Input(Input::Unlinked { link: id, cause }));
        }
        if let Some(link) = self.get_mut(slot) {
            link.stage = Stage::Closing;
        }
        self.limit(now, slot);
    }
}

impl<S> Link<S> {
    /// What the shard says: into the outbox, through TLS if the link speaks it.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Unlink> {
        let Some(tls) = &mut self.tls else { return self.outbox.push(bytes) };
        if !self.outbox.has_room(tls.early() + bytes.len()) {
            return Err(Unlink::Slow);
        }
        tls.put(bytes, &mut self.outbox);
        Ok(())
    }

    /// The last word before the end of the stream.
    pub fn say_goodbye(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.put_goodbye(&mut self.outbox);
        }
    }

    fn decrypt(
        &mut self,
        octets: &[u8],
        desk: &mut Vec<u8>,
        sink: &mut impl FnMut(Event<'_>),
    ) -> Heard {
        let linked = if self.stage == Stage::Greeting { self.linked().ok() } else { None };
        let (link, mut linked) = (self.id, linked);
        let Some(tls) = &mut self.tls else { return Heard::More };
        let mut told = |bytes: &[u8], sink: &mut dyn FnMut(Event<'_>)| {
            // A dialled link exists for the shard from its agreement on, and before its first
            // octet.
            if let Some(linked) = linked.take() {
                sink(Event::Input(linked));
            }
            if !bytes.is_empty() {
                sink(Event::Input(Input::Bytes { link, bytes }));
            }
        };
        let heard = tls.take_in(octets, desk, &mut self.outbox, &mut |bytes| told(bytes, sink));
        if matches!(heard, Heard::Agreed) {
            told(&[], sink);
            self.stage = Stage::Open;
        }
        heard
    }

    /// What the shard is told of a link that we dialled.
    fn linked(&self) -> io::Result<Input<'static>> {
        let local = rustix::net::getsockname(&self.fd)?;
        let local = local.try_into().map_err(|_| io::Error::other("not an IP address"))?;
        let (link, peer, tls) = (self.id, self.peer, self.tls.is_some());
        Ok(Input::Linked { link, listener: None, local, peer, tls })
    }
}

impl Complaints {
    fn write<S>(&mut self, now: Instant, link: &Link<S>, error: &rustls::Error) {
        if self.last.is_some_and(|last| now < last + SILENCE) {
            self.suppressed += 1;
            return;
        }
        self.last = Some(now);
        let suppressed = std::mem::take(&mut self.suppressed);
        let suppressed = (suppressed > 0).then_some(suppressed);
        let (peer, dialled) = (link.peer, link.id.0 % 2 == 1);
        tracing::warn!(%peer, dialled, %error, suppressed, "TLS not agreed");
    }
}

const SILENCE: Duration = Duration::from_secs(1);
