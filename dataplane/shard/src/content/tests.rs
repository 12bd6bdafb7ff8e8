use proptest::prelude::*;
use routing::{AckLevel, Address, Charge, DefaultAlphabet, Ingress, MessageId, Number, Target};

use super::*;

fn sms(esm_class: u8, content: Content) -> Sms {
    let address = Address::new(1, 1, b"1111").unwrap();
    let local = "127.0.0.2:2775".parse().unwrap();
    Sms {
        id: MessageId::from_bits(1),
        group: Default::default(),
        environment: 1,
        generation: 1,
        received_ns: 0,
        accepted_ns: 0,
        expires_ns: 0,
        not_before_ns: 0,
        ack: AckLevel::Durable,
        ingress: Ingress::Smpp { carrier: 1, local, peer: local, link: 0, sequence: 1 },
        source: address,
        destination: address,
        number: Number::parse(b"1111").unwrap(),
        service_type: [0; 5],
        esm_class,
        protocol_id: 0,
        priority: 0,
        registered_delivery: 1,
        content,
        tlvs: Vec::new(),
        rewritten: Default::default(),
        trace: Default::default(),
        journey: Default::default(),
        wanted: None,
        device: 0,
        target: Target::Account(1),
        charge: Charge::default(),
    }
}

pub(super) fn of_carrier(esm_class: u8, data_coding: u8, octets: &[u8]) -> Sms {
    sms(
        esm_class,
        Content::Coded { data_coding, alphabet: DefaultAlphabet::Gsm, octets: octets.to_vec() },
    )
}

fn shown(sms: &Sms) -> (String, &'static str) {
    let body = body(sms);
    (String::from_utf8_lossy(body.octets()).into_owned(), body.content_type())
}

const TEXT: &str = "text/plain;charset=UTF-8";
const DATA: &str = "application/octet-stream";

#[test]
fn an_app_is_shown_text_whatever_the_alphabet() {
    let table: [(u8, &[u8], &str); 6] = [
        (0x00, b"50% bonus \x00 weekend", "50% bonus @ weekend"),
        (0x00, b"\x1B\x65 5", "\u{20AC} 5"),
        (0x01, b"plain", "plain"),
        (0x03, b"gr\xFC\xDFe", "grüße"),
        (0x08, b"\x04\x1F\x04\x40", "Пр"),
        (0x08, b"\xD8\x3D\xDE\x00", "\u{1F600}"),
    ];
    for (data_coding, octets, text) in table {
        let sms = of_carrier(0, data_coding, octets);
        assert_eq!(shown(&sms), (text.to_owned(), TEXT), "{data_coding:#x}");
    }
}

#[test]
fn data_stays_data() {
    let sms = of_carrier(0, 0x04, b"\x01\x02\xFF");
    assert_eq!(body(&sms).octets(), b"\x01\x02\xFF");
    assert_eq!(body(&sms).content_type(), DATA);
}

#[test]
fn the_user_data_header_is_not_shown_but_goes_to_the_next_hop() {
    let octets = b"\x05\x00\x03\x2A\x02\x01part one";
    let sms = of_carrier(esm_class::UDHI, 0x00, octets);
    assert_eq!(shown(&sms), ("part one".to_owned(), TEXT));
    assert_eq!(coded(&sms, DefaultAlphabet::Gsm), (0x00, Cow::Borrowed(&octets[..])));
    assert_eq!(preview(&sms), b"part one");
}

#[test]
fn what_a_carrier_sent_passes_unchanged() {
    for alphabet in DefaultAlphabet::ALL {
        for data_coding in 0..=255 {
            let octets: Vec<u8> = (0..=255).collect();
            let sms = sms(0, Content::Coded { data_coding, alphabet, octets: octets.clone() });
            assert_eq!(coded(&sms, alphabet), (data_coding, Cow::Borrowed(&octets[..])));
            for towards in DefaultAlphabet::ALL {
                if data_coding != 0 {
                    assert_eq!(coded(&sms, towards).1, octets, "only 0 is agreed upon");
                }
            }
        }
    }
}

#[test]
fn what_0_means_is_said_in_what_0_means_to_the_next_hop() {
    use DefaultAlphabet::{Ascii, Gsm, GsmPacked, Latin1, Utf8};
    let packed = b"\xE8\x32\x9B\xFD\x06";
    type Said = (DefaultAlphabet, u8, &'static [u8]);
    let table: [((DefaultAlphabet, &[u8]), Said); 10] = [
        ((Latin1, b"gr\xFCn"), (Gsm, 0, b"gr\x7En")),
        ((Gsm, b"gr\x7En"), (Latin1, 0, b"gr\xFCn")),
        ((Gsm, b"gr\x7En"), (Utf8, 0, "grün".as_bytes())),
        ((Utf8, "grün".as_bytes()), (Latin1, 0, b"gr\xFCn")),
        ((Gsm, b"\x1B\x65"), (Latin1, 8, b"\x20\xAC")),
        ((Latin1, b"gr\xFCn"), (Ascii, 8, b"\0g\0r\0\xFC\0n")),
        ((Ascii, b"hello"), (GsmPacked, 0, packed)),
        ((GsmPacked, packed), (Gsm, 0, b"hello")),
        ((GsmPacked, packed), (Latin1, 0, b"hello")),
        ((Utf8, "й".as_bytes()), (Gsm, 8, b"\x04\x39")),
    ];
    for ((alphabet, octets), (towards, data_coding, expected)) in table {
        let content = Content::Coded { data_coding: 0, alphabet, octets: octets.to_vec() };
        let sms = sms(0, content);
        let context = format!("{alphabet:?} {octets:?} to {towards:?}");
        assert_eq!(coded(&sms, towards), (data_coding, Cow::Borrowed(expected)), "{context}");
    }
}

#[test]
fn an_app_reads_what_0_means_to_the_carrier() {
    use DefaultAlphabet::{Ascii, Gsm, GsmPacked, Latin1, Utf8};
    let table: [(DefaultAlphabet, u8, &[u8], &str); 6] = [
        (Gsm, 0, b"\x7E", "ü"),
        (Ascii, 0, b"_@$", "_@$"),
        (Latin1, 0, b"\xFC", "ü"),
        (Utf8, 0, "ü€й".as_bytes(), "ü€й"),
        (GsmPacked, 0, b"\xE8\x32\x9B\xFD\x06", "hello"),
        (Latin1, 8, b"\x04\x39", "й"),
    ];
    for (alphabet, data_coding, octets, text) in table {
        let sms = sms(0, Content::Coded { data_coding, alphabet, octets: octets.to_vec() });
        assert_eq!(shown(&sms), (text.to_owned(), TEXT), "{alphabet:?}");
    }
}

#[test]
fn a_header_stays_when_the_text_behind_it_is_written_anew() {
    let header = b"\x05\x00\x03\x2A\x02\x01";
    let octets = [&header[..], b"gr\xFCn"].concat();
    let content = Content::Coded { data_coding: 0, alphabet: DefaultAlphabet::Latin1, octets };
    let there = sms(esm_class::UDHI, content);
    for towards in [DefaultAlphabet::Gsm, DefaultAlphabet::GsmPacked, DefaultAlphabet::Utf8] {
        let (data_coding, octets) = coded(&there, towards);
        assert_eq!(&octets[..6], header);
        let content =
            Content::Coded { data_coding, alphabet: towards, octets: octets.into_owned() };
        let here = sms(esm_class::UDHI, content);
        assert_eq!(shown(&here), ("grün".to_owned(), TEXT), "{towards:?}");
    }
}

#[test]
fn a_receipt_repeats_twenty_octets_of_gsm_text_and_nothing_else() {
    let long = "a text that is longer than a receipt repeats".to_owned();
    assert_eq!(preview(&sms(0, Content::Text(long))), b"a text that is longe");
    assert_eq!(preview(&sms(0, Content::Text("кириллица".to_owned()))), b"");
    assert_eq!(preview(&of_carrier(0, 0x08, b"\x04\x1F")), b"");
    assert_eq!(preview(&of_carrier(0, 0x00, b"\x00")), b"\x00");
}

proptest! {
    /// What an app writes, the next environment shows as it was written.
    #[test]
    fn a_text_survives_the_way_over_smpp(text in "\\PC{0,200}") {
        let here = sms(0, Content::Text(text.clone()));
        for towards in DefaultAlphabet::ALL {
            let (data_coding, octets) = coded(&here, towards);
            let content = Content::Coded {
                data_coding,
                alphabet: towards,
                octets: octets.into_owned(),
            };
            prop_assert_eq!(shown(&sms(0, content)), (text.clone(), TEXT));
        }
    }

    /// A header that is none takes nothing away but octets, and nothing panics.
    #[test]
    fn no_octets_panic(
        esm: u8,
        data_coding: u8,
        octets in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let sms = of_carrier(esm, data_coding, &octets);
        let _ = (shown(&sms), preview(&sms));
    }
}
