//! What one REGISTER does to the contacts of one address-of-record (RFC 3261 §10.3 steps 6 to 8).

use std::net::SocketAddr;

use crate::header::{self, ContactValue, Name, route_uri};
use crate::message::Message;
use crate::registrar::Abilities;
use crate::registrar::contact::{Contact, Contacts, SECOND_NS};
use crate::scan::delta_seconds;
use crate::uri::Uri;

/// How long and how many; all durations in seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Less than this is refused with 423, if it is also less than an hour.
    pub expires_min_secs: u32,
    /// More than this is shortened to it.
    pub expires_max_secs: u32,
    /// Meant when nothing is said.
    pub expires_default_secs: u32,
    /// Contacts of one address-of-record.
    pub contacts_max: usize,
    /// Octets of a Path.
    pub path_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            expires_min_secs: 60,
            expires_max_secs: 3600,
            expires_default_secs: 3600,
            contacts_max: 10,
            path_max: 1_024,
        }
    }
}

/// A REGISTER that was authenticated, and where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Register<'a> {
    /// The request.
    pub message: &'a Message<'a>,
    /// Where it came from.
    pub source: SocketAddr,
    /// What its owner calls the socket or connection by which it came.
    pub line: u64,
    /// When, in nanoseconds since 1970.
    pub now_unix_ns: u64,
    /// Any number, better another one each time: up to a tenth of the time asked for is taken off,
    /// so that phones which came together do not come together again.
    pub spread: u64,
}

/// A REGISTER that changes nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Refused {
    /// 400, 403, 420, 423, 439 or 500.
    pub status: u16,
    /// The Min-Expires of a 423.
    pub min_expires: Option<u32>,
    /// The Unsupported of a 420.
    pub unsupported: Option<&'static str>,
    /// Why, for the operator.
    pub why: &'static str,
}

/// What a REGISTER will do once it is committed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use = "a staged update does nothing before it is committed"]
pub struct Update {
    /// As they will be, oldest registration first.
    pub(crate) after: Vec<Slot>,
    /// Whether this REGISTER only asks what is registered (§10.2.3).
    pub is_query: bool,
    /// Contacts added or refreshed; those that were not reachable may be now.
    pub reachable: usize,
    /// Contacts removed on request or displaced by newer ones.
    pub removed: usize,
}

/// One contact as it will be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Slot {
    /// As it was, at this place among those before.
    Kept(usize),
    /// Added or refreshed.
    New(Contact),
}

impl Slot {
    fn of<'a>(&'a self, before: &'a Contacts) -> &'a Contact {
        match self {
            Self::Kept(place) => &before.all[*place],
            Self::New(contact) => contact,
        }
    }
}

impl Update {
    /// The contacts as they will be, if they were these before.
    pub fn after<'a>(&'a self, before: &'a Contacts) -> impl Iterator<Item = &'a Contact> {
        self.after.iter().map(|slot| slot.of(before))
    }
}

impl Contacts {
    /// Works out what a REGISTER does, without doing it.
    ///
    /// The whole update fails if any part of it does (§10.3 step 7).
    pub fn stage(&self, register: Register<'_>, limits: &Limits) -> Result<Update, Refused> {
        let mut after = Vec::with_capacity(self.all.len() + 1);
        let is_live = |contact: &Contact| contact.is_live(register.now_unix_ns);
        let live = self.all.iter().enumerate().filter(|(_, contact)| is_live(contact));
        after.extend(live.map(|(place, _)| Slot::Kept(place)));
        let is_query = register.message.header(Name::Contact).is_none();
        let mut update = Update { after, is_query, reachable: 0, removed: 0 };
        check_path(register.message, limits)?;
        check_flows(register.message)?;
        if has_star(register.message)? {
            update.remove_all(self, register)?;
            return Ok(update);
        }
        for (place, value) in register.message.contacts().enumerate() {
            if place == limits.contacts_max {
                return Err(Refused::new(403, "more contacts than one address may have"));
            }
            match value {
                Ok(ContactValue::Contact(contact)) => {
                    update.put(self, register, &contact, limits)?
                }
                Ok(ContactValue::Star) | Err(_) => return Err(Refused::new(400, "bad Contact")),
            }
        }
        update.make_room(limits.contacts_max);
        Ok(update)
    }
}

/// Whether all contacts shall go; `*` stands alone and with `Expires: 0` (§10.3 step 6).
fn has_star(message: &Message<'_>) -> Result<bool, Refused> {
    let (mut stars, mut all) = (0, 0);
    for value in message.values(Name::Contact) {
        (stars, all) = (stars + u32::from(value == "*"), all + 1);
    }
    match (stars, all) {
        (0, _) => Ok(false),
        (1, 1) if message.expires() == Some(0) => Ok(true),
        (_, _) => Err(Refused::new(400, "Contact * with other contacts or without Expires 0")),
    }
}

impl Update {
    fn remove_all(&mut self, before: &Contacts, register: Register<'_>) -> Result<(), Refused> {
        for contact in self.after(before) {
            check_order(contact, register.message)?;
        }
        self.removed = self.after.len();
        self.after.clear();
        Ok(())
    }

    /// Adds, refreshes or removes one contact.
    fn put(
        &mut self,
        before: &Contacts,
        register: Register<'_>,
        asked: &header::Contact<'_>,
        limits: &Limits,
    ) -> Result<(), Refused> {
        let message = register.message;
        let uri = Uri::parse(asked.uri).map_err(|_| Refused::new(400, "bad Contact URI"))?;
        if asked.uri.len() > CONTACT_URI_MAX || uri.params().nth(CONTACT_PARAMS_MAX).is_some() {
            return Err(Refused::new(400, "a Contact URI that is too long"));
        }
        let secs = granted(asked, register, limits)?;
        let (instance, reg_id) = (asked.instance, flow_of(asked, message));
        let same = |old: &Contact| old.is_replaced_by((asked.uri, &uri), instance, reg_id);
        let place = self.after(before).position(same);
        if let Some(place) = place {
            // What the same request has said of it once more is as young as it is.
            if let Slot::Kept(old) = self.after[place] {
                check_order(&before.all[old], message)?;
            }
            self.after.remove(place);
        }
        if secs == 0 {
            self.removed += usize::from(place.is_some());
            return Ok(());
        }
        self.reachable += 1;
        self.after.push(Slot::New(Contact {
            uri: asked.uri.into(),
            source: register.source,
            line: register.line,
            call_id: message.call_id().into(),
            cseq: message.cseq().number,
            expires_at: register.now_unix_ns.saturating_add(u64::from(secs) * SECOND_NS),
            q: asked.q,
            instance: instance.map(Into::into),
            reg_id,
            path: path_of(message),
            can: Abilities::of(message, asked),
        }));
        Ok(())
    }

    /// Displaces the contacts that were refreshed longest ago: a phone that moved and could not
    /// say goodbye must not lock its owner out.
    fn make_room(&mut self, contacts_max: usize) {
        let excess = self.after.len().saturating_sub(contacts_max);
        self.removed += excess;
        self.after.drain(..excess);
    }
}

/// The seconds granted to one contact (§10.3 step 7): its parameter, else the header, else ours.
fn granted(
    asked: &header::Contact<'_>,
    register: Register<'_>,
    limits: &Limits,
) -> Result<u32, Refused> {
    let message = register.message;
    let said = message.header(Name::Expires);
    let header = said.map(|text| delta_seconds(text).unwrap_or(limits.expires_default_secs));
    let secs = asked.expires.or(header).unwrap_or(limits.expires_default_secs);
    if secs > 0 && secs < HOUR_SECS && secs < limits.expires_min_secs {
        let min_expires = Some(limits.expires_min_secs);
        return Err(Refused { min_expires, ..Refused::new(423, "interval too brief") });
    }
    let secs = secs.min(limits.expires_max_secs);
    let less = u64::from(secs) * (register.spread % 101) / 1_000;
    let less = u32::try_from(less).expect("a tenth of what fits");
    Ok((secs - less).max(secs.min(limits.expires_min_secs)))
}

/// The `reg-id` of a contact, if it counts: of a device that says which one it is and knows what
/// a flow is (RFC 5626 §6).
fn flow_of(asked: &header::Contact<'_>, message: &Message<'_>) -> Option<u32> {
    asked.reg_id.filter(|_| asked.instance.is_some() && knows(message, "outbound"))
}

/// Does the app, or somebody on the way, say that it knows an extension?
fn knows(message: &Message<'_>, extension: &str) -> bool {
    message.lists(Name::Supported, extension) || message.lists(Name::Require, extension)
}

/// A Path is taken from who knows what it is, and stays as long as it can be sent back
/// (RFC 3327 §5.3).
fn check_path(message: &Message<'_>, limits: &Limits) -> Result<(), Refused> {
    if message.header(Name::Path).is_none() {
        return Ok(());
    }
    if !knows(message, "path") {
        let unsupported = Some("path");
        return Err(Refused { unsupported, ..Refused::new(420, "a Path nobody supports") });
    }
    let octets: usize = message.lines(Name::Path).map(str::len).sum();
    if octets > limits.path_max || message.values(Name::Path).any(|hop| route_uri(hop).is_err()) {
        return Err(Refused::new(400, "bad Path"));
    }
    Ok(())
}

/// One request names one flow, and whoever keeps the app's connection must know it as a flow
/// (RFC 5626 §4.2, §6).
fn check_flows(message: &Message<'_>) -> Result<(), Refused> {
    if !knows(message, "outbound") {
        return Ok(());
    }
    let is_flow = |value: &Result<ContactValue<'_>, _>| match value {
        Ok(ContactValue::Contact(contact)) => flow_of(contact, message).is_some(),
        Ok(ContactValue::Star) | Err(_) => false,
    };
    match message.contacts().filter(is_flow).take(2).count() {
        0 => return Ok(()),
        1 => {}
        _ => return Err(Refused::new(400, "several flows in one request")),
    }
    // The first hop wrote the lowest Path.
    let first = message.values(Name::Path).last().and_then(|hop| route_uri(hop).ok());
    let is_direct = message.values(Name::Via).take(2).count() == 1;
    if is_direct || first.is_some_and(|hop| hop.param("ob").is_some()) {
        return Ok(());
    }
    Err(Refused::new(439, "the first hop keeps no flows"))
}

/// A REGISTER of the same Call-ID must be younger than the one that made the contact.
fn check_order(contact: &Contact, message: &Message<'_>) -> Result<(), Refused> {
    if *contact.call_id == *message.call_id() && message.cseq().number <= contact.cseq {
        return Err(Refused::new(500, "CSeq is not higher than the one before"));
    }
    Ok(())
}

/// The Path of a registration, as the Route of what is sent to it (RFC 3327 §5.3).
pub fn path_of(message: &Message<'_>) -> Box<str> {
    let mut path = String::new();
    for value in message.values(Name::Path) {
        if !path.is_empty() {
            path.push_str(", ");
        }
        path.extend(value.chars().filter(|char| !char.is_control()));
    }
    path.into()
}

impl Refused {
    fn new(status: u16, why: &'static str) -> Self {
        Self { status, min_expires: None, unsupported: None, why }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.why)
    }
}

/// The longest URI of a contact: what a push service wants to know takes some 600 octets
/// (RFC 8599), and it is kept for as long as the contact is.
const CONTACT_URI_MAX: usize = 2_048;

/// As many parameters of it: two URIs are compared parameter by parameter (RFC 3261 §19.1.4).
const CONTACT_PARAMS_MAX: usize = 64;

/// No contact of an hour or more is ever too brief (§10.3 step 7).
const HOUR_SECS: u32 = 3600;
