//! Whatever a caller hands over stays the value of the field it was meant for.

use proptest::prelude::*;

use super::{answer, message, request, source};
use crate::{BuildError, Builder, Cut, Framer, Message, Name, Party, Request, Response};

fn built(request: &Request<'_>, body: &[u8]) -> Result<Vec<u8>, BuildError> {
    let mut out = b"before".to_vec();
    let result = Builder::request(&mut out, request).finish_with("text/plain", body);
    let message = out.split_off(6);
    assert_eq!(out, b"before");
    assert!(result.is_ok() || message.is_empty(), "a refused message leaves nothing behind");
    result.map(|()| message)
}

/// What a display name becomes on the wire.
fn tamed(display: &str) -> String {
    display.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

#[test]
fn values_that_do_not_fit_are_refused() {
    const BAD: &str = "x\r\nEvil: 1";
    let base = request();
    let from = |tag, host| Party { tag: Some(tag), host, ..base.from };
    for (field, request) in [
        ("Request-URI", Request { uri: "sip:a@b SIP/2.0\r\nEvil: 1", ..base }),
        ("Request-URI", Request { uri: "sip:a@b>", ..base }),
        ("Request-URI", Request { uri: "", ..base }),
        ("sent-by", Request { sent_by: BAD, ..base }),
        ("sent-by", Request { sent_by: "h;branch=x", ..base }),
        ("branch", Request { branch: "a;b", ..base }),
        ("header value", Request { route: BAD, ..base }),
        ("tag", Request { from: from(BAD, "x"), ..base }),
        ("tag", Request { from: from("", "x"), ..base }),
        ("host", Request { from: from("t", "x>;evil"), ..base }),
        ("host", Request { from: from("t", ""), ..base }),
        ("Call-ID", Request { call_id: "a b", ..base }),
        ("CSeq", Request { cseq: 1 << 31, ..base }),
        ("method", Request { method: crate::Method::Other("A B"), ..base }),
        ("transport", Request { transport: crate::Transport::Other("A B"), ..base }),
    ] {
        assert_eq!(built(&request, b""), Err(BuildError { field }));
    }
    let mut out = Vec::new();
    for name in ["", "a b", "X:", "From", "f", "vIA", "l", "c", "Max-Forwards"] {
        let refused = Builder::request(&mut out, &base).header(name, "").finish();
        assert_eq!((refused, out.len()), (Err(BuildError { field: "header name" }), 0));
    }
    let refused = Builder::request(&mut out, &base).header("X", BAD).header("Y Z", "").finish();
    assert_eq!((refused, out.len()), (Err(BuildError { field: "header value" }), 0));
    let refused = Builder::request(&mut out, &base).finish_with("text/plain\r\nEvil: 1", b"");
    assert_eq!((refused, out.len()), (Err(BuildError { field: "header value" }), 0));
}

#[test]
fn a_lying_via_is_corrected() {
    let text = message(&[("UDP h;", "UDP h;received=6.6.6.6;rport=1;x=\"a;b\";")]);
    let request = Message::parse(text.as_bytes()).unwrap();
    let response = answer(&request, 200);
    let via = "Via: SIP/2.0/UDP h;rport=40000;x=\"a;b\";branch=z9hG4bKa;received=192.0.2.9\r\n";
    assert!(response.contains(via), "{response}");
}

#[test]
fn several_vias_on_one_line_stay_in_order() {
    let text =
        message(&[("z9hG4bKa", "z9hG4bKa , SIP/2.0/TCP p;branch=z9hG4bKb\r\nv: SIP/2.0/UDP q")]);
    let request = Message::parse(text.as_bytes()).unwrap();
    let response = answer(&request, 200);
    let vias = "Via: SIP/2.0/UDP h;branch=z9hG4bKa;received=192.0.2.9,\
                SIP/2.0/TCP p;branch=z9hG4bKb\r\nVia: SIP/2.0/UDP q\r\n";
    assert!(response.contains(vias), "{response}");
}

#[test]
fn a_tag_is_added_once() {
    for (to, expected) in [
        ("<sip:b@x>", "To: <sip:b@x>;tag=t\r\n"),
        ("sip:b@x", "To: sip:b@x;tag=t\r\n"),
        ("<sip:b@x>;tag=u", "To: <sip:b@x>;tag=u\r\n"),
    ] {
        let text = message(&[("<sip:b@x>", to)]);
        assert!(answer(&Message::parse(text.as_bytes()).unwrap(), 200).contains(expected));
    }
    let text = message(&[]);
    let response = Response { status: 700, to_tag: None, source: source() };
    let mut out = Vec::new();
    let message = Message::parse(text.as_bytes()).unwrap();
    assert!(Builder::response(&mut out, &message, &response).finish().is_err() && out.is_empty());
}

proptest! {
    #[test]
    fn any_party_and_body_come_back(
        display in any::<String>(),
        user in any::<String>(),
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let from = Party { display: &display, user: &user, host: "x", tag: Some("f") };
        let octets = built(&Request { from, ..request() }, &body).unwrap();
        let message = Message::parse(&octets).unwrap();
        prop_assert_eq!(message.from().display(), tamed(&display));
        let uri = message.from().uri().unwrap();
        prop_assert_eq!(uri.user_unescaped().unwrap_or_default(), user);
        prop_assert_eq!((uri.host, message.from().tag()), ("x", Some("f")));
        prop_assert_eq!(message.body(), &body);
        prop_assert_eq!(message.headers().count(), 8);
        prop_assert_eq!(Framer::default().cut(&octets, false), Ok(Cut::Message(octets.len())));
    }

    #[test]
    fn any_value_is_refused_or_comes_back(
        name in "\\PC{0,9}|[a-z-]{1,9}",
        value in any::<String>(),
    ) {
        let mut out = Vec::new();
        let built = Builder::request(&mut out, &request()).header(&name, &value).finish();
        if built.is_ok() {
            let message = Message::parse(&out).unwrap();
            let trimmed = value.trim_matches([' ', '\t']);
            prop_assert_eq!(message.headers().count(), 8);
            prop_assert!(message.headers().any(|header| header == (&*name, trimmed)));
        } else {
            prop_assert!(out.is_empty());
        }
    }

    #[test]
    fn any_field_is_refused_or_leaves_the_lines_alone(
        value in "[ -~\r\n\t\0é]{0,12}",
        place in 0..7,
    ) {
        let mut request = request();
        match place {
            0 => request.uri = &value,
            1 => request.sent_by = &value,
            2 => request.branch = &value,
            3 => request.call_id = &value,
            4 => request.from.host = &value,
            5 => request.from.tag = Some(&value),
            _ => request.route = &value,
        }
        if let Ok(octets) = built(&request, b"") {
            let lines = octets.split(|octet| *octet == b'\n').count();
            prop_assert_eq!(lines, 11 + usize::from(place == 6 && !value.is_empty()));
            prop_assert!(Message::parse(&octets).is_ok());
        }
    }

    #[test]
    fn random_octets_do_no_harm(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_all(&octets);
    }

    #[test]
    fn damaged_messages_do_no_harm(
        damage in proptest::collection::vec((0..600_usize, any::<u8>(), 0..4), 1..8),
        choice in 0..crate::tests::ALL.len(),
    ) {
        let mut octets = crate::tests::ALL[choice].to_vec();
        for (place, octet, kind) in damage {
            let place = place % octets.len().max(1);
            match kind {
                0 => octets.insert(place, octet),
                1 => octets.truncate(place),
                2 => octets.insert(place, b"\r\n\",;<>:= \t\\%@*"[usize::from(octet) % 15]),
                _ => octets.iter_mut().skip(place).take(1).for_each(|old| *old = octet),
            }
        }
        read_all(&octets);
    }
}

/// Asks a message everything there is to ask; whatever can be answered is answered in one piece.
fn read_all(octets: &[u8]) {
    let _ = Framer::default().cut(octets, false);
    for message in [Message::parse(octets).ok(), Message::salvage(octets)].into_iter().flatten() {
        let _ = (message.expires(), message.date(), message.max_forwards(), message.retry_after());
        let _ = (message.check_vias(), message.content_type().map(|r| r.is_ok()));
        let _ = (message.contacts().count(), message.to_string(), message.via().reply_to(source()));
        let _ = (message.from().uri().is_ok(), message.from().display().len());
        let _ = message.challenges().filter(Result::is_ok).count();
        let names = [Name::Authorization, Name::ProxyAuthorization];
        let _ = names.map(|name| message.credentials(name).filter(Result::is_ok).count());
        if message.method().is_some() {
            let text = answer_octets(&message);
            let response = Message::parse(&text);
            let lines = text.split(|octet| *octet == b'\n').count();
            // What was salvaged may lack From, To, Call-ID and CSeq.
            let missing = if Message::parse(octets).is_ok() { 0 } else { 4 };
            let whole = 8 + message.lines(Name::Via).count();
            assert!((whole - missing..=whole).contains(&lines), "{message}");
            assert!(response.is_ok() || missing > 0, "{message}");
        }
    }
}

fn answer_octets(request: &Message<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let response = Response { status: 400, to_tag: Some("t"), source: source() };
    Builder::response(&mut out, request, &response).finish().unwrap();
    out
}
