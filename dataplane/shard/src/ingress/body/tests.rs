#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use super::*;

/// A MESSAGE with these headers and this body.
fn message(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <sip:1@b>;tag=t\r\nTo: <sip:a@b>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\n{headers}\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// What is made of it, in a word, or the status that refuses it.
fn read(headers: &str, body: &[u8]) -> Result<String, u16> {
    let octets = message(headers, body);
    let message = Message::parse(&octets).unwrap();
    let body = unpacked(&message).map_err(Refusal::sip)?;
    let said = said(&message, &body).map_err(Refusal::sip)?;
    Ok(match said {
        Said::Text(text, None) => text.to_owned(),
        Said::Text(text, Some(w)) => {
            format!("{text} {} {} {} {:?}", w.name, w.delivered, w.failed, w.form)
        }
        Said::Report(imdn) => format!("report {}", imdn.message_id),
        Said::Data(content_type, octets) => format!("{} {}", content_type.subtype, octets.len()),
        Said::Relay(octets) => format!("relay {}", octets.len()),
        Said::Passing => "passing".to_owned(),
    })
}

fn typed(content_type: &str, body: &str) -> Result<String, u16> {
    read(&format!("Content-Type: {content_type}\r\n"), body.as_bytes())
}

const CPIM: &str = "From: <sip:1@b>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: x1\r\n\
                    imdn.Disposition-Notification: positive-delivery\r\n\r\n";

const IMDN: &str = "<imdn><message-id>m1</message-id><delivery-notification><status><delivered/>\
                    </status></delivery-notification></imdn>";

#[test]
fn every_type_is_what_the_table_says() {
    for (media, subtype, kind) in KINDS {
        let body = match kind {
            Kind::Envelope => format!("{CPIM}Content-Type: text/plain\r\n\r\nhello"),
            Kind::Several => "--b\r\n\r\nhello\r\n--b--".to_owned(),
            Kind::Report => IMDN.to_owned(),
            Kind::Text | Kind::Data | Kind::Relay | Kind::Passing => "hello".to_owned(),
        };
        let data = format!("{subtype} 5");
        let expected = match kind {
            Kind::Data => &*data,
            Kind::Text | Kind::Several => "hello",
            Kind::Envelope => "hello x1 true false Envelope",
            Kind::Report => "report m1",
            Kind::Relay => "relay 5",
            Kind::Passing => "passing",
        };
        let content_type = format!("{}/{subtype};boundary=b", media.to_uppercase());
        assert_eq!(typed(&content_type, &body), Ok(expected.to_owned()), "{content_type}");
        let is_asked = ACCEPT.contains(&format!("{media}/{subtype}"));
        assert_eq!(is_asked, kind != Kind::Passing, "{media}/{subtype}");
    }
    for refused in ["image/png", "text/html", "application/vnd.gsma.rcs-ft-http+xml"] {
        assert_eq!(typed(refused, "x"), Err(415), "{refused}");
    }
}

#[test]
fn f10_bodies_that_lie_or_nest_are_refused() {
    assert_eq!(read("", b"no type"), Err(400));
    assert_eq!(read("", b""), Ok(String::new()), "nothing said of nothing");
    assert_eq!(typed("plain", "no type either"), Err(415));
    assert_eq!(typed("text/plain;charset=utf-16", "hi"), Err(415));
    assert_eq!(typed("text/plain;charset=\"US-ASCII\"", "hi"), Ok("hi".to_owned()));
    assert_eq!(read("Content-Type: text/plain\r\n", b"\xff\xfe"), Err(415));
    let nested = format!("{CPIM}Content-Type: message/cpim\r\n\r\n{CPIM}\r\nhi");
    assert_eq!(typed("message/cpim", &nested), Err(415));
    let several = format!("{CPIM}Content-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\n\r\nhi");
    assert_eq!(typed("message/cpim", &several), Err(415));
    let charset = format!("{CPIM}Content-Type: text/plain;charset=koi8-r\r\n\r\nhi");
    assert_eq!(typed("message/cpim", &charset), Err(415));
    let encoded = format!("{CPIM}Content-Transfer-Encoding: base64\r\n\r\naGk=");
    assert_eq!(typed("message/cpim", &encoded), Err(415));
    assert_eq!(typed("message/cpim", "hello"), Err(400));
    assert_eq!(typed("message/cpim", &format!("Require: x.Y\r\n{CPIM}\r\nhi")), Err(415));
}

#[test]
fn f10_of_several_parts_the_first_text_is_taken() {
    let mixed = "multipart/mixed;boundary=\"b\"";
    let html = "--b\r\nContent-Type: text/html\r\n\r\n<b>\r\n";
    let text = "--b\r\nContent-Type: text/plain;charset=utf-8\r\n\r\nhello\r\n";
    assert_eq!(typed(mixed, &format!("{html}{text}--b--")), Ok("hello".to_owned()));
    assert_eq!(typed(mixed, &format!("{text}{text}--b--")), Ok("hello".to_owned()));
    assert_eq!(typed(mixed, &format!("{html}--b--")), Err(415), "nothing that can be read");
    let outer = format!("--a\r\nContent-Type: {mixed}\r\n\r\n{text}--b--\r\n--a--");
    let read_inner = typed("multipart/mixed;boundary=a", &outer);
    assert_eq!(read_inner, Err(415), "several within several");
    assert_eq!(typed("multipart/mixed", text), Err(400), "no boundary");
}

#[test]
fn gateways_ask_by_headers() {
    let asked = "NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: 7\r\n\
                 imdn.Disposition-Notification: positive-delivery, negative-delivery\r\n\
                 Content-Type: text/plain\r\n";
    assert_eq!(read(asked, b"hi"), Ok("hi 7 true true Headers".to_owned()));
    let nameless = asked.replace(": 7", ": a b");
    assert_eq!(read(&nameless, b"hi"), Ok("hi".to_owned()));
    let other = asked.replace("positive-delivery, negative-delivery", "display");
    assert_eq!(read(&other, b"hi"), Ok("hi".to_owned()), "which nobody can tell");
    let long = asked.replace(": 7", &format!(": {}", "x".repeat(Wanted::NAME_MAX + 1)));
    assert_eq!(read(&long, b"hi"), Ok("hi".to_owned()));
}

#[test]
fn what_was_compressed_is_unpacked() {
    // zlib.compress(b"hello"), and the same raw.
    let zlib = b"x\x9c\xcbH\xcd\xc9\xc9\x07\x00\x06,\x02\x15";
    let headers = "Content-Type: text/plain\r\nContent-Encoding: deflate\r\n";
    assert_eq!(read(headers, zlib), Ok("hello".to_owned()));
    assert_eq!(read(headers, &zlib[2..zlib.len() - 4]), Ok("hello".to_owned()));
    assert_eq!(read(headers, b"hello"), Err(400));
    let other = headers.replace("deflate", "gzip");
    assert_eq!(read(&other, b"hello"), Err(415));
    let plain = headers.replace("deflate", "identity");
    assert_eq!(read(&plain, b"hello"), Ok("hello".to_owned()));
}

#[test]
fn a_report_of_nonsense_is_dropped() {
    assert_eq!(typed("message/imdn+xml", "<html>"), Ok("passing".to_owned()));
    let within = format!("{CPIM}Content-Type: message/imdn+xml\r\n\r\n{IMDN}");
    assert_eq!(typed("message/cpim", &within), Ok("report m1".to_owned()));
    let typing = format!("{CPIM}Content-Type: application/im-iscomposing+xml\r\n\r\n<x/>");
    assert_eq!(typed("message/cpim", &typing), Ok("passing".to_owned()));
}
