//! From one message centre to another, past a relay of the test's own: that is how a gateway that
//! only ever binds to message centres, such as Kannel's bearerbox, is loaded.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use smpp::{Bind, BindKind, Command, Version, frame, pdu};

use crate::load;

#[test]
fn a_relay_between_two_message_centres_loses_nothing() {
    let [from, to] = [free(), free()];
    thread::spawn(move || relay(from, to));
    let words = "centre-smpp --binds 1 --window 20 --count 5000";
    let (code, report) = load(&format!("{words} --centre {from} --listen {to}"));
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["account"]["delivered"], 5_000, "{report}");
    assert_eq!(report["account"]["lost"], 0, "{report}");
}

#[test]
fn nobody_asks_a_message_centre_for_receipts() {
    let words = "centre-smpp --receipts --centre 127.0.0.1:1 --listen 127.0.0.1:2";
    let (code, error) = load(words);
    assert_eq!(code, 2);
    assert!(error.as_str().unwrap().contains("leave --receipts away"), "{error}");
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Binds to both; each deliver_sm of the one becomes a submit_sm to the other.
fn relay(from: SocketAddr, to: SocketAddr) {
    let (mut source, mut sink) = (bound(from), bound(to));
    let mut answers = sink.try_clone().unwrap();
    thread::spawn(move || while answers.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {});
    let (mut octets, mut chunk) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = source.read(&mut chunk) {
        octets.extend_from_slice(&chunk[..count]);
        let (mut done, mut out) = (0, Vec::new());
        while let Ok(Some(next)) = frame::next(&octets[done..], frame::PDU_MAX) {
            if next.header.command == Command::DeliverSm {
                pdu::DeliverResp.encode(smpp::Status::ROK, next.header.sequence, &mut out);
                let mut forwarded = octets[done..done + next.len()].to_vec();
                forwarded[4..8].copy_from_slice(&SUBMIT_SM);
                sink.write_all(&forwarded).unwrap();
            }
            done += next.len();
        }
        octets.drain(..done);
        source.write_all(&out).unwrap();
    }
}

fn bound(at: SocketAddr) -> TcpStream {
    let mut stream = loop {
        match TcpStream::connect(at) {
            Ok(stream) => break stream,
            Err(_) => thread::yield_now(),
        }
    };
    let bind = Bind {
        kind: BindKind::Transceiver,
        system_id: b"relay",
        password: b"",
        system_type: b"",
        interface_version: Version::V34.0,
        addr_ton: 0,
        addr_npi: 0,
        address_range: b"",
    };
    let mut octets = Vec::new();
    bind.encode(1, &mut octets);
    stream.write_all(&octets).unwrap();
    let answer = stream.read(&mut [0; 256]).unwrap();
    assert!(answer >= smpp::HEADER_LEN);
    stream
}

const SUBMIT_SM: [u8; 4] = [0, 0, 0, 4];
