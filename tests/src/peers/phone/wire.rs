//! What carries an app's SIP: datagrams, or one connection that it dials and dials again.

use std::net::SocketAddr;

use sip::{Cut, Framer, Transport};

use crate::net::{Net, Place};

/// What carries an app's SIP.
#[derive(Debug)]
pub struct Carriage {
    /// Which peer of the world it is.
    peer: usize,
    /// UDP or TCP.
    pub transport: Transport<'static>,
    /// How often it has dialled; the number of the connection that counts.
    pub dialled: u64,
    is_dialling: bool,
    wire: Option<u64>,
    /// What was said before the connection was there.
    early: Vec<u8>,
    /// What is not whole yet.
    held: Vec<u8>,
    framer: Framer,
    /// A test speaks for the app: what came over the connection, and nothing is made of it.
    pub raw: Option<Vec<u8>>,
    /// How often a connection was lost, or could not be had.
    pub hangups: u32,
}

impl Carriage {
    pub(super) fn new(peer: usize) -> Self {
        Self {
            peer,
            transport: Transport::Udp,
            dialled: 0,
            is_dialling: false,
            wire: None,
            early: Vec::new(),
            held: Vec::new(),
            framer: Framer::default(),
            raw: None,
            hangups: 0,
        }
    }

    /// The connection, if there is one.
    pub fn wire(&self) -> Option<u64> {
        self.wire
    }

    fn place(&self) -> Place {
        Place::Peer { peer: self.peer, link: self.dialled }
    }

    /// Says something to whom it belongs; over a connection there is only one.
    pub(super) fn say(
        &mut self,
        net: &mut Net,
        (local, to, remote): (SocketAddr, SocketAddr, SocketAddr),
        octets: &[u8],
    ) {
        if !self.transport.is_reliable() {
            return net.datagram(local, to, octets);
        }
        match self.wire {
            Some(wire) => net.write(wire, self.place(), octets),
            None => {
                self.early.extend_from_slice(octets);
                if !std::mem::replace(&mut self.is_dialling, true) {
                    self.dialled += 1;
                    net.dial(self.place(), local, remote);
                }
            }
        }
    }

    /// The connection is there.
    pub(super) fn linked(&mut self, net: &mut Net, link: u64, wire: u64) {
        if link == self.dialled {
            (self.wire, self.is_dialling) = (Some(wire), false);
            net.write(wire, self.place(), &std::mem::take(&mut self.early));
        }
    }

    /// Octets came; every message they end.
    pub(super) fn take_in(&mut self, link: u64, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        if link != self.dialled {
            return messages;
        }
        if let Some(raw) = &mut self.raw {
            raw.extend_from_slice(bytes);
            return messages;
        }
        self.held.extend_from_slice(bytes);
        loop {
            match self.framer.cut(&self.held, true).expect("we write what can be cut") {
                Cut::More => return messages,
                Cut::Ping(length) | Cut::Pong(length) => drop(self.held.drain(..length)),
                Cut::Message(length) => messages.push(self.held.drain(..length).collect()),
            }
        }
    }

    /// The connection is gone, or could not be had; says whether it was the one that counts.
    pub(super) fn hangup(&mut self, link: u64) -> bool {
        if link != self.dialled {
            return false;
        }
        self.hangups += 1;
        (self.wire, self.is_dialling) = (None, false);
        self.early.clear();
        self.held.clear();
        self.framer = Framer::default();
        true
    }

    /// Lets go of the connection without a word.
    pub(super) fn drop_wire(&mut self, net: &mut Net) {
        if let Some(wire) = self.wire {
            net.close(wire, self.place());
            self.hangup(self.dialled);
        }
    }
}
