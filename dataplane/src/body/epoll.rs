//! The body on epoll: for kernels and containers that refuse io_uring.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, recvfrom, send, shutdown, sockopt};
use shard::{Input, LinkId, Plug, SocketId, Unlink};

use super::scribe::Scribe;
use super::{Body, Event, READ_LEN};
use crate::journal::Commit;
use crate::mesh::Bell;
use crate::net::{Letters, Link, Links, Sockets, Stage, accepted, dialler};

/// The body on epoll.
pub struct Epoll {
    epoll: OwnedFd,
    bell: Arc<Bell>,
    listeners: Vec<TcpListener>,
    datagrams: Vec<UdpSocket>,
    links: Links<Interest>,
    letters: Letters,
    scribe: Scribe,
    /// Slots of links to be written to at the end of the turn.
    dirty: Vec<u32>,
    ready: Vec<epoll::Event>,
    buffer: Box<[u8]>,
    /// Listeners that found no file descriptor left, and when to try them again.
    paused: Vec<(Instant, u16)>,
}

/// What epoll watches for on a link.
#[derive(Debug)]
struct Interest {
    writable: bool,
    dirty: bool,
    peer: SocketAddr,
}

/// What an event is about, as the 64 bits that epoll keeps for us.
#[derive(Clone, Copy, Debug)]
enum Token {
    Bell,
    Listener(u16),
    Datagrams(u16),
    Link(u32),
}

impl Epoll {
    /// Takes over the sockets of a shard; `bell` wakes it.
    pub fn new(sockets: Sockets, bell: Arc<Bell>) -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let Sockets { listeners, datagrams } = sockets;
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
            links: Links::default(),
            letters: Letters::default(),
            dirty: Vec::new(),
            ready: Vec::with_capacity(READY_MAX),
            buffer: vec![0; DATAGRAM_MAX.max(READ_LEN)].into(),
            paused: Vec::new(),
        })
    }

    fn accept(&mut self, now: Instant, at: u16, sink: &mut impl FnMut(Event<'_>)) {
        for _ in 0..ACCEPTS_MAX {
            match self.listeners[usize::from(at)].accept() {
                Ok((stream, _)) => {
                    // A peer that is gone again before we look at it was never linked.
                    let _ = self.link(at, stream.into(), sink);
                }
                Err(error) if is_out_of_files(&error) => {
                    let listener = &self.listeners[usize::from(at)];
                    let _ = epoll::delete(&self.epoll, listener);
                    tracing::warn!(%error, "no file descriptor left: accepting paused");
                    self.paused.push((now + PAUSE, at));
                    return;
                }
                Err(_) => return,
            }
        }
    }

    fn link(
        &mut self,
        listener: u16,
        fd: OwnedFd,
        sink: &mut impl FnMut(Event<'_>),
    ) -> io::Result<()> {
        let (local, peer) = accepted(&fd)?;
        rustix::io::ioctl_fionbio(&fd, true)?;
        let link = self.links.number();
        let interest = Interest { writable: false, dirty: false, peer };
        let slot = self.links.insert(link, Stage::Open, fd, interest);
        self.watch(slot, EventFlags::IN, true)?;
        sink(Event::Input(Input::Linked { link, listener: Some(listener), local, peer }));
        Ok(())
    }

    fn watch(&mut self, slot: u32, flags: EventFlags, new: bool) -> io::Result<()> {
        let Some(link) = self.links.get_mut(slot) else { return Ok(()) };
        link.state.writable = flags.contains(EventFlags::OUT);
        let call = if new { epoll::add } else { epoll::modify };
        Ok(call(&self.epoll, link.fd.as_fd(), Token::Link(slot).data(), flags)?)
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

    /// A link can be read, or written, or is broken.
    fn serve(&mut self, slot: u32, flags: EventFlags, sink: &mut impl FnMut(Event<'_>)) {
        let Some(link) = self.links.get_mut(slot) else { return };
        if link.stage == Stage::Dialling {
            return self.dialled(slot, sink);
        }
        if flags.contains(EventFlags::OUT) {
            self.write(slot);
        }
        let Some(link) = self.links.get_mut(slot) else { return };
        if !flags.intersects(EventFlags::IN | EventFlags::ERR | EventFlags::HUP) {
            return;
        }
        match recv(&link.fd, &mut self.buffer[..READ_LEN], RecvFlags::DONTWAIT) {
            Ok((_, 0)) => self.end(slot, None, sink),
            Ok((_, len)) => {
                if link.stage == Stage::Open {
                    let bytes = &self.buffer[..len];
                    sink(Event::Input(Input::Bytes { link: link.id, bytes }));
                }
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => self.end(slot, Some(error.into()), sink),
        }
    }

    /// The kernel has decided whether a dialled link stands.
    fn dialled(&mut self, slot: u32, sink: &mut impl FnMut(Event<'_>)) {
        let Some(link) = self.links.get_mut(slot) else { return };
        let failed = match sockopt::socket_error(&link.fd) {
            Ok(Ok(())) => None,
            Ok(Err(error)) | Err(error) => Some(error.into()),
        };
        let local = rustix::net::getsockname(&link.fd).ok().and_then(|a| a.try_into().ok());
        match (failed, local) {
            (None, Some(local)) => {
                link.stage = Stage::Open;
                let (link, peer) = (link.id, link.state.peer);
                let watched = self.watch(slot, EventFlags::IN, false);
                self.mark(slot);
                sink(Event::Input(Input::Linked { link, listener: None, local, peer }));
                if let Err(error) = watched {
                    self.end(slot, Some(error), sink);
                }
            }
            (error, _) => self.end(slot, error, sink),
        }
    }

    /// Writes what waits, as much as the kernel takes.
    fn write(&mut self, slot: u32) {
        let Some(link) = self.links.get_mut(slot) else { return };
        link.state.dirty = false;
        if link.stage == Stage::Dialling {
            return;
        }
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        let mut full = false;
        while let Some(octets) = link.outbox.flying() {
            match send(&link.fd, octets, flags) {
                Ok(len) => link.outbox.written(len),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    full = true;
                    break;
                }
                // Whoever reads the link will see the same error, or the end of the stream.
                Err(_) => {
                    let len = link.outbox.len();
                    link.outbox.written(len);
                }
            }
        }
        if link.stage == Stage::Closing && link.outbox.is_empty() {
            link.stage = Stage::Lingering;
            let _ = shutdown(&link.fd, Shutdown::Write);
            let id = link.id;
            self.links.unlink_later(id, Unlink::Asked);
        } else if full != link.state.writable && link.stage != Stage::Lingering {
            let wanted = if full { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
            // The descriptor is ours and watched: nothing can go wrong but memory.
            let _ = self.watch(slot, wanted, false);
        }
    }

    fn end(&mut self, slot: u32, error: Option<io::Error>, sink: &mut impl FnMut(Event<'_>)) {
        let Some(link) = self.links.get_mut(slot) else { return };
        let (id, cause) = (link.id, link.cause(error.as_ref()));
        let known = self.links.slot(id).is_some();
        self.links.remove(slot);
        if known {
            sink(Event::Input(Input::Unlinked { link: id, cause }));
        }
    }

    fn dial(
        &mut self,
        now: Instant,
        link: LinkId,
        local: Option<std::net::IpAddr>,
        peer: SocketAddr,
    ) -> io::Result<()> {
        let socket = dialler(local, peer)?;
        socket.set_nonblocking(true)?;
        match socket.connect(&peer.into()) {
            Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let interest = Interest { writable: true, dirty: false, peer };
        let slot = self.links.insert(link, Stage::Dialling, socket.into(), interest);
        self.links.limit(now, slot);
        self.watch(slot, EventFlags::OUT, true)
    }

    fn close(&mut self, now: Instant, slot: u32) {
        let Some(link) = self.links.get_mut(slot) else { return };
        if link.stage == Stage::Dialling {
            let id = link.id;
            self.links.remove(slot);
            self.links.unlink_later(id, Unlink::Asked);
        } else {
            link.stage = Stage::Closing;
            self.links.limit(now, slot);
            self.mark(slot);
        }
    }

    fn mark(&mut self, slot: u32) {
        let Some(link) = self.links.get_mut(slot) else { return };
        if !std::mem::replace(&mut link.state.dirty, true) {
            self.dirty.push(slot);
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
                Token::Listener(at) => self.accept(now, at, sink),
                Token::Datagrams(at) => self.hear(at, sink),
                Token::Link(slot) => self.serve(slot, flags, sink),
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
        match entry.outbox.push(bytes) {
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

    fn plug(&mut self, now: Instant, plug: Plug) {
        match plug {
            Plug::Dial { link, local, remote } => {
                if let Err(error) = self.dial(now, link, local, remote) {
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

impl Token {
    fn data(self) -> EventData {
        EventData::new_u64(match self {
            Self::Bell => 0,
            Self::Listener(at) => 1 << 32 | u64::from(at),
            Self::Datagrams(at) => 2 << 32 | u64::from(at),
            Self::Link(slot) => 3 << 32 | u64::from(slot),
        })
    }

    fn of(data: EventData) -> Self {
        let number = data.u64();
        match number >> 32 {
            0 => Self::Bell,
            1 => Self::Listener(number as u16),
            2 => Self::Datagrams(number as u16),
            _ => Self::Link(number as u32),
        }
    }
}

/// Accepting fails for want of descriptors or memory: the peer waits in the backlog meanwhile.
pub(super) fn is_out_of_files(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM))
}

/// How long accepting pauses when there are no descriptors left.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// Bounds of one turn: events, and what each of them may bring.
const READY_MAX: usize = 256;
const ACCEPTS_MAX: usize = 64;
const DATAGRAMS_MAX: usize = 64;
const DATAGRAM_MAX: usize = 64 << 10;
