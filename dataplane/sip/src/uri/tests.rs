//! URIs: the examples of RFC 3261 §19.1.4, RFC 4475 and RFC 5118.

use super::{Scheme, Uri};
use crate::What;
use crate::registrar::canonical;

fn uri(text: &str) -> Uri<'_> {
    Uri::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn parts() {
    let full = uri("sips:alice:secret@[2001:db8::1]:5061;transport=tcp;lr;ob?Subject=x&a=b");
    assert_eq!(
        (full.scheme, full.user, full.password),
        (Scheme::Sips, Some("alice"), Some("secret"))
    );
    assert_eq!((full.host, full.port), ("[2001:db8::1]", Some(5061)));
    assert_eq!(
        (full.transport(), full.param("OB"), full.param("x")),
        (Some("tcp"), Some(""), None)
    );
    assert!(full.is_loose());
    let short = uri("SIP:example.com");
    assert_eq!((short.user, short.host, short.port), (None, "example.com", None));
    let tel = uri("tel:+1-212-555-0101;phone-context=x");
    assert_eq!((tel.scheme, tel.user, tel.host), (Scheme::Tel, Some("+1-212-555-0101"), ""));
    assert_eq!(tel.param("phone-context"), Some("x"));
}

#[test]
fn what_is_parsed_is_shown_again() {
    for text in [
        "sip:a@b",
        "sip:b:5070",
        "sips:a:p@[::1]:1;lr;x=y?h=v",
        "tel:+123;x=y",
        "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:\
         &it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
        "sip:user;par=u%40example.net@example.com",
        "sip:[2001:db8::10:5070]",
        "sip:[2001:db8:::192.0.2.1]",
    ] {
        assert_eq!(uri(text).to_string(), text);
    }
}

#[test]
fn what_is_no_uri() {
    for text in [
        "",
        "sip",
        "sip:",
        "sip:@b",
        "sip:a@",
        "sip:a@b:",
        "sip:a@b:x",
        "sip:a@b:65536",
        "sip:2001:db8::10",
        "sip:[2001:db8::10",
        "sip:[]",
        "sip:a b@c",
        "sip:a@b;=x",
        "sip:a@b>",
        "sip:a\"@b",
        "sip:é@b",
        "tel:",
        "tel:abc x",
    ] {
        assert!(Uri::parse(text).is_err(), "{text}");
    }
    assert_eq!(Uri::parse("isbn:2983792873").map_err(|error| error.what), Err(What::Scheme));
}

#[test]
fn same_resources() {
    for (ours, theirs) in [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
        ("sip:a@b?x=1&y=2", "sip:a@b?y=2&x=1"),
    ] {
        assert!(uri(ours).equivalent(&uri(theirs)), "{ours} {theirs}");
        assert!(uri(theirs).equivalent(&uri(ours)), "{theirs} {ours}");
    }
}

#[test]
fn different_resources() {
    for (ours, theirs) in [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@c.com;security=on", "sip:carol@c.com;security=off"),
        ("sip:a@b", "sips:a@b"),
        ("sip:b", "sip:a@b"),
        ("sip:%41@b", "sip:%61@b"),
    ] {
        assert!(!uri(ours).equivalent(&uri(theirs)), "{ours} {theirs}");
        assert!(!uri(theirs).equivalent(&uri(ours)), "{theirs} {ours}");
    }
}

#[test]
fn one_account_has_one_name() {
    let name = |text: &str| {
        let mut out = String::new();
        canonical(&uri(text), &mut out).then_some(out)
    };
    let alice = Some("alice@example.com".to_owned());
    assert_eq!(name("sip:%61lice@EXAMPLE.com;transport=tcp"), alice);
    assert_eq!(name("sips:alice@example.com.:5061"), alice);
    assert_eq!(name("sip:ALICE@example.com"), Some("ALICE@example.com".to_owned()));
    for nobody in ["sip:example.com", "tel:123", "sip:%0d%0a@b", "sip:%ff@b", "sip:%4@b"] {
        assert_eq!(name(nobody), None, "{nobody}");
    }
}
