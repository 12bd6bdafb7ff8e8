use std::net::{SocketAddr, TcpListener, UdpSocket};

use super::Sockets;
use crate::config::Environment;
use crate::net::tls::Keys;

fn environment(smpp: &[SocketAddr], sip: &[SocketAddr]) -> Environment {
    let (name, smpp, sip) = ("env1".to_owned(), smpp.to_vec(), sip.to_vec());
    Environment { name, smpp, sip, ..Environment::default() }
}

#[test]
fn every_shard_has_every_address() {
    let smpp = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let sip = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let all =
        Sockets::open(&[environment(&[smpp], &[sip])], 3, &Keys::default(), Vec::new()).unwrap();
    assert_eq!(all.len(), 3);
    for sockets in &all {
        assert_eq!(sockets.listeners[0].local_addr().unwrap(), smpp);
        assert_eq!(sockets.datagrams[0].local_addr().unwrap(), sip);
    }
    // Another node of the same user does not get a share of them.
    let error = Sockets::open(&[environment(&[smpp], &[])], 1, &Keys::default(), Vec::new())
        .unwrap_err()
        .to_string();
    assert!(error.starts_with(&format!("address already in use: env1 smpp {smpp}")), "{error}");
    let error = Sockets::open(&[environment(&[], &[sip])], 1, &Keys::default(), Vec::new())
        .unwrap_err()
        .to_string();
    assert!(error.starts_with(&format!("address already in use: env1 sip {sip}")), "{error}");
}

#[test]
fn an_address_of_another_machine_is_said_so() {
    let elsewhere = "192.0.2.1:2775".parse().unwrap();
    let error = Sockets::open(&[environment(&[elsewhere], &[])], 1, &Keys::default(), Vec::new())
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("no such address on this machine: env1 smpp 192.0.2.1"), "{error}");
}
