//! The body of a shard on one io_uring.
#![allow(unsafe_code)]

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
#[cfg(feature = "glommio")]
use std::os::fd::RawFd;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use io_uring::types::{CancelBuilder, Fd, RecvMsgOut};
use io_uring::{opcode, squeue};
use shard::{Input, LinkId, Plug, SocketId, Unlink};

use super::buffers::{Buffers, GROUP};
use super::commit::Flying;
use super::link::Operations;
use super::ring::{Completion, Ring};
use super::token::Token;
use crate::body::door::{Body, Event, READ_LEN};
use crate::journal::Commit;
use crate::mesh::Bell;
use crate::net::tls::Keys;
use crate::net::{End, Letters, Link, Links, Sockets, Stage};

/// The body on io_uring.
pub struct Uring {
    // The ring stands first: it is dropped, and every operation with it, before what the
    // operations point to.
    pub(super) ring: Ring,
    pub(super) buffers: Buffers,
    /// `None` if whoever hosts us listens to it.
    bell: Option<Arc<Bell>>,
    /// Where the bell's count is read to.
    count: Box<u64>,
    listeners: Vec<TcpListener>,
    datagrams: Vec<UdpSocket>,
    /// Tells RECVMSG how much room to leave for the peer's address.
    header: Box<libc::msghdr>,
    pub(super) links: Links<Operations>,
    letters: Letters,
    pub(super) commit: Option<Flying>,
    /// Slots of links to be written to at the end of the turn.
    pub(super) dirty: Vec<u32>,
    completions: Vec<Completion>,
    /// Operations to begin again once the buffers of this turn are given back.
    pub(super) again: Vec<Token>,
    /// Listeners that found no file descriptor left, and when to try them again.
    pub(super) paused: Vec<(Instant, u16)>,
    /// Nothing is accepted or read any more.
    hushed: bool,
    /// Operations under way that accept or read.
    listening: usize,
}

impl Uring {
    /// Can the calling process have a ring with everything that we need?
    pub fn probe() -> io::Result<()> {
        let ring = Ring::new(8)?;
        Buffers::register(ring.uring(), 2, 4096).map(drop)
    }

    /// Takes over the sockets of a shard; `bell` wakes it. Call it in the shard's own thread.
    pub fn new(sockets: Sockets, bell: Arc<Bell>) -> io::Result<Self> {
        let mut body = Self::hosted(sockets)?;
        body.bell = Some(bell);
        body.begin(Token::Bell);
        Ok(body)
    }

    /// As [`new`](Self::new), for a host that hears the bell and sleeps for us.
    pub fn hosted(sockets: Sockets) -> io::Result<Self> {
        let ring = Ring::new(ENTRIES)?;
        let buffers = Buffers::register(ring.uring(), BUFFERS, READ_LEN)?;
        // SAFETY: a msghdr is plain data and all zeros is a valid one: no name, no pieces.
        let mut header: Box<libc::msghdr> = Box::new(unsafe { std::mem::zeroed() });
        header.msg_namelen = size_of::<libc::sockaddr_in6>() as u32;
        let Sockets { listeners, datagrams, keys } = sockets;
        // The process before us may have been on epoll.
        listeners.iter().try_for_each(|listener| listener.set_nonblocking(false))?;
        datagrams.iter().try_for_each(|socket| socket.set_nonblocking(false))?;
        let mut links = Links::default();
        links.security.rekey(keys);
        let mut body = Self {
            ring,
            buffers,
            bell: None,
            count: Box::new(0),
            listeners,
            datagrams,
            header,
            links,
            letters: Letters::default(),
            commit: None,
            dirty: Vec::new(),
            completions: Vec::new(),
            again: Vec::new(),
            paused: Vec::new(),
            hushed: false,
            listening: 0,
        };
        (0..body.listeners.len()).for_each(|at| body.begin(Token::Accept(at as u16)));
        (0..body.datagrams.len()).for_each(|at| body.begin(Token::Datagrams(at as u16)));
        Ok(body)
    }

    /// Has every completion signalled on an eventfd, so that somebody else can sleep for us.
    #[cfg(feature = "glommio")]
    pub(in crate::body) fn signal(&self, eventfd: RawFd) -> io::Result<()> {
        self.ring.uring().submitter().register_eventfd(eventfd)
    }

    /// Is there anything to collect?
    #[cfg(feature = "glommio")]
    pub(in crate::body) fn is_ready(&mut self) -> bool {
        self.ring.is_ready() || self.links.has_unlinked()
    }

    /// Begins an operation that goes on for as long as it can.
    pub(super) fn begin(&mut self, token: Token) {
        if self.hushed && token.listens() {
            return;
        }
        self.listening += usize::from(token.listens());
        let entry = match token {
            Token::Bell => {
                let target: *mut u64 = &mut *self.count;
                let bell = self.bell.as_ref().expect("only `new` begins it, with a bell");
                let bell = Fd(bell.as_fd().as_raw_fd());
                opcode::Read::new(bell, target.cast(), 8).build()
            }
            Token::Accept(at) => {
                let listener = self.listeners[usize::from(at)].as_raw_fd();
                opcode::AcceptMulti::new(Fd(listener)).flags(libc::SOCK_CLOEXEC).build()
            }
            Token::Datagrams(at) => {
                let socket = self.datagrams[usize::from(at)].as_raw_fd();
                opcode::RecvMsgMulti::new(Fd(socket), &*self.header, GROUP).build()
            }
            Token::Receive(slot) => {
                let Some(link) = self.links.get_mut(slot) else {
                    self.listening -= 1;
                    return;
                };
                link.state.receiving = true;
                opcode::RecvMulti::new(Fd(link.fd.as_raw_fd()), GROUP).build()
            }
            Token::Send(_) | Token::Connect(_) | Token::Write | Token::Sync | Token::Cancel => {
                unreachable!("these run once and are begun by their own functions")
            }
        };
        self.push(entry, token);
    }

    pub(super) fn push(&mut self, entry: squeue::Entry, token: Token) {
        // SAFETY: this is the only caller, and each operation points only to what outlives it:
        // the bell's count and the header are boxes of this body, never moved; an outbox's
        // flying buffer, a connect's address and a link's descriptor stay in their slot, which
        // `free` empties only when no operation of it is left; the commit's octets and file stay
        // in `self.commit` until both of its completions came; received octets go to `Buffers`.
        // `Drop` waits for the end of every operation before any of these is freed.
        unsafe { self.ring.push(&entry.user_data(token.number())) };
    }

    fn handle(&mut self, now: Instant, done: Completion, sink: &mut impl FnMut(Event<'_>)) {
        let token = Token::of(done.user_data);
        self.listening -= usize::from(token.listens() && !done.more);
        match token {
            Token::Bell => self.again.push(Token::Bell),
            Token::Accept(at) => self.handle_accept(now, at, done, sink),
            Token::Datagrams(at) => self.handle_datagram(at, done, sink),
            Token::Receive(slot) => self.handle_receive(now, slot, done, sink),
            Token::Send(slot) => self.handle_send(slot, done, sink),
            Token::Connect(slot) => self.handle_connect(slot, done, sink),
            Token::Write => self.handle_write(done),
            Token::Sync => self.handle_sync(done, sink),
            Token::Cancel => {}
        }
    }

    fn handle_datagram(&mut self, at: u16, done: Completion, sink: &mut impl FnMut(Event<'_>)) {
        if let (Ok(len), Some(id)) = (done.outcome(), done.buffer) {
            let message = RecvMsgOut::parse(self.buffers.get(id, len), &self.header);
            if let Ok(message) = message
                && !message.is_payload_truncated()
                && let Some(peer) = address_of(message.name_data())
            {
                let (socket, bytes) = (SocketId(at), message.payload_data());
                sink(Event::Input(Input::Datagram { socket, peer, bytes }));
            }
        }
        done.buffer.into_iter().for_each(|id| self.buffers.give(id));
        if !done.more {
            self.again.push(Token::Datagrams(at));
        }
    }
}

impl Body for Uring {
    fn wait(&mut self, patience: Duration) -> io::Result<()> {
        let known = self.links.has_unlinked();
        self.ring.wait(if known { Duration::ZERO } else { patience })
    }

    fn collect(&mut self, now: Instant, limit: usize, sink: &mut impl FnMut(Event<'_>)) {
        let mut completions = std::mem::take(&mut self.completions);
        self.ring.take(limit, &mut completions);
        completions.drain(..).for_each(|done| self.handle(now, done, sink));
        self.completions = completions;
        self.buffers.publish();
        while let Some(slot) = self.links.expire(now) {
            self.end(slot, None, sink);
        }
        for (link, cause) in self.links.take_unlinked() {
            sink(Event::Input(Input::Unlinked { link, cause }));
        }
        let resumed = self.paused.extract_if(.., |(until, _)| *until <= now);
        self.again.extend(resumed.map(|(_, at)| Token::Accept(at)));
        for token in std::mem::take(&mut self.again) {
            match token {
                Token::Receive(slot) if !self.wants_receive(slot) => {}
                token => self.begin(token),
            }
        }
    }

    fn send(&mut self, link: LinkId, bytes: &[u8]) {
        let Some(slot) = self.links.slot(link) else { return };
        let Some(entry) = self.links.get_mut(slot) else { return };
        match entry.push(bytes) {
            Ok(()) => self.mark(slot),
            Err(cause) => {
                self.drop_link(slot);
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
        assert!(self.commit.is_none(), "one commit at a time");
        self.commit = Some(Flying { commit, written: 0, failed: None });
        self.begin_commit();
    }

    fn hush(&mut self) {
        self.hushed = true;
        let receiving = |(_, link): &(u32, &Link<Operations>)| link.state.receiving;
        let receives = self.links.slots().filter(receiving).map(|(slot, _)| Token::Receive(slot));
        let receives: Vec<Token> = receives.collect();
        let accepts = (0..self.listeners.len()).map(|at| Token::Accept(at as u16));
        let hears = (0..self.datagrams.len()).map(|at| Token::Datagrams(at as u16));
        for token in receives.into_iter().chain(accepts).chain(hears) {
            let which = CancelBuilder::user_data(token.number()).all();
            self.push(opcode::AsyncCancel2::new(which).build(), Token::Cancel);
        }
    }

    fn is_hushed(&self) -> bool {
        self.hushed && self.listening == 0
    }

    fn will(&mut self, link: LinkId) -> Option<(OwnedFd, Vec<u8>)> {
        let slot = self.links.slot(link)?;
        // How much the kernel takes of what is being sent nobody would know.
        let whole = |link: &&mut Link<Operations>| link.stage == Stage::Open && !link.state.sending;
        self.links.get_mut(slot).filter(whole)?.will().ok()
    }

    fn inherit(&mut self, link: LinkId, peer: SocketAddr, fd: OwnedFd, unwritten: &[u8]) {
        self.links.knows(link);
        // One whose mode cannot be changed is found dead by its own timers.
        let _ = rustix::io::ioctl_fionbio(&fd, false);
        let end = End { fd, peer, tls: None };
        let slot = self.links.insert(link, Stage::Open, end, Operations::default());
        self.begin(Token::Receive(slot));
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

impl Drop for Uring {
    /// Ends every operation before anything they point to is freed.
    fn drop(&mut self) {
        let cancel = opcode::AsyncCancel2::new(CancelBuilder::any()).build();
        self.push(cancel, Token::Cancel);
        let mut completions = Vec::new();
        for _ in 0..CANCEL_ROUNDS {
            if self.ring.outstanding() == 0 || self.ring.wait(CANCEL_PATIENCE).is_err() {
                break;
            }
            self.ring.take(usize::MAX, &mut completions);
        }
        if self.ring.outstanding() > 0 {
            // Something would not end, such as a sync on a disk that hangs.
            self.buffers.leak();
            std::mem::forget((std::mem::take(&mut self.count), self.commit.take()));
            std::mem::forget(std::mem::take(&mut self.links));
        }
    }
}

/// Reads a sockaddr as the kernel wrote it.
fn address_of(name: &[u8]) -> Option<SocketAddr> {
    let family = u16::from_ne_bytes(*name.first_chunk()?);
    let port = u16::from_be_bytes(*name.get(2..)?.first_chunk()?);
    match i32::from(family) {
        libc::AF_INET => {
            let ip: [u8; 4] = *name.get(4..)?.first_chunk()?;
            Some((Ipv4Addr::from(ip), port).into())
        }
        libc::AF_INET6 => {
            let ip: [u8; 16] = *name.get(8..)?.first_chunk()?;
            Some((Ipv6Addr::from(ip), port).into())
        }
        _ => None,
    }
}

/// Operations queued between two system calls.
const ENTRIES: u32 = 1024;

/// 4 MiB of buffers: as many completions as one turn takes, each with its own.
const BUFFERS: u16 = 256;

/// How long the end waits for operations that are being cancelled.
const CANCEL_ROUNDS: u32 = 50;
const CANCEL_PATIENCE: Duration = Duration::from_millis(20);
