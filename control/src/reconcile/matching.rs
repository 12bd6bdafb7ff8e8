//! Which of their rows is which of ours, and why they differ.

use std::collections::{BTreeMap, HashMap};

use super::ours::Our;
use super::theirs::Their;
use super::{Detail, Difference, Reason, Side};
use crate::clock::rfc3339;
use crate::fault::{Fault, Outcome};

/// Within which times rows are the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// The period: ours count from the first instant up to, and not with, the second.
    pub(super) period: (i64, i64),
    /// How far apart the same Sms may be in both.
    pub(super) window_ns: i64,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) ours: Side,
    pub(super) theirs: Side,
    pub(super) alike: i64,
    pub(super) differences: Vec<Difference>,
    pub(super) details: Vec<Detail>,
}

/// Matches and explains.
pub(super) fn matched(ours: &[Our], theirs: &[Their], bounds: Bounds) -> Outcome<Found> {
    let pairs = pair(ours, theirs, bounds);
    let mut report = Report { bounds, found: Found::default(), sums: BTreeMap::new() };
    let mut taken = vec![false; ours.len()];
    for (their, pair) in theirs.iter().zip(&pairs) {
        match *pair {
            Pair::Ours(at) => {
                taken[at] = true;
                report.both(&ours[at], their)?;
            }
            Pair::Again(at) => {
                let doubled = ours[at].doubled;
                let reason = if doubled { Reason::PossibleDuplicate } else { Reason::Duplicate };
                report.theirs_alone(reason, their, Some(&ours[at]))?;
            }
            Pair::Refused(at) => report.theirs_alone(Reason::Refused, their, Some(&ours[at]))?,
            Pair::Nobody => report.theirs_alone(Reason::OnlyTheirs, their, None)?,
        }
    }
    for (our, _) in ours.iter().zip(&taken).filter(|(_, taken)| !**taken) {
        report.ours_alone(our)?;
    }
    let Report { mut found, sums, .. } = report;
    found.differences = sums.into_values().collect();
    Ok(found)
}

/// What one of their rows is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Pair {
    /// One of ours.
    Ours(usize),
    /// One of ours that another of theirs is already.
    Again(usize),
    /// One that we refused.
    Refused(usize),
    /// Nothing that we know.
    Nobody,
}

/// By the message id first, then by number and time, the nearest first.
fn pair(ours: &[Our], theirs: &[Their], bounds: Bounds) -> Vec<Pair> {
    let named = ours.iter().enumerate().filter(|(_, our)| !our.refused && !our.name.is_empty());
    let by_name: HashMap<String, usize> =
        named.map(|(at, our)| (our.name.to_ascii_uppercase(), at)).collect();
    let mut numbers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, our) in ours.iter().enumerate() {
        numbers.entry(&our.number).or_default().push(at);
    }
    let mut pairs = vec![Pair::Nobody; theirs.len()];
    let mut taken = vec![false; ours.len()];
    for (pair, their) in pairs.iter_mut().zip(theirs) {
        let known = their.id.as_ref().and_then(|id| by_name.get(&id.to_ascii_uppercase()));
        if let Some(at) = known.copied() {
            let again = std::mem::replace(&mut taken[at], true);
            *pair = if again { Pair::Again(at) } else { Pair::Ours(at) };
        }
    }
    // The nearest of all finds its pair first, so that no order of lines changes anything.
    let mut near = Vec::new();
    for (place, their) in theirs.iter().enumerate() {
        let (Pair::Nobody, Some(at_ns)) = (pairs[place], their.at_ns) else { continue };
        for our in numbers.get(their.number.as_str()).into_iter().flatten() {
            let apart = ours[*our].at_ns.abs_diff(at_ns);
            if apart <= bounds.window_ns.unsigned_abs() {
                near.push((apart, place, *our));
            }
        }
    }
    near.sort_unstable();
    for pass in [Pair::Ours as fn(usize) -> Pair, Pair::Refused, Pair::Again] {
        for (_, place, our) in &near {
            let refused = ours[*our].refused;
            let fits = match pass(0) {
                Pair::Ours(_) => !refused && !taken[*our],
                Pair::Refused(_) => refused && !taken[*our],
                Pair::Again(_) | Pair::Nobody => !refused,
            };
            if pairs[*place] == Pair::Nobody && fits {
                taken[*our] = true;
                pairs[*place] = pass(*our);
            }
        }
    }
    pairs
}

/// Sums and details as they grow.
struct Report {
    bounds: Bounds,
    found: Found,
    sums: BTreeMap<Reason, Difference>,
}

impl Report {
    fn counts(&self, our: &Our) -> bool {
        (self.bounds.period.0..self.bounds.period.1).contains(&our.at_ns)
    }

    /// Both have it.
    fn both(&mut self, our: &Our, their: &Their) -> Outcome<()> {
        // A file without units or amounts says nothing about them.
        let units = their.units.unwrap_or(our.units);
        let price = if our.units == 0 { 0 } else { our.micros / our.units };
        let micros = their.micros.unwrap_or_else(|| price.saturating_mul(units));
        add(&mut self.found.theirs, units, micros)?;
        if !self.counts(our) {
            self.tell(Reason::Timing, Some(our), Some(their), (units, micros));
            return Ok(());
        }
        add(&mut self.found.ours, our.units, our.micros)?;
        let more_units = units - our.units;
        let of_units = price.saturating_mul(more_units);
        let of_price = micros - our.micros - of_units;
        if more_units != 0 {
            self.tell(Reason::Segments, Some(our), Some(their), (more_units, of_units));
        }
        if of_price != 0 {
            self.tell(Reason::Price, Some(our), Some(their), (0, of_price));
        }
        self.found.alike += i64::from(more_units == 0 && of_price == 0);
        Ok(())
    }

    fn theirs_alone(&mut self, reason: Reason, their: &Their, our: Option<&Our>) -> Outcome<()> {
        let units = their.units.unwrap_or(1);
        let price = our.filter(|our| our.units != 0).map_or(0, |our| our.micros / our.units);
        let micros = their.micros.unwrap_or_else(|| price.saturating_mul(units));
        add(&mut self.found.theirs, units, micros)?;
        self.tell(reason, our, Some(their), (units, micros));
        Ok(())
    }

    /// Ours that they have not; what costs nothing is no difference.
    fn ours_alone(&mut self, our: &Our) -> Outcome<()> {
        if our.refused || !self.counts(our) {
            return Ok(());
        }
        add(&mut self.found.ours, our.units, our.micros)?;
        let (from_ns, to_ns) = self.bounds.period;
        let window = self.bounds.window_ns;
        let edge = our.at_ns - from_ns < window || to_ns - our.at_ns <= window;
        let reason = if edge { Reason::Timing } else { Reason::OnlyOurs };
        self.tell(reason, Some(our), None, (-our.units, -our.micros));
        Ok(())
    }

    fn tell(
        &mut self,
        reason: Reason,
        our: Option<&Our>,
        their: Option<&Their>,
        (units, micros): (i64, i64),
    ) {
        let sum =
            self.sums.entry(reason).or_insert(Difference { reason, rows: 0, units: 0, micros: 0 });
        sum.rows += 1;
        sum.units += units;
        sum.micros += micros;
        if self.found.details.len() < DETAILS_MAX {
            let at_ns = our.map(|our| our.at_ns).or_else(|| their?.at_ns);
            let number = our.map(|our| &our.number).or_else(|| their.map(|their| &their.number));
            self.found.details.push(Detail {
                reason,
                line: their.map(|their| their.line),
                id: our.map(|our| our.id.clone()),
                number: number.cloned().unwrap_or_default(),
                at: at_ns.map(|at| rfc3339(at.unsigned_abs(), 3)).unwrap_or_default(),
                units,
                micros,
            });
        }
    }
}

fn add(side: &mut Side, units: i64, micros: i64) -> Outcome<()> {
    let too_large = || Fault::invalid("the amounts are too large to be added");
    side.rows += 1;
    side.units = side.units.checked_add(units).ok_or_else(too_large)?;
    side.micros = side.micros.checked_add(micros).ok_or_else(too_large)?;
    Ok(())
}

/// Differences that are told one by one at most.
const DETAILS_MAX: usize = 10_000;
