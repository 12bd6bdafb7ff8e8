//! What is sent in one turn arrives as it was written, however it travels.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use shard::SocketId;

use super::train::length;
use super::{BATCH, Letter, Letters};

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket
}

/// How often each datagram came.
fn heard(socket: &UdpSocket, count: usize) -> BTreeMap<Vec<u8>, usize> {
    let (mut heard, mut datagram) = (BTreeMap::new(), vec![0; 65_536]);
    for _ in 0..count {
        let length = socket.recv(&mut datagram).unwrap();
        *heard.entry(datagram[..length].to_vec()).or_default() += 1;
    }
    heard
}

#[test]
fn datagrams_of_all_lengths_arrive_each_as_it_was() {
    let (sender, phones, mut letters) = (socket(), [socket(), socket()], Letters::default());
    let mut sent = [BTreeMap::new(), BTreeMap::new()];
    for number in 0..3 * BATCH {
        let to = number % 7 % 2;
        let length = [400, 400, 1_300, 399, 401, 20, 400][number % 7];
        let octets = format!("{number:<length$}").into_bytes();
        letters.push(SocketId(0), phones[to].local_addr().unwrap(), &octets);
        sent[to].insert(octets, 1);
    }
    letters.flush(std::slice::from_ref(&sender));
    for (phone, sent) in phones.iter().zip(sent) {
        assert_eq!(heard(phone, sent.len()), sent);
        phone.set_nonblocking(true).unwrap();
        assert!(phone.recv(&mut [0; 10]).is_err(), "and nothing else");
    }
    assert!(letters.shy == 0, "the kernel takes trains");
    letters.flush(&[sender]);
}

#[test]
fn a_peer_without_a_way_takes_nothing_from_the_others() {
    let (sender, phone, mut letters) = (socket(), socket(), Letters::default());
    let peers = ["[::1]:9".parse().unwrap(), phone.local_addr().unwrap()];
    for number in 0..10_u8 {
        peers.iter().for_each(|peer| letters.push(SocketId(0), *peer, &[number; 30]));
    }
    letters.flush(std::slice::from_ref(&sender));
    assert_eq!(heard(&phone, 10).len(), 10);
    assert!(letters.shy > 0, "the next ones go one by one");
    letters.push(SocketId(0), peers[1], b"one");
    letters.push(SocketId(0), peers[1], b"two");
    letters.flush(&[sender]);
    assert_eq!(heard(&phone, 2).len(), 2);
}

#[test]
fn a_train_is_as_long_as_its_letters_are_alike() {
    let lengths = |letters: &[(u16, usize)]| {
        let mut start = 0;
        let letter = |(port, length): &(u16, usize)| {
            let (peer, begin) = (SocketAddr::from(([127, 0, 0, 1], *port)), start);
            start += length;
            Letter { socket: SocketId(0), peer, range: begin..start }
        };
        let letters: Vec<Letter> = letters.iter().map(letter).collect();
        length(&letters)
    };
    assert_eq!(lengths(&[(1, 5)]), 1);
    assert_eq!(lengths(&[(1, 5), (1, 5), (1, 5), (2, 5)]), 3, "one address");
    assert_eq!(lengths(&[(1, 5), (1, 5), (1, 4), (1, 4)]), 3, "the last one is shorter");
    assert_eq!(lengths(&[(1, 5), (1, 0)]), 1, "nothing cannot be cut off");
    assert_eq!(lengths(&[(1, 1_000); 100]), 64);
    assert_eq!(lengths(&[(1, 30_000); 3]), 2);
    assert_eq!(lengths(&[(1, 65_507); 2]), 1);
}
