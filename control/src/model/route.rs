//! What makes a policy more than a pattern: where it leads, when it counts, whom a list holds
//! back, and how addresses are rewritten. Each is written as a few words of its own.

use std::fmt;
use std::str::FromStr;

use routing::{Address, Order, Pattern, Refusal, Side, Stance};

use super::unit::{Plane, as_text};
use crate::clock::rfc3339;
use crate::fault::nearest;

/// Where a policy leads: `env2`, `env2:weight=3:tps=500`, `refuse` or `refuse:no-route`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Via {
    /// Over a connection, or nowhere.
    pub to: To,
    /// Its share of what the policy takes, if the policy goes by weight.
    pub weight: u16,
    /// Sms per second on each shard; 0 is no limit.
    pub tps: u32,
}

/// Where a way leads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum To {
    /// Over the connection with this name.
    Connection(String),
    /// Nowhere.
    Refuse(Refusal),
}

/// Times of the week, UTC: `mon-fri 08:00-18:00`, `sat,sun 00:00-24:00`, `22:00-06:00`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Window {
    /// Which days it begins on, Monday first.
    days: [bool; 7],
    /// Minutes of the day; an end that is not behind the beginning is on the next day.
    from: u16,
    until: u16,
}

/// A list that somebody has to pass: `block calling spam`, `allow called ported`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Screen {
    /// The list's name.
    pub list: String,
    /// Who has to pass it.
    pub side: Side,
    /// What it means to be on it.
    pub stance: Stance,
}

/// A rule that changes an address: `called 00% strip=2 plane=1/1`, `calling % replace=INFO
/// plane=5/0`, `called 0% ton=2 strip=1 prepend=49`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rewrite(pub routing::Rewrite);

/// An instant, RFC 3339.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Instant(pub u64);

/// Orders, as operators call them.
pub(super) const ORDERS: &[(&str, Order)] = &[
    ("listed", Order::Listed),
    ("weight", Order::Weight),
    ("cost", Order::Cost),
    ("quality", Order::Quality),
];

/// What a policy can refuse with.
const REFUSALS: [(&str, Refusal); 5] = [
    ("barred", Refusal::Barred),
    ("no-route", Refusal::NoRoute),
    ("not-allowed", Refusal::NotAllowed),
    ("throttled", Refusal::Throttled),
    ("full", Refusal::Full),
];

const SIDES: [(&str, Side); 2] = [("calling", Side::Calling), ("called", Side::Called)];
const STANCES: [(&str, Stance); 2] = [("block", Stance::Block), ("allow", Stance::Allow)];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY: u16 = 24 * 60;

/// The word of a way that leads nowhere; no connection may have it as its name.
pub const REFUSE: &str = "refuse";

impl FromStr for Via {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        if name.is_empty() {
            return Err("a way needs the name of a connection, or 'refuse'".to_owned());
        }
        let mut via = Self { to: To::Connection(name.to_owned()), weight: 1, tps: 0 };
        if name == REFUSE {
            via.to = To::Refuse(Refusal::Barred);
        }
        for part in parts {
            let wrong = || format!("'{part}' of '{text}' is not understood; write {name}:weight=3");
            match (part.split_once('='), &via.to) {
                (Some(("weight", weight)), _) => {
                    via.weight = weight.parse().map_err(|_| wrong())?
                }
                (Some(("tps", tps)), _) => via.tps = tps.parse().map_err(|_| wrong())?,
                (None, To::Refuse(_)) => via.to = To::Refuse(one_of("refusal", &REFUSALS, part)?),
                _ => return Err(wrong()),
            }
        }
        Ok(via)
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.to {
            To::Connection(name) => f.write_str(name)?,
            To::Refuse(Refusal::Barred) => f.write_str(REFUSE)?,
            To::Refuse(refusal) => write!(f, "{REFUSE}:{}", word_of(&REFUSALS, *refusal))?,
        }
        if self.weight != 1 {
            write!(f, ":weight={}", self.weight)?;
        }
        if self.tps != 0 {
            write!(f, ":tps={}", self.tps)?;
        }
        Ok(())
    }
}

impl Via {
    /// The connection it leads over, if it does.
    pub fn connection(&self) -> Option<&str> {
        match &self.to {
            To::Connection(name) => Some(name),
            To::Refuse(_) => None,
        }
    }
}

impl FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("'{text}' is no time of the week; write mon-fri 08:00-18:00 or 22:00-06:00");
        let (days, hours) = match text.trim().split_once(' ') {
            Some((days, hours)) => (read_days(days).ok_or_else(wrong)?, hours.trim()),
            None => ([true; 7], text.trim()),
        };
        let (from, until) = hours.split_once('-').ok_or_else(wrong)?;
        let (from, until) = (minute(from).ok_or_else(wrong)?, minute(until).ok_or_else(wrong)?);
        if from >= DAY || from == until {
            return Err(wrong());
        }
        Ok(Self { days, from, until })
    }
}

/// `mon`, `mon,wed`, `mon-fri`, `sat-mon`.
fn read_days(text: &str) -> Option<[bool; 7]> {
    let day = |word: &str| DAYS.iter().position(|day| *day == word);
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut at, last) = (day(first)?, day(last)?);
        days[at] = true;
        while at != last {
            at = (at + 1) % 7;
            days[at] = true;
        }
    }
    Some(days)
}

/// `08:00`, up to `24:00`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let fits = |part: &str| part.len() == 2 && part.bytes().all(|octet| octet.is_ascii_digit());
    let (hour, minute): (u16, u16) = (
        Some(hour).filter(|h| fits(h))?.parse().ok()?,
        Some(minute).filter(|m| fits(m))?.parse().ok()?,
    );
    let whole = hour * 60 + minute;
    (minute < 60 && whole <= DAY).then_some(whole)
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days != [true; 7] {
            let mut at = 0;
            let mut comma = "";
            while at < 7 {
                let run = self.days[at..].iter().take_while(|on| **on).count();
                match run {
                    0 => {}
                    1 => write!(f, "{comma}{}", DAYS[at])?,
                    _ => write!(f, "{comma}{}-{}", DAYS[at], DAYS[at + run - 1])?,
                }
                comma = if run > 0 { "," } else { comma };
                at += run.max(1);
            }
            f.write_str(" ")?;
        }
        let (from, until) = (self.from, self.until);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)
    }
}

impl Window {
    /// As shards know it: minutes of the week, one piece for each day.
    pub fn pieces(&self) -> impl Iterator<Item = routing::Window> + '_ {
        (0u16..7).filter(|day| self.days[usize::from(*day)]).map(|day| {
            let next = if self.until <= self.from { DAY } else { 0 };
            let (from, until) = (day * DAY + self.from, day * DAY + self.until + next);
            let week = routing::Window::WEEK;
            routing::Window { from, until: if until > week { until - week } else { until } }
        })
    }
}

impl FromStr for Screen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [stance, side, list] = parts[..] else {
            return Err(format!("'{text}' is no screen; write 'block calling LIST'"));
        };
        let stance = one_of("stance", &STANCES, stance)?;
        Ok(Self { list: list.to_owned(), side: one_of("side", &SIDES, side)?, stance })
    }
}

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (stance, side) = (word_of(&STANCES, self.stance), word_of(&SIDES, self.side));
        write!(f, "{stance} {side} {}", self.list)
    }
}

impl FromStr for Rewrite {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split_whitespace();
        let (Some(side), Some(pattern)) = (parts.next(), parts.next()) else {
            return Err(format!("'{text}' is no rule; write 'called 00% strip=2'"));
        };
        let mut rule = routing::Rewrite {
            side: one_of("side", &SIDES, side)?,
            pattern: pattern.to_ascii_lowercase(),
            ton: None,
            replace: None,
            strip: 0,
            prepend: String::new(),
            plane: None,
        };
        for part in parts {
            let wrong = || {
                format!(
                    "'{part}' of '{text}' is not understood; there are strip=N, prepend=DIGITS, \
                     replace=ADDRESS, plane=TON/NPI and ton=N"
                )
            };
            let (key, value) = part.split_once('=').ok_or_else(wrong)?;
            let fits = !value.is_empty() && value.len() <= Address::LEN_MAX;
            match key {
                "strip" => rule.strip = value.parse().map_err(|_| wrong())?,
                "prepend" if fits => rule.prepend = value.to_owned(),
                "replace" if fits => rule.replace = Some(value.to_owned()),
                "ton" => rule.ton = Some(value.parse().map_err(|_| wrong())?),
                "plane" => rule.plane = Some(value.parse::<Plane>()?.0),
                _ => return Err(wrong()),
            }
        }
        if rule.replace.is_some() && (rule.strip > 0 || !rule.prepend.is_empty()) {
            return Err(format!("'{text}': what is replaced is neither cut nor lengthened"));
        }
        Ok(Self(rule))
    }
}

impl fmt::Display for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routing::Rewrite { side, pattern, ton, replace, strip, prepend, plane } = &self.0;
        write!(f, "{} {pattern}", word_of(&SIDES, *side))?;
        if let Some(ton) = ton {
            write!(f, " ton={ton}")?;
        }
        if *strip > 0 {
            write!(f, " strip={strip}")?;
        }
        if !prepend.is_empty() {
            write!(f, " prepend={prepend}")?;
        }
        if let Some(replace) = replace {
            write!(f, " replace={replace}")?;
        }
        if let Some(plane) = plane {
            write!(f, " plane={}", Plane(*plane))?;
        }
        Ok(())
    }
}

impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let stamp: Option<jiff::Timestamp> = text.parse().ok();
        let ns = stamp.and_then(|stamp| u64::try_from(stamp.as_nanosecond()).ok());
        let ns = ns.filter(|ns| *ns > 0);
        ns.map(Self).ok_or_else(|| format!("'{text}' is no instant; write 2026-12-01T00:00:00Z"))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&rfc3339(self.0, 0))
    }
}

/// What is wrong with a pattern of calling addresses or domains; nothing if nothing is.
pub(super) fn wrong_text_pattern(pattern: &str) -> Option<&'static str> {
    let plain = pattern.bytes().all(|octet| matches!(octet, b'!'..=b'~'));
    let fits = (1..=TEXT_PATTERN_MAX).contains(&pattern.len());
    (!plain || !fits).then_some("it has 1 to 64 visible characters")
}

/// Is it a pattern of numbers, a whole number, or a name: an entry of a list?
pub(super) fn is_list_entry(entry: &str) -> bool {
    let name = entry.len() <= Address::LEN_MAX && wrong_text_pattern(entry).is_none();
    Pattern::parse(entry).is_ok() || name
}

fn one_of<T: Copy>(what: &str, words: &[(&'static str, T)], word: &str) -> Result<T, String> {
    if let Some((_, value)) = words.iter().find(|(known, _)| *known == word) {
        return Ok(*value);
    }
    let known = || words.iter().map(|(known, _)| *known);
    let all = known().collect::<Vec<_>>().join(", ");
    Err(match nearest(word, known()) {
        Some(near) => format!("'{word}' is no {what}; did you mean {near}? ({all})"),
        None => format!("'{word}' is no {what}; there are {all}"),
    })
}

fn word_of<T: Copy + PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, known)| *known == value).map_or("?", |(word, _)| word)
}

as_text! { Via Window Screen Rewrite Instant }

/// A domain and its wildcards.
const TEXT_PATTERN_MAX: usize = 64;

#[cfg(test)]
mod tests;
