//! The clock, what is yet to happen, and the network: TCP in order, UDP as it likes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use shard::{Mail, Moment};

use crate::node::Given;
use crate::rng::Rng;

/// Who holds one end of a TCP connection.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Place {
    /// A shard, by node, life of the node and number.
    Shard {
        /// The node.
        node: usize,
        /// Which start of the node.
        life: u32,
        /// The shard.
        shard: u8,
        /// What the shard calls the link; 0 until it was accepted.
        link: u64,
    },
    /// A peer, by its place in the world, and what it calls the link.
    Peer {
        /// The peer.
        peer: usize,
        /// Its own number for the link.
        link: u64,
    },
}

/// Something that happens at a moment.
#[derive(Debug)]
pub enum Event {
    /// A shard takes in what has come for it.
    Turn {
        /// The node.
        node: usize,
        /// Which start of it.
        life: u32,
        /// The shard.
        shard: u8,
    },
    /// The moment a shard asked for.
    Wake {
        /// The node.
        node: usize,
        /// Which start of it.
        life: u32,
        /// The shard.
        shard: u8,
    },
    /// A commit has ended.
    Committed {
        /// The node.
        node: usize,
        /// Which start of it.
        life: u32,
        /// The shard.
        shard: u8,
    },
    /// Mail between shards arrives.
    Mail {
        /// The node.
        node: usize,
        /// Which start of it.
        life: u32,
        /// From which shard.
        from: u8,
        /// To which.
        to: u8,
        /// What.
        mail: Box<Mail>,
    },
    /// Somebody's dialling arrives.
    Dialled {
        /// Who dialled.
        from: Place,
        /// From where.
        local: SocketAddr,
        /// To where.
        remote: SocketAddr,
    },
    /// Octets arrive at an end of a wire.
    Bytes {
        /// The wire.
        wire: u64,
        /// The end.
        to: usize,
        /// How often this direction had been cut when they were written.
        cuts: u32,
        /// What.
        bytes: Vec<u8>,
    },
    /// The other end is gone, orderly or not.
    Hangup {
        /// The wire.
        wire: u64,
        /// The end that learns it.
        to: usize,
        /// Not orderly.
        reset: bool,
    },
    /// A datagram arrives.
    Datagram {
        /// From where.
        from: SocketAddr,
        /// To where.
        to: SocketAddr,
        /// What.
        bytes: Vec<u8>,
    },
    /// The file of an attic was written or read.
    Attic {
        /// The node.
        node: usize,
        /// Which start of it.
        life: u32,
        /// The shard.
        shard: u8,
        /// Its answer.
        given: Box<Given>,
    },
    /// A peer asked to be called.
    Tick {
        /// The peer.
        peer: usize,
        /// What it wanted to remember.
        tag: u64,
    },
    /// A node begins to serve.
    Start {
        /// The node.
        node: usize,
    },
}

/// How bad the world is. Times in microseconds, chances in thousandths.
#[derive(Clone, Debug)]
pub struct Faults {
    /// The longest way of a TCP segment.
    pub tcp_us: u64,
    /// The longest TCP segment; 0 keeps every write whole.
    pub segment: u64,
    /// The longest way of a datagram: different ways are how datagrams overtake.
    pub udp_us: u64,
    /// Datagrams lost.
    pub loss: u64,
    /// Datagrams doubled.
    pub twice: u64,
    /// Datagrams that arrive seconds after those that were sent later.
    pub late: u64,
    /// Datagrams lost that answer something: requests arrive, and nobody learns of it.
    pub unheard: u64,
    /// The longest commit.
    pub commit_us: u64,
    /// The longest way of a mail.
    pub mail_us: u64,
    /// How long a node reads its journals, when it has any.
    pub read_us: u64,
    /// The longest wait before a shard's next turn.
    pub turn_us: u64,
    /// How long the file of an attic takes for a write or a read.
    pub attic_us: u64,
    /// One of so many writes to the file of an attic fails, and one of so many reads; 0 is none.
    pub attic_fails: u32,
}

impl Faults {
    /// A quiet day.
    pub fn none() -> Self {
        Self {
            tcp_us: 200,
            segment: 0,
            udp_us: 200,
            loss: 0,
            twice: 0,
            late: 0,
            unheard: 0,
            commit_us: 500,
            mail_us: 20,
            read_us: 1_000,
            turn_us: 10,
            attic_us: 50,
            attic_fails: 0,
        }
    }
}

/// A TCP connection.
#[derive(Debug)]
struct Wire {
    ends: [Option<Place>; 2],
    /// When the last octet on its way arrives at each end: nothing overtakes it.
    last: [u64; 2],
    /// How often what was on its way to each end was lost.
    cuts: [u32; 2],
    /// Nothing written from now on arrives.
    broken: bool,
}

/// The clock, what is yet to happen, and the network.
#[derive(Debug)]
pub struct Net {
    /// Nanoseconds since the beginning of the world.
    pub now: u64,
    /// What decides everything that nobody decides.
    pub rng: Rng,
    /// How bad the world is.
    pub faults: Faults,
    /// How far the wall clock is from where it began and should be, in nanoseconds.
    pub skew_ns: i64,
    zero: Instant,
    queue: BTreeMap<(u64, u64), Event>,
    sequence: u64,
    wires: BTreeMap<u64, Wire>,
    next_wire: u64,
    /// Datagrams on their way from one address to another, lost ones included.
    pub datagrams: u64,
}

impl Net {
    /// An empty network at the beginning of time.
    #[expect(clippy::disallowed_methods, reason = "the zero of a clock that never runs again")]
    pub fn new(seed: u64) -> Self {
        Self {
            now: 0,
            rng: Rng::new(seed),
            faults: Faults::none(),
            skew_ns: 0,
            zero: Instant::now(),
            queue: BTreeMap::new(),
            sequence: 0,
            wires: BTreeMap::new(),
            next_wire: 0,
            datagrams: 0,
        }
    }

    /// The monotonic clock.
    pub fn instant(&self) -> Instant {
        self.zero + Duration::from_nanos(self.now)
    }

    /// Both clocks.
    pub fn moment(&self) -> Moment {
        let unix_ns = (UNIX_ZERO + self.now).saturating_add_signed(self.skew_ns);
        Moment { now: self.instant(), unix_ns }
    }

    /// What an instant is on our clock.
    pub fn nanos(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.zero).as_nanos() as u64
    }

    /// Something will happen then, or at once if that has passed.
    pub fn at(&mut self, at: u64, event: Event) {
        self.sequence += 1;
        self.queue.insert((at.max(self.now), self.sequence), event);
    }

    /// Something will happen so many nanoseconds from now.
    pub fn after(&mut self, delay: u64, event: Event) {
        self.at(self.now + delay, event);
    }

    /// A time up to so many microseconds, at least one.
    pub fn some_us(&mut self, max: u64) -> u64 {
        self.rng.of(1..max.max(1) + 1) * US
    }

    /// The next thing that happens, if it happens by then; the clock goes there.
    pub fn next(&mut self, until: u64) -> Option<Event> {
        let entry = self.queue.first_entry()?;
        if entry.key().0 > until {
            return None;
        }
        self.now = entry.key().0;
        Some(entry.remove())
    }

    /// Dials; the world answers with a link or without.
    pub fn dial(&mut self, from: Place, local: SocketAddr, remote: SocketAddr) {
        let delay = self.some_us(self.faults.tcp_us);
        self.after(delay, Event::Dialled { from, local, remote });
    }

    /// Joins two places; returns the wire.
    pub fn join(&mut self, one: Place, other: Place) -> u64 {
        self.next_wire += 1;
        let ends = [Some(one), Some(other)];
        let wire = Wire { ends, last: [0, 0], cuts: [0, 0], broken: false };
        self.wires.insert(self.next_wire, wire);
        self.next_wire
    }

    /// The end of a wire that a place holds.
    fn end_of(&self, wire: u64, place: Place) -> Option<usize> {
        self.wires.get(&wire)?.ends.iter().position(|end| *end == Some(place))
    }

    /// Who holds an end.
    pub fn holder(&self, wire: u64, end: usize) -> Option<Place> {
        self.wires.get(&wire)?.ends[end]
    }

    /// Writes to a wire: cut as the seed says, never overtaking what was written before.
    pub fn write(&mut self, wire: u64, from: Place, bytes: &[u8]) {
        let Some(end) = self.end_of(wire, from) else { return };
        let mut rest = bytes;
        while !rest.is_empty() {
            let most = rest.len() as u64;
            let size = match self.faults.segment {
                0 => most,
                segment => self.rng.of(1..segment + 1).min(most),
            };
            let (piece, behind) = rest.split_at(size as usize);
            self.push(wire, 1 - end, |to, cuts| {
                let bytes = piece.to_vec();
                Event::Bytes { wire, to, cuts, bytes }
            });
            rest = behind;
        }
    }

    fn push(&mut self, wire: u64, to: usize, event: impl FnOnce(usize, u32) -> Event) {
        let delay = self.some_us(self.faults.tcp_us);
        let Some(known) = self.wires.get_mut(&wire).filter(|wire| !wire.broken) else { return };
        let at = (self.now + delay).max(known.last[to] + 1);
        known.last[to] = at;
        let event = event(to, known.cuts[to]);
        self.at(at, event);
    }

    /// Lets go of one end, orderly: the other learns it behind the last octet. `false` if the wire
    /// is broken, so that it learns nothing.
    pub fn close(&mut self, wire: u64, from: Place) -> bool {
        let Some(end) = self.end_of(wire, from) else { return true };
        let is_whole = self.wires.get(&wire).is_some_and(|wire| !wire.broken);
        self.push(wire, 1 - end, |to, _| Event::Hangup { wire, to, reset: false });
        self.let_go(wire, end);
        is_whole
    }

    /// Another holds this end from now on; nothing on its way notices.
    pub fn hand(&mut self, wire: u64, from: Place, to: Place) {
        let Some(end) = self.end_of(wire, from) else { return };
        if let Some(known) = self.wires.get_mut(&wire) {
            known.ends[end] = Some(to);
        }
    }

    /// Lets go of an end; a wire without ends is gone.
    pub fn let_go(&mut self, wire: u64, end: usize) {
        let Some(known) = self.wires.get_mut(&wire) else { return };
        known.ends[end] = None;
        if known.ends == [None, None] {
            self.wires.remove(&wire);
        }
    }

    /// Cuts a wire: each end that is still held learns it, and octets on their way arrive
    /// first or never, as the seed says.
    ///
    /// The end that was dialled learns it a millisecond before the other: what a peer sends
    /// again before its old link is known to be gone is a stranger's, and nothing could tell.
    pub fn cut(&mut self, wire: u64) {
        let mut earliest = self.now;
        for to in [1, 0] {
            let (kind, delay) = (self.rng.permille(500), self.some_us(self.faults.tcp_us));
            let Some(known) = self.wires.get_mut(&wire) else { return };
            known.broken = true;
            let at = if kind {
                known.last[to].max(self.now) + 1
            } else {
                known.cuts[to] += 1;
                self.now + delay
            };
            earliest = at.max(earliest);
            if known.ends[to].is_some() {
                self.at(earliest, Event::Hangup { wire, to, reset: true });
            }
            earliest += MS;
        }
    }

    /// Nothing passes any more, and neither end learns it before so much time has passed: a NAT
    /// that has forgotten the connection, or a phone out of reach.
    pub fn numb(&mut self, wire: u64, silence: u64) {
        for to in [1, 0] {
            let Some(known) = self.wires.get_mut(&wire) else { return };
            known.broken = true;
            known.cuts[to] += 1;
            if known.ends[to].is_some() {
                let at = self.now + silence + if to == 1 { 0 } else { MS };
                self.at(at, Event::Hangup { wire, to, reset: true });
            }
        }
    }

    /// Do octets written after so many cuts still arrive?
    pub fn arrives(&self, wire: u64, to: usize, cuts: u32) -> bool {
        self.wires.get(&wire).is_some_and(|wire| wire.cuts[to] == cuts)
    }

    /// All wires with an end held by somebody who fits.
    pub fn wires_of(&self, fits: impl Fn(&Place) -> bool) -> Vec<u64> {
        let held = self.wires.iter().filter(|(_, wire)| wire.ends.iter().flatten().any(&fits));
        held.map(|(number, _)| *number).collect()
    }

    /// All wires that nobody has let go of.
    pub fn whole_wires(&self) -> Vec<u64> {
        let whole = self.wires.iter().filter(|(_, wire)| wire.ends.iter().all(Option::is_some));
        whole.map(|(number, _)| *number).collect()
    }

    /// Sends a datagram, if the seed is kind.
    pub fn datagram(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        self.datagrams += 1;
        let answers = bytes.starts_with(b"SIP/2.0 ");
        if self.rng.permille(self.faults.loss) || answers && self.rng.permille(self.faults.unheard)
        {
            return;
        }
        let copies = if self.rng.permille(self.faults.twice) { 2 } else { 1 };
        for _ in 0..copies {
            let late = self.rng.permille(self.faults.late);
            let delay = self.some_us(if late { LATE_US } else { self.faults.udp_us });
            self.after(delay, Event::Datagram { from, to, bytes: bytes.to_vec() });
        }
    }
}

/// How late a datagram can be that is late: more than T2, less than Timer J.
const LATE_US: u64 = 6_000_000;

/// Nanoseconds of a microsecond.
pub const US: u64 = 1_000;
/// Nanoseconds of a millisecond.
pub const MS: u64 = 1_000_000;
/// Nanoseconds of a second.
pub const SEC: u64 = 1_000_000_000;

/// 2026-11-01T00:00:00Z in Unix nanoseconds.
pub const UNIX_ZERO: u64 = 1_793_491_200 * SEC;
