//! The receipts an SMSC owes: each is sent until it is answered, over any session of its ESME.

use std::collections::VecDeque;
use std::time::Instant;

use smpp::MessageState;

/// One receipt, owed until its deliver_sm_resp.
#[derive(Clone, Debug)]
pub(super) struct Owed {
    /// When it may be sent.
    pub(super) at: Instant,
    /// Which ESME gets it.
    pub(super) system_id: Vec<u8>,
    /// The source of the submit_sm: type of number, plan, address.
    pub(super) source: (u8, u8, Vec<u8>),
    /// Its destination.
    pub(super) destination: (u8, u8, Vec<u8>),
    /// The id as receipts have it.
    pub(super) id: String,
    /// What became of the message.
    pub(super) state: MessageState,
    /// When the message came, seconds since 1970.
    pub(super) submitted: i64,
    /// The beginning of its text.
    pub(super) text: Vec<u8>,
}

/// What is owed, and what is on its way.
#[derive(Debug, Default)]
pub(super) struct Debts {
    /// Not sent, soonest first.
    waiting: VecDeque<u32>,
    /// All of them; `None` once settled.
    all: Vec<Option<Owed>>,
    /// Not settled.
    open: u64,
    /// Receipts written to a link, every copy counted.
    pub(super) sent: u64,
    /// Receipts answered positively.
    pub(super) answered: u64,
    /// Receipts answered negatively, and given up.
    pub(super) refused: u64,
}

impl Debts {
    /// One more to send; delays are equal, so they come in order.
    pub(super) fn owe(&mut self, owed: Owed) {
        self.waiting.push_back(self.all.len() as u32);
        self.all.push(Some(owed));
        self.open += 1;
    }

    /// Takes the next receipt that is due and that `can_take` finds a session for.
    ///
    /// Those of an ESME without a session are stepped over and stay where they are.
    pub(super) fn next(
        &mut self,
        now: Instant,
        mut can_take: impl FnMut(&[u8]) -> bool,
    ) -> Option<(u32, Owed)> {
        for place in 0..self.waiting.len() {
            let number = self.waiting[place];
            let owed = self.all[number as usize].as_ref()?;
            if owed.at > now {
                return None;
            }
            if can_take(&owed.system_id) {
                let owed = owed.clone();
                self.waiting.remove(place);
                self.sent += 1;
                return Some((number, owed));
            }
        }
        None
    }

    /// The ESME answered.
    pub(super) fn settle(&mut self, number: u32, positive: bool) {
        if self.all[number as usize].take().is_some() {
            self.open -= 1;
            *(if positive { &mut self.answered } else { &mut self.refused }) += 1;
        }
    }

    /// The session broke before the ESME answered.
    pub(super) fn unsettle(&mut self, number: u32) {
        if self.all[number as usize].is_some() {
            self.waiting.push_front(number);
        }
    }

    /// Receipts not yet answered.
    pub(super) const fn open(&self) -> u64 {
        self.open
    }

    /// When the next receipt may be sent; `None` if it only lacks a session.
    pub(super) fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        let at = |number: &u32| self.all[*number as usize].as_ref().map(|owed| owed.at);
        self.waiting.iter().filter_map(at).find(|at| *at > now)
    }
}
