//! Tapes, played to new shards.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use shard::{Adopted, Input, Mail, Moment, Output, Shard, ShardId};

use super::code::{Entry, Link, Noted};
use super::file::Recorded;
use super::taped::octets_of;

/// Plays the tapes of a node's shards.
pub struct Player<'a> {
    shards: Vec<Playing>,
    /// By sender and receiver: what was said and not yet heard.
    mail: BTreeMap<(u8, u8), VecDeque<Mail>>,
    /// When the node begins, as these shards have it.
    began: Instant,
    /// Finds a plan by its generation.
    plans: &'a dyn Fn(u64) -> Option<Adopted>,
    played: Played,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Played {
    /// Turns that were played.
    pub turns: u64,
    /// Inputs that were given.
    pub inputs: u64,
    /// The first turn that said something else than on the tape: the shard, and which turn of
    /// its.
    pub astray: Option<(u8, u64)>,
    /// Inputs that could not be given: mail of shards without a tape, plans that are gone.
    pub missing: u64,
}

struct Playing {
    mind: Shard,
    entries: std::vec::IntoIter<Noted>,
    turns: u64,
    /// It waits for mail in the middle of a turn.
    is_busy: bool,
}

impl<'a> Player<'a> {
    /// New shards for these tapes, made of what `config` tells each.
    pub fn new(
        tapes: Vec<Recorded>,
        config: impl Fn(ShardId) -> shard::Config,
        began: Instant,
        plans: &'a dyn Fn(u64) -> Option<Adopted>,
    ) -> Self {
        let playing = |tape: Recorded| Playing {
            mind: Shard::new(config(tape.shard), moment(began, tape.born)),
            entries: tape.entries.into_iter(),
            turns: 0,
            is_busy: false,
        };
        let mut shards: Vec<Option<Playing>> = Vec::new();
        for tape in tapes {
            let at = usize::from(tape.shard.0);
            shards.resize_with(shards.len().max(at + 1), || None);
            shards[at] = Some(playing(tape));
        }
        // A shard without a tape says nothing.
        let silent = |at: usize| Playing {
            mind: Shard::new(config(ShardId(at as u8)), moment(began, (0, 0))),
            entries: Vec::new().into_iter(),
            turns: 0,
            is_busy: false,
        };
        let shards = shards.into_iter().enumerate();
        let shards = shards.map(|(at, one)| one.unwrap_or_else(|| silent(at))).collect();
        Self { shards, mail: BTreeMap::new(), began, plans, played: Played::default() }
    }

    /// Plays all of it, in the order of time; `each` hears of every input before it is given.
    pub fn play(mut self, mut each: impl FnMut(ShardId, &Noted)) -> Played {
        while let Some(at) = self.earliest() {
            self.play_turn(at, &mut each);
        }
        self.played
    }

    fn earliest(&self) -> Option<usize> {
        let times = self.shards.iter().enumerate().filter_map(|(at, one)| {
            let first = one.entries.as_slice().first()?;
            Some((first.now_ns, at))
        });
        times.min().map(|(_, at)| at)
    }

    fn play_turn(&mut self, at: usize, each: &mut dyn FnMut(ShardId, &Noted)) {
        self.shards[at].is_busy = true;
        while let Some(noted) = self.shards[at].entries.next() {
            if let Entry::Turn(said) = noted.entry {
                self.end_turn(at, said);
                break;
            }
            each(ShardId(at as u8), &noted);
            self.give(at, noted, each);
        }
        self.shards[at].is_busy = false;
    }

    fn end_turn(&mut self, at: usize, said: u32) {
        let Self { shards, mail, played, .. } = self;
        let one = &mut shards[at];
        let mut says = 0u32;
        while let Some(output) = one.mind.poll_output() {
            says = says.wrapping_add(octets_of(&output));
            if let Output::Post { to, mail: one } = output {
                mail.entry((at as u8, to.0)).or_default().push_back(one);
            }
        }
        one.turns += 1;
        played.turns += 1;
        if says != said && said != u32::MAX && played.astray.is_none() {
            played.astray = Some((at as u8, one.turns));
        }
    }

    fn give(&mut self, at: usize, noted: Noted, each: &mut dyn FnMut(ShardId, &Noted)) {
        let when = moment(self.began, (noted.now_ns, noted.unix_ns));
        let mail = match noted.entry {
            Entry::Mail(from) => self.mail_of(from, at, each),
            _ => None,
        };
        let adopted = match noted.entry {
            Entry::Adopted(generation) => (self.plans)(generation),
            _ => None,
        };
        let Some(input) = input_of(&noted.entry, mail, adopted) else {
            self.played.missing += 1;
            return;
        };
        self.played.inputs += 1;
        self.shards[at].mind.handle(when, input);
    }

    /// What a shard said to another; it may have to be heard out first.
    fn mail_of(
        &mut self,
        from: u8,
        at: usize,
        each: &mut dyn FnMut(ShardId, &Noted),
    ) -> Option<Mail> {
        let pair = (from, at as u8);
        loop {
            if let Some(mail) = self.mail.get_mut(&pair).and_then(VecDeque::pop_front) {
                return Some(mail);
            }
            let sender = self.shards.get(usize::from(from))?;
            if sender.is_busy || sender.entries.as_slice().is_empty() {
                return None;
            }
            self.play_turn(from.into(), each);
        }
    }
}

fn moment(began: Instant, (now_ns, unix_ns): (u64, u64)) -> Moment {
    Moment { now: began + Duration::from_nanos(now_ns), unix_ns }
}

fn input_of(entry: &Entry, mail: Option<Mail>, plan: Option<Adopted>) -> Option<Input<'_>> {
    Some(match entry {
        Entry::Turn(_) | Entry::Lost => return None,
        Entry::Adopted(_) => Input::Adopted(plan?),
        Entry::Tapped(taps) => Input::Tapped(taps.as_slice().into()),
        Entry::Bytes(link, bytes) => Input::Bytes { link: *link, bytes },
        Entry::Datagram(socket, peer, bytes) => {
            Input::Datagram { socket: *socket, peer: *peer, bytes }
        }
        Entry::Linked(Link { link, listener, local, peer, tls }) => {
            let (link, listener) = (*link, *listener);
            Input::Linked { link, listener, local: *local, peer: *peer, tls: *tls }
        }
        Entry::Unlinked(link, cause) => Input::Unlinked { link: *link, cause: *cause },
        Entry::Mail(from) => Input::Mail { from: ShardId(*from), mail: mail? },
        Entry::Recorded(upto) => Input::Recorded { upto: *upto },
        Entry::NotRecorded => Input::NotRecorded,
        Entry::Scarce(yes) => Input::Scarce(*yes),
        Entry::Recovering(yes) => Input::Recovering(*yes),
        Entry::Recovered(flight) => Input::Recovered(flight.clone()),
        Entry::Doubtful(sms) => Input::Doubtful(sms.clone()),
        Entry::Doubted(doubts) => Input::Doubted(doubts.clone()),
        Entry::Orphans(orphans) => Input::Orphans(orphans.clone()),
        Entry::Finals(finals) => Input::Finals(finals.clone()),
        Entry::Paid(paid) => Input::Paid(paid.as_slice().into()),
        Entry::Spent(spent) => Input::Spent(spent.clone()),
        Entry::Known(contacts) => Input::Known(contacts.clone()),
        Entry::Stowed(id, is_kept) => Input::Stowed { id: *id, is_kept: *is_kept },
        Entry::Fetched(id, octets) => Input::Fetched { id: *id, octets: octets.as_deref() },
        Entry::Time => Input::Time,
        Entry::Pause => Input::Pause,
        Entry::Freeze => Input::Freeze,
        Entry::Handed(link) => Input::Handed(link.clone()),
        Entry::Stop => Input::Stop,
    })
}
