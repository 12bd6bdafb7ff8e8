//! Octets of a connection become SIP messages; who holds one idly loses it.
//!
//! | who | may not | what happens |
//! |---|---|---|
//! | one address | hold more than `FLOWS_PER_IP` connections | the next one is closed |
//! | one address | hold more than `STRANGER_FLOWS_PER_IP` without proof | the next one is closed |
//! | all strangers | hold more than `STRANGER_FLOWS_MAX` | the oldest one is closed |
//! | a stranger | stay longer than `STRANGER_PATIENCE` | it is closed |
//! | anybody | leave a message unfinished for [`MESSAGE_PATIENCE`] | it is closed |
//! | anybody | stay [`FLOW_GRACE`] after its last contact ended | it is closed |
//!
//! A stranger is a connection over which nobody has proved yet who they are.

use std::net::SocketAddr;
use std::time::Duration;

use routing::Transport;
use routing::board::Tally;
use sip::websocket::{Decoder, Event, Handshake, Opcode, put_close, put_frame};
use sip::{Cut, Framer, Message};

use crate::deadlines::Timer;
use crate::input::{LinkId, ShardId};
use crate::limits::{FLOW_GRACE, MESSAGE_PATIENCE};
use crate::mail::Mail;
use crate::output::Plug;
use crate::peers::flows::{Flow, Wire};
use crate::peers::lines::{FlowId, Line};
use crate::shard::Shard;

impl Shard {
    /// A listener of SIP accepted a connection.
    pub(crate) fn handle_flow(
        &mut self,
        id: LinkId,
        listener: u16,
        transport: Transport,
        peer: SocketAddr,
    ) {
        let Ok(oldest) = self
            .flows
            .room_for(peer.ip())
            .and_then(|oldest| if self.stopping { Err(()) } else { Ok(oldest) })
        else {
            return self.out.plugs.push_back(Plug::Close { link: id });
        };
        if let Some(oldest) = oldest {
            self.close_flow(oldest);
        }
        let wire = match transport.is_websocket() {
            true => Wire::Handshake,
            false => Wire::Stream(Framer::default()),
        };
        self.flows.insert(id, Flow::new(self.at.now, listener, peer, wire));
        self.arm_flow(id);
    }

    /// Octets came; those that are not whole yet are kept. Says whether there is such a connection.
    pub(crate) fn handle_flow_bytes(&mut self, id: LinkId, bytes: &[u8]) -> bool {
        let Some(flow) = self.flows.get_mut(id) else { return false };
        let mut octets = std::mem::take(&mut flow.partial);
        let used = if octets.is_empty() {
            let used = self.cut_flow(id, bytes);
            octets.extend_from_slice(&bytes[used..]);
            used
        } else {
            octets.extend_from_slice(bytes);
            let used = self.cut_flow(id, &octets);
            octets.drain(..used);
            used
        };
        let now = self.at.now;
        if let Some(flow) = self.flows.get_mut(id) {
            // At rest it keeps nothing.
            flow.partial = if octets.is_empty() { Vec::new() } else { octets };
            flow.handle_octets(now, used > 0);
        }
        self.arm_flow(id);
        true
    }

    /// Handles everything whole; returns how many octets are done with.
    fn cut_flow(&mut self, id: LinkId, octets: &[u8]) -> usize {
        let mut used = 0;
        loop {
            let open = |flow: &&mut Flow| !flow.is_closing;
            let Some(flow) = self.flows.get_mut(id).filter(open) else { return octets.len() };
            let rest = &octets[used..];
            let step = match &flow.wire {
                Wire::Stream(_) => self.cut_message(id, rest),
                Wire::Handshake => self.cut_handshake(id, rest),
                Wire::WebSocket(_) => self.cut_frame(id, rest),
            };
            match step {
                Some(length) => used += length,
                None => return used,
            }
        }
    }

    /// The next message of a stream (RFC 3261 §18.3), or a keep-alive (RFC 5626 §3.5.1).
    fn cut_message(&mut self, id: LinkId, octets: &[u8]) -> Option<usize> {
        let flow = self.flows.get_mut(id)?;
        let Wire::Stream(framer) = &mut flow.wire else { return None };
        match framer.cut(octets, false) {
            Ok(Cut::More) => None,
            Ok(Cut::Ping(length)) => {
                flow.out.extend_from_slice(b"\r\n");
                self.flows.touch(&mut self.out, id);
                Some(length)
            }
            Ok(Cut::Pong(length)) => Some(length),
            Ok(Cut::Message(length)) => {
                self.handle_flow_message(id, &octets[..length]);
                Some(length)
            }
            Err(error) => {
                // Where the next message begins nobody knows any more.
                if let (Some(line), Some(request)) = (self.line_of(id), Message::salvage(octets)) {
                    let peer = line.1;
                    self.reject(line.0, peer, &request, 400, |_| {});
                }
                self.flow_nonsense(id, &error);
                self.close_flow(id);
                None
            }
        }
    }

    /// The request that opens a WebSocket.
    fn cut_handshake(&mut self, id: LinkId, octets: &[u8]) -> Option<usize> {
        match Handshake::parse(octets) {
            Ok(None) => None,
            Ok(Some((length, handshake))) => {
                let flow = self.flows.get_mut(id)?;
                handshake.accept(&mut flow.out);
                flow.wire = Wire::WebSocket(Decoder::default());
                self.flows.touch(&mut self.out, id);
                Some(length)
            }
            Err(refused) => {
                refused.put(&mut self.flows.get_mut(id)?.out);
                self.flow_nonsense(id, &refused);
                self.close_flow(id);
                None
            }
        }
    }

    /// The next frame of a WebSocket.
    fn cut_frame(&mut self, id: LinkId, octets: &[u8]) -> Option<usize> {
        let mut desk = std::mem::take(&mut self.desk);
        let length = self.take_frame(id, octets, &mut desk);
        self.desk = desk;
        length
    }

    fn take_frame(&mut self, id: LinkId, octets: &[u8], desk: &mut Vec<u8>) -> Option<usize> {
        let flow = self.flows.get_mut(id)?;
        let Wire::WebSocket(decoder) = &mut flow.wire else { return None };
        let (length, event) = match decoder.next(octets, desk) {
            Ok(found) => found?,
            Err(violation) => {
                put_close(violation.status(), &mut flow.out);
                self.flow_nonsense(id, &violation);
                self.close_flow(id);
                return None;
            }
        };
        match event {
            Event::Piece | Event::Pong => {}
            Event::Ping => {
                put_frame(Opcode::Pong, desk, &mut flow.out);
                self.flows.touch(&mut self.out, id);
            }
            Event::Close(status) => {
                put_close(status.unwrap_or(NORMAL), &mut flow.out);
                self.close_flow(id);
            }
            // Browsers cannot send a ping: their apps say it as RFC 5626 does.
            Event::Message if desk.iter().all(|octet| matches!(octet, b'\r' | b'\n')) => {
                if desk.len() == PING_LEN {
                    self.flows.say(&mut self.out, id, b"\r\n");
                }
            }
            Event::Message => self.handle_flow_message(id, desk),
        }
        Some(length)
    }

    fn handle_flow_message(&mut self, id: LinkId, octets: &[u8]) {
        if let Some((line, peer)) = self.line_of(id) {
            if !octets.starts_with(b"SIP/2.0 ") {
                self.out.taps.saw_sip(false, line, peer, octets);
            }
            self.handle_sip(line, peer, octets);
        }
    }

    /// What every shard calls this connection, and who is at its other end.
    fn line_of(&mut self, link: LinkId) -> Option<(Line, SocketAddr)> {
        let shard = self.config.shard;
        let flow = self.flows.get_mut(link)?;
        Some((Line::Flow(FlowId { shard, listener: flow.listener, link }), flow.peer))
    }

    /// Sends a message that came by a line to the shard that must see it.
    pub(crate) fn forward(&mut self, to: ShardId, line: Line, peer: SocketAddr, octets: &[u8]) {
        if let Some(flow) = line.flow().filter(|flow| flow.shard == self.config.shard)
            && let Some(flow) = self.flows.get_mut(flow.link)
        {
            flow.deal(to);
        }
        self.out.post(to, Mail::Sip { line, peer, octets: octets.to_vec() });
    }

    /// Somebody known uses this line: if it is a connection, it is kept so long and some more.
    pub(crate) fn keep_line(&mut self, line: Line, duration: Duration) {
        let Some(flow) = line.flow() else { return };
        if flow.shard != self.config.shard {
            return self.out.post(flow.shard, Mail::Keep { link: flow.link, duration });
        }
        self.keep_flow(flow.link, duration);
    }

    pub(crate) fn keep_flow(&mut self, id: LinkId, duration: Duration) {
        self.flows.keep(id, self.at.now, duration + FLOW_GRACE);
        self.arm_flow(id);
    }

    /// Lets the body close it once everything said is written.
    fn close_flow(&mut self, id: LinkId) {
        let Some(flow) = self.flows.get_mut(id) else { return };
        if std::mem::replace(&mut flow.is_closing, true) {
            return;
        }
        self.flows.forget_stranger(id);
        self.flows.touch(&mut self.out, id);
        self.out.plugs.push_back(Plug::Close { link: id });
    }

    /// It is gone, and so is what was registered over it, here and at other shards; says whether
    /// there was such a connection.
    pub(crate) fn handle_flow_unlinked(&mut self, id: LinkId) -> bool {
        let Some(flow) = self.flows.remove(id) else { return false };
        let ended = FlowId { shard: self.config.shard, listener: flow.listener, link: id };
        for shard in flow.dealing() {
            self.out.post(shard, Mail::Ended { flow: ended });
        }
        self.handle_ended(ended);
        true
    }

    /// A connection is no more: its contacts are forgotten, and what was on its way over it is
    /// tried again when the app is back.
    pub(crate) fn handle_ended(&mut self, flow: FlowId) {
        self.forget_flow(flow);
        self.fail_clients(flow);
    }

    pub(crate) fn handle_flow_timer(&mut self, id: LinkId) {
        let now = self.at.now;
        let Some(flow) = self.flows.get_mut(id) else { return };
        flow.armed = None;
        let (is_stuck, is_over) = (flow.is_stuck(now), flow.is_over(now));
        if is_stuck {
            self.flow_nonsense(id, &format_args!("unfinished for {MESSAGE_PATIENCE:?}"));
        }
        if is_stuck || is_over {
            self.close_flow(id);
        }
        self.arm_flow(id);
    }

    fn arm_flow(&mut self, id: LinkId) {
        let Some(flow) = self.flows.get_mut(id) else { return };
        let Some(next) = flow.poll_timeout() else { return };
        if flow.armed.is_none_or(|armed| armed > next) {
            flow.armed = Some(next);
            self.deadlines.arm(next, Timer::Flow(id));
        }
    }

    /// Something came that makes no sense.
    fn flow_nonsense(&mut self, id: LinkId, what: &dyn std::fmt::Display) {
        self.add(Tally::Nonsense, 1);
        let peer = self.flows.get_mut(id).map(|flow| flow.peer);
        let note = self.out.warn("nonsense on a SIP connection", "");
        (note.peer, note.detail) = (peer, what.to_string());
    }
}

/// The status of a Close that answers one without (RFC 6455 §7.4.1).
const NORMAL: u16 = 1000;

/// CR LF CR LF asks, CR LF answers (RFC 5626 §3.5.1).
const PING_LEN: usize = 4;
