//! Tokens under attack, and GRUUs there and back.

use super::*;
use crate::Uri;

fn flow(peer: &str) -> FlowToken {
    FlowToken { line: 1 << 63 | 77, incarnation: 5, peer: peer.parse().unwrap() }
}

fn written(key: &FlowKey, flow: &FlowToken) -> String {
    key.word(flow).to_string()
}

#[test]
fn a_token_names_its_flow_and_nobody_else_can_make_one() {
    let key = FlowKey::new([1; 32]);
    for peer in ["192.0.2.9:40000", "[2001:db8::1]:5060"] {
        let flow = flow(peer);
        let token = written(&key, &flow);
        assert_eq!(key.read(&token), Some(Ok(flow)));
        assert!(Uri::parse(&format!("sip:{token}@192.0.2.1;lr;ob")).is_ok());
        assert_eq!(FlowKey::new([2; 32]).read(&token), Some(Err(Forged)));
        for place in "flow-".len()..token.len() {
            let mut forged = token.clone();
            let digit = if &token[place..=place] == "0" { "1" } else { "0" };
            forged.replace_range(place..=place, digit);
            assert_eq!(key.read(&forged), Some(Err(Forged)), "{place}");
        }
    }
    let token = written(&key, &flow("192.0.2.9:1"));
    for text in [&token[..token.len() - 2], &token.to_uppercase().replace("FLOW", "flow"), "flow-"]
    {
        assert_eq!(key.read(text), Some(Err(Forged)), "{text}");
    }
    assert_eq!(key.read(&format!("flow-{}", "0".repeat(200))), Some(Err(Forged)));
    assert_eq!(key.read("flow-é"), Some(Err(Forged)));
    assert_eq!(key.read("1111"), None);
}

#[test]
fn a_gruu_names_an_instance() {
    let instance = |text: &str| instance_of(&Uri::parse(text).unwrap());
    assert_eq!(instance("sip:a@x;gr=urn:uuid:1").as_deref(), Some("<urn:uuid:1>"));
    assert_eq!(instance("sip:a@x;gr=urn%3auuid%3A1").as_deref(), Some("<urn:uuid:1>"));
    assert_eq!(instance("sip:a@x;gr"), None);
    assert_eq!(instance("sip:a@x"), None);
}
