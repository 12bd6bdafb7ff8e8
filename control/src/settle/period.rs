//! The time a settlement is for: half open, UTC.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::Question;
use crate::fault::{Code, Fault, Outcome};

/// From an instant up to, and not with, another; Unix nanoseconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Period {
    /// The first instant.
    pub from_ns: i64,
    /// The first instant that no longer counts.
    pub to_ns: i64,
}

impl Period {
    /// The period of a question: a month, or from and to.
    pub fn of(question: &Question) -> Outcome<Self> {
        match (&question.month, &question.from, &question.to) {
            (Some(month), None, None) => Self::month(month),
            (None, Some(from), Some(to)) => {
                let period = Self { from_ns: instant(from)?, to_ns: instant(to)? };
                if period.from_ns >= period.to_ns {
                    return Err(Fault::invalid(format!("{from} is not before {to}")));
                }
                Ok(period)
            }
            _ => Err(Fault::new(Code::Usage, "say either --month, or --from and --to")),
        }
    }

    /// The calendar months, UTC, that lie in it as a whole.
    pub(super) fn months(&self) -> Outcome<Vec<Self>> {
        let first = Timestamp::from_nanosecond(self.from_ns.into())
            .map_err(|error| Fault::invalid(error.to_string()))?
            .to_zoned(TimeZone::UTC)
            .date()
            .first_of_month();
        let mut months = Vec::new();
        let mut begins = (first, midnight(first)?);
        while begins.1 < self.to_ns {
            let next = begins.0.checked_add(1.month());
            let next = next.map_err(|error| Fault::invalid(error.to_string()))?;
            let ends = (next, midnight(next)?);
            if begins.1 >= self.from_ns && ends.1 <= self.to_ns {
                months.push(Self { from_ns: begins.1, to_ns: ends.1 });
            }
            begins = ends;
        }
        Ok(months)
    }

    fn month(text: &str) -> Outcome<Self> {
        let fault = || Fault::invalid(format!("'{text}' is no month such as 2026-11"));
        let (year, month) = text.split_once('-').ok_or_else(fault)?;
        let (year, month) =
            (year.parse().map_err(|_| fault())?, month.parse().map_err(|_| fault())?);
        if !(2000..=9998).contains(&year) || !(1..=12).contains(&month) {
            return Err(fault());
        }
        let first = date(year, month, 1);
        let next = first.checked_add(1.month()).map_err(|_| fault())?;
        Ok(Self { from_ns: midnight(first)?, to_ns: midnight(next)? })
    }
}

fn instant(text: &str) -> Outcome<i64> {
    if let Ok(date) = text.parse::<Date>()
        && text.len() <= "2026-11-01".len()
    {
        return midnight(date);
    }
    let stamp: Timestamp = text.parse().map_err(|_| {
        Fault::invalid(format!("'{text}' is no date such as 2026-11-01 and no RFC 3339 time"))
    })?;
    nanoseconds(stamp)
}

fn midnight(date: Date) -> Outcome<i64> {
    let stamp = date.to_zoned(TimeZone::UTC).map_err(|error| Fault::invalid(error.to_string()))?;
    nanoseconds(stamp.timestamp())
}

fn nanoseconds(stamp: Timestamp) -> Outcome<i64> {
    i64::try_from(stamp.as_nanosecond())
        .ok()
        .filter(|ns| *ns >= 0)
        .ok_or_else(|| Fault::invalid(format!("{stamp} is out of range")))
}
