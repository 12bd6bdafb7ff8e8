//! Where apps can be reached now: the contacts of the accounts whose home this shard is.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use routing::journal::{self, ContactLine, ContactRow, Record};
use sip::registrar::{Abilities, Contact, Contacts, Update};

use crate::config::Config;
use crate::deadlines::Timer;
use crate::inbox::AccountKey;
use crate::ingress::Lobby;
use crate::input::SocketId;
use crate::peers::lines::{FlowId, Line};
use crate::shard::Shard;
use crate::tables::Shelf;

/// All registrations of a shard. An account without contacts has none.
#[derive(Debug, Default)]
pub(crate) struct Registrar {
    registrations: Shelf<AccountKey, Registration>,
    /// What is registered over connections.
    over: BTreeSet<(FlowId, AccountKey)>,
    pub(crate) lobby: Lobby,
    /// The time of the latest record of contacts, Unix nanoseconds.
    recorded_ns: u64,
}

/// What one account has registered.
#[derive(Debug, Default)]
struct Registration {
    contacts: Contacts,
    /// When its timer looks at them, in nanoseconds since 1970; 0 if none does.
    armed_ns: u64,
}

impl Registrar {
    /// Accounts that are registered.
    pub(crate) fn len(&self) -> usize {
        self.registrations.len()
    }

    pub(crate) fn contacts(&self, key: AccountKey) -> Contacts {
        self.known(key).cloned().unwrap_or_default()
    }

    /// Takes out what an account has registered, for [`put_back`](Self::put_back).
    pub(crate) fn borrow(&mut self, key: AccountKey) -> Contacts {
        let known = self.registration(key);
        known.map(|known| std::mem::take(&mut known.contacts)).unwrap_or_default()
    }

    /// Nothing of it has changed.
    pub(crate) fn put_back(&mut self, key: AccountKey, contacts: Contacts) {
        if let Some(known) = self.registration(key) {
            known.contacts = contacts;
        }
    }

    /// What an account has registered, if it has anything.
    pub(crate) fn known(&self, key: AccountKey) -> Option<&Contacts> {
        self.registrations.of(piece(key)).get(&key).map(|known| &known.contacts)
    }

    pub(crate) fn is_reachable(&self, key: AccountKey, unix_ns: u64) -> bool {
        self.known(key).is_some_and(|known| known.live(unix_ns).next().is_some())
    }

    /// Has an account registered something from this address that still counts?
    pub(crate) fn is_at(&self, key: AccountKey, unix_ns: u64, from: IpAddr) -> bool {
        let known = self.known(key);
        known.is_some_and(|known| known.live(unix_ns).any(|live| live.source.ip() == from))
    }

    /// The address of the contact that was registered first.
    pub(crate) fn first(&self, key: AccountKey, unix_ns: u64) -> Option<SocketAddr> {
        let known = self.known(key)?;
        known.live(unix_ns).next().map(|contact| contact.source)
    }

    /// Where an account can be reached now, oldest registration first.
    pub(crate) fn live(&self, key: AccountKey, unix_ns: u64) -> impl Iterator<Item = &Contact> {
        self.known(key).into_iter().flat_map(move |known| known.live(unix_ns))
    }

    fn registration(&mut self, key: AccountKey) -> Option<&mut Registration> {
        self.registrations.of_mut(piece(key)).get_mut(&key)
    }

    /// Replaces what an account has registered.
    pub(crate) fn put(&mut self, key: AccountKey, contacts: Contacts) {
        self.change(key, |known| *known = contacts);
    }

    /// Makes an update true that was staged from what the account has registered.
    pub(crate) fn commit(&mut self, key: AccountKey, update: Update) {
        self.change(key, |known| known.commit(update));
    }

    fn change(&mut self, key: AccountKey, change: impl FnOnce(&mut Contacts)) {
        let Self { registrations, over, .. } = self;
        let registrations = registrations.of_mut(piece(key));
        let known = registrations.entry(key).or_default();
        for flow in flows(&known.contacts) {
            over.remove(&(flow, key));
        }
        change(&mut known.contacts);
        over.extend(flows(&known.contacts).map(|flow| (flow, key)));
        if known.contacts.is_empty() {
            registrations.remove(&key);
        }
    }

    /// The accounts that registered something over a connection.
    fn over(&self, flow: FlowId) -> Vec<AccountKey> {
        let ours = self.over.range((flow, (0, 0))..=(flow, (u32::MAX, u32::MAX)));
        ours.map(|(_, key)| *key).collect()
    }
}

/// The piece of the shelf in which an account stands.
fn piece((_, account): AccountKey) -> u64 {
    u64::from(account)
}

/// The connections that contacts came by.
fn flows(contacts: &Contacts) -> impl Iterator<Item = FlowId> + '_ {
    contacts.iter().filter_map(|contact| Line::of(contact.line).flow())
}

impl Shard {
    /// Contacts from before a restart. Connections did not survive it, and what was registered
    /// over them neither.
    pub(crate) fn handle_known(&mut self, known: journal::Contacts) {
        let key = (known.environment, known.account);
        self.registrar.recorded_ns = self.registrar.recorded_ns.max(known.at_ns);
        self.devices.restore(key, known.devices, known.owed);
        let is_less = known.rows.iter().any(|row| row.transport.is_stream());
        let live = known.rows.into_iter().filter(|row| row.expires_ns > self.steady_ns);
        let contacts: Vec<Contact> = live.filter_map(|row| self.restored(row)).collect();
        self.registrar.put(key, Contacts::restored(contacts));
        self.arm_contacts(key);
        if is_less {
            self.record_contacts(key);
        }
    }

    fn restored(&self, row: ContactRow) -> Option<Contact> {
        if row.transport.is_stream() {
            return None;
        }
        let at = self.config.sip.iter().position(|entry| entry.address == row.local)?;
        let socket = SocketId(u16::try_from(at).ok()?);
        Some(from_row(row, Line::Socket(socket)))
    }

    /// A connection is gone: nobody can be reached over it any more.
    pub(crate) fn forget_flow(&mut self, flow: FlowId) {
        self.registrar.lobby.forget_flow(flow);
        for key in self.registrar.over(flow) {
            let mut contacts = self.registrar.contacts(key);
            contacts.forget_line(Line::Flow(flow).number());
            self.registrar.put(key, contacts);
            self.record_contacts(key);
            self.arm_contacts(key);
        }
    }

    /// Journals what an account has registered now.
    pub(crate) fn record_contacts(&mut self, key: AccountKey) {
        if self.promises.broken {
            return;
        }
        let (environment, account) = key;
        // The latest record of an account counts, though the clock went back over a restart.
        let at_ns = self.steady_ns.max(self.registrar.recorded_ns.saturating_add(1));
        self.registrar.recorded_ns = at_ns;
        let (devices, owed) = self.devices.rows(key);
        let rows = Vec::new();
        let contacts = journal::Contacts { at_ns, environment, account, rows, devices, owed };
        let (now_ns, config, out) = (self.steady_ns, &self.config, &mut self.out);
        let known = self.registrar.registrations.of(piece(key)).get(&key);
        let live = known.into_iter().flat_map(|known| known.contacts.iter());
        let live = live.filter(|contact| contact.is_live(now_ns));
        let lines = live.filter_map(|contact| line(config, contact));
        Record::encode_contacts(&contacts, lines, &mut out.records);
        self.recorded_contacts();
    }

    /// Journals what an account's devices are owed, with what it has registered. What is owed is
    /// an Sms: it waits for nobody.
    pub(crate) fn record_owed(&mut self, key: AccountKey) {
        self.record_contacts(key);
        self.promises.hurry();
    }

    /// Makes sure that contacts that end are noticed. An account has one timer, however often it
    /// is refreshed: what ends later is armed when that one fires.
    pub(crate) fn arm_contacts(&mut self, key: AccountKey) {
        let Some(known) = self.registrar.registration(key) else { return };
        let Some(end_ns) = known.contacts.poll_timeout() else { return };
        if known.armed_ns == 0 || end_ns < known.armed_ns {
            known.armed_ns = end_ns;
            let left = Duration::from_nanos(end_ns.saturating_sub(self.steady_ns));
            self.deadlines.arm(self.at.now + left, Timer::Contacts(key.0, key.1));
        }
    }

    /// Contacts may have ended.
    pub(crate) fn handle_contacts(&mut self, environment: u32, account: u32) {
        let key = (environment, account);
        let Some(known) = self.registrar.registration(key) else { return };
        if known.armed_ns > self.steady_ns {
            return; // of contacts that are gone
        }
        known.armed_ns = 0;
        if known.contacts.iter().any(|contact| !contact.is_live(self.steady_ns)) {
            let mut contacts = self.registrar.contacts(key);
            contacts.expire(self.steady_ns);
            self.registrar.put(key, contacts);
        }
        self.arm_contacts(key);
    }
}

fn line<'a>(config: &Config, contact: &'a Contact) -> Option<ContactLine<'a>> {
    let (local, transport) = config.end_of(Line::of(contact.line))?;
    Some(ContactLine {
        uri: &contact.uri,
        local,
        transport,
        source: contact.source,
        call_id: &contact.call_id,
        cseq: contact.cseq,
        expires_ns: contact.expires_at,
        q: contact.q,
        instance: contact.instance.as_deref().unwrap_or_default(),
        reg_id: contact.reg_id.unwrap_or(0),
        path: &contact.path,
        abilities: contact.can.bits(),
    })
}

fn from_row(row: ContactRow, line: Line) -> Contact {
    Contact {
        uri: row.uri.into(),
        source: row.source,
        line: line.number(),
        call_id: row.call_id.into(),
        cseq: row.cseq,
        expires_at: row.expires_ns,
        q: row.q,
        instance: Some(row.instance).filter(|instance| !instance.is_empty()).map(Into::into),
        reg_id: Some(row.reg_id).filter(|id| *id > 0),
        path: row.path.into(),
        can: Abilities::from_bits(row.abilities),
    }
}
