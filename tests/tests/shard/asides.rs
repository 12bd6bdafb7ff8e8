//! What stands beside a text of an app, and data: to next hops, to apps and to trunks' carriers.

use std::cell::RefCell;

use routing::Segmenting;
use smpp::Tlvs;
use smpp::tlv::tag;
use tests::peers::smsc::Got;
use tests::scene::{registered, settle, with_shards, with_site};
use tests::{Site, World};
use text::Udh;

/// What an app hears after it sent a body of a type, with headers.
fn said(
    world: &mut World,
    phone: usize,
    (to, content_type): (&str, &str),
    headers: &[(&'static str, &str)],
    body: &str,
) -> Option<u16> {
    let (app, net) = world.phone(phone);
    app.content_type = content_type.to_owned();
    app.headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let number = app.send(net, to, body);
    world.run_ms(1000);
    world.phone(phone).0.sent[number].status
}

/// What an SMSC gets under a way of segmenting.
fn got(way: Segmenting, headers: &[(&'static str, &str)], kind: &str, body: &str) -> Vec<Got> {
    let mut site = Site::standard();
    let connection = &mut site.environment("env1").connections[1];
    (connection.manner.segments, connection.count_hops) = (way, false);
    let all = RefCell::default();
    with_site(&site.publish(), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let phone = registered(world, "1111");
        assert_eq!(said(world, phone, ("3331", kind), headers, body), Some(202));
        all.replace(world.smsc(smsc).got.clone());
    });
    all.into_inner()
}

/// data_coding, header and text.
fn parts(got: &Got) -> (u8, Vec<u8>, Vec<u8>) {
    let header = Udh::decode(&got.text).filter(|_| got.esm_class & 0x40 != 0);
    let (header, text) = got.text.split_at(header.map_or(0, |(header, _)| header.octets()));
    (got.data_coding, header.to_vec(), text.to_vec())
}

/// dest_addr_subunit and both ports.
fn beside(got: &Got) -> (Option<u8>, Option<u16>, Option<u16>) {
    let tlvs = Tlvs::decode(&got.tlvs).expect("TLVs");
    let port = |tag| tlvs.get_u16(tag);
    (tlvs.get_u8(tag::DEST_ADDR_SUBUNIT), port(tag::DEST_PORT), port(tag::SOURCE_PORT))
}

const TEXT: &str = "text/plain";

#[test]
fn a_class_of_an_app_is_in_the_data_coding() {
    for (class, text, data_coding, octets) in [
        ("0", "flash", 0xF0, b"flash".to_vec()),
        ("2", "card", 0xF2, b"card".to_vec()),
        ("0", "ж", 0x18, vec![0x04, 0x36]),
        ("3", "ж", 0x1B, vec![0x04, 0x36]),
    ] {
        let got = got(Segmenting::Udh, &[("X-SMS-Class", class)], TEXT, text);
        assert_eq!(got.len(), 1);
        assert_eq!(parts(&got[0]), (data_coding, vec![], octets));
        let subunit = class.parse::<u8>().ok().map(|class| class + 1);
        assert_eq!(beside(&got[0]), (subunit, None, None));
    }
}

#[test]
fn each_segment_has_the_class_and_the_ports() {
    let headers = [("X-SMS-Class", "1"), ("X-SMS-Ports", "7 8")];
    let text = "a".repeat(200);
    for (way, header, ports) in [
        (Segmenting::Udh, 12, (None, None)),
        (Segmenting::Udh16, 13, (None, None)),
        (Segmenting::Sar, 0, (Some(7), Some(8))),
        (Segmenting::Payload, 0, (Some(7), Some(8))),
    ] {
        let got = got(way, &headers, TEXT, &text);
        assert_eq!(got.len(), if way == Segmenting::Payload { 1 } else { 2 }, "{way:?}");
        for one in &got {
            let (data_coding, said, _) = parts(one);
            assert_eq!((data_coding, said.len()), (0xF1, header), "{way:?}");
            assert_eq!(beside(one), (Some(2), ports.0, ports.1), "{way:?}");
            let within = Udh::decode(&said).and_then(|(udh, _)| udh.ports());
            let within = within.map(|ports| (ports.destination, ports.origin));
            assert_eq!(within, (header > 0).then_some((7, 8)), "{way:?}");
        }
        let whole: Vec<u8> = got.iter().flat_map(|one| parts(one).2).collect();
        assert_eq!(whole, text.as_bytes(), "{way:?}");
    }
}

#[test]
fn data_goes_to_its_port_in_as_many_as_it_needs() {
    let card = "BEGIN:VCARD END:VCARD";
    let to_2948 = vec![6, 5, 4, 0x0B, 0x84, 0x0B, 0x84];
    let to_9204 = vec![6, 5, 4, 0x23, 0xF4, 0x23, 0xF4];
    for (kind, headers, data_coding, header) in [
        ("application/octet-stream", &[][..], 0x04, vec![]),
        ("application/octet-stream", &[("X-SMS-Class", "2")], 0xF6, vec![]),
        ("application/vnd.wap.wsp", &[], 0x04, to_2948),
        ("text/vcard", &[], 0x04, to_9204),
        ("text/vcard", &[("X-SMS-Ports", "1 2")], 0x04, vec![6, 5, 4, 0, 1, 0, 2]),
    ] {
        let got = got(Segmenting::Sar, headers, kind, card);
        let said: Vec<_> = got.iter().map(parts).collect();
        assert_eq!(said, [(data_coding, header, card.as_bytes().to_vec())], "{kind}");
    }
    let long = "x".repeat(300);
    let all = got(Segmenting::Udh, &[("X-SMS-Ports", "5 6")], "application/octet-stream", &long);
    let whole: Vec<u8> = all.iter().flat_map(|one| parts(one).2).collect();
    assert_eq!((all.len(), whole), (3, long.into_bytes()));
    for (sequence, one) in (1..).zip(&all) {
        let (_, header, _) = parts(one);
        let (udh, _) = Udh::decode(&header).expect("a header");
        let concat = udh.concat().expect("it is one of several");
        assert_eq!((concat.total, concat.sequence), (3, sequence));
        assert_eq!(udh.ports().map(|ports| (ports.destination, ports.origin)), Some((5, 6)));
        assert!(one.text.len() <= 140);
    }
}

#[test]
fn an_app_gets_from_an_app_what_that_said() {
    with_shards(|world| {
        let (from, to) = (registered(world, "1111"), registered(world, "1112"));
        let headers = [("X-SMS-Class", "0"), ("X-SMS-Ports", "7 8")];
        assert_eq!(said(world, from, ("1112", TEXT), &headers, "flash"), Some(202));
        assert_eq!(said(world, from, ("1112", "text/vcard"), &[], "a card"), Some(202));
        settle(world);
        let got = &world.phone(to).0.got;
        let shown = |at: usize| (got[at].text.as_str(), got[at].aside.as_str());
        assert_eq!(shown(0), ("flash", "text/plain 0 7 8"));
        assert_eq!(shown(1), ("a card", "text/vcard - 9204 9204"));
    });
}

#[test]
fn what_stands_beside_and_cannot_be_understood_is_refused() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        for headers in [
            [("X-SMS-Class", "4")],
            [("X-SMS-Class", "flash")],
            [("X-SMS-Class", "")],
            [("X-SMS-Ports", "70000")],
            [("X-SMS-Ports", "1 2 3")],
            [("X-SMS-Ports", "")],
        ] {
            assert_eq!(said(world, phone, ("1112", TEXT), &headers, "no"), Some(400));
        }
        assert!(world.nodes[0].accepts().is_empty());
    });
}
