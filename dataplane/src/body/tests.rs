//! Every body does the same things in the same order: one suite, three hosts.

mod tls;

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, bounded, unbounded};
use routing::MessageId;
use routing::board::Page;
use routing::journal::{Ack, Record};
use rustix::time::{ClockId, clock_gettime};
use shard::{Calm, Estate, Input, LinkId, Mail, Moment, Output, Plug, ReceiptAnswer, ShardId};

use super::{Epoll, Uring, glommio};
use crate::attic::Attic;
use crate::board::{self, Board};
use crate::clock;
use crate::core::{Core, Desk, Order, Report};
use crate::journal::{self, Last, Recovered, Supply, Writer};
use crate::mesh::{Bell, Post};
use crate::mind::Mind;
use crate::net::Sockets;
use crate::net::tls::Keys;
use crate::past::Past;
use crate::upgrade::Bequest;

#[derive(Clone, Copy, Debug)]
enum Host {
    Uring,
    Epoll,
    Glommio,
}

/// Does what it is told in the first octet of what it reads, and tells what it hears.
struct Echo {
    heard: Sender<String>,
    out: Vec<Say>,
    lent: Vec<u8>,
    records: u64,
    asker: Option<LinkId>,
    dialled: u64,
}

enum Say {
    Out(Output<'static>),
    Send(LinkId, Vec<u8>),
    SendTo(shard::SocketId, SocketAddr, Vec<u8>),
    Record,
}

fn mail_of(number: u128) -> Mail {
    Mail::Receipted { id: MessageId::from_bits(number), answer: ReceiptAnswer::Taken }
}

impl Echo {
    fn order(&mut self, at: Moment, link: LinkId, bytes: &[u8]) {
        match bytes[0] {
            b'B' => {
                self.out.push(Say::Send(link, vec![b'b'; 300_000]));
                self.out.push(Say::Out(Output::Plug(Plug::Close { link })));
            }
            b'F' => (0..120).for_each(|_| self.out.push(Say::Send(link, vec![b'f'; 100_000]))),
            b'L' => (0..40).for_each(|_| self.out.push(Say::Send(link, vec![b'l'; 100_000]))),
            b'R' => {
                self.asker = Some(link);
                self.records += 1;
                self.out.push(Say::Record);
            }
            b'W' => {
                self.asker = Some(link);
                self.out.push(Say::Out(Output::Wake(at.now + Duration::from_millis(20))));
            }
            b'D' => {
                let remote = std::str::from_utf8(&bytes[1..]).unwrap().parse().unwrap();
                self.dialled += 2;
                let plug =
                    Plug::Dial { link: LinkId(self.dialled - 1), local: None, remote, tls: None };
                self.out.push(Say::Out(Output::Plug(plug)));
            }
            b'T' => {
                let (name, remote) =
                    std::str::from_utf8(&bytes[1..]).unwrap().split_once('@').unwrap();
                let (tls, remote) = (Some(name.to_owned()), remote.parse().unwrap());
                self.dialled += 2;
                let plug = Plug::Dial { link: LinkId(self.dialled - 1), local: None, remote, tls };
                self.out.push(Say::Out(Output::Plug(plug)));
            }
            b'P' => {
                let mail = mail_of(u128::from(bytes[1]));
                self.out.push(Say::Out(Output::Post { to: ShardId(1), mail }));
            }
            _ => self.out.push(Say::Send(link, bytes.to_vec())),
        }
    }

    fn hear(&self, what: String) {
        let _ = self.heard.send(what);
    }
}

impl Mind for Echo {
    fn handle(&mut self, at: Moment, input: Input<'_>) {
        match input {
            Input::Bytes { link, bytes } => self.order(at, link, bytes),
            Input::Datagram { socket, peer, bytes } => {
                self.out.push(Say::SendTo(socket, peer, bytes.to_vec()));
            }
            Input::Linked { link, listener, tls, .. } => {
                let tls = if tls { " tls" } else { "" };
                self.hear(format!("linked {} {listener:?}{tls}", link.0 % 2));
                if listener.is_none() {
                    self.out.push(Say::Send(link, b"hello".to_vec()));
                }
            }
            Input::Unlinked { cause, .. } => self.hear(format!("unlinked {cause:?}")),
            Input::Recorded { upto } => {
                self.hear(format!("recorded {upto}"));
                if let Some(link) = self.asker {
                    self.out.push(Say::Send(link, b"r".to_vec()));
                }
            }
            Input::NotRecorded => self.hear("not recorded".to_owned()),
            Input::Tapped(taps) => self.hear(format!("tapped {}", taps.len())),
            Input::Scarce(is_scarce) => self.hear(format!("scarce {is_scarce}")),
            Input::Mail { from, mail: Mail::Receipted { id, .. } } => {
                self.hear(format!("mail {} {}", from.0, id.bits()));
                if id.bits() < 100 {
                    let to = ShardId(from.0);
                    let mail = mail_of(id.bits() + 1);
                    self.out.push(Say::Out(Output::Post { to, mail }));
                }
            }
            Input::Time => {
                if let Some(link) = self.asker {
                    self.out.push(Say::Send(link, b"t".to_vec()));
                }
            }
            Input::Stop => self.out.push(Say::Out(Output::Drained)),
            Input::Pause => self.hear("paused".to_owned()),
            Input::Freeze => self.hear("frozen".to_owned()),
            Input::Adopted(_)
            | Input::Mail { .. }
            | Input::Recovering(_)
            | Input::Handed(_)
            | Input::Recovered(_)
            | Input::Doubtful(_)
            | Input::Doubted(_)
            | Input::Orphans(_)
            | Input::Finals(_)
            | Input::Spent(_)
            | Input::Paid(_)
            | Input::Stowed { .. }
            | Input::Fetched { .. }
            | Input::Known(_) => {}
        }
    }

    fn poll_output(&mut self) -> Option<Output<'_>> {
        if self.out.is_empty() {
            return None;
        }
        match self.out.remove(0) {
            Say::Out(output) => Some(output),
            Say::Send(link, bytes) => {
                self.lent = bytes;
                Some(Output::Send { link, bytes: &self.lent })
            }
            Say::SendTo(socket, peer, bytes) => {
                self.lent = bytes;
                Some(Output::SendTo { socket, peer, bytes: &self.lent })
            }
            Say::Record => {
                self.lent.clear();
                let id = MessageId::from_bits(self.records.into());
                Record::Ack(Ack { id, at_ns: 1, end: Default::default() }).encode(&mut self.lent);
                Some(Output::Record {
                    upto: self.records,
                    count: 1,
                    patient: false,
                    octets: &self.lent,
                })
            }
        }
    }

    fn page(&mut self, _: &mut Page) {
        let cpu = clock_gettime(ClockId::ThreadCPUTime);
        self.hear(format!("page {}", cpu.tv_sec * 1_000_000_000 + cpu.tv_nsec));
    }

    fn calm(&self) -> Calm {
        Calm::All
    }

    fn estate(&mut self) -> Estate {
        Estate::default()
    }
}

/// A node of test shards.
struct World {
    dir: tempfile::TempDir,
    smpp: Vec<SocketAddr>,
    sip: Vec<SocketAddr>,
    heard: Vec<Receiver<String>>,
    orders: Vec<(Sender<Order>, Arc<Bell>)>,
    reports: Receiver<Report>,
}

impl World {
    fn new(host: Host, shards: u8) -> Self {
        Self::build(host, shards, &Keys::default(), |_| {})
    }

    /// `spoil` may change the first volume.
    fn build(host: Host, shards: u8, keys: &Keys, spoil: impl Fn(&mut journal::Volume)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let page = board::create(dir.path(), shards).unwrap();
        let bells: Vec<_> = (0..shards).map(|_| Arc::new(Bell::new().unwrap())).collect();
        let (reports, reported) = unbounded();
        let (mut smpp, mut sip) = (Vec::new(), Vec::new());
        let (mut hearing, mut ordering) = (Vec::new(), Vec::new());
        for (at, post) in Post::mesh(&bells).into_iter().enumerate() {
            let shard = ShardId(at as u8);
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            smpp.push(listener.local_addr().unwrap());
            sip.push(socket.local_addr().unwrap());
            let (last, journal) = (Last::default(), dir.path().join("journal"));
            let (mut volume, supply) =
                Supply::start(&journal, "test", shard.0, last, 1 << 20, unbounded().0).unwrap();
            spoil(&mut volume);
            let (orders, ordered) = unbounded();
            let (heard, hears) = unbounded();
            hearing.push(hears);
            ordering.push((orders, Arc::clone(&bells[at])));
            let board = Board::new(page.clone(), shard, shards, clock::read(), Arc::default());
            let journal = Writer::new(volume, supply, last, Duration::ZERO);
            let reports = reports.clone();
            let (told, past) = bounded(1);
            told.send(Past { journal, recovered: Recovered::default(), survivors: Arc::default() })
                .unwrap();
            let viewer = crate::show::open(None, dir.path().join("capture")).unwrap();
            let attic = Attic::open(dir.path(), shard, Arc::clone(&bells[at])).unwrap();
            let desk = Desk { shard, past, post, board, attic, viewer, orders: ordered, reports };
            let sockets =
                Sockets { listeners: vec![listener], datagrams: vec![socket], keys: keys.clone() };
            let bell = Arc::clone(&bells[at]);
            std::thread::spawn(move || live(host, desk, sockets, bell, heard));
        }
        let world = Self { dir, smpp, sip, heard: hearing, orders: ordering, reports: reported };
        for _ in 0..shards {
            assert!(matches!(world.report(), Report::Ready(_)));
        }
        world
    }

    fn report(&self) -> Report {
        self.reports.recv_timeout(Duration::from_secs(10)).expect("a report")
    }

    fn order(&self, order: &Order) {
        for (orders, bell) in &self.orders {
            orders.send(order.clone()).unwrap();
            bell.wake_sleeper();
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.smpp[0]).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// Waits until the shard hears exactly this.
    fn hears(&self, shard: usize, what: &str) {
        self.hears_one_of(shard, &[what]);
    }

    fn hears_one_of(&self, shard: usize, these: &[&str]) {
        loop {
            let heard = self.heard[shard].recv_timeout(Duration::from_secs(10));
            let heard = heard.unwrap_or_else(|_| panic!("never heard {these:?}"));
            if these.contains(&&*heard) {
                return;
            }
        }
    }

    fn page(&self) -> u64 {
        loop {
            let heard = self.heard[0].recv_timeout(Duration::from_secs(10)).expect("a page");
            if let Some(nanos) = heard.strip_prefix("page ") {
                return nanos.parse().unwrap();
            }
        }
    }

    fn halt(&self) {
        self.order(&Order::Halt);
        for _ in 0..self.orders.len() {
            let over = |report: Report| match report {
                Report::Over(_, result) => Some(result),
                Report::Ready(_)
                | Report::Drained(_)
                | Report::Weighed(_)
                | Report::Bequest(..) => None,
            };
            std::iter::repeat_with(|| self.report()).find_map(over).unwrap().unwrap();
        }
    }
}

fn live(host: Host, desk: Desk, sockets: Sockets, bell: Arc<Bell>, heard: Sender<String>) {
    let mind = Echo { heard, out: vec![], lent: vec![], records: 0, asker: None, dialled: 0 };
    let (shard, reports) = (desk.shard, desk.reports.clone());
    let result = match host {
        Host::Uring => {
            let mut core = Core::new(mind, Uring::new(sockets, bell).unwrap(), desk);
            core.begin(None, None, Bequest::default());
            core.run()
        }
        Host::Epoll => {
            let mut core = Core::new(mind, Epoll::new(sockets, bell).unwrap(), desk);
            core.begin(None, None, Bequest::default());
            core.run()
        }
        Host::Glommio => glommio::host("test", 0, &bell, || {
            let mut core = Core::new(mind, Uring::hosted(sockets)?, desk);
            core.begin(None, None, Bequest::default());
            Ok(core)
        }),
    };
    let _ = reports.send(Report::Over(shard, result));
}

use tls::{
    asks_for_client_certificates, c14_rekeys_without_dropping_a_link, closes_tls_with_a_goodbye,
    dials_over_tls, echoes_over_tls, refuses_what_is_not_tls,
};

fn echoes_streams(host: Host) {
    let world = World::new(host, 1);
    let (mut one, mut two) = (world.connect(), world.connect());
    world.hears(0, "linked 0 Some(0)");
    world.hears(0, "linked 0 Some(0)");
    let big: Vec<u8> = (0..200_000u32).map(|n| n as u8 | 0x80).collect();
    for len in [1, 2, 1000, 16_384, 16_385, 200_000] {
        for stream in [&mut one, &mut two] {
            stream.write_all(&big[..len]).unwrap();
        }
        for stream in [&mut one, &mut two] {
            let mut back = vec![0; len];
            stream.read_exact(&mut back).unwrap();
            assert_eq!(back, big[..len]);
        }
    }
    drop(one);
    world.hears(0, "unlinked Closed");
    socket2::SockRef::from(&two).set_linger(Some(Duration::ZERO)).unwrap();
    drop(two);
    world.hears(0, "unlinked Reset");
    world.halt();
}

fn echoes_datagrams(host: Host) {
    let world = World::new(host, 1);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut buffer = [0; 20_000];
    for (len, count) in [(1, 50), (400, 50), (1400, 50), (9000, 5), (16_000, 2)] {
        (0..count).for_each(|n| {
            socket.send_to(&vec![n; len], world.sip[0]).unwrap();
        });
        for n in 0..count {
            let (got, from) = socket.recv_from(&mut buffer).unwrap();
            assert_eq!((got, from), (len, world.sip[0]));
            assert!(buffer[..len].iter().all(|octet| *octet == n));
        }
    }
    world.halt();
}

fn dials(host: Host) {
    let world = World::new(host, 1);
    let mut control = world.connect();
    world.hears(0, "linked 0 Some(0)");
    let there = TcpListener::bind("127.0.0.1:0").unwrap();
    control.write_all(format!("D{}", there.local_addr().unwrap()).as_bytes()).unwrap();
    let (mut link, _) = there.accept().unwrap();
    world.hears(0, "linked 1 None");
    let mut hello = [0; 5];
    link.read_exact(&mut hello).unwrap();
    assert_eq!(&hello, b"hello");
    let nobody = there.local_addr().unwrap();
    drop((there, link));
    world.hears(0, "unlinked Closed");
    control.write_all(format!("D{nobody}").as_bytes()).unwrap();
    world.hears(0, "unlinked Refused");
    world.halt();
}

fn closes_after_the_last_octet(host: Host) {
    let world = World::new(host, 1);
    let mut stream = world.connect();
    // Octets the shard will never read must not turn the end into a reset.
    stream.write_all(b"B").unwrap();
    world.hears(0, "linked 0 Some(0)");
    let mut first = [0; 1];
    stream.read_exact(&mut first).unwrap();
    let _ = stream.write_all(&[b'x'; 10_000]);
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    assert_eq!(all.len(), 299_999);
    world.hears(0, "unlinked Asked");
    world.halt();
}

fn drops_a_slow_peer(host: Host) {
    let world = World::new(host, 1);
    let mut slow = world.connect();
    slow.write_all(b"FFFF").unwrap();
    world.hears(0, "unlinked Slow");
    let mut other = world.connect();
    other.write_all(b"x").unwrap();
    other.read_exact(&mut [0]).unwrap();
    world.halt();
}

/// The window of who reads nothing closes; it may hold what waits, but not for ever, and however
/// alive its kernel is. Less waits than a link may hold, so that time alone ends it. On io_uring
/// the send that is under way may take the kernel's reason with it: then it looks like an end.
fn d02_gives_up_who_takes_nothing(host: Host) {
    let world = World::new(host, 1);
    let mut slow = world.connect();
    slow.write_all(b"L").unwrap();
    let mut other = world.connect();
    other.write_all(b"x").unwrap();
    other.read_exact(&mut [0]).unwrap();
    world.hears_one_of(0, &["unlinked Slow", "unlinked Closed", "unlinked Reset"]);
    other.write_all(b"y").unwrap();
    other.read_exact(&mut [0]).unwrap();
    drop(slow);
    world.halt();
}

/// Who floods and does not read is not read from, until it reads; then nothing is lost.
fn d03_holds_back_who_does_not_read(host: Host) {
    let world = World::new(host, 1);
    let mut flooder = world.connect();
    flooder.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let (chunk, mut written) = ([b'x'; 16_384], 0);
    let stuck = loop {
        match flooder.write(&chunk) {
            Ok(len) if written < FLOOD_MAX => written += len,
            Ok(_) => panic!("{FLOOD_MAX} octets were taken from who reads nothing"),
            Err(error) => break error,
        }
    };
    assert_eq!(stuck.kind(), std::io::ErrorKind::WouldBlock);
    let mut other = world.connect();
    other.write_all(b"x").unwrap();
    other.read_exact(&mut [0]).unwrap();
    flooder.read_exact(&mut vec![0; written]).unwrap();
    flooder.write_all(&chunk).unwrap();
    flooder.read_exact(&mut vec![0; chunk.len()]).unwrap();
    world.halt();
}

/// What the kernel's buffers on both ways hold, and more.
const FLOOD_MAX: usize = 64 << 20;

fn keeps_a_journal(host: Host) {
    let world = World::new(host, 1);
    let mut stream = world.connect();
    for round in 1..=50 {
        stream.write_all(b"R").unwrap();
        let mut answer = [0];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"r");
        world.hears(0, &format!("recorded {round}"));
    }
    world.halt();
    let read = journal::read(&world.dir.path().join("journal"), "test", 1).unwrap();
    assert_eq!((read.blocks, read.damage, read.lasts[0].sequence), (50, 0, 50));
}

fn says_when_the_journal_fails(host: Host) {
    let read_only = tempfile::NamedTempFile::new().unwrap();
    let world = World::build(host, 1, &Keys::default(), |volume| {
        volume.file = Arc::new(File::open(read_only.path()).unwrap());
    });
    let mut stream = world.connect();
    stream.write_all(b"R").unwrap();
    world.hears(0, "not recorded");
    stream.write_all(b"R").unwrap();
    world.hears(0, "not recorded");
    world.halt();
}

fn tells_the_time(host: Host) {
    let world = World::new(host, 1);
    let mut stream = world.connect();
    for _ in 0..5 {
        let before = clock::now();
        stream.write_all(b"W").unwrap();
        let mut answer = [0];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"t");
        let elapsed = clock::now() - before;
        assert!(elapsed >= Duration::from_millis(20), "{elapsed:?}");
        assert!(elapsed < Duration::from_millis(150), "{elapsed:?}");
    }
    world.halt();
}

fn carries_mail(host: Host) {
    let world = World::new(host, 2);
    let mut stream = world.connect();
    stream.write_all(b"P\x01").unwrap();
    world.hears(1, "mail 0 1");
    world.hears(0, "mail 1 100");
    world.halt();
}

fn sleeps_when_idle(host: Host) {
    let world = World::new(host, 1);
    let _open = world.connect();
    let before = world.page();
    (0..4).for_each(|_| _ = world.page());
    let used = Duration::from_nanos(world.page() - before);
    assert!(used < Duration::from_millis(20), "{used:?} in a second of nothing");
    world.halt();
}

fn stops(host: Host) {
    let world = World::new(host, 1);
    let mut stream = world.connect();
    stream.write_all(b"x").unwrap();
    world.order(&Order::Stop);
    assert!(matches!(world.report(), Report::Drained(ShardId(0))));
    world.halt();
}

macro_rules! suite {
    ($($host:ident = $kind:expr),*; $tests:tt) => {
        $(suite!(@one $host, $kind, $tests);)*
    };
    (@one $host:ident, $kind:expr, [$($test:ident),*]) => {
        mod $host {
            $(#[test]
            fn $test() {
                super::$test($kind);
            })*
        }
    };
}

suite! {
    uring = super::Host::Uring, epoll = super::Host::Epoll, glommio_host = super::Host::Glommio;
    [echoes_streams, echoes_datagrams, dials, closes_after_the_last_octet, drops_a_slow_peer,
     d02_gives_up_who_takes_nothing, d03_holds_back_who_does_not_read,
     keeps_a_journal, says_when_the_journal_fails, tells_the_time, carries_mail,
     sleeps_when_idle, stops, echoes_over_tls, closes_tls_with_a_goodbye,
     refuses_what_is_not_tls, asks_for_client_certificates,
     c14_rekeys_without_dropping_a_link, dials_over_tls]
}
