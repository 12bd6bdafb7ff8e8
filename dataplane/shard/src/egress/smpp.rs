//! Out by submit_sm, and the next hop's receipts back in.

use std::collections::VecDeque;
use std::time::Instant;

use routing::board::Tally;
use routing::journal::{Record, Taken};
use routing::{MessageId, Sms, State};
use smpp::pdu::{DataSm, DeliverResp};
use smpp::tlv::{self, tag};
use smpp::{Command, Frame, MessageState, Receipt, ShortMessage, Status, SubmitResp, Tlvs};

use crate::admit::target_id;
use crate::content;
use crate::deadlines::Timer;
use crate::egress::queues::{ConnectionKey, canonical};
use crate::flights::{Fork, Stage};
use crate::input::LinkId;
use crate::limits::{BACKOFF, PARKED_MAX, PARKED_TTL, THROTTLE_PAUSE};
use crate::peers::links::{Asked, Owner};
use crate::promises::Promise;
use crate::receipts::smpp_address;
use crate::settle::Verdict;
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
struct Early {
    until: Instant,
    key: ConnectionKey,
    id: Vec<u8>,
    state: State,
    code: u32,
    /// What waits for our answer.
    link: LinkId,
    sequence: u32,
    command: Command,
}

impl Parked {
    /// The receipt for an Sms that has its name now.
    fn claim(&mut self, key: ConnectionKey, id: &[u8]) -> Option<Early> {
        let same = |early: &Early| early.key == key && canonical(&early.id) == canonical(id);
        let at = self.receipts.iter().position(same)?;
        self.receipts.remove(at)
    }

    fn give_up(&mut self, now: Instant) -> Option<Early> {
        self.receipts.pop_front_if(|early| early.until <= now)
    }
}

impl Shard {
    /// Begins attempts as long as the connection's window has room.
    pub(crate) fn pump(&mut self, environment: u32, connection: u32) {
        let key = (environment, connection);
        let link = self.connections.link(key).filter(|_| !self.promises.broken);
        let Some(link) = link.and_then(|id| self.links.get(id)) else { return };
        let window = link.session.window();
        let room = window.limit().saturating_sub(window.waiting());
        let now = self.at.now;
        loop {
            let queue = self.queues.queue(key);
            if queue.rest_until.is_some_and(|until| until > now) || queue.ready >= room {
                return;
            }
            let Some(id) = queue.waiting.pop_front() else { return };
            let waits = |stage: &Stage| matches!(stage, Stage::Waiting);
            if self.flights.get(id).is_some_and(|flight| waits(&flight.stage)) {
                self.queues.queue(key).ready += 1;
                self.begin_attempt(id);
            }
        }
    }

    /// The attempt is durable: the submit_sm leaves.
    pub(crate) fn send_submit(&mut self, key: ConnectionKey, id: MessageId) {
        let queue = self.queues.queue(key);
        queue.ready = queue.ready.saturating_sub(1);
        let count_hops = self
            .plan
            .as_ref()
            .and_then(|plan| plan.connection(key.0, key.1))
            .is_some_and(|connection| connection.count_hops);
        let Some(link_id) = self.connections.link(key) else { return self.submit_later(key, id) };
        let Some(link) = self.links.get_mut(link_id) else { return self.submit_later(key, id) };
        let Some(flight) = self.flights.get_mut(id) else { return };
        let asked = link.session.ask(self.at.now, Command::SubmitSm, Asked::Submit(id));
        let Ok(sequence) = asked else { return self.submit_later(key, id) };
        let has_tlvs = link.session.version().has_tlvs();
        encode_submit(&flight.sms, sequence, has_tlvs, count_hops, link.say());
        flight.stage = Stage::Trying(Fork { open: 1, best: None });
        self.touch(link_id);
        self.arm_link(link_id);
    }

    /// It never left: back to its place without a pause.
    fn submit_later(&mut self, key: ConnectionKey, id: MessageId) {
        if let Some(flight) = self.flights.get_mut(id) {
            flight.stage = Stage::Waiting;
            self.queues.put_back(key, id);
        }
    }

    pub(crate) fn handle_submit_resp(&mut self, link: LinkId, id: MessageId, pdu: &Frame<'_>) {
        let status = pdu.header.status;
        let Some(key) = self.connection_of(link) else { return };
        if status.is_ok() {
            let resp = SubmitResp::decode(pdu.body).unwrap_or_default();
            self.taken(key, id, resp.message_id);
        } else {
            self.conclude(id, Verdict::of_smpp(status.0));
        }
        self.pump(key.0, key.1);
    }

    /// An answer after its timer: a late yes is still a yes, if it was not sent again yet.
    pub(crate) fn handle_late_resp(&mut self, link: LinkId, id: MessageId, pdu: &Frame<'_>) {
        let waiting = self.flights.get(id).is_some_and(|f| matches!(f.stage, Stage::Waiting));
        let Some(key) = self.connection_of(link).filter(|_| waiting) else { return };
        if pdu.header.status.is_ok() {
            self.queues.remove(key, id);
            let resp = SubmitResp::decode(pdu.body).unwrap_or_default();
            self.taken(key, id, resp.message_id);
        }
    }

    /// The next hop took it. Its receipt may be here already.
    fn taken(&mut self, key: ConnectionKey, id: MessageId, peer_id: &[u8]) {
        let Some(flight) = self.flights.get_mut(id) else { return };
        if matches!(flight.stage, Stage::Settled(_) | Stage::Taken(_)) {
            return;
        }
        let wants_none = flight.sms.registered_delivery & 0b11 == 0;
        flight.stage = Stage::Taken(peer_id.to_vec());
        let record = Taken { id, at_ns: self.at.unix_ns, peer_id: peer_id.to_vec() };
        self.record(&Record::Taken(record));
        if wants_none {
            return self.settle(id, State::Accepted, 0);
        }
        self.queues.named(key, peer_id, id);
        while let Some(early) = self.parked.claim(key, peer_id) {
            let Early { state, code, link, sequence, command, .. } = early;
            self.settle(id, state, code);
            self.promises.keep(Promise::ReceiptTaken { link, sequence, command });
        }
    }

    /// Nobody will answer this submit_sm any more. On a link that lives, its place in the
    /// window is free: nothing else would come by to use it.
    pub(crate) fn submit_unknown(&mut self, id: MessageId) {
        let Some(flight) = self.flights.get(id) else { return };
        let key = (flight.sms.environment, target_id(flight.sms.target));
        self.conclude(id, Verdict::Unknown);
        self.pump(key.0, key.1);
    }

    /// Back to its place after a failure. When the next hop asks for a pause, all rest; when it
    /// cannot take this Sms now, this Sms rests and holds nobody up.
    pub(crate) fn queue_failed(&mut self, key: ConnectionKey, id: MessageId, verdict: Verdict) {
        let attempts = self.flights.get(id).map_or(0, |flight| usize::from(flight.attempts));
        match verdict {
            Verdict::Busy(_) => {
                let until = self.at.now + THROTTLE_PAUSE;
                self.queues.put_back(key, id);
                self.queues.queue(key).rest_until = Some(until);
                self.deadlines.arm(until, Timer::Connection(key.0, key.1));
            }
            Verdict::Temporary(_) => {
                let pause = BACKOFF[attempts.saturating_sub(1).min(BACKOFF.len() - 1)];
                self.queues.queue(key).resting += 1;
                self.deadlines.arm(self.at.now + pause, Timer::Rested(key.0, key.1, id));
            }
            Verdict::Unknown | Verdict::Delivered | Verdict::Permanent(..) => {
                self.queues.put_back(key, id);
            }
        }
    }

    /// An Sms has rested after its failure: back to its place, if it is not final by now.
    pub(crate) fn handle_rested(&mut self, key: ConnectionKey, id: MessageId) {
        let queue = self.queues.queue(key);
        queue.resting = queue.resting.saturating_sub(1);
        if self.flights.get(id).is_some_and(|flight| matches!(flight.stage, Stage::Waiting)) {
            self.queues.put_back(key, id);
            self.pump(key.0, key.1);
        }
    }

    /// A flight is final: its name and its place are free.
    pub(crate) fn queue_finished(
        &mut self,
        key: ConnectionKey,
        id: MessageId,
        peer_id: Option<Vec<u8>>,
    ) {
        match peer_id {
            Some(peer_id) => self.queues.forget_name(key, &peer_id),
            None => self.queues.remove(key, id),
        }
    }

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
        match self.queues.meant(key, receipt.id) {
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

    fn connection_of(&self, link: LinkId) -> Option<ConnectionKey> {
        let link = self.links.get(link)?;
        match link.owner {
            Owner::Connection(connection) => Some((link.environment, connection)),
            Owner::Nobody | Owner::Carrier(_) => None,
        }
    }
}

/// The submit_sm of an Sms; what a carrier sent passes unchanged.
fn encode_submit(sms: &Sms, sequence: u32, has_tlvs: bool, count_hops: bool, out: &mut Vec<u8>) {
    let (data_coding, octets) = content::coded(&sms.content);
    let mut raw = Vec::new();
    if has_tlvs {
        raw.extend_from_slice(&sms.tlvs);
        let known = Tlvs::decode(&raw).unwrap_or(Tlvs::EMPTY);
        if known.get(tag::USER_MESSAGE_REFERENCE).is_none() {
            tlv::put_u16(tag::USER_MESSAGE_REFERENCE, reference(sms.id), &mut raw);
        }
        if count_hops {
            tlv::put_u8(tag::HOP_COUNT, sms.hops.saturating_add(1), &mut raw);
        }
    }
    let validity = smpp::time::format_absolute((sms.expires_ns / 1_000_000_000) as i64);
    let message = ShortMessage {
        source: smpp_address(&sms.source),
        destination: smpp_address(&sms.destination),
        esm_class: sms.esm_class,
        protocol_id: sms.protocol_id,
        priority_flag: sms.priority,
        validity_period: &validity,
        registered_delivery: sms.registered_delivery,
        data_coding,
        short_message: &octets,
        tlvs: Tlvs::decode(&raw).unwrap_or(Tlvs::EMPTY),
        ..ShortMessage::default()
    };
    message.encode_submit_sm(sequence, out);
}

/// The same for the same Sms whenever it is sent, and most likely different for another one:
/// a next hop that takes equal texts for one Sms looks at it. The low bits of an id alone
/// would be 0 for the first Sms of every millisecond.
fn reference(id: MessageId) -> u16 {
    (0..5).fold(0, |folded, word| folded ^ (id.bits() >> (16 * word)) as u16)
}

/// The error of a receipt as a number; letters and nothing are 0.
fn code_of(err: &[u8]) -> u32 {
    std::str::from_utf8(err).ok().and_then(|err| err.parse().ok()).unwrap_or(0)
}
