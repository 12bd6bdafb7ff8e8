use super::*;
use crate::clock::rfc3339;

fn shown(text: &str, name: &str) -> String {
    instant(text, &zone(name).unwrap()).map_or_else(|fault| fault.error, |ns| rfc3339(ns as u64, 0))
}

#[test]
fn g02_days_and_hours_are_those_of_their_zone() {
    for (text, name, expected) in [
        ("2026-12-01", "UTC", "2026-12-01T00:00:00Z"),
        ("2026-12-01", "Europe/Berlin", "2026-11-30T23:00:00Z"),
        ("2026-07-01", "Europe/Berlin", "2026-06-30T22:00:00Z"),
        ("2028-02-29", "Asia/Kolkata", "2028-02-28T18:30:00Z"),
        ("2026-12-01T08:30:00", "America/New_York", "2026-12-01T13:30:00Z"),
        ("2026-12-01T08:30:00+02:00", "America/New_York", "2026-12-01T06:30:00Z"),
        // The night in which clocks are put back, and the one in which they are put forward.
        ("2026-10-25T02:30:00+02:00", "Europe/Berlin", "2026-10-25T00:30:00Z"),
        (
            "2026-10-25T02:30",
            "Europe/Berlin",
            "clocks there show 2026-10-25T02:30:00 twice or never",
        ),
        (
            "2026-03-29T02:30",
            "Europe/Berlin",
            "clocks there show 2026-03-29T02:30:00 twice or never",
        ),
        // Midnight did not exist that day.
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ] {
        assert_eq!(shown(text, name), expected, "{text} {name}");
    }
    assert_eq!(zone("Europe/Atlantis").unwrap_err().error, "'Europe/Atlantis' is no time zone");
}

#[test]
fn months_have_the_hours_they_have_there() {
    let berlin = zone("Europe/Berlin").unwrap();
    let year = [instant("2026-01-01", &berlin).unwrap(), instant("2027-01-01", &berlin).unwrap()];
    let hours: Vec<i64> = months(year[0], year[1], &berlin)
        .unwrap()
        .into_iter()
        .map(|(from, to)| (to - from) / 3_600_000_000_000)
        .collect();
    assert_eq!(hours, [744, 672, 743, 720, 744, 720, 744, 744, 720, 745, 720, 744]);
    assert!(months(year[0] + 1, year[0] + 40 * 86_400_000_000_000, &berlin).unwrap().is_empty());
}

#[test]
fn shards_are_told_what_clocks_say() {
    assert!(offsets(&TimeZone::UTC).is_empty());
    let berlin = offsets(&zone("Europe/Berlin").unwrap());
    assert_eq!(berlin[0].east_secs, 3600);
    assert!((195..=205).contains(&berlin.len()), "{}", berlin.len());
    let at = instant("2026-03-29T01:00:00Z", &TimeZone::UTC).unwrap() as u64;
    let found = berlin.iter().find(|offset| offset.from_ns == at);
    assert_eq!(found.map(|offset| offset.east_secs), Some(7200));
}
