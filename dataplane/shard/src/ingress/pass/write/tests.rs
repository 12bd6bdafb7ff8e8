use sip::outbound::{FlowKey, FlowToken};

use super::*;

const REGISTER: &str = "REGISTER sip:env1.example SIP/2.0\r\n\
    Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKapp\r\n\
    Route: <sip:192.0.2.1;lr>\r\n\
    Max-Forwards: 70\r\n\
    From: <sip:1111@env1.example>;tag=1\r\n\
    To: <sip:1111@env1.example>\r\n\
    Call-ID: c\r\n\
    CSeq: 1 REGISTER\r\n\
    X-Unknown:  stays as it is\r\n\
    Contact: <sip:1111@10.0.0.5:5060>\r\n\
    Content-Length: 0\r\n\r\n";

fn path() -> Path {
    let heard_at = "192.0.2.1:5060".parse().unwrap();
    let flow = FlowToken { line: 7, incarnation: 0, peer: "10.0.0.5:5060".parse().unwrap() };
    Path { word: FlowKey::new([7; 32]).word(&flow), heard_at, secure: "" }
}

fn passed(text: &str, path: Option<&Path>) -> String {
    let message = Message::parse(text.as_bytes()).unwrap();
    let local = "192.0.2.1:5060".parse().unwrap();
    let hop = Hop { local, transport: Transport::Udp, branch: &"z9hG4bKours" };
    let source = "203.0.113.9:40000".parse().unwrap();
    let mut out = Vec::new();
    request(&message, source, &hop, path, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_register_gains_a_via_and_a_path_and_loses_a_hop() {
    let text = passed(REGISTER, Some(&path()));
    let message = Message::parse(text.as_bytes()).unwrap();
    let vias: Vec<_> = message.values(Name::Via).collect();
    assert_eq!(vias[0], "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours;rport");
    let below = "SIP/2.0/UDP 10.0.0.5:5060;rport=40000;branch=z9hG4bKapp;received=203.0.113.9";
    assert_eq!(vias[1], below);
    let token = path().word;
    let path = format!("<sip:{token}@192.0.2.1:5060;lr;ob>");
    assert_eq!(message.header_named("Path"), Some(path.as_str()));
    assert_eq!(message.max_forwards(), Some(69));
    assert_eq!(message.header_named("X-Unknown"), Some("stays as it is"));
    assert!(message.header(Name::Route).is_none());
}

#[test]
fn what_comes_back_loses_our_route_alone() {
    let text = REGISTER
        .replace("REGISTER", "MESSAGE")
        .replace("Route: <sip:192.0.2.1;lr>", "Route: <sip:t@192.0.2.1;lr>, <sip:next;lr>");
    let text = passed(&text, None);
    let message = Message::parse(text.as_bytes()).unwrap();
    assert_eq!(message.values(Name::Route).collect::<Vec<_>>(), ["<sip:next;lr>"]);
}

#[test]
fn a_response_loses_our_via() {
    let text = "SIP/2.0 200 OK\r\n\
        Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKo, SIP/2.0/UDP 10.0.0.5;branch=z9hG4bKa\r\n\
        From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n\
        Contact: <sip:1111@10.0.0.5>;expires=60\r\nContent-Length: 0\r\n\r\n";
    let message = Message::parse(text.as_bytes()).unwrap();
    let mut written = Vec::new();
    assert!(response(&message, &mut written));
    let written = String::from_utf8(written).unwrap();
    let back = Message::parse(written.as_bytes()).unwrap();
    assert_eq!(back.via().branch, Some("z9hG4bKa"));
    assert_eq!(back.header(Name::Contact), message.header(Name::Contact));
    assert!(!response(&back, &mut Vec::new()), "nobody is below us");
}
