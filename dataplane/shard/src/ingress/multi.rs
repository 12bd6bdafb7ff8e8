//! submit_multi: one text to many (SMPP 3.4 §4.5). Each destination becomes an Sms of its own,
//! with its own owner, charge and receipt; the sender is told one name for all of them, which
//! stands in the receipts too. The answer leaves when every one of them is durable or refused.

use std::collections::{BTreeMap, BTreeSet};

use routing::board::Tally;
use routing::{Address, MessageId, Refusal};
use smpp::pdu::{Dest, SubmitMulti, SubmitMultiResp, UnsuccessBuffer};
use smpp::{Frame, ShortMessage, Status};

use crate::doubt::likeness;
use crate::ingress::Ticket;
use crate::ingress::smpp::status_of;
use crate::input::{LinkId, ShardId};
use crate::mail::Order;
use crate::peers::binds::CarrierKey;
use crate::peers::links::{Answered, Owner};
use crate::shard::Shard;

/// The submit_multi of this shard that are not answered: as many as windows allow.
#[derive(Debug, Default)]
pub(crate) struct Multis {
    next: u64,
    open: BTreeMap<u64, Multi>,
    /// The names that their senders have not been told yet.
    untold: BTreeSet<MessageId>,
}

/// One of them.
#[derive(Debug)]
struct Multi {
    link: LinkId,
    sequence: u32,
    payer: CarrierKey,
    /// The name for all.
    group: MessageId,
    /// Destinations without a verdict, and one more until all are dispatched.
    left: u16,
    /// Those that are ours.
    taken: Vec<Answered>,
    refused: UnsuccessBuffer,
    /// Why, as long as it is the same for all that were refused.
    status: Option<Status>,
}

/// One destination on its way to a verdict.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    multi: u64,
    pub(crate) link: LinkId,
    pub(crate) likeness: u64,
    pub(crate) owner: ShardId,
    destination: Address,
}

impl Multis {
    /// Does its sender know this name?
    pub(crate) fn is_told(&self, name: MessageId) -> bool {
        !self.untold.contains(&name)
    }

    /// What was taken of the requests of a link that was not answered yet.
    pub(crate) fn taken_of(&self, link: LinkId) -> Vec<Answered> {
        let multis = self.open.values().filter(|multi| multi.link == link);
        multis.flat_map(|multi| multi.taken.iter().copied()).collect()
    }
}

impl Multi {
    fn refuse(&mut self, destination: smpp::Address<'_>, status: Status) {
        let first = self.taken.is_empty() && self.refused.view().iter().next().is_none();
        self.status = if first { Some(status) } else { self.status.filter(|s| *s == status) };
        // There are no more destinations than the PDU had, and those it can hold.
        let _ = self.refused.push(destination, status);
    }

    /// The name that the sender is told: that of an earlier time, if it sends all again.
    fn told(&self) -> MessageId {
        let is_new = self.taken.iter().any(|answered| answered.id == self.group);
        let first = self.taken.first().filter(|_| !is_new);
        first.map_or(self.group, |answered| answered.id)
    }
}

impl Shard {
    pub(crate) fn handle_multi(&mut self, id: LinkId, pdu: &Frame<'_>) {
        let Some(link) = self.links.get_mut(id) else { return };
        let Owner::Carrier(carrier) = link.owner else { return };
        let environment = link.environment;
        if link.session.accept().is_err() {
            self.add(Tally::Received, 1);
            return self.refuse_submit(id, pdu, None, Refusal::Throttled, Status::RTHROTTLED);
        }
        let multi = match SubmitMulti::decode(pdu.body) {
            Ok(multi) => multi,
            Err(error) => {
                self.add(Tally::Received, 1);
                self.settle_link(id);
                return self.refuse_submit(id, pdu, None, Refusal::BadField, error.status);
            }
        };
        self.multis.next += 1;
        let (number, group) = (self.multis.next, self.next_id());
        let (taken, refused, status) = (Vec::new(), UnsuccessBuffer::new(), None);
        let (sequence, payer) = (pdu.header.sequence, (environment, carrier));
        let open = Multi { link: id, sequence, payer, group, left: 1, taken, refused, status };
        self.multis.open.insert(number, open);
        self.multis.untold.insert(group);
        for dest in multi.dests.iter() {
            self.add(Tally::Received, 1);
            let message = match dest {
                Dest::Address(destination) => ShortMessage { destination, ..multi.message },
                Dest::List(name) => {
                    let destination = smpp::Address { ton: 0, npi: 0, addr: name };
                    let message = ShortMessage { destination, ..multi.message };
                    let why = (Refusal::BadDestination, Status::RINVDLNAME);
                    self.refuse_member(number, &message, why);
                    continue;
                }
            };
            if let Err(why) = self.take_member(number, (carrier, group), &message) {
                self.refuse_member(number, &message, why);
            }
        }
        self.finish_member(number);
    }

    /// One destination goes the way of a submit_sm.
    fn take_member(
        &mut self,
        number: u64,
        (carrier, group): (u32, MessageId),
        message: &ShortMessage<'_>,
    ) -> Result<(), (Refusal, Status)> {
        let Some(Multi { link, sequence, .. }) = self.multis.open.get(&number) else {
            return Ok(());
        };
        let (link, sequence, at) = (*link, *sequence, self.at);
        let known = self.links.get(link).ok_or((Refusal::NotReady, Status::RSYSERR))?;
        let key = (known.environment, carrier);
        let said = |refusal: Refusal| (refusal, status_of(refusal, message));
        self.agreed.get_mut(key).map_or(Ok(()), |agreed| agreed.admit(at)).map_err(said)?;
        let known = self.links.get(link).ok_or((Refusal::NotReady, Status::RSYSERR))?;
        let mut draft = self.draft(link, known, carrier, message, sequence)?;
        draft.group = Some(group);
        let (sms, owner) = self.admit(draft).map_err(said)?;
        let (likeness, destination) = (likeness(&sms), sms.destination);
        let member = Member { multi: number, link, likeness, owner, destination };
        let ticket = self.tickets.open(Ticket::Member(member));
        if let Some(open) = self.multis.open.get_mut(&number) {
            open.left += 1;
        }
        self.spend(key);
        let replaces = message.replace_if_present == 1;
        self.dispatch(owner, Order { sms, likeness, ticket, replaces, only_known: false });
        Ok(())
    }

    fn refuse_member(
        &mut self,
        number: u64,
        message: &ShortMessage<'_>,
        (refusal, status): (Refusal, Status),
    ) {
        let Some(open) = self.multis.open.get_mut(&number) else { return };
        open.refuse(message.destination, status);
        let (link, sequence) = (open.link, open.sequence);
        self.record_refused_submit(link, sequence, Some(message), refusal, status);
    }

    /// The verdict about one destination.
    pub(crate) fn handle_member(&mut self, member: Member, verdict: Result<MessageId, Refusal>) {
        let Member { multi, link, likeness, owner, destination } = member;
        if let (None, Ok(id)) = (self.links.get(link), verdict) {
            self.tell_doubt(owner, id, likeness);
        }
        let Some(open) = self.multis.open.get_mut(&multi) else { return };
        match verdict {
            Ok(id) => open.taken.push(Answered { at: self.at.now, id, likeness, owner }),
            Err(refusal) => {
                let address = crate::receipts::smpp_address(&destination);
                open.refuse(address, Status(refusal.smpp()));
                self.refund(link);
            }
        }
        self.finish_member(multi);
    }

    /// One thing less is waited for; the last one brings the answer.
    fn finish_member(&mut self, number: u64) {
        let Some(open) = self.multis.open.get_mut(&number) else { return };
        open.left -= 1;
        if open.left > 0 {
            return;
        }
        let Some(multi) = self.multis.open.remove(&number) else { return };
        self.multis.untold.remove(&multi.group);
        let id = multi.link;
        self.say_multi(&multi);
        self.settle_link(id);
        let now = self.at.now;
        if let Some(link) = self.links.get_mut(id) {
            multi.taken.iter().for_each(|one| link.remember(Answered { at: now, ..*one }));
        }
        self.finish_unbind(id);
        // Receipts that were quicker than the answer may follow it now.
        self.offer_receipts(multi.payer.0, multi.payer.1);
    }

    fn say_multi(&mut self, multi: &Multi) {
        let (id, sequence) = (multi.link, multi.sequence);
        let Some(link) = self.links.get(id) else { return };
        let version = link.session.version();
        let told = self.spelled(id, multi.told());
        // None was taken: then nothing bears the name.
        let status = match multi.taken.is_empty() {
            true => multi.status.unwrap_or(Status::RSUBMITFAIL),
            false => Status::ROK,
        };
        let resp = SubmitMultiResp {
            message_id: told.as_bytes(),
            unsuccess: multi.refused.view(),
            ..SubmitMultiResp::default()
        };
        self.say(id, |out| resp.encode(version.status(status), sequence, out));
    }
}
