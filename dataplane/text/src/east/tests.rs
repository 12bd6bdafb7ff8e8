use proptest::prelude::*;

use super::*;

const ALL: [Alphabet; 4] =
    [Alphabet::ShiftJis, Alphabet::Iso2022Jp, Alphabet::EucJp, Alphabet::EucKr];

/// The octets are those of Python's codecs (shift_jis, iso2022_jp, euc_jp, euc_kr).
#[test]
fn each_alphabet_reads_and_writes_its_own() {
    let cases: [(Alphabet, &[u8], &str); 5] = [
        (Alphabet::ShiftJis, b"\x93\xFA\x96{ \xB6\xC5", "日本 ｶﾅ"),
        (Alphabet::Iso2022Jp, b"\x1B$BF|K\\\x1B(B ok", "日本 ok"),
        (Alphabet::EucJp, b"\xC6\xFC\xCB\xDC", "日本"),
        (Alphabet::EucKr, b"\xC7\xD1\xB1\xDB", "한글"),
        (Alphabet::EucKr, b"plain", "plain"),
    ];
    for (alphabet, octets, text) in cases {
        let (mut read, mut written) = (String::new(), b"before".to_vec());
        assert_eq!(decode_to(alphabet, octets, &mut read), Decoded::Exact);
        assert_eq!(read, text);
        assert!(encode(alphabet, text, &mut written));
        assert_eq!(&written[6..], octets, "{alphabet:?}");
    }
}

/// JIS X 0212, the extended kanji, are read; the library has no way to write them.
#[test]
fn extended_kanji_are_read() {
    let mut read = String::new();
    assert_eq!(decode_to(Alphabet::EucJp, b"\x8F\xB0\xA1", &mut read), Decoded::Exact);
    assert_eq!(read, "丂");
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    for alphabet in ALL {
        for text in ["日😀", "¥", "‾", "−"] {
            let mut out = b"before".to_vec();
            assert!(!encode(alphabet, text, &mut out), "{alphabet:?} {text}");
            assert_eq!(out, b"before");
        }
    }
}

proptest! {
    #[test]
    fn what_can_be_written_reads_the_same(text in "[ -~ぁ-んァ-ヶ一-龥가-힣ａ-ｚ¥‾−]{0,20}") {
        for alphabet in ALL {
            let (mut written, mut read) = (Vec::new(), String::new());
                if encode(alphabet, &text, &mut written) {
                prop_assert_eq!(decode_to(alphabet, &written, &mut read), Decoded::Exact);
                prop_assert_eq!(&read, &text, "{:?}", alphabet);
            }
        }
    }
}
