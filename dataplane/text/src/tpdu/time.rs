//! Times: seven octets of swapped digits, and the validity of a submission (TS 23.040 §9.2.3.11,
//! §9.2.3.12).

use super::{Cursor, TpduError};

/// A moment as the air interface writes it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Stamp {
    /// Seconds since 1970 in UTC; years are taken for those from 2000 on.
    pub unix_secs: i64,
}

/// How long a submission is valid.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Validity {
    /// As the message centre likes.
    #[default]
    Unsaid,
    /// For so many seconds.
    Relative(u32),
    /// Until then.
    Absolute(Stamp),
}

impl Stamp {
    pub(super) fn take(cursor: &mut Cursor<'_>) -> Result<Self, TpduError> {
        let octets = cursor.take(7)?;
        let pair = |at: usize| i64::from(octets[at] & 0x0F) * 10 + i64::from(octets[at] >> 4);
        let (year, month, day) = (2000 + pair(0), pair(1).clamp(1, 12), pair(2).clamp(1, 31));
        let of_day = pair(3) * 3600 + pair(4) * 60 + pair(5);
        // The sign is bit 3 of the first digit.
        let quarters = i64::from(octets[6] & 0x07) * 10 + i64::from(octets[6] >> 4);
        let east = if octets[6] & 0x08 == 0 { quarters } else { -quarters };
        Ok(Self { unix_secs: days(year, month, day) * 86_400 + of_day - east * 900 })
    }

    /// Appends the moment, in UTC.
    pub(super) fn put(self, out: &mut Vec<u8>) {
        let (of_day, days) = (self.unix_secs.rem_euclid(86_400), self.unix_secs.div_euclid(86_400));
        let (year, month, day) = civil(days);
        let clock = [of_day / 3600, of_day / 60 % 60, of_day % 60];
        for pair in [year.rem_euclid(100), month, day].into_iter().chain(clock) {
            out.push((pair % 10) as u8 * 16 + (pair / 10) as u8);
        }
        out.push(0);
    }
}

impl Validity {
    /// Reads the validity in the format that bits 4 and 3 of the first octet say (§9.2.3.3).
    pub(super) fn take(format: u8, cursor: &mut Cursor<'_>) -> Result<Self, TpduError> {
        Ok(match format & 3 {
            0 => Self::Unsaid,
            1 => Self::enhanced(cursor.take(7)?),
            2 => Self::Relative(relative(cursor.u8()?)),
            _ => Self::Absolute(Stamp::take(cursor)?),
        })
    }

    /// §9.2.3.12.3: the low bits of the first octet say how to read the others.
    fn enhanced(octets: &[u8]) -> Self {
        match octets[0] & 7 {
            1 => Self::Relative(relative(octets[1])),
            2 => Self::Relative(u32::from(octets[1])),
            3 => {
                let pair = |at: usize| u32::from(octets[at] & 15) * 10 + u32::from(octets[at] >> 4);
                Self::Relative(pair(1) * 3600 + pair(2) * 60 + pair(3))
            }
            _ => Self::Unsaid,
        }
    }
}

/// Seconds of a relative validity (§9.2.3.12.1).
fn relative(octet: u8) -> u32 {
    let value = u32::from(octet);
    match octet {
        0..=143 => (value + 1) * 300,
        144..=167 => 12 * 3600 + (value - 143) * 1800,
        168..=196 => (value - 166) * 86_400,
        197..=255 => (value - 192) * 7 * 86_400,
    }
}

/// Days from 1970 to a date; years begin in March so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + of_year - DAYS_TO_1970
}

/// The date so many days after 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_1970;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;
