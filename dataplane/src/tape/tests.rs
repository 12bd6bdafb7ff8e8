use super::code::{entries, note, note_lost, note_turn};
use super::ring::Ring;
use super::*;

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use routing::board::Page;
use routing::journal::{Contacts, Doubt, Orphan, Spent};
use routing::{Address, MessageId, Paid, State, Tap};
use shard::{Calm, Estate, Input, LinkId, Mail, Moment, Output, ShardId, SocketId, Unlink};

use crate::clock;
use crate::mind::Mind;
use crate::plan::Seal;

fn peer() -> SocketAddr {
    "[2001:db8::1]:5060".parse().unwrap()
}

fn linked(link: u64) -> Input<'static> {
    let (local, peer) = ("192.0.2.1:2775".parse().unwrap(), peer());
    Input::Linked { link: LinkId(link), listener: Some(3), local, peer, tls: true }
}

fn bytes(link: u64, bytes: &[u8]) -> Input<'_> {
    Input::Bytes { link: LinkId(link), bytes }
}

/// What a tape says after these.
fn read(octets: &[u8]) -> Vec<Entry> {
    entries(octets).map(|noted| noted.expect("a whole tape").entry).collect()
}

#[test]
fn every_input_is_read_as_it_was_noted() {
    let at = clock::read();
    let tap = Tap::parse_all("number=7 until_ns=9 one_in=3 peer=TATA party=222%\n").unwrap();
    let paid = Paid::parse_all("1 2 -3\n4 5 6\n").unwrap();
    let spent = vec![Spent { environment: 1, carrier: 2, micros: -3 }];
    let known = Contacts { environment: 1, account: 9, ..Contacts::default() };
    let mail = Mail::Outbind { environment: 1, carrier: 2 };
    let id = MessageId::new(1_700_000_000_000, 1, 2, 3);
    let doubt = Doubt { id, at_ns: 4, likeness: 5, shard: 1, shards: 2 };
    let orphan = Orphan {
        at_ns: 4,
        environment: 1,
        connection: 2,
        name: 3,
        source: Address::new(1, 1, b"3331").unwrap(),
        reference: Some(5),
        state: State::Delivered,
        code: 0,
        claimed_ns: None,
    };
    let rows: Vec<(Input<'_>, Entry)> = vec![
        (Input::Tapped(tap.as_slice().into()), Entry::Tapped(tap.clone())),
        (bytes(2, b"\0\xFF"), Entry::Bytes(LinkId(2), vec![0, 0xFF])),
        (
            Input::Datagram { socket: SocketId(1), peer: peer(), bytes: b"" },
            Entry::Datagram(SocketId(1), peer(), Vec::new()),
        ),
        (
            Input::Unlinked { link: LinkId(4), cause: Unlink::Slow },
            Entry::Unlinked(LinkId(4), Unlink::Slow),
        ),
        (Input::Mail { from: ShardId(3), mail }, Entry::Mail(3)),
        (Input::Recorded { upto: 77 }, Entry::Recorded(77)),
        (Input::NotRecorded, Entry::NotRecorded),
        (Input::Scarce(true), Entry::Scarce(true)),
        (Input::Recovering(false), Entry::Recovering(false)),
        (Input::Doubted(vec![doubt]), Entry::Doubted(vec![doubt])),
        (Input::Orphans(vec![orphan]), Entry::Orphans(vec![orphan])),
        (Input::Finals(Vec::new()), Entry::Finals(Vec::new())),
        (Input::Paid(paid.as_slice().into()), Entry::Paid(paid.clone())),
        (Input::Spent(spent.clone()), Entry::Spent(spent)),
        (Input::Known(known.clone()), Entry::Known(known)),
        (Input::Stowed { id, is_kept: true }, Entry::Stowed(id, true)),
        (Input::Fetched { id, octets: None }, Entry::Fetched(id, None)),
        (Input::Fetched { id, octets: Some(b"a") }, Entry::Fetched(id, Some(b"a".to_vec()))),
        (Input::Time, Entry::Time),
        (Input::Stop, Entry::Stop),
    ];
    for (input, entry) in rows {
        let mut octets = Vec::new();
        note(at, at.now, &input, &mut octets);
        let noted = entries(&octets).next().unwrap().unwrap();
        assert_eq!((noted.now_ns, noted.unix_ns, &noted.entry), (0, at.unix_ns, &entry));
        // Whatever is cut off is an error, and none of it is a panic.
        for len in 0..octets.len() {
            let _ = entries(&octets[..len]).map(|noted| noted.is_ok()).collect::<Vec<_>>();
        }
    }
    let mut octets = Vec::new();
    note_turn(at, at.now, 5, &mut octets);
    note_lost(at, at.now, &mut octets);
    assert_eq!(read(&octets), [Entry::Turn(5), Entry::Lost]);
}

#[test]
fn what_is_thrown_away_is_told_and_links_that_are_open_are_not_forgotten() {
    let at = clock::read();
    let mut ring = Ring::new(4_096, at.now, at);
    ring.note(at, &linked(2));
    ring.note(at, &bytes(2, b"bind"));
    ring.note(at, &linked(4));
    ring.note(at, &Input::Unlinked { link: LinkId(4), cause: Unlink::Closed });
    let text = [b'x'; 100];
    while ring.whole {
        ring.note(at, &bytes(2, &text));
    }
    let read = read(&ring.octets());
    assert!(matches!(read[0], Entry::Linked(link) if link.link == LinkId(2)), "{:?}", read[0]);
    assert_eq!(read[1], Entry::Bytes(LinkId(2), b"bind".to_vec()));
    assert_eq!(read[2], Entry::Turn(u32::MAX));
    assert!(ring.octets().len() < 4_096 + 512);
}

#[test]
fn what_is_longer_than_the_tape_is_left_out_and_told() {
    let at = clock::read();
    let mut ring = Ring::new(4_096, at.now, at);
    ring.note(at, &bytes(2, &[0; 5_000]));
    assert_eq!(read(&ring.octets()), [Entry::Lost]);
    assert!(!ring.whole);
}

/// Dies when it is told to stop.
struct Mortal;

impl Mind for Mortal {
    fn handle(&mut self, _: Moment, input: Input<'_>) {
        assert!(!matches!(input, Input::Stop), "dies here");
    }

    fn poll_output(&mut self) -> Option<Output<'_>> {
        None
    }

    fn page(&mut self, _: &mut Page) {}

    fn calm(&self) -> Calm {
        Calm::All
    }

    fn estate(&mut self) -> Estate {
        Estate::default()
    }
}

/// One process, one keeper: all that happens to tapes on disk is one story.
#[test]
fn a09_a_panic_leaves_the_tapes_of_all_shards_which_open_with_the_seal_alone() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("tape");
    let (seal, began) = (Seal::new([7; 32]), clock::now());
    Keeper { directory: directory.clone(), seal: seal.clone(), shards: 2, len: 65_536, began }
        .begin();
    let (dead, died) = std::sync::mpsc::channel::<()>();
    let bystander = std::thread::spawn(move || {
        let mut mind = Taped::new(Mortal, ShardId(1), clock::read());
        mind.handle(clock::read(), bytes(2, b"of shard 1"));
        assert!(mind.poll_output().is_none());
        // A core looks at its board every now and then.
        while died.recv_timeout(Duration::from_millis(1)) == Err(NOT_YET) {
            assert!(mind.poll_output().is_none());
        }
    });
    let dying = std::thread::spawn(|| {
        let mut mind = Taped::new(Mortal, ShardId(0), clock::read());
        mind.handle(clock::read(), bytes(4, b"of shard 0"));
        assert!(mind.poll_output().is_none());
        mind.handle(clock::read(), Input::Stop);
    });
    assert!(dying.join().is_err());
    drop(dead);
    bystander.join().unwrap();

    let tapes = read_all(&directory, &seal).unwrap();
    let said = |shard: usize| tapes[shard].entries.iter().map(|noted| noted.entry.clone());
    let heard = |link, text: &[u8]| Entry::Bytes(LinkId(link), text.to_vec());
    let wanted = [heard(4, b"of shard 0"), Entry::Turn(0), Entry::Stop];
    assert_eq!(said(0).collect::<Vec<_>>(), wanted);
    assert_eq!(said(1).collect::<Vec<_>>(), [heard(2, b"of shard 1"), Entry::Turn(0)]);
    assert!(tapes.iter().all(|tape| tape.whole && tape.shards == 2));

    let path = std::fs::read_dir(&directory).unwrap().next().unwrap().unwrap().path();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let octets = std::fs::read(&path).unwrap();
    assert!(!octets.windows(8).any(|eight| eight == b"of shard"), "it is sealed");
    let other = read_all(&path, &Seal::new([8; 32])).expect_err("another site").to_string();
    assert!(other.contains("no tape of this site"), "{other}");
}

const NOT_YET: std::sync::mpsc::RecvTimeoutError = std::sync::mpsc::RecvTimeoutError::Timeout;

/// Nothing but time passes.
#[test]
fn a_tape_is_played_in_the_order_of_time_and_says_what_is_missing() {
    let began: Instant = clock::now();
    let noted = |now_ns, entry| Noted { now_ns, unix_ns: 1, entry };
    let tape = |shard, entries| Recorded {
        shard: ShardId(shard),
        shards: 2,
        whole: true,
        born: (0, 0),
        entries,
    };
    let first = vec![noted(1, Entry::Time), noted(1, Entry::Turn(0)), noted(5, Entry::Mail(1))];
    let second = vec![noted(3, Entry::Adopted(9)), noted(3, Entry::Turn(1))];
    let config = |shard| shard::Config {
        shard,
        shards: 2,
        node: 1,
        system_id: String::new(),
        streams: Vec::new(),
        sip: Vec::new(),
        key: [0; 32],
    };
    let plans = |_| None;
    let mut seen = Vec::new();
    let player = Player::new(vec![tape(0, first), tape(1, second)], config, began, &plans);
    let played = player.play(|shard, noted| seen.push((shard.0, noted.now_ns)));
    assert_eq!(seen, [(0, 1), (1, 3), (0, 5)]);
    assert_eq!((played.turns, played.inputs, played.missing), (2, 1, 2));
    assert_eq!(played.astray, Some((1, 1)), "it said nothing, and one octet then");
}
