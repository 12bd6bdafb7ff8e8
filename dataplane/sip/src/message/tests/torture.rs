//! Messages after RFC 4475: what must be read, what must be answered, what must be dropped.

use super::{answer, message};
use crate::{HEADERS_MAX, MESSAGE_MAX, Message, Method, Name, ParseError, StartLine, What};

fn refused(text: &str) -> What {
    Message::parse(text.as_bytes()).map(|message| message.to_string()).unwrap_err().what
}

/// RFC 4475 §3.1.1.1, from its description.
const SPACING: &str = "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n\
    TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n\
    from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n\
    MaX-fOrWaRdS: 0068\r\n\
    Call-ID: wsinv.ndaksdj@192.0.2.1\r\n\
    Content-Length   : 4\r\n\
    cseq: 0009\r\n  INVITE\r\n\
    Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n\
    s :\r\n\
    NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n\
    UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n\
    Content-Type: application/sdp\r\n\
    Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n\
    v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n \
    SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n\
    m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  \
    secondparam ; q = 0.33\r\n\
    \r\n\
    v=0\n";

#[test]
fn a_short_tortuous_invite() {
    let message = Message::parse(SPACING.as_bytes()).unwrap();
    assert_eq!(message.method(), Some(Method::Invite));
    assert_eq!(message.to().tag(), Some("1918181833n"));
    assert_eq!(message.from().display(), "J Rosenberg \\\"");
    assert_eq!(message.max_forwards(), Some(68));
    assert_eq!(message.cseq().number, 9);
    let branches: Vec<_> = message.vias().map(|via| via.unwrap().branch.unwrap()).collect();
    assert_eq!(branches, ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]);
    assert_eq!(message.header(Name::Subject), Some(""));
    assert_eq!(message.header_named("unknownheaderwithunusualvalue"), Some(";;,,;;,;"));
    let crate::ContactValue::Contact(contact) = message.contacts().next().unwrap().unwrap() else {
        panic!("no star was written");
    };
    assert_eq!((contact.uri, contact.q), ("sip:jdrosen@example.com", 330));
    assert_eq!(message.body(), b"v=0\n");
}

#[test]
fn its_answer_has_no_folds() {
    let request = Message::parse(SPACING.as_bytes()).unwrap();
    let text = answer(&request, 404);
    assert!(text.starts_with(
        "SIP/2.0 404 Not Found\r\n\
         Via: SIP/2.0/UDP 192.0.2.2;branch=390skdjuw;received=192.0.2.9\r\n"
    ));
    assert!(!text.contains("\r\n "));
    let response = Message::parse(text.as_bytes()).unwrap();
    assert_eq!(response.start(), StartLine::Response { status: 404, reason: "Not Found" });
    assert_eq!(response.vias().count(), 3);
    assert_eq!(response.from().tag(), request.from().tag());
    assert_eq!(response.to().tag(), Some("1918181833n"));
    assert_eq!(response.cseq(), request.cseq());
}

#[test]
fn strange_but_right() {
    for (old, new) in [
        ("MESSAGE", "!interesting-Method0123456789_*+`.%indeed'~"),
        ("To: <sip:b@x>", "To: \"BEL:\\\u{7} NUL:\\\0 DEL:\\\u{7f}\" <sip:b@x>"),
        ("MESSAGE sip:b@x", "MESSAGE nobodyKnowsThisScheme:totallyopaquecontent"),
        ("To: <sip:b@x>", "To: isbn:2983792873"),
        ("z9hG4bKa", "z9hG4bK.-!%66*_+`'~"),
        ("From: <sip:a@x>", "From: I have spaces <sip:a@x>"),
        ("Call-ID: c1", "Call-ID: \"'@{}[]()<>:/?\\"),
        ("Content-Length: 2\r\n", ""),
        ("Content-Length: 2", "l:2"),
        ("Max-Forwards: 70\r\n", ""),
        ("MESSAGE sip:b@x", "\r\n\r\nMESSAGE sip:b@x"),
        ("SIP/2.0\r\n", "sip/2.0\r\n"),
    ] {
        let text = message(&[(old, new)]);
        Message::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    }
}

#[test]
fn broken_but_answerable() {
    for (old, new, what) in [
        ("MESSAGE sip:b@x", "MESSAGE  sip:b@x", What::Uri),
        ("MESSAGE sip:b@x", "MESSAGE sip:b@x;a b", What::Uri),
        ("MESSAGE sip:b@x", "MESSAGE <sip:b@x>", What::Uri),
        ("sip:b@x SIP/2.0\r\nVia", "sip:b@x SIP/2.0 \r\nVia", What::StartLine),
        ("sip:b@x SIP/2.0", "sip:b@x SIP/7.0", What::Version),
        ("CSeq: 1 MESSAGE", "CSeq: 1 OPTIONS", What::CSeqMethod),
        ("Content-Length: 2", "Content-Length: 3", What::BodyShort),
        ("Content-Length: 2", "Content-Length: -999", What::ContentLength),
        ("Content-Length: 2", "Content-Length: 4294967298", What::ContentLength),
        ("Content-Length: 2", "Content-Length: 2, 2", What::ContentLength),
        ("Content-Length: 2", "Content-Length: 2\r\nl: 1", What::Repeated(Name::ContentLength)),
        ("CSeq: 1", "CSeq: 1 MESSAGE\r\nCSeq: 1", What::Repeated(Name::CSeq)),
        ("Max-Forwards: 70", "Max-Forwards: 300", What::MaxForwards),
        ("Max-Forwards: 70", "Max-Forwards: x", What::MaxForwards),
        ("Max-Forwards: 70", "Max Forwards: 70", What::HeaderLine),
        ("Max-Forwards: 70", "nonsense", What::HeaderLine),
        ("Max-Forwards: 70", ": 70", What::HeaderLine),
        ("Max-Forwards: 70\r\n", "Max-Forwards: 70\n", What::LineEnd),
        ("Max-Forwards: 70", "Subject: a\rb", What::Control),
        ("Max-Forwards: 70", "Subject: a\0b", What::Control),
        ("\r\nVia", "\r\n folded: x\r\nVia", What::HeaderLine),
        ("\r\n\r\nhi", "\r\n", What::HeadUnterminated),
    ] {
        let text = message(&[(old, new)]);
        assert_eq!(refused(&text), what, "{text}");
        let salvaged = Message::salvage(text.as_bytes()).expect(&text);
        let response = answer(&salvaged, 400);
        let response = Message::parse(response.as_bytes()).expect(&response);
        assert_eq!(response.via().branch, Some("z9hG4bKa"));
        assert_eq!((response.call_id(), response.to().tag()), ("c1", Some("t")));
    }
}

#[test]
fn hopeless() {
    for (old, new, what) in [
        ("MESSAGE sip:b@x SIP/2.0", "MESSAGE", What::StartLine),
        ("MESSAGE sip:b@x SIP/2.0", "M€SSAGE sip:b@x SIP/2.0", What::StartLine),
        ("MESSAGE sip:b@x SIP/2.0", "SIP/2.0 99 x", What::StartLine),
        ("MESSAGE sip:b@x SIP/2.0", "SIP/2.0 4294967301 x", What::StartLine),
        ("Via: ", "Vi: ", What::Missing(Name::Via)),
        ("Via: SIP/2.0/UDP", "Via: UDP", What::Via),
    ] {
        let text = message(&[(old, new)]);
        assert_eq!(refused(&text), what, "{text}");
        assert!(Message::salvage(text.as_bytes()).is_none(), "{text}");
    }
}

/// The answer copies what came and leads home by the Via, however little can be read.
#[test]
fn answerable_by_its_via_alone() {
    for (old, new, what) in [
        ("From: ", "Fro: ", What::Missing(Name::From)),
        ("To: ", "T0: ", What::Missing(Name::To)),
        ("Call-ID: ", "Call: ", What::Missing(Name::CallId)),
        ("CSeq: ", "Seq: ", What::Missing(Name::CSeq)),
        ("From: <", "From: \"x <", What::Address),
        ("To: <sip:b@x>", "To: <sip:b@x>;tag=", What::Params),
        ("Call-ID: c1", "Call-ID: c 1", What::CallId),
        ("Call-ID: c1", "Call-ID: ", What::CallId),
        ("CSeq: 1", "CSeq: 36893488147419103232", What::CSeq),
        ("branch=z9hG4bKa", "branch=z9hG4bKa;;,;,,", What::Via),
    ] {
        let text = message(&[(old, new)]);
        assert!(refused(&text) == what || what == What::Via, "{text}");
        let salvaged = Message::salvage(text.as_bytes()).expect(&text);
        let said = answer(&salvaged, 400);
        assert!(said.starts_with("SIP/2.0 400 "), "{said}");
        assert!(said.contains("Via: SIP/2.0/UDP h;branch=z9hG4bKa;received=192.0.2.9"), "{said}");
        for name in ["CSeq: ", "Call-ID: ", "From: ", "To: "] {
            let line = text.lines().find(|line| line.starts_with(name));
            let copied = line.is_none_or(|line| line == name || said.contains(line));
            assert!(copied, "{line:?} {said}");
        }
    }
}

#[test]
fn acks_and_responses_are_never_answered() {
    let ack = message(&[("MESSAGE", "ACK"), ("Max-Forwards: 70", "Max-Forwards: x")]);
    assert!(Message::parse(ack.as_bytes()).is_err() && Message::salvage(ack.as_bytes()).is_none());
    let response = message(&[("MESSAGE sip:b@x SIP/2.0", "SIP/2.0 200 OK")]);
    assert!(Message::parse(response.as_bytes()).is_ok());
    assert!(Message::salvage(response.as_bytes()).is_none());
}

#[test]
fn octets_that_are_no_text() {
    let mut octets = message(&[("Content-Length: 2", "Subject: ?")]).into_bytes();
    let place = octets.iter().position(|octet| *octet == b'?').unwrap();
    octets[place] = 0xff;
    let error = Message::parse(&octets).map(|message| message.to_string()).unwrap_err();
    assert_eq!(error, ParseError { what: What::Utf8, at: place });
    assert!(Message::salvage(&octets).is_some());
    assert_eq!(refused(""), What::Empty);
    assert_eq!(refused("\r\n\r\n"), What::Empty);
}

#[test]
fn udp_leaves_extra_octets_alone() {
    let text = message(&[("Content-Length: 2", "Content-Length: 1")]);
    assert_eq!(Message::parse(text.as_bytes()).unwrap().body(), b"h");
}

#[test]
fn floods_are_bounded() {
    let bomb =
        |count: usize| message(&[("Max-Forwards: 70", &"X: y\r\n".repeat(count)[..count * 6 - 2])]);
    let fits = HEADERS_MAX - 6;
    assert_eq!(Message::parse(bomb(fits).as_bytes()).unwrap().headers().count(), HEADERS_MAX);
    assert_eq!(refused(&bomb(fits + 1)), What::TooManyHeaders);
    let long = message(&[("hi", &"x".repeat(MESSAGE_MAX))]);
    assert_eq!(refused(&long), What::TooLong);
    let widest = message(&[("Max-Forwards: 70", &format!("X: {}", "y".repeat(65_000)))]);
    assert!(Message::parse(widest.as_bytes()).is_ok());
}

#[test]
fn lists_are_cut_at_their_commas() {
    let text = message(&[(
        "Max-Forwards: 70",
        "Require: a, b\r\nk: path ,outbound\r\nRequire: C\r\nContact: \"x, y\" <sip:a@b,c>, *",
    )]);
    let message = Message::parse(text.as_bytes()).unwrap();
    assert_eq!(message.values(Name::Require).collect::<Vec<_>>(), ["a", "b", "C"]);
    assert!(message.lists(Name::Supported, "PATH") && message.lists(Name::Supported, "outbound"));
    let contacts: Vec<_> = message.values(Name::Contact).collect();
    assert_eq!(contacts, ["\"x, y\" <sip:a@b,c>", "*"]);
}

#[test]
fn retry_after_without_its_comment() {
    for (text, secs) in [
        ("18000;duration=3600", Some(18000)),
        ("120 (I'm in a meeting)", Some(120)),
        ("x", None),
        ("99999999999", Some(u32::MAX)),
    ] {
        let text = message(&[("Max-Forwards: 70", &format!("Retry-After: {text}"))]);
        assert_eq!(Message::parse(text.as_bytes()).unwrap().retry_after(), secs);
    }
}
