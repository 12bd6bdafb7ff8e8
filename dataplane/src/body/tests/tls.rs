//! The same for links that speak TLS, against rustls' own blocking streams.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ServerConnection, StreamOwned};

use super::{Host, World};
use crate::core::Order;
use crate::net::tls::ClientCertificates;
use crate::net::tls::tests::authority::{self, Authority, END};

type Client = StreamOwned<ClientConnection, TcpStream>;

fn secure(host: Host, clients: Option<ClientCertificates>) -> (World, Authority) {
    let authority = Authority::new();
    let keys = authority.files(clients).load().unwrap();
    (World::build(host, 1, &keys, |_| {}), authority)
}

fn connect(world: &World, config: Arc<ClientConfig>) -> Client {
    let name = ServerName::try_from("env1.example").unwrap();
    StreamOwned::new(ClientConnection::new(config, name).unwrap(), world.connect())
}

pub(super) fn echoes_over_tls(host: Host) {
    let (world, authority) = secure(host, None);
    let mut client = connect(&world, authority.client(None));
    world.hears(0, "linked 0 Some(0) tls");
    let big: Vec<u8> = (0..200_000u32).map(|n| n as u8 | 0x80).collect();
    for len in [1, 2, 1000, 16_384, 16_385, 200_000] {
        client.write_all(&big[..len]).unwrap();
        let mut back = vec![0; len];
        client.read_exact(&mut back).unwrap();
        assert!(back == big[..len], "{len}");
    }
    // A goodbye is the end, and is answered by one.
    client.conn.send_close_notify();
    client.flush().unwrap();
    assert_eq!(client.read(&mut [0; 8]).unwrap(), 0);
    world.hears(0, "unlinked Closed");
    // So is the end of the stream without a word.
    let client = connect(&world, authority.client(None));
    world.hears(0, "linked 0 Some(0) tls");
    client.sock.shutdown(Shutdown::Both).unwrap();
    world.hears(0, "unlinked Closed");
    world.halt();
}

pub(super) fn closes_tls_with_a_goodbye(host: Host) {
    let (world, authority) = secure(host, None);
    let mut client = connect(&world, authority.client(None));
    client.write_all(b"B").unwrap();
    let mut all = Vec::new();
    // An end without close_notify would be an error here.
    client.read_to_end(&mut all).unwrap();
    assert_eq!(all.len(), 300_000);
    drop(client);
    world.hears(0, "unlinked Asked");
    world.halt();
}

pub(super) fn refuses_what_is_not_tls(host: Host) {
    let (world, authority) = secure(host, None);
    let mut plain = world.connect();
    plain.write_all(b"\0\0\0\x10\0\0\0\x15\0\0\0\0\0\0\0\x01").unwrap();
    world.hears(0, "unlinked Insecure");
    let mut alert = Vec::new();
    plain.read_to_end(&mut alert).unwrap();
    assert_eq!((alert[0], alert[5]), (21, 2), "a fatal alert");
    let mut client = connect(&world, authority.client(None));
    client.write_all(b"x").unwrap();
    client.read_exact(&mut [0]).unwrap();
    world.halt();
}

pub(super) fn asks_for_client_certificates(host: Host) {
    let (world, authority) = secure(host, Some(ClientCertificates::Required));
    let mut nobody = connect(&world, authority.client(None));
    nobody.write_all(b"x").unwrap_or(());
    assert!(nobody.read_exact(&mut [0]).is_err());
    world.hears(0, "unlinked Insecure");
    let expired = authority.issue("old", &["tata.example"], 2021);
    let mut late = connect(&world, authority.client(Some(expired)));
    late.write_all(b"x").unwrap_or(());
    assert!(late.read_exact(&mut [0]).is_err());
    world.hears(0, "unlinked Insecure");
    let identity = authority.issue("tata", &["tata.example"], END);
    let mut tata = connect(&world, authority.client(Some(identity)));
    tata.write_all(b"x").unwrap();
    tata.read_exact(&mut [0]).unwrap();
    world.halt();
}

/// C14: the link that is there keeps its keys and goes on; the next one gets the new.
pub(super) fn c14_rekeys_without_dropping_a_link(host: Host) {
    let (world, authority) = secure(host, None);
    let mut before = connect(&world, authority.client(None));
    before.write_all(b"x").unwrap();
    before.read_exact(&mut [0]).unwrap();
    let shown = |client: &Client| client.conn.peer_certificates().unwrap()[0].clone().into_owned();
    let old = shown(&before);
    world.order(&Order::Rekey(authority.files(None).load().unwrap()));
    // Whoever was heard after the order was served after it.
    before.write_all(b"x").unwrap();
    before.read_exact(&mut [0]).unwrap();
    let mut after = connect(&world, authority.client(None));
    after.write_all(b"x").unwrap();
    after.read_exact(&mut [0]).unwrap();
    assert_ne!(shown(&after), old);
    before.write_all(b"x").unwrap();
    before.read_exact(&mut [0]).unwrap();
    assert_eq!(shown(&before), old);
    world.halt();
}

pub(super) fn dials_over_tls(host: Host) {
    let (world, authority) = secure(host, None);
    let peer = Authority::new();
    let there = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = there.local_addr().unwrap();
    let mut control = connect(&world, authority.client(None));
    world.hears(0, "linked 0 Some(0) tls");
    let mut dial = |name: &str, files: crate::net::tls::Files| {
        control.write_all(format!("T{name}@{address}").as_bytes()).unwrap();
        let config = authority::server(&files);
        let (stream, _) = there.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        StreamOwned::new(ServerConnection::new(config).unwrap(), stream)
    };
    // By its name, and by its address.
    for name in ["env1.example", ""] {
        let mut link = dial(name, authority.files(None));
        let mut hello = [0; 5];
        link.read_exact(&mut hello).unwrap();
        assert_eq!(&hello, b"hello");
        world.hears(0, "linked 1 None tls");
        link.conn.send_close_notify();
        link.flush().unwrap();
        world.hears(0, "unlinked Closed");
    }
    // By another name, and signed by somebody else: nothing is said to such a peer.
    for (name, files) in [("env9.example", authority.files(None)), ("", peer.files(None))] {
        let mut link = dial(name, files);
        assert!(link.read_exact(&mut [0]).is_err());
        world.hears(0, "unlinked Insecure");
    }
    // A peer that speaks no TLS.
    control.write_all(format!("T@{address}").as_bytes()).unwrap();
    let (mut plain, _) = there.accept().unwrap();
    plain.write_all(&[0; 64]).unwrap();
    world.hears(0, "unlinked Insecure");
    // One that says nothing, and goes.
    control.write_all(format!("T@{address}").as_bytes()).unwrap();
    drop(there.accept().unwrap());
    world.hears(0, "unlinked Insecure");
    world.halt();
}
