//! The body of a shard on one epoll instance.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, CreateFlags, EventFlags};
use rustix::io::Errno;
use rustix::net::{RecvFlags, recvfrom};
use shard::{Input, LinkId, Plug, SocketId, Unlink};

use super::link::Interest;
use super::scribe::Scribe;
use super::token::Token;
use crate::body::door::{Body, Event, READ_LEN};
use crate::journal::Commit;
use crate::mesh::Bell;
use crate::net::tls::Keys;
use crate::net::{End, Letters, Link, Links, Sockets, Stage};

/// The body on epoll.
pub struct Epoll {
    pub(super) epoll: OwnedFd,
    bell: Arc<Bell>,
    pub(super) listeners: Vec<TcpListener>,
    datagrams: Vec<UdpSocket>,
    pub(super) links: Links<Interest>,
    letters: Letters,
    scribe: Scribe,
    /// Slots of links to be written to at the end of the turn.
    pub(super) dirty: Vec<u32>,
    ready: Vec<epoll::Event>,
    pub(super) buffer: Box<[u8]>,
    /// Listeners that found no file descriptor left, and when to try them again.
    pub(super) paused: Vec<(Instant, u16)>,
    /// Nothing is accepted or read any more.
    pub(super) hushed: bool,
}

impl Epoll {
    /// Takes over the sockets of a shard; `bell` wakes it.
    pub fn new(sockets: Sockets, bell: Arc<Bell>) -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let Sockets { listeners, datagrams, keys } = sockets;
        let mut links = Links::default();
        links.security.rekey(keys);
        epoll::add(&epoll, &bell, Token::Bell.data(), EventFlags::IN)?;
        for (at, listener) in (0u16..).zip(&listeners) {
            listener.set_nonblocking(true)?;
            epoll::add(&epoll, listener, Token::Listener(at).data(), EventFlags::IN)?;
        }
        for (at, socket) in (0u16..).zip(&datagrams) {
            socket.set_nonblocking(true)?;
            epoll::add(&epoll, socket, Token::Datagrams(at).data(), EventFlags::IN)?;
        }
        Ok(Self {
            epoll,
            scribe: Scribe::start(Arc::clone(&bell))?,
            bell,
            listeners,
            datagrams,
            links,
            letters: Letters::default(),
            dirty: Vec::new(),
            ready: Vec::with_capacity(READY_MAX),
            buffer: vec![0; DATAGRAM_MAX.max(READ_LEN)].into(),
            paused: Vec::new(),
            hushed: false,
        })
    }

    /// Reads what datagrams there are.
    fn hear(&mut self, at: u16, sink: &mut impl FnMut(Event<'_>)) {
        let socket = &self.datagrams[usize::from(at)];
        for _ in 0..DATAGRAMS_MAX {
            match recvfrom(socket, &mut self.buffer[..], RecvFlags::DONTWAIT) {
                Ok((_, len, Some(peer))) => {
                    let Ok(peer) = SocketAddr::try_from(peer) else { continue };
                    let bytes = &self.buffer[..len];
                    let socket = SocketId(at);
                    sink(Event::Input(Input::Datagram { socket, peer, bytes }));
                }
                Ok((_, _, None)) | Err(Errno::INTR) => {}
                Err(_) => return,
            }
        }
    }
}

impl Body for Epoll {
    fn wait(&mut self, patience: Duration) -> io::Result<()> {
        let known = self.links.has_unlinked();
        let patience = if known { Duration::ZERO } else { patience };
        let timeout = patience.try_into().map_err(|_| io::ErrorKind::InvalidInput)?;
        self.ready.clear();
        match epoll::wait(
            &self.epoll,
            rustix::buffer::spare_capacity(&mut self.ready),
            Some(&timeout),
        ) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn collect(&mut self, now: Instant, _limit: usize, sink: &mut impl FnMut(Event<'_>)) {
        let mut ready = std::mem::take(&mut self.ready);
        for event in ready.drain(..) {
            let (data, flags) = (event.data, event.flags);
            match Token::of(data) {
                Token::Bell => {
                    let _ = rustix::io::read(&self.bell, &mut [0; 8]);
                }
                Token::Listener(_) | Token::Datagrams(_) if self.hushed => {}
                Token::Listener(at) => self.accept(now, at, sink),
                Token::Datagrams(at) => self.hear(at, sink),
                Token::Link(slot) => self.serve(now, slot, flags, sink),
            }
        }
        self.ready = ready;
        if let Some((octets, result)) = self.scribe.poll() {
            sink(Event::Committed { octets, result });
        }
        while let Some(slot) = self.links.expire(now) {
            self.end(slot, None, sink);
        }
        for (link, cause) in self.links.take_unlinked() {
            sink(Event::Input(Input::Unlinked { link, cause }));
        }
        for (_, at) in self.paused.extract_if(.., |(until, _)| *until <= now) {
            let listener = &self.listeners[usize::from(at)];
            let token = Token::Listener(at).data();
            let _ = epoll::add(&self.epoll, listener, token, EventFlags::IN);
        }
    }

    fn send(&mut self, link: LinkId, bytes: &[u8]) {
        let Some(slot) = self.links.slot(link) else { return };
        let Some(entry) = self.links.get_mut(slot) else { return };
        match entry.push(bytes) {
            Ok(()) => self.mark(slot),
            Err(cause) => {
                self.links.remove(slot);
                self.links.unlink_later(link, cause);
            }
        }
    }

    fn send_to(&mut self, socket: SocketId, peer: SocketAddr, bytes: &[u8]) {
        self.letters.push(socket, peer, bytes);
    }

    fn rekey(&mut self, keys: Keys) {
        self.links.security.rekey(keys);
    }

    fn plug(&mut self, now: Instant, plug: Plug) {
        match plug {
            Plug::Dial { link, local, remote, tls } => {
                if let Err(error) = self.dial(now, link, local, remote, tls.as_deref()) {
                    tracing::debug!(%remote, %error, "cannot dial");
                    if let Some(slot) = self.links.slot(link) {
                        self.links.remove(slot);
                    }
                    self.links.unlink_later(link, Unlink::Refused);
                }
            }
            Plug::Close { link } => {
                if let Some(slot) = self.links.slot(link) {
                    self.close(now, slot);
                }
            }
        }
    }

    fn commit(&mut self, commit: Commit) {
        self.scribe.commit(commit);
    }

    fn hush(&mut self) {
        self.hushed = true;
    }

    fn is_hushed(&self) -> bool {
        self.hushed
    }

    fn will(&mut self, link: LinkId) -> Option<(OwnedFd, Vec<u8>)> {
        let slot = self.links.slot(link)?;
        self.links.get_mut(slot).filter(|link| link.stage == Stage::Open)?.will().ok()
    }

    fn inherit(&mut self, link: LinkId, peer: SocketAddr, fd: OwnedFd, unwritten: &[u8]) {
        self.links.knows(link);
        let interest = Interest { writable: false, dirty: false };
        // One that cannot be watched is found dead by its own timers.
        let _ = rustix::io::ioctl_fionbio(&fd, true);
        let slot = self.links.insert(link, Stage::Open, End { fd, peer, tls: None }, interest);
        let _ = self.watch(slot, EventFlags::IN, true);
        self.send(link, unwritten);
    }

    fn flush(&mut self) {
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.drain(..).for_each(|slot| self.write(slot));
        self.dirty = dirty;
        self.letters.flush(&self.datagrams);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let paused = self.paused.iter().map(|(until, _)| *until).min();
        self.links.poll_timeout().into_iter().chain(paused).min()
    }

    fn is_flushed(&self) -> bool {
        self.links.iter().all(Link::is_flushed)
    }
}

/// Bounds of one turn: events, and what each of them may bring.
const READY_MAX: usize = 256;
const DATAGRAMS_MAX: usize = 64;
const DATAGRAM_MAX: usize = 64 << 10;
