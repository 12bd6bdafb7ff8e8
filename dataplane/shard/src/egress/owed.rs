//! A text that one device has taken is owed to the others of its account, where each is to have
//! each text: the Sms is final and paid, and they get it one text at a time, in order, when they
//! are there. Apps that sleep are called, if a push service can wake them.

use routing::MessageId;
use routing::board::Tally;
use routing::journal::{OwedRow, Record, Wake};

use crate::content::Aside;
use crate::deadlines::Timer;
use crate::egress::desk::Branch;
use crate::egress::fork::{Way, key_of};
use crate::inbox::AccountKey;
use crate::limits::DEVICE_REST;
use crate::peers::devices::{DeviceKey, device_of};
use crate::settle::Verdict;
use crate::shard::Shard;

impl Shard {
    /// One device takes an Sms: the others are to have its text.
    pub(super) fn owe_others(&mut self, key: AccountKey, id: MessageId, who: DeviceKey) {
        let Some(flight) = self.flights.get(id).filter(|_| self.is_for_all(key)) else { return };
        let others = self.devices.of(key).map(|row| row.device).filter(|device| *device != who);
        let devices: Vec<DeviceKey> = others.collect();
        if devices.is_empty() || flight.sms.device != 0 {
            return;
        }
        let (body, aside, mut tlvs) = (self.body(flight), Aside::of(&flight.sms), Vec::new());
        aside.put_tlvs(&mut tlvs);
        let row = OwedRow {
            id,
            source: flight.sms.calling(),
            accepted_ns: flight.sms.accepted_ns,
            expires_ns: flight.sms.expires_ns,
            attempts: flight.attempts,
            devices,
            content_type: aside.content_type(&body).to_owned(),
            body: body.octets().to_vec(),
            tlvs,
        };
        self.devices.owe(key, row, self.at.unix_ns);
        self.record_owed(key);
        self.call_apps(key);
    }

    /// A device has answered what was sent to it, or was silent.
    pub(super) fn device_answered(
        &mut self,
        key: AccountKey,
        id: MessageId,
        who: DeviceKey,
        verdict: Verdict,
    ) {
        let is_there = !matches!(verdict, Verdict::Temporary(_));
        let until = self.at.now + DEVICE_REST;
        self.devices.end(key, who, (!is_there).then_some(until));
        if !is_there {
            return self.deadlines.arm(until, Timer::Inbox(key.0, key.1));
        }
        if self.devices.served(key, id, who) {
            self.record_owed(key);
        }
        self.serve(key, who);
        if !self.devices.is_behind(key, who, self.at.unix_ns) {
            // What is new may wait for it.
            self.deadlines.arm(self.at.now, Timer::Inbox(key.0, key.1));
        }
    }

    /// The devices of an account that are there get what they are owed.
    pub(crate) fn serve_devices(&mut self, key: AccountKey) {
        for who in self.devices.behind(key) {
            self.serve(key, who);
        }
    }

    /// A device gets the next text that it is owed, if it is there and nothing is on its way.
    fn serve(&mut self, key: AccountKey, who: DeviceKey) {
        let (now, unix_ns) = (self.at.now, self.at.unix_ns);
        if self.plan.is_none() || self.begins_nothing() || !self.devices.is_idle(key, who, now) {
            return;
        }
        let Some(row) = self.devices.next(key, who, unix_ns) else { return };
        let (id, attempt) = (row.id, row.attempts);
        let live = self.registrar.live(key, self.steady_ns);
        let its = live.filter(|one| one.instance.as_deref().map(device_of) == Some(who));
        let Some(contact) = its.last().map(key_of) else { return };
        let index = OWED_FROM + self.devices.sent;
        self.devices.sent += 1;
        self.devices.begin(key, who, id);
        let (device, is_second, is_owed) = (u16::MAX, true, true);
        let way = Way { contact, device, who, is_second, is_owed, ..Way::default() };
        self.fork(key, Branch { account: key.1, id, attempt, index }, way);
    }

    /// Something waits for an account: what it takes to wake its apps is journaled.
    pub(crate) fn call_apps(&mut self, key: AccountKey) {
        let (environment, account) = key;
        for row in self.devices.wake(key, self.at.unix_ns) {
            let wake = Wake { at_ns: self.at.unix_ns, environment, account, push: row.push };
            self.record(&Record::Wake(wake));
            self.add(Tally::Woken, 1);
        }
    }
}

/// Branches of what is owed are told from those of attempts by their place.
const OWED_FROM: usize = 1_000;
