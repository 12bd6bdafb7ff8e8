//! The devices an account is known to have, here or asleep, and the texts they have still to get.
//!
//! A device is remembered by its `+sip.instance` where each is to have each text, or by what a
//! push service calls it (RFC 8599). Once one device has taken a text, the Sms is final and paid;
//! the others are *owed* it until they have it or it expires. Both stand in the journal with the
//! contacts of the account, so that the latest record of an account says all of it.

use std::collections::BTreeMap;
use std::time::Instant;

use routing::MessageId;
use routing::journal::{DeviceRow, OwedRow};
use sip::Uri;
use sip::registrar::Contacts;

use crate::inbox::AccountKey;
use crate::limits::{DEVICE_MEMORY, DEVICES_MAX, OWED_MAX, OWED_OCTETS_MAX, WAKE_PAUSE};
use crate::tables::digest_of;

/// A device of an account, by a digest.
pub(crate) type DeviceKey = u64;

/// What is known of the devices of one account.
#[derive(Debug, Default)]
struct Known {
    devices: Vec<DeviceRow>,
    /// Oldest first.
    owed: Vec<OwedRow>,
    /// When its apps were called last, Unix nanoseconds.
    woken_ns: u64,
}

/// The devices of all accounts of a shard.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    accounts: BTreeMap<AccountKey, Known>,
    /// What is on its way to a device: never two texts at once (RFC 3428 §8).
    trying: BTreeMap<(AccountKey, DeviceKey), MessageId>,
    /// Devices that did not answer, and how long they are left alone.
    resting: BTreeMap<(AccountKey, DeviceKey), Instant>,
    /// How many owed texts were sent.
    pub(crate) sent: usize,
}

/// A device as an Sms names the one it is for (RFC 5627): an account has a few.
pub(crate) fn short(device: DeviceKey) -> u32 {
    (device as u32).max(1)
}

/// The digest of what a device calls itself.
pub(crate) fn device_of(instance: &str) -> DeviceKey {
    digest_of(instance).max(1)
}

impl Devices {
    /// The devices that are registered now are seen. `by_instance`: also those that no push
    /// service could wake.
    pub(crate) fn see(
        &mut self,
        key: AccountKey,
        contacts: &Contacts,
        by_instance: bool,
        unix_ns: u64,
    ) {
        for contact in contacts.live(unix_ns) {
            let push = push_of(&contact.uri);
            let instance = contact.instance.as_deref();
            let device = match instance.or_else(|| Some(&*push).filter(|push| !push.is_empty())) {
                Some(name) if by_instance || !push.is_empty() => device_of(name),
                Some(_) | None => continue,
            };
            let known = self.accounts.entry(key).or_default();
            known.woken_ns = 0;
            self.resting.remove(&(key, device));
            known.devices.retain(|row| row.device != device);
            known.devices.push(DeviceRow { device, seen_ns: unix_ns, push });
        }
        self.forget(key, unix_ns);
    }

    /// Forgets what is too old, or too much.
    fn forget(&mut self, key: AccountKey, unix_ns: u64) {
        let Some(known) = self.accounts.get_mut(&key) else { return };
        let from_ns = unix_ns.saturating_sub(DEVICE_MEMORY.as_nanos() as u64);
        known.devices.retain(|row| row.seen_ns >= from_ns);
        let excess = known.devices.len().saturating_sub(DEVICES_MAX);
        known.devices.drain(..excess);
        let Known { devices, owed, .. } = known;
        for row in owed.iter_mut() {
            row.devices.retain(|device| devices.iter().any(|known| known.device == *device));
        }
        owed.retain(|row| !row.devices.is_empty() && row.expires_ns > unix_ns);
        let mut octets: usize = owed.iter().map(|row| row.body.len()).sum();
        while owed.len() > OWED_MAX || octets > OWED_OCTETS_MAX {
            octets -= owed.remove(0).body.len();
        }
        if devices.is_empty() && owed.is_empty() {
            self.accounts.remove(&key);
        }
    }

    /// What the journal says.
    pub(crate) fn restore(&mut self, key: AccountKey, devices: Vec<DeviceRow>, owed: Vec<OwedRow>) {
        if !devices.is_empty() || !owed.is_empty() {
            self.accounts.insert(key, Known { devices, owed, woken_ns: 0 });
        }
    }

    /// What the journal is to say.
    pub(crate) fn rows(&self, key: AccountKey) -> (Vec<DeviceRow>, Vec<OwedRow>) {
        let known = self.accounts.get(&key);
        known.map(|known| (known.devices.clone(), known.owed.clone())).unwrap_or_default()
    }

    /// The devices of an account.
    pub(crate) fn of(&self, key: AccountKey) -> impl Iterator<Item = &DeviceRow> {
        self.accounts.get(&key).into_iter().flat_map(|known| &known.devices)
    }

    /// The devices to be woken now, if none of the account's was a moment ago.
    pub(crate) fn wake(&mut self, key: AccountKey, unix_ns: u64) -> Vec<DeviceRow> {
        let Some(known) = self.accounts.get_mut(&key) else { return Vec::new() };
        let pause_ns = WAKE_PAUSE.as_nanos() as u64;
        if known.woken_ns > unix_ns.saturating_sub(pause_ns) {
            return Vec::new();
        }
        known.woken_ns = unix_ns;
        known.devices.iter().filter(|row| !row.push.is_empty()).cloned().collect()
    }

    /// A text is owed to devices.
    pub(crate) fn owe(&mut self, key: AccountKey, row: OwedRow, unix_ns: u64) {
        if let Some(known) = self.accounts.get_mut(&key) {
            known.owed.push(row);
            known.owed.sort_by_key(|row| row.id);
        }
        self.forget(key, unix_ns);
    }

    /// A device has a text, or does not want it; `true` if it was owed it.
    pub(crate) fn served(&mut self, key: AccountKey, id: MessageId, device: DeviceKey) -> bool {
        let Some(known) = self.accounts.get_mut(&key) else { return false };
        let Some(row) = known.owed.iter_mut().find(|row| row.id == id) else { return false };
        let before = row.devices.len();
        row.devices.retain(|known| *known != device);
        let is_served = row.devices.len() < before;
        known.owed.retain(|row| !row.devices.is_empty());
        is_served
    }

    /// The text that a device is to get next.
    pub(crate) fn next(
        &self,
        key: AccountKey,
        device: DeviceKey,
        unix_ns: u64,
    ) -> Option<&OwedRow> {
        let owed = &self.accounts.get(&key)?.owed;
        owed.iter().find(|row| row.devices.contains(&device) && row.expires_ns > unix_ns)
    }

    /// The devices of an account that are owed anything.
    pub(crate) fn behind(&self, key: AccountKey) -> Vec<DeviceKey> {
        let owed = self.accounts.get(&key).into_iter().flat_map(|known| &known.owed);
        let mut behind: Vec<DeviceKey> = owed.flat_map(|row| row.devices.iter().copied()).collect();
        behind.sort_unstable();
        behind.dedup();
        behind
    }

    /// Has a device to get or to answer something before it can get anything new?
    pub(crate) fn is_behind(&self, key: AccountKey, device: DeviceKey, unix_ns: u64) -> bool {
        self.trying.contains_key(&(key, device)) || self.next(key, device, unix_ns).is_some()
    }

    /// Is any device of an account remembered?
    pub(crate) fn knows(&self, key: AccountKey) -> bool {
        self.accounts.contains_key(&key)
    }

    /// May anything be sent to a device now?
    pub(crate) fn is_idle(&self, key: AccountKey, device: DeviceKey, now: Instant) -> bool {
        let rests = self.resting.get(&(key, device)).is_some_and(|until| *until > now);
        !rests && !self.trying.contains_key(&(key, device))
    }

    /// Something is on its way to a device.
    pub(crate) fn begin(&mut self, key: AccountKey, device: DeviceKey, id: MessageId) {
        self.trying.insert((key, device), id);
    }

    /// And was answered, or not.
    pub(crate) fn end(&mut self, key: AccountKey, device: DeviceKey, rest_until: Option<Instant>) {
        self.trying.remove(&(key, device));
        match rest_until {
            Some(until) => self.resting.insert((key, device), until),
            None => self.resting.remove(&(key, device)),
        };
    }
}

/// What a push service is to be told of a contact, each after a blank: provider, parameter and
/// the device's name (RFC 8599 §4.1); empty if it names none.
fn push_of(uri: &str) -> String {
    // Names of parameters may be written in capitals, and nobody writes a hyphen for nothing.
    if !uri.contains('-') {
        return String::new();
    }
    let Ok(uri) = Uri::parse(uri) else { return String::new() };
    let (Some(provider), Some(device)) = (uri.param("pn-provider"), uri.param("pn-prid")) else {
        return String::new();
    };
    format!("{provider} {} {device}", uri.param("pn-param").unwrap_or("-"))
}

#[cfg(test)]
mod tests;
