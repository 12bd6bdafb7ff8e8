//! Each header by itself: what it takes, what it refuses, and what it makes of odd spacing.

use super::{CSeq, Contact, ContactValue, ContentType, Date, Name, NameAddr, Transport, Via};
use crate::{Method, route_uri};

#[test]
fn names_have_no_case_and_short_forms() {
    for (text, name) in [
        ("Via", Name::Via),
        ("vIA", Name::Via),
        ("v", Name::Via),
        ("M", Name::Contact),
        ("call-id", Name::CallId),
        ("I", Name::CallId),
        ("WWW-AUTHENTICATE", Name::WwwAuthenticate),
        ("x", Name::Other),
        ("Content-Lengthy", Name::Other),
        ("", Name::Other),
    ] {
        assert_eq!(Name::of(text.as_bytes()), name, "{text}");
    }
    assert_eq!(Name::of(Name::ServiceRoute.as_str().as_bytes()), Name::ServiceRoute);
}

#[test]
fn vias_in_all_their_spacing() {
    let via = Via::parse(
        "SIP / 2.0\r\n / UDP first.example.com : 4000 ;ttl=16\r\n ;maddr=224.2.0.1 \
        ;branch = z9hG4bKa7c6a8dlze.1",
    )
    .unwrap();
    assert_eq!(
        (via.transport, via.host, via.port),
        (Transport::Udp, "first.example.com", Some(4000))
    );
    assert_eq!(via.branch, Some("z9hG4bKa7c6a8dlze.1"));
    assert_eq!(via.params().find("maddr"), Some("224.2.0.1"));
    assert!(!via.rport);
    let via = Via::parse("SIP/2.0/WSS [2001:db8::1]:443;rport;received=2001:db8::9").unwrap();
    assert_eq!((via.host, via.received, via.rport), ("[2001:db8::1]", Some("2001:db8::9"), true));
    assert!(!via.has_cookie());
    let via = Via::parse("sip/2.0/udp df7jal23ls0d.invalid;branch=Z9HG4BKx").unwrap();
    assert!(via.has_cookie() && via.transport == Transport::Udp);
}

#[test]
fn vias_that_are_none() {
    for text in [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ",
        "SIP/2.0 h",
        "SIP/3.0/UDP h",
        "HTTP/2.0/UDP h",
        "SIP/2.0/UDP h:port",
        "SIP/2.0/UDP h:65536",
        "SIP/2.0/UDP 192.0.2.15;;,;,,",
        "SIP/2.0/UDP h;branch=",
        "SIP/2.0/UDP h;=x",
        "SIP/2.0/UDP h x",
        "SIP/2.0/UDP [::1",
        "SIP/2.0/UDP h;x=\"open",
    ] {
        assert!(Via::parse(text).is_err(), "{text}");
    }
}

#[test]
fn responses_go_where_rport_says() {
    let source = "192.0.2.9:40000".parse().unwrap();
    let to = |text: &str| Via::parse(text).unwrap().reply_to(source).to_string();
    assert_eq!(to("SIP/2.0/UDP 10.0.0.1:5070;rport"), "192.0.2.9:40000");
    assert_eq!(to("SIP/2.0/UDP 10.0.0.1:5070"), "192.0.2.9:5070");
    assert_eq!(to("SIP/2.0/UDP 10.0.0.1"), "192.0.2.9:5060");
}

#[test]
fn addresses_with_and_without_brackets() {
    for (text, display, uri, tag) in [
        ("<sip:a@b>;tag=1", "", "sip:a@b", Some("1")),
        ("sip:a@b;tag=1", "", "sip:a@b", Some("1")),
        ("sip:a@b", "", "sip:a@b", None),
        ("<sip:a@b;tag=1>", "", "sip:a@b;tag=1", None),
        ("caller<sip:c@d>;tag=323", "caller", "sip:c@d", Some("323")),
        ("Mr. Bell  <sip:c@d> ; TAG = x", "Mr. Bell", "sip:c@d", Some("x")),
        (
            "\"J Rosenberg \\\\\\\"\"  <sip:j@e.com>\r\n  ;\r\n  tag = 9",
            "J Rosenberg \\\"",
            "sip:j@e.com",
            Some("9"),
        ),
        ("\"<,;>\"<sip:a@b>", "<,;>", "sip:a@b", None),
        ("Grüße <sip:a@b>", "Grüße", "sip:a@b", None),
        ("<isbn:2983792873>", "", "isbn:2983792873", None),
    ] {
        let address = NameAddr::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!((&*address.display(), address.uri_str(), address.tag()), (display, uri, tag));
    }
}

#[test]
fn addresses_that_are_none() {
    for text in [
        "",
        "*",
        "Bell, Alexander <sip:a@b>",
        "\"Mr. J. User <sip:j@example.com>",
        "<sip:a@b",
        "<>",
        "< sip:a@b>",
        "sip:a@b?Route=x",
        "sip:a@b;;",
        "<sip:a@b>tag=1",
        "<sip:a@b>;tag=\"a b\"",
        "nobody",
    ] {
        assert!(NameAddr::parse(text).is_err(), "{text}");
    }
}

#[test]
fn contacts_and_their_parameters() {
    let contact =
        Contact::parse("<sip:a@h>;expires=60;q=0.7;+sip.instance=\"<urn:uuid:0>\";reg-id=1;x=y")
            .unwrap();
    assert_eq!((contact.uri, contact.expires, contact.q), ("sip:a@h", Some(60), 700));
    assert_eq!((contact.instance, contact.reg_id), (Some("<urn:uuid:0>"), Some(1)));
    assert!(matches!(ContactValue::parse("*"), Ok(ContactValue::Star)));
    let malformed = Contact::parse("<sip:a@h>;expires=soon").unwrap();
    assert_eq!(malformed.expires, Some(3600));
    let endless = Contact::parse("<sip:a@h>;expires=99999999999999999999").unwrap();
    assert_eq!(endless.expires, Some(u32::MAX));
    for (q, thousandths) in [("1", 1000), ("0", 0), ("0.", 0), ("0.33", 330), ("1.000", 1000)] {
        assert_eq!(Contact::parse(&format!("<sip:a@h>;q={q}")).unwrap().q, thousandths, "{q}");
    }
    for q in ["1.001", "2", "0.1234", "x", "-1", ".5", "0.5.5", "9999999"] {
        assert!(Contact::parse(&format!("<sip:a@h>;q={q}")).is_err(), "{q}");
    }
}

#[test]
fn cseqs() {
    let cseq = CSeq::parse("0009\r\n  INVITE").unwrap();
    assert_eq!((cseq.number, cseq.method), (9, Method::Invite));
    assert_eq!(CSeq::parse("2147483647 x").unwrap().method, Method::Other("x"));
    for text in [
        "",
        "1",
        "1MESSAGE",
        "MESSAGE 1",
        "-1 MESSAGE",
        "2147483648 A",
        "36893488147419103232 A",
        "1 A B",
    ] {
        assert!(CSeq::parse(text).is_err(), "{text}");
    }
}

#[test]
fn dates_both_ways() {
    for (secs, text) in [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_705_314_600, "Mon, 15 Jan 2024 10:30:00 GMT"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ] {
        assert_eq!(Date { unix_secs: secs }.to_string(), text);
        assert_eq!(Date::parse(text), Some(Date { unix_secs: secs }), "{text}");
    }
    for day in 0..100_000 {
        let date = Date { unix_secs: day * 86_400 + day % 86_400 };
        assert_eq!(Date::parse(&date.to_string()), Some(date));
    }
    for text in [
        "",
        ",",
        "Fri, 01 Jan 2010 16:00:00 EST",
        "Mon, 32 Jan 2024 10:30:00 GMT",
        "Mon, 15 Foo 2024 10:30:00 GMT",
        "Mon, 15 Jan 1969 10:30:00 GMT",
        "Mon, 15 Jan 2024 24:30:00 GMT",
        "Mon, 15 Jan 2024 10:60:00 GMT",
        "Mon, 15 Jan 2024 10:30 GMT",
    ] {
        assert_eq!(Date::parse(text), None, "{text}");
    }
    assert!(Date { unix_secs: u64::MAX }.to_string().ends_with("GMT"));
}

#[test]
fn content_types() {
    let content = ContentType::parse("text / plain ; charset=\"UTF-8\" ; x").unwrap();
    assert!(content.is("TEXT", "Plain"));
    assert_eq!(content.charset(), Some("UTF-8"));
    assert_eq!(content.param("x"), Some(""));
    for text in ["", "text", "text/", "/plain", "text/plain;", "text/plain x"] {
        assert!(ContentType::parse(text).is_err(), "{text}");
    }
}

#[test]
fn routes_need_brackets() {
    assert!(route_uri("<sip:edge.example;lr>").unwrap().is_loose());
    assert!(route_uri("sip:edge.example;lr").is_err());
}
