use std::net::{TcpListener, TcpStream, UdpSocket};

use shard::{Handed, Holder, Letter, LinkId, SocketId};

use super::*;

fn link(number: u64, stream: &TcpStream) -> Passed {
    let mut octets = Vec::new();
    octets.extend_from_slice(&number.to_le_bytes());
    octets.extend_from_slice(&[0; 4]);
    let ends = (stream.local_addr().unwrap(), stream.peer_addr().unwrap());
    let mut handed = bare(ends);
    (handed.link, handed.owner, handed.octets) = (LinkId(number), Holder::Carrier(7), octets);
    Passed { handed, fd: stream.try_clone().unwrap().into(), unwritten: b"rest".to_vec() }
}

/// A link of nobody, made of the octets that say so.
fn bare(ends: (std::net::SocketAddr, std::net::SocketAddr)) -> Handed {
    let mut octets = vec![0; 8 + 4 + 1 + 4 + 1 + 1];
    octets.extend_from_slice(&[0x34, 1, 0, 0, 0]);
    put(ends.0.to_string().as_bytes(), &mut octets);
    put(ends.1.to_string().as_bytes(), &mut octets);
    octets.extend_from_slice(&[0; 24 + 4 + 4]);
    Handed::decode(&mut Reader(&octets)).unwrap()
}

/// More descriptors than one message carries, and each is what it was.
#[test]
fn a_parcel_is_taken_up_whole() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let here = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut there, _) = listener.accept().unwrap();
    let lock = tempfile::tempfile().unwrap();
    let (asker, mut waits) = UnixStream::pair().unwrap();
    let fixed = |is_stream, address, fd| Fixed { is_stream, address, fd };
    let sockets = vec![
        fixed(true, listener.local_addr().unwrap(), listener.try_clone().unwrap().into()),
        fixed(false, udp.local_addr().unwrap(), udp.try_clone().unwrap().into()),
    ];
    let peer = "127.0.0.1:5060".parse().unwrap();
    let letter = Letter { socket: SocketId(0), peer, octets: b"MESSAGE".to_vec() };
    let many = (1..=600).map(|number| link(number * 2, &here)).collect();
    let bequests = vec![
        Bequest { links: many, letters: vec![letter.clone()] },
        Bequest { links: vec![link(4, &here)], letters: Vec::new() },
    ];
    let queue =
        pack(Legacy { lock, sockets, bequests, asker: Some(asker), paused_ns: 77 }).unwrap();
    let mut descriptors = take_all(&queue).unwrap().into_iter();
    let mut octets = Vec::new();
    let mut text = File::from(descriptors.next().unwrap());
    text.seek(SeekFrom::Start(0)).unwrap();
    text.read_to_end(&mut octets).unwrap();
    let legacy = unpack(&octets, &mut descriptors).unwrap();
    assert_eq!(legacy.paused_ns, 77);
    let addresses: Vec<_> = legacy.sockets.iter().map(|one| one.address).collect();
    assert_eq!(addresses, [listener.local_addr().unwrap(), udp.local_addr().unwrap()]);
    assert_eq!(legacy.bequests[0].links.len(), 600);
    assert_eq!(legacy.bequests[0].letters, [letter]);
    let last = &legacy.bequests[1].links[0];
    assert_eq!((last.handed.link, &last.unwritten[..]), (LinkId(4), &b"rest"[..]));
    TcpStream::from(last.fd.try_clone().unwrap()).write_all(b"the same").unwrap();
    let mut heard = [0; 8];
    there.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"the same");
    writeln!(legacy.asker.unwrap(), "upgraded").unwrap();
    let mut word = [0; 9];
    waits.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"upgraded\n");
    assert!(unpack(&octets[..octets.len() - 1], &mut std::iter::empty()).is_none());
}
