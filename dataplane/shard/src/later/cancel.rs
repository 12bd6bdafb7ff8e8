//! cancel_sm: do not deliver it (SMPP 3.4 §4.9). A positive answer is a promise that it never
//! will be, and that it never was.

use std::collections::BTreeMap;
use std::time::Duration;

use routing::{MessageId, State};

use crate::attic::Errand;
use crate::deadlines::Timer;
use crate::flights::{Flight, Stage};
use crate::later::{About, Ask};
use crate::limits::{SWEEP_CANCELS, SWEEP_LOOKS};
use crate::shard::Shard;
use crate::spelling::Meant;

/// Questions about all Sms to an address, which look through the flights a piece at a time.
#[derive(Debug, Default)]
pub(crate) struct Sweeps {
    next: u64,
    sweeps: BTreeMap<u64, Sweep>,
}

#[derive(Debug)]
struct Sweep {
    ask: Box<Ask>,
    /// Where to go on.
    from: MessageId,
    /// Where to go on in the attic, which is looked through first.
    above: Option<MessageId>,
    /// So many are on their way down.
    awaited: usize,
}

impl Flight {
    /// Does it wait, and can it not have arrived already?
    pub(crate) fn is_untouched(&self) -> bool {
        let waits = matches!(self.stage, Stage::Scheduled | Stage::Gathering | Stage::Waiting);
        waits && self.unknowns == 0 && !self.touched
    }
}

impl Shard {
    /// Cancels what the asker knows by this name.
    pub(crate) fn cancel_named(&mut self, ask: &mut Ask, meant: Meant) {
        self.refuse_ended(ask, meant);
        for id in self.flights.meant(meant) {
            self.cancel(ask, id);
        }
    }

    fn cancel(&mut self, ask: &mut Ask, id: MessageId) -> bool {
        let Some(flight) = self.flights.get(id).filter(|flight| ask.means(&flight.sms)) else {
            return false;
        };
        let agrees = ask.agrees(&flight.sms);
        ask.found.whole |= agrees && flight.sms.group.is_none();
        if !agrees || !flight.is_untouched() {
            ask.found.refused += 1;
            return false;
        }
        ask.found.done += 1;
        self.settle(id, State::Deleted, CANCELLED_CODE);
        true
    }

    /// Begins to look for all Sms that are meant.
    pub(crate) fn begin_sweep(&mut self, ask: Box<Ask>) {
        self.sweeps.next += 1;
        let number = self.sweeps.next;
        let from = MessageId::from_bits(0);
        self.sweeps.sweeps.insert(number, Sweep { ask, from, above: Some(from), awaited: 0 });
        self.attic.is_held = true;
        self.continue_sweep(number);
    }

    /// Brings down what may be meant, as much as one turn can bear; `false` if that was all.
    fn look_above(&mut self, number: u64) -> bool {
        let Some(sweep) = self.sweeps.sweeps.get_mut(&number) else { return false };
        let About::Alike { destination, .. } = sweep.ask.about else { return false };
        let Some(from) = sweep.above.filter(|_| sweep.awaited == 0) else {
            return sweep.awaited > 0;
        };
        let asker = sweep.ask.asker;
        let sender = (asker.environment, asker.carrier, &destination);
        let (found, next) = self.attic.sent_to(from, SWEEP_LOOKS, sender);
        (sweep.above, sweep.awaited) = (next, found.len());
        if found.is_empty() && next.is_some() {
            self.deadlines.arm(self.at.now + SWEEP_PAUSE, Timer::Sweep(number));
        }
        let goes_on = !found.is_empty() || next.is_some();
        found.into_iter().for_each(|id| self.fetch_for(id, Errand::Sweep(number)));
        goes_on
    }

    /// One that may be meant is in memory, or cannot be read.
    pub(crate) fn sweep_fetched(&mut self, number: u64) {
        let Some(sweep) = self.sweeps.sweeps.get_mut(&number) else { return };
        sweep.awaited = sweep.awaited.saturating_sub(1);
        if sweep.awaited == 0 {
            self.deadlines.arm(self.at.now + SWEEP_PAUSE, Timer::Sweep(number));
        }
    }

    /// Looks through as many flights as one turn can bear.
    pub(crate) fn continue_sweep(&mut self, number: u64) {
        if self.look_above(number) {
            return;
        }
        let Some(sweep) = self.sweeps.sweeps.remove(&number) else { return };
        let Sweep { mut ask, from, above, awaited } = sweep;
        let mut looked: Vec<MessageId> = self.flights.ids_from(from).take(SWEEP_LOOKS).collect();
        let mut whole = looked.len() < SWEEP_LOOKS;
        let mut cancelled = 0;
        for (at, id) in looked.iter().enumerate() {
            cancelled += usize::from(self.cancel(&mut ask, *id));
            if cancelled == SWEEP_CANCELS {
                (whole, _) = (false, looked.truncate(at + 1));
                break;
            }
        }
        match looked.last().filter(|_| !whole) {
            Some(last) => {
                let from = MessageId::from_bits(last.bits() + 1);
                self.sweeps.sweeps.insert(number, Sweep { ask, from, above, awaited });
                self.deadlines.arm(self.at.now + SWEEP_PAUSE, Timer::Sweep(number));
            }
            None => {
                self.attic.is_held = !self.sweeps.sweeps.is_empty();
                self.asked(ask);
            }
        }
    }
}

/// Request Terminated (RFC 3261 §21.4.25): the code of an Sms that was cancelled here.
const CANCELLED_CODE: u32 = 487;

/// Others may have their turn between two pieces of a sweep.
const SWEEP_PAUSE: Duration = Duration::from_micros(100);
