//! One shard behind its two doors, with a disk that always works.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use routing::board::{Page, Tally};
use shard::{
    Adopted, Config, Entry, Input, LinkId, Moment, Output, Plug, Shard, ShardId, SocketId, Speaks,
    Transport,
};

use crate::model::{ENV1_SIP, ENV1_SMPP, Site, address};

/// A shard of env1 and what it has said so far.
#[derive(Debug)]
pub struct Door {
    shard: Shard,
    at: Moment,
    wake: Option<Instant>,
    /// What it wrote, by link.
    pub said: BTreeMap<LinkId, Vec<u8>>,
    /// Datagrams it sent, and where to.
    pub datagrams: Vec<(SocketAddr, Vec<u8>)>,
    /// Links it asked for.
    pub dialled: Vec<LinkId>,
    /// Links it wants closed.
    pub closed: Vec<LinkId>,
}

impl Door {
    /// A shard that has adopted the standard site.
    pub fn open() -> Self {
        Self::of(plan().clone())
    }

    /// A shard that has adopted this.
    pub fn of(plan: Adopted) -> Self {
        let at = Moment { now: base(), unix_ns: 1_900_000_000_000_000_000 };
        let (said, datagrams) = (BTreeMap::new(), Vec::new());
        let shard = Shard::new(config(), at);
        let (dialled, closed) = (Vec::new(), Vec::new());
        let mut door = Self { shard, at, wake: None, said, datagrams, dialled, closed };
        door.give(Input::Adopted(plan));
        door
    }

    /// A datagram comes to the SIP entry; what is said to it at once.
    pub fn datagram(&mut self, peer: SocketAddr, bytes: &[u8]) -> Vec<Vec<u8>> {
        let before = self.datagrams.len();
        self.give(Input::Datagram { socket: SocketId(0), peer, bytes });
        self.datagrams[before..].iter().map(|(_, bytes)| bytes.clone()).collect()
    }

    /// All of this happens in one turn; what is said at the end of it.
    pub fn turn<'a>(&mut self, inputs: impl IntoIterator<Item = Input<'a>>) -> Vec<Vec<u8>> {
        let (said, recorded) = self.turn_before_disk(inputs);
        if let Some(upto) = recorded {
            self.give(Input::Recorded { upto });
        }
        said
    }

    /// As [`turn`](Self::turn), a moment later, and the disk has not done with it yet: what is
    /// said, and the last record, if it wrote any.
    pub fn turn_before_disk<'a>(
        &mut self,
        inputs: impl IntoIterator<Item = Input<'a>>,
    ) -> (Vec<Vec<u8>>, Option<u64>) {
        self.at.now += AT_ONCE;
        let before = self.datagrams.len();
        for input in inputs {
            self.shard.handle(self.at, input);
        }
        let recorded = self.hear();
        let said = self.datagrams[before..].iter().map(|(_, bytes)| bytes.clone()).collect();
        (said, recorded)
    }

    /// Something happens; what it asks of the disk is done at once.
    pub fn give(&mut self, input: Input<'_>) {
        self.shard.handle(self.at, input);
        while let Some(upto) = self.hear() {
            self.shard.handle(self.at, Input::Recorded { upto });
        }
        // What it wants to go on with at once is the next turn.
        if let Some(wake) = self.wake.filter(|wake| *wake <= self.at.now + AT_ONCE) {
            self.pass_until(wake.max(self.at.now));
        }
    }

    /// What its page of the board says.
    pub fn tally(&self, tally: Tally) -> u64 {
        let mut page = Page::default();
        self.shard.page(&mut page);
        page.tally(tally)
    }

    /// Time passes; every moment asked for on the way comes.
    pub fn wait(&mut self, duration: Duration) {
        let end = self.at.now + duration;
        for _ in 0..WAKES_MAX {
            match self.wake.filter(|wake| *wake <= end) {
                Some(wake) => self.pass_until(wake.max(self.at.now)),
                None => return self.pass_until(end),
            }
        }
        panic!("a shard that wants to be woken for ever");
    }

    fn pass_until(&mut self, now: Instant) {
        self.at.unix_ns += (now - self.at.now).as_nanos() as u64;
        self.at.now = now;
        self.wake = self.wake.filter(|wake| *wake > now);
        self.give(Input::Time);
    }

    /// Drains what it says; the last record, if it wrote any.
    fn hear(&mut self) -> Option<u64> {
        let mut recorded = None;
        while let Some(output) = self.shard.poll_output() {
            match output {
                Output::Record { upto, .. } => recorded = Some(upto),
                Output::Send { link, bytes } => {
                    self.said.entry(link).or_default().extend_from_slice(bytes);
                }
                Output::SendTo { peer, bytes, .. } => self.datagrams.push((peer, bytes.to_vec())),
                Output::Plug(Plug::Dial { link, .. }) => self.dialled.push(link),
                Output::Plug(Plug::Close { link }) => self.closed.push(link),
                Output::Wake(at) => self.wake = Some(at),
                Output::Post { .. } => panic!("mail of the only shard"),
                // A file that never answers: all stays in memory.
                Output::Stow { .. } | Output::Fetch { .. } => {}
                Output::Note(_) | Output::Seen(_) | Output::Drained => {}
            }
        }
        recorded
    }
}

/// The moment at which every run begins.
#[expect(clippy::disallowed_methods, reason = "the zero of a clock that never runs again")]
pub fn base() -> Instant {
    static BASE: OnceLock<Instant> = OnceLock::new();
    *BASE.get_or_init(Instant::now)
}

/// Frozen once; a fuzzer plays thousands of runs a second.
fn plan() -> &'static Adopted {
    static PLAN: OnceLock<Adopted> = OnceLock::new();
    PLAN.get_or_init(|| Site::standard().adopted())
}

fn config() -> Config {
    let entry = |text, speaks| {
        vec![Entry { environment: "env1".to_owned(), address: address(text), speaks }]
    };
    Config {
        shard: ShardId(0),
        shards: 1,
        node: 1,
        system_id: "env1".to_owned(),
        streams: [
            entry(ENV1_SMPP, Speaks::Smpp),
            entry(ENV1_SIP, Speaks::Sip(Transport::Tcp)),
            entry(ENV1_SIP, Speaks::Sip(Transport::Ws)),
        ]
        .concat(),
        sip: entry(ENV1_SIP, Speaks::Sip(Transport::Udp)),
        key: [7; 32],
    }
}

/// Somebody's address.
pub fn peer(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// Sooner than anything that waits for time to pass.
const AT_ONCE: Duration = Duration::from_nanos(1);

/// More than all timers of a few links for a day.
const WAKES_MAX: u32 = 100_000;
