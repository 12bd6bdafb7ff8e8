//! A ladder: who said what to whom, one Sms after the other.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;

use owo_colors::OwoColorize;
use serde::Serialize;

use super::packets::Packet;

/// All that passed of one Sms, in the order of time.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Journey {
    id: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, Serialize)]
struct Step {
    at_ns: u64,
    from: SocketAddr,
    to: SocketAddr,
    /// Did we send it?
    sent: bool,
    /// The command or the method, or the status of an answer.
    what: String,
    /// It says no.
    bad: bool,
}

/// The Sms of a capture, the oldest first.
pub(super) fn journeys(packets: impl Iterator<Item = Packet>) -> Vec<Journey> {
    let mut by_id: BTreeMap<String, Vec<Step>> = BTreeMap::new();
    for packet in packets {
        let Packet { at_ns, from, to, sent, id: Some(id), payload } = packet else { continue };
        let Some((what, bad)) = named(&payload) else { continue };
        by_id.entry(id).or_default().push(Step { at_ns, from, to, sent, what, bad });
    }
    let sorted = |(id, mut steps): (String, Vec<Step>)| {
        // What came is before what it led to, in the same turn of the clock.
        steps.sort_by_key(|step| (step.at_ns, step.sent));
        Journey { id, steps }
    };
    by_id.into_iter().map(sorted).collect()
}

/// Draws one.
pub(super) fn draw(journey: &Journey) -> String {
    let mut ends: Vec<SocketAddr> = Vec::new();
    for step in &journey.steps {
        for end in [step.from, step.to] {
            if !ends.contains(&end) {
                ends.push(end);
            }
        }
    }
    let began = journey.steps.first().map_or(0, |step| step.at_ns);
    let mut out = format!("SMS {}\n{:TIME$}", journey.id.bold(), "");
    for end in &ends {
        let _ = write!(out, "{:^WIDTH$}", end.to_string());
    }
    for step in &journey.steps {
        let passed_ms = step.at_ns.saturating_sub(began) as f64 / 1e6;
        let _ = write!(out, "\n{passed_ms:>9.3} ms ");
        let line = rung(&ends, step);
        let _ = match step.bad {
            true => write!(out, "{}", line.red()),
            false => write!(out, "{line}"),
        };
    }
    out
}

/// The line of one step: a bar for each end, and an arrow between two of them.
fn rung(ends: &[SocketAddr], step: &Step) -> String {
    let place = |end| ends.iter().position(|known| *known == end).unwrap_or_default();
    let (from, to) = (place(step.from), place(step.to));
    let (left, right) = (from.min(to), from.max(to));
    let bar = |at: usize| at * WIDTH + WIDTH / 2;
    let mut cells: Vec<char> = vec![' '; ends.len() * WIDTH];
    (0..ends.len()).for_each(|at| cells[bar(at)] = '\u{2502}');
    if left < right {
        let (first, last) = (bar(left) + 1, bar(right) - 1);
        cells[first..=last].fill('\u{2500}');
        let words: Vec<char> = format!(" {} ", step.what).chars().take(last - first - 1).collect();
        let start = first + (last - first + 1 - words.len()) / 2;
        cells[start..start + words.len()].copy_from_slice(&words);
        match from < to {
            true => cells[last] = '\u{25b6}',
            false => cells[first] = '\u{25c0}',
        }
    }
    cells.into_iter().collect::<String>().trim_end().to_owned()
}

/// What a message is, in a word, and whether it says no.
fn named(payload: &[u8]) -> Option<(String, bool)> {
    if payload.first()?.is_ascii_uppercase() {
        let line = String::from_utf8_lossy(payload.split(|octet| *octet == b'\r').next()?);
        return Some(match line.strip_prefix("SIP/2.0 ") {
            Some(status) => (status.to_owned(), status >= "4"),
            None => (line.split(' ').next()?.to_owned(), false),
        });
    }
    let four = |at: usize| Some(u32::from_be_bytes(*payload.get(at..)?.first_chunk::<4>()?));
    let (command, status) = (four(4)?, four(8)?);
    let (_, name) = COMMANDS.iter().find(|(id, _)| *id == command & !RESPONSE)?;
    Some(match (command & RESPONSE != 0, status) {
        (false, _) => ((*name).to_owned(), false),
        (true, 0) => (format!("{name}_resp"), false),
        (true, status) => (format!("{name}_resp 0x{status:x}"), true),
    })
}

/// SMPP 3.4 section 5.1.2.1.
const COMMANDS: [(u32, &str); 6] = [
    (0x03, "query_sm"),
    (0x04, "submit_sm"),
    (0x05, "deliver_sm"),
    (0x07, "replace_sm"),
    (0x08, "cancel_sm"),
    (0x103, "data_sm"),
];

const RESPONSE: u32 = 0x8000_0000;

/// The column of one end.
const WIDTH: usize = 26;

/// The column of the time.
const TIME: usize = 13;

#[cfg(test)]
mod tests;
