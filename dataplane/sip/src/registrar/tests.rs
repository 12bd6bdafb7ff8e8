//! RFC 3261 §10.3, rule by rule.

use std::net::SocketAddr;

use super::{Contact, Contacts, Limits, Refused, Register};
use crate::outbound::Gruu;
use crate::{Builder, Message, Response};

const SECOND: u64 = 1_000_000_000;
const NOW: u64 = 1_700_000_000 * SECOND;

fn source() -> SocketAddr {
    "192.0.2.9:40000".parse().unwrap()
}

fn register(call_id: &str, cseq: u32, headers: &str) -> String {
    format!(
        "REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@x>;tag=f\r\n\
         To: <sip:a@x>\r\nCall-ID: {call_id}\r\nCSeq: {cseq} REGISTER\r\n{headers}\r\n"
    )
}

/// Stages and, if it may be, commits.
fn apply(contacts: &mut Contacts, now: u64, text: &str) -> Result<(usize, usize), Refused> {
    let message = Message::parse(text.as_bytes()).unwrap();
    let register =
        Register { message: &message, source: source(), line: 7, now_unix_ns: now, spread: 0 };
    let update = contacts.stage(register, &Limits::default())?;
    let changed = (update.reachable, update.removed);
    assert!(update.after(contacts).count() <= Limits::default().contacts_max);
    contacts.commit(update);
    Ok(changed)
}

fn status(result: Result<(usize, usize), Refused>) -> u16 {
    result.map_or_else(|refused| refused.status, |_| 200)
}

fn uris(contacts: &Contacts) -> Vec<&str> {
    contacts.iter().map(|contact| &*contact.uri).collect()
}

fn seconds(contacts: &Contacts) -> Vec<u32> {
    contacts.iter().map(|contact| contact.secs_left(NOW)).collect()
}

#[test]
fn the_parameter_beats_the_header_beats_the_default() {
    let mut contacts = Contacts::default();
    let headers = "Contact: <sip:a@1>;expires=100, <sip:a@2>\r\nExpires: 200\r\n";
    assert_eq!(apply(&mut contacts, NOW, &register("c", 1, headers)), Ok((2, 0)));
    assert_eq!(apply(&mut contacts, NOW, &register("c", 2, "Contact: <sip:a@3>\r\n")), Ok((1, 0)));
    let long = "Contact: <sip:a@4>;expires=999999\r\n";
    assert_eq!(apply(&mut contacts, NOW, &register("c", 3, long)), Ok((1, 0)));
    assert_eq!(seconds(&contacts), [100, 200, 3600, 3600]);
}

#[test]
fn too_brief_is_refused_and_says_what_is_not() {
    let mut contacts = Contacts::default();
    let text = register("c", 1, "Contact: <sip:a@1>, <sip:a@2>;expires=59\r\n");
    let refused = apply(&mut contacts, NOW, &text).unwrap_err();
    assert_eq!((refused.status, refused.min_expires), (423, Some(60)));
    assert!(contacts.is_empty(), "all or nothing");
    let strict = Limits { expires_min_secs: 7200, expires_max_secs: 86_400, ..Limits::default() };
    for (secs, expected) in [(0, None), (3599, Some(423)), (3600, None)] {
        let text = register("c", 1, &format!("Contact: <sip:a@1>;expires={secs}\r\n"));
        let message = Message::parse(text.as_bytes()).unwrap();
        let register =
            Register { message: &message, source: source(), line: 7, now_unix_ns: NOW, spread: 0 };
        let refused = contacts.stage(register, &strict).err().map(|refused| refused.status);
        assert_eq!(refused, expected, "{secs}");
    }
}

#[test]
fn a_contact_is_refreshed_and_removed() {
    let mut contacts = Contacts::default();
    let put = |contacts: &mut Contacts, call_id, cseq, contact: &str| {
        apply(contacts, NOW, &register(call_id, cseq, &format!("Contact: {contact}\r\n")))
    };
    assert_eq!(put(&mut contacts, "c", 1, "<sip:a@H;x=1>"), Ok((1, 0)));
    assert_eq!(put(&mut contacts, "c", 2, "<sip:%61@h>;expires=90"), Ok((1, 0)));
    assert_eq!((uris(&contacts), seconds(&contacts)), (vec!["sip:%61@h"], vec![90]));
    assert_eq!(put(&mut contacts, "c", 3, "<sip:other@h>;expires=0"), Ok((0, 0)));
    assert_eq!(put(&mut contacts, "c", 4, "<sip:a@h>;expires=0"), Ok((0, 1)));
    assert!(contacts.is_empty());
}

#[test]
fn an_old_register_changes_nothing() {
    let mut contacts = Contacts::default();
    apply(&mut contacts, NOW, &register("c", 5, "Contact: <sip:a@1>\r\n")).unwrap();
    let before = contacts.clone();
    for cseq in [4, 5] {
        for headers in [
            "Contact: <sip:a@2>, <sip:a@1>\r\n",
            "Contact: <sip:a@1>;expires=0\r\n",
            "Contact: *\r\nExpires: 0\r\n",
        ] {
            assert_eq!(status(apply(&mut contacts, NOW, &register("c", cseq, headers))), 500);
            assert_eq!(contacts, before);
        }
    }
    let other = register("d", 1, "Contact: <sip:a@1>;expires=70\r\n");
    assert_eq!(apply(&mut contacts, NOW, &other), Ok((1, 0)));
    assert_eq!(
        apply(&mut contacts, NOW + 71 * SECOND, &other),
        Ok((1, 0)),
        "expired, so unordered"
    );
}

#[test]
fn the_star_stands_alone() {
    let mut contacts = Contacts::default();
    apply(&mut contacts, NOW, &register("c", 1, "Contact: <sip:a@1>, <sip:a@2>\r\n")).unwrap();
    for headers in [
        "Contact: *\r\n",
        "Contact: *\r\nExpires: 60\r\n",
        "Contact: *, <sip:a@1>\r\nExpires: 0\r\n",
        "Contact: *\r\nContact: *\r\nExpires: 0\r\n",
        "Contact: <sip:a@1>, *\r\nExpires: 0\r\n",
        "Contact: \r\n",
        "Contact: <nonsense>\r\n",
        "Contact: <sip:a@1>;;\r\n",
    ] {
        assert_eq!(status(apply(&mut contacts, NOW, &register("c", 2, headers))), 400, "{headers}");
    }
    let all = register("c", 2, "Contact: *\r\nExpires: 0\r\n");
    assert_eq!(apply(&mut contacts, NOW, &all), Ok((0, 2)));
    assert!(contacts.is_empty());
}

#[test]
fn a_query_changes_nothing() {
    let mut contacts = Contacts::default();
    apply(&mut contacts, NOW, &register("c", 1, "Contact: <sip:a@1>\r\n")).unwrap();
    let text = register("c", 2, "Expires: 1\r\n");
    let message = Message::parse(text.as_bytes()).unwrap();
    let register =
        Register { message: &message, source: source(), line: 7, now_unix_ns: NOW, spread: 0 };
    let update = contacts.stage(register, &Limits::default()).unwrap();
    assert!(update.is_query);
    assert!(update.after(&contacts).eq(contacts.iter()));
}

#[test]
fn a_flow_is_known_by_instance_and_reg_id() {
    let mut contacts = Contacts::default();
    let flow = |cseq, uri: &str, reg_id| {
        let contact =
            format!("Contact: <{uri}>;+sip.instance=\"<urn:uuid:1>\";reg-id={reg_id}\r\n");
        register("c", cseq, &(contact + "Supported: path, outbound\r\n"))
    };
    apply(&mut contacts, NOW, &flow(1, "sip:a@1", 1)).unwrap();
    apply(&mut contacts, NOW, &flow(2, "sip:a@1", 2)).unwrap();
    apply(&mut contacts, NOW, &flow(3, "sip:a@9", 1)).unwrap();
    assert_eq!(uris(&contacts), ["sip:a@1", "sip:a@9"]);
    assert_eq!(contacts.iter().map(|c| c.reg_id).collect::<Vec<_>>(), [Some(2), Some(1)]);
}

#[test]
fn the_newest_contacts_stay() {
    let mut contacts = Contacts::default();
    for number in 0..12 {
        let text = register(&format!("c{number}"), 1, &format!("Contact: <sip:a@{number}>\r\n"));
        let removed = usize::from(number >= 10);
        assert_eq!(apply(&mut contacts, NOW, &text), Ok((1, removed)));
    }
    assert_eq!(uris(&contacts)[..2], ["sip:a@2", "sip:a@3"]);
    let many: Vec<_> = (0..11).map(|number| format!("<sip:b@{number}>")).collect();
    let text = register("m", 1, &format!("Contact: {}\r\n", many.join(",")));
    assert_eq!(status(apply(&mut contacts, NOW, &text)), 403);
}

#[test]
fn one_request_may_name_a_contact_twice() {
    let mut contacts = Contacts::default();
    let text = register("c", 1, "Contact: <sip:a@1>;expires=100, <sip:a@1>;expires=200\r\n");
    assert_eq!(apply(&mut contacts, NOW, &text), Ok((2, 0)));
    assert_eq!(seconds(&contacts), [200]);
}

#[test]
fn contacts_expire() {
    let mut contacts = Contacts::default();
    let text = register("c", 1, "Contact: <sip:a@1>;expires=100, <sip:a@2>;expires=200\r\n");
    apply(&mut contacts, NOW, &text).unwrap();
    assert_eq!(contacts.poll_timeout(), Some(NOW + 100 * SECOND));
    assert!(!contacts.expire(NOW + 100 * SECOND - 1));
    assert_eq!(contacts.live(NOW + 100 * SECOND).count(), 1);
    assert!(contacts.expire(NOW + 100 * SECOND));
    assert!(!contacts.forget_line(8) && contacts.forget_line(7) && contacts.is_empty());
}

#[test]
fn the_200_lists_what_there_is() {
    let mut contacts = Contacts::default();
    let headers = "Contact: <sip:a@1>;q=0.5;+sip.instance=\"<urn:uuid:1>\";reg-id=3;expires=100\r\n\
                   Path: <sip:p1;lr>,\r\n <sip:p2;lr>\r\nPath: <sip:p3;lr;ob>\r\n\
                   Supported: path, outbound\r\n";
    let text = register("c", 1, headers);
    apply(&mut contacts, NOW, &text).unwrap();
    let kept: Vec<Contact> = contacts.iter().cloned().collect();
    assert_eq!(&*kept[0].path, "<sip:p1;lr>, <sip:p2;lr>, <sip:p3;lr;ob>");
    assert_eq!(Contacts::restored(kept), contacts);
    let message = Message::parse(text.as_bytes()).unwrap();
    let response = Response { status: 200, to_tag: Some("t"), source: source() };
    let mut out = Vec::new();
    let mut builder = Builder::response(&mut out, &message, &response);
    let gruu = Gruu { user: "a b", domain: "x" };
    contacts.encode(&mut builder, NOW + SECOND / 2, Some(gruu));
    builder.finish().unwrap();
    let expected = "Contact: <sip:a@1>;expires=100;q=0.500;\
                    +sip.instance=\"<urn:uuid:1>\";\
                    pub-gruu=\"sip:a%20b@x;gr=urn:uuid:1\";reg-id=3\r\n";
    assert!(String::from_utf8(out).unwrap().contains(expected));
}

#[test]
fn a_flow_needs_a_device_and_a_first_hop_that_keeps_it() {
    let contact = "Contact: <sip:a@1>;+sip.instance=\"<urn:uuid:1>\";reg-id=1\r\n";
    let (ob, no_ob) = ("Path: <sip:e;lr;ob>\r\n", "Path: <sip:e;lr;ob>, <sip:e2;lr>\r\n");
    let supported = "Supported: path, outbound\r\n";
    let far = "Via: SIP/2.0/UDP h2;branch=z9hG4bKb\r\n";
    let cases: [(&[&str], u16, Option<u32>); 8] = [
        (&[contact], 200, None),
        (&[contact, supported], 200, Some(1)),
        (&["Contact: <sip:a@1>;reg-id=1\r\n", supported], 200, None),
        (&[contact, supported, far, ob], 200, Some(1)),
        (&[contact, supported, far, no_ob], 439, None),
        (&[contact, supported, far], 439, None),
        (&[contact, far], 200, None),
        (&[contact, &contact.replace("=1\r", "=2\r"), supported], 400, None),
    ];
    for (headers, expected, reg_id) in cases {
        let mut contacts = Contacts::default();
        let text = register("c", 1, &headers.concat());
        assert_eq!(status(apply(&mut contacts, NOW, &text)), expected, "{headers:?}");
        assert_eq!(contacts.iter().next().and_then(|contact| contact.reg_id), reg_id);
    }
}

#[test]
fn a_path_is_taken_from_who_knows_it() {
    let long = format!("Path: <sip:{}@h;lr>\r\nSupported: path\r\n", "x".repeat(1_024));
    for (headers, expected) in [
        ("Path: <sip:p;lr>\r\n", 420),
        ("Path: <sip:p;lr>\r\nSupported: gruu, PATH\r\n", 200),
        ("Path: <sip:p;lr>\r\nRequire: path\r\n", 200),
        ("Path: sip:p;lr\r\nSupported: path\r\n", 400),
        (&*long, 400),
    ] {
        let mut contacts = Contacts::default();
        let text = register("c", 1, &format!("Contact: <sip:a@1>\r\n{headers}"));
        assert_eq!(status(apply(&mut contacts, NOW, &text)), expected, "{headers}");
    }
}

#[test]
fn who_came_together_does_not_come_together_again() {
    for (asked, least) in [(3600, 3240), (100, 90), (60, 60), (61, 60), (99_999, 3240)] {
        let text = register("c", 1, &format!("Contact: <sip:a@1>;expires={asked}\r\n"));
        let message = Message::parse(text.as_bytes()).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for spread in 0..1_000 {
            let (mut contacts, source) = (Contacts::default(), source());
            let register =
                Register { message: &message, source, line: 7, now_unix_ns: NOW, spread };
            let update = contacts.stage(register, &Limits::default()).unwrap();
            contacts.commit(update);
            seen.extend(seconds(&contacts));
        }
        let most = asked.min(3600);
        assert_eq!((seen.first(), seen.last()), (Some(&least), Some(&most)), "{asked}");
    }
}

#[test]
fn a_path_leads_to_where_the_register_came_from_and_nowhere_else() {
    for (path, expected) in [
        ("<sip:192.0.2.9:5080;lr>, <sip:e;lr>", "192.0.2.9:5080"),
        ("<sip:flow-77@192.0.2.9;lr>", "192.0.2.9:5060"),
        ("<sip:192.0.2.66:5080;lr>", "192.0.2.9:40000"),
        ("<sip:edge.example;lr>", "192.0.2.9:40000"),
    ] {
        let mut contacts = Contacts::default();
        let headers = format!("Contact: <sip:a@1>\r\nPath: {path}\r\nSupported: path\r\n");
        apply(&mut contacts, NOW, &register("c", 1, &headers)).unwrap();
        let hops: Vec<_> = contacts.iter().map(|c| c.next_hop().to_string()).collect();
        assert_eq!(hops, [expected], "{path}");
    }
}
