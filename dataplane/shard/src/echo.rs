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

/// Equal texts of late: sets of a few, so that hearing one looks at one line of memory and
/// allocates nothing. In a full set the text that was heard least makes room.
#[derive(Debug, Default)]
pub(crate) struct Echoes {
    sets: Vec<Set>,
    since: Option<Instant>,
    /// When a return was told to the operator.
    told: Option<Instant>,
}

/// Texts that share a line of memory.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Set([Heard; SET]);

/// How often a text came. A text is known by half of its digest: that another one is taken for
/// it happens once in a billion, and counts it once.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    text: u32,
    /// In ticks since the first text of all; 0 is free.
    until: u32,
    first: u32,
    returns: u16,
    repeats: u16,
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
        sender: u32,
        patience: Patience,
    ) -> Sound {
        let since = *self.since.get_or_insert(now);
        let at = ticks(now.saturating_duration_since(since));
        if self.sets.is_empty() {
            self.sets = vec![Set::default(); ECHOES_MAX / SET];
        }
        let set = text as usize % self.sets.len();
        let heard = place(&mut self.sets[set], (text >> 32) as u32, at);
        if heard.until <= at || heard.text != (text >> 32) as u32 {
            let until = at.saturating_add(ticks(patience.within).max(1));
            *heard = Heard { text: (text >> 32) as u32, until, first: sender, ..Heard::default() };
        }
        let (count, most) = if heard.first == sender {
            heard.repeats = heard.repeats.saturating_add(1);
            (heard.repeats, patience.repeats)
        } else {
            heard.returns = heard.returns.saturating_add(1);
            (heard.returns, Some(patience.returns))
        };
        // More cannot be counted.
        let most = most.map(|most| u16::try_from(most).unwrap_or(u16::MAX).min(u16::MAX - 1));
        match most {
            Some(most) if count > most => Sound::Echo { first: count == most + 1 },
            Some(_) | None => Sound::Text,
        }
    }
}

/// Where a text is counted: at its own place, at one that is out of date, or instead of the
/// text that was heard least, and of those the one that came first.
fn place(set: &mut Set, text: u32, at: u32) -> &mut Heard {
    let Set(all) = set;
    if let Some(known) = all.iter().position(|heard| heard.text == text && heard.until > at) {
        return &mut all[known];
    }
    let times = |heard: &Heard| {
        (heard.until > at).then_some(u32::from(heard.returns) + u32::from(heard.repeats))
    };
    let least = (0..SET).min_by_key(|place| times(&all[*place])).unwrap_or(0);
    all[least..].rotate_left(1);
    &mut all[SET - 1]
}

fn ticks(passed: Duration) -> u32 {
    u32::try_from(passed.as_millis() / TICK_MS).unwrap_or(u32::MAX)
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
                    let note = self.out.warn("routing loop", "");
                    note.number = Some(sms.number.to_string());
                    note.detail = format!("the same text came round from {:?}", sms.ingress);
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
            let note = self.out.warn("routing loop", "");
            note.number = Some(called.to_string());
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

/// The kind of sender in the first two bits, its id in the others.
fn sender(sms: &Sms) -> u32 {
    match sms.ingress {
        Ingress::Smpp { carrier, .. } => carrier,
        Ingress::Connection { connection, .. } | Ingress::Trunk { connection, .. } => {
            connection ^ 1 << 30
        }
        Ingress::Sip { account, .. } => account ^ 2 << 30,
    }
}

/// How long one alarm stands for all.
const ALARM_PAUSE: Duration = Duration::from_secs(60);

/// Texts of one set: a line of 64 octets.
const SET: usize = 4;

/// Times are kept in ticks of this length, in milliseconds: 32 bits of them are eight years.
const TICK_MS: u128 = 64;

/// How often a text may come back.
const RETURNS_MAX: u32 = 5;

/// For how long equal texts are counted.
const WITHIN_SECS: u32 = 60;

#[cfg(test)]
mod tests;
