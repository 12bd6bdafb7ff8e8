//! Time zones, and what people write of days and hours in them.
//!
//! Zones come with the program, not with the host: every control makes the same plan of the same
//! model, and a month has the same length wherever it is settled.

use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};

use crate::fault::{Fault, Outcome};

/// The zone that is meant if none is said.
pub const UTC: &str = "UTC";

/// The zone of a name such as `Europe/Berlin`.
pub fn zone(name: &str) -> Outcome<TimeZone> {
    if name == UTC {
        return Ok(TimeZone::UTC);
    }
    TimeZoneDatabase::bundled().get(name).map_err(|_| {
        Fault::invalid(format!("'{name}' is no time zone")).cure("write one such as Europe/Berlin")
    })
}

/// The instant of a day's beginning, of a day and an hour there, or of an RFC 3339 time; Unix
/// nanoseconds. What clocks there show twice or never is refused: nobody knows what is meant.
pub fn instant(text: &str, zone: &TimeZone) -> Outcome<i64> {
    let there = |time: DateTime| -> Outcome<i64> {
        let there = zone.to_ambiguous_zoned(time).unambiguous().map_err(|_| {
            Fault::invalid(format!("clocks there show {time} twice or never"))
                .cure("write it with its offset, such as 2026-10-25T02:30:00+02:00")
        })?;
        nanoseconds(there.timestamp())
    };
    let wrong =
        || Fault::invalid(format!("'{text}' is no date such as 2026-11-01 and no RFC 3339 time"));
    if text.len() <= "2026-11-01".len() {
        return start_of(text.parse::<Date>().map_err(|_| wrong())?, zone);
    }
    match (text.parse::<Timestamp>(), text.parse::<DateTime>()) {
        (Ok(stamp), _) => nanoseconds(stamp),
        (Err(_), Ok(time)) => there(time),
        (Err(_), Err(_)) => Err(wrong()),
    }
}

/// When a day begins there: at midnight, or when the clocks first show it.
pub fn start_of(date: Date, zone: &TimeZone) -> Outcome<i64> {
    let begins = date.to_zoned(zone.clone()).and_then(|there| there.start_of_day());
    nanoseconds(begins.map_err(|error| Fault::invalid(error.to_string()))?.timestamp())
}

/// The first instants of the months that lie in a period as a whole, each with its end.
pub fn months(from_ns: i64, to_ns: i64, zone: &TimeZone) -> Outcome<Vec<(i64, i64)>> {
    let wrong = |error: jiff::Error| Fault::invalid(error.to_string());
    let first = Timestamp::from_nanosecond(from_ns.into()).map_err(wrong)?;
    let mut first = first.to_zoned(zone.clone()).date().first_of_month();
    let mut begins_ns = start_of(first, zone)?;
    let mut months = Vec::new();
    while begins_ns < to_ns {
        let next = first.checked_add(1.month()).map_err(wrong)?;
        let ends_ns = start_of(next, zone)?;
        if begins_ns >= from_ns && ends_ns <= to_ns {
            months.push((begins_ns, ends_ns));
        }
        (first, begins_ns) = (next, ends_ns);
    }
    Ok(months)
}

/// What clocks there say, as a table for shards: from the year 2000 to 2100.
pub fn offsets(zone: &TimeZone) -> Vec<routing::Offset> {
    let [begins, ends] = [BEGINS, ENDS]
        .map(|second| Timestamp::from_second(second).expect("both years are in range"));
    let offset = |from: Timestamp, offset: jiff::tz::Offset| routing::Offset {
        from_ns: u64::try_from(from.as_nanosecond()).unwrap_or_default(),
        east_secs: offset.seconds(),
    };
    let mut offsets = vec![offset(begins, zone.to_offset(begins))];
    let changes = zone.following(begins).take_while(|change| change.timestamp() < ends);
    offsets.extend(changes.map(|change| offset(change.timestamp(), change.offset())));
    offsets.dedup_by_key(|offset| offset.east_secs);
    if offsets == [routing::Offset { from_ns: offsets[0].from_ns, east_secs: 0 }] {
        offsets.clear();
    }
    offsets
}

fn nanoseconds(stamp: Timestamp) -> Outcome<i64> {
    i64::try_from(stamp.as_nanosecond())
        .ok()
        .filter(|ns| *ns >= 0)
        .ok_or_else(|| Fault::invalid(format!("{stamp} is out of range")))
}

/// 2000-01-01 and 2100-01-01, Unix seconds.
const BEGINS: i64 = 946_684_800;
const ENDS: i64 = 4_102_444_800;

#[cfg(test)]
mod tests;
