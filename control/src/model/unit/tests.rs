use super::*;

/// What a text reads as and how that is written again; nothing if it makes no sense.
fn again<T: FromStr<Err = String> + fmt::Display>(text: &str) -> Option<String> {
    text.parse::<T>().ok().map(|value| value.to_string())
}

#[test]
fn spans_have_units_and_bounds() {
    for (text, expected) in [
        ("30s", Some("30s")),
        ("60s", Some("1m")),
        ("1500ms", Some("1500ms")),
        ("90m", Some("90m")),
        ("24h", Some("24h")),
        ("25h", None),
        ("0s", None),
        ("30", None),
        ("s", None),
        ("", None),
        ("-1s", None),
        ("99999999999s", None),
        ("30 s", None),
        ("30é", None),
    ] {
        assert_eq!(again::<Span>(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn planes_versions_and_statuses_come_back() {
    assert_eq!(again::<Plane>("5/0").as_deref(), Some("5/0"));
    for wrong in ["5", "5/", "/0", "256/0", "a/b", "1/1/1"] {
        assert_eq!(again::<Plane>(wrong), None, "{wrong}");
    }
    for version in ["3.3", "3.4", "5.0"] {
        assert_eq!(again::<Version>(version).as_deref(), Some(version));
    }
    assert_eq!(again::<Version>("3.5"), None);
    for (text, expected) in [
        ("0x45", Some("0x45")),
        ("69", Some("0x45")),
        ("0x400", Some("0x400")),
        ("0", None),
        ("0x", None),
        ("busy", None),
        ("0x1FFFFFFFF", None),
    ] {
        assert_eq!(again::<Status>(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn what_takes_a_foreign_address_s_place_has_its_plane() {
    for (text, expected) in [
        ("refuse", Some("refuse")),
        ("INFO", Some("INFO:5/0")),
        ("4912345", Some("4912345:1/1")),
        ("1111:0/1", Some("1111:0/1")),
        ("refuse:5/0", Some("refuse:5/0")),
        ("", None),
        ("INFO:5", None),
        ("a-name-that-is-far-too-long", None),
    ] {
        assert_eq!(again::<Foreign>(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn counts_have_thousands() {
    for (text, expected) in [
        ("500", Some(500)),
        ("10k", Some(10_000)),
        ("2M", Some(2_000_000)),
        ("1_000_000", Some(1_000_000)),
        ("k", None),
        ("", None),
        ("1.5k", None),
        ("20000000000000000M", None),
    ] {
        assert_eq!(count(text).ok(), expected, "{text}");
    }
}
