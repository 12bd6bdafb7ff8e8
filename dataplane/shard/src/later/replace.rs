//! replace_sm: say something else instead (SMPP 3.4 §4.10); and submit_sm with
//! replace_if_present_flag, which takes the place of the one that waits (§5.2.18).

use routing::journal::{Record, Replaced};
use routing::{Content, MessageId, Sms, State, Target};
use smpp::pdu::esm_class;

use crate::admit::target_id;
use crate::attic::Errand;
use crate::fair::Lane;
use crate::flights::Stage;
use crate::later::ask::agree;
use crate::later::{About, Ask, What};
use crate::limits::REPLACE_LOOKS;
use crate::shard::Shard;

/// What a replace_sm says instead.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// The text, coded as the old one.
    pub(crate) octets: Vec<u8>,
    pub(crate) registered_delivery: u8,
    /// A new time to leave, Unix nanoseconds.
    pub(crate) not_before_ns: Option<u64>,
    /// A new end of its validity, Unix nanoseconds.
    pub(crate) expires_ns: Option<u64>,
}

impl Change {
    /// The new text, coded as the old one.
    fn content(&self, sms: &Sms) -> Option<Content> {
        match sms.content {
            Content::Coded { data_coding, alphabet, .. } => {
                Some(Content::Coded { data_coding, alphabet, octets: self.octets.clone() })
            }
            Content::Text(_) => None,
        }
    }
}

impl Shard {
    /// Replaces an Sms that waits. The price stands: it is one unit whatever it says.
    pub(crate) fn replace(&mut self, ask: &mut Ask) {
        let About::Named { meant, .. } = ask.about else { return };
        self.refuse_ended(ask, meant);
        let What::Replace(change) = &ask.what else { return };
        let mut known = self.flights.meant(meant).into_iter().filter_map(|id| self.flights.get(id));
        let Some(flight) = known.find(|flight| ask.means(&flight.sms)) else { return };
        let agrees = ask.agrees(&flight.sms);
        // A submit_multi's name means several, of which some may be under way.
        let single = flight.sms.group.is_none();
        ask.found.whole |= agrees && single;
        // We cannot know where a header would end in the new text.
        let plain = flight.sms.esm_class & esm_class::UDHI == 0;
        let Some(content) = change.content(&flight.sms).filter(|_| agrees && single && plain)
        else {
            ask.found.refused += 1;
            return;
        };
        let is_scheduled = matches!(flight.stage, Stage::Scheduled);
        let not_before_ns = change.not_before_ns.unwrap_or(flight.sms.not_before_ns);
        let expires_ns = change.expires_ns.unwrap_or(flight.sms.expires_ns);
        // What has left its schedule keeps its place.
        let timely = change.not_before_ns.is_none() || is_scheduled && not_before_ns < expires_ns;
        if !timely || !flight.is_untouched() {
            ask.found.refused += 1;
            return;
        }
        let (id, at_ns) = (flight.sms.id, self.at.unix_ns);
        // What has one attempt never has a receipt, whatever it says now.
        let single = flight.sms.is_single();
        let registered_delivery = if single { 0 } else { change.registered_delivery };
        let replaced =
            Replaced { id, at_ns, not_before_ns, expires_ns, registered_delivery, content };
        ask.found.done += 1;
        self.record(&Record::Replaced(Box::new(replaced.clone())));
        let Some(flight) = self.flights.get_mut(id) else { return };
        flight.sms.replace(replaced);
        let looked_at_ns = if is_scheduled { not_before_ns } else { expires_ns };
        self.flights.expire_at(id, self.on_clock(looked_at_ns));
    }

    /// A newer Sms takes the place of the one that waits for the same recipient, if there is
    /// one among the latest.
    pub(crate) fn supersede(&mut self, newer: &Sms) {
        let key = (newer.environment, target_id(newer.target));
        let waiting: Vec<MessageId> = match newer.target {
            Target::Account(_) => self.inboxes.latest(key).take(REPLACE_LOOKS).collect(),
            Target::Connection { .. } => self.queues.latest(key, Lane::of(newer)),
        };
        let alike = |sms: &Sms| {
            sms.carrier() == newer.carrier()
                && sms.service_type == newer.service_type
                && agree(&newer.source, &sms.source)
                && agree(&newer.destination, &sms.destination)
        };
        // When what was in the attic is here, there may be newer ones than the newer one.
        for older in waiting.into_iter().filter(|id| *id < newer.id) {
            let flight = self.flights.get(older);
            if flight.is_some_and(|flight| flight.is_untouched() && alike(&flight.sms)) {
                return self.settle(older, State::Deleted, SUPERSEDED_CODE);
            }
            if flight.is_none() && self.attic.may_be_alike(older, newer) {
                return self.fetch_for(older, Errand::Supersede(Box::new(newer.clone())));
            }
        }
    }
}

/// Gone (RFC 3261 §21.4.11): the code of an Sms whose place a newer one took.
const SUPERSEDED_CODE: u32 = 410;
