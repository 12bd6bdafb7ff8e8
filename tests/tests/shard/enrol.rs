//! A trunk that wants us to register: that we do, stay so, go where it still answers, and hear
//! what comes for us there.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeSet;

use routing::{Protocol, Transport};
use tests::model::{ENV1_SIP, GATEWAY, address};
use tests::net::SEC;
use tests::peers::gateway::{Heard, Reply};
use tests::scene::{registered, with_site};
use tests::{Site, World, model};

/// Plays with a trunk at which we register for ten minutes.
fn with_registrar(
    transports: &[Transport],
    answers: &[Option<Reply>],
    play: impl Fn(&mut World, usize),
) {
    let mut site = Site::standard();
    let connection = &mut site.environment("env1").connections[1];
    (connection.protocol, connection.count_hops) = (model::trunk(transports), false);
    let Protocol::Sip(trunk) = &mut connection.protocol else { unreachable!("it is a trunk") };
    trunk.register_secs = 600;
    with_site(&site.publish(), |world| {
        let gateway = world.add_gateway();
        world.gateway(gateway).0.enrols.extend(answers.iter().cloned());
        world.run_ms(3000);
        play(world, gateway);
        let wrongs = &world.nodes[0].watch.wrongs;
        assert!(wrongs.is_empty(), "{wrongs:?}");
    });
}

fn registers(world: &mut World, gateway: usize) -> Vec<Heard> {
    world.gateway(gateway).0.registers.clone()
}

fn notes(world: &World, words: &str) -> usize {
    world.nodes[0].notes.iter().filter(|(_, note)| note.contains(words)).count()
}

fn challenge() -> Reply {
    let value = "Digest realm=\"gw.example\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\"";
    Reply::status(401).with("WWW-Authenticate", value)
}

#[test]
fn we_register_with_our_password_and_stay_registered() {
    with_registrar(&[Transport::Udp], &[Some(challenge())], |world, gateway| {
        let came = registers(world, gateway);
        assert_eq!(came.len(), 2, "once without and once with credentials");
        assert_eq!(came[1].uri, "sip:gw.example");
        assert_eq!(came[1].header("To").as_deref(), Some("<sip:us@gw.example>"));
        assert_eq!(came[1].header("Expires").as_deref(), Some("600"));
        let contact = came[1].header("Contact").unwrap();
        assert!(contact.starts_with("<sip:us@"), "{contact}");
        let proof = came[1].header("Authorization").unwrap();
        assert!(proof.contains("username=\"us\"") && proof.contains("nc=00000001"), "{proof}");
        assert_eq!(notes(world, "registered at a trunk"), 1);
        // Most of ten minutes later, with the nonce that is known, in the same dialogue.
        world.run_until(world.net.now + 1000 * SEC);
        let came = registers(world, gateway);
        assert_eq!(came.len(), 4, "after 480 seconds and after 960");
        let after = |at: usize| (came[at].at - came[at - 1].at) / SEC;
        assert_eq!((after(2), after(3)), (480, 480));
        let proof = came[2].header("Authorization").unwrap();
        assert!(proof.contains("nonce=\"n1\"") && proof.contains("nc=00000002"), "{proof}");
        let call_ids: BTreeSet<_> = came.iter().filter_map(|one| one.header("Call-ID")).collect();
        assert_eq!(call_ids.len(), 1);
        let cseqs: Vec<_> = came.iter().filter_map(|one| one.header("CSeq")).collect();
        assert_eq!(cseqs, ["1 REGISTER", "2 REGISTER", "3 REGISTER", "4 REGISTER"]);
        assert_eq!(notes(world, "registered at a trunk"), 1, "this is no news any more");
    });
}

#[test]
fn what_the_registrar_grants_is_what_counts() {
    let answers = [
        Some(Reply::status(423).with("Min-Expires", "1000")),
        Some(Reply::status(200).with("Expires", "50")),
    ];
    with_registrar(&[Transport::Udp], &answers, |world, gateway| {
        let came = registers(world, gateway);
        let asked: Vec<_> = came.iter().filter_map(|one| one.header("Expires")).collect();
        assert_eq!(asked, ["600", "1000"], "RFC 3261 §10.2.8");
        world.run_until(world.net.now + 45 * SEC);
        let came = registers(world, gateway);
        assert_eq!(came.len(), 3);
        assert_eq!((came[2].at - came[1].at) / SEC, 40);
    });
}

#[test]
fn e24_a_registrar_that_never_believes_us_is_asked_less_and_less() {
    let no = [(); 40].map(|()| Some(challenge()));
    with_registrar(&[Transport::Udp], &no, |world, gateway| {
        assert_eq!(registers(world, gateway).len(), 2);
        world.run_until(world.net.now + 600 * SEC);
        // After 30, 60, 120 and 240 seconds, twice each.
        assert_eq!(registers(world, gateway).len(), 10);
        assert_eq!(notes(world, "a trunk does not register us"), 1);
    });
}

#[test]
fn e25_a_registrar_that_wants_a_pause_has_it() {
    let busy = Reply::status(503).with("Retry-After", "7");
    with_registrar(&[Transport::Udp], &[Some(busy)], |world, gateway| {
        world.run_until(world.net.now + 10 * SEC);
        let came = registers(world, gateway);
        assert_eq!((came[1].at - came[0].at) / SEC, 7);
        assert_eq!(notes(world, "registered at a trunk"), 1);
    });
}

#[test]
fn over_a_new_connection_we_register_anew() {
    with_registrar(&[Transport::Tcp], &[], |world, gateway| {
        let came = registers(world, gateway);
        assert_eq!(came.len(), 1);
        assert!(came[0].header("Contact").unwrap().contains(";transport=tcp>"));
        let wire = world.gateway(gateway).0.wire();
        world.net.cut(wire.expect("it was dialled"));
        world.run_until(world.net.now + 10 * SEC);
        assert_eq!(registers(world, gateway).len(), 2);
        assert_eq!(notes(world, "a trunk does not register us"), 0);
    });
}

#[test]
fn what_comes_to_our_contact_is_for_whom_it_names() {
    with_registrar(&[Transport::Udp], &[], |world, gateway| {
        let phone = registered(world, "1111");
        let contact = registers(world, gateway)[0].header("Contact").unwrap();
        let uri = contact.trim_matches(['<', '>']).to_owned();
        let request = format!(
            "MESSAGE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {GATEWAY};branch=z9hG4bKgw1;rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:4917112345@gw.example>;tag=g\r\n\
             To: <sip:1111@gw.example>\r\nCall-ID: gw-1\r\nCSeq: 1 MESSAGE\r\n\
             Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
        );
        let (peer, net) = world.gateway(gateway);
        peer.send(net, address(ENV1_SIP), &request);
        world.run_ms(500);
        assert_eq!(world.gateway(gateway).0.finals.get("gw-1"), Some(&202));
        assert_eq!(world.phone(phone).0.texts(), ["hello"]);
    });
}
