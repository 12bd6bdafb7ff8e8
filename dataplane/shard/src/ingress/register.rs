//! REGISTER: at the home shard of the account, all of it or nothing (RFC 3261 §10.3).

use std::borrow::Cow;
use std::time::Duration;

use routing::board::Tally;
use routing::{ArchivedAccount, ArchivedEnvironment, Number, home};
use sip::outbound::Gruu;
use sip::registrar::{Contact, Contacts, Limits, Register, path_of};
use sip::{Builder, Date, Message, Name, Uri};

use crate::inbox::AccountKey;
use crate::ingress::auth::{Asked, Proven, Realm};
use crate::ingress::done::Answer;
use crate::ingress::sip::{Arrival, SUPPORTED};
use crate::input::ShardId;
use crate::limits::{CONTACTS_MAX, EXPIRES_SECS, FLOW_TIMER_SECS, PATH_MAX};
use crate::peers::lines::Line;
use crate::promises::Promise;
use crate::shard::Shard;

/// What a REGISTER said that its 200 depends on.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// It wants to hear the GRUUs of its contacts (RFC 5627 §4.3).
    knows_gruu: bool,
    /// It registered a flow, as RFC 5626 has it.
    has_flow: bool,
    /// Its Path, which is repeated (RFC 3327 §5.3).
    path: Box<str>,
}

/// What a 200 to a REGISTER says.
struct Listing<'a> {
    contacts: &'a Contacts,
    said: &'a Said,
    /// User part and domain, for who wants to hear GRUUs.
    names: Option<(String, String)>,
    is_stream: bool,
}

impl Listing<'_> {
    /// Writes it, at a time of day and a steady one, both in nanoseconds since 1970.
    fn write(&self, builder: &mut Builder<'_>, (unix_ns, steady_ns): (u64, u64)) {
        let gruu = self.names.as_ref().map(|(user, domain)| Gruu { user, domain });
        self.contacts.encode(builder, steady_ns, gruu);
        builder.header("Supported", SUPPORTED);
        if !self.said.path.is_empty() {
            builder.header("Path", &self.said.path);
        }
        if self.said.has_flow {
            builder.header("Require", "outbound");
            // Over UDP a NAT forgets sooner, and the app asks by STUN as often as it must.
            if self.is_stream {
                builder.header("Flow-Timer", &FLOW_TIMER_SECS.to_string());
            }
        }
        builder.date(Date { unix_secs: unix_ns / 1_000_000_000 });
    }
}

impl Shard {
    pub(crate) fn handle_register(&mut self, arrival: &Arrival<'_>, transaction: u128) {
        // An address of record is a SIP or SIPS URI (RFC 3261 §10.2); who says it as a tel URI
        // means a number, and hears whether we know it.
        let Ok(uri) = Uri::parse(arrival.message.to().uri_str()) else {
            return self.refuse(arrival, 400, |_| {});
        };
        let Some(user) = self.user_of_uri(arrival, &uri) else {
            return self.refuse(arrival, 404, |_| {});
        };
        let named = self.account_named(arrival.environment, &user);
        // An account that nobody has is at home wherever it is asked for.
        let here = self.config.shard;
        let home = named.map_or(here, |account| ShardId(home(account, self.config.shards)));
        if home != here {
            return self.forward(home, arrival.line, arrival.peer, arrival.octets);
        }
        let may_enter =
            self.registrar.lobby.is_calling() || self.has_time_for(arrival, named, transaction);
        if !may_enter || !self.enters(arrival) {
            return;
        }
        let asked = Asked { realm: Realm::Registrar, named };
        let Some(Proven { account, .. }) = self.authenticate(arrival, asked, transaction) else {
            return;
        };
        // Its own name, or a number of its own.
        if named != Some(account) {
            return self.refuse(arrival, 403, |_| {});
        }
        if self.open_server(arrival, transaction) {
            self.register(arrival, transaction, (arrival.environment, account));
        }
    }

    /// Stages the update, commits and journals it; the 200 waits for the journal.
    fn register(&mut self, arrival: &Arrival<'_>, transaction: u128, key: AccountKey) {
        if self.promises.broken {
            return self.respond(transaction, 500);
        }
        let register = Register {
            message: arrival.message,
            source: arrival.peer,
            line: arrival.line.number(),
            now_unix_ns: self.steady_ns,
            spread: transaction as u64,
        };
        let (limits, none) = (self.contact_limits(key.0), Contacts::default());
        let known = self.registrar.known(key).unwrap_or(&none);
        let update = match known.stage(register, &limits) {
            Ok(update) => update,
            Err(refused) => {
                return self.respond_with(transaction, refused.status, |builder| {
                    if let Some(secs) = refused.min_expires {
                        builder.min_expires(secs);
                    }
                    if let Some(extension) = refused.unsupported {
                        builder.header("Unsupported", extension);
                    }
                });
            }
        };
        let is_query = update.is_query;
        if !is_query {
            self.registrar.commit(key, update);
            self.keep_while(arrival.line, key);
            let for_all = self.wants_all(key);
            let known = self.registrar.known(key).unwrap_or(&none);
            self.devices.see(key, known, for_all, self.steady_ns);
            self.record_contacts(key);
            self.arm_contacts(key);
        }
        let said = self.said(arrival.message, key);
        let (environment, account) = key;
        self.promises.keep(Promise::Registered { transaction, environment, account, said });
    }

    /// A connection is kept for as long as something is registered over it.
    fn keep_while(&mut self, line: Line, key: AccountKey) {
        let known = self.registrar.live(key, self.steady_ns);
        let here = known.filter(|contact| contact.line == line.number());
        if let Some(end_ns) = here.map(|contact| contact.expires_at).max() {
            let left = Duration::from_nanos(end_ns.saturating_sub(self.steady_ns));
            self.keep_line(line, left);
        }
    }

    fn said(&self, message: &Message<'_>, key: AccountKey) -> Said {
        Said {
            knows_gruu: message.lists(Name::Supported, "gruu"),
            has_flow: has_flow(self.registrar.live(key, self.steady_ns), message),
            path: path_of(message),
        }
    }

    /// The contacts are durable: say so, and deliver what waited for them.
    pub(crate) fn say_registered(&mut self, transaction: u128, key: AccountKey, said: Said) {
        let is_stream = self.line_of_server(transaction).is_some_and(|line| line.flow().is_some());
        let names = said.knows_gruu.then(|| self.names_of(key)).flatten();
        let contacts = self.registrar.borrow(key);
        let listing = Listing { contacts: &contacts, said: &said, names, is_stream };
        let (at, answer) = ((self.at.unix_ns, self.steady_ns), Some(Answer::Contacts(key.1)));
        self.end_server(transaction, 200, |builder| listing.write(builder, at), answer);
        self.registrar.put_back(key, contacts);
        self.add(Tally::Registered, 1);
        self.send_alerts(key);
        self.inboxes.wake(key);
        self.try_account(key.0, key.1);
    }

    /// Answers a copy of a REGISTER that was answered, with what is registered by now.
    pub(super) fn list_again(&mut self, arrival: &Arrival<'_>, transaction: u128, account: u32) {
        let (key, line) = ((arrival.environment, account), arrival.line);
        let said = self.said(arrival.message, key);
        let names = said.knows_gruu.then(|| self.names_of(key)).flatten();
        let contacts = self.registrar.borrow(key);
        let is_stream = line.flow().is_some();
        let listing = Listing { contacts: &contacts, said: &said, names, is_stream };
        let at = (self.at.unix_ns, self.steady_ns);
        self.answer_with((line, arrival.peer), arrival.message, transaction, 200, |builder| {
            listing.write(builder, at);
            builder.finish()
        });
        self.registrar.put_back(key, contacts);
    }

    /// The user part and the domain of an account's address of record.
    fn names_of(&self, (environment, account): AccountKey) -> Option<(String, String)> {
        let environment = self.plan.as_ref()?.environment(environment)?;
        let account = environment.account(account)?;
        Some((account.user.to_string(), environment.domain.to_string()))
    }

    /// How long contacts hold in an environment, and how many there are.
    fn contact_limits(&self, environment: u32) -> Limits {
        let plan = self.plan.as_ref();
        let expires = plan.and_then(|plan| plan.environment(environment)).map(|env| &env.expires);
        let (min, max) = expires
            .map_or((0, 0), |expires| (expires.min_secs.to_native(), expires.max_secs.to_native()));
        let (least, most) = EXPIRES_SECS;
        let or = |secs: u32, product: u32| if secs == 0 { product } else { secs };
        let expires_min_secs = or(min, least);
        let expires_max_secs = or(max, most).max(expires_min_secs);
        Limits {
            expires_min_secs,
            expires_max_secs,
            expires_default_secs: expires_max_secs,
            contacts_max: CONTACTS_MAX,
            path_max: PATH_MAX,
        }
    }

    /// The user part of a URI of ours: its host is the environment's domain or entry address.
    pub(crate) fn user_of<'u>(&self, arrival: &Arrival<'_>, uri: &'u str) -> Option<Cow<'u, str>> {
        self.user_of_uri(arrival, &Uri::parse(uri).ok()?)
    }

    /// As [`user_of`](Self::user_of), of one that was parsed.
    fn user_of_uri<'u>(&self, arrival: &Arrival<'_>, uri: &Uri<'u>) -> Option<Cow<'u, str>> {
        let environment = self.plan.as_ref()?.environment(arrival.environment)?;
        let by_address = || {
            let host = uri.host.trim_start_matches('[').trim_end_matches(']');
            let (local, _) = self.config.end_of(arrival.line)?;
            Some(host.parse().is_ok_and(|ip: std::net::IpAddr| ip == local.ip()))
        };
        if !uri.host.eq_ignore_ascii_case(&environment.domain) && !by_address()? {
            return None;
        }
        uri.user_unescaped().filter(|user| !user.is_empty())
    }

    /// The account whose name or number this is.
    fn account_named(&self, environment: u32, user: &str) -> Option<u32> {
        let environment = self.plan.as_ref()?.environment(environment)?;
        account_of(environment, user).map(|account| account.id.to_native())
    }
}

/// Whose name or number this is.
fn account_of<'a>(environment: &'a ArchivedEnvironment, user: &str) -> Option<&'a ArchivedAccount> {
    environment.account_by_user(user).or_else(|| {
        let number = Number::normalise(1, user.as_bytes()).ok()?;
        environment.account_by_number(number)
    })
}

/// Was a flow registered by this request, as RFC 5626 has it?
fn has_flow<'a>(mut contacts: impl Iterator<Item = &'a Contact>, request: &Message<'_>) -> bool {
    let is_its = |contact: &Contact| *contact.call_id == *request.call_id();
    contacts.any(|contact| contact.reg_id.is_some() && is_its(contact))
}
