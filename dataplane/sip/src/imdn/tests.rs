#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use super::*;
use crate::header::Date;

/// RFC 5438 §11.1.5, shortened.
const EXAMPLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
    <imdn xmlns="urn:ietf:params:xml:ns:imdn">
     <message-id>34jk324j</message-id>
     <datetime>2008-04-04T12:16:49-05:00</datetime>
     <recipient-uri>im:bob@example.com</recipient-uri>
     <original-recipient-uri>im:bob@example.com</original-recipient-uri>
     <delivery-notification><status><delivered/></status></delivery-notification>
    </imdn>"#;

#[test]
fn the_example_of_the_standard_is_read() {
    let imdn = Imdn::parse(EXAMPLE.as_bytes()).unwrap();
    let expected = Imdn {
        message_id: "34jk324j",
        date_time: "2008-04-04T12:16:49-05:00",
        recipient: "im:bob@example.com",
        disposition: Disposition::Delivered,
    };
    assert_eq!(imdn, expected);
}

#[test]
fn every_status_is_told_from_every_other() {
    for disposition in [
        Disposition::Delivered,
        Disposition::Failed,
        Disposition::Forbidden,
        Disposition::Error,
        Disposition::Displayed,
        Disposition::Processed,
        Disposition::Stored,
    ] {
        let (message_id, recipient) = ("1-a.b@c", "sip:1&2<3@x");
        let imdn = Imdn { message_id, date_time: "", recipient, disposition };
        let mut octets = Vec::new();
        imdn.encode(Date { unix_secs: 0 }, &mut octets);
        let read = Imdn::parse(&octets).unwrap();
        assert_eq!((read.message_id, read.disposition), (message_id, disposition));
        assert_eq!(read.date_time, "1970-01-01T00:00:00Z");
    }
}

#[test]
fn prefixes_spaces_comments_and_strangers_are_passed_over() {
    let xml = "\u{feff}<!-- hi --><i:imdn xmlns:i='urn:ietf:params:xml:ns:imdn'>\
               <i:message-id>\r\n  a1 </i:message-id><x><message-id>other</message-id></x>\
               <i:display-notification><i:status>\n<i:displayed></i:displayed></i:status>\
               </i:display-notification></i:imdn>";
    let imdn = Imdn::parse(xml.as_bytes()).unwrap();
    assert_eq!((imdn.message_id, imdn.disposition), ("a1", Disposition::Displayed));
}

#[test]
fn what_is_no_report_is_refused() {
    let entity = EXAMPLE.replace("34jk324j", "a&b;");
    let doctype = format!("<!DOCTYPE imdn [<!ENTITY b \"x\">]>{EXAMPLE}");
    let open = EXAMPLE.replace("</imdn>", "");
    let nameless = EXAMPLE.replace("34jk324j", " ");
    let statusless = EXAMPLE.replace("<delivered/>", "<else/>");
    let deep = "<imdn>".repeat(1000);
    let html = "<html><body>delivered</body></html>";
    for wrong in ["", "x", html, &entity, &doctype, &nameless, &statusless, &deep] {
        assert_eq!(Imdn::parse(wrong.as_bytes()).map_err(|error| error.status()), Err(400));
    }
    assert!(Imdn::parse(open.as_bytes()).is_ok(), "all that matters is there");
    assert!(Imdn::parse(b"\xff").is_err());
}

#[test]
fn wishes_are_words_in_any_order() {
    let wishes = Wishes::parse(" display,POSITIVE-delivery;x=y ,, spam");
    assert_eq!(wishes, Wishes::DISPLAYED.and(Wishes::DELIVERED));
    assert!(wishes.has(Wishes::DISPLAYED) && !wishes.has(Wishes::FAILED));
    let mut words = Vec::new();
    Wishes::parse("negative-delivery,processing").encode(&mut words);
    assert_eq!(words, b"negative-delivery, processing");
    assert!(Wishes::parse("none").is_empty());
}
