//! Apps on connections: what is registered over one lives and dies with it.

use routing::board::Tally;
use sip::Transport;
use sip::websocket::{Opcode, put_frame};
use tests::World;
use tests::model::{ENV1_SIP, address};
use tests::net::SEC;
use tests::node::web;
use tests::peers::Job;
use tests::peers::phone::Answer;
use tests::scene::{bound, registered, settle, submit, with_shards};

/// An app on a connection; it is registered.
fn connected(world: &mut World, user: &str) -> usize {
    let phone = world.add_phone(user);
    let (app, net) = world.phone(phone);
    app.carriage.transport = Transport::Tcp;
    app.register(net);
    world.run_ms(200);
    assert!(world.phone(phone).0.registered, "{user} is registered");
    phone
}

/// A connection that a test speaks on.
fn raw(world: &mut World) -> usize {
    let phone = world.add_phone("1111");
    let app = world.phone(phone).0;
    (app.carriage.transport, app.carriage.raw) = (Transport::Tcp, Some(Vec::new()));
    phone
}

fn say(world: &mut World, phone: usize, octets: impl AsRef<[u8]>) {
    let (app, net) = world.phone(phone);
    app.say_raw(net, octets.as_ref());
    world.run_ms(50);
}

/// What came since the last time.
fn heard(world: &mut World, phone: usize) -> String {
    let raw = world.phone(phone).0.carriage.raw.as_mut().expect("a raw one");
    String::from_utf8_lossy(&std::mem::take(raw)).into_owned()
}

fn is_open(world: &mut World, phone: usize) -> bool {
    world.phone(phone).0.carriage.hangups == 0
}

/// Every connection of an app breaks.
fn cut(world: &mut World) {
    world.net.whole_wires().into_iter().for_each(|wire| world.net.cut(wire));
}

fn options(length: &str, body: &str) -> String {
    format!(
        "OPTIONS sip:env1.example SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKo\r\n\
         Max-Forwards: 70\r\nFrom: <sip:a@h>;tag=f\r\nTo: <sip:env1.example>\r\n\
         Call-ID: o\r\nCSeq: 1 OPTIONS\r\n{length}\r\n{body}"
    )
}

#[test]
fn an_app_sends_and_gets_texts_over_its_connection() {
    with_shards(|world| {
        let phones =
            [connected(world, "1111"), connected(world, "1112"), registered(world, "1113")];
        let tata = bound(world, "tata", 1);
        assert_eq!(world.tally(Tally::Flows), 2);
        for (number, phone) in phones.into_iter().enumerate() {
            let (app, net) = world.phone(phone);
            let to = ["1112", "1113", "1111"][number];
            app.send(net, to, &format!("to {to}"));
        }
        submit(world, tata, Job::new("1111", "from tata"));
        settle(world);
        assert_eq!(world.phone(phones[1]).0.texts(), ["to 1112"]);
        assert_eq!(world.phone(phones[0]).0.texts().len(), 2);
        let answers = world.phones().flat_map(|phone| &phone.sent).map(|sent| sent.status);
        assert!(answers.into_iter().all(|status| status == Some(202)));
    });
}

#[test]
fn a_long_text_takes_a_connection() {
    with_shards(|world| {
        let (sender, phone) = (registered(world, "1112"), connected(world, "1111"));
        let text = "long ".repeat(2000);
        let (app, net) = world.phone(sender);
        app.send(net, "1111", &text);
        settle(world);
        assert_eq!(world.phone(phone).0.texts(), [text]);
    });
}

#[test]
fn e22_a_dead_connection_takes_its_contact_along_and_the_sms_waits_for_the_next() {
    with_shards(|world| {
        let phone = connected(world, "1111");
        let tata = bound(world, "tata", 1);
        world.phone(phone).0.answers = [Answer::Silent].into();
        submit(world, tata, Job::new("1111", "not heard"));
        let (app, net) = world.phone(phone);
        app.roam(net);
        world.run_ms(100);
        assert_eq!(world.tally(Tally::AccountsReachable), 0, "nobody is there");
        let from = world.net.now;
        settle(world);
        let got = &world.phone(phone).0.got;
        assert_eq!(got.len(), 1);
        assert!(got[0].at - from < 2 * SEC, "as soon as the app is back, not after a pause");
    });
}

#[test]
fn e22_a_half_open_connection_delays_an_sms_and_doubles_none() {
    with_shards(|world| {
        let phone = connected(world, "1111");
        let tata = bound(world, "tata", 1);
        let wire = world.phone(phone).0.carriage.wire().expect("it is connected");
        world.net.numb(wire, 100 * SEC);
        submit(world, tata, Job::new("1111", "into the void"));
        let (app, net) = world.phone(phone);
        app.send(net, "1112", "out of the void");
        world.run_ms(40_000);
        assert!(world.phone(phone).0.got.is_empty());
        assert_eq!(world.tally(Tally::Pending), 1, "only that of TATA came through");
        submit(world, tata, Job::new("1111", "and another"));
        settle(world);
        assert_eq!(world.phone(phone).0.texts(), ["into the void", "and another"]);
    });
}

#[test]
fn e06_what_was_registered_over_a_connection_is_never_said_on_another() {
    with_shards(|world| {
        let phone = connected(world, "1111");
        cut(world);
        // Another app, at the same address and port.
        let other = world.add_phone("1112");
        let local = world.phone(phone).0.local;
        world.phone(phone).0.leave(&mut tests::net::Net::new(1));
        world.phone(other).0.local = local;
        let (app, net) = world.phone(other);
        app.carriage.transport = Transport::Tcp;
        app.register(net);
        world.run_ms(300);
        let tata = bound(world, "tata", 1);
        submit(world, tata, Job::new("1111", "for nobody else"));
        world.run_ms(5_000);
        assert!(world.phone(other).0.got.is_empty());
        assert_eq!(world.tally(Tally::Pending), 1);
    });
}

#[test]
fn a_restart_forgets_contacts_over_connections_and_no_others() {
    with_shards(|world| {
        let (_, still) = (connected(world, "1111"), registered(world, "1112"));
        world.phone(0).0.roam(&mut tests::net::Net::new(1));
        world.crash(0, 20);
        world.run_ms(100);
        assert_eq!(world.tally(Tally::AccountsReachable), 1);
        let tata = bound(world, "tata", 1);
        submit(world, tata, Job::new("1112", "still there"));
        world.run_ms(500);
        assert_eq!(world.phone(still).0.texts(), ["still there"]);
    });
}

#[test]
fn a_node_that_stops_says_so_on_connections() {
    with_shards(|world| {
        let phone = connected(world, "1111");
        world.stop(0);
        let (app, net) = world.phone(phone);
        app.send(net, "1112", "too late");
        world.run_ms(50);
        assert_eq!(world.phone(phone).0.sent[0].status, Some(503));
        assert!(world.nodes[0].accepts().is_empty());
    });
}

#[test]
fn an_app_stays_connected_for_a_day() {
    with_shards(|world| {
        let phone = connected(world, "1111");
        let tata = bound(world, "tata", 1);
        world.run_ms(86_400_000);
        submit(world, tata, Job::new("1111", "still there"));
        settle(world);
        let app = world.phone(phone).0;
        assert_eq!((app.texts(), app.carriage.hangups), (vec!["still there"], 0));
    });
}

#[test]
fn e14_who_proves_nothing_is_gone_after_a_minute() {
    with_shards(|world| {
        let silent = raw(world);
        say(world, silent, "\r\n\r\n");
        assert_eq!(heard(world, silent), "\r\n");
        world.run_ms(30_000);
        say(world, silent, options("Content-Length: 0\r\n", ""));
        assert!(heard(world, silent).starts_with("SIP/2.0 200 "));
        world.run_ms(29_500);
        assert!(is_open(world, silent));
        world.run_ms(1_000);
        assert!(!is_open(world, silent));
        assert_eq!(world.tally(Tally::Flows), 0);
    });
}

#[test]
fn e14_a_message_that_dribbles_ends_the_connection() {
    with_shards(|world| {
        let slow = raw(world);
        for octet in options("Content-Length: 0\r\n", "").as_bytes()[..18].chunks(1) {
            say(world, slow, octet);
            world.run_ms(500);
        }
        assert!(is_open(world, slow), "nine seconds");
        world.run_ms(1_000);
        assert!(!is_open(world, slow), "ten seconds");
    });
}

#[test]
fn e15_a_length_that_cannot_be_is_answered_400_and_ends_the_connection() {
    with_shards(|world| {
        let lengths = ["", "Content-Length: -1\r\n", "Content-Length: 4294967296\r\n"];
        let twice = "Content-Length: 2\r\nl: 3\r\n";
        for length in lengths.into_iter().chain([twice, "Content-Length: 70000\r\n"]) {
            let phone = raw(world);
            say(world, phone, options(length, "xx") + &options("Content-Length: 0\r\n", ""));
            let said = heard(world, phone);
            assert!(said.starts_with("SIP/2.0 400 "), "{length}: {said}");
            assert_eq!(said.matches("SIP/2.0 ").count(), 1, "nothing was smuggled: {said}");
            assert!(!is_open(world, phone), "{length}");
        }
        let (short, whole) = (raw(world), raw(world));
        say(world, short, options("Content-Length: 3\r\n", "xx"));
        assert_eq!(heard(world, short), "");
        world.run_ms(10_000);
        assert!(!is_open(world, short), "it is waited for, but not for ever");
        say(world, whole, options("Content-Length: 0\r\n", "").repeat(3));
        assert_eq!(heard(world, whole).matches("SIP/2.0 200 ").count(), 3);
    });
}

const UPGRADE: &str = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// As a client frames it, under a mask of zeros.
fn frame(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_frame(opcode, payload, &mut out);
    let start = out.len() - payload.len();
    out[1] |= 0x80;
    out.splice(start..start, [0; 4]);
    out
}

fn browser(world: &mut World) -> usize {
    let phone = raw(world);
    world.phone(phone).0.remote = web(address(ENV1_SIP));
    phone
}

#[test]
fn a_browser_speaks_sip_in_frames() {
    with_shards(|world| {
        let browser = browser(world);
        say(world, browser, UPGRADE);
        let said = heard(world, browser);
        assert!(said.starts_with("HTTP/1.1 101 "), "{said}");
        say(world, browser, frame(Opcode::Text, options("", "").as_bytes()));
        let said = heard(world, browser);
        assert!(said.contains("SIP/2.0 200 ") && !said.starts_with("SIP"), "{said}");
        say(world, browser, frame(Opcode::Text, b"\r\n\r\n"));
        assert_eq!(heard(world, browser), "\u{fffd}\u{2}\r\n");
        say(world, browser, frame(Opcode::Ping, b"hi"));
        assert_eq!(heard(world, browser), "\u{fffd}\u{2}hi");
        say(world, browser, frame(Opcode::Close, b""));
        assert_eq!(heard(world, browser), "\u{fffd}\u{2}\u{3}\u{fffd}");
        assert!(!is_open(world, browser));
    });
}

#[test]
fn e30_compression_is_offered_in_vain() {
    with_shards(|world| {
        let browser = browser(world);
        let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";
        say(world, browser, UPGRADE.replace("\r\n\r\n", &format!("\r\n{offer}")));
        let said = heard(world, browser);
        assert!(said.starts_with("HTTP/1.1 101 "), "{said}");
        assert!(!said.to_ascii_lowercase().contains("extensions"), "{said}");
        say(world, browser, frame(Opcode::Text, options("", "").as_bytes()));
        assert!(heard(world, browser).contains("SIP/2.0 200 "));
        // A bomb: one bit says that it is compressed, and that is the end of it.
        say(world, browser, [0xC2, 0xFE, 0xFF, 0xFF, 0, 0, 0, 0]);
        let said = std::mem::take(world.phone(browser).0.carriage.raw.as_mut().unwrap());
        assert_eq!(said, [0x88, 2, 0x03, 0xEA]);
        assert!(!is_open(world, browser));
    });
}

#[test]
fn e30_a_websocket_that_breaks_the_rules_is_told_and_closed() {
    with_shards(|world| {
        let other = UPGRADE.replace("Protocol: sip", "Protocol: chat");
        let rows = [
            (other.into_bytes(), None, "HTTP/1.1 400 ".as_bytes()),
            (b"REGISTER sip:x SIP/2.0\r\n\r\n".to_vec(), None, b"HTTP/1.1 400 "),
            (UPGRADE.into(), Some(vec![0x81, 2, b'h', b'i']), &[0x88, 2, 0x03, 0xEA]),
            (UPGRADE.into(), Some(vec![0xC1, 0x80, 0, 0, 0, 0]), &[0x88, 2, 0x03, 0xEA]),
            (UPGRADE.into(), Some(vec![0x09, 0x80, 0, 0, 0, 0]), &[0x88, 2, 0x03, 0xEA]),
            (UPGRADE.into(), Some(vec![0x89, 0xFE, 0, 126, 0, 0, 0, 0]), &[0x88, 2, 0x03, 0xEA]),
            (UPGRADE.into(), Some(frame(Opcode::Text, &[0xFF])), &[0x88, 2, 0x03, 0xEF]),
            (UPGRADE.into(), Some(vec![0x82, 0xFF, 0, 0, 0, 0, 64, 0, 0, 0]), &[0x88, 2, 3, 0xF1]),
        ];
        for (request, then, answer) in rows {
            let browser = browser(world);
            say(world, browser, request);
            if let Some(octets) = then {
                heard(world, browser);
                say(world, browser, octets);
            }
            let said = std::mem::take(world.phone(browser).0.carriage.raw.as_mut().unwrap());
            assert!(said.starts_with(answer), "{said:?}");
            assert!(!is_open(world, browser));
        }
        let slow = browser(world);
        say(world, slow, "GET / HTTP/1.1\r\n");
        world.run_ms(10_000);
        assert!(!is_open(world, slow), "half a handshake");
    });
}
