//! The time a settlement is for: half open, by the days of a zone.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::date;
use jiff::tz::TimeZone;

use super::{PeriodShown, Question};
use crate::clock::rfc3339;
use crate::fault::{Code, Fault, Outcome};
use crate::zone::{UTC, instant, start_of, zone};

/// From an instant up to, and not with, another; Unix nanoseconds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Period {
    /// The first instant.
    pub from_ns: i64,
    /// The first instant that no longer counts.
    pub to_ns: i64,
    /// The zone of its days and months.
    pub zone: String,
}

impl Period {
    /// The period of a question: a month, or from and to; in the zone that is usual unless it
    /// names another one.
    pub fn of(question: &Question, usual: &str) -> Outcome<Self> {
        let name = question.zone.as_deref().unwrap_or(usual);
        let there = zone(name)?;
        let (from_ns, to_ns) = match (&question.month, &question.from, &question.to) {
            (Some(month), None, None) => of_month(month, &there)?,
            (None, Some(from), Some(to)) => {
                let (from_ns, to_ns) = (instant(from, &there)?, instant(to, &there)?);
                if from_ns >= to_ns {
                    return Err(Fault::invalid(format!("{from} is not before {to}")));
                }
                (from_ns, to_ns)
            }
            _ => return Err(Fault::new(Code::Usage, "say either --month, or --from and --to")),
        };
        Ok(Self { from_ns, to_ns, zone: name.to_owned() })
    }

    pub(super) fn shown(&self) -> PeriodShown {
        PeriodShown {
            from: self.there(self.from_ns),
            to: self.there(self.to_ns),
            zone: (self.zone != UTC).then(|| self.zone.clone()),
            basis: "ts_received".to_owned(),
            half_open: true,
        }
    }

    /// RFC 3339 as clocks of its zone show it.
    fn there(&self, ns: i64) -> String {
        let utc = rfc3339(ns as u64, 0);
        if self.zone == UTC {
            return utc;
        }
        let there = Timestamp::from_nanosecond(ns.into()).ok().zip(zone(&self.zone).ok());
        there.map_or(utc, |(stamp, zone)| {
            stamp.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
        })
    }
}

fn of_month(text: &str, there: &TimeZone) -> Outcome<(i64, i64)> {
    let fault = || Fault::invalid(format!("'{text}' is no month such as 2026-11"));
    let (year, month) = text.split_once('-').ok_or_else(fault)?;
    let (year, month) = (year.parse().map_err(|_| fault())?, month.parse().map_err(|_| fault())?);
    if !(2000..=9998).contains(&year) || !(1..=12).contains(&month) {
        return Err(fault());
    }
    let first = date(year, month, 1);
    let next = first.checked_add(1.month()).map_err(|_| fault())?;
    Ok((start_of(first, there)?, start_of(next, there)?))
}
