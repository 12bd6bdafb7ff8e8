//! Loops that leave no trace: a carrier that strips our TLV and hands back what it was given.
//!
//! What comes round has the same caller, called number and body, and comes from whom we gave it
//! to and not from whom we had it first. So equal texts are counted: few may come from anybody
//! else than the first sender, and as many as the plan says from that sender itself, because
//! campaigns are alike ([`routing::Echo`]). What counted its hops is judged by its path.

use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant};

use routing::{Address, Content, Ingress, Sms, Target};

use crate::limits::ECHOES_MAX;
use crate::shard::Shard;
use crate::tables::digest;

/// Equal texts of late: sets of a few, so that hearing one looks at two lines of memory and
/// allocates nothing. In a full set the text that was heard least makes room.
#[derive(Debug, Default)]
pub(crate) struct Echoes {
    sets: Vec<[Heard; SET]>,
    since: Option<Instant>,
    /// When a return was told to the operator.
    told: Option<Instant>,
}

/// How often a text came.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    text: u64,
    /// Milliseconds since the first text of all; 0 is free.
    until_ms: u64,
    first: (u8, u32),
    returns: u32,
    repeats: u32,
}

/// What is allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) returns: u32,
    pub(crate) repeats: Option<u32>,
    pub(crate) within: Duration,
}

/// What a text is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sound {
    /// Nothing remarkable.
    Text,
    /// An echo; the first one of its kind is told to the operator.
    Echo { first: bool },
}

impl Echoes {
    /// Counts a text of a sender.
    pub(crate) fn hear(
        &mut self,
        now: Instant,
        text: u64,
        sender: (u8, u32),
        patience: Patience,
    ) -> Sound {
        let since = *self.since.get_or_insert(now);
        let at_ms = now.saturating_duration_since(since).as_millis() as u64;
        if self.sets.is_empty() {
            self.sets = vec![[Heard::default(); SET]; ECHOES_MAX / SET];
        }
        let at = text as usize % self.sets.len();
        let heard = place(&mut self.sets[at], text, at_ms);
        if heard.text != text || heard.until_ms <= at_ms {
            let until_ms = at_ms + (patience.within.as_millis() as u64).max(1);
            *heard = Heard { text, until_ms, first: sender, returns: 0, repeats: 0 };
        }
        let (count, most) = if heard.first == sender {
            heard.repeats = heard.repeats.saturating_add(1);
            (heard.repeats, patience.repeats)
        } else {
            heard.returns = heard.returns.saturating_add(1);
            (heard.returns, Some(patience.returns))
        };
        match most {
            Some(most) if count > most => Sound::Echo { first: count == most + 1 },
            Some(_) | None => Sound::Text,
        }
    }
}

/// Where a text is counted: at its own place, at one that is out of date, or instead of the
/// text that was heard least, and of those the oldest.
fn place(set: &mut [Heard; SET], text: u64, at_ms: u64) -> &mut Heard {
    let worth = |heard: &Heard| {
        let known = heard.text == text && heard.until_ms > at_ms;
        let times = heard.returns.saturating_add(heard.repeats);
        (!known, (heard.until_ms > at_ms).then_some((times, heard.until_ms)))
    };
    let at = (0..SET).min_by_key(|at| worth(&set[*at])).unwrap_or(0);
    &mut set[at]
}

impl Shard {
    /// Is it a text that goes round in a circle?
    pub(crate) fn is_echo(&mut self, sms: &Sms) -> bool {
        if sms.trace.hops > 0 || !matches!(sms.target, Target::Connection { .. }) {
            return false;
        }
        let plan = self.plan.as_ref().and_then(|plan| plan.environment(sms.environment));
        let Some(echo) = plan.map(|environment| &environment.echo) else { return false };
        let or = |value: u32, product: u32| if value == 0 { product } else { value };
        let repeats = echo.repeats.to_native();
        let patience = Patience {
            returns: or(echo.returns.to_native(), RETURNS_MAX),
            repeats: (repeats > 0).then_some(repeats),
            within: Duration::from_secs(or(echo.within_secs.to_native(), WITHIN_SECS).into()),
        };
        match self.echoes.hear(self.at.now, text_of(sms), sender(sms), patience) {
            Sound::Text => false,
            Sound::Echo { first } => {
                if first {
                    let note = self.out.warn("routing loop", sms.number.to_string());
                    note.detail = format!("the same text came round from {:?}", sender(sms));
                }
                true
            }
        }
    }
}

impl Shard {
    /// An Sms came back to where it has been: its path says so. One note stands for all of a
    /// while, because crossing routes turn back whatever they are given.
    pub(crate) fn alarm_loop(&mut self, called: Address) {
        let now = self.at.now;
        let rests = |told: Instant| now.saturating_duration_since(told) < ALARM_PAUSE;
        if !self.echoes.told.is_some_and(rests) {
            self.echoes.told = Some(now);
            let note = self.out.warn("routing loop", called.to_string());
            note.detail = "it has been here before, or all its ways lead back".to_owned();
        }
    }
}

/// Equal for equal callers, called numbers and bodies, whoever sends them and however.
fn text_of(sms: &Sms) -> u64 {
    let mut hasher = digest();
    sms.environment.hash(&mut hasher);
    sms.source.as_bytes().hash(&mut hasher);
    sms.number.packed().hash(&mut hasher);
    match &sms.content {
        Content::Coded { octets, .. } => octets.hash(&mut hasher),
        Content::Text(text) => text.as_bytes().hash(&mut hasher),
    }
    hasher.finish()
}

fn sender(sms: &Sms) -> (u8, u32) {
    match sms.ingress {
        Ingress::Smpp { carrier, .. } => (0, carrier),
        Ingress::Connection { connection, .. } => (1, connection),
        Ingress::Sip { account, .. } => (2, account),
    }
}

/// How long one alarm stands for all.
const ALARM_PAUSE: Duration = Duration::from_secs(60);
/// Texts of one set: two lines of 64 octets.
const SET: usize = 4;

/// How often a text may come back.
const RETURNS_MAX: u32 = 5;

/// For how long equal texts are counted.
const WITHIN_SECS: u32 = 60;

#[cfg(test)]
mod tests;
