//! Connections that carry SIP: who holds them, how many, and what they still have to say.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use sip::Framer;
use sip::websocket::{Decoder, put_message};

use crate::input::{LinkId, ShardId};
use crate::limits::{
    FLOWS_MAX, FLOWS_PER_IP, MESSAGE_PATIENCE, STRANGER_FLOWS_MAX, STRANGER_FLOWS_PER_IP,
    STRANGER_PATIENCE,
};
use crate::mail::Mail;
use crate::outbox::Outbox;
use crate::peers::lines::{FlowId, Line};

/// One connection that carries SIP.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) listener: u16,
    pub(crate) peer: SocketAddr,
    pub(crate) wire: Wire,
    /// Octets of something that is not whole yet.
    pub(crate) partial: Vec<u8>,
    /// What this turn writes.
    pub(crate) out: Vec<u8>,
    is_dirty: bool,
    /// We asked the body to close it.
    pub(crate) is_closing: bool,
    /// Since when a message, or the handshake, is unfinished.
    unfinished: Option<Instant>,
    /// It is closed then, unless something is registered over it anew.
    until: Instant,
    /// The other shards that deal with it, one bit each: they must hear of its end.
    dealing: u64,
    /// The earliest entry it has among the deadlines.
    pub(crate) armed: Option<Instant>,
}

/// What stands on the connection.
#[derive(Debug)]
pub(crate) enum Wire {
    /// SIP, message after message (RFC 3261 §18.3).
    Stream(Framer),
    /// The request that opens a WebSocket.
    Handshake,
    /// SIP in frames (RFC 7118).
    WebSocket(Decoder),
}

/// Who holds connections from one address.
#[derive(Debug, Default)]
struct Crowd {
    flows: usize,
    strangers: usize,
}

/// All connections of a shard that carry SIP.
#[derive(Debug)]
pub(crate) struct Flows {
    here: ShardId,
    flows: BTreeMap<LinkId, Flow>,
    /// Those over which nobody has proved who they are, oldest first.
    strangers: BTreeSet<LinkId>,
    crowds: BTreeMap<IpAddr, Crowd>,
    /// Memory for one message that leaves in a frame.
    desk: Vec<u8>,
}

impl Flow {
    pub(crate) fn new(now: Instant, listener: u16, peer: SocketAddr, wire: Wire) -> Self {
        Self {
            listener,
            peer,
            wire,
            partial: Vec::new(),
            out: Vec::new(),
            is_dirty: false,
            is_closing: false,
            unfinished: None,
            until: now + STRANGER_PATIENCE,
            dealing: 0,
            armed: None,
        }
    }

    /// Octets came: `ended` says whether something whole ended in them.
    pub(crate) fn handle_octets(&mut self, now: Instant, ended: bool) {
        let amid = match &self.wire {
            Wire::Stream(_) | Wire::Handshake => false,
            Wire::WebSocket(decoder) => decoder.is_amid(),
        };
        self.unfinished = match self.unfinished.filter(|_| !ended || amid) {
            _ if self.partial.is_empty() && !amid => None,
            None => Some(now),
            since => since,
        };
    }

    /// When somebody must look.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let finish = self.unfinished.map(|since| since + MESSAGE_PATIENCE);
        let times = [finish, Some(self.until)];
        times.into_iter().flatten().min().filter(|_| !self.is_closing)
    }

    /// Was something left unfinished for too long?
    pub(crate) fn is_stuck(&self, now: Instant) -> bool {
        self.unfinished.is_some_and(|since| since + MESSAGE_PATIENCE <= now)
    }

    /// Has it no reason to be any more?
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.until <= now
    }

    /// Another shard deals with it from now on.
    pub(crate) fn deal(&mut self, shard: ShardId) {
        self.dealing |= 1 << (shard.0 & 63);
    }

    /// The shards that must hear of its end.
    pub(crate) fn dealing(&self) -> impl Iterator<Item = ShardId> + use<> {
        let dealing = self.dealing;
        (0..64).filter(move |shard| dealing >> shard & 1 == 1).map(ShardId)
    }
}

impl Flows {
    pub(crate) fn new(here: ShardId) -> Self {
        let (flows, strangers) = (BTreeMap::new(), BTreeSet::new());
        Self { here, flows, strangers, crowds: BTreeMap::new(), desk: Vec::new() }
    }

    /// Is there room for one more from this address? Tells which stranger must make some.
    pub(crate) fn room_for(&self, peer: IpAddr) -> Result<Option<LinkId>, ()> {
        let crowd = self.crowds.get(&peer);
        let (flows, strangers) = crowd.map_or((0, 0), |crowd| (crowd.flows, crowd.strangers));
        let is_full = self.flows.len() >= FLOWS_MAX;
        if is_full || flows >= FLOWS_PER_IP || strangers >= STRANGER_FLOWS_PER_IP {
            return Err(());
        }
        let crowded = self.strangers.len() >= STRANGER_FLOWS_MAX;
        Ok(self.strangers.first().copied().filter(|_| crowded))
    }

    pub(crate) fn insert(&mut self, id: LinkId, flow: Flow) {
        let crowd = self.crowds.entry(flow.peer.ip()).or_default();
        crowd.flows += 1;
        crowd.strangers += 1;
        self.strangers.insert(id);
        self.flows.insert(id, flow);
    }

    pub(crate) fn get_mut(&mut self, id: LinkId) -> Option<&mut Flow> {
        self.flows.get_mut(&id)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.flows.len()
    }

    /// Somebody has proved who they are, or it is to be closed: a stranger's bounds hold no more.
    pub(crate) fn forget_stranger(&mut self, id: LinkId) {
        if self.strangers.remove(&id)
            && let Some(flow) = self.flows.get(&id)
            && let Some(crowd) = self.crowds.get_mut(&flow.peer.ip())
        {
            crowd.strangers -= 1;
        }
    }

    pub(crate) fn remove(&mut self, id: LinkId) -> Option<Flow> {
        self.forget_stranger(id);
        let flow = self.flows.remove(&id)?;
        let peer = flow.peer.ip();
        if let Some(crowd) = self.crowds.get_mut(&peer) {
            crowd.flows -= 1;
            if crowd.flows == 0 {
                self.crowds.remove(&peer);
            }
        }
        Some(flow)
    }

    /// Someone who is known uses it: it is kept at least so long.
    pub(crate) fn keep(&mut self, id: LinkId, now: Instant, duration: Duration) {
        self.forget_stranger(id);
        if let Some(flow) = self.flows.get_mut(&id) {
            flow.until = flow.until.max(now + duration);
        }
    }

    /// Sends what `write` appends by any line; nothing is sent if it fails.
    pub(crate) fn transmit<E>(
        &mut self,
        out: &mut Outbox,
        line: Line,
        peer: SocketAddr,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        match line {
            Line::Socket(socket) => {
                out.datagram(socket, peer, write)?;
                out.saw_datagram(line, peer);
                Ok(())
            }
            Line::Flow(FlowId { shard, link, .. }) if shard == self.here => {
                let mut desk = std::mem::take(&mut self.desk);
                desk.clear();
                let written = write(&mut desk);
                if written.is_ok() {
                    out.taps.saw_sip(true, line, peer, &desk);
                    self.say(out, link, &desk);
                }
                self.desk = desk;
                written
            }
            Line::Flow(FlowId { shard, link, .. }) => {
                let mut octets = Vec::new();
                write(&mut octets)?;
                out.taps.saw_sip(true, line, peer, &octets);
                out.post(shard, Mail::Say { link, octets });
                Ok(())
            }
        }
    }

    /// The same for octets that are there.
    pub(crate) fn transmit_octets(
        &mut self,
        out: &mut Outbox,
        line: Line,
        peer: SocketAddr,
        octets: &[u8],
    ) {
        let Ok(()) = self.transmit(out, line, peer, |out| {
            out.extend_from_slice(octets);
            Ok::<(), Infallible>(())
        });
    }

    /// Writes a SIP message to one of our connections; if that is gone, so is the message.
    pub(crate) fn say(&mut self, out: &mut Outbox, id: LinkId, octets: &[u8]) {
        let Some(flow) = self.flows.get_mut(&id).filter(|flow| !flow.is_closing) else { return };
        match &flow.wire {
            Wire::Stream(_) => flow.out.extend_from_slice(octets),
            Wire::WebSocket(_) => put_message(octets, &mut flow.out),
            Wire::Handshake => return,
        }
        self.touch(out, id);
    }

    /// A connection has something to write at the end of this turn.
    pub(crate) fn touch(&mut self, out: &mut Outbox, id: LinkId) {
        if let Some(flow) = self.flows.get_mut(&id)
            && !std::mem::replace(&mut flow.is_dirty, true)
        {
            out.sends.push_back(id);
        }
    }

    /// Moves what a connection writes into `lent`; `false` if there is nothing.
    pub(crate) fn take_output(&mut self, id: LinkId, lent: &mut Vec<u8>) -> bool {
        lent.clear();
        let Some(flow) = self.flows.get_mut(&id) else { return false };
        flow.is_dirty = false;
        // Phones speak once in a while: no connection keeps memory for that.
        *lent = std::mem::take(&mut flow.out);
        !lent.is_empty()
    }
}

#[cfg(test)]
mod tests;
