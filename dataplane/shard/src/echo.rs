//! Loops that leave no trace: a carrier that strips our TLV and hands back what it was given.
//!
//! What comes round has the same caller, called number and body, and comes from whom we gave it
//! to and not from whom we had it first. So equal texts are counted: few may come from anybody
//! else than the first sender, and as many as the plan says from that sender itself, because
//! campaigns are alike ([`routing::Echo`]). What counted its hops is judged by its path.

use std::collections::VecDeque;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use routing::{Address, Content, Ingress, Sms, Target};

use crate::limits::ECHOES_MAX;
use crate::shard::Shard;
use crate::tables::Table;

/// Equal texts of late.
#[derive(Debug, Default)]
pub(crate) struct Echoes {
    known: Table<u64, Count>,
    order: VecDeque<(Instant, u64)>,
    /// When a return was told to the operator.
    told: Option<Instant>,
}

/// How often a text came.
#[derive(Clone, Copy, Debug)]
struct Count {
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
        self.forget(now);
        let until = now + patience.within;
        let order = &mut self.order;
        let count = self.known.entry(text).or_insert_with(|| {
            order.push_back((until, text));
            Count { first: sender, returns: 0, repeats: 0 }
        });
        let (heard, most) = if count.first == sender {
            count.repeats = count.repeats.saturating_add(1);
            (count.repeats, patience.repeats)
        } else {
            count.returns = count.returns.saturating_add(1);
            (count.returns, Some(patience.returns))
        };
        match most {
            Some(most) if heard > most => Sound::Echo { first: heard == most + 1 },
            Some(_) | None => Sound::Text,
        }
    }

    fn forget(&mut self, now: Instant) {
        while let Some((until, text)) = self.order.front().copied() {
            if until > now && self.order.len() <= ECHOES_MAX {
                return;
            }
            self.order.pop_front();
            self.known.remove(&text);
        }
    }
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
    let mut hasher = BuildHasherDefault::<DefaultHasher>::default().build_hasher();
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

/// How often a text may come back.
const RETURNS_MAX: u32 = 5;

/// For how long equal texts are counted.
const WITHIN_SECS: u32 = 60;

#[cfg(test)]
mod tests;
