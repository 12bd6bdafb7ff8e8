//! Where apps can be reached now: the contacts of the accounts whose home this shard is.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use routing::journal::{self, ContactRow, Record};
use sip::registrar::{Contact, Contacts};

use crate::deadlines::Timer;
use crate::inbox::AccountKey;
use crate::input::SocketId;
use crate::shard::Shard;

/// One place where an app can be reached, and the socket of ours it knows.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    pub(crate) contact: Contact,
    pub(crate) socket: SocketId,
}

/// What one account has registered.
#[derive(Debug, Default)]
struct Registration {
    contacts: Contacts,
    /// By which of our sockets each source came.
    sockets: BTreeMap<SocketAddr, SocketId>,
}

/// All registrations of a shard. An account without contacts has none.
#[derive(Debug, Default)]
pub(crate) struct Registrar {
    registrations: BTreeMap<AccountKey, Registration>,
}

impl Registrar {
    /// Accounts that are registered.
    pub(crate) fn len(&self) -> usize {
        self.registrations.len()
    }

    pub(crate) fn contacts(&self, key: AccountKey) -> Contacts {
        self.registrations.get(&key).map(|known| known.contacts.clone()).unwrap_or_default()
    }

    pub(crate) fn is_reachable(&self, key: AccountKey, unix_ns: u64) -> bool {
        self.registrations.get(&key).is_some_and(|r| r.contacts.live(unix_ns).next().is_some())
    }

    /// The address of the contact that was registered first.
    pub(crate) fn first(&self, key: AccountKey, unix_ns: u64) -> Option<SocketAddr> {
        let known = self.registrations.get(&key)?;
        known.contacts.live(unix_ns).next().map(|contact| contact.source)
    }

    /// Where an account can be reached now, oldest registration first.
    pub(crate) fn live(&self, key: AccountKey, unix_ns: u64) -> Vec<Reach> {
        let Some(known) = self.registrations.get(&key) else { return Vec::new() };
        let reach = |contact: &Contact| {
            let socket = known.sockets.get(&contact.source).copied()?;
            Some(Reach { contact: contact.clone(), socket })
        };
        known.contacts.live(unix_ns).filter_map(reach).collect()
    }

    /// Replaces what an account has registered.
    pub(crate) fn put(
        &mut self,
        key: AccountKey,
        contacts: Contacts,
        sockets: impl IntoIterator<Item = (SocketAddr, SocketId)>,
    ) {
        if contacts.is_empty() {
            self.registrations.remove(&key);
            return;
        }
        let known = self.registrations.entry(key).or_default();
        known.contacts = contacts;
        known.sockets.extend(sockets);
        let Registration { contacts, sockets } = known;
        sockets.retain(|source, _| contacts.iter().any(|contact| contact.source == *source));
    }
}

impl Shard {
    /// Contacts from before a restart.
    pub(crate) fn handle_known(&mut self, known: journal::Contacts) {
        let key = (known.environment, known.account);
        let (mut contacts, mut sockets) = (Vec::new(), Vec::new());
        for row in known.rows.into_iter().filter(|row| row.expires_ns > self.at.unix_ns) {
            let Some(socket) = self.socket_of(row.local) else { continue };
            sockets.push((row.source, socket));
            contacts.push(from_row(row));
        }
        self.registrar.put(key, Contacts::restored(contacts), sockets);
        self.arm_contacts(key);
    }

    fn socket_of(&self, local: SocketAddr) -> Option<SocketId> {
        let at = self.config.sip.iter().position(|entry| entry.address == local)?;
        u16::try_from(at).ok().map(SocketId)
    }

    /// Journals what an account has registered now.
    pub(crate) fn record_contacts(&mut self, key: AccountKey) {
        let rows = self.registrar.live(key, self.at.unix_ns).iter().map(|r| self.row(r)).collect();
        let (environment, account) = key;
        let at_ns = self.at.unix_ns;
        let contacts = journal::Contacts { at_ns, environment, account, rows };
        self.record(&Record::Contacts(contacts));
    }

    fn row(&self, reach: &Reach) -> ContactRow {
        let contact = &reach.contact;
        ContactRow {
            uri: contact.uri.to_string(),
            local: self.config.sip[usize::from(reach.socket.0)].address,
            source: contact.source,
            call_id: contact.call_id.to_string(),
            cseq: contact.cseq,
            expires_ns: contact.expires_at,
            q: contact.q,
            instance: contact.instance.as_deref().unwrap_or_default().to_owned(),
            reg_id: contact.reg_id.unwrap_or(0),
            path: contact.path.to_string(),
        }
    }

    /// Makes sure that contacts that end are noticed.
    pub(crate) fn arm_contacts(&mut self, key: AccountKey) {
        let contacts = self.registrar.contacts(key);
        if let Some(end_ns) = contacts.poll_timeout() {
            let left = Duration::from_nanos(end_ns.saturating_sub(self.at.unix_ns));
            self.deadlines.arm(self.at.now + left, Timer::Contacts(key.0, key.1));
        }
    }

    /// Contacts may have ended.
    pub(crate) fn handle_contacts(&mut self, environment: u32, account: u32) {
        let key = (environment, account);
        let mut contacts = self.registrar.contacts(key);
        if contacts.expire(self.at.unix_ns) {
            self.registrar.put(key, contacts, []);
            self.arm_contacts(key);
        }
    }
}

fn from_row(row: ContactRow) -> Contact {
    Contact {
        uri: row.uri.into(),
        source: row.source,
        call_id: row.call_id.into(),
        cseq: row.cseq,
        expires_at: row.expires_ns,
        q: row.q,
        instance: Some(row.instance).filter(|instance| !instance.is_empty()).map(Into::into),
        reg_id: Some(row.reg_id).filter(|id| *id > 0),
        path: row.path.into(),
    }
}
