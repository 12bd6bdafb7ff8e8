//! To the shard that will own it, durable there, and the answer back home.

use std::time::{Duration, Instant};

use routing::board::{Span, Tally};
use routing::journal::{Doubt, Record};
use routing::{AckLevel, MessageId, Refusal, Sms, State, Target};
use smpp::Status;

use crate::admit::target_id;
use crate::credit::Held;
use crate::deadlines::Timer;
use crate::doubt::{is_named, likeness};
use crate::fair::{Lane, class_of};
use crate::flights::{Flight, Stage};
use crate::ingress::Ticket;
use crate::ingress::auth::Proof;
use crate::input::{LinkId, ShardId};
use crate::later::Told;
use crate::limits::{DOUBT_RECENT, DOUBT_TTL, INBOX_MAX, NAMED_TTL, SCHEDULED_MAX};
use crate::mail::{Mail, Order};
use crate::peers::links::{Answered, Link};
use crate::promises::Promise;
use crate::shard::Shard;

impl Shard {
    /// Hands an Sms to its owner.
    pub(crate) fn dispatch(&mut self, owner: ShardId, order: Order) {
        if self.out.taps.is_on() {
            let ticket = self.tickets.get(order.ticket);
            if let Some(exchange) = ticket.and_then(|ticket| self.exchange_of(ticket)) {
                self.tell_taps(exchange, &order.sms, None);
            }
        }
        let here = self.config.shard;
        match self.bank_of(&order.sms) {
            Some(bank) if bank == here => return self.pay(here, owner, order),
            Some(bank) => return self.out.post(bank, Mail::Pay { owner, order }),
            None => {}
        }
        if owner == here {
            self.take(owner, order);
        } else {
            self.out.post(owner, Mail::Take(order));
        }
    }

    pub(crate) fn handle_mail(&mut self, from: ShardId, mail: Mail) {
        match mail {
            Mail::Take(order) => self.take(from, order),
            Mail::Pay { owner, order } => self.pay(from, owner, order),
            Mail::Paid { from, order } => self.take(from, order),
            Mail::GivenBack { environment, carrier, micros } => {
                self.handle_given_back((environment, carrier), micros);
            }
            Mail::Answer { ticket, verdict } => self.answer(ticket, verdict),
            Mail::Failed { ticket, why } => self.answer_failed(ticket, why),
            Mail::Doubt { id, likeness } => self.doubt_as(id, likeness, 0),
            Mail::Orphaned { ticket, likeness } => self.orphaned(from, ticket, likeness),
            Mail::Receipt { receipt } => self.handle_guest_receipt(from, *receipt),
            Mail::Notice { notice } => self.take_notice(from, notice),
            Mail::Noticed { id, end } => self.close_receipt(id, end),
            Mail::Receipted { id, answer } => self.handle_receipted(from, id, answer),
            Mail::Spent { environment, carrier, day, spent } => {
                self.handle_spent((environment, carrier), from, day, spent);
            }
            Mail::Binds { environment, carrier, binds, receivers } => {
                self.binds.heard((environment, carrier), from, binds, receivers);
                if receivers > 0 {
                    self.offer_receipts(environment, carrier);
                } else {
                    self.review_outbind((environment, carrier));
                }
            }
            Mail::Connected { environment, connection, up } => {
                self.connections.heard((environment, connection), up);
                if up && self.connections.has_lost() {
                    self.look_for_ways();
                }
            }
            Mail::Ask(ask) => self.handle_ask(ask),
            Mail::Alert(alert) => self.handle_alert(&alert),
            Mail::Told { ticket, told } => self.handle_told(ticket, told),
            Mail::Outlook { environment, connection, standing, quality } => {
                self.heard_outlook((environment, connection), standing, quality);
            }
            Mail::Move { moving } => self.handle_move(from, *moving),
            Mail::Moved { id, taken } => self.handle_moved(id, taken),
            Mail::Outbind { environment, carrier } => self.want_bind((environment, carrier)),
            Mail::Disposed { environment, account, id, state } => {
                self.handle_disposed((environment, account), id, state);
            }
            Mail::Relayed { environment, account, id, said } => {
                self.handle_from_handset((environment, account), id, said);
            }
            Mail::SayRelay { environment, account, call_id, octets } => {
                self.say_to_handset((environment, account), &call_id, &octets);
            }
            Mail::Relay(relay) => self.handle_relay(from, relay),
            Mail::Sip { line, peer, octets } => self.handle_sip(line, peer, &octets),
            Mail::Say { link, octets } => self.flows.say(&mut self.out, link, &octets),
            Mail::Keep { link, duration } => self.keep_flow(link, duration),
            Mail::Ended { flow } => self.handle_ended(flow),
        }
    }

    /// An Sms becomes ours, or what its sender's bank holds for it goes back.
    pub(crate) fn take(&mut self, from: ShardId, order: Order) {
        let held = Held::of(&order.sms);
        if !self.becomes_ours(from, order) {
            held.into_iter().for_each(|held| self.give_back(held));
        }
    }

    /// An Sms becomes ours: from here on it has one owner, one outcome and one charge. `false` if
    /// it is refused, or was ours before.
    fn becomes_ours(&mut self, from: ShardId, order: Order) -> bool {
        let Order { mut sms, likeness, ticket, replaces, only_known } = order;
        let doubted = self.doubts.claim(likeness);
        if let Some((told, record)) = doubted.or_else(|| self.named.claim(likeness))
            && (!self.promises.broken || self.promises.is_durable(record))
        {
            self.add(Tally::Repeated, 1);
            if !self.asks_again(told, from, ticket) {
                if doubted.is_some() {
                    // This answer may be lost like the first, later than that doubt lasts.
                    self.record_doubt(told, likeness);
                }
                let answer = Promise::Answer { to: from, ticket, id: told, told };
                self.promises.keep_for(record, answer);
            }
            return false;
        }
        if only_known {
            self.reply(from, ticket, Err(Refusal::NotReady));
            return false;
        }
        let segments = match self.may_be_ours(&mut sms) {
            Ok(segments) => segments,
            Err(refusal) => {
                self.reply(from, ticket, Err(refusal));
                return false;
            }
        };
        if !segments.is_empty() {
            self.take_segments(segments, from, ticket);
            return true;
        }
        let id = self.next_id();
        sms.id = id;
        self.accept(&sms);
        let told = sms.told();
        self.promise_answer(sms.ack, (id, told), from, ticket);
        if replaces {
            self.supersede(&sms);
        }
        self.wish_alert(&sms);
        // One that was tried once and failed is another one when it comes again.
        if is_named(&sms) && sms.ack != AckLevel::Delivered {
            if self.named.is_empty() {
                self.deadlines.arm(self.at.now + NAMED_TTL, Timer::Forget);
            }
            self.named.add(self.at.now, likeness, told, self.promises.last());
        }
        let (stage, expires) = self.first_stage(&sms);
        let is_scheduled = matches!(stage, Stage::Scheduled);
        let cut_off = sms.is_single().then(|| self.is_cut_off(&sms)).flatten();
        self.flights.insert(Flight::new(sms, stage, expires));
        match cut_off {
            Some(code) => self.settle(id, State::Undeliverable, code),
            None if is_scheduled => {}
            None => self.enqueue(id),
        }
        true
    }

    /// Is there anything against it? If not, the segments that it must become.
    fn may_be_ours(&mut self, sms: &mut Sms) -> Result<Vec<Sms>, Refusal> {
        if self.promises.broken {
            return Err(Refusal::NotDurable);
        }
        self.has_room(sms)?;
        if self.is_echo(sms) {
            return Err(Refusal::Loop);
        }
        self.segments_of(sms)
    }

    /// Journals that an Sms is ours.
    pub(crate) fn accept(&mut self, sms: &Sms) {
        Record::encode_accept(sms, &mut self.out.records);
        self.recorded();
        self.add(Tally::Accepted, 1);
    }

    /// The time of a scheduled Sms has come.
    pub(crate) fn release(&mut self, id: MessageId) {
        let Some(flight) = self.flights.get(id) else { return };
        let expires = self.expiry(&flight.sms);
        self.flights.release(id, expires);
        self.enqueue(id);
    }

    /// Does it wait for its time, and when is it to be looked at?
    pub(crate) fn first_stage(&self, sms: &Sms) -> (Stage, Instant) {
        if sms.not_before_ns > self.at.unix_ns {
            return (Stage::Scheduled, self.on_clock(sms.not_before_ns));
        }
        (Stage::Waiting, self.expiry(sms))
    }

    pub(crate) fn has_room(&self, sms: &Sms) -> Result<(), Refusal> {
        if self.promises.scarce {
            return Err(Refusal::NotDurable);
        }
        if sms.carrier().is_some_and(|carrier| self.receipts.is_full((sms.environment, carrier))) {
            return Err(Refusal::Full);
        }
        let sender = sms.carrier().map(|carrier| (sms.environment, carrier));
        let may_wait = sms.not_before_ns <= self.at.unix_ns
            || sender.is_none_or(|sender| self.flights.scheduled(sender) < SCHEDULED_MAX);
        let waiting = match sms.target {
            Target::Account(account) => self.inboxes.len((sms.environment, account)) < INBOX_MAX,
            Target::Connection { connection, .. } => {
                self.queues.has_room((sms.environment, connection), Lane::of(sms))
            }
        };
        (may_wait && waiting && !self.flights.is_full()).then_some(()).ok_or(Refusal::Full)
    }

    /// Puts a flight behind its equals in its inbox or queue, and moves that.
    pub(crate) fn enqueue(&mut self, id: MessageId) {
        if self.gathers(id) {
            return;
        }
        let Some(flight) = self.flights.get(id) else { return };
        let key = (flight.sms.environment, target_id(flight.sms.target));
        match flight.sms.target {
            Target::Account(_) => {
                self.inboxes.push_back(key, class_of(flight.sms.priority), id);
                self.try_account(key.0, key.1);
                let flight = self.flights.get(id);
                if flight.is_some_and(|flight| matches!(flight.stage, Stage::Waiting)) {
                    self.note_waiting(id);
                }
            }
            Target::Connection { .. } => self.enqueue_submit(key, id),
        }
    }

    /// When the validity of an Sms ends, on the monotonic clock.
    pub(crate) fn expiry(&self, sms: &Sms) -> Instant {
        self.on_clock(sms.expires_ns)
    }

    /// A moment of the wall clock on the monotonic one; now if it has passed.
    pub(crate) fn on_clock(&self, unix_ns: u64) -> Instant {
        self.at.now + Duration::from_nanos(unix_ns.saturating_sub(self.at.unix_ns))
    }

    /// Unique within the node, though its clock goes back: see `knows_id`.
    pub(crate) fn next_id(&mut self) -> MessageId {
        let now_ms = self.at.unix_ns / 1_000_000;
        let (last_ms, counter) = self.last_id;
        self.last_id = if now_ms > last_ms {
            (now_ms, 0)
        } else if counter < MessageId::COUNTER_MAX {
            (last_ms, counter + 1)
        } else {
            (last_ms + 1, 0)
        };
        let (unix_ms, counter) = self.last_id;
        MessageId::new(unix_ms, self.config.node, self.config.shard.0, counter)
    }

    /// Does what waited for records that are durable now.
    pub(crate) fn keep_promises(&mut self) {
        while let Some(promise) = self.promises.due() {
            match promise {
                Promise::Answer { to, ticket, told, .. } => {
                    let waited = self.promises.waited(self.at.now);
                    self.took(Span::Accept, waited.as_nanos() as u64);
                    self.reply(to, ticket, Ok(told));
                }
                Promise::Failed { to, ticket, why } => self.reply_failed(to, ticket, why),
                Promise::Attempt { id, attempt, over } => self.launch(id, attempt, over),
                Promise::Leave { to, moving } => self.leave(to, moving),
                Promise::Arrived { from, id } => {
                    self.out.post(from, Mail::Moved { id, taken: true });
                }
                Promise::Settled { id } => self.offer_receipt(id),
                Promise::Unspent(held) => self.give_back(held),
                Promise::Asked(ask) => self.continue_ask(ask),
                Promise::ReceiptTaken { link, sequence, command } => {
                    self.say_deliver_resp(link, command, sequence, Status::ROK);
                }
                Promise::Registered { transaction, environment, account, said } => {
                    self.say_registered(transaction, (environment, account), said);
                }
            }
        }
    }

    /// The disk is full, or is not any more.
    pub(crate) fn handle_scarce(&mut self, is_scarce: bool) {
        self.promises.scarce = is_scarce;
        let words = if is_scarce {
            "no room for another volume of the journal; no new SMS are accepted"
        } else {
            "there is room for the journal again; SMS are accepted"
        };
        self.out.warn(words, "");
    }

    /// The journal failed: what was promised cannot be kept, and nothing new is taken.
    pub(crate) fn handle_not_recorded(&mut self) {
        self.promises.broken = true;
        self.out.warn("the journal failed; nothing more is accepted", "");
        self.fail_transactions();
        while let Some(promise) = self.promises.lost() {
            match promise {
                Promise::Answer { to, ticket, id, .. } => {
                    self.flights.remove(id);
                    self.reply(to, ticket, Err(Refusal::NotDurable));
                }
                Promise::Asked(ask) => self.tell(&ask, Told::No(Status::RSYSERR)),
                Promise::Registered { transaction, .. } => self.respond(transaction, 500),
                Promise::Failed { to, ticket, .. } => {
                    self.reply(to, ticket, Err(Refusal::NotDurable));
                }
                // Whoever gave it away waits for ever; a restart finds out whose it is.
                Promise::Leave { .. }
                | Promise::Arrived { .. }
                | Promise::Attempt { .. }
                | Promise::Settled { .. }
                | Promise::Unspent(_)
                | Promise::ReceiptTaken { .. } => {}
            }
        }
    }

    /// Tells the shard that took it in.
    pub(crate) fn reply(&mut self, to: ShardId, ticket: u64, verdict: Result<MessageId, Refusal>) {
        if to == self.config.shard {
            self.answer(ticket, verdict);
        } else {
            self.out.post(to, Mail::Answer { ticket, verdict });
        }
    }

    /// Tells the peer.
    fn answer(&mut self, ticket: u64, verdict: Result<MessageId, Refusal>) {
        let ticket = self.tickets.close(ticket);
        if self.out.taps.is_on()
            && let (Some(ticket), Ok(id)) = (&ticket, verdict)
        {
            self.tell_taps_answer(ticket, id);
        }
        match ticket {
            None => {}
            // A question is never answered with a verdict.
            Some(Ticket::Ask { .. }) => {}
            Some(Ticket::Member(member)) => self.handle_member(member, verdict),
            Some(Ticket::Relay { to, asked }) => match (asked, verdict) {
                (Some(transaction), Err(_)) => self.ask_anew(transaction),
                (asked, verdict) => {
                    asked.into_iter().for_each(|transaction| self.respond(transaction, 202));
                    self.answer_handset(to, verdict);
                }
            },
            Some(Ticket::Sip { transaction, proof }) => match (proof, verdict) {
                (_, Ok(_)) => self.respond(transaction, 202),
                (Proof::Fresh, Err(refusal)) => self.respond(transaction, refusal.sip()),
                (Proof::Old, Err(_)) => self.ask_anew(transaction),
            },
            Some(Ticket::Smpp { link, sequence, command, likeness, owner, since }) => {
                let now = self.at.now;
                if let (None, Ok(id)) = (self.links.get(link), verdict) {
                    return self.tell_doubt(owner, id, likeness);
                }
                let name = verdict.map(|id| self.spelled(link, id));
                let message_id = match &name {
                    Ok(name) => Ok(name.as_bytes()),
                    Err(refusal) => Err(Status(refusal.smpp())),
                };
                self.say_submit_resp(link, command, sequence, message_id);
                match verdict {
                    Ok(_) => {
                        if let Some(peer) = self.links.get(link).and_then(Link::peer_key) {
                            let ns = now.duration_since(since).as_nanos() as u64;
                            self.observations.took(peer, Span::Accept, ns);
                        }
                    }
                    Err(_) => self.refund(link),
                }
                self.settle_link(link);
                if let (Some(link), Ok(id)) = (self.links.get_mut(link), verdict) {
                    link.remember(Answered { at: now, id, likeness, owner });
                }
                self.finish_unbind(link);
            }
        }
    }

    /// A link died: what it asked will not be answered, and what it was answered last may
    /// never have reached the peer. The owners hear of both before the peer can come back.
    pub(crate) fn doubt_answers(&mut self, id: LinkId, link: &Link) {
        for (ticket, likeness, owner) in self.tickets.of_link(id) {
            if owner == self.config.shard {
                self.orphaned(owner, ticket, likeness);
            } else {
                self.out.post(owner, Mail::Orphaned { ticket, likeness });
            }
        }
        for answered in self.multis.taken_of(id) {
            self.tell_doubt(answered.owner, answered.id, answered.likeness);
        }
        for answered in &link.answered {
            if self.at.now.saturating_duration_since(answered.at) <= DOUBT_RECENT {
                self.tell_doubt(answered.owner, answered.id, answered.likeness);
            }
        }
    }

    /// If it was answered a moment ago, the ingress shard learns from the answer that it is in
    /// doubt; otherwise it is from now on, and the ticket ends with an answer nobody reads.
    fn orphaned(&mut self, from: ShardId, ticket: u64, likeness: u64) {
        if self.orphan_transaction(from, ticket, likeness) {
            return;
        }
        if let Some((id, record)) = self.promises.orphan(from, ticket) {
            self.doubt_as(id, likeness, record);
            self.reply(from, ticket, Err(Refusal::NotReady));
        }
    }

    pub(crate) fn tell_doubt(&mut self, owner: ShardId, id: MessageId, likeness: u64) {
        if owner == self.config.shard {
            self.doubt_as(id, likeness, 0);
        } else {
            self.out.post(owner, Mail::Doubt { id, likeness });
        }
    }

    /// An Sms from before a restart, whose sender may not have heard the answer.
    pub(crate) fn doubt(&mut self, sms: &Sms) {
        self.doubt_as(sms.told(), likeness(sms), 0);
    }

    /// Journaled, because the node may stop before the sender comes again.
    pub(crate) fn doubt_as(&mut self, id: MessageId, likeness: u64, record: u64) {
        self.record_doubt(id, likeness);
        self.keep_doubt(id, likeness, record);
    }

    fn record_doubt(&mut self, id: MessageId, likeness: u64) {
        let (ShardId(shard), shards) = (self.config.shard, self.config.shards);
        let at_ns = self.at.unix_ns;
        self.record(&Record::Doubt(Doubt { id, at_ns, likeness, shard, shards }));
    }

    /// As [`doubt_as`](Self::doubt_as), of what need not or may not be journaled.
    pub(crate) fn keep_doubt(&mut self, id: MessageId, likeness: u64, record: u64) {
        if self.doubts.is_empty() {
            self.deadlines.arm(self.at.now + DOUBT_TTL, Timer::Forget);
        }
        self.doubts.add(self.at.now, likeness, id, record);
    }

    /// What was in doubt before the restart, oldest first.
    pub(crate) fn handle_doubted(&mut self, doubts: Vec<Doubt>) {
        for Doubt { id, likeness, .. } in doubts {
            self.knows_id(id);
            self.keep_doubt(id, likeness, 0);
        }
    }
}
