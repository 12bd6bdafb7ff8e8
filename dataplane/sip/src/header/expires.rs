//! Moments on the wire: the Date header, which Expires counts from (RFC 3261 §20.17, §20.19).

use std::fmt;

use crate::scan::decimal;

/// A moment in whole seconds since 1970, written as RFC 1123 does, always in GMT.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Date {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub unix_secs: u64,
}

impl Date {
    /// Parses `Mon, 15 Jan 2024 10:30:00 GMT`; the name of the day is not believed.
    pub fn parse(text: &str) -> Option<Self> {
        let (_, date) = text.split_once(',')?;
        let mut words = date.split_ascii_whitespace();
        let day = u64::from(decimal(words.next()?)?);
        let month = words.next()?;
        let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))? as u64 + 1;
        let year = u64::from(decimal(words.next()?)?);
        let mut clock = words.next()?.splitn(3, ':').map(decimal);
        let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
        let gmt = words.next()?.eq_ignore_ascii_case("GMT") && words.next().is_none();
        let in_range = (1970..=9999).contains(&year)
            && (1..=31).contains(&day)
            && (hour, minute) <= (23, 59)
            && minute <= 59
            && second <= 60;
        if !gmt || !in_range {
            return None;
        }
        let of_day = u64::from(hour) * 3600 + u64::from(minute) * 60 + u64::from(second);
        Some(Self { unix_secs: days_before(year, month, day) * DAY_SECS + of_day })
    }
}

impl Date {
    /// How many characters a date is written with.
    pub const TEXT_LEN: usize = 29;

    /// The date as RFC 3339 writes it, for CPIM and IMDN.
    pub fn iso(self) -> [u8; 20] {
        let (days, of_day) = (self.unix_secs / DAY_SECS, self.unix_secs % DAY_SECS);
        let (year, month, day) = civil(days.min(DAYS_MAX));
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        let mut text = *b"0000-00-00T00:00:00Z";
        let date = [(0, year / 100), (2, year % 100), (5, month), (8, day)];
        let clock = [(11, hour), (14, minute), (17, second)];
        for (at, pair) in date.into_iter().chain(clock) {
            text[at] = b'0' + (pair / 10) as u8;
            text[at + 1] = b'0' + (pair % 10) as u8;
        }
        text
    }

    /// The date as it is written; the last one of the year 9999 for anything after it.
    pub fn text(self) -> [u8; Self::TEXT_LEN] {
        let (days, of_day) = (self.unix_secs / DAY_SECS, self.unix_secs % DAY_SECS);
        let days = days.min(DAYS_MAX);
        let (year, month, day) = civil(days);
        let weekday = WEEKDAYS[(days % 7) as usize];
        let month = MONTHS[(month as usize - 1) % 12];
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        let mut text = *b"Day, 00 Mon 0000 00:00:00 GMT";
        text[..3].copy_from_slice(weekday.as_bytes());
        text[8..11].copy_from_slice(month.as_bytes());
        let pairs = [(5, day), (12, year / 100), (14, year % 100)];
        let clock = [(17, hour), (20, minute), (23, second)];
        for (at, pair) in pairs.into_iter().chain(clock) {
            text[at] = b'0' + (pair / 10) as u8;
            text[at + 1] = b'0' + (pair % 10) as u8;
        }
        text
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.text()).expect("a date is written in ASCII"))
    }
}

/// Days from 1970-01-01 to a date; years begin in March so that leap days come last.
fn days_before(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + of_year - DAYS_TO_1970
}

/// The date that many days after 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_TO_1970;
    let of_era = days % ERA_DAYS;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year + days / ERA_DAYS * 400 + u64::from(month <= 2);
    (year, month, day)
}

const DAY_SECS: u64 = 86_400;

/// Days in 400 years.
const ERA_DAYS: u64 = 146_097;

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: u64 = 719_468;

/// The last day of the year 9999.
const DAYS_MAX: u64 = 2_932_896;

/// 1970-01-01 was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
