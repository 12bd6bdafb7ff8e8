//! Times as SMPP writes them (SMPP 3.4 §7.1.1, 5.0 §4.7.23.4), and receipts (3.4
//! Appendix B).
//!
//! `YYMMDDhhmmsstnnp`: two digits each, tenths, quarter hours from UTC, and `+`, `-`
//! or `R` for relative. A relative year counts 365 days and a relative month 30,
//! since the standard names no calendar for them.

use std::fmt;
use std::time::Duration;

/// Octets of a time without its NUL.
pub const TIME_LEN: usize = 16;

/// When something is to happen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Validity {
    /// So long after the message was received.
    Relative(Duration),
    /// At this second since 1970 in UTC.
    Absolute(i64),
}

/// Sixteen characters that are no time, or not sixteen characters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TimeError;

impl Validity {
    /// Reads schedule_delivery_time, validity_period or final_date; empty is `None`.
    pub fn parse(octets: &[u8]) -> Result<Option<Self>, TimeError> {
        if octets.is_empty() {
            return Ok(None);
        }
        let octets: &[u8; TIME_LEN] = octets.try_into().map_err(|_| TimeError)?;
        let [year, month, day, hour, minute, second] = pairs::<6>(&octets[..12])?;
        let tenths = digit(octets[12])?;
        let [quarters] = pairs::<1>(&octets[13..15])?;
        if octets[15] == b'R' {
            let days =
                u64::from(year) * DAYS_IN_YEAR + u64::from(month) * DAYS_IN_MONTH + u64::from(day);
            let hours = days * 24 + u64::from(hour);
            let seconds = (hours * 60 + u64::from(minute)) * 60 + u64::from(second);
            return Ok(Some(Self::Relative(Duration::from_millis(
                seconds * 1000 + u64::from(tenths) * 100,
            ))));
        }
        let east = match octets[15] {
            b'+' => 1,
            b'-' => -1,
            _ => return Err(TimeError),
        };
        if quarters > QUARTERS_MAX {
            return Err(TimeError);
        }
        let civil = Civil { year: 2000 + i64::from(year), month, day, hour, minute, second };
        let local = civil.unix().ok_or(TimeError)?;
        Ok(Some(Self::Absolute(local - east * i64::from(quarters) * QUARTER_SECS)))
    }

    /// The sixteen characters; UTC if absolute, whole seconds and at most 99 years if relative.
    pub fn format(self) -> [u8; TIME_LEN] {
        match self {
            Self::Absolute(unix) => format_absolute(unix),
            Self::Relative(after) => format_relative(after),
        }
    }

    /// The second since 1970 that is meant by a message received at second `now`; a part of a
    /// second counts as one.
    pub fn at(self, now: i64) -> i64 {
        match self {
            Self::Absolute(unix) => unix,
            Self::Relative(after) => {
                let secs = after.as_secs().saturating_add(u64::from(after.subsec_nanos() > 0));
                now.saturating_add(i64::try_from(secs).unwrap_or(i64::MAX))
            }
        }
    }
}

/// `YYMMDDhhmmss000+`, in UTC.
pub fn format_absolute(unix: i64) -> [u8; TIME_LEN] {
    let mut text = *b"000000000000000+";
    Civil::of(unix).put_pairs(&mut text[..12]);
    text
}

/// `YYMMDDhhmmss000R`.
fn format_relative(after: Duration) -> [u8; TIME_LEN] {
    let mut text = *b"991229235959000R";
    let seconds = after.as_secs();
    let days = seconds / DAY_SECS as u64;
    if days >= 100 * DAYS_IN_YEAR {
        return text;
    }
    let (years, days) = (days / DAYS_IN_YEAR, days % DAYS_IN_YEAR);
    let (months, days) = (days / DAYS_IN_MONTH, days % DAYS_IN_MONTH);
    let clock = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60];
    let [hours, minutes, seconds] = clock;
    put_pairs([years, months, days, hours, minutes, seconds], &mut text[..12]);
    text
}

/// `YYMMDDhhmm` in UTC, as in a receipt.
pub fn format_minutes(unix: i64) -> [u8; 10] {
    let mut text = [b'0'; 10];
    Civil::of(unix).put_pairs(&mut text);
    text
}

/// `YYMMDDhhmmss` in UTC, as in the receipts of those who count seconds.
pub fn format_seconds(unix: i64) -> [u8; 12] {
    let mut text = [b'0'; 12];
    text.copy_from_slice(&format_absolute(unix)[..12]);
    text
}

/// A date of a receipt as seconds since 1970, taken for UTC.
///
/// Ten digits are `YYMMDDhhmm`, twelve `YYMMDDhhmmss` or, if that is no date,
/// `YYYYMMDDhhmm`; fourteen `YYYYMMDDhhmmss`.
pub fn parse_receipt_date(digits: &[u8]) -> Option<i64> {
    let short = |digits: &[u8]| {
        let [year, month, day, hour, minute, second] = pairs(digits).ok()?;
        Civil { year: 2000 + i64::from(year), month, day, hour, minute, second }.unix()
    };
    let long = |digits: &[u8]| {
        let [century, year, month, day, hour, minute, second] = pairs(digits).ok()?;
        let year = i64::from(century) * 100 + i64::from(year);
        Civil { year, month, day, hour, minute, second }.unix()
    };
    let padded = |digits: &[u8]| {
        let mut padded = [b'0'; 14];
        padded[..digits.len()].copy_from_slice(digits);
        padded
    };
    match digits.len() {
        10 => short(&padded(digits)[..12]),
        12 => short(digits).or_else(|| long(&padded(digits))),
        14 => long(digits),
        _ => None,
    }
}

/// A moment of the Gregorian calendar, without a zone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Civil {
    year: i64,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

impl Civil {
    /// Seconds since 1970, if there is such a moment. A leap second is the next one.
    fn unix(self) -> Option<i64> {
        let is_leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let days_in_month = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            _ => return None,
        };
        let is_date = (1..=days_in_month).contains(&self.day);
        if !is_date || self.hour > 23 || self.minute > 59 || self.second > 60 {
            return None;
        }
        let hours = self.days_since_1970() * 24 + i64::from(self.hour);
        Some((hours * 60 + i64::from(self.minute)) * 60 + i64::from(self.second))
    }

    /// Counts from 1 March of year 0, so that the leap day ends a year; 400 years
    /// repeat exactly.
    fn days_since_1970(self) -> i64 {
        let (year, month) = if self.month > 2 {
            (self.year, i64::from(self.month) - 3)
        } else {
            (self.year - 1, i64::from(self.month) + 9)
        };
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let day_of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * DAYS_IN_ERA + day_of_era - DAYS_BEFORE_1970
    }

    fn of(unix: i64) -> Self {
        let days = unix.div_euclid(DAY_SECS) + DAYS_BEFORE_1970;
        let second = unix.rem_euclid(DAY_SECS);
        let (era, day_of_era) = (days.div_euclid(DAYS_IN_ERA), days.rem_euclid(DAYS_IN_ERA));
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let year = era * 400 + year_of_era + i64::from(month >= 10);
        Self {
            year,
            month: if month < 10 { month as u8 + 3 } else { month as u8 - 9 },
            day: day as u8,
            hour: (second / 3600) as u8,
            minute: (second / 60 % 60) as u8,
            second: (second % 60) as u8,
        }
    }

    /// Writes as many of year (two digits), month, day, hour, minute, second as fit.
    fn put_pairs(self, text: &mut [u8]) {
        let year = self.year.rem_euclid(100) as u64;
        let rest = [self.month, self.day, self.hour, self.minute, self.second];
        let [month, day, hour, minute, second] = rest.map(u64::from);
        put_pairs([year, month, day, hour, minute, second], text);
    }
}

fn put_pairs(values: [u64; 6], text: &mut [u8]) {
    for (value, pair) in values.into_iter().zip(text.chunks_exact_mut(2)) {
        pair.copy_from_slice(&[b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]);
    }
}

fn pairs<const N: usize>(digits: &[u8]) -> Result<[u8; N], TimeError> {
    if digits.len() != 2 * N {
        return Err(TimeError);
    }
    let mut values = [0; N];
    for (value, pair) in values.iter_mut().zip(digits.chunks_exact(2)) {
        *value = digit(pair[0])? * 10 + digit(pair[1])?;
    }
    Ok(values)
}

fn digit(octet: u8) -> Result<u8, TimeError> {
    if octet.is_ascii_digit() { Ok(octet - b'0') } else { Err(TimeError) }
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a time of the form YYMMDDhhmmsstnnp")
    }
}

impl std::error::Error for TimeError {}

const DAY_SECS: i64 = 86_400;
const QUARTER_SECS: i64 = 15 * 60;
const QUARTERS_MAX: u8 = 48;
const DAYS_IN_YEAR: u64 = 365;
const DAYS_IN_MONTH: u64 = 30;
const DAYS_IN_ERA: i64 = 146_097;
const DAYS_BEFORE_1970: i64 = 719_468;

#[cfg(test)]
mod tests;
