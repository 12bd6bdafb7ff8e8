//! What became of every single SMS.
//!
//! One row per SMS, from submit to receipt; the totals are kept on the way, and the final
//! account is read from the rows, so that a mistake in one would show against the other.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasher, Hasher};

use smpp::{MessageState, Status};

use crate::latency::Latency;
use crate::pace::Step;
use crate::steps::Steps;

/// The rows and the totals.
#[derive(Debug)]
pub(crate) struct Ledger {
    rows: Vec<Row>,
    hash: std::hash::BuildHasherDefault<std::hash::DefaultHasher>,
    /// What happened so far.
    pub(crate) totals: Totals,
    /// From due to submit_sm_resp.
    pub(crate) response: Latency,
    /// From due to arrival.
    pub(crate) delivery: Latency,
    /// From due to receipt.
    pub(crate) receipt: Latency,
    /// The same for each step of a ramp.
    pub(crate) steps: Steps,
    /// SMS by the hash of their message id, if receipts may come that repeat no text.
    names: Option<HashMap<u64, u32>>,
    /// Such receipts that came before the response that would name their SMS.
    nameless: HashMap<u64, Nameless>,
    /// SMS that are to leave again, each with the moment, if a run goes on after a break.
    again: Option<VecDeque<(u64, u32)>>,
    /// All rows before this one are answered.
    answered_to: usize,
}

/// A receipt whose SMS is not known yet.
#[derive(Clone, Copy, Debug)]
struct Nameless {
    bind: u16,
    state: MessageState,
    now_ns: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Row {
    /// When it was due, microseconds since the run began.
    due_us: u32,
    /// The bind it left over.
    bind: u16,
    seen: u8,
    /// The message id of the response, hashed.
    id_hash: u64,
    /// What the copies of one arrival have in common (a Call-ID), hashed.
    arrival_hash: u64,
}

/// What was counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    /// SMS written to a bind.
    pub(crate) submitted: u64,
    /// Positive responses.
    pub(crate) accepted: u64,
    /// Negative responses, by status.
    pub(crate) refused: BTreeMap<u32, u64>,
    /// Responses to nothing, or for the second time.
    pub(crate) responses_stray: u64,
    /// SMS that arrived, each counted once.
    pub(crate) delivered: u64,
    /// Arrivals of an SMS that had arrived as another message.
    pub(crate) delivered_twice: u64,
    /// Arrivals of the very same message again (SIP over UDP may do that).
    pub(crate) retransmissions: u64,
    /// Receipts, each SMS counted once.
    pub(crate) receipts: u64,
    /// Receipts that say something else than DELIVRD, by their word.
    pub(crate) receipts_other: BTreeMap<&'static str, u64>,
    /// Receipts of an SMS that had one.
    pub(crate) receipts_twice: u64,
    /// The same receipt once more, in a run that goes on after a break: nobody knew that it came.
    pub(crate) receipts_repeated: u64,
    /// Binds that broke and were made again.
    pub(crate) breaks: u64,
    /// SMS that left again: their bind broke before the answer, or they were refused for now.
    pub(crate) again: u64,
    /// Receipts whose id is not the one of the response.
    pub(crate) receipts_misnamed: u64,
    /// Receipts that came before the response over the same bind.
    pub(crate) receipts_early: u64,
    /// Receipts that came over another bind before the response was read: between two
    /// connections nobody can keep an order.
    pub(crate) receipts_overtaking: u64,
    /// Texts and receipts of other runs.
    pub(crate) strangers: u64,
    /// Texts and receipts without a mark.
    pub(crate) unmarked: u64,
}

/// The final account, read from the rows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Account {
    /// Submitted, no response.
    pub(crate) unanswered: u64,
    /// Accepted, never arrived.
    pub(crate) lost: u64,
    /// Arrived although refused.
    pub(crate) phantoms: u64,
    /// Accepted, no receipt.
    pub(crate) unreceipted: u64,
}

impl Ledger {
    /// An empty ledger with room for `expected` rows.
    pub(crate) fn new(expected: usize) -> Self {
        Self {
            rows: Vec::with_capacity(expected),
            hash: std::hash::BuildHasherDefault::default(),
            totals: Totals::default(),
            response: Latency::new(),
            delivery: Latency::new(),
            receipt: Latency::new(),
            steps: Steps::default(),
            names: None,
            nameless: HashMap::new(),
            again: None,
            answered_to: 0,
        }
    }

    /// What breaks is made again, and what was not answered leaves again.
    pub(crate) fn persist(&mut self) {
        self.again = Some(VecDeque::new());
    }

    /// Receipts may come that repeat no text: those of UCS-2. Their ids tell what they are about.
    pub(crate) fn remember_names(&mut self) {
        self.names = Some(HashMap::new());
    }

    /// Latencies are kept for each of these steps, too.
    pub(crate) fn begin_steps(&mut self, steps: &[Step]) {
        self.steps = Steps::new(steps);
    }

    /// The next SMS, numbered from 0, was written to that bind.
    pub(crate) fn handle_submitted(&mut self, due_ns: u64, bind: u16) {
        self.rows.push(Row { due_us: micros(due_ns), bind, ..Row::default() });
        self.totals.submitted += 1;
    }

    /// SMS `id` was written again, to that bind.
    pub(crate) fn handle_submitted_again(&mut self, id: u32, bind: u16) {
        let row = &mut self.rows[id as usize];
        row.bind = bind;
        row.seen |= AGAIN;
        self.totals.again += 1;
    }

    /// A bind broke: what it owes an answer leaves again, over whichever takes it.
    pub(crate) fn handle_broken(&mut self, bind: u16, now_ns: u64) {
        let Some(again) = &mut self.again else { return };
        self.totals.breaks += 1;
        let open = self.rows[self.answered_to..].iter().take_while(|row| row.has(ANSWERED));
        self.answered_to += open.count();
        for (place, row) in self.rows.iter_mut().enumerate().skip(self.answered_to) {
            if row.bind == bind && !row.has(ANSWERED) && !row.has(WAITING) {
                row.seen |= WAITING;
                again.push_back((now_ns, place as u32));
            }
        }
    }

    /// The next SMS that leaves again, if its moment has come. It is taken by
    /// [`Self::take_again`] once a bind had room for it.
    pub(crate) fn next_again(&self, now_ns: u64) -> Option<u32> {
        let (due_ns, id) = self.again.as_ref()?.front()?;
        (*due_ns <= now_ns).then_some(*id)
    }

    /// What [`Self::next_again`] told has left.
    pub(crate) fn take_again(&mut self) {
        let taken = self.again.as_mut().and_then(VecDeque::pop_front);
        if let Some((_, id)) = taken {
            self.rows[id as usize].seen &= !WAITING;
        }
    }

    /// Whether a refusal only says that it did not fit just now, in a run that goes on.
    fn leaves_again(&mut self, id: u32, status: Status, now_ns: u64) -> bool {
        let for_now = [Status::RSYSERR, Status::RTHROTTLED, Status::RMSGQFUL].contains(&status);
        match &mut self.again {
            Some(again) if for_now => {
                self.rows[id as usize].seen |= WAITING;
                again.push_back((now_ns + REFUSED_NS, id));
                true
            }
            _ => false,
        }
    }

    /// A response came.
    pub(crate) fn handle_response(
        &mut self,
        id: u32,
        status: Status,
        message_id: &[u8],
        now_ns: u64,
    ) {
        let id_hash = self.hash_of(message_id);
        let open = |row: &Row| !row.has(ANSWERED) && !row.has(WAITING);
        if !self.rows.get(id as usize).is_some_and(open) {
            self.totals.responses_stray += 1;
            return;
        }
        if self.leaves_again(id, status, now_ns) {
            return;
        }
        let row = &mut self.rows[id as usize];
        row.seen |= ANSWERED;
        let took = micros(now_ns).saturating_sub(row.due_us);
        self.response.record(took);
        if let Some(step) = self.steps.of(row.due_us) {
            step.response.record(took);
        }
        if !status.is_ok() {
            *self.totals.refused.entry(status.0).or_default() += 1;
            return;
        }
        self.totals.accepted += 1;
        if row.has(RECEIPTED) {
            self.totals.receipts_misnamed += u64::from(row.id_hash != id_hash);
        }
        row.seen |= ACCEPTED;
        row.id_hash = id_hash;
        if let Some(names) = &mut self.names {
            names.insert(id_hash, id);
            if let Some(early) = self.nameless.remove(&id_hash) {
                self.totals.unmarked -= 1;
                let row = &self.rows[id as usize];
                self.totals.receipts_early += u64::from(row.bind == early.bind);
                self.totals.receipts_overtaking += u64::from(row.bind != early.bind);
                self.handle_receipt(id, early.bind, message_id, early.state, early.now_ns);
            }
        }
    }

    /// SMS `id` arrived; `name` is the same for copies of one and the same message.
    pub(crate) fn handle_delivered(&mut self, id: u32, name: &[u8], now_ns: u64) {
        let arrival_hash = self.hash_of(name);
        let Some(row) = self.rows.get_mut(id as usize) else {
            self.totals.strangers += 1;
            return;
        };
        if row.has(DELIVERED) {
            let same = row.arrival_hash == arrival_hash && !name.is_empty();
            let totals = &mut self.totals;
            *(if same { &mut totals.retransmissions } else { &mut totals.delivered_twice }) += 1;
            return;
        }
        row.seen |= DELIVERED;
        row.arrival_hash = arrival_hash;
        self.totals.delivered += 1;
        let took = micros(now_ns).saturating_sub(row.due_us);
        self.delivery.record(took);
        if let Some(step) = self.steps.of(row.due_us) {
            step.delivery.record(took);
        }
    }

    /// A receipt of SMS `id` came over that bind, under this message id.
    pub(crate) fn handle_receipt(
        &mut self,
        id: u32,
        bind: u16,
        message_id: &[u8],
        state: MessageState,
        now_ns: u64,
    ) {
        let id_hash = self.hash_of(message_id);
        let Some(row) = self.rows.get_mut(id as usize) else {
            self.totals.strangers += 1;
            return;
        };
        if row.has(RECEIPTED) {
            let repeated = self.again.is_some() && row.id_hash == id_hash;
            self.totals.receipts_repeated += u64::from(repeated);
            self.totals.receipts_twice += u64::from(!repeated);
            return;
        }
        match row.has(ACCEPTED) {
            true => self.totals.receipts_misnamed += u64::from(row.id_hash != id_hash),
            // Its answer went with a bind that broke, and is asked for again.
            false if row.has(AGAIN) || row.has(WAITING) => {}
            false if row.bind == bind => self.totals.receipts_early += 1,
            false => self.totals.receipts_overtaking += 1,
        }
        if !row.has(ACCEPTED) {
            row.id_hash = id_hash;
        }
        row.seen |= RECEIPTED;
        self.totals.receipts += 1;
        if state != MessageState::Delivered {
            *self.totals.receipts_other.entry(state.word()).or_default() += 1;
        }
        self.receipt.record(micros(now_ns).saturating_sub(row.due_us));
    }

    /// A receipt came that repeats no mark; its message id may name the SMS.
    pub(crate) fn handle_unmarked_receipt(
        &mut self,
        bind: u16,
        message_id: &[u8],
        state: MessageState,
        now_ns: u64,
    ) {
        let id_hash = self.hash_of(message_id);
        match self.names.as_ref().map(|names| names.get(&id_hash)) {
            Some(Some(id)) => self.handle_receipt(*id, bind, message_id, state, now_ns),
            Some(None) => {
                self.totals.unmarked += 1;
                self.nameless.insert(id_hash, Nameless { bind, state, now_ns });
            }
            None => self.totals.unmarked += 1,
        }
    }

    /// Forgets the latencies so far: the warm-up is over.
    pub(crate) fn begin_measuring(&mut self) {
        self.response.reset();
        self.delivery.reset();
        self.receipt.reset();
    }

    /// Requests without a response.
    pub(crate) fn unanswered(&self) -> u64 {
        self.totals.submitted - self.totals.accepted - self.totals.refused.values().sum::<u64>()
    }

    /// Whether everything that can be expected has come.
    pub(crate) fn is_complete(&self, receipts: bool) -> bool {
        let totals = &self.totals;
        self.unanswered() == 0
            && totals.delivered >= totals.accepted
            && (!receipts || totals.receipts >= totals.accepted)
    }

    /// Grows with everything that comes; what does not grow any more is not to be waited for.
    pub(crate) const fn progress(&self) -> u64 {
        let totals = &self.totals;
        totals.submitted + totals.accepted + totals.delivered + totals.receipts
    }

    /// Reads the final account from the rows.
    pub(crate) fn account(&self) -> Account {
        let mut account = Account::default();
        for row in &self.rows {
            let accepted = row.has(ACCEPTED);
            account.unanswered += u64::from(!row.has(ANSWERED));
            account.lost += u64::from(accepted && !row.has(DELIVERED));
            account.phantoms += u64::from(row.has(ANSWERED | DELIVERED) && !accepted);
            account.unreceipted += u64::from(accepted && !row.has(RECEIPTED));
        }
        account
    }

    fn hash_of(&self, name: &[u8]) -> u64 {
        let mut hasher = self.hash.build_hasher();
        hasher.write(name);
        hasher.finish()
    }
}

impl Row {
    const fn has(&self, what: u8) -> bool {
        self.seen & what == what
    }
}

/// A run ends before this wraps.
const fn micros(ns: u64) -> u32 {
    (ns / 1_000) as u32
}

const ANSWERED: u8 = 1;
const ACCEPTED: u8 = 2;
const DELIVERED: u8 = 4;
const RECEIPTED: u8 = 8;
/// It left more than once.
const AGAIN: u8 = 16;
/// It is to leave again.
const WAITING: u8 = 32;

/// How long an SMS waits that was refused for now.
const REFUSED_NS: u64 = 50_000_000;

#[cfg(test)]
mod tests;
