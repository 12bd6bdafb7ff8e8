//! The next hop's receipts back in.

use std::collections::VecDeque;
use std::time::Instant;

use routing::State;
use routing::board::Tally;
use smpp::pdu::{DataSm, DeliverResp};
use smpp::{Command, Frame, MessageState, Receipt, ShortMessage, Status};

use crate::deadlines::Timer;
use crate::egress::names::canonical;
use crate::egress::queues::ConnectionKey;
use crate::input::LinkId;
use crate::limits::{PARKED_MAX, PARKED_TTL};
use crate::promises::Promise;
use crate::shard::Shard;

/// Receipts that came before the submit_sm_resp that names their Sms. They are answered when
/// that has come and what they say is durable: were they answered at once, a crash would lose
/// them, and their Sms would stay open for ever.
#[derive(Debug, Default)]
pub(crate) struct Parked {
    receipts: VecDeque<Early>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Early {
    until: Instant,
    key: ConnectionKey,
    id: Vec<u8>,
    pub(super) state: State,
    pub(super) code: u32,
    /// What waits for our answer.
    pub(super) link: LinkId,
    pub(super) sequence: u32,
    pub(super) command: Command,
}

impl Parked {
    /// The receipt for an Sms that has its name now.
    pub(super) fn claim(&mut self, key: ConnectionKey, id: &[u8]) -> Option<Early> {
        let same = |early: &Early| early.key == key && canonical(&early.id) == canonical(id);
        let at = self.receipts.iter().position(same)?;
        self.receipts.remove(at)
    }

    fn give_up(&mut self, now: Instant) -> Option<Early> {
        self.receipts.pop_front_if(|early| early.until <= now)
    }
}

impl Shard {
    /// A deliver_sm (or data_sm) from the next hop: a receipt, or a text we do not take yet.
    pub(crate) fn handle_deliver(&mut self, link: LinkId, pdu: &Frame<'_>) {
        let header = pdu.header;
        let message = match header.command {
            Command::DataSm => DataSm::decode(pdu.body).map(|data| data.as_short_message()),
            _ => ShortMessage::decode(pdu.body),
        };
        let message = match message {
            Ok(message) => message,
            Err(error) => return self.refuse_pdu(link, &header, error.status),
        };
        let receipt = Receipt::of(&message).filter(|_| message.is_receipt());
        let (Some(receipt), Some(key)) = (receipt, self.connection_of(link)) else {
            return self.say_deliver_resp(link, header.command, header.sequence, Status(0x66));
        };
        let state = receipt.state.unwrap_or(MessageState::Unknown);
        let code = code_of(receipt.err);
        let Some(state) = State::from_number(state.number()).filter(|state| state.is_final())
        else {
            return self.say_deliver_resp(link, header.command, header.sequence, Status::ROK);
        };
        let (sequence, command) = (header.sequence, header.command);
        if self.promises.broken {
            return self.say_deliver_resp(link, command, sequence, Status::RSYSERR);
        }
        let code = if state == State::Delivered { 0 } else { code };
        match self.names.meant(key, receipt.id) {
            Some(id) => self.settle(id, state, code),
            None if self.may_be_named(key, link) => {
                let until = self.at.now + PARKED_TTL;
                let id = receipt.id.to_vec();
                return self.park(Early { until, key, id, state, code, link, sequence, command });
            }
            None => self.add(Tally::ReceiptsOrphaned, 1),
        }
        // Answered when what it said is durable, so that a crash makes the peer say it again.
        self.promises.keep(Promise::ReceiptTaken { link, sequence, command });
    }

    /// Is there an Sms whose name we may still hear?
    fn may_be_named(&mut self, key: ConnectionKey, link: LinkId) -> bool {
        let queue = self.queues.queue(key);
        let begun = queue.ready > 0 || queue.resting > 0 || !queue.waiting.is_empty();
        begun || self.links.get(link).is_some_and(|link| link.session.window().waiting() > 0)
    }

    fn park(&mut self, early: Early) {
        self.deadlines.arm(early.until, Timer::Forget);
        self.parked.receipts.push_back(early);
        if self.parked.receipts.len() > PARKED_MAX
            && let Some(oldest) = self.parked.receipts.pop_front()
        {
            self.send_back(&oldest);
        }
    }

    /// Receipts whose Sms was not named in time come again, if their peer is patient.
    pub(crate) fn forget_parked(&mut self) {
        while let Some(early) = self.parked.give_up(self.at.now) {
            self.send_back(&early);
        }
    }

    fn send_back(&mut self, early: &Early) {
        self.add(Tally::ReceiptsOrphaned, 1);
        self.say_deliver_resp(early.link, early.command, early.sequence, Status::RX_T_APPN);
    }

    pub(crate) fn say_deliver_resp(
        &mut self,
        link: LinkId,
        command: Command,
        sequence: u32,
        status: Status,
    ) {
        if command == Command::DataSm {
            let message_id = if status.is_ok() { Ok(&b""[..]) } else { Err(status) };
            return self.say_submit_resp(link, command, sequence, message_id);
        }
        self.say(link, |out| DeliverResp.encode(status, sequence, out));
    }
}

/// The error of a receipt as a number; letters and nothing are 0.
fn code_of(err: &[u8]) -> u32 {
    std::str::from_utf8(err).ok().and_then(|err| err.parse().ok()).unwrap_or(0)
}
