//! What the corpus registers, once it is known who registers: 3.1.1.4, 3.1.2.13, 3.3.12 to 3.3.14.

use sip::registrar::{Contacts, Limits, Register};
use sip::{Builder, Message, Response};
use tests::door::peer;

use crate::vector;

/// The Contact lines of the answer to a REGISTER, or the status that refuses it.
fn registered(name: &str) -> Result<Vec<String>, u16> {
    let octets = vector("rfc4475", name);
    let message = Message::parse(&octets).expect("a parser must accept it");
    let mut contacts = Contacts::default();
    let source = peer(6000);
    let register =
        Register { message: &message, source, line: 0, now_unix_ns: 1_000_000_000, spread: 0 };
    let limits = Limits { expires_default_secs: 600, ..Limits::default() };
    let update = contacts.stage(register, &limits).map_err(|refused| refused.status)?;
    contacts.commit(update);
    let mut out = Vec::new();
    let response = Response { status: 200, to_tag: Some("t"), source: peer(6000) };
    let mut builder = Builder::response(&mut out, &message, &response);
    contacts.encode(&mut builder, 1_000_000_000, None);
    builder.finish().expect("a contact that can be told");
    let text = String::from_utf8(out).expect("text");
    Ok(text.lines().filter_map(|line| line.strip_prefix("Contact: ")).map(str::to_owned).collect())
}

#[test]
fn e18_contacts_come_back_as_they_were_meant() {
    let escaped = registered("escnull").expect("it should succeed");
    assert_eq!(escaped.len(), 2, "two distinct contacts: {escaped:?}");
    assert!(escaped[0].starts_with("<sip:%00@host5.example.com>;"), "{escaped:?}");
    assert!(escaped[1].starts_with("<sip:%00%00@host5.example.com>;"), "{escaped:?}");
    let parameter = registered("cparam01").expect("it should succeed");
    assert!(parameter[0].starts_with("<sip:+19725552222@gw1.example.net>;"), "{parameter:?}");
    let inside = registered("cparam02").expect("it should succeed");
    let whole = "<sip:+19725552222@gw1.example.net;unknownparam>;";
    assert!(inside[0].starts_with(whole), "{inside:?}");
    let route = registered("regescrt").expect("it should succeed");
    let whole = "<sip:user@example.com?Route=%3Csip:sip.example.com%3E>;";
    assert!(route[0].starts_with(whole), "{route:?}");
    assert_eq!(registered("regbadct"), Err(400), "no brackets around a URI with headers");
}
