//! Out by submit_sm, and what the next hop answers.

use routing::journal::{Record, Taken};
use routing::{MessageId, State};
use smpp::{Command, Frame, SubmitResp};

use crate::admit::target_id;
use crate::deadlines::Timer;
use crate::egress::queues::ConnectionKey;
use crate::egress::receipt::Early;
use crate::egress::submit::encode_submit;
use crate::flights::{Fork, Stage};
use crate::input::LinkId;
use crate::limits::{BACKOFF, THROTTLE_PAUSE};
use crate::peers::links::{Asked, Owner};
use crate::promises::Promise;
use crate::settle::Verdict;
use crate::shard::Shard;

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
            let Some(id) = queue.waiting.pop() else { return };
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
            self.queue_again(key, id);
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
            self.unqueue(key, id);
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
        self.names.named(key, peer_id, id);
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
                self.queue_again(key, id);
                self.queues.queue(key).rest_until = Some(until);
                self.deadlines.arm(until, Timer::Connection(key.0, key.1));
            }
            Verdict::Temporary(_) => {
                let pause = BACKOFF[attempts.saturating_sub(1).min(BACKOFF.len() - 1)];
                self.queues.queue(key).resting += 1;
                self.deadlines.arm(self.at.now + pause, Timer::Rested(key.0, key.1, id));
            }
            Verdict::Unknown | Verdict::Delivered | Verdict::Permanent(..) => {
                self.queue_again(key, id);
            }
        }
    }

    /// An Sms has rested after its failure: back to its place, if it is not final by now.
    pub(crate) fn handle_rested(&mut self, key: ConnectionKey, id: MessageId) {
        let queue = self.queues.queue(key);
        queue.resting = queue.resting.saturating_sub(1);
        if self.flights.get(id).is_some_and(|flight| matches!(flight.stage, Stage::Waiting)) {
            self.queue_again(key, id);
            self.pump(key.0, key.1);
        }
    }

    /// A flight is final: its name is free.
    pub(crate) fn queue_finished(&mut self, key: ConnectionKey, peer_id: Option<Vec<u8>>) {
        if let Some(peer_id) = peer_id {
            self.names.forget_name(key, &peer_id);
        }
    }

    pub(super) fn connection_of(&self, link: LinkId) -> Option<ConnectionKey> {
        let link = self.links.get(link)?;
        match link.owner {
            Owner::Connection(connection) => Some((link.environment, connection)),
            Owner::Nobody | Owner::Carrier(_) => None,
        }
    }
}
