pub(crate) mod authority;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crossbeam::channel::unbounded;

use super::{ClientCertificates, Heard, Keys, Stream, validity, watch};
use crate::net::Outbox;
use authority::{Authority, END, replace};

/// Two streams of one agreement, and what waits between them.
struct Pair {
    server: Box<Stream>,
    client: Box<Stream>,
    to_server: Outbox,
    to_client: Outbox,
}

impl Pair {
    fn new(keys: &Keys) -> Self {
        let server = keys.accept(0).unwrap().expect("place 0 speaks TLS");
        let client = keys.dial("env1.example", "127.0.0.1:2775".parse().unwrap()).unwrap();
        let (to_server, to_client) = Default::default();
        let mut pair = Self { server, client, to_server, to_client };
        pair.client.take_in(&[], &mut Vec::new(), &mut pair.to_server, &mut |_| ());
        pair
    }

    /// Carries what waits for the server, in pieces of a length; tells what it read.
    fn carry_to_server(&mut self, piece: usize) -> (Vec<u8>, Vec<Heard>) {
        carry(&mut self.to_server, piece, &mut self.server, &mut self.to_client)
    }

    fn carry_to_client(&mut self, piece: usize) -> (Vec<u8>, Vec<Heard>) {
        carry(&mut self.to_client, piece, &mut self.client, &mut self.to_server)
    }

    fn agree(&mut self, piece: usize) {
        for _ in 0..4 {
            self.carry_to_server(piece);
            self.carry_to_client(piece);
        }
    }
}

fn carry(
    from: &mut Outbox,
    piece: usize,
    to: &mut Stream,
    back: &mut Outbox,
) -> (Vec<u8>, Vec<Heard>) {
    let (mut read, mut heard, mut desk) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(octets) = from.flying() {
        let octets = octets.to_vec();
        from.written(octets.len());
        for piece in octets.chunks(piece) {
            let mut sink = |bytes: &[u8]| read.extend_from_slice(bytes);
            match to.take_in(piece, &mut desk, back, &mut sink) {
                Heard::More => {}
                other => heard.push(other),
            }
        }
    }
    (read, heard)
}

#[test]
fn octets_pass_both_ways_however_they_are_cut() {
    let keys = Authority::new().files(None).load().unwrap();
    for piece in [1, 3, 100, 5000, 100_000] {
        let mut pair = Pair::new(&keys);
        pair.agree(piece);
        for len in [1, 120, 16_384, 16_385, 100_000] {
            let said: Vec<u8> = (0..len).map(|n| n as u8).collect();
            pair.client.put(&said, &mut pair.to_server);
            assert!(pair.carry_to_server(piece).0 == said, "{len} octets in pieces of {piece}");
            pair.server.put(&said, &mut pair.to_client);
            assert!(pair.carry_to_client(piece).0 == said, "{len} octets in pieces of {piece}");
        }
        assert!(pair.server.is_at_rest() && pair.client.is_at_rest());
        pair.client.put_goodbye(&mut pair.to_server);
        assert!(matches!(pair.carry_to_server(piece).1[..], [Heard::Goodbye]));
        assert!(matches!(pair.carry_to_client(piece).1[..], []), "it said goodbye itself");
    }
}

#[test]
fn what_is_said_too_early_waits() {
    let keys = Authority::new().files(None).load().unwrap();
    let mut pair = Pair::new(&keys);
    pair.server.put(b"hello", &mut pair.to_client);
    pair.client.put(b"bind", &mut pair.to_server);
    assert_eq!((pair.server.early(), pair.client.early()), (5, 4));
    pair.carry_to_server(10_000);
    pair.carry_to_client(10_000);
    assert_eq!(pair.carry_to_server(10_000).0, b"bind");
    assert_eq!(pair.carry_to_client(10_000).0, b"hello");
    assert_eq!((pair.server.early(), pair.client.early()), (0, 0));
}

#[test]
fn e14_half_a_hello_holds_no_more_than_four_kib() {
    let keys = Authority::new().files(None).load().unwrap();
    let mut server = keys.accept(0).unwrap().unwrap();
    // A handshake record of 16,000 octets that says it is a ClientHello of 64,000.
    let mut hello = vec![22, 3, 1, 0x3e, 0x80, 1, 0, 0xfa, 0];
    hello.resize(16_005, 0);
    let (mut outbox, mut desk, mut taken) = (Outbox::default(), Vec::new(), 0);
    for octet in hello.chunks(500) {
        let heard = server.take_in(octet, &mut desk, &mut outbox, &mut |_| ());
        if let Heard::Broken(_) = heard {
            break;
        }
        taken += octet.len();
    }
    assert!((4_000..=4_096).contains(&taken), "{taken} octets held");
}

#[test]
fn garbage_breaks_it_and_the_peer_is_told() {
    let keys = Authority::new().files(None).load().unwrap();
    // A plain bind_transceiver, as somebody sends who took the wrong port.
    let bind = [0, 0, 0, 0x2a, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, b't', b'a', b't', b'a', 0];
    for garbage in [&bind[..], b"GET / HTTP/1.1\r\n\r\n", &[0xff; 64], &[22, 3, 1, 0, 1, 1]] {
        let mut server = keys.accept(0).unwrap().unwrap();
        let mut outbox = Outbox::default();
        let mut sink = |_: &[u8]| panic!("nothing of it may reach the shard");
        let heard = server.take_in(garbage, &mut Vec::new(), &mut outbox, &mut sink);
        let more = server.take_in(garbage, &mut Vec::new(), &mut outbox, &mut sink);
        if let Heard::Broken(_) = heard {
            assert!(matches!(more, Heard::More), "it breaks once");
            let alert = outbox.flying().expect("an alert");
            assert_eq!((alert[0], alert[5]), (21, 2), "fatal (RFC 8446 section 6)");
        }
    }
}

#[test]
fn a_record_that_was_changed_on_its_way_breaks_it() {
    let keys = Authority::new().files(None).load().unwrap();
    let mut pair = Pair::new(&keys);
    pair.agree(10_000);
    pair.client.put(b"a submit_sm", &mut pair.to_server);
    let mut record = pair.to_server.flying().unwrap().to_vec();
    *record.last_mut().unwrap() ^= 1;
    let mut sink = |_: &[u8]| panic!("nothing of it may reach the shard");
    let heard = pair.server.take_in(&record, &mut Vec::new(), &mut pair.to_client, &mut sink);
    assert!(matches!(heard, Heard::Broken(_)), "{heard:?}");
}

/// Whatever octet of a greeting is changed and however it is cut, it breaks or it does not: rustls
/// remembers places in our buffer, and looking at the wrong one would be a panic.
#[test]
fn no_octet_of_a_greeting_makes_us_panic() {
    let keys = Authority::new().files(Some(ClientCertificates::Optional)).load().unwrap();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut chance = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    let mut broken = 0;
    for round in 0..2000 {
        let mut pair = Pair::new(&keys);
        for turn in 0..6 {
            let (from, to, back) = match turn % 2 {
                0 => (&mut pair.to_server, &mut pair.server, &mut pair.to_client),
                _ => (&mut pair.to_client, &mut pair.client, &mut pair.to_server),
            };
            let Some(octets) = from.flying() else { break };
            let mut octets = octets.to_vec();
            from.written(octets.len());
            if chance(2) == 0 {
                let place = chance(octets.len());
                octets[place] ^= 1 << chance(8);
            }
            let cut = chance(octets.len() + 1);
            let twice = if round % 3 == 0 { octets.clone() } else { Vec::new() };
            for piece in [&octets[..cut], &octets[cut..], &twice] {
                let heard = to.take_in(piece, &mut Vec::new(), back, &mut |_| ());
                broken += usize::from(matches!(heard, Heard::Broken(_)));
            }
            to.put(b"early", back);
        }
        pair.server.put_goodbye(&mut pair.to_client);
        pair.client.put_goodbye(&mut pair.to_server);
    }
    assert!(broken > 1000, "only {broken} broke");
}

#[test]
fn c14_a_bad_pair_is_refused_and_the_old_stays() {
    let authority = Authority::new();
    let files = authority.files(None);
    let (sender, renewed) = unbounded();
    let old = authority.certificate("env1.crt");
    watch(files.clone(), files.load().unwrap(), move |keys| sender.send(keys).is_ok()).unwrap();
    let served = || {
        let keys: Keys = renewed.recv_timeout(Duration::from_secs(10)).expect("a look");
        shown(&keys)
    };
    // A key that belongs to another certificate.
    let other = authority.issue("other", &["env1.example"], END);
    fs::rename(&other.key, authority.path("env1.key")).unwrap();
    assert_eq!(served(), old);
    // A certificate that has ended, with its own key.
    authority.issue("env1", &["env1.example"], 2021);
    assert_eq!(served(), old);
    // No certificate at all.
    replace(&authority.path("env1.crt"), "nothing\n");
    assert_eq!(served(), old);
    // A good pair.
    authority.issue("env1", &["env1.example"], END);
    assert_eq!(served(), authority.certificate("env1.crt"));
    assert_ne!(old, authority.certificate("env1.crt"));
}

/// The certificate that a listener with these keys shows.
fn shown(keys: &Keys) -> rustls::pki_types::CertificateDer<'static> {
    let mut pair = Pair::new(keys);
    pair.agree(10_000);
    pair.client.peer_certificate().expect("a server shows one")
}

#[test]
fn every_bad_file_is_named() {
    let authority = Authority::new();
    let good = authority.files(None);
    let said = |spoil: &dyn Fn()| {
        authority.issue("env1", &["env1.example"], END);
        spoil();
        good.load().unwrap_err().to_string()
    };
    let crt = authority.path("env1.crt");
    let key = authority.path("env1.key");
    assert!(said(&|| fs::remove_file(&crt).unwrap()).contains("env1.crt: cannot be read"));
    assert!(said(&|| replace(&crt, "")).contains("env1.crt: it holds no certificate"));
    assert!(said(&|| replace(&key, "")).contains("env1.key: no private key"));
    let everybody = || fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(said(&everybody).contains("env1.key: everybody may read it"));
    let other = || drop(fs::rename(authority.issue("x", &["y"], END).key, &key));
    assert!(said(&other).contains("env1.key: does not fit"));
}

#[test]
fn the_end_of_a_certificate_is_read() {
    let authority = Authority::new();
    for (year, second) in [(2021, 1_609_459_200), (2049, 2_493_072_000), (2090, 3_786_912_000)] {
        authority.issue("a", &["a.example"], year);
        assert_eq!(validity::end(&authority.certificate("a.crt")), Some(second), "{year}");
    }
    let der = authority.certificate("a.crt");
    for cut in 0..200 {
        assert_eq!(validity::end(&der[..cut]), None);
    }
}
