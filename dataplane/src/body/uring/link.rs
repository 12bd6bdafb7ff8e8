//! The life of a link on the ring.
#![allow(unsafe_code)]

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Instant;

use io_uring::opcode;
use io_uring::types::{CancelBuilder, Fd};
use rustix::net::Shutdown;
use shard::{Input, LinkId, Unlink};
use socket2::SockAddr;

use super::body::Uring;
use super::ring::Completion;
use super::token::Token;
use crate::body::Event;
use crate::net::{End, Link, Next, PAUSE, Stage, accepted, dialler, is_out_of_files};

/// The operations of a link that are under way.
#[derive(Debug, Default)]
pub(super) struct Operations {
    pub(super) receiving: bool,
    pub(super) sending: bool,
    connecting: bool,
    dirty: bool,
    /// Where a dialled link leads; the kernel reads it.
    address: Option<Box<SockAddr>>,
}

impl Uring {
    pub(super) fn handle_accept(
        &mut self,
        now: Instant,
        at: u16,
        done: Completion,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        match done.outcome() {
            Ok(fd) => {
                // SAFETY: the kernel made this descriptor for us and told nobody else.
                let fd = unsafe { OwnedFd::from_raw_fd(fd as RawFd) };
                // A peer that is gone again before we look at it was never linked.
                if let Ok((local, peer)) = accepted(&fd)
                    && let Ok(tls) = self.links.security.accept(at)
                {
                    let (link, secure) = (self.links.number(), tls.is_some());
                    let end = End { fd, peer, tls };
                    let slot = self.links.insert(link, Stage::Open, end, Operations::default());
                    self.begin(Token::Receive(slot));
                    let listener = Some(at);
                    sink(Event::Input(Input::Linked { link, listener, local, peer, tls: secure }));
                }
            }
            Err(error) if !done.more => {
                if is_out_of_files(&error) {
                    tracing::warn!(%error, "no file descriptor left: accepting paused");
                }
                return self.paused.push((now + PAUSE, at));
            }
            Err(_) => {}
        }
        if !done.more {
            self.again.push(Token::Accept(at));
        }
    }

    pub(super) fn handle_receive(
        &mut self,
        now: Instant,
        slot: u32,
        done: Completion,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        let link = self.links.get_mut(slot).expect("a slot outlives its operations");
        link.state.receiving = done.more;
        let mut ended = None;
        match done.outcome() {
            Ok(0) => ended = Some(None),
            Ok(len) => {
                let id = done.buffer.expect("what was received stands in a buffer");
                let (secure, octets) = (link.tls.is_some(), self.buffers.get(id, len));
                let next = self.links.take_in(now, slot, octets, sink);
                if secure || next == Next::Part {
                    self.mark(slot);
                }
            }
            Err(error) => match error.raw_os_error() {
                // All buffers are in use: receive again when this turn has given them back. Or we
                // took it back, because the peer does not read.
                Some(libc::ENOBUFS | libc::EINTR | libc::EAGAIN | libc::ECANCELED) => {}
                _ => ended = Some(Some(error)),
            },
        }
        done.buffer.into_iter().for_each(|id| self.buffers.give(id));
        match ended {
            Some(error) => self.end(slot, error, sink),
            None if done.more => {}
            None if self.is_gone(slot) => self.free(slot),
            None => self.again.push(Token::Receive(slot)),
        }
    }

    pub(super) fn handle_send(
        &mut self,
        slot: u32,
        done: Completion,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        let link = self.links.get_mut(slot).expect("a slot outlives its operations");
        link.state.sending = false;
        if link.stage == Stage::Gone {
            return self.free(slot);
        }
        match done.outcome() {
            Ok(len) => {
                link.outbox.written(len);
                self.mark(slot);
            }
            Err(error) => self.end(slot, Some(error), sink),
        }
    }

    pub(super) fn handle_connect(
        &mut self,
        slot: u32,
        done: Completion,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        let link = self.links.get_mut(slot).expect("a slot outlives its operations");
        link.state.connecting = false;
        link.state.address = None;
        if link.stage == Stage::Gone {
            return self.free(slot);
        }
        match done.outcome().and_then(|_| self.links.connected(slot, sink)) {
            Ok(()) => {
                self.begin(Token::Receive(slot));
                self.mark(slot);
            }
            Err(error) => self.end(slot, Some(error), sink),
        }
    }

    /// The link is over: the shard hears it now, the kernel lets go of it soon.
    pub(super) fn end(
        &mut self,
        slot: u32,
        error: Option<io::Error>,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        let Some(link) = self.links.get_mut(slot) else { return };
        let (id, cause) = (link.id, link.cause(error.as_ref()));
        let known = self.links.slot(id).is_some();
        self.drop_link(slot);
        if known {
            sink(Event::Input(Input::Unlinked { link: id, cause }));
        }
    }

    /// Begins to let go of a link.
    pub(super) fn drop_link(&mut self, slot: u32) {
        let Some(link) = self.links.get_mut(slot) else { return };
        if std::mem::replace(&mut link.stage, Stage::Gone) == Stage::Gone {
            return self.free(slot);
        }
        let (id, fd) = (link.id, Fd(link.fd.as_raw_fd()));
        let busy = link.state.is_busy();
        self.links.forget(id);
        if busy {
            let cancel = opcode::AsyncCancel2::new(CancelBuilder::fd(fd).all()).build();
            self.push(cancel, Token::Cancel);
        }
        self.free(slot);
    }

    /// Frees a slot if it is over and no operation of it is left.
    pub(super) fn free(&mut self, slot: u32) {
        let done = |link: &mut Link<Operations>| link.stage == Stage::Gone && !link.state.is_busy();
        if self.links.get_mut(slot).is_some_and(done) {
            self.links.remove(slot);
        }
    }

    pub(super) fn is_gone(&mut self, slot: u32) -> bool {
        self.links.get_mut(slot).is_none_or(|link| link.stage == Stage::Gone)
    }

    /// The slot may be another link's by now, one that receives already.
    pub(super) fn wants_receive(&mut self, slot: u32) -> bool {
        let wants = |link: &mut Link<Operations>| {
            !link.state.receiving && !link.held && link.stage != Stage::Gone
        };
        self.links.get_mut(slot).is_some_and(wants)
    }

    pub(super) fn mark(&mut self, slot: u32) {
        let Some(link) = self.links.get_mut(slot) else { return };
        if !std::mem::replace(&mut link.state.dirty, true) {
            self.dirty.push(slot);
        }
    }

    /// Stops reading a link whose peer does not read, or reads it again.
    fn hold(&mut self, slot: u32) {
        let Some(link) = self.links.get_mut(slot) else { return };
        if link.held && link.state.receiving {
            let receive = CancelBuilder::user_data(Token::Receive(slot).number());
            self.push(opcode::AsyncCancel2::new(receive).build(), Token::Cancel);
        } else if self.wants_receive(slot) {
            self.begin(Token::Receive(slot));
        }
    }

    /// Begins to send what waits, unless a send is under way.
    pub(super) fn write(&mut self, slot: u32) {
        let Some(link) = self.links.get_mut(slot) else { return };
        link.state.dirty = false;
        if link.hold() {
            self.hold(slot);
        }
        let Some(link) = self.links.get_mut(slot) else { return };
        if link.state.sending || matches!(link.stage, Stage::Dialling | Stage::Gone) {
            return;
        }
        let fd = Fd(link.fd.as_raw_fd());
        if let Some(octets) = link.outbox.flying() {
            link.state.sending = true;
            let flags = libc::MSG_NOSIGNAL | libc::MSG_WAITALL;
            let (start, len) = (octets.as_ptr(), octets.len() as u32);
            let entry = opcode::Send::new(fd, start, len).flags(flags).build();
            self.push(entry, Token::Send(slot));
        } else if link.stage == Stage::Closing {
            link.stage = Stage::Lingering;
            let _ = rustix::net::shutdown(&link.fd, Shutdown::Write);
            let id = link.id;
            self.links.farewell(id, Unlink::Asked);
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
        let address = Box::new(SockAddr::from(peer));
        let entry =
            opcode::Connect::new(Fd(socket.as_raw_fd()), address.as_ptr().cast(), address.len());
        let state =
            Operations { connecting: true, address: Some(address), ..Operations::default() };
        let end = End { fd: socket.into(), peer, tls };
        let slot = self.links.insert(link, Stage::Dialling, end, state);
        self.links.limit(now, slot);
        self.push(entry.build(), Token::Connect(slot));
        Ok(())
    }

    pub(super) fn close(&mut self, now: Instant, slot: u32) {
        let Some(link) = self.links.get_mut(slot) else { return };
        if matches!(link.stage, Stage::Dialling | Stage::Greeting) {
            let id = link.id;
            self.drop_link(slot);
            self.links.unlink_later(id, Unlink::Asked);
        } else {
            link.say_goodbye();
            link.stage = Stage::Closing;
            self.links.limit(now, slot);
            self.mark(slot);
        }
    }
}

impl Operations {
    pub(super) fn is_busy(&self) -> bool {
        self.receiving || self.sending || self.connecting
    }
}
