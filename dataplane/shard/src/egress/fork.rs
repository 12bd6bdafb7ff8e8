//! One Sms to several devices, and to each by one of its flows at a time (RFC 3261 §16.6,
//! RFC 5626 §6, RFC 3428 §6).
//!
//! Contacts with one `+sip.instance` are one device, which is tried by its newest flow first and
//! by the next one when that fails. Devices of one preference are tried together, those of a
//! lower one when all others have failed. The first 2xx ends it; where each device is to have each
//! text, all are tried at once, and the others are owed it from then on (`owed.rs`).

use std::cmp::Reverse;

use routing::{ArchivedDevices, MessageId, State};
use sip::registrar::{Abilities, Contact, Contacts};

use crate::egress::desk::Branch;
use crate::flights::{Fork, Stage};
use crate::inbox::AccountKey;
use crate::peers::devices::{DeviceKey, device_of, short};
use crate::peers::lines::Line;
use crate::settle::Verdict;
use crate::shard::Shard;
use crate::tables::digest_of;

/// What is left to be tried of an attempt that has more than one way to go.
#[derive(Debug)]
pub(crate) struct Rest {
    /// How many branches began.
    begun: usize,
    /// Each device is to have it, not only the first that takes it.
    for_all: bool,
    /// By preference, the highest first.
    devices: Vec<Device>,
}

#[derive(Debug)]
struct Device {
    /// What it is known by where each is to have it; 0 for nothing.
    who: DeviceKey,
    q: u16,
    begun: bool,
    /// Its contacts that were not tried, the newest last.
    flows: Vec<ContactKey>,
}

/// What names a contact for as long as nothing of it changes: the line, the address and the URI.
pub(crate) type ContactKey = u64;

/// One branch of a fork.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Way {
    /// The contact; 0 for the only one there is.
    pub(crate) contact: ContactKey,
    /// The place of its device among those of the attempt.
    pub(crate) device: u16,
    /// As [`Device::who`].
    pub(crate) who: DeviceKey,
    /// The device may have it already, by another way.
    pub(crate) is_second: bool,
    /// The Sms is final, and this device is owed its text.
    pub(crate) is_owed: bool,
    /// It is a handset's, which says by the relay layer what becomes of it.
    pub(crate) is_relayed: bool,
    /// Which short message of the text it is, for a handset.
    pub(crate) part: u8,
}

impl Way {
    /// A number for CSeq that no other message of the Sms has.
    pub(super) fn cseq(self, attempt: u16) -> u32 {
        u32::from(attempt) | u32::from(self.part) << 16
    }
}

pub(crate) fn key_of(contact: &Contact) -> ContactKey {
    digest_of((contact.line, contact.source, &contact.uri))
}

impl Rest {
    fn of<'a>(live: impl Iterator<Item = &'a Contact>, for_all: bool) -> Self {
        let mut devices: Vec<(Option<&str>, Device)> = Vec::new();
        // Oldest first, so that the newest flow of each stands last.
        for contact in live {
            let (instance, flow) = (contact.instance.as_deref(), key_of(contact));
            let same =
                |known: &&mut (Option<&str>, Device)| instance.is_some() && known.0 == instance;
            if let Some((_, device)) = devices.iter_mut().find(same) {
                device.q = device.q.max(contact.q);
                device.flows.push(flow);
            } else {
                let who = instance.filter(|_| for_all).map_or(0, device_of);
                let device = Device { who, q: contact.q, begun: false, flows: vec![flow] };
                devices.push((instance, device));
            }
        }
        let mut devices: Vec<Device> = devices.into_iter().map(|(_, device)| device).collect();
        devices.sort_by_key(|device| Reverse(device.q));
        Self { begun: 0, for_all, devices }
    }

    /// The devices of the highest preference that was not tried, now begun.
    fn begin(&mut self) -> Vec<u16> {
        let next = self.devices.iter().find(|device| !device.begun).map(|device| device.q);
        let mut begun = Vec::new();
        for (place, device) in (0..).zip(&mut self.devices) {
            if !device.begun && (self.for_all || Some(device.q) == next) {
                device.begun = true;
                begun.push(place);
            }
        }
        begun
    }

    /// The next flow of a device that is registered still.
    fn flow(&mut self, place: u16, known: Option<&Contacts>) -> Option<(ContactKey, DeviceKey)> {
        let device = self.devices.get_mut(usize::from(place))?;
        let is_there = |flow: &ContactKey| {
            known.is_some_and(|known| known.iter().any(|contact| key_of(contact) == *flow))
        };
        let flow = std::iter::from_fn(|| device.flows.pop()).find(is_there)?;
        Some((flow, device.who))
    }
}

impl Shard {
    /// The attempt is durable: a MESSAGE leaves to every device that is to have it now.
    pub(crate) fn send_message(&mut self, key: AccountKey, id: MessageId) {
        let (unix_ns, steady_ns) = (self.at.unix_ns, self.steady_ns);
        let by_datagram = |contact: &Contact| {
            Line::of(contact.line).flow().is_none() && !contact.can.has(Abilities::SMSIP)
        };
        if self.registrar.live(key, steady_ns).any(by_datagram) {
            self.cut_for_datagrams(key, id);
        }
        let for_all = self.is_for_all(key);
        let Some(flight) = self.flights.get_mut(id) else { return };
        let (attempt, device) = (flight.attempts, flight.sms.device);
        let is_meant = |contact: &&Contact| {
            device == 0
                || contact.instance.as_deref().is_some_and(|it| short(device_of(it)) == device)
        };
        let count = self.registrar.live(key, steady_ns).filter(is_meant).take(2).count();
        if count == 0 {
            if device != 0 && self.registrar.is_reachable(key, steady_ns) {
                return self.settle(id, State::Undeliverable, UNAVAILABLE);
            }
            // It never left, so it was no attempt; a REGISTER brings it back.
            flight.stage = Stage::Waiting;
            return self.inbox_put_back(key, id);
        }
        if count == 1 && device == 0 && !for_all {
            flight.stage = Stage::Trying(Fork { open: 1, best: None });
            let branch = Branch { account: key.1, id, attempt, index: 0 };
            return self.fork(key, branch, Way::default());
        }
        let devices = &self.devices;
        // What is behind gets this one after those that it is owed.
        let is_free = |contact: &&Contact| match contact.instance.as_deref().map(device_of) {
            Some(who) if for_all => !devices.is_behind(key, who, unix_ns),
            Some(_) | None => true,
        };
        let live = self.registrar.live(key, steady_ns).filter(is_meant);
        let rest = Rest::of(live.filter(is_free), for_all);
        if rest.devices.is_empty() {
            flight.stage = Stage::Waiting;
            return self.inbox_failed(key, id);
        }
        flight.stage = Stage::Trying(Fork::default());
        self.clients.rests.insert(id, rest);
        if !self.try_devices(key, id, attempt) {
            self.give_up(id);
        }
    }

    /// Is there a device of an account that could get something new now?
    pub(crate) fn has_free_device(&self, key: AccountKey) -> bool {
        let is_free = |contact: &Contact| {
            let who = contact.instance.as_deref().map(device_of);
            who.is_none_or(|who| !self.devices.is_behind(key, who, self.at.unix_ns))
        };
        !self.is_for_all(key) || self.registrar.live(key, self.steady_ns).any(is_free)
    }

    /// Tries the devices of the next preference; `false` if there are none.
    fn try_devices(&mut self, key: AccountKey, id: MessageId, attempt: u16) -> bool {
        loop {
            let Some(rest) = self.clients.rests.get_mut(&id) else { return false };
            let begun = rest.begin();
            if begun.is_empty() {
                return false;
            }
            if let Some(flight) = self.flights.get_mut(id)
                && let Stage::Trying(fork) = &mut flight.stage
            {
                // One more, so that none that fails at once is taken for the last.
                fork.open = begun.len() as u16 + 1;
            }
            for device in begun {
                if !self.try_flow(key, id, attempt, device, false) {
                    self.branch_failed(id);
                }
            }
            if self.branch_failed(id) {
                return true;
            }
        }
    }

    /// Tries the next flow of a device; `false` if it has none.
    fn try_flow(
        &mut self,
        key: AccountKey,
        id: MessageId,
        attempt: u16,
        device: u16,
        is_second: bool,
    ) -> bool {
        let Some(rest) = self.clients.rests.get_mut(&id) else { return false };
        let flow = rest.flow(device, self.registrar.known(key));
        let Some((contact, who)) = flow else { return false };
        let branch = Branch { account: key.1, id, attempt, index: rest.begun };
        rest.begun += 1;
        if who != 0 {
            self.devices.begin(key, who, id);
        }
        self.fork(key, branch, Way { contact, device, who, is_second, ..Way::default() });
        true
    }

    /// One branch less; does anything go on?
    fn branch_failed(&mut self, id: MessageId) -> bool {
        let Some(flight) = self.flights.get_mut(id) else { return true };
        let Stage::Trying(fork) = &mut flight.stage else { return true };
        fork.open = fork.open.saturating_sub(1);
        fork.open > 0
    }

    /// One branch of a fork has its answer: the first 2xx ends it, the last failure too.
    pub(crate) fn branch_ended(
        &mut self,
        key: AccountKey,
        (id, attempt): (MessageId, u16),
        way: Way,
        verdict: Verdict,
    ) {
        // It has the copy that came by another of its flows (RFC 3261 §8.2.2.2).
        let has_it = way.is_second && verdict == Verdict::Permanent(State::Undeliverable, MERGED);
        let verdict = if has_it { Verdict::Delivered } else { verdict };
        let is_temporary = matches!(verdict, Verdict::Temporary(_));
        if verdict == Verdict::Temporary(408)
            && let Some(flight) = self.flights.get_mut(id)
        {
            // Nobody answered: the app may have it all the same.
            flight.touched = true;
        }
        if is_temporary && self.try_flow(key, id, attempt, way.device, true) {
            return;
        }
        if way.who != 0 {
            self.device_answered(key, id, way.who, verdict);
        }
        let Some(flight) = self.flights.get_mut(id) else {
            return self.notice_ended(id, verdict);
        };
        if flight.attempts != attempt {
            return;
        }
        let Stage::Trying(fork) = &mut flight.stage else { return };
        let best = verdict.better(fork.best);
        fork.best = Some(best);
        if verdict == Verdict::Delivered {
            self.owe_others(key, id, way.who);
            self.forget_branches(key.1, id, attempt);
            return self.conclude(id, best);
        }
        // Nobody anywhere is to have it (RFC 3261 §16.7 step 5).
        let is_refused = matches!(verdict, Verdict::Permanent(_, 600..));
        if !self.branch_failed(id) && (is_refused || !self.try_devices(key, id, attempt)) {
            self.give_up(id);
        }
    }

    /// Every way was tried: the best answer counts.
    fn give_up(&mut self, id: MessageId) {
        self.clients.rests.remove(&id);
        let Some(flight) = self.flights.get(id) else { return };
        let Stage::Trying(Fork { best, .. }) = flight.stage else { return };
        self.conclude(id, best.unwrap_or(Verdict::Temporary(UNAVAILABLE)));
    }

    /// Is each device of an account to have what is sent to it? Only one that has registered a
    /// device can tell it from others.
    pub(super) fn is_for_all(&self, key: AccountKey) -> bool {
        self.devices.knows(key) && self.wants_all(key)
    }

    /// Does the plan say that each device of an account is to have what is sent to it?
    pub(crate) fn wants_all(&self, (environment, account): AccountKey) -> bool {
        let plan = self.plan.as_ref();
        let environment = plan.and_then(|plan| plan.environment(environment));
        let account = environment.and_then(|environment| environment.account(account));
        account.is_some_and(|account| matches!(account.devices, ArchivedDevices::All))
    }

    /// Nothing more is said to those that have not answered, but where each is to have it.
    fn forget_branches(&mut self, account: u32, id: MessageId, attempt: u16) {
        let Some(rest) = self.clients.rests.remove(&id).filter(|rest| !rest.for_all) else {
            return;
        };
        for index in 0..rest.begun {
            let branch = Branch { account, id, attempt, index };
            self.forget_client(branch);
        }
    }

    /// Somebody on the way says that a flow is dead (430, RFC 5626 §5.3.1).
    pub(super) fn flow_failed(&mut self, key: AccountKey, way: Way) {
        let mut contacts = self.registrar.contacts(key);
        let is_it = |contact: &Contact| way.contact == 0 || key_of(contact) == way.contact;
        if !contacts.forget(is_it) {
            return;
        }
        self.registrar.put(key, contacts);
        self.record_contacts(key);
        self.arm_contacts(key);
    }
}

/// Temporarily Unavailable: the one device it is for is not there (RFC 5627 §5.1).
pub(super) const UNAVAILABLE: u32 = 480;

/// Loop Detected, which is what a merged request hears.
const MERGED: u32 = 482;
