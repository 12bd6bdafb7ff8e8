//! The examples of RFC 7616 §3.9.1, and nonces under attack.

use std::time::Duration;

use super::{Age, Asked, Counts, Denied, Ha1, NonceKey, answer, verify};
use crate::{Algorithm, Challenge, Credentials, Method};

const MD5: &str = "8ca523f5e9506fed4657c9700eebdbec";
const SHA256: &str = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";

fn rfc7616(algorithm: &str, response: &str) -> String {
    format!(
        "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", \
         algorithm={algorithm}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
         nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, \
         response=\"{response}\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
    )
}

fn judge(header: &str) -> Result<(), Denied> {
    let ha1 = Ha1::of("Mufasa", "http-auth@example.org", "Circle of Life");
    let credentials = Credentials::parse(header).unwrap();
    verify(&credentials, Method::Other("GET"), "/dir/index.html", &ha1)
}

#[test]
fn the_examples_of_rfc_7616() {
    assert_eq!(judge(&rfc7616("MD5", MD5)), Ok(()));
    assert_eq!(judge(&rfc7616("SHA-256", SHA256)), Ok(()));
}

#[test]
fn what_is_not_exactly_right_is_wrong() {
    let good = rfc7616("MD5", MD5);
    let cases = [
        (rfc7616("SHA-256", MD5), Denied::Response),
        (rfc7616("MD5", &MD5[1..]), Denied::Response),
        (rfc7616("MD5-sess", MD5), Denied::Algorithm),
        (rfc7616("SHA-512-256", MD5), Denied::Algorithm),
        (good.replace("qop=auth, ", ""), Denied::Qop),
        (good.replace("qop=auth,", "qop=auth-int,"), Denied::Qop),
        (good.replace("nc=00000001", "nc=1"), Denied::Count),
        (good.replace("nc=00000001", "nc=+0000001"), Denied::Count),
        (good.replace("nc=00000001", "nc=00000000"), Denied::Count),
        (good.replace("nc=00000001", "nc=00000002"), Denied::Response),
        (good.replace("cnonce=\"f2", "cnonce=\"g2"), Denied::Response),
        (
            good.replace("cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", ", ""),
            Denied::Count,
        ),
        (good.replace("/dir/index.html", "/dir/other.html"), Denied::Uri),
    ];
    for (header, denied) in cases {
        assert_eq!(judge(&header), Err(denied), "{header}");
    }
}

#[test]
fn credentials_need_all_their_parts() {
    let good = rfc7616("MD5", MD5);
    for part in ["username=\"Mufasa\", ", "realm=\"http-auth@example.org\", "] {
        assert!(Credentials::parse(&good.replace(part, "")).is_err(), "{part}");
    }
    for text in
        ["", "Digest", "Digest ", "Basic YTpi", "Digest username", "Digest a=\"b", "Digest ,"]
    {
        assert!(Credentials::parse(text).is_err(), "{text}");
    }
}

#[test]
fn nonces_age_and_cannot_be_forged() {
    let key = NonceKey::new([1; 32]);
    let (hour, now) = (Duration::from_secs(3600), 1_700_000_000_000_000_000);
    let nonce = key.make(b"realm 10.0.0.1", now);
    let check = |text: &str, context: &[u8], now| key.check(text, context, now, hour);
    let text = nonce.as_str();
    assert_eq!(check(text, b"realm 10.0.0.1", now), Age::Fresh);
    let end = now + 3_600_000_000_000;
    assert_eq!(check(text, b"realm 10.0.0.1", end), Age::Fresh);
    assert_eq!(check(text, b"realm 10.0.0.1", end + 1), Age::Stale);
    assert_eq!(check(text, b"realm 10.0.0.1", now - 1_000_000_000), Age::Fresh, "one of many");
    assert_eq!(check(text, b"realm 10.0.0.1", now - 1_000_000_001), Age::Stale);
    assert_eq!(check(text, b"realm 10.0.0.2", now), Age::Forged);
    assert_eq!(NonceKey::new([2; 32]).check(text, b"realm 10.0.0.1", now, hour), Age::Forged);
    for place in 0..text.len() {
        let mut forged = text.to_owned();
        let digit = if &forged[place..=place] == "0" { "1" } else { "0" };
        forged.replace_range(place..=place, digit);
        assert_eq!(check(&forged, b"realm 10.0.0.1", now), Age::Forged, "{place}");
    }
    for text in ["", "0", "zzzzzzzzzzzzzzzzzzzz", "+000000000000000", &"é".repeat(24)] {
        assert_eq!(check(text, b"", now), Age::Forged, "{text}");
    }
}

#[test]
fn a_phone_answers_the_topmost_it_knows() {
    let texts = [
        "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256, qop=\"auth\"",
        "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth-int, auth\", opaque=\"o\"",
        "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"",
    ];
    let asked = Asked { method: Method::Register, uri: "sip:r", cnonce: "c0ffee", nonce_count: 1 };
    for (skip, algorithm) in [(0, Algorithm::Sha256), (2, Algorithm::Md5)] {
        let challenges = texts.iter().skip(skip).map(|text| Challenge::parse(text).unwrap());
        let value = answer(challenges, "a \"b\"", "pw", &asked).unwrap();
        let credentials = Credentials::parse(&value).unwrap();
        assert_eq!(credentials.algorithm, algorithm);
        assert_eq!(credentials.opaque, (skip == 0).then_some("o"));
        let ha1 = Ha1::of("a \"b\"", "r", "pw");
        assert_eq!(verify(&credentials, Method::Register, "sip:r", &ha1), Ok(()));
    }
    let unknown = [Challenge::parse(texts[0]).unwrap()];
    assert_eq!(answer(unknown, "a", "pw", &asked), None);
}

#[test]
fn secrets_do_not_show() {
    let ha1 = Ha1::of("a", "r", "pw");
    assert_eq!(format!("{ha1:?} {:?}", NonceKey::new([1; 32])), "Ha1(..) NonceKey(..)");
}

#[test]
fn e11_a_count_is_good_once() {
    let mut counts = Counts::default();
    let takes = [(1, true), (1, false), (2, true), (1, false), (5, true), (4, true), (4, false)];
    for (count, is_new) in takes {
        assert_eq!(counts.take(count), is_new, "{count}");
    }
    assert!(counts.take(100) && counts.take(37), "63 below the highest");
    assert!(!counts.take(36) && !counts.take(37) && !counts.take(0), "who knows");
    assert!(counts.take(u32::MAX) && !counts.take(100) && !counts.take(u32::MAX));
    assert_eq!(counts.highest(), u32::MAX);
}

#[test]
fn counts_say_what_a_list_of_all_would_say() {
    let (mut counts, mut all, mut at) =
        (Counts::default(), std::collections::BTreeSet::new(), 1_u64);
    for _ in 0..10_000 {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let count = 1 + (all.len() as u32 / 2).saturating_sub(20) + (at >> 59) as u32;
        let known = count + 64 > counts.highest();
        assert_eq!(counts.take(count), known && all.insert(count), "{count}");
    }
}
