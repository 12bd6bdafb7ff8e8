//! The way from the shards to the thread that shows.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};
use shard::Sighting;

use super::captures::Captures;
use super::hep;

/// Where shards put what somebody wants to see; it never blocks.
#[derive(Clone, Debug)]
pub struct Viewer {
    sightings: Sender<Box<Sighting>>,
    dropped: Arc<AtomicU64>,
}

/// Starts the thread. `hep` is the collector and the number of this node as it is told there;
/// captures go into `directory`.
pub fn open(hep: Option<(SocketAddr, u32)>, directory: PathBuf) -> io::Result<Viewer> {
    let (sightings, inbox) = bounded(WAITING_MAX);
    let dropped = Arc::new(AtomicU64::new(0));
    let collector = hep.map(|(to, agent)| Collector::open(to, agent)).transpose()?;
    let stage = Stage { collector, captures: Captures::new(directory), dropped: dropped.clone() };
    std::thread::Builder::new().name("show".to_owned()).spawn(move || stage.run(&inbox))?;
    Ok(Viewer { sightings, dropped })
}

impl Viewer {
    /// Shows a message, if there is time for it.
    pub fn show(&self, sighting: Box<Sighting>) {
        if self.sightings.try_send(sighting).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Stage {
    collector: Option<Collector>,
    captures: Captures,
    dropped: Arc<AtomicU64>,
}

impl Stage {
    fn run(mut self, inbox: &Receiver<Box<Sighting>>) {
        loop {
            match inbox.recv_timeout(TICK) {
                Ok(sighting) => self.show(&sighting),
                Err(RecvTimeoutError::Timeout) => self.captures.flush(),
                Err(RecvTimeoutError::Disconnected) => return self.captures.flush(),
            }
            let dropped = self.dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                tracing::warn!(dropped, "messages were not shown: there are too many of them");
            }
        }
    }

    fn show(&mut self, sighting: &Sighting) {
        let bits = sighting.taps.iter().enumerate();
        for (_, tap) in bits.filter(|(bit, _)| sighting.wanted >> bit & 1 == 1) {
            match (tap.number, &mut self.collector) {
                (0, Some(collector)) => collector.tell(sighting),
                (0, None) => {}
                // A capture is of packets; what was decided came in none.
                _ if sighting.speaks.is_none() => {}
                (number, _) => self.captures.take_in(number, sighting),
            }
        }
    }
}

/// Somebody who speaks HEP.
struct Collector {
    to: SocketAddr,
    agent: u32,
    socket: UdpSocket,
    octets: Vec<u8>,
}

impl Collector {
    fn open(to: SocketAddr, agent: u32) -> io::Result<Self> {
        let any: SocketAddr = if to.is_ipv4() { ([0; 4], 0).into() } else { ([0u16; 8], 0).into() };
        let socket = UdpSocket::bind(any)?;
        socket.set_nonblocking(true)?;
        Ok(Self { to, agent, socket, octets: Vec::new() })
    }

    /// A collector that is down, or behind, misses something; nobody else notices.
    fn tell(&mut self, sighting: &Sighting) {
        self.octets.clear();
        hep::encode(sighting, self.agent, &mut self.octets);
        let _ = self.socket.send_to(&self.octets, self.to);
    }
}

/// Some 2 MiB.
const WAITING_MAX: usize = 4_096;

/// How soon a capture is on disk when nothing else happens.
const TICK: Duration = Duration::from_millis(200);
