use super::*;

#[test]
fn places_are_read_and_said_again() {
    let table = [
        ("sip:192.0.2.7:5060;transport=udp", "192.0.2.7:5060", Transport::Udp),
        ("sip:192.0.2.7;transport=tls", "192.0.2.7:5061", Transport::Tls),
        ("sip:[2001:db8::7]:5070;transport=tcp", "[2001:db8::7]:5070", Transport::Tcp),
        ("sips:192.0.2.7", "192.0.2.7:5061", Transport::Tls),
        ("sips:192.0.2.7;transport=tcp", "192.0.2.7:5061", Transport::Tls),
    ];
    for (text, address, transport) in table {
        let uri: SipUri = text.parse().unwrap();
        assert_eq!(uri.to_string(), text);
        assert_eq!(uri.address(), Some(address.parse().unwrap()), "{text}");
        assert_eq!(uri.transport(), transport, "{text}");
    }
    let named: SipUri = "sip:sip.example".parse().unwrap();
    assert_eq!((named.address(), named.transport), (None, None));
}

#[test]
fn what_is_no_place_is_refused() {
    let wrong = [
        "192.0.2.7:5060",
        "sip:",
        "sip:a b",
        "sip:x:0",
        "sip:x:99999",
        "sip:x;transport=ws",
        "sip:x;lr",
        "sip:[::1",
        "sips:x;transport=udp",
    ];
    for text in wrong {
        assert!(text.parse::<SipUri>().is_err(), "{text}");
    }
}

#[test]
fn probes_are_spans_or_off() {
    assert_eq!("off".parse::<Probe>().unwrap(), Probe(None));
    assert_eq!("10s".parse::<Probe>().unwrap().to_string(), "10s");
    assert!("0s".parse::<Probe>().is_err());
}
