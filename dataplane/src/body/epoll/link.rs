//! The life of a link on epoll.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use rustix::event::epoll::{self, EventFlags};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown, sockopt};
use shard::{Input, LinkId, Unlink};

use super::body::Epoll;
use super::token::Token;
use crate::body::door::{Event, READ_LEN};
use crate::net::{End, Next, PAUSE, Stage, accepted, dialler, is_out_of_files};

/// What epoll watches for on a link.
#[derive(Debug)]
pub(super) struct Interest {
    pub(super) writable: bool,
    pub(super) dirty: bool,
}

impl Epoll {
    pub(super) fn accept(&mut self, now: Instant, at: u16, sink: &mut impl FnMut(Event<'_>)) {
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

    pub(super) fn link(
        &mut self,
        listener: u16,
        fd: OwnedFd,
        sink: &mut impl FnMut(Event<'_>),
    ) -> io::Result<()> {
        let (local, peer) = accepted(&fd)?;
        rustix::io::ioctl_fionbio(&fd, true)?;
        let link = self.links.number();
        let tls = self.links.security.accept(listener)?;
        let secure = tls.is_some();
        let interest = Interest { writable: false, dirty: false };
        let slot = self.links.insert(link, Stage::Open, End { fd, peer, tls }, interest);
        self.watch(slot, EventFlags::IN, true)?;
        sink(Event::Input(Input::Linked {
            link,
            listener: Some(listener),
            local,
            peer,
            tls: secure,
        }));
        Ok(())
    }

    pub(super) fn watch(&mut self, slot: u32, flags: EventFlags, new: bool) -> io::Result<()> {
        let Some(link) = self.links.get_mut(slot) else { return Ok(()) };
        link.state.writable = flags.contains(EventFlags::OUT);
        let call = if new { epoll::add } else { epoll::modify };
        Ok(call(&self.epoll, link.fd.as_fd(), Token::Link(slot).data(), flags)?)
    }

    /// A link can be read, or written, or is broken.
    pub(super) fn serve(
        &mut self,
        now: Instant,
        slot: u32,
        flags: EventFlags,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        let Some(link) = self.links.get_mut(slot) else { return };
        if link.stage == Stage::Dialling {
            return self.dialled(slot, sink);
        }
        if flags.contains(EventFlags::OUT) {
            self.write(slot);
        }
        let Some(link) = self.links.get_mut(slot) else { return };
        let is_readable = flags.intersects(EventFlags::IN | EventFlags::ERR | EventFlags::HUP);
        if !is_readable || self.hushed {
            return;
        }
        match recv(&link.fd, &mut self.buffer[..READ_LEN], RecvFlags::DONTWAIT) {
            Ok((_, 0)) => self.end(slot, None, sink),
            Ok((_, len)) => {
                let (secure, octets) = (link.tls.is_some(), &self.buffer[..len]);
                let next = self.links.take_in(now, slot, octets, sink);
                if secure || next == Next::Part {
                    self.mark(slot);
                }
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => self.end(slot, Some(error.into()), sink),
        }
    }

    /// The kernel has decided whether a dialled link stands.
    pub(super) fn dialled(&mut self, slot: u32, sink: &mut impl FnMut(Event<'_>)) {
        let Some(link) = self.links.get_mut(slot) else { return };
        let failed = match sockopt::socket_error(&link.fd) {
            Ok(Ok(())) => None,
            Ok(Err(error)) | Err(error) => Some(error.into()),
        };
        let begun = match failed {
            Some(error) => Err(error),
            None => self.watch(slot, EventFlags::IN, false),
        };
        match begun.and_then(|()| self.links.connected(slot, sink)) {
            Ok(()) => self.mark(slot),
            Err(error) => self.end(slot, Some(error), sink),
        }
    }

    /// Writes what waits, as much as the kernel takes.
    pub(super) fn write(&mut self, slot: u32) {
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
        let turned = link.hold();
        if link.stage == Stage::Closing && link.outbox.is_empty() {
            link.stage = Stage::Lingering;
            let _ = shutdown(&link.fd, Shutdown::Write);
            let id = link.id;
            self.links.farewell(id, Unlink::Asked);
        } else if (turned || full != link.state.writable) && link.stage != Stage::Lingering {
            let mut wanted = EventFlags::empty();
            wanted.set(EventFlags::IN, !link.held);
            wanted.set(EventFlags::OUT, full);
            // The descriptor is ours and watched: nothing can go wrong but memory.
            let _ = self.watch(slot, wanted, false);
        }
    }

    pub(super) fn end(
        &mut self,
        slot: u32,
        error: Option<io::Error>,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        let Some(link) = self.links.get_mut(slot) else { return };
        let (id, cause) = (link.id, link.cause(error.as_ref()));
        let known = self.links.slot(id).is_some();
        self.links.remove(slot);
        if known {
            sink(Event::Input(Input::Unlinked { link: id, cause }));
        }
    }

    pub(super) fn dial(
        &mut self,
        now: Instant,
        link: LinkId,
        local: Option<IpAddr>,
        peer: SocketAddr,
        name: Option<&str>,
    ) -> io::Result<()> {
        let tls = self.links.security.dial(name, peer)?;
        let socket = dialler(local, peer)?;
        socket.set_nonblocking(true)?;
        match socket.connect(&peer.into()) {
            Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let interest = Interest { writable: true, dirty: false };
        let end = End { fd: socket.into(), peer, tls };
        let slot = self.links.insert(link, Stage::Dialling, end, interest);
        self.links.limit(now, slot);
        self.watch(slot, EventFlags::OUT, true)
    }

    pub(super) fn close(&mut self, now: Instant, slot: u32) {
        let Some(link) = self.links.get_mut(slot) else { return };
        if matches!(link.stage, Stage::Dialling | Stage::Greeting) {
            let id = link.id;
            self.links.remove(slot);
            self.links.unlink_later(id, Unlink::Asked);
        } else {
            link.say_goodbye();
            link.stage = Stage::Closing;
            self.links.limit(now, slot);
            self.mark(slot);
        }
    }

    pub(super) fn mark(&mut self, slot: u32) {
        let Some(link) = self.links.get_mut(slot) else { return };
        if !std::mem::replace(&mut link.state.dirty, true) {
            self.dirty.push(slot);
        }
    }
}

/// Bound of one turn: what one listener may bring.
const ACCEPTS_MAX: usize = 64;
