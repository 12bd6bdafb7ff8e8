//! Faults of promises.md E that an app, or the network before it, can cause.

use std::time::Duration;

use routing::board::Tally;
use routing::journal::Record;
use shard::{Input, SocketId};
use sip::Method;
use tests::World;
use tests::caller::{Ask, Caller, status};
use tests::checks::Mercy;
use tests::door::{Door, peer};
use tests::model::address;
use tests::net::{MS, SEC};
use tests::peers::Job;
use tests::peers::phone::Answer;
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards};

fn message<'a>(uri: &'a str, headers: &'a str, body: &'a str) -> Ask<'a> {
    Ask { method: Method::Message, uri, headers, body }
}

/// How many Sms were accepted.
fn accepted(world: &World) -> usize {
    world.nodes.iter().map(|node| node.accepts().len()).sum()
}

#[test]
fn e01_a_request_that_nobody_answers_leaves_eleven_times_in_half_a_minute() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.phone(phone).0.answer = Answer::Silent;
        submit(world, tata, Job::new("1111", "is anybody there"));
        world.run_ms(33_000);
        let heard = world.phone(phone).0.heard.clone();
        let offsets = heard.iter().map(|at| (at - heard[0] + 250 * MS) / (500 * MS));
        let halves = [0, 1, 3, 7, 15, 23, 31, 39, 47, 55, 63];
        assert_eq!(offsets.collect::<Vec<_>>(), halves, "in half seconds");
        world.phone(phone).0.answer = Answer::Status(200);
        settle(world);
        assert_eq!(world.phone(phone).0.texts(), ["is anybody there"]);
    });
}

#[test]
fn e01_lost_answers_double_no_message() {
    for unheard in [300, 700, 1000] {
        let mut world = World::new(unheard, [2, 2]);
        world.run_ms(500);
        let phones = ["1111", "1112", "2222"].map(|user| registered(&mut world, user));
        let tata = bound(&mut world, "tata", 1);
        world.net.faults.unheard = unheard;
        for number in 0..8 {
            let (app, net) = world.phone(phones[number % 3]);
            app.send(net, ["1112", "2222", "1111"][number % 3], &format!("app {number}"));
            submit(&mut world, tata, Job::new("1111", &format!("tata {number}")));
        }
        world.run_ms(40_000);
        world.net.faults.unheard = 0;
        settle(&mut world);
        assert!(world.phones().any(|phone| phone.retransmissions > 0));
    }
}

#[test]
fn e01_the_stored_answer_is_replayed_until_timer_j() {
    let mut door = Door::open();
    let mut caller = Caller::new("1111", peer(7000));
    let uri = "sip:1112@env1.example";
    let octets = caller.proven(&mut door, &message(uri, "", "once"));
    let first = door.datagram(peer(7000), &octets);
    assert_eq!(status(&first), Some(202));
    for _ in 0..10 {
        door.wait(Duration::from_secs(3));
        assert_eq!(door.datagram(peer(7000), &octets), first, "octet for octet");
    }
    assert_eq!(door.tally(Tally::Accepted), 1);
}

#[test]
fn e01_a_copy_of_a_register_hears_what_is_registered_by_then() {
    let mut door = Door::open();
    let mut caller = Caller::new("1111", peer(7000));
    let headers = "Contact: <sip:1111@127.0.0.9:7000>\r\n";
    let uri = "sip:env1.example";
    let octets =
        caller.proven(&mut door, &Ask { method: Method::Register, uri, headers, body: "" });
    let first = door.datagram(peer(7000), &octets);
    assert_eq!(status(&first), Some(200));
    assert_eq!(door.datagram(peer(7000), &octets), first, "at once: octet for octet");
    let left = |said: &[Vec<u8>]| {
        let message = sip::Message::parse(&said[0]).expect("an answer is SIP");
        let contact = message.header(sip::Name::Contact).expect("it is registered");
        let secs = contact.rsplit_once("expires=").expect("it ends").1;
        secs.parse::<u64>().expect("a number")
    };
    door.wait(Duration::from_secs(20));
    let later = door.datagram(peer(7000), &octets);
    assert_eq!(left(&later), left(&first) - 20, "what is left of it");
    assert_eq!(door.datagram(peer(7001), &octets), Vec::<Vec<u8>>::new(), "nobody else is told");
    assert_eq!(door.tally(Tally::Registered), 1);
}

#[test]
fn e02_a_retransmission_after_our_restart_is_answered_as_before() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        world.net.faults.commit_us = 300_000;
        let (app, net) = world.phone(phone);
        app.send(net, "1112", "before and after");
        assert!(world.run_until_that(world.net.now + SEC, |world| accepted(world) == 1));
        world.net.faults.unheard = 1000;
        world.run_ms(1000);
        world.crash(0, 300);
        world.run_ms(500);
        world.net.faults.unheard = 0;
        world.run_ms(40_000);
        assert_eq!(world.phone(phone).0.sent[0].status, Some(202));
        assert_eq!(accepted(world), 1);
    });
}

#[test]
fn e03_doubled_late_and_overtaken_datagrams_are_one_transaction() {
    for seed in 0..15 {
        let mut world = World::new(seed, [2, 2]);
        world.run_ms(500);
        let phones = ["1111", "1112", "2222"].map(|user| registered(&mut world, user));
        let faults = &mut world.net.faults;
        (faults.twice, faults.late, faults.udp_us) = (1000, 200, 1_500_000);
        for number in 0..12 {
            let (app, net) = world.phone(phones[number % 3]);
            app.send(net, ["1112", "2222", "1111"][number % 3], &format!("text {number}"));
            world.run_ms(200);
        }
        settle(&mut world);
        for phone in phones {
            let phone = world.phone(phone).0;
            assert!(phone.sent.iter().all(|sent| sent.status == Some(202)), "seed {seed}");
            assert_eq!(phone.texts().len(), 4, "seed {seed}");
        }
    }
}

#[test]
fn e04_a_merged_request_is_refused() {
    let mut door = Door::open();
    let mut caller = Caller::new("1111", peer(7000));
    let uri = "sip:1112@env1.example";
    let octets = caller.proven(&mut door, &message(uri, "", "by two ways"));
    let text = String::from_utf8(octets.clone()).expect("text");
    let other = text.replacen("branch=z9hG4bK", "branch=z9hG4bKother", 1);
    assert_eq!(status(&door.datagram(peer(7000), &octets)), Some(202));
    assert_eq!(status(&door.datagram(peer(7000), other.as_bytes())), Some(482));
    assert_eq!(door.tally(Tally::Accepted), 1);
}

#[test]
fn e08_a_storm_leaves_room_for_those_who_are_registered_and_sends_the_others_away_apart() {
    let mut door = Door::open();
    let (mut known, mut proving) =
        (Caller::new("1111", peer(7000)), Caller::new("1112", address("127.0.0.7:7000")));
    assert_eq!(known.register(&mut door), Some(200));
    let uri = "sip:env1.example";
    let register = Ask { method: Method::Register, uri, headers: "", body: "" };
    let proven = proving.proven(&mut door, &register);
    let refresh = known.proven(&mut door, &register);
    door.wait(Duration::from_secs(1));
    // A city: every address asks once, and all of them at one moment.
    let city: Vec<_> = (0..4_000_u32)
        .map(|number| {
            let from =
                std::net::SocketAddr::from(([10, 1, (number >> 8) as u8, number as u8], 5060));
            let mut stranger = Caller::new("1113", from);
            stranger.asked = number;
            (from, stranger.write(&register, ""))
        })
        .collect();
    let behind = [(proving.from, proven), (known.from, refresh)];
    let inputs = city.iter().chain(&behind).map(|(peer, bytes)| Input::Datagram {
        socket: SocketId(0),
        peer: *peer,
        bytes,
    });
    let before = door.datagrams.len();
    door.turn(inputs);
    door.wait(Duration::from_millis(100));
    let mut told = Vec::new();
    let mut statuses = std::collections::BTreeMap::new();
    for (_, octets) in &door.datagrams[before..] {
        let message = sip::Message::parse(octets).expect("an answer is SIP");
        *statuses.entry(message.status().expect("it is an answer")).or_insert(0) += 1;
        told.extend(message.retry_after());
    }
    // Eight at once, and half of the lobby; those who are known or say who they are come in.
    assert_eq!(statuses, [(200, 2), (401, 1_032), (503, 2_968)].into());
    let different: std::collections::BTreeSet<_> = told.iter().collect();
    assert!(told.len() == 2_968 && different.len() == 16, "{different:?}");
    assert!(told.iter().all(|secs| (4..=19).contains(secs)));
    assert_eq!(Caller::new("1114", peer(7001)).register(&mut door), Some(200));
}

/// REGISTERs without a proof, each from an address of its own.
fn strangers(count: u8) -> Vec<(std::net::SocketAddr, Vec<u8>)> {
    let uri = "sip:env1.example";
    let register = Ask { method: Method::Register, uri, headers: "", body: "" };
    let one = |number| {
        let from = std::net::SocketAddr::from(([10, 1, 0, number], 5060));
        (from, Caller::new("1113", from).write(&register, ""))
    };
    (0..count).map(one).collect()
}

#[test]
fn e08_a_turn_serves_a_few_registers_and_the_sms_beside_them() {
    let mut door = Door::open();
    let mut caller = Caller::new("1111", peer(7000));
    assert_eq!(caller.register(&mut door), Some(200));
    let text = caller.proven(&mut door, &message("sip:1112@env1.example", "", "in a storm"));
    let strangers = strangers(200);
    let datagram = |(peer, bytes)| Input::Datagram { socket: SocketId(0), peer, bytes };
    let city = strangers.iter().map(|(from, octets)| (*from, octets.as_slice()));
    let all = city.chain([(peer(7000), text.as_slice())]).map(datagram);
    let before = door.datagrams.len();
    let said = door.turn(all);
    // The text is durable and answered before the crowd is.
    assert!(said.len() < 20, "{} answers in one turn", said.len());
    let statuses = |said: &[(std::net::SocketAddr, Vec<u8>)]| {
        said.iter().map(|(_, octets)| status(std::slice::from_ref(octets))).collect::<Vec<_>>()
    };
    let first = statuses(&door.datagrams[before..]);
    assert!(first.iter().position(|one| *one == Some(202)).is_some_and(|at| at < 40), "{first:?}");
    // Nobody is forgotten, and nobody is served twice.
    door.wait(Duration::from_millis(1));
    let all = statuses(&door.datagrams[before..]);
    assert_eq!(all.iter().filter(|one| **one == Some(401)).count(), 200);
    let to: std::collections::BTreeSet<_> =
        door.datagrams[before..].iter().map(|(to, _)| *to).collect();
    assert!(strangers.iter().all(|(from, _)| to.contains(from)));
}

#[test]
fn e08_turns_are_short_while_an_sms_is_on_its_way_to_the_disk() {
    let mut door = Door::open();
    let mut caller = Caller::new("1111", peer(7000));
    assert_eq!(caller.register(&mut door), Some(200));
    let text = caller.proven(&mut door, &message("sip:1112@env1.example", "", "in a storm"));
    let city = strangers(60);
    let datagram = |(peer, bytes)| Input::Datagram { socket: SocketId(0), peer, bytes };
    let city = city.iter().map(|(from, octets)| (*from, octets.as_slice()));
    let (said, recorded) =
        door.turn_before_disk(city.chain([(peer(7000), text.as_slice())]).map(datagram));
    assert_eq!(said.len(), 8);
    for _ in 0..3 {
        assert_eq!(door.turn_before_disk([Input::Time]).0.len(), 4);
    }
    // The text is answered, and turns are as they were.
    let upto = recorded.expect("a text that is taken is journaled");
    let (said, _) = door.turn_before_disk([Input::Recorded { upto }]);
    assert_eq!(said.iter().filter(|octets| octets.starts_with(b"SIP/2.0 202 ")).count(), 1);
    assert_eq!(said.len(), 9);
    assert_eq!(door.turn_before_disk([Input::Time]).0.len(), 8);
}

/// Headers that are long, many, folded or nested, at so many eighths of what a datagram holds,
/// and what is answered.
fn bombs(eighths: usize) -> Vec<(String, u16)> {
    let lines = |line: &str, count: usize| line.repeat(count * eighths / 8);
    let many = |status| if eighths < 8 { 200 } else { status };
    vec![
        (lines("Via: SIP/2.0/UDP h;branch=z9hG4bKb\r\n", 1_500), many(513)),
        (lines("Route: <sip:h;lr>\r\n", 3_000), many(513)),
        (format!("v: {}SIP/2.0/UDP h\r\n", lines("SIP/2.0/UDP h,", 4_000)), 200),
        (format!("Route: {}<sip:h;lr>\r\n", lines("<sip:h;lr>,", 5_000)), 200),
        (format!("X: {}\r\n", lines("y", 60_000)), 200),
        (format!("X: y{}\r\n", lines("\r\n y", 15_000)), 200),
        (format!("Route: <sip:h{}>\r\n", lines(";p=q", 15_000)), 200),
        (format!("Subject: \"{}\"\r\n", lines("\\\"", 30_000)), 200),
        (format!("Require: x{}\r\n", lines("<\"", 30_000)), 420),
    ]
}

#[test]
fn e19_header_bombs_are_refused_and_the_next_is_served() {
    let mut door = Door::open();
    let mut caller = Caller::new("1111", peer(7000));
    for (place, (bomb, expected)) in bombs(8).into_iter().enumerate() {
        let octets = options(place, &bomb);
        let said = door.datagram(peer(7001), octets.as_bytes());
        assert_eq!(status(&said), Some(expected), "row {place}");
        assert!(said[0].len() < octets.len() + 300, "row {place}: no amplifier");
    }
    let longer = options(99, &"X: y\r\n".repeat(12_000));
    assert!(longer.len() > 65_535);
    assert_eq!(status(&door.datagram(peer(7001), longer.as_bytes())), None);
    let uri = "sip:1112@env1.example";
    assert_eq!(status(&caller.ask(&mut door, &message(uri, "", "still here"))), Some(202));
}

/// The work is in proportion to the octets. Under callgrind, with SIGNALBOX_EIGHTHS 4 and 8,
/// the second takes twice the instructions of the first; here only that it ends.
#[test]
fn e19_any_size_of_a_bomb_is_read() {
    let eighths = std::env::var("SIGNALBOX_EIGHTHS").ok().and_then(|text| text.parse().ok());
    for (bomb, _) in bombs(eighths.unwrap_or(4)) {
        let octets = options(1, &bomb);
        let _ = sip::Message::parse(octets.as_bytes()).map(|message| message.vias().count());
        assert!(sip::Message::salvage(octets.as_bytes()).is_some());
    }
}

fn options(number: usize, headers: &str) -> String {
    format!(
        "OPTIONS sip:env1.example SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKo{number}\r\n\
         From: <sip:a@h>;tag=f\r\nTo: <sip:env1.example>\r\nCall-ID: o{number}\r\n\
         CSeq: 1 OPTIONS\r\n{headers}Content-Length: 0\r\n\r\n"
    )
}

#[test]
fn e20_max_forwards_is_obeyed() {
    let mut door = Door::open();
    let mut caller = Caller::new("1111", peer(7000));
    let uri = "sip:1112@env1.example";
    for (header, expected) in [("", 202), ("Max-Forwards: 255\r\n", 202)] {
        let said = caller.ask(&mut door, &message(uri, header, "hops"));
        assert_eq!(status(&said), Some(expected), "{header:?}");
    }
    for (header, expected) in [("Max-Forwards: 0\r\n", 483), ("Max-Forwards: 300\r\n", 400)] {
        let plain = options(7, header).replace("OPTIONS", "MESSAGE");
        let said = door.datagram(peer(7000), plain.as_bytes());
        assert_eq!(status(&said), Some(expected), "{header:?}");
    }
    assert_eq!(door.tally(Tally::Accepted), 2);
}

/// An app that says 200 and dies has taken the Sms: the receipt says so, and nobody asks again.
#[test]
fn e27_an_app_that_takes_an_sms_and_dies_has_taken_it() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        submit(world, tata, Job::new("1111", "the last one"));
        world.run_ms(500);
        world.phone(phone).0.online = false;
        world.run_ms(60_000);
        assert_eq!(world.esme(tata).0.receipts.len(), 1, "it does not wait for a display report");
        let heard = world.phone(phone).0.heard.len();
        let (app, net) = world.phone(phone);
        app.register(net);
        settle(world);
        let app = world.phone(phone).0;
        assert_eq!((app.texts(), app.heard.len()), (vec!["the last one"], heard));
    });
}

#[test]
fn e27_an_app_whose_200_is_lost_with_it_has_the_sms_tried_again() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.net.faults.unheard = 1000;
        submit(world, tata, Job::new("1111", "said yes and died"));
        world.run_ms(100);
        world.phone(phone).0.online = false;
        world.net.faults.unheard = 0;
        world.run_ms(40_000);
        assert!(world.esme(tata).0.receipts.is_empty(), "nobody knows");
        let (app, net) = world.phone(phone);
        app.register(net);
        settle_with(world, Mercy::default());
        let got = &world.phone(phone).0.got;
        assert_eq!((got.len(), got[0].branches), (1, 2), "under the same Call-ID");
        let attempts = world.nodes[0].records().filter(|r| matches!(r, Record::Attempt(_)));
        assert_eq!(attempts.count(), 2);
    });
}
