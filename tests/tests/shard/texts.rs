//! Alphabets on their way: national tables, bodies and texts that are refused, receipts with
//! octets that are no text.

use routing::{National, Segmenting};
use smpp::pdu::esm_class;
use smpp::{Address, ShortMessage};
use tests::checks::accepts_of;
use tests::peers::Job;
use tests::peers::smsc::{Got, Habit};
use tests::scene::{bound, registered, settle, submit, with_shards, with_site};
use tests::{Site, World};
use text::{Alphabet, Form, Language, Shifts, Udh};

/// What an app hears after it sent a text.
fn heard(world: &mut World, phone: usize, to: &str, text: &str) -> Option<u16> {
    let (app, net) = world.phone(phone);
    let number = app.send(net, to, text);
    world.run_ms(1000);
    world.phone(phone).0.sent[number].status
}

#[test]
fn f10_bodies_that_are_no_text_are_refused_by_name() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let types = [
            ("text/plain;charset=ISO-8859-1", Some(415)),
            ("text/plain;charset=utf-16", Some(415)),
            ("text/html", Some(415)),
            ("nonsense", Some(415)),
            ("", Some(400)),
            ("text/plain", Some(202)),
            ("text/plain;charset=US-ASCII", Some(202)),
        ];
        for (content_type, status) in types {
            world.phone(phone).0.content_type = content_type.to_owned();
            assert_eq!(heard(world, phone, "1112", "hello"), status, "{content_type:?}");
        }
        assert_eq!(world.nodes[0].accepts().len(), 2, "nothing is stored of what is refused");
    });
}

#[test]
fn f10_a_text_of_more_than_255_segments_is_refused() {
    for (way, longest) in
        [(Segmenting::Udh, 255 * 153), (Segmenting::Udh16, 255 * 152), (Segmenting::Sar, 255 * 153)]
    {
        let mut site = Site::standard();
        let connection = &mut site.environment("env1").connections[1];
        // To another environment of ours it would go whole.
        (connection.manner.segments, connection.count_hops) = (way, false);
        with_site(&site.publish(), |world| {
            let smsc = world.add_smsc();
            world.run_ms(3000);
            let phone = registered(world, "1111");
            let refused = heard(world, phone, "3331", &"a".repeat(longest + 1));
            assert_eq!((refused, world.smsc(smsc).got.len()), (Some(413), 0), "{way:?}");
            assert!(world.nodes[0].accepts().is_empty());
            assert_eq!(heard(world, phone, "3331", &"a".repeat(longest)), Some(202));
            world.run_ms(20_000);
            assert_eq!(world.smsc(smsc).got.len(), 255);
        });
    }
}

#[test]
fn f10_a_payload_has_no_room_for_more_than_its_length_can_say() {
    let mut site = Site::standard();
    site.environment("env1").connections[1].manner.segments = Segmenting::Payload;
    with_site(&site.publish(), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let phone = registered(world, "1111");
        // An octet each as GSM 7-bit, two as UCS-2.
        let long = "a".repeat(40_000);
        assert_eq!(heard(world, phone, "3331", &format!("{long}я")), Some(413));
        assert_eq!(heard(world, phone, "3331", &long), Some(202));
        let got = &world.smsc(smsc).got;
        assert_eq!(got.iter().map(|got| got.text.len()).collect::<Vec<_>>(), [40_000]);
    });
}

/// A text in this language of so many characters, none of them in the default tables.
fn of_language(language: Language, count: usize) -> String {
    let letters = match language {
        Language::Turkish => "ğışİŞ ",
        Language::Spanish => "áíóú ",
        Language::Portuguese => "ãõâê ",
        Language::Bengali => "বাংলা ",
        Language::Gujarati => "ગુજરાતી ",
        Language::Hindi => "हिन्दी ",
        Language::Kannada => "ಕನ್ನಡ ",
        Language::Malayalam => "മലയാളം ",
        Language::Oriya => "ଓଡ଼ିଆ ",
        Language::Punjabi => "ਪੰਜਾਬੀ ",
        Language::Tamil => "தமிழ் ",
        Language::Telugu => "తెలుగు ",
        Language::Urdu => "اردو ",
    };
    letters.chars().cycle().take(count).collect()
}

/// What parts say that stand under headers with national tables.
fn said(got: &[Got]) -> String {
    let mut text = String::new();
    for got in got {
        assert_eq!((got.data_coding, got.esm_class & esm_class::UDHI), (0, esm_class::UDHI));
        let (udh, rest) = Udh::decode(&got.text).expect("a header");
        assert!(udh.octets() + (7 * rest.len()).div_ceil(8) <= 140);
        let form = Form { alphabet: Alphabet::Gsm7, shifts: udh.shifts() };
        assert_ne!(form.shifts, Shifts::NONE);
        let _ = form.decode_to(rest, &mut text).expect("text");
    }
    text
}

#[test]
fn national_tables_are_used_where_that_was_agreed_and_shorter() {
    for (language, national) in Language::ALL.into_iter().zip(National::ALL) {
        let mut site = Site::standard();
        site.environment("env1").connections[1].manner.national = vec![national];
        with_site(&site.publish(), |world| {
            let smsc = world.add_smsc();
            world.run_ms(3000);
            let phone = registered(world, "1111");
            // One that is alone, and one of several.
            for count in [60, 300] {
                world.smsc(smsc).got.clear();
                let text = of_language(language, count);
                assert_eq!(heard(world, phone, "3331", &text), Some(202));
                let got = &world.smsc(smsc).got;
                assert_eq!(said(got), text, "{language:?} {count}");
                assert!(got.len() < count.div_ceil(67).max(2));
            }
            // What the default tables can say is said with them, and what none can in UCS-2.
            for (text, data_coding) in [("plain", 0), ("привет", 8)] {
                world.smsc(smsc).got.clear();
                heard(world, phone, "3331", text);
                let got = &world.smsc(smsc).got[0];
                assert_eq!((got.data_coding, got.esm_class & esm_class::UDHI), (data_coding, 0));
            }
        });
    }
}

#[test]
fn national_tables_are_not_used_where_nobody_agreed() {
    let text = of_language(Language::Turkish, 60);
    with_site(&Site::standard(), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let phone = registered(world, "1111");
        heard(world, phone, "3331", &text);
        let mut read = String::new();
        let _ = text::ucs2::decode_to(&world.smsc(smsc).got[0].text, &mut read);
        assert_eq!((read.as_str(), world.smsc(smsc).got[0].data_coding), (text.as_str(), 8));
    });
}

#[test]
fn f11_a_receipt_repeats_octets_that_are_no_text() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        let octets = b"\0\x01\x80\xFFzero\0and\x1B\x1B and more";
        submit(world, tata, Job::new("1111", "").coded(0, octets));
        world.run_ms(500);
        let receipts = &world.esme(tata).0.receipts;
        assert_eq!(receipts.len(), 1);
        assert_eq!(receipts[0].text, octets[..20]);
        assert_eq!(world.phone(phone).0.got.len(), 1);
        assert_eq!(world.nodes[0].watch.wrongs, [""; 0]);
    });
}

#[test]
fn f11_a_receipt_with_octets_that_are_no_text_is_understood() {
    with_shards(|world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let tata = bound(world, "tata", 1);
        let rests = [&b"\0\xFF\xFE\x80\0"[..], b"\xD8\x00\xC3\x28", &[0; 200], &[0xFF; 200]];
        for (number, rest) in rests.into_iter().enumerate() {
            world.smsc(smsc).habits.push_back(Habit::TakeOnly);
            let before = world.esme(tata).0.receipts.len();
            submit(world, tata, Job::new("3331", &format!("text {number}")));
            let id = format!("{:X}", 0x100 + world.smsc(smsc).got.len());
            let mut words =
                format!("id:{id} sub:001 dlvrd:001 stat:DELIVRD err:000 Text:").into_bytes();
            words.extend_from_slice(rest);
            let (centre, net) = world.centre(smsc);
            let message = ShortMessage {
                source: Address { ton: 1, npi: 1, addr: b"3331" },
                destination: Address { ton: 5, npi: 0, addr: b"TATA" },
                esm_class: esm_class::TYPE_RECEIPT,
                short_message: &words[..words.len().min(254)],
                ..ShortMessage::default()
            };
            centre.deliver(net, &message);
            world.run_ms(1000);
            assert_eq!(world.esme(tata).0.receipts.len(), before + 1);
        }
        assert_eq!(accepts_of(world, "tata").len(), 4);
        settle(world);
    });
}
