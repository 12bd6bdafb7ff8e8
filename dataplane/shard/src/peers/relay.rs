//! Links that one shard holds and another one talks on.
//!
//! A peer that says outbind reaches the shard that the kernel chose, and its connection lives at
//! another one. The shard that accepted the link, its *holder*, keeps the socket and carries
//! octets to and fro; the *speaker* has the session, under a number of its own as if it had
//! dialled. Mail is never lost and never overtakes, so neither notices anything but the way.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::input::{LinkId, ShardId, Unlink};
use crate::limits::LENT_MAX;
use crate::mail::Mail;
use crate::output::Plug;
use crate::shard::Shard;

/// What holder and speaker of a link say to each other. `link` is always the holder's number.
#[derive(Debug)]
pub enum Relay {
    /// To the speaker: the peer of this connection of yours has dialled us and said outbind.
    Begun {
        /// The link.
        link: LinkId,
        /// The environment and the connection.
        connection: (u32, u32),
        /// Our address and its.
        ends: (SocketAddr, SocketAddr),
        /// Does it speak TLS?
        tls: bool,
    },
    /// To the speaker: this came.
    Heard {
        /// The link.
        link: LinkId,
        /// What.
        octets: Vec<u8>,
    },
    /// To the speaker: it is gone.
    Gone {
        /// The link.
        link: LinkId,
        /// Why.
        cause: Unlink,
    },
    /// To the holder: write this.
    Say {
        /// The link.
        link: LinkId,
        /// What.
        octets: Vec<u8>,
    },
    /// To the holder: close it once that is written.
    Close {
        /// The link.
        link: LinkId,
    },
}

/// The links that are held here for others, and by others for us.
#[derive(Debug, Default)]
pub(crate) struct Relays {
    /// Held here for others.
    held: BTreeMap<LinkId, Held>,
    /// Ours to talk on, by our number: who holds them, and their number there.
    spoken: BTreeMap<LinkId, (ShardId, LinkId)>,
    /// The same the other way round.
    numbers: BTreeMap<(ShardId, LinkId), LinkId>,
}

/// A link that is held for another shard.
#[derive(Debug)]
struct Held {
    /// Who talks on it.
    speaker: ShardId,
    /// What this turn writes.
    out: Vec<u8>,
}

impl Relays {
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// May one more be held here?
    pub(super) fn has_room(&self) -> bool {
        self.held.len() < LENT_MAX
    }

    pub(crate) fn is_held(&self, link: LinkId) -> bool {
        self.held.contains_key(&link)
    }

    /// Moves what is to be written to a held link into `lent`; `false` if there is nothing.
    pub(crate) fn take_output(&mut self, link: LinkId, lent: &mut Vec<u8>) -> bool {
        let Some(held) = self.held.get_mut(&link) else { return false };
        lent.clear();
        std::mem::swap(lent, &mut held.out);
        !lent.is_empty()
    }

    /// The mail that writes these octets, if somebody else holds the link.
    pub(crate) fn say(&self, link: LinkId, octets: &[u8]) -> Option<(ShardId, Mail)> {
        let (holder, link) = *self.spoken.get(&link)?;
        Some((holder, Mail::Relay(Relay::Say { link, octets: octets.to_vec() })))
    }

    /// The mail that plugs, if somebody else holds the link.
    pub(crate) fn plug(&self, plug: &Plug) -> Option<(ShardId, Mail)> {
        let Plug::Close { link } = plug else { return None };
        let (holder, link) = *self.spoken.get(link)?;
        Some((holder, Mail::Relay(Relay::Close { link })))
    }
}

impl Shard {
    /// From now on another shard talks on this link.
    pub(super) fn hand_over(&mut self, id: LinkId, connection: (u32, u32), speaker: ShardId) {
        let Some(link) = self.links.remove(id) else { return };
        self.relays.held.insert(id, Held { speaker, out: Vec::new() });
        let ends = (link.local, link.peer);
        let begun = Relay::Begun { link: id, connection, ends, tls: link.tls };
        self.out.post(speaker, Mail::Relay(begun));
    }

    /// Octets of a link that is held for another shard.
    pub(crate) fn relay_octets(&mut self, id: LinkId, octets: &[u8]) {
        if let Some(held) = self.relays.held.get(&id).filter(|_| !octets.is_empty()) {
            let heard = Relay::Heard { link: id, octets: octets.to_vec() };
            self.out.post(held.speaker, Mail::Relay(heard));
        }
    }

    /// A link is gone; says whether it was held for another shard.
    pub(crate) fn relay_gone(&mut self, id: LinkId, cause: Unlink) -> bool {
        let Some(held) = self.relays.held.remove(&id) else { return false };
        self.out.post(held.speaker, Mail::Relay(Relay::Gone { link: id, cause }));
        true
    }

    pub(crate) fn handle_relay(&mut self, from: ShardId, relay: Relay) {
        match relay {
            Relay::Begun { link, connection, ends, tls } => {
                let id = self.connections.next_link();
                if self.begin_awaited(connection, id, ends, tls) {
                    self.relays.spoken.insert(id, (from, link));
                    self.relays.numbers.insert((from, link), id);
                } else {
                    self.out.post(from, Mail::Relay(Relay::Close { link }));
                }
            }
            Relay::Heard { link, octets } => {
                if let Some(id) = self.relays.numbers.get(&(from, link)).copied() {
                    self.handle_bytes(id, &octets);
                }
            }
            Relay::Gone { link, cause } => {
                if let Some(id) = self.relays.numbers.remove(&(from, link)) {
                    self.relays.spoken.remove(&id);
                    self.handle_unlinked(id, cause);
                }
            }
            Relay::Say { link, octets } => {
                if let Some(held) = self.relays.held.get_mut(&link) {
                    held.out.extend_from_slice(&octets);
                    self.out.sends.push_back(link);
                }
            }
            Relay::Close { link } => {
                if self.relays.is_held(link) {
                    self.out.plugs.push_back(Plug::Close { link });
                }
            }
        }
    }
}
