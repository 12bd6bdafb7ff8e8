//! Octets of a link become PDUs, and each PDU meets its session.

use std::net::SocketAddr;
use std::time::Duration;

use routing::board::{Tally, Violation};
use smpp::pdu::{
    put_enquire_link, put_enquire_link_resp, put_error, put_generic_nack, put_unbind,
    put_unbind_resp,
};
use smpp::session::{Answer, Role, State, TimerEvent, Verdict};
use smpp::{Command, Frame, Header, Status, Version, frame};

use crate::config::Speaks;
use crate::deadlines::Timer;
use crate::input::{LinkId, Unlink};
use crate::limits::{PARTIAL_MAX, UNBIND_GRACE, UNBIND_PATIENCE};
use crate::output::Plug;
use crate::peers::links::{Asked, Link, Owner};
use crate::receipts::ReceiptAnswer;
use crate::shard::Shard;

impl Shard {
    pub(crate) fn handle_linked(
        &mut self,
        id: LinkId,
        listener: Option<u16>,
        local: SocketAddr,
        peer: SocketAddr,
        tls: bool,
    ) {
        let Some(listener) = listener else { return self.handle_dialled(id, local, peer) };
        let entry = self.config.streams.get(usize::from(listener));
        if let Some(Speaks::Sip(transport)) = entry.map(|entry| entry.speaks) {
            return self.handle_flow(id, listener, transport, peer);
        }
        let environment = entry.and_then(|entry| {
            let plan = self.plan.as_ref()?.plan();
            plan.environment(&entry.environment).map(|environment| environment.id.to_native())
        });
        if self.stopping || !self.has_room_for(peer.ip()) {
            self.out.plugs.push_back(Plug::Close { link: id });
            return;
        }
        let mut link = Link::new(self.at, Role::Server, local, peer);
        // 0 is no environment's id: nothing can bind until a plan knows the listener.
        link.environment = environment.unwrap_or(0);
        link.tls = tls;
        self.links.insert(id, link);
        self.arm_link(id);
    }

    pub(crate) fn handle_bytes(&mut self, id: LinkId, bytes: &[u8]) {
        if self.is_kept_waiting(id) {
            return self.keep_waiting(id, bytes);
        }
        if self.handover.is_frozen() {
            return self.keep_frozen(id, bytes);
        }
        let Some(link) = self.links.get_mut(id) else {
            if !self.handle_flow_bytes(id, bytes) {
                self.relay_octets(id, bytes);
            }
            return;
        };
        let used = if link.partial.is_empty() {
            let used = self.cut(id, bytes);
            self.keep_partial(id, &bytes[used..]);
            used
        } else {
            let mut octets = std::mem::take(&mut link.partial);
            octets.extend_from_slice(bytes);
            let used = self.cut(id, &octets);
            octets.drain(..used);
            match self.links.get_mut(id) {
                Some(link) => link.partial = octets,
                None => self.relay_octets(id, &octets),
            }
            used
        };
        let now = self.at.now;
        if let Some(link) = self.links.note(id) {
            link.guard.handle_octets(now, used > 0, !link.partial.is_empty());
        }
        self.arm_link(id);
    }

    /// Keeps what is left of octets that came, or passes it on if the link is not ours any more.
    fn keep_partial(&mut self, id: LinkId, rest: &[u8]) {
        match self.links.get_mut(id) {
            Some(link) => {
                debug_assert!(rest.len() <= PARTIAL_MAX, "cut refuses a PDU longer than that");
                link.partial.extend_from_slice(rest);
            }
            None => self.relay_octets(id, rest),
        }
    }

    /// Handles every whole PDU; returns how many octets are done with.
    fn cut(&mut self, id: LinkId, octets: &[u8]) -> usize {
        let mut used = 0;
        loop {
            let heard = |link: &&mut Link| !link.closing && !link.guard.is_refused();
            let Some(link) = self.links.get_mut(id).filter(heard) else {
                return if self.relays.is_held(id) { used } else { octets.len() };
            };
            let bound = link.session.state().is_bound();
            let max = if bound { frame::PDU_MAX } else { frame::PDU_MAX_UNBOUND };
            match frame::next(&octets[used..], max) {
                Ok(Some(pdu)) if self.must_wait(id, pdu.header.command) => {
                    self.keep_waiting(id, &octets[used..]);
                    return octets.len();
                }
                Ok(Some(pdu)) if self.is_for_heir(id, pdu.header.command) => {
                    used += pdu.len();
                    self.keep_for_heir(id, pdu.octets);
                }
                Ok(Some(pdu)) => {
                    used += pdu.len();
                    self.handle_pdu(id, &pdu);
                }
                Ok(None) => return used,
                Err(error) => {
                    if let Some(link) = self.links.get_mut(id) {
                        link.seen.violated(Violation::Length);
                        put_generic_nack(Status::RINVCMDLEN, 0, link.say());
                    }
                    self.nonsense(id, error.to_string());
                    self.close(id);
                    return octets.len();
                }
            }
        }
    }

    fn handle_pdu(&mut self, id: LinkId, pdu: &Frame<'_>) {
        let header = pdu.header;
        if self.out.taps.is_on() {
            self.saw_pdu(false, id, header, pdu.octets);
        }
        if header.command == Command::Outbind && self.handle_outbind(id, pdu) {
            return;
        }
        let Some(link) = self.links.get_mut(id) else { return };
        link.count_received();
        let verdict = link.session.handle_received(self.at.now, header.command);
        link.seen.received(self.at, pdu, verdict);
        if header.command.is_response() {
            if verdict.status().is_none() {
                self.handle_response(id, pdu);
            }
            return;
        }
        if !self.may_go_on(id) {
            return;
        }
        if let Some(status) = verdict.status() {
            self.refuse_pdu(id, &header, status);
            return if verdict != Verdict::Unknown {
                self.count_wrong(id)
            };
        }
        let Some(link) = self.links.get(id) else { return };
        match header.command {
            Command::BindReceiver | Command::BindTransmitter | Command::BindTransceiver => {
                self.handle_bind(id, pdu);
            }
            Command::SubmitSm | Command::DataSm if link.session.role() == Role::Server => {
                self.handle_submit(id, pdu);
            }
            Command::DeliverSm | Command::DataSm => self.handle_deliver(id, pdu),
            Command::EnquireLink => self.say(id, |out| put_enquire_link_resp(header.sequence, out)),
            Command::Unbind => self.handle_unbind(id, header.sequence),
            Command::QuerySm | Command::CancelSm | Command::ReplaceSm => self.handle_later(id, pdu),
            Command::SubmitMulti => self.handle_multi(id, pdu),
            Command::BroadcastSm | Command::QueryBroadcastSm | Command::CancelBroadcastSm => {
                self.refuse_broadcast(id, &header);
            }
            Command::Outbind | Command::AlertNotification => {}
            _ => self.refuse_pdu(id, &header, Status::RINVCMDID),
        }
    }

    /// Answers a request with a status and nothing else.
    pub(crate) fn refuse_pdu(&mut self, id: LinkId, header: &Header, status: Status) {
        let Some(link) = self.links.get_mut(id) else { return };
        let status = link.session.version().status(status);
        put_error(header.command, status, header.sequence, link.say());
        self.touch(id);
    }

    /// There are no cells here. A peer of 5.0 is told so by the command's own response; to
    /// others the command does not exist (5.0 §4.4).
    fn refuse_broadcast(&mut self, id: LinkId, header: &Header) {
        let version = self.links.get(id).map(|link| link.session.version());
        if version.is_some_and(Version::is_v50) {
            return self.refuse_pdu(id, header, Status::RPROHIBITED);
        }
        self.say(id, |out| put_generic_nack(Status::RINVCMDID, header.sequence, out));
    }

    /// Writes one PDU to a link.
    pub(crate) fn say(&mut self, id: LinkId, put: impl FnOnce(&mut Vec<u8>)) {
        if let Some(link) = self.links.get_mut(id) {
            put(link.say());
            self.touch(id);
        }
    }

    fn handle_response(&mut self, id: LinkId, pdu: &Frame<'_>) {
        let Some(link) = self.links.get_mut(id) else { return };
        let header = pdu.header;
        if header.command == Command::UnbindResp && link.session.state() == State::Unbinding {
            link.unbound = true;
            return self.finish_unbind(id);
        }
        let answer = link.session.handle_answer(header.sequence, header.command);
        match answer {
            Answer::Expected(Asked::Bind) | Answer::Late(Asked::Bind) => {
                self.handle_bind_resp(id, pdu);
            }
            Answer::Expected(Asked::Submit(flight)) => self.handle_submit_resp(id, flight, pdu),
            Answer::Late(Asked::Submit(flight)) => self.handle_late_resp(id, flight, pdu),
            Answer::Expected(Asked::Receipt(owner, sms))
            | Answer::Late(Asked::Receipt(owner, sms)) => {
                self.receipted(owner, sms, ReceiptAnswer::of(header.status));
                self.continue_receipts(id);
                self.finish_unbind(id);
            }
            Answer::Expected(Asked::Notification) | Answer::Late(Asked::Notification) => {
                self.continue_receipts(id);
                self.finish_unbind(id);
            }
            // The answer to an enquire_link needs no memory.
            Answer::Unknown if header.command == Command::EnquireLinkResp => {}
            Answer::Unknown => {
                link.seen.violated(Violation::UnknownSequence);
                self.add(Tally::Nonsense, 1);
            }
        }
    }

    /// The peer wants to go: it gets what we owe it first (SMPP 3.4 §4.2).
    fn handle_unbind(&mut self, id: LinkId, sequence: u32) {
        let Some(link) = self.links.get_mut(id) else { return };
        link.session.handle_unbind(self.at.now);
        link.unbinding = Some((sequence, Some(self.at.now + UNBIND_GRACE)));
        self.leave_binds(id);
        self.finish_unbind(id);
        self.arm_link(id);
    }

    /// Answers a pending unbind once nothing else is owed, and ends what was unbound.
    pub(crate) fn finish_unbind(&mut self, id: LinkId) {
        let now = self.at.now;
        let Some(link) = self.links.get_mut(id) else { return };
        if let Some((_, until)) = &mut link.unbinding {
            // Nothing to wait for, or waited long enough.
            let asked = link.session.window().waiting();
            *until = until.filter(|until| asked > 0 && *until > now);
        }
        if link.session.owed() > 0 {
            return;
        }
        if link.unbound {
            return self.close(id);
        }
        if let Some((sequence, _)) = link.unbinding.take_if(|(_, until)| until.is_none()) {
            put_unbind_resp(Status::ROK, sequence, link.say());
            link.parted = true;
            self.close(id);
        }
    }

    /// We want to go.
    pub(crate) fn unbind(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(id) else { return };
        if link.unbinding.is_some() {
            // It goes when it has its answers.
            return self.finish_unbind(id);
        }
        if !link.session.state().is_bound() {
            return self.close(id);
        }
        if let Ok(sequence) = link.session.ask_untracked() {
            put_unbind(sequence, link.say());
        }
        link.session.handle_unbind(self.at.now);
        link.leaving = Some(self.at.now + UNBIND_PATIENCE);
        self.leave_binds(id);
        self.touch(id);
        self.arm_link(id);
    }

    /// A peer that owes us no more than the answer to our unbind is taken to have said it when its
    /// time is over; one that owes more is waited for, up to the session's patience.
    fn stop_waiting_for_unbind(&mut self, id: LinkId) {
        let now = self.at.now;
        let Some(link) = self.links.get_mut(id) else { return };
        let Some(leaving) = &mut link.leaving else { return };
        if *leaving > now {
            return;
        }
        if link.session.window().waiting() > 0 {
            *leaving = now + UNBIND_PATIENCE;
        } else {
            (link.leaving, link.unbound) = (None, true);
        }
    }

    /// Lets the body close the link once everything said is written.
    pub(crate) fn close(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(id) else { return };
        if std::mem::replace(&mut link.closing, true) {
            return;
        }
        self.touch(id);
        self.out.plugs.push_back(Plug::Close { link: id });
    }

    pub(crate) fn handle_unlinked(&mut self, id: LinkId, cause: Unlink) {
        self.leave_binds(id);
        self.waking.forget(id);
        let Some(mut link) = self.links.remove(id) else {
            let known = self.handle_flow_unlinked(id) || self.relay_gone(id, cause);
            if !self.trunk_lost(id, cause) && !known && !self.outbind_lost(id) {
                self.handle_connection_lost(id, cause);
            }
            return;
        };
        let asked: Vec<Asked> = link.session.handle_closed().collect();
        for asked in asked {
            self.handle_unknown(asked, ReceiptAnswer::Lost);
        }
        if let Owner::Carrier(carrier) = link.owner {
            self.offer_receipts(link.environment, carrier);
        }
        self.resolve_held(id, link.environment);
        if link.parted && cause == Unlink::Asked {
            link.answered.clear();
        }
        self.doubt_answers(id, &link);
        self.observations.absorb(&mut link);
        match link.owner {
            Owner::Nobody => drop(self.outbind_lost(id)),
            Owner::Carrier(carrier) => {
                let name = self.carrier_name(link.environment, carrier);
                let note = self.out.info("carrier left", name);
                (note.peer, note.detail) = (Some(link.peer), format!("{cause:?}"));
            }
            Owner::Connection(_) => self.handle_connection_lost(id, cause),
        }
    }

    /// A request of ours will not be answered any more.
    fn handle_unknown(&mut self, asked: Asked, answer: ReceiptAnswer) {
        match asked {
            Asked::Bind | Asked::Notification => {}
            Asked::Submit(flight) => self.submit_unknown(flight),
            Asked::Receipt(owner, sms) => self.receipted(owner, sms, answer),
        }
    }

    pub(crate) fn handle_link_timer(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(id) else { return };
        link.armed = None;
        let now = self.at.now;
        let mut expired = Vec::new();
        while let Some(asked) = link.session.expire(now) {
            expired.push(asked);
        }
        link.strikes = link.strikes.saturating_add(expired.len() as u16);
        link.seen.unanswered(expired.len());
        let event = link.session.handle_timeout(now);
        if event == Some(TimerEvent::SendEnquireLink)
            && let Ok(sequence) = link.session.ask_untracked()
        {
            put_enquire_link(sequence, link.say());
            link.rest();
            self.touch(id);
        }
        if event.is_some_and(TimerEvent::closes) || expired.contains(&Asked::Bind) {
            self.close(id);
        }
        if event == Some(TimerEvent::UnbindInactive) {
            self.unbind(id);
        }
        for asked in expired {
            match asked {
                Asked::Submit(flight) => self.submit_late(id, flight),
                Asked::Bind | Asked::Receipt(..) | Asked::Notification => {
                    self.handle_unknown(asked, ReceiptAnswer::Unanswered);
                }
            }
        }
        self.continue_receipts(id);
        self.stop_waiting_for_unbind(id);
        self.finish_unbind(id);
        self.handle_guard_timer(id);
        self.arm_link(id);
    }

    /// Makes sure the session's next impatience finds us.
    pub(crate) fn arm_link(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(id) else { return };
        let Some(next) = link.poll_timeout() else { return };
        if link.armed.is_none_or(|armed| armed > next) {
            link.armed = Some(next);
            match link.session.state().is_bound() && next > self.at.now + SOON {
                true => self.deadlines.arm_patient(next, Timer::Link(id)),
                false => self.deadlines.arm(next, Timer::Link(id)),
            }
        }
    }

    /// Something came that makes no sense.
    pub(crate) fn nonsense(&mut self, id: LinkId, detail: String) {
        self.add(Tally::Nonsense, 1);
        let peer = self.links.get(id).map(|link| link.peer);
        let note = self.out.warn("nonsense on an SMPP link", "");
        (note.peer, note.detail) = (peer, detail);
    }
}

/// What is due later than this on a bound link may be due together with others.
const SOON: Duration = Duration::from_secs(1);
