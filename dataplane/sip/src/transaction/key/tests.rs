//! Which messages belong together.

use super::{HashKey, Key, Kind, SipHash};
use crate::{Message, Method};

const SECRET: HashKey = HashKey([1, 2]);

fn request(via: &str, extra: &str) -> String {
    format!(
        "MESSAGE sip:b@x SIP/2.0\r\nVia: {via}\r\nFrom: <sip:a@x>;tag=f\r\nTo: <sip:b@x>\r\n\
         Call-ID: c1\r\n{extra}\r\n"
    )
}

fn key(via: &str, extra: &str) -> Key {
    let text = request(via, extra);
    Key::of_request(SECRET, &Message::parse(text.as_bytes()).unwrap())
}

/// Vectors of the reference implementation: key 00..0f, input 00..len.
#[test]
fn siphash_matches_its_reference() {
    let secret = HashKey([0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908]);
    let expected = [
        (0, 0xa381_7f04_ba25_a8e6_6df6_7214_c755_0293_u128),
        (8, 0x3b62_a9ba_6258_f561_0f83_e264_f314_97b4),
        (16, 0x6ee2_a4ca_67b0_54bb_fd33_15bf_8523_0577),
        (56, 0x1938_f2cf_72d5_4ee9_7e94_166f_a91d_2a36),
    ];
    let input: Vec<u8> = (0..64).collect();
    for (length, octets) in expected {
        let mut hash = SipHash::new(secret);
        hash.octets(&input[..length], |word| word);
        assert_eq!(hash.finish().to_le_bytes(), octets.to_be_bytes(), "{length}");
    }
}

/// Of texts of every length each octet and each place between two fields counts.
#[test]
fn fields_do_not_flow_into_each_other() {
    let text = "abcdefghijklmnopqrstuvw";
    let key = |fields: [&str; 2]| {
        let mut hash = SipHash::new(SECRET);
        hash.fields(Kind::Client, fields);
        hash.finish()
    };
    let mut keys = std::collections::BTreeSet::new();
    let mut made = 0;
    for end in 0..=text.len() {
        for cut in 0..=end {
            keys.insert(key([&text[..cut], &text[cut..end]]));
            made += 1;
            for at in 0..end {
                let mut other = text.to_owned();
                other.replace_range(at..=at, "-");
                keys.insert(key([&other[..cut], &other[cut..end]]));
                made += 1;
            }
        }
    }
    assert_eq!(keys.len(), made);
}

#[test]
fn case_does_not_matter_where_it_is_said() {
    let key = |text: &str| {
        let mut hash = SipHash::new(SECRET);
        hash.lower(text);
        hash.finish()
    };
    for length in 0..=26 {
        let (lower, upper) = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        assert_eq!(key(&lower[..length]), key(&upper[..length]), "{length}");
    }
    assert_ne!(key("[::1@"), key("{::1`"), "no letters");
}

#[test]
fn a_retransmission_has_the_same_key() {
    const CSEQ: &str = "CSeq: 1 MESSAGE\r\n";
    let first = key("SIP/2.0/UDP h:5060;branch=z9hG4bKa", CSEQ);
    assert_eq!(first, key("SIP/2.0/UDP H;rport;branch=z9hG4bKa", CSEQ));
    assert_ne!(first, key("SIP/2.0/UDP h;branch=z9hG4bKb", CSEQ));
    assert_ne!(first, key("SIP/2.0/UDP h:5061;branch=z9hG4bKa", CSEQ));
    assert_ne!(first, key("SIP/2.0/UDP i;branch=z9hG4bKa", CSEQ));
}

#[test]
fn without_a_cookie_everything_counts() {
    let first = key("SIP/2.0/UDP h;branch=1", "CSeq: 1 MESSAGE\r\n");
    assert_eq!(first, key("SIP/2.0/UDP h;branch=1", "CSeq: 1 MESSAGE\r\n"));
    assert_ne!(first, key("SIP/2.0/UDP h;branch=1", "CSeq: 2 MESSAGE\r\n"));
    assert_ne!(first, key("SIP/2.0/UDP h", "CSeq: 1 MESSAGE\r\n"));
}

#[test]
fn a_merged_request_shares_only_its_merge_key() {
    let texts = ["SIP/2.0/UDP h;branch=z9hG4bKa", "SIP/2.0/UDP h;branch=z9hG4bKb"]
        .map(|via| request(via, "CSeq: 1 MESSAGE\r\n"));
    let messages = [&texts[0], &texts[1]].map(|text| Message::parse(text.as_bytes()).unwrap());
    let merge = messages.each_ref().map(|message| Key::of_merge(SECRET, message).unwrap());
    let keys = messages.each_ref().map(|message| Key::of_request(SECRET, message));
    assert_eq!(merge[0], merge[1]);
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn a_response_finds_its_request() {
    let text = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@x>;tag=f\r\n\
                To: <sip:b@x>;tag=t\r\nCall-ID: c1\r\nCSeq: 1 MESSAGE\r\n\r\n";
    let response = Message::parse(text.as_bytes()).unwrap();
    let found = Key::of_response(SECRET, &response);
    assert_eq!(found, Key::of_branch(SECRET, "z9hG4bKa", Method::Message));
    assert_ne!(found, Key::of_branch(SECRET, "z9hG4bKa", Method::Register));
    assert_ne!(found, Key::of_branch(HashKey([1, 3]), "z9hG4bKa", Method::Message));
}
