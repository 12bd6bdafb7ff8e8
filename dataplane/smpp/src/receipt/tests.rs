use proptest::prelude::*;

use super::*;

const SUBMITTED: i64 = 1_705_314_600;

fn full() -> Receipt<'static> {
    Receipt {
        id: b"01J0",
        sub: Some(1),
        dlvrd: Some(1),
        submit_date: Some(SUBMITTED),
        done_date: Some(SUBMITTED + 60),
        state: Some(MessageState::Delivered),
        err: b"000",
        text: b"hello world",
    }
}

#[test]
fn every_dialect_is_understood() {
    let full = full();
    let seconds = Receipt { done_date: Some(SUBMITTED + 65), ..full };
    let cases: [(&str, Receipt<'_>); 9] = [
        // SMPP 3.4 Appendix B.
        (
            "id:01J0 sub:001 dlvrd:001 submit date:2401151030 done date:2401151031 \
             stat:DELIVRD err:000 Text:hello world",
            full,
        ),
        // Seconds; lower case; underscores.
        (
            "id:01J0 sub:1 dlvrd:1 submit_date:240115103000 done_date:240115103105 \
             stat:delivrd err:000 text:hello world",
            seconds,
        ),
        // Centuries; upper case; words run together; blanks after colons.
        (
            "ID: 01J0 SUB: 001 DLVRD: 001 SubmitDate: 202401151030 DoneDate: 20240115103105 \
             STAT: DELIVERED ERR: 000 TEXT: hello world",
            seconds,
        ),
        // Out of order.
        (
            "stat:DELIVRD err:000 done date:2401151031 submit date:2401151030 dlvrd:001 \
             sub:001 id:01J0 text:hello world",
            full,
        ),
        // Fields missing, an error of letters, no text.
        (
            "id:9f4e-11 submit date:2401151030 stat:UNDELIV err:21b",
            Receipt {
                id: b"9f4e-11",
                submit_date: Some(SUBMITTED),
                state: Some(MessageState::Undeliverable),
                err: b"21b",
                ..Receipt::default()
            },
        ),
        // Empty values; a date that is none.
        (
            "id:7 sub: dlvrd: submit date:0 done date: stat:EXPIRED err:5 text:",
            Receipt {
                id: b"7",
                state: Some(MessageState::Expired),
                err: b"5",
                ..Receipt::default()
            },
        ),
        // The text may look like anything.
        (
            "id:7 stat:REJECTD text:id:8 stat:DELIVRD",
            Receipt {
                id: b"7",
                state: Some(MessageState::Rejected),
                text: b"id:8 stat:DELIVRD",
                ..Receipt::default()
            },
        ),
        // Words that end in a key are not it.
        ("grid:7 valid:8 upset:9", Receipt::default()),
        ("362d9701 2", Receipt::default()),
    ];
    for (text, expected) in cases {
        assert_eq!(Receipt::parse(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn a_tlv_wins_over_the_text() {
    let mut tlvs = TlvBuffer::new();
    tlvs.put(tag::RECEIPTED_MESSAGE_ID, b"362d9701").put_u8(tag::MESSAGE_STATE, 2);
    let of = |text: &'static [u8], tlvs: Tlvs<'_>| {
        let message = ShortMessage { short_message: text, tlvs, ..ShortMessage::default() };
        Receipt::of(&message).map(|receipt| (receipt.id.to_vec(), receipt.state))
    };
    let expected = Some((b"362d9701".to_vec(), Some(MessageState::Delivered)));
    assert_eq!(of(b"362d9701 2", tlvs.view()), expected);
    assert_eq!(of(b"", tlvs.view()), expected);
    assert_eq!(of(b"id:other stat:UNDELIV", tlvs.view()), expected);
    assert_eq!(of(b"a text", Tlvs::EMPTY), None);
    assert_eq!(
        of(b"id:5 stat:ENROUTE", Tlvs::EMPTY),
        Some((b"5".to_vec(), Some(MessageState::Enroute)))
    );
    let mut payload = TlvBuffer::new();
    payload.put(tag::MESSAGE_PAYLOAD, b"id:5 stat:ACCEPTD");
    assert_eq!(of(b"", payload.view()), Some((b"5".to_vec(), Some(MessageState::Accepted))));
}

#[test]
fn states_have_numbers_and_words() {
    for (number, state) in (0..).zip(MessageState::ALL) {
        assert_eq!(state.number(), number);
        assert_eq!(MessageState::decode(number), Some(state));
        assert_eq!(state.word().len(), 7);
        assert_eq!(MessageState::parse(state.word().as_bytes()), Some(state));
        assert_eq!(state.is_final(), number >= 2);
    }
    assert_eq!(MessageState::decode(10), None);
    assert_eq!(MessageState::parse(b"FAILED"), Some(MessageState::Undeliverable));
    assert_eq!(MessageState::parse(b"DEL"), None);
    assert_eq!(MessageState::parse(b"SOMETHING"), None);
}

#[test]
fn what_is_not_known_is_written_as_zeros() {
    let mut text = Vec::new();
    Receipt { id: b"x", sub: Some(5000), ..Receipt::default() }.encode_text(&mut text);
    let expected = "id:x sub:999 dlvrd:000 submit date:0000000000 done date:0000000000 \
                    stat:UNKNOWN err:000 text:";
    assert_eq!(text, expected.as_bytes());
}

proptest! {
    #[test]
    fn our_dialect_reads_as_it_was_written(
        id in "[0-9A-Za-z-]{1,64}", minutes in 15_800_000..60_000_000_i64,
        counts in (0..999_u16, 0..999_u16),
        state in 0..10_u8, err in "[0-9a-f]{1,3}", text in "[!-~][ -~]{0,19}",
    ) {
        let receipt = Receipt {
            id: id.as_bytes(),
            sub: Some(counts.0),
            dlvrd: Some(counts.1),
            submit_date: Some(minutes * 60),
            done_date: Some(minutes * 60 + 600),
            state: MessageState::decode(state),
            err: err.as_bytes(),
            text: text.as_bytes(),
        };
        let mut octets = Vec::new();
        receipt.encode_text(&mut octets);
        prop_assert_eq!(Receipt::parse(&octets), receipt);
    }

    #[test]
    fn any_text_is_a_receipt_or_not(
        parts in proptest::collection::vec(
            prop_oneof![
                Just(b"id:".to_vec()), Just(b" stat:".to_vec()), Just(b"submit date:".to_vec()),
                Just(b" text:".to_vec()), proptest::collection::vec(any::<u8>(), 0..12),
            ],
            0..12,
        ),
    ) {
        let _ = Receipt::parse(&parts.concat());
    }
}
