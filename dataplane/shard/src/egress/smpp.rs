//! Out by submit_sm, and what the next hop answers.

use routing::journal::Record;
use routing::{IdForm, MessageId, State, Target};
use smpp::tlv::tag;
use smpp::{Command, Frame, Status, SubmitResp};

use crate::admit::target_id;
use crate::egress::outward::Outward;
use crate::egress::pace::Agreed;
use crate::egress::queues::ConnectionKey;
use crate::egress::submit::{Hop, encode_submit};
use crate::fair::Lane;
use crate::flights::{Fork, Stage};
use crate::input::LinkId;
use crate::limits::STRIKES_MAX;
use crate::peers::links::{Asked, Link, Owner};
use crate::shard::Shard;
use crate::taps::Exchange;

impl Shard {
    /// Begins attempts as long as the connection's window has room.
    pub(crate) fn pump(&mut self, environment: u32, connection: u32) {
        let key = (environment, connection);
        let room = if self.begins_nothing() { 0 } else { self.room(key) };
        let agreed = self.connections.terms(key).map_or_else(Agreed::default, |t| t.agreed);
        while !self.queues.queue(key).waiting.is_empty() && self.paces(key, room, agreed) {
            let Some(id) = self.queues.queue(key).waiting.pop() else { return };
            self.leave_if_it_may(key, id);
        }
    }

    /// A flight waits for its connection, unless nothing stands before it.
    pub(crate) fn enqueue_submit(&mut self, key: ConnectionKey, id: MessageId) {
        let is_first = self.queues.len(key) == 0 && !self.begins_nothing();
        let agreed = self.connections.terms(key).map_or_else(Agreed::default, |t| t.agreed);
        if is_first && self.paces(key, self.room(key), agreed) {
            return self.leave_if_it_may(key, id);
        }
        let Some(flight) = self.flights.get(id) else { return };
        self.queues.push_back(key, Lane::of(&flight.sms), id);
        self.pump(key.0, key.1);
    }

    /// May one more leave now? It has its place in the pace then.
    fn paces(&mut self, key: ConnectionKey, room: usize, agreed: Agreed) -> bool {
        let now = self.at.now;
        let queue = self.queues.queue(key);
        if queue.rest_until.is_some_and(|until| until > now) || queue.ready >= room {
            return false;
        }
        match queue.pace.admit(now, agreed) {
            Ok(()) => true,
            Err(until) => {
                self.rest(key, until);
                false
            }
        }
    }

    fn leave_if_it_may(&mut self, key: ConnectionKey, id: MessageId) {
        let in_order = self.connections.terms(key).is_some_and(|terms| terms.manner.in_order);
        if self.may_leave(key, id, in_order) {
            self.queues.queue(key).ready += 1;
            self.begin_attempt(id);
        } else {
            self.queues.queue(key).pace.refund();
        }
    }

    /// How many submit_sm may leave by the links of a connection.
    fn room(&self, key: ConnectionKey) -> usize {
        if let Some(trunk) = self.connections.trunks.ours.get(&key) {
            return trunk.room();
        }
        let links = self.connections.senders(key).filter_map(|id| self.links.get(id));
        links.map(Link::room).sum()
    }

    /// The link with the most room, one that answers before one that does not.
    fn freest(&self, key: ConnectionKey) -> Option<LinkId> {
        let links = self.connections.senders(key);
        let rooms = links.filter_map(|id| Some((self.links.get(id)?, id)));
        let open = rooms.filter(|(link, _)| link.room() > 0);
        open.max_by_key(|(link, _)| (link.strikes < STRIKES_MAX, link.room())).map(|(_, id)| id)
    }

    /// The attempt is durable: the submit_sm leaves.
    pub(crate) fn send_submit(&mut self, key: ConnectionKey, id: MessageId) {
        let plan = self.plan.as_ref().and_then(|plan| plan.connection(key.0, key.1));
        let towards = plan.map(|connection| connection.manner.dialect.alphabet.thawed());
        let towards = towards.unwrap_or_default();
        let always_ask = self.always_asks(key);
        let Some(link_id) = self.freest(key) else { return self.submit_later(key, id) };
        let Some(link) = self.links.get_mut(link_id) else { return self.submit_later(key, id) };
        let Some(flight) = self.flights.get_mut(id) else { return };
        let version = link.session.version();
        let always_ask = always_ask && !flight.sms.is_single();
        let outward = Outward::of(self.plan.as_ref(), key, &flight.sms);
        let hop = Hop { version, always_ask, outward, towards };
        if !hop.can_take(&flight.sms) {
            return self.settle(id, State::Undeliverable, Status::RINVMSGLEN.0);
        }
        let asked = link.session.ask(self.at.now, Command::SubmitSm, Asked::Submit(id));
        let Ok(sequence) = asked else { return self.submit_later(key, id) };
        encode_submit(&flight.sms, sequence, &hop, link.say());
        flight.stage = Stage::Trying(Fork { open: 1, best: None });
        if self.out.taps.is_on() {
            self.tell_taps_id(Exchange::Smpp(link_id, sequence, true), id);
        }
        self.touch(link_id);
        self.arm_link(link_id);
    }

    /// It never left: back to its place without a pause.
    pub(super) fn submit_later(&mut self, key: ConnectionKey, id: MessageId) {
        if let Some(flight) = self.flights.get_mut(id) {
            flight.stage = Stage::Waiting;
            self.queue_again(key, id);
        }
    }

    pub(crate) fn handle_submit_resp(&mut self, link: LinkId, id: MessageId, pdu: &Frame<'_>) {
        let status = pdu.header.status;
        let Some(key) = self.connection_of(link) else { return };
        let resp = SubmitResp::decode(pdu.body).unwrap_or_default();
        self.heed(key, link, &resp);
        let stage = self.stage_over(key, id);
        if status.is_ok() {
            self.queues.queue(key).pace.taken(self.at.now);
            self.taken(key, id, resp.message_id);
        } else if matches!(stage, Some(Stage::Trying(_))) {
            let verdict = self.meaning_of(key, status, &resp);
            self.conclude(id, verdict);
        }
        self.pump(key.0, key.1);
    }

    /// An answer after its timer tells the truth all the same, and nothing is sent again that
    /// was not sent again yet.
    pub(crate) fn handle_late_resp(&mut self, link: LinkId, id: MessageId, pdu: &Frame<'_>) {
        let status = pdu.header.status;
        let Some(key) = self.connection_of(link) else { return };
        let resp = SubmitResp::decode(pdu.body).unwrap_or_default();
        self.heed(key, link, &resp);
        let held = matches!(self.stage_over(key, id), Some(Stage::Held(_)));
        if status.is_ok() {
            self.taken(key, id, resp.message_id);
        } else if held {
            let verdict = self.meaning_of(key, status, &resp);
            self.conclude(id, verdict);
        }
        self.pump(key.0, key.1);
    }

    /// The stage of a flight that goes by this connection.
    fn stage_over(&self, key: ConnectionKey, id: MessageId) -> Option<&Stage> {
        let flight = self.flights.get(id)?;
        let connection = matches!(flight.sms.target, Target::Connection { .. });
        let same = connection && (flight.sms.environment, target_id(flight.sms.target)) == key;
        same.then_some(&flight.stage)
    }

    /// A link that answers is well; what its peer says of its congestion is heeded.
    fn heed(&mut self, key: ConnectionKey, link: LinkId, resp: &SubmitResp<'_>) {
        let Some(link) = self.links.get_mut(link) else { return };
        link.strikes = 0;
        if link.session.version().is_v50()
            && let Some(state) = resp.tlvs.get_u8(tag::CONGESTION_STATE)
        {
            self.queues.queue(key).pace.congested(self.at.now, state);
        }
    }

    /// The next hop took it. Its receipt may be here already.
    fn taken(&mut self, key: ConnectionKey, id: MessageId, peer_id: &[u8]) {
        match self.stage_over(key, id) {
            None
            | Some(
                Stage::Scheduled
                | Stage::Gathering
                | Stage::Riding
                | Stage::Moving
                | Stage::Settled(_)
                | Stage::Taken(_),
            ) => {
                return;
            }
            Some(Stage::Waiting) => self.unqueue(key, id),
            Some(Stage::Held(_)) => self.release_held(id),
            Some(Stage::Ready | Stage::Trying(_)) => {}
        }
        let (form, always_ask) = (self.id_form(key), self.always_asks(key));
        let Some(flight) = self.flights.get_mut(id) else { return };
        // One attempt ends with its answer: nobody waits for a receipt.
        let always_ask = always_ask && !flight.sms.is_single();
        let wants_none = !always_ask && flight.sms.registered_delivery & 0b11 == 0;
        if !wants_none {
            flight.stage = Stage::Taken(peer_id.to_vec());
        }
        if !self.promises.broken {
            Record::encode_taken(id, self.at.unix_ns, peer_id, &mut self.out.records);
            self.recorded();
        }
        if wants_none {
            return self.settle(id, State::Accepted, 0);
        }
        self.leaves_connection(key, id);
        self.names.named(key, form, peer_id, id);
        self.claim_parked(key, id, peer_id);
    }

    /// How a next hop spells ids.
    pub(crate) fn id_form(&self, key: ConnectionKey) -> IdForm {
        let terms = self.connections.terms(key);
        terms.map_or_else(IdForm::default, |terms| terms.manner.dialect.ids)
    }

    /// Do we ask this next hop for a receipt whatever the sender asked for?
    pub(crate) fn always_asks(&self, key: ConnectionKey) -> bool {
        self.connections.terms(key).is_some_and(|terms| terms.manner.always_ask)
    }

    /// A flight is final: its name is free.
    pub(crate) fn queue_finished(&mut self, key: ConnectionKey, peer_id: Option<Vec<u8>>) {
        if let Some(peer_id) = peer_id {
            self.names.forget_name(key, self.id_form(key), &peer_id);
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
