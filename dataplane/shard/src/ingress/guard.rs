//! What nobody may do to us before, or without, a bind: hold links, dribble octets, ask without
//! end, guess passwords.
//!
//! | who | may not | what happens |
//! |---|---|---|
//! | one address | hold more than [`HALF_OPEN_PER_IP`] unbound links | the next one is closed |
//! | all together | hold more than [`HALF_OPEN_MAX`] | the oldest one is closed |
//! | an unbound link | say more than [`UNBOUND_PDUS_MAX`] PDUs | it is closed |
//! | any link | leave a PDU unfinished for [`PDU_PATIENCE`] | it is closed |
//! | a carrier's link | say what it may not more than [`WRONGS_MAX`] times | it is closed |
//! | who cannot bind | know why, or hear so before [`BIND_REFUSAL_DELAY`] | one answer for all |

use std::net::IpAddr;
use std::time::Instant;

use smpp::pdu::put_error;
use smpp::session::{Role, State};
use smpp::{Header, Status};

use crate::input::LinkId;
use crate::limits::{
    BIND_REFUSAL_DELAY, HALF_OPEN_MAX, HALF_OPEN_PER_IP, PDU_PATIENCE, UNBOUND_PDUS_MAX, WRONGS_MAX,
};
use crate::peers::links::Link;
use crate::shard::Shard;

/// What a link has to fear beyond its session's timers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Guard {
    /// Since when a PDU is unfinished.
    unfinished: Option<Instant>,
    /// How often it said what it may not.
    wrongs: u16,
    /// The answer to a bind that failed; until then nobody listens.
    refusal: Option<Refusal>,
}

#[derive(Clone, Copy, Debug)]
struct Refusal {
    at: Instant,
    header: Header,
    status: Status,
}

impl Guard {
    /// Octets came: `begun` says whether a PDU ended in them, `left` whether one is unfinished.
    pub(crate) fn handle_octets(&mut self, now: Instant, ended: bool, left: bool) {
        self.unfinished = match self.unfinished.filter(|_| !ended) {
            _ if !left => None,
            None => Some(now),
            since => since,
        };
    }

    /// Is the link to be ignored until it is closed?
    pub(crate) fn is_refused(&self) -> bool {
        self.refusal.is_some()
    }

    /// When somebody must look.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let finish = self.unfinished.map(|since| since + PDU_PATIENCE);
        let refuse = self.refusal.map(|refusal| refusal.at);
        [finish, refuse].into_iter().flatten().min()
    }
}

impl Shard {
    /// Is there room for one more unbound link of this address? Makes some if too many others
    /// hold it.
    pub(crate) fn has_room_for(&mut self, peer: IpAddr) -> bool {
        if self.links.is_full() || self.links.half_open_of(peer) >= HALF_OPEN_PER_IP {
            return false;
        }
        if self.links.half_open() >= HALF_OPEN_MAX
            && let Some(oldest) = self.links.oldest_half_open()
        {
            self.links.forget_half_open(oldest);
            self.close(oldest);
        }
        true
    }

    /// A stranger's PDU: may it say any more?
    pub(crate) fn may_go_on(&mut self, id: LinkId) -> bool {
        let Some(link) = self.links.get(id) else { return false };
        let unbound = matches!(link.session.state(), State::Open | State::Outbound)
            && link.session.role() == Role::Server;
        if unbound && link.received() > UNBOUND_PDUS_MAX {
            self.nonsense(id, format!("{UNBOUND_PDUS_MAX} PDUs and no bind"));
            self.close(id);
            return false;
        }
        true
    }

    /// A PDU that was not allowed was answered.
    pub(crate) fn count_wrong(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(id) else { return };
        // Who hears our unbind late says much that is wrong by then.
        let unbinding = link.session.state() == State::Unbinding;
        if unbinding || link.session.role() == Role::Client {
            return;
        }
        link.guard.wrongs += 1;
        if link.guard.wrongs >= WRONGS_MAX {
            self.nonsense(id, format!("{WRONGS_MAX} PDUs in the wrong state"));
            self.close(id);
        }
    }

    /// A bind failed: the answer leaves when all such answers do, whatever was wrong.
    pub(crate) fn refuse_later(&mut self, id: LinkId, header: Header, status: Status) {
        let at = self.at.now + BIND_REFUSAL_DELAY;
        if let Some(link) = self.links.get_mut(id) {
            link.guard.refusal = Some(Refusal { at, header, status });
            link.partial = Vec::new();
        }
        self.arm_link(id);
    }

    /// Time passes on a link.
    pub(crate) fn handle_guard_timer(&mut self, id: LinkId) {
        let now = self.at.now;
        let Some(link) = self.links.get_mut(id) else { return };
        if let Some(refusal) = link.guard.refusal
            && refusal.at <= now
        {
            let Refusal { header, status, .. } = refusal;
            put_error(header.command, status, header.sequence, link.say());
            return self.close(id);
        }
        if link.guard.unfinished.is_some_and(|since| since + PDU_PATIENCE <= now) {
            self.nonsense(id, format!("a PDU unfinished for {PDU_PATIENCE:?}"));
            self.close(id);
        }
    }
}

impl Link {
    /// When the link must be looked at.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        // A link that is to be closed waits for nothing but to hear that it is.
        if self.closing {
            return None;
        }
        let unbinding = self.unbinding.and_then(|(_, until)| until);
        let times =
            [self.session.poll_timeout(), self.guard.poll_timeout(), unbinding, self.leaving];
        times.into_iter().flatten().min()
    }
}
