//! E18: every message of RFC 4475 and RFC 5118, octet for octet, through the parser and through
//! a whole shard; after each a valid request is served.

mod contacts;
mod expect;

use std::fs;
use std::path::PathBuf;

use expect::{Expect, RFC4475, RFC5118};
use sip::Message;
use tests::Site;
use tests::caller::status;
use tests::door::{Door, peer};

fn folder(rfc: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/torture").join(rfc)
}

fn vector(rfc: &str, name: &str) -> Vec<u8> {
    fs::read(folder(rfc).join(name).with_extension("dat")).expect("a file of the corpus")
}

/// A shard whose domain is that of the corpus.
fn registrar() -> Door {
    let mut site = Site::standard();
    site.environment("env1").domain = "example.com".to_owned();
    Door::of(site.publish().adopted())
}

fn probe(number: usize) -> Vec<u8> {
    format!(
        "OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKprobe{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:a@h>;tag=f\r\nTo: <sip:example.com>\r\n\
         Call-ID: probe{number}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

fn play(rfc: &str, table: &[Expect]) {
    let mut door = registrar();
    for (number, row) in table.iter().enumerate() {
        let octets = vector(rfc, row.name);
        let parsed = Message::parse(&octets).map(|message| message.to_string());
        assert_eq!(parsed.is_ok(), row.parses, "{}: {}: {parsed:?}", row.name, row.why);
        let said = door.datagram(peer(6000), &octets);
        assert!(said.len() <= 1, "{}: one answer at most", row.name);
        assert_eq!(status(&said), row.status, "{}: {}", row.name, row.why);
        // The same again is answered alike.
        assert_eq!(status(&door.datagram(peer(6000), &octets)), row.status, "{}", row.name);
        let served = door.datagram(peer(6001), &probe(number));
        assert_eq!(status(&served), Some(200), "after {}", row.name);
    }
}

#[test]
fn e18_rfc_4475_gets_the_verdicts_it_asks_for() {
    play("rfc4475", RFC4475);
}

#[test]
fn e18_rfc_5118_gets_the_verdicts_it_asks_for() {
    play("rfc5118", RFC5118);
}

#[test]
fn e18_no_message_is_left_out() {
    for (rfc, table, count) in [("rfc4475", RFC4475, 49), ("rfc5118", RFC5118, 12)] {
        let files = fs::read_dir(folder(rfc)).expect("a folder").count();
        assert_eq!((files, table.len()), (count, count), "{rfc}");
    }
}

/// What was answered says whom it answers, as far as that could be read.
#[test]
fn e18_refusals_find_their_way() {
    let mut door = registrar();
    for name in ["badinv01", "scalar02", "quotbal", "insuf", "multi01", "badaspec", "baddn"] {
        let octets = vector("rfc4475", name);
        let sent = String::from_utf8(octets.clone()).expect("text");
        let said = door.datagram(peer(6000), &octets);
        let said = String::from_utf8(said[0].clone()).expect("text");
        assert!(said.contains(";received=127.0.0.1"), "{name}: {said}");
        for header in ["From: ", "Call-ID: ", "CSeq: "] {
            let value = sent.lines().find_map(|line| line.strip_prefix(header)).map(str::trim);
            assert!(value.is_none_or(|value| said.contains(value)), "{name}: {said}");
        }
        assert!(said.ends_with("Content-Length: 0\r\n\r\n"), "{name}: {said}");
    }
}
