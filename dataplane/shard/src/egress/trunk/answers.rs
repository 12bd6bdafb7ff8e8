//! What a trunk's final responses ask of us.

use std::time::Duration;

use routing::MessageId;
use sip::digest::Ha1;
use sip::{Challenge, ContactValue, Message, Name, Uri};

use super::Try;
use crate::deadlines::Timer;
use crate::egress::ConnectionKey;
use crate::limits::{HOLD_SECS, REDIRECTIONS_MAX, TRUNK_ALARMS};
use crate::peers::trunks::{Challenged, Trunk};
use crate::settle::Verdict;
use crate::shard::Shard;

impl Shard {
    /// The final response to a MESSAGE (standards.md 4.2).
    pub(super) fn message_answered(
        &mut self,
        key: ConnectionKey,
        one: Try,
        status: u16,
        response: &Message<'_>,
    ) {
        if !self.is_tried(&one) {
            return;
        }
        match status {
            200..=299 => self.queues.queue(key).pace.taken(self.at.now),
            300..=399 => return self.redirected(key, one, status, response),
            401 | 407 => return self.challenged(key, one, status, response),
            429 | 503 => {
                if let Some(pause) = pause(response) {
                    return self.hold_trunk(key, one.id, pause, status);
                }
            }
            _ => {}
        }
        self.conclude(one.id, Verdict::of_trunk(status));
    }

    /// It wants to know who we are: once we answer, and then it has had its answer (E24).
    fn challenged(&mut self, key: ConnectionKey, one: Try, status: u16, response: &Message<'_>) {
        let trunk = self.connections.trunks.ours.get_mut(&key);
        let found = trunk.as_ref().and_then(|trunk| trunk.challenge(status, response));
        let has_password =
            trunk.as_ref().is_some_and(|trunk| !trunk.settings.trunk.username.is_empty());
        if let (Some(trunk), Some(found), false, true) = (trunk, found, one.answered, has_password)
        {
            trunk.challenge = Some(found);
            let turn = one.turn + 1;
            return self.ask_trunk(key, Try { turn, answered: true, ..one });
        }
        self.alarm_trunk(key, status);
        self.conclude(one.id, Verdict::Temporary(status.into()));
    }

    /// Tells the operator, now and then, that a trunk does not take our password.
    fn alarm_trunk(&mut self, key: ConnectionKey, status: u16) {
        let now = self.at.now;
        let name = self.connections.trunks.ours.get_mut(&key).and_then(|trunk| {
            // What it did not take is not offered again unasked.
            trunk.challenge = None;
            let is_new = trunk.alarmed.is_none_or(|at| now >= at + TRUNK_ALARMS);
            is_new.then(|| trunk.alarmed = Some(now))
        });
        if name.is_some() {
            let name = self.connection_name(key);
            let note = self.out.warn("a trunk does not take our password", name);
            note.detail = status.to_string();
        }
    }

    /// It says where else to ask: followed within the trunk, and nowhere twice (E26).
    fn redirected(
        &mut self,
        key: ConnectionKey,
        mut one: Try,
        status: u16,
        response: &Message<'_>,
    ) {
        let here = match one.uri.is_empty() {
            true => self.called_uri(key, one.id).unwrap_or_default(),
            false => std::mem::take(&mut one.uri),
        };
        let trunk = self.connections.trunks.ours.get(&key);
        let next = trunk.and_then(|trunk| {
            let contacts = response.contacts().filter_map(Result::ok);
            let mut uris = contacts.filter_map(|contact| match contact {
                ContactValue::Contact(contact) => Some(contact.uri),
                ContactValue::Star => None,
            });
            let is_new = |uri: &str| uri != here && !one.seen.iter().any(|seen| seen == uri);
            uris.find(|uri| trunk.is_of(uri) && is_new(uri)).map(str::to_owned)
        });
        match next.filter(|_| one.seen.len() < REDIRECTIONS_MAX) {
            Some(uri) => {
                one.seen.push(here);
                let turn = one.turn + 1;
                self.ask_trunk(key, Try { turn, uri, ..one });
            }
            None => self.conclude(one.id, Verdict::of_sip(status)),
        }
    }

    /// It wants to be left alone: the trunk rests, and nothing is wrong with the Sms (E25).
    fn hold_trunk(&mut self, key: ConnectionKey, id: MessageId, pause: Duration, status: u16) {
        let until = self.at.now + pause;
        if let Some(trunk) = self.connections.trunks.ours.get_mut(&key) {
            trunk.held_until = trunk.held_until.max(Some(until));
        }
        let queue = self.queues.queue(key);
        queue.throttled_until = queue.throttled_until.max(Some(until));
        self.deadlines.arm(until, Timer::Connection(key.0, key.1));
        self.outlook_changed();
        self.conclude(id, Verdict::Busy(status.into()));
        self.look_for_ways();
    }
}

impl Trunk {
    /// Does a URI lead to the trunk's own domain, or to one of its addresses?
    fn is_of(&self, uri: &str) -> bool {
        let Ok(uri) = Uri::parse(uri) else { return false };
        let trunk = &self.settings.trunk;
        let own = trunk.host.rsplit_once(':').map_or(trunk.host.as_str(), |(host, _)| host);
        let is_hop = |at: &routing::Hop| at.address.ip().to_string() == uri.host;
        uri.host.eq_ignore_ascii_case(own)
            || uri.host.eq_ignore_ascii_case(&trunk.host)
            || trunk.hops.iter().any(is_hop)
    }

    /// The topmost challenge that we can answer (RFC 8760 §2.4).
    pub(super) fn challenge(&self, status: u16, response: &Message<'_>) -> Option<Challenged> {
        let known =
            |found: &Challenge<'_>| found.algorithm != sip::Algorithm::Other && found.offers_auth();
        let found = response.challenges().filter_map(Result::ok).find(known)?;
        let password = str::from_utf8(&self.settings.password).ok()?;
        Some(Challenged {
            realm: found.realm.to_owned(),
            nonce: found.nonce.to_owned(),
            algorithm: found.algorithm,
            opaque: found.opaque.map(str::to_owned),
            ha1: Ha1::of(&self.settings.trunk.username, found.realm, password),
            by_proxy: status == 407,
            uses: 0,
        })
    }
}

/// How long it wants to be left alone, if it says so; what makes no sense is a moment.
pub(super) fn pause(response: &Message<'_>) -> Option<Duration> {
    response.header(Name::RetryAfter)?;
    let (least, most) = HOLD_SECS;
    let secs = response.retry_after().unwrap_or(least).clamp(least, most);
    Some(Duration::from_secs(secs.into()))
}
