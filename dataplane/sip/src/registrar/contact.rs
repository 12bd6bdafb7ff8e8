//! One address at which somebody can be reached now, and all of them.

use std::net::SocketAddr;

use crate::header::route_uri;
use crate::message::Builder;
use crate::outbound::Gruu;
use crate::registrar::Abilities;
use crate::registrar::update::{Slot, Update};
use crate::scan::Values;
use crate::uri::Uri;

/// One registered address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Contact {
    /// The URI as registered.
    pub uri: Box<str>,
    /// Where the REGISTER came from: behind a NAT the only address that works.
    pub source: SocketAddr,
    /// What its owner calls the socket or connection by which it came.
    pub line: u64,
    /// The Call-ID of the latest REGISTER.
    pub call_id: Box<str>,
    /// The CSeq of the latest REGISTER.
    pub cseq: u32,
    /// When it ends, in nanoseconds since 1970.
    pub expires_at: u64,
    /// Preference in thousandths.
    pub q: u16,
    /// The `+sip.instance` of RFC 5626: the device.
    pub instance: Option<Box<str>>,
    /// The `reg-id` of RFC 5626, if the device may have several flows and this is one of them.
    pub reg_id: Option<u32>,
    /// The Path to use as Route (RFC 3327), comma-separated; empty for none.
    pub path: Box<str>,
    /// What its app understands.
    pub can: Abilities,
}

impl Contact {
    /// Whether it still counts.
    pub fn is_live(&self, now_unix_ns: u64) -> bool {
        self.expires_at > now_unix_ns
    }

    /// Where a request to it goes first: to the first hop of its Path, if the REGISTER came from
    /// there, else to where it came from. Nobody else can be made to get what is sent to it.
    pub fn next_hop(&self) -> SocketAddr {
        self.first_hop().filter(|hop| hop.ip() == self.source.ip()).unwrap_or(self.source)
    }

    fn first_hop(&self) -> Option<SocketAddr> {
        let hop = route_uri(Values::new(&self.path).next()?).ok()?;
        let host = hop.host.trim_start_matches('[').trim_end_matches(']');
        Some(SocketAddr::new(host.parse().ok()?, hop.port.unwrap_or(SIP_PORT)))
    }

    /// Whole seconds left, rounded up so that what lives never shows zero.
    pub fn secs_left(&self, now_unix_ns: u64) -> u32 {
        let left = self.expires_at.saturating_sub(now_unix_ns);
        u32::try_from(left.div_ceil(SECOND_NS)).unwrap_or(u32::MAX)
    }

    /// Whether a newly registered address takes this one's place (§10.3 step 7, RFC 5626 §6).
    pub(crate) fn is_replaced_by(
        &self,
        (text, uri): (&str, &Uri<'_>),
        instance: Option<&str>,
        reg_id: Option<u32>,
    ) -> bool {
        if let (Some(_), Some(_)) = (instance, reg_id) {
            return self.instance.as_deref() == instance && self.reg_id == reg_id;
        }
        // Nearly all say the same as the last time.
        *self.uri == *text || Uri::parse(&self.uri).is_ok_and(|ours| ours.equivalent(uri))
    }
}

/// The contacts of one address-of-record, oldest registration first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Contacts {
    pub(crate) all: Vec<Contact>,
}

impl Contacts {
    /// Contacts as they were kept elsewhere, for instance in a journal.
    pub fn restored(contacts: impl IntoIterator<Item = Contact>) -> Self {
        Self { all: contacts.into_iter().collect() }
    }

    /// Makes an update true that was staged from these contacts.
    pub fn commit(&mut self, update: Update) {
        let mut before: Vec<Option<Contact>> = self.all.drain(..).map(Some).collect();
        // Most have one contact: room for those there are, and no more.
        let mut all = Vec::with_capacity(update.after.len());
        all.extend(update.after.into_iter().filter_map(|slot| match slot {
            Slot::Kept(place) => before.get_mut(place)?.take(),
            Slot::New(contact) => Some(contact),
        }));
        self.all = all;
    }

    /// Those that still count.
    pub fn live(&self, now_unix_ns: u64) -> impl Iterator<Item = &Contact> {
        self.all.iter().filter(move |contact| contact.is_live(now_unix_ns))
    }

    /// All of them, those that have expired included.
    pub fn iter(&self) -> impl Iterator<Item = &Contact> + Clone {
        self.all.iter()
    }

    /// Whether nothing is registered.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Forgets what has expired; true if there was any.
    pub fn expire(&mut self, now_unix_ns: u64) -> bool {
        let before = self.all.len();
        self.all.retain(|contact| contact.is_live(now_unix_ns));
        self.all.len() != before
    }

    /// Forgets the contacts that came over one connection, when that is known to be dead
    /// (RFC 5626 §5.3); true if there was any.
    pub fn forget_line(&mut self, line: u64) -> bool {
        let before = self.all.len();
        self.all.retain(|contact| contact.line != line);
        self.all.len() != before
    }

    /// Forgets what is meant, for instance a flow of which somebody on the way said that it is
    /// dead (430, RFC 5626 §5.3.1); true if there was any.
    pub fn forget(&mut self, is_meant: impl Fn(&Contact) -> bool) -> bool {
        let before = self.all.len();
        self.all.retain(|contact| !is_meant(contact));
        self.all.len() != before
    }

    /// When the next contact ends, in nanoseconds since 1970.
    pub fn poll_timeout(&self) -> Option<u64> {
        self.all.iter().map(|contact| contact.expires_at).min()
    }

    /// Adds the Contact headers of a 200 (§10.3 step 8), with a GRUU for each device if its app
    /// knows what that is.
    pub fn encode(&self, builder: &mut Builder<'_>, now_unix_ns: u64, gruu: Option<Gruu<'_>>) {
        for contact in self.live(now_unix_ns) {
            builder.line("Contact", |line| {
                line.put("<");
                line.uri("Contact", &contact.uri);
                line.put(">;expires=");
                line.number(contact.secs_left(now_unix_ns));
                if contact.q < 1000 {
                    line.value(&format!(";q=0.{:03}", contact.q));
                }
                if let Some(instance) = &contact.instance {
                    line.put(";+sip.instance=");
                    line.quoted(instance);
                    if let Some(gruu) = gruu {
                        gruu.put(line, instance);
                    }
                }
                if let Some(reg_id) = contact.reg_id {
                    line.put(";reg-id=");
                    line.number(reg_id);
                }
            });
        }
    }
}

/// Where a hop listens that names no port (RFC 3261 §19.1.2).
const SIP_PORT: u16 = 5060;

/// Nanoseconds in a second.
pub(crate) const SECOND_NS: u64 = 1_000_000_000;
