//! The whole crate against the recorded messages of the acceptance scenarios.

use std::net::SocketAddr;

use crate::digest::{Age, Denied, Ha1, NonceKey, challenge, verify};
use crate::registrar::{Contacts, Limits, Register};
use crate::{
    Builder, Date, MAX_FORWARDS, Message, Method, Name, Party, Request, Response, Transport,
};

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/data/sip/", $name, ".sip")).as_slice()
    };
}

/// Every recorded message.
pub(crate) const ALL: [&[u8]; 19] = [
    vector!("01_register_1111"),
    vector!("02_register_401"),
    vector!("03_register_auth"),
    vector!("04_register_200"),
    vector!("10_message_to_app_1_1"),
    vector!("11_message_200"),
    vector!("12_message_to_app_ucs2"),
    vector!("20_message_1111_to_2222"),
    vector!("21_message_407"),
    vector!("22_message_auth"),
    vector!("23_message_202"),
    vector!("24_message_env4_to_2222"),
    vector!("30_resp_404"),
    vector!("30_resp_408"),
    vector!("30_resp_415"),
    vector!("30_resp_480"),
    vector!("30_resp_486"),
    vector!("30_resp_503"),
    vector!("30_resp_603"),
];

/// 2024-01-15T10:30:00Z.
const MORNING: Date = Date { unix_secs: 1_705_314_600 };

fn phone() -> SocketAddr {
    "127.0.0.1:5070".parse().unwrap()
}

fn text(octets: &[u8]) -> &str {
    std::str::from_utf8(octets).unwrap()
}

#[test]
fn every_vector_parses() {
    for octets in ALL {
        let message = Message::parse(octets).unwrap_or_else(|e| panic!("{e}: {}", text(octets)));
        assert!(message.via().has_cookie(), "{message}");
        assert!(message.from().tag().is_some(), "{message}");
        message.check_vias().unwrap();
    }
}

#[test]
fn a_message_reads_as_it_was_written() {
    let message = Message::parse(vector!("10_message_to_app_1_1")).unwrap();
    assert_eq!(message.method(), Some(Method::Message));
    assert_eq!(message.request_uri(), Some("sip:111222333@127.0.0.1:5070;transport=udp"));
    assert_eq!(message.via().transport, Transport::Udp);
    assert_eq!((message.via().host, message.via().port), ("127.0.0.2", Some(5060)));
    assert_eq!(message.via().branch, Some("z9hG4bK-01J0000000000001-0"));
    assert!(message.via().rport);
    assert_eq!(message.from().display(), "AsiaCell");
    assert_eq!(message.from().uri().unwrap().user, Some("AsiaCell"));
    assert_eq!(message.to().tag(), None);
    assert_eq!(message.call_id(), "01J0000000000001@env1.example");
    assert_eq!(message.cseq().number, 1);
    assert_eq!(message.date(), Some(MORNING));
    assert_eq!(message.expires(), Some(86400));
    assert_eq!(message.max_forwards(), Some(70));
    let content = message.content_type().unwrap().unwrap();
    assert!(content.is("text", "plain"));
    assert_eq!(content.charset(), Some("UTF-8"));
    assert_eq!(text(message.body()), "Asia Cell: 50% bonus @ weekend");
}

#[test]
fn our_message_is_the_vector() {
    let mut out = Vec::new();
    let request = Request {
        method: Method::Message,
        uri: "sip:111222333@127.0.0.1:5070;transport=udp",
        transport: Transport::Udp,
        sent_by: "127.0.0.2:5060",
        branch: "z9hG4bK-01J0000000000001-0",
        rport: true,
        max_forwards: MAX_FORWARDS,
        route: "",
        from: Party {
            display: "AsiaCell",
            user: "AsiaCell",
            host: "env1.example",
            tag: Some("01J0000000000001"),
        },
        to: Party { user: "111222333", host: "env1.example", ..Party::default() },
        call_id: "01J0000000000001@env1.example",
        cseq: 1,
    };
    let body = b"Asia Cell: 50% bonus @ weekend";
    Builder::request(&mut out, &request)
        .date(MORNING)
        .expires(86400)
        .finish_with("text/plain;charset=UTF-8", body)
        .unwrap();
    assert_eq!(text(&out), text(vector!("10_message_to_app_1_1")));
}

#[test]
fn our_answer_to_a_phone_is_the_vector() {
    let request = Message::parse(vector!("22_message_auth")).unwrap();
    let response = Response { status: 202, to_tag: Some("srv2"), source: phone() };
    let mut out = Vec::new();
    Builder::response(&mut out, &request, &response).finish().unwrap();
    assert_eq!(text(&out), text(vector!("23_message_202")));
}

#[test]
fn a_phone_registers() {
    const NOW: u64 = MORNING.unix_secs * 1_000_000_000;
    let message = Message::parse(vector!("03_register_auth")).unwrap();
    let mut contacts = Contacts::default();
    let source = phone();
    let register = Register { message: &message, source, line: 0, now_unix_ns: NOW, spread: 0 };
    let update = contacts.stage(register, &Limits::default()).unwrap();
    contacts.commit(update);
    let response = Response { status: 200, to_tag: Some("srv1"), source: phone() };
    let mut out = Vec::new();
    let mut builder = Builder::response(&mut out, &message, &response);
    contacts.encode(&mut builder, NOW, None);
    builder.date(MORNING).finish().unwrap();
    assert_eq!(text(&out), text(vector!("04_register_200")));
}

#[test]
fn the_vectors_prove_their_passwords() {
    let cases = [
        (vector!("03_register_auth"), Name::Authorization, "111222333", "pw111222333"),
        (vector!("22_message_auth"), Name::ProxyAuthorization, "1111", "pw1111"),
    ];
    for (octets, name, username, password) in cases {
        let message = Message::parse(octets).unwrap();
        let credentials = message.credentials(name).next().unwrap().unwrap();
        assert_eq!(credentials.username, username);
        let (method, uri) = (message.method().unwrap(), message.request_uri().unwrap());
        let ha1 = Ha1::of(username, "env1.example", password);
        assert_eq!(verify(&credentials, method, uri, &ha1), Ok(()));
        let wrong = Ha1::of(username, "env1.example", "pw");
        assert_eq!(verify(&credentials, method, uri, &wrong), Err(Denied::Response));
        let elsewhere = verify(&credentials, method, "sip:3333@env1.example", &ha1);
        assert_eq!(elsewhere, Err(Denied::Uri));
    }
}

#[test]
fn a_challenge_offers_sha256_before_md5() {
    let request = Message::parse(vector!("01_register_1111")).unwrap();
    let response = Response { status: 401, to_tag: Some("srv1"), source: phone() };
    let key = NonceKey::new([7; 32]);
    let nonce = key.make(b"env1", 1);
    let mut out = Vec::new();
    let mut builder = Builder::response(&mut out, &request, &response);
    let offer = crate::digest::OFFER;
    challenge(&mut builder, Name::WwwAuthenticate, &offer, "env1.example", &nonce, false);
    builder.finish().unwrap();
    let answer = Message::parse(&out).unwrap();
    let offered: Vec<_> = answer.challenges().map(|c| c.unwrap().algorithm.as_str()).collect();
    assert_eq!(offered, ["SHA-256", "MD5"]);
    assert!(answer.challenges().all(|c| c.unwrap().offers_auth()));
    let lifetime = std::time::Duration::from_secs(1);
    assert_eq!(key.check(nonce.as_str(), b"env1", 2, lifetime), Age::Fresh);
}
