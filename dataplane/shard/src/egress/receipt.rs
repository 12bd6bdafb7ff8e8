//! The next hop's receipts back in.

use routing::board::Tally;
use routing::journal::{Orphan, Record};
use routing::{Address, MessageId, Number, Sms, State};
use smpp::pdu::{DataSm, DeliverResp, esm_class};
use smpp::tlv::tag;
use smpp::{Command, Frame, Header, MessageState, Receipt, ShortMessage, Status};

use crate::deadlines::Timer;
use crate::egress::names::{Turn, plain};
use crate::egress::parked::{Asked, Early};
use crate::egress::queues::ConnectionKey;
use crate::ingress::smpp::address;
use crate::input::LinkId;
use crate::promises::Promise;
use crate::shard::Shard;
use crate::taps::Exchange;

impl Shard {
    /// A deliver_sm (or data_sm) from the next hop: a receipt, or an Sms.
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
        let Some(key) = self.connection_of(link) else { return };
        match Kind::of(&message) {
            Kind::Receipt => self.handle_receipt(link, key, &header, &message),
            Kind::OnWay => {
                self.handle_on_way(key, &message);
                self.say_deliver_resp(link, header.command, header.sequence, Status::ROK);
            }
            Kind::Passing => {
                self.say_deliver_resp(link, header.command, header.sequence, Status::ROK);
            }
            Kind::Sms => self.handle_delivered(link, key, &header, &message),
        }
    }

    fn handle_receipt(
        &mut self,
        link: LinkId,
        key: ConnectionKey,
        header: &Header,
        message: &ShortMessage<'_>,
    ) {
        let asked = Asked { link, sequence: header.sequence, command: header.command };
        if self.promises.broken {
            return self.answer_receipt(asked, Status::RX_T_APPN);
        }
        let Some(receipt) = Receipt::of(message) else {
            // It does not say what it is about, and would not if it came again.
            self.add(Tally::ReceiptsOrphaned, 1);
            return self.answer_receipt(asked, Status::ROK);
        };
        let Some((state, code)) = ending(&receipt) else {
            self.handle_on_way(key, message);
            return self.answer_receipt(asked, Status::ROK);
        };
        let empty = Address::new(0, 0, b"").expect("nothing fits");
        let source = address(&message.source).unwrap_or(empty);
        let reference = message.tlvs.get_u16(tag::USER_MESSAGE_REFERENCE);
        let form = self.id_form(key);
        let Self { flights, names, .. } = self;
        let called = |id| flights.get(id).is_some_and(|flight| is_from(&source, &flight.sms));
        let named = names.meant(key, form, receipt.id, called);
        let meant = named.or_else(|| self.unsure.meant(key, reference?, called));
        if let Some(id) = meant {
            if self.out.taps.is_on() {
                self.tell_taps_id(Exchange::Smpp(link, header.sequence, false), id);
            }
            self.settle(id, state, code);
            // Answered when what it said is durable: after a crash the peer says it again.
            return self.promises.keep(receipt_taken(asked));
        }
        let may_be_named = self.may_be_named(key, link);
        if !may_be_named {
            // It may repeat one that settled an Sms a moment ago, which is not durable yet. It is
            // not journaled: a restart finds no Sms either that may get its name.
            self.promises.keep(receipt_taken(asked));
        }
        let name = plain(form, receipt.id);
        let asked = may_be_named.then_some(asked);
        let orphaned_ns = None;
        let early = Early { key, name, source, reference, state, code, asked, orphaned_ns };
        if self.parked.is_empty() {
            self.deadlines.arm(self.at.now, Timer::Forget);
        }
        self.parked.keep(self.at.now, early);
    }

    /// Receipts that were answered before the restart, oldest first.
    pub(crate) fn handle_orphans(&mut self, orphans: Vec<Orphan>) {
        if self.parked.is_empty() {
            self.deadlines.arm(self.at.now, Timer::Forget);
        }
        orphans.iter().for_each(|orphan| self.parked.adopt(self.at.now, orphan));
    }

    /// The next hop says of an Sms that it did not arrive yet: its sender may want to know.
    fn handle_on_way(&mut self, key: ConnectionKey, message: &ShortMessage<'_>) {
        let Some(receipt) = Receipt::of(message) else { return };
        let source = address(&message.source);
        let form = self.id_form(key);
        let Self { flights, names, .. } = self;
        let called = |id| {
            let sms = flights.get(id).map(|flight| &flight.sms);
            source.zip(sms).is_some_and(|(source, sms)| is_from(&source, sms))
        };
        if let Some(id) = names.meant(key, form, receipt.id, called) {
            self.tell_on_way(id, code_of(receipt.err));
        }
    }

    /// Is there an Sms whose name we may still hear?
    fn may_be_named(&mut self, key: ConnectionKey, link: LinkId) -> bool {
        let queue = self.queues.queue(key);
        let begun = queue.ready > 0 || queue.resting > 0 || !queue.waiting.is_empty();
        let awaits =
            |link| self.links.get(link).is_some_and(|link| link.session.window().waiting() > 0);
        // Many a peer says receipts on another link than the one it is sent to.
        let mut links = self.connections.senders(key).chain([link]);
        begun || !self.unsure.is_empty() || links.any(awaits)
    }

    /// The receipts that came before the name of an Sms.
    pub(crate) fn claim_parked(&mut self, key: ConnectionKey, id: MessageId, name: &[u8]) {
        if self.parked.is_empty() {
            return;
        }
        let form = self.id_form(key);
        let Self { flights, names, parked, .. } = self;
        let Some(flight) = flights.get(id) else { return };
        let early = names.receipts_of(key, form, name).find_map(|(turn, hash)| {
            let fits = |early: &Early| turn == Turn::Same || is_from(&early.source, &flight.sms);
            parked.claim(key, hash, fits)
        });
        if let Some(early) = early {
            self.settle_early(id, early);
        }
    }

    /// A receipt that was here first is about this Sms.
    pub(super) fn settle_early(&mut self, id: MessageId, early: Early) {
        self.settle(id, early.state, early.code);
        if let Some(orphan) = early.orphan() {
            // Behind the outcome, or a restart might know of neither.
            let claimed_ns = Some(self.at.unix_ns);
            self.record(&Record::Orphan(Orphan { claimed_ns, ..orphan }));
        }
        if let Some(asked) = early.asked {
            self.promises.keep(receipt_taken(asked));
        }
    }

    /// Answers receipts that waited long enough, and gives up on those that waited for longer.
    pub(crate) fn forget_parked(&mut self) {
        let now = self.at.now;
        while let Some((early, asked)) = self.parked.answer(now, self.at.unix_ns) {
            // Its Sms may get its name from the next life of this node.
            let orphan = early.orphan().map(Record::Orphan);
            orphan.iter().for_each(|orphan| self.record(orphan));
            self.promises.keep(receipt_taken(asked));
        }
        while self.parked.give_up(now).is_some() {
            self.add(Tally::ReceiptsOrphaned, 1);
        }
        if let Some(next) = self.parked.poll_timeout() {
            self.deadlines.arm(next, Timer::Forget);
        }
    }

    fn answer_receipt(&mut self, asked: Asked, status: Status) {
        self.say_deliver_resp(asked.link, asked.command, asked.sequence, status);
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

/// What a message from a next hop is.
enum Kind {
    /// It says how an Sms ended, or stands.
    Receipt,
    /// It says that an Sms did not arrive yet: an intermediate notification.
    OnWay,
    /// It changes nothing: the acknowledgement of an SME that nobody asked for.
    Passing,
    /// It is an Sms itself.
    Sms,
}

impl Kind {
    /// By its type (SMPP 3.4 §5.2.12); some peers forget that and say it with TLVs alone.
    fn of(message: &ShortMessage<'_>) -> Self {
        let tlvs = message.tlvs;
        let reports = tlvs.get(tag::RECEIPTED_MESSAGE_ID).is_some();
        match message.esm_class & esm_class::TYPE_MASK {
            esm_class::TYPE_RECEIPT => Self::Receipt,
            esm_class::TYPE_INTERMEDIATE => Self::OnWay,
            0 if reports && tlvs.get(tag::MESSAGE_STATE).is_some() => Self::Receipt,
            0 => Self::Sms,
            _ => Self::Passing,
        }
    }
}

/// The final state a receipt tells, and its code; `None` if it is not final.
fn ending(receipt: &Receipt<'_>) -> Option<(State, u32)> {
    let state = match receipt.state.unwrap_or(MessageState::Unknown) {
        MessageState::Skipped => State::Undeliverable,
        state => State::from_number(state.number()).filter(|state| state.is_final())?,
    };
    Some((state, if state == State::Delivered { 0 } else { code_of(receipt.err) }))
}

/// Does a receipt from this address fit an Sms? It comes from the number that was called,
/// however its peer writes numbers.
pub(super) fn is_from(source: &Address, sms: &Sms) -> bool {
    let same = source.as_bytes() == sms.destination.as_bytes();
    same || Number::normalise(source.ton, source.as_bytes()).is_ok_and(|said| said == sms.number)
}

fn receipt_taken(asked: Asked) -> Promise {
    let Asked { link, sequence, command } = asked;
    Promise::ReceiptTaken { link, sequence, command }
}

/// The error of a receipt as a number; letters and nothing are 0.
fn code_of(err: &[u8]) -> u32 {
    std::str::from_utf8(err).ok().and_then(|err| err.parse().ok()).unwrap_or(0)
}
